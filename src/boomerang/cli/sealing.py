"""Commands with an opening in them: seal, expose, open. The store comes first, the chain second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from boomerang.cli.act import commitment, done_data, note_refusal
from boomerang.cli.explain import plainly
from boomerang.cli.options import App, shared
from boomerang.cli.settings import hidden_blocks
from boomerang.cli.values import amount, clock, full
from boomerang.errors import InvalidInput, TooEarly, WrongPhase

if TYPE_CHECKING:
    from boomerang.client import Commitment, DecisionCheck
    from boomerang.identity import Opening
    from boomerang.store import Kept, PlannedOpening

_PAUSE = 0.5


class WouldBeInvalid(InvalidInput):
    """The decision would end as InvalidDecision."""


def check(app: App, of: Commitment, decision: str) -> DecisionCheck:
    """What a decision would come to now. `0x…` is taken as its bytes."""
    connection = app.connection
    program: str | bytes = decision
    if decision.strip().lower().startswith("0x"):
        try:
            program = bytes.fromhex(decision.strip()[2:])
        except ValueError:
            raise InvalidInput(f"{decision!r} is neither a decision nor hexadecimal") from None
    return connection.state.check_decision(of.id, program, connection.chain.now(), app.names)


def require_valid(app: App, of: Commitment, decision: str, force: bool) -> DecisionCheck:
    """The same; refused (WouldBeInvalid) if it would end as InvalidDecision, or, by `force`, warned
    about.
    """
    checked = check(app, of, decision)
    if not checked.valid:
        reasons = "; ".join(plainly(app, why) for why in checked.reasons)
        if not force:
            raise WouldBeInvalid(
                f"as things stand this would end as InvalidDecision: {reasons}. Not sealed; "
                "--force seals it all the same"
            )
        app.warn(f"as things stand this will end as InvalidDecision: {reasons}")
    return checked


@click.command()
@click.argument("what")
@click.argument("decision")
@click.option("--force", is_flag=True, help="Seal even what would be an InvalidDecision as it is.")
@shared(acts=True)
def seal(app: App, what: str, decision: str, force: bool) -> None:
    """Seal the DECISION on your commitment WHAT, once and for all.

    \b
    keep
    revert
    revert if kept(B1)
    keep if kept(B1) and not (kept(0x12ab…) or kept(C1))
    keep if at least 2 of kept(A2), kept(B2), kept(C2)

    In a complete group (boomerang group) it may also say what you prefer, by weights:

    \b
    keep if kept(B1) prefer 5 if kept(A1), -3 if kept(B1) and not kept(A1)

    Decision and salt are on your disk before the seal is sent. Open it after the freeze: whoever
    falls silent loses the bond.
    """
    from boomerang import decisions
    from boomerang.store import Status

    connection = app.connection
    of = commitment(app, what)
    actor = connection.actor_for(of.key)
    checked = require_valid(app, of, decision, force)
    text = decision if checked.sealed is None else decisions.format_sealed(checked.sealed)
    label = app.names.label(of.id)
    app.confirm(f"Seal {decision!r} on {label}? It cannot be changed")

    domain = connection.registry.domain
    kept = app.store.plan_opening(domain, of.key, checked.decision, text, of.content)
    # From here on the opening is on disk. Only now may its seal leave this machine.
    try:
        done = connection.act(
            connection.registry.tx_seal(of, kept.record.seal, sender=actor.address),
            actor,
            lambda tx: app.store.mark(kept, Status.SENT, tx),
        )
    except Exception as error:
        note_refusal(app, kept, error)
        raise
    app.store.mark(kept, Status.CONFIRMED, done_data(done)["transaction"])
    window = connection.registry.parameters().reveal_window
    app.show(
        {
            "id": full(of.id),
            "seal": full(kept.record.seal),
            "valid": checked.valid,
            "reasons": [plainly(app, why) for why in checked.reasons],
            "openFrom": of.freeze,
            "openUntil": of.freeze + window,
            **done_data(done),
        },
        lambda: (
            f"{label} is sealed. Open it from {clock(of.freeze)} to "
            f"{clock(of.freeze + window)}: boomerang open {what}"
        ),
    )


def own_opening(app: App, of: Commitment) -> Kept[PlannedOpening]:
    """The opening in the store behind the seal on chain; notes in the store that it landed."""
    from boomerang.store import Status

    connection = app.connection
    record = connection.registry.record(of.id)
    phase = connection.state.phase(of.id, connection.chain.now())
    if record.phase.label != "Sealed" or phase.label == "Unrevealed":
        raise WrongPhase(of.id, phase)
    kept = app.store.opening_of(of.id, record.seal)
    if kept.status is not Status.CONFIRMED:
        app.store.mark(kept, Status.CONFIRMED, note="its seal was found on chain")
    return kept


def given_opening(app: App, of: Commitment, decision: str | None, salt: str | None) -> Opening:
    """The opening that was given, or the store's."""
    from boomerang.identity import Opening

    if (decision is None) != (salt is None):
        raise InvalidInput("decision and salt belong together: give both, or neither")
    if decision is None or salt is None:
        return own_opening(app, of).record.opening
    try:
        raw = bytes.fromhex(salt.removeprefix("0x"))
    except ValueError:
        raise InvalidInput("the salt is not hexadecimal") from None
    return Opening(check(app, of, decision).decision, raw)


@click.command()
@click.argument("what")
@click.argument("decision", required=False)
@click.option("--salt", metavar="0x…", help="The salt, 32 bytes.")
@shared(acts=True)
def expose(app: App, what: str, decision: str | None, salt: str | None) -> None:
    """Show the sealed DECISION of WHAT before its freeze: it is reverted at once.

    A share of the bond goes to whoever exposes, the rest is burned. Without DECISION and --salt
    those of the store are shown: you expose yourself.
    """
    from boomerang.client.events import Exposed

    connection = app.connection
    of = commitment(app, what)
    opening = given_opening(app, of, decision, salt)
    actor = connection.anyone()
    app.confirm(f"Expose {app.names.label(of.id)}? Its bond of {amount(of.key.bond)} is lost")
    tx = connection.registry.tx_expose(of, opening.decision, opening.salt, sender=actor.address)
    done = connection.act(tx, actor)
    reward = next((one.reward for one in done.events if isinstance(one, Exposed)), 0)
    app.show(
        {"id": full(of.id), "phase": "Exposed", "reward": reward, **done_data(done)},
        lambda: f"{app.names.label(of.id)} is exposed. Reward: {amount(reward)}.",
    )


@click.command("open")
@click.argument("what")
@click.argument("decision", required=False)
@click.option("--salt", metavar="0x…", help="The salt, for openings that are not in the store.")
@click.option(
    "--now", "at_once", is_flag=True, help="Do not wait until blocks stand on the freeze."
)
@shared(acts=True)
def open_(app: App, what: str, decision: str | None, salt: str | None, at_once: bool) -> None:
    """Open the seal of WHAT after its freeze, with the decision and salt in your store.

    Where a reorganisation could carry the opening back before the freeze, where it would be an
    exposure, this waits for a few blocks first.
    """
    from boomerang.store import Status

    connection = app.connection
    of = commitment(app, what)
    actor = connection.actor_for(of.key)
    opening = given_opening(app, of, decision, salt)
    now = connection.chain.now()
    if now < of.freeze:  # even to send it would show it
        raise TooEarly(of.id, of.freeze, now)
    if not at_once:
        _wait_for_blocks(app, of)
    tx = connection.registry.tx_reveal(of, opening, sender=actor.address)
    done = connection.act(tx, actor)
    phase = connection.state.phase(of.id, connection.chain.now())
    for kept in app.store.openings(of.id):
        fits = kept.record.opening == opening
        if fits and kept.status is not Status.CONFIRMED:
            app.store.mark(kept, Status.CONFIRMED, note="it opened the seal on chain")
    waits = waiting_for(app, of.id)
    label = app.names.label(of.id)

    def view() -> str:
        if waits:
            return (
                f"{label} is {phase.label}: it waits for {', '.join(map(app.names.label, waits))}"
            )
        return f"{label} is {phase.label}."

    app.show(
        {
            "id": full(of.id),
            "phase": phase.label,
            "waitsFor": [full(known) for known in waits],
            **done_data(done),
        },
        view,
    )


def waiting_for(app: App, known: bytes) -> list[bytes]:
    """What a pending commitment waits for."""
    from boomerang.model import Phase

    connection = app.connection
    now = connection.chain.now()
    if connection.state.phase(known, now) is not Phase.PENDING:
        return []
    model = connection.state.model
    if model.node(known) is not None:
        return list(model.group_waits_for(model.group_of(known), now))
    return list(model.pending_on(known, now))


def _wait_for_blocks(app: App, of: Commitment) -> None:
    """Until enough blocks stand on the freeze, but never so long that the window closes."""
    connection = app.connection
    enough = hidden_blocks(connection.chain.kind)
    last = of.freeze + connection.registry.parameters().reveal_window
    told = False
    while (standing := connection.blocks_since(of.freeze, enough)) < enough:
        if connection.chain.now() > (of.freeze + last) // 2:
            app.warn("half of the window is over: opened without waiting for more blocks")
            return
        if not told:
            app.log(f"Waiting for {enough - standing} more block(s) on top of the freeze …")
            told = True
        time.sleep(_PAUSE)
