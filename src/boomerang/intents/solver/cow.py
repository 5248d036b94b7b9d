"""CoW Protocol's solver engine API: `POST /solve` with an auction as its driver sends it.

Constant-product liquidity is used; other kinds are ignored, and the answer's header says so. Every
solution trades by itself at one price per token: a cycle of orders, or one order through pools.
Amounts are decimal strings.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from boomerang import json_text
from boomerang.errors import InvalidInput
from boomerang.intents.auction import Auction, Item, Plan, Pool, Token
from boomerang.intents.message import MAX_AMOUNT, MAX_PATHS, Branch, Guard, GuardKind, Intent
from boomerang.intents.pools import sort_tokens
from boomerang.intents.solver.engine import solve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

MAX_ORDERS = 5_000
MAX_BODY = 32 * 1024 * 1024
DEFAULT_SECONDS = 10.0
"""Where an auction has no deadline, or one that makes no sense."""
_MARGIN = 1.0
_PRICE_UNIT = 10**18


class BadAuction(InvalidInput):
    """A request that makes no sense: `where` is the path to what is wrong."""

    def __init__(self, where: str, problem: str) -> None:
        self.where = where
        super().__init__(f"{where}: {problem}")


@dataclass(frozen=True, slots=True)
class Buy:
    """An order for an exact amount, at most `most` paid for it; it only goes through pools."""

    uid: str
    bought: int
    most: int
    paths: tuple[tuple[bytes, ...], ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A request, read: the auction for the solver, orders by item, and what was left out, by
    why.
    """

    auction: Auction
    uids: tuple[str, ...]
    buys: tuple[Buy, ...]
    ignored: Counter[str]
    seconds: float


# ---- reading -----------------------------------------------------------------------------------


def _get(data: Any, where: str, key: str) -> Any:
    if not isinstance(data, dict) or key not in data:
        raise BadAuction(where, f"'{key}' is missing")
    return data[key]


def _amount(data: Any, where: str, key: str) -> int:
    value = _get(data, where, key)
    if not isinstance(value, str) or not value.isdecimal() or int(value) >= 2**256:
        raise BadAuction(f"{where}.{key}", f"must be a whole number as text, not {value!r}")
    return int(value)


def _address(value: Any, where: str) -> bytes:
    text = value if isinstance(value, str) else ""
    try:
        raw = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raw = b""
    if len(raw) != 20 or not text.startswith("0x"):
        raise BadAuction(where, f"must be an address, not {value!r}")
    return raw


def _decimal(value: Any, where: str) -> Fraction:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > 100:
        raise BadAuction(where, f"must be a decimal number, not {value!r}")
    return Fraction(number)


def _list(data: Any, key: str) -> list[Any]:
    value = _get(data, "auction", key)
    if not isinstance(value, list):
        raise BadAuction(key, "must be a list")
    return value


def read(data: Any, now: datetime | None = None) -> Book:
    """A request as an auction. `BadAuction` where it makes no sense; orders and liquidity of kinds
    that this solver does not know are counted in `ignored`.
    """
    return _Reader(data, now or datetime.now(UTC)).book()


class _Reader:
    def __init__(self, data: Any, now: datetime) -> None:
        self.data = data
        self.now = now
        self.ignored: Counter[str] = Counter()
        self.tokens: dict[bytes, Token] = {}
        self.pool_ids: set[str] = set()
        self.buys: list[Buy] = []

    def book(self) -> Book:
        tokens = _get(self.data, "auction", "tokens")
        if not isinstance(tokens, dict):
            raise BadAuction("tokens", "must be a mapping")
        for name, info in tokens.items():
            at = _address(name, f"tokens.{name}")
            price = info.get("referencePrice") if isinstance(info, dict) else None
            # The price in wei of 10^18 smallest units.
            worth = Fraction(0) if price is None else _decimal(price, f"tokens.{name}")
            self.tokens[at] = Token("0x" + at.hex(), at, 18, worth / _PRICE_UNIT)
        pools = self._pools(_list(self.data, "liquidity"))
        neighbours: dict[bytes, list[bytes]] = {}
        for pool in pools:
            for a, b in (pool.tokens, pool.tokens[::-1]):
                neighbours.setdefault(a, []).append(b)
        orders = _list(self.data, "orders")
        if len(orders) > MAX_ORDERS:
            raise BadAuction("orders", f"at most {MAX_ORDERS} are taken")
        items, uids = [], []
        for n, order in enumerate(orders):
            item = self._order(order, n, neighbours)
            if item is not None:
                uids.append(str(order["uid"]))
                items.append(item)
        priced = self._priced(items)
        auction = Auction(priced, tuple(pools), tuple(items))
        return Book(auction, tuple(uids), tuple(self.buys), self.ignored, self._seconds())

    def _priced(self, items: Iterable[Item]) -> dict[bytes, Token]:
        """A token that is bought without a reference price takes one from the limits of its
        orders.
        """
        tokens = dict(self.tokens)
        for item in items:
            branch, sold = item.intent.branches[0], tokens[item.intent.sell]
            bought = tokens[branch.buy]
            if not bought.price and sold.price:
                price = sold.price * item.intent.amount / branch.least
                tokens[branch.buy] = replace(bought, price=price.limit_denominator(10**60))
        return {
            at: token if token.price else replace(token, price=Fraction(1, _PRICE_UNIT))
            for at, token in tokens.items()
        }

    def _token(self, value: Any, where: str) -> bytes:
        at = _address(value, where)
        self.tokens.setdefault(at, Token("0x" + at.hex(), at, 18, Fraction(0)))
        return at

    def _pools(self, liquidity: list[Any]) -> list[Pool]:
        """The deepest constant-product pool of every pair."""
        best: dict[tuple[bytes, bytes], Pool] = {}
        for n, each in enumerate(liquidity):
            where = f"liquidity[{n}]"
            kind = str(_get(each, where, "kind"))
            if kind.casefold() != "constantproduct":
                self.ignored[f"liquidity {kind}"] += 1
                continue
            pool = self._pool(each, where)
            if pool is None:
                self.ignored["liquidity out of range"] += 1
                continue
            key = sort_tokens(*pool.tokens)
            other = best.get(key)
            if other is not None:
                self.ignored["liquidity beside a deeper pool"] += 1
            if other is None or _depth(pool) > _depth(other):
                best[key] = pool
        return list(best.values())

    def _pool(self, data: Any, where: str) -> Pool | None:
        held = _get(data, where, "tokens")
        if not isinstance(held, dict) or len(held) != 2:
            raise BadAuction(f"{where}.tokens", "must be a mapping of two tokens")
        names = [self._token(name, f"{where}.tokens") for name in held]
        reserves = [_amount(each, f"{where}.tokens", "balance") for each in held.values()]
        fee = _decimal(_get(data, where, "fee"), f"{where}.fee")
        if not 0 <= fee < 1:
            raise BadAuction(f"{where}.fee", "must be from 0 to below 1")
        if not 0 < min(reserves) <= max(reserves) <= MAX_AMOUNT:
            return None
        name = str(_get(data, where, "id"))
        if name in self.pool_ids:
            raise BadAuction(f"{where}.id", f"'{name}' is given twice")
        self.pool_ids.add(name)
        address = _address(data["address"], f"{where}.address") if "address" in data else bytes(20)
        return Pool(name, (names[0], names[1]), (reserves[0], reserves[1]), fee, address)

    def _order(self, order: Any, n: int, neighbours: dict[bytes, list[bytes]]) -> Item | None:
        where = f"orders[{n}]"
        uid = _get(order, where, "uid")
        if not isinstance(uid, str) or not uid.startswith("0x"):
            raise BadAuction(f"{where}.uid", "must be hex digits")
        sell = self._token(_get(order, where, "sellToken"), f"{where}.sellToken")
        buy = self._token(_get(order, where, "buyToken"), f"{where}.buyToken")
        sold, bought = _amount(order, where, "sellAmount"), _amount(order, where, "buyAmount")
        kind = _get(order, where, "kind")
        if kind not in ("sell", "buy"):
            raise BadAuction(f"{where}.kind", f"must be sell or buy, not {kind!r}")
        part = _get(order, where, "partiallyFillable")
        if not isinstance(part, bool):
            raise BadAuction(f"{where}.partiallyFillable", "must be true or false")
        if sell == buy or not 0 < sold <= MAX_AMOUNT or not 0 < bought <= MAX_AMOUNT:
            self.ignored["orders out of range"] += 1
            return None
        if int(order.get("feeAmount", "0") or 0):
            self.ignored["orders with a signed fee"] += 1
            return None
        paths = _paths(sell, buy, neighbours)
        if kind == "buy":
            self.buys.append(Buy(uid, bought, sold, paths))
            return None
        branches = [Branch(buy, bought, (Guard(GuardKind.EXISTS),))]
        if paths:
            branches.append(Branch(buy, bought, (), paths))
        # Every order is somebody of its own: CoW asks for no more.
        maker = n.to_bytes(20, "big")
        return Item(f"{n}", Intent(maker, sell, sold, tuple(branches), not part, nonce=n))

    def _seconds(self) -> float:
        """What is left until the deadline, less what the way back takes."""
        try:
            text = str(self.data.get("deadline")).replace("Z", "+00:00")
            end = datetime.fromisoformat(text)
        except ValueError:
            return DEFAULT_SECONDS
        if end.tzinfo is None:
            end = end.replace(tzinfo=UTC)
        rest = (end - self.now).total_seconds() - _MARGIN
        return min(max(rest, 0.1), 30.0) if rest > -3600 else DEFAULT_SECONDS


def _depth(pool: Pool) -> int:
    return pool.reserves[0] * pool.reserves[1]


def _paths(
    sell: bytes, buy: bytes, neighbours: dict[bytes, list[bytes]]
) -> tuple[tuple[bytes, ...], ...]:
    """The direct pool, and ways over one token in between."""
    near = neighbours.get(sell, [])
    direct = [(sell, buy)] if buy in near else []
    around = [(sell, token, buy) for token in near if buy in neighbours.get(token, [])]
    return (*direct, *around)[:MAX_PATHS]


# ---- answering ---------------------------------------------------------------------------------


def answer(book: Book, seconds: float | None = None) -> list[dict[str, Any]]:
    """Solutions as the driver reads them: each cycle, and each route, at its own uniform prices.

    A fill-or-kill order is answered only where one of them fills it whole.
    """
    solution = solve(book.auction, seconds or book.seconds)
    return _Writer(book).solutions(solution.plan)


class _Writer:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.auction = book.auction
        self.found: list[dict[str, Any]] = []
        self.answered: set[int] = set()

    def solutions(self, plan: Plan) -> list[dict[str, Any]]:
        for cycle in plan.cycles:
            sold = {move.item: move.amount for move in cycle}
            if all(self._complete(n, amount) for n, amount in sold.items()):
                self._cycle(sold)
        routed: dict[int, int] = {}
        for move in plan.routes:
            routed[move.item] = routed.get(move.item, 0) + move.amount
        moved = {move.item for move in plan.moves}
        for n in sorted(moved - self.answered):
            intent = self.auction.items[n].intent
            amount = intent.amount if intent.whole else routed.get(n, 0)
            if amount and len(intent.branches) > 1:
                self._route(n, amount)
        for order in self.book.buys:
            self._buy(order)
        return self.found

    def _complete(self, n: int, sold: int) -> bool:
        intent = self.auction.items[n].intent
        return not intent.whole or sold == intent.amount

    def _cycle(self, sold: dict[int, int]) -> None:
        """What each sells is worth the same: so each gets all that the one before it sells. Prices
        are whole numbers, and CoW rounds what is bought up: a price of one too many would ask for
        more than
        there is, so the common worth is a multiple of every amount where it is not too large.
        """
        worth = lcm(*sold.values())
        prices = {self.auction.items[n].intent.sell: worth // amount for n, amount in sold.items()}
        if max(prices.values()) < 2**256:
            trades = [self._trade(self.book.uids[n], amount) for n, amount in sold.items()]
            self._add(prices, trades, [])
            self.answered |= sold.keys()

    def _route(self, n: int, amount: int) -> None:
        """Alone in its solution, so from the reserves as they are."""
        intent = self.auction.items[n].intent
        best: list[int] = [0]
        chosen: tuple[bytes, ...] = ()
        for path in intent.branches[-1].paths:
            amounts = [amount]
            for hop in pairwise(path):
                pool = self.auction.pools[self.auction.pairs[hop]]
                amounts.append(pool.amount_out(hop[0], amounts[-1]))
            if amounts[-1] > best[-1]:
                best, chosen = amounts, path
        if not chosen or best[-1] * intent.amount < amount * intent.branches[0].least:
            return
        prices = {intent.sell: best[-1], intent.branches[0].buy: amount}
        trade = self._trade(self.book.uids[n], amount)
        self._add(prices, [trade], self._interactions(chosen, best))
        self.answered.add(n)

    def _buy(self, order: Buy) -> None:
        """An exact amount bought, by the path that asks least for it."""
        best: tuple[int, tuple[bytes, ...], list[int]] | None = None
        for path in order.paths:
            amounts: list[int] = [order.bought]
            for hop in reversed(list(pairwise(path))):
                pool = self.auction.pools[self.auction.pairs[hop]]
                given = pool.amount_in(hop[0], amounts[0])
                if given is None:
                    break
                amounts.insert(0, given)
            complete = len(amounts) == len(path)
            if complete and amounts[0] <= order.most and (best is None or amounts[0] < best[0]):
                best = amounts[0], path, amounts
        if best is not None:
            asked, path, amounts = best
            prices = {path[0]: order.bought, path[-1]: asked}
            trade = self._trade(order.uid, order.bought)
            self._add(prices, [trade], self._interactions(path, amounts))

    def _interactions(self, path: tuple[bytes, ...], amounts: list[int]) -> list[dict[str, Any]]:
        return [
            {
                "kind": "liquidity",
                "internalize": False,
                "id": self.auction.pools[self.auction.pairs[hop]].id,
                "inputToken": _hex(hop[0]),
                "outputToken": _hex(hop[1]),
                "inputAmount": str(given),
                "outputAmount": str(taken),
            }
            for hop, (given, taken) in zip(pairwise(path), pairwise(amounts), strict=True)
        ]

    def _trade(self, uid: str, amount: int) -> dict[str, Any]:
        return {
            "kind": "fulfillment",
            "order": uid,
            "fee": "0",
            "executedAmount": str(amount),
        }

    def _add(self, prices: dict[bytes, int], trades: list[Any], interactions: list[Any]) -> None:
        self.found.append(
            {
                "id": len(self.found),
                "prices": {_hex(token): str(price) for token, price in prices.items()},
                "trades": trades,
                "preInteractions": [],
                "interactions": interactions,
                "postInteractions": [],
            }
        )


def _hex(address: bytes) -> str:
    return "0x" + address.hex()


# ---- the service -------------------------------------------------------------------------------


async def _solve(request: Request) -> Response:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return JSONResponse({"error": "the auction is too large"}, status_code=413)
    try:
        book = read(json_text.loads(body))
    except InvalidInput as error:
        return JSONResponse({"error": str(error)}, status_code=400)
    found = await run_in_threadpool(answer, book)
    ignored = ", ".join(f"{what}: {count}" for what, count in sorted(book.ignored.items()))
    headers = {"x-boomerang-ignored": ignored} if ignored else {}
    return JSONResponse({"solutions": found}, headers=headers)


async def _notify(request: Request) -> Response:
    await request.body()
    return Response(status_code=200)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def app() -> Starlette:
    """The service: `POST /solve`, `POST /notify`, `GET /healthz`."""
    return Starlette(
        routes=[
            Route("/solve", _solve, methods=["POST"]),
            Route("/notify", _notify, methods=["POST"]),
            Route("/healthz", _health, methods=["GET"]),
        ]
    )
