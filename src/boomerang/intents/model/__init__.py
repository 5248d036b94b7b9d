"""The executable specification of settling intents, without a chain (docs/intents.md).

Read in this order, each on top of the one before: `state` (what is remembered, and how it is taken
back), `ledger` (tokens, pairs, transfers), `conditions` (ranges and guards), `book` (lists and the
walk along them), `settling` (a batch), `settlement` (every call). `events` are what is logged.
"""

from boomerang.intents.model import events
from boomerang.intents.model.book import Taker
from boomerang.intents.model.conditions import Finding, Truth
from boomerang.intents.model.events import Unlisting
from boomerang.intents.model.ledger import UNLIMITED, Env, Manner, Token, Verifier
from boomerang.intents.model.settlement import Settlement
from boomerang.intents.model.state import Entry, Part, State

__all__ = [
    "UNLIMITED",
    "Entry",
    "Env",
    "Finding",
    "Manner",
    "Part",
    "Settlement",
    "State",
    "Taker",
    "Token",
    "Truth",
    "Unlisting",
    "Verifier",
    "events",
]
