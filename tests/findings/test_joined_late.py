"""Alice's A1 has joined a group of three with Mallory's M and Z. Mallory has not joined, and by the
time that A1 can no longer be joined, Alice is on her own: she seals "revert if kept(m)", since
Mallory has offered M to her. When A1 is frozen, Mallory has M join. Members of a group that is not
complete may not name each other, and Z never joins (it is not even published): Alice's opening is
invalid, and she has yielded for nothing.

Section 7: nobody joins a group once one who has joined no longer could. Until then, Alice sees it
before she seals.
"""

from __future__ import annotations

import pytest

from boomerang.errors import TooLate
from boomerang.model import Obstacle, Phase
from findings.members import SOURCE, Members, refusal
from findings.stage import ALICE, FREEZE, MALLORY, Commitment
from findings.variants import Edit, Variant

WHENEVER_ONE_MAY = Variant(Edit("_requireBefore(id, n.closesAt);", "", SOURCE))

CLOSED = FREEZE - 20 + 1
"""When A1 could no longer join; M could until 36 seconds after."""


def agree(stage: Members) -> tuple[Commitment, Commitment, Commitment]:
    """A1 has joined; M, which has offered, and Z have not."""
    a1, m = stage.commitment(ALICE), stage.commitment(MALLORY, b"Stop")
    z = stage.commitment(MALLORY, nonce=1)
    stage.at(1, stage.publish(a1))
    stage.at(37, stage.publish(m))
    stage.at(38, stage.join(a1, a1, m, z))
    stage.at(39, stage.offer(m, a1))
    return a1, m, z


def attack(stage: Members, second: int) -> tuple[Exception | None, Phase]:
    """Why M's joining is refused, if it is, and what becomes of A1."""
    a1, m, z = agree(stage)
    decision = stage.seal_bargain(55, a1, m)
    joins = stage.attempt(second, stage.join(m, a1, m, z))
    if stage.second < FREEZE:
        stage.at(FREEZE)
    return refusal(*joins), stage.revoke_and_open(a1, m, decision)


@pytest.mark.parametrize("second", [56, FREEZE, FREEZE + 1])
def test_succeeds_without_the_defence(second: int) -> None:
    assert attack(Members(WHENEVER_ONE_MAY), second) == (None, Phase.INVALID_DECISION)


@pytest.mark.parametrize("second", [56, FREEZE, FREEZE + 1])
def test_fails_against_the_registry(second: int) -> None:
    stage = Members()
    refused, phase = attack(stage, second)
    m = stage.commitment(MALLORY, b"Stop")
    assert refused == TooLate(stage.id(m), stage.start + CLOSED, stage.start + second)
    assert phase is Phase.KEPT


def test_closes_before_alice_seals() -> None:
    """In the first second in which Alice can know that she is on her own, she is."""
    stage = Members()
    a1, m, z = agree(stage)
    (receipt,) = stage.attempt(CLOSED, stage.join(m, a1, m, z))
    assert isinstance(refusal(receipt), TooLate)
    assert stage.obstacle(a1, m) is Obstacle.NONE


def test_alice_sees_who_joins_in_the_last_second() -> None:
    stage = Members()
    a1, m, z = agree(stage)
    stage.at(CLOSED - 1, stage.join(m, a1, m, z))
    assert stage.obstacle(a1, m) is Obstacle.GROUP_VOID
