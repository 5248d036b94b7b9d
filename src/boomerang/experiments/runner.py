"""Measure an experiment: plan its tasks, run those that are not done, write the table."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boomerang.errors import InvalidInput
from boomerang.experiments import provenance, table
from boomerang.experiments.code import code_hash
from boomerang.experiments.errors import Unavailable
from boomerang.experiments.execution import Alone, Processes
from boomerang.experiments.parts import Parts
from boomerang.experiments.tasks import ordered, plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.experiments.base import Config, Experiment
    from boomerang.experiments.execution import Crew
    from boomerang.experiments.tasks import PlainRow, Task

DEFAULT_OUT = Path("build/experiments")
DEFAULT_SEED = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure, and where to put it. `command` is for the provenance."""

    experiment: Experiment[Any]
    config: Config
    preset: str = "small"
    seed: int = DEFAULT_SEED
    out: Path = DEFAULT_OUT
    command: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**63:
            raise InvalidInput(f"a seed is in [0, 2**63), not {self.seed}")

    @property
    def path(self) -> Path:
        """Where its table goes."""
        return self.out / f"{self.experiment.name}.parquet"


def crew_for(workers: int | None, dask: str | None) -> Crew:
    """Whoever shall run tasks: a cluster, where one is named; else so many processes (None: one
    for each core; 0: this one).
    """
    if dask is not None:
        from boomerang.experiments.cluster import Cluster

        return Cluster(dask)
    if workers is None:
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if workers < 0:
        raise InvalidInput(f"there cannot be {workers} workers")
    return Processes(workers) if workers else Alone()


def measure(
    order: Order, crew: Crew, tell: Callable[[int, int], None] = lambda _done, _all: None
) -> Path:
    """Run what is missing of it, and write the table; returns where that is.

    `crew` must be entered. `tell` hears how many tasks are done, of how many. Whatever ends it
    early, tasks that were done stay done. Raises Unavailable, and what `Crew.run` raises.
    """
    experiment, config = order.experiment, order.config
    reason = experiment.unavailable()
    if reason is not None:
        raise Unavailable(experiment.name, reason)
    tasks = plan(experiment, config, order.seed, code_hash(experiment.name))
    parts = Parts(order.out / "parts" / experiment.name)
    rows = {task.key: found for task in tasks if (found := parts.read(task)) is not None}
    tell(len(rows), len(tasks))

    def take(task: Task, found: list[PlainRow]) -> None:
        parts.write(task, found)
        rows[task.key] = found
        tell(len(rows), len(tasks))

    missing = [task for task in tasks if task.key not in rows]
    if missing:
        (Alone() if experiment.exclusive else crew).run(missing, take)
    whole = ordered(tasks, rows)
    table.write(
        order.path,
        whole,
        provenance.describe(
            experiment,
            config,
            preset=order.preset,
            seed=order.seed,
            tasks=len(tasks),
            rows=len(whole),
            command=order.command,
        ),
    )
    return order.path
