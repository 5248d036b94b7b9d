"""Agents that play: strategies for any game, which see what the chain shows. docs/agents.md.

from boomerang.agents import named
named("conditional"), named("ruthless", bond=50)
"""

from boomerang.agents.bargaining import Bargaining
from boomerang.agents.base import Committer
from boomerang.agents.best_response import BestResponse
from boomerang.agents.conditional import Conditional
from boomerang.agents.exposer import Exposer
from boomerang.agents.first_mover import FirstMover
from boomerang.agents.leaking import Leaking
from boomerang.agents.meek import Meek
from boomerang.agents.proxy import CodedProxy, LeaningProxy
from boomerang.agents.random_agent import RandomAgent
from boomerang.agents.ruthless import Ruthless
from boomerang.agents.silent import Silent
from boomerang.agents.table import AGENTS, UnknownAgent, named, seated
from boomerang.agents.withholding import Withholding

__all__ = [
    "AGENTS",
    "Bargaining",
    "BestResponse",
    "CodedProxy",
    "Committer",
    "Conditional",
    "Exposer",
    "FirstMover",
    "Leaking",
    "LeaningProxy",
    "Meek",
    "RandomAgent",
    "Ruthless",
    "Silent",
    "UnknownAgent",
    "Withholding",
    "named",
    "seated",
]
