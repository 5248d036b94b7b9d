"""`boomerang decision …`: would it be valid, what would it wait for, what if."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.act import commitment
from boomerang.cli.explain import plainly
from boomerang.cli.options import App, shared
from boomerang.cli.sealing import check as check_decision
from boomerang.cli.values import full
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.decisions import Resolver

OUTCOMES = {"kept": True, "reverted": False}
SAYS = {True: "keep", False: "revert", None: "open"}


@click.group()
def decision() -> None:
    """Check, encode and decode decisions. Nothing is stored or sent."""


@decision.command()
@click.argument("text")
@click.option("--what", required=True, metavar="COMMITMENT", help="On which commitment.")
@click.option(
    "--if",
    "ifs",
    multiple=True,
    metavar="COMMITMENT=kept|reverted",
    help="Suppose this outcome. May be repeated.",
)
@shared()
def check(app: App, text: str, what: str, ifs: tuple[str, ...]) -> None:
    """Would the decision TEXT be valid on a commitment? What would it wait for, and say?

    Exit 1 when it would end as InvalidDecision as things stand.
    """
    of = commitment(app, what)
    checked = check_decision(app, of, text)
    supposed: dict[bytes, bool] = {}
    for supposition in ifs:
        reference, equals, word = supposition.rpartition("=")
        if not equals or word.lower() not in OUTCOMES:
            raise InvalidInput(f"--if takes COMMITMENT=kept or =reverted, not {supposition!r}")
        supposed[app.names.find(reference)] = OUTCOMES[word.lower()]
    answer = checked.what_if(supposed) if supposed else None
    label = app.names.label
    data = {
        "what": full(of.id),
        "encoded": full(checked.decision),
        "valid": checked.valid,
        "reasons": [plainly(app, why) for why in checked.reasons],
        "atoms": [
            {
                "id": full(atom.id),
                "name": app.names.name_of(atom.id),
                "allowed": atom.allowed,
                "obstacle": atom.obstacle.label,
                "why": plainly(app, atom.why),
                "phase": atom.phase.label,
                "kept": atom.kept,
            }
            for atom in checked.atoms
        ],
        "waitsFor": [full(known) for known in checked.waits_for],
        "says": SAYS[checked.value],
        "supposed": {full(known): outcome for known, outcome in supposed.items()},
        "thenSays": SAYS[answer] if supposed else None,
        "cases": [
            {
                "outcomes": {full(known): kept for known, kept in outcomes.items()},
                "says": SAYS[value],
            }
            for outcomes, value in checked.cases()
        ],
    }

    def view() -> Any:
        from rich.console import Group
        from rich.table import Table

        parts: list[Any] = [
            f"Valid on {label(of.id)}."
            if checked.valid
            else f"As things stand it would end as InvalidDecision on {label(of.id)}."
        ]
        if checked.malformed is not None:
            parts.append(checked.malformed)
        if checked.atoms:
            atoms = Table("names", "allowed", "now", "why", box=None)
            for atom in checked.atoms:
                allowed = "yes" if atom.allowed else f"no: {atom.obstacle.label}"
                atoms.add_row(label(atom.id), allowed, atom.phase.label, plainly(app, atom.why))
            parts.append(atoms)
        if checked.waits_for:
            parts.append(f"It waits for {', '.join(map(label, checked.waits_for))}.")
        elif checked.valid:
            parts.append(f"It waits for nothing and says {SAYS[checked.value]}.")
        if supposed:
            said = ", ".join(
                f"{label(known)} {'kept' if kept else 'reverted'}"
                for known, kept in supposed.items()
            )
            parts.append(f"If {said}: {SAYS[answer]}.")
        elif checked.cases() and checked.waits_for:
            cases = Table(*map(label, checked.waits_for), "says", box=None)
            for outcomes, value in checked.cases():
                row = ["kept" if outcomes[k] else "reverted" for k in checked.waits_for]
                cases.add_row(*row, SAYS[value])
            parts.append(cases)
        return Group(*parts)

    app.show(data, view)
    if not checked.valid:
        raise click.exceptions.Exit(1)


def _book(app: App) -> Resolver | None:
    """The names of the registry in use, without asking any chain; None where none is known."""
    from boomerang.cli.names import AddressBook
    from boomerang.cli.networks import DEPLOYMENTS
    from boomerang.identity import Domain

    entry = app.store.read_json(DEPLOYMENTS).get(app.network)
    if not isinstance(entry, dict):
        return None
    return AddressBook(app.store, Domain(entry["chainId"], app.registry or entry["registry"]))


@decision.command()
@click.argument("text")
@shared()
def encode(app: App, text: str) -> None:
    """The bytes of the decision TEXT. Names are those of your address book."""
    from boomerang import decisions

    sealed = decisions.parse_sealed(text, _book(app))
    program = decisions.encode_sealed(sealed)
    app.show(
        {
            "encoded": full(program),
            "bytes": len(program),
            "atoms": [full(known) for known in decisions.sealed_atoms(sealed)],
            "text": decisions.format_sealed(sealed),
        },
        lambda: full(program),
    )


@decision.command()
@click.argument("data", metavar="0x…")
@shared()
def decode(app: App, data: str) -> None:
    """The text of a decision's bytes, by the names in your address book."""
    from boomerang import decisions

    try:
        program = bytes.fromhex(data.removeprefix("0x"))
    except ValueError:
        raise InvalidInput(f"{data!r} is not hexadecimal") from None
    sealed = decisions.decode_sealed(program)
    text = decisions.format_sealed(sealed, _book(app))
    app.show(
        {
            "text": text,
            "plain": decisions.format_sealed(sealed),
            "atoms": [full(known) for known in decisions.sealed_atoms(sealed)],
        },
        lambda: text,
    )
