"""What can be wrong with an experiment that is asked for."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from boomerang.errors import BoomerangError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class UnknownExperiment(InvalidInput):
    """There is no experiment of that name."""

    def __init__(self, name: str, names: Sequence[str]) -> None:
        self.name = name
        close = difflib.get_close_matches(name, names, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        super().__init__(f"no experiment {name!r}{hint}; there are {', '.join(names)}")


class BadConfig(InvalidInput):
    """A configuration that cannot be used. `problems` names each key that is wrong, and why."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        self.where = where
        self.problems = tuple(problems)
        super().__init__(f"{where}: {'; '.join(self.problems)}")


class BadRow(BoomerangError):
    """An experiment gave something that is no row of its table: a fault of the experiment's."""

    exit_code = 70


class MissingExtra(InvalidInput):
    """A package of the extra `experiments` is not installed."""

    def __init__(self, package: str) -> None:
        self.package = package
        super().__init__(
            f"experiments need {package}, which is not installed: "
            "pip install 'boomerang[experiments]'"
        )


class SchedulerUnavailable(BoomerangError):
    """No Dask scheduler answers at the address that was named."""

    exit_code = 3

    def __init__(self, address: str, why: str) -> None:
        self.address = address
        self.why = why
        super().__init__(f"no Dask scheduler answers at {address}: {why}")


class OtherCode(BoomerangError):
    """A worker has another version of this package than the one that sent it the task."""

    exit_code = 3

    def __init__(self, ours: str, theirs: str) -> None:
        super().__init__(ours, theirs)  # both, so that it can be pickled
        self.ours = ours
        self.theirs = theirs

    def __str__(self) -> str:
        return (
            f"a worker has other code than this program ({self.theirs[:12]}, not "
            f"{self.ours[:12]}): install the same version of boomerang there"
        )


class TaskFailed(BoomerangError):
    """A replicate ended with an error; everything done before it is kept."""

    def __init__(self, experiment: str, cell: str, replicate: int, why: str) -> None:
        super().__init__(experiment, cell, replicate, why)  # all, so that it can be pickled
        self.experiment = experiment
        self.cell = cell
        self.replicate = replicate
        self.why = why

    def __str__(self) -> str:
        return f"{self.experiment}, {self.cell}, replicate {self.replicate}: {self.why}"


class NotMeasured(InvalidInput):
    """There is no table, or none that can be read, to make a report of."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"no results in {path}: {why}")


class CannotWrite(InvalidInput):
    """Results cannot be written where they were asked for."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"cannot write {path}: {why}")


class WorkerDied(BoomerangError):
    """A worker process ended without a word (killed, or out of memory)."""

    exit_code = 70


class Unavailable(BoomerangError):
    """An experiment that cannot be run here."""

    exit_code = 3

    def __init__(self, name: str, why: str) -> None:
        self.why = why
        super().__init__(f"{name} cannot be run here: {why}")
