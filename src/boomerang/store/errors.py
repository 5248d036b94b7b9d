"""What can go wrong with the store. Every one of these ends a command with exit code 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


class StoreNotPrivate(StoreError):
    """Others than the owner could read the store, so nothing in it is used."""

    def __init__(self, path: Path, why: str, fix: str) -> None:
        self.path = path
        self.fix = fix
        super().__init__(f"{path} {why}; it may hold salts, so it is not used. To repair: {fix}")


class StoreNotWritable(StoreError):
    """A record could not be written and synced: what was to be sent after it was not sent."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"cannot write to the store at {path}: {why}. Nothing was sent")


class StoreBusy(StoreError):
    """Another process holds the store's lock for too long."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path = path
        super().__init__(
            f"the store at {path} is still locked by another process after {seconds:g} s"
        )


class RecordDamaged(StoreError):
    """One record on disk is not what was written; all the others remain usable."""

    def __init__(self, name: str, why: str) -> None:
        self.record = name
        self.why = why
        super().__init__(f"record {name} is damaged: {why}. Restore it from an export")


class NoOpening(StoreError):
    """The store holds no opening that fits."""


class BackupError(StoreError):
    """An export could not be written or read as a whole."""


class WrongPassword(BackupError):
    """The password does not open this export, or the export was changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: the password is wrong, or the file was changed")


class PasswordNeeded(BackupError):
    """The export is encrypted and no password was given."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is encrypted: a password is needed")
