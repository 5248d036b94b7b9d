"""The settlement contract as a state machine (docs/intents.md).

`Settlement` is the executable specification: one method a call, the checks in the order of the
document, the contract's errors. A call that raises has changed nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.intents import errors
from boomerang.intents.message import GuardKind
from boomerang.intents.model import events
from boomerang.intents.model.book import Taker
from boomerang.intents.model.conditions import Truth
from boomerang.intents.model.ledger import Env, shown
from boomerang.intents.model.settling import Settling
from boomerang.intents.model.state import FOREVER, Entry

if TYPE_CHECKING:
    from boomerang.intents.batch import Batch, Order
    from boomerang.intents.message import Branch

_POSTABLE = (GuardKind.EXISTS, GuardKind.KEPT, GuardKind.REVERTED, GuardKind.AFTER)


class Settlement(Settling):
    """Settlement and book, without a chain. `copy()` gives an independent one."""

    def settle(self, env: Env, batch: Batch) -> None:
        """Settle a batch: all of it, or nothing."""
        with self.state.journal.attempt():
            self._settle(env, batch)

    def post(self, env: Env, order: Order, pops: int) -> int:
        """Post an intent: it fills what it crosses, past at most `pops` entries, and what is left
        is listed. Returns the entry's number, 0 where everything was filled at once.
        """
        with self.state.journal.attempt():
            return self._post(env, order, pops)

    def unpost(self, env: Env, sell: bytes, buy: bytes, number: int) -> None:
        """Take the caller's own entry out of the book."""
        self._unpost(env, (sell, buy), number)

    def sweep_dead(self, env: Env, sell: bytes, buy: bytes, pops: int) -> None:
        """Take dead entries off the head of a list, at most `pops`."""
        self._sweep_dead(env, (sell, buy), pops)

    def announce(self, env: Env, intent: bytes, program: bytes) -> None:
        """Say a program aloud; it forbids nothing."""
        self._emit(events.Announced(intent, env.caller, program))

    def cancel(self, env: Env, word: int, bits: int) -> None:
        """Cancel the caller's nonces `128 * word + n` for each bit n that is set in `bits`."""
        for bit in range(128):
            if bits >> bit & 1:
                self.state.used[env.caller, 128 * word + bit] = True
        self._emit(events.NoncesCancelled(env.caller, word, bits))

    def approve(self, env: Env, intent: bytes, approved: bool = True) -> None:
        """Count an intent of the caller as signed, or no longer."""
        self.state.approvals[env.caller, intent] = approved
        self._emit(events.Approved(env.caller, intent, approved))

    # ------------------------------------------------------------------ posting

    def _post(self, env: Env, order: Order, pops: int) -> int:
        self._require_ranges(0, order)
        if env.time > order.deadline:
            raise errors.Expired(0, order.deadline, env.time)
        branch = order.branches[0]
        self._require_postable(env, order, branch)
        intent = order.hash(self.domain)
        slot = order.maker, order.nonce
        if self.state.used[slot] or self.state.parts[slot] is not None:
            raise errors.NonceUsed(0, shown(order.maker), order.nonce)
        self.state.used[slot] = True

        pair = order.sell, branch.buy
        taker = Taker(intent, order.maker, *pair, order.amount, branch.least)
        paid, bought = self._walk(env, taker, order.amount, pops)
        if bought:
            self._emit(events.Filled(intent, order.maker, 0, paid, bought))
        if paid == order.amount:
            return 0
        match = self.crossing(*pair, order.amount, branch.least)
        if match is not None:
            raise errors.MatchStands(0, 0, match)
        rest = order.amount - paid
        deadline = min(order.deadline, FOREVER)
        entry = Entry(order.maker, order.amount, branch.least, rest, deadline)
        number = self._insert(pair, entry)
        if not self.alive(env, *pair, number):
            raise errors.NotPostable("nothing behind it")
        terms = order.amount, branch.least, deadline
        self._emit(events.Posted(intent, order.maker, *pair, number, *terms))
        return number

    def _require_postable(self, env: Env, order: Order, branch: Branch) -> None:
        """What counts in the book could be filled by anyone at any time: direct, in parts, with
        guards that are true and cannot change. Posting ends the program's later branches, and
        cancelling its nonce does nothing any more: that is for its maker to decide.
        """
        if order.whole:
            raise errors.NotPostable("whole")
        if not branch.direct:
            raise errors.NotPostable("not a direct swap")
        if env.caller != order.maker:
            raise errors.NotPostable("not its maker")
        if any(guard.kind not in _POSTABLE for guard in branch.guards):
            raise errors.NotPostable("a guard that may change")
        self._require_kinds(0, branch)
        if self.examine(env, branch).truth is not Truth.TRUE:
            raise errors.NotPostable("a guard does not hold")
