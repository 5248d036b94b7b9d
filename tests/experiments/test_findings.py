"""Estimates, and what they say about a claim."""

from __future__ import annotations

import numpy as np
import pytest

from boomerang.errors import InvalidInput
from boomerang.experiments import statistics
from boomerang.experiments.findings import Finding, Relation, Verdict
from boomerang.experiments.statistics import Estimate


def test_wilson() -> None:
    # Newcombe (1998), table I: 81 of 263, and 0 of 20.
    found = statistics.rate(81, 263)
    assert found.value == pytest.approx(81 / 263)
    assert found.interval == pytest.approx((0.2553, 0.3662), abs=5e-5)
    none = statistics.rate(0, 20)
    assert none.interval == (0.0, pytest.approx(0.1611, abs=5e-5))
    assert statistics.rate(20, 20).interval[1] == 1.0
    assert none.band[1] > none.interval[1]


def test_student() -> None:
    found = statistics.mean([1, 2, 3, 4, 5])
    reach = 2.7764451 * (2.5 / 5) ** 0.5  # t of 4 degrees of freedom
    assert found.value == 3
    assert found.interval == pytest.approx((3 - reach, 3 + reach))
    assert statistics.mean([7, 7, 7]).band == (7, 7)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    held = {"rate": 0, "mean": 0, "bootstrap": 0}
    runs = 400
    for _ in range(runs):
        low, high = statistics.rate(int(rng.binomial(200, 0.3)), 200).interval
        held["rate"] += low <= 0.3 <= high
        sample = rng.exponential(size=100)
        low, high = statistics.mean(sample).interval
        held["mean"] += low <= 1 <= high
        low, high = statistics.bootstrap(sample, resamples=200).interval
        held["bootstrap"] += low <= 1 <= high
    for name, times in held.items():
        assert 0.90 <= times / runs <= 0.98, name


def test_correlation() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=60)
    apart = statistics.correlation(x, rng.normal(size=60), permutations=499)
    assert apart.p > 0.05
    assert apart.estimate.interval[0] < 0 < apart.estimate.interval[1]
    together = statistics.correlation(x, x + rng.normal(size=60), permutations=499)
    assert together.p == pytest.approx(2 / 500)
    assert together.estimate.band[0] > 0
    again = statistics.correlation(x, x + rng.normal(size=60), seed=3, permutations=99)
    assert again.p < 0.05


def test_scaled() -> None:
    found = statistics.rate(3, 10).scaled(-2, 1)
    assert found.value == pytest.approx(0.4)
    assert found.interval[0] < found.value < found.interval[1]


@pytest.mark.parametrize(
    "bad",
    [
        lambda: statistics.rate(3, 2),
        lambda: statistics.rate(0, 0),
        lambda: statistics.mean([1]),
        lambda: statistics.mean([1, float("nan")]),
        lambda: statistics.correlation([1, 1, 1, 1], [1, 2, 3, 4]),
        lambda: statistics.correlation([1, 2, 3, 4], [1, 2, 3, 4, 5]),
    ],
)
def test_samples_that_say_nothing(bad: object) -> None:
    with pytest.raises(InvalidInput):
        bad()  # type: ignore[operator]


def estimate(low: float, high: float) -> Estimate:
    return Estimate((low + high) / 2, (low, high), (low, high), 9, "test")


@pytest.mark.parametrize(
    ("relation", "low", "high", "verdict"),
    [
        ("=", 0.5, 1.5, Verdict.HOLDS),
        ("=", 1.1, 1.5, Verdict.FAILS),
        ("=", 0.5, 0.9, Verdict.FAILS),
        ("=", 1.0 + 1e-12, 1.5, Verdict.HOLDS),
        ("<", 0.5, 0.9, Verdict.HOLDS),
        ("<", 0.5, 1.5, Verdict.NOT_TESTED),
        ("<", 1.1, 1.5, Verdict.FAILS),
        (">", 1.1, 1.5, Verdict.HOLDS),
        (">", 0.5, 1.5, Verdict.NOT_TESTED),
        (">", 0.5, 0.9, Verdict.FAILS),
        ("<=", 0.5, 1.5, Verdict.HOLDS),
        ("<=", 1.1, 1.5, Verdict.FAILS),
        (">=", 0.5, 1.5, Verdict.HOLDS),
        (">=", 0.5, 0.9, Verdict.FAILS),
    ],
)
def test_verdicts(relation: Relation, low: float, high: float, verdict: Verdict) -> None:
    found = Finding(what="x", measured=estimate(low, high), expected=1.0, relation=relation)
    assert found.verdict is verdict


def test_an_interval_too_wide_says_nothing() -> None:
    wide = Finding(what="x", measured=estimate(0, 2), expected=1.0, resolution=0.5)
    assert wide.verdict is Verdict.NOT_TESTED
    narrow = Finding(what="x", measured=estimate(0.5, 1.5), expected=1.0, resolution=0.5)
    assert narrow.verdict is Verdict.HOLDS
    wrong = Finding(what="x", measured=estimate(2, 9), expected=1.0, resolution=0.5)
    assert wrong.verdict is Verdict.FAILS


def test_it_is_the_wide_interval_that_judges() -> None:
    far = statistics.rate(62, 100)
    assert far.interval[0] > 0.5
    assert Finding(what="x", measured=far, expected=0.5).verdict is Verdict.HOLDS


def test_what_was_not_measured_says_why() -> None:
    assert Finding(what="x", measured=None, note="no node").verdict is Verdict.NOT_TESTED
    with pytest.raises(InvalidInput, match="needs a note"):
        Finding(what="x", measured=None)
    assert Finding(what="x", measured=statistics.exact(1)).verdict is Verdict.NO_CLAIM
