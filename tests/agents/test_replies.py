"""Best replies: what agents work out of a game."""

from __future__ import annotations

from itertools import combinations, product
from math import ceil
from typing import TYPE_CHECKING

import pytest

from boomerang.agents.replies import EXACT, Replies, settled
from boomerang.decisions import Constant, Kept, Not, atoms, encode, evaluate
from boomerang.games import Game, catalogue

if TYPE_CHECKING:
    from boomerang.agents.replies import Stated

GAMES = [
    catalogue.chicken(),
    catalogue.chicken(3),
    catalogue.bargaining(),
    catalogue.prisoners_dilemma(),
    catalogue.stag_hunt(),
    catalogue.battle_of_the_sexes(),
    catalogue.public_goods(3),
    catalogue.routing(2),
    catalogue.routing(3, order="average"),
]
PENNIES = Game.from_matrix(
    "matching_pennies",
    ("alice", "bob"),
    ("Heads", "Tails"),
    [[(1, -1), (-1, 1)], [(-1, 1), (1, -1)]],
)


def ids(count: int) -> list[bytes]:
    return [bytes([i + 1]) * 25 for i in range(count)]


@pytest.mark.parametrize(
    ("game", "claims"),
    [
        (catalogue.chicken(), ("Dare", "Dare")),
        (catalogue.bargaining(), ("Dare", "Dare")),
        (catalogue.prisoners_dilemma(), ("Defect", "Defect")),
        (catalogue.stag_hunt(), ("Stag", "Stag")),
        (catalogue.battle_of_the_sexes(), ("Opera", "Football")),
        (catalogue.public_goods(3), ("Defect",) * 3),
    ],
)
def test_what_a_leader_claims(game: Game, claims: tuple[str, ...]) -> None:
    assert tuple(Replies(game, seat).claim for seat in range(len(game.players))) == claims


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
def test_where_others_settle_nobody_of_them_gains_by_another_action(game: Game) -> None:
    for seat, action in ((s, a) for s, own in enumerate(game.actions) for a in own):
        profile = settled(game, {seat: action})
        assert profile[seat] == action
        for other in set(range(len(profile))) - {seat}:
            for instead in game.actions[other]:
                changed = (*profile[:other], instead, *profile[other + 1 :])
                assert game.payoffs(changed)[other] <= game.payoffs(profile)[other]


def test_those_who_never_settle_are_left_where_they_are() -> None:
    assert settled(PENNIES, {})[0] in ("Heads", "Tails")


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
def test_a_decision_keeps_exactly_what_is_the_best_reply(game: Game) -> None:
    """For every set of up to two commitments of others, every outcome of theirs."""
    for seat in range(len(game.players)):
        replies = Replies(game, seat)
        stated = [(s, a) for s, own in enumerate(game.actions) if s != seat for a in own]
        for others in [(), *((x,) for x in stated), *product(stated, stated)]:
            for action in game.actions[seat]:
                check(replies, action, others)


def check(replies: Replies, action: str, others: tuple[Stated, ...]) -> None:
    named = ids(len(others))
    decision = replies.decision(action, list(zip(others, named, strict=True)))
    for case in product((True, False), repeat=len(others)):
        bound: dict[int, list[str]] = {seat: [] for seat, _ in others}
        for (seat, stated), kept in zip(others, case, strict=True):
            bound[seat] += [stated] if kept else []
        fixed = {seat: replies.game.plays(seat, own) for seat, own in bound.items()}
        outcomes = dict(zip(named, case, strict=True))
        assert evaluate(decision, outcomes) == (replies.best(fixed) == action)


def test_the_wanted_actions_are_the_best_replies_but_for_the_default() -> None:
    battle = Replies(catalogue.battle_of_the_sexes(), 1)
    assert battle.wanted([]) == ()  # to be Football, the default
    assert battle.wanted([(0, "Opera")]) == ("Opera",)
    assert Replies(catalogue.chicken(), 1).wanted([(0, "Dare")]) == ("Dare",)
    assert Replies(catalogue.chicken(), 1).wanted([]) == ("Dare",)


def test_decisions_read_as_people_would_write_them() -> None:
    first, second = ids(2)
    replies = Replies(catalogue.chicken(3), 2)
    others = [((0, "Dare"), first), ((1, "Dare"), second)]
    assert replies.decision("Dare", others[:1]) == Not(Kept(first))
    assert replies.decision("Dare", []) == Constant(True)
    assert not evaluate(replies.decision("Dare", others), {first: True, second: False})


@pytest.mark.parametrize(("players", "enough"), [(6, 1), (10, 1), (11, 2), (16, 2)])
def test_of_many_others_so_many_who_dare_are_enough(players: int, enough: int) -> None:
    """With n players and k others who dare: 10 (n - 1 - k) - 100 k against -20 k, so to give way
    pays as much where 90 k >= 10 (n - 1).
    """
    assert players > EXACT + 1
    assert enough == ceil((players - 1) / 9)
    replies = Replies(catalogue.chicken(players), players - 1)
    named = ids(players - 1)
    others = [((seat, "Dare"), one) for seat, one in enumerate(named)]
    decision = replies.decision("Dare", others)
    assert set(atoms(decision)) == set(named)
    assert encode(decision)  # it fits into a seal
    nobody = dict.fromkeys(named, False)
    assert evaluate(decision, nobody)
    for some in combinations(named, enough - 1):
        assert evaluate(decision, nobody | dict.fromkeys(some, True))
    for some in combinations(named, enough):
        assert not evaluate(decision, nobody | dict.fromkeys(some, True))


def test_a_reply_may_turn_twice() -> None:
    """Odd one out: to be the same as one of the others, and not as the other."""
    game = Game(
        name="odd one out",
        players=("a", "b", "c"),
        actions=(("X", "Y"),) * 3,
        default=("Y",) * 3,
        rule=_odd,
    )
    replies = Replies(game, 2)
    others = (((0, "X")), ((1, "X")))
    for action in ("X", "Y"):
        check(replies, action, others)
    assert set(atoms(replies.decision("X", list(zip(others, ids(2), strict=True))))) == set(ids(2))


def test_of_many_others_those_who_do_the_default_do_not_count() -> None:
    replies = Replies(catalogue.chicken(8), 7)
    named = ids(7)
    actions = ("Dare", "Swerve", "Dare", "Swerve", "Dare", "Swerve", "Dare")
    others = [((i, action), named[i]) for i, action in enumerate(actions)]
    assert set(atoms(replies.decision("Dare", others))) == set(named[::2])


def test_where_one_route_is_crowded_the_other_is_taken() -> None:
    """Of eight traders, the last takes B while few of the others have; some number tips it."""
    game = catalogue.routing(8, order="average")
    replies, named = Replies(game, 7), ids(7)
    others = [((seat, "C"), one) for seat, one in enumerate(named)]
    decision = replies.decision("B", others)
    for number in range(8):
        outcomes = {one: i < number for i, one in enumerate(named)}
        profile = ["C" if i < number else "B" for i in range(7)]
        over_b, over_c = (game.payoffs((*profile, way))[7] for way in "BC")
        assert evaluate(decision, outcomes) == (over_b >= over_c)


def test_of_many_others_all_who_hunt_a_stag_are_needed() -> None:
    """A stag takes six here: one who is not bound to it lets it go."""
    names = tuple("abcdef")
    game = Game(
        name="stag for six",
        players=names,
        actions=(("Hare", "Stag"),) * 6,
        default=("Hare",) * 6,
        rule=_stag,
    )
    named = ids(5)
    others = [((seat, "Stag"), one) for seat, one in enumerate(named)]
    decision = Replies(game, 5).decision("Stag", others)
    assert evaluate(decision, dict.fromkeys(named, True))
    for one in named:
        assert not evaluate(decision, dict.fromkeys(named, True) | {one: False})


def _odd(profile: tuple[str, ...]) -> list[int]:
    """The third wants X exactly where the other two differ."""
    differ = profile[0] != profile[1]
    return [0, 0, int((profile[2] == "X") == differ)]


def _stag(profile: tuple[str, ...]) -> list[int]:
    caught = all(action == "Stag" for action in profile)
    return [3 if action == "Hare" else 4 * caught for action in profile]
