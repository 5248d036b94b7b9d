"""The groups of a registry: joining, resolving, and why a result came out as it did.

    groups = registry.groups
    groups.join(a1, [a1.id, b1.id])              # by the committer of each, in time
    groups.resolve([a1.id, b1.id])               # by anyone, once all members are opened or lapsed
    groups.explain([a1.id, b1.id]).kept

Ids may be given in any order: a group is the set of them. Errors and units are as in
`client.registry`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import Tx
from boomerang.client.contracts import GROUPS, interface
from boomerang.client.state import Commitment
from boomerang.errors import NotComplete
from boomerang.groups import NO_GROUP, group_id
from boomerang.model import Node, Phase
from boomerang.relay import messages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boomerang.chains.base import Signer
    from boomerang.client.registry import Done, Registry
    from boomerang.groups import Settlement
    from boomerang.identity import Key


@dataclass(frozen=True, slots=True)
class Together:
    """Whether two commitments have joined the same group, and whether that one is complete."""

    same: bool
    complete: bool


class Groups:
    """The groups of one registry; `Registry.groups` makes it."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.address = registry.contracts.groups

    # ---------------------------------------------------------------------------- joining

    def join(
        self, of: Key | Commitment, ids: Iterable[bytes], *, sender: str | None = None
    ) -> Done:
        """One's own commitment agrees to the group of exactly these ids, itself among them. It
        offers no more from then on, and joins no other.
        """
        return self.registry.send(self.tx_join(of, ids, sender=sender))

    def tx_join(
        self, of: Key | Commitment, ids: Iterable[bytes], *, sender: str | None = None
    ) -> Tx:
        key = _key(of)
        values = (key.stake, key.content_hash, sorted(ids))
        return self._tx(sender or key.committer, "join", *values)

    def join_for(
        self,
        of: Key | Commitment,
        ids: Iterable[bytes],
        deadline: int,
        signature: bytes,
        *,
        sender: str | None = None,
    ) -> Done:
        """Join with the committer's signature (`sign_join`), good until `deadline`."""
        return self.registry.send(self.tx_join_for(of, ids, deadline, signature, sender=sender))

    def tx_join_for(
        self,
        of: Key | Commitment,
        ids: Iterable[bytes],
        deadline: int,
        signature: bytes,
        *,
        sender: str | None = None,
    ) -> Tx:
        values = (_values(_key(of)), sorted(ids), deadline, signature)
        return self._tx(sender or self.registry.sender, "joinFor", *values)

    def sign_join(
        self, of: Key | Commitment, ids: Iterable[bytes], deadline: int, signer: Signer
    ) -> bytes:
        """The committer's signature that `join_for` takes."""
        commitment = self.registry.domain.commitment_id(_key(of))
        message = messages.JoinRequest(commitment, group_id(sorted(ids)), deadline)
        chain = self.registry.domain.chain_id
        return message.sign(messages.SigningDomain.of_groups(chain, self.address), signer)

    # ------------------------------------------------------------------------- resolution

    def resolve(
        self,
        ids: Iterable[bytes],
        decisions: Iterable[bytes] | None = None,
        *,
        sender: str | None = None,
    ) -> Done:
        """Settle a group. `decisions` are what was opened, for each of the ids in ascending order;
        by default the history knows.
        """
        return self.registry.send(self.tx_resolve(ids, decisions, sender=sender))

    def tx_resolve(
        self,
        ids: Iterable[bytes],
        decisions: Iterable[bytes] | None = None,
        *,
        sender: str | None = None,
    ) -> Tx:
        members = sorted(ids)
        given = self._decisions(members) if decisions is None else list(decisions)
        return self._tx(sender or self.registry.sender, "resolve", members, given)

    def _decisions(self, members: list[bytes]) -> list[bytes]:
        return self.registry.state().group_decisions(members)

    def explain(self, ids: Iterable[bytes], at: int | None = None) -> Settlement:
        """What a group comes to, or has come to, and why, worked out from the history alone.
        Raises MalformedGroup, NotComplete, and DependencyPending while it waits for somebody.
        `boomerang.groups.explain` says it in words.
        """
        time = self.registry.chain.now() if at is None else at
        return self.registry.state().settlement(sorted(ids), time)

    # ------------------------------------------------------------------------------ views

    def view(self, function: str, *values: Any, at: int | None = None) -> Any:
        """Any view by its name, with ABI values."""
        return self.registry.view_of(GROUPS, function, *values, at=at)

    def group_of(self, commitment: bytes) -> bytes | None:
        """The 32-byte name of the group that it has joined."""
        answer: bytes = self.view("groupOf", commitment)
        return None if answer == NO_GROUP else answer

    def together(self, x: bytes, y: bytes) -> Together:
        """Whether two have joined the same group."""
        return Together(*self.view("together", x, y))

    def node(self, commitment: bytes) -> Node | None:
        """What a member of a complete group stands for; None for all others."""
        complete, floor, depth, cover = self.view("node", commitment)
        return Node(floor, depth, cover) if complete else None

    def members(self, group: bytes) -> tuple[bytes, ...]:
        """Who is to be in a group, ascending, by its name: from the history, since the chain keeps
        the name alone. NotComplete where nobody has joined it.
        """
        found = self.registry.state().model.group(group)
        if found is None:
            raise NotComplete(group)
        return found.ids

    def judge(
        self, commitment: bytes, decision: bytes, dependencies: Iterable[Key | Commitment] = ()
    ) -> Phase:
        """What the opening of a member of a complete group comes to: PENDING or INVALID_DECISION.
        Raises NotComplete and KeyMissing.
        """
        keys = [_values(_key(d)) for d in dependencies]
        return Phase(self.view("judge", commitment, decision, keys))

    def outcome(
        self,
        ids: Iterable[bytes],
        decisions: Iterable[bytes] | None = None,
        at: int | None = None,
    ) -> dict[bytes, bool]:
        """Whether each member would be kept, as the contract works it out. Errors as `resolve`."""
        members = sorted(ids)
        given = self._decisions(members) if decisions is None else list(decisions)
        kept: int = self.view("outcome", members, given, at=at)
        return {member: bool(kept >> i & 1) for i, member in enumerate(members)}

    def _tx(self, sender: str, function: str, *values: Any) -> Tx:
        return Tx(sender, self.address, interface(GROUPS).functions[function].encode(*values))


def _key(of: Key | Commitment) -> Key:
    return of.key if isinstance(of, Commitment) else of


def _values(key: Key) -> tuple[str, int, bytes]:
    return (key.committer, key.stake, key.content_hash)


__all__ = ["Groups", "Together"]
