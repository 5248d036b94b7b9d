"""`boomerang solver`: the service that settles whatever meets."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.intent_market import Market, market_options
from boomerang.cli.keeper import KEPT_CHAINS, _address, _journal, _nodes, _signers, _until_stopped
from boomerang.cli.options import shared
from boomerang.cli.values import AMOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains.base import Chain
    from boomerang.intents.service.loop import Round, SolverService
    from boomerang.keeper import Settings
    from boomerang.keeper.nodes import Node

LATE = 5
"""Exit code where something stood at the end that somebody should see to."""


@click.command()
@click.option(
    "--relay",
    "relay_urls",
    multiple=True,
    metavar="URL",
    envvar="BOOMERANG_INTENTS_RELAY",
    help="A relay to take intents from; may be repeated. [env var: BOOMERANG_INTENTS_RELAY]",
)
@click.option(
    "--rpc",
    "urls",
    multiple=True,
    metavar="URL",
    help="A further node to fail over to; may be repeated. All are sent to.",
)
@click.option(
    "--database",
    metavar="URL",
    envvar="BOOMERANG_SOLVER_DATABASE",
    help="Where it writes down what it sends. Default: solver.db in the store, SQLite.",
)
@click.option("--webhook", metavar="URL", help="Told of alerts, by HTTP POST of JSON.")
@click.option("--health", metavar="[HOST:]PORT", help="Serve /health and /metrics there.")
@click.option("--dry-run", is_flag=True, help="Say what would be settled; send nothing.")
@click.option("--once", is_flag=True, help="Settle what can be settled now, and end.")
@click.option("--max-fee", type=AMOUNT, help="Never offer more per gas. Default: 300 gwei.")
@click.option("--poll", type=click.FloatRange(min=0.1), default=2.0, show_default=True)
@click.option("--timeout", type=click.FloatRange(min=0.1), default=5.0, show_default=True)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="For solving, each round.",
)
@click.option("--log", type=click.Choice(["json", "text"]), help="Default: text on a terminal.")
@shared(acts=True)
@market_options
def solver(
    market: Market,
    relay_urls: tuple[str, ...],
    urls: tuple[str, ...],
    database: str | None,
    webhook: str | None,
    health: str | None,
    dry_run: bool,
    once: bool,
    max_fee: int | None,
    poll: float,
    timeout: float,
    time_limit: float,
    log: str | None,
) -> None:
    """Settle whatever meets: intents of relays, with each other, the book and pools.

    Round after round, until Ctrl-C or SIGTERM. What would fail is not sent. It may be killed and
    started again at any time; nodes and relays may go away and come back. What it does is logged on
    stderr. It ends with 5 if there was an error that somebody should see to.
    """
    from boomerang.keeper import Settings
    from boomerang.keeper.alerts import Level
    from boomerang.keeper.health import HealthServer
    from boomerang.keeper.settings import GWEI

    app = market.app
    top = 300 * GWEI if max_fee is None else max_fee
    settings = Settings(
        poll=poll,
        timeout=timeout,
        confirmations=1,
        max_fee=top,
        max_tip=min(50 * GWEI, top),
        min_tip=min(GWEI // 10, top),
    )
    where = _Where(relay_urls, urls, database, webhook, log, dry_run)
    with _service(market, where, settings, time_limit) as service:
        if dry_run:
            _show(market, service, service.round())
            return
        server = None
        if health is not None:
            host, port = _address(health)
            server = HealthServer(host, port, service.metrics, service.report)  # type: ignore[arg-type]
            app.log(f"/health and /metrics are at http://{host}:{server.port}")
        try:
            with _until_stopped() as stop:
                service.run(stop, _idle if once else None)
        finally:
            if server is not None:
                server.close()
        if service.worst is not None and service.worst >= Level.ERROR:
            click.get_current_context().exit(LATE)


def _idle(found: Round) -> bool:
    """Nothing is on its way, and nothing could be sent."""
    return not found.waiting and found.found is None


class _Where:
    """What the options name."""

    def __init__(
        self,
        relays: tuple[str, ...],
        urls: tuple[str, ...],
        database: str | None,
        webhook: str | None,
        log: str | None,
        dry: bool,
    ) -> None:
        self.relays = relays
        self.urls = urls
        self.database = database
        self.webhook = webhook
        self.log = log
        self.dry = dry


@contextlib.contextmanager
def _service(
    market: Market, where: _Where, settings: Settings, time_limit: float
) -> Iterator[SolverService]:
    """A solver on the network in use."""
    from boomerang.client import Registry
    from boomerang.intents.service.loop import SolverService
    from boomerang.intents.service.solving import Solving
    from boomerang.keeper.clock import ChainClock, Clock, WallClock
    from boomerang.keeper.database import Database
    from boomerang.keeper.holder import Holder
    from boomerang.keeper.nodes import Pool

    app, chain = market.app, market.connection.chain
    alone = chain.kind in KEPT_CHAINS
    account = app.account or ("judy" if market.connection.harmless else None)
    signers, who = _signers(app, () if account is None else (account,))
    nodes = _nodes(app, where.urls, signers, settings.timeout)
    pool = Pool(nodes, chain.chain_id, settings.timeout)
    database = Database(where.database or f"sqlite:///{app.store.path / 'solver.db'}")
    tick: Clock = ChainClock(chain) if alone else WallClock()
    relays = [market.relay(url) for url in dict.fromkeys(where.relays)]
    deployment = market.deployment
    directory = market.directory
    holder = Holder(app.store.path)

    def open_chain(node: Node) -> Chain:
        if alone:
            return chain
        from boomerang.chains.node import HttpTransport, NodeChain

        return NodeChain(HttpTransport(node.name, settings.timeout))

    service = SolverService(
        deployment,
        directory,
        who[0],
        pool=pool,
        open_chain=open_chain,
        registry=lambda opened: Registry(opened, deployment.registry),
        relays=relays,
        database=database,
        settings=settings,
        solving=Solving(time_limit),
        clock=tick,
        journal=_journal(app, where.log)(tick),
        webhook=where.webhook,
        holder=holder.name,
        follow=not alone,
        dry=where.dry,
    )
    try:
        yield service
    finally:
        holder.close()
        service.close()
        for relay in relays:
            relay.close()
        pool.close()
        database.close()


def _show(market: Market, service: SolverService, found: Round | None) -> None:
    """What one round would do."""
    from boomerang.errors import InvalidInput

    if found is None:
        raise InvalidInput(f"the chain cannot be read: {service.report()[1]['nodes']}")
    intents = [] if found.found is None else [f"0x{one.hex()}" for one in found.found.intents]
    passed = {f"0x{name.hex()}": why for name, why in found.passed.items()}
    data: dict[str, Any] = {
        "time": found.time,
        "intents": found.intents,
        "entries": found.entries,
        "wouldSettle": intents,
        "passed": passed,
    }

    def view() -> str:
        lines = [f"{found.intents} intents, {found.entries} entries in the book."]
        lines += [f"Would be settled: {name}" for name in intents]
        lines += [f"Left out: {name}: {why}" for name, why in passed.items()]
        return "\n".join(lines)

    market.app.show(data, view)


__all__ = ["solver"]
