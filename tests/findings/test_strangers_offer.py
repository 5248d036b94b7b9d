"""Bob is about to offer B2 to Alice's A1: the bargain of section 10. A stranger sees it coming,
publishes anything, and offers it to B2 first. With a guard against loops at the time of the offer
("no offers while holding one"), B2 may not offer any more: for the price of one commitment, anyone
freezes any target.

Section 6: floors are compared when an opening is checked, not when an offer is made. The stranger's
offer merely falls, and the bargain goes on.
"""

from __future__ import annotations

import pytest

from boomerang.errors import Declined
from boomerang.model import Obstacle, Phase
from findings.stage import ALICE, BOB, KEEP, MALLORY, Stage, decide
from findings.variants import Edit, Variant

GUARDED = Variant(
    Edit(
        "mapping(address account => uint256) public owed;",
        "mapping(address account => uint256) public owed;\n"
        "    mapping(CommitmentId id => bool holds) private _holds;",
    ),
    Edit(
        "if (_declined(made, xRecord)) revert",
        "_holds[target] = true;\n        if (_declined(made, xRecord) || _holds[y]) revert",
    ),
)


def bargain(stage: Stage) -> bool:
    """Whether Bob's bargain comes about in spite of the stranger."""
    a1, b2, m = stage.commitment(ALICE), stage.commitment(BOB, b"Stop"), stage.commitment(MALLORY)
    stage.at(1, stage.publish(a1))
    stage.at(37, stage.publish(b2))
    stage.at(38, stage.publish(m))
    stage.at(39, stage.offer(m, b2))
    stage.at(40, stage.offer(b2, a1))
    assert stage.obstacle(b2, m) is Obstacle.OFFER_FELL
    decision = decide("revert if kept(b2)", b2=stage.id(b2))
    stage.at(55, stage.seal(a1, decision))
    stage.at(61, stage.open(a1, decision))
    stage.at(91, stage.seal(b2, KEEP))
    stage.at(97, stage.open(b2, KEEP), stage.resolve((a1, decision)))
    return stage.phase(b2).kept and stage.phase(a1) is Phase.REVERTED_BY_DECISION


def test_succeeds_without_the_defence() -> None:
    with pytest.raises(Declined):
        bargain(Stage(GUARDED))


def test_fails_against_the_registry() -> None:
    assert bargain(Stage())
