"""All that a settlement has logged, followed block by block; read anew after a reorganisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.intents.client.state import State

if TYPE_CHECKING:
    from boomerang.intents.client import Settlement


class Mirror:
    """The state of one settlement, brought up to date by `look`."""

    def __init__(self) -> None:
        self.state = State()
        self.reorganisations = 0
        self._next: int | None = None
        self._hash = b""

    def look(self, settlement: Settlement) -> State:
        """The state at the chain's head. Raises ChainFault; then nothing changed."""
        chain = settlement.chain
        head = chain.head().number
        last = -1 if self._next is None else self._next - 1
        if self._next is not None and (last > head or chain.block_hash(last) != self._hash):
            self.reorganisations += 1
            self._next = None
        start = settlement.from_block if self._next is None else self._next
        known = State() if self._next is None else self.state
        if start > head:
            return known
        found = settlement.history(start)
        tip = chain.block_hash(head)
        # What came in between is read next time.
        for event in found:
            if event.block.number <= head:
                known.add(event)
        self.state, self._next, self._hash = known, head + 1, tip
        return known


__all__ = ["Mirror"]
