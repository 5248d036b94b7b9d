"""What docs/language.md shows: its programs parse, with the directory that it shows."""

import re
from pathlib import Path

import pytest
import yaml

from boomerang.intents.language import (
    Directory,
    InexactAmount,
    format,  # noqa: A004
    parse,
)
from boomerang.intents.message import GuardKind
from intents.language.names import ALICE, SNIPPET

PAGE = (Path(__file__).parents[3] / "docs" / "language.md").read_text()
PROGRAMS = re.findall(r"^```intent\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
SHOWN = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DIRECTORY = Directory.from_dict(yaml.safe_load(SHOWN[0]))
ROWS = re.findall(r"^\| (.*) \| .* \| (a route|a swap|anything|likewise).* \|$", PAGE, re.MULTILINE)
GUARDS = [
    (guard, before)
    for cell, before in ROWS
    for guard in re.findall("`(.*?)`", cell)
    if guard != "<="
]


def test_the_page_opens_with_the_snippet() -> None:
    assert PROGRAMS[0] == SNIPPET
    assert len(PROGRAMS) == 6


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_its_programs_parse(program: str) -> None:
    intent = parse(program, DIRECTORY, ALICE)
    assert parse(format(intent, DIRECTORY), DIRECTORY, ALICE) == intent


@pytest.mark.parametrize(("guard", "before"), GUARDS, ids=range(len(GUARDS)))
def test_its_guards_stand_where_it_says(guard: str, before: str) -> None:
    text = guard.replace("0x…", "0x" + "99" * 20).replace("before …", "before 5")
    limit = "" if "at rate" in text else "for at least 0.5 $D"
    action = f"swap 500 $A -> $D {limit}"
    if before == "a route":
        action = f"route 500 $A -> $D via A -> D {limit}"
    parse(f"if {text}: {action}", DIRECTORY, ALICE)


def test_every_guard_is_in_the_table() -> None:
    words = {re.split(r"\W", guard)[0] for guard, _ in GUARDS}
    words -= {"reserve1", "pool"}  # two kinds each, at least and at most
    kinds = {kind.name.lower() for kind in GuardKind if not kind.name.startswith("POOL")}
    assert words == kinds


def test_its_error_is_the_one_that_comes() -> None:
    shown = re.search(r"^    (line 2, .*\n.*\n.*\^)$", PAGE, re.MULTILINE)
    assert shown
    text = "if kept(promise):\n    swap 0.0000001 USDC -> $D for at least 1 $D"
    with pytest.raises(InexactAmount) as caught:
        parse(text, DIRECTORY, ALICE)
    assert str(caught.value) == re.sub(r"^    ", "", shown[1], flags=re.MULTILINE)
