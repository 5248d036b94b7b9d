"""Eve has learned what Alice sealed, and sends it: an exposure, half of the bond for Eve. Alice
sees it in the mempool and gets in before it, in the same block: she revokes, bond back, or seals
anew with another salt, so that what Eve shows opens nothing. Showing one's seal around is free of
risk.

Sections 2 and 4: one seal per commitment, and no revoking after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.errors import WrongPhase, decode_error
from boomerang.model import Phase
from findings.stage import ALICE, EVE, KEEP, Commitment, Stage
from findings.variants import Edit, Variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.chains.base import Receipt, Tx

    Dodge = Callable[[Stage, Commitment], Tx]

OWN = "Slot storage slot, Record r) = _ownIn(Phase.Tentative, stake, contentHash);\n"
ANY_PHASE = "Slot storage slot, Record r) = _own(stake, contentHash);\n"
REVOKING = "        _revoke("
SEALING = """        _seal(id, slot, r, seal_);
    }

    /// @inheritdoc IBoomerang
    function sealWithData"""

ONCE_AND_AGAIN = Variant(
    Edit(OWN + REVOKING, ANY_PHASE + REVOKING),
    Edit(OWN + SEALING, ANY_PHASE + SEALING),
)


def revoke(stage: Stage, a: Commitment) -> Tx:
    return stage.revoke(a)


def seal_anew(stage: Stage, a: Commitment) -> Tx:
    return stage.seal(a, KEEP, bytes(32))


def attack(stage: Stage, dodge: Dodge) -> tuple[Receipt, Phase]:
    """What became of the dodge, and of Alice's commitment."""
    a = stage.commitment(ALICE, bond=1000)
    stage.at(1, stage.publish(a))
    stage.at(50, stage.seal(a, KEEP))
    dodged, _ = stage.attempt(55, dodge(stage, a), stage.expose(EVE, a, KEEP))
    return dodged, stage.phase(a)


@pytest.mark.parametrize(("dodge", "ends"), [(revoke, Phase.REVOKED), (seal_anew, Phase.SEALED)])
def test_succeeds_without_the_defence(dodge: Dodge, ends: Phase) -> None:
    dodged, phase = attack(Stage(ONCE_AND_AGAIN), dodge)
    assert dodged.ok
    assert phase is ends


@pytest.mark.parametrize("dodge", [revoke, seal_anew])
def test_fails_against_the_registry(dodge: Dodge) -> None:
    stage = Stage()
    dodged, phase = attack(stage, dodge)
    id = stage.id(stage.commitment(ALICE, bond=1000))
    assert decode_error(dodged.output) == WrongPhase(id, Phase.SEALED)
    assert phase is Phase.EXPOSED
