"""The routing experiment: what each way of trading does, and that its findings can fail."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from boomerang.chains import connect
from boomerang.experiments import find
from boomerang.experiments.config import configure, presets
from boomerang.experiments.errors import BadConfig
from boomerang.experiments.findings import Verdict
from boomerang.experiments.routing_arms import (
    ARMS,
    LABELS,
    NothingFound,
    intents,
    program,
    worth_sharing,
)
from boomerang.experiments.tasks import ordered, plan, rows_of
from boomerang.games.routing import AMOUNT, UNIT, Routing, best_split
from boomerang.games.routing_market import RoutingMarket, Trader
from boomerang.intents.client import events

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPERIMENT = find("routing")
SOLD = AMOUNT * UNIT
TINY: dict[str, Any] = {
    "replicates": 2,
    "draws": 5,
    "turns": 2,
    "sellers": [1, 2],
    "matched": [1],
    "half": [2],
    "ahead": [300, 1000],
}

WORLDS: dict[tuple[int, int, int], RoutingMarket] = {}


def world(sellers: int, buyers: int = 0, ahead: int = 0) -> RoutingMarket:
    """A market, built once; each test leaves it as it was."""
    key = (sellers, buyers, ahead)
    if key not in WORLDS:
        before = {"C": ahead * UNIT} if ahead else None
        WORLDS[key] = RoutingMarket(connect("pyrevm"), sellers, buyers, ahead=before)
    return WORLDS[key]


@pytest.fixture(autouse=True)
def undone() -> Iterator[None]:
    before = {key: market.chain.snapshot() for key, market in WORLDS.items()}
    yield
    for key, start in before.items():
        WORLDS[key].chain.restore(start)
    for key in WORLDS.keys() - before.keys():
        del WORLDS[key]


def traded(market: RoutingMarket, arm: str, turns: Sequence[Trader] | None = None) -> list[int]:
    """What each trader receives."""
    had = market.received()
    ARMS[arm](market, turns or market.traders, Random(7))
    return [now - before for now, before in zip(market.received(), had, strict=True)]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    config = configure(EXPERIMENT, "small", TINY)
    tasks = plan(EXPERIMENT, config, 1, "code")
    return pd.DataFrame(ordered(tasks, {task.key: rows_of(EXPERIMENT, task) for task in tasks}))


# ------------------------------------------------------------------------------ ways of trading


def test_blind_traders_toss_coins() -> None:
    market, rules = world(2), Routing(2)
    start, seen = market.chain.snapshot(), set()
    for seed in range(20):
        ARMS["blind"](market, market.traders, Random(seed))
        seen.add(market.ways())
        market.chain.restore(start)
    ends = set()
    for profile in (("B", "B"), ("B", "C"), ("C", "C")):
        after = rules
        for route in profile:
            after = after.ahead(SOLD, route)
        ends.add(after.ways)
    assert seen == ends


def test_blind_traders_know_which_route_is_better() -> None:
    """After 300 A over C nobody takes it, whatever the coin."""
    market = world(2, ahead=300)
    c = market.ways()[1]
    for seed in range(5):
        start = market.chain.snapshot()
        ARMS["blind"](market, market.traders, Random(seed))
        assert market.ways()[1] == c
        market.chain.restore(start)


@pytest.mark.parametrize(
    ("arm", "profile"), [("herd", ("B",) * 4), ("fresh", ("B", "C", "B", "C"))]
)
def test_whole_orders(arm: str, profile: tuple[str, ...]) -> None:
    market = world(4)
    assert tuple(traded(market, arm)) == Routing(4)(profile)


def test_a_herd_is_one_block_and_fresh_quotes_are_several() -> None:
    market = world(4)
    for arm, blocks in (("blind", 1), ("herd", 1), ("fresh", 4), ("intents", 1), ("share", 2)):
        start = market.chain.snapshot()
        before = market.chain.head().number
        traded(market, arm)
        assert market.chain.head().number - before == blocks, arm
        market.chain.restore(start)


def test_a_router_divides_as_is_best() -> None:
    market = world(2)
    first, second = traded(market, "router")
    ways = Routing(2).ways
    part, paid = best_split(ways, SOLD)
    after = tuple(way.sold(x)[1] for way, x in zip(ways, (part, SOLD - part), strict=True))
    assert (first, second) == (paid, best_split((after[0], after[1]), SOLD)[1])


def test_intents_match_both_directions_at_the_first_price() -> None:
    market = world(2, 2)
    start = market.pool_value()
    got = traded(market, "intents")
    for received, one in zip(got, market.traders, strict=True):
        assert received == pytest.approx(one.fair, abs=10**10)
    assert market.pool_value() == start


@pytest.mark.parametrize("sellers", [1, 2, 4])
def test_intents_of_one_direction_split(sellers: int) -> None:
    """One order is divided, two take a route each: nothing that a good router could not do."""
    market, rules = world(sellers), Routing(sellers)
    together = sum(traded(market, "intents"))
    assert rules.optimum() <= together + 10 <= rules.split_optimum() + 10
    if sellers == 1:
        assert together == pytest.approx(rules.split_optimum(), abs=10)


def test_buyers_trade_the_other_way() -> None:
    market = world(1, 1)
    buyer = market.buyers[0]
    assert (buyer.path("C"), buyer.fair) == ("D -> C -> A", SOLD)
    (got,) = traded(market, "herd", [buyer])[1:]
    assert got == Routing(1).ways[0].reversed.quote(UNIT // 2)
    assert "exists swap $A -> $D" in program(market, buyer)


@pytest.mark.parametrize("ahead", [0, 300])
def test_the_share_is_half_of_the_gain(ahead: int) -> None:
    market = world(2, ahead=ahead)
    b, c = market.ways()
    alone, half = b.quote(SOLD), b.quote(2 * SOLD) // 2
    paid = (alone - half) // 2
    got = traded(market, "share")
    assert got == [alone - paid, c.quote(SOLD) + paid]
    assert min(got) > half
    (shared,) = (one for one in market.settlement.history() if isinstance(one, events.Shared))
    assert (shared.gain, shared.paid) == (alone - half, paid)


def test_no_share_that_does_not_pay_for_the_worse_route() -> None:
    market = world(2, ahead=1000)
    b, c = market.ways()
    assert not worth_sharing(b, c, SOLD)
    assert tuple(traded(market, "share")) == Routing(2, ways=(b, c))(("B", "B"))


def test_who_is_left_over_goes_alone() -> None:
    market = world(3)
    first, second, third = traded(market, "share")
    assert third == Routing(3)(("B", "C", "B"))[2]
    assert first + second == Routing(2).optimum()


def test_programs_that_nobody_can_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    market = world(1)
    asks = f"swap {SOLD} units of $A -> $D for at least 0.5 $D"
    monkeypatch.setattr("boomerang.experiments.routing_arms.program", lambda market, one: asks)
    with pytest.raises(NothingFound, match="no batch for 1 programs"):
        intents(market, market.traders, Random(1))


# -------------------------------------------------------------------------------- the experiment


def test_the_table(table: pd.DataFrame) -> None:
    """What traders lose, pools and arbitrage have: to the rounding of floats."""
    worth = 0.5 * (table.sellers + table.buyers)
    lost = worth - table.got_sellers - table.got_buyers
    assert (lost - table.pools - table.arbitrage).abs().max() < 1e-9
    assert table.unsold.max() < 1e-6
    assert table.arbitrage.min() > -1e-9
    assert set(table.arm) == set(ARMS) == set(LABELS)
    blind = table[(table.arm == "blind") & (table.sellers == 2) & (table.ahead == 0)]
    assert blind[blind.buyers == 0].shape[0] == TINY["replicates"] * TINY["draws"]
    both = table[(table.arm == "fresh") & (table.sellers == 1) & (table.buyers == 1)]
    assert both.shape[0] == TINY["replicates"] * TINY["turns"]
    # A round through both routes pays where all took one of them, and not where they split.
    one_sided = table[(table.sellers == 2) & (table.buyers == 0) & (table.ahead == 0)]
    circle = one_sided.groupby("arm").circle.max()
    assert circle["herd"] > 0
    assert circle["fresh"] == circle["share"] == circle["intents"] == 0


def test_a_seed_gives_the_same_rows() -> None:
    cell = {"sellers": 2, "buyers": 2, "ahead": 0, "draws": 3, "turns": 1}
    first, again, other = (EXPERIMENT.run(cell, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_findings(table: pd.DataFrame) -> None:
    config = configure(EXPERIMENT, "small", TINY)
    findings = EXPERIMENT.findings(table, config)
    wrong = [one for one in findings if one.verdict is Verdict.FAILS]
    assert not wrong
    assert sum(one.verdict is Verdict.HOLDS for one in findings) > 15
    assert any(one.limit for one in findings)
    assert any("agree on no share" in one.what for one in findings)
    measured = {one.what: one.measured for one in findings}
    gain = measured["what 2 gain by splitting"]
    assert gain is not None
    assert f"{gain.value:.2f}" == "1.96"


@pytest.mark.parametrize("arm", ["herd", "fresh", "intents"])
def test_findings_fail_where_traders_get_less(table: pd.DataFrame, arm: str) -> None:
    config = configure(EXPERIMENT, "small", TINY)
    worse = table.copy()
    worse.loc[worse.arm == arm, "got_sellers"] *= 0.999
    told = EXPERIMENT.findings(worse, config)
    failed = [one.what for one in told if one.verdict is Verdict.FAILS]
    assert any(what.endswith(LABELS[arm]) for what in failed)


def test_plots(table: pd.DataFrame) -> None:
    config = configure(EXPERIMENT, "small", {**TINY, "matched": [1, 2]})
    plots = EXPERIMENT.plots(_with_two(table), config)
    assert set(plots) == set(EXPERIMENT.captions(config)) == {"anarchy", "shares", "couple"}
    none = EXPERIMENT.plots(table, configure(EXPERIMENT, "small", {**TINY, "matched": []}))
    assert set(none) == {"anarchy", "couple"}


def _with_two(table: pd.DataFrame) -> pd.DataFrame:
    """Two on each side too: here, as if they were the one couple twice."""
    more = table[(table.sellers == 1) & (table.buyers == 1)].copy()
    more[["sellers", "buyers"]] = 2
    return pd.concat([table, more])


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"sellers": [17]}, "less than or equal to 16"),
        ({"half": [3]}, "multiple of 2"),
        ({"ahead": [0]}, "greater than or equal to 1"),
        ({"replicates": 1}, "greater than or equal to 2"),
        ({"routes": 3}, "no such key"),
    ],
)
def test_configurations_that_make_no_sense(values: dict[str, Any], why: str) -> None:
    with pytest.raises(BadConfig, match=why):
        configure(EXPERIMENT, "small", values)


def test_presets_are_what_the_claims_need() -> None:
    for name in presets("routing"):
        config = configure(EXPERIMENT, name)
        cells = {
            (cell["sellers"], cell["buyers"], cell["ahead"]) for cell in EXPERIMENT.cells(config)
        }
        assert {
            (1, 0, 0),
            (2, 0, 0),
            (8, 0, 0),
            (16, 0, 0),
            (1, 1, 0),
            (8, 8, 0),
            (2, 0, 300),
        } <= cells
