"""Commands that need no opening: publish, offer, decline, revoke, draw, resolve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import App, shared
from boomerang.cli.values import AMOUNT, amount, clock, full
from boomerang.errors import InvalidInput, NotFunded, UnknownCommitment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from boomerang.cli.networks import Actor
    from boomerang.client import Commitment, Done
    from boomerang.content import Content


def commitment(app: App, reference: str) -> Commitment:
    """The published commitment that a name, an id or its start stands for."""
    known = app.names.find(reference)
    found = app.connection.state.commitments.get(known)
    if found is None:
        raise UnknownCommitment(known)
    return found


def done_data(done: Done) -> dict[str, Any]:
    """What every action reports."""
    receipt = done.receipt
    return {
        "block": receipt.block.number,
        "time": receipt.block.time,
        "gas": receipt.gas_used,
        "transaction": full(receipt.hash) if receipt.hash else None,
        "events": [event.name for event in done.events],
    }


def phases(app: App, ids: Iterable[bytes]) -> dict[str, str]:
    """How commitments stand now, by label."""
    state, now = app.connection.state, app.connection.chain.now()
    return {app.names.label(known): state.phase(known, now).label for known in ids}


_CONTENT = [
    click.option(
        "--bond", type=AMOUNT, help="Comes back unless you fall silent. Default: the least."
    ),
    click.option("--cover", type=AMOUNT, default=0, help="The gain against which it is credible."),
    click.option("--topic", default="", help="What it is about: up to 32 bytes of text, or 0x…."),
    click.option(
        "--pay",
        "payments",
        multiple=True,
        metavar="WHO=AMOUNT[@TOKEN]",
        help="A payment if it is kept. Of a token in its smallest unit.",
    ),
    click.option(
        "--call",
        "calls",
        multiple=True,
        metavar="KEY=VALUE,…",
        help="A call if it is kept: target, amount, data, gas, remainder (who gets what is left).",
    ),
    click.option("--tip", metavar="AMOUNT[@TOKEN]", help="For whoever executes it."),
    click.option(
        "--escrow",
        multiple=True,
        metavar="AMOUNT[@TOKEN]",
        help="What is put aside. Default: what payments, calls and tip take; more comes back.",
    ),
    click.option("--guard", default="", help="Do it only if this holds, such as 'not kept(A1)'."),
    click.option(
        "--deadline", metavar="SECOND", help="Until when calls may be retried; +N from now."
    ),
    click.option("--nonce", type=click.IntRange(0, 2**56 - 1), help="Default: a random one."),
]


def described(function: Callable[..., Any]) -> Callable[..., Any]:
    """The argument and options that say what a commitment is made of."""
    for option in reversed(_CONTENT):
        function = option(function)
    return click.argument("statement", default="")(function)


@click.command()
@click.option("--as", "name", metavar="NAME", help="A name for it in your address book.")
@described
@click.option("--approve", is_flag=True, help="First let the enforcer move the escrow's tokens.")
@shared(acts=True)
def publish(
    app: App,
    statement: str,
    name: str | None,
    bond: int | None,
    cover: int,
    topic: str,
    payments: tuple[str, ...],
    calls: tuple[str, ...],
    tip: str | None,
    escrow: tuple[str, ...],
    guard: str,
    deadline: str | None,
    approve: bool,
    nonce: int | None,
) -> None:
    """Publish a tentative commitment with this STATEMENT.

    For a while nothing is decided. Before it freezes, `seal` your decision on it. What it pays is
    put in escrow now; once it is kept, anyone may `execute` it, and else the escrow comes back.
    """
    from boomerang.cli.clauses import clauses, units, warn_of_traps
    from boomerang.client import new_nonce
    from boomerang.content import Content
    from boomerang.store import Status

    connection = app.connection
    actor = connection.actor()
    if name is not None:
        app.names.check_free(name)
    parameters = connection.registry.parameters()
    bond = parameters.min_bond if bond is None else bond
    made_of = clauses(app, payments, guard, escrow, calls, tip, deadline)
    content = Content(_topic(topic), statement.encode(), made_of)
    chosen = new_nonce() if nonce is None else nonce
    key = content.key(actor.address, chosen, bond, cover)
    held = [units(asset.token, asset.amount) for asset in made_of.escrow] if made_of else []
    if made_of is not None:
        warn_of_traps(app, made_of, actor.address)
    if bond + parameters.fee or held:
        escrowed = f", and {', '.join(held)} in escrow" if held else ""
        costs = f"a bond of {amount(bond)} and a fee of {amount(parameters.fee)}"
        app.confirm(f"Publish with {costs}{escrowed}?")
    if made_of is not None:
        _fund(app, actor, content, approve)
    kept = app.store.plan_publication(connection.registry.domain, key, content)
    try:
        done = connection.act(
            connection.registry.tx_publish(key, content),
            actor,
            lambda tx: app.store.mark(kept, Status.SENT, tx),
        )
    except Exception as error:
        note_refusal(app, kept, error)
        raise
    app.store.mark(kept, Status.CONFIRMED, done_data(done)["transaction"])
    made = connection.registry.commitment(key, content, done.receipt)
    if name is not None:
        app.names.add(name, made.id)
    app.show(
        {
            "id": full(made.id),
            "name": name,
            "committer": key.committer,
            "nonce": key.nonce,
            "bond": bond,
            "cover": cover,
            "freezeAt": made.freeze,
            "sealFrom": made.published.time + parameters.seal_delay,
            **done_data(done),
        },
        lambda: (
            f"{name or 'It'} is {full(made.id)}\n"
            f"Published at {clock(made.published.time)}. Seal from "
            f"{clock(made.published.time + parameters.seal_delay)}, before {clock(made.freeze)}."
        ),
    )


def _fund(app: App, actor: Actor, content: Content, approve: bool) -> None:
    """See to it that the enforcer may take the escrow's tokens; refuse what cannot be published."""
    connection = app.connection
    enforcer = connection.registry.enforcer
    escrow = content.clauses.escrow if content.clauses else ()
    if approve:
        for asset, _ in enforcer.missing(actor.address, escrow):
            tx = enforcer.tx_approve(asset.token, asset.amount, sender=actor.address)
            connection.send(tx, actor)
            app.log(f"The enforcer may move {asset.amount} of {asset.token}.")
    try:
        connection.registry.check_publication(content, actor.address)
    except NotFunded as error:
        raise NotFunded(
            f"{error} (--approve does it)"
            if enforcer.missing(actor.address, escrow)
            else str(error)
        ) from None


def note_refusal(app: App, kept: Any, error: Exception) -> None:
    """Mark in the store what the chain certainly refused; what is uncertain stays as it is."""
    from boomerang.chains.base import TxRejected
    from boomerang.errors import ChainError
    from boomerang.store import Status

    if isinstance(error, (ChainError, TxRejected)):
        note = error.name if isinstance(error, ChainError) else str(error)
        app.store.mark(kept, Status.REFUSED, note=note)


def _topic(text: str) -> bytes:
    if text.startswith("0x"):
        try:
            topic = bytes.fromhex(text[2:])
        except ValueError:
            raise InvalidInput(f"the topic {text!r} is not hexadecimal") from None
    else:
        topic = text.encode()
    if len(topic) > 32:
        raise InvalidInput(f"a topic has at most 32 bytes, not {len(topic)}")
    return topic.ljust(32, b"\0")


@click.command()
@click.argument("offering")
@click.option("--to", "target", required=True, metavar="COMMITMENT", help="The earlier one.")
@shared(acts=True)
def offer(app: App, offering: str, target: str) -> None:
    """Invite the owner of an earlier commitment to depend on yours (OFFERING).

    It cannot be taken back, and from then on OFFERING may look at nothing from the target's
    floor on.
    """
    connection = app.connection
    of, to = commitment(app, offering), commitment(app, target)
    actor = connection.actor_for(of.key)
    app.confirm(f"Offer {app.names.label(of.id)} to {app.names.label(to.id)}, for good?")
    done = connection.act(connection.registry.tx_offer(of, to.id, sender=actor.address), actor)
    standing = connection.registry.standing(of.id)
    app.show(
        {
            "offering": full(of.id),
            "target": full(to.id),
            "floor": full(standing.floor),
            "depth": standing.depth,
            **done_data(done),
        },
        lambda: (
            f"{app.names.label(of.id)} is offered to {app.names.label(to.id)}: "
            f"floor {app.names.label(standing.floor)}, depth {standing.depth}."
        ),
    )


@click.command()
@click.argument("what")
@click.option("--offer", "offering", metavar="COMMITMENT", help="Decline this one's offer.")
@click.option("--all", "everything", is_flag=True, help="Decline all, present and future.")
@shared(acts=True)
def decline(app: App, what: str, offering: str | None, everything: bool) -> None:
    """Decline an offer to WHAT, or all, for good: it makes WHAT more credible."""
    if everything == (offering is not None):
        raise InvalidInput("say which offer: --offer COMMITMENT, or --all")
    connection = app.connection
    target = commitment(app, what)
    actor = connection.actor_for(target.key)
    registry = connection.registry
    if offering is None:
        app.confirm(f"Decline all offers to {app.names.label(target.id)}, for good?")
        tx = registry.tx_decline_all(target, sender=actor.address)
        said, by = "all offers", None
    else:
        by = app.names.find(offering)
        tx = registry.tx_decline(target, by, sender=actor.address)
        said = f"the offer of {app.names.label(by)}"
    done = connection.act(tx, actor)
    app.show(
        {"what": full(target.id), "offer": None if by is None else full(by), **done_data(done)},
        lambda: f"{app.names.label(target.id)} declines {said}.",
    )


@click.command()
@click.argument("what")
@shared(acts=True)
def revoke(app: App, what: str) -> None:
    """Take WHAT back openly, before it is sealed. The bond returns."""
    connection = app.connection
    target = commitment(app, what)
    actor = connection.actor_for(target.key)
    app.confirm(f"Revoke {app.names.label(target.id)}, for good?")
    tx = connection.registry.tx_revoke(target, sender=actor.address)
    done = connection.act(tx, actor)
    app.show(
        {"what": full(target.id), "phase": "Revoked", **done_data(done)},
        lambda: f"{app.names.label(target.id)} is revoked.",
    )


@click.command()
@click.argument("what", nargs=-1)
@shared(acts=True)
def draw(app: App, what: tuple[str, ...]) -> None:
    """Record the draws of commitments of one block, while that is possible.

    Without arguments: of all that can be drawn and share their second with others. Sealing does it
    too.
    """
    connection = app.connection
    state = connection.state
    ids = [commitment(app, reference).id for reference in what] if what else _drawable(app)
    if not ids:
        app.show({"drawn": {}}, lambda: "There is nothing to draw.")
        return
    actor = connection.anyone()
    done = connection.act(connection.registry.tx_draw(ids, sender=actor.address), actor)
    state = connection.state
    drawn = {known: state.model.draw_of(known) for known in ids}
    order = sorted(ids, key=lambda known: (state.commitments[known].freeze, drawn[known]))
    app.show(
        {"drawn": {full(known): number for known, number in drawn.items()}, **done_data(done)},
        lambda: "Their order is " + " < ".join(app.names.label(known) for known in order),
    )


def _drawable(app: App) -> list[bytes]:
    """Undrawn, not frozen, not alone in their second, and with a seed block that is there."""
    connection = app.connection
    state, now, head = connection.state, connection.chain.now(), connection.chain.head()
    delay = connection.registry.parameters().draw_delay
    seconds: dict[int, int] = {}
    for known in state.commitments.values():
        seconds[known.freeze] = seconds.get(known.freeze, 0) + 1
    return [
        known.id
        for known in state.commitments.values()
        if seconds[known.freeze] > 1
        and now < known.freeze
        and not state.model.draw_of(known.id)
        and known.published.number + delay <= head.number < known.published.number + delay + 256
    ]


@click.command()
@click.argument("what", nargs=-1)
@shared(acts=True)
def resolve(app: App, what: tuple[str, ...]) -> None:
    """Settle what is due: lapsed commitments, and opened ones whose dependencies are final.

    Without arguments: everything that can be. What others must be settled first comes first.
    """
    connection = app.connection
    ids = [commitment(app, reference).id for reference in what] if what else None
    plan = connection.state.plan(connection.chain.now(), ids)
    domain = connection.registry.domain
    planned = [domain.commitment_id(resolution.key) for resolution in plan]
    if not planned:
        app.show({"resolved": {}}, lambda: "There is nothing to resolve now.")
        return
    actor = connection.anyone()
    done = connection.act(connection.registry.tx_resolve(plan, sender=actor.address), actor)
    settled = phases(app, planned)
    app.show(
        {
            "resolved": {
                full(known): label for known, label in zip(planned, settled.values(), strict=True)
            },
            **done_data(done),
        },
        lambda: "\n".join(f"{name}: {label}" for name, label in settled.items()),
    )
