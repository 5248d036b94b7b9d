"""`boomerang match`: what it prints, draws, and ends with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from boomerang.agents import AGENTS
from boomerang.cli import cli
from boomerang.games.catalogue import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, stdout, stderr, as the console script gives them."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["match", *arguments], prog_name="boomerang")
    out, err = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else int(code is not None)), out, err


def answer(*arguments: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code, out, err = run(*arguments, "--json", capsys=capsys)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def test_one_match_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run("chicken", "--agents", "conditional,conditional", capsys=capsys)
    assert (code, err) == (0, "")
    assert "opens B1: revert if kept(A1)" in out
    assert "payoffs: alice +10, bob -20" in out
    assert ["1", "Dare", "Swerve", "10", "-20", "-10"] in [
        line.split() for line in out.splitlines()
    ]


def test_several_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("chicken", "--agents", "conditional,conditional", "--start", "0")
    code, out, _ = run(*arguments, "--matches", "20", "--table", "model", capsys=capsys)
    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    (dares,) = (row for row in rows if row[1:3] == ["Dare", "Swerve"])
    (swerves,) = (row for row in rows if row[1:3] == ["Swerve", "Dare"])
    assert int(dares[0]) + int(swerves[0]) == 20
    mean = 10 * int(dares[0]) - 20 * int(swerves[0])
    assert ["20", f"{mean / 20:.4g}", f"{-10 - mean / 20:.4g}", "-10"] in rows


def test_json_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(
        "public_goods:players=3:factor=2",
        *("--agents", "conditional,ruthless:bond=7,silent", "--matches", "2", "--seed", "5"),
        capsys=capsys,
    )
    assert found["players"] == ["alice", "bob", "carol"]
    assert found["agents"] == ["conditional", "ruthless", "silent"]
    assert found["table"] == "pyrevm"
    assert [one["seed"] for one in found["matches"]] == [5, 6]
    assert found["meanPayoffs"] == [0, 0, 0]
    assert found["meanGas"][2] == 0
    one = found["matches"][0]
    assert one["actions"] == ["Defect", "Defect", "Defect"]
    assert [each["phase"] for each in one["commitments"]] == ["RevertedByDecision", "Kept"]
    assert one["refused"] == [[], [], []]


def test_payoffs_that_are_not_whole_are_exact(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(
        "public_goods", "--agents", "meek,silent,silent", "--table", "model", capsys=capsys
    )
    assert found["meanPayoffs"] == ["-140/3", "160/3", "160/3"]


@pytest.mark.parametrize("table", ["model", "pyrevm", "tester"])
def test_on_any_table(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(
        "stag_hunt", "--agents", "conditional,conditional", "--table", table, capsys=capsys
    )
    assert found["table"] == table
    assert found["meanPayoffs"] == [4, 4]


def test_latency_blocks_and_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    """In one block of 12 s; places there mean nothing, the draw decides."""
    found = answer(
        *("chicken", "--agents", "conditional,conditional", "--latency", "0.5,4"),
        *("--block-time", "12", "--order", "bid", "--bid", "0,9", "--matches", "12"),
        capsys=capsys,
    )
    published = {each["published"] for one in found["matches"] for each in one["commitments"]}
    assert published == {12}
    assert {tuple(one["payoffs"]) for one in found["matches"]} == {(10, -20), (-20, 10)}


def test_it_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "bargain.svg"
    arguments = ("bargaining", "--agents", "bargaining,bargaining", "--svg", str(place))
    code, _, err = run(*arguments, capsys=capsys)
    assert (code, err) == (0, f"Drawn: {place}\n")
    text = "".join(ET.fromstring(place.read_text()).itertext())  # noqa: S314 (our own)
    assert all(name in text for name in ("A1", "B1", "B2", "Stop"))


def test_what_was_refused_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("chicken", "--agents", "proxy-code,silent", capsys=capsys)
    assert code == 0
    assert out.count("alice was refused: Boomerang_NotPlainKey") == 3


def test_nobody_commits_to_anything(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("chicken", "--agents", "silent,silent", capsys=capsys)
    assert code == 0
    assert "Swerve" in out


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("--list", capsys=capsys)
    assert code == 0
    assert all(f"  {name}" in out for name in (*AGENTS, *CATALOGUE))
    data = answer("--list", capsys=capsys)
    assert data["agents"]["withholding"] == ["bond", "cover", "opens_after"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Missing argument 'GAME'"),
        (("chicken",), "Missing option '--agents'"),
        (("tag", "--agents", "silent,silent"), "no game is called 'tag'"),
        (("chicken", "--agents", "silent,robot"), "no agent is called 'robot'"),
        (("bargaining", "--agents", "silent"), "bargaining is for 2, not 1 players"),
        (("chicken", "--agents", "silent,silent", "--latency", "fast"), "must be numbers"),
        (
            ("chicken", "--agents", "silent,silent", "--start", "1,2,3"),
            "--start has 3 numbers for 2 agents: one, or as many",
        ),
        (("chicken", "--agents", "silent,silent", "--latency", "-1"), "0 or more"),
        (("chicken", "--agents", "silent,silent", "--table", "moon"), "no table is called 'moon'"),
    ],
)
def test_bad_input_ends_with_2(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(*arguments, capsys=capsys)
    assert (code, out) == (2, "")
    assert says in err
