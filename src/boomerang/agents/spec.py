"""Agents and games as command lines have them: `withholding:bond=50`, `public_goods:players=4`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from boomerang.errors import InvalidInput
from boomerang.games import catalogue

if TYPE_CHECKING:
    from boomerang.games import Game
    from boomerang.play.agent import Agent


def agent(text: str) -> Agent:
    """An agent of this package by its name, of a module as `package.module:Class`, or of a file as
    `path/to/file.py:Class`; parameters follow as `:name=value`. Raises InvalidInput, BadTask.
    """
    from boomerang.agents.table import named
    from boomerang.play.process.task import agent_named

    name, parameters = parts(text)
    return agent_named(name, parameters) if ":" in name else named(name, **parameters)


def game(text: str, players: int | None = None) -> Game:
    """A game of the catalogue by its name, with parameters as `:name=value`, or of a JSON file, by
    its path. One for any number of players is for `players`. Raises GameError.
    """
    if text.endswith(".json") or Path(text).is_file():
        from boomerang.games import files

        return files.load(text)
    name, parameters = parts(text)
    made = catalogue.named(name, **parameters)
    if players in (None, len(made.players)) or "players" in parameters:
        return made
    from boomerang.games.errors import UnknownGame

    try:
        return catalogue.named(name, players=players, **parameters)
    except UnknownGame:
        return made  # it is for so many, whatever is asked for


def parts(text: str) -> tuple[str, dict[str, Any]]:
    """A name and its parameters: whole numbers, `true` and `false` as such, all else as text."""
    names: list[str] = []
    parameters: dict[str, Any] = {}
    for part in text.strip().split(":"):
        name, equals, value = part.partition("=")
        if not equals and not parameters:
            names.append(part)
        elif not equals or not name.strip():
            raise InvalidInput(f"{part!r} in {text!r} is no parameter: name=value")
        else:
            parameters[name.strip().replace("-", "_")] = _value(value.strip())
    return ":".join(names), parameters


def _value(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() else text


__all__ = ["agent", "game", "parts"]
