"""From what was gathered to a transaction that would succeed: solve, then simulate.

Where the whole batch would fail, its parts that have nothing to do with each other are tried one by
one, so that one intent that fails holds up nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter
from typing import TYPE_CHECKING

from eth_utils.address import to_checksum_address

from boomerang.chains.base import CallReverted
from boomerang.errors import ChainError, decode_error
from boomerang.intents.auction import Plan, Replay, RuleBroken
from boomerang.intents.service.batches import to_batch

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.chains.base import Tx
    from boomerang.intents.auction import Auction, Move, Solution
    from boomerang.intents.batch import Batch
    from boomerang.intents.client import Settlement, State
    from boomerang.intents.service.gather import Gathered


@dataclass(frozen=True, slots=True)
class Found:
    """A batch that would succeed. `intents`: the hashes of its orders."""

    plan: Plan
    batch: Batch
    tx: Tx
    intents: tuple[bytes, ...]
    objective: Fraction


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of a plan that would fail, and whose fault it seems."""

    intents: tuple[bytes, ...]
    error: str
    why: str


class Solving:
    """Solves auctions within `time_limit` seconds each."""

    def __init__(
        self, time_limit: float = 5.0, solve: Callable[[Auction, float], Solution] | None = None
    ) -> None:
        """`solve` instead of the solver of `boomerang.intents.solver`."""
        self.time_limit = time_limit
        self._solve = solve

    def find(
        self, settlement: Settlement, gathered: Gathered, state: State, *, sender: str, at: int
    ) -> tuple[Found | None, list[Refusal], float]:
        """The best batch that would succeed from `sender` at second `at`; what would fail; and the
        seconds that solving took. Raises ChainFault, not what the contract refuses.
        """
        if not gathered.offers:
            return None, [], 0.0
        start = perf_counter()
        plan = self.solve(gathered.auction).plan
        seconds = perf_counter() - start
        trial = _Trial(settlement, gathered, state, sender, at)
        whole = trial.attempt(plan) if plan.moves else None
        if whole is None or isinstance(whole, Found):
            return whole, [], seconds
        parts = components(plan)
        refusals, good = [], []
        for part in parts if len(parts) > 1 else []:
            tried = trial.attempt(part)
            if isinstance(tried, Refusal):
                refusals.append(tried)
            elif tried is not None:
                good.append(tried)
        if not good:
            return None, refusals or [whole], seconds
        together = trial.attempt(_joined([one.plan for one in good]))
        if isinstance(together, Found):
            return together, refusals, seconds
        return max(good, key=lambda one: one.objective), refusals, seconds

    def solve(self, auction: Auction) -> Solution:
        """The solver's answer."""
        if self._solve is not None:
            return self._solve(auction, self.time_limit)
        from boomerang.intents.solver import solve

        return solve(auction, time_limit=self.time_limit)


class _Trial:
    """Tries plans against the chain."""

    def __init__(
        self, settlement: Settlement, gathered: Gathered, state: State, sender: str, at: int
    ) -> None:
        self._settlement = settlement
        self._gathered = gathered
        self._state = state
        self._sender = sender
        self._at = at

    def attempt(self, plan: Plan) -> Found | Refusal | None:
        """None for a plan that by itself breaks a rule: parts may need each other after all."""
        try:
            replay = Replay(self._gathered.auction).run(plan)
            batch = to_batch(self._gathered, plan, self._state)
        except RuleBroken:
            return None
        tx = self._settlement.tx_settle(batch, sender=self._sender)
        intents = tuple(order.hash(self._settlement.domain) for order in batch.orders)
        try:
            self._settlement.chain.call(tx, self._at)
        except CallReverted as error:
            return _refusal(batch, intents, decode_error(error.data))
        return Found(plan, batch, tx, intents, replay.objective())


def _refusal(batch: Batch, intents: tuple[bytes, ...], error: ChainError) -> Refusal:
    """Whose fault it is, where the error says that; else everybody's."""
    order = getattr(error, "order", None)
    sender = error.arguments.get("from")
    blamed = intents
    if isinstance(order, int) and order < len(intents):
        blamed = (intents[order],)
    elif isinstance(sender, str):
        theirs = [to_checksum_address(one.maker) == sender for one in batch.orders]
        blamed = tuple(h for h, is_ in zip(intents, theirs, strict=True) if is_) or intents
    return Refusal(blamed, error.name, error.explain())


def components(plan: Plan) -> list[Plan]:
    """The parts of a plan that share no intent."""
    group: dict[int, int] = {}

    def root(item: int) -> int:
        while group.setdefault(item, item) != item:
            item = group[item]
        return item

    for cycle in plan.cycles:
        for move in cycle:
            group[root(move.item)] = root(cycle[0].item)
    for move in (*plan.sweeps, *plan.routes):
        root(move.item)
    heads = list(dict.fromkeys(root(move.item) for move in plan.moves))

    def mine(moves: tuple[Move, ...], head: int) -> tuple[Move, ...]:
        return tuple(move for move in moves if root(move.item) == head)

    return [
        Plan(
            tuple(cycle for cycle in plan.cycles if root(cycle[0].item) == head),
            mine(plan.sweeps, head),
            mine(plan.routes, head),
        )
        for head in heads
    ]


def _joined(plans: list[Plan]) -> Plan:
    return Plan(
        tuple(cycle for plan in plans for cycle in plan.cycles),
        tuple(move for plan in plans for move in plan.sweeps),
        tuple(move for plan in plans for move in plan.routes),
    )


__all__ = ["Found", "Refusal", "Solving", "components"]
