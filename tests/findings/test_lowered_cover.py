"""Mallory offers M, with a cover of 100, to Alice's A1, and Alice seals "revert if kept(m)". She
has a cover of 100 too, and so may lean on nothing that has less. When A1 is frozen, Mallory has M
join a group with Z, which has no cover and is Mallory's as well. Towards others M stands for the
group now, whose cover is the smallest of its members': Alice's opening is invalid, and she has
yielded for nothing.

Section 7: a group is never completed where it would lower the cover of a member that has offered.
"""

from __future__ import annotations

from boomerang.errors import CoverPromised
from boomerang.groups import group_id
from boomerang.model import Phase
from findings.members import SOURCE, Members, refusal
from findings.stage import ALICE, MALLORY, Commitment
from findings.variants import Edit, Variant

LOWERED = Variant(
    Edit(
        "if (n.cover < n.promised) revert Boomerang_CoverPromised(group, n.cover, n.promised);",
        "",
        SOURCE,
    )
)

COVER = 100


def commitments(stage: Members, cover: int) -> tuple[Commitment, Commitment, Commitment]:
    a1 = stage.commitment(ALICE, bond=COVER, cover=COVER)
    m = stage.commitment(MALLORY, b"Stop", bond=COVER, cover=COVER)
    return a1, m, stage.commitment(MALLORY, nonce=1, bond=COVER, cover=cover)


def attack(stage: Members, cover: int = 0) -> tuple[Exception | None, Phase]:
    """Why the group is refused, if it is, and what becomes of A1. `cover` is that of Z."""
    a1, m, z = commitments(stage, cover)
    stage.at(1, stage.publish(a1))
    stage.at(37, stage.publish(m))
    stage.at(38, stage.publish(z))
    stage.at(40, stage.offer(m, a1))
    decision = stage.seal_bargain(55, a1, m)
    joins = stage.attempt(62, stage.join(m, m, z), stage.join(z, m, z))
    return refusal(*joins), stage.revoke_and_open(a1, m, decision)


def test_succeeds_without_the_defence() -> None:
    assert attack(Members(LOWERED)) == (None, Phase.INVALID_DECISION)


def test_fails_against_the_registry() -> None:
    stage = Members()
    refused, phase = attack(stage)
    _, m, z = commitments(stage, cover=0)
    assert refused == CoverPromised(group_id(stage.ids(m, z)), 0, COVER)
    assert phase is Phase.KEPT


def test_one_wei_less_is_refused_too() -> None:
    refused, phase = attack(Members(), COVER - 1)
    assert isinstance(refused, CoverPromised)
    assert phase is Phase.KEPT


def test_group_of_the_same_cover_spoils_nothing() -> None:
    assert attack(Members(), COVER) == (None, Phase.KEPT)
