"""Weak duality, in exact numbers: any prices that are allowed bound every batch."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from boomerang.intents.auction import BadDuals, Duals, Pool, Replay, RuleBroken, bound
from boomerang.intents.auction.bound import arbitrage, layers
from boomerang.intents.solver import solve
from intents.solver.small import address, plans, small_auction


def random_duals(random: Random, auction) -> Duals:
    """Prices at or above what is asked for, some just at it."""
    found: list[dict[bytes, Fraction]] = []
    for traded, bought in layers(auction):
        prices = {}
        for token in traded:
            floor = auction.tokens[token].price if token in bought else Fraction(0)
            more = Fraction(random.choice((0, 0, random.randint(0, 2000))), 1000)
            prices[token] = floor + more * auction.tokens[token].price
        found.append(prices)
    return Duals(*found)


@pytest.mark.parametrize("kind", range(3))
def test_no_batch_beats_any_bound(kind: int) -> None:
    """Not the solver's prices only: whatever prices, whatever plan."""
    checked = 0
    for seed in range(60):
        random = Random(seed)
        auction = small_auction(random, pools=kind == 1, book=kind == 2)
        some = [solve(auction).plan, *random.sample(every := plans(auction), min(len(every), 25))]
        duals = [random_duals(random, auction) for _ in range(4)]
        bounds = [bound(auction, each) for each in duals]
        for plan in some:
            try:
                replay = Replay(auction).run(plan)
            except RuleBroken:
                continue
            for each, limit in zip(duals, bounds, strict=True):
                added = sum(each.swaps[t] * n for t, n in replay.added.items())
                assert replay.objective() <= limit + added
                checked += replay.objective() > 0
    assert checked > 100


def test_the_bound_is_reached_by_optimal_prices() -> None:
    """A pair at one price: what is left between bound and batch is rounding."""
    auction = small_auction(Random(3), pools=False, book=False)
    solution = solve(auction)
    worst = random_duals(Random(0), auction)
    assert solution.bound <= bound(auction, worst)


@pytest.mark.parametrize("seed", range(30))
def test_arbitrage_is_the_most_that_a_pool_gives(seed: int) -> None:
    """The closed form against a search over amounts, and never below any trade."""
    random = Random(seed)
    reserves = random.randint(10**3, 10**9), random.randint(10**3, 10**9)
    pool = Pool("p", (address(1), address(2)), reserves, Fraction(random.choice((0, 3, 100)), 1000))
    prices = random.randint(1, 10**12), random.randint(1, 10**12)
    most = arbitrage(pool, *prices)
    best = 0
    for side in (0, 1):
        top = 10 * reserves[side] * 1000
        amounts = [int(top ** (k / 4000)) for k in range(4000)]
        for amount in amounts:
            gain = pool.amount_out(address(side + 1), amount) * prices[1 - side]
            best = max(best, gain - amount * prices[side])
    assert best <= most
    if most > 10**6 * sum(prices):  # large beside rounding by a unit
        assert best >= most * 0.98


def test_prices_that_prove_nothing() -> None:
    auction = small_auction(Random(4), pools=True, book=False)
    duals = solve(auction).duals
    (_, bought), _ = layers(auction)
    token = min(bought)
    name = auction.tokens[token].name
    low = Duals({**duals.swaps, token: auction.tokens[token].price / 2}, duals.routes)
    with pytest.raises(BadDuals, match=f"swaps: {name} is below"):
        bound(auction, low)
    none = Duals({t: p for t, p in duals.swaps.items() if t != token}, duals.routes)
    with pytest.raises(BadDuals, match=f"swaps: {name} has no price"):
        bound(auction, none)
    with pytest.raises(BadDuals, match="negative"):
        bound(auction, Duals({**duals.swaps, token: Fraction(-1)}, duals.routes))
