"""Mallory keeps a commitment that pays herself, and has it executed once more: with the money of
whoever else has an escrow. Or it is reverted, and goes home twice.

Section 9: an execution happens once. The registry marks it in the commitment's record, before
anything moves.
"""

from __future__ import annotations

import pytest

from boomerang.content import Asset, Clauses, Payment
from boomerang.errors import AlreadyExecuted
from findings.escrows import ETHER, HONEST, Escrows, error_of
from findings.stage import CAROL, MALLORY
from findings.variants import Edit, Variant

AS_OFTEN_AS_ONE_LIKES = Variant(
    Edit("if (!lapsed && r.executed()) revert Boomerang_AlreadyExecuted(id);", "")
)


def attack(stage: Escrows, kept: bool) -> tuple[int, Exception | None]:
    """What is missing of Eve's money in the end, and why it was refused."""
    stage.honest()
    payment = Payment(MALLORY, ETHER, HONEST)
    c = stage.agree(MALLORY, Clauses((Asset(ETHER, HONEST),), (payment,)))
    if kept:
        stage.keep(c)
    else:
        stage.at(stage.second + 1, stage.revoke(c))
    stage.next(stage.act(CAROL, "execute", c))
    again = stage.try_now(stage.act(CAROL, "execute", c))
    missing = HONEST - stage.balance(stage.enforcer)
    return missing, None if again.ok else error_of(again)


@pytest.mark.parametrize("kept", [True, False])
def test_succeeds_without_the_defence(kept: bool) -> None:
    assert attack(Escrows(AS_OFTEN_AS_ONE_LIKES), kept) == (HONEST, None)


@pytest.mark.parametrize("kept", [True, False])
def test_fails_against_the_enforcer(kept: bool) -> None:
    missing, refused = attack(Escrows(), kept)
    assert missing == 0
    assert isinstance(refused, AlreadyExecuted)
