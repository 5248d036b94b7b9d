"""An offer may be repeated, and Mallory repeats it to do harm.

Before Alice seals: if her right to decline counts from the last offer, every repetition puts it
off. She wants to decline and seal; she never may, before the offers end.

After she sealed "revert if kept(M)", relying on the offer: if only an offer counts that was made,
by its last time, before she sealed, a repetition makes her decision invalid. Her commitment is
reverted whatever Mallory does, and she owes Alice nothing for it.

Section 6: the decline's delay counts from the pair's first offer, and either end may be sealed
already.
"""

from __future__ import annotations

import pytest

from boomerang.errors import TooEarly
from boomerang.model import Phase
from findings.stage import ALICE, FREEZE, KEEP, MALLORY, Stage, decide
from findings.variants import Edit, Variant

LAST_TIME_COUNTS = Variant(
    Edit("made.exists() ? made.firstMade() : block.timestamp", "block.timestamp"),
    Edit(
        "offerSlot.made = newOffer(floor, depth, ",
        "offerSlot.made = newOffer(floor, xRecord.isIn(Phase.Sealed) ? 0 : depth, ",
    ),
)

LAST_OFFER = FREEZE - 20


def put_off(stage: Stage) -> None:
    """Mallory repeats, and Alice wants to decline and seal before the offers end."""
    a, m = stage.commitment(ALICE), stage.commitment(MALLORY)
    stage.at(1, stage.publish(a))
    stage.at(2, stage.publish(m))
    for second in range(3, LAST_OFFER + 1, 9):
        stage.at(second, stage.offer(m, a))
    stage.at(LAST_OFFER, stage.decline(a, m), stage.seal(a, KEEP))


def spoil(stage: Stage) -> Phase:
    """What becomes of Alice's commitment when Mallory repeats her offer after Alice's seal."""
    a, m = stage.commitment(ALICE), stage.commitment(MALLORY)
    stage.at(1, stage.publish(a))
    stage.at(2, stage.publish(m))
    stage.at(3, stage.offer(m, a))
    decision = decide("revert if kept(m)", m=stage.id(m))
    stage.at(30, stage.seal(a, decision))
    stage.at(31, stage.offer(m, a))
    # Mallory does not keep.
    stage.at(LAST_OFFER, stage.revoke(m))
    stage.at(FREEZE, stage.open(a, decision))
    return stage.phase(a)


def test_putting_off_succeeds_without_the_defence() -> None:
    with pytest.raises(TooEarly):
        put_off(Stage(LAST_TIME_COUNTS))


def test_putting_off_fails_against_the_registry() -> None:
    put_off(Stage())


def test_spoiling_succeeds_without_the_defence() -> None:
    assert spoil(Stage(LAST_TIME_COUNTS)) is Phase.INVALID_DECISION


def test_spoiling_fails_against_the_registry() -> None:
    assert spoil(Stage()) is Phase.KEPT
