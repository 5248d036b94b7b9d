"""What a round came to, and what is on its way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from boomerang.keeper.actions import Action

if TYPE_CHECKING:
    from boomerang.chains.base import Tx
    from boomerang.intents.service.solving import Found


@dataclass(frozen=True, slots=True)
class Settling(Action):
    """A batch to send. Its key says which: each batch is a thing of its own."""

    batch: bytes = b""

    @property
    def key(self) -> str:
        return f"settle:{self.batch.hex()[:32]}"


@dataclass(slots=True)
class Pending:
    """A batch that is on its way."""

    action: Settling
    tx: Tx
    intents: tuple[bytes, ...]
    hashes: list[bytes] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Round:
    """What one look came to. `settled`: a batch was found in a block."""

    time: int
    intents: int
    entries: int
    found: Found | None
    passed: dict[bytes, str]
    waiting: bool
    settled: bool


__all__ = ["Pending", "Round", "Settling"]
