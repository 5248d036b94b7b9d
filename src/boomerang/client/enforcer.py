"""The enforcer of a registry: executing, retrying, releasing, and what is owed.

    enforcer = registry.enforcer
    enforcer.approve(GOLD, 5, sender=bob)        # before bob publishes with 5 of GOLD in escrow
    enforcer.execute(commitment_id)              # by anyone, once the outcome is final

Whoever executes needs nothing but the id: key and content are in the publication's event. Errors
and units are as in `client.registry`; a token is its address, the zero address is ether.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.chains.base import Tx
from boomerang.client.contracts import ENFORCER, interface
from boomerang.client.state import Commitment
from boomerang.client.tokens import Erc20
from boomerang.errors import NotFunded
from boomerang.identity import ZERO_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boomerang.client.registry import Done, Registry
    from boomerang.content import Asset


class Enforcer:
    """The enforcer of one registry; `Registry.enforcer` makes it."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.chain = registry.chain
        self.address = registry.contracts.enforcer

    # -------------------------------------------------------------------------- execution

    def execute(
        self, of: Commitment | bytes, tip_to: str = ZERO_ADDRESS, *, sender: str | None = None
    ) -> Done:
        """Carry out the clauses of a commitment whose outcome is final: once, by anyone. The tip
        goes to `tip_to`; zero: the sender.
        """
        return self.registry.send(self.tx_execute(of, tip_to, sender=sender))

    def tx_execute(
        self, of: Commitment | bytes, tip_to: str = ZERO_ADDRESS, *, sender: str | None = None
    ) -> Tx:
        return self._tx(sender, "execute", *self._content(of), tip_to)

    def retry(self, of: Commitment | bytes, index: int, *, sender: str | None = None) -> Done:
        """Make a call that failed, until the content's deadline (included)."""
        return self.registry.send(self.tx_retry(of, index, sender=sender))

    def tx_retry(self, of: Commitment | bytes, index: int, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "retry", *self._content(of), index)

    def release(self, of: Commitment | bytes, index: int, *, sender: str | None = None) -> Done:
        """After the deadline: give what a failed call would have spent to whom it names."""
        return self.registry.send(self.tx_release(of, index, sender=sender))

    def tx_release(self, of: Commitment | bytes, index: int, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "release", *self._content(of), index)

    def _content(self, of: Commitment | bytes) -> tuple[tuple[str, int, bytes], bytes, bytes]:
        known = of if isinstance(of, Commitment) else self.registry.published(of)
        key = (known.key.committer, known.key.stake, known.key.content_hash)
        return key, known.content.topic, known.content.body

    # ------------------------------------------------------------------------------ money

    def withdraw(self, token: str, to: str, *, sender: str | None = None) -> Done:
        """Have what could not be delivered to the sender sent to `to`."""
        return self.registry.send(self.tx_withdraw(token, to, sender=sender))

    def tx_withdraw(self, token: str, to: str, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "withdraw", token, to)

    def deliver(self, account: str, token: str, *, sender: str | None = None) -> Done:
        """The same by anyone, to that account itself."""
        return self.registry.send(self.tx_deliver(account, token, sender=sender))

    def tx_deliver(self, account: str, token: str, *, sender: str | None = None) -> Tx:
        return self._tx(sender, "deliver", account, token)

    def approve(self, token: str, amount: int, *, sender: str | None = None) -> Done:
        """Let the enforcer move so much of the sender's tokens, for an escrow to come."""
        return self.registry.send(self.tx_approve(token, amount, sender=sender))

    def tx_approve(self, token: str, amount: int, *, sender: str | None = None) -> Tx:
        who = sender or self.registry.sender
        return Erc20(self.chain, token).tx_approve(who, self.address, amount)

    def missing(self, owner: str, escrow: Iterable[Asset]) -> list[tuple[Asset, int]]:
        """The assets of an escrow, ether left out, of which the enforcer may not move enough, and
        how much it may.
        """
        allowed = (
            (asset, Erc20(self.chain, asset.token).allowance(owner, self.address))
            for asset in escrow
            if asset.token != ZERO_ADDRESS
        )
        return [(asset, may) for asset, may in allowed if may < asset.amount]

    def check_funds(self, owner: str, escrow: Iterable[Asset], by_allowance: bool = True) -> None:
        """Refuse, before anything is sent, an escrow that its owner's tokens do not cover
        (NotFunded), or, `by_allowance`, that the enforcer may not move.
        """
        assets = [asset for asset in escrow if asset.token != ZERO_ADDRESS]
        for asset in assets:
            has = Erc20(self.chain, asset.token).balance_of(owner)
            if has < asset.amount:
                raise NotFunded(
                    f"{owner} has {has} of {asset.token}; the escrow takes {asset.amount}"
                )
        for asset, may in self.missing(owner, assets) if by_allowance else ():
            raise NotFunded(
                f"the enforcer {self.address} may move {may} of {owner}'s {asset.token}; the "
                f"escrow takes {asset.amount}: approve it first"
            )

    # ------------------------------------------------------------------------------ views

    def view(self, function: str, *values: Any, at: int | None = None) -> Any:
        """Any view by its name, with ABI values."""
        return self.registry.view_of(ENFORCER, function, *values, at=at)

    def owed(self, account: str, token: str = ZERO_ADDRESS) -> int:
        """How much of a token the account may withdraw."""
        answer: int = self.view("owed", account, token)
        return answer

    def outstanding(self, commitment: bytes) -> int:
        """Bit i: the i-th call failed and was not made up for."""
        answer: int = self.view("outstanding", commitment)
        return answer

    def envoy_of(self, commitment: bytes) -> str:
        """The address that makes this commitment's calls; known before it exists."""
        answer: str = self.view("envoyOf", commitment)
        return answer

    def holds(self, token: str = ZERO_ADDRESS) -> int:
        """How much of a token it holds."""
        if token == ZERO_ADDRESS:
            return self.chain.balance(self.address)
        return Erc20(self.chain, token).balance_of(self.address)

    def _tx(self, sender: str | None, function: str, *values: Any) -> Tx:
        data = interface(ENFORCER).functions[function].encode(*values)
        return Tx(sender or self.registry.sender, self.address, data)


__all__ = ["Enforcer"]
