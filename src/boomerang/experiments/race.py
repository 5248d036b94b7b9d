"""Experiment a: what a race to commit costs, against latency, block time and number of agents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from boomerang.experiments import race_theory, statistics
from boomerang.experiments.base import Cell, Config, Experiment, Row, Section
from boomerang.experiments.findings import Finding

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from boomerang.experiments.race_theory import Expected
    from boomerang.play import Agent, Table

Device = Literal["blind", "irrevocable", "if-second", "boomerang"]
DEVICES: tuple[Device, ...] = ("blind", "irrevocable", "if-second", "boomerang")

WORDS = {
    "blind": "blind play",
    "irrevocable": "irrevocable race",
    "if-second": '"if second, swerve"',
    "boomerang": "Boomerang",
}


Count = Annotated[int, Field(ge=1)]
# Seals and openings must reach their windows: T is 60 s here.
Latency = Annotated[float, Field(ge=0, le=6)]
BlockTime = Annotated[int, Field(ge=1, le=12)]


class Crowd(Section):
    """Races of more than two: where they are run, and how many games of them, as a share."""

    latency: Latency
    block_time: BlockTime
    games: float = Field(gt=0, le=1)


class RaceConfig(Config):
    """`window`: seconds over which starts are spread. `both_swerve`: utils, for blind play; races
    have 0. Latencies and block times in seconds.
    """

    games: dict[Device, Count]
    window: float = Field(gt=0)
    latencies: tuple[Latency, ...] = Field(min_length=1)
    block_times: tuple[BlockTime, ...] = Field(min_length=1)
    both_swerve: tuple[Annotated[int, Field(ge=-20, lt=10)], ...] = Field(min_length=1)
    players: tuple[Annotated[int, Field(ge=2, le=16)], ...] = Field(min_length=1)
    crowd: Crowd

    @field_validator("games")
    @classmethod
    def _every_device(cls, games: dict[Device, int]) -> dict[Device, int]:
        if missing := [device for device in DEVICES if device not in games]:
            raise ValueError(f"no number of games for {', '.join(missing)}")
        return games


class Race(Experiment[RaceConfig]):
    """See the claim."""

    letter = "a"
    title = "Races to commit"
    claim = """\
Two agents play chicken (Dare/Dare −100 each, Dare/Swerve +10/−20, Swerve/Swerve s each). Each
starts at a time of its own, uniform over W seconds, and does not see what the other did in the last
2L + V seconds: the latency there and back, and the wait for a block. They are *blind* with a
probability b that follows from these.

- Blind simultaneous play: each dares with p = (10 − s)/(90 − s). With s = −20 that is 3/11, and
  they crash in 7.4% of all games; with s = 0 (the standard game, and that of all races here) it is
  1/9.
- An irrevocable race: while b is under 3/19, whoever sees nobody dares. The crash rate is b, and
  welfare −10 − 190b. Beyond 3/19 that is no equilibrium any more, and agents mix.
- Boomerang: no crashes, and welfare −10, at every latency and block time.
- More agents (in pairs, each against each): races crash more often, Boomerang never does."""
    limits = """\
- **"If second, swerve", with the chain as the judge of who is second, does as well as Boomerang
  here**: no crash, the same welfare, settled in one block, for less gas. What it lacks is not in
  this table. The clash must be known beforehand and be the same for all, and "otherwise" be written
  down before anybody knows who the others are. Nothing can be bargained over afterwards (experiment
  d), and nobody can be bought out of what he is bound to. And inside a block its "second" is the
  builder's to sell, which experiment c measures.
- **Blind play can be better for all.** In the standard game (s = 0) two who cannot commit at all
  mostly swerve, and their welfare of −4.4 is more than the −10 of any device by which one wins and
  the other yields. Commitments pay the one who wins. With s = −20 blind play costs −40.
- Boomerang does not say who should win. The first still takes all; only the crash is gone.
- It takes time: an outcome after T and the time for openings, where the race is over in a block.
- Where latencies come near T, seals and openings miss their windows, and commitments lapse. The
  latencies here are at most a tenth of T.
- For more than two agents, daring when one sees nobody is a strategy that we fix; whether it is an
  equilibrium was not examined."""
    config = RaceConfig

    def cells(self, config: RaceConfig) -> Sequence[Cell]:
        """Blind play by s; races by latency and block time; crowds by the number of agents."""
        cells: list[Cell] = []
        common: dict[str, Any] = {"players": 2, "window": config.window}
        for s in config.both_swerve:
            games = config.games["blind"]
            dares = race_theory.blind_dare(s)
            cells.append(_cell("blind", 0.0, 1, games, both_swerve=s, dares=dares, **common))
        for device in DEVICES[1:]:
            games = config.games[device]
            for block_time in config.block_times:
                for latency in config.latencies:
                    b = race_theory.blindness(latency, block_time, config.window)
                    dares = race_theory.dares_unseen(b, 0)
                    cells.append(_cell(device, latency, block_time, games, dares=dares, **common))
            crowd = config.crowd
            for players in config.players:
                some = max(1, round(crowd.games * games))
                cells.append(
                    _cell(
                        device,
                        crowd.latency,
                        crowd.block_time,
                        some,
                        players=players,
                        window=config.window,
                        crowd=True,
                    )
                )
        return cells

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        """So many games, one row each."""
        with _table(str(cell["device"])) as table:
            return list(play(cell, seed, table))

    def findings(self, table: pd.DataFrame, config: RaceConfig) -> Sequence[Finding]:
        """Rates and means, beside `race_theory`."""
        found = []
        for s, rows in table[table.device == "blind"].groupby("both_swerve", sort=False):
            p = race_theory.blind_dare(s)
            where = f"{WORDS['blind']}, s = {s}".replace("-", "−")
            expected, ours = race_theory.blind_play(p, s), race_theory.no_crash(2).welfare
            found += _both(rows, where, expected, "p² for p = (10 − s)/(90 − s)", "at that p")
            found.append(
                Finding(
                    what=f"welfare of {where}, against Boomerang's",
                    measured=statistics.mean(rows.welfare),
                    expected=ours,
                    relation=">" if expected.welfare > ours else "<",
                    unit="utils",
                    limit=True,
                )
            )
        pairs, crowds = table[~table.crowd], table[table.crowd]
        for (block, latency), rows in _of(pairs, "irrevocable"):
            found += _races(rows, f"latency {latency:g} s, blocks of {block} s", config.window)
        for device in ("boomerang", "if-second"):
            rows = pairs[pairs.device == device]
            found += _both(
                rows,
                f"{WORDS[device]}, all latencies and block times",
                race_theory.no_crash(2),
                "none" if device == "boomerang" else "the chain judges",
                "10 − 20",
                limit=device == "if-second",
            )
        for n, rows in crowds[crowds.device == "irrevocable"].groupby("players"):
            crowd = config.crowd
            b = race_theory.daring_race(crowd.latency, crowd.block_time, config.window, n)
            found += _both(rows, f"race of {n}", b, "1 − E[(1 − D/W)₊ⁿ]", "by integration")
        for n, rows in crowds[crowds.device == "boomerang"].groupby("players"):
            found += _both(
                rows, f"Boomerang, {n} agents", race_theory.no_crash(n), "", "−10(n − 1)"
            )
        return [*found, *_costs(pairs)]

    def plots(self, table: pd.DataFrame, config: RaceConfig) -> Mapping[str, Figure]:
        """Crash rate and welfare against latency, and the crash rate against n."""
        from boomerang.experiments import race_plots

        return race_plots.plots(table, config)

    def captions(self, config: RaceConfig) -> Mapping[str, str]:
        """What to see."""
        del config
        return {
            "crash-rate": "How often two agents crash, against latency; one panel for each block "
            "time. Points: measured, with 95% intervals. Dashed: closed forms; where the race's "
            "bends, b passes 3/19 and agents begin to mix.",
            "welfare": "The sum of both payoffs, likewise.",
            "players": "How often somebody crashes, and welfare for each pair, against the number "
            "of agents that race.",
        }


def play(cell: Cell, seed: int, table: Table) -> Iterator[Row]:
    """The games of a replicate, on a table of the cell's device."""
    from boomerang.games import catalogue
    from boomerang.play import Match, Seat

    rng = Random(seed)  # noqa: S311 - chance that must be repeatable
    players, block_time = int(cell["players"]), int(cell["block_time"])
    game = catalogue.chicken(players, both_swerve=int(cell["both_swerve"]))
    agents = _agents(cell, players)
    for _ in range(int(cell["games"])):
        phase = rng.random() * block_time
        starts = [phase + rng.random() * float(cell["window"]) for _ in agents]
        seats = [
            Seat(agent, latency=float(cell["latency"]), start=start)
            for agent, start in zip(agents, starts, strict=True)
        ]
        match = Match(game, seats, table, seed=rng.getrandbits(63), block_time=block_time)
        outcome = match.play()
        darers = outcome.actions.count("Dare")
        over = outcome.seconds
        if cell["device"] != "boomerang":  # bound is bound: there is nothing to wait for
            over = max(one.published for one in outcome.commitments)
        unseeing = sum(getattr(agent, "saw_nobody", False) for agent in agents)
        yield {
            "darers": darers,
            "crash": darers > 1,
            "welfare": float(outcome.welfare),
            "blind": unseeing > 1 if cell["device"] == "irrevocable" else None,
            "gas": sum(outcome.gas) / players,
            "seconds": over - max(starts),
            "refused": sum(map(len, outcome.refused)),
        }


def _cell(
    device: Device,
    latency: float,
    block_time: int,
    games: int,
    *,
    players: int,
    window: float,
    both_swerve: int = 0,
    dares: float = 1.0,
    crowd: bool = False,
) -> Cell:
    return {
        "device": device,
        "latency": latency,
        "block_time": block_time,
        "players": players,
        "window": window,
        "both_swerve": both_swerve,
        "dares": dares,
        "games": games,
        "crowd": crowd,
    }


def _agents(cell: Cell, players: int) -> list[Agent]:
    from boomerang.agents import Conditional
    from boomerang.experiments.racers import Racer

    device, dares = cell["device"], float(cell["dares"])
    if device == "boomerang":
        return [Conditional() for _ in range(players)]
    looks, second = device == "irrevocable", device == "if-second"
    return [Racer(dares, looks=looks, unless_second=second) for _ in range(players)]


def _table(device: str) -> AbstractContextManager[Table]:
    from boomerang.play import open_table
    from boomerang.play.irrevocable import open_irrevocable

    return open_table("pyrevm") if device == "boomerang" else open_irrevocable("pyrevm")


# ------------------------------------------------------------------------------------ findings


def _of(table: pd.DataFrame, device: str) -> Any:
    return table[table.device == device].groupby(["block_time", "latency"])


def _both(
    rows: pd.DataFrame, where: str, expected: Expected, crash: str, welfare: str, **more: Any
) -> list[Finding]:
    """Crash rate and welfare of these rows."""
    return [
        Finding(
            what=f"crash rate, {where}",
            measured=statistics.rate(int(rows.crash.sum()), len(rows)),
            expected=expected.crash,
            closed_form=crash,
            **more,
        ),
        Finding(
            what=f"welfare, {where}",
            measured=statistics.mean(rows.welfare),
            expected=expected.welfare,
            closed_form=welfare,
            unit="utils",
            **more,
        ),
    ]


def _races(rows: pd.DataFrame, where: str, window: float) -> list[Finding]:
    """One irrevocable race: b itself, and what comes of it."""
    latency, block_time = float(rows.latency.iloc[0]), int(rows.block_time.iloc[0])
    b = race_theory.blindness(latency, block_time, window)
    p = race_theory.dares_unseen(b, 0)
    forms = ("b", "−10 − 190b") if p == 1 else (f"b p², p = {p:.3f}", "mixed equilibrium")
    share = Finding(
        what=f"blind pairs b, irrevocable race, {where}",
        measured=statistics.rate(int(rows.blind.astype(bool).sum()), len(rows)),
        expected=b,
        closed_form="1 − E[(1 − (2L+V)/W)₊²]",
        note="above 3/19: agents mix" if p < 1 else "",
    )
    return [
        share,
        *_both(rows, f"irrevocable race, {where}", race_theory.irrevocable(b, p, 0), *forms),
    ]


def _costs(pairs: pd.DataFrame) -> list[Finding]:
    """What Boomerang costs more than the others: gas, and time."""
    found = []
    for device in ("boomerang", "if-second", "irrevocable"):
        rows = pairs[pairs.device == device]
        for column, unit, what in (
            ("gas", "gas", "gas for each agent"),
            ("seconds", "s", "time from the last start to the outcome"),
        ):
            found.append(
                Finding(
                    what=f"{what}, {WORDS[device]}",
                    measured=statistics.mean(np.asarray(rows[column], dtype=float)),
                    unit=unit,
                    limit=True,
                )
            )
    return found


EXPERIMENT = Race()
