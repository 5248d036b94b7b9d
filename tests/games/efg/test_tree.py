"""Extensive forms: what makes one, subgames, recall, and the text."""

from __future__ import annotations

from fractions import Fraction

import pytest

from boomerang.games import catalogue
from boomerang.games.efg import (
    BadTree,
    Chance,
    Decision,
    Leaf,
    Protocol,
    Tree,
    TreeTooLarge,
    blind_tree,
    boomerang_tree,
    build,
    in_units,
    play,
    race_tree,
    to_efg,
    tree,
)

HALF = Fraction(1, 2)


def leaf(*pays: int) -> Leaf:
    return Leaf(tuple(map(Fraction, pays)), ("x",))


def decision(seat: int, infoset: str, *below: Leaf | Decision | Chance) -> Decision:
    return Decision(seat, infoset, tuple((f"a{n}", node) for n, node in enumerate(below)))


@pytest.mark.parametrize(
    ("root", "told"),
    [
        (leaf(1), "pays 1, of 2"),
        (Chance("c", (("x", HALF, leaf(0, 0)), ("y", Fraction(1, 3), leaf(0, 0)))), "sum 1"),
        (Chance("c", (("x", Fraction(0), leaf(0, 0)), ("y", Fraction(1), leaf(0, 0)))), "sum 1"),
        (decision(2, "i", leaf(0, 0)), "seat 2"),
        (decision(0, 'i"j', leaf(0, 0)), "quotation"),
        (decision(0, "i\nj", leaf(0, 0)), "printable"),
        (decision(0, "i  j", leaf(0, 0)), "one space"),
        (decision(0, "Zoë", leaf(0, 0)), "ASCII"),
        (Decision(0, "i", ()), "has the actions"),
        (Decision(0, "i", (("a", leaf(0, 0)), ("a", leaf(0, 0)))), "has the actions"),
        (
            decision(
                1, "j", decision(0, "i", leaf(0, 0)), decision(0, "i", leaf(0, 0), leaf(0, 0))
            ),
            "'i' has the actions",
        ),
    ],
)
def test_what_is_no_tree_is_refused_by_name(root: Leaf | Decision | Chance, told: str) -> None:
    with pytest.raises(BadTree, match=told):
        Tree("t", ("Ann", "Ben"), root)


@pytest.mark.parametrize("players", [(), ("Ann", "Ann")])
def test_players_have_names_of_their_own(players: tuple[str, ...]) -> None:
    with pytest.raises(BadTree, match="names of their own"):
        Tree("t", players, leaf(0, 0))


def test_trees_have_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    root = decision(0, "i", leaf(0, 0), leaf(0, 0))
    monkeypatch.setattr(tree, "MAX_NODES", 3)
    Tree("t", ("Ann", "Ben"), root)
    monkeypatch.setattr(tree, "MAX_NODES", 2)
    with pytest.raises(TreeTooLarge, match="more than 2 nodes"):
        Tree("t", ("Ann", "Ben"), root)


def test_a_builder_stops_before_it_has_built_what_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "MAX_NODES", 1000)
    game = catalogue.public_goods(4)
    with pytest.raises(TreeTooLarge, match="more than 1000 nodes"):
        boomerang_tree(game, Protocol.simple(game))


def test_subgames_cut_no_information_set() -> None:
    #            c
    #         /     \
    #      i (Ann)   k (Ann)      Ben does not know which of a0, a1 Ann took at i; below k he does
    inner = decision(0, "i", *(decision(1, "j", leaf(0, 0), leaf(0, 0)) for _ in range(2)))
    other = decision(0, "k", decision(1, "l", leaf(0, 0)), decision(1, "m", leaf(0, 0)))
    root = Chance("c", (("x", HALF, inner), ("y", HALF, other)))
    found = Tree("t", ("Ann", "Ben"), root)
    below = [node for _, node in other.branches]
    assert found.subgame_roots == {id(node) for node in (root, inner, other, *below)}
    assert not found.perfect_information
    assert Tree("t", ("Ann", "Ben"), other).perfect_information


def test_an_information_set_across_chance_leaves_one_subgame() -> None:
    sides = [decision(0, "same", leaf(0, 0), leaf(0, 0)) for _ in range(2)]
    root = Chance("c", tuple((f"{n}", HALF, side) for n, side in enumerate(sides)))
    assert Tree("t", ("Ann", "Ben"), root).subgame_roots == {id(root)}


def test_forgetting_is_found() -> None:
    forgetful = decision(0, "i", *(decision(0, "j", leaf(0, 0)) for _ in range(2)))
    assert Tree("t", ("Ann", "Ben"), forgetful).forgets() == (0, "j")


@pytest.mark.parametrize("together", [Fraction(0), Fraction(1, 7)])
@pytest.mark.parametrize("openings", ["first", "last", (1, 0)])
def test_nobody_forgets(together: Fraction, openings: str) -> None:
    orders = {(0, 1): HALF, (1, 0): HALF}
    protocol = Protocol(orders, (3, 4), together=together, openings=openings, ruthless={1: HALF})
    assert boomerang_tree(catalogue.chicken(), protocol).forgets() is None
    assert race_tree(catalogue.chicken(), Fraction(1, 7)).forgets() is None


def test_a_profile_is_played_exactly() -> None:
    game = catalogue.chicken()
    found = blind_tree(game)
    third = {"Dare": Fraction(1, 3), "Swerve": Fraction(2, 3)}
    result = play(found, dict.fromkeys(found.infosets, third))
    assert result.outcomes == {
        ("Dare", "Dare"): Fraction(1, 9),
        ("Dare", "Swerve"): Fraction(2, 9),
        ("Swerve", "Dare"): Fraction(2, 9),
        ("Swerve", "Swerve"): Fraction(4, 9),
    }
    assert result.payoffs == (Fraction(-100 + 20 - 40, 9),) * 2


def test_payoffs_come_in_any_unit() -> None:
    found = in_units(blind_tree(catalogue.chicken()), Fraction(3))
    utils = [3 * leaf.payoffs[0] for leaf in found.leaves()]
    assert utils == [-100, 10, -20, 0]
    with pytest.raises(BadTree, match="above 0"):
        in_units(found, 0)


def test_a_profile_must_say_what_to_do() -> None:
    found = blind_tree(catalogue.chicken())
    with pytest.raises(BadTree, match="says nothing"):
        play(found, {})


def test_the_text_is_gambit_s_format() -> None:
    game = catalogue.chicken(both_swerve=Fraction(-1, 3))
    assert to_efg(race_tree(game, Fraction(1))) == (
        'EFG 2 R "chicken, irrevocable race" { "alice" "bob" }\n'
        '""\n'
        "\n"
        'p "" 1 1 "alice: nothing seen; act?" { "Dare" "Swerve" } 0\n'
        'p "" 2 1 "bob: nothing seen; act?" { "Dare" "Swerve" } 0\n'
        't "" 1 "1 Dare/Dare" { -100, -100 }\n'
        't "" 2 "2 Dare/Swerve" { 10, -20 }\n'
        'p "" 2 1 "bob: nothing seen; act?" { "Dare" "Swerve" } 0\n'
        't "" 3 "3 Swerve/Dare" { -20, 10 }\n'
        't "" 4 "4 Swerve/Swerve" { -1/3, -1/3 }\n'
    )
    assert 'c "" 1 "race 1" { "alice is first" 1/4' in to_efg(race_tree(game, HALF))
