"""Experiments that settle whether the protocol works, for whom, and compared to what.

They need the extra: `pip install 'boomerang[experiments]'`. See docs/experiments.md.
"""

from __future__ import annotations

import importlib
import importlib.util
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from boomerang.experiments.errors import MissingExtra, UnknownExperiment

if TYPE_CHECKING:
    from boomerang.experiments.base import Experiment


EXTRA = ("matplotlib", "pandas", "pyarrow")
"""What every experiment needs of the extra. (Dask, only who names a cluster.)"""


def require_extra() -> None:
    """Raises MissingExtra unless the extra is installed."""
    for package in EXTRA:
        if importlib.util.find_spec(package) is None:
            raise MissingExtra(package)


@cache
def names() -> tuple[str, ...]:
    """Every experiment: the YAML files of this package, which lie beside their modules."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


def module_of(name: str) -> str:
    """The module of an experiment: one of this package's by its short name, any other by its full
    name, which has a dot (`laboratory.coin`). Raises UnknownExperiment.
    """
    if "." not in name and name not in names():
        raise UnknownExperiment(name, names())
    return name if "." in name else f"{__name__}.{name}"


def find(name: str) -> Experiment[Any]:
    """The experiment of that name. Raises UnknownExperiment."""
    try:
        module = importlib.import_module(module_of(name))
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # it is there, and imports something that is not
        raise UnknownExperiment(name, names()) from None
    experiment: Experiment[Any] | None = getattr(module, "EXPERIMENT", None)
    if experiment is None:
        raise UnknownExperiment(name, names())
    return experiment


__all__ = ["EXTRA", "find", "module_of", "names", "require_extra"]
