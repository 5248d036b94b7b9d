"""Measures of arenas: a match of two beside ChickenArena's, and tables as large as they get. No
match's id has a zero byte, which would be cheaper.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from boomerang import artifacts
from boomerang.arenas import Arena, ChickenArena, GameTable, MatrixArena, Terms
from boomerang.chains.base import DEV_ACCOUNTS, Tx
from boomerang.client.abi import Interface
from boomerang.content import Content
from boomerang.games import Game, catalogue
from gas.bench import DEPLOYER, ETHER, STRANGER, Bench, Commitment, decision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains.base import Receipt
    from boomerang.games import Profile

    Measured = Iterator[tuple[str, int]]

PLAYERS = list(DEV_ACCOUNTS.values())[:16]


class Hall:
    """A token that everybody has, and arenas for it, beside the bench's registry."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.at = 0
        self.token = Interface(artifacts.load("TestToken"))
        self.coin = self.mine(Tx(DEPLOYER, None, self.token.creation("T", "T"))).contract or ""
        for who in (*PLAYERS, DEPLOYER, STRANGER):
            self.call(self.token, DEPLOYER, self.coin, "mint", who, ETHER)

    def mine(self, tx: Tx) -> Receipt:
        """A block of its own."""
        self.at += 1
        return self.bench.mine(self.at, tx)[0]

    def call(self, of: Interface, sender: str, to: str, function: str, *values: Any) -> Receipt:
        return self.mine(Tx(sender, to, of.functions[function].encode(*values)))

    def arena(self, players: int, kind: type[Arena], *more: Any) -> tuple[Arena, int]:
        """An arena that its players have approved, and what it cost to deploy."""
        receipt = self.mine(kind.tx_deploy(DEPLOYER, self.bench.registry, self.coin, *more))
        arena = kind(self.bench.chain, receipt.contract or "", sender=DEPLOYER)
        for who in (*PLAYERS[:players], DEPLOYER):
            self.call(self.token, who, self.coin, "approve", arena.address, ETHER)
        return arena, receipt.gas_used

    def terms(self, arena: Arena, players: int, stake: int) -> Terms:
        """Of a match whose id has no zero byte; it can be joined for 20 seconds."""
        now = self.bench.start + self.at
        terms = Terms(
            tuple(PLAYERS[:players]), stake, arena.prize_of(players, stake), now + 20, now + 70
        )
        salted = (replace(terms, salt=bytes([1 + n % 255] * 32)) for n in count())
        return next(one for one in salted if 0 not in arena.match_id(one))


def matches_of_two(bench: Bench) -> Measured:
    """Bargaining, in the arena that is made for it and in that of tables."""
    hall = Hall(bench)
    for kind, more in ((ChickenArena, ()), (MatrixArena, (catalogue.bargaining(),))):
        arena, deployment = hall.arena(2, kind, *more)
        name = kind.CONTRACT
        yield f"deploy {name}" + (", 2 players, 3 actions" if more else ""), deployment
        terms = hall.terms(arena, 2, 100)
        match = arena.match_id(terms)
        yield f"{name}: create", hall.mine(arena.tx_create(terms)).gas_used
        yield (
            f"{name}: join, the first",
            hall.mine(arena.tx_join(match, sender=PLAYERS[0])).gas_used,
        )
        yield f"{name}: join, the last", hall.mine(arena.tx_join(match, sender=PLAYERS[1])).gas_used
        made = []
        for who in PLAYERS[:2]:
            content = Content(match, b"Dare")
            key = content.key(who)
            made.append(Commitment(key, bench.domain.commitment_id(key)))
            hall.mine(bench.tx(who, "publish", key.stake, match, content.body))
            tx = arena._tx(STRANGER, "enter", match, who, key.stake, content.body)
            yield (
                f"{name}: enter, {('the first', 'of the other')[len(made) - 1]}",
                hall.mine(tx).gas_used,
            )
        hall.at += 10
        for one in made:
            hall.mine(bench.sealing(one, decision("keep")))
        hall.at += 50
        for one in made:
            hall.mine(bench.opening(one, decision("keep")))
        hall.at += 50
        yield f"{name}: settle, two kept", hall.mine(arena.tx_settle(match)).gas_used
        yield f"{name}: deliver", hall.mine(arena.tx_deliver(terms.losses_to)).gas_used


def largest_tables(bench: Bench) -> Measured:
    """A long table of 2,048 payoffs, a short one for 16; nobody enters anything."""
    hall = Hall(bench)
    for what, game in {
        "2 players, 2 actions": catalogue.stag_hunt(),
        "8 players, 2 actions, a long table": Game(
            "long", catalogue.SEATS[:8], (("A", "B"),) * 8, ("B",) * 8, lopsided
        ),
        "16 players, 2 actions, a short table": catalogue.public_goods(16),
    }.items():
        table, seats = GameTable.of(game), len(game.players)
        arena, deployment = hall.arena(seats, MatrixArena, table)
        yield f"deploy MatrixArena, {what}", deployment
        terms = hall.terms(arena, seats, table.points)
        match = arena.match_id(terms)
        hall.mine(arena.tx_create(terms))
        for who in PLAYERS[:seats]:
            hall.mine(arena.tx_join(match, sender=who))
        hall.at += 80
        yield (
            f"MatrixArena: settle, {what}, nothing entered",
            hall.mine(arena.tx_settle(match)).gas_used,
        )


def lopsided(profile: Profile) -> tuple[int, ...]:
    """Not symmetric; no byte of it is zero, or few."""
    return tuple(0x0101010101 * (seat + 1) * (2 + profile.count("A")) for seat in range(8))


ACTIONS = (matches_of_two, largest_tables)
