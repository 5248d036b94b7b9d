"""Who runs the tasks: this process, or processes beside it. (`cluster` has those far away.)

A crew hands over what each task gave, in whatever order they end. When it is stopped early (by an
error, by Ctrl-C), tasks that have not begun are given up; those that have begun are waited for, and
handed over too. Ctrl-C once more gives them up as well.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import wait as wait_for
from typing import TYPE_CHECKING, Protocol

from boomerang.errors import BoomerangError
from boomerang.experiments import find
from boomerang.experiments.code import code_hash
from boomerang.experiments.errors import OtherCode, TaskFailed, WorkerDied
from boomerang.experiments.tasks import PlainRow, Task, canonical, rows_of

if TYPE_CHECKING:
    from types import TracebackType

Take = Callable[[Task, list[PlainRow]], None]


class Crew(Protocol):
    """Whoever runs tasks: a context, in which `run` may be called again and again."""

    def __enter__(self) -> Crew: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def run(self, tasks: Sequence[Task], take: Take) -> None:
        """Call `take` with what each task gave. Raises TaskFailed, WorkerDied, and whatever else
        the crew's own class says.
        """
        ...


def perform(task: Task, code: str) -> list[PlainRow]:
    """Run one task, in whatever process this is. Raises OtherCode, TaskFailed."""
    ours = code_hash(task.experiment)
    if ours != code:
        raise OtherCode(code, ours)
    try:
        return rows_of(find(task.experiment), task)
    except Exception as error:  # its own class may not survive the way back
        raise failed(task, error) from error


def failed(task: Task, error: Exception) -> BoomerangError:
    """What to tell of a task that ended with an error."""
    if isinstance(error, OtherCode | TaskFailed):
        return error
    if isinstance(error, BrokenProcessPool):
        return WorkerDied("a worker process was killed; what was done before is kept")
    why = str(error) if isinstance(error, BoomerangError) else f"{type(error).__name__}: {error}"
    return TaskFailed(task.experiment, canonical(task.cell), task.replicate, why)


class Alone:
    """This process, one task after the other."""

    def __enter__(self) -> Alone:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def run(self, tasks: Sequence[Task], take: Take) -> None:
        """See `Crew`."""
        for task in tasks:
            take(task, perform(task, code_hash(task.experiment)))


class Processes:
    """So many processes on this machine, started afresh: they inherit nothing. They end when this
    one does, however it ends.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None
        self._others: set[int | None] = set()

    def __enter__(self) -> Processes:
        self._others = {child.pid for child in multiprocessing.active_children()}
        self._pool = ProcessPoolExecutor(
            self.workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin_worker,
        )
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def run(self, tasks: Sequence[Task], take: Take) -> None:
        """See `Crew`."""
        if self._pool is None:
            raise RuntimeError("a crew is a context: enter it first")
        waiting: dict[Future[list[PlainRow]], Task] = {}
        try:
            for task in tasks:
                waiting[self._pool.submit(perform, task, code_hash(task.experiment))] = task
            for future in as_completed(list(waiting)):
                _hand_over(future, waiting, take)
        except BaseException:
            self._last(waiting, take)
            raise

    def _last(self, waiting: dict[Future[list[PlainRow]], Task], take: Take) -> None:
        """Save what was under way when the run was stopped."""
        for future in [future for future in waiting if future.cancel()]:
            del waiting[future]
        try:
            for future in wait(waiting).done:
                with suppress(BoomerangError):  # the first error is the one to tell
                    _hand_over(future, waiting, take)
        except KeyboardInterrupt:
            for child in multiprocessing.active_children():
                if child.pid not in self._others:
                    child.terminate()
            raise


def _hand_over(
    future: Future[list[PlainRow]], waiting: dict[Future[list[PlainRow]], Task], take: Take
) -> None:
    task = waiting[future]
    try:
        rows = future.result()
    except Exception as error:
        del waiting[future]
        raise failed(task, error) from error
    take(task, rows)
    del waiting[future]


def _begin_worker() -> None:
    """Ctrl-C is for the first process, which then says what becomes of this one; and if that one
    is no more, nobody waits for an answer.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for([sentinel])
    os._exit(1)
