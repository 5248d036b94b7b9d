"""One match as the chain shows it, among others on the same registry: told apart by topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.client import events as ev
from boomerang.client.state import State
from boomerang.model import Phase
from boomerang.play.outcome import losses, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.client.events import Event
    from boomerang.games import Game
    from boomerang.identity import Domain
    from boomerang.parameters import Parameters
    from boomerang.play.outcome import Outcome
    from boomerang.play.view import Refused


class Board:
    """`state` holds the commitments on one topic, of the match's players and of strangers, and
    nothing else that is on the registry. `lost`: what bonds and fees cost each seat, wei.
    """

    def __init__(
        self, domain: Domain, parameters: Parameters, topic: bytes, accounts: Sequence[str]
    ) -> None:
        self.topic = topic
        self.accounts = tuple(accounts)
        self.state = State(domain, parameters)
        self.lost = [0] * len(self.accounts)
        self._resolved: set[bytes] = set()

    def apply(self, events: Iterable[Event]) -> list[Event]:
        """Take in what concerns this match; those events."""
        taken = []
        for event in events:
            if self._concerns(event):
                for account, wei in losses(event, self.state):
                    if account in self.accounts:
                        self.lost[self.accounts.index(account)] += wei
                if isinstance(event, ev.Resolved):
                    self._resolved.add(event.id)
                self.state.apply(event)
                taken.append(event)
        return taken

    def _concerns(self, event: Event) -> bool:
        known = self.state.commitments
        match event:
            case ev.Published():
                return event.content.topic == self.topic
            case ev.Offered() | ev.Declined():
                return event.offering in known and event.target in known
            case ev.DeclinedAll():
                return event.target in known
            case ev.Joined():
                return all(member in known for member in event.ids)
            case ev.Completed() | ev.GroupResolved():
                return event.group in self.state.model.state.groups
            case ev.Credited() | ev.Withdrawn() | ev.EscrowCredited() | ev.EscrowWithdrawn():
                return event.account in self.accounts
            case _:
                return event.id in known

    def over(self, now: int, horizon: int) -> bool:
        """Whether nothing more will happen: nobody begins after `horizon`, and what the players
        published is final and carried out.
        """
        if now <= horizon or self.state.executable(now):
            return False
        return all(
            self.state.phase(one.id, now).final
            for one in self.state.commitments.values()
            if one.key.committer in self.accounts
        )

    def outcome(
        self,
        game: Game,
        *,
        start: int,
        now: int,
        refused: Sequence[Sequence[Refused]] = (),
        gas: Sequence[int] = (),
    ) -> Outcome:
        """What it came to. `start`: the Unix second from which times are counted."""
        seats = len(self.accounts)
        lost = list(self.lost)
        for one in self.state.commitments.values():
            owner = one.key.committer
            gone = self.state.phase(one.id, now) is Phase.UNREVEALED
            if gone and owner in self.accounts and one.id not in self._resolved:
                # Nobody has taken the trouble yet to resolve it.
                lost[self.accounts.index(owner)] += one.key.bond
        return outcome_of(
            game,
            self.accounts,
            self.state,
            self.topic,
            start=start,
            now=now,
            lost=lost,
            refused=refused or [()] * seats,
            gas=gas or [0] * seats,
        )


__all__ = ["Board"]
