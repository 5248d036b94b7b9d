"""A gymnasium environment for one learner, against agents that do not learn from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gymnasium

from boomerang.envs.making import game_of
from boomerang.envs.parallel import RENDER_MODES, Observation, ParallelCommitments
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from gymnasium import spaces

    from boomerang.play.agent import Agent


class SingleSeat(gymnasium.Env[Observation, int]):
    """One seat of `ParallelCommitments`; agents play the others.

    `opponent`: an agent or the name of one, for all other seats where there is but one, or a
    mapping by seat. All else as in `ParallelCommitments`. An action that the mask does not allow is
    refused and changes nothing. Raises InvalidInput.
    """

    metadata = {"render_modes": list(RENDER_MODES), "render_fps": 4}  # noqa: RUF012

    def __init__(
        self,
        game: Any = "chicken",
        *,
        seat: int = 0,
        opponent: Agent | str | Mapping[int, Agent | str] = "conditional",
        game_parameters: Mapping[str, Any] | None = None,
        render_mode: str | None = None,
        **parameters: Any,
    ) -> None:
        made = game_of(game, game_parameters or {})
        others = set(range(len(made.players))) - {seat}
        if isinstance(opponent, Mapping):
            opponents = dict(opponent)
        elif not isinstance(opponent, str) and len(others) > 1:
            raise InvalidInput(
                f"{made.name} has {len(others)} other seats, and one agent plays one: give a "
                "name, or a mapping by seat"
            )
        else:
            opponents = dict.fromkeys(others, opponent)
        if set(opponents) != others or len(others) == len(made.players):
            raise InvalidInput(
                f"seat {seat} learns in {made.name}: agents are needed for exactly the other seats "
                f"of 0 to {len(made.players) - 1}, not for {sorted(opponents)}"
            )
        self.env = ParallelCommitments(
            made, opponents=opponents, render_mode=render_mode, **parameters
        )
        self.render_mode = render_mode
        self.agent = f"player_{seat}"
        self.observation_space: spaces.Space[Observation] = self.env.observation_space(self.agent)
        self.action_space: spaces.Space[int] = self.env.action_space(self.agent)  # type: ignore[assignment]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """A new match; see `ParallelCommitments.reset`."""
        super().reset(seed=seed)
        observations, infos = self.env.reset(seed, options)
        return observations[self.agent], infos[self.agent]

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """One round; see `ParallelCommitments.step`."""
        observations, rewards, ended, _, infos = self.env.step({self.agent: action})
        one = self.agent
        return observations[one], rewards[one], ended[one], False, infos[one]

    def render(self) -> str | None:
        """See `ParallelCommitments.render`."""
        return self.env.render()

    def close(self) -> None:
        """Close the table, unless it is the caller's."""
        self.env.close()


__all__ = ["SingleSeat"]
