"""Salts and openings on disk: a salt lost is a bond lost.

Why one file a record, and not a journal: a record is then whole or absent by one rename,
whatever the file system does with appends; a damaged record can be seen, named and restored
alone; and two stores merge by copying files. A journal would save a few inodes and need torn-
tail rules, compaction and locks for reading; nobody seals so often that it matters.

The rule that keeps bonds safe is the caller's: `plan_opening` returns only when the record is
synced, and only what it returned may be sent. Nothing here ever removes or overwrites a record:
two seals planned for one commitment keep both salts, and the seal that is on chain says which of
them counts.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from boomerang.errors import StoreError
from boomerang.identity import Domain, Key, new_salt
from boomerang.store import disk
from boomerang.store.errors import NoOpening, RecordDamaged, StoreNotWritable
from boomerang.store.records import Envelope, Mark, PlannedOpening, Publication, Record, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boomerang.content import Content

HOME_VARIABLE = "BOOMERANG_HOME"

R = TypeVar("R", Publication, PlannedOpening)


def default_home() -> Path:
    """Where the store is unless told otherwise: `BOOMERANG_HOME`, or the user's data directory."""
    named = os.environ.get(HOME_VARIABLE)
    if named:
        return Path(named).expanduser()
    from platformdirs import user_data_path

    return user_data_path("boomerang", appauthor=False)


@dataclass(frozen=True)
class Kept(Generic[R]):
    """A record with what became of it."""

    record: R
    digest: str
    marks: tuple[Mark, ...] = ()

    @property
    def status(self) -> Status:
        """The furthest that any mark says."""
        return max((mark.status for mark in self.marks), key=_rank, default=Status.PLANNED)

    @property
    def transaction(self) -> str | None:
        """The transaction that the furthest mark names."""
        best = max(self.marks, key=lambda mark: mark.status.rank, default=None)
        return None if best is None else best.transaction


@dataclass
class Contents:
    """Everything that can be read, and the names of the records that cannot."""

    publications: list[Kept[Publication]] = field(default_factory=list)
    openings: list[Kept[PlannedOpening]] = field(default_factory=list)
    loose_marks: list[Mark] = field(default_factory=list)
    damaged: list[RecordDamaged] = field(default_factory=list)


class Store:
    """The directory of one person's openings."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        """Open the store, making it if need be; refuses one that others can reach."""
        self.path = (default_home() if path is None else path).expanduser().absolute()
        self.clock = clock
        disk.private_directory(self.path)
        self.records_path = self.path / "records"
        disk.private_directory(self.records_path)

    # ---------------------------------------------------------------- writing

    def plan_publication(self, domain: Domain, key: Key, content: Content) -> Kept[Publication]:
        """Save what a commitment is made of, before it is published."""
        record = Publication(domain, key, content, int(self.clock()))
        return Kept(record, self._add(record))

    def plan_opening(
        self,
        domain: Domain,
        key: Key,
        decision: bytes,
        text: str,
        content: Content | None = None,
        salt: bytes | None = None,
    ) -> Kept[PlannedOpening]:
        """Save the decision and a fresh salt; once this returns, their seal may be sent."""
        if content is not None and content.hash() != key.content_hash:
            content = None
        record = PlannedOpening(
            domain=domain,
            key=key,
            content=content,
            decision=decision,
            text=text,
            salt=new_salt() if salt is None else salt,
            planned_at=int(self.clock()),
        )
        return Kept(record, self._add(record))

    def mark(
        self,
        kept: Kept[Any],
        status: Status,
        transaction: str | None = None,
        note: str = "",
    ) -> None:
        """Note what became of a record."""
        if status is Status.PLANNED:
            raise ValueError("a record is planned by being there")
        self._add(Mark(kept.record.id, kept.digest, status, int(self.clock()), transaction, note))

    def _add(self, record: Record) -> str:
        envelope = Envelope.seal_up(record)
        with self.locked():
            self._finish_what_was_left()
            self._put(envelope)
        return envelope.digest

    def _put(self, envelope: Envelope) -> None:
        disk.write_file(self.records_path / envelope.name, envelope.encoded())

    def _finish_what_was_left(self) -> None:
        """Under the lock every temporary file is a dead process's: what is whole gets its name.

        What is not whole was never synced, so nothing was sent after it, and it is removed.
        """
        for path in sorted(self.records_path.glob(f".*{disk.TEMPORARY}")):
            try:
                envelope = Envelope.parse(path.name, disk.read_file(path))
            except RecordDamaged:
                with contextlib.suppress(OSError):
                    path.unlink()
                continue
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    disk.sync(descriptor)
                finally:
                    os.close(descriptor)
                disk.rename(path, self.records_path / envelope.name)
                disk.sync_directory(self.records_path)
            except OSError as error:
                raise StoreNotWritable(self.path, error.strerror or str(error)) from error

    def locked(self) -> contextlib.AbstractContextManager[None]:
        """One writer at a time, over all processes; not for nesting."""
        return disk.locked(self.path / "lock")

    # ---------------------------------------------------------------- reading

    def envelopes(self, commitment: bytes | None = None) -> Iterator[Envelope | RecordDamaged]:
        """Every record on disk (of one commitment), whole or damaged."""
        pattern = "*.json" if commitment is None else f"*-{commitment.hex()}-*.json"
        for path in sorted(self.records_path.glob(pattern)):
            try:
                envelope = Envelope.parse(path.name, disk.read_file(path))
                if envelope.name != path.name:
                    raise RecordDamaged(path.name, f"it is the content of {envelope.name}")
            except RecordDamaged as error:
                yield error
            else:
                yield envelope

    def contents(self, commitment: bytes | None = None) -> Contents:
        """Everything that is known (of one commitment), oldest first."""
        found = Contents()
        marks: dict[str, list[Mark]] = {}
        whole: list[Envelope] = []
        for item in self.envelopes(commitment):
            if isinstance(item, RecordDamaged):
                found.damaged.append(item)
            elif isinstance(item.record, Mark):
                marks.setdefault(item.record.of, []).append(item.record)
            else:
                whole.append(item)
        for envelope in whole:
            own = tuple(sorted(marks.pop(envelope.digest, ()), key=_order))
            if isinstance(envelope.record, Publication):
                found.publications.append(Kept(envelope.record, envelope.digest, own))
            elif isinstance(envelope.record, PlannedOpening):
                found.openings.append(Kept(envelope.record, envelope.digest, own))
        found.publications.sort(key=lambda kept: (kept.record.planned_at, kept.digest))
        found.openings.sort(key=lambda kept: (kept.record.planned_at, kept.digest))
        found.loose_marks = [mark for rest in marks.values() for mark in rest]
        return found

    def openings(self, commitment: bytes) -> list[Kept[PlannedOpening]]:
        """Every opening planned for a commitment, oldest first."""
        return self.contents(commitment).openings

    def publication(self, commitment: bytes) -> Kept[Publication] | None:
        """What a commitment of this store is made of."""
        return next(iter(self.contents(commitment).publications), None)

    def opening_of(self, commitment: bytes, seal: bytes) -> Kept[PlannedOpening]:
        """The opening behind the seal that is on chain."""
        found = self.contents(commitment)
        for kept in found.openings:
            if kept.record.seal == seal:
                return kept
        for damage in found.damaged:
            if damage.record.startswith(PlannedOpening.kind):
                raise damage
        if not found.openings:
            raise NoOpening(f"no opening of 0x{commitment.hex()} in the store at {self.path}")
        raise NoOpening(
            f"none of the {len(found.openings)} opening(s) of 0x{commitment.hex()} "
            f"in the store at {self.path} fits the seal on chain, 0x{seal.hex()}"
        )

    # ---------------------------------------------------------------- small files

    def read_json(self, name: str) -> dict[str, Any]:
        """A small file of settings in the store's directory; empty when there is none."""
        path = self.path / name
        try:
            value = json.loads(disk.read_file(path))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise StoreError(f"{path} is not whole JSON ({error})") from error
        if not isinstance(value, dict):
            raise StoreError(f"{path} is not a JSON object")
        return value

    def update_json(self, name: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Read, change and replace such a file under the lock."""
        with self.locked():
            value = self.read_json(name)
            change(value)
            data = json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"
            disk.write_file(self.path / name, data)


def _rank(status: Status) -> int:
    return status.rank


def _order(mark: Mark) -> tuple[int, int]:
    return (mark.at, mark.status.rank)
