"""Mallory holds the first place for nothing: a commitment at all times, always revoked in time, the
next one published before. Whenever it suits her she is first, and the race is back.

Section 8: publishing costs a fee, burned, which no way out returns.
"""

from __future__ import annotations

import pytest

from boomerang.errors import WrongValue
from findings.stage import MALLORY, Stage
from findings.variants import Edit, Variant

UNPAID = Variant(Edit("required += FEE;", ""))

FEE, BOND, ROUNDS = 7, 100, 10


def attack(stage: Stage, value: int) -> int:
    """What it costs to hold the first place for ten periods."""
    before = stage.balance(MALLORY)
    for nonce in range(ROUNDS):
        c = stage.commitment(MALLORY, nonce=nonce, bond=BOND)
        second = stage.second
        stage.at(second + 1, stage.publish(c, value))
        stage.at(second + 55, stage.revoke(c))
    return before - stage.balance(MALLORY)


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(UNPAID, fee=FEE), value=BOND) == 0


def test_fails_against_the_registry() -> None:
    with pytest.raises(WrongValue) as refused:
        attack(Stage(fee=FEE), value=BOND)
    assert refused.value == WrongValue(BOND, BOND + FEE)


def test_costs_the_fee_every_time() -> None:
    assert attack(Stage(fee=FEE), value=BOND + FEE) == ROUNDS * FEE
