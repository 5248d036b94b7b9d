"""The Parallel environment: everybody chooses at once, then the chain moves on by a round."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from boomerang.envs.errors import UnknownChoice
from boomerang.envs.making import agent_of, game_of, table_of
from boomerang.errors import InvalidInput
from boomerang.rounds import Course, Openings, Order, Rules
from boomerang.rounds.show import show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from boomerang.games import Game
    from boomerang.parameters import Parameters
    from boomerang.play.agent import Agent
    from boomerang.play.tables import Table

Observation = dict[str, "NDArray[Any]"]
RENDER_MODES = ("human", "ansi")


class ParallelCommitments(ParallelEnv[str, Observation, int]):  # type: ignore[misc]
    """A game over commitments, in rounds: publish, (offer,) seal, open. See docs/environments.md.

    `game`: a Game, the name of one in the catalogue (with `game_parameters`), or a JSON file.
    `table`: where it is played, by its kind ("pyrevm": the deployed bytecode; "model"; "tester";
    "anvil") or a Table that stays the caller's. `device`: "boomerang", or "irrevocable", where what
    is published binds at once. `parameters`: the registry's. `bond`, `order`, `openings`, `rounds`,
    `offers`, `block_time`: see `boomerang.rounds.Rules`. `opponents`: agents (or their names) by
    seat, who play from within; their seats are no agents of the environment. `scale`: a factor on
    all rewards.

    Raises InvalidInput, and what games and tables raise.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "name": "boomerang_v0",
        "render_modes": list(RENDER_MODES),
        "is_parallelizable": True,
        "render_fps": 4,
    }

    def __init__(
        self,
        game: Game | str | Path = "chicken",
        *,
        game_parameters: Mapping[str, Any] | None = None,
        table: Table | str = "pyrevm",
        device: str = "boomerang",
        parameters: Parameters | None = None,
        bond: int = 0,
        order: Order | str = Order.DRAW,
        openings: Openings | str = Openings.TOGETHER,
        rounds: int = 1,
        offers: bool = False,
        block_time: int = 1,
        opponents: Mapping[int, Agent | str] | None = None,
        scale: float = 1.0,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, *RENDER_MODES):
            raise InvalidInput(f"no render mode {render_mode!r}: {', '.join(RENDER_MODES)}")
        self.render_mode = render_mode
        self.scale = float(scale)
        self.game = game_of(game, game_parameters or {})
        rules = Rules(
            bond=bond,
            order=order,  # type: ignore[arg-type]
            openings=openings,  # type: ignore[arg-type]
            rounds=rounds,
            offers=offers,
            block_time=block_time,
        )
        agents = {seat: agent_of(one) for seat, one in (opponents or {}).items()}
        self._stack = ExitStack()
        self.course = Course(
            self.game, table_of(table, device, parameters, self._stack), rules, agents
        )
        self._seat = {f"player_{seat}": seat for seat in self.course.seats}
        self.possible_agents = list(self._seat)
        self.agents: list[str] = []
        self._rng = Random()  # noqa: S311
        size, choices = self.course.observer.size, self.course.choices.size
        self._observations = {
            agent: spaces.Dict(
                {
                    "observation": spaces.Box(0, 1, (size,), np.float32),
                    "action_mask": spaces.Box(0, 1, (choices,), np.int8),
                }
            )
            for agent in self.possible_agents
        }
        self._actions = {agent: spaces.Discrete(choices) for agent in self.possible_agents}

    def observation_space(self, agent: str) -> spaces.Space[Observation]:
        """A Dict of "observation" (Box, see `Observer`) and "action_mask" (Box of 0 and 1)."""
        return self._observations[agent]  # type: ignore[return-value]

    def action_space(self, agent: str) -> spaces.Discrete:
        """All choices by their number, see `Choices`."""
        return self._actions[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Observation], dict[str, dict[str, Any]]]:
        """A new match. The seed fixes all chance of this match and, one after the other, of those
        that are begun without one. There are no `options`.
        """
        del options
        if seed is not None:
            self._rng.seed(seed)
        self.course.begin(self._rng.getrandbits(64))
        self.agents = self.possible_agents[:]
        if self.render_mode == "human":
            self.render()
        return self._seen(), {agent: {"refused": False} for agent in self.agents}

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[
        dict[str, Observation],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, dict[str, Any]],
    ]:
        """One round. An action that the mask does not allow is refused, as the chain would refuse
        it: nothing comes of it, and the agent's info says `refused`. Rewards are 0 until the end;
        then infos hold what the outcome was.

        Raises UnknownChoice for an action outside of the action space, InvalidInput before `reset`.
        """
        if not self.agents:
            raise InvalidInput("the match is over, or none has begun: call reset()")
        course, agents = self.course, self.agents
        chosen: dict[int, int] = {}
        refused = dict.fromkeys(agents, False)
        for agent in agents:
            choice = actions.get(agent, 0)
            if not self._actions[agent].contains(choice):
                raise UnknownChoice(
                    f"{agent} chose {choice!r}; there are 0 to {course.choices.size - 1}"
                )
            seat = self._seat[agent]
            if course.mask(seat)[choice]:
                chosen[seat] = int(choice)
            else:
                refused[agent] = True
        course.step(chosen)
        over = course.turn is None
        observations = self._seen()
        rewards = dict.fromkeys(agents, 0.0)
        infos: dict[str, dict[str, Any]] = {agent: {"refused": refused[agent]} for agent in agents}
        if course.outcome is not None:
            outcome = course.outcome
            for agent in agents:
                seat = self._seat[agent]
                rewards[agent] = float(outcome.payoffs[seat]) * self.scale
                infos[agent] |= {
                    "actions": outcome.actions,
                    "payoffs": tuple(float(pay) for pay in outcome.payoffs),
                    "phases": tuple((one.seat, one.phase.label) for one in outcome.commitments),
                    "gas": outcome.gas[seat],
                }
            self.agents = []
        if self.render_mode == "human":
            self.render()
        ended = dict.fromkeys(agents, over)
        return observations, rewards, ended, dict.fromkeys(agents, False), infos

    def render(self) -> str | None:
        """The commitments as everybody sees them, as text: returned ("ansi") or written to standard
        output ("human").
        """
        text = show(self.course)
        if self.render_mode == "human":
            sys.stdout.write(text)
            return None
        return text

    def close(self) -> None:
        """Close the table, unless it is the caller's. The environment is of no use after that."""
        self.agents = []
        self._stack.close()

    def _seen(self) -> dict[str, Observation]:
        course = self.course
        return {
            agent: {"observation": course.observe(seat), "action_mask": course.mask(seat)}
            for agent, seat in self._seat.items()
        }


def parallel_env(game: Game | str | Path = "chicken", **parameters: Any) -> ParallelCommitments:
    """The Parallel environment; parameters as `ParallelCommitments` has them."""
    return ParallelCommitments(game, **parameters)


__all__ = ["Observation", "ParallelCommitments", "parallel_env"]
