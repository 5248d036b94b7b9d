"""Follows a node: each new block with what the registry logged in it, in one or two requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import Block, Log
from boomerang.identity import address as checksummed
from boomerang.play.process.errors import Reorganised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.chains.node import Transport
    from boomerang.client.contracts import Contracts
    from boomerang.client.events import Event

HEADERS = 64
"""So many of the latest blocks are told one by one; of older ones only those that hold events."""

SPAN = 5_000
"""Blocks that one eth_getLogs asks for; many providers answer for so many only."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A block, and what the registry and its parts logged in it."""

    block: Block
    events: tuple[Event, ...]


class Follower:
    """The chain from the block `first` on, as `poll` finds it. `base_fee` (wei) is the head's."""

    def __init__(self, transport: Transport, contracts: Contracts, first: int = 0) -> None:
        self._transport = transport
        self._contracts = contracts
        self._first = first
        self._hash = ""
        self.number = first - 1
        self.base_fee = 0

    def poll(self) -> list[Sighting]:
        """What is new, oldest first; the last one is the head, and empty if nothing is new. Raises
        Reorganised where a block that it told of is not in the chain any more.
        """
        (head,) = self._transport.request([("eth_getBlockByNumber", ["latest", False])])
        if head["hash"] == self._hash:
            return []
        last = int(head["number"], 16)
        if last <= self.number:
            raise Reorganised(self.number)
        start = self.number + 1
        calls: list[tuple[str, list[Any]]] = []
        if self._hash:
            calls.append(("eth_getBlockByNumber", [hex(self.number), False]))
        numbers = range(max(start, last - HEADERS), last)
        calls += [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
        spans = range(start, last + 1, SPAN)
        calls += [self._logs(at, min(at + SPAN - 1, last)) for at in spans]
        answers = self._transport.request(calls)
        if self._hash:
            known = answers.pop(0)
            if known is None or known["hash"] != self._hash:
                raise Reorganised(self.number)
        headers = [*answers[: len(numbers)], head]
        found = [log for logs in answers[len(numbers) :] for log in logs]
        sightings = self._sightings(headers, found)
        self.number, self._hash = last, head["hash"]
        self.base_fee = int(head.get("baseFeePerGas") or "0x0", 16)
        return sightings

    def again(self) -> None:
        """Begin anew, with the first block."""
        self._hash, self.number = "", self._first - 1

    def _logs(self, first: int, last: int) -> tuple[str, list[Any]]:
        where = {"fromBlock": hex(first), "toBlock": hex(last)}
        return "eth_getLogs", [{"address": list(self._contracts.names), **where}]

    def _sightings(self, headers: Sequence[Any], found: Sequence[Any]) -> list[Sighting]:
        times = {int(h["number"], 16): int(h["timestamp"], 16) for h in headers if h is not None}
        missing = sorted({int(log["blockNumber"], 16) for log in found} - times.keys())
        for at in range(0, len(missing), HEADERS):
            numbers = missing[at : at + HEADERS]
            calls = [("eth_getBlockByNumber", [hex(number), False]) for number in numbers]
            for number, header in zip(numbers, self._transport.request(calls), strict=True):
                if header is None:
                    raise Reorganised(number)
                times[number] = int(header["timestamp"], 16)
        logs: dict[int, list[Log]] = {number: [] for number in sorted(times)}
        for log in found:
            number = int(log["blockNumber"], 16)
            logs[number].append(_log(log, Block(number, times[number])))
        return [
            Sighting(Block(number, times[number]), tuple(self._contracts.read(of_block)))
            for number, of_block in logs.items()
        ]


def _log(found: Any, block: Block) -> Log:
    return Log(
        checksummed(found["address"]),
        tuple(bytes.fromhex(topic[2:]) for topic in found["topics"]),
        bytes.fromhex(found["data"][2:]),
        block,
        int(found["logIndex"], 16),
    )


__all__ = ["HEADERS", "Follower", "Sighting"]
