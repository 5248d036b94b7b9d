"""Tasks: one replicate of one cell, with its seed and its name on disk."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from boomerang.experiments.errors import BadRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boomerang.experiments.base import Config, Experiment, Scalar

RESERVED = ("replicate", "seed")
"""Columns that the framework adds to those of the cell and of the rows."""

PlainRow = dict[str, "Scalar | None"]


@dataclass(frozen=True, slots=True)
class Task:
    """One replicate. `key` names its part file: it stands for everything that decides the rows."""

    experiment: str
    cell: dict[str, Scalar]
    replicate: int
    seed: int
    key: str


def plan(experiment: Experiment[Any], config: Config, seed: int, code: str) -> list[Task]:
    """All tasks of a configuration, in the order of the table. Raises BadRow for bad cells."""
    name = experiment.name
    cells = [plain(cell, f"{name}, cell {i}") for i, cell in enumerate(experiment.cells(config))]
    texts = [canonical(cell) for cell in cells]
    if not cells or len(set(texts)) != len(texts):
        raise BadRow(f"{name}: it has no cells" if not cells else f"{name}: two cells are the same")
    tasks = []
    for cell, text in zip(cells, texts, strict=True):
        if None in cell.values() or set(cell) & set(RESERVED):
            raise BadRow(f"{name}: the cell {text} may not hold null, nor {', '.join(RESERVED)}")
        for replicate in range(config.replicates):
            decided = canonical([name, code, seed, text, replicate])
            tasks.append(
                Task(
                    name,
                    cell,  # type: ignore[arg-type]
                    replicate,
                    derive(seed, name, text, replicate),
                    hashlib.sha256(decided.encode()).hexdigest(),
                )
            )
    return tasks


def derive(seed: int, name: str, cell: str, replicate: int) -> int:
    """The seed of a replicate, in [0, 2**63): independent of which other cells there are."""
    digest = hashlib.sha256(canonical([name, cell]).encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 32, 4)]
    sequence = np.random.SeedSequence([seed, *words], spawn_key=(replicate,))
    return int(sequence.generate_state(1, np.uint64)[0]) >> 1


def canonical(value: object) -> str:
    """JSON, the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def rows_of(experiment: Experiment[Any], task: Task) -> list[PlainRow]:
    """Run a task, and check what it gives. Raises BadRow."""
    where = f"{task.experiment}, {canonical(task.cell)}, replicate {task.replicate}"
    rows = [plain(row, where) for row in experiment.run(task.cell, task.seed)]
    if not rows:
        raise BadRow(f"{where}: no rows")
    for row in rows:
        if row.keys() != rows[0].keys():
            raise BadRow(f"{where}: rows with different columns")
        if taken := sorted(set(row) & {*task.cell, *RESERVED}):
            raise BadRow(f"{where}: the column {taken[0]} is taken")
    return rows


def plain(row: Mapping[Any, Any], where: str) -> PlainRow:
    """The row in Python's own types. Raises BadRow for anything that is no scalar."""
    if not row:
        raise BadRow(f"{where}: no columns")
    found: PlainRow = {}
    for name, value in row.items():
        if isinstance(value, np.generic):
            value = value.item()
        if not isinstance(name, str) or not isinstance(value, bool | int | float | str | None):
            raise BadRow(f"{where}: {name!r} holds {value!r}, which no column can")
        if isinstance(value, float) and not math.isfinite(value):
            raise BadRow(f"{where}: {name!r} is {value}; use None for what there is not")
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise BadRow(f"{where}: {name!r} is {value}, which is over 63 bits; use float or str")
        found[name] = value
    return found


def ordered(tasks: Sequence[Task], rows: dict[str, list[PlainRow]]) -> list[PlainRow]:
    """The table's rows, in the order of the tasks; `rows` by key."""
    return [
        {**task.cell, "replicate": task.replicate, "seed": task.seed, **row}
        for task in tasks
        for row in rows[task.key]
    ]
