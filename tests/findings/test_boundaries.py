"""Every window, one second too early and one second too late. A second is a block where blocks come
fast, and a block is enough: to seal after the freeze, having seen the first openings; to open
before it; to expose what is already final.

Section 2: both ends of every window are as written. The variants' comparisons are off by one
second; the registry accepts the first and the last second, and names what it refuses beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from boomerang.chains.base import Tx
from boomerang.chains.signers import dev_signer
from boomerang.errors import SignatureExpired, TooEarly, TooLate
from findings.stage import (
    ALICE,
    BOB,
    EVE,
    FREEZE,
    KEEP,
    LAST_OPENING,
    SALT,
    Commitment,
    Stage,
)
from findings.variants import Edit, Variant

FREEZE_TIME = "        uint256 freezeTime = r.freezeTime();\n        if"
OFF_BY_ONE = Variant(
    Edit("if (block.timestamp < opensAt)", "if (block.timestamp + 1 < opensAt)"),
    Edit("if (block.timestamp >= closedAt)", "if (block.timestamp > closedAt)"),
    Edit("if (block.timestamp > deadline)", "if (block.timestamp > deadline + 1)"),
    # To expose, and to decline: comparisons that the registry makes in place.
    Edit(
        f"_knownIn(Phase.Sealed, key);\n{FREEZE_TIME} (block.timestamp >= freezeTime) revert",
        f"_knownIn(Phase.Sealed, key);\n{FREEZE_TIME} (block.timestamp > freezeTime) revert",
    ),
    Edit(
        f"offering) private {{\n{FREEZE_TIME} (block.timestamp >= freezeTime) revert",
        f"offering) private {{\n{FREEZE_TIME} (block.timestamp > freezeTime) revert",
    ),
)

Act = Callable[[Stage, Commitment, Commitment], Tx]


def seal(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.seal(x, KEEP)


def relayed_seal(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    """By a signature that is good until the story's second 50."""
    deadline = stage.start + 50
    made = stage.seal_of(x, KEEP, SALT)
    message = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "SealRequest": [
                {"name": "id", "type": "bytes25"},
                {"name": "seal", "type": "bytes23"},
                {"name": "extra", "type": "bytes"},
                {"name": "deadline", "type": "uint256"},
            ],
        },
        "primaryType": "SealRequest",
        "domain": {
            "name": "Boomerang",
            "version": "1",
            "chainId": stage.chain.chain_id,
            "verifyingContract": stage.registry,
        },
        "message": {"id": stage.id(x), "seal": made, "extra": b"", "deadline": deadline},
    }
    signature = dev_signer("alice").sign_typed_data(message)
    return stage.tx(EVE, "sealFor", x.abi, made, b"", deadline, signature)


def revoke(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.revoke(x)


def expose(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.expose(EVE, x, KEEP)


def open_(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.open(x, KEEP)


def offer(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.offer(y, x)


def decline(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.decline(x, y)


def decline_all(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.decline_all(x)


def draw(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.draw(x)


def lapse(stage: Stage, x: Commitment, y: Commitment) -> Tx:
    return stage.resolve((x, b""))


@dataclass(frozen=True)
class Boundary:
    """What x's owner (or somebody) does; the last second before, or the first after, its window;
    what happened before: x and y were published in seconds 1 and 2.
    """

    act: Act
    wrong: int
    sealed: int | None = None
    offered: int | None = None

    def prepare(self, stage: Stage) -> tuple[Commitment, Commitment]:
        x, y = stage.commitment(ALICE), stage.commitment(BOB)
        stage.at(1, stage.publish(x))
        stage.at(2, stage.publish(y))
        if self.offered is not None:
            stage.at(self.offered, stage.offer(y, x))
        if self.sealed is not None:
            stage.at(self.sealed, stage.seal(x, KEEP))
        return x, y


OPENS = {
    "seal": Boundary(seal, 5),
    "decline": Boundary(decline, 12, offered=3),
    "open": Boundary(open_, FREEZE - 1, sealed=50),
    "becomes Unsealed": Boundary(lapse, FREEZE - 1),
    "becomes Unrevealed": Boundary(lapse, LAST_OPENING, sealed=50),
}
CLOSES = {
    "seal": Boundary(seal, FREEZE),
    "signature": Boundary(relayed_seal, 51),
    "revoke": Boundary(revoke, FREEZE),
    "expose": Boundary(expose, FREEZE, sealed=50),
    "open": Boundary(open_, LAST_OPENING + 1, sealed=50),
    "offer": Boundary(offer, FREEZE - 20 + 1),
    "decline": Boundary(decline, FREEZE, offered=3),
    "decline all": Boundary(decline_all, FREEZE),
    "draw": Boundary(draw, FREEZE),
}


def attack(stage: Stage, boundary: Boundary, second: int) -> bool:
    x, y = boundary.prepare(stage)
    stage.at(second, boundary.act(stage, x, y))
    return True


@pytest.mark.parametrize("boundary", OPENS.values(), ids=OPENS.keys())
def test_a_second_early_succeeds_without_the_defence(boundary: Boundary) -> None:
    assert attack(Stage(OFF_BY_ONE), boundary, boundary.wrong)


@pytest.mark.parametrize("boundary", CLOSES.values(), ids=CLOSES.keys())
def test_a_second_late_succeeds_without_the_defence(boundary: Boundary) -> None:
    assert attack(Stage(OFF_BY_ONE), boundary, boundary.wrong)


@pytest.mark.parametrize("boundary", OPENS.values(), ids=OPENS.keys())
def test_a_second_early_fails_against_the_registry(boundary: Boundary) -> None:
    stage = Stage()
    with pytest.raises(TooEarly) as refused:
        attack(stage, boundary, boundary.wrong)
    assert refused.value.time == stage.start + boundary.wrong
    assert refused.value.opens_at == refused.value.time + 1
    assert attack(Stage(), boundary, boundary.wrong + 1)


@pytest.mark.parametrize("boundary", CLOSES.values(), ids=CLOSES.keys())
def test_a_second_late_fails_against_the_registry(boundary: Boundary) -> None:
    stage = Stage()
    with pytest.raises(SignatureExpired if boundary.act is relayed_seal else TooLate) as refused:
        attack(stage, boundary, boundary.wrong)
    second = stage.start + boundary.wrong
    if isinstance(refused.value, TooLate):
        assert refused.value.closed_at == refused.value.time == second
    else:
        assert refused.value == SignatureExpired(second - 1, second)
    assert attack(Stage(), boundary, boundary.wrong - 1)
