"""The rule as first published lets conditions loop; the registry's rule refuses the same history.

"Give up everything between C1 and C2": y < c1 < c2; c1 offers to y, so it gives up all from y to
itself; c2 offers to c1, and gives up all from c1 to itself. So y may look forward at c1, c1 forward
at c2, and c2 back at y, which it never gave up. All three open, and wait for one another for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.chains import connect
from boomerang.errors import DependencyPending
from boomerang.model import Model, Obstacle, Phase
from boomerang.parameters import Parameters
from gas.bench import Bench, decision
from loops.played import Played

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains import Chain

PARAMETERS = Parameters()
Y, C1, C2 = 0, 1, 2
YEARS = 10 * 365 * 24 * 3600


class AsPublished(Model):
    """With the rule as first published."""

    def obstacle(self, x: bytes, y: bytes) -> Obstacle:
        offers = self.state.offers
        targets = [target for offering, target in offers if offering == x]
        if (y, x) in offers and not offers[y, x].declined:
            return Obstacle.NONE
        if not self._precedes(y, x) or any(y == c or self._precedes(c, y) for c in targets):
            return Obstacle.NOT_OFFERED
        return Obstacle.NONE


def play(kind: type[Model]) -> Played:
    """Until all are opened, at second 64."""
    played = Played(PARAMETERS, kind)
    for second in (1, 2, 3):
        played.publish(second)
    played.offer(5, C1, Y)
    played.offer(6, C2, C1)
    played.seal(10, Y, "revert if kept(c1)")
    played.seal(11, C1, "revert if kept(c2)")
    played.seal(12, C2, "revert if kept(c0)")
    for x in (Y, C1, C2):
        played.open(64, x)
    return played


def test_published_rule_loops() -> None:
    played = play(AsPublished)
    assert all(played.phase(64, x) is Phase.PENDING for x in (Y, C1, C2))
    for x, waits_for in ((Y, C1), (C1, C2), (C2, Y)):
        with pytest.raises(DependencyPending) as refused:
            played.resolve(YEARS, x)
        assert refused.value.dependency == played.ids[waits_for]
        assert played.phase(YEARS, x) is Phase.PENDING


def test_published_rule_does_not_loop_without_the_look_back() -> None:
    """The variant is no straw man: it lets everything else resolve."""
    played = Played(PARAMETERS, AsPublished)
    for second in (1, 2, 3):
        played.publish(second)
    played.offer(5, C1, Y)
    played.seal(10, Y, "revert if kept(c1)")
    played.seal(11, C1, "keep")
    played.seal(12, C2, "revert if kept(c0)")
    assert played.open(64, Y) is played.open(64, C2) is Phase.PENDING
    assert played.open(64, C1) is Phase.KEPT
    played.resolve(65, Y)
    played.resolve(65, C2)
    assert played.phase(65, Y) is Phase.REVERTED_BY_DECISION
    assert played.phase(65, C2) is Phase.KEPT


def test_model_refuses_the_look_back() -> None:
    """c2's floor fell to y with its offer: it may look at nothing from y on."""
    played = play(Model)
    assert played.phase(64, C2) is Phase.INVALID_DECISION
    played.resolve(65, C1)
    played.resolve(65, Y)
    assert played.phase(65, C1) is Phase.KEPT
    assert played.phase(65, Y) is Phase.REVERTED_BY_DECISION


@pytest.fixture
def chain() -> Iterator[Chain]:
    chain = connect("pyrevm")
    yield chain
    chain.close()


def test_registry_refuses_the_look_back(chain: Chain) -> None:
    bench = Bench(chain, PARAMETERS)
    y, c1, c2 = (bench.commitment(who) for who in ("alice", "bob", "carol"))
    for second, each in enumerate((y, c1, c2), 1):
        bench.publish(second, each)
    bench.offer(5, c1, y)
    bench.offer(6, c2, c1)
    programs = {
        y: decision("revert if kept(c1)", c1=c1),
        c1: decision("revert if kept(c2)", c2=c2),
        c2: decision("revert if kept(y)", y=y),
    }
    for second, (each, program) in enumerate(programs.items(), 10):
        bench.seal(second, each, program)
    for second, (each, program) in enumerate(programs.items(), 64):
        bench.open(second, each, program)
    assert [bench.phase(each) for each in (y, c1, c2)] == [
        Phase.PENDING,
        Phase.PENDING,
        Phase.INVALID_DECISION,
    ]
    bench.resolve(70, c1, programs[c1])
    bench.resolve(71, y, programs[y])
    assert bench.phase(c1) is Phase.KEPT
    assert bench.phase(y) is Phase.REVERTED_BY_DECISION
