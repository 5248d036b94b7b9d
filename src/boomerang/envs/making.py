"""What environments are made of: a game, a table, the agents of some seats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from boomerang.errors import InvalidInput
from boomerang.games import Game, catalogue
from boomerang.play.tables import open_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack

    from boomerang.parameters import Parameters
    from boomerang.play.agent import Agent
    from boomerang.play.tables import Table


def game_of(game: Game | str | Path, parameters: Mapping[str, Any]) -> Game:
    """A game: itself, by its name in the catalogue with parameters, or from a JSON file.

    Raises what `catalogue.named` and `files.load` raise; InvalidInput for a game of one player.
    """
    if isinstance(game, str) and not game.endswith(".json"):
        made = catalogue.named(game, **parameters)
    elif parameters:
        raise InvalidInput("game_parameters are for games of the catalogue, given by their name")
    elif isinstance(game, Game):
        made = game
    else:
        from boomerang.games import files

        made = files.load(game)
    if len(made.players) < 2:
        raise InvalidInput(f"{made.name} has one player: there is nobody to commit to")
    return made


def table_of(
    table: Table | str, device: str, parameters: Parameters | None, stack: ExitStack
) -> Table:
    """A table by its kind, closed with the stack; or one that is the caller's. Raises UnknownTable,
    InvalidInput for a device that there is not.
    """
    if not isinstance(table, str):
        return table
    if device == "boomerang":
        return stack.enter_context(open_table(table, parameters))
    if device == "irrevocable":
        from boomerang.play.irrevocable import open_irrevocable

        return stack.enter_context(open_irrevocable(table, parameters))
    raise InvalidInput(f"no device is called {device!r}: boomerang, irrevocable")


def agent_of(agent: Agent | str) -> Agent:
    """An agent: itself, or a strategy of boomerang.agents by its name. Raises UnknownAgent."""
    if not isinstance(agent, str):
        return agent
    from boomerang.agents import named

    return named(agent)


__all__ = ["agent_of", "game_of", "table_of"]
