"""docs/agents.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from agents.playing import play
from boomerang.agents import AGENTS
from boomerang.play import ModelTable

PAGE = (Path(__file__).parents[2] / "docs" / "agents.md").read_text()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def test_the_page_s_agent_plays() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(block, names)  # noqa: S102
    assert names["outcome"].lost == (0, 0)


def test_every_strategy_is_there() -> None:
    assert set(AGENTS) <= set(re.findall(r"^\| `([a-z-]+)` \| ", PAGE, re.MULTILINE))


def test_what_they_pay_each_other() -> None:
    lines = PAGE.splitlines()
    top = next(i for i, line in enumerate(lines) if line.startswith("| first, second |"))
    names = cells(lines[top])[1:]
    table = ModelTable()
    for line in lines[top + 2 : top + 2 + len(names)]:
        first, *said = cells(line)
        found = [", ".join(map(str, play(first, two, table=table).payoffs)) for two in names]
        assert said == found, first
