"""Which code measured something: a hash over the package's sources and the contracts' artifacts."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from boomerang.experiments import module_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

_SUFFIXES = (".py", ".json", ".lark", ".yaml")

# What no replicate of an experiment runs: the command line, and the drawing of results. Presets are
# left out because what they say is in the cells.
_APART = ("cli/", "experiments/report.py", "experiments/figures.py")


@cache
def code_hash(name: str | None = None) -> str:
    """SHA-256, hexadecimal, over all that could change what a replicate of this experiment gives:
    the package, and the experiment's module, if that is somewhere else.
    """
    digest = hashlib.sha256()
    if name is not None:
        source = importlib.util.find_spec(module_of(name))
        if "." not in name or source is None or source.origin is None:
            return code_hash()
        digest.update(code_hash().encode() + Path(source.origin).read_bytes())
        return digest.hexdigest()
    for path, file in sorted(_sources(files("boomerang"), "")):
        digest.update(path.encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def contract_hashes() -> dict[str, str]:
    """SHA-256 of the creation bytecode of every contract that ships, by name."""
    from boomerang.artifacts import load

    found = (file.name for file in files("boomerang.artifacts").iterdir())
    contracts = sorted(name.removesuffix(".json") for name in found if name.endswith(".json"))
    return {name: hashlib.sha256(load(name).bytecode).hexdigest() for name in contracts}


def _sources(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        path = prefix + entry.name
        if prefix == "experiments/" and path.endswith(".yaml"):
            continue
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _sources(entry, f"{path}/")
        elif path.endswith(_SUFFIXES) and not path.startswith(_APART):
            yield path, entry
