"""The scenario files that ship with the package."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent
"""The folder that holds them."""


def library_files() -> list[Path]:
    """Every scenario of the library, by folder and name."""
    return sorted(ROOT.rglob("*.yaml"))


def locate(name: str) -> Path:
    """A file by its path, or one of the library by its name: `examples/chicken`, or `chicken`."""
    path = Path(name)
    if path.exists() or path.suffix in (".yaml", ".yml", ".json"):
        return path
    found = [file for file in library_files() if file.stem == path.name]
    found = [file for file in found if file.with_suffix("").as_posix().endswith(path.as_posix())]
    return found[0] if len(found) == 1 else path
