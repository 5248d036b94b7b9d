"""Every leaf of a tree, played again on the reference model: same kept commitments, same payoffs.

The leaf's story is read as text; the decisions in it are parsed. Payoffs are then taken from what
the model did with bonds, fees, escrows and payments, and from the game.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from eth_utils.crypto import keccak

from boomerang.content import Clauses, Content, Payment
from boomerang.decisions import Expression, Not, atoms, encode, parse, parse_expression
from boomerang.games import Game, catalogue
from boomerang.games.efg import Offer, Protocol, boomerang_tree
from boomerang.identity import ZERO_ADDRESS, Domain, Key, address
from boomerang.model import Env, FixedDraws, Model, Phase, Resolution
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from boomerang.games.efg import Leaf

ACCOUNTS = [address("0x" + digit * 40) for digit in "abcd"]
START = 1_700_000_000
HALF = Fraction(1, 2)


class Replay:
    """A story on the model. First commitments are published from second 1 on, one a second, and
    freeze 60 seconds later; an offered one is published at 37.
    """

    def __init__(self, game: Game, protocol: Protocol, story: tuple[str, ...]) -> None:
        self.game, self.protocol = game, protocol
        parameters = Parameters(fee=int(protocol.fee))
        self.model = Model(Domain(1, address("0x" + "be" * 20)), parameters, FixedDraws())
        self.keys: dict[str, Key] = {}
        self.ids: dict[str, bytes] = {}
        self.contents: dict[str, Content] = {}
        self.decisions: dict[str, Expression] = {}
        self.opened = 0
        for line in story:
            self.tell(line)

    def tell(self, line: str) -> None:
        words = line.split()
        if line in ("ruthless", "strategic", "none", "no offer", "held"):
            return
        if line == "declined":
            offer = self.protocol.offer
            assert offer is not None
            target, made = (f"{self.game.players[offer.to]}1", f"{self.game.players[offer.by]}2")
            key = self.keys[target]
            env = self.env(offer.to, 50)
            self.model.decline(env, key.stake, key.content_hash, self.ids[made])
        elif words[1] == "=":
            if words[0].endswith("2"):
                self.offer(words[0], words[2], int(words[4]))
        elif words[1] == "seals":
            self.seal(words[0], line.split(" seals ")[1])
        elif words[2:] == ["revoked"]:
            key = self.keys[words[0]]
            self.model.revoke(self.env(self.seat(words[0]), 39), key.stake, key.content_hash)
        elif words[1] in ("opens", "is"):
            if words[1] == "opens":
                self.open(words[0])
        elif (words[1] == "<" and words[0] in self.game.players) or line == "one block":
            return
        else:  # the order of all: alice1 Dare < bob1 Dare
            for second, part in enumerate(line.split(" < "), 1):
                name, action = part.split()
                self.publish(name, second, self.protocol.bonds[self.seat(name)], action)

    def seat(self, name: str) -> int:
        return self.game.players.index(name[:-1])

    def env(self, seat: int, second: int, value: int = 0) -> Env:
        return Env(ACCOUNTS[seat], 100 + second, START + second, value)

    def publish(
        self, name: str, second: int, bond: Fraction | int, action: str, pays: Clauses | None = None
    ) -> None:
        content = Content(statement=action.encode(), clauses=pays)
        key = content.key(ACCOUNTS[self.seat(name)], len(self.keys), int(bond), 0)
        escrow = sum(asset.amount for asset in pays.escrow) if pays else 0
        env = self.env(self.seat(name), second, key.bond + self.model.parameters.fee + escrow)
        self.ids[name] = self.model.publish(env, key.stake, content.topic, content.body)
        self.keys[name], self.contents[name] = key, content

    def offer(self, name: str, action: str, amount: int) -> None:
        offer = self.protocol.offer
        assert offer is not None
        target = f"{self.game.players[offer.to]}1"
        clauses = Clauses.covering(
            [Payment(ACCOUNTS[offer.to], ZERO_ADDRESS, amount)],
            guard=encode(parse_expression(f"not kept({target})", self.ids)),
        )
        self.publish(name, 37, offer.bond, action, clauses)
        for to in (target, f"{name[:-1]}1"):
            key = self.keys[name]
            self.model.offer(self.env(offer.by, 38), key.stake, key.content_hash, self.ids[to])

    def seal(self, name: str, text: str) -> None:
        self.decisions[name] = parse(text, self.ids)
        key = self.keys[name]
        seal = self.model.domain.seal(key, encode(self.decisions[name]), keccak(text=name))
        second = 95 if name.endswith("2") else 55
        self.model.seal(self.env(self.seat(name), second), key.stake, key.content_hash, seal)

    def open(self, name: str) -> None:
        self.opened += 1
        second = 110 if name.endswith("2") else 65 + self.opened
        by_id = {found: self.keys[known] for known, found in self.ids.items()}
        decision = encode(self.decisions[name])
        named = [by_id[atom] for atom in atoms(decision)]
        self.model.open_for(
            self.env(3, second), self.keys[name], decision, keccak(text=name), named
        )

    def finish(self) -> tuple[tuple[str, ...], list[Fraction]]:
        """Resolve and execute everything; the actions, and what each seat has got."""
        end = self.env(3, 1000)
        left = dict(self.keys)
        while left:
            ready = [n for n in left if self.model.resolvable(self.ids[n], end.time)]
            for name in ready:
                decision = encode(self.decisions[name]) if name in self.decisions else b""
                self.model.resolve(end, [Resolution(left[name], decision)])
            done = [n for n in left if self.model.phase(self.ids[n], end.time).final]
            assert done, "nothing can be resolved, and something is left"
            for name in done:
                del left[name]
        phases = {name: self.model.phase(one, end.time) for name, one in self.ids.items()}
        assert not set(phases.values()) & {Phase.INVALID_DECISION, Phase.UNSEALED}
        for name, content in self.contents.items():
            if content.clauses:
                self.model.execute(end, self.keys[name], content.topic, content.body)
        stated: list[list[bytes]] = [[] for _ in self.game.players]
        for name, phase in phases.items():
            if phase.kept:
                stated[self.seat(name)].append(self.contents[name].statement)
        actions = tuple(self.game.plays(seat, own) for seat, own in enumerate(stated))
        balances = self.model.state.balances
        return actions, [
            Fraction(pays) + balances.get(ACCOUNTS[seat], 0)
            for seat, pays in enumerate(self.game.payoffs(actions))
        ]


def agree(game: Game, protocol: Protocol) -> list[Leaf]:
    leaves = list(boomerang_tree(game, protocol).leaves())
    for leaf in leaves:
        actions, payoffs = Replay(game, protocol, leaf.story).finish()
        assert (leaf.actions, list(leaf.payoffs)) == (actions, payoffs), leaf.story
    return leaves


@pytest.mark.parametrize("openings", ["first", "last", (1, 0)])
def test_chicken(openings: str) -> None:
    protocol = Protocol((0, 1), (7, 100), fee=3, openings=openings)
    leaves = agree(catalogue.chicken(), protocol)
    assert len(leaves) == 4 * 2 * 4 * 4 + 4 * 2 * 2 + 1
    assert len({leaf.payoffs for leaf in leaves}) == 16


def test_publications_in_one_block_and_either_order() -> None:
    protocol = Protocol(
        {(0, 1): HALF, (1, 0): HALF},
        (5, 6),
        together=HALF,
        may_be_silent=False,
        ruthless={1: Fraction(1, 4)},
    )
    assert len(agree(catalogue.stag_hunt(), protocol)) > 150


def test_three_players_and_conditions_on_two() -> None:
    game = catalogue.chicken(3)
    protocol = Protocol(
        (2, 0, 1), (1, 2, 3), publishable=(("Dare",),) * 3, may_abstain=False, may_be_silent=False
    )
    leaves = agree(game, protocol)
    texts = {line for leaf in leaves for line in leaf.story if "bob1 seals" in line}
    assert texts == {
        f"bob1 seals {text}"
        for text in (
            "keep",
            "revert",
            "revert if kept(carol1)",
            "revert if kept(alice1)",
            "revert if kept(carol1) or kept(alice1)",
            "keep if kept(carol1)",
            "keep if kept(alice1)",
            "keep if kept(carol1) and kept(alice1)",
        )
    }


@pytest.mark.parametrize(
    ("may_be_silent", "revokes"), [(False, False), (True, False), (True, True)]
)
def test_an_offered_bargain(may_be_silent: bool, revokes: bool) -> None:
    protocol = Protocol(
        (0, 1),
        (30, 20),
        fee=2,
        publishable=(("Dare",), ("Dare",)),
        may_abstain=False,
        may_be_silent=may_be_silent,
        conditions="revert",
        offer=Offer(1, 0, "Stop", (4,), bond=10, revokes=revokes),
    )
    leaves = agree(catalogue.bargaining(), protocol)
    assert (Fraction(14 - 2), Fraction(-4 - 2 * 2)) in {leaf.payoffs for leaf in leaves}


def test_the_other_rule_is_not_the_model_s() -> None:
    """Where silence means kept, leaves differ from what the registry does: it is hypothetical."""
    with pytest.raises(AssertionError):
        agree(catalogue.chicken(), Protocol((0, 1), (7, 7), silence="keep"))


def test_an_expression_for_each_condition_is_on_the_menu() -> None:
    tree = boomerang_tree(catalogue.chicken(), Protocol((0, 1), (0, 0), conditions="revert"))
    seals = [own for (seat, _), (own, *_) in tree.infosets.items() if "seal bob1?" in own.infoset]
    assert max((own.actions for own in seals), key=len) == (
        "keep",
        "revert",
        "revert if kept(alice1)",
    )
    plain = boomerang_tree(catalogue.chicken(), Protocol((0, 1), (0, 0), conditions="none"))
    assert not any("if" in leaf.story[-1] for leaf in plain.leaves())
    assert isinstance(parse("revert if kept(a)", {"a": bytes(25)}), Not)
