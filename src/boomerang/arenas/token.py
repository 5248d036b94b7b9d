"""The token of demonstrations and tests: anybody may mint it, and it is worth nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from boomerang.arenas.sending import sent
from boomerang.chains.base import Tx
from boomerang.client import Erc20, interface

if TYPE_CHECKING:
    from boomerang.chains.base import Chain, Receipt, Signer


class TestToken(Erc20):
    """A `TestToken` at an address. Amounts are in its smallest unit; it has 18 decimals."""

    __test__ = False  # pytest collects classes of such a name

    @classmethod
    def deploy(
        cls,
        chain: Chain,
        name: str = "Test Token",
        symbol: str = "TEST",
        *,
        sender: str | None = None,
        signer: Signer | None = None,
    ) -> Self:
        """Deploy one. By default the signer's account sends it, else the chain's first."""
        who = sender or (signer.address if signer else chain.accounts()[0])
        receipt = sent(chain, cls.tx_deploy(who, name, symbol), signer)
        return cls(chain, str(receipt.contract))

    @staticmethod
    def tx_deploy(sender: str, name: str = "Test Token", symbol: str = "TEST") -> Tx:
        """The transaction that creates one."""
        return Tx(sender, None, interface("TestToken").creation(name, symbol))

    def mint(self, to: str, amount: int, *, signer: Signer | None = None) -> Receipt:
        """Make so much out of nothing."""
        sender = signer.address if signer else self.chain.accounts()[0]
        return sent(self.chain, self.tx_mint(sender, to, amount), signer)

    def tx_mint(self, sender: str, to: str, amount: int) -> Tx:
        return Tx(sender, self.address, interface("TestToken").functions["mint"].encode(to, amount))

    def approve(
        self, owner: str, spender: str, amount: int, *, signer: Signer | None = None
    ) -> Receipt:
        """Let the spender move so much of the owner's."""
        return sent(self.chain, self.tx_approve(owner, spender, amount), signer)
