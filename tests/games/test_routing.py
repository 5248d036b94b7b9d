"""The four-asset congestion game: its payoffs on Uniswap's pools, its equilibria, its optimum."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import permutations, product
from math import comb
from random import Random

import numpy as np
import pygambit
import pytest

from boomerang.agents import named as agent
from boomerang.chains import connect
from boomerang.errors import InvalidInput
from boomerang.games import catalogue
from boomerang.games.errors import BadGame, BadNumber, BadProfile
from boomerang.games.routing import AMOUNT, ROUTES, UNIT, Routing, Way, best_split, routing
from boomerang.games.routing import Order as Turns
from boomerang.games.routing_market import PRICE, WORTH, RoutingMarket
from boomerang.intents.batch import Batch, Order, cycle
from boomerang.intents.solver.cfmm import constant_product, optimal_routing
from boomerang.play import Match, Seat, open_table

SOLD = AMOUNT * UNIT


def along(sold: list[int]) -> list[int]:
    """What each gets who sells so much over one new route: Uniswap's formula, written out."""
    a, x, y, d = 50_000 * UNIT, 50_000 * UNIT, 50_000 * UNIT, 50 * UNIT
    got = []
    for amount in sold:
        middle = amount * 997 * x // (a * 1000 + amount * 997)
        out = middle * 997 * d // (y * 1000 + middle * 997)
        a, x, y, d = a + amount, x - middle, y + middle, d - out
        got.append(out)
    return got


@pytest.fixture(scope="module")
def eight() -> RoutingMarket:
    return RoutingMarket(connect("pyrevm"), 8)


# ------------------------------------------------------------------------------------- payoffs


def test_payoffs_are_the_pools_formula() -> None:
    game = catalogue.named("routing", players="3")
    one, two, three = along([SOLD] * 3)
    assert game.payoffs(("B", "B", "B")) == (one, two, three)
    assert game.payoffs(("B", "C", "B")) == (one, one, two)
    assert game.payoffs(("C", "B", "B")) == (one, one, two)


@pytest.mark.parametrize(("kind", "most"), [("pyrevm", 4), ("tester", 2)])
def test_payoffs_on_chain_are_the_games(kind: str, most: int) -> None:
    for players in range(most, 0, -2 if kind == "tester" else -1):
        chain = connect(kind)
        market, rules = RoutingMarket(chain, players), Routing(players)
        for profile in product(ROUTES, repeat=players):
            assert market.payoffs(profile) == rules(profile)
        chain.close()


def test_payoffs_on_chain_for_eight(eight: RoutingMarket) -> None:
    rng, rules = Random(1), Routing(8)
    for _ in range(40):
        profile = tuple(rng.choices(ROUTES, k=8))
        assert eight.payoffs(profile) == rules(profile)


def test_payoffs_on_chain_after_a_stranger() -> None:
    market = RoutingMarket(connect("pyrevm"), 3, ahead={"C": 300 * UNIT})
    rules = Routing(3).ahead(300 * UNIT, "C")
    assert market.ways() == rules.ways
    for profile in product(ROUTES, repeat=3):
        assert market.payoffs(profile) == rules(profile)


def test_averages_are_over_all_orders_on_chain() -> None:
    market, rules = RoutingMarket(connect("pyrevm"), 3), Routing(3, order="average")
    orders = list(permutations(range(3)))
    for profile in (("B", "B", "C"), ("B", "B", "B"), ("C", "B", "C")):
        paid = [market.payoffs(profile, order) for order in orders]
        means = tuple(Fraction(sum(each), len(orders)) for each in zip(*paid, strict=True))
        assert rules(profile) == means


def test_a_profile_is_played_and_undone(eight: RoutingMarket) -> None:
    ways, head = eight.ways(), eight.chain.head()
    eight.payoffs(("B",) * 8)
    assert (eight.ways(), eight.chain.head()) == (ways, head)


# ---------------------------------------------------------------------------- known beforehand


def test_what_splitting_brings(eight: RoutingMarket) -> None:
    """From actual swaps: two gain 1.96% together, eight 7.39%."""
    market = RoutingMarket(connect("pyrevm"), 2)
    both, split = (sum(market.payoffs(profile)) for profile in (("B", "B"), ("B", "C")))
    assert (f"{both / UNIT:.5f}", f"{split / UNIT:.5f}") == ("0.95592", "0.97460")
    assert f"{100 * (split / both - 1):.2f}" == "1.96"
    crowd, even = (sum(eight.payoffs(profile)) for profile in (("B",) * 8, ("B", "C") * 4))
    assert f"{100 * (even / crowd - 1):.2f}" == "7.39"


def test_what_a_direct_match_brings() -> None:
    """At 1000 A/D one gains 0.0127 D over the pools, the other 12.7 A."""
    market = RoutingMarket(connect("pyrevm"), 1, 1)
    start = market.chain.snapshot()
    alone = []
    for one in market.traders:
        had = market.received()[one.seat]
        market.execute([market.tx_plain(one, market.best(one))])
        alone.append(market.received()[one.seat] - had)
        market.chain.restore(start)
    texts = ("swap 500 $A -> $D for at least 0.49 $D", "swap 0.5 $D -> $A for at least 490 $A")
    signed = [market.sign(one, text) for one, text in zip(market.traders, texts, strict=True)]
    before = market.received()
    orders = tuple(Order.of(one.intent, one.signature) for one in signed)
    market.settlement.settle(Batch(orders, cycle((0, 0, SOLD), (1, 0, UNIT // 2))))
    got = [now - had for now, had in zip(market.received(), before, strict=True)]
    assert got == [UNIT // 2, SOLD]
    assert f"{(got[0] - alone[0]) / UNIT:.4f}" == "0.0127"
    assert f"{(got[1] - alone[1]) / UNIT:.1f}" == "12.7"


# ---------------------------------------------------------------------------------- equilibria


@pytest.mark.parametrize("order", ["seat", "average"])
@pytest.mark.parametrize("players", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("ahead", [0, 300, 700])
def test_pure_equilibria(players: int, order: Turns, ahead: int) -> None:
    """The short way to how many are on B finds what looking at every profile finds."""
    rules = Routing(players, order=order).ahead(ahead * UNIT, "C")
    stable = rules.pure_equilibria()
    assert stable
    assert rules.equilibrium_counts() == sorted({one.count("B") for one in stable})


@pytest.mark.parametrize("players", [2, 4, 8])
def test_even_splits_are_equilibria_and_optimal(players: int) -> None:
    rules = Routing(players, order="average")
    assert rules.equilibrium_counts() == [players // 2]
    assert len(rules.pure_equilibria()) == comb(players, players // 2)
    assert rules.optimum() == rules.welfare(players // 2)
    prices = rules.prices()
    assert prices.anarchy == prices.stability == 1
    assert prices.blind == rules.optimum() / rules.expected_welfare(Fraction(1, 2)) > 1


@pytest.mark.parametrize("ahead", [0, 40, 150])
@pytest.mark.parametrize("players", [2, 3, 5])
def test_blind_traders_are_indifferent(players: int, ahead: int) -> None:
    rules = Routing(players, order="average").ahead(ahead * UNIT, "C")
    p = rules.blind_equilibrium()
    assert (p == Fraction(1, 2)) == (ahead == 0)
    assert Fraction(1, 2) <= p < 1
    chances = {"B": p, "C": 1 - p}

    def worth(mine: str) -> Fraction:
        total = Fraction(0)
        for others in product(ROUTES, repeat=players - 1):
            chance = Fraction(1)
            for route in others:
                chance *= chances[route]
            total += chance * rules((mine, *others))[0]
        return total

    assert abs(worth("B") - worth("C")) < UNIT // 10**15


def test_a_route_that_is_worse_even_then_is_taken_by_nobody() -> None:
    """After 300 A over C, both of two go over B, and lose 0.77% by it together."""
    rules = Routing(2, order="average").ahead(300 * UNIT, "C")
    assert rules.blind_equilibrium() == 1
    assert rules.equilibrium_counts() == [2]
    assert (
        rules.prices().anarchy
        == Fraction(rules.welfare(1), rules.welfare(2))
        > Fraction(1007, 1000)
    )
    assert Routing(2, order="average").ahead(300 * UNIT, "B").blind_equilibrium() == 0


def test_expected_welfare_is_the_mean_over_profiles() -> None:
    rules, p = Routing(4), Fraction(1, 3)
    mean = sum(
        p ** one.count("B") * (1 - p) ** one.count("C") * sum(rules(one))
        for one in product(ROUTES, repeat=4)
    )
    assert rules.expected_welfare(p) == mean


def test_pygambit_finds_the_same() -> None:
    """All equilibria of two: both splits, and both toss a coin. In D: of payoffs of 10^17 pygambit
    finds none.
    """
    rules = Routing(2, order="average")
    paid = [[rules((mine, theirs)) for theirs in ROUTES] for mine in ROUTES]
    table = [
        np.array([[Fraction(cell[seat]) / UNIT for cell in row] for row in paid], dtype=object)
        for seat in (0, 1)
    ]
    found = pygambit.nash.enummixed_solve(pygambit.Game.from_arrays(*table), rational=True)
    chances = [[Fraction(str(chance)) for _, chance in one] for one in found.equilibria]
    p = rules.blind_equilibrium()
    assert sorted(chances) == [[0, 1, 1, 0], [p, 1 - p, p, 1 - p], [1, 0, 0, 1]]


# ------------------------------------------------------------------------------------- optimum


@pytest.mark.parametrize("ahead", [0, 100, 300, 5000])
def test_the_best_division(ahead: int) -> None:
    ways = Routing(1).ahead(ahead * UNIT, "C").ways
    total = 4 * SOLD
    part, paid = best_split(ways, total)
    tries = [total * i // 1000 for i in range(1001)]
    assert paid == ways[0].quote(part) + ways[1].quote(total - part)
    assert paid >= max(ways[0].quote(x) + ways[1].quote(total - x) for x in tries)
    if not ahead:
        assert abs(part - total // 2) < UNIT


def test_the_best_division_is_the_solvers() -> None:
    """Optimal routing as a convex problem (Angeris and others): within what floats can say."""
    ways = Routing(1).ahead(300 * UNIT, "C").ways
    tokens = ((0, 1), (1, 3), (0, 2), (2, 3))
    pools = [
        constant_product(pair, (held[0] / UNIT, held[1] / UNIT))
        for pair, held in zip(
            tokens, [p for way in ways for p in (way.first, way.last)], strict=True
        )
    ]
    found = optimal_routing(4, pools, value=[0, 0, 0, 1], held=[2000, 0, 0, 0])
    assert found.value == pytest.approx(best_split(ways, 4 * SOLD)[1] / UNIT, rel=1e-6)


def test_orders_that_may_be_divided_bring_at_least_as_much() -> None:
    for players in (1, 2, 3, 8):
        rules = Routing(players)
        assert rules.split_optimum() >= rules.optimum()
    assert Routing(1).split_optimum() > Routing(1).optimum() * 1009 // 1000


def test_there_and_back_keeps_less() -> None:
    way = Way()
    got, after = way.sold(SOLD)
    assert after.reversed.quote(got) < SOLD
    assert way.reversed.reversed == way


# ------------------------------------------------------------------------- the market, the game


def test_nobody_makes_or_loses_a_unit(eight: RoutingMarket) -> None:
    """What traders lose, valued at the first prices, is in the pools or with arbitrage."""
    start = eight.chain.snapshot()
    held, had, pools = eight.kept(), eight.received(), eight.pool_value()
    eight.execute([eight.tx_plain(one, "B") for one in eight.sellers])
    sold = sum(x - y for x, y in zip(held, eight.kept(), strict=True))
    got = sum(y - x for x, y in zip(had, eight.received(), strict=True))
    lost, gained = sold - PRICE * got, eight.pool_value() - pools
    assert lost == gained > 0
    arbitrage = eight.arbitrage()
    assert 0 < arbitrage < lost
    assert eight.pool_value() - pools == lost - arbitrage > 0
    # By then a pool's price is within its fee of the first one: nothing is left to take.
    assert eight.arbitrage() < WORTH["D"] * 10
    eight.chain.restore(start)


def test_the_games_words() -> None:
    game = routing(2)
    assert game.players == ("alice", "bob")
    assert game.default == ("B", "B")
    assert game.action(0, "C: A -> C -> D, 500 A") == "C"
    assert game.conflicts(1, ["B", "C"]) == [(0, 1)]
    assert pickle.loads(pickle.dumps(game)).payoffs(("B", "C")) == game.payoffs(("B", "C"))  # noqa: S301
    assert routing(2, amount="0.5", order="average").payoffs(("B", "C")) == tuple(
        along([UNIT // 2])[0] for _ in range(2)
    )


def test_what_makes_no_game() -> None:
    with pytest.raises(BadGame, match="2 to 16 players"):
        routing(17)
    with pytest.raises(BadGame, match="sells something, not 0"):
        routing(2, amount=0)
    with pytest.raises(BadGame, match="18 decimals"):
        routing(2, amount="1/3")
    with pytest.raises(BadNumber, match="no exact number"):
        routing(2, amount=0.1)
    with pytest.raises(BadGame, match="'seat' or 'average'"):
        routing(2, order="random")  # type: ignore[arg-type]
    with pytest.raises(BadGame, match="a trader or more, not 0"):
        Routing(0)


def test_what_makes_no_market(eight: RoutingMarket) -> None:
    with pytest.raises(InvalidInput, match="up to 16 sellers, not 17"):
        RoutingMarket(eight.chain, 17)
    with pytest.raises(BadProfile, match="for each of 8"):
        eight.payoffs(("B",) * 7)
    with pytest.raises(BadProfile, match="B or C"):
        eight.payoffs(("D",) * 8)
    with pytest.raises(BadProfile, match="each of 8 seats goes once"):
        eight.payoffs(("B",) * 8, (0,) * 8)


@pytest.mark.parametrize("order", ["seat", "average"])
def test_conditional_commitments_split(order: Turns) -> None:
    """Both state B; the second keeps that only if the first's is not kept, and C if it is."""
    game = catalogue.routing(2, order=order)
    with open_table("pyrevm") as table:
        seats = [Seat(agent("conditional")), Seat(agent("conditional"), start=1)]
        committed = Match(game, seats, table, seed=1).play()
        silent = [Seat(agent("silent")), Seat(agent("silent"))]
        unbound = Match(game, silent, table, seed=1).play()
    assert sorted(committed.actions) == ["B", "C"]
    assert sum(committed.payoffs) == Routing(2).optimum()
    assert not committed.conflicts
    assert unbound.actions == ("B", "B")
    assert sum(committed.payoffs) - sum(unbound.payoffs) > sum(unbound.payoffs) * 195 // 10_000
