"""What keepers write down: transactions before they are sent, leases, alerts that were told.

Any database that SQLAlchemy knows will do; several keepers may share one. Nothing secret is in it:
of a transaction its hash is kept, not its data, which is made again from the store of openings.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from boomerang.errors import BoomerangError
from boomerang.keeper.nodes import Fees

PENDING, DONE, FAILED, SUPERSEDED = "pending", "done", "failed", "superseded"

_meta = MetaData()
# Wei and nonces may be beyond 64 bits: they are kept as text.
_transactions = Table(
    "boomerang_transactions",
    _meta,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("place", String(80), nullable=False),
    Column("account", String(42), nullable=False),
    Column("nonce", Integer, nullable=False),
    Column("key", String(255), nullable=False),
    Column("why", Text, nullable=False),
    Column("decided_at", Float, nullable=False),
    Column("decided_block", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    sa.Index("boomerang_live", "place", "account", "status"),
)
_attempts = Table(
    "boomerang_attempts",
    _meta,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("transaction", ForeignKey("boomerang_transactions.id"), nullable=False, index=True),
    Column("hash", String(66), nullable=False),
    Column("content", String(66), nullable=False),
    Column("gas", Integer, nullable=False),
    Column("max_fee", String(40), nullable=False),
    Column("tip", String(40), nullable=False),
    Column("sent_at", Float, nullable=False),
)
_leases = Table(
    "boomerang_leases",
    _meta,
    Column("name", String(160), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Float, nullable=False),
)
_alerts = Table(
    "boomerang_alerts",
    _meta,
    Column("place", String(80), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("level", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("since", Float, nullable=False),
    Column("told", Boolean, nullable=False),
)


class DatabaseFault(BoomerangError):
    """The keeper's database cannot be opened, read or written."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Attempt:
    """One signed form of a transaction. `content` is the hash of what it does, fees aside."""

    hash: bytes
    content: bytes
    gas: int
    fees: Fees
    sent_at: float


@dataclass(slots=True)
class Row:
    """A transaction that was decided on: for what, with which nonce, in which forms."""

    id: int
    account: str
    nonce: int
    key: str
    decided_at: float
    status: str
    attempts: list[Attempt] = field(default_factory=list)


class Database:
    """The tables, made where they are not there."""

    def __init__(self, url: str) -> None:
        try:
            options: dict[str, Any] = {}
            if url.startswith("sqlite"):
                options["connect_args"] = {"timeout": 10, "check_same_thread": False}
            self._engine = sa.create_engine(url, **options)
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _careful)
            for _ in range(3):
                try:
                    _meta.create_all(self._engine)
                    break
                except sa.exc.OperationalError as error:  # another keeper makes them as well
                    if "exists" not in str(error):
                        raise
        except (SQLAlchemyError, ImportError) as error:
            raise DatabaseFault(f"the keeper's database cannot be opened: {error}") from error

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise DatabaseFault(f"the keeper's database: {error}") from error

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    def schema(self) -> dict[str, list[str]]:
        """The columns of each table, by its name."""
        return {name: [c.name for c in table.columns] for name, table in _meta.tables.items()}

    # -------------------------------------------------------------------------------- leases

    def lease(self, name: str, holder: str, now: float, seconds: float) -> bool:
        """Take or keep a lease; False while somebody else has it."""
        mine = {"holder": holder, "until": now + seconds}
        free = (_leases.c.holder == holder) | (_leases.c.until < now)
        with self._begin() as db:
            done = db.execute(sa.update(_leases).where(_leases.c.name == name, free).values(**mine))
            if done.rowcount:
                return True
            if db.execute(sa.select(_leases.c.name).where(_leases.c.name == name)).first():
                return False
        try:
            with self._begin() as db:
                db.execute(sa.insert(_leases).values(name=name, **mine))
        except IntegrityError:  # somebody was faster
            return False
        return True

    def release(self, holder: str) -> None:
        """Give all leases back."""
        with self._begin() as db:
            db.execute(sa.delete(_leases).where(_leases.c.holder == holder))

    # -------------------------------------------------------------------------- transactions

    def live(self, place: str, account: str | None = None) -> list[Row]:
        """Transactions that may still change what happens, by nonce."""
        t = _transactions
        chosen = (t.c.place == place) & (t.c.status == PENDING)
        if account is not None:
            chosen &= t.c.account == account
        with self._begin() as db:
            rows = {
                found.id: Row(
                    found.id,
                    found.account,
                    found.nonce,
                    found.key,
                    found.decided_at,
                    found.status,
                )
                for found in db.execute(sa.select(t).where(chosen).order_by(t.c.nonce, t.c.id))
            }
            attempts = (
                sa.select(_attempts)
                .join(t, t.c.id == _attempts.c.transaction)
                .where(chosen)
                .order_by(_attempts.c.id)
            )
            for found in db.execute(attempts):
                rows[found.transaction].attempts.append(
                    Attempt(
                        bytes.fromhex(found.hash),
                        bytes.fromhex(found.content),
                        found.gas,
                        Fees(int(found.max_fee), int(found.tip)),
                        found.sent_at,
                    )
                )
        return list(rows.values())

    def tried(self, place: str, account: str, nonce: int) -> list[Fees]:
        """What was ever offered for this nonce."""
        t, a = _transactions, _attempts
        chosen = (t.c.place == place) & (t.c.account == account) & (t.c.nonce == nonce)
        asked = sa.select(a.c.max_fee, a.c.tip).join(t, t.c.id == a.c.transaction).where(chosen)
        with self._begin() as db:
            return [Fees(int(fee), int(tip)) for fee, tip in db.execute(asked)]

    def decide(
        self, place: str, account: str, nonce: int, key: str, why: str, now: float, block: int
    ) -> Row:
        """Write down that a transaction will be sent. It is on disk when this returns."""
        values = {
            "place": place,
            "account": account,
            "nonce": nonce,
            "key": key,
            "why": why,
            "decided_at": now,
            "decided_block": block,
            "status": PENDING,
        }
        with self._begin() as db:
            made = db.execute(sa.insert(_transactions).values(**values)).inserted_primary_key
        if made is None:
            raise DatabaseFault("the keeper's database gives no ids")
        return Row(int(made[0]), account, nonce, key, now, PENDING)

    def attempt(self, row: Row, attempt: Attempt) -> None:
        """Write down a signed form of it, before it is sent."""
        values = {
            "transaction": row.id,
            "hash": attempt.hash.hex(),
            "content": attempt.content.hex(),
            "gas": attempt.gas,
            "max_fee": str(attempt.fees.max_fee),
            "tip": str(attempt.fees.tip),
            "sent_at": attempt.sent_at,
        }
        with self._begin() as db:
            db.execute(sa.insert(_attempts).values(**values))
        row.attempts.append(attempt)

    def touch(self, row: Row, now: float) -> None:
        """It was sent again as it is."""
        last = row.attempts[-1]
        chosen = (_attempts.c.transaction == row.id) & (_attempts.c.hash == last.hash.hex())
        with self._begin() as db:
            db.execute(sa.update(_attempts).where(chosen).values(sent_at=now))

    def settle(self, row: Row, status: str) -> None:
        """What became of it."""
        t = _transactions
        with self._begin() as db:
            db.execute(sa.update(t).where(t.c.id == row.id).values(status=status))
        row.status = status

    def history(self, place: str) -> list[dict[str, Any]]:
        """Every transaction there ever was, oldest first, for people who ask what happened."""
        t = _transactions
        with self._begin() as db:
            found = db.execute(sa.select(t).where(t.c.place == place).order_by(t.c.id))
            return [dict(row) for row in found.mappings()]

    # -------------------------------------------------------------------------------- alerts

    def alerts(self, place: str) -> dict[str, tuple[str, bool]]:
        """The alerts that stand: level, and whether the webhook was told."""
        a = _alerts
        with self._begin() as db:
            found = db.execute(sa.select(a).where(a.c.place == place))
            return {row.key: (row.level, row.told) for row in found}

    def raise_alert(
        self, place: str, key: str, level: str, text: str, now: float, told: bool
    ) -> None:
        """An alert stands, at this level."""
        a = _alerts
        chosen = (a.c.place == place) & (a.c.key == key)
        values = {"level": level, "text": text, "told": told}
        with self._begin() as db:
            if db.execute(sa.update(a).where(chosen).values(**values)).rowcount:
                return
        try:
            with self._begin() as db:
                db.execute(sa.insert(a).values(place=place, key=key, since=now, **values))
        except IntegrityError:  # another keeper told the same
            return

    def clear_alert(self, place: str, key: str) -> None:
        """It stands no more."""
        a = _alerts
        with self._begin() as db:
            db.execute(sa.delete(a).where(a.c.place == place, a.c.key == key))


def _careful(connection: Any, record: object) -> None:
    """What was written is on the medium, and readers do not wait for writers."""
    del record
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
