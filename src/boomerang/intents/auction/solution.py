"""A solution as it is written down: moves, what they come to, and the proof of quality.

JSON: amounts are decimal strings in smallest units, values decimal strings in the auction's unit
of value, `duals` per whole token. Fractions are exact: all denominators are powers of ten.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from boomerang import json_text
from boomerang.intents.auction.bound import SCALE, Duals
from boomerang.intents.auction.errors import AuctionError
from boomerang.intents.auction.plan import Fill, Move, Plan, Share
from boomerang.intents.batch import Batch, Leg, Order, Route, Sweep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.intents.auction.leftout import LeftOut
    from boomerang.intents.auction.plan import Replay
    from boomerang.intents.auction.state import Auction

_SOURCE = "solution"


@dataclass(frozen=True, slots=True)
class Solution:
    """`bound` holds for every batch, but for what its caller adds: `gap` is
    bound + worth of `added` at the duals - objective, and never negative.
    """

    plan: Plan
    fills: Mapping[tuple[int, int], Fill]
    pools: Mapping[int, Sequence[Sequence[int]]]
    added: Mapping[bytes, int]
    shares: Sequence[Share]
    objective: Fraction
    bound: Fraction
    duals: Duals
    left_out: Sequence[LeftOut] = ()
    seconds: float = 0.0
    optimiser_seconds: float = 0.0
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def gap(self) -> Fraction:
        """What a better batch could gain at most, in units of value."""
        worth = sum((self.duals.swaps[t] * n for t, n in self.added.items()), start=Fraction(0))
        return self.bound + worth - self.objective

    @property
    def relative_gap(self) -> float:
        """The gap as a share of the bound; 0 where nothing can be gained at all."""
        return float(self.gap / self.bound) if self.bound else 0.0


def solution_of(
    plan: Plan,
    replay: Replay,
    bound: Fraction,
    duals: Duals,
    left_out: Sequence[LeftOut] = (),
    **times: Any,
) -> Solution:
    """A played plan with its proof."""
    return Solution(
        plan=plan,
        fills=replay.fills,
        pools=replay.flows,
        added=replay.added,
        shares=tuple(replay.shares),
        objective=replay.objective(),
        bound=bound,
        duals=duals,
        left_out=tuple(left_out),
        **times,
    )


def batch(auction: Auction, plan: Plan, signatures: Mapping[int, bytes] | None = None) -> Batch:
    """What `settle` takes: orders in the order in which they first move, with no more branches in
    full than are taken. `signatures` by item index.
    """
    last: dict[int, int] = {}
    for move in plan.moves:
        last[move.item] = max(last.get(move.item, 0), move.branch)
    place = {n: index for index, n in enumerate(last)}
    orders = tuple(
        Order.of(intent, (signatures or {}).get(n, b""), min(given + 1, len(intent.branches)))
        for n, given in last.items()
        for intent in (auction.items[n].intent,)
    )
    legs = [
        Leg(place[move.item], move.branch, move.amount, last=index == len(cycle) - 1)
        for cycle in plan.cycles
        for index, move in enumerate(cycle)
    ]
    sweeps = tuple(Sweep(place[m.item], m.branch, m.amount) for m in plan.sweeps)
    routes = tuple(Route(place[m.item], m.branch, m.amount) for m in plan.routes)
    return Batch(orders, tuple(legs), sweeps, routes)


# ---- numbers ---------------------------------------------------------------------------------


def decimal_text(value: Fraction) -> str:
    """A fraction whose denominator is a product of 2s and 5s, exactly; others rounded up."""
    with localcontext(prec=400):
        number = Decimal(value.numerator) / value.denominator
        if Fraction(number) != value:
            number = Decimal(-(-value.numerator * SCALE // value.denominator)) / SCALE
        text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fraction(text: object) -> Fraction:
    """A decimal number as it was written."""
    if isinstance(text, bool) or not isinstance(text, str | int):
        raise ValueError("must be a decimal number, as text")
    try:
        number = Decimal(str(text).strip().replace("_", ""))
    except InvalidOperation:
        raise ValueError(f"must be a number, not '{text}'") from None
    if not number.is_finite() or abs(number.adjusted()) > 200:
        raise ValueError(f"must be a number of a sensible size, not '{text}'")
    return Fraction(number)


# ---- JSON ------------------------------------------------------------------------------------


def to_json(auction: Auction, solution: Solution) -> dict[str, Any]:
    """The solution as plain data for `--json`; `from_json` reads it back."""

    def move(each: Move) -> dict[str, Any]:
        name = auction.items[each.item].id
        return {"intent": name, "branch": each.branch, "amount": str(each.amount)}

    def names(units: Mapping[bytes, int]) -> dict[str, str]:
        return {auction.tokens[t].name: str(n) for t, n in units.items()}

    def prices(duals: Mapping[bytes, Fraction]) -> dict[str, str]:
        return {
            auction.tokens[t].name: decimal_text(price * 10 ** auction.tokens[t].decimals)
            for t, price in duals.items()
        }

    fills: dict[str, list[dict[str, Any]]] = {}
    for (n, branch), fill in sorted(solution.fills.items()):
        fills.setdefault(auction.items[n].id, []).append(
            {
                "branch": branch,
                "sold": str(fill.sold),
                "bought": str(fill.bought),
                "with": list(fill.partners),
            }
        )
    pools = {}
    for n, (given, taken) in sorted(solution.pools.items()):
        pool = auction.pools[n]
        pools[pool.id] = {
            "in": names(dict(zip(pool.tokens, given, strict=True))),
            "out": names(dict(zip(pool.tokens, taken, strict=True))),
        }
    return {
        "fills": fills,
        "pools": pools,
        "cycles": [[move(each) for each in cycle] for cycle in solution.plan.cycles],
        "sweeps": [move(each) for each in solution.plan.sweeps],
        "routes": [move(each) for each in solution.plan.routes],
        "added": names(solution.added),
        "shares": [
            {
                "payer": s.payer,
                "mover": s.mover,
                "token": auction.tokens[s.token].name,
                "amount": str(s.amount),
            }
            for s in solution.shares
        ],
        "objective": decimal_text(solution.objective),
        "bound": decimal_text(solution.bound),
        "gap": decimal_text(solution.gap),
        "duals": {
            "swaps": prices(solution.duals.swaps),
            "routes": prices(solution.duals.routes),
        },
        "leftOut": [
            {"intents": list(left.intents), "amounts": [str(n) for n in left.amounts]}
            for left in solution.left_out
        ],
        "seconds": round(solution.seconds, 6),
        "optimiserSeconds": round(solution.optimiser_seconds, 6),
        "notes": list(solution.notes),
    }


def dumps(auction: Auction, solution: Solution) -> str:
    """The solution as JSON text."""
    return json.dumps(to_json(auction, solution), indent=2, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a solution file says, as far as it can be read: `gap` and the rest are claims."""

    plan: Plan
    fills: Mapping[tuple[str, int], tuple[int, int, tuple[str, ...]]]
    pools: Mapping[str, tuple[Mapping[str, int], Mapping[str, int]]]
    added: Mapping[str, int]
    shares: Sequence[tuple[str, str, str, int]]
    objective: Fraction
    bound: Fraction
    gap: Fraction
    duals: Duals


def loads(auction: Auction, text: str) -> Stated:
    """Read a solution file. `AuctionError` where it makes no sense."""
    try:
        data = json_text.loads(text)
    except json_text.BadJson as error:
        raise AuctionError(_SOURCE, error.line or 1, error.why) from None
    return from_json(auction, data)


def from_json(auction: Auction, data: Any) -> Stated:
    """A solution from plain data."""
    if not isinstance(data, dict):
        raise AuctionError(_SOURCE, 0, "must be a mapping")
    return _Reader(auction).stated(data)


class _Reader:
    """Reads claims; says where one makes no sense."""

    def __init__(self, auction: Auction) -> None:
        self.auction = auction
        self.names = {token.name: address for address, token in auction.tokens.items()}

    def stated(self, data: dict[str, Any]) -> Stated:
        duals = self.get(data, "duals", dict)
        cycles = tuple(tuple(map(self.move, cycle)) for cycle in self.get(data, "cycles", list))
        return Stated(
            plan=Plan(
                cycles,
                tuple(map(self.move, self.get(data, "sweeps", list))),
                tuple(map(self.move, self.get(data, "routes", list))),
            ),
            fills={
                (name, self.integer(fill, "branch")): (
                    self.integer(fill, "sold"),
                    self.integer(fill, "bought"),
                    tuple(sorted(map(str, self.get(fill, "with", list)))),
                )
                for name, fills in self.get(data, "fills", dict).items()
                for fill in fills
            },
            pools={
                name: (
                    self.units(self.get(flows, "in", dict)),
                    self.units(self.get(flows, "out", dict)),
                )
                for name, flows in self.get(data, "pools", dict).items()
            },
            added=self.units(self.get(data, "added", dict)),
            shares=[
                (
                    str(share.get("payer")),
                    str(share.get("mover")),
                    str(share.get("token")),
                    self.integer(share, "amount"),
                )
                for share in data.get("shares", [])
            ],
            objective=self.value(data, "objective"),
            bound=self.value(data, "bound"),
            gap=self.value(data, "gap"),
            duals=Duals(
                self.prices(self.get(duals, "swaps", dict)),
                self.prices(self.get(duals, "routes", dict)),
            ),
        )

    def get(self, data: Any, key: str, kind: type) -> Any:
        if not isinstance(data, dict) or key not in data:
            raise AuctionError(_SOURCE, 0, f"'{key}' is missing")
        if not isinstance(data[key], kind):
            what = "a list" if kind is list else "a mapping"
            raise AuctionError(_SOURCE, 0, f"{key}: must be {what}")
        return data[key]

    def integer(self, data: Any, key: str) -> int:
        value = data.get(key) if isinstance(data, dict) else None
        text = str(value)
        if isinstance(value, bool) or not text.removeprefix("-").isdecimal():
            raise AuctionError(_SOURCE, 0, f"{key}: must be a whole number, not '{value}'")
        return int(text)

    def value(self, data: dict[str, Any], key: str) -> Fraction:
        try:
            return fraction(data.get(key))
        except ValueError as error:
            raise AuctionError(_SOURCE, 0, f"{key}: {error}") from None

    def move(self, data: Any) -> Move:
        name = data.get("intent") if isinstance(data, dict) else None
        if name not in self.auction.index:
            raise AuctionError(_SOURCE, 0, f"the auction has no intent '{name}'")
        item = self.auction.index[str(name)]
        return Move(item, self.integer(data, "branch"), self.integer(data, "amount"))

    def token(self, name: str) -> bytes:
        if name not in self.names:
            raise AuctionError(_SOURCE, 0, f"the auction has no token '{name}'")
        return self.names[name]

    def units(self, data: dict[str, Any]) -> dict[str, int]:
        return {name: self.integer(data, name) for name in data if self.token(name)}

    def prices(self, data: dict[str, Any]) -> dict[bytes, Fraction]:
        return {
            self.token(name): self.value(data, name)
            / 10 ** self.auction.tokens[self.token(name)].decimals
            for name in data
        }
