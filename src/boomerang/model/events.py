"""What registry and enforcer log, as records: the contracts' events with the same fields, in their
order.

All state can be rebuilt from them. Ids are 25 bytes, times Unix seconds, amounts wei.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from boomerang.model.state import Phase


@dataclass(frozen=True, slots=True)
class Published:
    """A commitment was published; it freezes `period` after its block's time. `stake` and `body`
    are what `Key.from_stake` and `Content.decode` read.
    """

    id: bytes
    committer: str
    topic: bytes
    stake: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Drawn:
    """Its place among the commitments of its second is known (by `draw`, not by sealing)."""

    id: bytes
    draw: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """It was sealed; `record` is the packed storage slot, with the seal, and the draw if known."""

    id: bytes
    record: int


@dataclass(frozen=True, slots=True)
class SealData:
    """Extra data of a seal, where there was any."""

    id: bytes
    extra: bytes


@dataclass(frozen=True, slots=True)
class Revoked:
    """Taken back openly by its owner."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Exposed:
    """Its decision was shown before the freeze; `reward` is the exposer's share of the bond."""

    id: bytes
    exposer: str
    reward: int
    decision: bytes


@dataclass(frozen=True, slots=True)
class OpenedKeep:
    """Opened with the decision `keep`, and therefore kept."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """Opened with any other decision; `phase` is what came of it: KEPT, REVERTED_BY_DECISION,
    INVALID_DECISION or PENDING.
    """

    id: bytes
    phase: Phase
    decision: bytes


@dataclass(frozen=True, slots=True)
class Resolved:
    """It was resolved: KEPT or REVERTED_BY_DECISION after it was pending; UNSEALED, UNREVEALED."""

    id: bytes
    phase: Phase


@dataclass(frozen=True, slots=True)
class Offered:
    """`offering` invited `target`; `floor` and `depth` are what the offer recorded."""

    offering: bytes
    target: bytes
    floor: bytes
    depth: int


@dataclass(frozen=True, slots=True)
class Declined:
    """`target` declined this offer."""

    offering: bytes
    target: bytes


@dataclass(frozen=True, slots=True)
class DeclinedAll:
    """`target` declines all offers."""

    target: bytes


@dataclass(frozen=True, slots=True)
class Joined:
    """It has joined the group of exactly these ids; `group` is the group's name."""

    group: bytes
    id: bytes
    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """All have joined: what the group stands for from then on."""

    group: bytes
    floor: bytes
    depth: int
    cover: int


@dataclass(frozen=True, slots=True)
class GroupResolved:
    """Bit i of `kept`: whether the i-th member (by id) is kept."""

    group: bytes
    kept: int


@dataclass(frozen=True, slots=True)
class Credited:
    """A payment could not be delivered; `account` may withdraw it."""

    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """`account` withdrew what it was owed, to `to`."""

    account: str
    to: str
    amount: int


@dataclass(frozen=True, slots=True)
class Executed:
    """Kept, with its guard true: payments are made, calls were tried. Bit i of `failed`: the i-th
    call failed, and may be retried.
    """

    id: bytes
    executor: str
    failed: int


@dataclass(frozen=True, slots=True)
class Refunded:
    """Reverted, or its guard false: the escrow went home."""

    id: bytes
    executor: str


@dataclass(frozen=True, slots=True)
class Retried:
    """A call that had failed was made."""

    id: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Released:
    """What a failed call would have spent went to whom the content names."""

    id: bytes
    index: int
    to: str


@dataclass(frozen=True, slots=True)
class EscrowCredited:
    """The enforcer's Credited: a transfer could not be delivered. Token zero is ether."""

    account: str
    token: str
    amount: int


@dataclass(frozen=True, slots=True)
class EscrowWithdrawn:
    """The enforcer's Withdrawn: `account` had what it was owed of `token` sent to `to`."""

    account: str
    token: str
    to: str
    amount: int


Event: TypeAlias = (
    Published
    | Drawn
    | Sealed
    | SealData
    | Revoked
    | Exposed
    | OpenedKeep
    | Opened
    | Resolved
    | Offered
    | Declined
    | DeclinedAll
    | Joined
    | Completed
    | GroupResolved
    | Credited
    | Withdrawn
    | Executed
    | Refunded
    | Retried
    | Released
    | EscrowCredited
    | EscrowWithdrawn
)
