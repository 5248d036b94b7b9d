"""Latency: whether a slow agent is worse off, once it is settled who was first.

Agents are processes of their own, each with a key and a latency, beside a node; what comes of a
match is compared with the same order in a match within one process.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import Field
from scipy import stats

from boomerang.experiments import figures, statistics
from boomerang.experiments.base import Cell, Config, Experiment, Row
from boomerang.experiments.findings import Finding
from boomerang.experiments.latency_matches import (
    ARMS,
    BARGAINS,
    BLOCK_TIME,
    LOT,
    PROCESSES,
    RACE,
    TOGETHER,
    Arm,
    between_processes,
    draw,
    in_one,
    row,
    same_order,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


PERMUTATIONS: Final = 1999


class LatencyConfig(Config):
    """`latencies`: of the processes, seconds of the chain; `bargaining`: of those that bargain.
    `too_slow`: those of the arms that go beyond what the windows allow. `matches`: so many a
    replicate between processes, `together` within one. `gap`, `bargaining_gap`: the fewest and most
    seconds by which the second starts later. `pace`: what a second of the chain takes at least, in
    seconds. `resolution`: the widest half of the judging interval of a correlation that says
    anything.
    """

    latencies: tuple[float, ...] = Field(min_length=2)
    bargaining: tuple[float, ...] = Field(min_length=2)
    too_slow: tuple[float, ...] = Field(min_length=2)
    matches: int = Field(ge=2)
    together: int = Field(ge=2)
    gap: tuple[int, int]
    bargaining_gap: tuple[int, int]
    pace: float = Field(gt=0)
    resolution: float = Field(gt=0, lt=1)


class Latency(Experiment[LatencyConfig]):
    """See the module."""

    letter = ""
    title = "Payoff against latency, agents in processes of their own"
    claim = (
        "After the first race, latency does not matter: once it is settled who published first, "
        "what an agent gets is uncorrelated with how slow it is, as long as what it sends still "
        "arrives in its window. An agent sees a block one latency late, and what it sends takes "
        "another. The window for openings is 30 s, of which these agents leave out the first 4, so "
        "that a latency may be (30 - 4 - two blocks) / 2 = 12 s. A bargain has to be published and "
        "then offered, 20 s before the other's freeze at the latest: who comes g seconds after the "
        "other has 40 - g for three such trips and what it keeps in hand; about 4 s of latency "
        "for g up to 18."
    )
    limits = (
        "The first race itself is won by the fastest: the protocol does nothing about that (ties "
        "within a block are drawn). An agent too slow for the windows loses: an opening that comes "
        "too late counts as none, and a bargain that comes too late is none; that also costs the "
        "one it would have been struck with. Time goes in lapse here, and a block waits for all "
        "agents to have done what was due, so that the machine's own hold-ups play no part; on a "
        "real network they add to the latency."
    )
    config = LatencyConfig
    exclusive = True

    def unavailable(self) -> str | None:
        from boomerang.chains.anvil import AnvilNotFound, find_anvil

        try:
            find_anvil()
        except AnvilNotFound as error:
            return str(error)
        return None

    def cells(self, config: LatencyConfig) -> Sequence[Cell]:
        return [_cell(arm, config) for arm in ARMS]

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        rng = Random(seed)  # noqa: S311
        arm = next(arm for arm in ARMS if (arm.name, arm.place) == (cell["arm"], cell["place"]))
        latencies = [float(text) for text in str(cell["latencies"]).split()]
        drawn = [draw(arm, cell, len(latencies), rng) for _ in range(int(cell["matches"]))]
        if arm.place == PROCESSES:
            outcomes = between_processes(arm, latencies, drawn, float(cell["pace"]), seed)
        else:
            outcomes = in_one(arm, latencies, drawn, seed)
        return [
            row(arm, latencies, members, starts, outcome)
            for (members, starts), outcome in zip(drawn, outcomes, strict=True)
        ]

    def findings(self, table: pd.DataFrame, config: LatencyConfig) -> Sequence[Finding]:
        found: list[Finding] = []
        for arm in ARMS:
            rows = _of(table, arm)
            if arm.raced:
                found += _raced(rows, arm)
            elif arm.slow:
                found += _too_slow(rows, arm)
            else:
                found += _uncorrelated(rows, arm, config)
        return found

    def plots(self, table: pd.DataFrame, config: LatencyConfig) -> Mapping[str, Figure]:
        del config
        figure, panels = figures.figure(3, sharey=True, width=3.4)
        for axes, arm in zip(panels, (LOT, BARGAINS, RACE), strict=True):
            players = _by_player(_of(table, arm))
            groups = [(x, got.payoff) for x, got in players.groupby("latency") if len(got) > 1]
            x = [float(latency) for latency, _ in groups]
            figures.measured(axes, x, [statistics.mean(got) for _, got in groups], "mean")
            middle = sum(same_order(arm, 0)) / 2
            figures.closed_form(axes, [0, max(x)], [middle, middle], "first as often as not")
            axes.set(title=arm.name, xlabel="latency (s)", ylabel="payoff (utils)")
            axes.legend()
        return {"payoff": figure}

    def captions(self, config: LatencyConfig) -> Mapping[str, str]:
        del config
        return {
            "payoff": "Mean payoff of an agent's process by its latency: with the order drawn by "
            "lot it is the same for all, also where they bargain; in a race the slow pay."
        }


def _cell(arm: Arm, config: LatencyConfig) -> Cell:
    latencies = config.bargaining if arm.bargains else config.latencies
    gap = config.bargaining_gap if arm.bargains else config.gap
    together = arm.place == TOGETHER
    return {
        "arm": arm.name,
        "place": arm.place,
        "matches": config.together if together else config.matches,
        "latencies": " ".join(f"{one:g}" for one in (config.too_slow if arm.slow else latencies)),
        "least_gap": gap[0],
        "most_gap": gap[1],
        "pace": 0.0 if together else config.pace,
    }


# ------------------------------------------------------------------------------------ findings


def _of(table: pd.DataFrame, arm: Arm) -> pd.DataFrame:
    return table[(table.arm == arm.name) & (table.place == arm.place)]


def _difference(rows: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each match how much slower its first seat is, and how much more that gets: matches are
    independent of each other, the two players of one are not.
    """
    slower = (rows.latency_0 - rows.latency_1).to_numpy(dtype=np.float64)
    more = (rows.payoff_0 - rows.payoff_1).to_numpy(dtype=np.float64)
    return slower, more


def _uncorrelated(rows: pd.DataFrame, arm: Arm, config: LatencyConfig) -> list[Finding]:
    slower, more = _difference(rows)
    where = f"{arm.name}, {arm.place}"
    names: list[tuple[str, Any, Any]] = [
        ("Pearson's r, differences within a match", slower, more),
        ("Spearman's rank correlation, the same", stats.rankdata(slower), stats.rankdata(more)),
        ("Pearson's r, one player of each match", rows.latency_0, rows.payoff_0),
    ]
    found = []
    for what, x, y in names:
        measured = statistics.correlation(x, y, permutations=PERMUTATIONS)
        found.append(
            Finding(
                what=f"payoff and latency, {where}: {what}",
                measured=measured.estimate,
                expected=0.0,
                closed_form="latency decides nothing but the first race",
                resolution=config.resolution,
                note=f"permutation test: p = {measured.p:.3f}; with {len(rows)} matches a "
                f"correlation of {detectable(len(rows)):.2f} is found four times in five (5%, "
                "two-sided)",
            )
        )
    found.append(
        Finding(
            what=f"payoff and latency, {where}: Pearson's r, differences, by the bootstrap",
            measured=_bootstrapped(slower, more),
            expected=0.0,
            closed_form="latency decides nothing but the first race",
            resolution=config.resolution,
        )
    )
    found.append(_given_the_order(rows, where, config))
    found += _structure(rows, where)
    return found


def _r(x: NDArray[np.float64], y: NDArray[np.float64]) -> statistics.Estimate:
    """Pearson's r, where no permutation test is asked for."""
    return statistics.correlation(x, y, permutations=1).estimate


def _given_the_order(rows: pd.DataFrame, where: str, config: LatencyConfig) -> Finding:
    """The lots themselves may go with latency by chance. What is left without them is what latency
    does to payoffs; no correlation at all where payoffs follow from the order alone.
    """
    slower, more = _difference(rows)
    lots = np.where(rows.start_0 < rows.start_1, 1.0, -1.0)
    chance = float(np.corrcoef(slower, lots)[0, 1])
    for lot in (-1.0, 1.0):
        more[lots == lot] -= more[lots == lot].mean()
        slower[lots == lot] -= slower[lots == lot].mean()
    varies = float(np.ptp(more)) > 0
    return Finding(
        what=f"payoff and latency, {where}: Pearson's r, differences, given the lot",
        measured=_r(slower, more) if varies else statistics.exact(0),
        expected=0.0,
        closed_form="latency decides nothing but the first race",
        resolution=config.resolution,
        note=f"the lots' own correlation with latency, by chance: {chance:.3f}"
        + ("" if varies else "; given the lot, payoffs do not vary at all"),
    )


def _structure(rows: pd.DataFrame, where: str) -> list[Finding]:
    """What needs no statistics: the same order, the same payoffs."""
    same, crashes, total = int(rows.as_in_one.sum()), int(rows.crash.sum()), len(rows)
    return [
        Finding(
            what=f"{where}: matches that pay exactly what the same order pays without latency",
            measured=statistics.rate(same, total),
            expected=1.0,
            closed_form="all",
            note=f"{same} of {total}",
        ),
        Finding(
            what=f"{where}: crashes",
            measured=statistics.rate(crashes, total),
            expected=0.0,
            closed_form="none",
        ),
    ]


def _raced(rows: pd.DataFrame, arm: Arm) -> list[Finding]:
    slower, more = _difference(rows)
    apart = rows[(rows.latency_0 - rows.latency_1).abs() > BLOCK_TIME]
    fast = ((apart.latency_0 < apart.latency_1) == (apart["first"] == 0)).sum()
    return [
        Finding(
            what="payoff and latency, where both start at once: Pearson's r, differences",
            measured=_r(slower, more),
            expected=0.0,
            relation="<",
            closed_form="the fastest is first",
            limit=True,
        ),
        Finding(
            what="race: the faster comes first, where latencies differ by more than a block",
            measured=statistics.rate(int(fast), len(apart)),
            expected=1.0,
            closed_form="always",
            limit=True,
        ),
        *_structure(rows, arm.name),
    ]


def _too_slow(rows: pd.DataFrame, arm: Arm) -> list[Finding]:
    slower, more = _difference(rows)
    same = int(rows.as_in_one.sum())
    return [
        Finding(
            what=f"payoff and latency, {arm.name}: Pearson's r, differences",
            measured=_r(slower, more),
            expected=0.0,
            relation="<",
            closed_form="what comes after its window counts as nothing",
            limit=True,
            note=f"{same} of {len(rows)} matches pay what their order pays without latency",
        )
    ]


def _bootstrapped(x: NDArray[np.float64], y: NDArray[np.float64]) -> statistics.Estimate:
    """Pearson's r, by resampling whole matches."""

    def measure(places: NDArray[np.float64]) -> float:
        chosen = places.astype(int)
        one, two = x[chosen], y[chosen]
        if np.ptp(one) == 0 or np.ptp(two) == 0:
            return 0.0
        return float(np.corrcoef(one, two)[0, 1])

    return statistics.bootstrap(np.arange(x.size, dtype=np.float64), measure)


def detectable(samples: int, risk: float = 0.05, power: float = 0.8) -> float:
    """The smallest correlation that so many independent pairs show with this power, by Fisher's z;
    1 where there are too few.
    """
    if samples <= 3:
        return 1.0
    z = stats.norm.ppf(1 - risk / 2) + stats.norm.ppf(power)
    return float(math.tanh(z / math.sqrt(samples - 3)))


def _by_player(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each player."""
    import pandas as pd

    seats = [
        pd.DataFrame({"latency": rows[f"latency_{seat}"], "payoff": rows[f"payoff_{seat}"]})
        for seat in range(2)
    ]
    return pd.concat(seats, ignore_index=True)


EXPERIMENT = Latency()
