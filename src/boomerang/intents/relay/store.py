"""What a relay remembers: signed intents, on disk before anybody is told that it has them.

Any database that SQLAlchemy knows will do. Times are Unix seconds; what outlives 2^62 of them is
kept as that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, Text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from boomerang.errors import BoomerangError, InvalidInput
from boomerang.intents.relay.signed import SignedIntent, from_data

FOR_EVER: Final = 2**62
PAGE: Final = 100
"""Intents in a page at most."""


class Status(StrEnum):
    """How an intent stands with the relay."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    """Its maker asked to forget it: kept as a name only, so that nobody brings it back."""
    USED = "used"
    """The chain shows its nonce used, cancelled, or taken by another intent."""


_meta = MetaData()
_intents = Table(
    "relay_intents",
    _meta,
    # The number orders the list, and is never given twice: pages stay where they are.
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("maker", String(40), nullable=False, index=True),
    Column("sell", String(40), nullable=False, index=True),
    Column("nonce", String(78), nullable=False),
    Column("deadline", BigInteger, nullable=False, index=True),
    Column("status", String(10), nullable=False, index=True),
    Column("received", BigInteger, nullable=False),
    Column("body", Text),
    sqlite_autoincrement=True,
)
_buys = Table(
    "relay_buys",
    _meta,
    Column("number", ForeignKey("relay_intents.number", ondelete="CASCADE"), primary_key=True),
    Column("buy", String(40), primary_key=True, index=True),
)


class StoreFault(BoomerangError):
    """The relay's database cannot be opened, read or written."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Kept:
    """One intent in the relay. `signed` is None where only its name is left."""

    number: int
    hash: bytes
    maker: bytes
    status: Status
    received: int
    deadline: int
    signed: SignedIntent | None

    def to_data(self) -> dict[str, Any]:
        """As the relay answers it."""
        return {
            "hash": f"0x{self.hash.hex()}",
            "status": str(self.status),
            "received": self.received,
            "signed": None if self.signed is None else self.signed.to_data(),
        }


class Store:
    """The tables, made where they are not there. Safe to use from several threads."""

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy has it: `sqlite:////path/to/file`."""
        try:
            options: dict[str, Any] = {}
            if url.startswith("sqlite"):
                options["connect_args"] = {"timeout": 10, "check_same_thread": False}
            self._engine = sa.create_engine(url, **options)
            if self._engine.dialect.name == "sqlite":
                sa.event.listen(self._engine, "connect", _careful)
            _meta.create_all(self._engine)
        except (SQLAlchemyError, ImportError) as error:
            raise StoreFault(f"the relay's database cannot be opened: {error}") from error

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except SQLAlchemyError as error:
            raise StoreFault(f"the relay's database: {error}") from error

    # -------------------------------------------------------------------------------- writing

    def add(self, signed: SignedIntent, now: int) -> bool:
        """Keep an intent; it is on the medium when this returns. False where it was there."""
        intent = signed.intent
        values = {
            "hash": signed.hash.hex(),
            "maker": intent.maker.hex(),
            "sell": intent.sell.hex(),
            "nonce": str(intent.nonce),
            "deadline": min(intent.deadline, FOR_EVER),
            "status": str(Status.OPEN),
            "received": now,
            "body": json.dumps(signed.to_data(), separators=(",", ":")),
        }
        try:
            with self._begin() as db:
                key = db.execute(sa.insert(_intents).values(**values)).inserted_primary_key
                if key is None:
                    raise StoreFault("the relay's database gives no numbers")
                buys = {branch.buy for branch in intent.branches if not branch.idle}
                if buys:
                    rows = [{"number": key[0], "buy": buy.hex()} for buy in sorted(buys)]
                    db.execute(sa.insert(_buys), rows)
        except IntegrityError:
            return False
        return True

    def mark(self, hashes: list[bytes], status: Status) -> int:
        """These are withdrawn, or used: only their names are kept, until they expire anyway.

        The maker's own word stands: what is withdrawn stays so. How many were changed.
        """
        t, names = _intents, [one.hex() for one in hashes]
        chosen = t.c.hash.in_(names) & (t.c.status == str(Status.OPEN))
        with self._begin() as db:
            numbers = sa.select(t.c.number).where(chosen)
            db.execute(sa.delete(_buys).where(_buys.c.number.in_(numbers)))
            change = sa.update(t).where(chosen).values(status=str(status), body=None)
            return int(db.execute(change).rowcount)

    def restore(self, signed: SignedIntent, now: int) -> None:
        """What a reorganisation gave back its nonce: open again."""
        t = _intents
        with self._begin() as db:
            db.execute(sa.delete(t).where(t.c.hash == signed.hash.hex(), t.c.status == "used"))
        self.add(signed, now)

    def forget_expired(self, now: int) -> int:
        """Delete what can no longer be filled; how many that were."""
        t = _intents
        gone = sa.select(t.c.number).where(t.c.deadline < now)
        with self._begin() as db:
            db.execute(sa.delete(_buys).where(_buys.c.number.in_(gone)))
            return int(db.execute(sa.delete(t).where(t.c.deadline < now)).rowcount)

    # -------------------------------------------------------------------------------- reading

    def get(self, hash: bytes, now: int) -> Kept | None:  # noqa: A002 - what it is
        """One by its name, unless it expired."""
        t = _intents
        chosen = (t.c.hash == hash.hex()) & (t.c.deadline >= now)
        with self._begin() as db:
            row = db.execute(sa.select(t).where(chosen)).first()
        return None if row is None else _kept(row)

    def count(self, maker: bytes | None = None) -> int:
        """Rows there are, names included; of one maker, or of all."""
        t = _intents
        asked = sa.select(sa.func.count()).select_from(t)
        if maker is not None:
            asked = asked.where(t.c.maker == maker.hex())
        with self._begin() as db:
            return int(db.execute(asked).scalar_one())

    def page(
        self,
        now: int,
        *,
        sell: bytes | None = None,
        buy: bytes | None = None,
        maker: bytes | None = None,
        status: Status | None = Status.OPEN,
        after: int = 0,
        limit: int = PAGE,
    ) -> tuple[list[Kept], int | None]:
        """Those that fit, oldest first, from behind the number `after`; and the number from which
        the next page goes on, None where this is the last.
        """
        if not 1 <= limit <= PAGE:
            raise InvalidInput(f"limit must be from 1 to {PAGE}, not {limit}")
        t = _intents
        asked = sa.select(t).where(t.c.number > after, t.c.deadline >= now)
        if sell is not None:
            asked = asked.where(t.c.sell == sell.hex())
        if buy is not None:
            asked = asked.join(_buys, _buys.c.number == t.c.number).where(_buys.c.buy == buy.hex())
        if maker is not None:
            asked = asked.where(t.c.maker == maker.hex())
        if status is not None:
            asked = asked.where(t.c.status == str(status))
        with self._begin() as db:
            rows = db.execute(asked.order_by(t.c.number).limit(limit + 1)).all()
        found = [_kept(row) for row in rows[:limit]]
        return found, found[-1].number if len(rows) > limit else None


def _kept(row: Any) -> Kept:
    return Kept(
        row.number,
        bytes.fromhex(row.hash),
        bytes.fromhex(row.maker),
        Status(row.status),
        row.received,
        row.deadline,
        None if row.body is None else from_data(json.loads(row.body)),
    )


def _careful(connection: Any, record: object) -> None:
    """What was written is on the medium, and readers do not wait for writers."""
    del record
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


__all__ = ["FOR_EVER", "PAGE", "Kept", "Status", "Store", "StoreFault"]
