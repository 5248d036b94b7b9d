"""`boomerang agent`: an agent that plays by itself, in a process of its own."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import shared
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from boomerang.chains.base import Signer
    from boomerang.cli.options import App

    Messages = Queue[dict[str, Any]]


@click.command()
@click.option("--game", help="Of the catalogue: chicken, bargaining, …")
@click.option("--game-set", multiple=True, metavar="NAME=VALUE", help="A parameter of the game.")
@click.option("--agent", help="Its name, or package.module:Class, or file.py:Class.")
@click.option("--set", "agent_set", multiple=True, metavar="NAME=VALUE", help="Its parameter.")
@click.option("--accounts", metavar="A,B,…", help="The address of each seat, in order.")
@click.option("--seat", type=click.IntRange(min=0), help="Which of them is ours, from 0.")
@click.option("--topic", metavar="HEX", help="The match's topic, 32 bytes. Default: zero.")
@click.option("--start", type=int, metavar="SECOND", help="When it first acts. Default: now.")
@click.option("--horizon", type=int, metavar="SECOND", help="Nobody begins later. [2 periods]")
@click.option("--seed", help="Of its own chance (not of its secrets). Default: random.")
@click.option(
    "--matches",
    metavar="FILE",
    help="Take seats from a file instead, a JSON object a line; - is stdin, as lines come.",
)
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A private key in hexadecimal, in a file that only you can read. Or, in place of it, "
    "--account, or the key in the environment variable BOOMERANG_AGENT_KEY.",
)
@click.option(
    "--latency",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="See blocks, and send, so much later: by the chain's time.",
)
@click.option(
    "--pace",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="What a second of the chain takes, where it runs in time-lapse.",
)
@click.option(
    "--block-time",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="From block to block, by the chain's time. Default: 12, and whatever it takes.",
)
@click.option(
    "--poll", type=click.FloatRange(min=0.001), default=0.5, show_default=True, metavar="SECONDS"
)
@click.option("--from-block", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--blocks", is_flag=True, help="Tell of each block, when all is done about it.")
@shared(acts=True)
def agent(
    app: App,
    matches: str | None,
    key_file: Path | None,
    latency: float,
    pace: float,
    block_time: int | None,
    poll: float,
    from_block: int,
    blocks: bool,
    **seat: Any,
) -> None:
    """Play a seat, with a key of one's own, until the match is over.

    Openings are in the store, synced, before their seals are sent. Stopped or killed, it may be
    started again with the same options, and goes on where it was; while it is away nobody seals or
    opens for it. It acts for the seat whose account is that of its key, and for no other.

    What happens is told on stderr; with --json on stdout, a JSON object a line.
    """
    from boomerang.chains.node import NodeChain
    from boomerang.cli.keeper import _until_stopped
    from boomerang.play.process.clock import ChainClock
    from boomerang.play.process.loop import END, AgentProcess

    chain = app.connection.chain
    if not isinstance(chain, NodeChain):
        raise InvalidInput("an agent needs a node: --network http://…, devnet, or one of ape's")
    registry = app.connection.registry.address
    messages: Messages = Queue()
    if matches is None:
        messages.put(_seat(**seat))
        messages.put(END)
    elif any(seat.values()):
        raise InvalidInput("--matches names the seats: nothing else may")
    elif matches != "-":
        _read(Path(matches), messages)
    process = AgentProcess(
        chain,
        registry,
        _signer(app, key_file),
        app.store,
        messages,
        clock=ChainClock(pace, block_time),
        say=_say(app),
        latency=latency,
        block_time=block_time or 12,
        poll=poll,
        first=from_block,
        blocks=blocks,
    )
    if matches == "-":
        threading.Thread(target=_listen, args=(sys.stdin, messages), daemon=True).start()
    with _until_stopped() as stop:
        process.run(stop)
        if stop.is_set():
            raise KeyboardInterrupt


def _signer(app: App, key_file: Path | None) -> Signer:
    """Of the one key that is named. Raises BadKey, NoAccount, UnknownAccount."""
    from boomerang.chains.signers import ApeSigner, dev_signer
    from boomerang.play.process.wallet import KEY_VARIABLE, key_file_signer, key_signer

    text = os.environ.get(KEY_VARIABLE)
    if sum(map(bool, (text, key_file, app.account))) > 1:
        raise InvalidInput(f"one key, please: --key-file, --account or {KEY_VARIABLE}")
    if key_file is not None:
        return key_file_signer(key_file)
    if text:
        return key_signer(text)
    actor = app.connection.actor()
    signer = dev_signer(actor.address) if actor.signer is None else actor.signer
    if isinstance(signer, ApeSigner):
        signer.unattended()
    return signer


def _seat(
    game: str | None,
    agent: str | None,
    accounts: str | None,
    seat: int | None,
    game_set: tuple[str, ...],
    agent_set: tuple[str, ...],
    **more: Any,
) -> dict[str, Any]:
    """A task of the options."""
    for name, value in (("game", game), ("agent", agent), ("accounts", accounts), ("seat", seat)):
        if value is None:
            raise InvalidInput(f"--{name} is needed (or --matches)")
    return {
        "game": game,
        "game_parameters": _values(game_set),
        "agent": agent,
        "parameters": _values(agent_set),
        "accounts": (accounts or "").split(","),
        "seat": seat,
        **{name: value for name, value in more.items() if value is not None},
    }


def _values(pairs: Iterable[str]) -> dict[str, Any]:
    """Numbers and the like as JSON has them; all else is text."""
    found = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals:
            raise InvalidInput(f"{pair!r} is not NAME=VALUE")
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _read(path: Path, messages: Messages) -> None:
    """All seats in a file. A line that is no JSON object is refused before any is played."""
    from boomerang.play.process.loop import END

    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read {path}: {error}") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            messages.put(_object(line, f"{path}, line {number}"))
    messages.put(END)


def _listen(stream: Iterable[str], messages: Messages) -> None:
    """Lines as they come; the end of the stream is the end of new seats."""
    from boomerang.play.process.loop import END

    for line in stream:
        if line.strip():
            try:
                messages.put(_object(line, "stdin"))
            except InvalidInput as error:
                click.echo(f"Passed over: {error}", err=True)
    messages.put(END)


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise InvalidInput(f"{where} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise InvalidInput(f"{where} is no JSON object")
    return found


def _say(app: App) -> Callable[..., None]:
    """A line for each event."""

    def machine(event: str, **values: Any) -> None:
        click.echo(json.dumps({"event": event, **values}))
        sys.stdout.flush()

    def human(event: str, **values: Any) -> None:
        told = ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
        click.echo(f"{event}: {told}", err=True)

    return machine if app.json else human


__all__ = ["agent"]
