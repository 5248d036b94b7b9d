"""The SDK: a registry on any chain, as typed Python."""

from boomerang.client import events
from boomerang.client.contracts import Contracts
from boomerang.client.enforcer import Enforcer
from boomerang.client.events import Event
from boomerang.client.records import Record
from boomerang.client.registry import (
    Done,
    Publication,
    Registry,
    Resolvable,
    Status,
    interface,
    new_nonce,
)
from boomerang.client.state import Atom, Commitment, DecisionCheck, State
from boomerang.client.tokens import Erc20

__all__ = [
    "Atom",
    "Commitment",
    "Contracts",
    "DecisionCheck",
    "Done",
    "Enforcer",
    "Erc20",
    "Event",
    "Publication",
    "Record",
    "Registry",
    "Resolvable",
    "State",
    "Status",
    "events",
    "interface",
    "new_nonce",
]
