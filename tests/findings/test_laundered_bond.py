"""Alice shows a bond of 100 behind A1, so that opponents believe that she will not fall silent. But
A1 says "keep if kept(A2)", and A2 is hers as well, with no bond at all. After Bob has opened, she
falls silent with A2 if she likes the outcome better that way: A1 is reverted by its decision, in
good order, and the bond of 100 comes home. The free option of section 8 is back.

Section 8: a decision may lean only on commitments whose cover is at least its own, a cover has a
bond behind it, and the cover is what the commitment's key proves.
"""

from __future__ import annotations

import pytest

from boomerang.errors import CoverExceedsBond, KeyMissing
from boomerang.model import Phase
from findings.stage import ALICE, BOB, KEEP, Commitment, Stage, decide
from findings.variants import Edit, Variant

NO_COMPARISON = Variant(
    Edit(
        "if (cover != 0 && _coverOf(atom, atomRecord, i, dependencies) < cover) "
        "return Phase.InvalidDecision;",
        "",
    )
)
UNPROVEN = Variant(
    Edit("if (i >= keys.length || _idOf(keys[i]) != atom)", "if (i >= keys.length)"),
    Edit(
        "if (stake.cover() > required) revert Boomerang_CoverExceedsBond(stake.cover(), required);",
        "",
    ),
)

STAKE = 100


def attack(stage: Stage, a2: Commitment, shown: Commitment) -> bool:
    """Whether both outcomes are open to Alice after Bob has opened, at no cost. `shown` is the
    commitment whose key she hands in as A2's.
    """
    a1, b = stage.commitment(ALICE, nonce=1, bond=STAKE, cover=STAKE), stage.commitment(BOB)
    before = stage.balance(ALICE)
    stage.at(1, stage.publish(a2))
    stage.at(2, stage.publish(a1), stage.publish(b))
    decision = decide("keep if kept(a2)", a2=stage.id(a2))
    stage.at(50, stage.seal(a1, decision), stage.seal(a2, KEEP), stage.seal(b, KEEP))
    stage.at(62, stage.open(b, KEEP))

    outcomes = set()
    sealed = stage.chain.snapshot()
    for speaks in (True, False):
        stage.chain.restore(sealed)
        stage.at(63, stage.open(a1, decision, shown))
        if speaks:
            stage.at(64, stage.open(a2, KEEP))
        if stage.phase(a1) is Phase.PENDING:
            stage.at(95, stage.resolve((a1, decision)))
        assert stage.balance(ALICE) == before
        outcomes.add(stage.phase(a1))
    return outcomes == {Phase.KEPT, Phase.REVERTED_BY_DECISION}


@pytest.mark.parametrize(
    ("variant", "cover", "shown"),
    [(NO_COMPARISON, 0, 0), (UNPROVEN, 0, 100), (UNPROVEN, 100, 100)],
)
def test_succeeds_without_the_defence(variant: Variant, cover: int, shown: int) -> None:
    stage = Stage(variant)
    a2 = stage.commitment(ALICE, cover=cover)
    assert attack(stage, a2, stage.commitment(ALICE, cover=shown))


def test_fails_against_the_registry() -> None:
    """A1's decision is invalid, whether Alice speaks or not."""
    stage = Stage()
    a2 = stage.commitment(ALICE)
    assert not attack(stage, a2, a2)
    assert stage.phase(stage.commitment(ALICE, nonce=1, bond=STAKE, cover=STAKE)) is (
        Phase.INVALID_DECISION
    )


def test_key_of_another_cover_is_refused() -> None:
    stage = Stage()
    a2 = stage.commitment(ALICE)
    with pytest.raises(KeyMissing) as refused:
        attack(stage, a2, stage.commitment(ALICE, cover=100))
    assert refused.value == KeyMissing(stage.id(a2))


def test_cover_without_a_bond_is_refused() -> None:
    stage = Stage()
    a2 = stage.commitment(ALICE, cover=100)
    with pytest.raises(CoverExceedsBond) as refused:
        attack(stage, a2, a2)
    assert refused.value == CoverExceedsBond(100, 0)
