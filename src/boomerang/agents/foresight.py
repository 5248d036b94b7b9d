"""What will be kept, as far as what is open on the chain says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.decisions import decode, status
from boomerang.model import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.client.state import Commitment
    from boomerang.games import Payoff
    from boomerang.play.view import View


def foreseen(view: View, assumed: Mapping[bytes, bool]) -> dict[bytes, bool]:
    """Which of the match's commitments will be kept, if some end as assumed. Those that are not
    opened yet are taken to lapse, and those that can still not be told to be reverted.
    """
    known = dict(assumed)
    pending = []
    for one in view.all():
        phase = view.state.phase(one.id, view.now)
        if one.id in known:
            continue
        if phase.final:
            known[one.id] = phase.kept
        elif phase is Phase.PENDING:
            pending.append((one.id, decode(view.state.decision(one.id) or b"")))
        else:
            known[one.id] = False
    while pending:
        told = [(one, status(decision, known).value) for one, decision in pending]
        settled = {one: value for one, value in told if value is not None}
        if not settled:
            break
        known |= settled
        pending = [(one, decision) for one, decision in pending if one not in settled]
    return known | dict.fromkeys((one for one, _ in pending), False)


def payoff(view: View, kept: Mapping[bytes, bool]) -> Payoff:
    """What the game pays to this seat if exactly these commitments are kept."""
    return view.game.payoffs(profile(view, [one for one in view.all() if kept.get(one.id)]))[
        view.seat
    ]


def profile(view: View, kept: Sequence[Commitment]) -> tuple[str, ...]:
    """What everybody does who is bound to these commitments."""
    stated: list[list[bytes]] = [[] for _ in view.accounts]
    for one in kept:
        stated[view.seat_of(one)].append(one.content.statement)
    return tuple(view.game.plays(seat, own) for seat, own in enumerate(stated))


__all__ = ["foreseen", "payoff", "profile"]
