"""What tabular learners come to in chicken, blind and with Boomerang: the tables of
docs/environments.md. On the reference model, which plays as the chain does.

    python tools/learners.py [--matches 4000] [--seeds 4]
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING, Any

from boomerang.agents.learning import QLearner, RegretMatcher, Tabular, evaluate, train
from boomerang.envs import parallel_env
from boomerang.games import catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.agents.learning import Face

EVALUATED = 1500
BOND = 100
DEVICES: dict[str, dict[str, Any]] = {
    "blind": {"device": "irrevocable"},
    "Boomerang": {"bond": BOND, "table": "model"},
}


def learners(kind: str, seed: int, hidden: slice) -> Sequence[Tabular | Face]:
    """Two of a kind: one table for both seats, which are hidden from it, or one for each."""
    if kind == "regret, self-play":
        one: Tabular = RegretMatcher(seed, hidden=hidden)
        return one, one.seat()
    if kind == "Q, self-play":
        one = QLearner(seed, hidden=hidden)
        return one, one.seat()
    return QLearner(2 * seed), QLearner(2 * seed + 1)


def main() -> None:
    """Train and evaluate all, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--matches", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=4)
    given = parser.parse_args()
    print(
        "| Swerve/Swerve | device | learners | seed | one dares | crash | both swerve | welfare |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for swerve in (-20, 0):
        for device, parameters in DEVICES.items():
            for kind in ("regret, self-play", "Q, self-play", "Q, each its own"):
                for seed in range(given.seeds):
                    env = parallel_env(catalogue.chicken(both_swerve=swerve), **parameters)
                    two = learners(kind, seed, env.course.observer.fields()["seat"])
                    train(env, two, given.matches, seed=seed)
                    infos = evaluate(env, two, EVALUATED, seed=1000 + seed)
                    ended = Counter(info["actions"].count("Dare") for info in infos)
                    welfare = sum(sum(info["payoffs"]) for info in infos) / EVALUATED
                    shares = " | ".join(f"{ended[n] / EVALUATED:.1%}" for n in (1, 2, 0))
                    row = f"| {swerve} | {device} | {kind} | {seed} | {shares} | {welfare:.1f} |"
                    print(row, flush=True)
                    env.close()


if __name__ == "__main__":
    main()
