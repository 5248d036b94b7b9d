"""`boomerang keeper`: the service that seals, opens and settles in time."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import App, shared
from boomerang.cli.settings import hidden_blocks
from boomerang.cli.values import AMOUNT, amount, clock, full, span
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boomerang.chains.base import Signer
    from boomerang.keeper import Action, Keeper, Round, Tasks
    from boomerang.keeper.clock import Clock
    from boomerang.keeper.journal import Journal
    from boomerang.keeper.nodes import Node

LATE = 5
"""Exit code where something was late, or missed."""
KEPT_CHAINS = {"pyrevm", "tester"}


@click.group()
def keeper() -> None:
    """Seal, open and settle in time, whatever happens.

    \b
    boomerang keeper plan A1 "revert if kept(B2)"     # what is to be sealed: on disk, not sent
    boomerang keeper run --account alice              # seals it, opens it, settles it
    boomerang keeper status --account alice           # what would be done, and when

    A keeper may be killed and started again at any time, and several may run at once.
    docs/keeper.md says what it promises, and what it needs for that.
    """


def _together(*options: Any) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


_WHOSE = _together(
    click.option(
        "--account",
        "accounts",
        multiple=True,
        envvar="BOOMERANG_ACCOUNT",
        metavar="NAME",
        help="Whose commitments; may be repeated. The first pays for what anybody may do.",
    ),
    click.option(
        "--plan",
        "plans",
        multiple=True,
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="A plan file: publications, offers, declines, seals. May be repeated.",
    ),
    click.option("--start", metavar="TIME", help="What plans count small numbers from, or `now`."),
    click.option(
        "--rpc",
        "urls",
        multiple=True,
        metavar="URL",
        help="A further node to fail over to; may be repeated. All are sent to.",
    ),
    click.option(
        "--database",
        metavar="URL",
        envvar="BOOMERANG_KEEPER_DATABASE",
        help="Where keepers write down what they do. Default: keeper.db in the store, SQLite.",
    ),
    click.option(
        "--margin",
        type=click.IntRange(min=0),
        metavar="SECONDS",
        help="Send so long before a window closes. Default: as the preset assumes, or half of it.",
    ),
    click.option("--anyone", is_flag=True, help="Settle everybody's, not only yours."),
)


@keeper.command()
@_WHOSE
@click.option("--webhook", metavar="URL", help="Told of alerts, by HTTP POST of JSON.")
@click.option("--health", metavar="[HOST:]PORT", help="Serve /health and /metrics there.")
@click.option("--dry-run", is_flag=True, help="Say what would be done and when; send nothing.")
@click.option("--once", is_flag=True, help="Look once, do what is due, and end.")
@click.option("--until-final", is_flag=True, help="End when nothing is left to do.")
@click.option("--max-fee", type=AMOUNT, help="Never offer more per gas. Default: 300 gwei.")
@click.option("--poll", type=click.FloatRange(min=0.1), default=2.0, show_default=True)
@click.option("--timeout", type=click.FloatRange(min=0.1), default=5.0, show_default=True)
@click.option("--confirmations", type=click.IntRange(min=1), default=12, show_default=True)
@click.option(
    "--warn-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.25,
    show_default=True,
    help="Warn when so much of the time from due to deadline is over.",
)
@click.option(
    "--error-share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="Shout when so much of it is over.",
)
@click.option("--log", type=click.Choice(["json", "text"]), help="Default: text on a terminal.")
@shared()
def run(
    app: App,
    accounts: tuple[str, ...],
    plans: tuple[Path, ...],
    start: str | None,
    urls: tuple[str, ...],
    webhook: str | None,
    health: str | None,
    dry_run: bool,
    once: bool,
    until_final: bool,
    log: str | None,
    max_fee: int | None,
    database: str | None,
    margin: int | None,
    anyone: bool,
    **more: float,
) -> None:
    """Keep: look, do what is due, and look again, until Ctrl-C or SIGTERM.

    What it does is logged on stderr. It ends with 5 if anything was late or missed.
    """
    from boomerang.keeper import Settings
    from boomerang.keeper.health import HealthServer
    from boomerang.keeper.settings import GWEI

    top = 300 * GWEI if max_fee is None else max_fee
    if app.connection.chain.kind in KEPT_CHAINS:
        more["confirmations"] = 1  # nothing is undone there
    settings = Settings(
        margin=margin,
        anyone=anyone,
        max_fee=top,
        max_tip=min(50 * GWEI, top),
        min_tip=min(GWEI // 10, top),
        hidden_blocks=hidden_blocks(app.connection.chain.kind),
        **more,  # type: ignore[arg-type]
    )
    with _keeper(
        app,
        accounts,
        _Sources(plans, start, urls, database),
        settings,
        journal=_journal(app, log),
        webhook=webhook,
        dry=dry_run,
    ) as kept:
        if dry_run:
            _show(app, kept, kept.round())
            return
        server = None
        if health is not None:
            host, port = _address(health)
            server = HealthServer(host, port, kept.metrics, kept.report)
            app.log(f"/health and /metrics are at http://{host}:{server.port}")
        try:
            with _until_stopped() as stop:
                kept.run(stop, _enough(kept, once, until_final))
        finally:
            if server is not None:
                server.close()
        from boomerang.keeper.alerts import Level

        if kept.worst is not None and kept.worst >= Level.ERROR:
            click.get_current_context().exit(LATE)


@keeper.command()
@_WHOSE
@shared()
def status(
    app: App,
    accounts: tuple[str, ...],
    plans: tuple[Path, ...],
    start: str | None,
    urls: tuple[str, ...],
    database: str | None,
    margin: int | None,
    anyone: bool,
) -> None:
    """What a keeper would do now and later, and what is on its way. Sends nothing."""
    from boomerang.keeper import Settings

    chosen = Settings(
        margin=margin, anyone=anyone, hidden_blocks=hidden_blocks(app.connection.chain.kind)
    )
    sources = _Sources(plans, start, urls, database)
    with _keeper(app, accounts, sources, chosen, journal=_journal(app, None), dry=True) as kept:
        _show(app, kept, kept.round())


@keeper.command("plan")
@click.argument("what")
@click.argument("decision")
@click.option("--at", metavar="TIME", help="When to seal. Default: as late as is safe.")
@click.option("--force", is_flag=True, help="Plan even what would be an InvalidDecision as it is.")
@shared()
def plan_(app: App, what: str, decision: str, at: str | None, force: bool) -> None:
    """Have keepers seal the DECISION on your commitment WHAT in time.

    Decision and salt are on your disk when this returns; nothing is sent. Until it is sealed you
    may plan another decision, or `unplan` it.
    """
    from boomerang import decisions
    from boomerang.cli.act import commitment
    from boomerang.cli.explain import plainly
    from boomerang.cli.sealing import WouldBeInvalid, check
    from boomerang.errors import WrongPhase
    from boomerang.keeper.openings import plan_seal
    from boomerang.model import Phase

    connection = app.connection
    of = commitment(app, what)
    phase = connection.state.phase(of.id, connection.chain.now())
    if phase is not Phase.TENTATIVE:
        raise WrongPhase(of.id, phase)
    checked = check(app, of, decision)
    if not checked.valid and not force:
        reasons = "; ".join(plainly(app, why) for why in checked.reasons)
        raise WouldBeInvalid(
            f"as things stand this would end as InvalidDecision: {reasons}. Not planned; "
            "--force plans it all the same, for an offer that is still to come, say"
        )
    moment = None if at is None else _moment(at, connection.chain.now())
    text = decision if checked.expression is None else decisions.format(checked.expression)
    domain = connection.registry.domain
    kept = app.store.plan_opening(domain, of.key, checked.decision, text, of.content)
    plan_seal(app.store, domain, kept, moment)
    when = "as late as is safe" if moment is None else f"at {clock(moment)}"
    app.show(
        {"id": full(of.id), "decision": text, "at": moment, "valid": checked.valid},
        lambda: (
            f"{app.names.label(of.id)} is to be sealed {when}, before {clock(of.freeze)}.\n"
            "It needs a keeper that runs: boomerang keeper run"
        ),
    )


@keeper.command()
@click.argument("what")
@shared()
def unplan(app: App, what: str) -> None:
    """Have keepers not seal WHAT after all. The opening stays in the store."""
    from boomerang.cli.act import commitment
    from boomerang.keeper.openings import unplan_seal

    of = commitment(app, what)
    if not unplan_seal(app.store, app.connection.registry.domain, of.id):
        raise InvalidInput(f"nothing is planned for {app.names.label(of.id)}")
    app.show(
        {"id": full(of.id), "planned": False},
        lambda: f"{app.names.label(of.id)} is not sealed by keepers.",
    )


# -------------------------------------------------------------------------------- building one


class _Sources:
    """Where plans, nodes and the database are."""

    def __init__(
        self,
        plans: tuple[Path, ...],
        start: str | None,
        urls: tuple[str, ...],
        database: str | None,
    ) -> None:
        self.plans = plans
        self.start = start
        self.urls = urls
        self.database = database


@contextlib.contextmanager
def _keeper(
    app: App,
    names: tuple[str, ...],
    sources: _Sources,
    settings: Any,
    *,
    journal: Callable[[Clock], Journal],
    webhook: str | None = None,
    dry: bool = False,
) -> Iterator[Keeper]:
    """A keeper for the accounts that are named, on the network in use."""
    from boomerang.keeper import Keeper
    from boomerang.keeper.clock import ChainClock, WallClock
    from boomerang.keeper.database import Database
    from boomerang.keeper.holder import Holder
    from boomerang.keeper.nodes import Pool

    connection = app.connection
    registry = connection.registry
    alone = connection.chain.kind in KEPT_CHAINS
    tick: Clock = ChainClock(connection.chain) if alone else WallClock()
    signers, who = _signers(app, names)
    nodes = _nodes(app, sources.urls, signers, settings.timeout)
    tasks = _tasks(app, sources, int(tick.now()))
    url = sources.database or f"sqlite:///{app.store.path / 'keeper.db'}"
    database = Database(url)
    pool = Pool(nodes, connection.chain.chain_id, settings.timeout)
    holder = Holder(app.store.path)
    try:
        yield Keeper(
            registry.domain,
            registry.parameters(),
            who,
            pool=pool,
            store=app.store,
            database=database,
            tasks=tasks,
            settings=settings,
            clock=tick,
            journal=journal(tick),
            webhook=webhook,
            holder=holder.name,
            follow=not alone,
            dry=dry,
        )
    finally:
        holder.close()
        pool.close()
        database.close()


def _signers(app: App, names: tuple[str, ...]) -> tuple[dict[str, Signer], list[str]]:
    """Who signs for the accounts, by address, and the addresses in the order given."""
    from boomerang.chains.signers import ApeSigner, dev_signer
    from boomerang.cli.networks import NoAccount

    connection = app.connection
    if not names:
        raise NoAccount("--account is needed: whose commitments are to be kept?")
    signers: dict[str, Signer] = {}
    who = []
    for name in names:
        app.account = name
        actor = connection.actor()
        who.append(actor.address)
        if actor.signer is not None:
            signers[actor.address] = actor.signer
            if isinstance(actor.signer, ApeSigner):
                actor.signer.unattended()
        elif connection.chain.kind not in KEPT_CHAINS:
            signers[actor.address] = dev_signer(actor.address)
    return signers, list(dict.fromkeys(who))


def _nodes(
    app: App, urls: tuple[str, ...], signers: dict[str, Signer], timeout: float
) -> list[Node]:
    from boomerang.keeper.nodes import ChainNode, RpcNode

    chain = app.connection.chain
    if chain.kind in KEPT_CHAINS:
        if urls:
            raise InvalidInput("the built-in chain has no nodes to fail over to")
        return [ChainNode(chain)]
    first = str(getattr(chain, "url", ""))
    all_urls = list(dict.fromkeys([first, *urls] if first.startswith("http") else urls))
    if not all_urls:
        raise InvalidInput(f"a keeper needs the address of a node of {app.network}: --rpc")
    return [RpcNode(url, signers, timeout) for url in all_urls]


def _tasks(app: App, sources: _Sources, now: int) -> Tasks:
    from boomerang.keeper import Tasks, read_plan

    connection = app.connection
    start = None if sources.start is None else _moment(sources.start, now)
    tasks = Tasks()
    for path in sources.plans:
        mode = path.stat().st_mode
        if mode & 0o077:
            app.warn(f"{path} can be read by others: it holds decisions that nobody must know yet")
        found = read_plan(
            path.read_text("utf-8"),
            connection.registry.domain,
            connection.address,
            known={**app.names.names(), **tasks.names},
            min_bond=connection.registry.parameters().min_bond,
            start=start,
        )
        tasks.add(found)
    return tasks


def _moment(text: str, now: int) -> int:
    """`now`, Unix seconds, ISO 8601, or +seconds from now."""
    from datetime import UTC, datetime

    if text == "now":
        return now
    if text.startswith("+") and text[1:].isdecimal():
        return now + int(text[1:])
    if text.isdecimal():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is no time: write Unix seconds, 2026-01-31T12:00:00Z, +60 or now"
        ) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise InvalidInput(f"--health takes a port, or HOST:PORT, not {text!r}")
    return host or "127.0.0.1", int(port)


def _journal(app: App, form: str | None) -> Callable[[Clock], Journal]:
    from boomerang.keeper.journal import open_journal

    human = form == "text" or (form is None and sys.stderr.isatty() and not app.json)
    return lambda tick: open_journal(tick.now, human=human)


@contextlib.contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """Set by SIGINT and SIGTERM, so that what was begun is ended."""
    stop = threading.Event()
    before = {
        one: signal.signal(one, lambda *_: stop.set()) for one in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _enough(kept: Keeper, once: bool, until_final: bool) -> Callable[[Round], bool]:
    def enough(found: Round) -> bool:
        # What is on its way may still be undone: it is waited for.
        return once or (until_final and not found.actions and not kept.on_their_way())

    return enough


# ------------------------------------------------------------------------------------- showing


def _show(app: App, kept: Keeper, found: Round | None) -> None:
    """What is to be done, and when."""
    if found is None:
        told = kept.report()[1]
        raise InvalidInput(f"the chain cannot be read: {told['nodes']}")
    now = found.situation.time
    ways = kept.on_their_way()
    data = {
        "now": now,
        "head": found.view.head.block.number,
        "actions": [_action_data(one, now) for one in found.actions],
        "missed": [
            {"id": full(one.id), "what": one.what, "lost": one.lost} for one in found.missed
        ],
        "onTheirWay": ways,
    }

    def view() -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        label = app.names.learn(found.situation.state.commitments).label
        names = {known: name for name, known in kept.tasks().names.items()}
        parts: list[Any] = []
        if found.actions:
            table = Table("when", "what", "which", "deadline", "why", box=None)
            for one in found.actions:
                which = ", ".join(names.get(i) or label(i) for i in one.ids)
                if one.other is not None:
                    which += f" → {names.get(one.other) or label(one.other)}"
                due = "now" if one.due <= now else f"{clock(one.due)}, {span(one.due - now)}"
                closes = "" if one.closes is None else clock(one.closes)
                table.add_row(due, str(one.kind), which, closes, one.blocked or one.why)
            parts.append(table)
        else:
            parts.append(Text("There is nothing to do."))
        for gone in found.missed:
            lost = f", {amount(gone.lost)} lost" if gone.lost else ""
            name = names.get(gone.id) or label(gone.id)
            parts.append(Text(f"Missed: {name} {gone.what}{lost}", style="red"))
        parts += [Text(f"On its way: {way['action']}, nonce {way['nonce']}") for way in ways]
        return Group(*parts)

    app.show(data, view)


def _action_data(action: Action, now: int) -> dict[str, Any]:
    return {
        "kind": str(action.kind),
        "ids": [full(one) for one in action.ids],
        "other": None if action.other is None else full(action.other),
        "opens": action.opens,
        "due": action.due,
        "isDue": action.due <= now and action.blocked is None,
        "closes": action.closes,
        "sender": action.sender,
        "why": action.why,
        "blocked": action.blocked,
        "atStake": action.at_stake,
    }
