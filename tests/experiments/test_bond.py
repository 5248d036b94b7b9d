"""Experiment b on few bonds, and the agent that plays strategies to the letter."""

from __future__ import annotations

from typing import Any

import pytest

from boomerang.experiments import find, table
from boomerang.experiments.config import configure
from boomerang.experiments.empirical import outcomes, survivors
from boomerang.experiments.execution import Alone
from boomerang.experiments.findings import Verdict
from boomerang.experiments.runner import Order, measure
from boomerang.experiments.scripted import EARLY, LATE, Scripted
from boomerang.games import catalogue
from boomerang.model import Phase
from boomerang.play import Match, Seat, open_table

EXPERIMENT = find("bond")


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Any:
    config = configure(EXPERIMENT, "small", {"bonds": [0, 79, 81, 99, 101], "both_swerve": [0]})
    out = tmp_path_factory.mktemp("bond")
    return table.read(measure(Order(EXPERIMENT, config, out=out), Alone()))[0], config


def test_all_claims_hold(little: Any) -> None:
    found = EXPERIMENT.findings(*little)
    assert {one.verdict for one in found} == {Verdict.HOLDS}
    assert len(found) == 5
    assert set(EXPERIMENT.plots(*little)) == set(EXPERIMENT.captions(little[1])) == {"bond"}


def test_claims_fail_where_silence_costs_nothing(little: Any) -> None:
    """As if the bond did not burn: then the first never gets its way if the second opens first."""
    rows, config = little
    wrong = rows.copy()
    silent = wrong["first"].str.contains("silent") & (wrong.burned > 0)
    wrong.loc[silent & (wrong.bob > -50), "alice"] += wrong.bond
    found = EXPERIMENT.findings(wrong, config)
    failed = [one.what for one in found if one.verdict is Verdict.FAILS]
    assert any("extensive form comes to the same" in what for what in failed)
    # A switch that is not clean is told as one anywhere between the bonds played.
    changed = [one for one in found if "switches" in one.what]
    assert changed[0].measured is not None
    assert changed[0].measured.interval == (0, 101)


@pytest.mark.parametrize(
    ("first", "second", "order", "actions", "burned"),
    [
        (("keep", "never"), ("yield", "never"), "second", ("Dare", "Swerve"), (0, 0)),
        (("keep", "never"), ("keep", "never"), "second", ("Dare", "Dare"), (0, 0)),
        (("keep", "if bound"), ("keep", "never"), "second", ("Swerve", "Dare"), (7, 0)),
        (("keep", "if bound"), ("keep", "never"), "first", ("Dare", "Dare"), (0, 0)),
        (("keep", "if bound"), ("threaten", "never"), "second", ("Dare", "Dare"), (0, 0)),
        (("keep", "if threatened"), ("threaten", "never"), "second", ("Swerve", "Swerve"), (7, 0)),
        (("keep", "if threatened"), ("keep", "never"), "second", ("Dare", "Dare"), (0, 0)),
        (("keep", "if either"), ("keep", "never"), "second", ("Swerve", "Dare"), (7, 0)),
        (("keep", "never"), ("keep", "if bound"), "first", ("Dare", "Swerve"), (0, 7)),
        (("revert", "never"), ("yield", "never"), "second", ("Swerve", "Dare"), (0, 0)),
        (("revert", "never"), ("threaten", "never"), "second", ("Swerve", "Swerve"), (0, 0)),
    ],
)
def test_strategies_are_played_to_the_letter(
    first: Any, second: Any, order: str, actions: tuple[str, str], burned: tuple[int, int]
) -> None:
    times = (EARLY, LATE) if order == "first" else (LATE, EARLY)
    seats = [
        Seat(Scripted(*first, bond=7, opens_after=times[0])),
        Seat(Scripted(*second, bond=7, opens_after=times[1]), start=1),
    ]
    with open_table("model") as played:
        outcome = Match(catalogue.chicken(), seats, played).play()
    assert outcome.actions == actions
    assert outcome.lost == burned
    silent = {one.seat for one in outcome.commitments if one.phase is Phase.UNREVEALED}
    assert silent == {seat for seat, lost in enumerate(burned) if lost}


def test_nobody_precedes_the_first() -> None:
    for sealed, actions in (("yield", ("Dare", "Swerve")), ("threaten", ("Swerve", "Dare"))):
        seats = [Seat(Scripted(sealed)), Seat(Scripted("yield"), start=1)]  # type: ignore[arg-type]
        with open_table("model") as played:
            assert Match(catalogue.chicken(), seats, played).play().actions == actions


def test_elimination() -> None:
    dilemma = {("C", "C"): (3, 3), ("C", "D"): (0, 5), ("D", "C"): (5, 0), ("D", "D"): (1, 1)}
    assert survivors(dilemma) == (("D",), ("D",))
    assert outcomes(dilemma) == {(1, 1)}
    pennies = {("H", "H"): (1, 0), ("H", "T"): (0, 1), ("T", "H"): (0, 1), ("T", "T"): (1, 0)}
    assert survivors(pennies) == (("H", "T"), ("H", "T"))
    twins = {("a", "x"): (1, 1), ("b", "x"): (1, 1)}
    assert survivors(twins) == (("a", "b"), ("x",))
    # Two rounds: y is worse only for who has ruled out c.
    late = {("a", "x"): (2, 1), ("a", "y"): (1, 0), ("c", "x"): (0, 0), ("c", "y"): (0, 1)}
    assert survivors(late) == (("a",), ("x",))
