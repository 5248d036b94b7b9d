"""The reference model's events, as the client reads them from a chain's logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.client import events as logged
from boomerang.client.records import Record
from boomerang.content import Content
from boomerang.identity import Key
from boomerang.model import Phase, events

if TYPE_CHECKING:
    from boomerang.chains.base import Block


def typed(event: events.Event, block: Block, index: int) -> logged.Event:
    """The same event with its place: what a registry on a chain would have logged."""
    where: dict[str, Any] = {"block": block, "index": index}
    match event:
        case events.Published(commitment, committer, topic, stake, body):
            flags = Key.from_stake(committer, stake, bytes(32))
            content = Content.decode(topic, body, flags.has_clauses)
            key = Key.from_stake(committer, stake, content.hash())
            return logged.Published(id=commitment, key=key, content=content, **where)
        case events.Sealed(commitment, record):
            return logged.Sealed(id=commitment, record=Record.unpack(record), **where)
        case events.OpenedKeep(commitment):
            return logged.Opened(id=commitment, phase=Phase.KEPT, decision=logged.KEEP, **where)
        case events.Retried(commitment, call):
            return logged.Retried(id=commitment, index_of_call=call, **where)
        case events.Released(commitment, call, to):
            return logged.Released(id=commitment, index_of_call=call, to=to, **where)
        case _:
            values = {name: getattr(event, name) for name in type(event).__slots__}
            made: logged.Event = getattr(logged, type(event).__name__)(**values, **where)
            return made


__all__ = ["typed"]
