"""What a game is: its outcomes, what statements state in it, and what makes none."""

from __future__ import annotations

import pickle
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

from boomerang.games import BadGame, BadNumber, BadProfile, Game, UnknownGame, catalogue
from boomerang.games.exact import exact, shown, signed
from boomerang.games.matrix import Matrix
from boomerang.games.pairs import in_pairs

ALL = [
    catalogue.chicken(),
    catalogue.chicken(3),
    catalogue.prisoners_dilemma(),
    catalogue.stag_hunt(),
    catalogue.battle_of_the_sexes(),
    catalogue.public_goods(2),
    catalogue.public_goods(4),
    catalogue.bargaining(),
    catalogue.routing(2),
    catalogue.routing(3, order="average"),
]
NAMES = [f"{game.name} of {len(game.players)}" for game in ALL]
AB = ("alice", "bob")


# ---- outcomes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("game", ALL, ids=NAMES)
def test_games_are_exact_complete_and_can_be_sent(game: Game) -> None:
    profiles = list(game.profiles())
    assert len(set(profiles)) == np.prod(game.shape)
    for profile in profiles:
        payoffs = game.payoffs(profile)
        assert len(payoffs) == len(game.players)
        assert all(type(payoff) is type(exact(payoff)) for payoff in payoffs), "in lowest terms"
    sent = pickle.loads(pickle.dumps(game))  # noqa: S301
    assert sent == game
    assert [sent.payoffs(profile) for profile in profiles] == list(map(game.payoffs, profiles))
    assert hash(sent) == hash(game)


@pytest.mark.parametrize("game", ALL, ids=NAMES)
def test_a_table_and_an_array_say_the_same(game: Game) -> None:
    table = game.tabulated()
    assert isinstance(table.rule, Matrix)
    assert table.tabulated() is table
    exactly, floats = game.array(object), game.array()
    assert exactly.shape == (*game.shape, len(game.players))
    for place in np.ndindex(*game.shape):
        profile = tuple(own[i] for own, i in zip(game.actions, place, strict=True))
        assert table.payoffs(profile) == game.payoffs(profile) == tuple(exactly[place])
        assert floats[place].tolist() == [float(one) for one in game.payoffs(profile)]
    assert pickle.loads(pickle.dumps(table)) == table  # noqa: S301
    assert Game.from_matrix(
        game.name, game.players, game.actions, exactly, default=game.default,
        compatible=game.compatible,
    ) == table  # fmt: skip


@pytest.mark.parametrize(
    ("game", "symmetric"),
    [*((game, True) for game in ALL if "sexes" not in game.name and game != catalogue.routing(2)),
     (catalogue.battle_of_the_sexes(), False),
     (catalogue.routing(2), False)],
)  # fmt: skip
def test_symmetry_is_what_permutations_say(game: Game, symmetric: bool) -> None:
    """Of rules that say it themselves, and of the tables that do not."""
    assert game.symmetric() is symmetric
    assert game.tabulated().symmetric() is symmetric
    moved = all(
        game.payoffs([profile[i] for i in order]) == tuple(game.payoffs(profile)[i] for i in order)
        for profile in game.profiles()
        for order in permutations(range(len(profile)))
        if len(set(game.actions)) == 1
    )
    assert symmetric is (moved and len(set(game.actions)) == 1)


def test_seats_of_different_defaults_are_not_alike() -> None:
    game = Game.from_matrix("flat", AB, ("One", "Two"), np.zeros((2, 2, 2), int))
    assert game.symmetric()
    assert not Game.from_matrix(
        "flat", AB, ("One", "Two"), np.zeros((2, 2, 2), int), default=("One", "Two")
    ).symmetric()


@pytest.mark.parametrize(
    ("profile", "problem"),
    [
        (("Dare",), "a profile of chicken has 2 actions, one for each of alice, bob"),
        ("Dare", "a profile of chicken has 2 actions"),
        (("Dare", "Dare", "Dare"), "has 2 actions"),
        (("Dare", "dare"), "bob cannot do 'dare' in chicken; actions: Dare, Swerve"),
    ],
)
def test_a_profile_is_an_action_for_each_seat(profile: tuple[str, ...], problem: str) -> None:
    with pytest.raises(BadProfile, match=problem):
        catalogue.chicken().payoffs(profile)


def test_many_meet_in_pairs() -> None:
    four = catalogue.chicken(4, both_swerve=-20)
    assert four.payoffs(("Dare", "Dare", "Swerve", "Swerve")) == (-80, -80, -60, -60)
    with pytest.raises(BadGame, match="battle_of_the_sexes is no symmetric game of two: 3 cannot"):
        in_pairs(catalogue.battle_of_the_sexes(), ("a", "b", "c"))
    with pytest.raises(BadGame, match="chicken is no symmetric game of two"):
        in_pairs(catalogue.chicken(3), ("a", "b"))


# ---- statements --------------------------------------------------------------------------------


def test_a_statement_is_read_for_the_seat_that_makes_it() -> None:
    game = Game.from_matrix("own", AB, [("Go", "Stay"), ("Wait",)], [[(1, 1)], [(0, 0)]])
    assert game.action(0, "go, now") == "Go"
    assert game.action(1, "go, now") is None
    assert game.action(0, b"STAY") == "Stay"
    assert game.action(0, b"\xff\xfe") is None
    assert game.action(0, "x" * 33) is None
    assert game.plays(0, ["stay", b"Go!"]) == "Go"
    assert game.plays(1, ["go"]) == "Wait"
    assert game.plays(0, []) == "Stay"


def test_bytes_beyond_ascii_are_letters_as_on_the_chain() -> None:
    game = catalogue.chicken()
    assert game.action(0, "Dare, naïve one") == "Dare"
    assert game.action(0, "naïve dare") is None
    assert game.action(0, "Daré") is None
    assert game.action(0, "— Dare") is None


def test_conflicts_are_pairs_of_statements_that_do_not_go_together() -> None:
    game = catalogue.bargaining()
    assert game.conflicts(0, ["Dare", "Stop", "Swerve", "sing", "dare!"]) == [
        (0, 1), (0, 2), (1, 4), (2, 4)
    ]  # fmt: skip
    assert game.clash("Dare", "Stop")
    assert not game.clash("Stop", "Swerve")
    assert not game.clash("Dare", None)


# ---- what makes no game ------------------------------------------------------------------------


def make(**change: object) -> Game:
    values: dict[str, object] = {
        "name": "g",
        "players": AB,
        "actions": (("A", "B"),) * 2,
        "default": ("A", "A"),
        "rule": len,
    }
    return Game(**values | change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": ""}, "a game's name must be printable text, not ''"),
        ({"name": "a\nb"}, "printable text"),
        ({"name": 3}, "printable text, not 3"),
        ({"players": ()}, "players must be a tuple of at least one name"),
        ({"players": ["alice", "bob"]}, "players must be a tuple"),
        ({"players": ("alice", "")}, "a player's name must be text, not ''"),
        ({"players": ("alice", "alice")}, "two players are called 'alice'"),
        ({"actions": (("A", "B"),)}, "actions must be a tuple for each of 2 players"),
        ({"actions": (("A", "B"), ())}, "bob's actions must be a tuple of at least one, not"),
        ({"actions": (("A", "B"), ["A"])}, "bob's actions must be a tuple"),
        ({"actions": (("A", "B"), ("A", "two words"))}, "bob's action 'two words' must be one"),
        ({"actions": (("A", "B"), ("A", "é"))}, "bob's action 'é' must be one word"),
        ({"actions": (("A", "B"), ("A", "x" * 33))}, "must be one word, of 1 to 32"),
        ({"actions": (("A", "a"), ("A", "B"))}, "alice has one action twice: A, a"),
        ({"default": ("A",)}, "default must hold one action for each player, not"),
        ({"default": ("A", "C")}, "bob's default 'C' is none of bob's actions: A, B"),
        ({"compatible": (frozenset({"A"}),)}, "sets of two actions or more"),
        ({"compatible": ({"A", "B"},)}, "compatible holds sets of two"),
        ({"compatible": (frozenset({"A", "C"}),)}, "compatible names 'C', which nobody can do"),
        ({"rule": {}}, "the rule must be a function of a profile, not {}"),
    ],
)
def test_what_makes_no_game_says_why(change: dict[str, object], problem: str) -> None:
    with pytest.raises(BadGame) as refused:
        make(**change)
    assert problem in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([[(0, 0), (0, 0)]], "the table must have an entry for each of A, B; it has 1 entries"),
        ([[(0, 0), (0, 0)], [(0, 0)]], "the table after B must have an entry for each of A, B"),
        ([[(0, 0), (0, 0)], 7], "the table after B must have an entry for each of A, B; it has 7"),
        ([[(0, 0), (0, 0)], "AB"], "it has 'AB'"),
        ([[(0, 0), (0,)], [(0, 0), (0, 0)]], "the payoffs of A / B must be 2 numbers, not (0,)"),
        ([[(0, 0), (0, 0.5)], [(0, 0), (0, 0)]], "the payoffs of A / B: 0.5 is no exact number"),
        ({("A", "A"): (0, 0)}, "the table says nothing about A / B"),
        (
            {(a, b): (0, 0) for a in "AB" for b in "ABC"},
            "the table has ('A', 'C'), which is no profile of the game",
        ),
    ],
)
def test_a_table_that_is_none_says_where(table: object, problem: str) -> None:
    with pytest.raises((BadGame, BadNumber)) as refused:
        Game.from_matrix("g", AB, ("A", "B"), table)
    assert problem in str(refused.value)


def test_words_and_lists_of_words_are_not_mixed() -> None:
    for actions in (["A", ("B",)], [("A",), 3]):
        with pytest.raises(BadGame, match="actions are words, or for each seat a list of words"):
            Game.from_matrix("g", AB, actions, [])  # type: ignore[arg-type]


def test_tables_have_a_limit() -> None:
    wide = Game("wide", catalogue.SEATS, (("A", "B", "C"),) * 16, ("A",) * 16, len)
    for ask in (wide.tabulated, wide.array, wide.symmetric):
        with pytest.raises(BadGame, match="wide has 43046721 profiles, over 1048576"):
            ask()
    with pytest.raises(BadGame, match="the table has 43046721 profiles, over 1048576"):
        Game.from_matrix("wide", wide.players, ("A", "B", "C"), [])


# ---- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (7, 7),
        ("-7", -7),
        ("1/3", Fraction(1, 3)),
        ("-6/3", -2),
        ("0.25", Fraction(1, 4)),
        (".5", Fraction(1, 2)),
        ("1e3", 1000),
        ("25e-1", Fraction(5, 2)),
        (Decimal("0.1"), Fraction(1, 10)),
        (Fraction(4, 2), 2),
    ],
)
def test_exact_numbers(given: object, number: object) -> None:
    found = exact(given)
    assert found == number
    assert type(found) is type(number)
    assert exact(shown(found)) == found


@pytest.mark.parametrize(
    "given",
    [0.1, True, None, "", "x", "1/0", "1/2e3", "1e999", "٣", "9" * 101, " 1", "1_000", "nan",
     Decimal("NaN"), Decimal("1e999999")],
)  # fmt: skip
def test_what_is_no_exact_number(given: object) -> None:
    with pytest.raises(BadNumber):
        exact(given)


def test_numbers_for_people() -> None:
    assert [signed(one) for one in (3, 0, -2, Fraction(-1, 2))] == ["+3", "+0", "-2", "-1/2"]


# ---- the catalogue -----------------------------------------------------------------------------


def test_games_have_names() -> None:
    assert catalogue.named("chicken") == catalogue.chicken()
    assert catalogue.named("Stag-Hunt") == catalogue.stag_hunt()
    assert catalogue.named("public_goods", players="3", factor="1.5") == catalogue.public_goods(
        3, factor=Fraction(3, 2)
    )
    assert catalogue.named("chicken", both_swerve="-20").payoffs(("Swerve",) * 2) == (-20, -20)
    assert catalogue.named("routing", players=2) == catalogue.routing(2)


@pytest.mark.parametrize(
    ("name", "parameters", "error", "problem"),
    [
        ("poker", {}, UnknownGame, "no game is called 'poker'; there are chicken, prisoners_"),
        ("stag_hunt", {"players": 2}, UnknownGame, "stag_hunt has no 'players'; parameters: none"),
        ("chicken", {"swerve": 2}, UnknownGame, "parameters: players, both_swerve"),
        ("chicken", {"players": 1}, BadGame, "a game has 2 to 16 players, not 1"),
        ("chicken", {"players": 17}, BadGame, "a game has 2 to 16 players, not 17"),
        ("chicken", {"players": "2.5"}, BadGame, "a game has 2 to 16 players"),
        ("chicken", {"players": "two"}, BadNumber, "'two' is no number"),
        ("public_goods", {"factor": "1/2"}, BadGame, "factor of a public good must be at least 1"),
        ("public_goods", {"endowment": 0}, BadGame, "the endowment of a public good must be posit"),
    ],
)
def test_names_and_parameters_that_there_are_not(
    name: str, parameters: dict[str, object], error: type[Exception], problem: str
) -> None:
    with pytest.raises(error, match=problem):
        catalogue.named(name, **parameters)


def test_a_public_good_shares_what_grows() -> None:
    game = catalogue.public_goods(4, endowment=10, factor="1.6")
    assert game.payoffs(("Contribute", "Defect", "Defect", "Defect")) == (-6, 4, 4, 4)
    assert game.payoffs(("Contribute",) * 4) == (6,) * 4
    assert game.default == ("Defect",) * 4


def test_games_need_no_chain() -> None:
    """Imported alone, games bring neither ape nor web3 nor what is only in the extra."""
    code = (
        "import sys, boomerang.games, boomerang.games.files;"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in "
        "{'ape','web3','pyrevm','pygambit','gymnasium','pettingzoo','numpy','eth_tester'}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
