"""Actions as they are sent to the contract: what a generator makes, and what a failure is made of.

Everything in an action is concrete (bytes, seconds, block numbers), so that any part of a sequence
can be left out and the rest still means the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.identity import Key


@dataclass(frozen=True, slots=True)
class Action:
    """One call. `sender` is who the registry sees; `relayed` says that somebody else made that
    account (it has code) call. `signer` is the address that a signature recovers to. The name
    `settle` stands for no function: everything that can be resolved is, and must then be final.
    `opening` is what a seal was made of, for whoever describes the action.
    """

    block: int
    time: int
    sender: str
    name: str
    args: tuple[Any, ...] = ()
    value: int = 0
    relayed: bool = False
    signer: str = ""
    opening: tuple[bytes, bytes] | None = None


def word(value: int) -> bytes:
    """An unsigned integer."""
    return value.to_bytes(32, "big")


def left(value: bytes) -> bytes:
    """A short `bytesN`."""
    return value.ljust(32, b"\0")


def account(address: str) -> bytes:
    """An address."""
    return bytes.fromhex(address[2:]).rjust(32, b"\0")


def tail(value: bytes) -> bytes:
    """The length and content of `bytes`, padded."""
    return word(len(value)) + value + bytes(-len(value) % 32)


def key_words(key: Key) -> bytes:
    """A `Key`: committer, stake, content hash."""
    return account(key.committer) + word(key.stake) + key.content_hash


def _publish(stake: int, topic: bytes, body: bytes) -> bytes:
    return word(stake) + topic + word(0x60) + tail(body)


def _draw(ids: Sequence[bytes]) -> bytes:
    return word(0x20) + word(len(ids)) + b"".join(left(i) for i in ids)


def _seal(stake: int, content: bytes, seal: bytes) -> bytes:
    return word(stake) + content + left(seal)


def _seal_with_data(stake: int, content: bytes, seal: bytes, extra: bytes) -> bytes:
    return word(stake) + content + left(seal) + word(0x80) + tail(extra)


def _seal_for(key: Key, seal: bytes, extra: bytes, deadline: int, signature: bytes) -> bytes:
    first = tail(extra)
    offsets = word(0xE0), word(0xE0 + len(first))
    head = key_words(key) + left(seal) + offsets[0] + word(deadline) + offsets[1]
    return head + first + tail(signature)


def _revoke(stake: int, content: bytes) -> bytes:
    return word(stake) + content


def _revoke_for(key: Key, deadline: int, signature: bytes) -> bytes:
    return key_words(key) + word(deadline) + word(0xA0) + tail(signature)


def _expose(key: Key, decision: bytes, salt: bytes) -> bytes:
    return key_words(key) + word(0xA0) + salt + tail(decision)


def _open(stake: int, content: bytes, decision: bytes, salt: bytes) -> bytes:
    return word(stake) + content + word(0x80) + salt + tail(decision)


def _open_for(key: Key, decision: bytes, salt: bytes, dependencies: Sequence[Key]) -> bytes:
    opened = tail(decision)
    head = key_words(key) + word(0xC0) + salt + word(0xC0 + len(opened))
    return head + opened + word(len(dependencies)) + b"".join(key_words(k) for k in dependencies)


def _offer(stake: int, content: bytes, target: bytes) -> bytes:
    return word(stake) + content + left(target)


def _resolve(resolutions: Sequence[tuple[Key, bytes]]) -> bytes:
    items = [key_words(key) + word(0x80) + tail(decision) for key, decision in resolutions]
    offset = 32 * len(items)
    offsets = b""
    for item in items:
        offsets += word(offset)
        offset += len(item)
    return word(0x20) + word(len(items)) + offsets + b"".join(items)


_KEY = "(address,uint256,bytes32)"

FUNCTIONS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "publish": ("uint256,bytes32,bytes", _publish),
    "draw": ("bytes25[]", _draw),
    "seal": ("uint256,bytes32,bytes23", _seal),
    "sealWithData": ("uint256,bytes32,bytes23,bytes", _seal_with_data),
    "sealFor": (f"{_KEY},bytes23,bytes,uint256,bytes", _seal_for),
    "revoke": ("uint256,bytes32", _revoke),
    "revokeFor": (f"{_KEY},uint256,bytes", _revoke_for),
    "expose": (f"{_KEY},bytes,bytes32", _expose),
    "open": ("uint256,bytes32,bytes,bytes32", _open),
    "openFor": (f"{_KEY},bytes,bytes32,{_KEY}[]", _open_for),
    "offer": ("uint256,bytes32,bytes25", _offer),
    "decline": ("uint256,bytes32,bytes25", _offer),
    "declineAll": ("uint256,bytes32", _revoke),
    "resolve": (f"({_KEY},bytes)[]", _resolve),
    "withdraw": ("address", account),
}

_SELECTORS = {name: keccak(text=f"{name}({kinds})")[:4] for name, (kinds, _) in FUNCTIONS.items()}
_ACT = keccak(text="act(address,uint256,bytes)")[:4]


def encode(action: Action) -> bytes:
    """The call data. By hand, because an ABI encoder would take longer than the call."""
    return _SELECTORS[action.name] + FUNCTIONS[action.name][1](*action.args)


def relay(target: str, value: int, data: bytes) -> bytes:
    """The call data that makes an account with the mock's code send `data` to `target`."""
    return _ACT + account(target) + word(value) + word(0x60) + tail(data)


def question(signature: str, *words: bytes) -> bytes:
    """A view's call data, of words alone."""
    return keccak(text=signature)[:4] + b"".join(words)


class Signatures:
    """The typed-data hashes (EIP-712) that `sealFor` and `revokeFor` want signed."""

    _DOMAIN = keccak(
        text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    )
    _SEAL = keccak(text="SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)")
    _REVOKE = keccak(text="RevokeRequest(bytes25 id,uint256 deadline)")

    def __init__(self, chain_id: int, registry: str) -> None:
        name = keccak(text="Boomerang") + keccak(text="1")
        self._domain = keccak(self._DOMAIN + name + word(chain_id) + account(registry))

    def seal(self, id: bytes, seal: bytes, extra: bytes, deadline: int) -> bytes:
        """What to sign to have one's commitment sealed."""
        return self._hash(self._SEAL + left(id) + left(seal) + keccak(extra) + word(deadline))

    def revoke(self, id: bytes, deadline: int) -> bytes:
        """What to sign to have one's commitment revoked."""
        return self._hash(self._REVOKE + left(id) + word(deadline))

    def _hash(self, message: bytes) -> bytes:
        return keccak(b"\x19\x01" + self._domain + keccak(message))
