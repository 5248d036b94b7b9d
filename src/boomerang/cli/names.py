"""The address book: names for commitments, per registry, in the store's directory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.options import App, shared
from boomerang.cli.values import full, short
from boomerang.decisions.names import NAME, resolve
from boomerang.errors import InvalidInput, Located

if TYPE_CHECKING:
    from boomerang.identity import Domain
    from boomerang.store import Store

FILE = "names.json"
RESERVED = frozenset(
    ("keep", "revert", "if", "kept", "not", "and", "or", "at", "least", "of", "true", "false")
)
"""Words of the grammar of decisions, in whatever case."""


class NameTaken(InvalidInput):
    """The name stands for another commitment already."""


class UnknownReference(InvalidInput):
    """What was written for a commitment is no name, no id, and no unique start of one."""


class AddressBook:
    """A `Resolver`: the names of one registry, and whatever ids are known beside them."""

    def __init__(self, store: Store, domain: Domain, known: Iterable[bytes] = ()) -> None:
        """The book of the registry in `domain`; `known` are further ids that prefixes may mean."""
        self.store = store
        self.place = f"{domain.chain_id}:{domain.registry}"
        self.known = frozenset(known)
        self._names = _read(store.read_json(FILE), self.place)

    def names(self) -> Mapping[str, bytes]:
        """Every name."""
        return self._names

    def ids(self) -> Collection[bytes]:
        """Every id that is known."""
        return self.known | set(self._names.values())

    def learn(self, known: Iterable[bytes]) -> AddressBook:
        """Know further ids."""
        self.known |= frozenset(known)
        return self

    def find(self, reference: str) -> bytes:
        """The id that a name, an id, or the unique start of one stands for."""
        try:
            return resolve(reference, self, reference, 0)
        except Located as error:  # of a text of one word the place says nothing
            hint = f"; did you mean {error.suggestion!r}?" if error.suggestion else ""
            raise UnknownReference(f"{error.reason}{hint}") from error

    def name_of(self, commitment: bytes) -> str | None:
        """The first of its names."""
        return min((n for n, known in self._names.items() if known == commitment), default=None)

    def label(self, commitment: bytes) -> str:
        """Its name, or the first digits of its id."""
        return self.name_of(commitment) or short(commitment)

    def check_free(self, name: str, commitment: bytes | None = None) -> None:
        """Refuse a name that cannot be one, or that stands for something else that exists.

        A commitment that this chain does not know, of an earlier run of a test chain say, holds no
        name: `known` says which there are.
        """
        if not NAME.fullmatch(name):
            raise InvalidInput(f"{name!r} cannot be a name: letters, digits, and . _ - inside")
        if name.lower() in RESERVED:
            raise InvalidInput(f"{name!r} cannot be a name: decisions use it as a word")
        holder = self._names.get(name)
        if holder is not None and holder != commitment and holder in self.known:
            raise NameTaken(
                f"{name} stands for {short(holder)} already; choose another name, "
                f"or free it: boomerang names remove {name}"
            )

    def add(self, name: str, commitment: bytes) -> None:
        """Write a name down."""

        def change(value: dict[str, Any]) -> None:
            self._names = _read(value, self.place)
            self.check_free(name, commitment)
            value.setdefault(self.place, {})[name] = full(commitment)

        self.store.update_json(FILE, change)
        self._names = {**self._names, name: commitment}

    def remove(self, name: str) -> None:
        """Forget a name; the commitment stays."""

        def change(value: dict[str, Any]) -> None:
            if name not in value.get(self.place, {}):
                raise InvalidInput(f"there is no name {name!r}")
            del value[self.place][name]

        self.store.update_json(FILE, change)
        self._names = {n: known for n, known in self._names.items() if n != name}


def forget_places(store: Store, gone: Callable[[str], bool]) -> list[str]:
    """Forget the names of all registries of which `gone` says so; they are keyed chain:address."""
    forgotten: list[str] = []

    def change(value: dict[str, Any]) -> None:
        for place in [place for place in value if gone(place)]:
            names = value.pop(place)
            forgotten.extend(names if isinstance(names, dict) else ())

    if store.read_json(FILE):
        store.update_json(FILE, change)
    return sorted(forgotten)


def _read(value: Mapping[str, Any], place: str) -> dict[str, bytes]:
    try:
        return {name: bytes.fromhex(text[2:]) for name, text in value.get(place, {}).items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidInput(f"{FILE} in the store is not an address book: {error}") from error


@click.group(invoke_without_command=True)
@shared()
def names(app: App) -> None:
    """The address book: names that may stand for commitments in decisions and commands.

    `publish --as NAME` writes it; a unique start of an id (0x12ab) works everywhere too.
    """
    if click.get_current_context().invoked_subcommand is None:
        show(app)


def show(app: App) -> None:
    """The whole book."""
    book = app.names

    def view() -> Any:
        from rich.table import Table

        if not book.names():
            return "No names yet."
        table = Table("name", "commitment", box=None)
        for name, commitment in sorted(book.names().items()):
            table.add_row(name, full(commitment))
        return table

    app.show({"names": {name: full(known) for name, known in sorted(book.names().items())}}, view)


@names.command("add")
@click.argument("name")
@click.argument("commitment")
@shared()
def add(app: App, name: str, commitment: str) -> None:
    """Give a commitment (an id, or its unique start) a name."""
    book = app.names
    known = book.find(commitment)
    book.add(name, known)
    app.show({"name": name, "id": full(known)}, lambda: f"{name} is {full(known)}")


@names.command("remove")
@click.argument("name")
@shared()
def remove(app: App, name: str) -> None:
    """Forget a name."""
    app.names.remove(name)
    app.show({"removed": name}, lambda: f"{name} is forgotten")
