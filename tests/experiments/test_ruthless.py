"""Experiment f on few games."""

from __future__ import annotations

from typing import Any

import pytest

from boomerang.experiments import find, table
from boomerang.experiments.config import configure
from boomerang.experiments.execution import Alone
from boomerang.experiments.findings import Verdict
from boomerang.experiments.runner import Order, measure

EXPERIMENT = find("ruthless")


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Any:
    own = {"replicates": 6, "games": 30, "shares": [0.0, 0.15, 0.6]}
    config = configure(EXPERIMENT, "small", own)
    out = tmp_path_factory.mktemp("ruthless")
    return table.read(measure(Order(EXPERIMENT, config, out=out), Alone()))[0], config


def test_no_claim_fails(little: Any) -> None:
    found = EXPERIMENT.findings(*little)
    assert {one.verdict for one in found} <= {Verdict.HOLDS, Verdict.NOT_TESTED}
    crossing = found[0].measured
    assert crossing is not None
    assert crossing.value == pytest.approx(3 / 11, abs=0.05)
    assert set(EXPERIMENT.plots(*little)) == set(EXPERIMENT.captions(little[1])) == {"ruthless"}


def test_who_is_ruthless_crashes_with_who_keeps(little: Any) -> None:
    rows = little[0]
    keeps = rows[rows.alice == "keep"]
    assert (keeps.crashes == keeps.ruthless).all()
    assert keeps.crashes.sum() > 0
    assert (rows[rows.alice == "revert"].crashes == 0).all()


def test_the_answer_is_the_one_that_paid_more(little: Any) -> None:
    told = [one.what for one in EXPERIMENT.findings(*little) if "crash rate" in one.what]
    answers = [what.split("(")[1].split(")")[0] for what in told]
    assert answers == ["keep", "keep", "revert"]


def test_claims_fail_where_nobody_is_ruthless(little: Any) -> None:
    rows, config = little
    wrong = rows.copy()
    wrong.loc[wrong.alice == "keep", ["payoff", "other", "crashes"]] = [10.0, -20.0, 0]
    wrong.loc[(wrong.alice == "keep") & (wrong.share == 0.6), "payoff"] -= 1e-9 * wrong.replicate
    wrong.loc[wrong.alice == "revert", "payoff"] -= 1e-3 * wrong.share
    failed = [one for one in EXPERIMENT.findings(wrong, config) if one.verdict is Verdict.FAILS]
    assert len(failed) >= 4
