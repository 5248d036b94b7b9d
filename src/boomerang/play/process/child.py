"""An agent's process, as whoever started it sees it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from typing import IO, TYPE_CHECKING, Any

from boomerang.chains.anvil import dying_with_parent
from boomerang.play.process.errors import ProcessDied
from boomerang.store import disk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

STOP_SECONDS = 5.0


class Child:
    """One agent process with a key and a store of its own, in `directory`. It is told of matches by
    its stdin. On Linux the kernel ends it when the thread that started it ends; elsewhere it ends
    by itself, soon after its node has.

    `hear` is called with each event that it tells, in a thread of this process.
    """

    def __init__(
        self,
        name: str,
        address: str,
        directory: Path,
        arguments: Sequence[str],
        hear: Callable[[Child, dict[str, Any]], None],
    ) -> None:
        self.name = name
        self.address = address
        self.directory = directory
        self._arguments = list(arguments)
        self._hear = hear
        self._process: subprocess.Popen[str] | None = None
        self._readers: list[threading.Thread] = []
        self._last: deque[str] = deque(maxlen=30)
        self._writing = threading.Lock()
        self._playing: dict[str, dict[str, Any]] = {}
        self.wanted = False
        """Whether it should run: it was started, and has not been killed since."""

    def start(self) -> None:
        """Start it, also again after its end."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BOOMERANG_")}
        self._process = process = subprocess.Popen(
            dying_with_parent(
                [
                    *(sys.executable, "-m", "boomerang.play.process", *self._arguments),
                    *("--key-file", str(self.directory / "key")),
                    *("--store", str(self.directory / "store")),
                    *("--matches", "-", "--blocks", "--json"),
                ]
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for whoever started it, who then ends it
            env=environment,
        )
        self._readers = [
            threading.Thread(target=self._listen, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._note, args=(process.stderr,), daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self.wanted = True

    def restart(self) -> None:
        """Start it again, and tell it again of the matches that it had not finished."""
        self.start()
        for task in list(self._playing.values()):
            self.tell(task)

    def play(self, task: dict[str, Any]) -> None:
        """Have it take a seat. Raises ProcessDied."""
        self._playing[task["topic"]] = task
        self.tell(task)

    @property
    def pid(self) -> int:
        """Of the process that runs, or ran last."""
        return 0 if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        """Whether it does."""
        return self._process is not None and self._process.poll() is None

    def tell(self, message: dict[str, Any]) -> None:
        """A line to its stdin. Raises ProcessDied."""
        try:
            stream = self._stream()
            with self._writing:
                stream.write(json.dumps(message) + "\n")
                stream.flush()
        except (BrokenPipeError, ValueError):
            raise self.died() from None

    def died(self) -> ProcessDied:
        """What to say of its end."""
        code = None if self._process is None else self._process.poll()
        return ProcessDied(self.name, code, "".join(self._last))

    def kill(self) -> None:
        """End it at once (SIGKILL), in the middle of whatever it does."""
        self._end(at_once=True)

    def stop(self) -> None:
        """End it: by the end of its stdin and SIGTERM, then surely. May be called twice."""
        self._end(at_once=False)

    def _end(self, *, at_once: bool) -> None:
        self.wanted = False
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.kill() if at_once else process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for reader in self._readers:
            if reader is not threading.current_thread():
                reader.join(STOP_SECONDS)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _stream(self) -> IO[str]:
        if self._process is None or self._process.stdin is None:
            raise self.died()
        return self._process.stdin

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            try:
                event = json.loads(line)
            except ValueError:
                self._last.append(line)
                continue
            if "error" in event and "event" not in event:
                self._last.append(line)
            else:
                if event["event"] == "outcome":
                    self._playing.pop(event["topic"], None)
                self._hear(self, event)

    def _note(self, stream: IO[str]) -> None:
        self._last.extend(stream)


def new_key(directory: Path) -> str:
    """A fresh key in a file `key` in a directory, which only its owner can read; its address."""
    from eth_account import Account

    account = Account.create()
    disk.private_directory(directory)
    disk.write_new_file(directory / "key", account.key.hex().encode() + b"\n")
    return str(account.address)


__all__ = ["Child", "new_key"]
