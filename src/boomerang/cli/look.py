"""Commands that only look: status, timeline, parameters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.act import commitment
from boomerang.cli.clauses import add_rows, described, possible
from boomerang.cli.explain import plainly
from boomerang.cli.options import App, shared, writing
from boomerang.cli.values import amount, clock, full, short, span

if TYPE_CHECKING:
    from boomerang.client import Commitment
    from boomerang.parameters import Preset

STYLES = {"KEPT": "bold green", "REVERTED": "red", "PENDING": "yellow"}


@click.command()
@click.argument("what", nargs=-1)
@shared()
def status(app: App, what: tuple[str, ...]) -> None:
    """How commitments stand: one, some, or all."""
    connection = app.connection
    found = (
        [commitment(app, reference) for reference in what]
        if what
        else list(connection.state.commitments.values())
    )
    reconcile(app)
    described = [describe(app, one) for one in found]
    head, now = connection.chain.head(), connection.chain.now()

    def view() -> Any:
        from rich.table import Table

        if not described:
            return "Nothing was published yet."
        if len(what) == 1:
            return _one(app, described[0])
        table = Table("name", "who", "statement", "phase", "next", "cover", "offers", box=None)
        for one in described:
            held = sum(not offer["declined"] for offer in one["offers"])
            table.add_row(
                one["name"] or short(bytes.fromhex(one["id"][2:])),
                connection.who(one["committer"]),
                one["statement"],
                _phase(one),
                _next(one, now),
                amount(one["credibleCover"]) if one["credibleCover"] else "",
                str(held) if held else "",
            )
        return table

    app.show(
        {"block": head.number, "time": now, "commitments": described},
        view,
    )


@click.command()
@click.argument("what")
@shared()
def show(app: App, what: str) -> None:
    """Everything about one commitment: what it is, what it does, and what can be done now."""
    one = describe(app, commitment(app, what))
    reconcile(app)
    app.show(one, lambda: _one(app, one))


def describe(app: App, of: Commitment) -> dict[str, Any]:
    """Everything about one commitment, for machines."""
    from boomerang.cli.sealing import waiting_for
    from boomerang.cli.story import decision_text, is_hidden, statement_text
    from boomerang.model import Phase

    connection = app.connection
    state, model, now = connection.state, connection.state.model, connection.chain.now()
    phase = state.phase(of.id, now)
    parameters = connection.registry.parameters()
    credible = state.credible_cover(of.id, now)
    program = state.decision(of.id)
    hidden = program is not None and phase is not Phase.EXPOSED and is_hidden(app, of)
    waits = waiting_for(app, of.id)
    group = model.group_of(of.id)
    openings = app.store.openings(of.id)
    return {
        "id": full(of.id),
        "name": app.names.name_of(of.id),
        "committer": of.key.committer,
        "statement": statement_text(of),
        "topic": full(of.content.topic) if any(of.content.topic) else None,
        "phase": phase.label,
        "final": phase.final,
        "outcome": ("KEPT" if phase.kept else "REVERTED") if phase.final else "PENDING",
        "publishedAt": of.published.time,
        "sealFrom": of.published.time + parameters.seal_delay,
        "freezeAt": of.freeze,
        "openUntil": of.freeze + parameters.reveal_window,
        "nextDeadline": model.next_deadline(of.id, now) or None,
        "latestResolution": model.latest_resolution(of.id),
        "nonce": of.key.nonce,
        "bond": of.key.bond,
        "cover": of.key.cover,
        "credibleCover": credible.cover,
        "credibleWhy": plainly(app, credible.why),
        **described(app, of),
        "can": possible(app, of),
        "floor": full(model.floor(of.id)),
        "depth": model.depth(of.id),
        "group": full(group) if any(group) else None,
        "groupComplete": model.node(of.id) is not None,
        "draw": model.draw_of(of.id) or None,
        "declinesAll": model.record(of.id).declines_all,
        "offers": [
            {
                "by": full(offering),
                "name": app.names.name_of(offering),
                "floor": full(offer.floor),
                "depth": offer.depth,
                "firstMade": offer.first_made,
                "declined": offer.declined,
            }
            for offering, offer in state.offers_to(of.id).items()
        ],
        "offered": [
            {"to": full(target), "name": app.names.name_of(target), "declined": offer.declined}
            for target, offer in state.offers_by(of.id).items()
        ],
        "decision": None if program is None or hidden else full(program),
        "decisionText": None if program is None or hidden else decision_text(app, program),
        "decisionHidden": hidden,
        "waitsFor": [full(known) for known in waits],
        "openingInStore": _in_store(app, of, bool(openings)),
    }


def topic_text(topic: str) -> str:
    """A topic as its text, where it is one; else in hexadecimal."""
    raw = bytes.fromhex(topic[2:]).rstrip(b"\0")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return topic
    return text if text.isprintable() else topic


def _in_store(app: App, of: Commitment, planned: bool) -> str | None:
    """Whether the store holds the opening behind the seal: yes, missing; or planned, None."""
    from boomerang.client import events

    seals = [
        event.record.seal
        for event in app.connection.history
        if isinstance(event, events.Sealed) and event.id == of.id
    ]
    if not seals:
        return "planned" if planned else None
    kept = {opening.record.seal for opening in app.store.openings(of.id)}
    return "yes" if seals[-1] in kept else "missing"


def reconcile(app: App) -> None:
    """Note in the store what the chain shows to have landed, after a crash or a lost answer."""
    from boomerang.client import events
    from boomerang.store import Status

    connection = app.connection
    domain = connection.registry.domain
    seals = {
        (event.id, event.record.seal)
        for event in connection.history
        if isinstance(event, events.Sealed)
    }
    contents = app.store.contents()
    for damage in contents.damaged:
        app.warn(str(damage))
    for opening in contents.openings:
        record = opening.record
        if opening.status is Status.CONFIRMED or record.domain != domain:
            continue
        if (record.id, record.seal) in seals:
            app.store.mark(opening, Status.CONFIRMED, note="its seal was found on chain")
    for publication in contents.publications:
        if publication.status is Status.CONFIRMED or publication.record.domain != domain:
            continue
        if publication.record.id in connection.state.commitments:
            app.store.mark(publication, Status.CONFIRMED, note="it was found on chain")


def _phase(one: dict[str, Any]) -> str:
    from boomerang.timeline.data import EXPLANATIONS

    style = STYLES[one["outcome"]]
    if one["phase"] == "Kept":
        return f"[{style}]KEPT[/]"
    if one["final"]:
        return f"[{style}]REVERTED[/] ({EXPLANATIONS[one['phase']]})"
    return str(one["phase"])


def _next(one: dict[str, Any], now: int) -> str:
    if one["final"] or not one["nextDeadline"]:
        return ""
    at = one["nextDeadline"]
    words = {
        "Tentative": "seal" if now < one["sealFrom"] else "freeze",
        "Sealed": "freeze",
        "Revealing": "last opening",
        "Pending": "resolved by",
    }
    return f"{words[one['phase']]} {clock(at)} ({span(at - now)})"


def _one(app: App, one: dict[str, Any]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    now = app.connection.chain.now()
    label = app.names.label
    table = Table(box=None, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    table.add_row("id", one["id"])
    if one["name"]:
        table.add_row("name", one["name"])
    table.add_row("owner", f"{app.connection.who(one['committer'])} {one['committer']}")
    table.add_row("statement", escape(one["statement"]))
    if one["topic"]:
        table.add_row("topic", escape(topic_text(one["topic"])))
    add_rows(app, one, table.add_row)
    table.add_row("phase", _phase(one))
    table.add_row("next", _next(one, now))
    table.add_row("published", clock(one["publishedAt"]))
    table.add_row("seal", f"{clock(one['sealFrom'])} to {clock(one['freezeAt'])}")
    table.add_row("open", f"{clock(one['freezeAt'])} to {clock(one['openUntil'])}")
    table.add_row("resolved by", clock(one["latestResolution"]))
    table.add_row("bond", amount(one["bond"]))
    table.add_row("cover", f"{amount(one['cover'])} claimed")
    if one["credibleCover"] is not None:
        table.add_row("credible", f"against gains up to {amount(one['credibleCover'])}")
    elif one["cover"]:
        table.add_row("credible", f"not yet: {one['credibleWhy']}")
    if one["depth"]:
        floor = label(bytes.fromhex(one["floor"][2:]))
        table.add_row("floor", f"{floor}, depth {one['depth']}")
    for offer in one["offers"]:
        by = label(bytes.fromhex(offer["by"][2:]))
        table.add_row("offer by", f"{by}{' (declined)' if offer['declined'] else ''}")
    for offer in one["offered"]:
        to = label(bytes.fromhex(offer["to"][2:]))
        table.add_row("offered to", f"{to}{' (declined)' if offer['declined'] else ''}")
    if one["declinesAll"]:
        table.add_row("declines", "all offers")
    if one["decisionText"]:
        table.add_row("decision", escape(one["decisionText"]))
    elif one["decisionHidden"]:
        table.add_row("decision", "opened; not shown until more blocks stand on the freeze")
    if one["waitsFor"]:
        waits = ", ".join(label(bytes.fromhex(known[2:])) for known in one["waitsFor"])
        table.add_row("waits for", waits)
    for command in one["can"]:
        table.add_row("now", escape(command))
    words = {"yes": "in your store", "planned": "in your store, not sealed yet"}
    if one["openingInStore"] in words:
        table.add_row("opening", words[one["openingInStore"]])
    return table


@click.command()
@click.argument("what", nargs=-1)
@click.option("--svg", type=click.Path(dir_okay=False, path_type=Path), help="Draw it to a file.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="A page with it.")
@shared()
def timeline(app: App, what: tuple[str, ...], svg: Path | None, html: Path | None) -> None:
    """Who did what when, of all commitments or some: a table, a picture, a page."""
    from boomerang.cli.story import event_data, timeline_of
    from boomerang.timeline import render_html, render_svg, render_table

    only = [commitment(app, reference).id for reference in what]
    story = timeline_of(app, only)
    files = {}
    for path, render in ((svg, render_svg), (html, render_html)):
        if path is not None:
            drawn = render(story)
            with writing(path):
                path.write_text(drawn, encoding="utf-8")
            files[path.suffix.lstrip(".") or "file"] = str(path)
            app.log(f"Drawn: {path}")
    wanted = {full(known) for known in only}
    listed = [event_data(app, event) for event in app.connection.history]
    if wanted:
        listed = [
            one
            for one in listed
            if {one.get("id"), one.get("offering"), one.get("target")} & wanted
        ]
    app.show(
        {"events": listed, "outcome": story.outcome, "files": files},
        lambda: render_table(story) if story.lanes else "Nothing was published yet.",
    )


@click.command()
@click.option("--presets", "list_presets", is_flag=True, help="Those that ship with the program.")
@shared()
def parameters(app: App, list_presets: bool) -> None:
    """The registry's parameters, which never change."""
    if list_presets:
        from boomerang.parameters import presets

        found = presets()
        app.show(
            {
                name: {"about": one.about, "parameters": one.parameters.to_abi()}
                for name, one in found.items()
            },
            lambda: _presets(list(found.values())),
        )
        return
    registry = app.connection.registry
    values = registry.parameters().to_abi()

    def view() -> Any:
        from rich.table import Table

        table = Table(box=None, show_header=False)
        for name, value in values.items():
            table.add_row(name, amount(value) if name in ("minBond", "fee") else str(value))
        return table

    app.show(
        {
            "registry": registry.address,
            "chainId": registry.domain.chain_id,
            "parameters": values,
        },
        view,
    )


def _presets(presets: list[Preset]) -> Any:
    from rich.table import Table

    names = list(presets[0].parameters.to_abi())
    table = Table("", *(one.name for one in presets), box=None)
    for name in names:
        table.add_row(name, *(str(one.parameters.to_abi()[name]) for one in presets))
    return table
