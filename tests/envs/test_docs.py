"""docs/environments.md: its Python runs, and its shapes are those of the spaces."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from boomerang.envs import parallel_env

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "environments.md").read_text("utf-8")


def test_its_python_runs() -> None:
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, names)  # noqa: S102
    assert names["payoffs"].shape == (100, 2)
    assert len(names["last"]) == 10
    assert len(names["outcome"].payoffs) == 2


@pytest.mark.parametrize(
    ("game", "parameters"),
    [("chicken", {}), ("bargaining", {}), ("public_goods", {"players": 5}), ("routing", {})],
)
def test_the_shapes_that_it_states(game: str, parameters: dict[str, int]) -> None:
    env = parallel_env(game, game_parameters=parameters, table="model")
    n, a = len(env.game.players), len(env.course.choices.labels)
    sizes = {"n": n, "A": a, "D": 2 + 2 * a}

    def size(stated: str) -> int:
        (found,) = re.findall(stated, PAGE)
        return int(eval(re.sub(r"(\d|n) (?=[A(])", r"\1 * ", found), sizes))  # noqa: S307

    space: Any = env.observation_space("player_0")
    assert space["observation"].shape == (size(r"of float32 in \[0, 1\] of shape `\((.*?),\)`"),)
    assert space["action_mask"].shape == (size(r"`Discrete\((.*?)\)`"),)
    if game == "chicken":
        assert "Chicken has 43 entries and 11 actions" in PAGE
        assert (space["observation"].shape[0], env.course.choices.size) == (43, 11)


def test_every_part_is_named() -> None:
    parts = parallel_env(table="model").course.observer.fields()
    for part in parts:
        name = re.sub(r"^seat\+\d ", "", part)
        assert f"`{name}`" in PAGE or re.fullmatch(r"seat\+\d", part), part
