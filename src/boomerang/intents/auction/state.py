"""An auction: intents, pools and prices at one moment, and what each program may do in it.

Amounts are `int` in smallest units, prices `Fraction` per smallest unit. Nothing here solves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from boomerang.errors import InvalidInput
from boomerang.intents.message import GuardKind
from boomerang.intents.pools import sort_tokens
from boomerang.intents.prices import within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.intents.message import Branch, Guard, Intent

_NOT_PLAIN = (GuardKind.EXISTS, GuardKind.PAYS, GuardKind.PAID)


class Truth(Enum):
    """What a branch's plain guards come to."""

    TRUE = "true"
    FALSE = "false"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Token:
    """A token of the auction. `price` is the worth of one smallest unit of surplus."""

    name: str
    address: bytes
    decimals: int
    price: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Pool:
    """A constant-product pool; `fee` is the share of what goes in that it keeps (0.3%: 3/1000)."""

    id: str
    tokens: tuple[bytes, bytes]
    reserves: tuple[int, int]
    fee: Fraction = Fraction(3, 1000)
    address: bytes = bytes(20)
    touched: bool = False
    """Whether it was touched in this block already: then nobody can rely on its rate."""

    def __post_init__(self) -> None:
        if self.tokens[0] == self.tokens[1]:
            raise InvalidInput(f"pool {self.id} holds one token twice")
        if min(self.reserves) < 0 or not 0 <= self.fee < 1:
            raise InvalidInput(f"pool {self.id}: reserves are not negative, the fee is below 1")

    def side(self, sell: bytes) -> int:
        """0 where `sell` is the first of its tokens, else 1."""
        return 0 if self.tokens[0] == sell else 1

    def amount_out(self, sell: bytes, amount: int, reserves: tuple[int, int] | None = None) -> int:
        """What `amount` of `sell` buys, rounded down; from `reserves` instead of its own."""
        held = self.reserves if reserves is None else reserves
        side = self.side(sell)
        if not amount or not held[0] or not held[1]:
            return 0
        keep = self.fee.denominator - self.fee.numerator
        net = amount * keep
        return net * held[1 - side] // (held[side] * self.fee.denominator + net)

    def amount_in(self, sell: bytes, amount: int) -> int | None:
        """The least of `sell` that buys `amount`; None where there is not so much."""
        side = self.side(sell)
        rest = self.reserves[1 - side] - amount
        if rest <= 0:
            return None
        keep = self.fee.denominator - self.fee.numerator
        return self.reserves[side] * amount * self.fee.denominator // (rest * keep) + 1


@dataclass(frozen=True, slots=True)
class Item:
    """An intent of the auction. `book`: it is posted; then only its first branch counts, and
    `left` of it can still be sold.
    """

    id: str
    intent: Intent
    by: str = ""
    book: bool = False
    left: int = -1

    def __post_init__(self) -> None:
        if self.left < 0:
            object.__setattr__(self, "left", self.intent.amount)
        if not 0 <= self.left <= self.intent.amount:
            raise InvalidInput(f"intent {self.id}: more is left than was posted")
        if not self.book and self.left != self.intent.amount:
            raise InvalidInput(f"intent {self.id}: only of a posted intent can less be left")


@dataclass(frozen=True, slots=True)
class Option:
    """One branch that may take units: `item` and `branch` are indices. Of the whole `amount` it
    must buy `least`. `passed` are the `exists` branches before it, whose book must be clear.
    """

    item: int
    branch: int
    sell: bytes
    buy: bytes
    amount: int
    least: int
    maker: bytes
    paths: tuple[tuple[bytes, ...], ...]
    exists: bool
    shared: bool
    passed: tuple[int, ...] = ()

    @property
    def direct(self) -> bool:
        return not self.paths


def check_postable(intent: Intent) -> str | None:
    """Why an intent cannot be an entry of the book; None where it can."""
    branch = intent.branches[0]
    allowed = (GuardKind.EXISTS, GuardKind.KEPT, GuardKind.REVERTED, GuardKind.AFTER)
    if intent.whole:
        return "it is not in parts"
    if not branch.direct:
        return "its first branch is not a direct swap"
    if any(guard.kind not in allowed for guard in branch.guards):
        return "its first branch has a guard that may change"
    return None


@dataclass(frozen=True)
class Auction:
    """Everything that a solution is judged by. `outcomes` are of final commitments, by id."""

    tokens: Mapping[bytes, Token]
    pools: tuple[Pool, ...]
    items: tuple[Item, ...]
    time: int = 0
    outcomes: Mapping[bytes, bool] = field(default_factory=dict)
    name: str = ""

    def __post_init__(self) -> None:
        if len({item.id for item in self.items}) != len(self.items):
            raise InvalidInput("two intents have one id")
        if len({pool.id for pool in self.pools}) != len(self.pools):
            raise InvalidInput("two pools have one id")
        if len({sort_tokens(*pool.tokens) for pool in self.pools}) != len(self.pools):
            raise InvalidInput("two pools hold the same tokens: a factory makes one pair")
        for token in self.tokens.values():
            if token.price < 0:
                raise InvalidInput(f"the price of {token.name} is negative")
        known = self.tokens.keys()
        for pool in self.pools:
            if not set(pool.tokens) <= known:
                raise InvalidInput(f"pool {pool.id} holds a token that the auction does not name")
        for item in self.items:
            self._check_item(item)
        self._check_crossed()

    def _check_item(self, item: Item) -> None:
        intent = item.intent
        named = {intent.sell, *(token for b in intent.branches for p in b.paths for token in p)}
        named |= {branch.buy for branch in intent.branches if not branch.idle}
        if not named <= self.tokens.keys():
            raise InvalidInput(f"intent {item.id} names a token that the auction does not")
        for branch in intent.branches:
            if not branch.idle and (branch.least <= 0 or branch.buy == intent.sell):
                raise InvalidInput(f"intent {item.id}: a branch buys nothing, or what it sells")
            for path in branch.paths:
                if path[0] != intent.sell or path[-1] != branch.buy or not 2 <= len(path) <= 6:
                    raise InvalidInput(f"intent {item.id} has a path that does not lead there")
        if item.book and (why := check_postable(intent)):
            raise InvalidInput(f"intent {item.id} cannot be posted: {why}")

    def _check_crossed(self) -> None:
        """Posting fills what it crosses: a book that stands crossed does not exist."""
        for (sell, buy), entries in self.lists.items():
            other = self.lists.get((buy, sell))
            if not other or sell > buy:
                continue
            a, b = self.items[entries[0]], self.items[other[0]]
            x, y = a.intent, b.intent
            if within(x.amount, x.branches[0].least, y.amount, y.branches[0].least):
                raise InvalidInput(f"the posted intents {a.id} and {b.id} cross: no book does")

    @cached_property
    def index(self) -> dict[str, int]:
        """Item indices by id."""
        return {item.id: n for n, item in enumerate(self.items)}

    @cached_property
    def pairs(self) -> dict[tuple[bytes, bytes], int]:
        """Pool indices by (token, token), in both orders."""
        found = {}
        for n, pool in enumerate(self.pools):
            found[pool.tokens] = found[pool.tokens[::-1]] = n
        return found

    @cached_property
    def lists(self) -> dict[tuple[bytes, bytes], list[int]]:
        """The book: posted items that sell the first token for the second, best rate first."""
        found: dict[tuple[bytes, bytes], list[int]] = {}
        for n, item in enumerate(self.items):
            if item.book:
                found.setdefault((item.intent.sell, item.intent.branches[0].buy), []).append(n)
        for entries in found.values():
            entries.sort(key=lambda n: self._rate(n))
        return found

    def _rate(self, n: int) -> Fraction:
        intent = self.items[n].intent
        return Fraction(intent.branches[0].least, intent.amount)

    def alive(self, n: int) -> int:
        """What a posted item can sell."""
        item = self.items[n]
        return item.left if item.intent.deadline >= self.time else 0

    def guard(self, guard: Guard, branch: Branch) -> Truth:
        """A plain guard. Commitments and pools that the auction does not name are undecided."""
        truth: bool | None
        match guard.kind:
            case GuardKind.KEPT:
                truth = self.outcomes.get(guard.id)
            case GuardKind.REVERTED:
                kept = self.outcomes.get(guard.id)
                truth = None if kept is None else not kept
            case GuardKind.AFTER:
                truth = self.time >= guard.limit
            case GuardKind.BEFORE:
                truth = self.time < guard.limit
            case GuardKind.FRESH:
                truth = self._fresh(branch)
            case _:
                truth = self._rate_guard(guard)
        return Truth.UNDECIDED if truth is None else Truth.TRUE if truth else Truth.FALSE

    def _fresh(self, branch: Branch) -> bool | None:
        for path in branch.paths:
            for hop in pairwise(path):
                n = self.pairs.get(hop)
                if n is not None and self.pools[n].touched:
                    return None
        return True

    def _rate_guard(self, guard: Guard) -> bool | None:
        for pool in self.pools:
            if pool.address == guard.account and not pool.touched and min(pool.reserves):
                first = pool.side(min(pool.tokens))
                numerator, denominator = guard.ratio
                left = pool.reserves[1 - first] * denominator
                right = numerator * pool.reserves[first]
                at_least = guard.kind == GuardKind.POOL_AT_LEAST
                return left >= right if at_least else left <= right
        return None

    def plain(self, branch: Branch) -> tuple[Truth, int]:
        """What the plain guards come to, and the first false (or else undecided) one's index."""
        undecided = -1
        for index, guard in enumerate(branch.guards):
            if guard.kind in _NOT_PLAIN:
                continue
            truth = self.guard(guard, branch)
            if truth is Truth.FALSE:
                return truth, index
            if truth is Truth.UNDECIDED and undecided < 0:
                undecided = index
        if undecided < 0 and branch_shares(branch) and self._fresh(branch) is None:
            shares = (GuardKind.PAYS, GuardKind.PAID)
            undecided = next(n for n, g in enumerate(branch.guards) if g.kind in shares)
        return (Truth.UNDECIDED, undecided) if undecided >= 0 else (Truth.TRUE, -1)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Every branch that may take units at this moment, item by item in branch order."""
        return tuple(o for n in range(len(self.items)) for o in self._options(n))

    def _options(self, n: int) -> list[Option]:
        item, intent = self.items[n], self.items[n].intent
        if intent.deadline < self.time or (item.book and not item.left):
            return []
        found: list[Option] = []
        passed: list[int] = []
        for index, branch in enumerate(intent.branches[:1] if item.book else intent.branches):
            # What posting once asked of an entry's guards was true then, and is not asked again.
            truth = Truth.TRUE if item.book else self.plain(branch)[0]
            if truth is Truth.UNDECIDED:
                break
            if truth is Truth.FALSE:
                continue
            if branch.idle:
                break
            exists, shared = branch.has(GuardKind.EXISTS), branch_shares(branch)
            found.append(
                Option(
                    n,
                    index,
                    intent.sell,
                    branch.buy,
                    intent.amount,
                    branch.least,
                    intent.maker,
                    branch.paths,
                    exists,
                    shared,
                    tuple(passed),
                )
            )
            if exists:
                passed.append(index)
            elif not shared:
                break
        return found

    @cached_property
    def floors(self) -> dict[int, Fraction]:
        """By item, the least worth, at the auction's prices, that any of its open branches asks
        for the whole amount: surplus is what is above. One floor for all branches, so that a
        laxer else-branch is no gain by itself.
        """
        found: dict[int, Fraction] = {}
        for option in self.options:
            worth = option.least * self.tokens[option.buy].price
            found[option.item] = min(worth, found.get(option.item, worth))
        return found

    @cached_property
    def routable(self) -> frozenset[int]:
        """Pools that lie on a path of a branch that may take units."""
        return frozenset(
            self.pairs[hop]
            for option in self.options
            for path in option.paths
            for hop in pairwise(path)
            if hop in self.pairs
        )


def branch_shares(branch: Branch) -> bool:
    """Whether a branch pays or is paid a share."""
    return branch.has(GuardKind.PAYS) or branch.has(GuardKind.PAID)
