"""Money that passes by. Eve sees Alice's opening in the mempool and sends it first: anyone may
open. Bob censors Alice's opening until the window has closed, and says so: she is Unrevealed.
Mallory gives something away, to whoever calls her contract.

The bond goes back to the committer, whoever opens (section 2); an Unrevealed one burns and is paid
to nobody, or censoring would pay (section 8); what is owed to an account, only that account
withdraws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.errors import NothingOwed, WrongPhase, decode_error
from boomerang.model import Phase
from findings.stage import ALICE, BOB, EVE, FREEZE, KEEP, LAST_OPENING, MALLORY, Stage
from findings.variants import Edit, Variant, attacker

if TYPE_CHECKING:
    from collections.abc import Callable

    Attack = Callable[[Stage], int]

PAYS_WHOEVER_ACTS = Variant(
    Edit("_pay(committer, stake.bond());", "_pay(msg.sender, stake.bond());"),
    Edit(
        "refund = key.stake.bond();\n        }",
        "refund = key.stake.bond();\n        } else {\n"
        "            _pay(msg.sender, key.stake.bond());\n        }",
    ),
    Edit("_withdraw(msg.sender, to);", "_withdraw(tx.origin, to);"),
)
LURE = attacker("AttackLure")

BOND = 1000
REFUSES = bytes.fromhex("5f5ffd")  # PUSH0 PUSH0 REVERT


def front_run(stage: Stage) -> int:
    """What Eve earns by sending Alice's opening before her."""
    a = stage.commitment(ALICE, bond=BOND)
    stage.at(1, stage.publish(a))
    stage.at(50, stage.seal(a, KEEP))
    before = stage.balance(EVE)
    eves, alices = stage.attempt(FREEZE, stage.open(a, KEEP, by=EVE), stage.open(a, KEEP))
    assert eves.ok
    assert decode_error(alices.output) == WrongPhase(stage.id(a), Phase.KEPT)
    assert stage.phase(a) is Phase.KEPT
    return stage.balance(EVE) - before


def censor(stage: Stage) -> int:
    """What Bob earns by keeping Alice's opening out of his blocks."""
    a = stage.commitment(ALICE, bond=BOND)
    stage.at(1, stage.publish(a))
    stage.at(50, stage.seal(a, KEEP))
    before = stage.balance(BOB)
    stage.at(LAST_OPENING + 1, stage.resolve((a, b""), by=BOB))
    assert stage.phase(a) is Phase.UNREVEALED
    return stage.balance(BOB) - before


def lure(stage: Stage) -> int:
    """What Mallory's contract gets out of Alice, who is owed a bond that her account refused."""
    interface = Interface(LURE.artifact())
    contract = stage.deploy(interface.creation(stage.registry)).contract
    assert contract is not None
    a = stage.commitment(ALICE, bond=BOND)
    second = stage.second
    stage.at(second + 1, stage.publish(a))
    stage.chain.set_code(ALICE, REFUSES)
    stage.at(second + FREEZE, stage.resolve((a, b"")))
    assert stage.view("owed", ALICE) == BOND
    before = stage.balance(MALLORY)
    stage.next(Tx(ALICE, contract, interface.functions["claimGift"].encode()))
    return stage.balance(MALLORY) - before


@pytest.mark.parametrize("attack", [front_run, censor, lure])
def test_succeeds_without_the_defence(attack: Attack) -> None:
    assert attack(Stage(PAYS_WHOEVER_ACTS)) == BOND


def test_front_running_fails_against_the_registry() -> None:
    stage = Stage()
    before = stage.balance(ALICE)
    assert front_run(stage) == 0
    assert stage.balance(ALICE) == before


def test_censoring_fails_against_the_registry() -> None:
    stage = Stage()
    assert censor(stage) == 0
    assert stage.balance(stage.registry) == BOND  # burned


def test_lure_fails_against_the_registry() -> None:
    stage = Stage()
    with pytest.raises(NothingOwed):
        lure(stage)
    assert stage.view("owed", ALICE) == BOND
