"""`boomerang store …`: the salts and openings on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import App, cannot_write, is_terminal, shared
from boomerang.cli.values import clock, full, short
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.store import Kept, PlannedOpening, Publication, RecordDamaged

DAMAGED = 4

_PASSWORD = click.option(
    "--password", "password", is_flag=True, help="Encrypt with a password, which is asked for."
)
_PASSWORD_FILE = click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the password from the first line of a file.",
)


@click.group()
def store() -> None:
    """Salts and openings: a salt lost is a bond lost. Keep an export elsewhere."""


@store.command("list")
@click.option(
    "--reveal", is_flag=True, help="Show decisions and salts: whoever sees them can expose you."
)
@shared(chain=False)
def list_(app: App, reveal: bool) -> None:
    """Every opening and publication, without what must stay secret."""
    contents = app.store.contents()

    def view() -> Any:
        from rich.table import Table

        table = Table("commitment", "record", "status", "planned", box=None)
        if reveal:
            table.add_column("decision")
            table.add_column("salt")
        for publication in contents.publications:
            record = publication.record
            row = [short(record.id), "publication", publication.status.value]
            table.add_row(*row, clock(record.planned_at), *(["", ""] if reveal else []))
        for opening in contents.openings:
            planned = opening.record
            row = [short(planned.id), "opening", opening.status.value, clock(planned.planned_at)]
            table.add_row(*row, *([planned.text, full(planned.salt)] if reveal else []))
        return table if table.row_count else "The store is empty."

    app.show(
        {
            "store": str(app.store.path),
            "publications": [_publication(kept) for kept in contents.publications],
            "openings": [_opening(kept, reveal) for kept in contents.openings],
            "damaged": _damaged(contents.damaged),
        },
        view,
    )
    _end(app, contents.damaged)


@store.command()
@shared(chain=False)
def check(app: App) -> None:
    """Read every record and check its checksum, id and seal. Exit 4 when one is damaged."""
    contents = app.store.contents()
    whole = len(contents.publications) + len(contents.openings)
    app.show(
        {
            "store": str(app.store.path),
            "publications": len(contents.publications),
            "openings": len(contents.openings),
            "damaged": _damaged(contents.damaged),
        },
        lambda: f"{whole} records are whole, {len(contents.damaged)} damaged: {app.store.path}",
    )
    _end(app, contents.damaged)


@store.command()
@click.argument("file", type=click.Path(path_type=Path))
@_PASSWORD
@_PASSWORD_FILE
@shared(chain=False)
def export(app: App, file: Path, password: bool, password_file: Path | None) -> None:
    """Write all records to one new FILE, readable by you only."""
    from boomerang import store as stores

    word = _password(app, password, password_file, confirm=True)
    try:
        done = stores.export(app.store, file, word)
    except stores.StoreNotWritable as error:
        if isinstance(error.__cause__, OSError):
            raise cannot_write(file, error.__cause__) from error
        raise
    if word is None:
        app.warn(f"{file} holds salts in the clear; --password encrypts")
    app.show(
        {
            "file": str(file),
            "records": done.records,
            "encrypted": done.encrypted,
            "damaged": _damaged(done.damaged),
        },
        lambda: f"{done.records} records in {file}{' (encrypted)' if done.encrypted else ''}",
    )
    _end(app, done.damaged)


@store.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_PASSWORD_FILE
@shared(chain=False)
def restore(app: App, file: Path, password_file: Path | None) -> None:
    """Merge an export into the store. Nothing that is there is dropped or overwritten."""
    from boomerang import store as stores

    word = _password(app, stores.is_encrypted(file), password_file, confirm=False)
    done = stores.restore(app.store, file, word)
    app.show(
        {
            "added": done.added,
            "present": done.present,
            "repaired": done.repaired,
            "damaged": _damaged(done.damaged),
        },
        lambda: (
            f"{done.added} records added, {done.repaired} repaired, "
            f"{done.present} were there already"
        ),
    )
    _end(app, done.damaged)


def _password(app: App, wanted: bool, file: Path | None, *, confirm: bool) -> str | None:
    if file is not None:
        lines = file.read_text().splitlines()
        if not lines or not lines[0]:
            raise InvalidInput(f"{file} holds no password")
        return lines[0]
    if not wanted:
        return None
    if app.json or not is_terminal():
        raise InvalidInput("a password is needed and there is nobody to ask: --password-file")
    word: str = click.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True)
    return word


def _publication(kept: Kept[Publication]) -> dict[str, Any]:
    record = kept.record
    return {
        "id": full(record.id),
        "chainId": record.domain.chain_id,
        "registry": record.domain.registry,
        "committer": record.key.committer,
        "nonce": record.key.nonce,
        "bond": record.key.bond,
        "cover": record.key.cover,
        "statement": record.content.statement.decode(errors="replace"),
        "status": kept.status.value,
        "transaction": kept.transaction,
        "plannedAt": record.planned_at,
    }


def _opening(kept: Kept[PlannedOpening], reveal: bool) -> dict[str, Any]:
    record = kept.record
    data = {
        "id": full(record.id),
        "chainId": record.domain.chain_id,
        "registry": record.domain.registry,
        "committer": record.key.committer,
        "seal": full(record.seal),
        "status": kept.status.value,
        "transaction": kept.transaction,
        "plannedAt": record.planned_at,
    }
    if reveal:
        data |= {
            "decision": full(record.decision),
            "text": record.text,
            "salt": full(record.salt),
        }
    return data


def _damaged(damaged: list[RecordDamaged]) -> list[dict[str, str]]:
    return [{"record": damage.record, "why": damage.why} for damage in damaged]


def _end(app: App, damaged: list[RecordDamaged]) -> None:
    for damage in damaged:
        app.warn(str(damage))
    if damaged:
        raise click.exceptions.Exit(DAMAGED)
