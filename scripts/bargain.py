"""The second dare buys its way out: ape run bargain --network ::test (or ::foundry)"""

from pathlib import Path

import click
from ape.cli import ConnectedProviderCommand

from boomerang.agents import Bargaining
from boomerang.agents.show import drawn, play
from boomerang.games import catalogue


@click.command(cls=ConnectedProviderCommand)
@drawn
def cli(svg: Path | None) -> None:
    """Alice dares first; Bob, second, offers to stop and to pay her. She accepts."""
    play(catalogue.bargaining(), Bargaining(), Bargaining(pays=1), svg=svg)
