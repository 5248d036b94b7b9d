"""Latency: whether a slow agent is worse off, once it is settled who was first.

Agents are processes of their own, each with a key and a latency, beside a node; what comes of a
match is compared with the same order in a match within one process.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import Field
from scipy import stats

from boomerang.experiments import figures, statistics
from boomerang.experiments.base import Cell, Config, Experiment, Row
from boomerang.experiments.findings import Finding

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from boomerang.play.outcome import Outcome

PROCESSES, TOGETHER = "processes", "one process"
BLOCK_TIME: Final = 1


@dataclass(frozen=True)
class Arm:
    """Matches of one kind. `slow`: with latencies beyond what the windows allow. Who comes first is
    drawn, or, `raced`, both start at once.
    """

    name: str
    place: str
    game: str = "chicken"
    agent: str = "conditional"
    raced: bool = False
    slow: bool = False

    @property
    def bargains(self) -> bool:
        """Whether its agents trade their places."""
        return self.agent == "bargaining"


LOT = Arm("order by lot", PROCESSES)
RACE = Arm("race", PROCESSES, raced=True)
BARGAINS = Arm("bargains, order by lot", PROCESSES, "bargaining", "bargaining")
LOT_TOGETHER = Arm("order by lot", TOGETHER)
TOO_SLOW = Arm("too slow to open", TOGETHER, slow=True)
BARGAINS_TOO_SLOW = Arm("too slow to bargain", TOGETHER, "bargaining", "bargaining", slow=True)
ARMS: Final = (LOT, RACE, BARGAINS, LOT_TOGETHER, TOO_SLOW, BARGAINS_TOO_SLOW)


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
        drawn = [_draw(arm, cell, len(latencies), rng) for _ in range(int(cell["matches"]))]
        if arm.place == PROCESSES:
            outcomes = _between_processes(arm, latencies, drawn, float(cell["pace"]), seed)
        else:
            outcomes = _in_one(arm, latencies, drawn, seed)
        return [
            _row(arm, latencies, members, starts, outcome)
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
            middle = sum(_same_order(arm, 0)) / 2
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


# ------------------------------------------------------------------------------------- matches

Drawn = tuple[tuple[int, int], tuple[int, int]]
"""Which processes sit where, and when each starts."""


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


def _draw(arm: Arm, cell: Cell, processes: int, rng: Random) -> Drawn:
    """Two players, and, but in a race, which of them starts first: by lot, whoever they are."""
    one, other = rng.sample(range(processes), 2)
    if arm.raced:
        return (one, other), (0, 0)
    later = rng.randint(int(cell["least_gap"]), int(cell["most_gap"]))
    return (one, other), ((0, later) if rng.random() < 0.5 else (later, 0))


def _between_processes(
    arm: Arm, latencies: Sequence[float], drawn: Sequence[Drawn], pace: float, seed: int
) -> list[Outcome]:
    from boomerang.play.process import Fleet, Place, Plan

    plans = [
        Plan(
            arm.game,
            tuple(Place(m, arm.agent, start=s) for m, s in zip(members, starts, strict=True)),
        )
        for members, starts in drawn
    ]
    with Fleet(latencies, pace=pace, seed=seed) as fleet:
        return [played.outcome for played in fleet.play(plans)]


def _in_one(
    arm: Arm, latencies: Sequence[float], drawn: Sequence[Drawn], seed: int
) -> list[Outcome]:
    from boomerang.agents import named
    from boomerang.games import catalogue
    from boomerang.play import Match, Seat, open_table

    game = catalogue.named(arm.game)
    outcomes = []
    with open_table("pyrevm") as table:
        for number, (members, starts) in enumerate(drawn):
            seats = [
                Seat(named(arm.agent), latency=latencies[member], start=start)
                for member, start in zip(members, starts, strict=True)
            ]
            made = Match(game, seats, table, seed=seed + number, block_time=BLOCK_TIME)
            outcomes.append(made.play())
    return outcomes


@cache
def _same_order(arm: Arm, first: int) -> tuple[float, ...]:
    """What each seat gets in one process, without latency, where `first` comes first."""
    from boomerang.agents import named
    from boomerang.games import catalogue
    from boomerang.play import Match, Seat, open_table

    seats = [Seat(named(arm.agent), start=0 if seat == first else 10) for seat in range(2)]
    with open_table("model") as table:
        outcome = Match(catalogue.named(arm.game), seats, table).play()
    return tuple(map(float, outcome.payoffs))


def _row(
    arm: Arm,
    latencies: Sequence[float],
    members: Sequence[int],
    starts: Sequence[int],
    outcome: Outcome,
) -> Row:
    payoffs = tuple(map(float, outcome.payoffs))
    first = _first(outcome)
    return {
        "latency_0": latencies[members[0]],
        "latency_1": latencies[members[1]],
        "start_0": starts[0],
        "start_1": starts[1],
        "first": first,
        "payoff_0": payoffs[0],
        "payoff_1": payoffs[1],
        "crash": all(action == "Dare" for action in outcome.actions),
        "as_in_one": first is not None and payoffs == _same_order(arm, first),
    }


def _first(outcome: Outcome) -> int | None:
    """The seat that was first on the chain. Of a tie: whose was kept, which the draw decides."""
    if len({one.seat for one in outcome.commitments}) < 2:
        return None
    least = min(one.published for one in outcome.commitments)
    seats = [one.seat for one in outcome.commitments if one.published == least]
    if len(seats) == 1:
        return seats[0]
    kept = [one.seat for one in outcome.commitments if one.kept]
    return kept[0] if len(kept) == 1 else None


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
        measured = statistics.correlation(x, y)
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
    found += _structure(rows, where)
    return found


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
            measured=statistics.correlation(slower, more).estimate,
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
            measured=statistics.correlation(slower, more).estimate,
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
