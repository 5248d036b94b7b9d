"""One seat in one match, as a process is told of it: on its command line, or as a line of JSON."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from boomerang.errors import InvalidInput
from boomerang.games import catalogue
from boomerang.identity import address as checksummed
from boomerang.play.process.errors import BadTask

if TYPE_CHECKING:
    from boomerang.games import Game
    from boomerang.play.agent import Agent

TOPIC_SIZE = 32


class Task(BaseModel):
    """A seat. Unknown keys are refused.

    `topic`: the match's, 32 bytes in hexadecimal; matches on one registry are told apart by it.
    `game`, `game_parameters`: of the catalogue. `agent`, `parameters`: see `agent_named`.
    `accounts`: the address of each seat. `start`: the Unix second, by the chain's clock, at which
    it first acts (0: at once). `horizon`: the last second at which anybody still begins; the match
    is over when all that was published by then is final. `seed`: of the agent's own chance, not of
    its secrets; random where there is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str = "0x" + "00" * TOPIC_SIZE
    game: str
    game_parameters: dict[str, Any] = Field(default_factory=dict)
    agent: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    accounts: tuple[str, ...] = Field(min_length=1)
    seat: int = Field(ge=0)
    start: int = Field(default=0, ge=0)
    horizon: int | None = Field(default=None, ge=0)
    seed: str | None = None

    @field_validator("topic")
    @classmethod
    def _topic(cls, text: str) -> str:
        digits = text.removeprefix("0x").lower()
        try:
            data = bytes.fromhex(digits)
        except ValueError:
            raise ValueError(f"{text!r} is not hexadecimal") from None
        if len(data) != TOPIC_SIZE:
            raise ValueError(f"a topic has {TOPIC_SIZE} bytes, not {len(data)}")
        return "0x" + data.hex()

    @field_validator("accounts")
    @classmethod
    def _accounts(cls, accounts: tuple[str, ...]) -> tuple[str, ...]:
        try:
            found = tuple(checksummed(one) for one in accounts)
        except InvalidInput as error:
            raise ValueError(str(error)) from None
        if len(set(found)) != len(found):
            raise ValueError("one account has two seats")
        return found

    @property
    def topic_bytes(self) -> bytes:
        """The topic, 32 bytes."""
        return bytes.fromhex(self.topic[2:])

    @property
    def account(self) -> str:
        """Whose seat it is."""
        return self.accounts[self.seat]

    def build_game(self) -> Game:
        """Raises UnknownGame, BadGame, BadTask where it is not for that many."""
        game = catalogue.named(self.game, **self.game_parameters)
        if len(game.players) != len(self.accounts):
            raise BadTask(
                f"{game.name} is for {len(game.players)} players; "
                f"{len(self.accounts)} accounts are named"
            )
        return game

    def build_agent(self) -> Agent:
        """Raises BadTask."""
        return agent_named(self.agent, self.parameters)


def task_of(values: Any) -> Task:
    """A task of its JSON. Raises BadTask, which says what is wrong with which entry."""
    try:
        task = Task.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "task"
        raise BadTask(f"{where}: {first['msg']}") from None
    if task.seat >= len(task.accounts):
        raise BadTask(f"there is no seat {task.seat}: {len(task.accounts)} accounts are named")
    return task


def agent_named(name: str, parameters: dict[str, Any]) -> Agent:
    """An agent of `boomerang.agents` by its name; of a module, as `package.module:Class`; or of a
    file, as `path/to/file.py:Class`. `parameters` are its constructor's. Raises BadTask.
    """
    try:
        place, colon, attribute = name.rpartition(":")
        if not colon:
            from boomerang import agents

            return agents.named(name, **parameters)
        made: Agent = getattr(_module(place), attribute)(**parameters)
    except (ImportError, AttributeError, TypeError, OSError) as error:
        raise BadTask(f"no agent can be made of {name!r} with {parameters}: {error}") from error
    return made


def _module(place: str) -> Any:
    if not place.endswith(".py"):
        return importlib.import_module(place)
    path = Path(place).resolve()
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{place} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


__all__ = ["Task", "agent_named", "task_of"]
