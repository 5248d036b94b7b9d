"""What a registry and its parts have logged, as typed events. Enough to rebuild all state
(`client.state`).

Each event knows its block (number, Unix time) and its place in it. Ids are 25 bytes, amounts wei.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from boomerang.client.records import Record
from boomerang.content import Content, content_hash
from boomerang.identity import Key, stake_has_clauses
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed(_Event):
    """Kept, with its guard true: payments are made, calls were tried. Bit i of `failed`: the i-th
    call failed, and may be retried.
    """

    name = "Executed"
    id: bytes
    executor: str
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded(_Event):
    """Reverted, or its guard false: the escrow went home."""

    name = "Refunded"
    id: bytes
    executor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried(_Event):
    """A call that had failed was made."""

    name = "Retried"
    id: bytes
    index_of_call: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(_Event):
    """What a failed call would have spent went to `to`."""

    name = "Released"
    id: bytes
    index_of_call: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowCredited(_Event):
    """The enforcer could not deliver a transfer; `account` may withdraw it. Token zero is ether."""

    name = "EscrowCredited"
    account: str
    token: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowWithdrawn(_Event):
    """`account` had what the enforcer owed it of `token` sent to `to`."""

    name = "EscrowWithdrawn"
    account: str
    token: str
    to: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(_Event):
    """A commitment has joined the group of exactly these ids; `group` is the group's name."""

    name = "Joined"
    group: bytes
    id: bytes
    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed(_Event):
    """All members have joined: what the group stands for from then on."""

    name = "Completed"
    group: bytes
    floor: bytes
    depth: int
    cover: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResolved(_Event):
    """Bit i of `kept`: whether the i-th member (by id) is kept."""

    name = "GroupResolved"
    group: bytes
    kept: int


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
    | Executed
    | Refunded
    | Retried
    | Released
    | EscrowCredited
    | EscrowWithdrawn
    | Joined
    | Completed
    | GroupResolved
)

_PLAIN: dict[str, type[Any]] = {
    kind.name: kind
    for kind in (
        *(Drawn, SealData, Revoked, Exposed),
        *(Offered, Declined, DeclinedAll, Credited, Withdrawn),
        *(Executed, Refunded, EscrowCredited, EscrowWithdrawn),
        *(Completed, GroupResolved),
    )
}
KEEP = b"\x01"


def typed(log: DecodedLog, block: Block, index: int, contract: str = "Boomerang") -> Event:
    """The typed event of a log of the registry or of the part that `contract` names. Raises
    MalformedClauses for what no registry would log.
    """
    values = log.arguments
    where: dict[str, Any] = {"block": block, "index": index}
    if contract == "Enforcer" and log.name in ("Credited", "Withdrawn"):
        return _escrow(log.name, **values, **where)
    match log.name:
        case "Retried" | "Released":
            kind: type[Any] = Retried if log.name == "Retried" else Released
            more = {name: value for name, value in values.items() if name != "index"}
            return kind(**more, index_of_call=values["index"], **where)  # type: ignore[no-any-return]
        case "Joined":
            members = tuple(values["ids"])
            return Joined(group=values["group"], id=values["id"], ids=members, **where)
        case "Published":
            topic, body, stake = values["topic"], values["body"], values["stake"]
            content = Content.decode(topic, body, stake_has_clauses(stake))
            key = Key.from_stake(values["committer"], stake, content_hash(topic, body))
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


def _escrow(name: str, **values: Any) -> EscrowCredited | EscrowWithdrawn:
    return EscrowCredited(**values) if name == "Credited" else EscrowWithdrawn(**values)
