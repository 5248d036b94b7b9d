"""An experiment that takes its time, and goes wrong when told to."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from matplotlib.figure import Figure
from pydantic import Field

from boomerang.experiments import statistics
from boomerang.experiments.base import Cell, Config, Experiment, Row
from boomerang.experiments.findings import Finding


class SlowConfig(Config):
    pause: float = Field(ge=0)
    cells: int = Field(ge=0)
    fails_at: int = -1
    rows: str = "good"


class Slow(Experiment[SlowConfig]):
    letter = "z"
    title = "Slow | and with a pipe"
    claim = "It takes its time."
    limits = "It does nothing else."
    config = SlowConfig

    def cells(self, config: SlowConfig) -> Sequence[Cell]:
        return [
            {"n": n, "pause": config.pause, "fails": n == config.fails_at, "rows": config.rows}
            for n in range(config.cells)
        ]

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        time.sleep(float(cell["pause"]))
        if cell["rows"] == "die":
            os._exit(3)
        if cell["fails"]:
            raise RuntimeError("as told")
        bad: dict[Any, list[Any]] = {
            "none": [],
            "nan": [{"x": float("nan")}],
            "list": [{"x": [1]}],
            "taken": [{"n": 1}],
            "reserved": [{"seed": 1}],
            "ragged": [{"x": 1}, {"y": 1}],
            "huge": [{"x": 2**63}],
            "mixed": [{"x": int(cell["n"]) if cell["n"] else "text"}],
        }
        return bad.get(cell["rows"], [{"x": Random(seed).random(), "note": None}])

    def findings(self, table: Any, config: SlowConfig) -> Sequence[Finding]:
        return [Finding(what="x", measured=statistics.mean(table.x), expected=2.0)]

    def plots(self, table: Any, config: SlowConfig) -> Mapping[str, Figure]:
        return {}


EXPERIMENT = Slow()
