"""What a solution does, and what that comes to: moves played on the auction, rule by rule.

The order is the contract's: cycles, sweeps, routes, and what can only be seen at the end.
Amounts are exact integers in smallest units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from boomerang.intents.auction.bound import SCALE
from boomerang.intents.auction.errors import Rule, RuleBroken
from boomerang.intents.auction.shares import Baselines, partners
from boomerang.intents.auction.state import Auction, Option, Truth
from boomerang.intents.message import GuardKind
from boomerang.intents.prices import Trade, equal_gains, fill_entry, required, within

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Move:
    """`amount` of what an item sells, through one of its branches; 0 (sweeps, routes): all left."""

    item: int
    branch: int
    amount: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The moves of a batch. In a cycle each pays the next, the last the first."""

    cycles: tuple[tuple[Move, ...], ...] = ()
    sweeps: tuple[Move, ...] = ()
    routes: tuple[Move, ...] = ()

    @property
    def moves(self) -> list[Move]:
        return [*(move for cycle in self.cycles for move in cycle), *self.sweeps, *self.routes]


@dataclass(slots=True)
class Fill:
    """What one branch of one item sold and bought, and with whom: ids of intents and pools."""

    sold: int = 0
    bought: int = 0
    partners: list[str] = field(default_factory=list)

    def add(self, sold: int, bought: int, partners: Sequence[str]) -> None:
        self.sold += sold
        self.bought += bought
        self.partners += [name for name in partners if name not in self.partners]


@dataclass(frozen=True, slots=True)
class Share:
    """What a payer gave a mover out of its gain, in units of what the payer buys."""

    payer: str
    mover: str
    token: bytes
    amount: int


class Replay:
    """Plays a plan. After `run`, everything that it came to can be read off; `RuleBroken` where a
    rule forbids a move.
    """

    def __init__(self, auction: Auction) -> None:
        self.auction = auction
        self.options = {(o.item, o.branch): o for o in auction.options}
        self.by_item: dict[int, list[Option]] = {}
        for option in auction.options:
            self.by_item.setdefault(option.item, []).append(option)
        self.left = [item.left for item in auction.items]
        self.fills: dict[tuple[int, int], Fill] = {}
        self.reserves = [pool.reserves for pool in auction.pools]
        self.flows: dict[int, list[list[int]]] = {}
        """By pool: what came in and what went out, of its first and second token."""
        self.added: dict[bytes, int] = {}
        self.lists = {pair: list(entries) for pair, entries in auction.lists.items()}
        self.shares: list[Share] = []

    def run(self, plan: Plan) -> Replay:
        """Play all of a plan."""
        self.check_orders(plan)
        for cycle in plan.cycles:
            self.cycle(cycle)
        for move in plan.sweeps:
            self.sweep(move)
        couples = partners(self.auction, plan.routes, self.options)
        baselines = Baselines.measure(self.auction, couples, plan.routes)
        for move in plan.routes:
            self.route(move, baselines)
        self.finish(plan)
        return self

    # ---- checks of an order -------------------------------------------------------------------

    def check_orders(self, plan: Plan) -> None:
        """What is known of orders before the first transfer, in the order in which they first
        move: deadline, nonce, and the guards of their branches up to the last one taken.
        """
        last: dict[int, int] = {}
        for move in plan.moves:
            if not 0 <= move.item < len(self.auction.items):
                raise RuleBroken(Rule.UNKNOWN_ORDER, str(move.item), "no such intent")
            last[move.item] = max(last.get(move.item, 0), move.branch)
        nonces: set[tuple[bytes, int]] = set()
        for n, branch in last.items():
            item = self.auction.items[n]
            if item.intent.deadline < self.auction.time:
                raise self._broken(Rule.EXPIRED, n, f"its deadline was {item.intent.deadline}")
            if item.book:
                raise self._broken(Rule.NONCE_USED, n, "it is posted: it is filled by sweeps alone")
            if (item.intent.maker, item.intent.nonce) in nonces:
                raise self._broken(Rule.NONCE_USED, n, "another intent has its nonce")
            nonces.add((item.intent.maker, item.intent.nonce))
            self._check_branches(n, branch)

    def _check_branches(self, n: int, last: int) -> None:
        """The last one holds, each before it lets units pass, and none is undecided."""
        branches = self.auction.items[n].intent.branches
        last = min(last, len(branches) - 1)
        for index, branch in enumerate(branches[: last + 1]):
            truth, guard = self.auction.plain(branch)
            if truth is Truth.UNDECIDED:
                problem = f"guard {guard} of branch {index} is undecided"
                raise self._broken(Rule.UNDECIDED, n, problem)
            if truth is Truth.FALSE and index == last:
                raise self._broken(Rule.GUARD_FAILS, n, f"guard {guard} of branch {index}")
            if truth is Truth.TRUE and index < last and not self._passes(n, index):
                raise self._broken(Rule.BRANCH_HOLDS, n, f"branch {index} takes all units")

    def option(self, move: Move) -> Option:
        """The branch that a move takes, or the reason why it cannot be taken."""
        branches = self.auction.items[move.item].intent.branches
        if not 0 <= move.branch < len(branches):
            raise self._broken(Rule.UNKNOWN_BRANCH, move.item, f"it has no branch {move.branch}")
        found = self.options.get((move.item, move.branch))
        if found is not None:
            return found
        if branches[move.branch].idle:
            problem = f"branch {move.branch} does nothing"
            raise self._broken(Rule.NOT_DIRECT, move.item, problem)
        guard = self.auction.plain(branches[move.branch])[1]
        raise self._broken(Rule.GUARD_FAILS, move.item, f"guard {guard} of branch {move.branch}")

    def _passes(self, n: int, index: int) -> bool:
        branch = self.auction.items[n].intent.branches[index]
        return any(branch.has(k) for k in (GuardKind.EXISTS, GuardKind.PAYS, GuardKind.PAID))

    # ---- moves ---------------------------------------------------------------------------------

    def cycle(self, cycle: Sequence[Move]) -> None:
        """Everybody pays the next, at equal gains."""
        trades = []
        makers: set[bytes] = set()
        asked: dict[int, int] = {}
        for k, move in enumerate(cycle):
            option = self.option(move)
            asked[move.item] = asked.get(move.item, 0) + move.amount
            if asked[move.item] > self.left[move.item]:
                raise self._broken(Rule.OVERFILLED, move.item, "it sells more than it has")
            if move.amount <= 0:
                raise self._broken(Rule.OUT_OF_RANGE, move.item, "it sells nothing")
            if not option.direct:
                raise self._broken(Rule.NOT_DIRECT, move.item, "a route stands in a cycle")
            if self.auction.items[cycle[k - 1].item].intent.sell != option.buy:
                raise self._broken(Rule.WRONG_TOKEN, move.item, "it is paid what it does not buy")
            if option.maker in makers:
                raise self._broken(Rule.SAME_SIGNER, move.item, "one signer twice in a cycle")
            makers.add(option.maker)
            received = cycle[k - 1].amount
            self._limit(option, move.amount, received)
            trades.append(Trade(move.amount, received, option.least, option.amount))
        if len(cycle) < 2:
            raise self._broken(Rule.SAME_SIGNER, cycle[0].item, "a cycle of one")
        if not equal_gains(trades):
            problem = "gains in its cycle differ by more than a unit"
            raise self._broken(Rule.UNEQUAL_GAINS, cycle[0].item, problem)
        for k, move in enumerate(cycle):
            partner = {self._id(cycle[k - 1].item), self._id(cycle[(k + 1) % len(cycle)].item)}
            self._fill(move, cycle[k - 1].amount, sorted(partner))

    def sweep(self, move: Move) -> None:
        """Walk the book for an `exists` branch."""
        option = self.option(move)
        if not option.direct or not option.exists:
            raise self._broken(Rule.NOT_SWEPT, move.item, "only an exists branch is swept")
        offered = self._offered(move)
        entries = self.lists.get((option.buy, option.sell), [])
        while offered and entries:
            head = self.auction.items[entries[0]]
            rate = head.intent.amount, head.intent.branches[0].least
            if not within(option.amount, option.least, *rate):
                break
            alive = min(self.left[entries[0]], self.auction.alive(entries[0]))
            if head.intent.maker == option.maker or not alive:
                entries.pop(0)
                continue
            fill = fill_entry(offered, option.amount, option.least, alive, *rate)
            offered -= fill.paid
            self._fill(Move(move.item, move.branch, fill.paid), fill.bought, [head.id])
            entry = Move(entries[0], 0, fill.bought)
            self._fill(entry, fill.paid + fill.missing, [self._id(move.item)])
            if fill.missing:
                self.added[option.sell] = self.added.get(option.sell, 0) + fill.missing
            if not self.left[entries[0]]:
                entries.pop(0)

    def route(self, move: Move, baselines: Baselines | None = None) -> int:
        """The best named path, from the reserves as they are now. Returns what it delivered."""
        option = self.option(move)
        amount = self._offered(move)
        if option.direct:
            raise self._broken(Rule.NOT_ROUTED, move.item, "a swap is not routed")
        if option.shared and not (baselines and (move.item, move.branch) in baselines.of):
            raise self._broken(Rule.NO_PARTNER, move.item, "nobody mirrors its share")
        if not amount:
            return 0
        self._check_fresh(option)
        path, amounts = self.best(option, amount)
        if not amounts[-1]:
            raise self._broken(Rule.NO_POOL, move.item, "no pool leads there")
        if len({self.auction.pairs[hop] for hop in pairwise(path)}) < len(path) - 1:
            raise self._broken(Rule.TOKEN_TAKES_FEE, move.item, "a path has one pool twice")
        owed = baselines.owed(move, amounts[-1]) if baselines else None
        if owed is not None:
            self._check_payer(move, amount, amounts[-1], owed.baseline)
        paid = owed.amount if owed else 0
        self._limit(option, amount, amounts[-1] - paid)
        if owed is not None and paid:
            mover = self._id(owed.mover)
            self.shares.append(Share(self._id(move.item), mover, option.buy, paid))
        names = []
        for hop, (given, taken) in zip(pairwise(path), pairwise(amounts), strict=True):
            names.append(self._swap(hop, given, taken))
        self._fill(Move(move.item, move.branch, amount), amounts[-1] - paid, names)
        return amounts[-1] - paid

    def _check_payer(self, move: Move, amount: int, received: int, baseline: int) -> None:
        """A mover moves for a trade of the whole size, which brings what was promised."""
        if amount != self.auction.items[move.item].intent.amount:
            raise self._broken(Rule.OUT_OF_RANGE, move.item, "a payer routes all of its amount")
        if received < baseline:
            problem = f"{received}, where its baseline is {baseline}"
            raise self._broken(Rule.BELOW_LIMIT, move.item, problem)

    def _check_fresh(self, option: Option) -> None:
        """What had to be untouched before the batch must be so when it is used."""
        branch = self.auction.items[option.item].intent.branches[option.branch]
        if not option.shared and not branch.has(GuardKind.FRESH):
            return
        for path in option.paths:
            for hop in pairwise(path):
                if self.auction.pairs.get(hop) in self.flows:
                    problem = "a pool on its paths was touched by this batch"
                    raise self._broken(Rule.UNDECIDED, option.item, problem)

    def best(self, option: Option, amount: int) -> tuple[tuple[bytes, ...], list[int]]:
        """The path that gives most (the first of equals), and the amounts along it."""
        found: tuple[tuple[bytes, ...], list[int]] | None = None
        for path in option.paths:
            amounts = [amount]
            for hop in pairwise(path):
                n = self.auction.pairs.get(hop)
                pool = None if n is None else self.auction.pools[n]
                reserves = (0, 0) if n is None else self.reserves[n]
                given = amounts[-1]
                amounts.append(0 if pool is None else pool.amount_out(hop[0], given, reserves))
            if found is None or amounts[-1] > found[1][-1]:
                found = path, amounts
        if found is None:
            raise AssertionError
        return found

    # ---- the end -------------------------------------------------------------------------------

    def finish(self, plan: Plan) -> None:
        """Rules about whole orders, and about the book after the batch."""
        used = dict.fromkeys(move.item for move in plan.moves)
        for n in used:
            item = self.auction.items[n]
            sold = item.left - self.left[n]
            if not sold:
                raise self._broken(Rule.UNUSED, n, "nothing of it was filled")
            if item.intent.whole and sold != item.intent.amount:
                problem = f"{sold} of {item.intent.amount} were sold"
                raise self._broken(Rule.NOT_WHOLE, n, problem)
        for n, branch in self.fills:
            option = self.options[n, branch]
            for earlier in option.passed:
                self._clear(n, earlier)

    def standing(self, n: int, branch: int) -> int | None:
        """The head of the book that an `exists` branch would take, as an item; None if clear."""
        intent = self.auction.items[n].intent
        taken = intent.branches[branch]
        entries = self.lists.get((taken.buy, intent.sell), [])
        if not entries:
            return None
        head = self.auction.items[entries[0]].intent
        crosses = within(intent.amount, taken.least, head.amount, head.branches[0].least)
        return entries[0] if crosses else None

    def _clear(self, n: int, branch: int) -> None:
        head = self.standing(n, branch)
        if head is not None:
            problem = f"branch {branch} would take {self._id(head)}, which stands in the book"
            raise self._broken(Rule.MATCH_STANDS, n, problem)

    # ---- amounts -------------------------------------------------------------------------------

    def surplus(self, n: int) -> Fraction:
        """The worth of what an item bought above the least that its branches allow, rounded down
        to a multiple of 1/SCALE. Shares are counted with the objective.
        """
        prices = self.auction.tokens
        worth, sold = Fraction(0), 0
        for option in self.by_item[n]:
            fill = self.fills.get((n, option.branch))
            if fill is not None:
                worth += prices[option.buy].price * fill.bought
                sold += fill.sold
        floor = self.auction.floors[n]
        amount = self.auction.items[n].intent.amount
        scaled = -(-floor.numerator * sold * SCALE // (floor.denominator * amount))
        return worth - Fraction(scaled, SCALE)

    def objective(self) -> Fraction:
        """The worth of all surplus, less what the caller adds, at the auction's prices."""
        prices = self.auction.tokens
        total = sum((self.surplus(n) for n, _ in self._first()), start=Fraction(0))
        for share in self.shares:
            total += prices[share.token].price * share.amount
        for token, added in self.added.items():
            total -= prices[token].price * added
        return total

    def _first(self) -> list[tuple[int, int]]:
        """One fill of every item that has some."""
        return list({n: (n, branch) for n, branch in self.fills}.values())

    def _offered(self, move: Move) -> int:
        if move.amount < 0:
            raise self._broken(Rule.OUT_OF_RANGE, move.item, "it sells less than nothing")
        if move.amount > self.left[move.item]:
            raise self._broken(Rule.OVERFILLED, move.item, "it sells more than it has")
        return move.amount or self.left[move.item]

    def _limit(self, option: Option, sold: int, received: int) -> None:
        least = required(sold, option.least, option.amount)
        if received < least:
            problem = f"{received} for {sold}, where the limit is {least}"
            raise self._broken(Rule.BELOW_LIMIT, option.item, problem)

    def _fill(self, move: Move, bought: int, names: Sequence[str]) -> None:
        if move.amount > self.left[move.item]:
            raise self._broken(Rule.OVERFILLED, move.item, "it sells more than it has")
        self.left[move.item] -= move.amount
        fill = self.fills.setdefault((move.item, move.branch), Fill())
        fill.add(move.amount, bought, names)

    def _swap(self, hop: tuple[bytes, bytes], given: int, taken: int) -> str:
        n = self.auction.pairs[hop]
        pool = self.auction.pools[n]
        side = pool.side(hop[0])
        flows = self.flows.setdefault(n, [[0, 0], [0, 0]])
        flows[0][side] += given
        flows[1][1 - side] += taken
        held = list(self.reserves[n])
        held[side] += given
        held[1 - side] -= taken
        self.reserves[n] = (held[0], held[1])
        return pool.id

    def _id(self, n: int) -> str:
        return self.auction.items[n].id

    def _broken(self, rule: Rule, n: int, problem: str) -> RuleBroken:
        return RuleBroken(rule, self._id(n), problem)
