"""Agents play a game: ape run play --game chicken --agents first-mover,conditional --network ::test

Also on ::foundry. With --svg FILE the (last) match is drawn.
"""

from typing import Any

import click
from ape.cli import ConnectedProviderCommand

from boomerang.chains import active_ape_chain
from boomerang.cli.match import options, run
from boomerang.cli.options import App
from boomerang.play import ChainTable


@click.command(cls=ConnectedProviderCommand)
@click.option("--game", default="chicken", show_default=True, help="As of `boomerang match`.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@options
def cli(game: str, as_json: bool, **said: Any) -> None:
    """Let agents play a game on the chain that ape is connected to."""
    said["agents"] = said["agents"] or "first-mover,conditional"
    run(App(json=as_json), game, ChainTable(active_ape_chain()), **said)
