"""Bargains: claims are bought and sold for what they are worth."""

from __future__ import annotations

import pytest

from agents.playing import phases, play, refusals
from boomerang.games import catalogue
from boomerang.model import Phase

GAME = catalogue.bargaining()
KEPT, REVERTED = Phase.KEPT, Phase.REVERTED_BY_DECISION


@pytest.mark.parametrize("pays", [1, 5, 10, 19])
def test_the_second_buys_the_first_out(pays: int) -> None:
    outcome = play("bargaining", f"bargaining:pays={pays}", game=GAME)
    assert outcome.actions == ("Swerve", "Stop")
    assert outcome.payments == (pays, -pays)
    assert outcome.payoffs == (10 + pays, -pays)
    assert not outcome.conflicts


@pytest.mark.parametrize(("share", "pays"), [("0", 0), ("1/2", 10), ("1", 20), ("1/3", 7)])
def test_a_share_of_what_both_gain(share: str, pays: int) -> None:
    """20 together: -20 less for the loser, nothing less for the winner."""
    outcome = play("bargaining:price=0", f"bargaining:share={share}", game=GAME)
    assert outcome.payments == (pays, -pays)


def test_in_plain_chicken_the_winner_is_made_good_first() -> None:
    """Both swerve: 0 each, so 10 are what Alice loses, and 10 what both gain together."""
    assert play("bargaining", "bargaining").payoffs == (15, -15)


@pytest.mark.parametrize(("price", "sold"), [(10, True), (11, False)])
def test_below_its_price_nothing_is_sold(price: int, sold: bool) -> None:
    outcome = play(f"bargaining:price={price}", "bargaining", game=GAME)
    assert outcome.payoffs == ((20, -10) if sold else (10, -20))


def test_who_does_not_bargain_is_not_hurt() -> None:
    outcome = play("conditional", "bargaining", game=GAME)
    assert outcome.payoffs == (10, -20)
    assert outcome.payments == (0, 0)
    assert phases(outcome) == [KEPT, REVERTED, KEPT]


def test_a_wary_seller_believes_only_what_is_over() -> None:
    """The buyer seals that the bargain reverts its own claim, and would gain by sealing else."""
    assert play("bargaining:wary=true", "bargaining", game=GAME).payoffs == (10, -20)
    outcome = play("bargaining:wary=true", "bargaining:revokes=true", game=GAME)
    assert outcome.payoffs == (20, -10)
    assert phases(outcome) == [REVERTED, Phase.REVOKED, KEPT]


def test_it_is_too_late_to_bargain_with_slow_blocks() -> None:
    """Publication and offer take two blocks, and offers must come 20 s before the freeze."""
    outcome = play("bargaining", "bargaining", game=GAME, block_time=15, start=(0, 15))
    assert len(outcome.commitments) == 2
    assert not any(refusals(outcome))
    assert sorted(outcome.payoffs) == [-20, 10]


def test_impatience_helps_there() -> None:
    agents = ("bargaining", "bargaining:patience=1")
    assert play(*agents, game=GAME, block_time=3, start=(0, 3)).payoffs == (20, -10)


def test_of_three_nobody_is_bought() -> None:
    outcome = play(*["bargaining"] * 3, game=catalogue.chicken(3))
    assert outcome.payoffs == (20, -20, -20)
    assert not any(outcome.payments)
