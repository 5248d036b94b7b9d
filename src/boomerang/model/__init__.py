"""The executable specification: the registry's rules as a state machine, without a chain.

Read in this order, each on top of the one before: `state` (what is remembered), `order` (x < y and
draws), `ledger` (phases, look-ups, money), `groups` (who joined which), `offers` (section 6),
`resolution` and `joint` (section 7: one by one, and groups), `views`, `enforcement` (section 9),
`registry` (publishing, seals: sections 2 to 4, 8). `events` are what is logged, `outside` is the
world of tokens and targets that the rules meet.
"""

from boomerang.model import events
from boomerang.model.enforcement import Execution
from boomerang.model.ledger import Env
from boomerang.model.order import DrawSource, FixedDraws, HashDraws
from boomerang.model.outside import (
    UNLIMITED,
    Funding,
    Nonsense,
    Permit2,
    Permits,
    PlainTargets,
    Targets,
    Token,
    part_address,
)
from boomerang.model.registry import Model
from boomerang.model.resolution import Resolution
from boomerang.model.state import (
    Group,
    Node,
    Obstacle,
    Offer,
    Phase,
    Record,
    Standing,
    State,
)
from boomerang.model.views import CredibleCover

__all__ = [
    "UNLIMITED",
    "CredibleCover",
    "DrawSource",
    "Env",
    "Execution",
    "FixedDraws",
    "Funding",
    "Group",
    "HashDraws",
    "Model",
    "Node",
    "Nonsense",
    "Obstacle",
    "Offer",
    "Permit2",
    "Permits",
    "Phase",
    "PlainTargets",
    "Record",
    "Resolution",
    "Standing",
    "State",
    "Targets",
    "Token",
    "events",
    "part_address",
]
