"""The book of a settlement as the chain has it: lists, walked entry by entry.

`settlement.state()` rebuilds all lists at once from the history; this asks for one list, as it is
now. Tokens are 20 bytes, amounts in a token's smallest unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from boomerang.intents.client.contracts import BOOK, Contracts, raw
from boomerang.intents.client.state import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator


class Book:
    """The book of one settlement; `Settlement.book` makes it."""

    def __init__(self, contracts: Contracts) -> None:
        self.contracts = contracts
        self.address = contracts.book

    def entries(self, sell: bytes, buy: bytes) -> list[Entry]:
        """The list of those who sell `sell` for `buy`, from its head on."""
        return list(self.walk(sell, buy))

    def walk(self, sell: bytes, buy: bytes) -> Iterator[Entry]:
        """The same, one by one: two calls for the first, one for each that follows."""
        number, _ = self.view("list", *checksummed(sell, buy))
        while number:
            entry, number = self._entry(sell, buy, number)
            yield entry

    def entry(self, sell: bytes, buy: bytes, number: int) -> Entry:
        """An entry that is listed. Raises errors.NoEntry."""
        return self._entry(sell, buy, number)[0]

    def alive(self, sell: bytes, buy: bytes, number: int, at: int | None = None) -> int:
        """How much of what it sells an entry could deliver now; 0 where it is not listed."""
        answer: int = self.view("alive", *checksummed(sell, buy), number, at=at)
        return answer

    def dead(self, sell: bytes, buy: bytes) -> int:
        """How many dead entries stand at the head of a list."""
        count = 0
        for entry in self.walk(sell, buy):
            if self.alive(sell, buy, entry.number):
                break
            count += 1
        return count

    def crossing(self, sell: bytes, buy: bytes, amount: int, least: int) -> int:
        """The number of the entry that forbids later branches to one who sells `amount` of `sell`
        for at least `least` of `buy`: the head of the reverse list if it is within that, else 0.
        """
        answer: int = self.view("crossing", *checksummed(sell, buy), amount, least)
        return answer

    def view(self, function: str, *values: Any, at: int | None = None) -> Any:
        """Any view by its name, with ABI values."""
        return self.contracts.view(BOOK, function, *values, at=at)

    def _entry(self, sell: bytes, buy: bytes, number: int) -> tuple[Entry, int]:
        """An entry, and the number of the one behind it."""
        found = self.view("entry", *checksummed(sell, buy), number)
        maker, amount, least, left, deadline, _, following = found
        return Entry(sell, buy, number, raw(maker), amount, least, left, deadline), following


def checksummed(*tokens: bytes) -> tuple[str, ...]:
    """Tokens as the ABI takes them."""
    return tuple(str(to_checksum_address(token)) for token in tokens)


__all__ = ["Book", "checksummed"]
