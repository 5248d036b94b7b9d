"""A registry's history: rows for tables, lanes for pictures, sentences for `watch`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang import decisions
from boomerang.cli.clauses import units
from boomerang.cli.settings import hidden_blocks
from boomerang.cli.values import full
from boomerang.client import events as ev
from boomerang.errors import MalformedDecision
from boomerang.timeline import history
from boomerang.timeline.history import HIDDEN, statement_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from boomerang.cli.options import App
    from boomerang.client import Commitment, Event, State
    from boomerang.timeline import Timeline


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


class AppWords:
    """What things are called on the command line: by the address book."""

    def __init__(self, app: App) -> None:
        self.app = app

    def label(self, commitment: bytes) -> str:
        return self.app.names.label(commitment)

    def who(self, account: str) -> str:
        return self.app.connection.who(account)

    def decision(self, program: bytes) -> str:
        return decision_text(self.app, program)

    def units(self, token: str | None, amount: int) -> str:
        return units(token, amount)

    def hidden(self, of: Commitment) -> bool:
        return is_hidden(self.app, of)


class Teller(history.Teller):
    """Tells events of the registry in use."""

    def __init__(self, app: App) -> None:
        super().__init__(AppWords(app), _empty(app))


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
    return history.from_history(
        AppWords(app),
        lambda: _empty(app),
        connection.history,
        connection.chain.now(),
        title=f"Registry {connection.registry.address} on {connection.network}",
        chain=connection.chain.kind,
        only=only,
    )


__all__ = [
    "HIDDEN",
    "AppWords",
    "Teller",
    "decision_text",
    "event_data",
    "is_hidden",
    "statement_text",
    "timeline_of",
]
