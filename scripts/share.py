"""A trader is paid to take another way: ape run share --network ::test (or ::foundry)"""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from boomerang.agents.route_share import play
from boomerang.agents.show import drawn
from boomerang.chains import active_ape_chain


@click.command(cls=ConnectedProviderCommand)
@click.option(
    "--ahead",
    type=click.IntRange(min=0, max=100_000),
    default=0,
    help="How many A somebody sells over C first: then that way is the worse one.",
)
@drawn
def cli(ahead: int, svg: Path | None) -> None:
    """Alice and Bob sell 500 A each, over B. Alice's program pays Bob a share for going over C."""
    play(active_ape_chain(), click.echo, ahead, svg=svg)
