"""Mallory must pay Bob through a market, when her commitment is kept, and regrets it. For the one
moment of the execution she has the market closed, and opens it again. What a failed call leaves
goes to her: if it did so at once, bending the state for a moment would be enough to get out.

Section 9: the amount of a failed call stays in the enforcer, and anyone may make the call until the
deadline, which is late enough. Only then it goes where the content says.
"""

from __future__ import annotations

from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.content import Asset, Call, Clauses
from boomerang.errors import NothingOutstanding, StillRetriable
from findings.escrows import ETHER, Escrows, error_of
from findings.stage import BOB, MALLORY
from findings.variants import Edit, Variant

AT_ONCE = Variant(
    Edit(
        "if (!_tryCall(id, call)) failed |= 1 << i;",
        "if (!_tryCall(id, call)) _send(call.token, call.remainderTo, call.amount);",
        "contracts/Enforcer.sol",
    )
)
UNTIMELY = Variant(
    Edit(
        "if (block.timestamp <= deadline) "
        "revert Boomerang_StillRetriable(id, deadline, block.timestamp);",
        "deadline;",
        "contracts/Enforcer.sol",
    )
)
TARGET = Variant(file="contracts/mocks/hostile/AttackChange.sol")
AMOUNT = 10**19


def attack(stage: Escrows) -> tuple[int, Exception | None]:
    """What the market received in the end, and why Mallory's release was refused."""
    target = Interface(TARGET.artifact())
    market = stage.deploy(target.creation()).contract
    assert market is not None

    def close(closed: bool) -> Tx:
        return Tx(MALLORY, market, target.functions["close"].encode(closed))

    call = Call(market, ETHER, AMOUNT, 100_000, target.functions["spend"].encode(0), MALLORY)
    clauses = Clauses((Asset(ETHER, AMOUNT),), calls=(call,), deadline=stage.latest)
    c = stage.agree(MALLORY, clauses)
    stage.keep(c)
    stage.next(close(True), stage.act(MALLORY, "execute", c), close(False))
    released = stage.try_now(stage.act(MALLORY, "release", c, 0))
    stage.try_now(stage.act(BOB, "retry", c, 0))
    return stage.balance(market), None if released.ok else error_of(released)


def test_home_at_once_succeeds_without_the_defence() -> None:
    received, refused = attack(Escrows(AT_ONCE))
    assert received == 0
    assert isinstance(refused, NothingOutstanding)


def test_release_before_the_deadline_succeeds_without_the_defence() -> None:
    assert attack(Escrows(UNTIMELY)) == (0, None)


def test_fails_against_the_enforcer() -> None:
    received, refused = attack(Escrows())
    assert received == AMOUNT
    assert isinstance(refused, StillRetriable)
