"""Matches on a chain as it is, with secrets in stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boomerang.agents.spec import agent
from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS, NotSupported
from boomerang.client import Registry
from boomerang.content import Content
from boomerang.decisions import Constant, encode
from boomerang.games import catalogue
from boomerang.model import Phase
from boomerang.play import live
from boomerang.play.live import LiveMatch, LiveSeat
from boomerang.play.stored import StoredSecrets
from boomerang.store import RecordDamaged, Store
from boomerang.timeline.match import from_match

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boomerang.chains.embedded import EmbeddedChain
    from boomerang.games import Game
    from boomerang.play import Agent

KEEP = encode(Constant(True))


@pytest.fixture
def chain() -> Iterator[Any]:
    made = connect("pyrevm")
    yield made
    made.close()


def match(
    chain: EmbeddedChain, home: Path, *agents: str | Agent, game: Game | None = None
) -> LiveMatch:
    game = game or catalogue.chicken()
    seats = [
        LiveSeat(
            agent(one) if isinstance(one, str) else one, DEV_ACCOUNTS[name], Store(home / name)
        )
        for name, one in zip(game.players, agents, strict=True)
    ]
    return LiveMatch(game, seats, Registry.deploy(chain))


def test_what_is_told_is_used(chain: EmbeddedChain, tmp_path: Path) -> None:
    outcome = match(chain, tmp_path, "leaking:bond=100", "exposer").play()
    assert [one.phase for one in outcome.commitments] == [Phase.EXPOSED, Phase.KEPT]
    assert outcome.lost == (100, -50)
    assert outcome.payoffs == (-120, 60)
    assert min(outcome.gas) > 50_000


def test_groups_are_settled(chain: EmbeddedChain, tmp_path: Path) -> None:
    game = catalogue.prisoners_dilemma()
    assert match(chain, tmp_path, "conditional", "conditional", game=game).play().payoffs == (3, 3)


def test_what_is_refused_is_noted(chain: EmbeddedChain, tmp_path: Path) -> None:
    chain.set_code(DEV_ACCOUNTS["alice"], b"\x00")
    outcome = match(chain, tmp_path, "proxy-code", "silent").play()
    assert [type(one.error).__name__ for one in outcome.refused[0]] == ["NotPlainKey"] * 3


def test_where_nobody_publishes_it_ends(chain: EmbeddedChain, tmp_path: Path) -> None:
    outcome = match(chain, tmp_path, "silent", "silent").play()
    assert (outcome.payoffs, outcome.commitments, outcome.seconds) == ((0, 0), (), 91)


def test_learners_are_told(chain: EmbeddedChain, tmp_path: Path) -> None:
    class Learner:
        def __init__(self, inner: Any) -> None:
            self.inner, self.name = inner, "learner"
            self.reset, self.act = inner.reset, inner.act
            self.heard: list[Any] = []

        def learn(self, outcome: Any) -> None:
            self.heard.append(outcome)

    learner = Learner(agent("conditional"))
    outcome = match(chain, tmp_path, learner, "silent").play()
    assert learner.heard == [outcome]


def test_where_time_takes_no_orders_it_waits(
    chain: EmbeddedChain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that lets nobody set its clock: seconds pass while everybody sleeps."""
    slept: list[float] = []
    advance = chain.advance

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        advance(1)

    def refuse(_seconds: int) -> Any:
        raise NotSupported("node", "let time pass")

    played = match(chain, tmp_path, "conditional", "conditional")
    monkeypatch.setattr(chain, "advance", refuse)
    monkeypatch.setattr(live.clock, "sleep", sleep)
    assert played.play().payoffs == (10, -20)
    assert set(slept) == {1}


def test_its_history_is_a_timeline(chain: EmbeddedChain, tmp_path: Path) -> None:
    played = match(chain, tmp_path, "conditional", "conditional")
    start = chain.now()
    outcome = played.play()
    story = from_match(
        played.game,
        outcome,
        played.accounts,
        played.blank,
        played.history,
        start=start,
        chain="pyrevm",
    )
    assert story.outcome == "A1 KEPT, B1 REVERTED"
    assert [lane.published for lane in story.lanes] == [1, 2]
    assert story.summary == ("payoffs: alice +10, bob -20",)


# ------------------------------------------------------------------------------------ secrets


def test_an_opening_is_on_disk_before_it_is_known(chain: EmbeddedChain, tmp_path: Path) -> None:
    registry, secrets = Registry.deploy(chain), StoredSecrets(Store(tmp_path / "alice"))
    content = Content(statement=b"Dare")
    key = content.key(DEV_ACCOUNTS["alice"], secrets.nonce(), 0, 0)
    opening = secrets.plan(registry.domain, key, KEEP, content)
    (kept,) = Store(tmp_path / "alice").openings(registry.domain.commitment_id(key))
    assert kept.record.opening == opening
    assert kept.record.text == "keep"


def test_nonces_and_salts_are_fresh(chain: EmbeddedChain, tmp_path: Path) -> None:
    registry, secrets = Registry.deploy(chain), StoredSecrets(Store(tmp_path / "alice"))
    content = Content(statement=b"Dare")
    key = content.key(DEV_ACCOUNTS["alice"], secrets.nonce(), 0, 0)
    salts = {secrets.plan(registry.domain, key, KEEP, content).salt for _ in range(5)}
    assert len(salts) == 5
    assert len({secrets.nonce() for _ in range(5)}) == 5


def sealed(chain: EmbeddedChain, secrets: StoredSecrets, *, stored: bool = True) -> Any:
    """A registry with a sealed commitment of Alice's."""
    registry, alice = Registry.deploy(chain), DEV_ACCOUNTS["alice"]
    made = registry.publish(Content(statement=b"Dare"), sender=alice).commitment
    chain.advance(10)
    seal = bytes(22) + b"\x01"
    if stored:
        opening = secrets.plan(registry.domain, made.key, KEEP, made.content)
        seal = registry.domain.seal(made.key, KEEP, opening.salt)
    registry.seal(made, seal, sender=alice)
    return registry, made


def test_after_a_stop_openings_are_recalled(chain: EmbeddedChain, tmp_path: Path) -> None:
    secrets = StoredSecrets(Store(tmp_path / "alice"))
    registry, made = sealed(chain, secrets)
    again = StoredSecrets(Store(tmp_path / "alice"))
    found = again.recall(DEV_ACCOUNTS["alice"], registry.state())
    assert [found[made.id].decision] == [KEEP]
    assert again.recall(DEV_ACCOUNTS["bob"], registry.state()) == {}


def test_what_another_hand_has_sealed_is_not(chain: EmbeddedChain, tmp_path: Path) -> None:
    secrets = StoredSecrets(Store(tmp_path / "alice"))
    registry, _ = sealed(chain, secrets, stored=False)
    assert secrets.recall(DEV_ACCOUNTS["alice"], registry.state()) == {}


def test_a_damaged_record_is_no_secret_lost_in_silence(
    chain: EmbeddedChain, tmp_path: Path
) -> None:
    secrets = StoredSecrets(Store(tmp_path / "alice"))
    registry, _ = sealed(chain, secrets)
    (record,) = (tmp_path / "alice" / "records").glob("opening-*.json")
    record.write_text("{")
    with pytest.raises(RecordDamaged):
        secrets.recall(DEV_ACCOUNTS["alice"], registry.state())
