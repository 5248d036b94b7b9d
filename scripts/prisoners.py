"""Two prisoners cooperate: ape run prisoners --network ::test (or ::foundry)"""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from boomerang.agents import Conditional
from boomerang.agents.show import drawn, play
from boomerang.games import catalogue


@click.command(cls=ConnectedProviderCommand)
@drawn
def cli(svg: Path | None) -> None:
    """Each cooperates if the other does: in a group, that holds both or neither."""
    play(catalogue.prisoners_dilemma(), Conditional(), Conditional(), svg=svg)
