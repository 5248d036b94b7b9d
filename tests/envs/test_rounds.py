"""Matches in rounds: what is legal, what is seen and hidden, what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from boomerang.agents import AGENTS, FirstMover, named
from boomerang.agents.policy import PolicyAgent
from boomerang.envs import UnknownChoice, parallel_env, raw_env
from boomerang.errors import InvalidInput
from boomerang.games import catalogue
from boomerang.parameters import Parameters, preset
from boomerang.play import Match, Move, Seat, Table, View, Wait, open_table
from boomerang.rounds import Course, Rules, Stage, Timetable


class Late(FirstMover):
    """Commits to its first action at a later second."""

    def __init__(self, second: int) -> None:
        super().__init__()
        self.second = second

    def act(self, view: View) -> Sequence[Move]:
        self.start = getattr(self, "start", view.now)
        if view.now < self.start + self.second:
            return [Wait(self.start + self.second)]
        return super().act(view)


@pytest.fixture(scope="module", params=["model", "pyrevm"])
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    with open_table(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def model() -> Iterator[Table]:
    with open_table("model") as opened:
        yield opened


def course(table: Table, game: Any = None, **rules: Any) -> Course:
    return Course(game or catalogue.chicken(), table, Rules(**rules))


def play(course: Course, *lines: dict[int, str], seed: int = 0) -> Course:
    """Begin, and go through choices by their names, one mapping by seat for each round."""
    course.begin(seed)
    for line in lines:
        numbers = {seat: course.choices.number(name) for seat, name in line.items()}
        for seat, number in numbers.items():
            assert course.mask(seat)[number], f"{line[seat]} is not legal for seat {seat}"
        course.step(numbers)
    return course


def part(course: Course, seat: int, name: str) -> Any:
    """A named part of what a seat sees."""
    return course.observe(seat)[course.observer.fields()[name]]


def legal(course: Course, seat: int) -> set[str]:
    return {course.choices.names[n] for n in np.flatnonzero(course.mask(seat))}


BOTH_DARE = {0: "publish Dare", 1: "publish Dare"}
SEALS = {0: "keep", 1: "revert if Dare"}
OPENS = {0: "open", 1: "open"}


# ------------------------------------------------------------------------------- what it comes to


def test_the_first_worked_example_and_its_variants(table: Table) -> None:
    by_seat = course(table, order="seat", bond=30)
    assert play(by_seat, BOTH_DARE, SEALS, OPENS).outcome.payoffs == (10, -20)  # type: ignore[union-attr]
    silent_bob = play(by_seat, BOTH_DARE, SEALS, {0: "open"})
    assert silent_bob.outcome.payoffs == (10, -20 - 30)  # type: ignore[union-attr]
    silent_alice = play(by_seat, BOTH_DARE, SEALS, {1: "open"})
    assert silent_alice.outcome.payoffs == (-20 - 30, 10)  # type: ignore[union-attr]
    unsealed = play(by_seat, BOTH_DARE, {0: "keep"}, {0: "open"})
    assert unsealed.outcome.payoffs == (10, -20)  # type: ignore[union-attr]
    crash = play(by_seat, BOTH_DARE, {0: "keep", 1: "keep"}, OPENS)
    assert crash.outcome.payoffs == (-100, -100)  # type: ignore[union-attr]


def test_the_registry_s_fee_is_lost(model: Table) -> None:
    with open_table("model", Parameters(fee=3)) as costly:
        ended = play(course(costly, order="seat"), BOTH_DARE, SEALS, OPENS)
    assert ended.outcome is not None
    assert ended.outcome.payoffs == (10 - 3, -20 - 3)


def test_nobody_can_decide_anything_where_nobody_published(model: Table) -> None:
    idle = play(course(model), {})
    assert idle.turn is None
    assert idle.outcome is not None
    assert idle.outcome.actions == ("Swerve", "Swerve")
    with pytest.raises(InvalidInput, match="the match is over"):
        idle.step({})


def test_random_play_is_never_refused_and_alike_on_model_and_chain() -> None:
    """`Course` raises what the chain says to a choice that the mask allows."""
    games = [catalogue.chicken(3), catalogue.battle_of_the_sexes(), catalogue.bargaining()]
    variants: list[dict[str, Any]] = [
        {"offers": True, "bond": 7},
        {"rounds": 2, "order": "random", "openings": "latest_first"},
        {"rounds": 2, "offers": True, "openings": "earliest_first", "order": "seat"},
    ]
    with open_table("model") as model, open_table("pyrevm") as chain:
        for game in games:
            for rules in variants:
                one, other = course(model, game, **rules), course(chain, game, **rules)
                for seed in range(12):
                    rng = Random(seed)
                    one.begin(seed)
                    other.begin(seed)
                    while one.turn:
                        chosen = {}
                        for seat in one.seats:
                            seen, also = one.observe(seat), other.observe(seat)
                            assert np.array_equal(seen, also)
                            assert seen.min() >= 0
                            assert seen.max() <= 1
                            assert np.array_equal(one.mask(seat), other.mask(seat))
                            chosen[seat] = int(rng.choice(np.flatnonzero(one.mask(seat))))
                        one.step(chosen)
                        other.step(chosen)
                    assert one.outcome is not None
                    assert other.outcome is not None
                    assert one.outcome.payoffs == other.outcome.payoffs
                    assert one.outcome.commitments == other.outcome.commitments
                    assert sum(other.outcome.gas) > 0 or not other.outcome.commitments


@pytest.mark.parametrize("seed", range(6))
def test_policies_in_a_match_come_to_the_same_as_in_rounds(table: Table, seed: int) -> None:
    def cautious(observation: Any, mask: Any) -> int:
        """Dare; give way if one may; open."""
        wanted = ("publish Dare", "revert if Dare", "keep", "open", "pass")
        return next(c for c in map(rounds.choices.number, wanted) if mask[c])

    rounds = course(table)
    rounds.begin(seed)
    while rounds.turn:
        rounds.step({s: cautious(rounds.observe(s), rounds.mask(s)) for s in rounds.seats})
    seats = [Seat(PolicyAgent(cautious)), Seat(PolicyAgent(cautious))]
    match = Match(rounds.game, seats, table, seed=seed).play()
    assert rounds.outcome is not None
    assert match.refused == ((), ())
    assert match.actions == rounds.outcome.actions
    assert {e.id: e.phase for e in match.commitments} == {
        e.id: e.phase for e in rounds.outcome.commitments
    }
    assert sorted(match.payoffs) == [-20, 10]


def test_agents_play_seats_from_within(table: Table) -> None:
    rounds = Course(catalogue.chicken(), table, Rules(), {1: named("conditional")})
    assert rounds.seats == (0,)
    seen = set()
    for seed in range(8):
        play(rounds, {0: "publish Dare"}, {0: "keep"}, {0: "open"}, seed=seed)
        assert rounds.outcome is not None
        first = min(
            rounds.outcome.commitments, key=lambda one: rounds.state.model.record(one.id).draw
        )
        seen.add((first.seat, rounds.outcome.payoffs))
    assert (0, (10, -20)) in seen
    # Who is second and keeps in any case crashes, for the first cannot look at it.
    assert (1, (-100, -100)) in seen
    with pytest.raises(InvalidInput, match="some of the seats 0 to 1"):
        Course(catalogue.chicken(), table, Rules(), {2: named("silent")})
    with pytest.raises(InvalidInput, match="some of the seats"):
        Course(catalogue.chicken(), table, Rules(), {0: named("silent"), 1: named("silent")})


@pytest.mark.parametrize("name", AGENTS)
def test_every_strategy_plays_from_within(model: Table, name: str) -> None:
    """Beside one that leaks to it, and somebody who chooses at random."""
    game = catalogue.chicken(3)
    agents = {1: named("leaking", bond=9), 2: named(name)}
    rounds = Course(game, model, Rules(bond=9), agents)
    rng = Random(name)
    for seed in range(12):
        rounds.begin(seed)
        while rounds.turn:
            rounds.step({0: int(rng.choice(np.flatnonzero(rounds.mask(0))))})
        outcome = rounds.outcome
        assert outcome is not None
        for seat, pay in enumerate(game.payoffs(outcome.actions)):
            total = pay + outcome.payments[seat] - outcome.lost[seat]
            assert outcome.payoffs[seat] == total
        assert outcome.refused[0] == ()


def test_who_is_told_an_opening_may_expose_it(model: Table) -> None:
    """What agents hand on off the chain works in rounds, too."""
    agents = {0: named("leaking", bond=10), 1: named("exposer")}
    rounds = Course(catalogue.chicken(3), model, Rules(order="seat"), agents)
    lost = set()
    for seed in range(6):
        play(rounds, {}, seed=seed)
        assert rounds.outcome is not None
        lost.add(rounds.outcome.lost)
    assert (10, -5, 0) in lost  # half of the bond is the exposer's


def test_accounts_with_code_do_not_seal_in_rounds_either(table: Table) -> None:
    rounds = Course(catalogue.chicken(), table, Rules(), {1: named("proxy-code")})
    play(rounds, {0: "publish Dare"}, {0: "keep"}, {0: "open"})
    assert rounds.outcome is not None
    assert rounds.outcome.payoffs == (10, -20)
    assert {one.error.name for one in rounds.outcome.refused[1]} == {"Boomerang_NotPlainKey"}


def test_agents_may_publish_long_after_the_rounds(model: Table) -> None:
    """It goes on until what they published is final."""
    patient = Late(second=50)
    rounds = Course(catalogue.chicken(), model, Rules(order="seat"), {1: patient})
    play(rounds, {0: "publish Swerve"}, {0: "keep"}, {0: "open"})
    assert rounds.outcome is not None
    assert [one.published for one in rounds.outcome.commitments] == [1, 51]
    assert rounds.outcome.payoffs == (-20, 10)


def test_rewards_have_the_payments_of_agents_bargains() -> None:
    """The second worked example: Bob's later commitment pays Alice for giving way to it."""
    env = parallel_env("bargaining", order="seat", opponents={1: "bargaining"})
    number = env.course.choices.number
    env.reset(seed=1)
    env.step({"player_0": number("publish Dare")})
    assert {"revert if Stop", "keep if Stop"} < legal(env.course, 0)  # it was offered meanwhile
    env.step({"player_0": number("revert if Stop")})
    _, rewards, _, _, infos = env.step({"player_0": number("open")})
    outcome = env.course.outcome
    assert outcome is not None
    assert outcome.payments[0] == -outcome.payments[1] > 0
    assert infos["player_0"]["actions"] == ("Swerve", "Stop")
    assert rewards == {"player_0": 10 + outcome.payments[0]}


# --------------------------------------------------------------------------------- what is legal


def test_only_the_later_may_look_at_the_earlier(table: Table) -> None:
    by_seat = play(course(table, order="seat"), BOTH_DARE)
    assert legal(by_seat, 0) == {"pass", "keep", "revert"}
    assert legal(by_seat, 1) == {"pass", "keep", "revert", "revert if Dare", "keep if Dare"}
    assert part(by_seat, 0, "seat+1 may name") == 0
    assert part(by_seat, 1, "seat+1 may name") == 1


def test_what_is_no_choice_is_refused_by_name(model: Table) -> None:
    begun = play(course(model, order="seat"), BOTH_DARE)
    looks_ahead = begun.choices.number("revert if Dare")
    with pytest.raises(InvalidInput, match="seat 0 cannot choose 'revert if Dare' in this round"):
        begun.step({0: looks_ahead})
    with pytest.raises(InvalidInput, match="seat 0 has no choice 99"):
        begun.step({0: 99})
    with pytest.raises(InvalidInput, match="seat 2 is not asked"):
        begun.step({2: 0})
    begun.step({1: looks_ahead})  # nothing was done before


def test_an_offer_lets_the_earlier_look_at_the_later(table: Table) -> None:
    offers = play(course(table, order="seat", offers=True), BOTH_DARE)
    assert legal(offers, 0) == {"pass"}
    assert legal(offers, 1) == {"pass", "offer"}
    offers.step({1: offers.choices.offer})
    assert part(offers, 0, "seat+1 offered") == 1
    assert "revert if Dare" in legal(offers, 0)
    assert legal(offers, 1) == {"pass", "keep", "revert"}  # who offers gives up looking back
    without = play(course(table, order="seat", offers=True), BOTH_DARE, {})
    assert legal(without, 0) == {"pass", "keep", "revert"}


def test_the_draw_decides_who_is_first_and_lots_do(model: Table) -> None:
    for order in ("draw", "random"):
        firsts = set()
        for seed in range(10):
            drawn = play(course(model, order=order), BOTH_DARE, seed=seed)
            places = [float(part(drawn, seat, "seat+0 place")[0]) for seat in (0, 1)]
            assert sorted(places) == [0.5, 1.0]
            firsts.add(places.index(0.5))
        assert firsts == {0, 1}
    assert {
        float(part(play(course(model, order="seat"), BOTH_DARE, seed=seed), 0, "seat+0 place")[0])
        for seed in range(5)
    } == {0.5}


def test_who_waits_sees_what_was_published_before(model: Table) -> None:
    two = play(course(model, rounds=2, order="seat"), {1: "publish Dare"})
    assert legal(two, 1) == {"pass"}
    assert legal(two, 0) == {"pass", "publish Dare", "publish Swerve"}
    assert list(part(two, 0, "seat+1 states")) == [1, 0]


def test_openings_in_turn(table: Table) -> None:
    late = play(course(table, order="seat", openings="latest_first"), BOTH_DARE, SEALS)
    assert legal(late, 0) == {"pass"}
    assert "open" in legal(late, 1)
    late.step({1: late.choices.open})
    assert legal(late, 0) == {"pass", "open"}
    opened = part(late, 0, "seat+1 opened")
    assert late.choices.decision_names[int(opened.argmax())] == "revert if Dare"
    early = play(course(table, order="seat", openings="earliest_first"), BOTH_DARE, SEALS)
    assert (legal(early, 0), legal(early, 1)) == ({"pass", "open"}, {"pass"})


def test_seats_have_their_own_actions(model: Table) -> None:
    from boomerang.games import Game

    uneven = Game.from_matrix("uneven", ("a", "b"), (("L", "R"), ("X",)), [[(1, 2)], [(3, 4)]])
    begun = play(course(model, uneven))
    assert begun.choices.labels == ("L", "R", "X")
    assert legal(begun, 0) == {"pass", "publish L", "publish R"}
    assert legal(begun, 1) == {"pass", "publish X"}


# --------------------------------------------------------------------------------- what is hidden


def test_a_seal_shows_that_and_not_what(table: Table) -> None:
    seen = {}
    for sealed in ("keep", "revert"):
        one = play(course(table, order="seat"), BOTH_DARE, {0: sealed, 1: "keep"}, seed=3)
        seen[sealed] = one.observe(1), one.mask(1), part(one, 0, "decision").copy()
        assert part(one, 1, "seat+1 sealed") == 1
        assert not part(one, 1, "seat+1 opened").any()
    assert np.array_equal(seen["keep"][0], seen["revert"][0])
    assert np.array_equal(seen["keep"][1], seen["revert"][1])
    assert not np.array_equal(seen["keep"][2], seen["revert"][2])  # one knows one's own
    unsealed = play(course(table, order="seat"), BOTH_DARE, {1: "keep"}, seed=3)
    assert part(unsealed, 1, "seat+1 sealed") == 0


def test_turns_within_a_round_are_hidden() -> None:
    seen = []
    for choice in (0, 1, 2):
        env = raw_env(table="model")
        env.reset(seed=5)
        env.step(choice)
        assert env.agent_selection == "player_1"
        seen.append(env.last()[0])
        env.close()
    for one in seen[1:]:
        assert np.array_equal(one["observation"], seen[0]["observation"])
        assert np.array_equal(one["action_mask"], seen[0]["action_mask"])


def test_the_stages_and_the_time_are_seen(model: Table) -> None:
    one = course(model, order="seat", bond=110)
    one.begin()
    stages, left = [], []
    for line in (BOTH_DARE, SEALS, OPENS, None):
        stages.append(Stage(int(part(one, 0, "stage").argmax())))
        left.append(float(part(one, 0, "time left")[0]))
        assert part(one, 0, "bond") == 0.5  # 110 / (110 + (10 - -100))
        assert list(part(one, 1, "seat")) == [0, 1]
        if line is not None:
            one.step({seat: one.choices.number(name) for seat, name in line.items()})
    assert stages == [Stage.PUBLISH, Stage.SEAL, Stage.OPEN, Stage.END]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 0
    assert (part(one, 1, "seat+1 kept"), part(one, 1, "seat+0 reverted")) == (1, 1)
    fields = [one.observer.fields()[f"seat+{row}"] for row in (0, 1)]
    assert fields[-1].stop == one.observer.size == len(one.observe(0))


# ------------------------------------------------------------------------------------------ rules


@pytest.mark.parametrize(
    ("rules", "match"),
    [
        ({"bond": -1}, "bond must be a whole number, 0 or more, not -1"),
        ({"rounds": 0}, "rounds must be a whole number, 1 or more, not 0"),
        ({"block_time": 1.5}, "block_time must be a whole number"),
        ({"order": "luck"}, "order must be one of draw, random, seat, not 'luck'"),
        ({"openings": "never"}, "openings must be one of together"),
    ],
)
def test_bad_rules(rules: dict[str, Any], match: str) -> None:
    with pytest.raises(InvalidInput, match=match):
        Rules(**rules)


@pytest.mark.parametrize(
    ("rules", "parameters", "match"),
    [
        ({"rounds": 20}, {}, "leaves no block for all seals"),
        ({"rounds": 14, "offers": True}, {}, "leaves no block for all offers"),
        ({"order": "seat"}, {"reveal_window": 1}, "leaves no block for all openings"),
    ],
)
def test_rules_that_do_not_fit(rules: Any, parameters: Any, match: str) -> None:
    players = 3 if rules.get("order") else 2
    with pytest.raises(InvalidInput, match=match):
        Timetable.of(Rules(**rules), Parameters(**parameters), players)


@pytest.mark.parametrize(("name", "block_time"), [("mainnet", 12), ("sepolia", 12), ("fast-l2", 2)])
def test_presets_are_played_with_their_block_times(name: str, block_time: int) -> None:
    parameters = preset(name).parameters
    with open_table("model", parameters) as table:
        bond = parameters.min_bond
        slow = course(table, block_time=block_time, bond=bond, offers=True, openings="latest_first")
        play(slow, BOTH_DARE, {}, {0: "keep", 1: "revert"}, {})
        assert slow.turn is not None
        if bond:
            with pytest.raises(InvalidInput, match="the bond must be at least"):
                course(table, block_time=block_time)


def test_the_irrevocable_device_binds_at_once() -> None:
    env = parallel_env(device="irrevocable")
    number = env.course.choices.number
    env.reset(seed=1)
    _, rewards, ended, _, infos = env.step({"player_0": number("publish Dare"), "player_1": 0})
    assert rewards == {"player_0": 10, "player_1": -20}
    assert ended == {"player_0": True, "player_1": True}
    assert infos["player_1"]["actions"] == ("Dare", "Swerve")
    with pytest.raises(InvalidInput, match="takes no bonds"):
        parallel_env(device="irrevocable", bond=1)
    with pytest.raises(InvalidInput, match="no device is called 'paper'"):
        parallel_env(device="paper")


# -------------------------------------------------------------------------------- the environment


def test_illegal_actions_are_refused_and_change_nothing() -> None:
    env = parallel_env(table="model", order="seat", scale=0.5)
    number = env.course.choices.number
    env.reset(seed=1)
    _, _, _, _, infos = env.step({"player_0": number("open"), "player_1": number("publish Dare")})
    assert infos["player_0"]["refused"] is True
    assert infos["player_1"]["refused"] is False
    env.step({"player_1": number("keep")})
    _, rewards, *_ = env.step({"player_1": number("open")})
    assert rewards == {"player_0": -10, "player_1": 5}  # scaled
    with pytest.raises(InvalidInput, match="call reset"):
        env.step({})
    env.reset()
    with pytest.raises(UnknownChoice, match="player_0 chose 99; there are 0 to 10"):
        env.step({"player_0": 99})


def test_a_seed_fixes_the_matches_that_follow_too() -> None:
    """And without one they differ."""
    env = parallel_env(table="model")

    def firsts(seed: int | None) -> list[float]:
        places = []
        for episode in range(12):
            env.reset(seed=seed if episode == 0 else None)
            seen, *_ = env.step(dict.fromkeys(env.agents, 1))
            vector = seen["player_0"]["observation"]
            places.append(float(vector[env.course.observer.fields()["seat+0 place"]][0]))
        return places

    assert firsts(7) == firsts(7)
    assert firsts(7) != firsts(8)
    assert len({tuple(firsts(None)) for _ in range(4)}) > 1


def test_human_and_ansi_show_only_what_is_public() -> None:
    env = parallel_env(table="model", render_mode="ansi", order="seat")
    number = env.course.choices.number
    env.reset(seed=1)
    env.step(dict.fromkeys(env.agents, number("publish Dare")))
    env.step({"player_0": number("keep"), "player_1": number("revert if Dare")})
    before = env.render()
    assert before is not None
    assert before.count("Revealing") == 2
    assert "revert" not in before
    env.step(dict.fromkeys(env.agents, number("open")))
    after = env.render()
    assert after is not None
    assert "bob1 'Dare' (place 2) RevertedByDecision: \"revert if kept(alice1)\"" in after
    assert "alice Dare +10, bob Swerve -20" in after
