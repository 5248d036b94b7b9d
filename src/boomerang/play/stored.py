"""Secrets for agents whose bonds are real: random, and on disk before anything is sent."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from boomerang import decisions
from boomerang.identity import NONCE_BITS
from boomerang.model import Phase
from boomerang.store.errors import NoOpening

if TYPE_CHECKING:
    from boomerang.client.state import State
    from boomerang.content import Content
    from boomerang.identity import Domain, Key, Opening
    from boomerang.store import Store


class StoredSecrets:
    """Random nonces and salts. An opening is in `store`, synced, before it is returned: only then
    may its seal be sent. Of play that is interrupted, `recall` brings the openings back.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def nonce(self) -> int:
        return secrets.randbits(NONCE_BITS)

    def plan(self, domain: Domain, key: Key, decision: bytes, content: Content) -> Opening:
        """Raises StoreError where it could not be kept: then nothing may be sent."""
        text = decisions.format(decisions.decode(decision))
        return self.store.plan_opening(domain, key, decision, text, content).record.opening

    def recall(self, account: str, state: State) -> dict[bytes, Opening]:
        """The openings in the store of this account's seals that wait to be opened. Raises
        RecordDamaged for one that is there and cannot be read.
        """
        found = {}
        for one in state.commitments.values():
            record = state.model.record(one.id)
            if one.key.committer == account and record.phase is Phase.SEALED:
                with contextlib.suppress(NoOpening):  # sealed by another hand
                    found[one.id] = self.store.opening_of(one.id, record.seal).record.opening
        return found


__all__ = ["StoredSecrets"]
