"""A game with Boomerang around it, as an extensive form.

    tree = boomerang_tree(catalogue.chicken(), Protocol(bonds=(100, 100), openings="last"))

What the tree has, in this order, and what is known at each step:

1. Chance draws the order of arrival, and, with probability `together`, that all publish in one
   block: then nobody sees the others' publications, and the draw of section 3 makes the order.
2. Each seat publishes an action, tentatively, or nothing; it sees what was published before.
3. With an `offer`, one seat may publish a later commitment that pays, and offers it to the other's
   and to its own first one (section 10, example 2); the other may decline.
4. All see all of this, and seal at once (information sets hide the seals): keep, revert, and every
   condition of `menu` on commitments that precede one's own or were offered to it.
5. Openings in a given order: each owner, having seen the earlier openings and silences, opens or
   stays silent. Silence burns the bond, and the commitment is reverted.
6. The offered commitment, whose freeze is later, is sealed and opened after all of that.

Left out: other ways of revoking and not sealing (a revert that is announced), exposures, the choice
of the bond (covers are alike), groups, and acts outside of the protocol. Payoffs are those of the
game, with payments, less burned bonds and fees. Utils, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

from boomerang.decisions import Constant, Expression, Kept, Not, all_of, any_of
from boomerang.games.efg.errors import BadProtocol

if TYPE_CHECKING:
    from boomerang.games.game import Game

Order: TypeAlias = tuple[int, ...]
Silence: TypeAlias = Literal["revert", "keep"]
Conditions: TypeAlias = Literal["all", "revert", "none"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What step 3 allows: the seat `by` may publish a commitment to `statement` that pays the seat
    `to` one of `amounts` (utils, at least 0) unless the first commitment of `to` is kept, with a
    bond of `bond`, and offers it to the first commitments of both. With `revokes` it revokes its
    own first commitment in that moment, for all to see.
    """

    by: int
    to: int
    statement: str
    amounts: tuple[Fraction | int, ...]
    bond: Fraction | int = 0
    revokes: bool = False


@dataclass(frozen=True)
class Protocol:
    """What is around the game. Seats count from 0.

    `order`: the seats in the order in which they arrive, or several such with probabilities.
    `together`: the probability that nobody has seen the others when it publishes.
    `bonds`: each seat's, utils. `fee`: burned by every publication.
    `openings`: `first` (in the order of commitments), `last` (the last opens first), or the seats.
    `silence`: what an unopened commitment comes to; the registry knows only `revert`, `keep` is for
    comparison: kept, whatever was sealed.
    `publishable`: for each seat the actions that it may publish; None: all of them.
    `may_abstain`: whether a seat may publish nothing. `may_be_silent`: whether a first commitment
    may stay unopened; without, bonds are taken to be beyond question.
    `conditions`: which decisions the menu has, see `menu`.
    `ruthless`: by seat, the probability that this seat publishes its most reckless action, keeps it
    whatever comes, and opens. Only it knows.
    """

    order: Order | Mapping[Order, Fraction]
    bonds: tuple[Fraction | int, ...]
    together: Fraction | int = 0
    fee: Fraction | int = 0
    openings: Order | Literal["first", "last"] = "first"
    silence: Silence = "revert"
    publishable: tuple[tuple[str, ...], ...] | None = None
    may_abstain: bool = True
    may_be_silent: bool = True
    conditions: Conditions = "all"
    ruthless: Mapping[int, Fraction] = field(default_factory=dict)
    offer: Offer | None = None

    @classmethod
    def simple(cls, game: Game, bond: Fraction | int = 0) -> Protocol:
        """Seats arrive in their order, all with one bond, and open in that order too."""
        return cls(tuple(range(len(game.players))), (bond,) * len(game.players))

    @property
    def orders(self) -> tuple[tuple[Order, Fraction], ...]:
        """The orders of arrival with their probabilities; those of 0 left out."""
        if isinstance(self.order, Mapping):
            return tuple((order, Fraction(p)) for order, p in self.order.items() if p)
        return ((self.order, Fraction(1)),)

    def opening_order(self, order: Sequence[int]) -> tuple[int, ...]:
        """Who opens one after the other, of those who published in this order."""
        if self.openings == "first":
            return tuple(order)
        if self.openings == "last":
            return tuple(reversed(order))
        return tuple(seat for seat in self.openings if seat in order)

    def published(self, game: Game, seat: int) -> tuple[str, ...]:
        """What a seat may publish."""
        return game.actions[seat] if self.publishable is None else self.publishable[seat]

    def check(self, game: Game) -> None:
        """BadProtocol where it does not fit this game, naming what does not."""
        seats = set(range(len(game.players)))
        for order, _ in self.orders:
            _check_order("order", order, seats)
        if sum(p for _, p in self.orders) != 1 or min(p for _, p in self.orders) < 0:
            raise BadProtocol("the probabilities of the orders must be at least 0 and of sum 1")
        if not isinstance(self.openings, str):
            _check_order("openings", self.openings, seats)
        elif self.openings not in ("first", "last"):
            raise BadProtocol(f"openings are first, last or seats, not {self.openings!r}")
        if self.silence not in ("revert", "keep"):
            raise BadProtocol(f"silence means revert or keep, not {self.silence!r}")
        if self.conditions not in ("all", "revert", "none"):
            raise BadProtocol(f"conditions are all, revert or none, not {self.conditions!r}")
        if len(self.bonds) != len(seats):
            raise BadProtocol(f"bonds must be {len(seats)}, one for each player")
        if min(*self.bonds, self.fee) < 0:
            raise BadProtocol("bonds and fee must be at least 0")
        _check_probability("together", self.together)
        for seat, chance in self.ruthless.items():
            _check_seat("ruthless", seat, seats)
            _check_probability(f"ruthless[{seat}]", chance)
        if self.publishable is not None:
            self._check_publishable(game, self.publishable)
        if self.offer is not None:
            self._check_offer(game, self.offer, seats)

    def _check_publishable(self, game: Game, listed: tuple[tuple[str, ...], ...]) -> None:
        if len(listed) != len(game.players):
            raise BadProtocol(f"publishable must list actions for {len(game.players)} players")
        for player, own, actions in zip(game.players, listed, game.actions, strict=True):
            for action in own:
                if action not in actions:
                    raise BadProtocol(f"{player} cannot do {action!r}, so cannot publish it")
            if not own and not self.may_abstain:
                raise BadProtocol(f"{player} has nothing to publish and may not abstain")

    @staticmethod
    def _check_offer(game: Game, offer: Offer, seats: set[int]) -> None:
        _check_seat("offer.by", offer.by, seats)
        _check_seat("offer.to", offer.to, seats)
        if offer.by == offer.to:
            raise BadProtocol("an offer needs somebody else")
        if game.action(offer.by, offer.statement) is None:
            raise BadProtocol(f"{offer.statement!r} states nothing that {offer.by} can do")
        if not offer.amounts or min(*offer.amounts, offer.bond) < 0:
            raise BadProtocol("an offer needs amounts, and they and its bond must be at least 0")


def _check_order(what: str, order: Sequence[int], seats: set[int]) -> None:
    if sorted(order) != sorted(seats):
        raise BadProtocol(f"{what} must name each of the seats {sorted(seats)} once, not {order}")


def _check_seat(what: str, seat: int, seats: set[int]) -> None:
    if seat not in seats:
        raise BadProtocol(f"{what}: there is no seat {seat}, only {sorted(seats)}")


def _check_probability(what: str, value: Fraction | int) -> None:
    if not 0 <= value <= 1:
        raise BadProtocol(f"{what} must be a probability, not {value}")


def menu(
    backward: Sequence[bytes], forward: Sequence[bytes] = (), conditions: Conditions = "all"
) -> tuple[Expression, ...]:
    """The decisions that may be sealed, by what may be conditioned on: `backward` precedes, in
    order; `forward` was offered.

    `keep` and `revert`; unless `conditions` is none, `revert if` each one, and any of several, is
    kept; with all of them `keep if` each one, and all of several, are kept too.
    """
    allowed = [Kept(one) for one in (*backward, *forward)] if conditions != "none" else []
    found: list[Expression] = [Constant(True), Constant(False)]
    found += [Not(one) for one in allowed]
    if len(allowed) > 1:
        found.append(Not(any_of(*allowed)))
    if conditions == "all":
        found += allowed
        if len(allowed) > 1:
            found.append(all_of(*allowed))
    return tuple(found)
