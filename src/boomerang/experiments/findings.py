"""What an experiment found: a measured figure, what was expected, and whether they agree."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.experiments.statistics import Estimate

Relation = Literal["=", "<", ">", "<=", ">="]

# Two floats that were computed in different orders.
ROUNDING = 1e-9


class Verdict(enum.Enum):
    """Whether the measurement bears the expectation out."""

    HOLDS = "holds"
    FAILS = "does not hold"
    NOT_TESTED = "not tested"
    NO_CLAIM = "no claim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of an experiment's results.

    what        what was measured, at which parameters: a phrase
    measured    the figure with its intervals; None if it could not be measured (`note` says why)
    expected    the closed form's value, or the bound that was claimed; None where nothing was
    relation    how the true figure should stand to `expected`
    unit        utils, seconds, D, ...; empty for rates and shares
    closed_form the formula or the reason behind `expected`: a phrase
    resolution  the widest half of the judging interval at which an agreement says anything; a wider
                one makes it "not tested". None: any
    limit       it is about where the protocol does not help, and is shown under that heading
    note        whatever else a reader must know
    """

    what: str
    measured: Estimate | None
    expected: float | None = None
    relation: Relation = "="
    unit: str = ""
    closed_form: str = ""
    resolution: float | None = None
    limit: bool = False
    note: str = ""
    verdict: Verdict = field(init=False)

    def __post_init__(self) -> None:
        if self.measured is None and not self.note:
            raise InvalidInput(f"{self.what}: what was not measured needs a note that says why")
        object.__setattr__(self, "verdict", self._judge())

    def _judge(self) -> Verdict:
        """By the wide interval (see `boomerang.experiments.statistics`).

        "=" holds while the expected value lies inside; "<" and ">" hold when all of it lies on that
        side, fail when all lies on the other, and are untested between; "<=" and ">=" fail when all
        lies beyond the bound.
        """
        if self.measured is None:
            return Verdict.NOT_TESTED
        if self.expected is None:
            return Verdict.NO_CLAIM
        low, high = self.measured.band
        slack = ROUNDING * max(1.0, abs(self.expected))
        below, above = high < self.expected - slack, low > self.expected + slack
        if self.relation in ("<", ">"):
            if not (below or above):
                return Verdict.NOT_TESTED
            return Verdict.HOLDS if below == (self.relation == "<") else Verdict.FAILS
        wrong = {"=": below or above, "<=": above, ">=": below}[self.relation]
        if wrong:
            return Verdict.FAILS
        if self.resolution is not None and (high - low) / 2 > self.resolution + slack:
            return Verdict.NOT_TESTED
        return Verdict.HOLDS
