"""Signs with one key, and hands what is signed to a node."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boomerang import actions
from boomerang.actions import codec
from boomerang.chains.base import Tx, TxRejected
from boomerang.chains.node import RpcError
from boomerang.errors import decode_error
from boomerang.hashing import keccak
from boomerang.play.process.errors import BadKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boomerang.actions import Action
    from boomerang.chains.base import Signer
    from boomerang.chains.node import NodeChain
    from boomerang.errors import ChainError

KEY_VARIABLE = "BOOMERANG_AGENT_KEY"
DEFAULT_TIP = 10**9  # wei, where a node does not say what is usual


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction ready to be sent, any number of times: it can be mined once."""

    hash: bytes
    raw: bytes
    nonce: int


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a transaction: its block's number, the gas, and why it failed if it did."""

    block: int
    gas: int
    error: ChainError | None


class Wallet:
    """One account's key at one node."""

    def __init__(self, chain: NodeChain, signer: Signer, registry: str) -> None:
        self._chain = chain
        self._signer = signer
        self._registry = registry
        self._nonce = self.count("pending")
        self._tip = 0
        self.refresh()

    @property
    def address(self) -> str:
        """Whose key it is."""
        return self._signer.address

    def count(self, at: str = "latest") -> int:
        """How many transactions of this account are in blocks ("latest"), or on their way too."""
        (answer,) = self._chain.transport.request([("eth_getTransactionCount", [self.address, at])])
        return int(answer, 16)

    def reserve(self, nonce: int) -> None:
        """A transaction with this nonce has been signed before: the next ones come after it."""
        self._nonce = max(self._nonce, nonce + 1)

    def refresh(self) -> None:
        """Ask the node what tip is usual now. On anvil none is needed."""
        if self._chain.kind == "anvil":
            return
        try:
            (tip,) = self._chain.transport.request([("eth_maxPriorityFeePerGas", [])])
            self._tip = int(tip, 16)
        except RpcError:
            self._tip = DEFAULT_TIP

    def sign(self, action: Action, base_fee: int) -> Signed:
        """The next transaction. Nothing is sent, nor asked of the node."""
        data = codec.call(action)
        raw = self._signer.sign_transaction(
            {
                "chainId": self._chain.chain_id,
                "nonce": self._nonce,
                "gas": codec.gas_limit(action, data),
                "maxFeePerGas": 2 * base_fee + self._tip,
                "maxPriorityFeePerGas": self._tip,
                "to": codec.destination(action, self._registry),
                "value": action.value if isinstance(action, actions.Publish) else 0,
                "data": data,
            }
        )
        signed = Signed(keccak(raw), raw, self._nonce)
        self._nonce += 1
        return signed

    def submit(self, raw: bytes) -> None:
        """Hand it to the node. That it is there, or in a block already, is no error. Raises
        TxRejected.
        """
        try:
            self._chain.transport.request([("eth_sendRawTransaction", ["0x" + raw.hex()])])
        except RpcError as error:
            message = error.message.lower()
            if not any(known in message for known in ("already", "nonce too low")):
                raise TxRejected(Tx(self.address, None), error.message) from None

    def fates(self, hashes: Sequence[bytes]) -> dict[bytes, Fate]:
        """What became of those that are in a block."""
        calls: list[tuple[str, list[Any]]] = [
            ("eth_getTransactionReceipt", ["0x" + one.hex()]) for one in hashes
        ]
        found = {}
        for tx_hash, receipt in zip(hashes, self._chain.transport.request(calls), strict=True):
            if receipt is None or receipt.get("blockNumber") is None:
                continue
            error = None
            if int(receipt["status"], 16) != 1:
                error = decode_error(self._chain.wait(tx_hash, 0).output)
            block, gas = int(receipt["blockNumber"], 16), int(receipt["gasUsed"], 16)
            found[tx_hash] = Fate(block, gas, error)
        return found


def key_signer(text: str) -> Signer:
    """The signer of a private key in hexadecimal. Raises BadKey, which does not repeat it."""
    from eth_account import Account

    from boomerang.chains.signers import LocalSigner

    digits = text.strip().removeprefix("0x")
    try:
        data = bytes.fromhex(digits)
        if len(data) != 32:
            raise ValueError
        return LocalSigner(Account.from_key(data))
    except Exception:  # the library's message might hold the key
        raise BadKey("a private key is 32 bytes in hexadecimal") from None


def key_file_signer(path: Path) -> Signer:
    """The signer of the key in a file that only its owner can read. Raises BadKey."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor) as file:
            found = os.fstat(descriptor)
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise BadKey(f"others can read {path}: chmod 600 {path}")
            text = file.read(1000)
    except OSError as error:
        raise BadKey(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadKey(f"{path} holds no key in hexadecimal") from None
    return key_signer(text)


__all__ = ["KEY_VARIABLE", "Fate", "Signed", "Wallet", "key_file_signer", "key_signer"]
