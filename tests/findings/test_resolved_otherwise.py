"""Anyone may resolve what was opened: the registry keeps only the hash of the decision, and asks
whoever resolves for the bytes. Mallory hands in other bytes, or the right ones before what they
depend on is final. Either way the outcome is what she likes, and it is final.

Section 7: the bytes must be those that were opened, and all that they name must be final.
"""

from __future__ import annotations

import pytest

from boomerang.errors import DependencyPending, WrongDecision
from boomerang.model import Phase
from findings.stage import ALICE, BOB, KEEP, MALLORY, REVERT, Commitment, Stage, decide
from findings.variants import Edit, Variant

UNCHECKED = Variant(
    Edit("_requireDecision(id, r, resolution.decision);", ""),
    Edit("if (!all) revert Boomerang_DependencyPending(id, waitsFor);", ""),
)


def pending(stage: Stage) -> tuple[Commitment, Commitment, bytes]:
    """Bob's commitment, opened, which waits for Alice's, which will be kept."""
    a, b = stage.commitment(ALICE), stage.commitment(BOB)
    stage.at(1, stage.publish(a))
    stage.at(2, stage.publish(b))
    decision = decide("keep if kept(a)", a=stage.id(a))
    stage.at(50, stage.seal(a, KEEP), stage.seal(b, decision))
    stage.at(62, stage.open(b, decision))
    assert stage.phase(b) is Phase.PENDING
    return a, b, decision


def with_other_bytes(stage: Stage) -> bool:
    _, b, _ = pending(stage)
    stage.at(63, stage.resolve((b, REVERT), by=MALLORY))
    return stage.phase(b) is Phase.REVERTED_BY_DECISION


def before_its_dependency(stage: Stage) -> bool:
    a, b, decision = pending(stage)
    stage.at(63, stage.resolve((b, decision), by=MALLORY))
    stage.at(64, stage.open(a, KEEP))
    return stage.phase(a).kept and stage.phase(b) is Phase.REVERTED_BY_DECISION


def test_other_bytes_succeed_without_the_defence() -> None:
    assert with_other_bytes(Stage(UNCHECKED))


def test_other_bytes_fail_against_the_registry() -> None:
    stage = Stage()
    with pytest.raises(WrongDecision) as refused:
        with_other_bytes(stage)
    assert refused.value == WrongDecision(stage.id(stage.commitment(BOB)))


def test_too_soon_succeeds_without_the_defence() -> None:
    assert before_its_dependency(Stage(UNCHECKED))


def test_too_soon_fails_against_the_registry() -> None:
    stage = Stage()
    with pytest.raises(DependencyPending) as refused:
        before_its_dependency(stage)
    ids = (stage.id(stage.commitment(who)) for who in (BOB, ALICE))
    assert refused.value == DependencyPending(*ids)
