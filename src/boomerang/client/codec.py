"""ABI values to bytes and back, compiled once for each type: ten times as fast as eth_abi, and for
what is in order only.

Anything else (a value that does not fit its type or is of a type less usual, an encoding that is
not the canonical one) raises `Unusual`, and is eth_abi's to take or to refuse. Wherever this
answers, it answers as eth_abi does, but that addresses come out checksummed; tests compare the two.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from eth_utils.address import is_checksum_address, to_checksum_address

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ARRAY = re.compile(r"(.*)\[(\d*)\]")
_WORD = re.compile(r"(address|bool|uint(\d*)|bytes(\d+))")


class Unusual(Exception):
    """Not for the fast way. Never leaves the client."""


class Codec(NamedTuple):
    """One type. `decode` takes all data and where the value begins, and says where it ends."""

    dynamic: bool
    size: int
    """How many bytes it takes where it is static."""
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes, int], tuple[Any, int]]


@lru_cache(maxsize=1024)
def compiled(kind: str) -> Codec | None:
    """The codec of an ABI type, "(address,uint256)[]"; None for types that are not done here."""
    array = _ARRAY.fullmatch(kind)
    if array is not None:
        member = compiled(array[1])
        if member is None:
            return None
        return _fixed(member, int(array[2])) if array[2] else _list(member)
    if kind.startswith("("):
        return compiled_tuple(split_types(kind[1:-1]))
    if kind in ("bytes", "string"):
        return _BYTES if kind == "bytes" else _STRING
    if _WORD.fullmatch(kind) is None:
        return None
    encode, read = _word(kind)
    return Codec(False, 32, encode, lambda data, at: (read(data[at : at + 32]), at + 32))


def compiled_tuple(kinds: Sequence[str]) -> Codec | None:
    """The codec of a struct, or of a list of arguments."""
    found = [compiled(kind) for kind in kinds]
    members = [codec for codec in found if codec is not None]
    return _struct(members) if len(members) == len(found) else None


def split_types(kinds: str) -> list[str]:
    """The members of a tuple type's inside, at its top level."""
    parts: list[str] = []
    depth = 0
    for piece in kinds.split(",") if kinds else ():
        if depth:
            parts[-1] += "," + piece
        else:
            parts.append(piece)
        depth += piece.count("(") - piece.count(")")
    return parts


# --------------------------------------------------------------------------------------- words


def _word(kind: str) -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]]:
    if kind == "address":
        return _address_word, _read_address
    if kind == "bool":
        return _bool_word, _read_bool
    if kind.startswith("uint"):
        return _uint(1 << int(kind[4:] or 256))
    return _bytes_n(int(kind[5:]))


@lru_cache(maxsize=4096)
def _checked_address(value: str) -> bytes:
    if not is_checksum_address(value):
        raise Unusual
    return bytes(12) + bytes.fromhex(value[2:])


def _address_word(value: Any) -> bytes:
    if type(value) is not str:
        raise Unusual
    return _checked_address(value)


@lru_cache(maxsize=4096)
def _read_address(word: bytes) -> str:
    if len(word) != 32 or any(word[:12]):
        raise Unusual
    return str(to_checksum_address(word[12:]))


def _bool_word(value: Any) -> bytes:
    if type(value) is not bool:
        raise Unusual
    return _TRUE if value else _FALSE


def _read_bool(word: bytes) -> bool:
    if word == _TRUE:
        return True
    if word != _FALSE:
        raise Unusual
    return False


_FALSE, _TRUE = bytes(32), bytes(31) + b"\1"


def _uint(limit: int) -> tuple[Callable[[Any], bytes], Callable[[bytes], int]]:
    def encode(value: Any) -> bytes:
        if type(value) is not int or not 0 <= value < limit:
            raise Unusual
        return value.to_bytes(32, "big")

    def read(word: bytes) -> int:
        value = int.from_bytes(word, "big")
        if value >= limit:
            raise Unusual
        return value

    return encode, read


def _bytes_n(size: int) -> tuple[Callable[[Any], bytes], Callable[[bytes], bytes]]:
    padding = bytes(32 - size)

    def encode(value: Any) -> bytes:
        if type(value) is not bytes or len(value) != size:
            raise Unusual
        return value + padding

    def read(word: bytes) -> bytes:
        if word[size:] != padding:
            raise Unusual
        return word[:size]

    return encode, read


# --------------------------------------------------------------------------- what has a length


def _encode_bytes(value: Any) -> bytes:
    if type(value) is not bytes:
        raise Unusual
    length = len(value)
    return length.to_bytes(32, "big") + value + bytes(-length % 32)


def _decode_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    start = at + 32
    end = start + int.from_bytes(data[at:start], "big")
    padded = end + (start - end) % 32
    if padded > len(data) or any(data[end:padded]):
        raise Unusual
    return data[start:end], padded


def _encode_string(value: Any) -> bytes:
    if type(value) is not str:
        raise Unusual
    try:
        return _encode_bytes(value.encode())
    except UnicodeEncodeError:
        raise Unusual from None


def _decode_string(data: bytes, at: int) -> tuple[str, int]:
    raw, end = _decode_bytes(data, at)
    try:
        return raw.decode(), end
    except UnicodeDecodeError:
        raise Unusual from None


_BYTES = Codec(True, 0, _encode_bytes, _decode_bytes)
_STRING = Codec(True, 0, _encode_string, _decode_string)


# ------------------------------------------------------------------------------------ compound


def _struct(members: Sequence[Codec]) -> Codec:
    """Heads, then the tails of what is dynamic, in order and without gaps."""
    steps = [(m.dynamic, m.encode, m.decode) for m in members]
    count = len(steps)
    head = sum(32 if m.dynamic else m.size for m in members)
    dynamic = any(m.dynamic for m in members)

    def encode(values: Any) -> bytes:
        if (type(values) is not tuple and type(values) is not list) or len(values) != count:
            raise Unusual
        heads: list[bytes] = []
        tails: list[bytes] = []
        end = head
        for (far, one, _), value in zip(steps, values, strict=True):
            part = one(value)
            if far:
                heads.append(end.to_bytes(32, "big"))
                tails.append(part)
                end += len(part)
            else:
                heads.append(part)
        return b"".join(heads + tails)

    def decode(data: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        if len(data) < at + head:
            raise Unusual
        start, end = at, at + head
        values = []
        for far, _, one in steps:
            if far:
                if int.from_bytes(data[at : at + 32], "big") != end - start:
                    raise Unusual
                value, end = one(data, end)
                at += 32
            else:
                value, at = one(data, at)
            values.append(value)
        return tuple(values), end

    return Codec(dynamic, head, encode, decode)


@lru_cache(maxsize=256)
def _fixed(member: Codec, count: int) -> Codec:
    """A list of a given length is laid out as a struct is."""
    return _struct([member] * count)


def _list(member: Codec) -> Codec:
    """A list: its length, and then as one of that length."""
    least = 32 if member.dynamic else max(32, member.size)

    def encode(values: Any) -> bytes:
        if type(values) is not tuple and type(values) is not list:
            raise Unusual
        count = len(values)
        return count.to_bytes(32, "big") + _fixed(member, count).encode(values)

    def decode(data: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        count = int.from_bytes(data[at : at + 32], "big")
        if count * least > len(data) - at - 32:
            raise Unusual
        decoded: tuple[tuple[Any, ...], int] = _fixed(member, count).decode(data, at + 32)
        return decoded

    return Codec(True, 0, encode, decode)


__all__ = ["Codec", "Unusual", "compiled", "compiled_tuple", "split_types"]
