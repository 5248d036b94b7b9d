"""Salts and openings on disk, synced before a seal is sent; see `store.py` for why it is built
as it is.
"""

from boomerang.errors import StoreError
from boomerang.store.backup import Exported, Restored, export, is_encrypted, restore
from boomerang.store.errors import (
    BackupError,
    NoOpening,
    PasswordNeeded,
    RecordDamaged,
    StoreBusy,
    StoreNotPrivate,
    StoreNotWritable,
    WrongPassword,
)
from boomerang.store.records import Mark, PlannedOpening, Publication, Status
from boomerang.store.store import HOME_VARIABLE, Contents, Kept, Store, default_home

__all__ = [
    "HOME_VARIABLE",
    "BackupError",
    "Contents",
    "Exported",
    "Kept",
    "Mark",
    "NoOpening",
    "PasswordNeeded",
    "PlannedOpening",
    "Publication",
    "RecordDamaged",
    "Restored",
    "Status",
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreNotPrivate",
    "StoreNotWritable",
    "WrongPassword",
    "default_home",
    "export",
    "is_encrypted",
    "restore",
]
