"""What an experiment is: its claim, its cells, one replicate of a cell, and what follows from all.

`docs/experiments.md` shows how to write one. An experiment is a module in this package that defines
`EXPERIMENT`, with a YAML file of the same name beside it that holds its presets.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from boomerang.experiments.findings import Finding

Scalar = bool | int | float | str
Cell = Mapping[str, Scalar]
"""A point in the space of parameters. Its entries are columns of the table."""

Row = Mapping[str, Scalar | None]
"""One observation. None where a column does not apply; floats must be finite."""


class Section(BaseModel):
    """A part of a configuration. Unknown keys are refused, by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Config(Section):
    """What every configuration has."""

    replicates: int = Field(ge=1, le=100_000)
    """How often each cell is run, every time with a seed of its own. One replicate is one task for
    a worker, and the unit of what is resumed: let it take about a second.
    """


C = TypeVar("C", bound=Config)


class Experiment(ABC, Generic[C]):
    """A claim and how it is put to the test.

    Instances hold no state: workers find them by name in their own process.
    """

    letter: ClassVar[str]
    """Its place in the results page: "a" to "f", or empty for those at the end."""
    title: ClassVar[str]
    """A few words, without a full stop."""
    claim: ClassVar[str]
    """What is claimed, stated before anything is measured: Markdown."""
    limits: ClassVar[str]
    """Where the protocol does not help: Markdown."""
    config: ClassVar[type[Config]]
    """The class of its configurations, a subclass of `Config`."""
    exclusive: ClassVar[bool] = False
    """Its replicates use the machine's clock or cores themselves: they are run in this process, one
    at a time, with nothing beside them, and never on a cluster.
    """

    @property
    def name(self) -> str:
        """As on the command line: its module's, short for those of this package."""
        return type(self).__module__.removeprefix("boomerang.experiments.")

    @abstractmethod
    def cells(self, config: C) -> Sequence[Cell]:
        """The points to measure, each different from the others, in the order of the table."""

    @abstractmethod
    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        """One replicate: any number of observations, all with the same columns.

        Depends on nothing but its arguments, and runs in any process. `seed` is in [0, 2**63) and
        differs for each experiment, cell, and replicate: give it to `random.Random` or
        `numpy.random.default_rng`, or several to agents by `numpy.random.SeedSequence(seed).spawn`.
        """

    @abstractmethod
    def findings(self, table: pd.DataFrame, config: C) -> Sequence[Finding]:
        """What the table says: measured figures beside closed forms. Deterministic.

        `table` has a row for each observation: the cell's columns, `replicate` (from 0), `seed`,
        and what `run` gave.
        """

    @abstractmethod
    def plots(self, table: pd.DataFrame, config: C) -> Mapping[str, Figure]:
        """Figures by file name (without suffix), axes labelled with units, the closed form drawn
        beside what was measured. Make them with `boomerang.experiments.figures.figure`.
        """

    def captions(self, config: C) -> Mapping[str, str]:
        """What each plot shows, in a sentence or two, by its name; those without have none."""
        del config
        return {}

    def unavailable(self) -> str | None:
        """Why it cannot be run here (a program that is missing, say); None if it can."""
        return None

    # ------------------------------------------------------------------ for the framework

    def checked(self, raw: Mapping[str, Any]) -> C:
        """The configuration that these values make. Raises pydantic's ValidationError."""
        # As JSON: strict, but a list will do for a tuple.
        return self.config.model_validate_json(json.dumps(raw))  # type: ignore[return-value]
