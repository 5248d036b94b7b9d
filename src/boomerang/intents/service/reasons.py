"""Why an intent is not filled, and what would fill it: each branch and guard as the chain shows it.

It looks at what the contract looks at, and says for each branch what was seen, from when on that
may change by itself, and which intent of somebody else's would fill it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from eth_utils.address import to_checksum_address

from boomerang.client.abi import UnexpectedAnswer
from boomerang.errors import ChainError, InvalidInput
from boomerang.intents import pools
from boomerang.intents.auction.state import Truth
from boomerang.intents.message import Branch, GuardKind, Intent
from boomerang.intents.prices import required, within

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boomerang.client import Registry
    from boomerang.intents.client import Entry, Settlement, State
    from boomerang.intents.message import Guard
    from boomerang.intents.relay.signed import SignedIntent

_SHARES: Final = (GuardKind.PAYS, GuardKind.PAID)


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """One guard as it is now. `seen`: what was observed, in a token's units, Unix seconds, or a
    ratio (reserve1, reserve0); None where nothing could be. `again`: the second from which on it
    may be otherwise by itself; None where no time is known.
    """

    index: int
    guard: Guard
    truth: Truth | None
    seen: int | tuple[int, int] | None = None
    again: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """An intent on the other side. `crosses`: it is within the limit."""

    crosses: bool
    entry: Entry | None = None
    signed: SignedIntent | None = None
    alive: int = 0


@dataclass
class BranchFinding:
    """One branch. `truth`: of its plain guards. `reached`: whether units come as far as this.

    Of direct swaps `matches` are what others offer, the best first, and `counter` is an intent that
    would fill it; of routes, `quote` is what the best path gives for `amount` units, `best` that
    path's index, and `least` what the branch wants for them.
    """

    index: int
    branch: Branch
    truth: Truth
    reached: bool
    guards: list[GuardFinding] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    counter: Intent | None = None
    quote: int | None = None
    best: int | None = None
    least: int = 0
    partner: bool | None = None

    @property
    def again(self) -> int | None:
        """When to look again, of the guards that do not hold."""
        times = [g.again for g in self.guards if g.truth is not Truth.TRUE and g.again is not None]
        return max(times, default=None)


class Examiner:
    """Looks at intents on one chain, beside the other intents that are known."""

    def __init__(
        self,
        settlement: Settlement,
        registry: Registry,
        state: State,
        others: Iterable[SignedIntent],
        time: int,
    ) -> None:
        """`others` may be with a relay; `time` is the second that is asked about."""
        self._settlement = settlement
        self._registry = registry
        self._state = state
        self._others = list(others)
        self._time = time

    def branches(self, intent: Intent, amount: int) -> list[BranchFinding]:
        """Every branch of an intent of which `amount` units may still be sold."""
        found: list[BranchFinding] = []
        reached = True
        for index, branch in enumerate(intent.branches):
            one = self._branch(intent, index, branch, amount, reached)
            found.append(one)
            reached = reached and self._passes(intent, one)
        return found

    def _branch(
        self, intent: Intent, index: int, branch: Branch, amount: int, reached: bool
    ) -> BranchFinding:
        guards = [
            self._guard(n, guard, intent, branch)
            for n, guard in enumerate(branch.guards)
            if guard.kind is not GuardKind.EXISTS
        ]
        plain = [one.truth for one in guards if one.guard.kind not in _SHARES]
        truth = Truth.TRUE
        if Truth.FALSE in plain:
            truth = Truth.FALSE
        elif Truth.UNDECIDED in plain:
            truth = Truth.UNDECIDED
        found = BranchFinding(index, branch, truth, reached, guards)
        if branch.idle:
            return found
        found.least = required(amount, branch.least, intent.amount)
        if branch.direct:
            found.matches = self._matches(intent, branch)
            found.counter = counter_of(intent, branch, amount)
            return found
        found.best, found.quote = pools.best_path(
            branch.paths, amount, self._settlement.factory.look
        )
        shares = [one for one in guards if one.guard.kind in _SHARES]
        found.partner = all(one.truth is Truth.TRUE for one in shares) if shares else None
        return found

    def _passes(self, intent: Intent, found: BranchFinding) -> bool:
        """Whether units go on behind a branch (docs/intents.md, "Branches", rule 2)."""
        branch = found.branch
        if found.truth is Truth.FALSE:
            return True
        if found.truth is Truth.UNDECIDED:
            return False
        if any(branch.has(kind) for kind in _SHARES):
            return True
        if not branch.has(GuardKind.EXISTS):
            return False
        # Whether the head is alive does not matter there.
        head = self._state.entries(branch.buy, intent.sell)[:1]
        return not (head and head[0].within(intent.amount, branch.least))

    # ----------------------------------------------------------------------------------- guards

    def _guard(self, index: int, guard: Guard, intent: Intent, branch: Branch) -> GuardFinding:
        time = self._time
        match guard.kind:
            case GuardKind.AFTER:
                truth = Truth.TRUE if time >= guard.limit else Truth.FALSE
                return GuardFinding(index, guard, truth, time, max(guard.limit, time))
            case GuardKind.BEFORE:
                truth = Truth.TRUE if time < guard.limit else Truth.FALSE
                return GuardFinding(index, guard, truth, time)
            case GuardKind.KEPT | GuardKind.REVERTED:
                return self._outcome(index, guard)
            case GuardKind.POOL_AT_LEAST | GuardKind.POOL_AT_MOST:
                return self._rate(index, guard)
            case GuardKind.PAYS | GuardKind.PAID:
                there = any(self._mirrors(intent, guard, one) for one in self._others)
                fresh = self._fresh(branch)
                truth = Truth.FALSE if not there else Truth.TRUE if fresh else Truth.UNDECIDED
                return GuardFinding(index, guard, truth, None, None if fresh else time + 1)
            case _:
                fresh = self._fresh(branch)
                truth = Truth.TRUE if fresh else Truth.UNDECIDED
                return GuardFinding(index, guard, truth, time, None if fresh else time + 1)

    def _outcome(self, index: int, guard: Guard) -> GuardFinding:
        try:
            kept = self._registry.kept(guard.id, at=self._time)
            if kept is None:
                _, deadline = self._registry.view("phase", guard.id, at=self._time)
                again = int(deadline) or None
                return GuardFinding(index, guard, Truth.UNDECIDED, None, again)
        except (ChainError, InvalidInput, UnexpectedAnswer):
            return GuardFinding(index, guard, Truth.UNDECIDED)
        holds = kept == (guard.kind is GuardKind.KEPT)
        return GuardFinding(index, guard, Truth.TRUE if holds else Truth.FALSE, int(kept))

    def _rate(self, index: int, guard: Guard) -> GuardFinding:
        from boomerang.intents.client.uniswap import Pair

        account = str(to_checksum_address(guard.account))
        if not self._settlement.chain.code(account):
            return GuardFinding(index, guard, Truth.UNDECIDED)
        some = str(to_checksum_address(bytes(19) + b"\1")), str(to_checksum_address(b"\2" * 20))
        try:
            pool = Pair(self._settlement.chain, account, *some).pool()
        except (UnexpectedAnswer, ChainError):
            return GuardFinding(index, guard, Truth.UNDECIDED)
        seen = (pool.reserve1, pool.reserve0)
        if pool.touched == self._time % 2**32:
            return GuardFinding(index, guard, Truth.UNDECIDED, seen, self._time + 1)
        numerator, denominator = guard.ratio
        left, right = pool.reserve1 * denominator, numerator * pool.reserve0
        holds = left >= right if guard.kind is GuardKind.POOL_AT_LEAST else left <= right
        return GuardFinding(index, guard, Truth.TRUE if holds else Truth.FALSE, seen)

    def _fresh(self, branch: Branch) -> bool:
        look = self._settlement.factory.look
        found = [look(*hop) for path in branch.paths for hop in pairwise(path)]
        return all(pool is None or pool.touched != self._time % 2**32 for pool in found)

    @staticmethod
    def _mirrors(intent: Intent, guard: Guard, other: SignedIntent) -> bool:
        """Whether another's branch has the mirror of a share."""
        wanted = GuardKind.PAID if guard.kind is GuardKind.PAYS else GuardKind.PAYS
        theirs = other.intent
        if theirs.maker != guard.account or theirs.sell != intent.sell:
            return False
        mirror = replace(guard, kind=wanted, subject=guard.subject[:12] + intent.maker)
        return any(mirror in branch.guards for branch in theirs.branches)

    # ---------------------------------------------------------------------------------- the others

    def _matches(self, intent: Intent, branch: Branch) -> list[Match]:
        """Who sells what it buys for what it sells, the best rate first, the book before relays."""
        found = []
        for entry in self._state.entries(branch.buy, intent.sell):
            alive = self._settlement.book.alive(entry.sell, entry.buy, entry.number)
            crosses = entry.within(intent.amount, branch.least) and entry.maker != intent.maker
            found.append(Match(crosses and alive > 0, entry, None, alive))
        theirs = []
        for one in self._others:
            other = one.intent
            if other.maker == intent.maker or other.sell != branch.buy:
                continue
            for taken in other.branches:
                if taken.direct and taken.buy == intent.sell:
                    crosses = within(intent.amount, branch.least, other.amount, taken.least)
                    theirs.append((taken.least / other.amount, Match(crosses, None, one)))
                    break
        return found + [match for _, match in sorted(theirs, key=lambda pair: pair[0])]


def counter_of(intent: Intent, branch: Branch, amount: int) -> Intent:
    """An intent of somebody's (the maker is left zero) that would fill `amount` units by a direct
    branch. It offers a thousandth more than the limit asks: both sides do better by the same share,
    so all of the units are bought only by who has some to spare; and solvers look for a gain.
    """
    least = required(amount, branch.least, intent.amount)
    offered = least + max(least // 1000, 1)
    return Intent(bytes(20), branch.buy, offered, (Branch(intent.sell, amount),), whole=False)


__all__ = ["BranchFinding", "Examiner", "GuardFinding", "Match", "counter_of"]
