"""A registry's history: rows for tables, lanes for pictures, sentences for `watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang import decisions
from boomerang.cli.clauses import units
from boomerang.cli.settings import hidden_blocks
from boomerang.cli.values import amount, full
from boomerang.client import events as ev
from boomerang.errors import MalformedDecision
from boomerang.model import Phase
from boomerang.timeline import Arrow, Lane, Row, Timeline, time_rows

if TYPE_CHECKING:
    from collections.abc import Collection

    from boomerang.cli.options import App
    from boomerang.client import Commitment, Event, State

HIDDEN = "(not shown yet: too few blocks stand on the freeze)"
SOMEBODY = "somebody"
"""Who draws, opens and resolves: anyone may, and logs do not tell who did."""


def is_hidden(app: App, of: Commitment) -> bool:
    """Whether an opening must not be shown yet: few blocks stand on the freeze (section 8)."""
    enough = hidden_blocks(app.connection.chain.kind)
    return app.connection.blocks_since(of.freeze, enough) < enough


def decision_text(app: App, program: bytes) -> str:
    """A decision by the names of the address book; its bytes where they are none."""
    try:
        return decisions.format_sealed(decisions.decode_sealed(program), app.names)
    except MalformedDecision:
        return f"{full(program)} (malformed)"


def statement_text(of: Commitment, limit: int = 60) -> str:
    """What a commitment states, as printable text of bounded length."""
    text = of.content.statement.decode(errors="replace")
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


class Teller:
    """Tells events, keeping up with the state as they come."""

    def __init__(self, app: App) -> None:
        """Tell what happens on the registry in use."""
        self.app = app
        self.state = _empty(app)

    def tell(self, event: Event) -> Row | None:
        """One event as a row with absolute time; None for those that say nothing to people."""
        self.state.apply(event)
        return self.retell(event)

    def retell(self, event: Event) -> Row | None:
        """The same for an event that is part of the state already."""
        who, what, about = self._sentence(event)
        if not what:
            return None
        label = self.app.names.label
        time = event.block.time
        states = tuple((label(one), self.state.phase(one, time).label) for one in about)
        return Row(time, who, what, states)

    def _sentence(self, event: Event) -> tuple[str, str, tuple[bytes, ...]]:
        label = self.app.names.label
        match event:
            case ev.Published():
                bond = f", bond {amount(event.key.bond)}" if event.key.bond else ""
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
                what = f"exposes {label(event.id)}: {decision_text(self.app, event.decision)}"
                return self.app.connection.who(event.exposer), what, (event.id,)
            case ev.Opened():
                of = self.state.commitments[event.id]
                hidden = is_hidden(self.app, of)
                said = HIDDEN if hidden else decision_text(self.app, event.decision)
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
                return "", f"{amount(event.amount)} could not be delivered", ()
            case ev.Withdrawn():
                who = self.app.connection.who(event.account)
                return who, f"withdraws {amount(event.amount)}", ()
            case _:
                return self._enforced(event)

    def _enforced(self, event: Event) -> tuple[str, str, tuple[bytes, ...]]:
        """What became of an escrow."""
        label, who = self.app.names.label, self.app.connection.who
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
        return ", ".join(map(self.app.names.label, found.ids if found else ()))

    def _owner(self, commitment: bytes) -> str:
        return self.app.connection.who(self.state.commitments[commitment].key.committer)


def _empty(app: App) -> State:
    from boomerang.client import State as Fresh

    registry = app.connection.registry
    return Fresh(registry.domain, registry.parameters())


def event_data(app: App, event: Event) -> dict[str, Any]:
    """An event for machines. An opening that must not be shown yet has no decision."""
    data: dict[str, Any] = {
        "event": event.name,
        "block": event.block.number,
        "time": event.block.time,
    }
    for name in ("id", "offering", "target"):
        if hasattr(event, name):
            known = getattr(event, name)
            data[name] = full(known)
            data[f"{name}Name" if name != "id" else "name"] = app.names.name_of(known)
    match event:
        case ev.Published():
            data |= {
                "committer": event.key.committer,
                "bond": event.key.bond,
                "cover": event.key.cover,
                "statement": event.content.statement.decode(errors="replace"),
            }
        case ev.Drawn():
            data["draw"] = event.draw
        case ev.Sealed():
            data["seal"] = full(event.record.seal)
        case ev.Opened():
            of = app.connection.state.commitments[event.id]
            hidden = is_hidden(app, of)
            data |= {
                "phase": event.phase.label,
                "decision": None if hidden else full(event.decision),
                "text": None if hidden else decision_text(app, event.decision),
            }
        case ev.Exposed():
            data |= {"exposer": event.exposer, "reward": event.reward}
            data["decision"] = full(event.decision)
        case ev.Resolved():
            data["phase"] = event.phase.label
        case ev.Offered():
            data |= {"floor": full(event.floor), "depth": event.depth}
        case ev.Joined():
            data |= {"group": full(event.group), "members": [full(one) for one in event.ids]}
        case ev.Completed():
            data |= {"group": full(event.group), "floor": full(event.floor)}
            data |= {"depth": event.depth, "cover": event.cover}
        case ev.GroupResolved():
            data |= {"group": full(event.group), "kept": event.kept}
        case ev.Credited() | ev.Withdrawn():
            data |= {"account": event.account, "amount": event.amount}
        case ev.EscrowCredited() | ev.EscrowWithdrawn():
            data |= {"account": event.account, "token": event.token, "amount": event.amount}
        case ev.Executed():
            data |= {"executor": event.executor, "failed": event.failed}
        case ev.Refunded():
            data["executor"] = event.executor
        case ev.Retried() | ev.Released():
            data["call"] = event.index_of_call
    return data


def timeline_of(app: App, only: Collection[bytes] = ()) -> Timeline:
    """The whole history (of some commitments), in seconds from the first publication."""
    connection = app.connection
    state, now = connection.state, connection.chain.now()
    wanted = set(only) or set(state.commitments)
    chosen = [one for one in state.commitments.values() if one.id in wanted]
    start = min((one.published.time for one in chosen), default=now)
    teller = Teller(app)
    rows: list[tuple[int, int, Row]] = []
    moments: dict[bytes, dict[str, int]] = {one.id: {} for one in chosen}
    arrows: dict[tuple[bytes, bytes], Arrow] = {}
    for event in connection.history:
        row = teller.tell(event)
        if not _concerns(event, wanted):
            continue
        _note(event, moments, arrows, start, app)
        if row is not None:
            rows.append((row.at - start, 1, Row(row.at - start, row.who, row.what, row.states)))
    window = connection.registry.parameters().reveal_window
    lanes = tuple(_lane(app, one, moments[one.id], start, window, now) for one in chosen)
    end = max([now - start] if any(lane.final is None for lane in lanes) else [0], default=0)
    end = max([end, *(max(lane.final or 0, lane.freeze) for lane in lanes)])
    end = min(end, max(now - start, 0)) if lanes else 0
    rows += [(row.at, 0, row) for row in time_rows(lanes, end)]
    ordered = [row for _, _, row in sorted(rows, key=lambda item: item[:2])]
    actors = [row.who for row in ordered if row.who not in ("", SOMEBODY)]
    outcome = ", ".join(f"{lane.name} {lane.outcome}" for lane in lanes)
    return Timeline(
        title=f"Registry {connection.registry.address} on {connection.network}",
        chain=connection.chain.kind,
        agents=tuple(dict.fromkeys([*(lane.owner for lane in lanes), *actors])),
        lanes=lanes,
        rows=tuple(ordered),
        arrows=tuple(arrows.values()),
        end=end,
        outcome=outcome,
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
    app: App,
) -> None:
    at = event.block.time - start
    label = app.names.label
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
    app: App, of: Commitment, seen: dict[str, int], start: int, window: int, now: int
) -> Lane:
    phase = app.connection.state.phase(of.id, now)
    freeze = of.freeze - start
    final = seen.get("final")
    if phase is Phase.UNSEALED:
        final = freeze
    elif phase is Phase.UNREVEALED:
        final = freeze + window + 1
    return Lane(
        name=app.names.label(of.id),
        owner=app.connection.who(of.key.committer),
        statement=statement_text(of),
        published=of.published.time - start,
        freeze=freeze,
        closes=freeze + window,
        sealed=seen.get("sealed"),
        opened=seen.get("opened"),
        final=final,
        phase=phase.label,
    )
