"""What a seat sees, as a vector: the observation space of environments and learners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from boomerang.model import Phase
from boomerang.rounds.choices import own, places
from boomerang.rounds.rules import Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from boomerang.client.state import Commitment
    from boomerang.play.view import View
    from boomerang.rounds.choices import Choices
    from boomerang.rounds.rules import Round, Rules, Timetable

STAGES = len(Stage)


class Observer:
    """Turns views into vectors: float32, shape `(size,)`, all in [0, 1]. With n seats, A labels and
    D = 2 + 2A decisions (`Choices`):

    | entries | meaning |
    |---|---|
    | 5 | the round's stage, one-hot: publish, offer, seal, open, end |
    | 1 | time left until all is final, as a share of the whole match; 0 at the end |
    | 1 | bond / (bond + spread), the spread being the game's largest payoff less its smallest |
    | n | one's own seat, one-hot |
    | D | the decision one has sealed, one-hot; zeros before |
    | n rows | a row for each seat: one's own first, then the following ones, cyclically |

    and in a row (`row` entries), of the seat's oldest commitment that is not reverted (else of its
    last); zeros where it has none:

    | entries | meaning |
    |---|---|
    | A | the action that it states, one-hot |
    | 1 | its place in the order divided by how many there are; 0 while it is undrawn |
    | 1 | whether one's own decision may name it (when sealing; else 0) |
    | 1 | whether it was offered to one's own |
    | 1 | whether it was sealed: nobody sees what |
    | D | the decision that was opened, one-hot; zeros before |
    | 2 | kept; reverted for whatever reason: once that is final |
    """

    def __init__(self, choices: Choices, timetable: Timetable, rules: Rules) -> None:
        self.choices = choices
        self.timetable = timetable
        self.seats = len(choices.game.players)
        labels, decided = len(choices.labels), choices.decisions
        self.row = labels + 4 + decided + 2
        self.own_seat = STAGES + 2
        self.own_decision = self.own_seat + self.seats
        self.rows = self.own_decision + decided
        self.size = self.rows + self.seats * self.row
        self.stake = rules.bond / (rules.bond + _spread(choices)) if rules.bond else 0.0

    def fields(self) -> dict[str, slice]:
        """Which entries are what: the tables above as slices by name. Rows are `seat+0` (one's
        own), `seat+1`, …; their parts `seat+0 states` and so on.
        """
        named = {
            "stage": slice(0, STAGES),
            "time left": slice(STAGES, STAGES + 1),
            "bond": slice(STAGES + 1, STAGES + 2),
            "seat": slice(self.own_seat, self.own_decision),
            "decision": slice(self.own_decision, self.rows),
        }
        labels, decided = len(self.choices.labels), self.choices.decisions
        widths = {
            "states": labels,
            "place": 1,
            "may name": 1,
            "offered": 1,
            "sealed": 1,
            "opened": decided,
            "kept": 1,
            "reverted": 1,
        }
        for row in range(self.seats):
            start = self.rows + row * self.row
            named[f"seat+{row}"] = slice(start, start + self.row)
            for name, width in widths.items():
                named[f"seat+{row} {name}"] = slice(start, start + width)
                start += width
        return named

    def observe(self, view: View, turn: Round | None) -> NDArray[np.float32]:
        """What a seat sees in a round; at the end with None."""
        vector = np.zeros(self.size, np.float32)
        stage = Stage.END if turn is None else turn.stage
        vector[stage] = 1
        if turn is not None:
            vector[STAGES] = 1 - turn.second / self.timetable.over
        vector[STAGES + 1] = self.stake
        vector[self.own_seat + view.seat] = 1
        commitments = view.all()
        if not commitments:
            return vector
        mine = own(view)
        if mine is not None and mine.id in view.openings:
            decided = self.choices.classify(view, view.openings[mine.id].decision)
            vector[self.own_decision + decided] = 1
        by_seat: dict[int, list[Commitment]] = {}
        for one in commitments:
            by_seat.setdefault(view.seat_of(one), []).append(one)
        order = places(view)
        for seat, theirs in by_seat.items():
            shown = _shown(view, theirs)
            start = self.rows + (seat - view.seat) % self.seats * self.row
            vector[start : start + self.row] = self._row(view, shown, mine, stage, order)
        return vector

    def _row(
        self,
        view: View,
        one: Commitment,
        mine: Commitment | None,
        stage: Stage,
        order: dict[bytes, int],
    ) -> NDArray[np.float32]:
        choices, state = self.choices, view.state
        row = np.zeros(self.row, np.float32)
        labels = len(choices.labels)
        label = choices.place(view.states(one))
        if label is not None:
            row[label] = 1
        row[labels] = order.get(one.id, 0) / len(order) if order else 0
        phase = state.phase(one.id, view.now)
        if phase.final:
            row[-2 if phase.kept else -1] = 1
        if view.device != "boomerang":
            return row
        if mine is not None and one is not mine:
            if stage is Stage.SEAL and one.key.committer != view.me:
                row[labels + 1] = view.may(mine, one)
            row[labels + 2] = (one.id, mine.id) in state.model.state.offers
        record = state.model.record(one.id)
        row[labels + 3] = record.phase is Phase.SEALED or bool(record.decision)
        if record.decision:
            row[labels + 4 + choices.classify(view, record.decision)] = 1
        return row


def _shown(view: View, theirs: list[Commitment]) -> Commitment:
    """The oldest that is not reverted, else the last."""
    for one in theirs:
        phase = view.state.phase(one.id, view.now)
        if phase.kept or not phase.final:
            return one
    return theirs[-1]


def _spread(choices: Choices) -> float:
    game = choices.game
    payoffs = [float(pay) for profile in game.profiles() for pay in game.payoffs(profile)]
    return max(payoffs) - min(payoffs) or 1.0


__all__ = ["Observer"]
