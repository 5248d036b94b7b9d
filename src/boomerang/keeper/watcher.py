"""The chain as a keeper sees it: the registry's state at one node's head, whatever that node showed
before.

Events of blocks that lie deep are kept, with the hash of the last of them; those above are read
anew each time. Where that hash is no longer on the node's chain, everything is read again: no
reorganisation is too deep to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boomerang.chains.base import NodeError, UnknownBlock
from boomerang.client import Contracts, State

if TYPE_CHECKING:
    from boomerang.client import Event
    from boomerang.identity import Domain
    from boomerang.keeper.nodes import Head, Node
    from boomerang.parameters import Parameters


class MovedMeanwhile(NodeError):
    """The chain was reorganised while it was being read. Read it again."""


@dataclass(frozen=True, slots=True)
class View:
    """The registry at a head. `deep`: the time of the block on which `hidden_blocks` blocks stand,
    itself included. `reorganised`: since the last look, blocks went away.
    """

    head: Head
    state: State
    deep: int
    reorganised: bool


class Watcher:
    """Reads one registry. `first` is a block before which it did not exist."""

    def __init__(
        self,
        domain: Domain,
        parameters: Parameters,
        *,
        confirmations: int,
        hidden_blocks: int,
        first: int = 0,
    ) -> None:
        self._domain = domain
        self._contracts = Contracts(domain.registry)
        self._parameters = parameters
        self._confirmations = confirmations
        self._hidden = hidden_blocks
        self._first = first
        self._deep: list[Event] = []
        self._anchor: tuple[int, bytes] | None = None
        self._fresh: list[Event] = []
        self._state: State | None = None
        self._last: tuple[int, bytes] | None = None

    def look(self, node: Node, head: Head) -> View:
        """The registry at this head of this node. Raises NodeError, MovedMeanwhile."""
        number = head.block.number
        moved = self._last is not None and not self._stands(node, self._last, number)
        if self._anchor is not None and not self._stands(node, self._anchor, number):
            self._anchor, self._deep, self._state = None, [], None
        if self._state is None or moved or self._last != (number, head.hash):
            self._read(node, head)
        self._last = (number, head.hash)
        if self._state is None:  # pragma: no cover - _read makes one
            raise AssertionError
        deep = head.block.time
        if self._hidden > 0:
            below = number - self._hidden + 1
            try:
                deep = node.time_of(below) if below >= 0 else 0
            except UnknownBlock:
                raise MovedMeanwhile(node.name, f"block {below} went away") from None
        return View(head, self._state, deep, moved)

    def _stands(self, node: Node, block: tuple[int, bytes], head: int) -> bool:
        """Whether a block is still on the chain. One beyond the head is not: the node went back."""
        if block[0] > head:
            return False
        try:
            return node.hash_of(block[0]) == block[1]
        except UnknownBlock:
            return False

    def _read(self, node: Node, head: Head) -> None:
        number = head.block.number
        start = self._first if self._anchor is None else self._anchor[0] + 1
        logs = node.logs(list(self._contracts.names), start, number) if start <= number else []
        try:
            if node.hash_of(number) != head.hash:
                raise MovedMeanwhile(node.name, "it was reorganised while it was read")
            bottom = number - self._confirmations
            anchor = (bottom, node.hash_of(bottom)) if bottom >= start else None
        except UnknownBlock:
            raise MovedMeanwhile(node.name, "it was reorganised while it was read") from None
        fresh = list(self._contracts.read(logs))
        if self._state is None or fresh != self._fresh:
            events = [*self._deep, *fresh]
            self._state = State.from_events(self._domain, self._parameters, events)
        self._fresh = fresh
        if anchor is not None:
            self._deep += [event for event in fresh if event.block.number <= anchor[0]]
            self._fresh = [event for event in fresh if event.block.number > anchor[0]]
            self._anchor = anchor
