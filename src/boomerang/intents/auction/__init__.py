"""Auctions and their solutions: the file format, exact replay, the bound, verification.

auction = load("auction.yaml")
verdict = verify(auction, loads(auction, text))
"""

from boomerang.intents.auction.bound import BadDuals, Duals, bound
from boomerang.intents.auction.errors import AuctionError, Rule, RuleBroken
from boomerang.intents.auction.leftout import LeftOut, left_out
from boomerang.intents.auction.plan import Fill, Move, Plan, Replay
from boomerang.intents.auction.schema import load, parse
from boomerang.intents.auction.solution import Solution, batch, dumps, from_json, loads, to_json
from boomerang.intents.auction.state import Auction, Item, Option, Pool, Token
from boomerang.intents.auction.verify import Verdict, verify

__all__ = [
    "Auction",
    "AuctionError",
    "BadDuals",
    "Duals",
    "Fill",
    "Item",
    "LeftOut",
    "Move",
    "Option",
    "Plan",
    "Pool",
    "Replay",
    "Rule",
    "RuleBroken",
    "Solution",
    "Token",
    "Verdict",
    "batch",
    "bound",
    "dumps",
    "from_json",
    "left_out",
    "load",
    "loads",
    "parse",
    "to_json",
    "verify",
]
