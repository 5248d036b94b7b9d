"""Games from environments: PettingZoo's own, and small ones that do what they should not."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pettingzoo
import pytest
from gymnasium import spaces

from boomerang.games import BadGame, BadNumber, NotSupported, catalogue, files
from boomerang.games.exact import exact
from boomerang.games.gymnasium import from_env

EXAMPLES = Path(__file__).parents[2] / "games"


def test_rock_paper_scissors_is_pettingzoo_s() -> None:
    words = ("Rock", "Paper", "Scissors")
    once = partial(pettingzoo.make, "parallel", "classic/rps_v2", max_cycles=1)
    game = from_env(once, actions=words, default="Rock")
    example = files.load(EXAMPLES / "rock_paper_scissors.json")
    assert (game.actions, game.default, game.rule) == (
        example.actions,
        example.default,
        example.rule,
    )
    assert game.players == ("player_0", "player_1")
    assert game.name == "rps_v2"


class Chicken(gymnasium.Env[int, Any]):
    """Of two, as a gymnasium environment: both act in one step."""

    metadata = {"render_modes": []}  # noqa: RUF012
    reward: Any = None
    ends = True
    lottery = False

    def __init__(self, space: spaces.Space[Any] | None = None) -> None:
        self.observation_space = spaces.Discrete(1)
        self.action_space = space or spaces.MultiDiscrete([2, 2])
        self.closed = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        return 0, {}

    def step(self, action: Any) -> tuple[int, Any, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action), action
        start = [getattr(one, "start", 0) for one in getattr(self.action_space, "spaces", [0, 0])]
        profile = [("Dare", "Swerve")[int(a - s)] for a, s in zip(action, start, strict=True)]
        rewards = [float(one) for one in catalogue.chicken().payoffs(profile)]
        if self.lottery and profile == ["Swerve", "Swerve"]:
            rewards[0] += self.np_random.random()
        if self.reward is not None:
            return 0, self.reward, self.ends, False, {}
        return 0, 0.0, False, self.ends, {"rewards": np.array(rewards)}

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize(
    "space",
    [None, spaces.Tuple([spaces.Discrete(2), spaces.Discrete(2, start=5)])],
    ids=["MultiDiscrete", "Tuple"],
)
def test_a_gymnasium_environment_of_several_players(space: spaces.Space[Any] | None) -> None:
    env = Chicken(space)
    game = from_env(lambda: env, name="chicken", actions=[("Dare", "Swerve")] * 2)
    assert game.rule == catalogue.chicken().rule
    assert game.players == ("player 1", "player 2")
    assert env.closed == 1
    unnamed = from_env(lambda: Chicken(space))
    assert unnamed.name == "Chicken"
    assert unnamed.actions == (("0", "1"), ("0", "1") if space is None else ("5", "6"))


@pytest.mark.parametrize(
    ("reward", "payoffs"),
    [([0.1, -2], (exact("0.1"), -2)), (np.array([1e-7, 2.5]), (exact("1e-7"), exact("2.5")))],
)
def test_rewards_are_the_shortest_decimals(reward: Any, payoffs: tuple[object, ...]) -> None:
    env = Chicken()
    env.reward = reward
    assert from_env(lambda: env).payoffs(("0", "1")) == payoffs


@pytest.mark.parametrize(
    ("change", "space", "problem"),
    [
        ({}, spaces.Discrete(2), "MultiDiscrete or a Tuple with an entry for each player; this"),
        ({}, spaces.Box(0, 1), "MultiDiscrete or a Tuple"),
        ({}, spaces.Tuple([spaces.Discrete(2), spaces.Box(0, 1)]), "action space 1 of the Tuple"),
        ({"ends": False}, None, "the environment goes on after one step"),
        ({"reward": 1.0}, None, "the reward of a step has 1 numbers for 2 players"),
        ({"reward": [1.0] * 3}, None, "the reward of a step has 3 numbers for 2 players"),
        ({"reward": [1.0, float("nan")]}, None, "a reward is nan"),
        ({"reward": [1.0, float("inf")]}, None, "a reward is inf"),
        ({"lottery": True}, None, "the rewards of 1 / 1 depend on the seed"),
    ],
)
def test_what_is_no_game_is_refused(
    change: dict[str, Any], space: spaces.Space[Any] | None, problem: str
) -> None:
    env = Chicken(space)
    for name, value in change.items():
        setattr(env, name, value)
    with pytest.raises(NotSupported) as refused:
        from_env(lambda: env)
    assert problem in str(refused.value)
    assert env.closed == 1


def test_arguments_that_make_no_sense() -> None:
    with pytest.raises(BadGame, match=r"names are given for \[3, 3\] actions; the environment has"):
        from_env(Chicken, actions=("A", "B", "C"))
    with pytest.raises(BadGame, match="at least one seed"):
        from_env(Chicken, seeds=())
    with pytest.raises(BadGame, match="131072 profiles are too many to try"):
        from_env(lambda: Chicken(spaces.MultiDiscrete([2] * 17)))
    env = Chicken()
    env.reward = [None, 1]
    with pytest.raises(BadNumber, match="None is no exact number"):
        from_env(lambda: env)


class Late(pettingzoo.ParallelEnv[str, int, int]):
    """Two agents, of whom the second comes late, or stays."""

    metadata = {"name": "late"}  # noqa: RUF012
    possible_agents = ["a", "b"]  # noqa: RUF012

    def __init__(self, *, first: tuple[str, ...] = ("a", "b"), done: bool = True) -> None:
        self.first, self.done = first, done

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return spaces.Discrete(2)

    def reset(self, seed: int | None = None, options: Any = None) -> Any:
        self.agents = list(self.first)
        return dict.fromkeys(self.agents, 0), {one: {} for one in self.agents}

    def step(self, actions: dict[str, int]) -> Any:
        ends = {"a": True, "b": self.done}
        return {}, {"a": actions["b"], "b": 1}, ends, dict.fromkeys(ends, False), {}


def test_parallel_environments_are_played_once_by_all() -> None:
    assert from_env(Late).payoffs(("0", "1")) == (1, 1)
    with pytest.raises(NotSupported, match="a, b must all act in the first step; a may"):
        from_env(lambda: Late(first=("a",)))
    with pytest.raises(NotSupported, match="goes on after one step: b is not done"):
        from_env(lambda: Late(done=False))
