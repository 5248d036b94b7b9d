"""What an order must be to be looked at, and whether the guards of its branches hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from boomerang.intents import errors
from boomerang.intents.message import MAX_AMOUNT, MAX_HOPS, GuardKind
from boomerang.intents.model.ledger import Env, Ledger

if TYPE_CHECKING:
    from boomerang.intents.batch import Order
    from boomerang.intents.message import Branch, Guard

SHARING = (GuardKind.PAYS, GuardKind.PAID)
ROUTED = (GuardKind.FRESH, *SHARING)
"""Guards that speak of paths."""
MIN_HOPS = 2


class Truth(IntEnum):
    """What is known of a guard or a branch."""

    FALSE = 0
    UNDECIDED = 1
    TRUE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """What the plain guards of a branch say: all but EXISTS, and of PAYS and PAID whether the paths
    are fresh. `guard` is the first that is false, or else the first undecided; `observed` is what
    it saw in place of its limit.
    """

    truth: Truth
    guard: int = 0
    observed: int = 0


class Conditions(Ledger):
    """Ranges and guards."""

    # ------------------------------------------------------------------ ranges

    def _require_ranges(self, index: int, order: Order) -> None:
        """OutOfRange for what no program is, BadPath for a path that leads elsewhere. How many
        branches, guards and paths there are, and what guards carry beyond what they need, is for
        tools to mind.
        """
        if not 1 <= order.amount <= MAX_AMOUNT or not order.branches:
            raise errors.OutOfRange(index)
        for number, branch in enumerate(order.branches):
            if branch.idle != (branch.least == 0) or (branch.idle and branch.paths):
                raise errors.OutOfRange(index)
            if branch.buy == order.sell:
                raise errors.OutOfRange(index)
            for path, tokens in enumerate(branch.paths):
                leads = (tokens[:1], tokens[-1:]) == ((order.sell,), (branch.buy,))
                if not leads or not MIN_HOPS <= len(tokens) <= MAX_HOPS:
                    raise errors.BadPath(index, number, path)

    @staticmethod
    def _require_kinds(index: int, branch: Branch) -> None:
        """EXISTS speaks of direct swaps, once; FRESH, PAYS and PAID of routes."""
        kinds = [guard.kind for guard in branch.guards]
        if kinds.count(GuardKind.EXISTS) > branch.direct:
            raise errors.OutOfRange(index)
        if not branch.paths and any(kind in ROUTED for kind in kinds):
            raise errors.OutOfRange(index)

    # ------------------------------------------------------------------ guards

    def examine(self, env: Env, branch: Branch) -> Finding:
        """Look at the plain guards of a branch."""
        found = Finding(Truth.TRUE)
        for index, guard in enumerate(branch.guards):
            if guard.kind is GuardKind.EXISTS:
                continue
            truth, observed = self._look(env, branch, guard)
            if truth < found.truth:
                found = Finding(truth, index, observed)
        return found

    def _look(self, env: Env, branch: Branch, guard: Guard) -> tuple[Truth, int]:
        """A guard's truth, and what was observed."""
        match guard.kind:
            case GuardKind.KEPT | GuardKind.REVERTED:
                kept = self.outcomes.get(guard.id)
                if kept is None:
                    return Truth.UNDECIDED, 0
                return _truth(kept == (guard.kind is GuardKind.KEPT)), int(kept)
            case GuardKind.AFTER:
                return _truth(env.time >= guard.limit), env.time
            case GuardKind.BEFORE:
                return _truth(env.time < guard.limit), env.time
            case GuardKind.POOL_AT_LEAST | GuardKind.POOL_AT_MOST:
                pool = self.state.pools[guard.account]
                if pool is None or self.touched(env, pool) or not pool.reserve0 * pool.reserve1:
                    return Truth.UNDECIDED, 0
                numerator, denominator = guard.ratio
                price, wanted = pool.reserve1 * denominator, numerator * pool.reserve0
                at_least = guard.kind is GuardKind.POOL_AT_LEAST
                holds = price >= wanted if at_least else price <= wanted
                return _truth(holds), pool.reserve1 << 128 | pool.reserve0
            case _:  # FRESH; and PAYS and PAID, which measure by what must be fresh
                return (Truth.TRUE if self._fresh(env, branch) else Truth.UNDECIDED), env.time

    def _fresh(self, env: Env, branch: Branch) -> bool:
        """Whether no pair on the branch's paths was touched in this block."""
        steps = (step for path in branch.paths for step in pairwise(path))
        pools = (self.pool(*step) for step in steps)
        return not any(pool is not None and self.touched(env, pool) for pool in pools)


def _truth(holds: bool) -> Truth:
    return Truth.TRUE if holds else Truth.FALSE
