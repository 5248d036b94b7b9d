"""Estimates with two confidence intervals each: one to show, one to judge by.

What is shown is the 95% interval. A claim is judged by the 99.9% interval of the same estimate: a
results page makes about a hundred comparisons, and of a hundred true claims five would lie outside
of their 95% interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

SHOWN = 0.95
JUDGED = 0.999

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured figure. `interval` holds the true one in 95 of 100 repetitions, `band` in 999 of
    1000; both are the point itself for what was computed exactly. `samples` is how many independent
    observations it rests on, `method` how the intervals were got.
    """

    value: float
    interval: Interval
    band: Interval
    samples: int
    method: str

    def scaled(self, factor: float, shift: float = 0.0) -> Estimate:
        """The estimate of `factor * x + shift`."""

        def move(interval: Interval) -> Interval:
            ends = sorted(factor * end + shift for end in interval)
            return ends[0], ends[1]

        return Estimate(
            factor * self.value + shift,
            move(self.interval),
            move(self.band),
            self.samples,
            self.method,
        )


def exact(value: float) -> Estimate:
    """A figure without chance in it: solved, counted completely, or the same in every run."""
    value = float(value)
    return Estimate(value, (value, value), (value, value), 1, "exact")


def rate(successes: int, trials: int) -> Estimate:
    """A rate in [0, 1] of independent trials: Wilson's interval."""
    if not 0 <= successes <= trials or not trials:
        raise InvalidInput(f"{successes} of {trials} trials is no rate")
    test = stats.binomtest(int(successes), int(trials))

    def interval(level: float) -> Interval:
        found = test.proportion_ci(level, method="wilson")
        # Wilson's ends are 0 and 1 exactly there, but for rounding.
        low = 0.0 if successes == 0 else float(found.low)
        return low, 1.0 if successes == trials else float(found.high)

    return Estimate(successes / trials, interval(SHOWN), interval(JUDGED), int(trials), "Wilson")


def mean(values: ArrayLike) -> Estimate:
    """The mean of independent observations: Student's t."""
    sample = _sample(values, 2)
    middle, error = float(sample.mean()), float(stats.sem(sample))

    def interval(level: float) -> Interval:
        reach = float(stats.t.ppf((1 + level) / 2, sample.size - 1)) * error
        return middle - reach, middle + reach

    return Estimate(middle, interval(SHOWN), interval(JUDGED), sample.size, "Student's t")


def bootstrap(
    values: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], float] | None = None,
    *,
    seed: int = 0,
    resamples: int = 4000,
) -> Estimate:
    """Any statistic (the mean, if none is given) of independent observations: the percentile
    bootstrap. Deterministic for a `seed`.
    """
    sample = _sample(values, 2)
    measure: Callable[[NDArray[np.float64]], float] = statistic or (lambda x: float(x.mean()))
    rng = np.random.default_rng(seed)
    draws = np.array(
        [measure(sample[rng.integers(0, sample.size, sample.size)]) for _ in range(resamples)]
    )

    def interval(level: float) -> Interval:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    return Estimate(
        float(measure(sample)), interval(SHOWN), interval(JUDGED), sample.size, "bootstrap"
    )


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r with Fisher's interval, and the two-sided p of a permutation test of r = 0."""

    estimate: Estimate
    p: float


def correlation(
    x: ArrayLike, y: ArrayLike, *, seed: int = 0, permutations: int = 9999
) -> Correlation:
    """Whether two columns go together. Neither may be constant: then there is no correlation to
    measure, and InvalidInput is raised.
    """
    one, two = _sample(x, 4), _sample(y, 4)
    if one.size != two.size:
        raise InvalidInput(f"{one.size} and {two.size} values cannot be paired")
    if np.ptp(one) == 0 or np.ptp(two) == 0:
        raise InvalidInput("a column that never changes has no correlation")
    found = stats.pearsonr(one, two)
    shown, judged = found.confidence_interval(SHOWN), found.confidence_interval(JUDGED)
    test = stats.permutation_test(
        (one,),
        lambda a: stats.pearsonr(a, two).statistic,
        permutation_type="pairings",
        n_resamples=permutations,
        vectorized=False,
        random_state=np.random.default_rng(seed),
    )
    estimate = Estimate(
        float(found.statistic),
        (float(shown.low), float(shown.high)),
        (float(judged.low), float(judged.high)),
        one.size,
        "Fisher's z",
    )
    return Correlation(estimate, float(test.pvalue))


def _sample(values: Any, least: int) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64).ravel()
    if sample.size < least:
        raise InvalidInput(f"{sample.size} observations are too few; at least {least} are needed")
    if not np.isfinite(sample).all():
        raise InvalidInput("an observation is not a finite number")
    return sample
