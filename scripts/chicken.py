"""Two agents dare each other: ape run chicken --network ::test (or ::foundry)"""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from boomerang.agents import Conditional
from boomerang.agents.show import drawn, play
from boomerang.games import catalogue


@click.command(cls=ConnectedProviderCommand)
@drawn
def cli(svg: Path | None) -> None:
    """Alice dares first, Bob second. Bob gives way, and nobody crashes."""
    play(catalogue.chicken(), Conditional(), Conditional(), svg=svg)
