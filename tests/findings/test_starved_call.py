"""Mallory is bound to make a call that costs her ten ether; what a failed call leaves goes back to
her. Nobody looked, and the deadline is over. She executes it herself, with so little gas that the
call fails, though it would have succeeded, and has the money released a second later.

Section 9: nothing starts that cannot be given all the gas that it was promised. Whoever brings too
little has the whole execution refused.
"""

from __future__ import annotations

import pytest

from boomerang.client.abi import Interface
from boomerang.content import Asset, Call, Clauses
from boomerang.errors import NothingOutstanding
from findings.escrows import ETHER, Escrows, error_of
from findings.stage import MALLORY
from findings.variants import Edit, Variant

UNASKED = Variant(
    Edit(
        "if (available < required) revert Boomerang_NotEnoughGas(available, required);",
        "",
        "contracts/Enforcer.sol",
    )
)
TARGET = Variant(file="contracts/mocks/hostile/AttackChange.sol")
AMOUNT = 10**19
GAS = 1_000_000
GASES = range(150_000, 2_000_000, 50_000)


def attack(stage: Escrows, gases: range) -> tuple[int, Exception | None]:
    """What the target received; why nothing was released. The first amount of gas counts with
    which the execution is not refused.
    """
    target = Interface(TARGET.artifact())
    contract = stage.deploy(target.creation()).contract
    assert contract is not None
    data = target.functions["spend"].encode(0)
    call = Call(contract, ETHER, AMOUNT, GAS, data, MALLORY)
    deadline = stage.latest
    clauses = Clauses((Asset(ETHER, AMOUNT),), calls=(call,), deadline=deadline)
    c = stage.agree(MALLORY, clauses)
    stage.keep(c)
    stage.at(deadline + 1 - stage.start)
    for gas in gases:
        if stage.try_now(stage.act(MALLORY, "execute", c, gas=gas)).ok:
            break
    released = stage.try_now(stage.act(MALLORY, "release", c, 0))
    return stage.balance(contract), None if released.ok else error_of(released)


def test_succeeds_without_the_defence() -> None:
    assert attack(Escrows(UNASKED), GASES) == (0, None)


@pytest.mark.parametrize("start", [150_000, 160_000, 170_000, 180_000, 190_000])
def test_fails_against_the_enforcer(start: int) -> None:
    received, refused = attack(Escrows(), range(start, 2_000_000, 50_000))
    assert received == AMOUNT
    assert isinstance(refused, NothingOutstanding)
