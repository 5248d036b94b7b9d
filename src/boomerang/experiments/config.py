"""Configurations: the presets beside each experiment, and files of one's own."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import ValidationError

from boomerang.experiments import module_of, names
from boomerang.experiments.errors import BadConfig

if TYPE_CHECKING:
    from pathlib import Path

    from boomerang.experiments.base import Config, Experiment

Preset = Literal["small", "full"]
PRESETS: tuple[Preset, ...] = ("small", "full")

_FILE_LIMIT = 1_000_000
"""Bytes. A configuration is written by hand."""


def configure(
    experiment: Experiment[Any], preset: str = "small", own: Mapping[str, Any] | None = None
) -> Config:
    """The preset's values, replaced by `own` where that gives one. Raises BadConfig."""
    name = experiment.name
    shipped = presets(name)
    if preset not in shipped:
        raise BadConfig(name, [f"no preset {preset!r}; there are {', '.join(shipped)}"])
    return check(experiment, {**shipped[preset], **(own or {})})


def check(experiment: Experiment[Any], raw: Mapping[str, Any]) -> Config:
    """The configuration that these values make. Raises BadConfig, which names each bad key."""
    try:
        found: Config = experiment.checked(raw)
    except ValidationError as error:
        raise BadConfig(f"configuration of {experiment.name}", _problems(error)) from None
    except (TypeError, ValueError) as error:  # what JSON cannot say: a date, a number as a key
        raise BadConfig(f"configuration of {experiment.name}", [str(error)]) from None
    return found


def presets(name: str) -> dict[str, dict[str, Any]]:
    """What the file beside an experiment says, by preset."""
    folder, _, stem = module_of(name).rpartition(".")
    try:
        text = files(folder).joinpath(f"{stem}.yaml").read_text("utf-8")
    except FileNotFoundError:
        raise BadConfig(f"{stem}.yaml", [f"no such file beside the module {name}"]) from None
    found = _mapping(text, f"{stem}.yaml")
    if tuple(found) != PRESETS or not all(isinstance(value, dict) for value in found.values()):
        raise BadConfig(f"{name}.yaml", [f"it must have the presets {', '.join(PRESETS)}"])
    return found


def read_file(path: Path) -> dict[str, Any]:
    """A file of the user's own: a mapping. Raises BadConfig."""
    try:
        if path.stat().st_size > _FILE_LIMIT:
            raise BadConfig(str(path), ["larger than any configuration"])
        text = path.read_text("utf-8")
    except OSError as error:
        raise BadConfig(str(path), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise BadConfig(str(path), ["it is no text"]) from None
    return _mapping(text, str(path))


def by_experiment(own: Mapping[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """What a file for all experiments says of each, by name. Raises BadConfig."""
    problems = [f"{key}: no such experiment" for key in own if key not in names()]
    problems += [
        f"{key}: not a mapping"
        for key, value in own.items()
        if key in names() and not isinstance(value, Mapping)
    ]
    if problems:
        raise BadConfig(where, problems)
    return {key: dict(value) for key, value in own.items()}


class _Loader(yaml.SafeLoader):
    """As SafeLoader, but a key that is given twice is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _mapping(text: str, where: str) -> dict[str, Any]:
    try:
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}: " if mark else ""
        raise BadConfig(where, [f"{place}{error.problem or error.context}"]) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadConfig(where, [f"not YAML: {error}"]) from None
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise BadConfig(where, ["it must be a mapping of names to values"])
    return found


def _problems(error: ValidationError) -> list[str]:
    """Each fault with the key that has it."""
    told = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"]) or "the whole"
        if fault["type"] == "extra_forbidden":
            told.append(f"{key}: no such key")
        elif fault["type"] == "missing":
            told.append(f"{key}: missing")
        else:
            told.append(f"{key}: {fault['msg']}, got {fault['input']!r}")
    return told
