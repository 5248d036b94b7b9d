"""What the model remembers: phases, records, standings, offers, money. No rules but the layout."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from boomerang.identity import NO_ID, SEAL_SIZE

if TYPE_CHECKING:
    from boomerang.content import Clauses
    from boomerang.identity import Key
    from boomerang.model.events import Event


class Phase(IntEnum):
    """Where a commitment stands; the numbers are the ABI's. From KEPT on the phase is final, and is
    the reason code of section 2.
    """

    UNPUBLISHED = 0
    TENTATIVE = 1
    SEALED = 2
    REVEALING = 3
    PENDING = 4
    KEPT = 5
    REVERTED_BY_DECISION = 6
    REVOKED = 7
    EXPOSED = 8
    UNSEALED = 9
    UNREVEALED = 10
    INVALID_DECISION = 11

    @property
    def final(self) -> bool:
        """Whether nothing can change it any more."""
        return self >= Phase.KEPT

    @property
    def kept(self) -> bool:
        """Whether the commitment binds."""
        return self is Phase.KEPT

    @property
    def label(self) -> str:
        """As the contract and the scenario files spell it: `RevertedByDecision`."""
        return self.name.title().replace("_", "")


class Obstacle(IntEnum):
    """Why x may not condition on y, in the order in which reasons are looked for (section 6); but
    GROUP_VOID, that both have joined one group that is not complete, is looked for after UNKNOWN.
    """

    NONE = 0
    UNKNOWN = 1
    SELF = 2
    TIED = 3
    NOT_OFFERED = 4
    DECLINED = 5
    OFFER_FELL = 6
    TOO_SHALLOW = 7
    COVER_TOO_LOW = 8
    GROUP_VOID = 9

    @property
    def label(self) -> str:
        """As the contract spells it: `NotOffered`."""
        return self.name.title().replace("_", "")


NO_SEAL = bytes(SEAL_SIZE)

EXECUTED = (1).to_bytes(SEAL_SIZE, "big")
"""What stands in the seal's place once the clauses are executed, or the escrow has gone home."""


@dataclass(frozen=True, slots=True)
class Record:
    """One commitment. `phase` is the stored one: time may have made more of it.

    `draw` is 0 until drawn. `seal` holds the 23-byte seal while sealed, the first 23 bytes of the
    decision's hash while pending, zeros otherwise; `decision` the bytes that were opened.
    """

    key: Key
    phase: Phase
    freeze: int
    publish_block: int
    draw: int = 0
    declines_all: bool = False
    has_offered: bool = False
    in_group: bool = False
    seal: bytes = NO_SEAL
    decision: bytes = b""

    @property
    def executed(self) -> bool:
        """Whether its clauses were carried out, or its escrow has gone home."""
        return self.phase.final and self.seal == EXECUTED

    def packed(self) -> int:
        """The storage slot of the contract (docs/protocol.md, "State")."""
        flags = self.phase | bool(self.draw) << 4 | self.declines_all << 5 | self.has_offered << 6
        flags |= self.in_group << 7
        place = self.draw or self.publish_block
        return flags | self.freeze << 8 | place << 40 | int.from_bytes(self.seal, "big") << 72


@dataclass(frozen=True, slots=True)
class Standing:
    """The floor F(x) and depth(x) of section 6. Before any offer: x itself, and 0."""

    floor: bytes
    depth: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What the last offer of a pair recorded; `first_made` is the second of the pair's first."""

    floor: bytes = NO_ID
    depth: int = 0
    first_made: int = 0
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """What a complete group is towards commitments outside (section 7): its lowest floor, its
    largest depth, its smallest cover (wei).
    """

    floor: bytes
    depth: int
    cover: int


@dataclass(frozen=True, slots=True)
class Group:
    """Who is to be in it (ascending), who has joined, and its node once all have.

    `promised`: the largest cover of a member that had offered when it joined; the group's may not
    be less. `closes_at`: the first second in which nobody may join any more, since one who has
    joined may no longer.
    """

    ids: tuple[bytes, ...]
    joined: frozenset[bytes] = frozenset()
    node: Node | None = None
    promised: int = 0
    closes_at: int = (1 << 32) - 1


@dataclass(slots=True)
class State:
    """Everything that changes. Values are immutable: a copy copies mappings only.

    `balances` are the differences, in wei, that registry and enforcer made to each account; with
    what the registry holds, owes and burned, and the ether in the enforcer's `pot`, they always sum
    to zero.

    `pot` is what the enforcer holds of each token (zero address: ether), `tokens` what accounts
    hold of tokens, `allowances` how much of them the enforcer may move (2^256 - 1: without end),
    both by (token, account); `clauses` those of every commitment that has some, executed or not;
    `outstanding` the bitmap of the calls that failed; `credits` what the enforcer owes, by
    (account, token).
    """

    records: dict[bytes, Record] = field(default_factory=dict)
    standings: dict[bytes, Standing] = field(default_factory=dict)
    offers: dict[tuple[bytes, bytes], Offer] = field(default_factory=dict)  # (offering, target)
    groups: dict[bytes, Group] = field(default_factory=dict)
    memberships: dict[bytes, bytes] = field(default_factory=dict)  # id: the group that it joined
    balances: dict[str, int] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    held: int = 0
    burned: int = 0
    pot: dict[str, int] = field(default_factory=dict)
    tokens: dict[tuple[str, str], int] = field(default_factory=dict)
    allowances: dict[tuple[str, str], int] = field(default_factory=dict)
    clauses: dict[bytes, Clauses] = field(default_factory=dict)
    outstanding: dict[bytes, int] = field(default_factory=dict)
    credits: dict[tuple[str, str], int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def copy(self) -> State:
        """An independent copy."""
        return replace(
            self,
            records=dict(self.records),
            standings=dict(self.standings),
            offers=dict(self.offers),
            groups=dict(self.groups),
            memberships=dict(self.memberships),
            balances=dict(self.balances),
            owed=dict(self.owed),
            pot=dict(self.pot),
            tokens=dict(self.tokens),
            allowances=dict(self.allowances),
            clauses=dict(self.clauses),
            outstanding=dict(self.outstanding),
            credits=dict(self.credits),
            events=list(self.events),
        )
