"""`boomerang intents-relay`: a relay of signed intents, over HTTP."""

from __future__ import annotations

import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import click

from boomerang.cli.intent_market import Market, market_options
from boomerang.cli.options import shared
from boomerang.errors import BoomerangError

if TYPE_CHECKING:
    from boomerang.keeper.journal import Journal


class RelayEnded(BoomerangError):
    """The server ended although nobody stopped it."""

    exit_code = 70


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8555,
    show_default=True,
    help="0 lets the system choose.",
)
@click.option(
    "--database",
    metavar="URL",
    envvar="BOOMERANG_RELAY_DATABASE",
    help="Where intents are kept. Default: relay.db in the store, SQLite.",
)
@click.option("--writes", type=click.IntRange(min=1), help="Submissions a minute of one address.")
@click.option("--reads", type=click.IntRange(min=1), help="Other requests a minute of one address.")
@click.option("--per-maker", type=click.IntRange(min=1), help="Intents kept of one maker.")
@click.option("--total", type=click.IntRange(min=1), help="Intents kept at all.")
@click.option(
    "--sweep", type=click.FloatRange(min=0.1), default=5.0, show_default=True, metavar="SECONDS"
)
@click.option("--log", type=click.Choice(["json", "text"]), help="Default: text on a terminal.")
@shared()
@market_options
def serve(
    market: Market,
    host: str,
    port: int,
    database: str | None,
    sweep: float,
    log: str | None,
    **given: int | None,
) -> None:
    """Keep signed intents, and hand them to whoever asks, until Ctrl-C or SIGTERM.

    It takes intents of one settlement: signatures, nonces and deadlines are checked against the
    chain. It forgets what expired, what the chain shows used, and what its maker withdraws. A relay
    is trusted with nothing: it can only leave things out.
    """
    from boomerang.intents.relay.app import Relay
    from boomerang.intents.relay.chain import ChainView
    from boomerang.intents.relay.desk import Desk
    from boomerang.intents.relay.limits import Limits
    from boomerang.intents.relay.server import Server
    from boomerang.intents.relay.store import Store

    limits = Limits(**{name: value for name, value in given.items() if value is not None})
    store = Store(database or f"sqlite:///{market.app.store.path / 'relay.db'}")
    view = ChainView(market.connection.chain, market.domain)
    desk = Desk(market.domain, store, clock=time.time, view=view, limits=limits)
    relay = Relay(desk, _journal(market, log), sweep_seconds=sweep)
    stop = threading.Event()
    before = {
        one: signal.signal(one, lambda *_: stop.set()) for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        server = Server(relay, host, port)
        try:
            url = f"http://{f'[{host}]' if ':' in host else host}:{server.port}"
            market.app.show(
                {"url": url, "settlement": market.deployment.settlement},
                lambda: f"Intents of {market.deployment.settlement} are taken at {url}",
            )
            sys.stdout.flush()
            while server.running and not stop.wait(0.2):
                pass
        finally:
            server.close()
            store.close()
        if not stop.is_set():
            raise RelayEnded("the server ended by itself")
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    market.app.log("Stopped.")


def _journal(market: Market, form: str | None) -> Journal:
    from boomerang.keeper.journal import open_journal

    human = form == "text" or (form is None and sys.stderr.isatty() and not market.app.json)
    return open_journal(time.time, human=human)


__all__ = ["serve"]
