"""What most agents do alike: publish a commitment, seal it in time, open it in time.

How an agent decides is its own: a strategy overrides `states` (which action to commit to), `decide`
(what to seal), and where it must, `respond` and `opens`.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from boomerang.agents.replies import Replies
from boomerang.content import Content
from boomerang.decisions import Constant
from boomerang.model import Phase
from boomerang.play.moves import Decline, Expose, Offer, Open, Publish, Revoke, Seal, Wait

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game
    from boomerang.play.moves import Move
    from boomerang.play.outcome import Outcome
    from boomerang.play.view import View

SLACK: Final = 5
"""Seconds kept in hand before a window closes, beside blocks and latency: clocks differ."""
BLOCKS: Final = 2
"""Blocks kept in hand: what is sent on seeing one is in the next but one at the latest."""
OPEN_DELAY: Final = 4
"""Seconds after the freeze before which nothing is opened: a reorg that carried an opening back
before the freeze would make it an exposure.
"""
TRIES: Final = 3
"""How often a move that the chain refuses is sent."""
NEVER: Final = 1 << 31
"""A second that no match reaches."""


class Committer:
    """An agent with commitments, each of which it seals as late as is safe: others' offers have
    come by then; and opens as late as is safe: what others opened is known.

    `bond` and `cover` are its commitments', in wei (a registry's smallest bond is put up in any
    case). `opens_after`: seconds after the freeze at which it opens; None for as late as is safe.
    """

    name = "committer"
    seat: int
    game: Game
    replies: Replies

    def __init__(self, *, bond: int = 0, cover: int = 0, opens_after: int | None = None) -> None:
        self.bond = bond
        self.cover = cover
        self.opens_after = opens_after

    # -------------------------------------------------------------------------- to be decided

    def states(self, view: View) -> str | None:
        """The action that its first commitment states; None to publish none now."""
        raise NotImplementedError

    def decide(self, mine: Commitment, view: View) -> Expression | None:
        """The decision to seal on one of its commitments, None to leave it unsealed."""
        del mine, view
        return Constant(True)

    def respond(self, view: View) -> Sequence[Move]:
        """What else it does, beside sealing and opening."""
        del view
        return ()

    def opens(self, mine: Commitment, view: View) -> bool:
        """Whether it opens a seal of its own, now that it is time."""
        del mine, view
        return True

    # --------------------------------------------------------------------------------- a turn

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        if not hasattr(self, "replies") or (self.seat, self.game) != (seat, game):
            self.replies = Replies(game, seat)
        self.seat = seat
        self.game = game
        self.rng = rng
        self._begun = False
        self._next = NEVER

    def act(self, view: View) -> Sequence[Move]:
        self._next = NEVER
        moves: list[Move] = []
        mine = view.mine()
        if not self._begun:
            self._begun = bool(mine)  # of play that was interrupted
            if not mine and (action := self.states(view)) is not None:
                self._begun = True
                moves.append(self.publish(view, action))
        moves += self.respond(view)
        for one in mine:
            moves += self._tend(one, view)
        moves.append(Wait(self._next))
        return moves

    def learn(self, outcome: Outcome) -> None:
        """It does not."""

    def _tend(self, mine: Commitment, view: View) -> Sequence[Move]:
        phase = view.state.phase(mine.id, view.now)
        if phase is Phase.TENTATIVE and not under_way(Seal, mine, view):
            if self.wait(self.seals_at(mine, view), view):
                return ()
            if (decision := self.decide(mine, view)) is not None:
                return (Seal(mine.id, decision),)
        elif phase is Phase.SEALED:
            self.wait(self.opens_at(mine, view), view)
        elif phase is Phase.REVEALING and not under_way(Open, mine, view):
            if self.wait(self.opens_at(mine, view), view) or not self.opens(mine, view):
                return ()
            return (Open(mine.id),)
        return ()

    def wait(self, until: int, view: View) -> bool:
        """Whether this second is still to come; if so it will be asked again then."""
        if until <= view.now:
            return False
        self._next = min(self._next, until)
        return True

    # ---------------------------------------------------------------------------------- tools

    def publish(self, view: View, action: str) -> Publish:
        """The move that commits it to an action."""
        content = Content(topic=view.topic, statement=action.encode())
        return Publish(content, max(self.bond, view.parameters.min_bond), self.cover)

    def seals_at(self, mine: Commitment, view: View) -> int:
        """The second at which it seals."""
        earliest = mine.published.time + view.parameters.seal_delay
        return max(earliest, mine.freeze - in_hand(view))

    def opens_at(self, mine: Commitment, view: View) -> int:
        """The second at which it opens."""
        after = self.opens_after
        if after is None:
            after = max(view.parameters.reveal_window - in_hand(view), OPEN_DELAY)
        return mine.freeze + min(after, view.parameters.reveal_window)


def in_hand(view: View) -> int:
    """How many seconds before a window closes is the last at which to send something."""
    return int(BLOCKS * view.block_time + 2 * view.latency + SLACK + 1)


def trip(view: View) -> int:
    """How many seconds after the last block what is sent on seeing it is in one, at the latest."""
    return ceil(2 * view.latency + view.block_time)


def under_way(
    kind: type[Seal | Open | Revoke | Offer | Decline | Expose], of: Commitment, view: View
) -> bool:
    """Whether such a move was sent and its block not seen yet, or it has been refused too often."""
    if any(isinstance(move, kind) and move.of == of.id for move in view.pending):
        return True
    if not view.refused:
        return False
    failed = sum(isinstance(one.move, kind) and one.move.of == of.id for one in view.refused)
    return failed >= TRIES


__all__ = [
    "BLOCKS",
    "NEVER",
    "OPEN_DELAY",
    "SLACK",
    "TRIES",
    "Committer",
    "in_hand",
    "trip",
    "under_way",
]
