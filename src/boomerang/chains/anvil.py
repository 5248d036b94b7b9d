"""Start and stop anvil. A node that was started here never outlives this process.

The port is the operating system's choice unless one is asked for, and the node itself says which it
is, so two tests cannot end up on one node. On Linux the kernel kills the node when the thread that
started it dies, however it dies; elsewhere an exit handler does, which a SIGKILL of this process
prevents.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boomerang.chains.base import (
    BLOCK_GAS_LIMIT,
    DEFAULT_CHAIN_ID,
    DEFAULT_GENESIS_TIME,
    DEV_ACCOUNTS,
    DEV_BALANCE,
    DEV_MNEMONIC,
    ChainFault,
)
from boomerang.chains.node import NodeChain

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 30.0
STOP_SECONDS = 5.0

# Run before anvil, in its process: have the kernel send SIGTERM when the thread that started us
# ends (PR_SET_PDEATHSIG, which exec keeps). A `preexec_fn` would do, were it safe beside threads.
_DIE_WITH_PARENT = [
    sys.executable,
    "-ISc",
    """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
""",
]


def dying_with_parent(command: list[str]) -> list[str]:
    """A command as it must be started for the kernel to end it (SIGTERM) when the thread that
    started it ends, however that ends. On Linux; elsewhere the command as it is.
    """
    if sys.platform != "linux":
        return command
    return [*_DIE_WITH_PARENT, str(os.getpid()), *command]


class AnvilNotFound(ChainFault):
    """There is no anvil to start."""

    def __init__(self, looked: list[str]) -> None:
        self.looked = looked
        super().__init__(
            "anvil was not found; `npm ci` in the repository installs it, and so does foundryup. "
            f"Looked in {', '.join(looked)}"
        )


class AnvilNotStarted(ChainFault):
    """anvil ended, or said nothing, before it listened; `output` is what it printed."""

    def __init__(self, why: str, output: str) -> None:
        self.output = output
        super().__init__(f"anvil did not start: {why}\n{output}".rstrip())


def find_anvil() -> Path:
    """The native binary: $ANVIL, node_modules here or in a parent, PATH. Raises AnvilNotFound.

    npm's `anvil` is a script that starts the binary beside it; that one is passed over, since
    stopping the script need not stop the node.
    """
    looked = ["$ANVIL"]
    chosen = os.environ.get("ANVIL")
    if chosen:
        if Path(chosen).is_file():
            return Path(chosen)
        raise AnvilNotFound([f"$ANVIL={chosen}"])
    roots = list(dict.fromkeys([Path.cwd(), *Path.cwd().parents, *Path(__file__).parents]))
    for root in roots:
        for binary in sorted(root.glob("node_modules/@foundry-rs/anvil-*/bin/anvil*")):
            if os.access(binary, os.X_OK):
                return binary
    looked += ["node_modules/@foundry-rs", "PATH"]
    found = shutil.which("anvil", path=os.pathsep.join(_native_path()))
    if found is None:
        raise AnvilNotFound(looked)
    return Path(found)


def _native_path() -> Iterator[str]:
    """PATH without npm's directories of scripts."""
    for directory in os.environ.get("PATH", "").split(os.pathsep):
        if Path(directory).parts[-2:] != ("node_modules", ".bin"):
            yield directory


class Anvil:
    """A running node: `url`, `pid`, `stop()`; a context manager.

    `port` 0 lets the system choose. With `automine` each transaction is mined as it comes, with
    `block_time` (seconds) a block is also made that often; by default blocks are made on demand.
    `chain_id`, `genesis_time` (Unix seconds) and `host` as named. Gas costs nothing, and the
    development accounts have DEV_BALANCE. `states`: keep so many of the latest blocks' states, in
    memory alone; by default all, on disk under ~/.foundry too, where those of a node that is killed
    stay. Raises AnvilNotFound, AnvilNotStarted.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        chain_id: int = DEFAULT_CHAIN_ID,
        genesis_time: int | None = DEFAULT_GENESIS_TIME,
        automine: bool = False,
        block_time: int | None = None,
        states: int | None = None,
    ) -> None:
        command = [
            str(find_anvil()),
            *("--host", host, "--port", str(port), "--chain-id", str(chain_id)),
            *("--mnemonic", DEV_MNEMONIC, "--accounts", str(len(DEV_ACCOUNTS))),
            *("--balance", str(DEV_BALANCE // 10**18)),
            *("--hardfork", "prague", "--order", "fifo"),
            *("--block-base-fee-per-gas", "0", "--gas-price", "0", "--disable-min-priority-fee"),
            *("--gas-limit", str(BLOCK_GAS_LIMIT)),
        ]
        if states is not None:
            command += ["--prune-history", str(states)]
        if genesis_time is not None:
            command += ["--timestamp", str(genesis_time)]
        if block_time is not None:
            command += ["--block-time", str(block_time)]
            if automine:
                command.append("--mixed-mining")
        elif not automine:
            command.append("--no-mining")
        self._process = subprocess.Popen(
            dying_with_parent(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        atexit.register(self.stop)
        self._printed: list[str] = []
        self._ready = threading.Event()
        self._address: str | None = None
        self._reader = threading.Thread(target=self._read, name="anvil output", daemon=True)
        self._reader.start()
        try:
            listening = self._ready.wait(START_SECONDS)
            if self._address is None:
                why = "it ended" if listening else f"it did not listen within {START_SECONDS:g} s"
                raise AnvilNotStarted(why, "".join(self._printed[-20:]))
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """Where it listens, e.g. http://127.0.0.1:8545."""
        return f"http://{self._address}"

    @property
    def pid(self) -> int:
        """The node's process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it: politely, then surely. May be called twice, from any thread."""
        atexit.unregister(self.stop)
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if threading.current_thread() is not self._reader:
            self._reader.join(STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def wait(self) -> int:
        """Until it ends by itself or by a signal; its exit status."""
        return self._process.wait()

    def __enter__(self) -> Anvil:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _read(self) -> None:
        """Keep the pipe empty, and find the line that says where it listens."""
        with contextlib.suppress(ValueError):  # closed by stop()
            for line in self._process.stdout or ():
                if not self._ready.is_set():
                    self._printed.append(line)
                    if line.startswith("Listening on "):
                        self._address = line.split()[-1]
                        self._ready.set()
        self._ready.set()


class AnvilChain(NodeChain):
    """A `Chain` on a node of its own, which `close` (or leaving the `with` block) stops.

    Options are those of `Anvil`.
    """

    def __init__(self, **options: Any) -> None:
        self._node = Anvil(**options)
        try:
            super().__init__(self._node.url)
        except BaseException:
            self._node.stop()
            raise

    @property
    def node(self) -> Anvil:
        """The process."""
        return self._node

    def close(self) -> None:
        super().close()
        self._node.stop()


def wait_until_stopped(pid: int, seconds: float = STOP_SECONDS) -> bool:
    """Whether a process is gone within so many seconds (tests and `devnet stop` ask this)."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
