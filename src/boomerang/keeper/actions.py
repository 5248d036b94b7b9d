"""What a keeper may do on a chain: one action, when it may be done and when it should be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

BATCHES = frozenset(("draw", "resolve"))


class Kind(StrEnum):
    """The sorts of action. Those after RESOLVE need nobody in particular either."""

    PUBLISH = "publish"
    DRAW = "draw"
    OFFER = "offer"
    DECLINE = "decline"
    SEAL = "seal"
    OPEN = "open"
    RESOLVE = "resolve"
    RESOLVE_GROUP = "resolve-group"
    EXECUTE = "execute"
    RETRY = "retry"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do. Times are Unix seconds.

    `ids` are the commitments that it is about, in the order in which the chain is told them;
    `other` is the target of an offer, or the offer that is declined (None: all of them);
    `index` is the call to retry or release. `sender` must send it; None: anybody may.
    The chain accepts it from `opens` to `closes`, both included (None: no end in sight); the keeper
    means to send it at `due`. `blocked` says why it cannot be sent now although it may be due.
    `at_stake`: wei that are lost if it is never done. `program` is a decision to be sealed.
    """

    kind: Kind
    ids: tuple[bytes, ...]
    opens: int
    due: int
    closes: int | None = None
    why: str = ""
    sender: str | None = None
    other: bytes | None = None
    index: int | None = None
    program: bytes = b""
    blocked: str | None = None
    at_stake: int = 0

    @property
    def key(self) -> str:
        """What one transaction at a time is for. Batches have one key: what they hold may change
        while they wait.
        """
        if self.kind in BATCHES:
            return str(self.kind)
        parts = [str(self.kind), *(one.hex() for one in self.ids)]
        if self.other is not None:
            parts.append(self.other.hex())
        if self.index is not None:
            parts.append(str(self.index))
        return ":".join(parts)

    def lateness(self, now: int) -> float:
        """How much of the time from `due` to the deadline is over: 0 to 1; 0 without one."""
        if self.closes is None or now <= self.due:
            return 0.0
        if now > self.closes:
            return 1.0
        return (now - self.due) / (self.closes + 1 - self.due)
