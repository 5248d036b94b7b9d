"""`boomerang efg`: the file, the solution, and input that makes no sense."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from boomerang.cli import cli
from boomerang.games import catalogue
from boomerang.games.efg import Protocol, boomerang_tree, to_efg

if TYPE_CHECKING:
    from pathlib import Path

DARE = ["--publish", "alice=Dare", "--publish", "bob=Dare", "--conditions", "revert"]


def run(*args: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, ["efg", *args])
    assert result.exit_code == code, result.output
    return result.output


def test_the_text_is_the_tree_s() -> None:
    game = catalogue.chicken()
    protocol = Protocol((1, 0), (100, 50), openings="last")
    told = run(
        "chicken", "--bond", "100", "--bond", "50", "--order", "bob,alice", "--openings", "last"
    )
    assert told == to_efg(boomerang_tree(game, protocol))


def test_the_file_is_what_pygambit_reads(tmp_path: Path) -> None:
    import pygambit

    file = tmp_path / "race.efg"
    told = run("chicken", "--around", "race", "--blindness", "3/19", "-o", str(file))
    assert "22 nodes, 6 information sets" in told
    loaded = pygambit.read_efg(io.StringIO(file.read_text()))
    assert loaded.title == "chicken, irrevocable race"


@pytest.mark.parametrize(
    ("args", "payoffs"),
    [
        (["--bond", "100"], ["10", "-20"]),
        (["--bond", "79", "--openings", "bob,alice"], ["-20", "10"]),
        (["--around", "turns", "--order", "bob,alice"], ["-20", "10"]),
        (["--bond", "200", "--ruthless", "bob=1/2", *DARE], ["-20", "10"]),
    ],
)
def test_it_solves(args: list[str], payoffs: list[str]) -> None:
    assert json.loads(run("chicken", *args, "--solve", "--json"))["payoffs"] == payoffs


def test_it_shows_what_each_does() -> None:
    told = run(
        "bargaining",
        "--offer",
        "bob,alice,Stop,1,5",
        "--revokes",
        "--no-silence",
        "--solve",
        "--publish",
        "alice=Dare",
        "--publish",
        "bob=Dare",
    )
    assert "revert if kept(bob2)" in told
    assert "Payoffs: alice 11, bob -1" in told


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["nonsense"], "no game is called"),
        (["chicken", "--order", "bob,alx"], "no player of chicken is called 'alx'"),
        (["chicken", "--order", "bob"], "order must name each of the seats"),
        (["chicken", "--order", "bob,alice=1/2"], "sum 1"),
        (["chicken", "--order", "bob,alice=x"], "'x' is no number"),
        (["chicken", "--bond", "-1"], "must be at least 0"),
        (["chicken", "--bond", "1/0"], "is no number such as"),
        (["chicken", "--bond", "1", "--bond", "2", "--bond", "3"], "bonds must be 2"),
        (["chicken", "--openings", "bob"], "openings must name each"),
        (["chicken", "--together", "2"], "together must be a probability"),
        (["chicken", "--ruthless", "bob"], "takes a name, = and a value"),
        (["chicken", "--ruthless", "bob=2"], "ruthless[1] must be a probability"),
        (["chicken", "--publish", "bob=Fly"], "bob cannot do 'Fly'"),
        (["chicken", "--offer", "bob,alice,Swerve"], "--offer is BY,TO,ACTION,AMOUNT"),
        (["chicken", "--offer", "bob,bob,Swerve,1"], "somebody else"),
        (["chicken", "--offer", "bob,alice,Fly,1"], "states nothing"),
        (["chicken", "--offer", "bob,alice,Swerve,-1"], "at least 0"),
        (["chicken", "--around", "race", "--blindness", "2"], "blindness must be a probability"),
        (["chicken:players=3", "--around", "race"], "a race is for two players"),
        (["chicken", "--around", "turns", "--order", "a", "--order", "b"], "one --order"),
        (["chicken", "-o", "/nowhere/at/all.efg"], "cannot write"),
    ],
)
def test_bad_input_is_named(args: list[str], told: str) -> None:
    assert told in run(*args, code=2)
