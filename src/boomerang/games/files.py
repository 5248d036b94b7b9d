"""Games as JSON files. The schema (JSON Schema, draft 2020-12) ships as `game.schema.json`.

A game in full; numbers are ints, or text for what is not whole (`"1/3"`, `"0.25"`), never floats:

    {
      "game": "stag_hunt",
      "players": ["alice", "bob"],
      "actions": ["Hare", "Stag"],
      "default": "Hare",
      "payoffs": [
        [[3, 3], [3, 0]],
        [[0, 3], [4, 4]]
      ]
    }

`actions` and `default` may also be lists with an entry for each player. `payoffs[i][j]` is what
each gets where the first player does its action i and the second its action j; with more players it
nests deeper. Without `default` everybody does his last action; `compatible` lists sets of actions
that one player may state together.

Or one of the catalogue, by its name and what is not as usual:

    {"catalogue": "public_goods", "parameters": {"players": 5, "factor": "3/2"}}
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from boomerang import json_text
from boomerang.games.catalogue import named
from boomerang.games.errors import BadGameFile, GameError
from boomerang.games.exact import shown
from boomerang.games.game import Game

SCHEMA_FILE: Final = "game.schema.json"
MAX_BYTES: Final = 64 * 1024 * 1024
"""Larger files are not read."""

_NUMBER: Final = {
    "anyOf": [
        {"type": "integer"},
        {"type": "string", "description": "a fraction or a decimal: 1/3, 0.25, -1e3"},
    ]
}
_NESTED: Final = {
    "type": "array",
    "items": {"anyOf": [{"$ref": "#/$defs/payoffs"}, *_NUMBER["anyOf"]]},
    "description": "the first player's actions, the second's, ..., and one number for each player",
}


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Full(_Shape):
    """A game in full."""

    game: Annotated[str, Field(description="its name")]
    players: Annotated[list[str], Field(min_length=1)]
    actions: Annotated[
        list[str] | list[list[str]], Field(description="of all alike, or a list for each player")
    ]
    default: Annotated[
        str | list[str] | None, Field(description="of all alike, or one for each player")
    ] = None
    compatible: list[list[str]] = []
    payoffs: list[Any]  # the schema says more: see `build_schema`


class _Catalogued(_Shape):
    """A game of the catalogue."""

    catalogue: Annotated[str, Field(description="its name")]
    parameters: dict[str, Annotated[int | str, Field()]] = {}


def load(path: str | Path) -> Game:
    """The game of a file. Raises BadGameFile, which begins with the file and the place in it."""
    place = Path(path)
    try:
        if place.stat().st_size > MAX_BYTES:
            raise BadGameFile(f"{place}: larger than {MAX_BYTES:,} bytes")
        data = place.read_bytes()
    except OSError as error:
        raise BadGameFile(f"{place}: {error.strerror}") from None
    try:
        return loads(data)
    except BadGameFile as error:
        raise BadGameFile(f"{place}: {error}") from None


def loads(text: str | bytes) -> Game:
    """The game of a text. Raises BadGameFile, which begins with the place in it."""
    try:
        data = json_text.loads(text)
    except json_text.BadJson as error:
        raise BadGameFile(f"line {error.line}: {error}" if error.line else str(error)) from None
    if not isinstance(data, dict):
        raise BadGameFile(f"a game is an object, not {type(data).__name__}")
    return from_json(data)


def from_json(data: Mapping[str, Any]) -> Game:
    """The game of what a file holds. Raises BadGameFile, which begins with the place in it."""
    try:
        if "catalogue" in data:
            entry = _Catalogued.model_validate(dict(data))
            return named(entry.catalogue, **entry.parameters)
        full = _Full.model_validate(dict(data))
        return Game.from_matrix(
            full.game,
            full.players,
            full.actions,
            full.payoffs,
            default=full.default,
            compatible=full.compatible,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise BadGameFile(f"{_where(first['loc'])}: {first['msg']}") from None
    except GameError as error:
        raise BadGameFile(str(error)) from None


def to_json(game: Game) -> dict[str, Any]:
    """What a file holds of a game: all of it, with every payoff worked out. Raises BadGame over
    2^20 profiles.
    """
    same = len(set(game.actions)) == 1
    data: dict[str, Any] = {
        "game": game.name,
        "players": list(game.players),
        "actions": list(game.actions[0]) if same else [list(own) for own in game.actions],
        "default": game.default[0] if len(set(game.default)) == 1 else list(game.default),
    }
    if game.compatible:
        data["compatible"] = [sorted(together) for together in game.compatible]
    data["payoffs"] = _payoffs(game.array(object).tolist())
    return data


def dumps(game: Game) -> str:
    """The text of a game's file, with a line for each row of payoffs."""
    text = json.dumps(to_json(game), indent=2, ensure_ascii=False)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", _one_line, text) + "\n"


def save(game: Game, path: str | Path) -> None:
    """Write a game's file. Raises BadGameFile where that cannot be written."""
    text = dumps(game)
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as error:
        raise BadGameFile(f"{path}: {error.strerror}") from None


def json_schema() -> dict[str, Any]:
    """The schema that ships, as a dictionary."""
    text = files("boomerang.games").joinpath(SCHEMA_FILE).read_text("utf-8")
    return dict(json.loads(text))


def build_schema() -> dict[str, Any]:
    """The schema that the shapes above have; `game.schema.json` must be this one."""
    adapter: TypeAdapter[Any] = TypeAdapter(_Full | _Catalogued)
    text = json.dumps(adapter.json_schema()).replace('"_', '"').replace("/_", "/")
    schema = json.loads(text)
    schema["$defs"]["Full"]["properties"]["payoffs"] = {"$ref": "#/$defs/payoffs"}
    schema["$defs"]["payoffs"] = _NESTED
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:boomerang:game:1",
        **schema,
    }


def _payoffs(nested: Any) -> Any:
    return [_payoffs(part) for part in nested] if isinstance(nested, list) else shown(nested)


def _one_line(match: re.Match[str]) -> str:
    return "[" + re.sub(r"\s*\n\s*", " ", match[1]) + "]"


def _where(path: tuple[int | str, ...]) -> str:
    """`players[1]` for the path of an error; of a union's branches nothing."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part.startswith(("list[", "str", "int")):
            text += f".{part}" if text else part
    return text or "the game"
