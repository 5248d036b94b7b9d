"""How a match ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boomerang.client import events as ev
from boomerang.games import payments_due
from boomerang.model import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from boomerang.client.events import Event
    from boomerang.client.state import State
    from boomerang.games import Game
    from boomerang.play.view import Refused


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a commitment. `published`: seconds from the match's start."""

    id: bytes
    seat: int
    statement: str
    phase: Phase
    published: int

    @property
    def kept(self) -> bool:
        """Whether its owner is bound by it."""
        return self.phase.kept


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a match ended; sequences are by seat.

    `payoffs` (utils, exact) is what the game pays for the `actions`, plus the `payments` between
    players that kept contents make, less what each has `lost` (burned bonds, an exposer's share,
    fees). Not in it: executors' tips, what contents' calls spend, payments in tokens, and those of
    contents on other topics. `conflicts`: pairs of kept commitments of one player that clash.
    `refused`: the moves that the chain refused, by seat. `gas` is 0 on the model. `seconds`: how
    long it took.
    """

    actions: tuple[str, ...]
    payoffs: tuple[int | Fraction, ...]
    game: tuple[int | Fraction, ...]
    payments: tuple[int, ...]
    lost: tuple[int, ...]
    commitments: tuple[Ended, ...]
    conflicts: tuple[tuple[bytes, bytes], ...]
    refused: tuple[tuple[Refused, ...], ...]
    gas: tuple[int, ...]
    seconds: int

    @property
    def welfare(self) -> int | Fraction:
        """The sum of the payoffs."""
        return sum(self.payoffs)


def losses(event: Event, state: State) -> Iterator[tuple[str, int]]:
    """What an event costs whom, in wei: fees, bonds that burn, and an exposer's share, which is
    negative. `state` knows the commitment, unless this is its publication.
    """
    match event:
        case ev.Published():
            yield event.key.committer, state.model.parameters.fee
        case ev.Exposed():
            owner = state.commitments[event.id].key
            yield owner.committer, owner.bond
            yield event.exposer, -event.reward
        case ev.Resolved() if event.phase is Phase.UNREVEALED:
            owner = state.commitments[event.id].key
            yield owner.committer, owner.bond


def outcome_of(
    game: Game,
    accounts: Sequence[str],
    state: State,
    topic: bytes,
    *,
    start: int,
    now: int,
    lost: Sequence[int],
    refused: Sequence[Sequence[Refused]],
    gas: Sequence[int],
) -> Outcome:
    """The outcome in a state of which all is final at the second `now`."""
    seats = {account: seat for seat, account in enumerate(accounts)}
    of_match = [
        one
        for one in state.commitments.values()
        if one.content.topic == topic and one.key.committer in seats
    ]
    phases = {one: state.phase(one, now) for one in state.commitments}
    kept = {one: phase.kept for one, phase in phases.items()}
    stated: list[list[bytes]] = [[] for _ in accounts]
    bound: list[list[bytes]] = [[] for _ in accounts]
    payments = [0] * len(accounts)
    ended = []
    names = {account: account for account in accounts}
    for one in of_match:
        seat = seats[one.key.committer]
        statement = one.content.statement.decode(errors="replace")
        phase = phases[one.id]
        ended.append(Ended(one.id, seat, statement, phase, one.published.time - start))
        if not phase.kept:
            continue
        stated[seat].append(one.content.statement)
        bound[seat].append(one.id)
        for to, amount in payments_due(one.content.clauses, kept, names):
            payments[seat] -= amount
            if to in seats:
                payments[seats[to]] += amount
    actions = tuple(game.plays(seat, stated[seat]) for seat in range(len(accounts)))
    pays = tuple(game.payoffs(actions))
    clashes = tuple(
        (ids[a], ids[b])
        for seat, ids in enumerate(bound)
        for a, b in game.conflicts(seat, stated[seat])
    )
    total = tuple(pay + paid - gone for pay, paid, gone in zip(pays, payments, lost, strict=True))
    return Outcome(
        actions=actions,
        payoffs=total,
        game=pays,
        payments=tuple(payments),
        lost=tuple(lost),
        commitments=tuple(ended),
        conflicts=clashes,
        refused=tuple(map(tuple, refused)),
        gas=tuple(gas),
        seconds=now - start,
    )
