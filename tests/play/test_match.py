"""The course of a match: who acts when, what reaches whom, in which order blocks are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.content import Clauses, Content, Payment
from boomerang.decisions import Constant, Kept, Not
from boomerang.errors import InvalidInput, NotPlainKey, TooEarly
from boomerang.games import catalogue
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Phase
from boomerang.parameters import Parameters
from boomerang.play import (
    ChainTable,
    Expose,
    Match,
    ModelTable,
    Open,
    Publish,
    Seal,
    Seat,
    Tell,
    Wait,
    open_table,
)
from boomerang.play.hand import ImpossibleMove
from boomerang.play.tables import PURSE, UnknownTable, seat_accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boomerang.play import Move, Outcome, Table, View

FAR = 10**6


@pytest.fixture(scope="module", params=["model", "pyrevm"])
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    with open_table(request.param) as made:
        yield made


@pytest.fixture(scope="module")
def model() -> Table:
    return ModelTable()


@dataclass
class Scripted:
    """Does what it is told at each second; notes what it saw when it was asked."""

    script: dict[int, Callable[[View], Sequence[Move]]]
    name: str = "scripted"
    seen: list[tuple[int, int]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    polled: bool = False

    def reset(self, seat: int, game: Any, rng: Any) -> None:
        self.todo = sorted(self.script)
        self.seen.clear()

    def act(self, view: View) -> Sequence[Move]:
        second = view.now - 1_800_000_001
        self.seen.append((second, len(view.all())))
        moves: list[Move] = []
        while self.todo and self.todo[0] <= second:
            moves += self.script[self.todo.pop(0)](view)
        if not self.polled:
            moves.append(Wait(view.now - second + self.todo[0] if self.todo else view.now + FAR))
        return moves

    def learn(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


def dare(view: View) -> list[Move]:
    return [Publish(Content(view.topic, b"Dare"))]


KEEP = Constant(True)


def sealing(decision: Any = KEEP) -> Callable[[View], list[Move]]:
    def seal(view: View) -> list[Move]:
        chosen = decision(view) if callable(decision) else decision
        return [Seal(view.mine()[0].id, chosen)]

    return seal


def opening(view: View) -> list[Move]:
    return [Open(view.mine()[0].id)]


def keeper(at: int = 0) -> Scripted:
    return Scripted({at: dare, 30: sealing(), 66: opening})


def quiet() -> Scripted:
    return Scripted({})


def play(table: Table, *seats: Seat, **options: Any) -> Outcome:
    return Match(catalogue.chicken(), seats, table, **options).play()


def test_a_match_from_publication_to_payoffs(table: Table) -> None:
    agent = keeper()
    outcome = play(table, Seat(agent), Seat(quiet()))
    assert outcome.actions == ("Dare", "Swerve")
    assert outcome.payoffs == (10, -20)
    (one,) = outcome.commitments
    assert (one.seat, one.statement, one.phase, one.published) == (0, "Dare", Phase.KEPT, 1)
    assert outcome.refused == ((), ())
    assert agent.outcomes == [outcome]


def test_gas_is_counted_where_there_is_any(table: Table) -> None:
    outcome = play(table, Seat(keeper()), Seat(quiet()))
    if table.kind == "model":
        assert outcome.gas == (0, 0)
    else:
        assert outcome.gas[0] > 90_000
        assert outcome.gas[1] == 0


def test_the_same_seed_is_the_same_match_and_nothing_stays_of_the_last(table: Table) -> None:
    first = play(table, Seat(keeper()), Seat(keeper()), seed=5)
    other = play(table, Seat(keeper()), Seat(keeper()), seed=6)
    again = play(table, Seat(keeper()), Seat(keeper()), seed=5)
    assert first == again
    assert {one.id for one in first.commitments}.isdisjoint(one.id for one in other.commitments)
    assert first.payoffs == (-100, -100)


def test_ids_are_the_same_on_model_and_chain() -> None:
    with open_table("pyrevm") as chain:
        on_chain = play(chain, Seat(keeper()), Seat(keeper()), seed=3)
    on_model = play(ModelTable(), Seat(keeper()), Seat(keeper()), seed=3)
    assert on_chain.commitments == on_model.commitments


# ------------------------------------------------------------------------------------- latency


@pytest.mark.parametrize(
    ("latency", "block_time", "published"),
    [(0, 1, 1), (0.5, 1, 1), (1, 1, 1), (1.01, 1, 2), (0, 12, 12), (12, 12, 12), (12.5, 12, 24)],
)
def test_what_is_sent_is_in_the_first_block_that_it_reaches(
    model: Table, latency: float, block_time: int, published: int
) -> None:
    outcome = play(model, Seat(keeper(), latency=latency), Seat(quiet()), block_time=block_time)
    assert [one.published for one in outcome.commitments] == [published]


def test_a_block_is_seen_its_latency_later(model: Table) -> None:
    agent, near, far = keeper(), quiet(), quiet()
    game = catalogue.chicken(players=3)
    Match(game, [Seat(agent), Seat(near, latency=2), Seat(far, latency=5)], model).play()
    # Second 1 is the block's; who is slow sees the chain as it was, not as it is.
    assert (1, 1) in near.seen
    assert (1, 1) in far.seen
    assert not any(count for second, count in near.seen + far.seen if second < 1)


def test_the_view_of_the_slow_lags_behind(model: Table) -> None:
    watched: list[tuple[int, int]] = []

    def look(view: View) -> list[Move]:
        watched.append((view.now - model.start, len(view.all())))
        return []

    slow = Scripted({0: look}, polled=True)
    play(model, Seat(keeper()), Seat(slow, latency=3, start=3.5))
    assert watched == [(0, 0)]


def test_who_starts_late_sees_what_was_there(model: Table) -> None:
    late = quiet()
    play(model, Seat(keeper()), Seat(late, start=10))
    assert late.seen[0] == (10, 1)


def test_an_agent_that_never_waits_is_asked_at_every_block(model: Table) -> None:
    polled = Scripted({}, polled=True)
    play(model, Seat(keeper()), Seat(polled), block_time=4)
    seconds = [second for second, _ in polled.seen]
    assert seconds == sorted(seconds)
    assert set(range(0, 60, 4)) <= set(seconds)


# --------------------------------------------------------------------------------------- order


def test_by_arrival_the_faster_is_first(model: Table) -> None:
    for seed in range(5):
        seats = [Seat(keeper(), latency=0.9), Seat(keeper(), latency=0.2)]
        assert [one.seat for one in play(model, *seats, seed=seed).commitments] == [1, 0]


def test_by_bid_the_higher_is_first(model: Table) -> None:
    for seed in range(5):
        seats = [Seat(keeper(), bid=1), Seat(keeper(), latency=0.5, bid=2)]
        outcome = play(model, *seats, seed=seed, order="bid")
        assert [one.seat for one in outcome.commitments] == [1, 0]


@pytest.mark.parametrize("order", ["arrival", "bid", "shuffled"])
def test_equals_are_ordered_by_lot(model: Table, order: str) -> None:
    seats = [Seat(keeper()), Seat(keeper())]
    first = [play(model, *seats, seed=s, order=order).commitments[0].seat for s in range(40)]
    assert 8 < sum(first) < 32


def test_shuffled_pays_no_attention_to_arrival(model: Table) -> None:
    seats = [Seat(keeper(), latency=0.9), Seat(keeper())]
    first = [play(model, *seats, seed=s, order="shuffled").commitments[0].seat for s in range(40)]
    assert 8 < sum(first) < 32


def swerving(view: View) -> Any:
    """Give way to the other's dare, where the protocol allows to look at it."""
    mine = view.mine()[0]
    earlier = [one for one in view.others("Dare") if view.may(mine, one)]
    return Not(Kept(earlier[0].id)) if earlier else Constant(True)


def conditional() -> Scripted:
    return Scripted({0: dare, 30: sealing(swerving), 66: opening})


def test_a_shared_block_is_drawn_so_that_one_of_the_two_gives_way(table: Table) -> None:
    wins = [0, 0]
    for seed in range(40):
        outcome = play(table, Seat(conditional()), Seat(conditional()), seed=seed)
        assert sorted(outcome.payoffs) == [-20, 10]
        wins[outcome.payoffs.index(10)] += 1
    assert min(wins) > 8


def test_without_a_keeper_a_tie_stays_and_both_crash(table: Table) -> None:
    outcome = play(table, Seat(conditional()), Seat(conditional()), keeper=False)
    assert outcome.payoffs == (-100, -100)


def test_neither_order_nor_bid_decides_a_tie(model: Table) -> None:
    """Who is first in the block is not who is first: that is the draw's to say."""
    wins = 0
    for seed in range(40):
        seats = [Seat(conditional(), bid=100), Seat(conditional())]
        outcome = play(model, *seats, seed=seed, order="bid")
        assert outcome.commitments[0].seat == 0
        wins += outcome.payoffs[0] == 10
    assert 8 < wins < 32


# ---------------------------------------------------------------------------- money and secrets


def test_silence_costs_the_bond_and_fees_are_lost(table: Table) -> None:
    bonded = Scripted({0: lambda v: [Publish(Content(v.topic, b"Dare"), bond=30)], 30: sealing()})
    outcome = play(table, Seat(bonded), Seat(quiet()))
    assert outcome.commitments[0].phase is Phase.UNREVEALED
    assert outcome.lost == (30, 0)
    assert outcome.payoffs == (outcome.game[0] - 30, 0)


def test_a_fee_is_lost() -> None:
    outcome = play(ModelTable(Parameters(fee=7)), Seat(keeper()), Seat(quiet()))
    assert outcome.lost == (7, 0)
    assert outcome.payoffs == (3, -20)


def test_payments_of_kept_contents_are_made_and_counted(table: Table) -> None:
    bob = seat_accounts(2)[1]

    def pay(view: View) -> list[Move]:
        clauses = Clauses.covering([Payment(bob, ZERO_ADDRESS, 4)])
        return [Publish(Content(view.topic, b"Stop", clauses))]

    game = catalogue.bargaining()
    payer = Scripted({0: pay, 30: sealing(), 66: opening})
    outcome = Match(game, [Seat(payer), Seat(quiet())], table).play()
    assert outcome.payments == (-4, 4)
    assert outcome.payoffs == tuple(a + b for a, b in zip(outcome.game, (-4, 4), strict=True))
    if isinstance(table, ChainTable):
        assert table.chain.balance(bob) == PURSE + 4


def test_what_is_told_can_be_exposed_and_pays_the_exposer(table: Table) -> None:
    leaking = Scripted(
        {
            0: lambda v: [Publish(Content(v.topic, b"Dare"), bond=30)],
            30: sealing(),
            32: lambda v: [Tell(1, v.mine()[0].id)],
        }
    )
    exposing = Scripted({40: lambda v: [Expose(one) for one in v.told]})
    outcome = play(table, Seat(leaking), Seat(exposing))
    assert outcome.commitments[0].phase is Phase.EXPOSED
    assert outcome.lost == (30, -15)
    assert outcome.actions == ("Swerve", "Swerve")


def test_nothing_is_known_of_another_seal(model: Table) -> None:
    seen: list[Any] = []
    spying = Scripted({40: lambda v: seen.append(dict(v.openings)) or []})
    play(model, Seat(keeper()), Seat(spying))
    assert seen == [{}]
    curious = Scripted({40: lambda v: [Open(v.others()[0].id)]})
    with pytest.raises(ImpossibleMove, match="no opening"):
        play(model, Seat(keeper()), Seat(curious))


def test_a_refused_move_is_told_to_its_agent_alone(table: Table) -> None:
    refused: list[Any] = []
    hasty = Scripted({0: dare, 2: sealing(), 20: lambda v: refused.extend(v.refused) or []})
    outcome = play(table, Seat(hasty), Seat(quiet()))
    assert isinstance(refused[0].error, TooEarly)
    assert outcome.refused[0] == tuple(refused)
    assert outcome.refused[1] == ()
    assert outcome.commitments[0].phase is Phase.UNSEALED


def test_an_account_with_code_cannot_seal(table: Table) -> None:
    outcome = play(table, Seat(keeper(), code=True), Seat(quiet()))
    assert isinstance(outcome.refused[0][0].error, NotPlainKey)
    assert outcome.actions == ("Swerve", "Swerve")
    # The next match at the same table is played by plain keys again.
    assert play(table, Seat(keeper()), Seat(quiet())).actions == ("Dare", "Swerve")


# ------------------------------------------------------------------------------------ bad input


def test_bad_input_is_named() -> None:
    table, seats = ModelTable(), [Seat(quiet()), Seat(quiet())]
    with pytest.raises(InvalidInput, match="for 3, not 2"):
        Match(catalogue.chicken(players=3), seats, table)
    with pytest.raises(InvalidInput, match="whole seconds"):
        Match(catalogue.chicken(), seats, table, block_time=0)
    with pytest.raises(InvalidInput, match="0 or more"):
        Seat(quiet(), latency=-1)
    with pytest.raises(UnknownTable, match="'board'"), open_table("board"):
        pass


def test_a_match_in_which_nobody_does_anything_ends(table: Table) -> None:
    outcome = play(table, Seat(quiet()), Seat(Scripted({}, polled=True)))
    assert outcome.actions == ("Swerve", "Swerve")
    assert outcome.commitments == ()


def test_a_match_ends_at_its_limit(model: Table) -> None:
    def again(view: View) -> list[Move]:
        return [Publish(Content(view.topic, b"Dare"))]

    restless = Scripted(dict.fromkeys(range(0, 3000, 50), again))
    outcome = play(model, Seat(restless), Seat(quiet()), limit=300)
    assert len(outcome.commitments) == 6
