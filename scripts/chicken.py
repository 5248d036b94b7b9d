"""Two agents dare each other: ape run chicken --network ::test (or ::foundry)"""

import click
from ape.cli import ConnectedProviderCommand

from boomerang.agents import Darer
from boomerang.agents.show import play


@click.command(cls=ConnectedProviderCommand)
def cli() -> None:
    """Alice dares first, Bob second. Bob gives way, and nobody crashes."""
    play(alice=Darer, bob=Darer)
