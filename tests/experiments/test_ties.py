"""Experiment c on few games, and the agent that buys tickets."""

from __future__ import annotations

from typing import Any

import pytest

from boomerang.agents import Conditional
from boomerang.experiments import find, table
from boomerang.experiments.config import configure
from boomerang.experiments.errors import BadConfig
from boomerang.experiments.execution import Alone
from boomerang.experiments.findings import Verdict
from boomerang.experiments.runner import Order, measure
from boomerang.experiments.ticket_buyer import TicketBuyer
from boomerang.experiments.ties import ticket_payoff
from boomerang.games import catalogue
from boomerang.parameters import Parameters
from boomerang.play import Match, Seat, open_table

EXPERIMENT = find("ties")
LITTLE: dict[str, Any] = {
    "replicates": 1,
    "games": 60,
    "orders": ["bid", "shuffled"],
    "tickets": [1, 3],
    "fees": [0, 2],
}


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Any:
    config = configure(EXPERIMENT, "small", LITTLE)
    out = tmp_path_factory.mktemp("ties")
    return table.read(measure(Order(EXPERIMENT, config, out=out), Alone()))[0], config


def test_all_claims_hold_in_a_little_run(little: Any) -> None:
    found = EXPERIMENT.findings(*little)
    assert {one.verdict for one in found} == {Verdict.HOLDS}
    shares = {one.what: one.measured for one in found}
    sold = shares["share of the one who pays: order by inclusion, block by bid"]
    drawn = shares["share of the one who pays: the draw (Boomerang), block by bid"]
    assert sold is not None
    assert drawn is not None
    assert sold.value == 1
    assert drawn.band[1] < 1
    assert little[0].one_block.all()


def test_claims_fail_where_the_draw_is_sold(little: Any) -> None:
    rows, config = little
    wrong = rows.copy()
    wrong.loc[wrong.device == "boomerang", "won"] = True
    failed = [one for one in EXPERIMENT.findings(wrong, config) if one.verdict is Verdict.FAILS]
    assert len(failed) == 2 + 2  # both orders of the block, and both numbers of tickets


def test_tickets_are_paid_for_and_only_one_is_needed() -> None:
    game = catalogue.chicken()
    with open_table("pyrevm", Parameters(fee=3)) as opened:
        seats = [Seat(TicketBuyer(4)), Seat(Conditional())]
        outcomes = [Match(game, seats, opened, seed=seed).play() for seed in range(12)]
    assert {outcome.actions for outcome in outcomes} == {("Dare", "Swerve"), ("Swerve", "Dare")}
    for outcome in outcomes:
        assert outcome.lost == (12, 3)
        bought = [one for one in outcome.commitments if one.seat == 0]
        assert len(bought) == 4
        assert len({one.published for one in bought}) == 1
        if outcome.actions[0] == "Dare":
            assert outcome.payoffs == (10 - 12, -20 - 3)
        assert not any(outcome.refused)


def test_what_tickets_bring() -> None:
    assert ticket_payoff(1, 0) == -5
    assert ticket_payoff(2, 5) == pytest.approx(ticket_payoff(1, 5))
    assert ticket_payoff(2, 4.9) > ticket_payoff(1, 4.9)
    assert ticket_payoff(2, 5.1) < ticket_payoff(1, 5.1)


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"latency": 12.0}, "latency must be less than the block time"),
        ({"tickets": [0]}, r"tickets\.0: "),
        ({"fees": [-1]}, r"fees\.0: "),
        ({"orders": ["fair"]}, r"orders\.0: "),
    ],
)
def test_what_makes_no_tie(own: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadConfig, match=problem):
        configure(EXPERIMENT, "small", own)


def test_plots(little: Any) -> None:
    drawn = EXPERIMENT.plots(*little)
    assert set(drawn) == set(EXPERIMENT.captions(little[1])) == {"ties"}
    for axes in drawn["ties"].axes:
        assert axes.get_xlabel()
        assert axes.get_ylabel()
