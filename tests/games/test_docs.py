"""docs/games.md runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from boomerang.games import files
from boomerang.games.exact import exact

PAGE = (Path(__file__).parents[2] / "docs" / "games.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_s_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    found = blocks("python")
    assert len(found) == 4
    for block in found:
        exec(block, names)  # noqa: S102


def test_the_page_s_file_is_a_game() -> None:
    (text,) = blocks("json")
    assert files.loads(text).payoffs(("Volunteer", "Wait")) == (exact("1/3"), 1)
