"""Bob copies Alice's seal, byte for byte, onto a commitment of his own. He knows not what he has
sealed; but when she opens hers, he opens his with the same decision and salt: whatever she has
decided, he has decided too. He plays her strategy without having had one, and if she conditions on
others, he does so with her judgement.

Section 4: a seal commits to id and committer, so that a copy opens nowhere else.
"""

from __future__ import annotations

import pytest

from boomerang.errors import WrongOpening
from boomerang.identity import NO_ID, ZERO_ADDRESS
from boomerang.model import Phase
from findings.stage import ALICE, BOB, KEEP, SALT, Commitment, Stage, seal_over
from findings.variants import Edit, Variant

IDENTITY = "contracts/libraries/Identity.sol"
WITHOUT_ID_AND_COMMITTER = Variant(
    Edit("mstore(add(free, 0x60), id)", "mstore(add(free, 0x60), 0)", IDENTITY),
    Edit(
        "mstore(add(free, 0x80), shr(96, shl(96, committer)))",
        "mstore(add(free, 0x80), 0)",
        IDENTITY,
    ),
)


def attack(stage: Stage) -> bool:
    a, b = stage.commitment(ALICE), stage.commitment(BOB)
    stage.at(1, stage.publish(a), stage.publish(b))
    seal = stage.seal_of(a, KEEP, SALT)
    stage.at(50, stage.seal_as(a, seal))
    stage.at(51, stage.seal_as(b, seal))
    stage.at(61, stage.open(a, KEEP))
    stage.at(62, stage.open(b, KEEP))
    return stage.phase(b) is Phase.KEPT


def test_succeeds_without_the_defence() -> None:
    stage = Stage(WITHOUT_ID_AND_COMMITTER)

    def seal_of(_: Commitment, decision: bytes, salt: bytes) -> bytes:
        chain, registry = stage.chain.chain_id, stage.registry
        return seal_over(chain, registry, NO_ID, ZERO_ADDRESS, decision, salt)

    stage.seal_of = seal_of
    assert attack(stage)


def test_fails_against_the_registry() -> None:
    with pytest.raises(WrongOpening):
        attack(Stage())
