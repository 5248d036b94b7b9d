"""The embedded chain in a file, so that it outlives a command: `EmbeddedChain.open(path)`.

The file is a journal: one JSON object a line, the first says which chain this is, each later one is
a block with its transactions, a run of empty blocks, or a balance or code that was set. Opening
replays it. A line counts once its newline is on disk; a torn last line, what a crash leaves, is cut
off by the next writer. Several processes may use one file: writers take an exclusive lock, and
everybody first replays what others have added.

Time stands still between commands, so that nothing lapses while one types: it starts at the wall
clock's second in which the file was made, `send` puts each transaction into a block of its own one
second after the head, and `advance` lets the rest of time pass. Over a longer time it makes empty
blocks, as a real chain would have made them, so that draws become available.
"""

from __future__ import annotations

import fcntl
import json
import os
import time as clock
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import (
    DEFAULT_CHAIN_ID,
    Block,
    ChainFault,
    Log,
    NotSupported,
    Receipt,
    Signer,
    Tx,
)
from boomerang.chains.embedded import EmbeddedChain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

FORMAT = "boomerang-chain-1"
BLOCK_SECONDS = 2
# An advance makes at most so many empty blocks, evenly spread: replaying stays fast, and the
# hash that a draw needs is not lost among the 256 that the EVM knows.
MAX_EMPTY_BLOCKS = 64


class ChainFileError(ChainFault):
    """The file holds no chain, a damaged one, or cannot be read or written."""

    exit_code = 4

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"{path}: {why}")


class StoredChain(EmbeddedChain):
    """A `Chain` in a file. `chain_id` matters only where the file is new.

    `clock_` gives the second in which a new file begins. Raises ChainFileError. Snapshots
    are refused: others may have read already what they would take back.
    """

    def __init__(
        self,
        path: Path,
        *,
        chain_id: int = DEFAULT_CHAIN_ID,
        clock_: Callable[[], float] = clock.time,
    ) -> None:
        self._path = path
        self._read = 0
        self._file = _open(path)
        try:
            with self._locked():
                header = self._first_line()
                if header is None:
                    header = {
                        "format": FORMAT,
                        "chainId": chain_id,
                        "genesisTime": int(clock_()),
                    }
                    self._append(header)
                super().__init__(chain_id=header["chainId"], genesis_time=header["genesisTime"])
                self._catch_up()
        except BaseException:
            self._file.close()
            raise

    @property
    def path(self) -> Path:
        """The journal."""
        return self._path

    # -------------------------------------------------------------------------------- faces

    def head(self) -> Block:
        self._catch_up()
        return super().head()

    def now(self) -> int:
        """The head's second: time stands still until somebody advances it."""
        return self.head().time

    def mine(self, time: int, txs: Sequence[Tx] = ()) -> list[Receipt]:
        with self._locked():
            self._catch_up()
            return self._mine_and_write(time, txs)

    def send(self, tx: Tx, signer: Signer | None = None) -> Receipt:
        """At once, one second after the head."""
        del signer
        with self._locked():
            self._catch_up()
            return self._mine_and_write(super().head().time + 1, [tx])[0]

    def advance(self, seconds: int) -> Block:
        """Let time pass, with empty blocks in it."""
        with self._locked():
            self._catch_up()
            until = super().head().time + seconds
            self._fill(until)
            self._mine_and_write(until, ())
            return super().head()

    def set_balance(self, address: str, wei: int) -> None:
        with self._locked():
            self._catch_up()
            self._append({"balance": [address, str(wei)]})
            super().set_balance(address, wei)

    def set_code(self, address: str, code: bytes) -> None:
        with self._locked():
            self._catch_up()
            self._append({"code": [address, code.hex()]})
            super().set_code(address, code)

    def block(self, number: int) -> Block:
        self._catch_up()
        return super().block(number)

    def call(self, tx: Tx, at: int | None = None) -> bytes:
        self._catch_up()
        return super().call(tx, at)

    def balance(self, address: str) -> int:
        self._catch_up()
        return super().balance(address)

    def nonce(self, address: str) -> int:
        self._catch_up()
        return super().nonce(address)

    def code(self, address: str) -> bytes:
        self._catch_up()
        return super().code(address)

    def logs(self, address: str, from_block: int = 0) -> list[Log]:
        self._catch_up()
        return super().logs(address, from_block)

    def snapshot(self) -> object:
        raise NotSupported(self.kind, "take snapshots while it is kept in a file")

    def restore(self, snapshot: object) -> None:
        del snapshot
        raise NotSupported(self.kind, "return to snapshots while it is kept in a file")

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> StoredChain:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------------------ journal

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _first_line(self) -> dict[str, Any] | None:
        """The header, None in a new file. What is left of a header half written is a new file."""
        line, newline, _ = self._tail(0).partition(b"\n")
        if not newline:
            return None
        try:
            header: dict[str, Any] = json.loads(line)
            if header["format"] != FORMAT:
                raise ChainFileError(self._path, f"holds {header['format']!r}, not {FORMAT!r}")
            int(header["chainId"]), int(header["genesisTime"])
        except (ValueError, LookupError, TypeError):
            raise ChainFileError(self._path, "is not the journal of a chain") from None
        self._read = len(line) + 1
        return header

    def _catch_up(self) -> None:
        """Replay what others have written since."""
        if self._file.closed:
            raise ChainFileError(self._path, "was closed")
        if os.fstat(self._file.fileno()).st_size <= self._read:
            return
        *lines, _torn = self._tail(self._read).split(b"\n")
        for line in lines:
            try:
                self._replay(json.loads(line))
            except (ValueError, LookupError, TypeError, ChainFault) as error:
                raise ChainFileError(
                    self._path, f"is damaged at byte {self._read}: {error}"
                ) from None
            self._read += len(line) + 1

    def _tail(self, start: int) -> bytes:
        try:
            self._file.seek(start)
            data: bytes = self._file.read()
        except OSError as error:
            raise ChainFileError(self._path, f"cannot be read: {error.strerror}") from None
        return data

    def _replay(self, entry: dict[str, Any]) -> None:
        if "time" in entry:
            txs = [
                Tx(sender, to, bytes.fromhex(data), int(value), gas)
                for sender, to, data, value, gas in entry.get("txs", [])
            ]
            super().mine(entry["time"], txs)
        elif "empty" in entry:
            for time in entry["empty"]:
                super().mine(time)
        elif "shift" in entry:
            pass  # of a time when the clock ran; a block at the time it led to follows
        elif "balance" in entry:
            super().set_balance(entry["balance"][0], int(entry["balance"][1]))
        else:
            super().set_code(entry["code"][0], bytes.fromhex(entry["code"][1]))

    def _append(self, entry: dict[str, Any]) -> None:
        """Write one line and have it on disk. Called under the lock."""
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        try:
            self._file.truncate(self._read)
            self._file.seek(self._read)
            left = memoryview(line)
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            # Whoever reads the file must not find what its writer was told has failed.
            with suppress(OSError):
                self._file.truncate(self._read)
            raise ChainFileError(self._path, f"cannot be written: {error.strerror}") from None
        self._read += len(line)

    def _mine_and_write(self, time: int, txs: Sequence[Tx]) -> list[Receipt]:
        before = EmbeddedChain.snapshot(self)
        receipts = super().mine(time, txs)
        entry: dict[str, Any] = {"time": time}
        if txs:
            entry["txs"] = [[t.sender, t.to, t.data.hex(), str(t.value), t.gas] for t in txs]
        try:
            self._append(entry)
        except ChainFileError:
            EmbeddedChain.restore(self, before)
            raise
        return receipts

    def _fill(self, until: int) -> None:
        """Empty blocks from the head up to, not including, `until`."""
        head = super().head().time
        step = max(BLOCK_SECONDS, -(-(until - head) // (MAX_EMPTY_BLOCKS + 1)))
        times = list(range(head + step, until, step))[:MAX_EMPTY_BLOCKS]
        if times:
            self._append({"empty": times})
        for time in times:
            super().mine(time)


def _open(path: Path) -> Any:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
    except OSError as error:
        raise ChainFileError(path, f"cannot be opened: {error.strerror}") from None
