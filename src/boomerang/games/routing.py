"""The four-asset congestion game: traders who sell A for D, each over B or over C.

    A-B and A-C hold 50,000 of each, B-D and C-D 50,000 and 50 D; the fee is 0.3% of what goes in.
    Each of n traders sells 500 A by A -> B -> D or by A -> C -> D: one trader, one route. What a
    route gives falls with everybody who went before on it.

Payoffs are what is received, in the smallest unit of D (10^-18), by the integer formula of Uniswap
V2 (`boomerang.intents.pools`): exactly what the real pools pay (`boomerang.games.routing_market`
plays the same profiles on them). Who goes first matters to the traders: with the order `seat` they
go by their seats, with `average` a payoff is the mean over all orders, an exact fraction.

The game is a congestion game (Rosenthal, 1973): its pure equilibria are the even splits, and they
are optimal. What can go wrong is coordination: traders who choose blindly have a symmetric
equilibrium in which each takes either route with probability 1/2 (`blind_equilibrium`), and half of
all pairs then meet on one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, product
from math import comb, isqrt, sqrt
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from boomerang.games.catalogue import seats
from boomerang.games.errors import BadGame
from boomerang.games.exact import exact
from boomerang.games.game import Game
from boomerang.intents.pools import FEE, amount_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.games.exact import Payoff

Order: TypeAlias = Literal["seat", "average"]

UNIT: Final = 10**18
"""Smallest units in one token, of all four."""
ROUTES: Final = ("B", "C")
"""Over which token; the first is what every quote calls best, as the first of equals."""
AMOUNT: Final = 500
"""A that each trader sells."""
DEEP: Final = 50_000
"""A and B, A and C, B, and C in their pools."""
SCARCE: Final = 50
"""D in each of its pools: it costs 1,000 A."""


@dataclass(frozen=True, slots=True)
class Way:
    """One route's two pools, in smallest units: what is sold (A) and the token between, that token
    and what is bought (D).
    """

    first: tuple[int, int] = (DEEP * UNIT, DEEP * UNIT)
    last: tuple[int, int] = (DEEP * UNIT, SCARCE * UNIT)

    def quote(self, amount: int) -> int:
        """What it gives for `amount`."""
        return amount_out(amount_out(amount, *self.first), *self.last)

    def sold(self, amount: int) -> tuple[int, Way]:
        """The same, and the pools as they are then."""
        between = amount_out(amount, *self.first)
        out = amount_out(between, *self.last)
        return out, Way(
            (self.first[0] + amount, self.first[1] - between),
            (self.last[0] + between, self.last[1] - out),
        )

    @property
    def reversed(self) -> Way:
        """The same pools for D that is sold for A."""
        return Way(self.last[::-1], self.first[::-1])

    def paid(self, amount: int, traders: int) -> tuple[int, ...]:
        """What each of so many gets who sell `amount` one after the other."""
        way, got = self, []
        for _ in range(traders):
            out, way = way.sold(amount)
            got.append(out)
        return tuple(got)

    @property
    def curve(self) -> Curve:
        """The same without rounding."""
        return Curve.of(*self.first).then(Curve.of(*self.last))


@dataclass(frozen=True, slots=True)
class Curve:
    """What constant products in a row pay, without rounding: out = p x / (q + s x)."""

    p: float
    q: float
    s: float

    @classmethod
    def of(cls, reserve_in: int, reserve_out: int) -> Curve:
        """One pool."""
        keep = 1 - FEE / 1000
        return cls(keep * reserve_out, float(reserve_in), keep)

    def then(self, other: Curve) -> Curve:
        """What this pays, put into another."""
        return Curve(self.p * other.p, self.q * other.q, self.s * other.q + self.p * other.s)

    def best(self, worth: float = 1.0) -> float:
        """What to put in where a unit of what comes out is worth so many of what goes in; 0 where
        nothing is gained.
        """
        return max(0.0, (sqrt(worth * self.p * self.q) - self.q) / self.s)


@dataclass(frozen=True)
class Routing:
    """The game's rules: what so many traders get who sell `amount` (smallest units) each. `ways`:
    the pools of each of ROUTES at first. As a function of a profile it is a game's rule.
    """

    players: int
    amount: int = AMOUNT * UNIT
    order: Order = "seat"
    ways: tuple[Way, Way] = (Way(), Way())

    def __post_init__(self) -> None:
        if self.players < 1:
            raise BadGame(f"routing needs a trader or more, not {self.players}")
        if self.amount < 1:
            raise BadGame(f"each trader sells something, not {self.amount} units")
        if self.order not in ("seat", "average"):
            raise BadGame(f"the order is 'seat' or 'average', not {self.order!r}")

    def ahead(self, amount: int, route: str) -> Routing:
        """The same after somebody sold `amount` (smallest units) over a route."""
        place = ROUTES.index(route)
        ways = list(self.ways)
        ways[place] = ways[place].sold(amount)[1]
        return replace(self, ways=(ways[0], ways[1]))

    def __call__(self, profile: Sequence[str]) -> tuple[Payoff, ...]:
        """D that each receives, in smallest units."""
        if self.order == "average":
            counts = [profile.count(route) for route in ROUTES]
            return tuple(
                exact(self._means[ROUTES.index(route)][counts[ROUTES.index(route)]])
                for route in profile
            )
        queues = [iter(paid) for paid in self._paid]
        return tuple(next(queues[ROUTES.index(route)]) for route in profile)

    @cached_property
    def _paid(self) -> tuple[tuple[int, ...], ...]:
        """For each route, what the first, the second, ... on it gets."""
        return tuple(way.paid(self.amount, self.players) for way in self.ways)

    @cached_property
    def _means(self) -> tuple[tuple[Fraction, ...], ...]:
        """For each route, what one of m on it gets on average; nothing where m is 0."""
        return tuple(
            (Fraction(0), *(Fraction(total, m) for m, total in enumerate(accumulate(paid), 1)))
            for paid in self._paid
        )

    def game(self) -> Game:
        """What commitments are made for, with 2 to 16 seats. Bound to nothing, one goes over B."""
        return Game(
            name="routing",
            players=seats(self.players),
            actions=(ROUTES,) * self.players,
            default=(ROUTES[0],) * self.players,
            rule=self,
        )

    # ----------------------------------------------------------------------------- welfare

    def welfare(self, over_b: int) -> int:
        """D that all get together when so many go over B and the others over C: the same in every
        order.
        """
        counts = (over_b, self.players - over_b)
        return sum(sum(paid[:m]) for paid, m in zip(self._paid, counts, strict=True))

    def optimum(self) -> int:
        """The most that they can get together, each on one route."""
        return max(self.welfare(k) for k in range(self.players + 1))

    def split_optimum(self) -> int:
        """The most that all they sell can bring where orders may be divided, as one trade on each
        route: two concave curves, so it is where both pay the same at the margin.
        """
        total = self.players * self.amount
        return best_split(self.ways, total)[1]

    def expected_welfare(self, p: Fraction) -> Fraction:
        """The mean of what all get where each goes over B with probability `p`, independently."""
        n = self.players
        return sum((_binomial(n, k, p) * self.welfare(k) for k in range(n + 1)), start=Fraction(0))

    # -------------------------------------------------------------------------- equilibria

    def pure_equilibria(self) -> list[tuple[str, ...]]:
        """Profiles from which nobody gains by leaving alone. All 2^n are looked at."""
        return [one for one in product(ROUTES, repeat=self.players) if self._stands(one)]

    def _stands(self, profile: tuple[str, ...]) -> bool:
        now = self(profile)
        for seat, route in enumerate(profile):
            other = ROUTES[1 - ROUTES.index(route)]
            moved = (*profile[:seat], other, *profile[seat + 1 :])
            if self(moved)[seat] > now[seat]:
                return False
        return True

    def equilibrium_counts(self) -> list[int]:
        """How many go over B in the pure equilibria, without looking at every profile: by seats,
        each takes what is better behind those before it, and nobody behind matters to it.
        """
        n = self.players
        if self.order == "seat":
            b, c = self._paid
            counts = {0}
            for seat in range(n):
                stays = {k for k in counts if c[seat - k] >= b[k]}
                counts = stays | {k + 1 for k in counts if b[k] >= c[seat - k]}
            return sorted(counts)
        b_mean, c_mean = self._means
        return [
            k
            for k in range(n + 1)
            if (k == 0 or b_mean[k] >= c_mean[n - k + 1])
            and (k == n or c_mean[n - k] >= b_mean[k + 1])
        ]

    def blind_equilibrium(self) -> Fraction:
        """The probability of B in the symmetric equilibrium of traders who choose at the same time
        and are executed in a drawn order: 1/2 where the routes are alike. Otherwise found by
        bisection to 2^-60; 0 or 1 where one route is better even with everybody on it.
        """
        if self.ways[0] == self.ways[1]:
            return Fraction(1, 2)
        low, high = Fraction(0), Fraction(1)
        if self._advantage(high) >= 0:
            return high
        if self._advantage(low) <= 0:
            return low
        while high - low > Fraction(1, 2**60):
            middle = (low + high) / 2
            low, high = (middle, high) if self._advantage(middle) > 0 else (low, middle)
        return (low + high) / 2

    def _advantage(self, p: Fraction) -> Fraction:
        """What B is expected to pay a trader above C, where the others go over B with `p`."""
        others = self.players - 1
        b, c = self._means
        return sum(
            (_binomial(others, k, p) * (b[k + 1] - c[others - k + 1]) for k in range(others + 1)),
            start=Fraction(0),
        )

    def prices(self) -> Prices:
        """How far equilibria are from the optimum."""
        best = Fraction(self.optimum())
        pure = [self.welfare(k) for k in self.equilibrium_counts()]
        blind = self.expected_welfare(self.blind_equilibrium())
        return Prices(best / min(pure), best / max(pure), best / blind)


@dataclass(frozen=True, slots=True)
class Prices:
    """Optimal welfare over that of an equilibrium, each at least 1: the worst pure one (price of
    anarchy), the best pure one (price of stability), and the blind one.
    """

    anarchy: Fraction
    stability: Fraction
    blind: Fraction


def best_split(ways: tuple[Way, Way], total: int) -> tuple[int, int]:
    """(what goes over the first, what both pay) for the best division of `total` between two
    routes. Found where the derivatives of the two curves meet, then to the unit of what is paid by
    a search around it: the formula's rounding hides more.
    """
    one, two = (way.curve for way in ways)
    # p q / (q + s x)^2 is what a unit more pays: with r = sqrt(p q), (q + s x) / r is the same on
    # both.
    r, t = sqrt(one.p * one.q), sqrt(two.p * two.q)
    start = round((r * (two.q + two.s * total) - t * one.q) / (one.s * t + two.s * r))

    def pays(part: int) -> int:
        return ways[0].quote(part) + ways[1].quote(total - part)

    best = min(max(start, 0), total)
    # The top is flat: the square root of a relative 2^-60 is what may be off.
    step = max(isqrt(total), 1)
    while step:
        for part in (best - step, best + step):
            if 0 <= part <= total and pays(part) > pays(best):
                best = part
                break
        else:
            step //= 2
    return best, pays(best)


def routing(players: int = 2, amount: Any = AMOUNT, order: Order = "seat") -> Game:
    """The game for 2 to 16 traders who sell `amount` A each. Actions B and C, payoffs in smallest
    units of D. Raises BadGame, BadNumber.
    """
    units = exact(amount) * UNIT
    if not isinstance(units, int) and units.denominator != 1:
        raise BadGame(f"A has 18 decimals: nobody can sell {amount}")
    return Routing(players, int(units), order).game()


def _binomial(n: int, k: int, p: Fraction) -> Fraction:
    return comb(n, k) * p**k * (1 - p) ** (n - k)


__all__ = [
    "AMOUNT",
    "ROUTES",
    "UNIT",
    "Curve",
    "Order",
    "Prices",
    "Routing",
    "Way",
    "best_split",
    "routing",
]
