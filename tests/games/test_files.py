"""Games as JSON files: round trips, examples, and refusals that say where."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang.games import BadGameFile, Game, catalogue, files
from games.random_games import games

EXAMPLES = sorted((Path(__file__).parents[2] / "games").glob("*.json"))
TEXT = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=12)


def written(game: Game) -> Game:
    """The game as a file has it: its table."""
    return game.tabulated()


@settings(deadline=None)
@given(games(TEXT))
def test_a_game_comes_back_from_its_file(game: Game) -> None:
    text = files.dumps(game)
    assert files.loads(text) == game
    assert files.loads(text.encode()) == game
    jsonschema.validate(json.loads(text), files.json_schema())


@pytest.mark.parametrize("name", ["chicken", "battle_of_the_sexes", "public_goods", "bargaining"])
def test_the_catalogue_comes_back_from_files(name: str, tmp_path: Path) -> None:
    game, path = catalogue.named(name), tmp_path / "game.json"
    files.save(game, path)
    assert files.load(path) == written(game)


def test_a_file_is_for_people() -> None:
    assert (
        files.dumps(catalogue.stag_hunt())
        == """{
  "game": "stag_hunt",
  "players": ["alice", "bob"],
  "actions": ["Hare", "Stag"],
  "default": "Hare",
  "payoffs": [
    [
      [3, 3],
      [3, 0]
    ],
    [
      [0, 3],
      [4, 4]
    ]
  ]
}
"""
    )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_games(path: Path) -> None:
    game = files.load(path)
    jsonschema.validate(json.loads(path.read_text()), files.json_schema())
    assert files.loads(files.dumps(game)) == written(game)


def test_the_examples_say_what_they_mean() -> None:
    found = {path.stem: files.load(path) for path in EXAMPLES}
    assert len(found) == 5
    wait, volunteer = "Wait", "Volunteer"
    dilemma = found["volunteers_dilemma"]
    for profile in dilemma.profiles():
        won = volunteer in profile
        cost = Fraction(2, 3)
        expected = [won - cost * (action == volunteer) for action in profile]
        assert list(dilemma.payoffs(profile)) == expected
    assert dilemma.default == (wait,) * 3
    hawk = found["hawk_dove"]
    assert hawk.payoffs(("Fight", "Attack")) == (Fraction(-5, 2), -3)
    assert not hawk.clash("Threaten", "Yield")
    assert found["five_contribute"] == catalogue.public_goods(5, 10, Fraction(3, 2))
    assert found["rock_paper_scissors"].symmetric()


def test_the_schema_is_that_of_the_shapes() -> None:
    assert files.json_schema() == files.build_schema()


FULL = {
    "game": "g",
    "players": ["a", "b"],
    "actions": ["A", "B"],
    "payoffs": [[[0, 0], [0, 0]], [[0, 0], [0, 0]]],
}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"game": 1}, "game: Input should be a valid string"),
        ({"players": ["a", 2]}, "players[1]: Input should be a valid string"),
        ({"players": []}, "players: List should have at least 1 item"),
        ({"payoff": []}, "payoff: Extra inputs are not permitted"),
        ({"payoffs": 3}, "payoffs: Input should be a valid list"),
        ({"actions": ["A", "two words"]}, "a's action 'two words' must be one word"),
        ({"actions": [["A", "B"]]}, "actions must be a tuple for each of 2 players"),
        ({"default": "C"}, "a's default 'C' is none of a's actions"),
        ({"compatible": [["A"]]}, "compatible holds sets of two actions or more"),
        ({"payoffs": [[[0, 0], [0, 0]]]}, "the table must have an entry for each of A, B"),
        (
            {"payoffs": [[[0, 0], [0, 0.5]], [[0, 0], [0, 0]]]},
            "the payoffs of A / B: 0.5 is no exact number; write it as text: '0.5'",
        ),
        (
            {"payoffs": [[[0, 0], [0, "x"]], [[0, 0], [0, 0]]]},
            "the payoffs of A / B: 'x' is no number",
        ),
        ({"catalogue": "chicken"}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_no_game_is_refused_with_its_place(
    change: dict[str, object], problem: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(FULL | change))
    with pytest.raises(BadGameFile) as refused:
        files.load(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "line 1: not JSON"),
        ('{"game": "g",\n "game": "g"}', "'game' stands there twice"),
        ("[" * 200 + "]" * 200, "it nests too deep"),
        ("[]", "a game is an object, not list"),
        ("{}", "game: Field required"),
        (b"\xff\xfe\xff", "not JSON"),
        ('{"catalogue": "poker"}', "no game is called 'poker'"),
        ('{"catalogue": "chicken", "parameters": {"player": 2}}', "chicken has no 'player'"),
        ('{"catalogue": "chicken", "parameters": {"players": 2.0}}', "parameters.players"),
    ],
)
def test_texts_that_are_no_game(text: str | bytes, problem: str) -> None:
    with pytest.raises(BadGameFile) as refused:
        files.loads(text)
    assert problem in str(refused.value)


def test_files_that_cannot_be_read_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadGameFile, match="No such file"):
        files.load(tmp_path / "missing.json")
    with pytest.raises(BadGameFile, match="Is a directory"):
        files.save(catalogue.chicken(), tmp_path)
    large = tmp_path / "large.json"
    large.write_text(files.dumps(catalogue.chicken()))
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    with pytest.raises(BadGameFile, match="larger than 10 bytes"):
        files.load(large)
