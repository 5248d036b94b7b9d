"""What must hold whatever the model says: read from logs, balances and the book."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from boomerang.intents.message import GuardKind
from boomerang.intents.model import Manner, Truth, events
from boomerang.intents.prices import ceil_div, within
from intents.stateful.cast import ODD, TOKENS
from intents.stateful.comparison import PAIRS, Disagreement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.intents.batch import Batch, Order
    from boomerang.intents.model import Env, Settlement
    from intents.stateful.cast import Stage

Balances = dict[tuple[bytes, bytes], int]
_SHARING = (GuardKind.PAYS, GuardKind.PAID)


class Invariants:
    """Before each action `begin`, after one that was done `check`."""

    def __init__(self, stage: Stage, model: Settlement) -> None:
        self.stage = stage
        self.model = model
        self._rates: dict[tuple[bytes, bytes, int], tuple[bytes, int, int]] = {}
        self._sold: Counter[tuple[bytes, int]] = Counter()
        self._owners: dict[tuple[bytes, int], bytes] = {}
        self._batch: Batch | None = None
        self._truths: list[list[Truth]] = []
        self._before = self._balances()

    def _balances(self) -> Balances:
        """The model's, which were found equal to the tokens'."""
        balances = self.model.state.balances
        return {(t, who): balances[t, who] for t in TOKENS for who in self.stage.holders}

    def begin(self, env: Env, batch: Batch | None) -> None:
        """Something is about to happen."""
        self._batch = batch
        self._before = self._balances()
        orders = () if batch is None else batch.orders
        self._truths = [
            [self.model.examine(env, branch).truth for branch in order.branches] for order in orders
        ]

    def check(self, env: Env, happened: Sequence[events.Event]) -> None:
        """It was done."""
        after = self._balances()
        self._check_money(after)
        for sell, buy in PAIRS:
            self._check_list(sell, buy)
        self._check_entries(env, happened)
        if self._batch is not None:
            self._check_moves(env, self._check_batch(self._batch, happened), after, happened)

    def _check_money(self, after: Balances) -> None:
        for token in TOKENS:
            held, was = (
                sum(amount for (of, _), amount in found.items() if of == token)
                for found in (after, self._before)
            )
            charges = token == ODD and self.model.tokens[ODD].manner is Manner.CHARGING
            if held != was and not (charges and held < was):
                raise Disagreement(f"{token.hex()} is not conserved")
            for part in (self.stage.settlement, self.stage.book):
                if after[token, part]:
                    raise Disagreement(f"something of {token.hex()} was left behind")

    # ------------------------------------------------------------------------------------ the book

    def _check_list(self, sell: bytes, buy: bytes) -> None:
        """Sorted by rate, then by time; and its head does not meet the reverse list's."""
        listed = [
            (number, self.model.entry(sell, buy, number))
            for number in self.model.state.lists[sell, buy]
        ]
        for (n, one), (m, other) in pairwise(listed):
            ahead, behind = one.least * other.amount, other.least * one.amount
            if ahead > behind or (ahead == behind and n > m):
                raise Disagreement(f"entries {n} and {m} are not sorted")
        reverse = self.model.head(buy, sell)
        if listed and reverse is not None:
            first, other = listed[0][1], self.model.entry(buy, sell, reverse)
            if within(first.amount, first.least, other.amount, other.least):
                raise Disagreement("lists stand crossed")

    def _check_entries(self, env: Env, happened: Sequence[events.Event]) -> None:
        """No entry is sold below its rate, but by its own maker."""
        for event in happened:
            if isinstance(event, events.Posted):
                rate = event.maker, event.amount, event.least
                self._rates[event.sell, event.buy, event.number] = rate
            elif isinstance(event, events.EntryFilled):
                maker, amount, least = self._rates[event.sell, event.buy, event.number]
                below = event.bought < ceil_div(event.sold * least, amount)
                if below and maker != env.caller:
                    raise Disagreement(f"entry {event.number} was sold below its rate")

    # ------------------------------------------------------------------------------------ batches

    def _check_batch(self, batch: Batch, happened: Sequence[events.Event]) -> dict[bytes, Order]:
        """No order below its limit, no nonce for two, no branch out of order. Returns the orders
        by their hashes.
        """
        hashes = [order.hash(self.stage.domain) for order in batch.orders]
        orders = {intent: k for k, intent in enumerate(hashes)}
        taken: dict[int, set[int]] = {}
        sold: Counter[int] = Counter()
        for event in happened:
            if not isinstance(event, events.Filled):
                continue
            k = orders[event.intent]
            order = batch.orders[k]
            if event.bought * order.amount < event.sold * order.branches[event.branch].least:
                raise Disagreement(f"order {k} was filled below its limit")
            taken.setdefault(k, set()).add(event.branch)
            sold[k] += event.sold
        for k, amount in sold.items():
            order = batch.orders[k]
            nonce = order.maker, order.nonce
            intent = hashes[k]
            self._sold[nonce] += amount
            if self._owners.setdefault(nonce, intent) != intent or (
                self._sold[nonce] > order.amount
            ):
                raise Disagreement(f"the nonce of order {k} was used twice")
            if order.whole and amount != order.amount:
                raise Disagreement(f"order {k} was not filled whole")
            self._check_branches(k, order, taken[k])
        return dict(zip(hashes, batch.orders, strict=True))

    def _check_branches(self, k: int, order: Order, taken: set[int]) -> None:
        for i, branch in enumerate(order.branches[: max(taken) + 1]):
            truth = self._truths[k][i]
            if i in taken and truth is not Truth.TRUE:
                raise Disagreement(f"branch {i} of order {k} was taken: {truth.name}")
            if i == max(taken) or truth is Truth.FALSE:
                continue
            passes = any(branch.has(kind) for kind in _SHARING)
            if branch.has(GuardKind.EXISTS):
                limit = order.amount, branch.least
                passes = self.model.crossing(order.sell, branch.buy, *limit) is None
            if truth is not Truth.TRUE or not passes:
                raise Disagreement(f"units of order {k} passed branch {i}")

    def _check_moves(
        self,
        env: Env,
        orders: dict[bytes, Order],
        after: Balances,
        happened: Sequence[events.Event],
    ) -> None:
        """What makers and strangers have changed by what the logs say, and nothing else."""
        moved: Counter[tuple[bytes, bytes]] = Counter()
        for event in happened:
            if isinstance(event, events.Filled):
                order = orders[event.intent]
                moved[order.sell, event.maker] -= event.sold
                moved[order.branches[event.branch].buy, event.maker] += event.bought
            elif isinstance(event, events.EntryFilled):
                maker = self._rates[event.sell, event.buy, event.number][0]
                moved[event.sell, maker] -= event.sold
                moved[event.buy, maker] += event.bought
            elif isinstance(event, events.Shared):
                moved[event.token, event.mover] += event.paid
        for key, amount in after.items():
            who = key[1]
            if who in self.stage.pairs or who == env.caller:
                continue
            if amount - self._before[key] != moved[key]:
                raise Disagreement(f"{who.hex()} has another amount than was logged")
