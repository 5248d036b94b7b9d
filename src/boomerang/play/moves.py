"""What an agent may do. Moves name commitments by id and decisions by what they say; nonces, salts
and seals are the business of the hand that carries a move out (`boomerang.play.hand`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from boomerang.content import Content
    from boomerang.decisions import Expression


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish a commitment, tentative for the registry's period. `bond` and `cover` in wei.

    On a device without tentative commitments (`irrevocable`) it binds at once; there `otherwise`
    may name the statement that binds instead if somebody was first. Boomerang has no such thing.
    """

    content: Content
    bond: int = 0
    cover: int = 0
    otherwise: Content | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """Seal the decision on one's own commitment, once."""

    of: bytes
    decision: Expression


@dataclass(frozen=True, slots=True)
class Open:
    """Open a seal whose opening one knows: one's own, or one that was told."""

    of: bytes


@dataclass(frozen=True, slots=True)
class Offer:
    """Let the earlier commitment `to` condition on one's own, later one."""

    of: bytes
    to: bytes


@dataclass(frozen=True, slots=True)
class Decline:
    """Refuse an offer to one's own commitment; all of them, for good, without `offering`."""

    of: bytes
    offering: bytes | None = None


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take one's own commitment back, before its seal."""

    of: bytes


@dataclass(frozen=True, slots=True)
class Expose:
    """Show another's sealed decision before its freeze: for who was told its opening."""

    of: bytes


@dataclass(frozen=True, slots=True)
class Join:
    """Agree that one's own commitment and these others are a group, in which conditions may loop;
    `ids` are all of its members, this one among them. Once all have agreed, it is one.
    """

    of: bytes
    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """Record the draws of commitments; anybody may, before their freeze."""

    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """Off the chain: hand the opening of one's own seal to another seat, who sees it at once."""

    to: int
    of: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Do not ask me before this Unix second, unless a block is seen in which something happened."""

    until: int


OnChain: TypeAlias = Publish | Seal | Open | Offer | Decline | Revoke | Expose | Join | Draw
Move: TypeAlias = OnChain | Tell | Wait
