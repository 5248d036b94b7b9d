"""Matches in a row, with the same seats and one seed after the other; and what came of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from boomerang.games.exact import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boomerang.games import Game, Payoff, Profile
    from boomerang.play.match import Match
    from boomerang.play.outcome import Outcome
    from boomerang.timeline.data import Timeline


@dataclass(frozen=True, slots=True)
class Row:
    """What was done in `count` of the matches; `payoffs` are means over those, utils, exact."""

    actions: Profile
    count: int
    payoffs: tuple[Payoff, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """Outcomes of matches, with the seed of each."""

    game: Game
    agents: tuple[str, ...]
    table: str
    seeds: tuple[int, ...]
    outcomes: tuple[Outcome, ...]

    def rows(self) -> list[Row]:
        """What was done, how often, and what it paid; the most frequent first."""
        counts = Counter(one.actions for one in self.outcomes)
        return [
            Row(actions, count, _means([o for o in self.outcomes if o.actions == actions]))
            for actions, count in counts.most_common()
        ]

    def payoffs(self) -> tuple[Payoff, ...]:
        """The mean payoff of each seat, utils, exact."""
        return _means(self.outcomes)

    def gas(self) -> tuple[Payoff, ...]:
        """The mean gas that each seat paid for; 0 on the model."""
        return tuple(_mean([one.gas[seat] for one in self.outcomes]) for seat in self._seats())

    def to_json(self) -> dict[str, Any]:
        """All of it for machines. Payoffs that are not whole are text: `"1/2"`."""
        return {
            "game": self.game.name,
            "players": list(self.game.players),
            "agents": list(self.agents),
            "table": self.table,
            "meanPayoffs": [shown(pays) for pays in self.payoffs()],
            "meanGas": [shown(gas) for gas in self.gas()],
            "matches": [
                {"seed": seed, **_match_json(one)}
                for seed, one in zip(self.seeds, self.outcomes, strict=True)
            ],
        }

    def _seats(self) -> range:
        return range(len(self.game.players))


def play(match: Match, matches: int, seed: int = 0) -> Iterator[tuple[int, Outcome]]:
    """So many matches, with their seeds: `seed` and those after it."""
    for one in range(seed, seed + matches):
        match.seed = one
        yield one, match.play()


def timeline(match: Match, outcome: Outcome) -> Timeline:
    """The timeline of what the match has just played."""
    from boomerang.play.tables import seat_accounts
    from boomerang.timeline.match import from_match

    table = match.table
    return from_match(
        match.game,
        outcome,
        seat_accounts(len(match.seats)),
        table.blank,
        match.history,
        start=table.start,
        chain=table.kind,
    )


def _match_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "actions": list(outcome.actions),
        "payoffs": [shown(pays) for pays in outcome.payoffs],
        "payments": list(outcome.payments),
        "lost": list(outcome.lost),
        "gas": list(outcome.gas),
        "seconds": outcome.seconds,
        "commitments": [
            {
                "seat": one.seat,
                "statement": one.statement,
                "phase": one.phase.label,
                "published": one.published,
            }
            for one in outcome.commitments
        ],
        "conflicts": len(outcome.conflicts),
        "refused": [[type(one.error).__name__ for one in own] for own in outcome.refused],
    }


def _means(outcomes: Sequence[Outcome]) -> tuple[Payoff, ...]:
    return tuple(map(_mean, zip(*(one.payoffs for one in outcomes), strict=True)))


def _mean(values: Sequence[Payoff]) -> Payoff:
    mean = Fraction(sum(values)) / len(values)
    return int(mean) if mean.denominator == 1 else mean


__all__ = ["Row", "Series", "play", "timeline"]
