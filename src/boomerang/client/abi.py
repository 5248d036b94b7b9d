"""Calls, answers and logs of a contract as bytes, from its ABI. No web3, nothing looked up twice.

Values are what eth_abi takes and gives, except that addresses come out checksummed: structs are
tuples, `bytesN` are `bytes` of N, integers are `int`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eth_abi.codec import ABIDecoder
from eth_abi.decoding import UnsignedIntegerDecoder
from eth_abi.encoding import TupleEncoder, UnsignedIntegerEncoder
from eth_abi.exceptions import DecodingError, EncodingError
from eth_abi.registry import BaseEquals, registry
from eth_utils.address import to_checksum_address

from boomerang.errors import BoomerangError, InvalidInput
from boomerang.hashing import keccak_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from boomerang.artifacts import Artifact
    from boomerang.chains.base import Log

# Of our own: ape replaces the decoder of integers in eth_abi's by one that accepts too little data.
_registry = registry.copy()  # type: ignore[no-untyped-call]
_registry.unregister("uint")
_registry.register(
    BaseEquals("uint"),  # type: ignore[no-untyped-call]
    UnsignedIntegerEncoder,
    UnsignedIntegerDecoder,
    label="uint",
)
_decoder = ABIDecoder(_registry)
_checksum = lru_cache(maxsize=4096)(to_checksum_address)


class UnexpectedAnswer(BoomerangError):
    """What the chain answered is not what such a contract would: is it the right address?"""

    exit_code = 3


def type_of(parameter: Mapping[str, Any]) -> str:
    """The ABI type of one entry, structs as tuples: "(address,uint256)[]"."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(type_of(c) for c in parameter["components"])
    return f"({inner}){kind[len('tuple') :]}"


class Arguments:
    """A list of values of given types, both ways."""

    def __init__(self, parameters: Iterable[Mapping[str, Any]]) -> None:
        entries = list(parameters)
        self.types = tuple(type_of(p) for p in entries)
        self.names = tuple(str(p["name"]) for p in entries)
        encoders = [_registry.get_encoder(t) for t in self.types]
        self._encoder = TupleEncoder(encoders=encoders)  # type: ignore[no-untyped-call]
        self._words = [_word_encoder(t) for t in self.types]
        self._readers = [_word_reader(t) for t in self.types]
        self._static = all(word is not None for word in self._words)
        self._readable = all(reader is not None for reader in self._readers)
        self._has_address = any("address" in t for t in self.types)

    def encode(self, values: Sequence[Any]) -> bytes:
        """The bytes. Raises InvalidInput for values that do not fit their types."""
        if len(values) != len(self.types):
            raise InvalidInput(f"{len(self.types)} arguments are needed, not {len(values)}")
        if self._static:
            return b"".join(
                word(value)
                for word, value in zip(self._words, values, strict=True)
                if word is not None
            )
        try:
            return bytes(self._encoder(values))
        except EncodingError as error:
            raise InvalidInput(str(error)) from None

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """The values. Raises UnexpectedAnswer."""
        if self._readable:
            if len(data) < 32 * len(self._readers):
                raise UnexpectedAnswer(
                    f"({', '.join(self.types)}) was expected, not {len(data)} bytes"
                )
            return tuple(
                reader(data[32 * i : 32 * i + 32])
                for i, reader in enumerate(self._readers)
                if reader is not None
            )
        try:
            values = _decoder.decode(self.types, data)
        except (DecodingError, OverflowError) as error:
            raise UnexpectedAnswer(f"({', '.join(self.types)}) was expected: {error}") from None
        if not self._has_address:
            return values
        return tuple(_addressed(t, v) for t, v in zip(self.types, values, strict=True))


class Function:
    """A function: `encode` its call, `decode` its answer."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.name: str = entry["name"]
        self.inputs = Arguments(entry["inputs"])
        self.outputs = Arguments(entry["outputs"])
        self.signature = f"{self.name}({','.join(self.inputs.types)})"
        self.selector = keccak_text(self.signature)[:4]

    def encode(self, *values: Any) -> bytes:
        """Call data: selector and arguments."""
        return self.selector + self.inputs.encode(values)

    def decode(self, data: bytes) -> Any:
        """What it answered: one value alone, several as a tuple."""
        values = self.outputs.decode(data)
        return values[0] if len(values) == 1 else values


@dataclass(frozen=True, slots=True)
class DecodedLog:
    """A log that could be read: the event's name, its arguments by the ABI's names, in order."""

    name: str
    arguments: dict[str, Any]


class Event:
    """An event, to read its logs."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.name: str = entry["name"]
        self.names = tuple(str(p["name"]) for p in entry["inputs"])
        kinds = ",".join(type_of(p) for p in entry["inputs"])
        self.topic = keccak_text(f"{self.name}({kinds})")
        self._indexed = [Arguments([p]) for p in entry["inputs"] if p["indexed"]]
        self._data = Arguments([p for p in entry["inputs"] if not p["indexed"]])
        self._is_indexed = [bool(p["indexed"]) for p in entry["inputs"]]

    def decode(self, log: Log) -> DecodedLog:
        """Raises UnexpectedAnswer."""
        if len(log.topics) != len(self._indexed) + 1:
            raise UnexpectedAnswer(f"a log of {self.name} has {len(log.topics)} topics")
        topics = iter(
            reader.decode(topic)[0]
            for reader, topic in zip(self._indexed, log.topics[1:], strict=True)
        )
        data = iter(self._data.decode(log.data))
        return DecodedLog(
            self.name,
            {
                name: next(topics) if indexed else next(data)
                for name, indexed in zip(self.names, self._is_indexed, strict=True)
            },
        )


class Interface:
    """A contract's functions by name, events by topic, and how it is created."""

    def __init__(self, artifact: Artifact) -> None:
        functions = [Function(e) for e in artifact.abi if e["type"] == "function"]
        self.functions = {f.name: f for f in functions}
        events = [Event(e) for e in artifact.abi if e["type"] == "event"]
        self.events = {e.topic: e for e in events}
        constructor = [e["inputs"] for e in artifact.abi if e["type"] == "constructor"]
        self._constructor = Arguments(constructor[0] if constructor else ())
        self._bytecode = artifact.bytecode

    def creation(self, *values: Any) -> bytes:
        """The data of the transaction that creates the contract."""
        return self._bytecode + self._constructor.encode(values)

    def read(self, log: Log) -> DecodedLog | None:
        """None for a log of no event that is known."""
        event = self.events.get(log.topics[0]) if log.topics else None
        return None if event is None else event.decode(log)


def _addressed(kind: str, value: Any) -> Any:
    """The same value with its addresses checksummed."""
    if kind == "address":
        return _checksum(value)
    if "address" not in kind:
        return value
    if kind.endswith("]"):
        return tuple(_addressed(kind[: kind.rindex("[")], item) for item in value)
    inner = split_types(kind[1:-1])
    return tuple(_addressed(k, v) for k, v in zip(inner, value, strict=True))


def split_types(kinds: str) -> list[str]:
    """The members of a tuple type's inside, at its top level."""
    parts: list[str] = []
    depth = 0
    for piece in kinds.split(","):
        if depth:
            parts[-1] += "," + piece
        else:
            parts.append(piece)
        depth += piece.count("(") - piece.count(")")
    return parts


def _word_encoder(kind: str) -> Callable[[Any], bytes] | None:
    """One 32-byte word: what most arguments are, ten times faster than by the general way."""
    if kind.endswith("]") or kind.startswith("("):
        return None
    if kind == "address":
        return _address_word
    if kind.startswith("uint"):
        return _uint_word(kind)
    if kind.startswith("bytes") and kind != "bytes":
        return _bytes_word(kind)
    return None


def _word_reader(kind: str) -> Callable[[bytes], Any] | None:
    """The way back from one word."""
    if kind.endswith("]") or kind.startswith("("):
        return None
    if kind == "address":
        return _read_address
    if kind == "bool":
        return lambda word: bool(_read_uint(word, 1))
    if kind.startswith("uint"):
        bits = int(kind[4:] or 256)
        return lambda word: _read_uint(word, bits)
    if kind.startswith("bytes") and kind != "bytes":
        size = int(kind[5:])
        return lambda word: _read_bytes(word, size)
    return None


@lru_cache(maxsize=4096)
def _read_address(word: bytes) -> str:
    if any(word[:12]):
        raise UnexpectedAnswer(f"0x{word.hex()} is no address")
    return str(_checksum(word[12:]))


def _read_uint(word: bytes, bits: int) -> int:
    value = int.from_bytes(word, "big")
    if value >> bits:
        raise UnexpectedAnswer(f"{value:#x} has more than {bits} bits")
    return value


def _read_bytes(word: bytes, size: int) -> bytes:
    if any(word[size:]):
        raise UnexpectedAnswer(f"0x{word.hex()} has more than {size} bytes")
    return word[:size]


@lru_cache(maxsize=4096)
def _address_word(value: str) -> bytes:
    try:
        raw = bytes.fromhex(value[2:])
    except (ValueError, TypeError):
        raw = b""
    if len(raw) != 20 or value[:2] != "0x":
        raise InvalidInput(f"{value!r} is not an address")
    return bytes(12) + raw


def _uint_word(kind: str) -> Callable[[Any], bytes]:
    limit = 1 << int(kind[4:] or 256)

    def word(value: Any) -> bytes:
        if not isinstance(value, int) or not 0 <= value < limit:
            raise InvalidInput(f"{value!r} is no {kind}")
        return value.to_bytes(32, "big")

    return word


def _bytes_word(kind: str) -> Callable[[Any], bytes]:
    size = int(kind[5:])

    def word(value: Any) -> bytes:
        if not isinstance(value, bytes) or len(value) != size:
            raise InvalidInput(f"{value!r} is no {kind}")
        return value + bytes(32 - size)

    return word
