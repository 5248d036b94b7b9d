"""`boomerang embedded …`: the chain that is built in, and the clocks of chains that let one."""

from __future__ import annotations

import click

from boomerang.cli.options import App, shared
from boomerang.cli.values import clock
from boomerang.errors import InvalidInput


@click.group()
def embedded() -> None:
    """The built-in chain. Time passes only when you advance it.

    Nothing lapses while you type: each transaction takes one second, and `advance` the rest.
    """


@embedded.command()
@click.argument("seconds", type=click.IntRange(min=1))
@shared()
def advance(app: App, seconds: int) -> None:
    """Let SECONDS pass at once, on the embedded chain or on any node that can (anvil)."""
    head = app.connection.chain.advance(seconds)
    app.show(
        {"block": head.number, "time": head.time},
        lambda: f"It is {clock(head.time)} now, in block {head.number}.",
    )


@embedded.command()
@shared()
def now(app: App) -> None:
    """The chain's time."""
    chain = app.connection.chain
    head, time = chain.head(), chain.now()
    app.show(
        {"block": head.number, "headTime": head.time, "time": time, "chainId": chain.chain_id},
        lambda: f"{clock(time)} ({time}), after block {head.number}.",
    )


@embedded.command()
@click.argument("who")
@click.argument("wei", type=int)
@shared()
def fund(app: App, who: str, wei: int) -> None:
    """Set the balance of an account, in wei, on a test chain."""
    connection = app.connection
    address = connection.address(who)
    connection.chain.set_balance(address, wei)
    app.show({"address": address, "balance": wei}, lambda: f"{address} has {wei} wei.")


@embedded.command()
@shared()
def reset(app: App) -> None:
    """Put the embedded chain aside and begin a new one. Openings stay in the store.

    The names of its commitments are forgotten.
    """
    if app.network != "embedded":
        raise InvalidInput("only the embedded chain can be begun anew")
    from boomerang.cli.networks import put_embedded_aside

    kept, forgotten = put_embedded_aside(app)
    app.show(
        {"kept": None if kept is None else str(kept), "forgotten": forgotten},
        lambda: "A new chain begins." + ("" if kept is None else f" The old one is {kept}."),
    )
