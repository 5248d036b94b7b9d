"""`boomerang group …`: entangled groups. Joining, looking, resolving, and why it came out so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.act import commitment, done_data, phases
from boomerang.cli.options import App, shared
from boomerang.cli.values import amount, full
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.groups import Settlement
    from boomerang.model import Group


@click.group()
def group() -> None:
    """Groups of 2 to 8 commitments that may depend on one another, and on themselves.

    All owners agree to exactly the same members, before they seal. Whoever has joined offers no
    more, and joins no other group. Then each seals a decision, and what it prefers; when all are
    open, the chain picks the outcome.
    """


@group.command()
@click.argument("what")
@click.argument("others", nargs=-1, required=True)
@shared(acts=True)
def join(app: App, what: str, others: tuple[str, ...]) -> None:
    """Agree, for your commitment WHAT, to the group of it and the OTHERS.

    They need not have joined, nor be published yet (give whole ids then).
    """
    connection = app.connection
    of = commitment(app, what)
    ids = sorted({of.id, *(app.names.find(reference) for reference in others)})
    actor = connection.actor_for(of.key)
    label = app.names.label
    named = ", ".join(map(label, ids))
    app.confirm(f"Join {label(of.id)} to the group of {named}, for good?")
    tx = connection.registry.groups.tx_join(of, ids, sender=actor.address)
    done = connection.act(tx, actor)
    model = connection.state.model
    name = model.group_of(of.id)
    found = _group(app, name)
    node = found.node
    missing = [member for member in ids if member not in found.joined]

    def view() -> str:
        if node is None:
            return f"{label(of.id)} has joined. Missing: {', '.join(map(label, missing))}."
        return (
            f"{label(of.id)} has joined, and the group is complete: floor {label(node.floor)}, "
            f"depth {node.depth}, cover {amount(node.cover)}."
        )

    app.show(
        {
            "what": full(of.id),
            "group": full(name),
            "members": [full(member) for member in ids],
            "missing": [full(member) for member in missing],
            "complete": node is not None,
            **done_data(done),
        },
        view,
    )


@group.command()
@click.argument("what", required=False)
@shared()
def show(app: App, what: str | None) -> None:
    """All groups, or the one that WHAT is in: who has joined, and what it waits for."""
    connection = app.connection
    known = connection.state.model.state.groups
    names = list(known) if what is None else [_name_of(app, what)]
    data = [_data(app, name) for name in names]

    def view() -> Any:
        from rich.table import Table

        if not data:
            return "There are no groups."
        table = Table("group", "member", "joined", "now", "floor", "depth", "cover", box=None)
        label = app.names.label
        for name in names:
            found = _group(app, name)
            node = found.node
            stands = (
                [label(node.floor), str(node.depth), amount(node.cover)] if node else ["", "", ""]
            )
            for i, member in enumerate(found.ids):
                phase = connection.state.phase(member, connection.chain.now()).label
                first = [f"0x{name[:4].hex()}…"] if not i else [""]
                joined = "yes" if member in found.joined else "no"
                rest = stands if not i else ["", "", ""]
                table.add_row(*first, label(member), joined, phase, *rest)
        return table

    app.show({"groups": data}, view)


@group.command()
@click.argument("what", nargs=-1)
@shared(acts=True)
def resolve(app: App, what: tuple[str, ...]) -> None:
    """Settle groups that are due: those that WHAT are in, or without arguments all.

    Everyone in it must be open or have lapsed, and all that they name outside must be final.
    """
    connection = app.connection
    state, groups = connection.state, connection.registry.groups
    if what:
        names = dict.fromkeys(_name_of(app, reference) for reference in what)
        due = [_group(app, name).ids for name in names]
    else:
        due = state.group_plan(connection.chain.now())
    if not due:
        app.show({"resolved": []}, lambda: "There is no group to resolve now.")
        return
    actor = connection.anyone()
    results, lines = [], []
    for ids in due:
        tx = groups.tx_resolve(ids, sender=actor.address)
        done = connection.act(tx, actor)
        settled = phases(app, ids)
        by_id = {full(one): now for one, now in zip(ids, settled.values(), strict=True)}
        results.append({"members": by_id, **done_data(done)})
        lines += [f"{name}: {now}" for name, now in settled.items()]
    app.show({"resolved": results}, lambda: "\n".join(lines))


@group.command()
@click.argument("what")
@shared()
def explain(app: App, what: str) -> None:
    """Why the group of WHAT comes out, or came out, as it does.

    The outcome is the best for the earlier, then the later members, of those that are consistent:
    in which everyone does what its decision says. Where none is, the circle is broken in favour of
    the earlier.
    """
    from boomerang.cli.story import HIDDEN, decision_text, is_hidden
    from boomerang.groups import describe
    from boomerang.groups import explain as in_words

    connection = app.connection
    state, now, label = connection.state, connection.chain.now(), app.names.label
    name = _name_of(app, what)
    ids = _group(app, name).ids
    for member in ids:
        if member in state.commitments and is_hidden(app, state.commitments[member]):
            raise InvalidInput(f"{label(member)} is {HIDDEN.strip('()')}")
    settlement = state.settlement(ids, now)
    opened = {member: state.decision(member) or b"" for member in settlement.members}
    sealed = {member: decision_text(app, program) for member, program in opened.items()}
    words = in_words(settlement, label)
    data = {
        **_data(app, name),
        "decisions": {full(member): text for member, text in sealed.items()},
        "consistent": [_outcome(settlement, number) for number in settlement.consistent],
        "feasible": [_outcome(settlement, number) for number in settlement.feasible],
        "chosen": _outcome(settlement, settlement.chosen),
        "broken": [full(member) for member in settlement.broken],
        "because": words,
    }

    def view() -> Any:
        from rich.console import Group as Parts
        from rich.table import Table

        parts: list[Any] = [f"{label(member)}: {text}" for member, text in sealed.items()]
        constants = [member for member in ids if member not in settlement.members]
        parts += [
            f"{label(member)}: {state.phase(member, now).label}, so reverted whatever the others do"
            for member in constants
        ]
        if settlement.members:
            columns = [f"worth to {label(member)}" for member in settlement.members]
            table = Table("", "outcome", "consistent", *columns, box=None)
            for number in settlement.feasible:
                mark = "→" if number == settlement.chosen else ""
                consistent = "yes" if number in settlement.consistent else "no"
                worth = map(str, settlement.worth(number))
                table.add_row(mark, describe(settlement, number, label), consistent, *worth)
            parts.append(table)
        parts.append(words)
        return Parts(*parts)

    app.show(data, view)


def _outcome(settlement: Settlement, number: int) -> dict[str, Mapping[str, Any]]:
    """A joint outcome for machines."""
    worths = zip(settlement.members, settlement.worth(number), strict=True)
    return {
        "kept": {full(member): kept for member, kept in settlement.outcome(number).items()},
        "worth": {full(member): worth for member, worth in worths},
    }


def _name_of(app: App, reference: str) -> bytes:
    """The name of the group that a commitment has joined."""
    of = commitment(app, reference)
    name = app.connection.state.model.group_of(of.id)
    if not any(name):
        raise InvalidInput(f"{app.names.label(of.id)} has joined no group")
    return name


def _group(app: App, name: bytes) -> Group:
    return app.connection.state.model.state.groups[name]


def _data(app: App, name: bytes) -> dict[str, Any]:
    """A group for machines."""
    connection = app.connection
    model, now = connection.state.model, connection.chain.now()
    found = _group(app, name)
    node = found.node
    return {
        "group": full(name),
        "complete": node is not None,
        "floor": full(node.floor) if node else None,
        "depth": node.depth if node else None,
        "cover": node.cover if node else None,
        "members": [
            {
                "id": full(member),
                "name": app.names.name_of(member),
                "joined": member in found.joined,
                "phase": model.phase(member, now).label,
            }
            for member in found.ids
        ],
        "waitsFor": [full(one) for one in model.group_waits_for(name, now)] if node else [],
        "resolvable": node is not None and model.group_resolvable(name, now),
    }
