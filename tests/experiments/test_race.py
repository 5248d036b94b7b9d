"""Experiment a: its closed forms against simulation without any chain, and small runs on one."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from boomerang.experiments import find, race_theory, statistics, table
from boomerang.experiments.config import configure
from boomerang.experiments.errors import BadConfig
from boomerang.experiments.execution import Alone
from boomerang.experiments.findings import Verdict
from boomerang.experiments.runner import Order, measure
from boomerang.games import catalogue
from boomerang.games.efg.closed_forms import Stakes

EXPERIMENT = find("race")
LITTLE: dict[str, Any] = {
    "replicates": 1,
    "games": {"blind": 300, "irrevocable": 300, "if-second": 60, "boomerang": 40},
    "latencies": [0.0, 4.0],
    "block_times": [2],
    "players": [3],
}


# ----------------------------------------------------------------------------- closed forms


@pytest.mark.parametrize(
    ("latency", "block_time", "players"),
    [(0.0, 12, 2), (4.0, 12, 2), (1.5, 1, 2), (0.5, 2, 3), (0.5, 2, 8), (20.0, 12, 2), (28, 12, 4)],
)
def test_blindness_and_the_race_of_many(latency: float, block_time: int, players: int) -> None:
    """Beside starts that are drawn, and counted, without the formula."""
    rng, window, games = Random(7), 60.0, 20_000
    blind, welfare = 0, []
    for _ in range(games):
        starts = sorted(rng.random() * window for _ in range(players))
        seen_at = starts[0] + 2 * latency + rng.random() * block_time
        darers = sum(start < seen_at for start in starts)
        blind += darers > 1
        welfare.append(-100.0 * darers * (darers - 1) - 10 * darers * (players - darers))
    expected = race_theory.daring_race(latency, block_time, window, players)
    b = race_theory.blindness(latency, block_time, window, players)
    assert expected.crash == b
    low, high = statistics.rate(blind, games).band
    assert low <= b <= high
    low, high = statistics.mean(welfare).band
    assert low - 1e-9 <= expected.welfare <= high + 1e-9


def test_everybody_is_blind_where_nothing_can_be_seen_in_time() -> None:
    assert race_theory.blindness(31, 1, 60) == 1
    assert race_theory.daring_race(31, 1, 60, 4).welfare == pytest.approx(-1200)
    assert race_theory.blindness(0, 1e-4, 60) == pytest.approx(0, abs=1e-5)


def test_the_figures_of_the_issue() -> None:
    assert race_theory.blind_dare(-20) == pytest.approx(3 / 11)
    assert race_theory.blind_play(3 / 11, -20).crash == pytest.approx(0.074, abs=5e-4)
    assert race_theory.blind_dare(0) == pytest.approx(1 / 9)
    for b in (0.0, 0.05, 3 / 19):
        expected = race_theory.irrevocable(b, race_theory.dares_unseen(b, 0), 0)
        assert expected.crash == pytest.approx(b)
        assert expected.welfare == pytest.approx(-10 - 190 * b)
    assert race_theory.no_crash(2) == race_theory.Expected(0.0, -10.0)


@pytest.mark.parametrize("s", [0, -20])
def test_they_agree_with_those_of_the_exported_games(s: int) -> None:
    stakes = Stakes.of(catalogue.chicken(both_swerve=s))
    assert race_theory.blind_dare(s) == pytest.approx(float(stakes.blind_dare))
    p = race_theory.blind_dare(s)
    assert race_theory.blind_play(p, s).crash == pytest.approx(float(stakes.blind_crash))
    assert race_theory.blind_play(p, s).welfare == pytest.approx(float(stakes.blind_welfare))
    edge = float(stakes.race_blindness)
    assert edge == pytest.approx(3 / 19)
    assert race_theory.dares_unseen(edge - 1e-9, s) == 1
    assert race_theory.dares_unseen(edge + 1e-9, s) == pytest.approx(1)
    assert race_theory.dares_unseen(1.0, s) == pytest.approx(p)


@pytest.mark.parametrize("b", [0.05, 3 / 19 - 0.01, 3 / 19 + 0.01, 0.3, 0.9])
@pytest.mark.parametrize("s", [0, -20])
def test_nobody_does_better_otherwise(b: float, s: int) -> None:
    """Payoffs of an agent that has seen nothing, against one that plays the equilibrium."""
    p = race_theory.dares_unseen(b, s)
    blind = b / ((1 + b) / 2)  # it sees nothing if blind (b), or first and not blind ((1 - b)/2)

    def pays(dares: bool) -> float:
        if dares:
            return blind * (p * -100 + (1 - p) * 10) + (1 - blind) * 10
        return blind * (p * -20 + (1 - p) * s) + (1 - blind) * -20

    if p == 1:
        assert pays(True) > pays(False)
    else:
        assert 0 < p < 1
        assert pays(True) == pytest.approx(pays(False))


# ------------------------------------------------------------------------------- small runs


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("race")
    config = configure(EXPERIMENT, "small", LITTLE)
    path = measure(Order(EXPERIMENT, config, out=out), Alone())
    return table.read(path)[0], config


def test_all_claims_hold_in_a_little_run(little: Any) -> None:
    rows, config = little
    found = EXPERIMENT.findings(rows, config)
    assert {one.verdict for one in found} <= {Verdict.HOLDS, Verdict.NO_CLAIM, Verdict.NOT_TESTED}
    claims = {one.what: one for one in found if not one.limit}
    crash = claims["crash rate, Boomerang, all latencies and block times"]
    assert crash.measured is not None
    assert (crash.measured.value, crash.measured.samples) == (0, 80)
    assert not rows.refused.any()


def test_races_crash_exactly_when_somebody_is_blind_and_both_dare(little: Any) -> None:
    rows, _ = little
    races = rows[(rows.device == "irrevocable") & (rows.dares == 1.0)]
    assert races.crash.any()
    assert (races.crash == races.blind.astype(bool)).all()
    mixed = rows[(rows.device == "irrevocable") & (rows.dares < 1.0)]
    assert (mixed.blind.astype(bool) & ~mixed.crash).any()


def test_claims_fail_on_other_figures(little: Any) -> None:
    rows, config = little
    wrong = rows.copy()
    wrong.loc[wrong.device == "boomerang", "crash"] = True
    wrong.loc[wrong.device == "irrevocable", "blind"] = False
    failed = [
        one.what for one in EXPERIMENT.findings(wrong, config) if one.verdict is Verdict.FAILS
    ]
    assert "crash rate, Boomerang, all latencies and block times" in failed
    assert "blind pairs b, irrevocable race, latency 4 s, blocks of 2 s" in failed


def test_plots(little: Any, tmp_path: Path) -> None:
    from boomerang.experiments import figures

    drawn = EXPERIMENT.plots(*little)
    assert set(drawn) == set(EXPERIMENT.captions(little[1])) == {"crash-rate", "welfare", "players"}
    for name, figure in drawn.items():
        for axes in figure.axes:
            assert axes.get_xlabel(), name
        assert figure.axes[0].get_ylabel(), name
        assert figures.svg(figure) == figures.svg(EXPERIMENT.plots(*little)[name])


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        ({"games": {"telepathy": 5}}, "games"),
        ({"games": {"blind": 5}}, "no number of games for irrevocable, if-second, boomerang"),
        ({"games": {}}, "no number of games for blind"),
        ({"latencies": [6.5]}, r"latencies\.0: .*less than or equal to 6"),
        ({"latencies": [float("inf")]}, r"latencies\.0: "),
        ({"block_times": [0]}, r"block_times\.0: "),
        ({"players": [1]}, r"players\.0: "),
        ({"both_swerve": [10]}, r"both_swerve\.0: "),
        ({"crowd": {"latency": 1.0}}, r"crowd\.block_time: missing"),
    ],
)
def test_what_makes_no_race(own: dict[str, Any], problem: str) -> None:
    with pytest.raises(BadConfig, match=problem):
        configure(EXPERIMENT, "small", own)
