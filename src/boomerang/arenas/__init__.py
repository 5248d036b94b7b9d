"""Arenas: contracts that take stakes, read what is kept, and pay. See docs/arenas.md."""

from boomerang.arenas import errors
from boomerang.arenas.arena import Arena, ChickenArena, PublicGoodsArena
from boomerang.arenas.errors import ArenaError, Stage
from boomerang.arenas.matrix import GameTable, MatrixArena
from boomerang.arenas.terms import NOBODY, Entry, Match, Settlement, Terms, match_id
from boomerang.arenas.token import TestToken

__all__ = [
    "NOBODY",
    "Arena",
    "ArenaError",
    "ChickenArena",
    "Entry",
    "GameTable",
    "Match",
    "MatrixArena",
    "PublicGoodsArena",
    "Settlement",
    "Stage",
    "Terms",
    "TestToken",
    "errors",
    "match_id",
]
