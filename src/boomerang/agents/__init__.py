"""Agents that play: each has an account and a mind of its own, and knows what the chain shows."""

from boomerang.agents.base import Agent, Player, run
from boomerang.agents.chicken import Bargainer, Darer, Listener

__all__ = ["Agent", "Bargainer", "Darer", "Listener", "Player", "run"]
