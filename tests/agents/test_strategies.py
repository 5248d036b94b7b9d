"""What each strategy does, against itself and others, in every game."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.playing import CHICKEN, phases, play, refusals
from boomerang.agents import AGENTS, UnknownAgent, named, seated
from boomerang.games import catalogue
from boomerang.model import Phase
from boomerang.play import Match, ModelTable

if TYPE_CHECKING:
    from boomerang.games import Game

KEPT, REVERTED = Phase.KEPT, Phase.REVERTED_BY_DECISION
GAMES = [
    catalogue.chicken(),
    catalogue.chicken(3),
    catalogue.bargaining(),
    catalogue.prisoners_dilemma(),
    catalogue.stag_hunt(),
    catalogue.battle_of_the_sexes(),
    catalogue.public_goods(3),
    catalogue.routing(2),
]


@pytest.mark.parametrize(
    ("agents", "payoffs"),
    [
        (("conditional", "conditional"), (10, -20)),
        (("conditional", "first-mover"), (-100, -100)),
        (("first-mover", "conditional"), (10, -20)),
        (("first-mover", "first-mover"), (-100, -100)),
        (("conditional", "ruthless"), (-100, -100)),
        (("ruthless", "conditional"), (10, -20)),
        (("meek", "conditional"), (-20, 10)),
        (("conditional", "meek"), (10, -20)),
        (("silent", "conditional"), (-20, 10)),
        (("silent", "silent"), (0, 0)),
        (("meek", "meek"), (0, 0)),
        (("best-response", "conditional"), (-20, 10)),
        (("best-response", "best-response"), (10, -20)),
        (("best-response", "meek"), (10, -20)),
        (("leaking", "conditional"), (10, -20)),
        (("withholding", "conditional"), (10, -20)),
    ],
)
def test_chicken(agents: tuple[str, str], payoffs: tuple[int, int]) -> None:
    outcome = play(*agents)
    assert outcome.payoffs == payoffs
    assert not any(refusals(outcome))


@pytest.mark.parametrize(
    ("game", "actions"),
    [
        (catalogue.chicken(3), ("Dare", "Swerve", "Swerve")),
        (catalogue.bargaining(), ("Dare", "Swerve")),
        (catalogue.prisoners_dilemma(), ("Cooperate", "Cooperate")),
        (catalogue.stag_hunt(), ("Stag", "Stag")),
        (catalogue.battle_of_the_sexes(), ("Opera", "Opera")),
        (catalogue.public_goods(3), ("Contribute",) * 3),
        (catalogue.routing(2), ("B", "C")),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_conditional_agents_among_themselves(game: Game, actions: tuple[str, ...]) -> None:
    outcome = play(*["conditional"] * len(actions), game=game)
    assert outcome.actions == actions
    assert not outcome.conflicts
    assert not any(refusals(outcome))


def test_the_second_follows_to_where_the_first_goes() -> None:
    outcome = play("conditional", "conditional", game=catalogue.battle_of_the_sexes(), start=(1, 0))
    assert outcome.actions == ("Football", "Football")


def test_who_had_claimed_already_follows_with_a_second_commitment() -> None:
    """Both claim what they like, unseen by each other; the later one replies."""
    battle = catalogue.battle_of_the_sexes()
    outcome = play("conditional", "conditional", game=battle, latency=3)
    statements = [(one.seat, one.statement, one.phase) for one in outcome.commitments]
    assert statements == [(0, "Opera", KEPT), (1, "Football", REVERTED), (1, "Opera", KEPT)]


@pytest.mark.parametrize("seed", range(4))
def test_in_one_block_the_draw_decides(seed: int) -> None:
    outcome = play("conditional", "conditional", start=(0, 0), seed=seed)
    assert sorted(outcome.payoffs) == [-20, 10]


def test_both_seats_win_draws() -> None:
    won = {play("conditional", "conditional", start=(0, 0), seed=s).payoffs for s in range(12)}
    assert won == {(10, -20), (-20, 10)}


def test_without_a_draw_it_is_chicken() -> None:
    assert play("conditional", "conditional", start=(0, 0), keeper=False).payoffs == (-100, -100)


@pytest.mark.parametrize("block_time", [1, 3, 12])
@pytest.mark.parametrize("latency", [0.0, 0.4, 3.0, 5.9])
def test_windows_are_met_at_any_latency(latency: float, block_time: int) -> None:
    outcome = play("conditional", "conditional", latency=latency, block_time=block_time, seed=5)
    assert sorted(outcome.payoffs) == [-20, 10]
    assert set(phases(outcome)) == {KEPT, REVERTED}
    assert not any(refusals(outcome))


@pytest.mark.parametrize("doubt", ["0", "3/11"])
def test_up_to_a_doubt_of_three_elevenths_the_first_keeps(doubt: str) -> None:
    outcome = play(f"best-response:patience=0:doubt={doubt}", "conditional")
    assert outcome.payoffs == (10, -20)


@pytest.mark.parametrize("doubt", ["31/110", "1/2"])
def test_above_it_the_first_gives_way(doubt: str) -> None:
    agent = f"best-response:patience=0:doubt={doubt}"
    assert play(agent, "ruthless").payoffs == (-20, 10)
    assert play(agent, "silent").payoffs == (10, -20)  # there is nobody to doubt


def test_a_best_response_takes_what_cooperation_leaves() -> None:
    game = catalogue.prisoners_dilemma()
    assert play("meek", "best-response", game=game).payoffs == (0, 5)
    assert play("meek", "conditional", game=game).payoffs == (3, 3)


def test_a_best_response_waits_for_its_patience() -> None:
    (one,) = play("best-response:patience=7", "silent").commitments
    assert one.published == 8
    (one,) = play("best-response:patience=0", "silent").commitments
    assert one.published == 1


@pytest.mark.parametrize("game", GAMES, ids=lambda game: f"{game.name}-{len(game.players)}")
def test_anybody_can_play_anything(game: Game) -> None:
    """Every strategy in every seat of every game, against random ones."""
    table = ModelTable()
    for name in AGENTS:
        for seat in range(len(game.players)):
            agents = ["random" if i != seat else name for i in range(len(game.players))]
            outcome = play(*agents, game=game, table=table, seed=seat)
            assert all(phase.final for phase in phases(outcome))
            if name not in ("random", "proxy-code"):
                assert not refusals(outcome)[seat], (name, refusals(outcome))


def test_random_agents_do_everything() -> None:
    """Over some matches every move occurs, and every end but exposure: nobody told them anything.
    What they do is legal, but for what changes while it is under way.
    """
    ends, logged, sent, refused = set(), set(), 0, 0
    seats = [seated(named("random", patience=25)), seated(named("random", commitments=4))]
    match = Match(CHICKEN, seats, ModelTable())
    for seed in range(60):
        match.seed = seed
        outcome = match.play()
        ends |= set(phases(outcome))
        logged |= {type(event).__name__ for event in match.history}
        sent += len(match.history)
        refused += sum(map(len, refusals(outcome)))
    assert ends == {phase for phase in Phase if phase.final} - {Phase.EXPOSED}
    assert {"Offered", "DeclinedAll", "Joined", "Completed", "Drawn", "Sealed", "Opened"} <= logged
    assert refused < sent / 50


def test_a_match_is_its_seed() -> None:
    one, other, another = (play("random", "random", seed=seed) for seed in (3, 3, 4))
    assert one == other
    assert one != another


def test_agents_forget_the_last_match() -> None:
    match = Match(
        CHICKEN, [seated(named("conditional")), seated(named("conditional"))], ModelTable()
    )
    first = match.play()
    assert match.play() == first


def test_unknown_names_and_parameters_are_refused() -> None:
    with pytest.raises(UnknownAgent, match="no agent is called 'nobody'; there are bargaining,"):
        named("nobody")
    with pytest.raises(UnknownAgent, match="ruthless has no 'mercy'; parameters: bond, cover"):
        named("ruthless", mercy=1)
    assert named("First_Mover").name == "first-mover"
