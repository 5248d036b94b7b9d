"""What an agent was asked and what it sent, on disk, for when its process ends in between.

An agent depends on its views and its chance alone, so that a process that starts again can ask it
the same questions, and has it where it was. What it had sent is not made anew but sent again, the
same bytes: a transaction is in here, synced, before it goes out.

One file for each match, a line of JSON for each entry. The first names the match.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from boomerang.errors import StoreError
from boomerang.play.process.errors import JournalDamaged
from boomerang.store import disk

if TYPE_CHECKING:
    from pathlib import Path

Entry = dict[str, Any]


class Journal:
    """The entries of one match. `head` is the first entry: what the match is."""

    def __init__(self, path: Path, head: Entry) -> None:
        """Opens it, making it if need be. Raises JournalDamaged where it is of another match."""
        self.path = path
        found = self._read()
        self.old = found[1:]
        """What was in it when it was opened, but for its head."""
        try:
            self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            if not found:
                self.head = head
                self.write(head, sync=True)
                disk.sync_directory(path.parent)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}") from error
        if found:
            self.head = found[0]
            named = {key: value for key, value in self.head.items() if head.get(key) is not None}
            wanted = {key: value for key, value in head.items() if value is not None}
            if named != wanted:
                self.close()
                raise JournalDamaged(f"{path} is of another match, or of another agent in it")

    def write(self, entry: Entry, *, sync: bool) -> None:
        """One more entry; when this returns it is whole, and with `sync` on the medium."""
        try:
            disk.write(self._file, json.dumps(entry).encode() + b"\n")
            if sync:
                disk.sync(self._file)
        except OSError as error:
            raise StoreError(f"cannot write {self.path}: {error.strerror}") from error

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _read(self) -> list[Entry]:
        """All whole entries. A last line without its end was never finished: nothing was sent
        after it, and it is cut off.
        """
        try:
            data = disk.read_file(self.path)
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != len(data):
            os.truncate(self.path, len(whole))
        try:
            entries = [json.loads(line) for line in whole.splitlines()]
        except ValueError as error:
            raise JournalDamaged(f"{self.path} holds a line that is no JSON ({error})") from error
        if not all(isinstance(entry, dict) for entry in entries):
            raise JournalDamaged(f"{self.path} holds a line that is no entry")
        return entries


__all__ = ["Entry", "Journal"]
