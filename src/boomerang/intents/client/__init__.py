"""The SDK of intents: a settlement, its book and Uniswap's pools on any chain, as typed Python."""

# Importing the errors is what makes `decode_error` know them.
from boomerang.intents import errors
from boomerang.intents.client import events, nonces, programs
from boomerang.intents.client.book import Book
from boomerang.intents.client.dryrun import Clause, DryRun, NoDryRun, Obstacle, Verdict
from boomerang.intents.client.nonces import NonceState
from boomerang.intents.client.settlement import Done, Settlement
from boomerang.intents.client.state import Entry, State
from boomerang.intents.client.uniswap import Factory, Pair, UniswapNotFound

__all__ = [
    "Book",
    "Clause",
    "Done",
    "DryRun",
    "Entry",
    "Factory",
    "NoDryRun",
    "NonceState",
    "Obstacle",
    "Pair",
    "Settlement",
    "State",
    "UniswapNotFound",
    "Verdict",
    "errors",
    "events",
    "nonces",
    "programs",
]
