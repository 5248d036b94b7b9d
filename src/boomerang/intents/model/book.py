"""The book: posted intents, in one list for each ordered pair of tokens, best rate first, then the
oldest; and the walk along a list, which fills or unlists its head.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boomerang.intents import errors
from boomerang.intents.model import events
from boomerang.intents.model.conditions import Conditions
from boomerang.intents.model.events import Unlisting
from boomerang.intents.model.ledger import Env, shown
from boomerang.intents.model.state import FOREVER, Entry
from boomerang.intents.prices import EntryFill, fill_entry, within

if TYPE_CHECKING:
    from boomerang.intents.model.state import Pair


@dataclass(frozen=True, slots=True)
class Taker:
    """One who walks a list: an order with its limit, at least `least` of `buy` for `amount`."""

    intent: bytes
    maker: bytes
    sell: bytes
    buy: bytes
    amount: int
    least: int


class Book(Conditions):
    """Lists, entries, and what happens at a head."""

    # ------------------------------------------------------------------ views

    def head(self, sell: bytes, buy: bytes) -> int | None:
        """The number of the first of those who sell `sell` for `buy`."""
        numbers = self.state.lists[sell, buy]
        return numbers[0] if numbers else None

    def entry(self, sell: bytes, buy: bytes, number: int) -> Entry:
        """An entry that is listed (NoEntry)."""
        entry = self.state.entries[sell, buy, number]
        if entry is None:
            raise errors.NoEntry(shown(sell), shown(buy), number)
        return entry

    def alive(self, env: Env, sell: bytes, buy: bytes, number: int) -> int:
        """What an entry could sell now; 0 where there is none."""
        entry = self.state.entries[sell, buy, number]
        if entry is None or env.time > entry.deadline != FOREVER:
            return 0
        account = sell, entry.maker
        return min(entry.left, self.state.balances[account], self.state.allowances[account])

    def crossing(self, sell: bytes, buy: bytes, amount: int, least: int) -> int | None:
        """The head of those who sell what is bought, if it is within this limit."""
        number = self.head(buy, sell)
        if number is None:
            return None
        entry = self.entry(buy, sell, number)
        return number if within(amount, least, entry.amount, entry.least) else None

    # ------------------------------------------------------------------ lists

    def _insert(self, pair: Pair, entry: Entry) -> int:
        """List an entry behind all of the same or a better rate; returns its number."""
        number = self.state.counts[pair] + 1
        self.state.counts[pair] = number
        self.state.entries[(*pair, number)] = entry
        listed = self.state.lists[pair]
        place = len(listed)
        while place and _better(entry, self.entry(*pair, listed[place - 1])):
            place -= 1
        self.state.lists[pair] = (*listed[:place], number, *listed[place:])
        return number

    def _unlist(self, pair: Pair, number: int, reason: Unlisting) -> None:
        listed = self.state.lists[pair]
        self.state.lists[pair] = tuple(other for other in listed if other != number)
        self.state.entries[(*pair, number)] = None
        self._emit(events.Unlisted(*pair, number, reason))

    def _unpost(self, env: Env, pair: Pair, number: int) -> None:
        maker = self.entry(*pair, number).maker
        if maker != env.caller:
            raise errors.NotMaker(shown(env.caller), shown(maker))
        self._unlist(pair, number, Unlisting.CANCELLED)

    def _sweep_dead(self, env: Env, pair: Pair, pops: int) -> None:
        for number in self.state.lists[pair][:pops]:
            if self.alive(env, *pair, number):
                return
            self._unlist(pair, number, Unlisting.DEAD)

    # ------------------------------------------------------------------ the walk

    def _walk(self, env: Env, taker: Taker, offered: int, pops: int) -> tuple[int, int]:
        """Fill or unlist heads within the limit, while units are offered and pops are left;
        returns what was paid and bought.
        """
        paid = bought = 0
        while paid < offered and pops:
            number = self.crossing(taker.sell, taker.buy, taker.amount, taker.least)
            if number is None:
                break
            fill = self._pop(env, taker, number, offered - paid)
            if fill is not None:
                paid += fill.paid
                bought += fill.bought
            pops -= 1
        return paid, bought

    def _pop(self, env: Env, taker: Taker, number: int, offered: int) -> EntryFill | None:
        """Fill the head, or unlist it; what came of it."""
        pair = taker.buy, taker.sell
        entry = self.entry(*pair, number)
        if entry.maker == taker.maker:
            self._unlist(pair, number, Unlisting.OWN)
            return None
        alive = self.alive(env, *pair, number)
        fill = None
        if alive:
            fill = fill_entry(offered, taker.amount, taker.least, alive, entry.amount, entry.least)
            if entry.maker == env.caller:  # nobody pays himself
                fill = replace(fill, missing=0)
        if fill is None or not self._exchange(env, taker, entry.maker, fill):
            self._unlist(pair, number, Unlisting.DEAD)
            return None
        received = fill.paid + fill.missing
        self._emit(events.EntryFilled(*pair, number, taker.intent, fill.bought, received))
        if fill.bought == alive:
            self._unlist(pair, number, Unlisting.FILLED)
        else:
            rest = replace(entry, left=entry.left - fill.bought)
            self.state.entries[(*pair, number)] = rest
        return fill

    def _exchange(self, env: Env, taker: Taker, maker: bytes, fill: EntryFill) -> bool:
        """The transfers of a fill, from account to account. Where that fails, they go through the
        settlement, where it shows whose fault it is: False, with nothing moved, if the entry's
        maker cannot be paid or does not deliver; an error if it is the order's or the caller's.
        """
        sell, buy = taker.sell, taker.buy
        try:
            with self.state.journal.attempt():
                self._transfer(sell, taker.maker, maker, fill.paid)
                self._transfer(sell, env.caller, maker, fill.missing)
                self._transfer(buy, maker, taker.maker, fill.bought)
        except errors.SettlementError:
            pass
        else:
            return True
        here = self.domain.settlement
        self._transfer(sell, taker.maker, here, fill.paid)
        self._transfer(sell, env.caller, here, fill.missing)
        try:
            with self.state.journal.attempt():
                self._transfer(sell, here, maker, fill.paid + fill.missing, own=True)
                self._transfer(buy, maker, here, fill.bought)
        except errors.SettlementError:
            self._transfer(sell, here, taker.maker, fill.paid, own=True)
            self._transfer(sell, here, env.caller, fill.missing, own=True)
            return False
        self._transfer(buy, here, taker.maker, fill.bought, own=True)
        return True


def _better(one: Entry, other: Entry) -> bool:
    """Whether one asks for less than the other, for the same."""
    return one.least * other.amount < other.least * one.amount
