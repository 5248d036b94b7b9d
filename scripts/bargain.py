"""The second dare buys its way out: ape run bargain --network ::test (or ::foundry)"""

import click
from ape.cli import ConnectedProviderCommand

from boomerang.agents import Bargainer, Listener
from boomerang.agents.show import play


@click.command(cls=ConnectedProviderCommand)
def cli() -> None:
    """Alice dares first; Bob, second, offers to stop and to pay her. She accepts."""
    play(alice=Listener, bob=Bargainer)
