"""The weak-duality bound: token prices that prove how good any batch can be at most.

Two price vectors, one for direct swaps and one for routes, each at least the auction's price for
every token that is bought that way. Exact integers, rounded up; O(intents + pools).
docs/solver.md has the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, lcm
from typing import TYPE_CHECKING

from boomerang.errors import BoomerangError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.intents.auction.state import Auction, Pool

SCALE = 10**40
"""Bounds are rounded up to a multiple of 1/SCALE in the auction's unit of value."""


class BadDuals(BoomerangError):
    """Prices that prove nothing: `token` has none, or one below what surplus is worth."""

    exit_code = 1

    def __init__(self, layer: str, token: str, problem: str) -> None:
        self.layer = layer
        self.token = token
        super().__init__(f"duals of {layer}: {token} {problem}")


@dataclass(frozen=True, slots=True)
class Duals:
    """Prices per smallest unit: of direct swaps, and of routes and pools."""

    swaps: Mapping[bytes, Fraction]
    routes: Mapping[bytes, Fraction]


def layers(auction: Auction) -> tuple[tuple[set[bytes], set[bytes]], tuple[set[bytes], set[bytes]]]:
    """(tokens traded, tokens bought) by direct swaps, and the same of routes with their pools."""
    traded: tuple[set[bytes], set[bytes]] = (set(), set())
    bought: tuple[set[bytes], set[bytes]] = (set(), set())
    for option in auction.options:
        layer = 0 if option.direct else 1
        traded[layer].update((option.sell, option.buy))
        bought[layer].add(option.buy)
    for n in auction.routable:
        traded[1].update(auction.pools[n].tokens)
    return (traded[0], bought[0]), (traded[1], bought[1])


def check_duals(auction: Auction, duals: Duals) -> None:
    """Refuse prices that are missing, negative, or below the price of what is bought."""
    for name, prices, (traded, bought) in zip(
        ("swaps", "routes"), (duals.swaps, duals.routes), layers(auction), strict=True
    ):
        for token in sorted(traded):
            known = auction.tokens[token]
            if token not in prices:
                raise BadDuals(name, known.name, "has no price")
            if prices[token] < 0:
                raise BadDuals(name, known.name, "has a negative price")
            if token in bought and prices[token] < known.price:
                raise BadDuals(name, known.name, "is below what a unit of its surplus is worth")


def bound(auction: Auction, duals: Duals) -> Fraction:
    """At most so much surplus can any batch reach, but for what its caller adds: prices are
    checked first.
    """
    check_duals(auction, duals)
    worth = {address: token.price for address, token in auction.tokens.items()}
    every = [*duals.swaps.values(), *duals.routes.values(), *worth.values(), Fraction(1, SCALE)]
    unit = lcm(*{price.denominator for price in every})
    swaps = {token: int(price * unit) for token, price in duals.swaps.items()}
    routes = {token: int(price * unit) for token, price in duals.routes.items()}
    prices_of = {token: int(price * unit) for token, price in worth.items()}
    floors = {n: int(floor * unit) for n, floor in auction.floors.items()}
    best: dict[int, int] = {}
    for option in auction.options:
        prices = swaps if option.direct else routes
        gain = option.amount * prices[option.sell] - option.least * prices[option.buy]
        gain += option.least * prices_of[option.buy] - floors[option.item]
        if gain > best.get(option.item, 0):
            best[option.item] = gain
    total = 0
    for n, gain in best.items():
        item = auction.items[n]
        if item.left != item.intent.amount:
            gain = -(-gain * item.left // item.intent.amount)
        total += gain
    for n in auction.routable:
        pool = auction.pools[n]
        total += arbitrage(pool, routes[pool.tokens[0]], routes[pool.tokens[1]])
    return Fraction(-(-total * SCALE // unit), SCALE)


def arbitrage(pool: Pool, price0: int, price1: int) -> int:
    """The most that trading against a pool can gain at these prices, rounded up.

    Selling token 0, the best is (sqrt(p1 R1) - sqrt(p0 R0 / g))^2 with g = 1 - fee, where the
    first root is the larger one; it cannot pay in both directions.
    """
    keep, whole = pool.fee.denominator - pool.fee.numerator, pool.fee.denominator
    value = (pool.reserves[0] * price0, pool.reserves[1] * price1)
    for give, take in ((value[0], value[1]), (value[1], value[0])):
        if take * keep > give * whole:
            root = isqrt(4 * take * give * whole // keep)
            return take - (-give * whole // keep) - root
    return 0
