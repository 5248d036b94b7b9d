"""What a relay asks a chain: nonces, approvals, wallets' signatures, the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from eth_utils.address import to_checksum_address

from boomerang.chains.base import CallReverted, Tx
from boomerang.client.abi import Function, UnexpectedAnswer

if TYPE_CHECKING:
    from boomerang.chains.base import Chain
    from boomerang.intents.message import Intent, IntentDomain

WALLET_GAS: Final = 150_000
"""Gas that the settlement contract gives an ERC-1271 wallet."""
_MAGIC: Final = bytes.fromhex("1626ba7e")
_WORD: Final = 128
_HASH_BITS: Final = 144


class View(Protocol):
    """A settlement contract on a chain. All of it may raise ChainFault."""

    def now(self) -> int:
        """The present second, in Unix seconds."""
        ...

    def accepts(self, maker: bytes, hash: bytes, signature: bytes) -> bool:  # noqa: A002
        """Whether the maker approved the hash (an empty signature), or its wallet accepts it."""
        ...

    def used(self, intent: Intent, hash: bytes) -> bool:  # noqa: A002 - what it is
        """Whether the chain refuses it for its nonce: used, cancelled, or another intent's."""
        ...


def _function(name: str, inputs: tuple[str, ...], output: str) -> Function:
    return Function(
        {
            "name": name,
            "inputs": [{"name": "", "type": kind} for kind in inputs],
            "outputs": [{"name": "", "type": output}],
        }
    )


_NONCES = _function("nonces", ("address", "uint256"), "uint256")
_PARTS = _function("parts", ("address", "uint256"), "uint256")
_APPROVALS = _function("approvals", ("address", "bytes32"), "bool")
_WALLET = _function("isValidSignature", ("bytes32", "bytes"), "bytes4")


class ChainView:
    """`View` over a chain."""

    def __init__(self, chain: Chain, domain: IntentDomain) -> None:
        """`domain` names the settlement contract on this chain."""
        self._chain = chain
        self._settlement = to_checksum_address(domain.settlement)

    def now(self) -> int:
        return self._chain.now()

    def accepts(self, maker: bytes, hash: bytes, signature: bytes) -> bool:  # noqa: A002
        account = to_checksum_address(maker)
        if not signature:
            return bool(self._ask(_APPROVALS, account, hash))
        if not self._chain.code(account):
            return False
        data = _WALLET.encode(hash, signature)
        gas = WALLET_GAS + 21_000 + 40 * len(data)
        try:
            answer = self._chain.call(Tx(self._settlement, account, data, gas=gas))
            return bool(_WALLET.decode(answer) == _MAGIC)
        except (CallReverted, UnexpectedAnswer):
            return False

    def used(self, intent: Intent, hash: bytes) -> bool:  # noqa: A002
        account = to_checksum_address(intent.maker)
        word, bit = divmod(intent.nonce, _WORD)
        bits = int(self._ask(_NONCES, account, word))
        if bits >> bit & 1:
            return True
        if not bits >> (_WORD + bit) & 1:
            return False
        if intent.whole:
            return True
        part = int(self._ask(_PARTS, account, intent.nonce))
        return part >> (256 - _HASH_BITS) != int.from_bytes(hash, "big") >> (256 - _HASH_BITS)

    def _ask(self, function: Function, *values: Any) -> Any:
        tx = Tx(self._settlement, self._settlement, function.encode(*values))
        return function.decode(self._chain.call(tx))


__all__ = ["WALLET_GAS", "ChainView", "View"]
