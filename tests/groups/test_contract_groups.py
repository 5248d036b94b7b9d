"""Groups on a chain: the client, and the contracts step by step against the model.

Random histories of up to six commitments: joining any groups in any order, offering, drawing,
sealing decisions with preferences that name anyone, opening with or without keys, resolving alone
and together; whatever is refused is refused by both with the same error, and all views agree.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from boomerang import errors
from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import dev_signer
from boomerang.client import Registry, State
from boomerang.content import Content
from boomerang.decisions import (
    And,
    Constant,
    Kept,
    Not,
    Or,
    Package,
    Preference,
    encode_sealed,
    parse_sealed,
    sealed_atoms,
)
from boomerang.groups import group_id
from boomerang.identity import NO_ID
from boomerang.model import Env, HashDraws, Model, Phase, Resolution
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boomerang.chains import Chain
    from boomerang.chains.base import Tx
    from boomerang.decisions import Expression, Sealed
    from boomerang.identity import Key

ALICE, BOB, CAROL = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol"))
SALT = b"\x5a" * 32
PARAMETERS = Parameters(max_depth=2)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Registry]:
    chain = connect("pyrevm")
    yield Registry.deploy(chain, PARAMETERS, sender=CAROL)
    chain.close()


@pytest.fixture
def registry(deployed: Registry) -> Iterator[Registry]:
    start = deployed.chain.snapshot()
    yield deployed
    deployed.chain.restore(start)


class Twins:
    """A registry and its model, told the same."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.chain: Chain = registry.chain
        self.start = self.chain.head().time
        draws = HashDraws(self.hash_of, PARAMETERS.draw_delay)
        self.model = Model(registry.domain, PARAMETERS, draws)
        self.now = 0
        self.keys: dict[bytes, Key] = {}
        self.opened: dict[bytes, bytes] = {}
        self.last: errors.ChainError | None = None

    def hash_of(self, number: int) -> bytes | None:
        return self.chain.block_hash(number) if number < self.chain.head().number else None

    @property
    def time(self) -> int:
        return self.start + self.now

    def next_block(self) -> None:
        """A second is a block at most."""
        self.now = max(self.now, self.chain.head().time - self.start + 1)

    def both(self, tx: Tx, act: Callable[[Env], object]) -> bool:
        """One block with this transaction, and the same on the model. Whether it was accepted."""
        self.next_block()
        (receipt,) = self.chain.mine(self.time, [tx])
        seen = None if receipt.ok else errors.decode_error(receipt.output)
        env = Env(tx.sender, receipt.block.number, self.time, tx.value)
        expected = None
        before = len(self.model.state.events)
        try:
            act(env)
        except errors.ChainError as error:
            expected = error
        assert seen == expected, f"at {self.now} the chain says {seen}, the model {expected}"
        logged = [_summary(event) for event in self.registry.read(receipt)]
        assert logged == [_summary(event) for event in self.model.state.events[before:]]
        self.last = seen
        return seen is None

    def publish(self, who: str, bond: int, cover: int, nonce: int) -> bytes:
        content = Content(statement=b"Plan")
        key = content.key(who, nonce, bond, cover)
        tx = self.registry.tx_publish(key, content)
        self.both(tx, lambda env: self.model.publish(env, key.stake, content.topic, content.body))
        commitment = self.registry.domain.commitment_id(key)
        self.keys[commitment] = key
        return commitment

    def join(self, of: bytes, ids: list[bytes], by: str | None = None) -> bool:
        key = self.keys[of]
        tx = self.registry.groups.tx_join(key, ids, sender=by)
        own = (key.stake, key.content_hash)
        return self.both(tx, lambda env: self.model.join(env, *own, sorted(ids)))

    def offer(self, y: bytes, x: bytes) -> bool:
        key = self.keys[y]
        own = (key.stake, key.content_hash)
        return self.both(self.registry.tx_offer(key, x), lambda env: self.model.offer(env, *own, x))

    def draw(self, ids: list[bytes]) -> bool:
        return self.both(self.registry.tx_draw(ids), lambda env: self.model.draw(env, ids))

    def seal(self, of: bytes, decision: bytes) -> bool:
        key = self.keys[of]
        seal = self.registry.domain.seal(key, decision, SALT)
        own = (key.stake, key.content_hash)
        return self.both(
            self.registry.tx_seal(key, seal), lambda env: self.model.seal(env, *own, seal)
        )

    def open(self, of: bytes, decision: bytes, keys: tuple[Key, ...]) -> bool:
        key = self.keys[of]
        tx = self.registry.tx_open_for(key, decision, SALT, keys)
        return self.both(tx, lambda env: self.model.open_for(env, key, decision, SALT, keys))

    def resolve(self, of: bytes, decision: bytes) -> bool:
        given = [Resolution(self.keys[of], decision)]
        return self.both(
            self.registry.tx_resolve(given), lambda env: self.model.resolve(env, given)
        )

    def settle(self, ids: list[bytes], decisions: list[bytes]) -> bool:
        """Together; what the contract foretells, and the model, is what comes."""
        self.next_block()
        tx = self.registry.groups.tx_resolve(ids, decisions)
        foretold: Any = None
        try:
            foretold = self.registry.groups.outcome(ids, decisions, at=self.time)
        except errors.ChainError as error:
            foretold = error
        accepted = self.both(tx, lambda env: self.model.resolve_group(env, sorted(ids), decisions))
        if accepted:
            assert foretold == {i: self.model.phase(i, self.time).kept for i in sorted(ids)}
        else:
            assert foretold == self.last
        return accepted

    def assert_same(self) -> None:
        """Every view, and the state that the events tell."""
        model, registry, groups = self.model, self.registry, self.registry.groups
        told = registry.state()
        assert told.model.state.groups == model.state.groups
        assert told.model.state.memberships == model.state.memberships
        for x, key in self.keys.items():
            assert registry.phase(x, self.time) is model.phase(x, self.time)
            assert told.phase(x, self.time) is model.phase(x, self.time)
            record = registry.record(x)
            assert record.in_group == model.record(x).in_group
            assert registry.view("record", x) == model.record(x).packed()
            standing = registry.standing(x)
            assert (standing.floor, standing.depth) == (model.floor(x), model.depth(x))
            assert groups.node(x) == model.node(x)
            assert (groups.group_of(x) or bytes(32)) == model.group_of(x)
            assert registry.latest_resolution(x) == model.latest_resolution(x)
            for y, other in self.keys.items():
                together = groups.together(x, y)
                assert (together.same, together.complete) == model.together(x, y)
                assert registry.may_condition(key, other) is model.may_condition(key, other)


def _summary(event: Any) -> tuple[object, ...]:
    """An event of the client or the model, as far as both say the same."""
    name = type(event).__name__.replace("OpenedKeep", "Opened")
    shared = ("id", "group", "ids", "floor", "depth", "cover", "kept", "offering", "target")
    return (name, *(getattr(event, part, None) for part in shared))


class History:
    """Random ones. What it does often succeeds: groups are proposed, and most members join."""

    def __init__(self, registry: Registry, seed: int) -> None:
        self.rng = random.Random(f"groups on chain {seed}")
        self.t = Twins(registry)
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.proposed: list[list[bytes]] = []
        self.sealed: dict[bytes, bytes] = {}

    def note(self, what: str, accepted: bool) -> None:
        if accepted:
            self.done[what] += 1
        else:
            self.refused[type(self.t.last).__name__] += 1

    def run(self) -> None:
        rng, t = self.rng, self.t
        bonds = rng.random() < 0.5
        for nonce in range(rng.randint(3, 6)):
            t.now += rng.choice((1, 1, 2, 10))
            bond = rng.randint(0, 3) if bonds else 0
            t.publish(rng.choice((ALICE, BOB)), bond, rng.randint(0, bond), nonce)
        ids = list(t.keys)
        for _ in range(rng.randint(1, 2)):
            self.proposed.append(sorted(rng.sample(ids, rng.randint(2, min(4, len(ids))))))
        for _ in range(rng.randint(6, 16)):
            t.now += 1
            self.before(ids)
        t.assert_same()
        t.now = max(t.now + 1, 42)
        for x in ids:
            if rng.random() < 0.9:
                t.now += 1
                decision = encode_sealed(self.decision(x, ids))
                if t.seal(x, decision):
                    self.sealed[x] = decision
            if rng.random() < 0.1:
                self.before(ids)
        order = rng.sample(ids, len(ids))
        for x in [*order, *order]:
            freeze = t.model.record(x).freeze - t.start
            t.now = max(t.now + 1, freeze + rng.choice((-1, 0, 0, 0, 5)))
            if x in self.sealed and rng.random() < 0.9:
                self.note("open", t.open(x, self.sealed[x], self.keys_for(x)))
            if rng.random() < 0.3:
                self.after(ids)
        t.assert_same()
        t.now = max(t.now + 1, max(t.model.record(x).freeze for x in ids) - t.start + 31)
        for _ in range(8):
            t.now += 1
            self.after(ids)
        t.assert_same()

    def before(self, ids: list[bytes]) -> None:
        rng, t = self.rng, self.t
        kind = rng.choice(("join", "join", "join", "all", "offer", "offer", "draw"))
        if kind == "join":
            group = rng.choice(self.proposed)
            of = rng.choice(group if rng.random() < 0.9 else ids)
            by = CAROL if rng.random() < 0.03 else None
            given = group[:1] if rng.random() < 0.03 else group
            self.note("join", t.join(of, given, by))
        elif kind == "all":
            for member in rng.choice(self.proposed):
                self.note("join", t.join(member, rng.choice(self.proposed)))
        elif kind == "offer":
            y, x = rng.sample(ids, 2)
            self.note("offer", t.offer(y, x))
        else:
            self.note("draw", t.draw(rng.sample(ids, 2)))

    def after(self, ids: list[bytes]) -> None:
        rng, t = self.rng, self.t
        if rng.random() < 0.5:
            x = rng.choice(ids)
            self.note("resolve", t.resolve(x, self.sealed.get(x, b"")))
            return
        group = rng.choice(self.proposed)
        decisions = [self.sealed.get(member, b"") for member in group]
        if rng.random() < 0.05:
            decisions[rng.randrange(len(decisions))] = b"\1\2"
        if rng.random() < 0.03:
            decisions.pop()
        self.note("settle", t.settle(group, decisions))

    def decision(self, x: bytes, ids: list[bytes]) -> Sealed:
        """Mostly of what it may name; preferences where there are members who may have them."""
        rng = self.rng
        allowed = [y for y in ids if self.t.model.obstacle(x, y).name == "NONE"]
        names = allowed if rng.random() < 0.9 else [*ids, NO_ID]
        decision = self.expression(names, rng.randint(0, 3))
        if rng.random() < (0.6 if self.t.model.node(x) else 0.05):
            wishes = [
                Preference(rng.randint(-4, 4), self.expression(names, rng.randint(1, 2)))
                for _ in range(rng.randint(1, 3))
            ]
            return Package(decision, tuple(wishes))
        return decision

    def expression(self, names: list[bytes], size: int) -> Expression:
        rng = self.rng
        if not names or not size:
            return Constant(rng.random() < 0.7)
        made: Expression = Kept(rng.choice(names))
        for _ in range(size - 1):
            other = Kept(rng.choice(names))
            made = And(made, other) if rng.random() < 0.5 else Or(Not(made), other)
        return Not(made) if rng.random() < 0.4 else made

    def keys_for(self, x: bytes) -> tuple[Key, ...]:
        """Those of all atoms outside of its group; one is missing now and then."""
        group = self.t.model.group(self.t.model.group_of(x))
        inside = group.ids if group and group.node else ()
        try:
            named = sealed_atoms(self.sealed[x])
        except errors.MalformedDecision:
            return ()
        keys = [self.t.keys[a] for a in named if a in self.t.keys and a not in inside]
        if keys and self.rng.random() < 0.1:
            keys.pop()
        return tuple(keys)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_contracts_do_what_the_model_does(registry: Registry, part: int) -> None:
    done: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    start = registry.chain.snapshot()
    for seed in range(part * 50, part * 50 + 50):
        history = History(registry, seed)
        history.run()
        done += history.done
        refused += history.refused
        registry.chain.restore(start)
        start = registry.chain.snapshot()
    assert min(done[what] for what in ("join", "offer", "open", "resolve", "settle")) > 10, done
    expected = {"WrongPhase", "InGroup", "NotComplete", "NotAMember", "DependencyPending"}
    assert expected <= set(refused), refused


# ------------------------------------------------------------------ the client


def game(registry: Registry) -> tuple[Twins, bytes, bytes]:
    t = Twins(registry)
    t.now = 1
    a = t.publish(ALICE, 0, 0, 1)
    t.now = 2
    b = t.publish(BOB, 0, 0, 1)
    return t, a, b


def test_a_group_from_join_to_explanation(registry: Registry) -> None:
    t, a, b = game(registry)
    groups = registry.groups
    t.now = 3
    assert t.join(a, [b, a])  # in any order
    assert groups.members(group_id(sorted([a, b]))) == tuple(sorted([a, b]))
    with pytest.raises(errors.NotComplete):
        groups.members(bytes(32))
    with pytest.raises(errors.NotComplete):
        groups.explain([a, b])
    with pytest.raises(errors.NotComplete):
        groups.judge(a, b"\1")
    t.now = 4
    assert t.join(b, [a, b])
    names = {"a": a, "b": b}
    first = encode_sealed(parse_sealed("keep if kept(b) prefer -1 if kept(b)", names))
    second = encode_sealed(parse_sealed("keep if kept(a) prefer 5 if kept(b)", names))
    assert groups.judge(a, first) is Phase.PENDING
    assert groups.judge(a, b"\7") is Phase.INVALID_DECISION
    t.now = 30
    assert t.seal(a, first)
    t.now = 31
    assert t.seal(b, second)
    t.now = 63
    assert t.open(a, first, ())
    with pytest.raises(errors.DependencyPending):
        groups.explain([a, b])
    t.now = 64
    assert t.open(b, second, ())
    before = groups.explain([a, b])
    assert groups.outcome([a, b]) == before.kept == {a: False, b: False}
    assert before.consistent == (0b00, 0b11)
    assert registry.state().group_plan(registry.chain.now()) == [tuple(sorted([a, b]))]
    tx = groups.tx_resolve([b, a])
    ids = sorted([a, b])
    decisions = registry.state().group_decisions(ids)
    t.now = 65
    assert t.both(tx, lambda env: t.model.resolve_group(env, ids, decisions))
    assert groups.explain([a, b]) == before
    assert registry.state().group_plan(registry.chain.now()) == []
    t.assert_same()


def test_joining_by_signature(registry: Registry) -> None:
    t, a, b = game(registry)
    groups, alice = registry.groups, dev_signer("alice")
    key, ids, deadline = t.keys[a], sorted([a, b]), t.start + 10
    good = groups.sign_join(key, ids, deadline, alice)
    others = groups.sign_join(key, sorted([a, b, b"\x99" * 25]), deadline, alice)
    t.now = 3
    for signature, signer in ((others, None), (good[:-1], None), (good, ALICE)):
        tx = groups.tx_join_for(key, ids, deadline, signature, sender=CAROL)
        (receipt,) = t.chain.mine(t.time, [tx])
        t.now += 1
        if signer is None:
            assert isinstance(errors.decode_error(receipt.output), errors.WrongSigner)
        else:
            assert receipt.ok
    assert groups.group_of(a) == group_id(ids)
    late = groups.sign_join(t.keys[b], ids, t.start + 11, dev_signer("bob"))
    t.now = 12
    tx = groups.tx_join_for(t.keys[b], ids, t.start + 11, late, sender=CAROL)
    expired = errors.SignatureExpired(t.start + 11, t.time)
    (receipt,) = t.chain.mine(t.time, [tx])
    assert errors.decode_error(receipt.output) == expired


def test_checks_and_keys_inside_a_group(registry: Registry) -> None:
    """What tools say before a member seals; the keys that its opening hands in."""
    t = Twins(registry)
    made = []
    for nonce, who in enumerate((ALICE, BOB, ALICE, BOB)):
        t.now += 1
        made.append(t.publish(who, 9, 9 - nonce, nonce))
    x, a, b, late = made
    assert t.join(a, [a, b])
    assert t.join(b, [a, b])
    state: State = registry.state()
    names = {"x": x, "a": a, "b": b, "late": late}
    now = t.time
    good = state.check_decision(a, "keep if kept(b) and kept(x) prefer 1 if kept(a)", now, names)
    assert good.valid
    assert good.waits_for == (b, x, a)
    assert isinstance(good.sealed, Package)
    assert state.dependencies(good.decision, a) == (t.keys[x],)
    assert state.dependencies(good.decision) == ()  # no decision for anybody outside
    bad = state.check_decision(a, "keep prefer 1 if kept(late)", now, names)
    assert not bad.valid
    assert len(bad.reasons) == 1
    alone = state.check_decision(x, "keep prefer 1 if true", now, names)
    assert alone.reasons == ("only a member of a complete group may seal preferences",)
