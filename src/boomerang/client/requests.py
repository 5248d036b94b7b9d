"""Requests to one registry, to be signed and given to whoever sends them.

    request = registry.requests.seal(a1, seal, deadline).sign(signer)
    other_registry_object.relay(request)             # somebody else, somewhere else

Deadlines are Unix seconds, the last in which a request is good. Nothing is sent here; only `offer`
asks the chain anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.client.state import Commitment
from boomerang.errors import Undrawn
from boomerang.identity import NO_ID, Key
from boomerang.model import Standing
from boomerang.relay.requests import (
    DeclineRequest,
    JoinRequest,
    OfferRequest,
    PublishRequest,
    RevokeRequest,
    SealRequest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boomerang.client.registry import Registry
    from boomerang.content import Content


class Requests:
    """Unsigned requests to a registry; `Registry.requests` makes it."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def publish(
        self, key: Key, content: Content, deadline: int, funding: bytes = b""
    ) -> PublishRequest:
        """Publish. `content.key(…)` makes the key, of who is to be the committer."""
        return PublishRequest(
            **self._place(key),
            topic=content.topic,
            body=content.body,
            funding=funding,
            deadline=deadline,
        )

    def seal(
        self, of: Key | Commitment, seal: bytes, deadline: int, extra: bytes = b""
    ) -> SealRequest:
        """Seal. Keep the opening first!"""
        return SealRequest(**self._own(of), seal=seal, extra=extra, deadline=deadline)

    def revoke(self, of: Key | Commitment, deadline: int) -> RevokeRequest:
        """Take it back openly."""
        return RevokeRequest(**self._own(of), deadline=deadline)

    def offer(
        self, of: Key | Commitment, target: bytes, deadline: int, bound: Standing | None = None
    ) -> OfferRequest:
        """Offer, provided that it records just this floor and depth: by default what it would
        record now (`standing_after`).
        """
        held = bound or self.standing_after(of, target)
        return OfferRequest(
            **self._own(of), target=target, floor=held.floor, depth=held.depth, deadline=deadline
        )

    def standing_after(self, of: Key | Commitment, target: bytes) -> Standing:
        """The floor and depth that an offer to `target` would record now (section 6). Raises
        Undrawn where the order of the two floors is not known.
        """
        registry = self.registry
        own = registry.standing(registry.domain.commitment_id(_key(of)))
        theirs = registry.standing(target)
        depth = max(own.depth, theirs.depth + 1)
        if own.floor == theirs.floor:
            return Standing(own.floor, depth)
        sinks = registry.precedes(theirs.floor, own.floor)
        if sinks is None:
            raise Undrawn(theirs.floor, own.floor)
        return Standing(theirs.floor if sinks else own.floor, depth)

    def decline(
        self, of: Key | Commitment, deadline: int, offering: bytes = NO_ID
    ) -> DeclineRequest:
        """Decline the offer of `offering`; without it all offers, present and future."""
        return DeclineRequest(**self._own(of), offering=offering, deadline=deadline)

    def join(self, of: Key | Commitment, ids: Iterable[bytes], deadline: int) -> JoinRequest:
        """Join the group of these commitments, in any order; `of` is one of them."""
        members = tuple(sorted({*ids, self.registry.domain.commitment_id(_key(of))}))
        return JoinRequest(**self._own(of), ids=members, deadline=deadline)

    def _own(self, of: Key | Commitment) -> dict[str, Any]:
        key = _key(of)
        return {**self._place(key), "content_hash": key.content_hash}

    def _place(self, key: Key) -> dict[str, Any]:
        domain = self.registry.domain
        return {
            "chain_id": domain.chain_id,
            "registry": domain.registry,
            "committer": key.committer,
            "stake": key.stake,
        }


def _key(of: Key | Commitment) -> Key:
    return of.key if isinstance(of, Commitment) else of


__all__ = ["Requests"]
