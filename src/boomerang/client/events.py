"""What a registry has logged, as typed events. Enough to rebuild all state (`client.state`).

Each event knows its block (number, Unix time) and its place in it. Ids are 25 bytes, amounts wei.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from boomerang.client.records import Record
from boomerang.content import Content
from boomerang.identity import Key
from boomerang.model import Phase

if TYPE_CHECKING:
    from boomerang.chains.base import Block
    from boomerang.client.abi import DecodedLog


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """`index` is the log's place in its block, from 0."""

    name: ClassVar[str]
    block: Block
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(_Event):
    """A commitment was published. It freezes `period` after the block's time."""

    name = "Published"
    id: bytes
    key: Key
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn(_Event):
    """Its place among the commitments of its second was recorded (by `draw`, not by sealing)."""

    name = "Drawn"
    id: bytes
    draw: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed(_Event):
    """It was sealed. `record` holds the seal, and the draw where it is known."""

    name = "Sealed"
    id: bytes
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class SealData(_Event):
    """Data that came with the seal."""

    name = "SealData"
    id: bytes
    extra: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked(_Event):
    """Taken back openly by its owner; the bond went back."""

    name = "Revoked"
    id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed(_Event):
    """Its decision was shown before the freeze: reverted. `reward` went to the exposer."""

    name = "Exposed"
    id: bytes
    exposer: str
    reward: int
    decision: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(_Event):
    """Its seal was opened. `phase`: KEPT, REVERTED_BY_DECISION, INVALID_DECISION or PENDING.

    The contract's OpenedKeep is this one too: with the decision `keep`, and KEPT.
    """

    name = "Opened"
    id: bytes
    phase: Phase
    decision: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(_Event):
    """It was resolved: KEPT or REVERTED_BY_DECISION after pending; UNSEALED or UNREVEALED."""

    name = "Resolved"
    id: bytes
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(_Event):
    """`offering` invited `target` to condition on it. `floor` and `depth` are what that recorded,
    and are those of `offering` from then on.
    """

    name = "Offered"
    offering: bytes
    target: bytes
    floor: bytes
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(_Event):
    """`target` declined the offer of `offering`."""

    name = "Declined"
    offering: bytes
    target: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedAll(_Event):
    """`target` declines all offers, present and future."""

    name = "DeclinedAll"
    target: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Credited(_Event):
    """A payment could not be delivered; `account` may withdraw it."""

    name = "Credited"
    account: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(_Event):
    """`account` had what it was owed sent to `to`."""

    name = "Withdrawn"
    account: str
    to: str
    amount: int


Event: TypeAlias = (
    Published
    | Drawn
    | Sealed
    | SealData
    | Revoked
    | Exposed
    | Opened
    | Resolved
    | Offered
    | Declined
    | DeclinedAll
    | Credited
    | Withdrawn
)

_PLAIN: dict[str, type[Any]] = {
    kind.name: kind
    for kind in (
        *(Drawn, SealData, Revoked, Exposed),
        *(Offered, Declined, DeclinedAll, Credited, Withdrawn),
    )
}
KEEP = b"\x01"


def typed(log: DecodedLog, block: Block, index: int) -> Event:
    """The typed event of a log. Raises MalformedClauses for what no registry would log."""
    values = log.arguments
    where: dict[str, Any] = {"block": block, "index": index}
    match log.name:
        case "Published":
            content_flags = Key.from_stake(values["committer"], values["stake"], bytes(32))
            content = Content.decode(values["topic"], values["body"], content_flags.has_clauses)
            key = Key.from_stake(values["committer"], values["stake"], content.hash())
            return Published(id=values["id"], key=key, content=content, **where)
        case "Sealed":
            return Sealed(id=values["id"], record=Record.unpack(values["record"]), **where)
        case "OpenedKeep":
            return Opened(id=values["id"], phase=Phase.KEPT, decision=KEEP, **where)
        case "Opened" | "Resolved":
            values = values | {"phase": Phase(values["phase"])}
            kind = Opened if log.name == "Opened" else Resolved
            return kind(**values, **where)
        case name:
            event: Event = _PLAIN[name](**values, **where)
            return event
