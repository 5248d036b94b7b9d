"""Experiment d on few cut-offs, and the two who bargain by a script."""

from __future__ import annotations

from typing import Any

import pytest

from boomerang.experiments import find, table
from boomerang.experiments.bargainers import Asker, Proposer, Script
from boomerang.experiments.config import configure
from boomerang.experiments.execution import Alone
from boomerang.experiments.findings import Verdict
from boomerang.experiments.runner import Order, measure
from boomerang.games import catalogue
from boomerang.parameters import Parameters
from boomerang.play import Match, Outcome, Seat, open_table

EXPERIMENT = find("bargaining")


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Any:
    config = configure(EXPERIMENT, "small", {"cutoffs": [55, 49, 45], "breakdowns": [0.0, 0.5]})
    out = tmp_path_factory.mktemp("bargaining")
    return table.read(measure(Order(EXPERIMENT, config, out=out), Alone()))[0], config


def test_all_claims_hold(little: Any) -> None:
    found = EXPERIMENT.findings(*little)
    assert {one.verdict for one in found} == {Verdict.HOLDS}
    assert set(little[0].rounds) == {1, 2, 3}
    assert set(EXPERIMENT.plots(*little)) == set(EXPERIMENT.captions(little[1])) == {"bargaining"}


def test_claims_fail_where_alice_gets_half(little: Any) -> None:
    rows, config = little
    wrong = rows.copy()
    wrong.loc[wrong.part == "bargain", "alice"] = 20.0
    verdicts = [one.verdict for one in EXPERIMENT.findings(wrong, config) if "share" in one.what]
    # With p = 1/2 and two rounds half is what she gets.
    assert verdicts.count(Verdict.HOLDS) == 1
    assert verdicts.count(Verdict.FAILS) == len(verdicts) - 1


def bargain(script: Script, honesty: Any = "revokes", cutoff: int = 35) -> Outcome:
    seats = [Seat(Asker(script)), Seat(Proposer(script, honesty), start=1)]
    parameters = Parameters(offer_cutoff=cutoff, decline_delay=3)
    with open_table("model", parameters) as played:
        return Match(catalogue.bargaining(), seats, played).play()


@pytest.mark.parametrize("accepted", [1, 2, 3, 4, 5])
def test_a_bargain_can_be_struck_in_each_round_that_fits(accepted: int) -> None:
    outcome = bargain(Script(accepted, 7))
    assert outcome.payoffs == (17, -7)
    assert outcome.actions == ("Swerve", "Stop")
    assert not any(outcome.refused)
    said = [one.statement for one in outcome.commitments if one.statement[:4] in ("Stop", "ask ")]
    rounds = ["Stop", "ask 0", "Stop", "ask 0", "Stop"][:accepted]
    if accepted % 2 == 0:
        rounds[-1:] = ["ask 7", "Stop"]
    assert said == rounds


def test_the_registry_takes_no_more_offers_than_fit() -> None:
    outcome = bargain(Script(6, 7))
    assert outcome.payoffs == (10, -20)
    assert {type(one.error).__name__ for one in outcome.refused[1]} == {"TooLate"}


@pytest.mark.parametrize("broken", [1, 2, 3])
def test_after_a_breakdown_nothing_is_said(broken: int) -> None:
    outcome = bargain(Script(5, 7, broken))
    assert outcome.payoffs == (10, -20)
    said = [one for one in outcome.commitments if one.statement[:4] in ("Stop", "ask ")]
    assert len(said) == broken


def test_no_agreement() -> None:
    assert bargain(Script()).payoffs == (10, -20)


@pytest.mark.parametrize(
    ("honesty", "payoffs"),
    [("revokes", (17, -7)), ("bound", (17, -7)), ("cheats", (-13, 3)), ("reneges", (10, -20))],
)
def test_promises(honesty: str, payoffs: tuple[int, int]) -> None:
    assert bargain(Script(1, 7), honesty).payoffs == payoffs
