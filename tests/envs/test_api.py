"""PettingZoo's and gymnasium's own tests, on the environments as their registries make them."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import gymnasium
import pettingzoo
import pytest

from boomerang.agents import named
from boomerang.envs import SingleSeat, parallel_env
from boomerang.errors import InvalidInput
from boomerang.games import UnknownGame
from boomerang.games.catalogue import CATALOGUE

# What PettingZoo says of every environment with an action mask, its own chess among them.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Observation is not a NumPy array"),
    pytest.mark.filterwarnings("ignore:Observation space for each agent probably should be"),
]

VARIANTS: dict[str, dict[str, Any]] = {
    "chicken": {},
    "model": {"table": "model"},
    "stages": {"offers": True, "rounds": 2, "order": "seat"},
    "in turn": {"openings": "latest_first", "bond": 100, "order": "random"},
    "irrevocable": {"device": "irrevocable", "rounds": 2},
    "four": {"game": "public_goods", "game_parameters": {"players": 4}},
    "one agent": {"opponents": {1: "conditional"}},
}


@pytest.fixture(scope="module")
def official() -> Any:
    """PettingZoo's tests; their modules use an interface of its own that it has deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import pettingzoo.test

    return pettingzoo.test


@pytest.mark.parametrize("variant", VARIANTS)
def test_aec_passes_the_api_and_seed_tests(official: Any, variant: str) -> None:
    def make() -> Any:
        parameters = {"game": "chicken", **VARIANTS[variant]}
        return pettingzoo.make("aec", "boomerang/match_v0", **parameters)

    official.api_test(make(), num_cycles=60)
    official.seed_test(make, num_cycles=40)


@pytest.mark.parametrize("variant", VARIANTS)
def test_parallel_passes_the_api_and_seed_tests(official: Any, variant: str) -> None:
    def make() -> Any:
        parameters = {"game": "chicken", **VARIANTS[variant]}
        return pettingzoo.make("parallel", "boomerang/match_v0", **parameters)

    official.parallel_api_test(make(), num_cycles=60)
    official.parallel_seed_test(make, num_cycles=40)


def test_rendering(official: Any, capsys: pytest.CaptureFixture[str]) -> None:
    official.render_test(
        lambda render_mode: pettingzoo.make(
            "aec", "boomerang/chicken_v0", render_mode=render_mode, table="model"
        )
    )
    assert "chicken, second 0: publish" in capsys.readouterr().out
    with pytest.raises(InvalidInput, match="no render mode 'rgb_array'"):
        parallel_env(render_mode="rgb_array")


def test_every_game_of_the_catalogue_is_registered() -> None:
    for name in CATALOGUE:
        for kind in ("aec", "parallel"):
            assert pettingzoo.spec(kind, f"boomerang/{name}_v0").kwargs == {"game": name}
    two = pettingzoo.make("parallel", "boomerang/stag_hunt_v0", table="model")
    assert two.game.name == "stag_hunt"
    assert two.possible_agents == ["player_0", "player_1"]
    with pytest.raises(UnknownGame, match="no game is called 'tag'"):
        pettingzoo.make("parallel", "boomerang/match_v0", game="tag")


def test_a_game_from_a_file() -> None:
    path = Path(__file__).resolve().parents[2] / "games" / "matching_pennies.json"
    env = parallel_env(str(path), table="model")
    assert env.course.choices.labels == env.game.actions[0]
    with pytest.raises(InvalidInput, match="game_parameters are for games of the catalogue"):
        parallel_env(path, game_parameters={"players": 3}, table="model")


def test_without_the_extra_it_says_what_is_missing_and_learners_work() -> None:
    code = (
        "import sys\n"
        "sys.modules['pettingzoo'] = sys.modules['gymnasium'] = None\n"
        "import boomerang.agents.learning, boomerang.agents.policy, boomerang.rounds\n"
        "from boomerang.experiments.errors import MissingExtra\n"
        "try:\n    import boomerang.envs\n"
        "except MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'boomerang[experiments]'" in done.stdout


def test_gymnasium_finds_it_by_its_module_and_its_checker_passes() -> None:
    from gymnasium.utils.env_checker import check_env

    env = gymnasium.make("boomerang.envs:boomerang/Chicken-v0", opponent="ruthless")
    check_env(env.unwrapped)
    env.close()


def test_the_single_seat_plays_against_agents() -> None:
    env = gymnasium.make("boomerang.envs:boomerang/Chicken-v0", seat=1, opponent="ruthless")
    number = env.unwrapped.env.course.choices.number  # type: ignore[attr-defined]
    rewards = set()
    for seed in range(8):
        seen, _ = env.reset(seed=seed)
        done, reward = False, 0.0
        while not done:
            wanted = ("publish Dare", "revert if Dare", "keep", "open", "pass")
            choice = next(c for c in map(number, wanted) if seen["action_mask"][c])
            seen, reward, done, _, _ = env.step(choice)
        rewards.add(reward)
    # Ruthless keeps in any case. Who is second reverts, and swerves; who is first crashes, for it
    # cannot look at what comes later.
    assert rewards == {-20.0, -100.0}
    with pytest.raises(InvalidInput, match="seat 2 learns in chicken"):
        gymnasium.make("boomerang.envs:boomerang/Chicken-v0", seat=2)
    three = {"players": 3}
    with pytest.raises(InvalidInput, match="has 2 other seats"):
        SingleSeat("public_goods", game_parameters=three, opponent=named("ruthless"))
