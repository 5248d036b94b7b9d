"""What kept statements come to: who plays, what they do, what it pays, where they clash."""

from __future__ import annotations

import pytest

from boomerang.content import Clauses, Payment
from boomerang.decisions import Kept, Not, encode
from boomerang.games import BadGame, Entry, Game, catalogue, conflicts, payments_due, score
from boomerang.games.statements import players, profile
from boomerang.identity import ZERO_ADDRESS

AGENTS = ["alice", "bob"]
CHICKEN = catalogue.bargaining()  # with Stop


def entry(name: str, owner: str, statement: str, *, kept: bool = True, **more: object) -> Entry:
    return Entry(name, owner, statement, kept, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alice", "bob", "payoffs"),
    [
        ("Dare", "Dare", (-100, -100)),
        ("Dare", "Swerve", (10, -20)),
        ("Swerve", "Dare", (-20, 10)),
        ("Swerve", "Swerve", (0, 0)),
        ("Dare", "Stop", (10, -20)),
        ("Swerve", "Stop", (10, 0)),
        ("Stop", "Stop", (0, 0)),
    ],
)
def test_chicken_pays_as_section_10_says(alice: str, bob: str, payoffs: tuple[int, int]) -> None:
    entries = [entry("A1", "alice", alice), entry("B1", "bob", bob)]
    assert tuple(score(CHICKEN, AGENTS, entries).values()) == payoffs


def test_what_is_not_kept_states_nothing() -> None:
    entries = [entry("A1", "alice", "Dare"), entry("B1", "bob", "Dare", kept=False)]
    assert score(CHICKEN, AGENTS, entries) == {"alice": 10, "bob": -20}


def test_silence_is_swerving() -> None:
    assert score(CHICKEN, AGENTS, [entry("A1", "alice", "Dare")]) == {"alice": 10, "bob": -20}
    assert score(CHICKEN, AGENTS, []) == {"alice": 0, "bob": 0}


@pytest.mark.parametrize(
    ("statement", "action"),
    [
        ("Dare", "Dare"),
        ("  dare!", "Dare"),
        ("SWERVE", "Swerve"),
        ("Stop, say Alice is the more badass, pay her 1", "Stop"),
        ("I dare", None),
        ("Daredevil", None),
        ("", None),
    ],
)
def test_a_statement_states_its_first_word(statement: str, action: str | None) -> None:
    assert CHICKEN.action(0, statement) == action


def test_payments_of_kept_commitments_count() -> None:
    entries = [
        entry("B2", "bob", "Stop", payments=(("alice", 1), ("0x01", 5))),
        entry("B3", "bob", "Swerve", kept=False, payments=(("alice", 100),)),
    ]
    assert score(CHICKEN, AGENTS, entries) == {"alice": 11, "bob": -6}


def test_a_bystander_s_payment_reaches_a_player() -> None:
    entries = [
        entry("A1", "alice", "Dare"),
        entry("B1", "bob", "Swerve"),
        entry("C1", "carol", "a gift", payments=(("bob", 7),)),
    ]
    assert score(CHICKEN, [*AGENTS, "carol"], entries) == {"alice": 10, "bob": -13}


def test_conflicts_are_kept_statements_of_one_owner_that_do_not_go_together() -> None:
    entries = [
        entry("A1", "alice", "Dare"),
        entry("B1", "bob", "Dare"),
        entry("B2", "bob", "Stop"),
        entry("B3", "bob", "Swerve"),
        entry("B4", "bob", "Dare", kept=False),
        entry("B5", "bob", "sing"),
    ]
    assert conflicts(CHICKEN, entries) == [("B1", "B2"), ("B1", "B3")]


def test_who_conflicts_plays_the_more_reckless_action() -> None:
    entries = [entry("B2", "bob", "Stop"), entry("B1", "bob", "Dare")]
    assert profile(CHICKEN, AGENTS, entries) == {"alice": "Swerve", "bob": "Dare"}
    assert score(CHICKEN, AGENTS, entries) == {"alice": -20, "bob": 10}


def test_players_are_those_who_state_an_action() -> None:
    entries = [entry("B1", "bob", "Dare"), entry("C1", "carol", "Swerve")]
    assert players(CHICKEN, ["alice", "bob", "carol"], entries) == ("bob", "carol")
    assert players(CHICKEN, ["alice", "bob", "carol"], entries[:1]) == ("alice", "bob")
    other = [entry("C1", "carol", "sing"), entry("B1", "bob", "Dare")]
    assert players(CHICKEN, ["alice", "bob", "carol"], other) == ("bob", "carol")


def test_three_meet_in_pairs() -> None:
    agents = ["alice", "bob", "carol"]
    entries = [entry(a, a, s) for a, s in zip(agents, ("Dare", "Swerve", "Dare"), strict=True)]
    assert score(CHICKEN, agents, entries) == {"alice": -90, "bob": -40, "carol": -90}


def test_another_game_is_data() -> None:
    faces = ("Heads", "Tails")
    matching = Game.from_matrix("matching", AGENTS, faces, [[(1, 1), (0, 0)], [(0, 0), (1, 1)]])
    assert score(matching, AGENTS, [entry("A", "alice", "Heads")]) == {"alice": 0, "bob": 0}
    assert score(matching, AGENTS, []) == {"alice": 1, "bob": 1}


def test_seats_are_taken_in_the_order_of_the_agents() -> None:
    evening = catalogue.battle_of_the_sexes()
    entries = [entry("B1", "bob", "Opera"), entry("A1", "alice", "Opera")]
    assert score(evening, AGENTS, entries) == {"alice": 3, "bob": 2}
    assert score(evening, AGENTS[::-1], entries) == {"bob": 3, "alice": 2}


def test_a_game_of_seats_that_differ_takes_no_third() -> None:
    entries = [entry(agent, agent, "Opera") for agent in ("alice", "bob", "carol")]
    with pytest.raises(BadGame, match="battle_of_the_sexes is no symmetric game of two: 3 cannot"):
        score(catalogue.battle_of_the_sexes(), ["alice", "bob", "carol"], entries)


def test_one_alone_meets_nobody() -> None:
    assert score(CHICKEN, ["alice"], [entry("A1", "alice", "Dare")]) == {"alice": 0}


def test_payments_due_need_a_true_guard_and_are_ether() -> None:
    other, token = "0x" + "22" * 20, "0x" + "33" * 20
    alice = "0x" + "11" * 20
    paid = (
        Payment(alice, ZERO_ADDRESS, 3),
        Payment(other, ZERO_ADDRESS, 4),
        Payment(alice, token, 5),
    )
    a1 = bytes(25)
    clauses = Clauses(payments=paid, guard=encode(Not(Kept(a1))))
    names = {alice: "alice"}
    assert payments_due(clauses, {a1: False}, names) == (("alice", 3), (other, 4))
    assert payments_due(clauses, {a1: True}, names) == ()
    assert payments_due(Clauses(payments=paid[:1]), {}, names) == (("alice", 3),)
    assert payments_due(None, {}, names) == ()


def test_payments_due_in_other_tokens_where_asked_for() -> None:
    alice, gold, lead = "0x" + "11" * 20, "0x" + "22" * 20, "0x" + "33" * 20
    paid = (Payment(alice, ZERO_ADDRESS, 3), Payment(alice, gold, 4), Payment(alice, lead, 5))
    clauses = Clauses(payments=paid)
    assert payments_due(clauses, {}, {alice: "alice"}, (ZERO_ADDRESS, gold)) == (
        ("alice", 3),
        ("alice", 4),
    )
