"""Calls, answers and logs of a contract as bytes, from its ABI. No web3, nothing looked up twice.

Values are what eth_abi takes and gives, except that addresses come out checksummed: structs are
tuples, `bytesN` are `bytes` of N, integers are `int`. The usual goes the fast way (`client.codec`),
all else by eth_abi.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eth_abi.codec import ABIDecoder
from eth_abi.decoding import UnsignedIntegerDecoder
from eth_abi.encoding import TupleEncoder, UnsignedIntegerEncoder
from eth_abi.exceptions import DecodingError, EncodingError
from eth_abi.registry import BaseEquals, registry
from eth_utils.address import to_checksum_address

from boomerang.client.codec import Unusual, compiled_tuple, split_types
from boomerang.errors import BoomerangError, InvalidInput
from boomerang.hashing import keccak_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
_BYTES_N = re.compile(r"bytes(\d+)")


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
        self._codec = compiled_tuple(self.types)
        self._has_address = any("address" in t for t in self.types)

    def encode(self, values: Sequence[Any]) -> bytes:
        """The bytes. Raises InvalidInput for values that do not fit their types."""
        if len(values) != len(self.types):
            raise InvalidInput(f"{len(self.types)} arguments are needed, not {len(values)}")
        if self._codec is not None:
            try:
                return self._codec.encode(values)
            except Unusual:
                pass
        for kind, value in zip(self.types, values, strict=True):
            fits = _BYTES_N.fullmatch(kind)
            if fits and isinstance(value, bytes) and len(value) != int(fits[1]):
                raise InvalidInput(f"{value!r} is no {kind}")  # eth_abi would pad it
        try:
            return bytes(self._encoder(values))
        except EncodingError as error:
            raise InvalidInput(str(error)) from None

    def decode(self, data: bytes) -> tuple[Any, ...]:
        """The values. Raises UnexpectedAnswer."""
        if self._codec is not None:
            try:
                decoded: tuple[Any, ...] = self._codec.decode(data, 0)[0]
            except Unusual:
                pass
            else:
                return decoded
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
        indexed = [bool(p["indexed"]) for p in entry["inputs"]]
        order = [i for i, far in enumerate(indexed) if far]
        order += [i for i, far in enumerate(indexed) if not far]
        self._places = [order.index(i) for i in range(len(order))]

    def decode(self, log: Log) -> DecodedLog:
        """Raises UnexpectedAnswer."""
        if len(log.topics) != len(self._indexed) + 1:
            raise UnexpectedAnswer(f"a log of {self.name} has {len(log.topics)} topics")
        values: list[Any] = []
        for reader, topic in zip(self._indexed, log.topics[1:], strict=True):
            values += reader.decode(topic)
        values += self._data.decode(log.data)
        arguments = {
            name: values[place] for name, place in zip(self.names, self._places, strict=True)
        }
        return DecodedLog(self.name, arguments)


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


__all__ = [
    "Arguments",
    "DecodedLog",
    "Event",
    "Function",
    "Interface",
    "UnexpectedAnswer",
    "split_types",
    "type_of",
]
