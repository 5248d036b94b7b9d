"""Traders on two routes, in six ways of trading: ape run route --network ::test (or ::foundry)"""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from boomerang.agents.routes import play
from boomerang.agents.show import drawn
from boomerang.chains import active_ape_chain


@click.command(cls=ConnectedProviderCommand)
@click.option("--traders", type=click.IntRange(1, 8), default=2, help="How many sell 500 A each.")
@click.option("--buyers", type=click.IntRange(0, 8), default=0, help="How many sell 0.5 D each.")
@click.option("--seed", type=int, default=1, help="Tosses the coins of blind traders.")
@drawn
def cli(traders: int, buyers: int, seed: int, svg: Path | None) -> None:
    """Trade on the four-asset market: blind, with fresh quotes, by intents, for a share."""
    play(active_ape_chain(), click.echo, traders, buyers, seed=seed, svg=svg)
