"""A timeline of a match that agents played."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from boomerang import decisions
from boomerang.errors import MalformedDecision
from boomerang.games.exact import signed
from boomerang.timeline.history import from_history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from boomerang.client import Commitment, Event, State
    from boomerang.games import Game
    from boomerang.play.outcome import Outcome
    from boomerang.timeline.data import Timeline


def from_match(
    game: Game,
    outcome: Outcome,
    accounts: Sequence[str],
    blank: Callable[[], State],
    history: Iterable[Event],
    *,
    start: int,
    chain: str,
) -> Timeline:
    """The timeline of a match that began at the Unix second `start`. `accounts` are the seats';
    `blank` makes the state before anything has happened.
    """
    events = list(history)
    state = blank()
    for event in events:
        state.apply(event)
    return from_history(
        SeatWords(game.players, accounts, state),
        blank,
        events,
        start + outcome.seconds,
        title=game.name,
        chain=chain,
        start=start,
        summary=tuple(results(game, outcome)[-1:]),
    )


def results(game: Game, outcome: Outcome) -> list[str]:
    """What became of each commitment; the payoffs."""
    lines = [
        f"{game.players[one.seat]}'s {one.statement!r}: {one.phase.label}"
        for one in outcome.commitments
    ]
    pairs = zip(game.players, outcome.payoffs, strict=True)
    return [*lines, "payoffs: " + ", ".join(f"{name} {signed(pays)}" for name, pays in pairs)]


class SeatWords:
    """What things are called in a match: A1 is alice's first commitment, B2 bob's second."""

    def __init__(self, names: Sequence[str], accounts: Sequence[str], state: State) -> None:
        self._who = dict(zip(accounts, names, strict=True))
        short = {name[:1].upper() for name in names}
        counts: Counter[str] = Counter()
        self.names: dict[str, bytes] = {}
        for one in state.commitments.values():
            owner = self.who(one.key.committer)
            counts[owner] += 1
            prefix = owner[:1].upper() if len(short) == len(names) else owner
            self.names[f"{prefix}{counts[owner]}"] = one.id
        self._labels = {one: label for label, one in self.names.items()}

    def label(self, commitment: bytes) -> str:
        return self._labels[commitment]

    def who(self, account: str) -> str:
        return self._who.get(account, "a bystander")

    def decision(self, program: bytes) -> str:
        try:
            return decisions.format_sealed(decisions.decode_sealed(program), self.names)
        except MalformedDecision as error:
            return str(error)

    def units(self, token: str | None, amount: int) -> str:
        del token  # matches are about ether alone
        return f"{amount} wei"

    def hidden(self, of: Commitment) -> bool:
        del of
        return False


__all__ = ["SeatWords", "from_match", "results"]
