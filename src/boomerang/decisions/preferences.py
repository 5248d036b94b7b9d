"""What members of entangled groups seal (section 7): a decision, and preferences if they have any.

    0x07 | length (uint16) | decision | count (uint8, 1 to 8)
         | count times: weight (int64) | length (uint16) | expression

Numbers are big-endian. At most 2,048 bytes and 32 atoms in all; decision and expressions are each
well formed by themselves (`encoding`). A decision without preferences is sealed as its program, so
there is one encoding for each `Sealed` here too. Outside a complete group the bytes of a package
are no decision: `encoding.decode` refuses them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from boomerang.decisions.encoding import MAX_ATOMS, decode, encode
from boomerang.decisions.evaluation import atoms
from boomerang.decisions.expression import Expression
from boomerang.errors import DecisionTooLarge, InvalidInput, MalformedDecision
from boomerang.identity import check_bytes

MAX_PREFERENCES: Final = 8
MAX_PACKAGE_BYTES: Final = 2048
MIN_WEIGHT: Final = -(1 << 63)
MAX_WEIGHT: Final = (1 << 63) - 1

PACKAGE: Final = 7
_WEIGHT_SIZE: Final = 8
_LENGTH_SIZE: Final = 2


@dataclass(frozen=True, slots=True)
class Preference:
    """Joint outcomes in which the expression holds are worth `weight` more, -2^63 to 2^63 - 1."""

    weight: int
    expression: Expression

    def __post_init__(self) -> None:
        if type(self.weight) is not int or not MIN_WEIGHT <= self.weight <= MAX_WEIGHT:
            raise InvalidInput(
                f"a weight is a whole number from -2^63 to 2^63 - 1, not {self.weight!r}"
            )


@dataclass(frozen=True, slots=True)
class Package:
    """A decision with 1 to 8 preferences (InvalidInput otherwise): their weights are summed."""

    decision: Expression
    preferences: tuple[Preference, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.preferences) <= MAX_PREFERENCES:
            raise InvalidInput(
                f"{len(self.preferences)} preferences; there must be 1 to {MAX_PREFERENCES}"
            )


Sealed: TypeAlias = Expression | Package


def decision_of(sealed: Sealed) -> Expression:
    """The decision alone."""
    return sealed.decision if isinstance(sealed, Package) else sealed


def preferences_of(sealed: Sealed) -> tuple[Preference, ...]:
    """The preferences, in order; empty where there are none."""
    return sealed.preferences if isinstance(sealed, Package) else ()


def sealed_atoms(sealed: bytes | Sealed) -> tuple[bytes, ...]:
    """The ids of all atoms: the decision's, then the preferences', in order, repeated ones
    repeated. MalformedDecision for bytes that are neither program nor package.
    """
    if isinstance(sealed, bytes):
        sealed = decode_sealed(sealed)
    expressions = [decision_of(sealed), *(p.expression for p in preferences_of(sealed))]
    return tuple(atom for expression in expressions for atom in atoms(expression))


def encode_sealed(sealed: Sealed) -> bytes:
    """The bytes that are sealed. DecisionTooLarge for what exceeds a limit, naming which."""
    if not isinstance(sealed, Package):
        return encode(sealed)
    result = bytes([PACKAGE]) + _sized(encode(sealed.decision))
    result += bytes([len(sealed.preferences)])
    for preference in sealed.preferences:
        result += preference.weight.to_bytes(_WEIGHT_SIZE, "big", signed=True)
        result += _sized(encode(preference.expression))
    if (count := len(sealed_atoms(sealed))) > MAX_ATOMS:
        raise DecisionTooLarge("atoms", count, MAX_ATOMS)
    if len(result) > MAX_PACKAGE_BYTES:
        raise DecisionTooLarge("bytes", len(result), MAX_PACKAGE_BYTES)
    return result


def _sized(program: bytes) -> bytes:
    return len(program).to_bytes(_LENGTH_SIZE, "big") + program


def decode_sealed(data: bytes) -> Sealed:
    """A decision, or a package; MalformedDecision with the offset of what breaks it."""
    check_bytes("decision", data)
    if data[:1] != bytes([PACKAGE]):
        return decode(data)
    if len(data) > MAX_PACKAGE_BYTES:
        why = f"{len(data)} bytes; at most {MAX_PACKAGE_BYTES} are allowed"
        raise MalformedDecision(MAX_PACKAGE_BYTES, why)
    reader = _Reader(data)
    decision = reader.expression()
    count = reader.number(1, "the number of preferences")
    if not 1 <= count <= MAX_PREFERENCES:
        why = f"{count} preferences; there must be 1 to {MAX_PREFERENCES}"
        raise MalformedDecision(reader.cursor - 1, why)
    preferences = tuple(
        Preference(reader.number(_WEIGHT_SIZE, "a weight", signed=True), reader.expression())
        for _ in range(count)
    )
    if reader.cursor < len(data):
        raise MalformedDecision(reader.cursor, f"{len(data) - reader.cursor} bytes are left over")
    return Package(decision, preferences)


class _Reader:
    """The bytes of a package after the first, read once from the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.cursor = 1
        self.atoms = 0

    def take(self, size: int, what: str) -> bytes:
        taken = self.data[self.cursor : self.cursor + size]
        if len(taken) < size:
            raise MalformedDecision(self.cursor, f"cut short: {what} takes {size} bytes")
        self.cursor += size
        return taken

    def number(self, size: int, what: str, signed: bool = False) -> int:
        return int.from_bytes(self.take(size, what), "big", signed=signed)

    def expression(self) -> Expression:
        program = self.take(self.number(_LENGTH_SIZE, "a length"), "an expression")
        start = self.cursor - len(program)
        try:
            expression = decode(program)
        except MalformedDecision as error:
            raise MalformedDecision(start + error.offset, error.why) from None
        self.atoms += len(atoms(expression))
        if self.atoms > MAX_ATOMS:
            raise MalformedDecision(start, f"more than {MAX_ATOMS} atoms in all")
        return expression
