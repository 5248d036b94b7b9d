"""What one can choose in a round, as a number: the action space of environments and learners."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from boomerang import decisions
from boomerang.content import Content
from boomerang.decisions import Constant, Kept, Not, all_of, any_of
from boomerang.model import Phase
from boomerang.play.moves import Offer, Open, Publish, Seal
from boomerang.rounds.rules import Openings, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from boomerang.client.state import Commitment
    from boomerang.decisions import Expression
    from boomerang.games import Game
    from boomerang.play.moves import OnChain
    from boomerang.play.view import View
    from boomerang.rounds.rules import Round, Rules

PASS: Final = 0
"""Do nothing: publish nothing, offer nothing, seal nothing, stay silent."""

_KEEP, _REVERT = decisions.encode(Constant(True)), decisions.encode(Constant(False))


class Choices:
    """The choices of a game, the same for every seat. With A labels (all actions of all seats):

    | number | choice |
    |---|---|
    | 0 | pass |
    | 1 … A | publish a commitment that states the label |
    | A+1, A+2 | seal "keep", "revert" |
    | A+3 … 2A+2 | seal "revert if any is kept" of what others state by the label |
    | 2A+3 … 3A+2 | seal "keep if all are kept" of what others state by the label |
    | 3A+3 | offer one's commitment to all earlier ones of others |
    | 3A+4 | open |

    The conditions name what the registry lets them name, and are no choice where that is nothing.
    """

    def __init__(self, game: Game) -> None:
        self.game = game
        self.labels: tuple[str, ...] = tuple(
            dict.fromkeys(action for own in game.actions for action in own)
        )
        count = len(self.labels)
        self.decisions = 2 + 2 * count
        self.first_decision = 1 + count
        self.offer = self.first_decision + self.decisions
        self.open = self.offer + 1
        self.size = self.open + 1
        self._places = {label: place for place, label in enumerate(self.labels)}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every choice in words, by its number."""
        return (
            "pass",
            *(f"publish {label}" for label in self.labels),
            *self.decision_names,
            "offer",
            "open",
        )

    @cached_property
    def decision_names(self) -> tuple[str, ...]:
        """The decisions that can be sealed, in words."""
        reverts = (f"revert if {label}" for label in self.labels)
        return ("keep", "revert", *reverts, *(f"keep if {label}" for label in self.labels))

    def number(self, name: str) -> int:
        """The number of a choice in words. Raises ValueError for one that there is not."""
        return self.names.index(name)

    def place(self, label: str | None) -> int | None:
        """Where a label stands among `labels`."""
        return None if label is None else self._places.get(label)

    # --------------------------------------------------------------------------- what is legal

    def mask(self, view: View, turn: Round | None, rules: Rules) -> NDArray[np.int8]:
        """Which choices a seat has in a round, of shape `(size,)`: 1 or 0. Passing is always one;
        the only one at the end (None).
        """
        mask = np.zeros(self.size, np.int8)
        mask[PASS] = 1
        if turn is None:
            return mask
        mine = own(view)
        if turn.stage is Stage.PUBLISH:
            if mine is None:
                for action in self.game.actions[view.seat]:
                    mask[1 + self._places[action]] = 1
        elif mine is None:
            pass
        elif turn.stage is Stage.OFFER:
            mask[self.offer] = bool(self._targets(view, mine))
        elif turn.stage is Stage.SEAL:
            if view.state.phase(mine.id, view.now) is Phase.TENTATIVE:
                start, count = self.first_decision, len(self.labels)
                mask[start : start + 2] = 1
                for label in self.atoms(view, mine):
                    mask[start + 2 + label] = mask[start + 2 + count + label] = 1
        elif self._open_now(view, mine, turn, rules):
            mask[self.open] = 1
        return mask

    def atoms(self, view: View, mine: Commitment) -> dict[int, list[bytes]]:
        """What a decision on `mine` may name of others, by the place of the label stated."""
        found: dict[int, list[bytes]] = {}
        for one in view.others():
            label = self.place(view.states(one))
            if label is not None and view.may(mine, one):
                found.setdefault(label, []).append(one.id)
        return found

    def _targets(self, view: View, mine: Commitment) -> list[bytes]:
        """The earlier commitments of others, to which it can be offered."""
        order = places(view)
        place = order.get(mine.id)
        if place is None:
            return []
        return [one.id for one in view.others() if order.get(one.id, place) < place]

    def _open_now(self, view: View, mine: Commitment, turn: Round, rules: Rules) -> bool:
        # Who reverts openly or has no seal has nothing to open.
        if view.state.model.record(mine.id).phase is not Phase.SEALED:
            return False
        if turn.turn is None:
            return True
        order = places(view)
        place = order.get(mine.id, len(order)) - 1
        if rules.openings is Openings.LATEST_FIRST:
            place = len(view.accounts) - 1 - place
        return place == turn.turn

    # --------------------------------------------------------------------------- what it means

    def moves(self, view: View, choice: int, rules: Rules) -> list[OnChain]:
        """The moves that carry out a choice that `mask` allows."""
        if choice == PASS:
            return []
        if choice < self.first_decision:
            statement = self.labels[choice - 1].encode()
            content = Content(topic=view.topic, statement=statement)
            return [Publish(content, rules.bond, rules.bond)]
        mine = own(view)
        if mine is None:
            return []
        if choice == self.open:
            return [Open(mine.id)]
        if choice == self.offer:
            return [Offer(mine.id, target) for target in self._targets(view, mine)]
        atoms = self.atoms(view, mine)
        return [Seal(mine.id, self.expression(choice - self.first_decision, atoms))]

    def expression(self, decision: int, atoms: Mapping[int, Sequence[bytes]]) -> Expression:
        """The decision of that number, over what may be named."""
        if decision < 2:
            return Constant(decision == 0)
        count = len(self.labels)
        named = [Kept(atom) for atom in atoms[(decision - 2) % count]]
        return Not(any_of(*named)) if decision < 2 + count else all_of(*named)

    def classify(self, view: View, program: bytes) -> int:
        """The number of an encoded decision; of one that is none of them, the nearest by what it
        says when all that it names is kept, and by the label that the first of those states. What
        is malformed reverts.
        """
        if program == _KEEP:
            return 0
        if program == _REVERT:
            return 1
        if not decisions.well_formed(program):
            return 1
        named = decisions.atoms(program)
        keeps = decisions.evaluate(decisions.decode(program), dict.fromkeys(named, True))
        for atom in named:
            one = view.state.commitments.get(atom)
            if one is not None and one.key.committer in view.accounts:
                label = self.place(view.states(one))
                if label is not None:
                    return 2 + label + (len(self.labels) if keeps else 0)
        return 0 if keeps else 1


def own(view: View) -> Commitment | None:
    """A seat's own commitment: the one that it chooses about."""
    return next(iter(view.mine()), None)


def places(view: View) -> dict[bytes, int]:
    """The place of each commitment in the order, from 1. Those tied without a draw have none. On
    another device than Boomerang the order is that of the blocks and of what they hold.
    """
    if view.device != "boomerang":
        return {one.id: place for place, one in enumerate(view.all(), 1)}
    records = {one.id: view.state.model.record(one.id) for one in view.all()}
    keys = {one: (record.freeze, record.draw) for one, record in records.items()}
    taken = list(keys.values())
    found = {}
    for one, key in keys.items():
        shared = sum(other[0] == key[0] for other in taken) > 1
        if not (shared and (key[1] == 0 or taken.count(key) > 1)):
            found[one] = 1 + sum(other < key for other in taken)
    return found


__all__ = ["PASS", "Choices", "own", "places"]
