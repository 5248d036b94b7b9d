"""Experiments that settle whether the protocol works, for whom, and compared to what.

They need the extra: `pip install 'boomerang[experiments]'`. See docs/experiments.md.
"""

from __future__ import annotations

import importlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from boomerang.experiments.errors import UnknownExperiment

if TYPE_CHECKING:
    from boomerang.experiments.base import Experiment


@cache
def names() -> tuple[str, ...]:
    """Every experiment: the YAML files of this package, which lie beside their modules."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


def find(name: str) -> Experiment[Any]:
    """The experiment of that name. Raises UnknownExperiment."""
    if name not in names():
        raise UnknownExperiment(name, names())
    experiment: Experiment[Any] = importlib.import_module(f"{__name__}.{name}").EXPERIMENT
    return experiment


__all__ = ["find", "names"]
