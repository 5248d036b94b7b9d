"""Measure the solver: its times beside the optimality gaps that it proves.

    python tools/bench_solver.py [--seeds N] [--case N] [--time-limit S]

No test depends on seconds.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter, process_time

from boomerang.intents.auction import verify
from boomerang.intents.auction.generate import market
from boomerang.intents.solver import solve

CASES = {
    "10,000 intents in parts over 100 tokens": (
        {"intents": 10_000, "tokens": 100},
        {"time_limit": 3.0},
    ),
    "1,000 intents, half all-or-nothing, over 30 tokens with 200 pools": (
        {"intents": 1_000, "tokens": 30, "pools": 200, "whole": 0.5, "routed": 1.0},
        {"time_limit": 15.0, "gap": 1e-4},
    ),
    "the same, a third without a route": (
        {"intents": 1_000, "tokens": 30, "pools": 200, "whole": 0.5, "routed": 0.67},
        {"time_limit": 15.0, "gap": 1e-4},
    ),
}


def main() -> int:
    """Print a line for each case and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--time-limit", type=float, default=None, help="instead of each case's")
    parser.add_argument("--case", type=int, default=None, help="only this one, from 0")
    arguments = parser.parse_args()
    for n, (name, (shape, limits)) in enumerate(CASES.items()):
        if arguments.case not in (None, n):
            continue
        print(name)
        for seed in range(arguments.seeds):
            auction = market(seed, **shape)  # type: ignore[arg-type]
            if arguments.time_limit:
                limits = {**limits, "time_limit": arguments.time_limit}
            cpu = process_time()
            solution = solve(auction, **limits)
            cpu = process_time() - cpu
            started = perf_counter()
            verdict = verify(auction, solution)
            checked = perf_counter() - started
            filled = len({item for item, _ in solution.fills})
            print(
                f"  seed {seed}: {solution.seconds:6.2f} s in all ({cpu:.2f} s of CPU), optimiser "
                f"{solution.optimiser_seconds:6.3f} s, verified in {checked:5.2f} s; "
                f"objective {float(verdict.objective):.6g}, bound {float(verdict.bound):.6g}, "
                f"gap {solution.relative_gap:.2e}; {filled} filled, "
                f"{len(solution.plan.cycles)} cycles, {len(solution.plan.routes)} routes, "
                f"{len(verdict.left_out)} left out",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
