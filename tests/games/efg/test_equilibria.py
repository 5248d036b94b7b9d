"""Equilibria that pygambit finds in the exported text equal the closed forms; OpenSpiel agrees."""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.games import Game, catalogue
from boomerang.games.efg import (
    NotSupported,
    NotUnique,
    Offer,
    Protocol,
    alternating_offers_tree,
    blind_tree,
    boomerang_tree,
    in_units,
    play,
    race_tree,
    to_efg,
    turns_tree,
)
from boomerang.games.efg.closed_forms import Stakes, bargained_share
from boomerang.games.efg.equilibria import (
    Equilibrium,
    agent_equilibria,
    backward_induction,
    lcp_equilibria,
    logit_equilibrium,
    mixed_equilibria,
    pure_equilibria,
    rollback,
    stages,
    to_gambit,
    undominated,
    undominated_equilibria,
)
from games.efg import spiel

if TYPE_CHECKING:
    from boomerang.games.efg import Profile, Tree

F = Fraction
CHICKEN = catalogue.chicken()
HARSH = catalogue.chicken(both_swerve=-20)  # swerving costs 20 whatever the other does
DARES: dict[str, Any] = {"publishable": (("Dare",), ("Dare",)), "may_abstain": False}


def boomerang(game: Game, bond: Fraction | int, **more: Any) -> Tree:
    return boomerang_tree(game, Protocol((0, 1), (bond, bond), **more))


def crashes(found: Equilibrium) -> Fraction:
    return found.play.outcomes.get(("Dare", "Dare"), F(0))


def check_with_openspiel(tree: Tree, profile: Profile) -> None:
    """It is an equilibrium there too, of the same worth."""
    assert spiel.nash_conv(tree, profile) == pytest.approx(0, abs=1e-9)
    assert spiel.values(tree, profile) == pytest.approx(
        [float(x) for x in play(tree, profile).payoffs]
    )


# ------------------------------------------------------------------------------------ blind play


@pytest.mark.parametrize(("mild", "dares"), [(-20, F(3, 11)), (0, F(1, 9)), (-5, F(3, 19))])
def test_blind_play_dares_as_often_as_the_closed_form_says(mild: int, dares: Fraction) -> None:
    game = catalogue.chicken(both_swerve=mild)
    tree = blind_tree(game)
    stakes = Stakes.of(game)
    found = mixed_equilibria(tree)
    (mixed,) = [one for one in found if len(one.play.outcomes) == 4]
    for key in tree.infosets:
        assert mixed.profile[key]["Dare"] == dares == stakes.blind_dare
    assert crashes(mixed) == dares**2 == stakes.blind_crash
    assert sum(mixed.payoffs) == stakes.blind_welfare
    check_with_openspiel(tree, mixed.profile)
    # The others are chicken's own: one dares, the other swerves. Weak dominance rules out nothing.
    assert {one.payoffs for one in found if one is not mixed} == {(10, -20), (-20, 10)}
    assert len(undominated(tree).payoffs) == 4


def test_the_issue_s_figure_for_blind_play() -> None:
    assert float(Stakes.of(HARSH).blind_crash) == pytest.approx(0.074, abs=5e-4)


def test_solvers_agree_on_blind_play() -> None:
    tree = blind_tree(HARSH)
    pure = {one.payoffs for one in pure_equilibria(tree)}
    assert pure == {one.payoffs for one in agent_equilibria(tree)} == {(10, -20), (-20, 10)}
    assert lcp_equilibria(tree)[0].payoffs in pure


def test_a_logit_path_that_ends_early_is_no_equilibrium() -> None:
    """pygambit returns where it stopped; symmetric chicken has a fork on the way."""
    with pytest.raises(NotSupported, match="regret of 4"):
        logit_equilibrium(blind_tree(HARSH))


@pytest.mark.parametrize("openings", ["first", "last"])
def test_the_limit_of_quantal_responses_is_boomerang_s_outcome(openings: str) -> None:
    """A sequential equilibrium, found without any elimination."""
    found = logit_equilibrium(
        boomerang(CHICKEN, 101, openings=openings, conditions="revert", **DARES)
    )
    assert [float(x) for x in found.payoffs] == pytest.approx([10, -20], abs=1e-3)
    assert float(crashes(found)) < 1e-6


# -------------------------------------------------------------------------- the irrevocable race


def racing(tree: Tree) -> list[Equilibrium]:
    """Pure equilibria in which both dare when they see nothing, and swerve when they see Dare."""
    return [
        one
        for one in pure_equilibria(tree)
        if all(
            one.profile[seat, label].get("Dare") == (0 if "Dare" in label else 1)
            for seat, label in tree.infosets
            if "Swerve" not in label
        )
    ]


@pytest.mark.parametrize(
    ("blindness", "is_one"),
    [
        (F(0), True),
        (F(1, 20), True),
        (F(3, 19), True),
        (F(3, 19) + F(1, 10**6), False),
        (F(1, 2), False),
    ],
)
@pytest.mark.parametrize("game", [CHICKEN, HARSH], ids=["mild 0", "mild -20"])
def test_racing_is_an_equilibrium_up_to_3_in_19(
    game: Game, blindness: Fraction, is_one: bool
) -> None:
    stakes = Stakes.of(game)
    assert stakes.race_blindness == F(3, 19)
    tree = race_tree(game, blindness)
    found = racing(tree)
    assert bool(found) == is_one
    for one in found:
        assert crashes(one) == blindness == stakes.race_crash(blindness)
        assert sum(one.payoffs) == -10 - 190 * blindness == stakes.race_welfare(blindness)
        check_with_openspiel(tree, one.profile)


def test_other_equilibria_of_the_race_stay() -> None:
    """Nash does not select: one side may hold back always, or both, when they see nothing."""
    found = {one.payoffs for one in pure_equilibria(race_tree(CHICKEN, F(1, 10)))}
    assert found == {(F(-29, 2),) * 2, (10, -20), (-20, 10), (F(-9, 2),) * 2}


# --------------------------------------------------------------------------------------- Boomerang


@pytest.mark.parametrize("game", [CHICKEN, HARSH], ids=["mild 0", "mild -20"])
@pytest.mark.parametrize("openings", ["first", "last"])
def test_boomerang_with_bonds_gives_the_first_its_way_without_a_crash(
    game: Game, openings: str
) -> None:
    tree = boomerang(game, 101, openings=openings)
    found = rollback(tree)
    assert found.payoffs == Stakes.of(game).boomerang == (10, -20)
    assert sum(found.payoffs) == -10
    assert crashes(found) == 0
    check_with_openspiel(tree, found.profile)
    told = dict(stages(found, tree))
    seals = [action for label, action in told.items() if "seal" in label.split("; ")[-1]]
    assert seals == ["keep", "revert if kept(alice1)"]


def test_a_race_for_the_first_place_ends_without_a_crash() -> None:
    """Both arrive in either order, or in one block; whoever the draw puts second reverts."""
    orders = {(0, 1): F(1, 2), (1, 0): F(1, 2)}
    tree = boomerang_tree(CHICKEN, Protocol(orders, (101, 101), together=F(1, 3), **DARES))
    found = rollback(tree)
    assert found.payoffs == (-5, -5)
    assert crashes(found) == 0
    check_with_openspiel(tree, found.profile)


def test_plain_nash_does_not_select_boomerang_s_outcome() -> None:
    """That the first keeps is one Nash equilibrium; that it reverts and the second keeps another.
    In that one the second plays a dominated strategy: it would lose by it if the first kept.
    """
    tree = boomerang(CHICKEN, 101, may_be_silent=False, **DARES)
    found = {one.payoffs for one in pure_equilibria(tree)}
    assert found == {(10, -20), (-20, 10)}
    assert undominated(tree).payoffs == ((10, -20),)


def test_no_game_is_better_for_being_second_and_blind() -> None:
    """Without conditions the tree is chicken again: nothing is selected."""
    with pytest.raises(NotUnique, match="weak dominance leaves"):
        rollback(boomerang(CHICKEN, 101, conditions="none"))


# ------------------------------------------------------------------------------------------- bonds


def outcome(game: Game, bond: Fraction | int, **more: Any) -> set[tuple[Fraction, ...]]:
    """The payoffs that subgame by subgame weak dominance leaves in the game where both dare."""
    try:
        return {rollback(boomerang(game, bond, **DARES, **more)).payoffs}
    except NotUnique:
        return set()


@pytest.mark.parametrize("game", [CHICKEN, HARSH], ids=["mild 0", "mild -20"])
def test_the_switch_is_at_a_bond_of_80_when_the_second_opens_first(game: Game) -> None:
    switch = Stakes.of(game).bond
    assert switch == 80
    for bond in (F(0), F(1), F(79), switch - F(1, 10**6)):
        assert outcome(game, bond, openings="last", conditions="revert") == {(-20, 10)}
    for bond in (switch + F(1, 10**6), F(81), F(120)):
        assert outcome(game, bond, openings="last", conditions="revert") == {(10, -20)}


@pytest.mark.parametrize("conditions", ["revert", "all"])
@pytest.mark.parametrize("bond", [0, 30, 79, 81, 99, 120])
def test_there_is_no_switch_when_the_first_opens_first(bond: int, conditions: str) -> None:
    assert outcome(CHICKEN, bond, openings="first", conditions=conditions) == {(10, -20)}


def test_a_threat_needs_a_larger_bond() -> None:
    """The second may seal "keep if kept(alice1)" and open it first: then the silent first makes
    both swerve. Between 80 and 100 + (both swerve) no pure profile is left; the undominated
    equilibrium is mixed. Where swerving always costs 20, there is no such gap.
    """
    assert Stakes.of(HARSH).bond_against_threats == 80
    assert Stakes.of(CHICKEN).bond_against_threats == 100
    assert outcome(HARSH, 81, openings="last", conditions="all") == {(10, -20)}
    for bond in (81, 99):
        assert outcome(CHICKEN, bond, openings="last", conditions="all") == set()
    assert outcome(CHICKEN, 101, openings="last", conditions="all") == {(10, -20)}

    # The first keeps with 1/3, the second threatens with 1/4: 10 (3/4) - 90 (1/4) = -20 (3/4).
    def mixed(cell: Tree) -> tuple[tuple[Fraction, ...], Profile]:
        assert undominated(cell).payoffs == ((-90, 0), (-20, 10), (0, 0), (10, -20))
        (found,) = undominated_equilibria(cell)
        return found.payoffs, found.profile

    tree = boomerang(CHICKEN, 90, openings="last", **DARES)
    found = rollback(tree, mixed)
    assert found.payoffs == (-15, 0)
    check_with_openspiel(tree, found.profile)


def test_if_silence_meant_kept_30_would_do() -> None:
    """A hypothetical rule. From 30 on the first's way is all that is left; below, more is."""
    switch = Stakes.of(CHICKEN).bond_if_silence_kept
    assert switch == 30
    for game in (CHICKEN, HARSH):
        assert outcome(game, 31, openings="last", silence="keep") == {(10, -20)}
        assert outcome(game, 29, openings="last", silence="keep") == set()
        assert outcome(game, 0, openings="last", silence="keep") == {(-20, 10)}
    for bond in (0, 29, 31):
        assert outcome(CHICKEN, bond, openings="first", silence="keep") == {(10, -20)}


# ---------------------------------------------------------------------------------------- ruthless


@pytest.mark.parametrize(
    ("share", "keeps"),
    [
        (F(0), True),
        (F(1, 10), True),
        (F(3, 11) - F(1, 10**6), True),
        (F(3, 11) + F(1, 10**6), False),
        (F(1, 2), False),
        (F(1), False),
    ],
)
def test_the_first_keeps_while_at_most_3_in_11_are_ruthless(share: Fraction, keeps: bool) -> None:
    stakes = Stakes.of(CHICKEN)
    assert stakes.ruthless == F(3, 11)
    tree = boomerang(CHICKEN, 101, ruthless={1: share}, conditions="revert", **DARES)
    found = rollback(tree)
    worth = stakes.keep_against_ruthless(share) if keeps else -20
    assert found.payoffs[0] == worth
    assert crashes(found) == (share if keeps else 0)
    check_with_openspiel(tree, found.profile)


# -------------------------------------------------------------------------------------- bargaining


@pytest.mark.parametrize(("rounds", "breakdown"), product((1, 2, 3), (F(0), F(1, 2), F(1))))
def test_alternating_offers(rounds: int, breakdown: Fraction) -> None:
    tree = alternating_offers_tree(("alice", "bob"), F(20), rounds, breakdown, 8)
    found = backward_induction(tree)
    share = bargained_share(F(20), breakdown, rounds)
    assert found.payoffs == (share, 20 - share)


def test_many_rounds_of_offers_tend_to_the_limit() -> None:
    for breakdown in (F(1, 10), F(1, 2)):
        limit = bargained_share(F(20), breakdown)
        assert limit == 20 * (1 - breakdown) / (2 - breakdown)
        assert float(bargained_share(F(20), breakdown, 400)) == pytest.approx(float(limit))
        apart = [abs(bargained_share(F(20), breakdown, n) - limit) for n in range(1, 9)]
        assert apart == sorted(apart, reverse=True)


BARGAIN: dict[str, Any] = {**DARES, "may_be_silent": False}


def test_an_offered_bargain_is_struck_where_the_other_commitment_is_revoked() -> None:
    offer = Offer(1, 0, "Stop", (1, 5, 10), revokes=True)
    tree = boomerang(catalogue.bargaining(), 0, offer=offer, **BARGAIN)
    found = rollback(tree)
    assert found.payoffs == (11, -1)
    assert found.play.outcomes == {("Swerve", "Stop"): 1}
    check_with_openspiel(tree, found.profile)


def test_an_offered_bargain_falls_where_the_other_commitment_stays() -> None:
    """Example 2 (b) is no equilibrium: by sealing B1 "revert if kept(A1)" all the same, Bob would
    dare against an Alice who has stepped back. So she keeps, and there is no bargain.
    """
    offer = Offer(1, 0, "Stop", (1, 5, 10))
    tree = boomerang(catalogue.bargaining(), 0, offer=offer, **BARGAIN)
    found = rollback(tree)
    assert found.payoffs == (10, -20)
    check_with_openspiel(tree, found.profile)
    leaves = {leaf.payoffs for leaf in tree.leaves()}
    assert {(11, -1), (-19, 9)} <= leaves


# -------------------------------------------------------------------------------- ways of solving


def test_backward_induction_is_pygambit_s_answer_too() -> None:
    tree = turns_tree(CHICKEN, (1, 0))
    found = backward_induction(tree)
    assert found.payoffs == (-20, 10)
    assert not found.ties
    assert found.payoffs in {one.payoffs for one in pure_equilibria(tree)}
    check_with_openspiel(tree, found.profile)


def test_backward_induction_needs_perfect_information() -> None:
    with pytest.raises(NotSupported, match="no perfect information"):
        backward_induction(blind_tree(CHICKEN))


def test_ties_are_told() -> None:
    found = rollback(boomerang(CHICKEN, 80, openings="first", conditions="revert", **DARES))
    assert found.payoffs == (10, -20)
    assert [seat for seat, _ in found.ties] == [1]


def test_solvers_for_two_refuse_three() -> None:
    tree = blind_tree(catalogue.chicken(3))
    for solver in (mixed_equilibria, lcp_equilibria):
        with pytest.raises(NotSupported, match="takes two"):
            solver(tree)


def eliminated(tree: Tree) -> list[int]:
    """How many strategies of each player survive, by the definition, from pygambit's payoffs."""
    tables = [array.tolist() for array in to_gambit(tree).to_arrays()]
    rows, columns = list(range(len(tables[0]))), list(range(len(tables[0][0])))
    while True:
        worse_rows = {
            row
            for row, better in product(rows, rows)
            if all(tables[0][better][c] >= tables[0][row][c] for c in columns)
            and any(tables[0][better][c] > tables[0][row][c] for c in columns)
        }
        worse_columns = {
            column
            for column, better in product(columns, columns)
            if all(tables[1][r][better] >= tables[1][r][column] for r in rows)
            and any(tables[1][r][better] > tables[1][r][column] for r in rows)
        }
        if not worse_rows | worse_columns:
            return [len(rows), len(columns)]
        rows = [row for row in rows if row not in worse_rows]
        columns = [column for column in columns if column not in worse_columns]


@pytest.mark.parametrize("bond", [0, 81, 101])
@pytest.mark.parametrize("openings", ["first", "last"])
def test_elimination_is_by_the_definition(bond: int, openings: str) -> None:
    """pygambit 16.7.0's `undominated_strategies_solve` is not: it fails here with a bond of 81."""
    tree = boomerang(CHICKEN, bond, openings=openings, conditions="revert", **DARES)
    assert [len(own) for own in undominated(tree).strategies] == eliminated(tree)


# --------------------------------------------------------------------------------- both libraries


@pytest.mark.parametrize("name", ["prisoners_dilemma", "stag_hunt", "battle_of_the_sexes"])
def test_any_game_loads_in_both(name: str) -> None:
    import pygambit

    game = catalogue.named(name)
    tree = boomerang_tree(game, Protocol.simple(game, F(7, 3)))
    loaded = pygambit.read_efg(io.StringIO(to_efg(tree)))
    assert loaded.is_perfect_recall
    assert [player.label for player in loaded.players] == list(game.players)
    assert sum(len(player.infosets) for player in loaded.players) == len(tree.infosets)
    uniform = {
        key: {action: F(1, len(nodes[0].actions)) for action in nodes[0].actions}
        for key, nodes in tree.infosets.items()
    }
    expected = play(tree, uniform).payoffs
    behavior = loaded.mixed_behavior_profile(rational=True)  # all actions equally likely
    assert [behavior.payoff(player) for player in loaded.players] == list(expected)
    assert spiel.values(tree, uniform) == pytest.approx([float(x) for x in expected])


def test_large_payoffs_are_solved_in_larger_units() -> None:
    tree = blind_tree(catalogue.routing(2))
    found = mixed_equilibria(in_units(tree, 10**18))
    assert {one.profile[0, "alice: nothing seen; act?"]["B"] for one in found} == {0, F(1, 2), 1}


def test_three_players_load_in_both() -> None:
    game = catalogue.chicken(3)
    tree = boomerang_tree(
        game, Protocol((0, 1, 2), (0, 0, 0), may_be_silent=False, conditions="revert", **THREE)
    )
    assert len(to_gambit(tree).players) == 3
    assert spiel.load(tree).num_players() == 3


THREE: dict[str, Any] = {"publishable": (("Dare",),) * 3, "may_abstain": False}


def test_regret_minimisers_find_the_equilibrium_of_boomerang() -> None:
    """Counterfactual regret minimisation has no guarantee in games that are not zero-sum; here its
    average play comes to the first's way.
    """
    payoffs, gap = spiel.by_cfr(boomerang(CHICKEN, 101, conditions="revert", **DARES), 400)
    assert payoffs == pytest.approx([10, -20], abs=0.5)
    assert gap < 1
