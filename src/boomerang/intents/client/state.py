"""The book and all else that a settlement's events tell, rebuilt from them.

Addresses are 20 bytes, amounts in a token's smallest unit, times Unix seconds. Nothing here needs a
chain.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Self

from boomerang.intents.client import events
from boomerang.intents.prices import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.intents.client.events import Event

SPARE_POPS = 16
"""Pops beyond what the book asks for now: what may come in between is paid for too."""
NEVER = 2**32 - 1
"""The deadline of an entry that does not expire: what the book has for all later ones."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the list of those who sell `sell` for `buy`. `amount` and `least` are what was
    posted: its rate for ever; `left` is still to be sold, if its maker has it and allows it.

    `deadline` is NEVER where the intent's is that or later. `intent_hash` is what was posted; zeros
    where the chain was asked, which does not keep it.
    """

    sell: bytes
    buy: bytes
    number: int
    maker: bytes
    amount: int
    least: int
    left: int
    deadline: int
    intent_hash: bytes = bytes(32)

    @property
    def rate(self) -> Fraction:
        """What it wants for one unit, at least. The best entry of a list has the lowest."""
        return Fraction(self.least, self.amount)

    def within(self, amount: int, least: int) -> bool:
        """Whether one who sells `amount` of what it buys for at least `least` crosses it."""
        return within(amount, least, self.amount, self.least)


def place(entries: Sequence[Entry], amount: int, least: int) -> int:
    """The number of the entry behind which a new one belongs in its own list: the last of the same
    or a better rate. 0: it is the first.
    """
    before = bisect_right(entries, Fraction(least, amount), key=lambda entry: entry.rate)
    return entries[before - 1].number if before else 0


def pops(entries: Sequence[Entry], amount: int, least: int) -> int:
    """Enough pops for one who walks this list, selling `amount` for at least `least`: the entries
    that it crosses, and a few to spare.
    """
    return sum(entry.within(amount, least) for entry in entries) + SPARE_POPS


@dataclass
class State:
    """What has become of everything so far."""

    lists: dict[tuple[bytes, bytes], list[Entry]] = field(default_factory=dict)
    """By what is sold and what is bought: the entries from the head on."""
    sold: dict[bytes, int] = field(default_factory=dict)
    """By the hash of an intent: what it has sold so far, in the book and before it was posted."""
    bought: dict[bytes, int] = field(default_factory=dict)
    approved: set[tuple[bytes, bytes]] = field(default_factory=set)
    """Maker and hash of intents that count without a signature."""
    cancelled: dict[tuple[bytes, int], int] = field(default_factory=dict)
    """By maker and word: the bits that were cancelled."""
    announced: dict[bytes, events.Announced] = field(default_factory=dict)
    """By hash: the last announcement."""
    _listed: dict[tuple[bytes, bytes, int], Entry] = field(default_factory=dict, repr=False)

    @classmethod
    def from_events(cls, history: Iterable[Event]) -> Self:
        """From all that a settlement has logged, oldest first."""
        state = cls()
        for event in history:
            state.add(event)
        return state

    def entries(self, sell: bytes, buy: bytes) -> list[Entry]:
        """The list of those who sell `sell` for `buy`, from its head on."""
        return self.lists.get((sell, buy), [])

    def find(self, sell: bytes, buy: bytes, number: int) -> Entry | None:
        """An entry that is listed."""
        return self._listed.get((sell, buy, number))

    def posted(self, intent_hash: bytes) -> Entry | None:
        """The entry of an intent, while it is listed."""
        found = (entry for entry in self._listed.values() if entry.intent_hash == intent_hash)
        return next(found, None)

    def add(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case events.Filled():
                self._count(event.intent_hash, event.sold, event.bought)
            case events.Posted():
                self._list(event)
            case events.EntryFilled():
                self._fill(event)
            case events.Unlisted():
                self._unlist(event)
            case events.Approved():
                change = self.approved.add if event.approved else self.approved.discard
                change((event.maker, event.intent_hash))
            case events.NoncesCancelled():
                place = (event.maker, event.word)
                self.cancelled[place] = self.cancelled.get(place, 0) | event.bits
            case events.Announced():
                self.announced[event.intent_hash] = event
            case events.Shared() | events.Skipped():
                pass

    def _count(self, intent_hash: bytes, sold: int, bought: int) -> None:
        self.sold[intent_hash] = self.sold.get(intent_hash, 0) + sold
        self.bought[intent_hash] = self.bought.get(intent_hash, 0) + bought

    def _list(self, event: events.Posted) -> None:
        left = event.amount - self.sold.get(event.intent_hash, 0)
        values = (event.number, event.maker, event.amount, event.least, left)
        deadline = min(event.deadline, NEVER)
        entry = Entry(event.sell, event.buy, *values, deadline, event.intent_hash)
        self._listed[event.sell, event.buy, event.number] = entry
        insort(self.lists.setdefault((event.sell, event.buy), []), entry, key=_order)

    def _fill(self, event: events.EntryFilled) -> None:
        where = (event.sell, event.buy, event.number)
        entry = self._listed[where]
        self._count(entry.intent_hash, event.sold, event.bought)
        entries = self.entries(event.sell, event.buy)
        filled = replace(entry, left=entry.left - event.sold)
        entries[bisect_left(entries, _order(entry), key=_order)] = self._listed[where] = filled

    def _unlist(self, event: events.Unlisted) -> None:
        entry = self._listed.pop((event.sell, event.buy, event.number))
        entries = self.entries(event.sell, event.buy)
        del entries[bisect_left(entries, _order(entry), key=_order)]


def _order(entry: Entry) -> tuple[Fraction, int]:
    """The book's order: by rate, then by time, in which numbers rise."""
    return entry.rate, entry.number


__all__ = ["NEVER", "SPARE_POPS", "Entry", "State", "place", "pops"]
