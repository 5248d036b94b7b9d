"""Programs that can be filled as things stand: amounts, guards, branches, orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from boomerang.intents.message import MAX_AMOUNT, NO_DEADLINE, Branch, Guard, GuardKind, Intent
from intents.stateful.cast import MAKERS, POOLS, STRANGER, TOKENS
from intents.stateful.drafts import Draft, manner_of

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from boomerang.intents.model import Settlement
    from intents.stateful.world import World

KEPT, REVERTED, *OPEN = (bytes([n]) * 25 for n in range(1, 6))
"""Ids of commitments: one that is kept from the beginning, one that is not, and some undecided."""
BASIS_POINTS = 10_000


@dataclass(slots=True)
class Open:
    """An intent in parts of which something may be left, and the branch that took the first."""

    intent: Intent
    branch: int
    given: int


class Programs:
    """Makes programs for a world at a moment."""

    def __init__(self, rng: random.Random, world: World) -> None:
        self.rng = rng
        self.world = world
        self.time = 0
        self.scale = rng.choice((12, 30, 1000, 10**6, 10**9, 10**18, 10**18, MAX_AMOUNT // 5))
        self.bookish = rng.random() < 0.5
        self.tokens: tuple[bytes, ...] = TOKENS
        """What is traded directly: of few tokens the lists grow longer."""
        if self.bookish:
            self.tokens = tuple(rng.sample(TOKENS, rng.choice((2, 2, 3))))
        self._value = {token: rng.choice((1, 1, 1, 3, 40, 10**20)) for token in TOKENS}
        self.open: list[Open] = []
        self._nonces = dict.fromkeys(MAKERS, 0)

    @property
    def model(self) -> Settlement:
        """The state that plans are made for."""
        return self.world.model

    # ------------------------------------------------------------------------------------ numbers

    def amount(self) -> int:
        """Some units."""
        rng = self.rng
        dice = rng.random()
        if dice < 0.1:
            return rng.randint(1, 12)
        if dice < 0.4:
            return rng.randint(1, self.scale)
        return rng.randint(self.scale // 3 + 1, self.scale)

    def nonce(self, maker: bytes) -> int:
        """One that was not used."""
        count = self._nonces[maker]
        self._nonces[maker] += 1
        return 3 * 128 + count if count % 3 == 0 else count

    def deadline(self) -> int:
        """Far away, or this very second."""
        rng = self.rng
        return rng.choice((NO_DEADLINE, NO_DEADLINE, self.time, self.time + rng.randint(1, 50)))

    # ------------------------------------------------------------------------------------ branches

    def holding(self, branch: Branch) -> tuple[Guard, ...]:
        """Some guards that are true now."""
        rng, found = self.rng, []
        while rng.random() < 0.3 and len(found) < 4:
            found.append(self._guard(holds=True))
        if branch.paths and rng.random() < 0.4 and self._fresh(branch):
            found.append(Guard(GuardKind.FRESH))
        return tuple(guard for guard in found if guard is not None)

    def failing(self) -> tuple[Guard, ...]:
        """Guards of which one is false now, whatever the others are."""
        rng = self.rng
        found = [self._guard(holds=False) or Guard(GuardKind.BEFORE, limit=self.time)]
        if rng.random() < 0.2:
            found.insert(rng.randint(0, 1), Guard(GuardKind.KEPT, OPEN[-1].ljust(32, b"\0")))
        if rng.random() < 0.2:
            found.insert(rng.randint(0, 1), Guard(GuardKind.AFTER, limit=self.time))
        return tuple(found)

    def _guard(self, holds: bool) -> Guard | None:
        """A guard that is true, or one that is false."""
        rng, time = self.rng, self.time
        match rng.randint(0, 4 if holds else 5):
            case 0 | 1:
                kinds = (GuardKind.KEPT, GuardKind.REVERTED)
                decided = dict(self.model.outcomes)
                id = rng.choice(sorted(decided))
                return Guard(kinds[decided[id] != holds], id.ljust(32, b"\0"))
            case 2:
                off = rng.choice((0, 0, 1, 40))
                return Guard(GuardKind.AFTER, limit=time - off if holds else time + 1 + off)
            case 3:
                off = rng.choice((0, 0, 1, 40))
                return Guard(GuardKind.BEFORE, limit=time + 1 + off if holds else time - off)
            case _:
                return self._pool_guard(holds)

    def _pool_guard(self, holds: bool, touched: bool = False) -> Guard | None:
        """A price at which a pool stands, or not; undecided where it was `touched`."""
        rng = self.rng
        a, b, _, _ = rng.choice(POOLS)
        pair, pool = self.model.pair(a, b), self.model.pool(a, b)
        if pool is None or (pool.touched == self.time) != touched:
            return None
        # The very price, or one a little off, as a fraction that fits.
        n, d = pool.reserve1, pool.reserve0
        n += rng.choice((0, 0, 1, -1, n // 50, -n // 50))
        at_least = pool.reserve1 * d >= n * pool.reserve0
        at_most = pool.reserve1 * d <= n * pool.reserve0
        kinds = {GuardKind.POOL_AT_LEAST: at_least, GuardKind.POOL_AT_MOST: at_most}
        suits = [kind for kind, truth in kinds.items() if truth == holds]
        return Guard(rng.choice(suits), pair.rjust(32, b"\0"), n << 128 | d) if suits else None

    def undecided(self) -> Guard:
        """A guard that is neither true nor false."""
        guard = self._pool_guard(self.rng.random() < 0.5, touched=True)
        return guard or Guard(GuardKind.KEPT, OPEN[-1].ljust(32, b"\0"))

    def _fresh(self, branch: Branch) -> bool:
        return all(
            pool is None or pool.touched != self.time
            for path in branch.paths
            for pool in (self.model.pool(a, b) for a, b in pairwise(path))
        )

    def anything(self, sell: bytes) -> Branch:
        """An action of any kind, without guards."""
        rng = self.rng
        dice = rng.random()
        if dice < 0.3:
            return Branch()
        buy = rng.choice([token for token in TOKENS if token != sell])
        least = self.amount()
        paths = self.paths(sell, buy) if dice < 0.6 else ()
        return Branch(buy, least, (), paths)

    def passing(self, sell: bytes, amount: int) -> Branch:
        """A branch that lets all units pass as things stand."""
        rng = self.rng
        dice = rng.random()
        if dice < 0.45:
            return replace(self.anything(sell), guards=self.failing())
        buy = rng.choice([token for token in TOKENS if token != sell])
        if dice < 0.6:
            branch = Branch(buy, self.amount(), (), self.paths(sell, buy))
            if branch.paths and self._fresh(branch):
                subject = rng.randint(0, BASIS_POINTS).to_bytes(12, "big") + STRANGER
                guard = Guard(GuardKind.PAYS, subject, rng.randint(0, 2**40))
                return replace(branch, guards=(guard,))
        least = self.amount()
        head = self.model.head(buy, sell)
        if head is not None:
            entry = self.model.entry(buy, sell, head)
            # entry.least / entry.amount > amount / least, just or by far
            just = amount * entry.amount // entry.least
            if just < 1:
                return replace(self.anything(sell), guards=self.failing())
            least = rng.choice((just, max(1, just - 1), max(1, just // 2)))
            if entry.least * least <= amount * entry.amount:
                least -= 1
            if least < 1:
                return replace(self.anything(sell), guards=self.failing())
        guards = [Guard(GuardKind.EXISTS), *self.holding(Branch(buy, min(least, MAX_AMOUNT)))]
        rng.shuffle(guards)
        return Branch(buy, min(least, MAX_AMOUNT), tuple(guards))

    def paths(self, sell: bytes, buy: bytes) -> tuple[tuple[bytes, ...], ...]:
        """Some ways through pools, one of which exists wherever possible."""
        rng = self.rng
        inner = [token for token in TOKENS if token not in (sell, buy)]
        found = []
        for _ in range(rng.choice((1, 1, 2, 3))):
            between = rng.sample(inner, rng.choice((0, 0, 1, 1, 2)))
            found.append((sell, *between, buy))
        if not any(self._leads(path) for path in found):
            ways = [(sell, buy), *((sell, one, buy) for one in inner)]
            ways += [(sell, one, two, buy) for one in inner for two in inner if one != two]
            found[0] = next((way for way in ways if self._leads(way)), found[0])
        return tuple(found)

    def _leads(self, path: Sequence[bytes]) -> bool:
        return all(self.model.pool(a, b) is not None for a, b in pairwise(path))

    # ------------------------------------------------------------------------------------ orders

    def program(
        self, maker: bytes, sell: bytes, amount: int, action: Branch, *, whole: bool, room: int = 2
    ) -> tuple[Draft, int]:
        """A draft of an intent whose `action` may be taken, and that branch's index."""
        rng = self.rng
        before = []
        while rng.random() < 0.35 and len(before) < room:
            before.append(self.passing(sell, amount))
        action = replace(action, guards=(*action.guards, *self.holding(action)))
        after = [self.anything(sell) for _ in range(rng.choice((0, 0, 0, 1, 2)))]
        branches = (*before, action, *after)
        nonce, deadline = self.nonce(maker), self.deadline()
        intent = Intent(maker, sell, amount, branches, whole, nonce, deadline)
        draft = Draft(intent, len(before) + 1, manner_of(maker, rng.random()))
        if not whole:
            self.open.append(Open(intent, len(before), draft.given))
        return draft, len(before)

    def can(self, maker: bytes, token: bytes) -> int:
        """What a maker can sell of a token."""
        state = self.model.state
        return min(state.balances[token, maker], state.allowances[token, maker])
