"""A node on this machine with a registry and a market for intents on it: what `boomerang devnet`
runs.

While it runs, the file `devnet.json` in the store's directory says where it is, and a lock beside
it is held. A file without a held lock is what a killed devnet left: it means nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boomerang.errors import BoomerangError, InvalidInput
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boomerang.chains.base import Chain
    from boomerang.intents.client.deployments import Deployment

FILE = "devnet.json"
LOCK = "devnet.lock"
FORMAT = "boomerang-devnet/1"
NOTE = (
    "Development accounts: their keys are public (the mnemonic is below). "
    "Never send real money to them."
)


class NoDevnet(BoomerangError):
    """No devnet runs."""

    exit_code = 3


class DevnetRuns(InvalidInput):
    """A devnet runs already."""


@dataclass(frozen=True)
class Devnet:
    """What the file says."""

    url: str
    chain_id: int
    registry: str
    parameters: Parameters
    accounts: dict[str, str]
    mnemonic: str
    pid: int
    intents: Deployment | None = None
    """The market to settle intents on; None where Uniswap's files are not installed."""

    def data(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "format": FORMAT,
            "url": self.url,
            "chainId": self.chain_id,
            "registry": self.registry,
            "intents": None if self.intents is None else self.intents.data(),
            "parameters": self.parameters.to_abi(),
            "accounts": self.accounts,
            "mnemonic": self.mnemonic,
            "note": NOTE,
            "pid": self.pid,
        }

    @classmethod
    def from_data(cls, value: dict[str, Any]) -> Devnet:
        """From JSON data."""
        from boomerang.intents.client.deployments import Deployment

        if value.get("format") != FORMAT:
            raise InvalidInput(f"not a file of the format {FORMAT}")
        intents = value.get("intents")
        return cls(
            url=value["url"],
            chain_id=value["chainId"],
            registry=value["registry"],
            parameters=Parameters.from_abi(value["parameters"]),
            accounts=value["accounts"],
            mnemonic=value["mnemonic"],
            pid=value["pid"],
            intents=None if intents is None else Deployment.from_data(intents),
        )


def running(directory: Path) -> Devnet | None:
    """The devnet that runs, if one does."""
    path = directory / FILE
    if not path.exists() or _lock(directory, probe=True) is not None:
        return None
    try:
        return Devnet.from_data(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError, InvalidInput):
        return None


def find(directory: Path) -> Devnet:
    """The devnet that runs; NoDevnet, with what to do, when none does."""
    found = running(directory)
    if found is None:
        raise NoDevnet("no devnet is running here; start one: boomerang devnet")
    return found


def serve(
    directory: Path,
    *,
    port: int,
    host: str,
    chain_id: int,
    block_time: int,
    parameters: Parameters,
    ready: Callable[[Devnet], None],
    also: Path | None = None,
) -> None:
    """Start a node, deploy, write the file, and stay until SIGINT, SIGTERM or the node's end.

    `ready` is told once all is in place; `also` is a further file to write. Everything that was
    started is stopped, and the files removed, however this ends.
    """
    from boomerang.chains.anvil import Anvil
    from boomerang.chains.base import DEV_ACCOUNTS, DEV_MNEMONIC
    from boomerang.chains.node import NodeChain
    from boomerang.client import Registry

    held = _lock(directory, patience=1.0)
    if held is None:
        raise DevnetRuns("a devnet runs already; stop it: boomerang devnet --stop")
    files = [directory / FILE, *([] if also is None else [also])]
    try:
        with (
            _stop_signals() as stop,
            Anvil(
                port=port,
                host=host,
                chain_id=chain_id,
                genesis_time=None,
                automine=True,
                block_time=block_time,
            ) as node,
        ):
            chain = NodeChain(node.url)
            try:
                deployer = DEV_ACCOUNTS["judy"]
                registry = Registry.deploy(chain, parameters, deployer)
                intents = _market(chain, registry.address, deployer)
            finally:
                chain.close()
            info = Devnet(
                url=node.url,
                chain_id=chain_id,
                registry=registry.domain.registry,
                parameters=parameters,
                accounts=dict(DEV_ACCOUNTS),
                mnemonic=DEV_MNEMONIC,
                pid=os.getpid(),
                intents=intents,
            )
            for path in files:
                _write(path, info)
            ready(info)
            while node.running and not stop.wait(0.2):
                pass
            if not stop.is_set():
                raise NoDevnet("the node ended by itself")
    finally:
        for path in files:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        os.close(held)


def _market(chain: Chain, registry: str, deployer: str) -> Deployment | None:
    """What intents need, with tokens for every account; None without Uniswap's files."""
    from boomerang.chains.base import DEV_ACCOUNTS
    from boomerang.intents.client.deploy import deploy_market
    from boomerang.intents.client.uniswap import UniswapNotFound, find_package

    try:
        find_package()
    except UniswapNotFound:
        return None
    return deploy_market(chain, registry, holders=DEV_ACCOUNTS.values(), sender=deployer)


def stop(directory: Path, patience: float = 15.0) -> Devnet:
    """Stop the devnet that runs, and wait until it is gone."""
    found = find(directory)
    with contextlib.suppress(ProcessLookupError):
        os.kill(found.pid, signal.SIGTERM)
    limit = time.monotonic() + patience
    while running(directory) is not None:
        if time.monotonic() > limit:
            raise NoDevnet(f"the devnet (process {found.pid}) does not stop")
        time.sleep(0.05)
    return found


def _write(path: Path, info: Devnet) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(info.data(), indent=2) + "\n")
        temporary.chmod(0o600)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise InvalidInput(f"cannot write {path}: {error.strerror}") from error


def _lock(directory: Path, *, patience: float = 0.0, probe: bool = False) -> int | None:
    """The lock's descriptor, held; None when somebody else holds it. A probe lets go at once.

    Patience outlasts the probes of others.
    """
    descriptor = os.open(directory / LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    limit = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < limit:
                time.sleep(0.02)
                continue
            os.close(descriptor)
            return None
        if probe:
            os.close(descriptor)
        return descriptor


@contextlib.contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, while this lasts."""
    event = threading.Event()

    def handle(*_: object) -> None:
        event.set()

    before = {kind: signal.signal(kind, handle) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield event
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
