"""The latency experiment's matches: what kinds there are, and how one is drawn and played."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.experiments.base import Cell, Row
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


Drawn = tuple[tuple[int, int], tuple[int, int]]
"""Which processes sit where, and when each starts."""


def draw(arm: Arm, cell: Cell, processes: int, rng: Random) -> Drawn:
    """Two players, and, but in a race, which of them starts first: by lot, whoever they are."""
    one, other = rng.sample(range(processes), 2)
    if arm.raced:
        return (one, other), (0, 0)
    later = rng.randint(int(cell["least_gap"]), int(cell["most_gap"]))
    return (one, other), ((0, later) if rng.random() < 0.5 else (later, 0))


def between_processes(
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


def in_one(
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
def same_order(arm: Arm, first: int) -> tuple[float, ...]:
    """What each seat gets in one process, without latency, where `first` comes first."""
    from boomerang.agents import named
    from boomerang.games import catalogue
    from boomerang.play import Match, Seat, open_table

    seats = [Seat(named(arm.agent), start=0 if seat == first else 10) for seat in range(2)]
    with open_table("model") as table:
        outcome = Match(catalogue.named(arm.game), seats, table).play()
    return tuple(map(float, outcome.payoffs))


def row(
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
        "commitments": len(outcome.commitments),
        "published_0": _published(outcome, 0),
        "published_1": _published(outcome, 1),
        "as_in_one": first is not None and payoffs == same_order(arm, first),
    }


def _published(outcome: Outcome, seat: int) -> str:
    """When it published what, in seconds from the start."""
    return " ".join(str(one.published) for one in outcome.commitments if one.seat == seat)


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


__all__ = [
    "ARMS",
    "BARGAINS",
    "BARGAINS_TOO_SLOW",
    "BLOCK_TIME",
    "LOT",
    "LOT_TOGETHER",
    "PROCESSES",
    "RACE",
    "TOGETHER",
    "TOO_SLOW",
    "Arm",
    "Drawn",
    "between_processes",
    "draw",
    "in_one",
    "row",
    "same_order",
]
