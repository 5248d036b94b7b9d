"""Games with the protocol around them as extensive forms, and their equilibria. docs/efg.md.

    from boomerang.games import catalogue
    from boomerang.games.efg import Protocol, boomerang_tree, to_efg

    game = catalogue.chicken()
    print(to_efg(boomerang_tree(game, Protocol.simple(game, bond=100))))

`tree` has nodes, information sets and subgames; `protocol` what is around the game, `build` its
tree; `devices` the same games without Boomerang; `text` Gambit's EFG format. `closed_forms` needs
nothing more; `equilibria` needs pygambit, which it imports only then.
"""

from boomerang.games.efg.build import boomerang_tree
from boomerang.games.efg.devices import (
    alternating_offers_tree,
    blind_tree,
    race_tree,
    turns_tree,
)
from boomerang.games.efg.errors import (
    BadProtocol,
    BadTree,
    EfgError,
    NotSupported,
    NotUnique,
    TreeTooLarge,
)
from boomerang.games.efg.protocol import Offer, Protocol, menu
from boomerang.games.efg.text import to_efg
from boomerang.games.efg.tree import Chance, Decision, Leaf, Play, Profile, Tree, in_units, play

__all__ = [
    "BadProtocol",
    "BadTree",
    "Chance",
    "Decision",
    "EfgError",
    "Leaf",
    "NotSupported",
    "NotUnique",
    "Offer",
    "Play",
    "Profile",
    "Protocol",
    "Tree",
    "TreeTooLarge",
    "alternating_offers_tree",
    "blind_tree",
    "boomerang_tree",
    "in_units",
    "menu",
    "play",
    "race_tree",
    "to_efg",
    "turns_tree",
]
