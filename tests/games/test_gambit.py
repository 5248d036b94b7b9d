"""Games from and to pygambit, exactly; and what its solvers find in the catalogue, beside the
closed forms.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

import pygambit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang.games import BadGameFile, Game, NotSupported, catalogue, gambit
from games.random_games import WORDS, games

if TYPE_CHECKING:
    from pathlib import Path

    from boomerang.games import Profile

LABELS = st.from_regex(r"[!-\[\]-~]{1,8}( [!-\[\]-~]{1,8})?", fullmatch=True)
"""Printable ASCII with single spaces, as pygambit asks; its files garble backslashes, and what is
called by the number of another cannot be read from them.
"""


# ---- there and back ----------------------------------------------------------------------------


def same(one: Game, other: Game) -> bool:
    """In all that pygambit knows of."""
    return (one.name, one.players, one.actions, one.rule) == (
        other.name,
        other.players,
        other.actions,
        other.rule,
    )


@settings(deadline=None, max_examples=50)
@given(games(LABELS))
def test_a_game_comes_back_from_pygambit(game: Game) -> None:
    back = gambit.from_gambit(
        gambit.to_gambit(game), default=game.default, compatible=game.compatible
    )
    assert back == game


@settings(deadline=None, max_examples=25)
@given(game=games(LABELS.map("p{}".format), WORDS.map("a{}".format)))
def test_a_game_comes_back_from_gambit_s_files(
    game: Game, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("gambit") / "game.nfg"
    path.write_text(gambit.to_gambit(game).to_nfg())
    assert same(gambit.read(path), game)


def test_names_that_pygambit_does_not_take_are_spelled() -> None:
    game = Game.from_matrix(
        "Spiel für  zwei", ("Zoë", "Zo\\xeb", " b "), ("A",), [[[(1, 2, Fraction(1, 3))]]]
    )
    made = gambit.to_gambit(game)
    assert made.title == r"Spiel f\xfcr zwei"
    assert [player.label for player in made.players] == [r"Zo\xeb", r"Zo\xeb_2", "b"]
    assert gambit.from_gambit(made).payoffs(("A", "A", "A")) == (1, 2, Fraction(1, 3))


def test_labels_become_words() -> None:
    source = pygambit.Game.new_table([3, 2])
    (one, other) = source.players
    for strategy, label in zip(one.strategies, ["Drive on!", "Drive, on", "drive_on"], strict=True):
        strategy.label = label
    game = gambit.from_gambit(source, name="g", default=("Drive_on", "2"))
    assert game.actions == (("Drive_on", "Drive_on_2", "drive_on_3"), ("1", "2"))
    assert game.name == "g"
    assert gambit.from_gambit(source).default == ("drive_on_3", "2")
    assert (one.label, other.label) == game.players


TREE = """EFG 2 R "seen" { "alice" "bob" }
""
p "" 1 1 "" { "l" "r" } 0
p "" 2 1 "" { "x" "y" } 0
t "" 1 "a" { 1/3, 2 }
c "" 1 "" { "h" 1/4 "t" 3/4 } 0
t "" 2 "b" { 1, 0 }
t "" 3 "c" { 0, 4 }
p "" 2 2 "" { "x" "y" } 0
t "" 4 "d" { 0.5, 2 }
t "" 5 "e" { 5, 5 }
"""


def test_a_tree_is_read_in_its_strategic_form(tmp_path: Path) -> None:
    path = tmp_path / "tree.EFG"
    path.write_text(TREE)
    game = gambit.read(path, default=("1", "11"))
    assert game.actions == (("1", "2"), ("11", "12", "21", "22"))
    assert game.payoffs(("1", "12")) == (Fraction(1, 3), 2)
    assert game.payoffs(("1", "21")) == (Fraction(1, 4), 3)
    assert game.payoffs(("2", "21")) == (Fraction(1, 2), 2)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadGameFile, match=r"Gambit's files end in \.nfg, \.efg, \.gbt, \.agg"):
        gambit.read(tmp_path / "game.json")
    with pytest.raises(BadGameFile, match=r"nothing\.nfg"):
        gambit.read(tmp_path / "nothing.nfg")
    (tmp_path / "junk.nfg").write_text("junk")
    with pytest.raises(BadGameFile, match="Parse error in game file"):
        gambit.read(tmp_path / "junk.nfg")
    with pytest.raises(NotSupported, match="has no players"):
        gambit.from_gambit(pygambit.Game.new_tree())


# ---- equilibria --------------------------------------------------------------------------------


def mixed(game: Game) -> list[list[list[Fraction]]]:
    """All extreme equilibria of a game of two, as probabilities by seat and action."""
    solved = pygambit.nash.enummixed_solve(gambit.to_gambit(game), rational=True)
    return [
        [[Fraction(p) for _, p in strategy] for _, strategy in profile.mixed_strategies()]
        for profile in solved.equilibria
    ]


def pure(game: Game) -> set[Profile]:
    """All pure equilibria, by pygambit."""
    solved = pygambit.nash.enumpure_solve(gambit.to_gambit(game))
    return {
        tuple(
            next(one.label for one, p in strategy if p == 1)
            for _, strategy in profile.mixed_strategies()
        )
        for profile in solved.equilibria
    }


def stable(game: Game) -> set[Profile]:
    """All pure equilibria, by trying what each could do instead."""
    return {
        profile
        for profile in game.profiles()
        if all(
            game.payoffs((*profile[:seat], other, *profile[seat + 1 :]))[seat]
            <= game.payoffs(profile)[seat]
            for seat, own in enumerate(game.actions)
            for other in own
        )
    }


@pytest.mark.parametrize("s", [0, -20, 5, "9.5", "-1/3"])
def test_chicken_is_mixed_as_the_closed_form_says(s: object) -> None:
    game = catalogue.chicken(both_swerve=s)
    swerve = Fraction(s)  # type: ignore[arg-type]
    p = (10 - swerve) / (90 - swerve)
    assert sorted(mixed(game)) == sorted([[[0, 1], [1, 0]], [[1, 0], [0, 1]], [[p, 1 - p]] * 2])


def test_blind_chicken_crashes_with_a_ninth_or_three_elevenths_each() -> None:
    assert [[Fraction(1, 9), Fraction(8, 9)]] * 2 in mixed(catalogue.chicken())
    crash = Fraction(3, 11) ** 2
    assert [[Fraction(3, 11), Fraction(8, 11)]] * 2 in mixed(catalogue.chicken(both_swerve=-20))
    assert round(float(crash), 3) == 0.074


def test_three_of_chicken_have_one_who_dares() -> None:
    game = catalogue.chicken(3)
    assert pure(game) == {
        tuple("Dare" if i == darer else "Swerve" for i in range(3)) for darer in range(3)
    }


def test_the_prisoner_s_dilemma_has_one_equilibrium() -> None:
    assert mixed(catalogue.prisoners_dilemma()) == [[[1, 0], [1, 0]]]


def test_the_stag_hunt_has_two_and_one_between() -> None:
    third = [Fraction(1, 4), Fraction(3, 4)]  # hares and stags
    assert sorted(mixed(catalogue.stag_hunt())) == sorted(
        [[[1, 0], [1, 0]], [[0, 1], [0, 1]], [third, third]]
    )


def test_the_battle_of_the_sexes_is_mixed_by_what_the_other_likes() -> None:
    """Each goes to what it likes better (its first action) with 3/5."""
    third = [Fraction(3, 5), Fraction(2, 5)]
    assert sorted(mixed(catalogue.battle_of_the_sexes())) == sorted(
        [[[1, 0], [0, 1]], [[0, 1], [1, 0]], [third, third]]
    )


@pytest.mark.parametrize("players", [2, 3, 4, 5])
@pytest.mark.parametrize("factor", ["3/2", "5.5"])
def test_in_a_public_good_nobody_contributes_unless_a_share_is_more_than_all(
    players: int, factor: str
) -> None:
    game = catalogue.public_goods(players, factor=factor)
    free = Fraction(factor) < players
    assert pure(game) == {(("Defect" if free else "Contribute"),) * players}
    best = max(game.profiles(), key=lambda profile: sum(game.payoffs(profile)))
    assert best == ("Contribute",) * players


@pytest.mark.parametrize("name", list(catalogue.CATALOGUE))
def test_pure_equilibria_are_what_nobody_would_leave(name: str) -> None:
    game = catalogue.named(name)
    assert pure(game) == stable(game)


def test_stopping_is_no_worse_than_swerving_against_one_who_dares() -> None:
    yields = ("Stop", "Swerve")
    assert pure(catalogue.bargaining()) == {
        *product(("Dare",), yields),
        *product(yields, ("Dare",)),
    }
