"""What a relay does with what comes in: check it, keep it, forget it. No HTTP here.

It forbids nothing and guarantees nothing: what a relay holds, anybody may settle, and what it
dropped may be settled too by whoever has a copy.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from boomerang.errors import BoomerangError, InvalidInput
from boomerang.identity import ZERO_ADDRESS
from boomerang.intents.language.canonical import check_canonical
from boomerang.intents.relay.limits import Limits
from boomerang.intents.relay.signed import (
    SIGNATURE_LIMIT,
    Withdrawal,
    WrongDomain,
    WrongSignature,
    relay_domain,
)
from boomerang.intents.relay.store import PAGE, Kept, Status, Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.intents.message import IntentDomain
    from boomerang.intents.relay.chain import View
    from boomerang.intents.relay.signed import SignedIntent

SWEEP: Final = 1_000
"""Intents whose nonces are looked up in one sweep at most."""


class Expired(InvalidInput):
    """A deadline that has passed."""

    def __init__(self, deadline: int, now: int) -> None:
        """Both in Unix seconds."""
        self.deadline = deadline
        super().__init__(f"the deadline {deadline} has passed: it is {now} here")


class NotFound(InvalidInput):
    """No intent of this name is here."""

    def __init__(self, name: bytes) -> None:
        """`name`: its hash."""
        super().__init__(f"no intent 0x{name.hex()} is here, or it expired")


class Conflict(InvalidInput):
    """The relay knows better: the intent was withdrawn, or its nonce is used."""


class Full(BoomerangError):
    """The relay keeps no more: of this maker, or at all."""

    exit_code = 1


class Desk:
    """A relay of one settlement contract's intents.

    `clock`: Unix seconds of this machine. Where there is a `view` of the chain, its time counts,
    and signatures of wallets, approvals and used nonces are looked up there.
    """

    def __init__(
        self,
        domain: IntentDomain,
        store: Store,
        *,
        clock: Callable[[], float],
        view: View | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.domain = domain
        self.limits = limits or Limits()
        self._store = store
        self._clock = clock
        self._view = view
        self._asking = threading.Lock()
        self._ahead = 0.0
        self._swept = 0

    def now(self) -> int:
        """The chain's second, as far as it was last asked; else this machine's."""
        return int(self._clock() + self._ahead)

    def _tell_time(self) -> None:
        if self._view is not None:
            self._ahead = self._view.now() - self._clock()

    # ---------------------------------------------------------------------------- taking, giving

    def submit(self, signed: SignedIntent) -> tuple[Kept, bool]:
        """Keep an intent; whether it is new. It is on disk when this returns.

        Raises WrongDomain, NotCanonical, Expired, WrongSignature, Conflict, Full, and
        ChainFault where a chain had to be asked and does not answer.
        """
        if signed.domain != self.domain:
            raise WrongDomain(signed.domain, self.domain)
        check_canonical(signed.intent)
        with self._asking:
            self._tell_time()
            now = self.now()
            if signed.intent.deadline < now:
                raise Expired(signed.intent.deadline, now)
            name = signed.hash
            self._check_signature(signed.intent.maker, name, signed.signature)
            there = self._store.get(name, now)
            if there is not None and there.status is Status.WITHDRAWN:
                raise Conflict("its maker withdrew it; sign another, with a nonce of its own")
            if self._view is not None and self._view.used(signed.intent, name):
                raise Conflict(f"nonce {signed.intent.nonce} of {signed.maker} is used on chain")
            new = there is None or there.status is not Status.OPEN
            if there is None:
                self._check_room(signed)
                self._store.add(signed, now)
            elif new:
                self._store.restore(signed, now)
        return self.get(name), new

    def _check_signature(self, maker: bytes, digest: bytes, signature: bytes) -> None:
        from eth_utils.address import to_checksum_address

        from boomerang.relay.messages import recover

        recovered = recover(digest, signature) if signature else ZERO_ADDRESS
        account = str(to_checksum_address(maker))
        if recovered == account:
            return
        if self._view is None or not self._view.accepts(maker, digest, signature):
            raise WrongSignature(account, recovered)

    def _check_room(self, signed: SignedIntent) -> None:
        if self._store.count(signed.intent.maker) >= self.limits.per_maker:
            raise Full(f"{signed.maker} has {self.limits.per_maker} intents here, and no more fit")
        if self._store.count() >= self.limits.total:
            raise Full(f"there are {self.limits.total} intents here, and no more fit")

    def get(self, name: bytes) -> Kept:
        """One by its hash. Raises NotFound."""
        found = self._store.get(name, self.now())
        if found is None:
            raise NotFound(name)
        return found

    def page(
        self,
        *,
        sell: bytes | None = None,
        buy: bytes | None = None,
        maker: bytes | None = None,
        status: Status | None = Status.OPEN,
        after: int = 0,
        limit: int = PAGE,
    ) -> tuple[list[Kept], int | None]:
        """As `Store.page`, of what has not expired."""
        return self._store.page(
            self.now(), sell=sell, buy=buy, maker=maker, status=status, after=after, limit=limit
        )

    def withdraw(self, name: bytes, deadline: int, signature: bytes) -> Kept:
        """Forget an intent, as its maker asks. Raises NotFound, Expired, WrongSignature."""
        if len(signature) > SIGNATURE_LIMIT or not signature:
            raise InvalidInput(f"a withdrawal's signature has 1 to {SIGNATURE_LIMIT} bytes")
        found = self.get(name)
        with self._asking:
            now = self.now()
            if deadline < now:
                raise Expired(deadline, now)
            digest = Withdrawal(name, deadline).digest(relay_domain(self.domain))
            self._check_signature(found.maker, digest, signature)
            self._store.mark([name], Status.WITHDRAWN)
        return self.get(name)

    # --------------------------------------------------------------------------------- forgetting

    def sweep(self) -> tuple[int, int]:
        """Forget what expired, and what the chain shows used; how many of each.

        Of very many intents so many are looked up; the next sweep goes on behind them.
        """
        with self._asking:
            self._tell_time()
            expired = self._store.forget_expired(self.now())
        if self._view is None:
            return expired, 0
        used: list[bytes] = []
        seen = 0
        while seen < SWEEP:
            found, after = self.page(after=self._swept)
            seen += max(len(found), 1)
            for one in found:
                with self._asking:
                    if one.signed is not None and self._view.used(one.signed.intent, one.hash):
                        used.append(one.hash)
            self._swept = after or 0
            if after is None:
                break
        return expired, self._store.mark(used, Status.USED)


__all__ = ["SWEEP", "Conflict", "Desk", "Expired", "Full", "NotFound"]
