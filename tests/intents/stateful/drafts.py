"""Batches before they are signed: what a generator builds, joins, and spoils."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from boomerang.intents.batch import Batch, Leg, Order, Route, Sweep
from intents.stateful.cast import CODED
from intents.stateful.signing import by_code, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.intents.message import Intent, IntentDomain

KEY, CODE, EMPTY = "key", "code", "empty"
"""How an order is signed: ECDSA, ERC-1271, not at all."""
Genuine = tuple[bytes, bytes, bytes]


@dataclass(frozen=True)
class Draft:
    """An order: its intent, how many branches are handed in, and how it is signed. `spoil` changes
    the signature afterwards.
    """

    intent: Intent
    given: int
    manner: str = KEY
    spoil: Callable[[bytes], bytes] | None = None
    domain: IntentDomain | None = None
    """Where it was signed for, if not here."""

    def signed(self, domain: IntentDomain) -> tuple[Order, Genuine | None]:
        """The order, and the signature that was really made."""
        intent = self.intent
        order = Order.of(intent, given=self.given)
        digest = order.hash(self.domain or domain)
        signature, genuine = b"", None
        if self.manner == KEY:
            signature = sign(intent.maker, digest)
            genuine = intent.maker, digest, signature
        elif self.manner == CODE:
            signature = by_code(intent.maker, digest)
        if self.spoil is not None:
            signature = self.spoil(signature)
        return replace(order, signature=signature), genuine


@dataclass(frozen=True)
class Plan:
    """A batch of drafts."""

    drafts: tuple[Draft, ...] = ()
    legs: tuple[Leg, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    routes: tuple[Route, ...] = ()
    kinds: frozenset[str] = field(default_factory=frozenset)
    """What is in it, for those who count."""

    def __add__(self, other: Plan) -> Plan:
        """Both in one batch."""
        n = len(self.drafts)
        return Plan(
            self.drafts + other.drafts,
            self.legs + tuple(replace(leg, order=leg.order + n) for leg in other.legs),
            self.sweeps + tuple(replace(move, order=move.order + n) for move in other.sweeps),
            self.routes + tuple(replace(move, order=move.order + n) for move in other.routes),
            self.kinds | other.kinds,
        )

    def with_draft(self, index: int, draft: Draft) -> Plan:
        """Another draft in one's place."""
        drafts = list(self.drafts)
        drafts[index] = draft
        return replace(self, drafts=tuple(drafts))

    def signed(self, domain: IntentDomain) -> tuple[Batch, frozenset[Genuine]]:
        """The batch, and the signatures that were really made for it."""
        made = [draft.signed(domain) for draft in self.drafts]
        batch = Batch(tuple(order for order, _ in made), self.legs, self.sweeps, self.routes)
        return batch, frozenset(genuine for _, genuine in made if genuine is not None)


def manner_of(maker: bytes, dice: float) -> str:
    """Most sign with their keys; of those with code, most with it."""
    return CODE if maker in CODED and dice < 0.8 else KEY
