"""What succeeds against the registry, and is stated: docs/threat-model.md and README.md beside
this. No variant here. Each test says what the attacker gets, and what it does not get.
"""

from __future__ import annotations

import pytest

from boomerang.errors import WrongPhase, decode_error
from boomerang.model import Obstacle, Phase
from findings.stage import (
    ALICE,
    BOB,
    EVE,
    FREEZE,
    KEEP,
    LAST_OPENING,
    MALLORY,
    Stage,
    decide,
)


def test_an_exposer_is_front_run_and_the_owner_loses_all_the_same() -> None:
    """Whoever copies an exposure from the mempool has the reward: Alice's friend, say. It cannot
    save more than the exposer's share, and not the commitment.
    """
    stage = Stage()
    before = stage.balance(ALICE) + stage.balance(BOB)
    a = stage.commitment(ALICE, bond=1000)
    stage.at(1, stage.publish(a))
    stage.at(50, stage.seal(a, KEEP))
    friends, eves = stage.attempt(55, stage.expose(BOB, a, KEEP), stage.expose(EVE, a, KEEP))
    assert friends.ok
    assert decode_error(eves.output) == WrongPhase(stage.id(a), Phase.EXPOSED)
    assert stage.balance(ALICE) + stage.balance(BOB) == before - 500
    assert stage.phase(a) is Phase.EXPOSED


def test_one_bond_stands_behind_all_decisions_that_lean_on_it() -> None:
    """Ten commitments, each shown with a cover of 100, all "keep if kept(y)". To stay silent with y
    costs 100 once, and takes back all ten. A cover says what silence costs, not to how many it is
    shown: an owner's gains from several commitments add up, the bond behind them need not.
    """
    stage = Stage()
    bond = 100
    y = stage.commitment(ALICE, bond=bond, cover=bond)
    leaning = [stage.commitment(ALICE, nonce=n, bond=bond, cover=bond) for n in range(1, 11)]
    before = stage.balance(ALICE)
    stage.at(1, stage.publish(y))
    stage.at(2, *(stage.publish(c) for c in leaning))
    decision = decide("keep if kept(y)", y=stage.id(y))
    stage.at(50, stage.seal(y, KEEP), *(stage.seal(c, decision) for c in leaning))
    stage.at(LAST_OPENING, *(stage.open(c, decision, y) for c in leaning))
    # Here Alice still has the choice, having seen what all others opened.
    assert {stage.phase(c) for c in leaning} == {Phase.PENDING}
    stage.at(LAST_OPENING + 1, stage.resolve(*((c, decision) for c in leaning)))
    assert {stage.phase(c) for c in leaning} == {Phase.REVERTED_BY_DECISION}
    assert stage.balance(ALICE) == before - bond


def test_an_offer_to_a_sealed_commitment_cannot_be_declined() -> None:
    """So what Alice may lean on stays open, and tools do not show her cover as credible, if she
    seals before offers end and has not declined all. Her decision does not change.
    """
    stage = Stage()
    a, m = stage.commitment(ALICE), stage.commitment(MALLORY)
    stage.at(1, stage.publish(a))
    stage.at(2, stage.publish(m))
    stage.at(10, stage.seal(a, KEEP))
    stage.at(11, stage.offer(m, a))
    with pytest.raises(WrongPhase):
        stage.at(30, stage.decline(a, m))
    assert stage.obstacle(a, m) is Obstacle.NONE
    stage.at(FREEZE, stage.open(a, KEEP))
    assert stage.phase(a) is Phase.KEPT


def test_an_owner_spoils_its_own_sealed_condition_by_an_offer() -> None:
    """x looks back at z. By an offer to z's predecessor w, x gives up that look after its seal, and
    its decision is invalid: reverted, bond back. It must do so before w's offers end, long before
    anyone opens; sealing later would have given it more. No exposure is dodged that way.
    """
    stage = Stage()
    w, z = stage.commitment(ALICE, nonce=1), stage.commitment(ALICE, nonce=2)
    x = stage.commitment(ALICE, bond=1000)
    for second, c in enumerate((w, z, x), 1):
        stage.at(second, stage.publish(c))
    decision = decide("keep if kept(z) or not kept(z)", z=stage.id(z))
    stage.at(20, stage.seal(x, decision))
    sealed = stage.chain.snapshot()
    stage.at(FREEZE + 2, stage.open(x, decision))
    assert stage.phase(x) is Phase.KEPT
    stage.chain.restore(sealed)
    stage.at(FREEZE - 20, stage.offer(x, w))
    exposable = stage.chain.snapshot()
    stage.at(FREEZE + 2, stage.open(x, decision))
    assert stage.phase(x) is Phase.INVALID_DECISION
    stage.chain.restore(exposable)
    stage.at(FREEZE, stage.expose(EVE, x, decision))
    assert stage.phase(x) is Phase.EXPOSED


def test_a_batch_is_refused_when_part_of_it_was_resolved_first() -> None:
    """Mallory must settle something each time, at her cost, and the rest can be sent again."""
    stage = Stage()
    lapsed = [stage.commitment(ALICE, nonce=n) for n in range(3)]
    stage.at(1, *(stage.publish(c) for c in lapsed))
    batch = [(c, b"") for c in lapsed]
    mallorys, eves = stage.attempt(
        FREEZE, stage.resolve(batch[1], by=MALLORY), stage.resolve(*batch)
    )
    assert mallorys.ok
    assert decode_error(eves.output) == WrongPhase(stage.id(lapsed[1]), Phase.UNSEALED)
    stage.at(FREEZE + 1, stage.resolve(batch[0], batch[2]))
    assert {stage.phase(c) for c in lapsed} == {Phase.UNSEALED}
