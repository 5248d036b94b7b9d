"""What the commands of intents share: the settlement in use, what names stand for, who signs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from eth_utils.address import to_checksum_address

from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.text import Text

    from boomerang.chains.base import Signer, Tx
    from boomerang.cli.networks import Actor, Connection
    from boomerang.cli.options import App
    from boomerang.decisions.names import Resolver
    from boomerang.intents.client import Done, Settlement
    from boomerang.intents.client.deployments import Deployment
    from boomerang.intents.language import Directory
    from boomerang.intents.message import Intent, IntentDomain
    from boomerang.intents.relay.client import RelayClient

TOKENS = click.option(
    "--tokens",
    "names_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="BOOMERANG_TOKENS",
    help="A file of further names: tokens, accounts, pools (docs/language.md).",
)
RELAY = click.option(
    "--relay",
    "relay_url",
    metavar="URL",
    envvar="BOOMERANG_INTENTS_RELAY",
    help="A relay of intents. [env var: BOOMERANG_INTENTS_RELAY]",
)


class Commitments:
    """The names of commitments, read from the chain only where a text names one."""

    def __init__(self, app: App) -> None:
        """`app` knows the registry in use."""
        self._app = app

    def names(self) -> Mapping[str, bytes]:
        """Every name."""
        return self._book.names()

    def ids(self) -> Collection[bytes]:
        """Every id that is known."""
        return self._book.ids()

    @cached_property
    def _book(self) -> Resolver:
        from boomerang.cli.networks import NoRegistry
        from boomerang.decisions.names import Names

        try:
            return self._app.names
        except NoRegistry:
            return Names()


@dataclass
class Market:
    """The settlement on the network in use, and all that makes its numbers readable."""

    app: App
    names_file: Path | None = None

    @property
    def connection(self) -> Connection:
        """The chain."""
        return self.app.connection

    @cached_property
    def deployment(self) -> Deployment:
        """Where everything is. Raises NoSettlement, with what to do."""
        from boomerang.intents.client.deployments import NoSettlement, recall

        try:
            return recall(self.app.store, self.app.network, self.connection.chain)
        except NoSettlement as error:
            if self.app.network == "devnet":
                raise
            raise NoSettlement(
                self.app.network,
                "boomerang intent deploy makes one, boomerang intent use names one",
            ) from error

    @cached_property
    def settlement(self) -> Settlement:
        """To read; what is sent goes through `act`."""
        return self.deployment.open(self.connection.chain)

    @property
    def domain(self) -> IntentDomain:
        """Where intents count."""
        from boomerang.intents.client.contracts import raw
        from boomerang.intents.message import IntentDomain

        return IntentDomain(self.deployment.chain_id, raw(self.deployment.settlement))

    @cached_property
    def directory(self) -> Directory:
        """What names stand for: the deployment's tokens and pools, the test chain's accounts, the
        address book's commitments, and those of `--tokens` first.
        """
        from boomerang.intents.language import Directory

        accounts = DEV_ACCOUNTS if self.connection.harmless else {}
        known = self.deployment.directory(accounts, Commitments(self.app))
        if self.names_file is None:
            return known
        more = Directory.load(self.names_file)
        mine = {one.name for one in more.tokens} | {one.address for one in more.tokens}
        rest = [t for t in known.tokens if t.name not in mine and t.address not in mine]
        own = bool(more.commitments.names())
        return Directory(
            (*more.tokens, *rest),
            {**known.accounts, **more.accounts},
            more.commitments if own else known.commitments,
            more.factory or known.factory,
            more.pair_code_hash or known.pair_code_hash,
            more.pairs,
        )

    def relay(self, url: str) -> RelayClient:
        """A relay of this settlement's intents."""
        from boomerang.intents.relay.client import RelayClient

        return RelayClient(url, self.domain)

    # -------------------------------------------------------------------------------- who acts

    def actor(self) -> tuple[Actor, bytes]:
        """Who `--account` names, and its 20 bytes."""
        from boomerang.intents.client.contracts import raw

        actor = self.connection.actor()
        return actor, raw(actor.address)

    def signer(self, actor: Actor) -> Signer:
        """Test chains hold keys without showing them, but those are known."""
        if actor.signer is not None:
            return actor.signer
        from boomerang.chains.signers import dev_signer

        return dev_signer(actor.address)

    def act(self, tx: Tx, actor: Actor) -> Done:
        """Send one transaction and wait for it; with what the settlement logged."""
        return self.settlement.outcome(self.connection.send(tx, actor))

    # --------------------------------------------------------------------------------- for people

    def account(self, text: str) -> bytes:
        """An account by its name, or its address."""
        found = self.directory.accounts.get(text)
        if found is not None:
            return found
        return bytes.fromhex(self.connection.address(text)[2:])

    def token(self, text: str) -> bytes:
        """A token by its name (a leading $ may stand), or its address."""
        from boomerang.identity import address

        if text.startswith("0x"):
            return bytes.fromhex(address(text)[2:])
        found = self.directory.token(text.removeprefix("$"))
        if found is None:
            near = self.directory.near_token(text.removeprefix("$"))
            hint = f"; did you mean {near}?" if near else ""
            raise InvalidInput(f"there is no token {text!r} here{hint}")
        return found.address

    def pair(self, text: str) -> tuple[bytes, bytes]:
        """`A/D`: what is sold, and what is bought."""
        sell, slash, buy = text.partition("/")
        if not slash:
            raise InvalidInput(f"{text!r} is no pair: write what is sold / what is bought, as A/D")
        return self.token(sell), self.token(buy)

    def symbol(self, token: bytes) -> str:
        """A token's name, or its address."""
        found = self.directory.token_at(token)
        return found.name if found is not None else str(to_checksum_address(token))

    def amount(self, units: int, token: bytes) -> str:
        """An amount with its token: `0.5 D`. Exact."""
        from boomerang.intents.language.amounts import scaled

        found = self.directory.token_at(token)
        if found is None:
            return f"{units} units of {to_checksum_address(token)}"
        return f"{scaled(units, found.decimals)} {found.name}"

    def who(self, account: bytes) -> str:
        """An account's name, or its first digits."""
        name = self.directory.account_name(account)
        return name or self.connection.who(str(to_checksum_address(account)))

    def text(self, intent: Intent) -> str:
        """The program as text."""
        from boomerang.intents.language import format as format_intent

        return format_intent(intent, self.directory)


def listed(rows: Iterable[tuple[str, str]]) -> Text:
    """Names and values, a line each; never cut off, however narrow the terminal."""
    from rich.text import Text

    rows = list(rows)
    width = max((len(name) for name, _ in rows), default=0)
    return Text("\n".join(f"{name:<{width}}  {value}" for name, value in rows))


def market_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--tokens`, and make a `Market` of it and the app."""
    import functools

    @functools.wraps(function)
    def run(app: App, *args: Any, names_file: Path | None, **kwargs: Any) -> Any:
        # Importing it makes the settlement's errors known by their names.
        from boomerang.intents import client  # noqa: F401

        return function(Market(app, names_file), *args, **kwargs)

    wrapped: Callable[..., Any] = TOKENS(run)
    return wrapped


__all__ = ["RELAY", "TOKENS", "Commitments", "Market", "listed", "market_options"]
