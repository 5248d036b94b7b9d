"""What a folder of tables says: each experiment's findings, worked out again from its table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boomerang.errors import BoomerangError
from boomerang.experiments import find, names, table
from boomerang.experiments.code import code_hash
from boomerang.experiments.config import check
from boomerang.experiments.errors import NotMeasured
from boomerang.experiments.findings import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from boomerang.experiments.base import Config, Experiment


@dataclass(frozen=True, slots=True)
class Result:
    """One experiment's. Without a table (`missing` says why) nothing of it was tested."""

    experiment: Experiment[Any]
    missing: str | None = None
    table: pd.DataFrame | None = None
    config: Config | None = None
    provenance: dict[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many findings have each verdict."""
        found = Counter(one.verdict for one in self.findings)
        return {verdict: found[verdict] for verdict in Verdict}

    @property
    def other_code(self) -> bool:
        """Whether it was measured with other code than what tells of it."""
        return bool(self.provenance) and self.provenance.get("code") != code_hash(
            self.experiment.name
        )


def gather(folder: Path, more: Iterable[str] = ()) -> list[Result]:
    """Every experiment of this package, and those named, by letter; those without at the end."""
    found = [load(find(name), folder) for name in dict.fromkeys([*names(), *more])]
    return sorted(found, key=lambda one: (one.experiment.letter or "~", one.experiment.name))


def load(experiment: Experiment[Any], folder: Path) -> Result:
    """What the folder's table of one experiment says."""
    try:
        rows, provenance = table.read(folder / f"{experiment.name}.parquet")
    except NotMeasured as error:
        unread = error.why if error.path.exists() else "it was not run"
        return Result(experiment, experiment.unavailable() or unread)
    try:
        config = check(experiment, provenance.get("config") or {})
        findings = tuple(experiment.findings(rows, config))
    except (BoomerangError, KeyError, AttributeError, ValueError) as error:
        if provenance.get("code") == code_hash(experiment.name):
            raise
        why = f"its table is from another version, which this one cannot read: {error}"
        return Result(experiment, why, provenance=provenance)
    return Result(experiment, None, rows, config, provenance, findings)


def as_json(results: list[Result]) -> dict[str, Any]:
    """For machines."""
    return {
        "experiments": [
            {
                "name": one.experiment.name,
                "title": one.experiment.title,
                "claim": one.experiment.claim,
                "missing": one.missing,
                "provenance": one.provenance,
                "findings": [_finding(finding) for finding in one.findings],
            }
            for one in results
        ]
    }


def _finding(one: Finding) -> dict[str, Any]:
    measured = one.measured
    return {
        "what": one.what,
        "measured": None if measured is None else measured.value,
        "interval": None if measured is None else list(measured.interval),
        "judgingInterval": None if measured is None else list(measured.band),
        "samples": None if measured is None else measured.samples,
        "method": None if measured is None else measured.method,
        "expected": one.expected,
        "relation": one.relation,
        "closedForm": one.closed_form,
        "unit": one.unit,
        "limit": one.limit,
        "note": one.note,
        "verdict": one.verdict.value,
    }
