"""The executable specification: the registry's rules as a state machine, without a chain.

Read in this order, each on top of the one before: `state` (what is remembered), `order` (x < y and
draws), `ledger` (phases, look-ups, money), `offers` (section 6), `resolution` (section 7), `views`,
`registry` (publishing, seals: sections 2 to 4, 8, 9). `events` are what is logged.
"""

from boomerang.model import events
from boomerang.model.ledger import Env
from boomerang.model.order import DrawSource, FixedDraws, HashDraws
from boomerang.model.registry import Model
from boomerang.model.resolution import Resolution
from boomerang.model.state import Obstacle, Offer, Phase, Record, Standing, State
from boomerang.model.views import CredibleCover

__all__ = [
    "CredibleCover",
    "DrawSource",
    "Env",
    "FixedDraws",
    "HashDraws",
    "Model",
    "Obstacle",
    "Offer",
    "Phase",
    "Record",
    "Resolution",
    "Standing",
    "State",
    "events",
]
