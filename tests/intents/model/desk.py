"""A small market on the model: makers with money, and short words for orders and batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from boomerang.intents.batch import Batch, Order, Route, Sweep, cycle
from boomerang.intents.message import Branch, Guard, GuardKind, Intent, IntentDomain
from boomerang.intents.model import Env, Settlement, events

A, B, C = (bytes([n]) * 20 for n in (0x11, 0x22, 0x33))
ALICE, BOB, CAROL, SOLVER, STRANGER = (bytes([n]) * 20 for n in (0xA1, 0xB0, 0xCA, 0x50, 0x51))
MAKERS = (ALICE, BOB, CAROL)
DOMAIN = IntentDomain(31337, b"\x5e" * 20)
HERE = DOMAIN.settlement
NOW = 1_000_000
START = 10**12
"""What everybody has of each token, and allows."""
SIGNED, FORGED = b"signed", b"forged"
EXISTS = Guard(GuardKind.EXISTS)
KEPT_ID, REVERTED_ID, OPEN_ID = (bytes([n]) * 25 for n in (1, 2, 3))


def market() -> Settlement:
    """A model on which every order that is `SIGNED` counts as signed."""
    outcomes = {KEPT_ID: True, REVERTED_ID: False}
    model = Settlement(
        DOMAIN, b"\xfa" * 20, b"\xc0" * 32, lambda _m, _h, s: s == SIGNED, outcomes=outcomes
    )
    for token in (A, B, C):
        for who in (*MAKERS, SOLVER):
            model.mint(token, who, START)
            model.allow(token, who)
    return model


def at(time: int = NOW, caller: bytes = SOLVER) -> Env:
    """A call."""
    return Env(caller, time)


def direct(buy: bytes, least: int, *guards: Guard) -> Branch:
    """A direct swap."""
    return Branch(buy, least, guards)


def routed(least: int, *path: bytes, guards: tuple[Guard, ...] = ()) -> Branch:
    """A route along one path."""
    return Branch(path[-1], least, guards, (path,))


_counts: dict[bytes, int] = {}


def intent(maker: bytes, sell: bytes, amount: int, *branches: Branch, **more: Any) -> Intent:
    """An intent with a nonce that no other one has, if none is given."""
    if "nonce" not in more:
        _counts[maker] = _counts.get(maker, 0) + 1
        more["nonce"] = _counts[maker]
    return Intent(maker, sell, amount, branches, **more)


def order(of: Intent, given: int | None = None, signature: bytes = SIGNED) -> Order:
    """It, signed."""
    return Order.of(of, signature, given)


def pair(
    one: Intent, other: Intent, sold: int, bought: int, branches: tuple[int, int] = (0, 0)
) -> Batch:
    """The two, exchanging so much."""
    legs = cycle((0, branches[0], sold), (1, branches[1], bought))
    return Batch((order(one), order(other)), legs)


def swap(maker: bytes, sell: bytes, amount: int, buy: bytes, least: int, **more: Any) -> Intent:
    """The program of one direct swap."""
    return intent(maker, sell, amount, direct(buy, least), **more)


def exists(
    maker: bytes, sell: bytes, amount: int, buy: bytes, least: int, *after: Branch
) -> Intent:
    """A program in parts: if exists, swap; else the others."""
    return intent(maker, sell, amount, direct(buy, least, EXISTS), *after, whole=False)


def sweep(of: Intent, amount: int = 0, pops: int = 9, given: int = 1, *routes: Route) -> Batch:
    """A walk of the book for the first branch."""
    return Batch((order(of, given),), (), (Sweep(0, 0, amount, pops),), routes)


def route(of: Intent, amount: int = 0, branch: int = 0) -> Batch:
    """Only a route."""
    return Batch((order(of, branch + 1),), (), (), (Route(0, branch, amount),))


def post(
    model: Settlement,
    maker: bytes,
    sell: bytes,
    amount: int,
    buy: bytes,
    least: int,
    *,
    pops: int = 9,
    time: int = NOW,
    **more: Any,
) -> int:
    """Post a plain swap; the entry's number."""
    made = swap(maker, sell, amount, buy, least, whole=False, **more)
    return model.post(at(time, maker), order(made), pops)


def held(model: Settlement, who: bytes) -> tuple[int, int, int]:
    """What somebody has of A, B and C, less what everybody began with."""
    a, b, c = (model.state.balances[token, who] - START for token in (A, B, C))
    return a, b, c


def fills(model: Settlement) -> list[tuple[bytes, int, int, int]]:
    """All fills so far: maker, branch, sold, bought."""
    found = [event for event in model.state.events if isinstance(event, events.Filled)]
    return [(e.maker, e.branch, e.sold, e.bought) for e in found]


def leg(batch: Batch, index: int, **changes: Any) -> Batch:
    """The batch with another leg in one's place."""
    legs = list(batch.legs)
    legs[index] = replace(legs[index], **changes)
    return replace(batch, legs=tuple(legs))
