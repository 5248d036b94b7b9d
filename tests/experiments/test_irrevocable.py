"""The device to compare with: what it binds to, on every kind of chain; and who races on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest

from boomerang.content import Clauses, Content
from boomerang.errors import InvalidInput, decode_error
from boomerang.experiments.racers import Racer
from boomerang.games import Game, catalogue
from boomerang.model import Phase
from boomerang.play import Match, Move, Open, Outcome, Publish, Seat, View, Wait
from boomerang.play.hand import ImpossibleMove
from boomerang.play.irrevocable import (
    AlreadyCommitted,
    IrrevocableTable,
    open_irrevocable,
)

GAME = catalogue.chicken()


class Saying:
    """An agent that makes these moves, one in each turn, and keeps what it saw."""

    name = "saying"

    def __init__(self, *moves: Move) -> None:
        self.moves = moves
        self.seen: list[list[str | None]] = []

    def reset(self, seat: int, game: Game, rng: Random) -> None:
        self.left = list(self.moves)

    def act(self, view: View) -> Sequence[Move]:
        self.seen.append([view.states(one) for one in view.all()])
        return [self.left.pop(0)] if self.left else [Wait(1 << 31)]

    def learn(self, outcome: Outcome) -> None:
        self.outcome = outcome


def says(statement: str, otherwise: str | None = None, **more: Any) -> Publish:
    other = None if otherwise is None else Content(statement=otherwise.encode())
    return Publish(Content(statement=statement.encode(), **more), otherwise=other)


@pytest.fixture(scope="module", params=["pyrevm", "tester", "anvil"])
def table(request: pytest.FixtureRequest) -> Iterator[IrrevocableTable]:
    with open_irrevocable(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def quick() -> Iterator[IrrevocableTable]:
    with open_irrevocable() as opened:
        yield opened


def race(table: IrrevocableTable, *agents: Any, **how: Any) -> Outcome:
    starts = how.pop("starts", (0.0, 5.0))
    seats = [Seat(agent, start=start) for agent, start in zip(agents, starts, strict=True)]
    return Match(GAME, seats, table, **how).play()


@pytest.mark.anvil
def test_the_second_that_sees_the_first_swerves(table: IrrevocableTable) -> None:
    outcome = race(table, Racer(), Racer())
    assert outcome.actions == ("Dare", "Swerve")
    assert outcome.payoffs == (10, -20)
    assert [one.phase for one in outcome.commitments] == [Phase.KEPT, Phase.KEPT]
    assert all(0 < gas < 100_000 for gas in outcome.gas)


@pytest.mark.anvil
def test_two_that_cannot_see_each_other_crash(table: IrrevocableTable) -> None:
    assert race(table, Racer(), Racer(), starts=(0.2, 0.4)).actions == ("Dare", "Dare")


@pytest.mark.anvil
def test_the_chain_judges_who_is_second(table: IrrevocableTable) -> None:
    agents = [Racer(unless_second=True), Racer(unless_second=True)]
    outcome = race(table, *agents, starts=(0.2, 0.4))
    assert outcome.actions == ("Dare", "Swerve")
    assert len({one.published for one in outcome.commitments}) == 1


@pytest.mark.anvil
def test_nobody_commits_twice(table: IrrevocableTable) -> None:
    agent = Saying(says("Swerve"), says("Dare"))
    outcome = race(table, agent, Saying())
    assert outcome.actions == ("Swerve", "Swerve")
    (refused,) = outcome.refused[0]
    assert isinstance(refused.error, AlreadyCommitted)
    assert refused.error == decode_error(refused.error.encode())
    assert "has committed on the topic 0x00000000" in str(refused.error)


def test_a_match_leaves_nothing_behind(quick: IrrevocableTable) -> None:
    first = race(quick, Racer(), Racer())
    assert race(quick, Racer(), Racer()) == first


def test_others_are_seen_with_their_actions(quick: IrrevocableTable) -> None:
    late = Saying()
    race(quick, Saying(says("swerve, if I must")), late)
    assert late.seen[0] == ["Swerve"]


def test_a_racer_dares_against_one_that_swerves(quick: IrrevocableTable) -> None:
    assert race(quick, Saying(says("Swerve")), Racer(0)).actions == ("Swerve", "Dare")


def test_how_often_one_dares_that_sees_nobody(quick: IrrevocableTable) -> None:
    agents = [Racer(0.25, looks=False), Racer(0)]
    dared = [race(quick, *agents, seed=n).actions[0] == "Dare" for n in range(400)]
    assert 70 <= sum(dared) <= 135  # 100 expected, standard deviation 8.7


@pytest.mark.parametrize(
    ("move", "why"),
    [
        (Open(bytes(25)), "nothing to Open"),
        (says("Dare", clauses=Clauses()), "nothing but a statement"),
        (Publish(Content(statement=b"Dare"), bond=1), "nothing but a statement"),
    ],
)
def test_what_cannot_be_done(quick: IrrevocableTable, move: Move, why: str) -> None:
    with pytest.raises(ImpossibleMove, match=why):
        race(quick, Saying(move), Saying())


def test_an_unknown_chain() -> None:
    with pytest.raises(InvalidInput, match="no chain 'x'"), open_irrevocable("x"):
        pass
