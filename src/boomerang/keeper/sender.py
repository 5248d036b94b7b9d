"""Transactions on their way: nonces, fees, and sending again whatever got lost.

Every decision is written down before it is acted on, and nothing is acted on because it was written
down: each round compares what is wanted now with what the chain and the pool hold. So a keeper may
die between any two lines of this file.

- One transaction at a time for each thing to do (`Action.key`), with one nonce. While it waits it
  is sent again, as it is where the node lost it, with higher fees where it waits too long: up to
  `max_fee`, the faster the nearer the deadline.
- A nonce that others used up is theirs: the action gets a new one.
- A nonce that nobody wants any more but later ones wait for is used for nothing (a transfer of 0
  to oneself).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boomerang.chains.base import CallReverted, NodeError, Tx, TxRejected
from boomerang.errors import ChainError, decode_error
from boomerang.hashing import keccak
from boomerang.keeper.actions import BATCHES, Action
from boomerang.keeper.build import MAX_GAS
from boomerang.keeper.database import DONE, FAILED, SUPERSEDED, Attempt, Database, Row
from boomerang.keeper.nodes import Fate, Fees, Head, Mined, Node, Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boomerang.keeper.journal import Journal
    from boomerang.keeper.settings import Settings

CANCEL = "cancel"
"""The key of transactions that only use up a nonce."""
SURE = 0.5
"""From this lateness on, an action is sent although an estimate says that it would fail."""
STEP = (9, 8)
"""What a node asks of a replacement: at least an eighth more (a tenth would do for most)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action whose time has come, and how to make its transaction."""

    action: Action
    build: Callable[[], Tx]


class Sender:
    """Sends for one account. `place` is the registry: nonces of others are not ours to manage."""

    def __init__(
        self,
        account: str,
        place: str,
        pool: Pool,
        database: Database,
        settings: Settings,
        journal: Journal,
    ) -> None:
        self.account = account
        self._place = place
        self._pool = pool
        self._database = database
        self._settings = settings
        self._journal = journal
        self._refusals: dict[str, tuple[int, float]] = {}

    def step(self, node: Node, head: Head, now: float, wanted: Sequence[Wanted]) -> None:
        """One round. Raises NodeError where the node fails half way; the next round goes on."""
        by_key = {one.action.key: one for one in wanted}
        rows = self._database.live(self._place, self.account)
        if not rows and not by_key:
            return
        mined, pooled = node.counts(self.account)
        fates = self._fates(node, rows)
        waiting = []
        for row in rows:
            fate = fates[row.id]
            if fate.mined is not None:
                self._in_block(head, now, row, fate.mined, by_key)
            elif row.nonce < mined:
                # Its nonce went to something else; or this node is behind itself, or the block that
                # it is in goes away again. The action is free to get another nonce, but this one is
                # remembered for a while, so that it is not taken for a gap.
                if not fate.pooled and now - _last_moved(row) > self._settings.bump_seconds:
                    self._forget(row, "its nonce was used for something else")
                elif now - _last_moved(row) < self._settings.bump_seconds / 4:
                    by_key.pop(row.key, None)
            elif fate.pooled or row.key in by_key:
                waiting.append(row)
            elif row.key != CANCEL:
                self._forget(row, "it is lost, and not wanted any more")
        taken = {row.nonce for row in waiting}
        for row in waiting:
            one = by_key.pop(row.key, None)
            if one is not None:
                self._push(node, head, now, row, fates[row.id], one)
        foreign = set(range(mined, pooled)) - taken
        hindered = False
        for one in by_key.values():
            hindered |= not self._start(node, head, now, one, mined, taken, foreign)
        if not hindered:  # else a gap is for what this node kept from being sent now
            self._fill(node, head, now, range(mined, max(taken, default=0)), taken | foreign)

    # ----------------------------------------------------------------------- what became of it

    def _fates(self, node: Node, rows: list[Row]) -> dict[int, Fate]:
        hashes = [attempt.hash for row in rows for attempt in row.attempts]
        known = dict(zip(hashes, node.fates(hashes), strict=True))
        fates = {}
        for row in rows:
            tried = [known[attempt.hash] for attempt in row.attempts]
            mined = next((one.mined for one in tried if one.mined is not None), None)
            fates[row.id] = Fate(mined, pooled=any(one.pooled for one in tried))
        return fates

    def _in_block(
        self, head: Head, now: float, row: Row, mined: Mined, by_key: dict[str, Wanted]
    ) -> None:
        """It is in a block, which may still go away: it is done once that lies deep enough."""
        if head.block.number - mined.block + 1 >= self._settings.confirmations:
            self._database.settle(row, DONE if mined.ok else FAILED)
            self._journal.info(
                "confirmed" if mined.ok else "failed", action=row.key, block=mined.block
            )
        # What went through is not sent again because logs came late, nor what failed at once. A
        # batch that went through makes room for the next.
        if mined.ok and row.key in BATCHES:
            return
        pause = self._settings.bump_seconds / 4
        if row.attempts and now - row.attempts[-1].sent_at < pause:
            by_key.pop(row.key, None)

    def _forget(self, row: Row, why: str) -> None:
        self._database.settle(row, SUPERSEDED)
        self._journal.info("superseded", action=row.key, nonce=row.nonce, why=why)

    # -------------------------------------------------------------------------------- sending

    def _start(
        self,
        node: Node,
        head: Head,
        now: float,
        wanted: Wanted,
        mined: int,
        taken: set[int],
        foreign: set[int],
    ) -> bool:
        """False where it is not the chain that stands against it, but the node."""
        action = wanted.action
        if self._rests(action, now):
            return True
        prepared = self._prepare(node, now, wanted)
        if prepared is None:
            return self._rests(action, now)
        tx, gas = prepared
        late = action.lateness(int(now))
        # Somebody else's transactions of this account are left alone while there is time for that.
        avoid = taken if late >= SURE else taken | foreign
        nonce = mined
        while nonce in avoid:
            nonce += 1
        fees = self._fees(node, head, late, self._price_of(nonce))
        if nonce in foreign:
            fees = _raised(self._fees(node, head, late, None))
        why = action.why
        row = self._database.decide(
            self._place, self.account, nonce, action.key, why, now, head.block.number
        )
        taken.add(nonce)
        self._send(node, now, row, tx, gas, fees, action)
        return True

    def _push(
        self, node: Node, head: Head, now: float, row: Row, fate: Fate, wanted: Wanted
    ) -> None:
        """One that waits: send it again, or with more."""
        if fate.mined is not None:
            return
        last = row.attempts[-1] if row.attempts else None
        late = wanted.action.lateness(int(now))
        patience = self._settings.bump_seconds * (1 - 0.9 * late)
        waited = now - (row.decided_at if last is None else last.sent_at)
        if last is not None and fate.pooled and waited < patience:
            return
        prepared = self._prepare(node, now, wanted, last)
        if prepared is None:
            return
        tx, gas = prepared
        if last is None:  # killed between the decision and the signature
            fees = self._fees(node, head, late, self._price_of(row.nonce))
        elif fate.pooled or last.content != _content(tx):
            fees = self._fees(node, head, late, _raised(last.fees))
            if fees.max_fee > self._settings.max_fee or fees.tip > self._settings.max_tip:
                return  # all that may be spent is spent
        else:  # lost: again as it was, so that it is the same one wherever it still is
            fees, gas = last.fees, last.gas
            base = head.base_fee
            if fees.max_fee < base:
                fees = self._fees(node, head, late, _raised(fees))
        self._send(node, now, row, tx, gas, fees, wanted.action, pooled=fate.pooled)

    def _fill(self, node: Node, head: Head, now: float, nonces: range, taken: set[int]) -> None:
        """Nonces that are wanted by nobody, but that later ones wait for."""
        for nonce in nonces:
            if nonce in taken:
                continue
            row = self._database.decide(
                self._place, self.account, nonce, CANCEL, "a gap", now, head.block.number
            )
            fees = self._fees(node, head, 0.0, self._price_of(nonce))
            self._send(node, now, row, Tx(self.account, self.account), 21_000, fees, None)

    def _prepare(
        self, node: Node, now: float, wanted: Wanted, last: Attempt | None = None
    ) -> tuple[Tx, int] | None:
        """The transaction and its gas; None where the node says that it would fail now, or says
        nothing. What was sent before needs no estimate, and what is late waits for none.
        """
        action = wanted.action
        tx = wanted.build()
        if last is not None and last.content == _content(tx):
            return tx, last.gas
        try:
            return tx, node.estimate(tx) * 5 // 4
        except (CallReverted, NodeError, TxRejected) as error:
            if action.lateness(int(now)) >= SURE:
                return tx, MAX_GAS.get(action.kind, 2_000_000)
            if isinstance(error, CallReverted):
                self._refused(action, decode_error(error.data), now)
            else:
                self._journal.warning("no-estimate", action=action.key, why=str(error))
        return None

    def _refused(self, action: Action, error: ChainError, now: float) -> None:
        """It would fail: look again soon, and less often each time."""
        count, _ = self._refusals.get(action.key, (0, 0.0))
        pause = min(2.0**count * self._settings.poll / 2, 60.0)
        if action.closes is not None:
            pause = min(pause, max(1.0, (action.closes - now) / 16))
        self._refusals[action.key] = (min(count + 1, 10), now + pause)
        self._journal.info("would-fail", action=action.key, error=error.name, why=error.explain())

    def _rests(self, action: Action, now: float) -> bool:
        _, until = self._refusals.get(action.key, (0, 0.0))
        return now < until

    def _send(
        self,
        node: Node,
        now: float,
        row: Row,
        tx: Tx,
        gas: int,
        fees: Fees,
        action: Action | None,
        *,
        pooled: bool = False,
    ) -> None:
        signed = node.sign(tx, row.nonce, gas, fees)
        again = bool(row.attempts) and row.attempts[-1].hash == signed.hash
        if again:
            self._database.touch(row, now)
        else:
            self._database.attempt(row, Attempt(signed.hash, _content(tx), gas, fees, now))
        said = {
            "action": row.key,
            "nonce": row.nonce,
            "hash": f"0x{signed.hash.hex()}",
            "max_fee": fees.max_fee,
            "account": self.account,
        }
        try:
            refusals = self._pool.broadcast(signed)
        except TxRejected as error:
            self._journal.warning("not-sent", **said, why=error.why)
            if not pooled:  # its nonce is somebody else's: decide anew
                self._forget(row, error.why)
            return
        except NodeError as error:
            self._journal.warning("not-sent", **said, why=str(error))
            return
        if action is not None:
            self._refusals.pop(action.key, None)
        self._journal.info("sent-again" if again else "sent", **said, refused_by=refusals)

    # ----------------------------------------------------------------------------------- fees

    def _fees(self, node: Node, head: Head, late: float, least: Fees | None) -> Fees:
        """What is offered: enough for two blocks of rising base fees when there is time, and all
        that may be spent at the deadline; geometrically in between.
        """
        settings = self._settings
        tip = min(max(node.suggested_tip(), settings.min_tip), settings.max_tip)
        fee = min(max(2 * head.base_fee + tip, 1), settings.max_fee)
        tip = min(tip, fee)
        if late > 0:
            fee = round(fee * (settings.max_fee / fee) ** late)
            tip = round(max(tip, 1) * (settings.max_tip / max(tip, 1)) ** late)
        if least is not None:
            fee, tip = max(fee, least.max_fee), max(tip, least.tip)
        return Fees(fee, min(tip, fee))

    def _price_of(self, nonce: int) -> Fees | None:
        """What must be offered to take the place of whatever was sent with this nonce before."""
        rows = self._database.tried(self._place, self.account, nonce)
        if not rows:
            return None
        most = Fees(max(f.max_fee for f in rows), max(f.tip for f in rows))
        return _raised(most)


def _last_moved(row: Row) -> float:
    return row.attempts[-1].sent_at if row.attempts else row.decided_at


def _raised(fees: Fees) -> Fees:
    up, down = STEP
    return Fees(fees.max_fee * up // down + 1, fees.tip * up // down + 1)


def _content(tx: Tx) -> bytes:
    """What a transaction does, fees and nonce aside."""
    return keccak((tx.to or "").encode() + tx.value.to_bytes(32, "big") + tx.data)


__all__ = ["CANCEL", "Sender", "Wanted"]
