"""`boomerang intent deploy` and `use`: which settlement a network's commands mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.intent_market import TOKENS, listed
from boomerang.cli.options import App, shared
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.intents.client.deployments import Deployment


@click.command()
@click.option("--market", is_flag=True, help="With Uniswap, four tokens and pools; test chains.")
@click.option("--factory", metavar="ADDRESS", help="The Uniswap V2 factory that routes go through.")
@click.option("--pair-code-hash", metavar="0x…", help="Of its pairs. Default: the real one's.")
@TOKENS
@shared(acts=True)
def deploy(
    app: App,
    market: bool,
    factory: str | None,
    pair_code_hash: str | None,
    names_file: Path | None,
) -> None:
    """Deploy a settlement of intents beside the registry; later commands use it.

    --market deploys all that there is to play with, as the devnet has it: tokens A, B, C and D, of
    which each development account gets some, and Uniswap's pools between them (npm ci).
    """
    from boomerang.chains.base import DEV_ACCOUNTS
    from boomerang.identity import address
    from boomerang.intents.client import deploy as deploying
    from boomerang.intents.client.deployments import remember
    from boomerang.intents.client.uniswap import PAIR_CODE_HASH
    from boomerang.intents.language import Directory

    connection = app.connection
    chain, registry = connection.chain, connection.registry.address
    actor = connection.anyone()
    if market == (factory is not None):
        raise InvalidInput("give --market, or the --factory that routes go through")
    app.confirm(f"Deploy a settlement on {connection.network} (chain {chain.chain_id})?")
    if market:
        if not connection.harmless:
            raise InvalidInput("--market is for test chains: its tokens are worth nothing")
        made = deploying.deploy_market(
            chain,
            registry,
            holders=DEV_ACCOUNTS.values(),
            sender=actor.address,
            signer=actor.signer,
        )
    else:
        code = PAIR_CODE_HASH if pair_code_hash is None else _word(pair_code_hash)
        tokens = () if names_file is None else Directory.load(names_file).tokens
        made = deploying.deploy_settlement(
            chain,
            registry,
            address(str(factory)),
            code,
            tokens,
            sender=actor.address,
            signer=actor.signer,
        )
    connection.forget()
    remember(app.store, app.network, made)
    _show(app, made)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@shared()
def use(app: App, file: Path) -> None:
    """Use the deployment in FILE here: what `deploy --json` printed, or a devnet's own file."""
    from boomerang.intents.client.deployments import Deployment, recall, remember

    try:
        data = json.loads(file.read_text("utf-8"))
        nested = data.get("intents") if isinstance(data, dict) else None
        found = Deployment.from_data(data if nested is None else nested)
    except ValueError as error:
        raise InvalidInput(f"{file} is not JSON: {error}") from None
    chain = app.connection.chain
    if found.chain_id != chain.chain_id or not chain.code(found.settlement):
        raise InvalidInput(
            f"there is no settlement at {found.settlement} on {app.network}, chain {chain.chain_id}"
        )
    remember(app.store, app.network, found)
    _show(app, recall(app.store, app.network, chain))


def _word(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise InvalidInput("--pair-code-hash is 0x and 64 hexadecimal digits")
    return found


def _show(app: App, made: Deployment) -> None:
    def view() -> Any:
        rows = []
        for name, value in made.data().items():
            if isinstance(value, dict):
                for token, about in value.items():
                    rows.append((token, f"{about['address']}, {about['decimals']} decimals"))
            else:
                rows.append((name, str(value)))
        return listed(rows)

    app.show(made.data(), view)


__all__ = ["deploy", "use"]
