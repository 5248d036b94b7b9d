"""What is decided in which round, and at which second its block is made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.parameters import Parameters

SEAL_MARGIN: Final = 6
"""Seconds before the first freeze at which seals are in a block, where there is time for that."""
OPEN_DELAY: Final = 4
"""Seconds after the last freeze at which openings begin, where there is time for that: an opening
that a reorg carries back before the freeze is an exposure."""


class Stage(IntEnum):
    """What a round is about."""

    PUBLISH = 0
    OFFER = 1
    SEAL = 2
    OPEN = 3
    END = 4


class Order(StrEnum):
    """What decides who comes first among those who publish in one round.

    DRAW: they share a block, and the registry draws. RANDOM: each has a block of its own, in an
    order by lot; SEAT: likewise, in the order of the seats.
    """

    DRAW = "draw"
    RANDOM = "random"
    SEAT = "seat"


class Openings(StrEnum):
    """Who opens when: all in one round, or one after the other, in the order of commitments or
    against it. Who comes later has seen what was opened before, and may fall silent over it.
    """

    TOGETHER = "together"
    EARLIEST_FIRST = "earliest_first"
    LATEST_FIRST = "latest_first"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a match in rounds goes.

    `bond`: wei, hence utils, on every commitment, with the same cover; 0 or more. `rounds`: how
    many rounds of publication there are, 1 or more; who waits sees the earlier ones. `offers`:
    whether a round of offers follows. `block_time`: seconds, 1 or more.
    Raises InvalidInput.
    """

    bond: int = 0
    order: Order = Order.DRAW
    openings: Openings = Openings.TOGETHER
    rounds: int = 1
    offers: bool = False
    block_time: int = 1

    def __post_init__(self) -> None:
        _whole("bond", self.bond, 0)
        _whole("rounds", self.rounds, 1)
        _whole("block_time", self.block_time, 1)
        object.__setattr__(self, "order", _one_of(Order, "order", self.order))
        object.__setattr__(self, "openings", _one_of(Openings, "openings", self.openings))


@dataclass(frozen=True, slots=True)
class Round:
    """One round. `second`: of its (first) block, from the match's start. `turn`: whose place in the
    order it is to open, from 0, counted from the end where the latest opens first; None: everybody.
    """

    stage: Stage
    second: int
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class Timetable:
    """All rounds in order, and the second from which nothing can change any more."""

    rounds: tuple[Round, ...]
    over: int

    @classmethod
    def of(
        cls, rules: Rules, parameters: Parameters, players: int, device: str = "boomerang"
    ) -> Timetable:
        """The rounds that fit a registry's windows. Raises InvalidInput where none do."""
        tick, p = rules.block_time, parameters
        width = p.draw_delay + 2 if rules.order is Order.DRAW else players
        rounds = [Round(Stage.PUBLISH, (1 + i * width) * tick) for i in range(rules.rounds)]
        free = 1 + rules.rounds * width
        if device != "boomerang":  # it has no tentative commitments: what is published binds
            return cls(tuple(rounds), free * tick)
        apart = 0 if rules.order is Order.DRAW else players - 1
        last = rounds[-1].second + apart * tick
        first_freeze, last_freeze = tick + p.period, last + p.period
        if rules.offers:
            rounds.append(Round(Stage.OFFER, free * tick))
            if free * tick > first_freeze - p.offer_cutoff:
                raise InvalidInput(_misfit("offers", p.offer_cutoff, "offerCutoff"))
            free += 1
        earliest = max(free, -(-(last + p.seal_delay) // tick))
        seal = max(earliest, (first_freeze - SEAL_MARGIN) // tick) * tick
        if seal >= first_freeze:
            raise InvalidInput(_misfit("seals", p.period, "period"))
        rounds.append(Round(Stage.SEAL, seal))
        turns = 1 if rules.openings is Openings.TOGETHER else players
        for delay in (OPEN_DELAY, 0):
            opening = -(-(last_freeze + delay) // tick) * tick
            if opening + (turns - 1) * tick <= first_freeze + p.reveal_window:
                break
        else:
            raise InvalidInput(_misfit("openings", p.reveal_window, "revealWindow"))
        for turn in range(turns):
            whose = None if rules.openings is Openings.TOGETHER else turn
            rounds.append(Round(Stage.OPEN, opening + turn * tick, whose))
        return cls(tuple(rounds), last_freeze + p.reveal_window + 1)


def _misfit(what: str, seconds: int, parameter: str) -> str:
    return (
        f"a {parameter} of {seconds} s leaves no block for all {what}: "
        "fewer rounds or players, shorter blocks or longer windows would"
    )


def _whole(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(f"{name} must be a whole number, {least} or more, not {value!r}")


def _one_of(kind: type[StrEnum], name: str, value: object) -> StrEnum:
    for one in kind:
        if value == one:
            return one
    raise InvalidInput(f"{name} must be one of {', '.join(kind)}, not {value!r}")


__all__ = ["Openings", "Order", "Round", "Rules", "Stage", "Timetable"]
