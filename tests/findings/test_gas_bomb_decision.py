"""Mallory's decision is so long that opening it just fits into a transaction, and evaluating it
does not: pending for ever. Alice's decision names Mallory's commitment; so hers is pending for
ever, and whatever names hers.

Section 5: at most 1,024 bytes and 32 atoms. The largest decision costs a small part of a
transaction.
"""

from __future__ import annotations

from boomerang.model import Phase
from findings.stage import (
    ALICE,
    BOB,
    KEEP,
    MALLORY,
    TX_GAS_CAP,
    Commitment,
    Stage,
    decide,
)
from findings.variants import Edit, Variant

DECISIONS = "contracts/libraries/Decisions.sol"
UNLIMITED = Variant(
    Edit("MAX_BYTES = 1024", "MAX_BYTES = type(uint256).max", DECISIONS),
    Edit("MAX_ATOMS = 32", "MAX_ATOMS = type(uint256).max", DECISIONS),
)

KEPT, NOT, AND = b"\x06", b"\x02", b"\x03"
# 255 bits to count: counting costs more than pushing, and only an evaluation counts.
HEAVY = 254 * KEEP + b"\x05\x80\xff"


def largest(stage: Stage, atom: Commitment) -> bytes:
    """The costliest decision that is allowed, as far as we know: every atom, every byte."""
    atoms = 32 * (KEPT + stage.id(atom)) + 31 * AND
    return atoms + (1024 - len(atoms)) * NOT


def attack(stage: Stage) -> bool:
    """Whether Alice's commitment is undecided when everything should long be final."""
    b, m, a = (stage.commitment(who) for who in (BOB, MALLORY, ALICE))
    stage.at(1, stage.publish(b))
    stage.at(2, stage.publish(m))
    stage.at(3, stage.publish(a))
    bomb = KEPT + stage.id(b) + 200 * HEAVY
    decision = decide("keep if not kept(m)", m=stage.id(m))
    stage.at(50, stage.seal(b, KEEP), stage.seal(m, bomb), stage.seal(a, decision))
    stage.at(62, stage.open(m, bomb, gas=TX_GAS_CAP))
    stage.at(63, stage.open(b, KEEP), stage.open(a, decision))
    if stage.phase(m).final:
        assert stage.phase(m) is Phase.INVALID_DECISION
        return stage.phase(a) is Phase.PENDING
    late = stage.view("latestResolution", stage.id(a)) - stage.start + 1
    receipts = stage.attempt(
        late,
        stage.resolve((m, bomb), gas=TX_GAS_CAP),
        stage.resolve((a, decision), gas=TX_GAS_CAP),
    )
    return not any(receipt.ok for receipt in receipts)


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(UNLIMITED))


def test_fails_against_the_registry() -> None:
    assert not attack(Stage())


def test_largest_decision_takes_a_small_part_of_a_transaction() -> None:
    stage = Stage()
    cover = 10
    b, x = (stage.commitment(who, bond=cover, cover=cover) for who in (BOB, ALICE))
    stage.at(1, stage.publish(b))
    stage.at(2, stage.publish(x))
    decision = largest(stage, b)
    assert len(decision) == 1024
    stage.at(50, stage.seal(b, KEEP), stage.seal(x, decision))
    (opening,) = stage.at(62, stage.open(x, decision, *[b] * 32))
    assert stage.phase(x) is Phase.PENDING
    (_, resolution) = stage.at(63, stage.open(b, KEEP), stage.resolve((x, decision)))
    assert stage.phase(x).final
    assert opening.gas_used < 500_000
    assert resolution.gas_used < 500_000
