"""That nobody sealed, or opened, is a fact once time has run out, and decisions that depend on it
are evaluated at once. If the registry believes it a second too soon, that second is enough for
both: the dependent decision is evaluated as if y were gone, and then y seals, or opens, and is kept
as well. Alice's "keep, unless y is kept" is kept, and so is y.

Section 2: Unsealed and Unrevealed are final the moment they are true, and not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from boomerang.errors import DependencyPending
from boomerang.model import Phase
from findings.stage import ALICE, BOB, KEEP, LAST_OPENING, Commitment, Stage, decide
from findings.variants import Edit, Variant

if TYPE_CHECKING:
    from boomerang.chains.base import Tx


class Attack(Protocol):
    def __call__(self, stage: Stage, *, resolve_early: bool = False) -> bool: ...


FINAL_EARLY = Variant(
    Edit(
        "if (block.timestamp >= r.freezeTime()) return Phase.Unsealed;",
        "if (block.timestamp + 1 >= r.freezeTime()) return Phase.Unsealed;",
    ),
    Edit(
        "if (block.timestamp > freezeTime + REVEAL_WINDOW) return Phase.Unrevealed;",
        "if (block.timestamp >= freezeTime + REVEAL_WINDOW) return Phase.Unrevealed;",
    ),
)


def by_sealing(stage: Stage, *, resolve_early: bool = False) -> bool:
    """y is later than x, and seals in its last second, which is x's last to be opened."""
    x, y = stage.commitment(ALICE), stage.commitment(BOB)
    stage.at(1, stage.publish(x))
    stage.at(LAST_OPENING + 1 - 60, stage.publish(y))
    stage.at(LAST_OPENING + 2 - 60, stage.offer(y, x))
    decision = decide("keep if not kept(y)", y=stage.id(y))
    stage.at(50, stage.seal(x, decision))
    return finish(stage, x, decision, y, stage.seal(y, KEEP), resolve_early=resolve_early)


def by_opening(stage: Stage, *, resolve_early: bool = False) -> bool:
    """y is earlier than x, and is opened in its last second."""
    x, y = stage.commitment(ALICE), stage.commitment(BOB)
    stage.at(1, stage.publish(y))
    stage.at(2, stage.publish(x))
    decision = decide("keep if not kept(y)", y=stage.id(y))
    stage.at(50, stage.seal(x, decision), stage.seal(y, KEEP))
    return finish(stage, x, decision, y, stage.open(y, KEEP), resolve_early=resolve_early)


def finish(
    stage: Stage, x: Commitment, decision: bytes, y: Commitment, act: Tx, *, resolve_early: bool
) -> bool:
    """In one block, x is opened, and y's owner acts after all. Whether both are kept."""
    early = [stage.resolve((x, decision))] if resolve_early else []
    stage.at(LAST_OPENING, stage.open(x, decision), *early, act)
    if stage.phase(y) is Phase.SEALED:
        stage.at(LAST_OPENING + 1, stage.open(y, KEEP))
    if stage.phase(x) is Phase.PENDING:
        stage.at(LAST_OPENING + 2, stage.resolve((x, decision)))
    assert stage.phase(x).final
    return stage.phase(x).kept and stage.phase(y).kept


@pytest.mark.parametrize("attack", [by_sealing, by_opening])
def test_succeeds_without_the_defence(attack: Attack) -> None:
    assert attack(Stage(FINAL_EARLY))


@pytest.mark.parametrize("attack", [by_sealing, by_opening])
def test_fails_against_the_registry(attack: Attack) -> None:
    assert not attack(Stage())
    with pytest.raises(DependencyPending):
        attack(Stage(), resolve_early=True)
