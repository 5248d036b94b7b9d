"""Builds the tree that `protocol` describes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING, TypeAlias

from boomerang.decisions import Constant, Expression, format  # noqa: A004
from boomerang.games.efg.errors import TreeTooLarge
from boomerang.games.efg.protocol import Protocol, menu
from boomerang.games.efg.resolution import resolve
from boomerang.games.efg.tree import MAX_NODES, Chance, Decision, Leaf, Node, Tree
from boomerang.identity import ID_SIZE

if TYPE_CHECKING:
    from boomerang.games.game import Game

_ONE_BLOCK = "one block"

Option: TypeAlias = "tuple[str, Callable[[], Node]]"


@dataclass(frozen=True, slots=True)
class Commitment:
    """A tentative commitment in the tree. `pays` is what it pays the offer's target."""

    id: bytes
    name: str
    seat: int
    action: str
    bond: Fraction
    pays: Fraction = Fraction(0)


@dataclass(frozen=True)
class Path:
    """What has happened down to a node, and what each seat knows of it."""

    views: tuple[tuple[str, ...], ...]
    story: tuple[str, ...] = ()
    ruthless: frozenset[int] = frozenset()
    commitments: tuple[Commitment, ...] = ()  # the first ones, in the order of section 3
    offered: Commitment | None = None
    revoked: Commitment | None = None
    declined: bool = False
    sealed: Mapping[bytes, Expression] = field(default_factory=dict)
    opened: Mapping[bytes, bool] = field(default_factory=dict)

    def note(self, text: str, to: Iterable[int] | None = None) -> Path:
        """The same, after something that these seats see (None: all)."""
        seen = set(range(len(self.views)) if to is None else to)
        views = tuple(
            (*view, text) if seat in seen else view for seat, view in enumerate(self.views)
        )
        return replace(self, views=views, story=(*self.story, text))

    def of(self, seat: int) -> Commitment | None:
        """The seat's first commitment."""
        return next((one for one in self.commitments if one.seat == seat), None)


def boomerang_tree(game: Game, protocol: Protocol) -> Tree:
    """A game with the protocol around it. BadProtocol where the two do not fit, TreeTooLarge over
    `tree.MAX_NODES` nodes.
    """
    protocol.check(game)
    builder = _Builder(game, protocol)
    return Tree(f"{game.name} with Boomerang", game.players, builder.root())


class _Builder:
    """One method a step: each takes the path so far and returns the node that follows."""

    def __init__(self, game: Game, protocol: Protocol) -> None:
        self.game, self.protocol = game, protocol
        self.seats = tuple(range(len(game.players)))
        self.nodes = 0

    def root(self) -> Node:
        start = Path(tuple(() for _ in self.seats))
        return self.types(start, self.seats)

    # ---------------------------------------------------------------- 1. chance: types and order

    def types(self, path: Path, left: Sequence[int]) -> Node:
        """Who is ruthless."""
        if not left:
            return self.arrivals(path)
        seat, rest = left[0], left[1:]
        chance = Fraction(self.protocol.ruthless.get(seat, 0))
        if seat not in self.protocol.ruthless:
            return self.types(path, rest)
        yes = replace(path, ruthless=path.ruthless | {seat}).note("ruthless", [seat])
        branches = [
            ("ruthless", chance, lambda: self.types(yes, rest)),
            ("strategic", 1 - chance, lambda: self.types(path.note("strategic", [seat]), rest)),
        ]
        return self.chance(f"{self.game.players[seat]} is", branches)

    def arrivals(self, path: Path) -> Node:
        """Who arrives when, and whether all publish in one block. Nobody is told."""
        together = Fraction(self.protocol.together)
        branches: list[tuple[str, Fraction, Callable[[], Node]]] = []
        for order, weight in self.protocol.orders:
            label = " < ".join(self.game.players[seat] for seat in order)
            how = label if together or len(self.protocol.orders) > 1 else ""
            branches.append((label, weight * (1 - together), self._in_turn(path, order, how)))
        branches.append((_ONE_BLOCK, together, lambda: self.publish(path, self.seats, _ONE_BLOCK)))
        return self.chance("arrival", branches)

    def _in_turn(self, path: Path, order: tuple[int, ...], how: str) -> Callable[[], Node]:
        return lambda: self.publish(path, order, how)

    # ---------------------------------------------------------------------------- 2. publication

    def publish(
        self,
        path: Path,
        left: Sequence[int],
        how: str,
        chosen: tuple[tuple[int, str], ...] = (),
    ) -> Node:
        """The next seat publishes; later ones see it, unless all are in one block."""
        if not left:
            return self.place(path, chosen, how)
        seat, rest = left[0], left[1:]

        def options(action: str | None) -> Option:
            told = f"{self._name(seat)} = {action or 'nothing'}"

            def then() -> Node:
                if action is None:  # nobody sees that nothing happens
                    return self.publish(path.note(told, [seat]), rest, how, chosen)
                seen = [seat] if how == _ONE_BLOCK else [seat, *rest]
                return self.publish(path.note(told, seen), rest, how, (*chosen, (seat, action)))

            return action or "nothing", then

        actions: list[str | None] = [*self.protocol.published(self.game, seat)]
        if self.protocol.may_abstain:
            actions.append(None)
        return self.decide(path, seat, "publish", [options(action) for action in actions])

    def place(self, path: Path, chosen: tuple[tuple[int, str], ...], how: str) -> Node:
        """The order is public: by time, or by the draw where all were in one block. So is then how
        they arrived, which could differ.
        """
        path = path.note(how) if how else path
        drawn = how == _ONE_BLOCK and len(chosen) > 1
        orders = list(permutations(chosen)) if drawn else [chosen]
        weight = Fraction(1, len(orders))
        branches = [
            (" < ".join(self._name(seat) for seat, _ in order), weight, self._placed(path, order))
            for order in orders
        ]
        return self.chance("draw", branches)

    def _placed(self, path: Path, order: tuple[tuple[int, str], ...]) -> Callable[[], Node]:
        commitments = tuple(
            self._commitment(seat, 1, action, Fraction(self.protocol.bonds[seat]))
            for seat, action in order
        )
        told = " < ".join(f"{self._name(seat)} {action}" for seat, action in order)
        return lambda: self.offer(replace(path.note(told or "none"), commitments=commitments))

    # ----------------------------------------------------------------------------------- 3. offer

    def offer(self, path: Path) -> Node:
        """A later commitment that pays, and the answer to it."""
        offer = self.protocol.offer
        if offer is None or path.of(offer.by) is None or path.of(offer.to) is None:
            return self.seal(path, path.commitments)
        action = self.game.action(offer.by, offer.statement)
        if action is None:  # `Protocol.check` has seen to it
            raise AssertionError(offer.statement)

        def option(amount: Fraction | int) -> Option:
            made = self._commitment(offer.by, 2, action, Fraction(offer.bond), Fraction(amount))
            after = replace(path, offered=made).note(f"{made.name} = {action} and {amount}")
            if offer.revokes and (first := path.of(offer.by)):
                left = tuple(one for one in path.commitments if one is not first)
                after = replace(after, commitments=left, revoked=first)
                after = after.note(f"{first.name} is revoked")
            return f"offer {amount}", lambda: self.answer(after, offer.to)

        options = [option(amount) for amount in offer.amounts]
        options.append(("no offer", lambda: self.seal(path.note("no offer"), path.commitments)))
        return self.decide(path, offer.by, "offer", options, ruthless="no offer")

    def answer(self, path: Path, seat: int) -> Node:
        """Declining is seen by all before anybody seals: it makes its owner more credible."""
        options: list[Option] = [
            ("hold", lambda: self.seal(path.note("held"), path.commitments)),
            (
                "decline",
                lambda: self.seal(replace(path.note("declined"), declined=True), path.commitments),
            ),
        ]
        return self.decide(path, seat, "answer", options, ruthless="decline")

    # ------------------------------------------------------------------------------------ 4. seals

    def seal(self, path: Path, left: Sequence[Commitment]) -> Node:
        """All at once: nobody sees another's seal."""
        if not left:
            order = self.protocol.opening_order([one.seat for one in path.commitments])
            return self.open(path, [one for seat in order if (one := path.of(seat))])
        own, rest = left[0], left[1:]
        place = path.commitments.index(own)
        backward = [one.id for one in path.commitments[:place]]
        decisions = menu(backward, self._forward(path, own), self.protocol.conditions)
        return self.seals(path, own, decisions, lambda after: self.seal(after, rest))

    def seals(
        self,
        path: Path,
        own: Commitment,
        decisions: Sequence[Expression],
        then: Callable[[Path], Node],
    ) -> Node:
        """One seal, which its owner alone knows."""

        def option(decision: Expression) -> Option:
            text = self._text(path, decision)
            after = replace(path, sealed={**path.sealed, own.id: decision})
            return text, lambda: then(after.note(f"{own.name} seals {text}", [own.seat]))

        options = [option(decision) for decision in decisions]
        return self.decide(path, own.seat, f"seal {own.name}", options, ruthless="keep")

    def _forward(self, path: Path, own: Commitment) -> list[bytes]:
        """What was offered to it."""
        offer, made = self.protocol.offer, path.offered
        if offer is None or made is None or own.seat not in (offer.by, offer.to):
            return []
        return [] if own.seat == offer.to and path.declined else [made.id]

    # --------------------------------------------------------------------------------- 5. openings

    def open(self, path: Path, left: Sequence[Commitment]) -> Node:
        """One after the other, each having seen what came before."""
        if left:
            own, rest = left[0], left[1:]
            return self.opens(
                path, own, lambda after: self.open(after, rest), self.protocol.may_be_silent
            )
        made = path.offered
        if made is None:
            return self.leaf(path)
        # 6. It gave up looking at anything from the target on: it may only be kept or reverted.
        decisions = (Constant(True), Constant(False))
        return self.seals(path, made, decisions, lambda after: self.opens(after, made, self.leaf))

    def opens(
        self,
        path: Path,
        own: Commitment,
        then: Callable[[Path], Node],
        may_be_silent: bool = True,
    ) -> Node:
        """Open or stay silent, for all to see."""

        def after(opened: bool) -> Path:
            text = f"opens {self._text(path, path.sealed[own.id])}" if opened else "is silent"
            happened = replace(path, opened={**path.opened, own.id: opened})
            return happened.note(f"{own.name} {text}")

        if not may_be_silent:
            return then(after(True))
        options: list[Option] = [
            ("open", lambda: then(after(True))),
            ("silent", lambda: then(after(False))),
        ]
        return self.decide(path, own.seat, f"open {own.name}", options, ruthless="open")

    # ------------------------------------------------------------------------------------- the end

    def leaf(self, path: Path) -> Node:
        """Who is bound to what, and what it pays."""
        everything = [*path.commitments, *([path.offered] if path.offered else [])]
        kept = resolve(path.sealed, path.opened, self.protocol.silence)
        actions = tuple(
            self.game.plays(
                seat, [one.action for one in everything if one.seat == seat and kept[one.id]]
            )
            for seat in self.seats
        )
        pays = [Fraction(payoff) for payoff in self.game.payoffs(actions)]
        for one in everything:
            pays[one.seat] -= Fraction(self.protocol.fee)
            if not path.opened[one.id]:
                pays[one.seat] -= one.bond
        if path.revoked:  # its bond comes back, its fee does not
            pays[path.revoked.seat] -= Fraction(self.protocol.fee)
        offer = self.protocol.offer
        if offer and (made := path.offered) and kept[made.id]:
            target = path.of(offer.to)
            if target and not kept[target.id]:
                pays[offer.by] -= made.pays
                pays[offer.to] += made.pays
        self.nodes += 1
        return Leaf(tuple(pays), actions, path.story)

    # --------------------------------------------------------------------------------------- nodes

    def decide(
        self,
        path: Path,
        seat: int,
        question: str,
        options: Sequence[Option],
        ruthless: str | None = None,
    ) -> Node:
        """A decision; the ruthless take the option so called (by default their first) instead."""
        if seat in path.ruthless:
            wanted = ruthless or options[0][0]
            return next(then for label, then in options if label == wanted)()
        self._count()
        label = "; ".join((*path.views[seat], f"{question}?"))
        branches = tuple((action, then()) for action, then in options)
        return Decision(seat, f"{self.game.players[seat]}: {label}", branches)

    def chance(
        self, label: str, branches: Iterable[tuple[str, Fraction, Callable[[], Node]]]
    ) -> Node:
        """Chance, where there is any."""
        possible = [branch for branch in branches if branch[1]]
        if len(possible) == 1:
            return possible[0][2]()
        self._count()
        return Chance(label, tuple((text, weight, then()) for text, weight, then in possible))

    def _count(self) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise TreeTooLarge(f"{self.game.name}: the tree has more than {MAX_NODES} nodes")

    def _name(self, seat: int, number: int = 1) -> str:
        """Alice's first commitment is Alice1, in decisions as well."""
        word = "".join(char if char.isalnum() else "_" for char in self.game.players[seat])
        return f"{word}{number}"

    def _commitment(
        self, seat: int, number: int, action: str, bond: Fraction, pays: Fraction = Fraction(0)
    ) -> Commitment:
        id = (2 * seat + number).to_bytes(ID_SIZE, "big")
        return Commitment(id, self._name(seat, number), seat, action, bond, pays)

    @staticmethod
    def _text(path: Path, decision: Expression) -> str:
        everything = [*path.commitments, *([path.offered] if path.offered else [])]
        return format(decision, {one.name: one.id for one in everything})
