"""The model by itself: the worked examples of section 10, both sides of every deadline, offers,
draws, money, and random histories that must keep the promises of sections 2, 6 and 7.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, get_args

import pytest
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from boomerang import errors
from boomerang.content import Asset, Clauses, Content
from boomerang.decisions import atoms, encode, parse, parse_expression
from boomerang.identity import NO_ID, ZERO_ADDRESS, Domain, Key, address
from boomerang.model import Env, FixedDraws, HashDraws, Model, Obstacle, Phase, Resolution, events
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

REGISTRY = address("0x" + "be" * 20)
START = 1_700_000_000
ACCOUNTS = {
    name: address("0x" + digit * 40)
    for name, digit in {"alice": "a", "bob": "b", "carol": "c", "dave": "d"}.items()
}


@dataclass
class NamedDraws:
    """Draws by id, once a later block than publish + 1 is there."""

    draws: dict[bytes, int] = field(default_factory=dict)

    def draw(self, commitment: bytes, publish_block: int, current_block: int) -> int | None:
        return self.draws.get(commitment) if current_block > publish_block + 1 else None


class World:
    """A model played by names, with seconds from the start; one block a second."""

    def __init__(self, draws: Sequence[str] = (), rejects: Sequence[str] = (), **p: int) -> None:
        self.draws = NamedDraws()
        self.order = list(draws)
        refusing = {ACCOUNTS[name] for name in rejects}
        self.model = Model(Domain(31337, REGISTRY), Parameters.from_abi(p), self.draws, refusing)
        self.keys: dict[str, Key] = {}
        self.ids: dict[str, bytes] = {}
        self.openings: dict[str, tuple[bytes, bytes]] = {}

    def env(self, by: str, at: int, value: int = 0, plain_key: bool = True) -> Env:
        return Env(ACCOUNTS[by], 100 + at, START + at, value, plain_key)

    def publish(
        self, name: str, by: str, at: int, bond: int = 0, cover: int = 0, guard: str = ""
    ) -> bytes:
        clauses = None
        if guard:
            clauses = Clauses(guard=encode(parse_expression(guard, self.ids)))
        content = Content(statement=name.encode(), clauses=clauses)
        key = content.key(ACCOUNTS[by], len(self.keys), bond, cover)
        env = self.env(by, at, bond + self.model.parameters.fee)
        commitment = self.model.publish(env, key.stake, content.topic, content.body)
        assert commitment == self.model.domain.commitment_id(key)
        self.keys[name], self.ids[name] = key, commitment
        if name in self.order:
            self.draws.draws[commitment] = self.order.index(name) + 1
        return commitment

    def owner(self, name: str) -> str:
        return next(who for who, at in ACCOUNTS.items() if at == self.keys[name].committer)

    def own(self, name: str) -> tuple[int, bytes]:
        """How a committer names its commitment: stake and content hash."""
        return self.keys[name].stake, self.keys[name].content_hash

    def prepare(self, name: str, decision: str | bytes) -> bytes:
        program = decision if isinstance(decision, bytes) else encode(parse(decision, self.ids))
        self.openings[name] = program, keccak(name.encode())
        return self.model.domain.seal(self.keys[name], *self.openings[name])

    def seal(self, name: str, at: int, decision: str | bytes = "keep") -> None:
        before = dict(self.openings)
        seal = self.prepare(name, decision)
        try:
            self.model.seal(self.env(self.owner(name), at), *self.own(name), seal)
        except errors.ChainError:
            self.openings = before  # it is the accepted seal's opening that counts
            raise

    def open(self, name: str, at: int, deps: Sequence[str] | None = None) -> Phase:
        decision, salt = self.openings[name]
        known = {commitment: self.keys[key] for key, commitment in self.ids.items()}
        try:
            needed = [known[atom] for atom in atoms(decision) if atom in known]
        except errors.MalformedDecision:
            needed = []
        keys = needed if deps is None else [self.keys[dep] for dep in deps]
        return self.model.open_for(self.env("carol", at), self.keys[name], decision, salt, keys)

    def offer(self, name: str, to: str, at: int) -> None:
        env = self.env(self.owner(name), at)
        self.model.offer(env, *self.own(name), self.ids[to])

    def decline(self, name: str, offering: str, at: int) -> None:
        env = self.env(self.owner(name), at)
        self.model.decline(env, *self.own(name), self.ids[offering])

    def decline_all(self, name: str, at: int) -> None:
        self.model.decline_all(self.env(self.owner(name), at), *self.own(name))

    def revoke(self, name: str, at: int) -> None:
        self.model.revoke(self.env(self.owner(name), at), *self.own(name))

    def expose(self, name: str, at: int, by: str = "carol") -> None:
        self.model.expose(self.env(by, at), self.keys[name], *self.openings[name])

    def resolve(self, at: int, *names: str) -> None:
        resolutions = [
            Resolution(self.keys[name], self.openings.get(name, (b"", b""))[0]) for name in names
        ]
        self.model.resolve(self.env("carol", at), resolutions)

    def draw(self, at: int, *names: str) -> None:
        self.model.draw(self.env("carol", at), [self.ids[name] for name in names])

    def phase(self, name: str, at: int) -> Phase:
        return self.model.phase(self.ids[name], START + at)

    def balance(self, who: str) -> int:
        return self.model.state.balances.get(ACCOUNTS[who], 0)

    def obstacle(self, x: str, y: str) -> Obstacle:
        return self.model.may_condition(self.keys[x], self.keys[y])

    def conserved(self) -> bool:
        state = self.model.state
        return state.held >= 0 and not (
            sum(state.balances.values()) + sum(state.owed.values()) + state.held + state.burned
        )


def refused(world: World, error: errors.ChainError, act: object, *args: object) -> None:
    """The action is refused with exactly this error, and has changed nothing."""
    before = world.model.state.copy()
    with pytest.raises(errors.ChainError) as caught:
        act(*args)  # type: ignore[operator]
    assert caught.value == error
    assert world.model.state == before


# ------------------------------------------------------------------------- section 10, example 1


def chicken(bond: int = 0, bobs: str = "revert if kept(A1)", alices: str = "keep") -> World:
    world = World()
    world.publish("A1", "alice", 1, bond)
    world.publish("B1", "bob", 2, bond)
    world.seal("B1", 53, bobs)
    world.seal("A1", 55, alices)
    return world


def test_example_1() -> None:
    world = chicken(bond=100)
    assert world.open("B1", 64) is Phase.PENDING
    assert world.model.pending_on(world.ids["B1"], START + 64) == (world.ids["A1"],)
    assert world.open("A1", 67) is Phase.KEPT
    assert world.model.resolvable(world.ids["B1"], START + 67)
    world.resolve(67, "B1")
    assert world.phase("B1", 67) is Phase.REVERTED_BY_DECISION
    assert (world.balance("alice"), world.balance("bob")) == (0, 0)
    assert world.model.state.burned == 0


def test_example_1_opened_in_the_other_order_resolves_at_once() -> None:
    world = chicken()
    assert world.open("A1", 63) is Phase.KEPT
    assert world.open("B1", 64) is Phase.REVERTED_BY_DECISION


def test_the_order_of_the_seals_changes_nothing() -> None:
    world = World()
    world.publish("A1", "alice", 1)
    world.publish("B1", "bob", 2)
    world.seal("A1", 53)
    world.seal("B1", 55, "revert if kept(A1)")
    assert world.open("A1", 67) is Phase.KEPT
    assert world.open("B1", 68) is Phase.REVERTED_BY_DECISION


def test_bob_silent_loses_his_bond_and_changes_nothing() -> None:
    world = chicken(bond=100)
    assert world.open("A1", 67) is Phase.KEPT
    assert world.phase("B1", 92) is Phase.REVEALING
    assert world.phase("B1", 93) is Phase.UNREVEALED
    world.resolve(93, "B1")
    assert (world.balance("alice"), world.balance("bob")) == (0, -100)
    assert world.model.state.burned == 100


def test_alice_silent_makes_b1_kept() -> None:
    world = chicken(bond=100)
    world.open("B1", 64)
    refused(
        world,
        errors.DependencyPending(world.ids["B1"], world.ids["A1"]),
        world.resolve,
        91,
        "B1",
    )
    world.resolve(92, "B1")  # A1 lapsed: a fact of time, that nobody poked the registry for
    assert world.phase("B1", 92) is Phase.KEPT
    assert world.model.record(world.ids["A1"]).phase is Phase.SEALED
    world.resolve(92, "A1")
    assert (world.balance("alice"), world.balance("bob")) == (-100, 0)


def test_a1_conditioned_on_b1_is_invalid() -> None:
    world = chicken(bond=100, alices="revert if kept(B1)")
    assert world.obstacle("A1", "B1") is Obstacle.NOT_OFFERED
    assert world.open("A1", 67) is Phase.INVALID_DECISION
    assert world.balance("alice") == 0  # the bond comes back: it was fixed when sealed
    assert world.open("B1", 68) is Phase.KEPT


@pytest.mark.parametrize("which", ["A1", "B1"])
def test_either_seal_exposed(which: str) -> None:
    world = chicken(bond=100)
    world.expose(which, 56, by="dave")
    assert world.phase(which, 56) is Phase.EXPOSED
    assert world.balance("dave") == 50
    assert world.model.state.burned == 50
    refused(world, errors.WrongPhase(world.ids[which], Phase.EXPOSED), world.open, which, 67)
    other = "B1" if which == "A1" else "A1"
    assert world.open(other, 67) is Phase.KEPT


# ------------------------------------------------------------------------- section 10, example 2


def bargain(b1: str, a1: str = "revert if kept(B2)") -> World:
    world = World()
    world.publish("A1", "alice", 1)
    world.publish("B1", "bob", 2)
    world.publish("B2", "bob", 37, guard="not kept(A1)")
    world.offer("B2", "A1", 37)
    world.offer("B2", "B1", 38)
    world.seal("B1", 53, b1)
    world.seal("A1", 55, a1)
    return world


def test_example_2_to_the_letter() -> None:
    world = bargain("revert if kept(A1)")
    assert world.open("B1", 64) is Phase.PENDING
    assert world.open("A1", 67) is Phase.PENDING
    world.seal("B2", 91)
    assert world.open("B2", 99) is Phase.KEPT
    world.resolve(99, "A1", "B1")
    assert world.phase("A1", 99) is Phase.REVERTED_BY_DECISION
    assert world.phase("B1", 99) is Phase.KEPT  # the conflict that the tools report


def test_example_2_with_b1_leaning_on_b2() -> None:
    world = bargain("revert if kept(A1) or kept(B2)")
    world.open("B1", 64)
    world.open("A1", 67)
    refused(
        world,
        errors.DependencyPending(world.ids["B1"], world.ids["A1"]),
        world.resolve,
        70,
        "B1",
    )
    world.seal("B2", 91)
    world.open("B2", 99)
    world.resolve(99, "A1", "B1")
    assert [world.phase(name, 99) for name in ("A1", "B1", "B2")] == [
        Phase.REVERTED_BY_DECISION,
        Phase.REVERTED_BY_DECISION,
        Phase.KEPT,
    ]


@pytest.mark.parametrize("how", ["reneges", "never opens", "never seals"])
def test_example_2_without_b2(how: str) -> None:
    world = bargain("revert if kept(A1) or kept(B2)")
    world.open("B1", 64)
    world.open("A1", 67)
    until = 97 if how == "never seals" else 128
    if how != "never seals":
        world.seal("B2", 91, "revert" if how == "reneges" else "keep")
    if how == "reneges":
        world.open("B2", 99)
    else:
        refused(
            world,
            errors.DependencyPending(world.ids["A1"], world.ids["B2"]),
            world.resolve,
            until - 1,
            "A1",
        )
    world.resolve(until, "A1", "B1")
    assert world.phase("A1", until) is Phase.KEPT
    assert world.phase("B1", until) is Phase.REVERTED_BY_DECISION


def test_example_2_declined_and_conditioned_on_all_the_same() -> None:
    world = World()
    world.publish("A1", "alice", 1)
    world.publish("B2", "bob", 37)
    world.offer("B2", "A1", 37)
    world.decline("A1", "B2", 47)
    world.seal("A1", 55, "revert if kept(B2)")
    assert world.obstacle("A1", "B2") is Obstacle.DECLINED
    assert world.open("A1", 67) is Phase.INVALID_DECISION


# -------------------------------------------------------------------- both sides of every deadline


def lone(bond: int = 0) -> World:
    world = World()
    world.publish("X", "alice", 0, bond)
    return world


def test_seal_window() -> None:
    for at in (5, 59):
        world = lone()
        world.seal("X", at)
        assert world.phase("X", at) is Phase.SEALED
    world = lone()
    early = errors.TooEarly(world.ids["X"], START + 5, START + 4)
    refused(world, early, world.seal, "X", 4)
    refused(world, errors.TooLate(world.ids["X"], START + 60, START + 60), world.seal, "X", 60)
    world.seal("X", 5)
    refused(world, errors.WrongPhase(world.ids["X"], Phase.SEALED), world.seal, "X", 6)
    refused(world, errors.WrongPhase(world.ids["X"], Phase.REVEALING), world.seal, "X", 60)
    refused(world, errors.WrongPhase(world.ids["X"], Phase.UNREVEALED), world.seal, "X", 91)


def test_reveal_window() -> None:
    for at in (60, 90):
        world = lone()
        world.seal("X", 5)
        assert world.open("X", at) is Phase.KEPT
    world = lone()
    unsealed = errors.WrongPhase(world.ids["X"], Phase.TENTATIVE)
    world.prepare("X", "keep")
    refused(world, unsealed, world.open, "X", 59)
    refused(world, replace(unsealed, phase=Phase.UNSEALED), world.open, "X", 60)
    world.seal("X", 5)
    refused(world, errors.TooEarly(world.ids["X"], START + 60, START + 59), world.open, "X", 59)
    refused(world, errors.TooLate(world.ids["X"], START + 91, START + 91), world.open, "X", 91)
    world.open("X", 61)
    refused(world, errors.WrongPhase(world.ids["X"], Phase.KEPT), world.open, "X", 61)


def test_expose_until_the_freeze() -> None:
    world = lone()
    world.prepare("X", "keep")
    refused(world, errors.WrongPhase(world.ids["X"], Phase.TENTATIVE), world.expose, "X", 4)
    world.seal("X", 5)
    refused(world, errors.TooLate(world.ids["X"], START + 60, START + 60), world.expose, "X", 60)
    world.expose("X", 59)
    assert world.phase("X", 60) is Phase.EXPOSED


def test_revoke_until_the_freeze_and_not_once_sealed() -> None:
    world = lone(bond=7)
    assert world.balance("alice") == -7
    refused(world, errors.TooLate(world.ids["X"], START + 60, START + 60), world.revoke, "X", 60)
    sealed = World()
    sealed.publish("X", "alice", 0)
    sealed.seal("X", 5)
    refused(sealed, errors.WrongPhase(sealed.ids["X"], Phase.SEALED), sealed.revoke, "X", 6)
    world.revoke("X", 59)
    assert world.balance("alice") == 0
    refused(world, errors.WrongPhase(world.ids["X"], Phase.REVOKED), world.revoke, "X", 59)


def test_lapses() -> None:
    world = lone(bond=7)
    assert world.phase("X", 59) is Phase.TENTATIVE
    assert world.phase("X", 60) is Phase.UNSEALED
    refused(world, errors.TooEarly(world.ids["X"], START + 60, START + 59), world.resolve, 59, "X")
    world.resolve(60, "X")
    assert world.balance("alice") == 0
    refused(world, errors.WrongPhase(world.ids["X"], Phase.UNSEALED), world.resolve, 60, "X")
    world = lone(bond=7)
    world.seal("X", 5)
    refused(world, errors.TooEarly(world.ids["X"], START + 91, START + 90), world.resolve, 90, "X")
    world.resolve(91, "X")
    assert (world.balance("alice"), world.model.state.burned) == (-7, 7)


def pair() -> World:
    world = World()
    world.publish("X", "alice", 0)
    world.publish("Y", "bob", 10)
    return world


def test_offer_cutoff() -> None:
    world = pair()
    refused(
        world, errors.TooLate(world.ids["X"], START + 41, START + 41), world.offer, "Y", "X", 41
    )
    world.offer("Y", "X", 40)


def test_decline_window() -> None:
    world = pair()
    refused(world, errors.NoOffer(world.ids["Y"], world.ids["X"]), world.decline, "X", "Y", 20)
    world.offer("Y", "X", 20)
    refused(
        world, errors.TooEarly(world.ids["X"], START + 30, START + 29), world.decline, "X", "Y", 29
    )
    refused(
        world, errors.TooLate(world.ids["X"], START + 60, START + 60), world.decline, "X", "Y", 60
    )
    world.offer("Y", "X", 25)  # repeating it puts off no decline
    world.decline("X", "Y", 30)
    declined = errors.Declined(world.ids["Y"], world.ids["X"])
    refused(world, declined, world.decline, "X", "Y", 31)
    refused(world, declined, world.offer, "Y", "X", 31)


def test_declining_all_is_for_good_and_until_the_seal() -> None:
    world = pair()
    world.offer("Y", "X", 20)
    refused(
        world, errors.TooLate(world.ids["X"], START + 60, START + 60), world.decline_all, "X", 60
    )
    world.decline_all("X", 20)
    declined = errors.Declined(world.ids["Y"], world.ids["X"])
    refused(world, declined, world.offer, "Y", "X", 21)
    refused(world, declined, world.decline, "X", "Y", 30)
    refused(world, errors.Declined(NO_ID, world.ids["X"]), world.decline_all, "X", 21)
    assert world.obstacle("X", "Y") is Obstacle.DECLINED
    sealed = pair()
    sealed.seal("X", 5)
    refused(sealed, errors.WrongPhase(sealed.ids["X"], Phase.SEALED), sealed.decline_all, "X", 6)
    refused(sealed, errors.WrongPhase(sealed.ids["X"], Phase.SEALED), sealed.decline, "X", "Y", 6)


# --------------------------------------------------------------------------------- who may do what


def test_sealing_and_revoking_take_a_plain_key_of_the_committer() -> None:
    world = lone()
    own, seal, model = world.own("X"), world.prepare("X", "keep"), world.model
    alice, bob = ACCOUNTS["alice"], ACCOUNTS["bob"]
    contract = world.env("alice", 10, plain_key=False)
    refused(world, errors.NotPlainKey(alice), model.seal, contract, *own, seal)
    refused(world, errors.NotPlainKey(alice), model.revoke, contract, *own)
    stranger = world.env("bob", 10)
    nobody = errors.NotCommitter(bob, model.domain.id_of(bob, *own))
    for act, args in [
        (model.seal, (seal,)),
        (model.revoke, ()),
        (model.decline_all, ()),
        (model.decline, (NO_ID,)),
        (model.offer, (NO_ID,)),
        (model.open, world.openings["X"]),
    ]:
        refused(world, nobody, act, stranger, *own, *args)


def test_relayed_seals_and_revocations() -> None:
    world = lone(bond=3)
    key, seal = world.keys["X"], world.prepare("X", "keep")
    model, alice, bob = world.model, ACCOUNTS["alice"], ACCOUNTS["bob"]
    env = world.env("carol", 10, plain_key=False)
    expired = errors.SignatureExpired(START + 9, START + 10)
    refused(world, expired, model.seal_for, env, key, seal, b"", START + 9, alice)
    refused(world, expired, model.revoke_for, env, key, START + 9, alice)
    forged = errors.WrongSigner(alice, bob)
    refused(world, forged, model.seal_for, env, key, seal, b"", START + 10, bob)
    refused(world, forged, model.revoke_for, env, key, START + 10, bob)
    garbage = errors.WrongSigner(alice, ZERO_ADDRESS)
    refused(world, garbage, model.revoke_for, env, key, START + 10, ZERO_ADDRESS)
    stranger = replace(key, committer=bob)
    unknown = errors.UnknownCommitment(model.domain.commitment_id(stranger))
    refused(world, unknown, model.seal_for, env, stranger, seal, b"", 0, alice)
    refused(world, unknown, model.revoke_for, env, stranger, 0, alice)
    early = errors.TooEarly(world.ids["X"], START + 5, START + 4)
    soon = world.env("carol", 4)
    refused(world, early, model.seal_for, soon, key, seal, b"", START + 4, alice)
    revoked = model.copy()
    revoked.revoke_for(env, key, START + 10, alice)
    assert revoked.phase(world.ids["X"], START + 10) is Phase.REVOKED
    assert revoked.state.balances[alice] == 0
    model.seal_for(env, key, seal, b"extra", START + 10, alice)
    # The phase is looked at before the signature.
    sealed = errors.WrongPhase(world.ids["X"], Phase.SEALED)
    refused(world, sealed, model.seal_for, env, key, seal, b"", START + 9, bob)
    refused(world, sealed, model.revoke_for, env, key, START + 9, bob)


def test_no_signature_recovers_to_nobody() -> None:
    world = World()
    nobody = Env(ZERO_ADDRESS, 100, START)
    world.model.publish(nobody, stake(), bytes(32), b"")
    key = Content().key(ZERO_ADDRESS, 1)
    garbage = errors.WrongSigner(ZERO_ADDRESS, ZERO_ADDRESS)
    refused(world, garbage, world.model.revoke_for, nobody, key, START, ZERO_ADDRESS)


def test_extra_data_of_seals() -> None:
    def logged(extra: bytes | None, relayed: bool = False) -> list[events.Event]:
        world = lone()
        model, seal = world.model, world.prepare("X", "keep")
        if relayed:
            env, key = world.env("bob", 9), world.keys["X"]
            model.seal_for(env, key, seal, extra or b"", START + 9, key.committer)
        else:
            model.seal(world.env("alice", 9), *world.own("X"), seal, extra)
        record = model.record(world.ids["X"])
        assert model.state.events[1] == events.Sealed(world.ids["X"], record.packed())
        return model.state.events[2:]

    x = lone().ids["X"]
    assert logged(None) == []
    assert logged(b"") == [events.SealData(x, b"")]
    assert logged(b"more") == [events.SealData(x, b"more")]
    assert logged(b"", relayed=True) == []
    assert logged(b"more", relayed=True) == [events.SealData(x, b"more")]


def test_a_committer_opens_its_own() -> None:
    world = lone()
    world.seal("X", 5)
    x, opening = world.ids["X"], world.openings["X"]
    early = errors.TooEarly(x, START + 60, START + 59)
    refused(world, early, world.model.open, world.env("alice", 59), *world.own("X"), *opening)
    world.model.open(world.env("alice", 60), *world.own("X"), *opening)
    assert world.phase("X", 60) is Phase.KEPT
    assert world.model.state.events[-1] == events.OpenedKeep(x)
    world = World()
    world.publish("A1", "bob", 0)
    world.publish("X", "alice", 1, 5, 5)
    world.seal("X", 30, "revert if kept(A1)")
    mine = world.env("alice", 61), *world.own("X"), *world.openings["X"]
    assert world.obstacle("X", "A1") is Obstacle.COVER_TOO_LOW
    refused(world, errors.KeyMissing(world.ids["A1"]), world.model.open, *mine)
    assert world.open("X", 61) is Phase.INVALID_DECISION
    decision = world.openings["X"][0]
    opened = events.Opened(world.ids["X"], Phase.INVALID_DECISION, decision)
    assert world.model.state.events[-1] == opened


def stake(bond: int = 0, cover: int = 0, flags: int = 0, nonce: int = 1) -> int:
    return nonce | flags << 56 | bond << 64 | cover << 160


def test_publication_checks_in_order() -> None:
    world = World(minBond=5, fee=2)
    model, env, topic = world.model, world.env("alice", 0, 7), bytes(32)
    first = model.publish(env, stake(5, 5), topic, b"?")
    flagged = stake(5, flags=2)
    for wrong, error in [
        (stake(4, 9), errors.BondTooLow(4, 5)),
        (stake(5, 6), errors.CoverExceedsBond(6, 5)),
        (stake(6, flags=2), errors.WrongValue(7, 8)),
        (flagged, errors.MalformedStake(flagged)),
        (stake(5, flags=1), errors.MalformedClauses()),
        (stake(5, 5), errors.AlreadyPublished(first)),
    ]:
        refused(world, error, model.publish, env, wrong, topic, b"?")
    assert (model.state.held, model.state.burned) == (5, 2)
    assert model.state.events == [
        events.Published(first, ACCOUNTS["alice"], topic, stake(5, 5), b"?")
    ]


def test_times_and_blocks_have_32_bits() -> None:
    world = World()
    last = (1 << 32) - 1
    env = replace(world.env("alice", 0), time=last - 60, block_number=last)
    for wrong in (replace(env, time=last - 59), replace(env, block_number=last + 1)):
        refused(world, errors.OutOfRange(), world.model.publish, wrong, 1, bytes(32), b"")
    again = world.model.publish(env, 1, bytes(32), b"")
    late = replace(env, time=last)
    refused(world, errors.AlreadyPublished(again), world.model.publish, late, 1, bytes(32), b"")


def test_clauses_are_checked() -> None:
    world = World()
    world.publish("A1", "alice", 0)
    atom = b"\x06" + b"\x77" * 25
    known = b"\x06" + world.ids["A1"]
    escrow, tip = (Asset(amount=1),), Asset(amount=2)
    env, flagged = world.env("bob", 1), stake(flags=1)
    for clauses, error in [
        (Clauses(escrow=escrow, tip=tip, guard=b"\x07"), errors.Overspent(ZERO_ADDRESS, 2, 1)),
        (Clauses(guard=atom + b"\x07"), errors.MalformedGuard()),
        (Clauses(guard=known + atom + b"\x03"), errors.UnknownCommitment(b"\x77" * 25)),
    ]:
        body = Content(clauses=clauses).body
        refused(world, error, world.model.publish, env, flagged, bytes(32), body)
    content = Content(clauses=Clauses(guard=known + b"\x02"))
    assert world.model.publish(env, flagged, bytes(32), content.body)
    # Without the flag the same bytes are a statement, and nothing is read into them.
    assert world.model.publish(env, stake(), bytes(32), Content(clauses=clauses).body)


def test_unknown_commitments() -> None:
    world = lone()
    key = replace(world.keys["X"], nonce=99)
    missing = world.model.domain.commitment_id(key)
    unknown = errors.UnknownCommitment(missing)
    env, model = world.env("alice", 60), world.model
    refused(world, unknown, model.open_for, env, key, b"\x01", bytes(32))
    refused(world, unknown, model.expose, env, key, b"\x01", bytes(32))
    refused(world, unknown, model.resolve, env, [Resolution(key)])
    refused(world, unknown, model.draw, env, [missing])
    refused(world, unknown, model.floor, missing)
    assert model.phase(missing, START) is Phase.UNPUBLISHED
    assert model.latest_resolution(missing) == model.next_deadline(missing, START) == 0
    assert model.may_condition(world.keys["X"], key) is Obstacle.UNKNOWN
    assert model.may_condition(key, world.keys["X"]) is Obstacle.UNKNOWN


def test_another_salt_or_decision_opens_nothing() -> None:
    world = lone()
    world.seal("X", 5)
    decision, salt = world.openings["X"]
    wrong, key = errors.WrongOpening(world.ids["X"]), world.keys["X"]
    late, soon = world.env("bob", 60), world.env("bob", 10)
    refused(world, wrong, world.model.open_for, late, key, b"\x00", salt)
    refused(world, wrong, world.model.open_for, late, key, decision, bytes(32))
    refused(world, wrong, world.model.expose, soon, key, decision, bytes(32))


def test_a_copied_seal_is_worthless() -> None:
    world = lone()
    world.publish("Y", "bob", 1)
    seal = world.prepare("X", "keep")
    world.model.seal(world.env("bob", 10), *world.own("Y"), seal)
    world.openings["Y"] = world.openings["X"]
    refused(world, errors.WrongOpening(world.ids["Y"]), world.open, "Y", 61)


# --------------------------------------------------------------------------------------- openings


@pytest.mark.parametrize(
    "decision",
    [b"", b"\x07", b"\x01\x01", b"\x06" + b"\x77" * 25, bytes([6]) * 2000],
)
def test_malformed_or_unknown_atoms_are_invalid(decision: bytes) -> None:
    world = World()
    world.publish("X", "alice", 0, 7, 7)
    world.seal("X", 5, decision)
    assert world.open("X", 60) is Phase.INVALID_DECISION
    assert world.balance("alice") == 0


def test_ones_own_outcome_is_no_condition() -> None:
    world = lone()
    world.seal("X", 5, "keep if kept(X) or true")
    assert world.obstacle("X", "X") is Obstacle.SELF
    assert world.open("X", 60) is Phase.INVALID_DECISION


def test_cover_and_keys() -> None:
    """Cover of y below that of x: invalid. Keys are needed only as far as the answer is open."""
    world = World()
    world.publish("LOW", "bob", 0, 9, 4)
    world.publish("HIGH", "bob", 1, 9, 5)
    world.publish("LATER", "bob", 20)
    for number, decision in enumerate(
        ["kept(HIGH)", "kept(LOW)", "kept(HIGH) or kept(LATER) or kept(LOW)"]
    ):
        name = f"X{number}"
        world.publish(name, "alice", 10, 5, 5)
        world.seal(name, 30, f"keep if {decision}")
    assert world.obstacle("X0", "HIGH") is Obstacle.NONE
    assert world.obstacle("X0", "LOW") is Obstacle.COVER_TOO_LOW
    missing = errors.KeyMissing(world.ids["HIGH"])
    refused(world, missing, world.open, "X0", 70, [])
    refused(world, missing, world.open, "X0", 70, ["LOW", "HIGH"])
    assert world.open("X0", 70, ["HIGH", "LOW"]) is Phase.REVERTED_BY_DECISION
    refused(world, errors.KeyMissing(world.ids["LOW"]), world.open, "X1", 70, [])
    assert world.open("X1", 70) is Phase.INVALID_DECISION
    # LATER may not be looked at at all: neither its key nor that of LOW is asked for.
    assert world.open("X2", 70, ["HIGH"]) is Phase.INVALID_DECISION


def test_without_cover_no_keys_are_needed() -> None:
    world = World()
    world.publish("A1", "alice", 0)
    world.publish("X", "bob", 1, 5, 0)
    world.seal("X", 30, "keep if kept(A1)")
    assert world.open("X", 61, []) is Phase.REVERTED_BY_DECISION


def test_resolutions_see_each_other_and_are_all_or_nothing() -> None:
    world = World()
    for number in range(4):
        world.publish(f"C{number}", "alice", number, bond=1)
    world.seal("C0", 50)
    for number in range(1, 4):
        world.seal(f"C{number}", 50, f"keep if kept(C{number - 1})")
        assert world.open(f"C{number}", 64) is Phase.PENDING
    world.open("C0", 65)
    waiting = errors.DependencyPending(world.ids["C3"], world.ids["C2"])
    refused(world, waiting, world.resolve, 65, "C1", "C3")
    world.openings["C2"] = b"\x01", bytes(32)
    refused(world, errors.WrongDecision(world.ids["C2"]), world.resolve, 65, "C1", "C2")
    world.openings["C2"] = encode(parse("keep if kept(C1)", world.ids)), bytes(32)
    world.resolve(65, "C1", "C2", "C3")
    assert all(world.phase(f"C{n}", 65) is Phase.KEPT for n in range(4))
    refused(world, errors.WrongPhase(world.ids["C3"], Phase.KEPT), world.resolve, 65, "C3")


# ------------------------------------------------------------------------------- offers (section 6)


def naive_may_condition(world: World, x: str, y: str) -> bool:
    """The rule as first published: offers count, and whoever offers gives up what lies between its
    target and itself; no floors, no depths.
    """
    model, ids = world.model, world.ids
    offers = model.state.offers
    if model.precedes(ids[y], ids[x]):
        targets = [target for offering, target in offers if offering == ids[x]]
        between = (
            model.precedes(target, ids[y]) is not False and target != ids[y] for target in targets
        )
        return not any(between)
    return (ids[y], ids[x]) in offers


def test_the_counterexample_of_section_6() -> None:
    """y < c1 < c2; c1 offers to y, c2 offers to c1, c2 looks back at y."""
    world = World()
    for at, name in enumerate(("y", "c1", "c2")):
        world.publish(name, "alice", at)
    world.offer("c1", "y", 10)
    world.offer("c2", "c1", 11)
    loop = [("y", "c1"), ("c1", "c2"), ("c2", "y")]
    assert all(naive_may_condition(world, a, b) for a, b in loop)
    assert [world.obstacle(a, b) for a, b in loop] == [
        Obstacle.NONE,
        Obstacle.NONE,
        Obstacle.NOT_OFFERED,
    ]
    for a, b in loop:
        world.seal(a, 50, f"keep if kept({b})")
    for name in ("y", "c1", "c2"):
        world.open(name, 62)
    assert world.phase("c2", 62) is Phase.INVALID_DECISION
    world.resolve(62, "c1", "y")
    assert world.phase("y", 62) is Phase.REVERTED_BY_DECISION


def test_offering_on_lets_the_offers_one_holds_fall_unless_repeated() -> None:
    world = World()
    for at, name in enumerate(("y", "c1", "c2")):
        world.publish(name, "alice", at)
    world.offer("c2", "c1", 10)
    assert world.obstacle("c1", "c2") is Obstacle.NONE
    world.offer("c1", "y", 11)
    assert world.obstacle("c1", "c2") is Obstacle.OFFER_FELL
    assert world.obstacle("c2", "y") is Obstacle.NONE
    world.offer("c2", "c1", 12)
    assert world.obstacle("c1", "c2") is Obstacle.NONE
    assert world.obstacle("c2", "y") is Obstacle.NOT_OFFERED
    assert world.model.floor(world.ids["c2"]) == world.ids["y"]
    assert world.model.depth(world.ids["c2"]) == 2
    offer = world.model.offer_of(world.ids["c2"], world.ids["c1"])
    assert offer is not None
    assert (offer.first_made, offer.depth, offer.floor) == (START + 10, 2, world.ids["y"])


def test_a_deeper_target_is_too_deep_for_an_older_offer() -> None:
    """x grows as deep as y after y offered to it: the forward step would not raise the depth."""
    world = World(maxDepth=2)
    for at, name in enumerate(("a", "b", "x", "y", "z")):
        world.publish(name, "alice", at)
    world.offer("b", "a", 10)
    world.offer("y", "a", 11)  # F(y) = a, so that only the depth is left to fail
    world.offer("y", "x", 12)
    world.offer("x", "b", 13)
    assert world.obstacle("x", "y") is Obstacle.TOO_SHALLOW
    too_deep = errors.TooDeep(world.ids["x"], 3, 2)
    refused(world, too_deep, world.offer, "z", "x", 14)


def test_depth_never_falls() -> None:
    world = World()
    for at, name in enumerate(("a", "b", "x", "y")):
        world.publish(name, "alice", at)
    world.offer("b", "a", 10)
    world.offer("y", "b", 11)
    assert world.model.depth(world.ids["y"]) == 2
    world.offer("y", "x", 12)
    assert world.model.depth(world.ids["y"]) == 2
    offer = world.model.offer_of(world.ids["y"], world.ids["x"])
    assert offer is not None
    assert (offer.floor, offer.depth) == (world.ids["a"], 2)


def test_an_undrawn_floor_that_both_share_is_no_tie() -> None:
    world = World()
    world.publish("P", "alice", 0)
    world.publish("Q", "alice", 0)
    world.publish("X", "bob", 1)
    world.publish("Y", "bob", 2)
    world.offer("X", "P", 10)
    world.offer("Y", "P", 10)
    world.offer("Y", "X", 11)
    assert world.model.floor(world.ids["Y"]) == world.ids["P"]


def test_offers_that_are_refused() -> None:
    world = World()
    world.publish("X", "alice", 0)
    world.publish("Y", "bob", 1)
    world.publish("Z", "bob", 2)
    x, y, z = (world.ids[name] for name in "XYZ")
    refused(world, errors.SelfOffer(y), world.offer, "Y", "Y", 5)
    refused(world, errors.NotLater(x, y), world.offer, "X", "Y", 5)
    world.ids["no"] = NO_ID
    refused(world, errors.UnknownCommitment(NO_ID), world.offer, "Y", "no", 5)
    world.revoke("Y", 6)
    refused(world, errors.WrongPhase(y, Phase.REVOKED), world.offer, "Y", "X", 7)
    refused(world, errors.WrongPhase(y, Phase.REVOKED), world.offer, "Z", "Y", 7)
    refused(world, errors.WrongPhase(x, Phase.UNSEALED), world.offer, "Z", "X", 60)
    refused(world, errors.WrongPhase(z, Phase.UNSEALED), world.offer, "Z", "X", 62)
    world.seal("X", 10)
    world.offer("Z", "X", 11)  # either end may be sealed already


# ------------------------------------------------------------------------------- draws (section 3)


def tied(draws: Sequence[str]) -> World:
    world = World(draws)
    world.publish("X", "alice", 0)
    world.publish("Y", "bob", 0)
    return world


def test_a_tie_is_neither_before_nor_after_until_drawn() -> None:
    world = tied(["Y", "X"])
    x, y = world.ids["X"], world.ids["Y"]
    assert world.model.precedes(x, y) is None
    assert world.obstacle("X", "Y") is world.obstacle("Y", "X") is Obstacle.TIED
    refused(world, errors.Undrawn(y, x), world.offer, "X", "Y", 1)
    refused(world, errors.SeedUnavailable(x, 101), world.draw, 1, "X")
    refused(world, errors.SeedUnavailable(y, 101), world.draw, 1, "Y", "X")
    world.draw(2, "X", "Y", "X")
    assert world.model.state.events[-2:] == [events.Drawn(x, 2), events.Drawn(y, 1)]
    assert world.model.precedes(y, x) is True
    assert world.obstacle("X", "Y") is Obstacle.NONE
    assert world.obstacle("Y", "X") is Obstacle.NOT_OFFERED
    world.offer("X", "Y", 3)
    assert world.obstacle("Y", "X") is Obstacle.NONE


def test_a_draw_is_never_recorded_after_the_freeze() -> None:
    world = tied(["X", "Y"])
    world.draw(59, "X")
    refused(world, errors.TooLate(world.ids["Y"], START + 60, START + 60), world.draw, 60, "Y")
    world.draw(60, "X")  # drawn already: passed over
    assert world.obstacle("Y", "X") is Obstacle.TIED


def test_draws_are_all_or_nothing_and_stay() -> None:
    world = tied(["X"])
    y = world.ids["Y"]
    refused(world, errors.SeedUnavailable(y, 101), world.draw, 2, "X", "Y")
    world.draw(2, "X")
    world.draws.draws.clear()  # the chain has forgotten the hash by now
    world.seal("X", 10)
    assert world.model.draw_of(world.ids["X"]) == 1


def test_sealing_draws_when_it_can() -> None:
    world = tied(["Y"])
    world.seal("X", 10)
    world.seal("Y", 10)
    assert world.model.draw_of(world.ids["X"]) == 0
    assert world.model.draw_of(world.ids["Y"]) == 1
    assert not any(isinstance(event, events.Drawn) for event in world.model.state.events)


def test_equal_draws_are_a_tie_for_good() -> None:
    world = tied([])
    world.draws.draws.update(dict.fromkeys((world.ids["X"], world.ids["Y"]), 5))
    world.draw(2, "X", "Y")
    assert world.model.precedes(world.ids["X"], world.ids["Y"]) is None


def test_floors_that_are_tied_refuse_an_offer() -> None:
    world = World()
    world.publish("P", "alice", 0)
    world.publish("Q", "alice", 0)
    world.publish("X", "bob", 1)
    world.publish("Y", "bob", 2)
    world.offer("X", "P", 10)
    world.offer("Y", "Q", 10)
    undrawn = errors.Undrawn(world.ids["P"], world.ids["Q"])
    refused(world, undrawn, world.offer, "Y", "X", 11)


def test_draw_sources() -> None:
    hashes = {11: b"\x11" * 32, 12: bytes(32)}
    source = HashDraws(hashes.get, draw_delay=1)
    commitment = b"\x77" * 25
    digest = keccak(abi_encode(["bytes32", "bytes25"], [hashes[11], commitment]))
    assert source.draw(commitment, 10, 11) is None
    assert source.draw(commitment, 10, 12) == int.from_bytes(digest[:4], "big")
    assert source.draw(commitment, 11, 20) is None  # the chain says zero: it has no such hash
    assert source.draw(commitment, 12, 20) is None
    fixed = FixedDraws([b"b", commitment], draw_delay=2)
    assert fixed.draw(commitment, 10, 12) is None
    assert fixed.draw(commitment, 10, 13) == 2
    assert fixed.draw(b"a", 10, 13) is None


def test_a_draw_of_zero_counts_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boomerang.model.order.keccak", lambda _: bytes(32))
    assert HashDraws(lambda _: b"\x11" * 32, 1).draw(b"\x77" * 25, 10, 12) == 1


# ---------------------------------------------------------------------------------- money and views


def test_undeliverable_bonds_are_owed_and_withdrawn() -> None:
    world = World(rejects=["alice"])
    world.publish("X", "alice", 0, 9)
    world.revoke("X", 1)
    alice, bob = ACCOUNTS["alice"], ACCOUNTS["bob"]
    assert (world.balance("alice"), world.model.owed(alice)) == (-9, 9)
    assert world.model.state.events[-1] == events.Credited(alice, 9)
    env = world.env("alice", 2)
    refused(world, errors.TransferFailed(alice), world.model.withdraw, env, alice)
    assert world.model.withdraw(env, bob) == 9
    assert (world.balance("bob"), world.model.owed(alice)) == (9, 0)
    refused(world, errors.NothingOwed(alice), world.model.withdraw, env, bob)
    assert world.conserved()


@pytest.mark.parametrize(("share", "bond", "reward"), [(5000, 3, 1), (9000, 10, 9), (0, 10, 0)])
def test_shares_are_rounded_down(share: int, bond: int, reward: int) -> None:
    world = World(exposerShare=share)
    world.publish("X", "alice", 0, bond)
    world.seal("X", 5)
    world.expose("X", 6)
    assert (world.balance("carol"), world.model.state.burned) == (reward, bond - reward)
    assert world.conserved()


def test_next_deadline_and_bound() -> None:
    world = chicken()
    model, b1 = world.model, world.ids["B1"]

    def deadline(at: int) -> int:
        return model.next_deadline(b1, START + at) - START

    fresh = World()
    c1 = fresh.publish("C1", "bob", 2)
    deadlines = [fresh.model.next_deadline(c1, START + at) - START for at in (6, 7, 61)]
    assert deadlines == [7, 62, 62]
    assert fresh.model.next_deadline(c1, START + 62) == 0
    assert deadline(61) == 62
    assert (deadline(62), deadline(92)) == (92, 92)
    world.open("B1", 64)
    assert model.latest_resolution(b1) == START + 62 + 9 * 40 + 30
    assert deadline(64) == 62 + 9 * 40 + 30
    assert not model.resolvable(b1, START + 91)
    assert model.resolvable(b1, START + 92)


def test_packed_records() -> None:
    world = tied(["Y", "X"])
    x = world.ids["X"]
    freeze = (START + 60) << 8
    assert world.model.record(x).packed() == 1 | freeze | 100 << 40
    world.decline_all("X", 1)
    assert world.model.record(x).packed() == 1 | 0x20 | freeze | 100 << 40
    world.seal("X", 10)
    seal = int.from_bytes(world.prepare("X", "keep"), "big") << 72
    assert world.model.record(x).packed() == 2 | 0x30 | freeze | 2 << 40 | seal
    world.open("X", 60)
    assert world.model.record(x).packed() == 5 | 0x30 | freeze | 2 << 40


def test_pending_records_hold_the_hash_of_the_decision() -> None:
    world = chicken()
    world.open("B1", 64)
    packed = world.model.record(world.ids["B1"]).packed()
    assert packed >> 72 == int.from_bytes(keccak(world.openings["B1"][0])[:23], "big")


def test_credible_cover() -> None:
    """Section 8: only once no later commitment can be leaned on any more."""
    world = World()
    world.publish("X", "alice", 0, 9, 8)
    world.publish("Y", "alice", 10, 9, 8)
    world.publish("POOR", "alice", 11, 9, 7)
    x = world.ids["X"]

    def cover(at: int) -> int | None:
        return world.model.credible_cover(x, START + at).cover

    assert cover(40) is None
    assert cover(41) == 8
    assert world.model.credible_cover(x, START + 40).why.endswith(str(START + 40))
    world.offer("POOR", "X", 20)
    assert cover(41) == 8  # its cover is too low to lean on
    world.offer("Y", "X", 20)
    assert cover(41) is None
    other = World()
    other.model = world.model.copy()
    other.keys, other.ids = world.keys, world.ids
    other.decline("X", "Y", 41)
    assert other.model.credible_cover(x, START + 41).cover == 8
    assert other.model.credible_cover(x, START + 40).cover is None
    world.seal("X", 45, "revert if kept(Y)")
    world.open("X", 60)
    assert cover(60) is None
    assert cover(70) == 8  # Y lapsed unsealed: nothing is left to decide
    world.resolve(70, "X")
    assert cover(70) == 8
    assert world.model.credible_cover(world.ids["Y"], START + 70).cover is None
    # Without offers: until it is sealed, or it is too late, it may still join a group.
    alone = World(maxDepth=0)
    alone.publish("X", "alice", 0, 9, 8)
    assert alone.model.credible_cover(alone.ids["X"], START + 40).cover is None
    assert alone.model.credible_cover(alone.ids["X"], START + 41).cover == 8
    firm = World()
    firm.publish("X", "alice", 0, 9, 8)
    firm.decline_all("X", 1)
    assert firm.model.credible_cover(firm.ids["X"], START + 5).cover is None
    firm.seal("X", 5)
    assert firm.model.credible_cover(firm.ids["X"], START + 5).cover == 8


def test_an_offer_that_fell_by_a_tie_may_still_rise() -> None:
    world = World(["P", "Q"])
    world.publish("P", "alice", 0)
    world.publish("Q", "alice", 0)
    world.publish("X", "bob", 1)
    world.publish("Y", "bob", 2)
    world.offer("Y", "P", 10)
    world.offer("Y", "X", 11)
    world.offer("X", "Q", 12)
    x = world.ids["X"]
    assert world.obstacle("X", "Y") is Obstacle.OFFER_FELL
    assert world.model.credible_cover(x, START + 50).cover is None
    other = world.model.copy()
    world.draw(50, "P", "Q")
    assert world.obstacle("X", "Y") is Obstacle.TOO_SHALLOW
    assert world.model.credible_cover(x, START + 50).cover == 0
    assert other.may_condition(world.keys["X"], world.keys["Y"]) is Obstacle.OFFER_FELL


def test_a_copy_is_independent() -> None:
    world = lone(bond=4)
    before = world.model.state.copy()
    twin = world.model.copy()
    twin.revoke(world.env("alice", 1), *world.own("X"))
    assert world.model.state == before
    assert twin.state != before


def test_environments_are_checked() -> None:
    for wrong in ({"time": -1}, {"time": 1 << 64}, {"block_number": -1}, {"sender": "x"}):
        with pytest.raises(errors.InvalidInput):
            replace(Env(REGISTRY, 0, 0), **wrong)


def test_events_are_those_of_the_compiled_contract() -> None:
    from boomerang.artifacts import load

    declared = {
        # Two contracts owe money: the enforcer's events are told apart by their names.
        f"Escrow{name}" if contract == "Enforcer" and name in ("Credited", "Withdrawn") else name: [
            i["name"] for i in entry["inputs"]
        ]
        for contract in ("Boomerang", "Enforcer", "Groups")
        for entry in load(contract).abi
        if entry["type"] == "event" and (name := entry["name"]) != "EIP712DomainChanged"
    }
    modelled = {cls.__name__: [f.name for f in fields(cls)] for cls in get_args(events.Event)}
    assert modelled == declared


# ------------------------------------------------------------------------------- random histories


class Walk:
    """Random actions on up to six commitments, and what must hold whatever is done."""

    KINDS = ("publish", "seal", "open", "offer", "decline", "revoke", "expose", "resolve", "draw")

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        names = [f"C{n}" for n in range(6)]
        order = self.rng.sample(names, 5)
        self.world = World(order, self.rng.sample(["alice", "bob"], 1), fee=1, maxDepth=2)
        self.now = 0
        self.finals: dict[str, Phase] = {}
        self.done: dict[str, int] = dict.fromkeys(self.KINDS, 0)

    def step(self) -> None:
        world, rng = self.world, self.rng
        names = list(world.ids)
        if names and rng.random() < 0.04:
            edges = [world.model.record(i).freeze - START for i in world.ids.values()]
            later = [e + d for e in edges for d in (-1, 0, 30, 31) if e + d > self.now]
            self.now = min(later, default=self.now + 30)
        elif rng.random() < 0.6:
            self.now += rng.randint(1, 4)
        kind = rng.choice(self.KINDS)
        if not names or (len(names) < 6 and rng.random() < 0.3):
            kind = "publish"
        if kind == "publish" and len(names) == 6:
            return
        name = rng.choice(names) if names else ""
        other = rng.choice(names) if names else ""
        before = world.model.state.copy()
        try:
            self.act(kind, name, other)
        except errors.ChainError:
            assert world.model.state == before
            return
        self.done[kind] += 1
        assert world.model.state.events != before.events or kind in ("draw", "resolve")

    def act(self, kind: str, name: str, other: str) -> None:
        world, rng, now = self.world, self.rng, self.now
        match kind:
            case "publish":
                bond = rng.randint(0, 3)
                who = rng.choice(["alice", "bob", "carol"])
                world.publish(f"C{len(world.ids)}", who, now, bond, rng.choice([0, bond]))
            case "seal":
                allowed = [n for n in world.ids if world.obstacle(name, n) is Obstacle.NONE]
                atom = rng.choice(allowed or list(world.ids))
                world.seal(name, now, rng.choice(["keep", f"keep if not kept({atom})"]))
            case "open" | "expose" if name not in world.openings:
                raise errors.NothingOwed("skipped: there is nothing to open")
            case "open":
                world.open(name, now)
            case "expose" if rng.random() < 0.4:
                world.expose(name, now)
            case "offer":
                world.offer(name, other, now)
            case "decline" if rng.random() < 0.9:
                world.decline(name, other, now)
            case "decline":
                world.decline_all(name, now)
            case "revoke" if rng.random() < 0.15:
                world.revoke(name, now)
            case "resolve":
                world.resolve(now, name)
            case "draw":
                world.draw(now, name)
            case _:
                raise errors.NothingOwed("skipped: would end too many commitments")

    def check(self) -> None:
        world, now = self.world, self.now
        assert world.conserved()
        for name in world.ids:
            phase = world.phase(name, now)
            if name in self.finals:
                assert phase is self.finals[name], "a final outcome changed"
            if phase.final:
                self.finals[name] = phase
            if now < world.model.record(world.ids[name]).freeze - START:
                assert not phase.kept, "credible before its freeze"
        self.no_loop()

    def no_loop(self) -> None:
        """What may be conditioned on, taken as arrows, has no loop at any time."""
        ids, obstacle = self.world.ids, self.world.model.obstacle
        names = list(ids)
        looks = {x: {y for y in names if obstacle(ids[x], ids[y]) is Obstacle.NONE} for x in names}
        while free := [x for x in looks if not looks[x]]:
            for x in free:
                del looks[x]
            for left in looks.values():
                left.difference_update(free)
        assert not looks, f"a loop among {looks}"

    def finish(self) -> None:
        """Everybody may resolve everything at the bound, whatever happened before."""
        world = self.world
        if not world.ids:
            return
        end = max(world.model.latest_resolution(i) for i in world.ids.values()) - START + 1
        ending = [n for n in world.ids if not world.model.record(world.ids[n]).phase.final]
        while ready := [n for n in ending if world.model.resolvable(world.ids[n], START + end)]:
            world.resolve(end, *ready)
            ending = [n for n in ending if n not in ready]
        assert not ending, "still pending after the latest resolution"
        assert world.model.state.held == 0
        assert world.conserved()


@pytest.mark.campaign
def test_random_histories_keep_every_promise() -> None:
    done = dict.fromkeys(Walk.KINDS, 0)
    for seed in range(1000):
        walk = Walk(seed)
        for _ in range(50):
            walk.step()
            walk.check()
        walk.finish()
        for kind, count in walk.done.items():
            done[kind] += count
    assert min(done.values()) >= 150, done


def test_every_outcome_is_determined_by_the_bound() -> None:
    """Section 7: a chain of forward conditions as long as maxDepth allows, made as late as can be,
    resolves as late as is possible without groups, and within the bound of its first.
    """
    world = World(maxDepth=3)
    for number in range(4):
        world.publish(f"C{number}", "alice", 40 * number)
        if number:
            world.offer(f"C{number}", f"C{number - 1}", 40 * number)
        if number >= 1:
            world.seal(f"C{number - 1}", 40 * number + 5, f"keep if kept(C{number})")
    world.seal("C3", 170)
    for number in range(3):
        assert world.open(f"C{number}", 40 * number + 60) is Phase.PENDING
    assert world.model.latest_resolution(world.ids["C0"]) == START + 60 + (2 * 3 + 1) * 40 + 30
    last = 60 + 3 * 40 + 30
    pending = errors.DependencyPending(world.ids["C2"], world.ids["C3"])
    refused(world, pending, world.resolve, last, "C2", "C1", "C0")
    world.resolve(last + 1, "C2", "C1", "C0")
    assert world.phase("C0", last + 1) is Phase.REVERTED_BY_DECISION
