"""The four-asset example as a script, and its page: docs/routing.md."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from boomerang.agents.routes import lines, play
from boomerang.chains import connect
from boomerang.errors import InvalidInput
from boomerang.experiments.errors import MissingExtra
from boomerang.experiments.routing_arms import LABELS
from boomerang.games.routing import UNIT, Routing
from boomerang.games.routing_market import RoutingMarket
from integration.test_agents import ape
from integration.test_walkthrough import Command, commands, fits

PAGE = (Path(__file__).parents[2] / "docs" / "routing.md").read_text("utf-8")
COMMANDS = commands(PAGE)


def test_the_page_shows_what_the_script_prints(tmp_path: Path) -> None:
    first = COMMANDS[0]
    assert fits(ape(tmp_path, *first.text.split()[1:]), first.printed)
    assert len(first.printed) > 5


@pytest.mark.parametrize("command", COMMANDS[1:], ids=lambda command: command.text)
def test_the_page_shows_what_its_other_commands_print(command: Command) -> None:
    """In this process, on another kind of chain: the figures are the same, to the unit."""
    _, traders, buyers = re.split(r"--traders (\d+) --buyers (\d+) --network ::test", command.text)[
        :3
    ]
    told: list[str] = []
    play(connect("pyrevm"), told.append, int(traders), int(buyers))
    assert fits(told, command.printed)
    assert len(command.printed) > 5


def test_every_way_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    picture = tmp_path / "routes.svg"
    found = play(connect("pyrevm"), told.append, 4, svg=picture)
    assert [way.label for way in found] == list(LABELS.values())
    together = {way.label: way.together for way in found}
    assert together[LABELS["herd"]] == Routing(4).welfare(4) / UNIT
    assert together[LABELS["fresh"]] == Routing(4).welfare(2) / UNIT
    assert told[2:-1] == lines(found)
    assert told[-1] == f"picture: {picture}"
    # The longest bar is where most is lost.
    bars = {way.label: line.count("█") for way, line in zip(found, told[3:-1], strict=True)}
    assert max(bars, key=lambda label: bars[label]) == LABELS["herd"]
    assert ET.parse(picture).getroot().tag.endswith("svg")  # noqa: S314 - written just now


def test_a_picture_needs_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boomerang.experiments.figures", None)
    monkeypatch.delattr("boomerang.experiments.figures", raising=False)
    with pytest.raises(MissingExtra, match="need matplotlib"):
        play(connect("pyrevm"), lambda line: None, 1, svg=tmp_path / "routes.svg")


def test_more_traders_than_keys() -> None:
    chain = connect("tester")
    with pytest.raises(InvalidInput, match="keys of 20 accounts, not those of 24 traders"):
        RoutingMarket(chain, 16, 8)
    chain.close()
