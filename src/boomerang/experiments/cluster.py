"""Tasks on a Dask cluster. Its workers need the same version of this package, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from boomerang.errors import BoomerangError
from boomerang.experiments.code import code_hash
from boomerang.experiments.errors import MissingExtra, SchedulerUnavailable
from boomerang.experiments.execution import failed, perform

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.experiments.execution import Take
    from boomerang.experiments.tasks import Task

PATIENCE = 10.0
"""Seconds in which a scheduler must answer, and have a worker."""


class Cluster:
    """The workers of the scheduler at `address`, such as tcp://host:8786.

    Raises SchedulerUnavailable if none answers within `patience` seconds, if it has no worker by
    then, or if it goes away; MissingExtra without Dask; OtherCode from `run` where a worker has
    other code.
    """

    def __init__(self, address: str, patience: float = PATIENCE) -> None:
        self.address = address
        self.patience = patience
        self._client: Any = None

    def __enter__(self) -> Cluster:
        client = _distributed().Client
        try:
            self._client = client(self.address, timeout=self.patience, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise SchedulerUnavailable(self.address, str(error) or "no answer") from None
        try:
            self._client.wait_for_workers(1, timeout=self.patience)
        except (OSError, TimeoutError):
            self._close()
            why = f"it has no worker after {self.patience:g} seconds"
            raise SchedulerUnavailable(self.address, why) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def run(self, tasks: Sequence[Task], take: Take) -> None:
        """See `Crew`."""
        waiting = {
            self._client.submit(
                perform, task, code_hash(task.experiment), key=f"boomerang-{task.key}", pure=False
            ): task
            for task in tasks
        }
        try:
            with self._client.as_current():
                for future in _distributed().as_completed(list(waiting)):
                    self._hand_over(future, waiting[future], take)
                    del waiting[future]
        except BaseException:
            with suppress(Exception):
                self._last(waiting, take)
            raise

    def _hand_over(self, future: Any, task: Task, take: Take) -> None:
        try:
            rows = future.result()
        except (_distributed().CancelledError, asyncio.CancelledError, OSError) as error:
            why = f"it went away: {error}" if str(error) else "it went away"
            raise SchedulerUnavailable(self.address, why) from None
        except Exception as error:
            raise failed(task, error) from error
        take(task, rows)

    def _last(self, waiting: dict[Any, Task], take: Take) -> None:
        """Save what is finished; give up the rest."""
        for future, task in waiting.items():
            if future.status == "finished":
                with suppress(BoomerangError):
                    self._hand_over(future, task, take)
        self._client.cancel(list(waiting))

    def _close(self) -> None:
        if self._client is not None:
            self._client.close(timeout=self.patience)
            self._client = None


def _distributed() -> Any:
    """The library, which has no types. Raises MissingExtra."""
    try:
        return import_module("distributed")
    except ImportError:
        raise MissingExtra("distributed") from None
