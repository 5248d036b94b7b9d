"""Eve settles many lapsed commitments in one batch. One of them belongs to a contract of Mallory's:
when it is paid its bond, its code resolves the next one in the batch. The registry then refuses
that one, as it is final already, and with it the whole batch, in which Mallory's move is undone as
well: it costs nothing, and works every time, until somebody finds out whose commitment to leave
out.

Section 7: anyone may resolve any set, in an order chosen off chain. All of a batch is settled
before anything is paid.
"""

from __future__ import annotations

from dataclasses import replace

from boomerang.client.abi import Interface
from boomerang.errors import WrongPhase, decode_error
from boomerang.model import Phase
from findings.stage import ALICE, FREEZE, MALLORY, Stage
from findings.variants import Edit, Variant, attacker

PAYS_IN_TURN = Variant(
    Edit(
        "refunds[i] = _resolve(resolutions[i]);",
        "_pay(resolutions[i].key.committer, _resolve(resolutions[i]));",
    )
)
RESOLVER = attacker("AttackResolver")


def attack(stage: Stage) -> bool:
    """Whether Eve's batch is refused."""
    a = stage.commitment(ALICE)
    interface = Interface(RESOLVER.artifact())
    creation = interface.creation(stage.registry, ALICE, a.key.stake, a.key.content_hash)
    contract = stage.deploy(creation).contract
    assert contract is not None
    m = stage.commitment(contract, bond=1)
    second = stage.second + 1
    publication = replace(stage.publish(m), sender=MALLORY, to=contract)
    stage.at(second, stage.publish(a), publication)
    (receipt,) = stage.attempt(second + FREEZE, stage.resolve((m, b""), (a, b"")))
    if receipt.ok:
        assert stage.phase(a) is stage.phase(m) is Phase.UNSEALED
        assert stage.balance(contract) == 1
        return False
    assert decode_error(receipt.output) == WrongPhase(stage.id(a), Phase.UNSEALED)
    return True


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(PAYS_IN_TURN))


def test_fails_against_the_registry() -> None:
    assert not attack(Stage())
