"""What a draw recorded after the freeze would do, on the model: section 3 forbids it.

Where ties leave the order open, as section 6 has it, a late draw makes no loop (test_proof.py), but
an opening is then valid or not depending on when it comes. Where a tie counts as equal, so that
"at most" holds between the two, it makes a loop: one was judged while they were tied, the other
when they no longer were. The registry has both defences. (tests/findings has the attack.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.errors import ChainError, DependencyPending, TooLate, Undrawn
from boomerang.model import Env, Model, Obstacle, Phase
from boomerang.parameters import Parameters
from loops.played import Played

if TYPE_CHECKING:
    from collections.abc import Sequence

PARAMETERS = Parameters(draw_delay=70)
YEARS = 10 * 365 * 24 * 3600


class LateDraws(Model):
    """Draws may be recorded at any time."""

    def draw(self, env: Env, commitments: Sequence[bytes]) -> None:
        for commitment in commitments:
            record = self._known(commitment)
            draw = self.draws.draw(commitment, record.publish_block, env.block_number)
            self._set(commitment, draw=draw or 0)


class EqualTies(Model):
    """In the comparison of floors, a tie counts as equal: the time of the freeze decides."""

    def _precedes(self, x: bytes, y: bytes) -> bool | None:
        before = super()._precedes(x, y)
        return False if before is None else before  # for offers: "does not precede"

    def obstacle(self, x: bytes, y: bytes) -> Obstacle:
        obstacle = super().obstacle(x, y)
        if obstacle is not Obstacle.OFFER_FELL:
            return obstacle
        made, viewer = self.state.offers[y, x], self._standing(x)
        if self._precedes(viewer.floor, made.floor):
            return obstacle
        return Obstacle.NONE if viewer.depth < made.depth else Obstacle.TOO_SHALLOW


class LateDrawsAndEqualTies(LateDraws, EqualTies):
    """Both."""


def play(kind: type[Model]) -> Played:
    """0 and 1 in one block, whose draw comes at second 72, when it is late: they freeze at 61; 2 is
    published after them.
    """
    played = Played(PARAMETERS, kind)
    played.publish(1, draw=1)
    played.publish(1, draw=2)
    played.publish(2)
    return played


def outcomes(kind: type[Model]) -> set[Phase]:
    """What 1, which names 0, can come to, whoever opens it now, or draws first."""
    found = set()
    for draws_first in (False, True):
        played = play(kind)
        played.seal(10, 0, "keep")
        played.seal(10, 1, "keep if kept(c0)")
        played.open(64, 0)
        if draws_first:
            played.draw(80, 0)
            played.draw(80, 1)
        found.add(played.open(81, 1))
    return found


def test_late_draw_makes_outcomes_a_matter_of_timing() -> None:
    assert outcomes(LateDraws) == {Phase.INVALID_DECISION, Phase.KEPT}


def test_late_draw_is_refused() -> None:
    with pytest.raises(TooLate):
        outcomes(Model)


def deadlock(kind: type[Model]) -> None:
    """2 offers to both, when they are tied. 0 is opened before the draw, 2 after it."""
    played = play(kind)
    played.offer(5, 2, 1)
    played.offer(6, 2, 0)
    played.seal(10, 0, "keep if kept(c2)")
    played.seal(10, 2, "keep if kept(c0)")
    assert played.open(64, 0) is Phase.PENDING  # the floor of 2 is 1, which "is at most" 0
    played.draw(80, 0)
    played.draw(80, 1)
    assert played.open(81, 2) is Phase.PENDING  # 0 precedes 1, the floor of 2
    for x, waits_for in ((0, 2), (2, 0)):
        with pytest.raises(DependencyPending) as refused:
            played.resolve(YEARS, x)
        assert refused.value.dependency == played.ids[waits_for]


def test_late_draw_deadlocks_where_ties_count_as_equal() -> None:
    deadlock(LateDrawsAndEqualTies)


@pytest.mark.parametrize(
    ("kind", "refusal"), [(LateDraws, Undrawn), (EqualTies, TooLate), (Model, Undrawn)]
)
def test_either_defence_prevents_it(kind: type[Model], refusal: type[ChainError]) -> None:
    with pytest.raises(refusal):
        deadlock(kind)
