"""The options that all commands share, what they lead to, and how results are shown."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from boomerang.cli.names import AddressBook
    from boomerang.cli.networks import Connection
    from boomerang.errors import BoomerangError
    from boomerang.store import Store

F = TypeVar("F", bound=Callable[..., Any])

EMBEDDED = "embedded"


class NotConfirmed(InvalidInput):
    """A question was answered with no, or could not be asked."""


@dataclass
class App:
    """One run of the program: the shared options, and what they stand for when first needed."""

    network: str = EMBEDDED
    account: str | None = None
    registry: str | None = None
    store_path: Path | None = None
    json: bool = False
    yes: bool = False
    _open: list[Connection] = field(default_factory=list)

    @cached_property
    def store(self) -> Store:
        """The store of openings."""
        from boomerang.store import Store

        return Store(self.store_path)

    @cached_property
    def connection(self) -> Connection:
        """The chain that `--network` names, with its accounts and registry."""
        from boomerang.cli.networks import connect

        connection = connect(self)
        self._open.append(connection)
        return connection

    @cached_property
    def names(self) -> AddressBook:
        """The address book of the registry in use, which knows all of its commitments."""
        from boomerang.cli.names import AddressBook

        connection = self.connection
        return AddressBook(self.store, connection.registry.domain, connection.known_ids())

    @cached_property
    def out(self) -> Console:
        """Where results for people go."""
        from rich.console import Console

        return Console(highlight=False, soft_wrap=not sys.stdout.isatty())

    def show(self, data: dict[str, Any], view: Callable[[], RenderableType | None]) -> None:
        """The result: one JSON object for machines, something to read for people."""
        if self.json:
            click.echo(json.dumps(data, indent=2, default=_plain))
            return
        shown = view()
        if shown is not None:
            self.out.print(shown)

    def log(self, text: str) -> None:
        """A remark on stderr, for people only."""
        if not self.json:
            click.echo(text, err=True)

    def warn(self, text: str) -> None:
        """A warning on stderr, always."""
        click.echo(f"{click.style('Warning', fg='yellow', bold=True)}: {text}", err=True)

    def confirm(self, question: str) -> None:
        """Ask before what cannot be undone and costs real money; no terminal means no."""
        if self.yes or self.connection.harmless:
            return
        if self.json or not is_terminal():
            raise NotConfirmed(f"{question} — not confirmed: there is nobody to ask; give --yes")
        if not click.confirm(question, default=False, err=True):
            raise NotConfirmed("not confirmed, so nothing was sent")

    @property
    def connected(self) -> bool:
        """Whether a chain was opened."""
        return bool(self._open)

    def close(self) -> None:
        """Let go of the chain."""
        for connection in self._open:
            connection.close()
        self._open.clear()


def _plain(value: Any) -> Any:
    """Bytes as hexadecimal; whatever else JSON does not know as text."""
    if isinstance(value, (bytes, bytearray)):
        return "0x" + value.hex()
    return str(value)


def is_terminal() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()


@contextmanager
def running(app: App) -> Iterator[App]:
    """See to it that the chain is let go, whatever happens; say its refusals in names and times."""
    from boomerang.cli._group import Told
    from boomerang.errors import BoomerangError

    try:
        yield app
    except BoomerangError as error:
        told = _told(app, error)
        if told is None:
            raise
        raise Told(error, *told) from error
    finally:
        app.close()


def _told(app: App, error: BoomerangError) -> tuple[str, int] | None:
    """A refusal of the chain for people, and its exit code; None for all other errors.

    Whatever goes wrong here must not hide the error itself.
    """
    from boomerang.chains.base import TxRejected
    from boomerang.cli.explain import explain
    from boomerang.errors import ChainError

    if not isinstance(error, (ChainError, TxRejected)) or not app.connected:
        return None
    context = click.get_current_context(silent=True)
    command = context.info_name if context is not None else None
    try:
        return explain(app, error, command or ""), 1
    except Exception:
        return None


class NotWritable(InvalidInput):
    """A file that was named cannot be written."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say which file it was that could not be written."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> NotWritable:
    """The error for a file that somebody named."""
    return NotWritable(f"cannot write {path}: {error.strerror or error}")


_NETWORK = click.option(
    "--network",
    default=EMBEDDED,
    show_default=True,
    envvar="BOOMERANG_NETWORK",
    metavar="NAME",
    help="embedded, devnet, http(s)://…, or a network of ape's, such as ethereum:sepolia:node.",
)
_REGISTRY = click.option(
    "--registry",
    envvar="BOOMERANG_REGISTRY",
    metavar="ADDRESS",
    help="The registry; by default the one last deployed or used on this network.",
)
_ACCOUNT = click.option(
    "--account",
    envvar="BOOMERANG_ACCOUNT",
    metavar="NAME",
    help="Who acts: alice, bob, … on test chains, else the alias of an ape account.",
)
_STORE = click.option(
    "--store",
    "store_path",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where openings are kept. [env var: BOOMERANG_HOME; default: your data directory]",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
_YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
_DEBUG = click.option("--debug", is_flag=True, help="Show tracebacks.")


def shared(*, chain: bool = True, acts: bool = False, store: bool = True) -> Callable[[F], F]:
    """Give a command the shared options that it can use, and hand it the `App` they make."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> Any:
            kwargs.pop("debug")  # seen in _group.py
            app = App(
                network=kwargs.pop("network", EMBEDDED),
                account=kwargs.pop("account", None),
                registry=kwargs.pop("registry", None),
                store_path=kwargs.pop("store_path", None),
                json=kwargs.pop("as_json"),
                yes=kwargs.pop("yes", False),
            )
            with running(app):
                return function(app, *args, **kwargs)

        wanted = [_JSON, _DEBUG]
        wanted += [_STORE] if store or chain else []
        wanted += [_NETWORK, _REGISTRY] if chain else []
        wanted += [_ACCOUNT, _YES] if acts else []
        command: Any = run
        for option in wanted:
            command = option(command)
        return command  # type: ignore[no-any-return]

    return decorate
