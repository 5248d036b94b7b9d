"""A public good is provided: ape run public_goods --network ::test (or ::foundry)"""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from boomerang.agents import Conditional
from boomerang.agents.show import drawn, play
from boomerang.games import catalogue


@click.command(cls=ConnectedProviderCommand)
@drawn
def cli(svg: Path | None) -> None:
    """Four contribute if all of them do; nobody can stand aside and share."""
    play(catalogue.public_goods(4), *(Conditional() for _ in range(4)), svg=svg)
