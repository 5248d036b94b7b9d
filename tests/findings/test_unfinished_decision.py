"""Alice seals one byte: the instruction "kept(…)", without the id. When she opens it, the machine
reads on into whatever follows in her call data, so the id is hers to choose then, after she has
seen the others' openings: one that is kept, or one that is not. She has sealed nothing.

Alice seals a decision with 257 operands on a stack of 256 bits. Everyone who reads it reads "keep";
the machine has lost the lowest bit, and reverts.

Section 5: a decision is well formed, or invalid. What is cut short, or too high, is not well
formed.
"""

from __future__ import annotations

from dataclasses import replace

from boomerang.model import Phase
from findings.stage import ALICE, BOB, CAROL, KEEP, REVERT, Stage
from findings.variants import Edit, Variant

UNCHECKED = Variant(Edit("if (!Decisions.wellFormed(decision)) return Phase.InvalidDecision;", ""))
KEPT, OR = b"\x06", b"\x04"
READS_KEEP = KEEP + 256 * REVERT + 256 * OR


def unfinished(stage: Stage) -> set[Phase]:
    """What becomes of Alice's commitment, as she likes."""
    kept, reverted, a = (stage.commitment(who) for who in (BOB, CAROL, ALICE))
    stage.at(1, stage.publish(kept), stage.publish(reverted))
    stage.at(2, stage.publish(a))
    stage.at(50, stage.seal(kept, KEEP), stage.seal(reverted, REVERT), stage.seal(a, KEPT))
    stage.at(61, stage.open(kept, KEEP), stage.open(reverted, REVERT))

    outcomes = set()
    sealed = stage.chain.snapshot()
    for chosen in (kept, reverted):
        stage.chain.restore(sealed)
        opening = stage.open(a, KEPT)
        # Bytes beyond an argument's length are zero, and nobody checks.
        before, cut, after = opening.data.partition(KEPT + bytes(31))
        assert cut
        data = before + (KEPT + stage.id(chosen)).ljust(32, b"\0") + after
        stage.at(62, replace(opening, data=data))
        outcomes.add(stage.phase(a))
    return outcomes


def too_high(stage: Stage) -> Phase:
    """What becomes of a decision that reads "keep"."""
    a = stage.commitment(ALICE)
    stage.at(1, stage.publish(a))
    stage.at(50, stage.seal(a, READS_KEEP))
    stage.at(61, stage.open(a, READS_KEEP))
    return stage.phase(a)


def test_unfinished_succeeds_without_the_defence() -> None:
    assert unfinished(Stage(UNCHECKED)) == {Phase.KEPT, Phase.REVERTED_BY_DECISION}


def test_unfinished_fails_against_the_registry() -> None:
    assert unfinished(Stage()) == {Phase.INVALID_DECISION}


def test_too_high_succeeds_without_the_defence() -> None:
    assert too_high(Stage(UNCHECKED)) is Phase.REVERTED_BY_DECISION


def test_too_high_fails_against_the_registry() -> None:
    assert too_high(Stage()) is Phase.INVALID_DECISION
