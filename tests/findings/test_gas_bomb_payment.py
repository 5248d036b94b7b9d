"""A bond goes back to a contract of Mallory's, whose code burns all the gas it is given, or returns
as much data as its gas allows, for the caller to copy. Whoever resolves Mallory's commitment, which
others wait for, pays for it all: most of what a transaction may use.

A payment has bounded gas, and what the receiver returns is not read. What cannot be delivered is
credited, and the resolution stands.
"""

from __future__ import annotations

import pytest

from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.model import Phase
from findings.stage import FREEZE, MALLORY, TX_GAS_CAP, Stage
from findings.variants import Edit, Variant, attacker

SEND = "delivered := call(GAS, to, amount, 0, 0, 0, 0)"
GENEROUS = Variant(
    Edit(
        SEND,
        SEND.replace("GAS", "div(gas(), 2)") + "\nreturndatacopy(mload(0x40), 0, returndatasize())",
        "contracts/libraries/Payouts.sol",
    )
)
RECEIVER = attacker("AttackReceiver")
BURNS, FLOODS = 2, 3


def attack(stage: Stage, manner: int) -> int:
    """Gas that a bystander uses to resolve Mallory's commitment."""
    receiver = Interface(RECEIVER.artifact())
    contract = stage.deploy(receiver.creation()).contract
    assert contract is not None
    m = stage.commitment(contract, bond=1)
    publication = stage.publish(m)
    functions = receiver.functions
    plan = functions["plan"].encode(manner, 0, stage.registry, b"")
    act = functions["act"].encode(stage.registry, publication.data)
    second = stage.second
    stage.at(second + 1, Tx(MALLORY, contract, plan), Tx(MALLORY, contract, act, 1))
    (receipt,) = stage.at(second + FREEZE, stage.resolve((m, b""), gas=TX_GAS_CAP))
    assert stage.phase(m) is Phase.UNSEALED
    return receipt.gas_used


@pytest.mark.parametrize("manner", [BURNS, FLOODS])
def test_succeeds_without_the_defence(manner: int) -> None:
    assert attack(Stage(GENEROUS), manner) > 4_000_000


@pytest.mark.parametrize("manner", [BURNS, FLOODS])
def test_fails_against_the_registry(manner: int) -> None:
    stage = Stage()
    assert attack(stage, manner) < 120_000
