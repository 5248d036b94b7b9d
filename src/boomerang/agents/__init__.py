"""Agents that play: strategies for any game, which see what the chain shows. docs/agents.md.

from boomerang.agents import named
named("conditional"), named("ruthless", bond=50)
"""

from boomerang.agents.bargaining import Bargaining
from boomerang.agents.base import Committer
from boomerang.agents.conditional import Conditional
from boomerang.agents.first_mover import FirstMover
from boomerang.agents.random_agent import RandomAgent
from boomerang.agents.ruthless import Ruthless
from boomerang.agents.silent import Silent
from boomerang.agents.table import AGENTS, UnknownAgent, named

__all__ = [
    "AGENTS",
    "Bargaining",
    "Committer",
    "Conditional",
    "FirstMover",
    "RandomAgent",
    "Ruthless",
    "Silent",
    "UnknownAgent",
    "named",
]
