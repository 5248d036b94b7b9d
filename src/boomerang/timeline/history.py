"""A timeline from a history: what a registry has logged, from its first event on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from boomerang.client import events as ev
from boomerang.model import Phase
from boomerang.timeline.data import Arrow, Lane, Row, Timeline, time_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from boomerang.client import Commitment, Event, State

HIDDEN = "(not shown yet: too few blocks stand on the freeze)"
SOMEBODY = "somebody"
"""Who draws, opens and resolves: anyone may, and logs do not tell who did."""


class Words(Protocol):
    """What things are called where the timeline is read."""

    def label(self, commitment: bytes) -> str:
        """A commitment's name."""
        ...

    def who(self, account: str) -> str:
        """An account's."""
        ...

    def decision(self, program: bytes) -> str:
        """What was opened, as text."""
        ...

    def units(self, token: str | None, amount: int) -> str:
        """An amount of ether (wei, without a token), or of a token."""
        ...

    def hidden(self, of: Commitment) -> bool:
        """Whether an opening of it must not be shown yet (section 8)."""
        ...


def statement_text(of: Commitment, limit: int = 60) -> str:
    """What a commitment states, as printable text of bounded length."""
    text = of.content.statement.decode(errors="replace")
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


class Teller:
    """Tells events, keeping up with the state as they come."""

    def __init__(self, words: Words, blank: State) -> None:
        """`blank` is the registry's state before anything has happened."""
        self.words = words
        self.state = blank

    def tell(self, event: Event) -> Row | None:
        """One event as a row with absolute time; None for those that say nothing to people."""
        self.state.apply(event)
        return self.retell(event)

    def retell(self, event: Event) -> Row | None:
        """The same for an event that is part of the state already."""
        who, what, about = self._sentence(event)
        if not what:
            return None
        label = self.words.label
        time = event.block.time
        states = tuple((label(one), self.state.phase(one, time).label) for one in about)
        return Row(time, who, what, states)

    def _sentence(self, event: Event) -> tuple[str, str, tuple[bytes, ...]]:
        label = self.words.label
        match event:
            case ev.Published():
                bond = f", bond {self.words.units(None, event.key.bond)}" if event.key.bond else ""
                said = statement_text(self.state.commitments[event.id])
                what = f"publishes {label(event.id)}{f': {said}' if said else ''}{bond}"
                return self._owner(event.id), what, (event.id,)
            case ev.Drawn():
                return SOMEBODY, f"records the draw of {label(event.id)}", ()
            case ev.Sealed():
                return self._owner(event.id), f"seals {label(event.id)}", (event.id,)
            case ev.Revoked():
                return self._owner(event.id), f"revokes {label(event.id)}", (event.id,)
            case ev.Exposed():
                what = f"exposes {label(event.id)}: {self.words.decision(event.decision)}"
                return self.words.who(event.exposer), what, (event.id,)
            case ev.Opened():
                of = self.state.commitments[event.id]
                said = HIDDEN if self.words.hidden(of) else self.words.decision(event.decision)
                return SOMEBODY, f"opens {label(event.id)}: {said}", (event.id,)
            case ev.Resolved():
                return SOMEBODY, f"resolves {label(event.id)}", (event.id,)
            case ev.Offered():
                what = f"offers {label(event.offering)} to {label(event.target)}"
                return self._owner(event.offering), what, ()
            case ev.Declined():
                what = f"{label(event.target)} declines the offer of {label(event.offering)}"
                return self._owner(event.target), what, ()
            case ev.DeclinedAll():
                what = f"{label(event.target)} declines all offers"
                return self._owner(event.target), what, ()
            case ev.Joined():
                others = ", ".join(label(one) for one in event.ids if one != event.id)
                what = f"joins {label(event.id)} to a group with {others}"
                return self._owner(event.id), what, ()
            case ev.Completed():
                return "", f"the group of {self._members(event.group)} is complete", ()
            case ev.GroupResolved():
                return SOMEBODY, f"resolves the group of {self._members(event.group)}", ()
            case ev.Credited():
                return "", f"{self.words.units(None, event.amount)} could not be delivered", ()
            case ev.Withdrawn():
                who = self.words.who(event.account)
                return who, f"withdraws {self.words.units(None, event.amount)}", ()
            case _:
                return self._enforced(event)

    def _enforced(self, event: Event) -> tuple[str, str, tuple[bytes, ...]]:
        """What became of an escrow."""
        label, who, units = self.words.label, self.words.who, self.words.units
        match event:
            case ev.Executed():
                failed = f", {event.failed.bit_count()} calls failed" if event.failed else ""
                return who(event.executor), f"executes {label(event.id)}{failed}", ()
            case ev.Refunded():
                return who(event.executor), f"sends the escrow of {label(event.id)} home", ()
            case ev.Retried():
                return SOMEBODY, f"makes call {event.index_of_call} of {label(event.id)}", ()
            case ev.Released():
                what = f"gives up call {event.index_of_call} of {label(event.id)}"
                return SOMEBODY, f"{what}: its amount goes to {who(event.to)}", ()
            case ev.EscrowCredited():
                what = f"does not take {units(event.token, event.amount)}: it is owed"
                return who(event.account), what, ()
            case ev.EscrowWithdrawn():
                return who(event.account), f"withdraws {units(event.token, event.amount)}", ()
            case _:
                return "", "", ()

    def _members(self, group: bytes) -> str:
        found = self.state.model.group(group)
        return ", ".join(map(self.words.label, found.ids if found else ()))

    def _owner(self, commitment: bytes) -> str:
        return self.words.who(self.state.commitments[commitment].key.committer)


def from_history(
    words: Words,
    blank: Callable[[], State],
    history: Iterable[Event],
    now: int,
    *,
    title: str,
    chain: str,
    start: int | None = None,
    only: Collection[bytes] = (),
    summary: tuple[str, ...] = (),
) -> Timeline:
    """The whole history (of some commitments) up to `now`, in seconds from `start`: by default the
    first publication.
    """
    events = list(history)
    state = blank()
    for event in events:
        state.apply(event)
    wanted = set(only) or set(state.commitments)
    chosen = [one for one in state.commitments.values() if one.id in wanted]
    if start is None:
        start = min((one.published.time for one in chosen), default=now)
    teller = Teller(words, blank())
    rows: list[tuple[int, int, Row]] = []
    moments: dict[bytes, dict[str, int]] = {one.id: {} for one in chosen}
    arrows: dict[tuple[bytes, bytes], Arrow] = {}
    for event in events:
        row = teller.tell(event)
        if not _concerns(event, wanted):
            continue
        _note(event, moments, arrows, start, words)
        if row is not None:
            rows.append((row.at - start, 1, Row(row.at - start, row.who, row.what, row.states)))
    lanes = tuple(_lane(words, state, one, moments[one.id], start, now) for one in chosen)
    end = max([now - start] if any(lane.final is None for lane in lanes) else [0], default=0)
    end = max([end, *(max(lane.final or 0, lane.freeze) for lane in lanes)])
    end = min(end, max(now - start, 0)) if lanes else 0
    rows += [(row.at, 0, row) for row in time_rows(lanes, end)]
    ordered = [row for _, _, row in sorted(rows, key=lambda item: item[:2])]
    actors = [row.who for row in ordered if row.who not in ("", SOMEBODY)]
    return Timeline(
        title=title,
        chain=chain,
        agents=tuple(dict.fromkeys([*(lane.owner for lane in lanes), *actors])),
        lanes=lanes,
        rows=tuple(ordered),
        arrows=tuple(arrows.values()),
        end=end,
        outcome=", ".join(f"{lane.name} {lane.outcome}" for lane in lanes),
        summary=summary,
    )


def _concerns(event: Event, wanted: set[bytes]) -> bool:
    named = [getattr(event, name, None) for name in ("id", "offering", "target")]
    about = [one for one in named if one is not None]
    return not about or any(one in wanted for one in about)


def _note(
    event: Event,
    moments: dict[bytes, dict[str, int]],
    arrows: dict[tuple[bytes, bytes], Arrow],
    start: int,
    words: Words,
) -> None:
    at = event.block.time - start
    label = words.label
    match event:
        case ev.Sealed():
            moments.get(event.id, {})["sealed"] = at
        case ev.Opened():
            moments.get(event.id, {})["opened"] = at
            if event.phase.final:
                moments.get(event.id, {})["final"] = at
        case ev.Revoked() | ev.Exposed():
            moments.get(event.id, {})["final"] = at
        case ev.Resolved() if event.phase not in (Phase.UNSEALED, Phase.UNREVEALED):
            moments.get(event.id, {})["final"] = at
        case ev.Offered():
            arrow = Arrow(at, label(event.offering), label(event.target))
            arrows.setdefault((event.offering, event.target), arrow)
        case ev.Declined():
            _declined(arrows, (event.offering, event.target), at)
        case ev.DeclinedAll():
            for pair in list(arrows):
                if pair[1] == event.target:
                    _declined(arrows, pair, at)


def _declined(arrows: dict[tuple[bytes, bytes], Arrow], pair: tuple[bytes, bytes], at: int) -> None:
    arrow = arrows.get(pair)
    if arrow is not None and arrow.declined is None:
        arrows[pair] = Arrow(arrow.at, arrow.of, arrow.to, at)


def _lane(
    words: Words, state: State, of: Commitment, seen: dict[str, int], start: int, now: int
) -> Lane:
    phase = state.phase(of.id, now)
    window = state.model.parameters.reveal_window
    freeze = of.freeze - start
    final = seen.get("final")
    if phase is Phase.UNSEALED:
        final = freeze
    elif phase is Phase.UNREVEALED:
        final = freeze + window + 1
    return Lane(
        name=words.label(of.id),
        owner=words.who(of.key.committer),
        statement=statement_text(of),
        published=of.published.time - start,
        freeze=freeze,
        closes=freeze + window,
        sealed=seen.get("sealed"),
        opened=seen.get("opened"),
        final=final,
        phase=phase.label,
    )


__all__ = ["HIDDEN", "SOMEBODY", "Teller", "Words", "from_history", "statement_text"]
