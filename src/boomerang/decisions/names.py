"""Names for ids: they may stand in a decision's text, never in its bytes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from boomerang.errors import AmbiguousName, DecisionSyntaxError, InvalidInput, UnknownName
from boomerang.identity import ID_SIZE, check_bytes

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


class Resolver(Protocol):
    """What knows names and ids: an address book, a history, a scenario."""

    def names(self) -> Mapping[str, bytes]:
        """Names ([A-Za-z_][A-Za-z0-9_.-]*) and the 25-byte ids that they stand for."""

    def ids(self) -> Collection[bytes]:
        """All ids that are known; the start of one that is unique among them stands for it."""


@dataclass(frozen=True, slots=True)
class Names:
    """The plain Resolver: names, and further ids that have none."""

    mapping: Mapping[str, bytes] = field(default_factory=dict)
    more: Iterable[bytes] = ()

    def __post_init__(self) -> None:
        for name, known in self.mapping.items():
            if not NAME.fullmatch(name):
                raise InvalidInput(f"{name!r} cannot be a name: letters, digits, and . _ - inside")
            check_bytes(f"the id of {name}", known, ID_SIZE)
        object.__setattr__(self, "more", frozenset(self.more))

    def names(self) -> Mapping[str, bytes]:
        return self.mapping

    def ids(self) -> Collection[bytes]:
        return {*self.mapping.values(), *self.more}


def as_resolver(names: Resolver | Mapping[str, bytes] | None) -> Resolver:
    """A Resolver from what callers have at hand: one, a mapping, or nothing."""
    if names is None or isinstance(names, Mapping):
        return Names(names or {})
    return names


def resolve(reference: str, resolver: Resolver, text: str, offset: int) -> bytes:
    """The id that a name, an id, or the start of one stands for. `text` and `offset` say where it
    stands, for UnknownName, AmbiguousName and DecisionSyntaxError.
    """
    if not reference.lower().startswith("0x"):
        known = resolver.names()
        if reference in known:
            return known[reference]
        lowered = {name.lower(): name for name in known}
        close = difflib.get_close_matches(reference.lower(), lowered, n=1, cutoff=0.5)
        raise UnknownName(reference, text, offset, lowered[close[0]] if close else None)
    digits = reference[2:].rstrip("….").lower()
    if len(digits) > 2 * ID_SIZE:
        message = f"an id has {2 * ID_SIZE} hex digits, this has {len(digits)}"
        raise DecisionSyntaxError(message, text, offset, ("an id",))
    if len(digits) == 2 * ID_SIZE:
        return bytes.fromhex(digits)
    found = sorted(known for known in resolver.ids() if known.hex().startswith(digits))
    if not found:
        raise UnknownName(reference, text, offset)
    if len(found) > 1:
        raise AmbiguousName(reference, found, text, offset)
    return found[0]
