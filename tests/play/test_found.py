"""What a review of matches found: each of these failed when it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boomerang.agents import named
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.embedded import EmbeddedChain
from boomerang.client import Registry
from boomerang.content import Clauses, Content, Payment
from boomerang.decisions import Constant
from boomerang.errors import InvalidInput
from boomerang.games import catalogue
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Phase
from boomerang.parameters import Parameters
from boomerang.play import Match, ModelTable, Open, Publish, Seal, Seat, Tell, open_table
from boomerang.play.hand import ImpossibleMove
from boomerang.play.live import LiveMatch, LiveSeat
from boomerang.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boomerang.play import Move, Outcome, View

GAME = catalogue.chicken()


class Hasty:
    """Publishes Dare, seals "keep" at every block that lets it, whatever is under way, opens; tells
    what it can to the seat `tells`.
    """

    name = "hasty"

    def __init__(self, bond: int = 0, tells: int | None = None) -> None:
        self.bond = bond
        self.tells = tells
        self.asked: list[int] = []

    def reset(self, *_: Any) -> None:
        self.asked.clear()

    def act(self, view: View) -> Sequence[Move]:
        self.asked.append(view.now)
        mine = view.mine()
        if not mine and not view.pending:
            return [Publish(Content(view.topic, b"Dare"), self.bond)]
        moves: list[Move] = []
        for one in mine:
            phase = view.state.phase(one.id, view.now)
            if phase is Phase.TENTATIVE and view.now >= one.published.time + 5:
                moves += [Seal(one.id, Constant(True)), Seal(one.id, Constant(True))]
            if phase is Phase.REVEALING:
                moves.append(Open(one.id))
            if self.tells is not None and one.id in view.openings:
                moves.append(Tell(self.tells, one.id))
        return moves

    def learn(self, outcome: Outcome) -> None:
        """It does not."""


class Idle(Hasty):
    """Only listens."""

    name = "idle"

    def act(self, view: View) -> Sequence[Move]:
        self.asked.append(view.now)
        return []


class Forgetful(Hasty):
    """Publishes, and never seals: what it published lapses, and must be resolved."""

    name = "forgetful"

    def act(self, view: View) -> Sequence[Move]:
        return [] if view.mine() else [Publish(Content(view.topic, b"Dare"))]


@pytest.mark.parametrize("latency", [0, 1.5, 3])
def test_the_first_of_two_seals_can_be_opened(latency: float) -> None:
    """A second seal that was under way drew a salt of its own, and the hand forgot the first's."""
    outcome = Match(GAME, [Seat(Hasty(50), latency=latency), Seat(Idle())], ModelTable()).play()
    assert [one.phase for one in outcome.commitments] == [Phase.KEPT]
    assert outcome.lost == (0, 0)


def test_the_first_of_two_seals_is_told(tmp_path: Path) -> None:
    """What is told fits the seal, in a match with stores too: the exposer is paid."""
    chain = EmbeddedChain()
    agents = [("alice", Hasty(50, tells=1)), ("bob", named("exposer"))]
    seats = [LiveSeat(agent, DEV_ACCOUNTS[who], Store(tmp_path / who)) for who, agent in agents]
    outcome = LiveMatch(GAME, seats, Registry.deploy(chain)).play()
    assert outcome.commitments[0].phase is Phase.EXPOSED
    assert outcome.lost[0] == 50


def test_nobody_acts_before_its_start_whatever_it_is_told() -> None:
    table, late = ModelTable(), Idle()
    Match(GAME, [Seat(Hasty(tells=1)), Seat(late, start=30)], table).play()
    assert late.asked[0] == table.start + 30


@pytest.mark.parametrize("seat", [-1, 2])
def test_nothing_is_told_to_nobody(seat: int) -> None:
    with pytest.raises(ImpossibleMove, match=f"no seat {seat} "):
        Match(GAME, [Seat(Hasty(tells=seat)), Seat(Idle())], ModelTable()).play()


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -1.0])
def test_seconds_are_finite(seconds: float) -> None:
    with pytest.raises(InvalidInput, match="seconds, 0 or more"):
        Seat(Idle(), latency=seconds)
    with pytest.raises(InvalidInput, match="seconds, 0 or more"):
        Seat(Idle(), start=seconds)


@pytest.mark.parametrize("wrong", [{"block_time": 1.5}, {"block_time": "3"}, {"order": "x"}])
def test_matches_say_what_they_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="a block"):
        Match(GAME, [Seat(Idle()), Seat(Idle())], ModelTable(), **wrong)


@pytest.mark.parametrize("kind", ["model", "pyrevm", "tester"])
def test_the_largest_bond_and_escrow_can_be_paid(kind: str) -> None:
    """The model takes them; chains ended the match, as the account had not that much."""

    class Rich(Hasty):
        def act(self, view: View) -> Sequence[Move]:
            if view.mine() or view.pending:
                return []
            pay = Payment(view.accounts[1], ZERO_ADDRESS, 2**128 - 1)
            content = Content(view.topic, b"Dare", Clauses.covering([pay]))
            return [Publish(content, 2**96 - 1)]

    with open_table(kind) as table:
        outcome = Match(GAME, [Seat(Rich()), Seat(Idle())], table).play()
    assert [one.phase for one in outcome.commitments] == [Phase.UNSEALED]
    assert outcome.refused == ((), ())


def test_a_live_match_counts_its_own_losses_alone(tmp_path: Path) -> None:
    """One registry, two matches of the same accounts: what burned in the first is of the first."""
    registry = Registry.deploy(EmbeddedChain(), parameters=Parameters(fee=7))
    stores = {who: Store(tmp_path / who) for who in ("alice", "bob")}

    def play(topic: bytes, agent: Any) -> Outcome:
        agents = {"alice": agent, "bob": Idle()}
        seats = [LiveSeat(agents[who], DEV_ACCOUNTS[who], stores[who]) for who in agents]
        return LiveMatch(GAME, seats, registry, topic=topic).play()

    assert play(bytes(32), Hasty(50)).lost == (7, 0)
    assert play(b"\x01" * 32, Hasty(50)).lost == (7, 0)


def test_a_live_match_leaves_what_strangers_left(tmp_path: Path) -> None:
    """It settles its own commitments; a stranger's, on the same registry, are the stranger's."""
    registry = Registry.deploy(EmbeddedChain())
    carol = DEV_ACCOUNTS["carol"]
    left = registry.publish(Content(statement=b"Dare"), sender=carol).commitment
    stores = {who: Store(tmp_path / who) for who in ("alice", "bob")}
    agents = {"alice": Forgetful(), "bob": Idle()}
    seats = [LiveSeat(agents[who], DEV_ACCOUNTS[who], stores[who]) for who in agents]
    outcome = LiveMatch(GAME, seats, registry).play()
    assert outcome.commitments[0].phase.final
    state = registry.state()
    assert state.model.record(outcome.commitments[0].id).phase.final
    assert not state.model.record(left.id).phase.final  # it lapsed; nobody has said so
    assert state.phase(left.id, registry.chain.now()).final


def test_a_live_match_goes_on_where_others_settle_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its look at the chain and its transaction somebody else resolves."""
    registry = Registry.deploy(EmbeddedChain())
    resolve = registry.resolve
    raced: list[bool] = []

    def late(what: Any) -> Any:
        if not raced:
            raced.append(True)
            resolve(what, sender=DEV_ACCOUNTS["carol"])
        return resolve(what)

    monkeypatch.setattr(registry, "resolve", late)
    stores = {who: Store(tmp_path / who) for who in ("alice", "bob")}
    agents = {"alice": Forgetful(), "bob": Idle()}
    seats = [LiveSeat(agents[who], DEV_ACCOUNTS[who], stores[who]) for who in agents]
    outcome = LiveMatch(GAME, seats, registry).play()
    assert raced
    assert outcome.commitments[0].phase.final
