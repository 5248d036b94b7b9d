"""The plots of experiment a."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from boomerang.experiments import figures, race_theory, statistics
from boomerang.experiments.race import WORDS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from boomerang.experiments.race import RaceConfig
    from boomerang.experiments.statistics import Estimate

_SERIES = {"irrevocable": 1, "blind": 3, "if-second": 2, "boomerang": 0}


def plots(table: pd.DataFrame, config: RaceConfig) -> dict[str, Figure]:
    """All of them."""
    return {
        "crash-rate": _against_latency(table, config, "crash"),
        "welfare": _against_latency(table, config, "welfare"),
        "players": _against_players(table, config),
    }


def _estimate(rows: pd.DataFrame, column: str) -> Estimate:
    if column == "crash":
        return statistics.rate(int(rows.crash.sum()), len(rows))
    return statistics.mean(rows.welfare)


def _against_latency(table: pd.DataFrame, config: RaceConfig, column: str) -> Figure:
    pairs = table[~table.crowd]
    figure, panels = figures.figure(len(config.block_times), sharey=True)
    top = max(config.latencies) or 1.0
    fine = [float(x) for x in np.linspace(0, top, 120)]
    # Side by side, where several stand on one latency.
    shift = {"irrevocable": 0.0, "if-second": 0.008 * top, "boomerang": -0.008 * top}
    for axes, block_time in zip(panels, config.block_times, strict=True):
        for device, moved in shift.items():
            rows = pairs[(pairs.device == device) & (pairs.block_time == block_time)]
            groups = list(rows.groupby("latency"))
            figures.measured(
                axes,
                [latency + moved for latency, _ in groups],
                [_estimate(part, column) for _, part in groups],
                WORDS[device],
                _SERIES[device],
            )
        theory = [_race(latency, block_time, config.window) for latency in fine]
        figures.closed_form(axes, fine, [getattr(t, column) for t in theory], "", 1)
        flat = getattr(race_theory.no_crash(2), column)
        figures.closed_form(axes, [0, top], [flat, flat], "", 0)
        _blind(axes, pairs, column, top)
        axes.set(xlabel="latency L, seconds", title=f"a block every {block_time} s")
    panels[0].set_ylabel("crash rate" if column == "crash" else "welfare, utils")
    panels[-1].legend(fontsize=7.5)
    return figure


def _race(latency: float, block_time: int, window: float) -> race_theory.Expected:
    b = race_theory.blindness(latency, block_time, window)
    return race_theory.irrevocable(b, race_theory.dares_unseen(b, 0), 0)


def _blind(axes: Axes, pairs: pd.DataFrame, column: str, top: float) -> None:
    """Blind play knows no latency: a point at the right, its closed form across."""
    rows = pairs[(pairs.device == "blind") & (pairs.both_swerve == 0)]
    if rows.empty:
        return
    expected = race_theory.blind_play(race_theory.blind_dare(0), 0)
    value = getattr(expected, column)
    series = _SERIES["blind"]
    figures.measured(axes, [top], [_estimate(rows, column)], WORDS["blind"] + ", s = 0", series)
    figures.closed_form(axes, [0, top], [value, value], "", series)


def _against_players(table: pd.DataFrame, config: RaceConfig) -> Figure:
    crowds: Any = table[table.crowd]
    figure, (left, right) = figures.figure(2)
    for device in ("irrevocable", "if-second", "boomerang"):
        groups = list(crowds[crowds.device == device].groupby("players"))
        n = [int(players) for players, _ in groups]
        pairs = [k * (k - 1) / 2 for k in n]
        label, series = WORDS[device], _SERIES[device]
        figures.measured(left, n, [_estimate(rows, "crash") for _, rows in groups], label, series)
        means = [
            _estimate(rows, "welfare").scaled(1 / k)
            for (_, rows), k in zip(groups, pairs, strict=True)
        ]
        figures.measured(right, n, means, label, series)
    n = sorted(config.players)
    crowd = config.crowd
    for series, theory in (
        (
            1,
            [race_theory.daring_race(crowd.latency, crowd.block_time, config.window, k) for k in n],
        ),
        (0, [race_theory.no_crash(k) for k in n]),
    ):
        figures.closed_form(left, n, [one.crash for one in theory], "", series)
        each = [2 * one.welfare / (k * (k - 1)) for one, k in zip(theory, n, strict=True)]
        figures.closed_form(right, n, each, "", series)
    title = f"latency {crowd.latency:g} s, a block every {crowd.block_time} s"
    left.set(xlabel="agents", ylabel="games with a crash", title=title)
    right.set(xlabel="agents", ylabel="welfare for each pair, utils", title=title)
    left.legend(fontsize=7.5)
    return figure
