"""Where a table came from: enough to get it again, and no word about the machine's folders."""

from __future__ import annotations

import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boomerang import __version__
from boomerang.experiments.code import code_hash, contract_hashes

if TYPE_CHECKING:
    from boomerang.experiments.base import Config, Experiment

_LIBRARIES = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "matplotlib",
    "pyrevm",
    "web3",
    "eth-abi",
    "pygambit",
    "highspy",
    "distributed",
)


def describe(
    experiment: Experiment[Any],
    config: Config,
    *,
    preset: str,
    seed: int,
    tasks: int,
    rows: int,
    command: str,
) -> dict[str, Any]:
    """All of it, as JSON-able values. `command` names files without their folders."""
    return {
        "format": 1,
        "experiment": experiment.name,
        "claim": experiment.claim,
        "preset": preset,
        "config": config.model_dump(mode="json"),
        "seed": seed,
        "tasks": tasks,
        "rows": rows,
        "boomerang": __version__,
        "code": code_hash(experiment.name),
        "commit": commit(),
        "contracts": contract_hashes(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
    }


def commit() -> str | None:
    """The git commit that this package's sources are of, "+" behind it where they were changed
    since; None where they are under no version control.
    """
    git, here = shutil.which("git"), files("boomerang")
    if git is None or not isinstance(here, Path):
        return None

    def ask(*words: str) -> str | None:
        run = subprocess.run(
            [git, "-C", str(here), *words], capture_output=True, text=True, check=False
        )
        return run.stdout.strip() if run.returncode == 0 else None

    # Installed into an environment inside of somebody's repository, it is not of that repository.
    if ask("ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    head, changed = ask("rev-parse", "HEAD"), ask("status", "--porcelain", "--", ".")
    return None if head is None else head + ("+" if changed else "")


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None
