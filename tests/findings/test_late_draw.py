"""Alice and Bob published in one block, and sealed in the next, before its draw could be recorded.
Bob sealed "keep if kept(A)". While they are tied, that is invalid; once the draw says that Alice is
earlier, it is valid. If draws may be recorded after the freeze, Bob sees Alice's opening first, and
then chooses: draw and be kept, or not draw and be reverted.

Section 3: a draw that was not recorded before the freeze is never recorded. A tie is permanent.
"""

from __future__ import annotations

import pytest

from boomerang.errors import TooLate
from boomerang.model import Phase
from findings.stage import ALICE, BOB, FREEZE, KEEP, Stage, decide
from findings.variants import Edit, Variant

AT_ANY_TIME = Variant(
    Edit(
        "_requireBefore(id, r.freezeTime());\n            bool known;",
        "bool known;",
    )
)


def attack(stage: Stage) -> set[Phase]:
    """The outcomes between which Bob can choose once Alice has opened."""
    a = stage.commitment(ALICE)
    # Half of the commitments that Bob could publish will be later than Alice's.
    outcomes: set[Phase] = set()
    for nonce in range(8):
        b = stage.commitment(BOB, nonce=nonce)
        chance = stage.chain.snapshot()
        stage.at(1, stage.publish(a), stage.publish(b))
        decision = decide("keep if kept(a)", a=stage.id(a))
        stage.at(50, stage.seal(a, KEEP), stage.seal(b, decision))
        stage.at(FREEZE, stage.open(a, KEEP))
        opened = stage.chain.snapshot()
        for draws in ([], [stage.draw(a, b)]):
            stage.chain.restore(opened)
            stage.at(62, *draws, stage.open(b, decision))
            outcomes.add(stage.phase(b))
        stage.chain.restore(chance)
    return outcomes


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(AT_ANY_TIME)) == {Phase.KEPT, Phase.INVALID_DECISION}


def test_fails_against_the_registry() -> None:
    stage = Stage()
    with pytest.raises(TooLate) as refused:
        attack(stage)
    assert refused.value.closed_at == stage.start + FREEZE
