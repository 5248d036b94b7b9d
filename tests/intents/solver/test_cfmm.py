"""Optimal routing through CFMMs: the paper's example, and optimality conditions."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from boomerang.errors import InvalidInput
from boomerang.intents.solver.cfmm import Market, constant_product, optimal_routing


def test_the_example_of_angeris_chitra_evans_and_boyd() -> None:
    """Their code's arbitrage example: four tokens, a weighted pool, three constant products and a
    constant sum; cvxpy's answer there is 21.4998087865.
    """
    markets = [
        Market((0, 1, 2, 3), (4, 4, 4, 4), 0.002, (4, 3, 2, 1)),
        constant_product((0, 1), (10, 1)),
        constant_product((1, 2), (1, 5)),
        constant_product((2, 3), (40, 50)),
        Market((2, 3), (10, 10), 0.001),
    ]
    answer = optimal_routing(4, markets, [1.5, 10, 2, 3])
    assert answer.value == pytest.approx(21.4998087865, abs=1e-6)
    assert min(answer.net) > -1e-7


@pytest.mark.parametrize("seed", range(40))
def test_optimality_conditions_on_random_pools(seed: int) -> None:
    """At the duals no pool leaves an arbitrage, prices are not below the values, and what is kept
    of a token that is worth more than its value is nothing (complementary slackness).
    """
    random = Random(seed)
    count = random.randint(3, 6)
    markets = []
    for a in range(count):
        for b in range(a + 1, count):
            if random.random() < 0.7:
                reserves = random.uniform(50, 500), random.uniform(50, 500)
                markets.append(constant_product((a, b), reserves))
    if not markets:
        return
    value = [random.uniform(0.5, 2) for _ in range(count)]
    held = [random.choice((0.0, random.uniform(1, 30))) for _ in range(count)]
    answer = optimal_routing(count, markets, value, held)
    slack = answer.net + np.array(held)
    assert min(slack) > -1e-6
    assert np.all(answer.prices >= np.array(value) - 1e-6)
    assert np.all(np.minimum(slack, answer.prices - np.array(value)) < 1e-4)
    for market, given, taken in zip(markets, answer.given, answer.taken, strict=True):
        keep = 1 - market.fee
        after = np.array(market.reserves) + keep * given - taken
        before = market.reserves[0] * market.reserves[1]
        assert after[0] * after[1] == pytest.approx(before, rel=1e-6)
        prices = answer.prices[list(market.tokens)]
        ratio = prices * after  # equal without a fee
        assert max(ratio) * keep <= min(ratio) * (1 + 1e-4)


def test_nothing_is_gained_where_prices_agree() -> None:
    markets = [constant_product((0, 1), (100, 200)), constant_product((0, 1), (50, 100.1))]
    answer = optimal_routing(2, markets, [2, 1])
    assert answer.value == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Market((0, 0), (1, 1)),
        lambda: Market((0, 1), (1, 0)),
        lambda: Market((0, 1), (1, 1), fee=1),
        lambda: Market((0, 1), (1, 1), weights=(1,)),
        lambda: optimal_routing(2, [constant_product((0, 1), (1, 1))], [1]),
    ],
)
def test_what_no_market_is(wrong) -> None:
    with pytest.raises(InvalidInput):
        wrong()
