"""Policies that play as agents: whatever maps what is seen, and what is legal, to a choice.

A policy takes an observation (float32, `boomerang.rounds.Observer`) and an action mask (int8,
`boomerang.rounds.Choices`), as the environments of `boomerang.envs` give them, and returns the
number of a choice. What a PettingZoo-compatible trainer has trained is one:

    agent = PolicyAgent(lambda observation, mask: int(network(observation, mask).argmax()))
    Match(game, [Seat(agent), Seat(named("conditional"))], table).play()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from boomerang.play.moves import Wait
from boomerang.rounds import Choices, Observer, Rules, Timetable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from numpy.typing import NDArray

    from boomerang.games import Game
    from boomerang.play.moves import Move
    from boomerang.play.outcome import Outcome
    from boomerang.play.view import View

_NEVER = 1 << 31


class Policy(Protocol):
    """A choice, from an observation of shape `(observer.size,)` and a mask `(choices.size,)`."""

    def __call__(self, observation: NDArray[np.float32], mask: NDArray[np.int8], /) -> int: ...


@runtime_checkable
class Learner(Protocol):
    """A policy that is told how a match ended: `payoff` in utils."""

    def __call__(self, observation: NDArray[np.float32], mask: NDArray[np.int8], /) -> int: ...

    def end(self, payoff: float) -> None:
        """The match is over."""
        ...


class PolicyAgent:
    """An agent that asks a policy at the seconds of the rounds of `rules`, counted from when it
    first acts. Rules must be those under which the policy was trained. One that is a `Learner`
    learns from each match.
    """

    name: str = "policy"

    def __init__(self, policy: Policy, rules: Rules | None = None, name: str = "policy") -> None:
        self.policy = policy
        self.rules = rules or Rules()
        self.name = name
        self._game: Game | None = None

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        del rng
        self._seat = seat
        if game is not self._game:
            self._game = game
            self._choices = Choices(game)
            self._observer: Observer | None = None
        self._base: int | None = None
        self._at = 0

    def act(self, view: View) -> Sequence[Move]:
        observer = self._observed(view)
        if self._base is None:
            self._base = view.now
        rounds = observer.timetable.rounds
        while self._at < len(rounds):
            turn = rounds[self._at]
            # What is sent now is in the next block, or later by the latency.
            due = self._base + turn.second - view.block_time - int(view.latency)
            if view.now < due:
                return [Wait(due)]
            self._at += 1
            mask = self._choices.mask(view, turn, self.rules)
            if not mask[1:].any():
                continue
            choice = int(self.policy(observer.observe(view, turn), mask))
            if mask[choice] and (moves := self._choices.moves(view, choice, self.rules)):
                return [*moves, Wait(view.now + view.block_time)]
        return [Wait(_NEVER)]

    def learn(self, outcome: Outcome) -> None:
        if isinstance(self.policy, Learner) and self._game is not None:
            self.policy.end(float(outcome.payoffs[self._seat]))

    def _observed(self, view: View) -> Observer:
        if self._observer is None:
            timetable = Timetable.of(self.rules, view.parameters, len(view.accounts), view.device)
            self._observer = Observer(self._choices, timetable, self.rules)
        return self._observer


def uniform(seed: int = 0) -> Policy:
    """A policy that chooses at random among what is legal."""
    rng = np.random.default_rng(seed)

    def choose(observation: NDArray[np.float32], mask: NDArray[np.int8], /) -> int:
        del observation
        return int(rng.choice(np.flatnonzero(mask)))

    return choose


__all__ = ["Learner", "Policy", "PolicyAgent", "uniform"]
