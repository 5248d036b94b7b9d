"""Agents and games by what a command line says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.agents import UnknownAgent, Withholding, spec
from boomerang.errors import InvalidInput
from boomerang.games import UnknownGame, catalogue, files

if TYPE_CHECKING:
    from pathlib import Path


def test_an_agent_with_parameters() -> None:
    made = spec.agent("withholding:bond=50:opens-after=4")
    assert isinstance(made, Withholding)
    assert (made.bond, made.cover, made.opens_after) == (50, 0, 4)


def test_values_are_numbers_truths_or_text() -> None:
    assert spec.parts("bargaining:share=1/3:wary=True:pays=-2") == (
        "bargaining",
        {"share": "1/3", "wary": True, "pays": -2},
    )


def test_an_agent_of_a_file(tmp_path: Path) -> None:
    place = tmp_path / "mine.py"
    place.write_text(
        "from boomerang.agents import Ruthless\nclass Mine(Ruthless):\n    name='mine'\n"
    )
    made = spec.agent(f"{place}:Mine:bond=3")
    assert (made.name, getattr(made, "bond")) == ("mine", 3)  # noqa: B009 (of any class)


def test_an_agent_of_a_module() -> None:
    assert spec.agent("boomerang.agents.ruthless:Ruthless").name == "ruthless"


@pytest.mark.parametrize("text", ["ruthless:bond=5:cover", "ruthless:=5"])
def test_what_is_no_parameter_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no parameter: name=value"):
        spec.agent(text)


def test_unknown_agents_are_refused() -> None:
    with pytest.raises(UnknownAgent, match="no agent is called 'robot'"):
        spec.agent("robot")


def test_games() -> None:
    assert spec.game("public_goods:players=5:factor=3/2").players[-1] == "erin"
    assert len(spec.game("chicken", 3).players) == 3
    assert len(spec.game("stag-hunt", 3).players) == 2  # whoever asks: it is for two
    assert len(spec.game("chicken:players=4", 3).players) == 4
    with pytest.raises(UnknownGame, match="no game is called 'tag'"):
        spec.game("tag")


def test_a_game_of_a_file(tmp_path: Path) -> None:
    place = tmp_path / "hunt.json"
    files.save(catalogue.stag_hunt(), place)
    assert spec.game(str(place)).payoffs(("Stag", "Stag")) == (4, 4)
