"""Games from environments of gymnasium's style, by trying every profile. Needs gymnasium.

    from boomerang.games.gymnasium import from_env
    import pettingzoo

    once = partial(pettingzoo.make, "parallel", "classic/rps_v2", max_cycles=1)
    game = from_env(once, actions=("Rock", "Paper", "Scissors"))

What is required: everybody acts at the same time, once, and payoffs follow from the actions alone.

* A PettingZoo Parallel environment whose `action_space(agent)` is Discrete for every agent, and
  where all agents are done (terminated or truncated) after one `step`. Payoffs are its rewards.
* Or a gymnasium environment of several players: its `action_space` is MultiDiscrete, or a Tuple of
  Discrete spaces, with one entry for each player; `step` ends the episode, and its reward, or
  `info["rewards"]`, has one number for each player.

`reset` and `step` are called once for each profile and seed; nothing is rendered. Observations do
not matter: whoever moves has seen nothing of what the others do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Final, Protocol

from boomerang.games.errors import BadGame, NotSupported
from boomerang.games.exact import exact
from boomerang.games.game import Game, per_seat

if TYPE_CHECKING:
    from boomerang.games.exact import Payoff
    from boomerang.games.matrix import Profile

MAX_STEPS: Final = 65_536
"""Games of more profiles are refused: each takes a step of the environment for each seed."""


class _Stage(Protocol):
    """An environment, as what this module needs of it."""

    players: tuple[str, ...]
    choices: tuple[range, ...]

    def play(self, chosen: Sequence[int], seed: int) -> Sequence[Any]:
        """The rewards of one episode."""


def from_env(
    make: Callable[[], Any],
    *,
    name: str | None = None,
    actions: Sequence[str] | Sequence[Sequence[str]] | None = None,
    default: str | Sequence[str] | None = None,
    compatible: Sequence[Sequence[str]] = (),
    seeds: Sequence[int] = (0, 1),
) -> Game:
    """The game that an environment is. `make` makes it (a class will do); it is closed at the end.

    `actions` are names for its actions, the first of a space first, for each player or for all
    alike (without: `0`, `1`, ... as the environment numbers them); `default` and `compatible` are
    those of `Game.from_matrix`. A reward is taken for the shortest decimal that is that float: 0.1
    is a tenth. Each profile is played once with each of `seeds`.

    Raises NotSupported where the environment is none of the kinds above, or where a profile's
    rewards differ from seed to seed: then its payoffs are not a function of the actions.
    """
    if not seeds:
        raise BadGame("profiles are played with at least one seed")
    with closing(make()) as env:
        stage = _stage(env)
        sizes = [len(own) for own in stage.choices]
        if prod(sizes) > MAX_STEPS:
            raise BadGame(f"{prod(sizes)} profiles are too many to try; at most {MAX_STEPS}")
        named = _named(stage, actions)
        table: dict[Profile, tuple[Payoff, ...]] = {}
        for chosen in product(*(range(size) for size in sizes)):
            profile = tuple(own[i] for own, i in zip(named, chosen, strict=True))
            moves = [own[i] for own, i in zip(stage.choices, chosen, strict=True)]
            table[profile] = _payoffs(stage, moves, profile, seeds)
    title = name or _title(env)
    return Game.from_matrix(
        title, stage.players, named, table, default=default, compatible=compatible
    )


def _stage(env: Any) -> _Stage:
    if callable(getattr(env, "action_space", None)) and hasattr(env, "possible_agents"):
        return _Parallel(env)
    return _Joint(env)


class _Parallel:
    """A PettingZoo Parallel environment."""

    def __init__(self, env: Any) -> None:
        self._env = env
        self._agents = tuple(env.possible_agents)
        self.players = tuple(str(agent) for agent in self._agents)
        self.choices = tuple(
            _discrete(env.action_space(agent), f"the action space of {agent}")
            for agent in self._agents
        )

    def play(self, chosen: Sequence[int], seed: int) -> Sequence[Any]:
        self._env.reset(seed=seed)
        if tuple(self._env.agents) != self._agents:
            raise NotSupported(
                f"{', '.join(map(str, self._agents))} must all act in the first step; "
                f"{', '.join(map(str, self._env.agents)) or 'nobody'} may"
            )
        moves = dict(zip(self._agents, chosen, strict=True))
        _, rewards, terminations, truncations, _ = self._env.step(moves)
        for agent in self._agents:
            if not (terminations[agent] or truncations[agent]):
                raise NotSupported(f"the environment goes on after one step: {agent} is not done")
        return [rewards[agent] for agent in self._agents]


class _Joint:
    """A gymnasium environment whose action is one choice for each player."""

    def __init__(self, env: Any) -> None:
        from gymnasium import spaces

        space = getattr(env, "action_space", None)
        self._env = env
        self._tuple = isinstance(space, spaces.Tuple)
        if isinstance(space, spaces.Tuple):
            self.choices = tuple(
                _discrete(own, f"action space {i} of the Tuple") for i, own in enumerate(space)
            )
        elif isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
            starts = [int(start) for start in space.start]
            self.choices = tuple(
                range(start, start + int(size))
                for start, size in zip(starts, space.nvec, strict=True)
            )
        else:
            raise NotSupported(
                "an environment is a PettingZoo Parallel one, or has an action space that is "
                f"MultiDiscrete or a Tuple with an entry for each player; this one has {space!r}"
            )
        self.players = tuple(f"player {i + 1}" for i in range(len(self.choices)))

    def play(self, chosen: Sequence[int], seed: int) -> Sequence[Any]:
        import numpy as np

        self._env.reset(seed=seed)
        action = tuple(chosen) if self._tuple else np.array(chosen, dtype=np.int64)
        _, reward, terminated, truncated, info = self._env.step(action)
        if not (terminated or truncated):
            raise NotSupported("the environment goes on after one step")
        if isinstance(info, Mapping) and "rewards" in info:
            reward = info["rewards"]
        rewards = list(reward) if hasattr(reward, "__len__") else [reward]
        if len(rewards) != len(self.players):
            raise NotSupported(
                f"the reward of a step has {len(rewards)} numbers for {len(self.players)} players; "
                'it, or info["rewards"], must have one for each'
            )
        return rewards


def _discrete(space: Any, what: str) -> range:
    from gymnasium import spaces

    if not isinstance(space, spaces.Discrete):
        raise NotSupported(f"{what} must be Discrete, not {space!r}")
    return range(int(space.start), int(space.start + space.n))


def _named(
    stage: _Stage, actions: Sequence[str] | Sequence[Sequence[str]] | None
) -> tuple[tuple[str, ...], ...]:
    if actions is None:
        return tuple(tuple(map(str, own)) for own in stage.choices)
    named = per_seat(actions, len(stage.players))
    if [len(own) for own in named] != [len(own) for own in stage.choices]:
        raise BadGame(
            f"names are given for {[len(own) for own in named]} actions; "
            f"the environment has {[len(own) for own in stage.choices]}"
        )
    return named


def _payoffs(
    stage: _Stage, moves: Sequence[int], profile: Profile, seeds: Sequence[int]
) -> tuple[Payoff, ...]:
    found = {tuple(map(_decimal, stage.play(moves, seed))) for seed in seeds}
    if len(found) > 1:
        shown = "; ".join(str(tuple(map(str, one))) for one in sorted(found))
        raise NotSupported(
            f"the rewards of {' / '.join(profile)} depend on the seed ({shown}): "
            "make an environment that gives their expectation"
        )
    return found.pop()


def _decimal(reward: Any) -> Payoff:
    """A reward as the shortest decimal that is the same float."""
    value = reward.item() if hasattr(reward, "item") else reward
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise NotSupported(f"a reward is {value}")
        return exact(Fraction(repr(value)))
    return exact(value)


def _title(env: Any) -> str:
    metadata = getattr(env, "metadata", None) or {}
    return str(metadata.get("name") or type(getattr(env, "unwrapped", env)).__name__)
