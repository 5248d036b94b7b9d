"""What the routing experiment's table says, beside the closed forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from boomerang.experiments import statistics
from boomerang.experiments.findings import Finding
from boomerang.experiments.routing_arms import LABELS, worth_sharing
from boomerang.experiments.statistics import Estimate
from boomerang.games.routing import UNIT, Routing

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from boomerang.experiments.routing import RoutingConfig

ROUNDING: Final = 1e-6
"""D: a batch of the solver may leave dust of an order in parts."""


def figure(values: pd.Series) -> Estimate:
    """The mean of a column; exact where nothing in it was left to chance."""
    if values.max() == values.min():
        return statistics.exact(values.iloc[0])
    return statistics.mean(values)


def rows(
    table: pd.DataFrame, arm: str, sellers: int, buyers: int = 0, ahead: int = 0
) -> pd.DataFrame:
    """One arm's observations of a crowd."""
    return table[
        (table.arm == arm)
        & (table.sellers == sellers)
        & (table.buyers == buyers)
        & (table.ahead == ahead)
    ]


def welfare(found: pd.DataFrame) -> Estimate:
    """D that all receive together, a buyer's A at 1000 for one D."""
    return figure(found.got_sellers + found.got_buyers)


def anarchy(found: pd.DataFrame) -> Estimate:
    """The optimum over what they receive on average."""
    first = found.iloc[0]
    best = optimum(int(first.sellers), int(first.buyers), int(first.ahead))
    got = welfare(found)

    def over(interval: tuple[float, float]) -> tuple[float, float]:
        return best / interval[1], best / interval[0]

    return Estimate(best / got.value, over(got.interval), over(got.band), got.samples, got.method)


def optimum(sellers: int, buyers: int, ahead: int = 0) -> float:
    """The most that all could receive, in D: one-sided, all that is sold in one trade on each
    route, divided as is best; with as many of both, everybody matched at the first price.
    """
    if buyers:
        return 0.5 * (sellers + buyers)
    return game(sellers, ahead).split_optimum() / UNIT


def game(sellers: int, ahead: int = 0) -> Routing:
    """Its rules, orders drawn."""
    fresh = Routing(sellers, order="average")
    return fresh.ahead(ahead * UNIT, "C") if ahead else fresh


def expected(arm: str, sellers: int, ahead: int = 0) -> float | None:
    """By closed form, what one-sided traders receive together, in D; None where there is none."""
    rules = game(sellers, ahead)
    if arm == "blind":
        return float(rules.expected_welfare(rules.blind_equilibrium())) / UNIT
    if arm == "herd":
        return rules.welfare(sellers) / UNIT  # over B: the first of equals, or the better one
    if arm == "fresh" or (arm == "share" and not ahead):
        in_turn = Routing(sellers, ways=rules.ways)
        return in_turn.welfare(in_turn.equilibrium_counts()[0]) / UNIT
    return None


def all_of(table: pd.DataFrame, config: RoutingConfig) -> list[Finding]:
    """Every line of the results, in the order of the claims; then the limits."""
    return [
        *_fixed(table, config),
        *_one_sided(table, config),
        *_both_sides(table, config),
        *_couples(table, config),
        *_limits(table, config),
    ]


def _fixed(table: pd.DataFrame, config: RoutingConfig) -> Iterable[Finding]:
    """The figures that were known beforehand."""
    for n in sorted({2, 8} & set(config.sellers)):
        one_route, split = (rows(table, arm, n) for arm in ("herd", "fresh"))
        rules = game(n)
        yield Finding(
            what=f"{n} sellers all over B, together",
            measured=welfare(one_route),
            expected=rules.welfare(n) / UNIT,
            unit="D",
            closed_form="Uniswap's formula, one after the other",
        )
        yield Finding(
            what=f"{n} sellers split evenly, together",
            measured=welfare(split),
            expected=rules.optimum() / UNIT,
            unit="D",
            closed_form="the same, half on each route",
        )
        gain = welfare(split).value / welfare(one_route).value - 1
        yield Finding(
            what=f"what {n} gain by splitting",
            measured=statistics.exact(100 * gain),
            expected=100 * (rules.optimum() / rules.welfare(n) - 1),
            unit="%",
            closed_form="known beforehand: 1.96 for two, 7.39 for eight",
        )
    if 1 in config.matched:
        direct = rows(table, "intents", 1, 1)
        alone = game(1).optimum() / UNIT
        yield Finding(
            what="a direct match instead of a trade alone: what the seller gains",
            measured=figure(direct.got_sellers - direct.alone_seller),
            expected=0.5 - alone,
            unit="D",
            closed_form="500 A at 1000 A/D less what the pools give; known beforehand: 0.0127",
        )
        yield Finding(
            what="the same for the buyer",
            measured=figure(direct.got_buyers * 1000 - direct.alone_buyer),
            expected=500 - Routing(1).ways[0].reversed.quote(UNIT // 2) / UNIT,
            unit="A",
            closed_form="the same the other way round; known beforehand: 12.7",
        )


def _one_sided(table: pd.DataFrame, config: RoutingConfig) -> Iterable[Finding]:
    for n in (n for n in config.sellers if n > 1):
        best = optimum(n, 0)
        for arm in ("blind", "herd", "fresh"):
            known = expected(arm, n)
            if known is None:
                continue
            yield Finding(
                what=f"price of anarchy, {n} sellers, {LABELS[arm]}",
                measured=anarchy(rows(table, arm, n)),
                expected=best / known,
                closed_form={
                    "blind": "optimum over the binomial mean of the pools' payments",
                    "herd": "optimum over what one route pays",
                    "fresh": "optimum over what an even split pays, each order whole",
                }[arm],
            )
        yield Finding(
            what=f"price of anarchy, {n} sellers, {LABELS['intents']}",
            measured=anarchy(rows(table, "intents", n)),
            expected=best / (expected("fresh", n) or best) + ROUNDING,
            relation="<=",
            closed_form="no worse than fresh quotes",
        )


def _both_sides(table: pd.DataFrame, config: RoutingConfig) -> Iterable[Finding]:
    for n in config.matched:
        who = f"{n} on each side"
        for arm in LABELS:
            matched = arm == "intents"
            yield Finding(
                what=f"price of anarchy, {who}, {LABELS[arm]}",
                measured=anarchy(rows(table, arm, n, n)),
                expected=1 + ROUNDING if matched else 1,
                relation="<=" if matched else ">",
                closed_form="all matched at 1000 A/D" if matched else "pools keep their fee",
            )
        ours, theirs = (rows(table, arm, n, n) for arm in ("intents", "router"))
        yield Finding(
            what=f"what {who} gain by intents over divided orders",
            measured=_difference(ours, theirs),
            expected=0,
            relation=">",
            unit="D",
        )
        yield Finding(
            what=f"what pools and arbitrage get, {who}, intents",
            measured=figure(ours.pools + ours.arbitrage),
            expected=ROUNDING,
            relation="<=",
            unit="D",
            closed_form="nothing goes through them",
        )
        yield Finding(
            what=f"what whoever gets least receives of its worth, {who}, intents",
            measured=figure(ours.lowest),
            expected=1 - ROUNDING,
            relation=">=",
            closed_form="all at the first price: nobody pays for the others",
        )
        yield Finding(
            what=f"the same, {LABELS['router']}",
            measured=figure(theirs.lowest),
        )


def _couples(table: pd.DataFrame, config: RoutingConfig) -> Iterable[Finding]:
    crowds = [0 for n in config.sellers if n == 2] + list(config.ahead)
    for ahead in crowds:
        found, after = rows(table, "share", 2, 0, ahead), _after(ahead)
        rules = game(2, ahead)
        half = rules.ways[0].quote(2 * rules.amount) / 2 / UNIT
        yield Finding(
            what=f"two sellers{after}, {LABELS['blind']}, together",
            measured=welfare(rows(table, "blind", 2, 0, ahead)),
            expected=expected("blind", 2, ahead),
            unit="D",
            closed_form=f"over B with probability {float(rules.blind_equilibrium()):.3f}",
        )
        if not worth_sharing(*rules.ways, rules.amount):
            yield Finding(
                what=f"two sellers{after} agree on no share, and receive together",
                measured=welfare(found),
                expected=rules.welfare(2) / UNIT,
                unit="D",
                closed_form="both over B: the gain does not pay for the worse route",
                limit=True,
            )
            continue
        for column, who in (("first", "who pays"), ("second", "who moves")):
            yield Finding(
                what=f"two sellers{after}, {LABELS['share']}: {who} receives",
                measured=figure(found[column]),
                expected=half,
                relation=">",
                unit="D",
                closed_form="half of what B would give for both",
            )


def _limits(table: pd.DataFrame, config: RoutingConfig) -> Iterable[Finding]:
    for n in config.sellers:
        yield Finding(
            what=f"what {n} {'seller gains' if n == 1 else 'sellers gain'} by intents over divided "
            "orders, one-sided",
            measured=_difference(rows(table, "intents", n), rows(table, "router", n)),
            unit="D",
            limit=True,
        )
    for n in (n for n in config.sellers if n > 1):
        yield Finding(
            what=f"what {n} sellers gain by the share for the route over fresh quotes, together",
            measured=_difference(rows(table, "share", n), rows(table, "fresh", n)),
            expected=0,
            unit="D",
            closed_form="it moves money between the two",
            limit=True,
        )
    for ahead in config.ahead:
        yield Finding(
            what=f"what two sellers gain by the share over fresh quotes, together{_after(ahead)}",
            measured=_difference(
                rows(table, "share", 2, 0, ahead), rows(table, "fresh", 2, 0, ahead)
            ),
            unit="D",
            limit=True,
        )
    n = max(config.sellers)
    yield Finding(
        what=f"what {n} sellers lose to the pools' curves and fees with intents, one-sided",
        measured=welfare(rows(table, "intents", n)).scaled(-100 / (0.5 * n), 100),
        expected=100 * (1 - optimum(n, 0) / (0.5 * n)) - ROUNDING,
        relation=">=",
        unit="% of the worth",
        closed_form="what is lost even by the best division",
        limit=True,
    )
    for n in config.half:
        for arm in ("blind", "router", "intents"):
            yield Finding(
                what=f"{n} sellers and {n // 2} buyers lose to pools and arbitrage, {LABELS[arm]}",
                measured=_lost(rows(table, arm, n, n // 2)),
                unit="D",
                limit=True,
                note="not a measure of who is served better: see the limits",
            )


def _difference(ours: pd.DataFrame, theirs: pd.DataFrame) -> Estimate:
    """Of what all receive, replicate by replicate: both start from the same market."""
    means = [
        (found.got_sellers + found.got_buyers).groupby(found.replicate).mean()
        for found in (ours, theirs)
    ]
    return figure(means[0] - means[1])


def _lost(found: pd.DataFrame) -> Estimate:
    return figure(found.pools + found.arbitrage)


def _after(ahead: int) -> str:
    return f" after {ahead} A went over C" if ahead else ""
