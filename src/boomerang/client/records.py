"""The one storage slot of a commitment, unpacked (contracts/types/Record.sol)."""

from __future__ import annotations

from dataclasses import dataclass

from boomerang.identity import SEAL_SIZE
from boomerang.model import Phase
from boomerang.model.state import EXECUTED

_DRAWN, _DECLINES_ALL, _HAS_OFFERED, _IN_GROUP = 0x10, 0x20, 0x40, 0x80


@dataclass(frozen=True, slots=True)
class Record:
    """What is stored of a commitment; `phase` is the stored one, of which time may have made more.

    `freeze` is a Unix second; `draw` 0 until drawn, `publish_block` None from then on; `seal` the
    23-byte seal while sealed, the start of the decision's hash while pending, a mark once executed,
    else zeros.
    """

    phase: Phase
    freeze: int
    publish_block: int | None
    draw: int
    declines_all: bool
    has_offered: bool
    seal: bytes
    in_group: bool = False

    @property
    def executed(self) -> bool:
        """Whether its clauses were carried out, or its escrow has gone home."""
        return self.phase.final and self.seal == EXECUTED

    @classmethod
    def unpack(cls, word: int) -> Record:
        """From the slot's 256 bits; all zeros are an unpublished commitment."""
        drawn = bool(word & _DRAWN)
        place = word >> 40 & 0xFFFFFFFF
        return cls(
            phase=Phase(word & 0x0F),
            freeze=word >> 8 & 0xFFFFFFFF,
            publish_block=None if drawn else place,
            draw=place if drawn else 0,
            declines_all=bool(word & _DECLINES_ALL),
            has_offered=bool(word & _HAS_OFFERED),
            seal=(word >> 72).to_bytes(SEAL_SIZE, "big"),
            in_group=bool(word & _IN_GROUP),
        )
