"""docs/efg.md runs."""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from pathlib import Path
from typing import Any

import pygambit
import pyspiel
import pytest
from click.testing import CliRunner

from boomerang.cli import cli

PAGE = (Path(__file__).parents[3] / "docs" / "efg.md").read_text()


def test_the_page_s_commands_and_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    \$ boomerang (efg [^#\n]*)", PAGE, re.MULTILINE)
    assert len(commands) == 2
    shown = [CliRunner().invoke(cli, shlex.split(command)) for command in commands]
    assert [one.exit_code for one in shown] == [0, 0]
    assert shown[0].output.strip() in PAGE
    assert "Payoffs: alice 10, bob -20" in shown[1].output
    assert pygambit.read_efg("chicken.efg").title == "chicken with Boomerang"
    assert pyspiel.load_game("efg_game(filename=chicken.efg)").num_players() == 2


def test_the_page_s_python() -> None:
    code = PAGE.split("## In Python")[1].split("\n\n    ", 1)[1].split("\n\n`pure")[0]
    names: dict[str, Any] = {}
    exec(code.replace("\n    ", "\n"), names)  # noqa: S102
    assert names["found"].payoffs == (Fraction(10), Fraction(-20))
    assert names["Stakes"].of(names["game"]).boomerang == names["found"].payoffs
