"""`boomerang devnet`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.deploy import parameter_options, parameters_from
from boomerang.cli.options import App, shared

if TYPE_CHECKING:
    from boomerang.devnet import Devnet

_DETACH_SECONDS = 60.0


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8545,
    show_default=True,
    help="0 lets the system choose.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--chain-id", type=int, default=31337, show_default=True)
@click.option(
    "--block-time",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Seconds between blocks; transactions make a block at once.",
)
@click.option(
    "--file",
    "also",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A further file for the addresses, besides the one in the store.",
)
@click.option("--detach", is_flag=True, help="Leave it running in the background.")
@click.option("--stop", is_flag=True, help="Stop the one that runs.")
@parameter_options
@shared(chain=False)
def devnet(
    app: App,
    port: int,
    host: str,
    chain_id: int,
    block_time: int,
    also: Path | None,
    detach: bool,
    stop: bool,
    **given: Any,
) -> None:
    """Start a local node (anvil) with a registry and funded accounts on it, and a market for
    intents: tokens A, B, C and D, of which every account has some, Uniswap's pools, a settlement.

    It runs until Ctrl-C; meanwhile `--network devnet` means it. The accounts (alice, bob, …) are
    the well-known ones of every development node: their keys are public.
    """
    from boomerang import devnet as devnets

    directory = app.store.path
    if stop:
        stopped = devnets.stop(directory)
        app.show({"stopped": stopped.url}, lambda: f"The devnet at {stopped.url} is stopped.")
        return
    parameters = parameters_from(**given)
    if detach:
        if devnets.running(directory) is not None:
            raise devnets.DevnetRuns("a devnet runs already; stop it: boomerang devnet --stop")
        words = ["--port", str(port), "--host", host, "--chain-id", str(chain_id)]
        words += ["--block-time", str(block_time)]
        for name, value in parameters.to_abi().items():
            words += ["--set", f"{name}={value}"]
        words += ["--store", str(directory)]
        words += ["--file", str(also.absolute())] if also else []
        _show(app, _in_background(directory, words))
        app.log("It runs in the background. Stop it: boomerang devnet --stop")
        return

    def ready(info: Devnet) -> None:
        _show(app, info)
        sys.stdout.flush()
        app.log("Running. Ctrl-C stops it.")

    devnets.serve(
        directory,
        port=port,
        host=host,
        chain_id=chain_id,
        block_time=block_time,
        parameters=parameters,
        ready=ready,
        also=also,
    )
    app.log("Stopped.")


def _show(app: App, info: Devnet) -> None:
    def view() -> Any:
        from eth_utils.address import to_checksum_address
        from rich.table import Table

        table = Table(box=None, show_header=False)
        table.add_row("node", info.url)
        table.add_row("chain id", str(info.chain_id))
        table.add_row("registry", info.registry)
        if info.intents is not None:
            table.add_row("settlement", info.intents.settlement)
            for token in info.intents.tokens:
                table.add_row(token.name, str(to_checksum_address(token.address)))
        table.add_row("file", str(app.store.path / "devnet.json"))
        for name, address in info.accounts.items():
            table.add_row(name, address)
        table.add_row("mnemonic", f"{info.mnemonic}  (public: never send real money here)")
        return table

    app.show(info.data(), view)
    if info.intents is None:
        app.warn("there is no market for intents: `npm ci` in the repository installs Uniswap")


def _in_background(directory: Path, words: list[str]) -> Devnet:
    """Start this program anew in a session of its own, and wait until the devnet is there."""
    from boomerang import devnet as devnets

    log = directory / "devnet.log"
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "boomerang.cli", "devnet", "--json", *words],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    limit = time.monotonic() + _DETACH_SECONDS
    while time.monotonic() < limit:
        found = devnets.running(directory)
        if found is not None and found.pid == process.pid:
            process.returncode = 0  # it is on its own from here: not ours to wait for
            return found
        if process.poll() is not None:
            break
        time.sleep(0.05)
    else:
        process.terminate()
    raise devnets.NoDevnet(f"the devnet did not start: {_last_words(log)}")


def _last_words(log: Path) -> str:
    """What the process said: the message of its error object, or its last line."""
    text = log.read_text().strip()
    try:
        return str(json.loads(text)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return text.splitlines()[-1] if text else "it said nothing"
