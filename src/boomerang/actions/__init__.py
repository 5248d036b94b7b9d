"""The registry's actions, with everything bound to bytes: `codec` makes calls of them, `on_model`
carries them out on the reference model.

Where an action is on the caller's own commitment, the key may be that of somebody else's all the
same: the registry then looks for one of the caller's with that stake and content, and finds none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from boomerang.identity import Key


@dataclass(frozen=True, slots=True)
class Publish:
    """Publish a body under a key, whose committer acts; `value` wei are sent along."""

    key: Key
    topic: bytes
    body: bytes
    value: int


@dataclass(frozen=True, slots=True)
class Draw:
    """Record draws."""

    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Seal:
    """Seal the caller's commitment."""

    key: Key
    seal: bytes


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take the caller's commitment back."""

    key: Key


@dataclass(frozen=True, slots=True)
class Expose:
    """Show a sealed decision before the freeze."""

    key: Key
    decision: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Open:
    """Open a seal. `dependencies` are the keys of the decision's atoms; None where the owner opens
    and none are needed, which the registry has a cheaper call for.
    """

    key: Key
    decision: bytes
    salt: bytes
    dependencies: tuple[Key, ...] | None


@dataclass(frozen=True, slots=True)
class Offer:
    """The caller's commitment invites an earlier one."""

    key: Key
    target: bytes


@dataclass(frozen=True, slots=True)
class Decline:
    """The caller's commitment declines one offer; all of them where `offering` is None."""

    key: Key
    offering: bytes | None


@dataclass(frozen=True, slots=True)
class Join:
    """The caller's commitment agrees to the group of exactly these ids, ascending."""

    key: Key
    ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Settle:
    """Resolve a group: its ids, ascending, and what each member was opened with."""

    ids: tuple[bytes, ...]
    decisions: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Resolve:
    """Settle commitments, in this order, all or nothing."""

    resolutions: tuple[tuple[Key, bytes], ...]


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Fetch what is owed to the caller: of a token by the enforcer, else by the registry."""

    to: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Deliver:
    """Have what is owed to an account sent to it; `token` as in Withdraw."""

    account: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Execute:
    """Carry out a commitment's clauses, or send its escrow home."""

    key: Key
    topic: bytes
    body: bytes
    tip_to: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Make a call that failed."""

    key: Key
    topic: bytes
    body: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Release:
    """Give what a failed call would have spent to whom the content names."""

    key: Key
    topic: bytes
    body: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Approve:
    """Let the enforcer move so much of the caller's tokens."""

    token: str
    amount: int


Enforcement: TypeAlias = Execute | Retry | Release
Action: TypeAlias = (
    Publish
    | Draw
    | Seal
    | Revoke
    | Expose
    | Open
    | Offer
    | Decline
    | Join
    | Settle
    | Resolve
    | Withdraw
    | Deliver
    | Enforcement
    | Approve
)


@dataclass(frozen=True, slots=True)
class Request:
    """An action by an agent."""

    agent: str
    action: Action
