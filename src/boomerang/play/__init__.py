"""Matches: agents that play a game over commitments, on the reference model or on any chain.

See docs/play.md. `Match` brings a game, seats with agents, and a table together.
"""

from boomerang.play.agent import Agent, Seat
from boomerang.play.hand import Hand, Secrets, SeededSecrets
from boomerang.play.match import Match, Order
from boomerang.play.moves import (
    Decline,
    Draw,
    Expose,
    Join,
    Move,
    Offer,
    Open,
    Publish,
    Revoke,
    Seal,
    Tell,
    Wait,
)
from boomerang.play.outcome import Ended, Outcome
from boomerang.play.tables import ChainTable, ModelTable, Table, open_table
from boomerang.play.view import Refused, View

__all__ = [
    "Agent",
    "ChainTable",
    "Decline",
    "Draw",
    "Ended",
    "Expose",
    "Hand",
    "Join",
    "Match",
    "ModelTable",
    "Move",
    "Offer",
    "Open",
    "Order",
    "Outcome",
    "Publish",
    "Refused",
    "Revoke",
    "Seal",
    "Seat",
    "Secrets",
    "SeededSecrets",
    "Table",
    "Tell",
    "View",
    "Wait",
    "open_table",
]
