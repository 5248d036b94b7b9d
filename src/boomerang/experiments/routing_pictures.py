"""The routing experiment's plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from boomerang.experiments import figures
from boomerang.experiments.routing_arms import LABELS
from boomerang.experiments.routing_findings import (
    anarchy,
    expected,
    figure,
    game,
    optimum,
    rows,
)
from boomerang.games.routing import UNIT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from boomerang.experiments.routing import RoutingConfig

CAPTIONS: Final = {
    "anarchy": "Price of anarchy by the number of traders, with 95% intervals; dashed the closed "
    "forms. Left nobody buys, right as many sell D. Fresh quotes, share and intents lie on one "
    "another on the left.",
    "shares": "What the traders lose against the first prices, and who has it: the liquidity "
    "providers once arbitrage has been done, or whoever does that.",
    "couple": "What two sellers of 500 A receive: the lower and the higher of the two (bar), their "
    "mean (point). With the share, both have more than half of what one route gives for both "
    "(dashed).",
}
_PARTS: Final = (("pools", "liquidity providers"), ("arbitrage", "arbitrage"))


def all_of(table: pd.DataFrame, config: RoutingConfig) -> dict[str, Figure]:
    """By file name."""
    drawn = {"anarchy": _anarchy(table, config)}
    crowds = _crowds(config)
    if crowds:
        drawn["shares"] = _shares(table, crowds)
    if 2 in config.sellers:
        drawn["couple"] = _couple(table)
    return drawn


def _anarchy(table: pd.DataFrame, config: RoutingConfig) -> Figure:
    sides = [("nobody buys", [(n, 0) for n in sorted(config.sellers)])]
    if config.matched:
        sides.append(("as many buy", [(n, n) for n in sorted(config.matched)]))
    drawn, panels = figures.figure(len(sides))
    for axes, (title, crowds) in zip(panels, sides, strict=True):
        for series, (arm, label) in enumerate(LABELS.items()):
            x = [float(n) for n, _ in crowds]
            found = [anarchy(rows(table, arm, n, m)) for n, m in crowds]
            figures.measured(axes, x, found, label, series)
            known = [(n, expected(arm, n)) for n, m in crowds if not m]
            lines = [(float(n), optimum(n, 0) / got) for n, got in known if got]
            if lines:
                figures.closed_form(
                    axes, [n for n, _ in lines], [price for _, price in lines], series=series
                )
        axes.set(title=title, xlabel="sellers of 500 A", ylabel="price of anarchy")
    panels[0].legend(loc="upper left")
    return drawn


def _crowds(config: RoutingConfig) -> list[tuple[int, int]]:
    """One number of sellers with nobody, half as many, and as many on the other side."""
    common = [n for n in config.half if n in config.sellers and n in config.matched]
    n = max(common, default=0)
    return [(n, 0), (n, n // 2), (n, n)] if n else []


def _shares(table: pd.DataFrame, crowds: list[tuple[int, int]]) -> Figure:
    drawn, panels = figures.figure(len(crowds), width=3.4, sharey=True)
    places = list(range(len(LABELS)))
    for axes, (n, m) in zip(panels, crowds, strict=True):
        worth = 0.5 * (n + m)
        base = [0.0] * len(LABELS)
        for series, (column, label) in enumerate(_PARTS):
            found = [figure(rows(table, arm, n, m)[column]) for arm in LABELS]
            shown = [100 * one.value / worth for one in found]
            axes.barh(places, shown, left=base, color=figures.COLOURS[series], label=label)
            base = [a + b for a, b in zip(base, shown, strict=True)]
        axes.set(title=f"{n} sell, {m} buy", xlabel="lost by traders, % of the worth")
        axes.set_yticks(places, list(LABELS.values()))
    panels[0].invert_yaxis()  # for all: they share it
    panels[-1].legend(loc="center right")
    return drawn


def _couple(table: pd.DataFrame) -> Figure:
    drawn, (axes,) = figures.figure(width=5.2)
    for place, arm in enumerate(LABELS):
        found = rows(table, arm, 2)
        low, high = 0.5 * found.lowest.mean(), 0.5 * found.highest.mean()
        axes.barh(place, high - low, left=low, height=0.5, color=figures.COLOURS[place])
        axes.plot([(low + high) / 2], [place], "k.")
    half = game(2).ways[0].quote(2 * game(2).amount) / 2 / UNIT
    axes.axvline(half, color="black", linestyle="--", linewidth=1)
    axes.set_yticks(list(range(len(LABELS))), list(LABELS.values()))
    axes.invert_yaxis()
    axes.set(xlabel="D for 500 A")
    return drawn


__all__ = ["CAPTIONS", "all_of"]
