"""Signatures of makers, cheap to make: ECDSA with one nonce for all, which a real key must never
use twice, and what the mock's code accepts.
"""

from __future__ import annotations

from functools import cache

from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from intents.stateful.cast import SECRETS
from intents.stateful.encoding import account, word

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_NONCE = 0x1234567890ABCDEF


@cache
def _point() -> tuple[int, int, int]:
    """Inverse of the nonce, and of its point x and the parity of y."""
    raw = PrivateKey(word(_NONCE)).public_key.to_bytes()
    x, y = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    return pow(_NONCE, -1, ORDER), x, y & 1


def sign(maker: bytes, digest: bytes) -> bytes:
    """The 65 bytes of the maker's ECDSA signature."""
    inverse, x, odd = _point()
    s = inverse * (int.from_bytes(digest, "big") + x * SECRETS[maker]) % ORDER
    if s > ORDER // 2:
        s, odd = ORDER - s, 1 - odd
    return word(x) + word(s) + bytes([27 + odd])


def mirrored(signature: bytes) -> bytes:
    """The other signature of the same key and message, which must not count."""
    s = ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + word(s) + bytes([27 + 28 - signature[64]])


def by_code(maker: bytes, digest: bytes) -> bytes:
    """What an account with the mock's code accepts."""
    return keccak(account(maker) + digest)
