"""Mallory's contract is paid its bond, and its code calls the registry once more before that
returns: to be paid once more. If the registry pays before it has written down that it did, others'
bonds are gone.

All state is settled before a receiver's code runs, and that code has 30,000 gas, too little for it:
the variant lacks both (withdrawals, which everyone pays for themselves, have all).
"""

from __future__ import annotations

from dataclasses import replace

from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.identity import ZERO_ADDRESS
from findings.stage import BOB, MALLORY, Commitment, Stage
from findings.variants import Edit, Variant, attacker

PAYS_FIRST = Variant(
    Edit(
        "slot.record = r.entering(result, bytes23(0));\n        emit Resolved(id, result);",
        "_pay(key.committer, refund);\n"
        "        slot.record = r.entering(result, bytes23(0));\n        emit Resolved(id, result);",
    ),
    Edit("_pay(resolutions[i].key.committer, refunds[i]);", "refunds[i];"),
    Edit("call(GAS, to,", "call(gas(), to,", "contracts/libraries/Payouts.sol"),
    Edit("        owed[account] = 0;\n", ""),
    Edit(
        "if (!delivered) revert Boomerang_TransferFailed(to);",
        "if (!delivered) revert Boomerang_TransferFailed(to);\n        owed[account] = 0;",
    ),
)
RESOLVER, RECEIVER = attacker("AttackResolver"), attacker("AttackReceiver")
REFUSES, CALLS_BACK = 1, 4  # AttackReceiver's manners

BOND = 1000
TIMES = 3


def publication(stage: Stage, contract: str) -> tuple[Commitment, Tx]:
    """A commitment with a bond of the contract's, by which it is published."""
    c = stage.commitment(contract, bond=BOND)
    bobs = stage.commitment(BOB, bond=10 * BOND)
    stage.next(stage.publish(bobs))
    return c, stage.publish(c)


def by_resolving(stage: Stage) -> int:
    """How much the thief's contract has in the end, whose bond was BOND."""
    interface = Interface(RESOLVER.artifact())
    key = stage.commitment(MALLORY, bond=BOND).key
    itself = (stage.registry, ZERO_ADDRESS, key.stake, key.content_hash)
    contract = stage.deploy(interface.creation(*itself)).contract
    assert contract is not None
    c, publish = publication(stage, contract)
    stage.next(replace(publish, sender=MALLORY, to=contract))
    stage.at(stage.second + 60, stage.resolve((c, b"")))
    return stage.balance(contract)


def by_withdrawing(stage: Stage) -> int:
    interface = Interface(RECEIVER.artifact())
    contract = stage.deploy(interface.creation()).contract
    assert contract is not None

    def act(tx: Tx) -> Tx:
        data = interface.functions["act"].encode(tx.to, tx.data)
        return Tx(MALLORY, contract, data, tx.value)

    def plan(manner: int, tx: Tx) -> Tx:
        data = interface.functions["plan"].encode(manner, TIMES, tx.to, tx.data)
        return Tx(MALLORY, contract, data)

    c, publish = publication(stage, contract)
    withdraw = stage.tx(contract, "withdraw", contract)
    stage.next(act(publish), plan(REFUSES, withdraw))
    stage.at(stage.second + 60, stage.resolve((c, b"")))
    assert stage.view("owed", contract) == BOND
    stage.next(plan(CALLS_BACK, withdraw), act(withdraw))
    return stage.balance(contract)


def test_resolving_succeeds_without_the_defence() -> None:
    assert by_resolving(Stage(PAYS_FIRST)) > BOND


def test_resolving_fails_against_the_registry() -> None:
    assert by_resolving(Stage()) == BOND


def test_withdrawing_succeeds_without_the_defence() -> None:
    assert by_withdrawing(Stage(PAYS_FIRST)) == (1 + TIMES) * BOND


def test_withdrawing_fails_against_the_registry() -> None:
    assert by_withdrawing(Stage()) == BOND
