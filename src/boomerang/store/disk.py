"""The few system calls that decide whether a record survives, each in one place.

A file is born with mode 0600 by `O_EXCL`: there is no instant at which others can read it, and
no way to write through somebody else's file or link. It is written under a temporary name,
synced, renamed, and then its directory is synced, so after `write_record` returns, neither a
killed process nor a power cut loses it, and before the rename nobody sees half of it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from boomerang.errors import StoreError
from boomerang.store.errors import StoreBusy, StoreNotPrivate, StoreNotWritable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY = ".tmp"
"""The ending of files that were not finished."""

_LOCK_PATIENCE = 30.0
_LOCK_PAUSE = 0.02


def create(path: Path) -> int:
    """Open a new file, readable by its owner only from its first instant."""
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.open(path, flags, 0o600)


def write(descriptor: int, data: bytes) -> None:
    """Write all of it, however the system cuts it up."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    """Wait until the file is on the medium, not only in a cache."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if sys.platform == "darwin" and full is not None:  # there fsync leaves it in the drive's cache
        fcntl.fcntl(descriptor, full)
    else:
        os.fsync(descriptor)


def rename(source: Path, target: Path) -> None:
    """Give the finished file its name, in one step."""
    source.rename(target)


def sync_directory(path: Path) -> None:
    """Wait until the names in a directory are on the medium."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, data: bytes) -> None:
    """Put a whole file on disk, synced, under its name; or raise an error, and nothing changed."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}{TEMPORARY}")
    try:
        descriptor = create(temporary)
        try:
            write(descriptor, data)
            sync(descriptor)
        finally:
            os.close(descriptor)
        rename(temporary, path)
        sync_directory(path.parent)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise StoreNotWritable(path.parent, error.strerror or str(error)) from error


def write_new_file(path: Path, data: bytes) -> None:
    """Like `write_file`, for a file that the user named: refuses one that exists."""
    try:
        descriptor = create(path)
    except FileExistsError:
        raise StoreError(f"{path} exists already and is not overwritten") from None
    except OSError as error:
        raise StoreNotWritable(path, error.strerror or str(error)) from error
    try:
        write(descriptor, data)
        sync(descriptor)
        sync_directory(path.parent)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise StoreNotWritable(path, error.strerror or str(error)) from error
    finally:
        os.close(descriptor)


def read_file(path: Path) -> bytes:
    """Read a file of the store, after checking on the opened file that it is private."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise StoreNotPrivate(path, "is a symbolic link", f"rm '{path}'") from error
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        check_private(path, os.fstat(descriptor), directory=False)
        return file.read()


def check_private(path: Path, status: os.stat_result, directory: bool) -> None:
    """Refuse what belongs to someone else or what others can read or write."""
    wanted = "700" if directory else "600"
    kind, is_kind = ("a directory", stat.S_ISDIR) if directory else ("a plain file", stat.S_ISREG)
    if not is_kind(status.st_mode):
        raise StoreNotPrivate(path, f"is not {kind}", f"move '{path}' away")
    if status.st_uid != os.geteuid():
        owner = f"belongs to another user (uid {status.st_uid})"
        raise StoreNotPrivate(path, owner, f"chown {os.geteuid()} '{path}'")
    if status.st_mode & 0o077:
        mode = f"{stat.S_IMODE(status.st_mode):04o}"
        raise StoreNotPrivate(
            path, f"can be reached by others (mode {mode})", f"chmod {wanted} '{path}'"
        )


def private_directory(path: Path) -> None:
    """Make a directory that only its owner can enter, or check that the one there is such."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                path.mkdir(mode=0o700)
            except FileExistsError:  # another process was faster
                pass
            else:
                sync_directory(path.parent)
        status = path.stat()
    except OSError as error:
        raise StoreNotWritable(path, error.strerror or str(error)) from error
    check_private(path, status, directory=True)


@contextmanager
def locked(path: Path, patience: float = _LOCK_PATIENCE) -> Iterator[None]:
    """Hold the store's lock: one writer at a time. The system releases it when a process dies."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise StoreNotWritable(path.parent, error.strerror or str(error)) from error
    try:
        limit = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= limit:
                    raise StoreBusy(path.parent, patience) from None
                time.sleep(_LOCK_PAUSE)
        yield
    finally:
        os.close(descriptor)
