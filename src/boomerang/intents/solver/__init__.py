"""The solver: the best batch of an auction that it finds, and the proof of how good that is.

solution = solve(load("auction.yaml"), time_limit=10)
"""

from boomerang.intents.solver.engine import solve

__all__ = ["solve"]
