"""`boomerang relay …`: sign so that others may send, and send what others signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from boomerang.cli.act import _topic, commitment, described, done_data
from boomerang.cli.explain import explain
from boomerang.cli.options import App, shared, writing
from boomerang.cli.values import amount, clock, full
from boomerang.errors import ChainError, InvalidInput
from boomerang.relay import fundings

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.chains.base import Signer
    from boomerang.cli.networks import Actor
    from boomerang.content import Asset
    from boomerang.identity import Key
    from boomerang.relay.requests import Relayed

DEFAULT_SECONDS = 300
WAYS = ("allowance", "permit", "permit2")

_OUT = click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; by default the request is printed.",
)
_SECONDS = click.option(
    "--valid-for",
    type=click.IntRange(min=1),
    default=DEFAULT_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long it may be sent.",
)


def signing(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that all of `relay sign` share."""
    return _OUT(_SECONDS(shared(acts=True)(function)))


@click.group()
def relay() -> None:
    """Sign for others to send, and send what others signed.

    Whoever has a signed request may send it, and pays for it; nobody can change it, nor use it
    elsewhere or after its time.
    """


@relay.group()
def sign() -> None:
    """Sign a request, and write it to a file. Nothing is sent."""


@sign.command("publish")
@described
@click.option(
    "--funding",
    type=click.Choice(WAYS),
    default=WAYS[0],
    show_default=True,
    help="How the escrow's tokens come from you: given allowances, or signed for at once.",
)
@signing
def sign_publish(
    app: App,
    statement: str,
    bond: int | None,
    cover: int,
    topic: str,
    payments: tuple[str, ...],
    calls: tuple[str, ...],
    tip: str | None,
    escrow: tuple[str, ...],
    guard: str,
    deadline: str | None,
    nonce: int | None,
    funding: str,
    valid_for: int,
    out: Path | None,
) -> None:
    """Sign a commitment with this STATEMENT, for another to publish in your name.

    Who sends it pays the bond and the ether of the escrow, which are then yours. Tokens come from
    you.
    """
    from boomerang.cli.clauses import clauses, warn_of_traps
    from boomerang.client import new_nonce
    from boomerang.content import Content

    connection, registry = app.connection, app.connection.registry
    actor = connection.actor()
    bond = registry.parameters().min_bond if bond is None else bond
    made_of = clauses(app, payments, guard, escrow, calls, tip, deadline)
    content = Content(_topic(topic), statement.encode(), made_of)
    chosen = new_nonce() if nonce is None else nonce
    key = content.key(actor.address, chosen, bond, cover)
    until = _deadline(app, valid_for)
    signed_for = b""
    if made_of is not None:
        warn_of_traps(app, made_of, actor.address)
        # It may be published in the last second that is allowed.
        content.check(registry.earliest_deadline(until), registry.contracts.enforcer)
        tokens = fundings.tokens(made_of.escrow)
        registry.enforcer.check_funds(actor.address, tokens, by_allowance=funding == WAYS[0])
        if tokens:
            signed_for = _fund(app, funding, key, tokens, until, actor)
    app.store.plan_publication(registry.domain, key, content)
    _finish(app, registry.requests.publish(key, content, until, signed_for), actor, out)


def _fund(
    app: App, way: str, key: Key, tokens: tuple[Asset, ...], until: int, actor: Actor
) -> bytes:
    """The signatures that carry tokens. A fresh nonce of Permit2's is drawn at random."""
    from boomerang.client import permits

    registry = app.connection.registry
    if way == "permit":
        return permits.by_permits(registry, tokens, actor.address, until, _signer(actor))
    if way == "permit2":
        return permits.by_permit2(registry, key, tokens, until, _signer(actor))
    return fundings.ALLOWANCES


@sign.command("seal")
@click.argument("what")
@click.argument("decision")
@click.option("--force", is_flag=True, help="Sign even what would be an InvalidDecision as it is.")
@signing
def sign_seal(
    app: App, what: str, decision: str, force: bool, valid_for: int, out: Path | None
) -> None:
    """Sign a seal of the DECISION on your commitment WHAT. The opening stays on your disk."""
    from boomerang import decisions
    from boomerang.cli.sealing import require_valid

    connection = app.connection
    of = commitment(app, what)
    actor = _owner(app, of.key)
    checked = require_valid(app, of, decision, force)
    text = decision if checked.sealed is None else decisions.format_sealed(checked.sealed)
    domain = connection.registry.domain
    kept = app.store.plan_opening(domain, of.key, checked.decision, text, of.content)
    # From here on the opening is on disk. Only now may its seal leave this machine.
    deadline = min(_deadline(app, valid_for), of.freeze - 1)
    request = connection.registry.requests.seal(of, kept.record.seal, deadline)
    _finish(app, request, actor, out)


@sign.command("revoke")
@click.argument("what")
@signing
def sign_revoke(app: App, what: str, valid_for: int, out: Path | None) -> None:
    """Sign a revocation of WHAT."""
    of = commitment(app, what)
    actor = _owner(app, of.key)
    request = app.connection.registry.requests.revoke(of, _deadline(app, valid_for))
    _finish(app, request, actor, out)


@sign.command("offer")
@click.argument("offering")
@click.option("--to", "target", required=True, metavar="COMMITMENT", help="The earlier one.")
@signing
def sign_offer(app: App, offering: str, target: str, valid_for: int, out: Path | None) -> None:
    """Sign an offer of OFFERING to an earlier commitment.

    It is bound to the floor and depth that it would record now: should they change, it is refused.
    """
    of, to = commitment(app, offering), commitment(app, target)
    actor = _owner(app, of.key)
    request = app.connection.registry.requests.offer(of, to.id, _deadline(app, valid_for))
    _finish(app, request, actor, out)


@sign.command("decline")
@click.argument("what")
@click.option("--offer", "offering", metavar="COMMITMENT", help="Decline this one's offer.")
@click.option("--all", "everything", is_flag=True, help="Decline all, present and future.")
@signing
def sign_decline(
    app: App,
    what: str,
    offering: str | None,
    everything: bool,
    valid_for: int,
    out: Path | None,
) -> None:
    """Sign that WHAT declines an offer, or all, for good."""
    from boomerang.identity import NO_ID

    if everything == (offering is not None):
        raise InvalidInput("say which offer: --offer COMMITMENT, or --all")
    of = commitment(app, what)
    actor = _owner(app, of.key)
    by = NO_ID if offering is None else app.names.find(offering)
    request = app.connection.registry.requests.decline(of, _deadline(app, valid_for), by)
    _finish(app, request, actor, out)


@sign.command("join")
@click.argument("what")
@click.argument("others", nargs=-1, required=True)
@signing
def sign_join(
    app: App, what: str, others: tuple[str, ...], valid_for: int, out: Path | None
) -> None:
    """Sign that WHAT joins the group of it and the OTHERS."""
    of = commitment(app, what)
    actor = _owner(app, of.key)
    ids = [app.names.find(reference) for reference in others]
    request = app.connection.registry.requests.join(of, ids, _deadline(app, valid_for))
    _finish(app, request, actor, out)


def _owner(app: App, key: Key) -> Actor:
    """Who signs about a commitment: its committer, or nobody."""
    actor = app.connection.actor_for(key)
    if actor.address != key.committer:
        owner, who = map(app.connection.who, (key.committer, actor.address))
        raise InvalidInput(f"{owner} must sign this, not {who}")
    return actor


def _deadline(app: App, seconds: int) -> int:
    return app.connection.chain.now() + seconds


def _finish(app: App, request: Relayed, actor: Actor, out: Path | None) -> None:
    """Sign, and write."""
    app.confirm(f"Sign this for anybody to send: {_said(app, request)}?")
    signed = request.sign(_signer(actor))
    text = signed.to_json()
    if out is not None:
        with writing(out):
            out.write_text(text)
    app.show(
        {"file": None if out is None else str(out), **_data(signed)},
        lambda: (
            text.rstrip()
            if out is None
            else f"Signed: {_said(app, signed)}. Good until {clock(signed.deadline)}: {out}"
        ),
    )


def _signer(actor: Actor) -> Signer:
    """Test chains hold keys without showing them, but those are known."""
    if actor.signer is not None:
        return actor.signer
    from boomerang.chains.signers import dev_signer

    return dev_signer(actor.address)


def _data(request: Relayed) -> dict[str, Any]:
    import json

    return {
        "action": request.action,
        "id": full(request.id),
        "committer": request.committer,
        "deadline": request.deadline,
        "request": json.loads(request.to_json()),
    }


def _said(app: App, request: Relayed) -> str:
    """What is asked for, in a line."""
    return f"{_asked(app, request)}, for {app.connection.who(request.committer)}"


def _asked(app: App, request: Relayed) -> str:
    label = app.names.label
    match request.action:
        case "publish":
            said = request.content.statement.decode(errors="replace")
            clauses = " with clauses" if request.key.has_clauses else ""
            return f"publish {said!r}{clauses}, bond {amount(request.key.bond)}"
        case "offer":
            bound = f"floor {label(request.floor)}, depth {request.depth}"
            return f"offer {label(request.id)} to {label(request.target)}, {bound}"
        case "decline":
            which = f"the offer of {label(request.offering)}" if any(request.offering) else "all"
            return f"decline {which} to {label(request.id)}"
        case "join":
            return f"join {label(request.id)} to the group of {', '.join(map(label, request.ids))}"
        case _:
            return f"{request.action} {label(request.id)}"


def _read(file: BinaryIO) -> Relayed:
    from boomerang.relay.requests import FILE_LIMIT, read

    return read(file.read(FILE_LIMIT + 1))


def _check(app: App, request: Relayed) -> None:
    """Raise what is wrong with it as far as can be told before it is sent."""
    connection = app.connection
    coded = bool(connection.chain.code(request.committer))
    request.check(connection.registry.domain, connection.chain.now(), coded)


@relay.command()
@click.argument("file", type=click.File("rb"))
@shared()
def show(app: App, file: BinaryIO) -> None:
    """What a signed request in FILE asks for (- for standard input), and whether it is good."""
    request = _read(file)
    problem: str | None = None
    try:
        _check(app, request)
    except ChainError as error:
        problem = explain(app, error)
    except InvalidInput as error:
        problem = str(error)
    app.show(
        {**_data(request), "good": problem is None, "problem": problem},
        lambda: (
            f"{_said(app, request)}\n"
            + (
                f"Good until {clock(request.deadline)}."
                if problem is None
                else f"Not good: {problem}"
            )
        ),
    )


@relay.command()
@click.argument("file", type=click.File("rb"))
@click.option("--as", "name", metavar="NAME", help="A name in your address book, if it publishes.")
@shared(acts=True)
def send(app: App, file: BinaryIO, name: str | None) -> None:
    """Send a signed request from FILE (- for standard input). You pay for it.

    Publishing costs bond, fee and the ether of the escrow beside; they go back to the committer.
    """
    request = _read(file)
    connection = app.connection
    if name is not None:
        if request.action != "publish":
            raise InvalidInput(f"--as is for requests to publish, not to {request.action}")
        app.names.check_free(name)
    _check(app, request)
    actor = connection.anyone()
    said = _said(app, request)
    tx = connection.registry.tx_relay(request, sender=actor.address)
    pays = f" It costs you {amount(tx.value)}, which you do not get back." if tx.value else ""
    app.confirm(f"Send: {said}?{pays}")
    done = connection.act(tx, actor)
    if name is not None:
        app.names.add(name, request.id)
    app.show(
        {
            "action": request.action,
            "id": full(request.id),
            "committer": request.committer,
            "paid": tx.value,
            **done_data(done),
        },
        lambda: f"Done: {said}.",
    )
