"""Tabular learners: reproducible, and what they come to with the protocol and without."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from boomerang.agents import named
from boomerang.agents.learners import QLearning, RegretMatching
from boomerang.agents.learning import QLearner, RegretMatcher, evaluate, train
from boomerang.agents.policy import PolicyAgent, uniform
from boomerang.envs import ParallelCommitments, parallel_env
from boomerang.errors import InvalidInput
from boomerang.games import catalogue
from boomerang.play import Match, Seat, open_table

BLIND = catalogue.chicken(both_swerve=-20)
"""The chicken of the closed form: blind, each dares with 3/11, and both with 9/121 = 7.4%."""


def in_both_seats(env: ParallelCommitments, learner: Any) -> list[Any]:
    return [learner, learner.seat()]


def hidden(env: ParallelCommitments) -> slice:
    return env.course.observer.fields()["seat"]


@pytest.mark.parametrize("make", [QLearner, RegretMatcher])
def test_the_same_seed_gives_the_same_table_bit_for_bit(make: Any) -> None:
    def tables(kind: str, seed: int) -> list[dict[bytes, bytes]]:
        learners = [make(seed), make(seed + 1)]
        env = parallel_env(table=kind)
        train(env, learners, 150, seed=seed)
        env.close()
        return [{key: row.tobytes() for key, row in one.table().items()} for one in learners]

    once = tables("model", 4)
    assert len(once[0]) > 20
    assert tables("model", 4) == once
    assert tables("pyrevm", 4) == once  # and the chain plays as the model does
    assert tables("model", 5) != once


@pytest.mark.parametrize("make", [QLearner, RegretMatcher])
def test_agents_learn_from_matches_as_from_the_environment(make: Any) -> None:
    """Same seeds of the matches, same information states, same lessons: same tables."""
    game = catalogue.chicken()
    with open_table("model") as table:
        in_matches = [make(1), make(2)]
        seats = [Seat(PolicyAgent(one)) for one in in_matches]
        match = Match(game, seats, table)
        env = parallel_env(game, table=table)
        in_rounds = [make(1), make(2)]
        agents = dict(zip(env.possible_agents, in_rounds, strict=True))
        for seed in range(120):
            match.seed = seed
            outcome = match.play()
            env.course.begin(seed)
            env.agents = env.possible_agents[:]
            seen, rewards = env._seen(), {}
            while env.agents:
                chosen = {a: agents[a](*seen[a].values()) for a in env.agents}
                seen, rewards, *_ = env.step(chosen)
            for agent, learner in agents.items():
                learner.end(rewards[agent])
            assert list(rewards.values()) == list(outcome.payoffs)
    for one, other in zip(in_matches, in_rounds, strict=True):
        assert {k: v.tobytes() for k, v in one.table().items()} == {
            k: v.tobytes() for k, v in other.table().items()
        }


@pytest.mark.campaign
def test_blind_learners_crash_and_those_with_the_protocol_do_not() -> None:
    """Regret matching in self-play, without a look at the seat: nothing but the registry's draw
    tells the two apart. Blind, it comes near the closed form; with the protocol near no crash.
    """
    crashes, swerves = {}, {}
    for device, bond in (("irrevocable", 0), ("boomerang", 100)):
        table = "model" if bond else "pyrevm"  # which play alike
        env = parallel_env(BLIND, device=device, bond=bond, table=table)
        learner = RegretMatcher(seed=1, hidden=hidden(env))
        train(env, in_both_seats(env, learner), 4000, seed=1)
        infos = evaluate(env, in_both_seats(env, learner), 800, seed=2)
        ended = Counter(info["actions"] for info in infos)
        crashes[device] = ended["Dare", "Dare"] / 800
        swerves[device] = ended["Swerve", "Swerve"] / 800
        if device == "irrevocable":
            (odds,) = learner.table().values()
            dares = odds[1] / odds.sum()  # of pass, Dare and Swerve
            assert dares == pytest.approx(3 / 11, abs=0.06)
        else:
            one_dares = ended["Dare", "Swerve"] + ended["Swerve", "Dare"]
            assert one_dares > 0.98 * 800
            assert abs(ended["Dare", "Swerve"] / one_dares - 0.5) < 0.06  # the draw is fair
        env.close()
    assert 0.04 < crashes["irrevocable"] < 0.12
    assert crashes["boomerang"] < 0.01
    assert swerves["irrevocable"] > 0.4
    assert swerves["boomerang"] < 0.02


def test_q_learning_finds_the_best_reply_to_a_fixed_agent() -> None:
    """Against one who keeps in any case: give way when second, and do not dare to be first."""
    env = parallel_env(table="model", opponents={1: "ruthless"}, bond=100)
    learner = QLearner(seed=3, decay=900)
    rewards = train(env, [learner], 1200, seed=3)
    assert rewards[:200].mean() < -30
    before = {key: row.copy() for key, row in learner.table().items()}
    best = evaluate(env, [learner], 200, seed=4)
    assert {info["payoffs"][0] for info in best} == {-20}
    assert learner.exploring  # again; and it has learned nothing meanwhile
    assert all((learner.table()[key] == row).all() for key, row in before.items())


def test_learning_agents_get_better_from_match_to_match() -> None:
    """Against one who keeps in any case, which leaves nothing better than -20."""
    ruthless = named("ruthless", bond=100, cover=100)
    with open_table("model") as table:
        for make in (QLearning, RegretMatching):
            learner = make(seed=1, bond=100, decay=400)
            match = Match(catalogue.chicken(), [Seat(learner), Seat(ruthless)], table)
            payoffs = []
            for match.seed in range(900):
                payoffs.append(float(match.play().payoffs[0]))
            assert np.mean(payoffs[:150]) < -28, learner.name
            assert np.mean(payoffs[-150:]) > -23, learner.name


def test_any_policy_plays_as_an_agent_and_any_agent_as_an_opponent() -> None:
    with open_table("model") as table:
        seats = [Seat(PolicyAgent(uniform(7), name="dice")), Seat(named("conditional"))]
        match = Match(catalogue.chicken(), seats, table)
        ended = set()
        for seed in range(150):
            match.seed = seed
            outcome = match.play()
            assert outcome.refused == ((), ())
            ended.add(outcome.actions)
    assert {("Dare", "Swerve"), ("Swerve", "Dare")} <= ended
    env = parallel_env(table="model", opponents={0: PolicyAgent(uniform(7))})
    assert env.possible_agents == ["player_1"]
    rewards = train(env, [QLearner(seed=1)], 50, seed=1)
    assert rewards.shape == (50, 1)
    assert len(np.unique(rewards)) > 1


def test_bad_learners() -> None:
    with pytest.raises(InvalidInput, match="0 < rate <= 1"):
        QLearner(rate=0)
    with pytest.raises(InvalidInput, match="0 < least <= explore <= 1"):
        RegretMatcher(least=0)
    env = parallel_env(table="model")
    one = QLearner()
    with pytest.raises(InvalidInput, match="2 different learners are needed"):
        train(env, [one, one], 1)
    with pytest.raises(InvalidInput, match="2 policies are needed"):
        evaluate(env, [one], 1)
