"""What all errors have in common, and how the contracts' are read from revert data."""

from __future__ import annotations

from dataclasses import fields
from typing import ClassVar

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address

from boomerang.hashing import keccak_text


class BoomerangError(Exception):
    """Base of all errors that Boomerang raises on purpose."""

    exit_code: ClassVar[int] = 1


class ChainError(BoomerangError):
    """A custom error of the registry. Subclasses are dataclasses with the error's arguments.

    `abi` lists the arguments as the contract declares them: (type, name) in order.
    Two errors are equal when they are of one class and carry equal arguments.
    """

    exit_code = 1
    abi: ClassVar[tuple[tuple[str, str], ...]] = ()
    selector: ClassVar[bytes] = b""
    prefix: ClassVar[str] = "Boomerang_"

    def __init_subclass__(cls, named: bool = True) -> None:
        """Compute the selector; `named=False` for classes that no contract declares."""
        super().__init_subclass__()
        if named:
            types = ",".join(kind for kind, _ in cls.abi)
            cls.selector = keccak_text(f"{cls.prefix}{cls.__name__}({types})")[:4]
            _BY_SELECTOR[cls.selector] = cls

    @property
    def name(self) -> str:
        """The error's name in the contract, e.g. `Boomerang_TooEarly`."""
        return f"{self.prefix}{type(self).__name__}"

    @property
    def values(self) -> tuple[object, ...]:
        """The arguments, in the contract's order."""
        return tuple(getattr(self, f.name) for f in fields(self))  # type: ignore[arg-type]

    @property
    def arguments(self) -> dict[str, object]:
        """The arguments by the names that the contract gives them."""
        return {name: value for (_, name), value in zip(self.abi, self.values, strict=True)}

    def encode(self) -> bytes:
        """The revert data that the contract would answer with."""
        return self.selector + encode([kind for kind, _ in self.abi], self.values)

    def explain(self) -> str:
        """One sentence for people, without the error's name."""
        raise NotImplementedError

    def __str__(self) -> str:
        return f"{self.name}: {self.explain()}"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.values == other.values

    def __hash__(self) -> int:
        return hash((type(self), self.values))


_BY_SELECTOR: dict[bytes, type[ChainError]] = {}


_ERROR_STRING = keccak_text("Error(string)")[:4]
_PANIC = keccak_text("Panic(uint256)")[:4]


class UnknownRevert(ChainError, named=False):
    """Revert data that is no error of the registry; `data` is kept whole."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data

    @property
    def name(self) -> str:
        return "UnknownRevert"

    @property
    def values(self) -> tuple[object, ...]:
        return (self.data,)

    @property
    def arguments(self) -> dict[str, object]:
        return {"data": self.data}

    def encode(self) -> bytes:
        return self.data

    def explain(self) -> str:
        if not self.data:
            return "the call reverted without a reason"
        try:
            if self.data[:4] == _ERROR_STRING:
                return f"the call reverted: {decode(['string'], self.data[4:])[0]}"
            if self.data[:4] == _PANIC:
                return f"the call panicked with code {decode(['uint256'], self.data[4:])[0]:#x}"
        except (DecodingError, OverflowError, UnicodeDecodeError):
            pass
        return f"the call reverted with data that names no known error: 0x{self.data[:36].hex()}"


def decode_error(data: bytes) -> ChainError:
    """The typed error for revert data; `UnknownRevert` for anything the registry does not say.

    Never raises. Data after the arguments, or arguments that do not decode, are unknown too.
    """
    cls = _BY_SELECTOR.get(data[:4])
    if cls is None:
        return UnknownRevert(data)
    kinds = [kind for kind, _ in cls.abi]
    try:
        values = decode(kinds, data[4:])
        if encode(kinds, values) != data[4:]:
            return UnknownRevert(data)
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return UnknownRevert(data)
    return cls(
        *(
            to_checksum_address(value) if kind == "address" else value
            for kind, value in zip(kinds, values, strict=True)
        )
    )


def chain_errors() -> tuple[type[ChainError], ...]:
    """Every error class of Boomerang's contracts, in the order of their declaration."""
    own = ChainError.prefix
    return tuple(cls for cls in _BY_SELECTOR.values() if cls.prefix == own)


def short_id(value: bytes) -> str:
    """The first ten characters of an id or hash, enough for a message."""
    return f"0x{value[:4].hex()}…"
