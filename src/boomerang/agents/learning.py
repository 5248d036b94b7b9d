"""Tabular learners over the protocol's information states: what one has seen, as the vector says.

    learner = QLearner(seed=1)
    train(env, [learner, QLearner(seed=2)], episodes=5000, seed=1)     # on an environment
    Match(game, [Seat(PolicyAgent(learner)), ...], table).play()       # or in matches, as an agent

The same learner may sit in several seats (self-play, `Tabular.seat`). One from which its seat is
`hidden` learns what fits everybody: nobody can agree on "seat 0 goes first".

All chance is the learner's own and comes from its seed: same seed, same matches, same table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from boomerang.agents.policy import Learner, Policy

    Vector = NDArray[np.float32]
    Mask = NDArray[np.int8]
    Hidden = slice | NDArray[np.intp] | None


@dataclass(slots=True)
class _Course:
    """One seat's way through a match: keys, legal choices, what was chosen, and with which odds."""

    keys: list[bytes] = field(default_factory=list)
    legal: list[NDArray[np.intp]] = field(default_factory=list)
    chosen: list[int] = field(default_factory=list)
    policy: list[NDArray[np.float64]] = field(default_factory=list)
    odds: list[float] = field(default_factory=list)


class Tabular(ABC):
    """What tabular learners share: keys, and a course for each match that is under way.

    A learner in one seat has one match under way. For one in several, `seat` makes a face of it for
    each; they share the table. `hidden`: entries of the observation that it does not look at, as a
    slice or as indices: with `Observer.fields()["seat"]` it does not know which seat it has.
    """

    explore: float
    least: float
    decay: int

    def __init__(self, seed: int, hidden: Hidden = None) -> None:
        self.rng = np.random.default_rng(seed)
        self.hidden = hidden
        self.exploring = True
        self.matches = 0
        self._course = _Course()

    def __call__(self, observation: Vector, mask: Mask, /) -> int:
        return self.choose(observation, mask, self._course)

    def end(self, payoff: float) -> None:
        """The match is over: learn from it, unless `exploring` is off. `payoff` in utils."""
        self.close(payoff, self._course)

    def seat(self) -> Face:
        """A face for one more seat."""
        return Face(self)

    def key(self, observation: Vector) -> bytes:
        """The information state of an observation."""
        if self.hidden is not None:
            observation = observation.copy()
            observation[self.hidden] = 0
        return observation.tobytes()

    def choose(self, observation: Vector, mask: Mask, course: _Course) -> int:
        """A choice, which is noted on the course."""
        legal = np.flatnonzero(mask)
        if len(legal) == 1:
            return int(legal[0])
        key = self.key(observation)
        policy = self.policy(key, legal)
        share = self.share() if self.exploring else 0.0
        odds = (1 - share) * policy + share / len(policy)
        place = _draw(self.rng, odds)
        course.keys.append(key)
        course.legal.append(legal)
        course.chosen.append(place)
        course.policy.append(policy)
        course.odds.append(float(odds[place]))
        return int(legal[place])

    def close(self, payoff: float, course: _Course) -> None:
        """The end of a course."""
        if self.exploring:
            self.learn(payoff, course)
            self.matches += 1
        for noted in (course.keys, course.legal, course.chosen, course.policy, course.odds):
            noted.clear()

    def share(self) -> float:
        """The share of random choices by now: from `explore` to `least` over `decay` matches."""
        left = max(0.0, 1 - self.matches / self.decay)
        return self.least + (self.explore - self.least) * left

    # -------------------------------------------------------------------------- to be decided

    @abstractmethod
    def policy(self, key: bytes, legal: NDArray[np.intp]) -> NDArray[np.float64]:
        """The odds of the legal choices."""

    @abstractmethod
    def learn(self, payoff: float, course: _Course) -> None:
        """What a match teaches."""

    @abstractmethod
    def table(self) -> dict[bytes, NDArray[np.float64]]:
        """All that it has learned, by information state."""


class Face:
    """A learner in one more seat."""

    def __init__(self, learner: Tabular) -> None:
        self.learner = learner
        self._course = _Course()

    def __call__(self, observation: Vector, mask: Mask, /) -> int:
        return self.learner.choose(observation, mask, self._course)

    def end(self, payoff: float) -> None:
        """See `Tabular.end`."""
        self.learner.close(payoff, self._course)


class QLearner(Tabular):
    """Independent Q-learning (Watkins 1989) with rewards at the end: each choice moves towards the
    best of the next information state, the last one towards the payoff.

    `rate`: the smallest learning rate, above 0, at most 1; the n-th visit learns at max(rate, 1/n).
    `explore`: the share of random choices at first, falling to `least` over `decay` matches.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        rate: float = 0.05,
        explore: float = 1.0,
        least: float = 0.02,
        decay: int = 2000,
        hidden: Hidden = None,
    ) -> None:
        super().__init__(seed, hidden)
        if not 0 < rate <= 1 or not 0 <= least <= explore <= 1 or decay < 1:
            raise InvalidInput(
                "Q-learning needs 0 < rate <= 1, 0 <= least <= explore <= 1 and decay >= 1, not "
                f"rate={rate}, explore={explore}, least={least}, decay={decay}"
            )
        self.rate, self.explore, self.least, self.decay = rate, explore, least, decay
        self.values: dict[bytes, NDArray[np.float64]] = {}
        self.visits: dict[bytes, NDArray[np.int64]] = {}

    def policy(self, key: bytes, legal: NDArray[np.intp]) -> NDArray[np.float64]:
        values = self.values.get(key)
        if values is None:
            return np.full(len(legal), 1 / len(legal))
        best: NDArray[np.float64] = (values == values.max()).astype(np.float64)
        return best / float(best.sum())

    def learn(self, payoff: float, course: _Course) -> None:
        target = payoff
        for key, legal, place in zip(
            reversed(course.keys), reversed(course.legal), reversed(course.chosen), strict=True
        ):
            values = self.values.setdefault(key, np.zeros(len(legal)))
            visits = self.visits.setdefault(key, np.zeros(len(legal), np.int64))
            visits[place] += 1
            values[place] += max(self.rate, 1 / visits[place]) * (target - values[place])
            target = float(values[visits > 0].max())

    def table(self) -> dict[bytes, NDArray[np.float64]]:
        return self.values


class RegretMatcher(Tabular):
    """Regret matching on information states: outcome-sampling counterfactual regret minimisation
    (Lanctot et al. 2009), each learner sampling its own choices only.

    While it learns it plays its current odds, mixed with a share of random choices that falls from
    `explore` to `least` (0 < least <= explore <= 1) over `decay` matches; with `exploring` off the
    average of all odds so far, later ones weighing more, which is what converges.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        explore: float = 0.5,
        least: float = 0.05,
        decay: int = 2000,
        hidden: Hidden = None,
    ) -> None:
        super().__init__(seed, hidden)
        if not 0 < least <= explore <= 1 or decay < 1:
            raise InvalidInput(
                "regret matching needs 0 < least <= explore <= 1 and decay >= 1, not "
                f"explore={explore}, least={least}, decay={decay}"
            )
        self.explore, self.least, self.decay = explore, least, decay
        self.regrets: dict[bytes, NDArray[np.float64]] = {}
        self.sums: dict[bytes, NDArray[np.float64]] = {}

    def policy(self, key: bytes, legal: NDArray[np.intp]) -> NDArray[np.float64]:
        found = self.regrets if self.exploring else self.sums
        weights = np.maximum(found.get(key, np.zeros(len(legal))), 0)
        total = weights.sum()
        return weights / total if total > 0 else np.full(len(legal), 1 / len(legal))

    def learn(self, payoff: float, course: _Course) -> None:
        reach = sampled = 1.0
        befores = []
        for policy, odds, place in zip(course.policy, course.odds, course.chosen, strict=True):
            befores.append((reach, sampled))
            reach *= policy[place]
            sampled *= odds
        tail = 1.0
        for i in range(len(course.keys) - 1, -1, -1):
            key, policy, place = course.keys[i], course.policy[i], course.chosen[i]
            regrets = self.regrets.setdefault(key, np.zeros(len(policy)))
            sums = self.sums.setdefault(key, np.zeros(len(policy)))
            # The others and chance are sampled as they play, so their odds cancel.
            weight = payoff * tail / sampled
            regrets -= weight * policy[place]
            regrets[place] += weight
            before, seen = befores[i]
            sums += self.matches * before / seen * policy
            tail *= policy[place]

    def table(self) -> dict[bytes, NDArray[np.float64]]:
        return self.sums


def train(
    env: Any, learners: Sequence[Learner], episodes: int, seed: int = 0
) -> NDArray[np.float64]:
    """Let learners play a Parallel environment whose observations have an action mask, one for each
    of its `possible_agents` in order, and learn. What each got in each episode, undiscounted: shape
    `(episodes, agents)`, in the environment's rewards. Raises InvalidInput for too few learners.

    One learner for several agents has to bring a face for each (`Tabular.seat`).
    """
    agents = env.possible_agents
    if len(learners) != len(agents) or len({id(one) for one in learners}) != len(learners):
        raise InvalidInput(
            f"{len(agents)} different learners are needed, one for each of {', '.join(agents)}"
        )
    by_agent = dict(zip(agents, learners, strict=True))
    totals = np.zeros((episodes, len(agents)))
    for episode in range(episodes):
        observations, _ = env.reset(seed=seed if episode == 0 else None)
        while env.agents:
            chosen = {
                agent: by_agent[agent](
                    observations[agent]["observation"], observations[agent]["action_mask"]
                )
                for agent in env.agents
            }
            observations, rewards, *_ = env.step(chosen)
            for place, agent in enumerate(agents):
                totals[episode, place] += rewards.get(agent, 0)
        for place, learner in enumerate(learners):
            learner.end(float(totals[episode, place]))
    return totals


def evaluate(
    env: Any, policies: Sequence[Policy], episodes: int, seed: int = 0
) -> list[dict[str, Any]]:
    """Let policies play a Parallel environment, one for each of its `possible_agents` in order, and
    learn nothing: learners do not explore meanwhile. For each episode the last info of the first
    agent, with the outcome (docs/environments.md). Raises InvalidInput for too few policies.
    """
    agents = env.possible_agents
    if len(policies) != len(agents):
        raise InvalidInput(f"{len(agents)} policies are needed, one for each of {agents}")
    by_agent = dict(zip(agents, policies, strict=True))
    learners = {id(one): one for one in map(_learner, policies) if one is not None}
    explored = {key: learner.exploring for key, learner in learners.items()}
    ended = []
    try:
        for learner in learners.values():
            learner.exploring = False
        for episode in range(episodes):
            seen, infos = env.reset(seed=seed if episode == 0 else None)
            while env.agents:
                chosen = {
                    one: by_agent[one](seen[one]["observation"], seen[one]["action_mask"])
                    for one in env.agents
                }
                seen, _, _, _, infos = env.step(chosen)
            for policy in policies:
                if isinstance(policy, Tabular | Face):
                    policy.end(0)
            ended.append(infos[agents[0]])
    finally:
        for key, learner in learners.items():
            learner.exploring = explored[key]
    return ended


def _learner(policy: Policy) -> Tabular | None:
    if isinstance(policy, Face):
        return policy.learner
    return policy if isinstance(policy, Tabular) else None


def _draw(rng: np.random.Generator, odds: NDArray[np.float64]) -> int:
    """A place, drawn with these odds."""
    place = int(np.searchsorted(np.cumsum(odds), rng.random(), side="right"))
    if place >= len(odds) or odds[place] <= 0:  # rounding
        place = int(np.flatnonzero(odds)[-1])
    return place


__all__ = ["Face", "QLearner", "RegretMatcher", "Tabular", "evaluate", "train"]
