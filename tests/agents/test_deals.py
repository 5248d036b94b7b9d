"""Deals: mutual cooperation, all or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.playing import phases, play, refusals
from boomerang.agents import deals
from boomerang.agents.conditional import Conditional
from boomerang.games import catalogue
from boomerang.model import Phase

if TYPE_CHECKING:
    from boomerang.client.state import Commitment
    from boomerang.games import Game
    from boomerang.play import View

PRISONERS = catalogue.prisoners_dilemma()
GOODS = catalogue.public_goods(3)
KEPT, REVERTED = Phase.KEPT, Phase.REVERTED_BY_DECISION


@pytest.mark.parametrize(
    ("game", "deal"),
    [
        (PRISONERS, ("Cooperate", "Cooperate")),
        (GOODS, ("Contribute",) * 3),
        (catalogue.chicken(), None),
        (catalogue.stag_hunt(), None),  # who leads is followed: nobody need make a deal
        (catalogue.battle_of_the_sexes(), None),
        (catalogue.public_goods(9), None),  # a group has eight members at most
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_which_games_have_one(game: Game, deal: tuple[str, ...] | None) -> None:
    assert deals.find(game) == deal


@pytest.mark.parametrize("start", [(0, 1), (0, 0), (5, 0)])
def test_prisoners_cooperate(start: tuple[float, float]) -> None:
    outcome = play("conditional", "conditional", game=PRISONERS, start=start)
    assert outcome.payoffs == (3, 3)
    assert phases(outcome) == [KEPT, KEPT]
    assert not any(refusals(outcome))


@pytest.mark.parametrize("latency", [0.5, 3.0])
@pytest.mark.parametrize("block_time", [1, 12])
def test_far_away_prisoners_cooperate(latency: float, block_time: int) -> None:
    outcome = play(
        "conditional", "conditional", game=PRISONERS, latency=latency, block_time=block_time
    )
    assert outcome.payoffs == (3, 3)


@pytest.mark.parametrize("players", [2, 5, 8])
def test_a_public_good_is_provided(players: int) -> None:
    game = catalogue.public_goods(players)
    outcome = play(*["conditional"] * players, game=game)
    assert outcome.actions == ("Contribute",) * players


@pytest.mark.parametrize("other", ["silent", "ruthless", "first-mover", "best-response"])
@pytest.mark.parametrize("first", [True, False])
def test_nobody_cooperates_alone(other: str, first: bool) -> None:
    agents = ("conditional", other) if first else (other, "conditional")
    assert play(*agents, game=PRISONERS).actions == ("Defect", "Defect")


def test_of_three_nobody_contributes_without_the_third() -> None:
    outcome = play("conditional", "conditional", "silent", game=GOODS)
    assert outcome.actions == ("Defect",) * 3


class Defector(Conditional):
    """Joins the group, and seals to revert."""

    def decide(self, mine: Commitment, view: View):  # type: ignore[no-untyped-def]
        from boomerang.decisions import Constant

        return Constant(False)


class Mute(Conditional):
    """Joins the group, seals what it should, and never opens."""

    def opens(self, mine: Commitment, view: View) -> bool:
        return False


@pytest.mark.parametrize("traitor", [Defector, Mute])
def test_a_member_cannot_be_exploited(traitor: type[Conditional]) -> None:
    """Who joins, and is not bound in the end, binds nobody: one gains nothing by it."""
    for agents in (("conditional", traitor()), (traitor(), "conditional")):
        outcome = play(*agents, game=PRISONERS)
        assert outcome.actions == ("Defect", "Defect")
        assert REVERTED in phases(outcome)


def test_what_is_there_already_is_answered_in_kind() -> None:
    """Meek was first, and joins no group: its commitment can be waited for."""
    assert play("meek", "conditional", game=PRISONERS).payoffs == (3, 3)
    assert play("conditional", "meek", game=PRISONERS).payoffs == (5, 0)
