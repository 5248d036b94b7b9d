"""The latency experiment: what it says of tables in which latency matters, and of others in which
it does not; and the bounds that its claim names.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import yaml

from boomerang.experiments import latency
from boomerang.experiments.findings import Verdict
from boomerang.experiments.latency import EXPERIMENT, detectable
from boomerang.experiments.latency_matches import (
    ARMS,
    BARGAINS_TOO_SLOW,
    LOT,
    LOT_TOGETHER,
    RACE,
    TOO_SLOW,
    Arm,
    in_one,
    row,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PRESETS = yaml.safe_load(Path(latency.__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
CONFIG = EXPERIMENT.checked({**PRESETS["small"], "together": 60})


@pytest.fixture(autouse=True)
def _fewer_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    """The p of the permutation test stands in a note, and takes seconds."""
    monkeypatch.setattr(latency, "PERMUTATIONS", 99)


def table(first: Callable[[Arm, float, float, Random], int]) -> pd.DataFrame:
    """Of every arm 300 matches, in which `first` says who comes first, from both latencies."""
    rng = Random(4)
    rows: list[dict[str, Any]] = []
    for arm in ARMS:
        for _ in range(300):
            one, other = rng.sample([0.0, 1.0, 2.0, 5.0, 10.0], 2)
            seat = first(arm, one, other, rng)
            pays = (10.0, -20.0) if seat == 0 else (-20.0, 10.0)
            rows.append(
                {
                    "arm": arm.name,
                    "place": arm.place,
                    "latency_0": one,
                    "latency_1": other,
                    "start_0": 15 * seat,
                    "start_1": 15 - 15 * seat,
                    "first": seat,
                    "payoff_0": pays[0],
                    "payoff_1": pays[1],
                    "crash": False,
                    "as_in_one": True,
                }
            )
    return pd.DataFrame(rows)


def verdicts(of: pd.DataFrame, arm: Arm) -> set[Verdict]:
    """Of the correlations of an arm."""
    where = f"latency, {arm.name}, {arm.place}"
    return {
        finding.verdict
        for finding in EXPERIMENT.findings(of, CONFIG)
        if finding.what.startswith("payoff and latency") and where in finding.what
    }


def by_lot(arm: Arm, one: float, other: float, rng: Random) -> int:
    if arm.raced or arm.slow:
        return int(one > other)
    return rng.randint(0, 1)


def test_it_holds_where_latency_decides_nothing() -> None:
    found = EXPERIMENT.findings(table(by_lot), CONFIG)
    assert {finding.verdict for finding in found} == {Verdict.HOLDS}


def test_it_fails_where_the_slow_are_second() -> None:
    of = table(lambda _arm, one, other, _rng: int(one > other))
    assert Verdict.FAILS in verdicts(of, LOT)


def test_it_fails_where_the_slow_are_second_a_little_more_often() -> None:
    """Three times of four."""

    def mostly(_arm: Arm, one: float, other: float, rng: Random) -> int:
        slower = int(one > other)
        return slower if rng.random() < 0.75 else 1 - slower

    assert Verdict.FAILS in verdicts(table(mostly), LOT)


def test_a_payoff_that_latency_changes_is_seen_whatever_the_lots() -> None:
    """Who is slow by 5 s gets 3 utils less, as first and as second."""
    of = table(by_lot)
    for seat in range(2):
        of.loc[(of.arm == LOT.name) & (of[f"latency_{seat}"] > 5), f"payoff_{seat}"] -= 3
    (given,) = [
        one
        for one in EXPERIMENT.findings(of, CONFIG)
        if "given the lot" in one.what and f"latency, {LOT.name}, {LOT.place}" in one.what
    ]
    assert given.verdict is Verdict.FAILS
    assert given.measured is not None
    assert given.measured.value < -0.5


def test_too_few_matches_say_nothing() -> None:
    few = table(by_lot)
    few = few[few.groupby(["arm", "place"]).cumcount() < 12]
    correlations = verdicts(few, LOT) - {Verdict.HOLDS}  # given the lot it is exactly none
    assert correlations <= {Verdict.NOT_TESTED, Verdict.FAILS}
    assert correlations


def test_the_race_is_not_won_by_the_slow() -> None:
    of = table(lambda _arm, one, other, _rng: int(one < other))
    found = [one for one in EXPERIMENT.findings(of, CONFIG) if "race" in one.what]
    assert Verdict.FAILS in {one.verdict for one in found}


def test_a_crash_and_a_different_payoff_are_seen() -> None:
    of = table(by_lot)
    of.loc[(of.arm == RACE.name), "crash"] = True
    of.loc[(of.arm == LOT.name), "as_in_one"] = False
    failed = [one.what for one in EXPERIMENT.findings(of, CONFIG) if one.verdict is Verdict.FAILS]
    assert "race: crashes" in failed
    assert sum("matches that pay exactly" in what for what in failed) == 2


def test_what_can_be_detected() -> None:
    """By Fisher's z: 783 pairs for r = 0.1 at 5% and 80% (Cohen 1988, table 3.4.1)."""
    assert detectable(783) == pytest.approx(0.1, abs=0.001)
    assert detectable(29) == pytest.approx(0.5, abs=0.01)
    assert detectable(3) == 1


@pytest.mark.parametrize("preset", ["small", "full"])
def test_presets_make_sense(preset: str) -> None:
    config = EXPERIMENT.checked(PRESETS[preset])
    cells = EXPERIMENT.cells(config)
    assert len({(cell["arm"], cell["place"]) for cell in cells}) == len(cells) == len(ARMS)
    # Whoever is to be second must not arrive first.
    assert config.gap[0] > max(config.latencies)
    assert config.bargaining_gap[0] > max(config.bargaining)
    assert max(config.latencies) <= 12


def played(arm: Arm, one: float, other: float, later: int) -> dict[str, Any]:
    """Seat 0 first."""
    drawn = [((0, 1), (0, later))]
    (outcome,) = in_one(arm, [one, other], drawn, 1)
    return dict(row(arm, [one, other], (0, 1), (0, later), outcome))


@pytest.mark.parametrize(("one", "other"), [(12, 0), (0, 12), (12, 12)])
def test_twelve_seconds_are_not_too_slow(one: float, other: float) -> None:
    assert played(LOT_TOGETHER, one, other, 15)["as_in_one"]


def test_twenty_are() -> None:
    """Its opening comes too late: it is not bound, and who is second drives on."""
    found = played(TOO_SLOW, 20, 0, 25)
    assert not found["as_in_one"]
    assert (found["payoff_0"], found["payoff_1"]) == (-20, 10)


@pytest.mark.parametrize("later", [8, 15, 18])
@pytest.mark.parametrize(("one", "other"), [(4, 0), (0, 4), (4, 4)])
def test_four_seconds_are_not_too_slow_to_bargain(one: float, other: float, later: int) -> None:
    found = played(BARGAINS_TOO_SLOW, one, other, later)
    assert found["as_in_one"]
    assert (found["payoff_0"], found["payoff_1"]) == (20, -10)


def test_fourteen_are() -> None:
    """There is no bargain then, and both are worse off."""
    found = played(BARGAINS_TOO_SLOW, 0, 14, 15)
    assert (found["payoff_0"], found["payoff_1"]) == (10, -20)


def test_within_one_process() -> None:
    """Every arm that needs no node: what a replicate gives, and that the seed alone decides it."""
    for cell in EXPERIMENT.cells(CONFIG):
        if cell["place"] == LOT_TOGETHER.place:
            rows = EXPERIMENT.run(cell, 7)
            assert len(rows) == 60
            assert rows == EXPERIMENT.run(cell, 7)
            assert all(one["as_in_one"] for one in rows) == (cell["arm"] == LOT.name)


def test_the_plot() -> None:
    of = table(by_lot)
    plots = EXPERIMENT.plots(of, CONFIG)
    assert set(plots) == set(EXPERIMENT.captions(CONFIG)) == {"payoff"}
    assert [axes.get_title() for axes in plots["payoff"].axes] == [
        *("order by lot", "bargains, order by lot", "race")
    ]
