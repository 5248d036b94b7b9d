"""The SDK on every kind of chain: the worked examples, the history, and what is built from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang import errors
from boomerang.chains import Tx, connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import dev_signer
from boomerang.client import Registry, State, events, interface
from boomerang.client.abi import UnexpectedAnswer
from boomerang.content import Clauses, Content
from boomerang.decisions import encode, parse
from boomerang.identity import Key, Opening, new_salt
from boomerang.model import Obstacle, Offer, Phase, Resolution
from boomerang.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boomerang.chains import Chain
    from boomerang.client import Commitment, Done

ALICE, BOB, CAROL = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol"))
DARE = Content(statement=b"Dare")
PARAMETERS = Parameters(seal_delay=30)


@pytest.fixture(
    scope="module",
    params=[
        "pyrevm",
        "tester",
        pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network]),
    ],
)
def deployed(request: pytest.FixtureRequest) -> Iterator[Registry]:
    chain = connect(request.param)
    yield Registry.deploy(chain, PARAMETERS, sender=CAROL)
    chain.close()


@pytest.fixture
def registry(deployed: Registry) -> Iterator[Registry]:
    start = deployed.chain.snapshot()
    yield deployed
    deployed.chain.restore(start)


@pytest.fixture
def embedded() -> Registry:
    return Registry.deploy(connect("pyrevm"), PARAMETERS, sender=CAROL)


class Game:
    """Time from the start, and the openings that the players keep to themselves."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.chain: Chain = registry.chain
        self.start = self.chain.head().time
        self.openings: dict[bytes, Opening] = {}
        self.names: dict[str, bytes] = {}

    def at(self, second: int, *txs: Tx) -> list[Done]:
        receipts = self.chain.mine(self.start + second, txs)
        return [self.registry.outcome(receipt) for receipt in receipts]

    def publish(
        self, second: int, who: str, name: str, bond: int = 0, cover: int = 0
    ) -> Commitment:
        content = Content(statement=name.encode())
        key = content.key(who, 1, bond, cover)
        (done,) = self.at(second, self.registry.tx_publish(key, content))
        commitment = self.registry.commitment(key, content, done.receipt)
        self.names[name] = commitment.id
        return commitment

    def seal_tx(self, of: Commitment, text: str) -> Tx:
        opening = Opening(encode(parse(text, self.names)), new_salt())
        self.openings[of.id] = opening
        seal = self.registry.domain.seal(of.key, opening.decision, opening.salt)
        return self.registry.tx_seal(of, seal)

    def open_tx(self, of: Commitment) -> Tx:
        return self.registry.tx_reveal(of, self.openings[of.id])


def chicken(registry: Registry) -> tuple[Game, Commitment, Commitment]:
    """Example 1 of section 10, up to Bob's opening at 1:04."""
    game = Game(registry)
    a1 = game.publish(1, ALICE, "A1", bond=100, cover=100)
    b1 = game.publish(2, BOB, "B1", bond=50)
    game.at(53, game.seal_tx(b1, "revert if kept(A1)"))
    game.at(55, game.seal_tx(a1, "keep"))
    game.at(64, game.open_tx(b1))
    return game, a1, b1


def assert_state_equals_views(registry: Registry, at: int | None = None) -> State:
    """What the events say is what the contract says, everywhere."""
    state = registry.state()
    time = registry.chain.now() if at is None else at
    commitments = list(state.commitments.values())
    for c in commitments:
        assert registry.domain.commitment_id(c.key) == registry.commitment_id(c.key) == c.id
        view, record = registry.record(c.id), state.model.record(c.id)
        assert view.phase == record.phase
        assert view.freeze == record.freeze == c.freeze
        assert view.draw == record.draw
        assert view.publish_block == (None if record.draw else record.publish_block)
        assert view.declines_all == record.declines_all
        assert view.has_offered == bool(state.offers_by(c.id))
        assert view.seal == record.seal
        status = registry.status(c.id, time)
        assert status.phase == state.phase(c.id, time)
        assert status.next_deadline == state.model.next_deadline(c.id, time)
        phase = status.phase
        assert registry.kept(c.id, time) == (phase.kept if phase.final else None)
        assert registry.standing(c.id) == (
            type(registry.standing(c.id))(state.model.floor(c.id), state.model.depth(c.id))
        )
        assert registry.latest_resolution(c.id) == state.model.latest_resolution(c.id)
        decision = record.decision if record.phase is Phase.PENDING else b""
        answer = registry.resolvable(c.id, decision, time)
        assert answer.now == state.model.resolvable(c.id, time)
        assert answer.waits_for == next(iter(state.model.pending_on(c.id, time)), None)
        for d in commitments:
            assert registry.offer_of(c.id, d.id) == state.model.offer_of(c.id, d.id)
            assert registry.may_condition(c, d) == state.model.may_condition(c.key, d.key)
            if c != d:
                assert registry.precedes(c.id, d.id) == state.model.precedes(c.id, d.id)
    held = state.model.state.held + state.model.state.burned + sum(state.model.state.owed.values())
    assert registry.chain.balance(registry.address) == held
    return state


def phases(registry: Registry, *commitments: Commitment) -> list[Phase]:
    return [registry.phase(c.id) for c in commitments]


# ------------------------------------------------------------------------- the worked examples


def test_chicken(registry: Registry) -> None:
    game, a1, b1 = chicken(registry)
    assert phases(registry, a1, b1) == [Phase.REVEALING, Phase.PENDING]
    assert registry.resolvable(b1.id, game.openings[b1.id].decision).waits_for == a1.id
    assert_state_equals_views(registry)
    game.at(67, game.open_tx(a1))
    assert phases(registry, a1, b1) == [Phase.KEPT, Phase.PENDING]
    done = registry.resolve([b1.id])
    assert [type(e) for e in done.events] == [events.Resolved]
    assert phases(registry, a1, b1) == [Phase.KEPT, Phase.REVERTED_BY_DECISION]
    state = assert_state_equals_views(registry)
    assert state.model.state.held == state.model.state.burned == 0
    assert registry.kept(a1.id) is True
    assert registry.kept(b1.id) is False


def test_chicken_with_bob_silent(registry: Registry) -> None:
    game = Game(registry)
    a1 = game.publish(1, ALICE, "A1", bond=100, cover=100)
    b1 = game.publish(2, BOB, "B1", bond=50)
    game.at(55, game.seal_tx(a1, "keep"), game.seal_tx(b1, "revert if kept(A1)"))
    game.at(67, game.open_tx(a1))
    game.at(92)
    assert phases(registry, a1, b1) == [Phase.KEPT, Phase.REVEALING]
    assert registry.state().resolvable(game.chain.now()) == set()
    game.at(93)
    assert phases(registry, a1, b1) == [Phase.KEPT, Phase.UNREVEALED]
    assert_state_equals_views(registry)
    assert registry.state().resolvable(game.chain.now()) == {b1.id}
    registry.resolve()
    state = assert_state_equals_views(registry)
    assert state.model.state.burned == 50


def test_bargain(registry: Registry) -> None:
    """Example 2 (b): an offer forward, resolved in the order that works."""
    game = Game(registry)
    a1 = game.publish(1, ALICE, "A1")
    b1 = game.publish(2, BOB, "B1")
    b2 = game.publish(36, BOB, "B2")
    game.at(37, registry.tx_offer(b2, a1.id))
    game.at(38, registry.tx_offer(b2, b1.id))
    assert_state_equals_views(registry)
    game.at(
        53,
        game.seal_tx(b1, "revert if kept(A1) or kept(B2)"),
        game.seal_tx(a1, "revert if kept(B2)"),
    )
    game.at(64, game.open_tx(b1), game.open_tx(a1))
    assert_state_equals_views(registry)
    game.at(91, game.seal_tx(b2, "keep"))
    game.at(99)
    assert registry.state().plan(game.chain.now()) == []
    with pytest.raises(errors.DependencyPending):
        registry.resolve([b1.id])
    game.at(100, game.open_tx(b2))
    state = registry.state()
    plan = state.plan(game.chain.now(), [b1.id])
    assert [registry.domain.commitment_id(r.key) for r in plan] == [a1.id, b1.id]
    registry.resolve([b1.id])
    assert phases(registry, a1, b1, b2) == [
        Phase.REVERTED_BY_DECISION,
        Phase.REVERTED_BY_DECISION,
        Phase.KEPT,
    ]
    assert_state_equals_views(registry)


# ------------------------------------------------------------------------------------- actions


def test_publication_and_its_event(registry: Registry) -> None:
    guard = encode(parse("keep", {}))
    content = Content(b"\x07" * 32, b"Stop", Clauses(guard=guard, deadline=12345))
    done = registry.publish(content, bond=9, cover=4, nonce=5, sender=BOB)
    c = done.commitment
    assert c.key == content.key(BOB, 5, 9, 4)
    assert c.id == registry.commitment_id(c.key)
    (event,) = done.events
    assert event == events.Published(
        block=done.receipt.block, index=0, id=c.id, key=c.key, content=content
    )
    assert c.freeze == done.receipt.block.time + PARAMETERS.period == registry.record(c.id).freeze
    assert registry.state().commitments == {c.id: c}
    assert done.gas_used == done.receipt.gas_used > 40_000


def test_nonces_are_random_where_none_is_given(embedded: Registry) -> None:
    first = embedded.publish(DARE, sender=ALICE).commitment
    second = embedded.publish(DARE, sender=ALICE).commitment
    assert first.id != second.id


def test_refusals_are_typed(registry: Registry) -> None:
    with pytest.raises(errors.CoverExceedsBond) as cover:
        registry.publish(DARE, bond=3, cover=4, sender=ALICE)
    assert cover.value == errors.CoverExceedsBond(4, 3)
    a1 = registry.publish(DARE, sender=ALICE, nonce=1).commitment
    with pytest.raises(errors.AlreadyPublished):
        registry.publish(DARE, sender=ALICE, nonce=1)
    with pytest.raises(errors.TooEarly) as early:
        registry.seal(a1, bytes(23))
    assert early.value.id == a1.id
    assert early.value.opens_at == a1.published.time + PARAMETERS.seal_delay
    with pytest.raises(errors.NotCommitter):
        registry.seal(a1, bytes(23), sender=BOB)
    with pytest.raises(errors.UnknownCommitment):
        registry.resolve([Resolution(DARE.key(BOB))])
    with pytest.raises(errors.NothingOwed):
        registry.withdraw(ALICE, sender=ALICE)
    with pytest.raises(errors.BadParameter) as bad:
        Registry.deploy(registry.chain, _broken_parameters())
    assert bad.value.parameter == "sealDelay"
    mined = registry.chain.mine(
        registry.chain.head().time + 1, [registry.tx_seal(a1, bytes(23), sender=BOB)]
    )
    with pytest.raises(errors.NotCommitter):
        registry.outcome(mined[0])


def _broken_parameters() -> Parameters:
    parameters = Parameters()
    object.__setattr__(parameters, "seal_delay", 60)
    return parameters


def test_every_reason_and_the_state_after_each(registry: Registry) -> None:
    """One block holds many commitments; each ends in another way; state and views never differ."""
    game = Game(registry)
    chain = registry.chain
    keys = {}
    txs = []
    for nonce, name in enumerate(
        ("kept", "reverted", "revoked", "exposed", "unsealed", "unrevealed", "invalid", "leans")
    ):
        content = Content(statement=name.encode())
        keys[name] = content.key((ALICE, BOB)[nonce % 2], nonce, bond=10 + nonce, cover=nonce)
        txs.append(registry.tx_publish(keys[name], content))
    game.at(5, *txs)
    state = assert_state_equals_views(registry)
    ids = {name: registry.domain.commitment_id(key) for name, key in keys.items()}
    c = {name: state.commitments[i] for name, i in ids.items()}
    game.names = ids
    game.at(6)
    game.at(7, registry.tx_draw(list(ids.values())[:3]))
    assert_state_equals_views(registry)
    game.at(8, registry.tx_draw(list(ids.values())))
    assert_state_equals_views(registry)
    game.at(9, registry.tx_revoke(c["revoked"]))
    game.at(10, registry.tx_decline_all(c["kept"]))
    later = game.publish(20, ALICE, "later", bond=20, cover=9)
    game.at(21, registry.tx_offer(later, c["leans"].id), registry.tx_offer(later, c["unsealed"].id))
    assert_state_equals_views(registry)
    game.at(31, registry.tx_offer(later, c["leans"].id))
    game.at(35, registry.tx_decline(c["unsealed"], later.id))
    assert_state_equals_views(registry)
    game.at(
        45,
        game.seal_tx(c["kept"], "keep"),
        game.seal_tx(c["reverted"], "revert"),
        game.seal_tx(c["exposed"], "keep"),
        game.seal_tx(c["unrevealed"], "keep"),
        game.seal_tx(c["invalid"], "keep if kept(later)"),
        game.seal_tx(c["leans"], "keep if kept(later)"),
    )
    assert_state_equals_views(registry)
    exposed = game.openings[c["exposed"].id]
    (done,) = game.at(46, registry.tx_expose(c["exposed"], exposed.decision, exposed.salt))
    assert done.events[0] == events.Exposed(
        block=done.receipt.block,
        index=0,
        id=c["exposed"].id,
        exposer=CAROL,
        reward=6,
        decision=exposed.decision,
    )
    state = assert_state_equals_views(registry)
    assert state.exposers == {c["exposed"].id: CAROL}
    game.at(60, game.seal_tx(later, "keep"))
    game.at(66, *(game.open_tx(c[name]) for name in ("kept", "reverted", "invalid", "leans")))
    assert_state_equals_views(registry)
    game.at(85, game.open_tx(later))
    assert_state_equals_views(registry)
    game.at(96)
    for time in (0, 1, 1000):
        assert_state_equals_views(registry, chain.head().time + time)
    state = registry.state()
    assert state.resolvable(chain.now()) == {c[n].id for n in ("unsealed", "unrevealed", "leans")}
    registry.resolve()
    assert phases(registry, *c.values()) == [
        Phase.KEPT,
        Phase.REVERTED_BY_DECISION,
        Phase.REVOKED,
        Phase.EXPOSED,
        Phase.UNSEALED,
        Phase.UNREVEALED,
        Phase.INVALID_DECISION,
        Phase.KEPT,
    ]
    state = assert_state_equals_views(registry)
    assert state.resolvable(chain.now()) == set()
    assert state.decision(c["exposed"].id) == exposed.decision
    assert state.decision(c["unsealed"].id) is None
    assert set(state.offers_to(c["leans"].id)) == {later.id}
    assert state.offers_by(later.id)[c["unsealed"].id].declined
    assert isinstance(state.offers_by(later.id)[c["leans"].id], Offer)


def test_relayed_by_signature(registry: Registry) -> None:
    game = Game(registry)
    signer = dev_signer("alice")
    a1 = game.publish(1, ALICE, "A1")
    a2 = game.publish(2, ALICE, "A2")
    game.at(40)
    deadline = game.start + 100
    seal = registry.domain.seal(a1.key, b"\x01", bytes(32))
    signature = registry.sign_seal(a1, seal, b"more", deadline, signer)
    done = registry.seal_for(a1, seal, b"more", deadline, signature, sender=BOB)
    assert [type(e) for e in done.events] == [events.Sealed, events.SealData]
    assert registry.state().seal_data == {a1.id: b"more"}
    registry.revoke_for(a2, deadline, registry.sign_revoke(a2, deadline, signer), sender=BOB)
    assert phases(registry, a1, a2) == [Phase.SEALED, Phase.REVOKED]
    a3 = game.publish(50, ALICE, "A3")
    with pytest.raises(errors.WrongSigner) as caught:
        registry.revoke_for(a3, deadline, registry.sign_revoke(a3, deadline, dev_signer("bob")))
    assert caught.value == errors.WrongSigner(ALICE, BOB)
    with pytest.raises(errors.SignatureExpired):
        registry.revoke_for(a3, 1, registry.sign_revoke(a3, 1, signer))
    assert_state_equals_views(registry)


def test_what_cannot_be_delivered_is_credited_and_withdrawn(registry: Registry) -> None:
    game = Game(registry)
    b1 = game.publish(1, BOB, "B1", bond=50)
    game.at(40, game.seal_tx(b1, "revert"))
    registry.chain.set_code(BOB, bytes.fromhex("60006000fd"))
    game.at(61)
    opening = game.openings[b1.id]
    done = registry.open_for(b1, opening.decision, opening.salt, sender=ALICE)
    assert [e.name for e in done.events] == ["Opened", "Credited"]
    assert registry.owed(BOB) == 50
    assert assert_state_equals_views(registry).model.state.owed == {BOB: 50}
    registry.chain.set_code(BOB, b"")
    before = registry.chain.balance(CAROL)
    (event,) = registry.withdraw(CAROL, sender=BOB).events
    assert isinstance(event, events.Withdrawn)
    assert (event.account, event.to, event.amount) == (BOB, CAROL, 50)
    assert registry.chain.balance(CAROL) == before + 50
    assert assert_state_equals_views(registry).model.state.owed == {}


def test_small_actions_by_method(registry: Registry) -> None:
    """The same as their transactions, one at a time."""
    game = Game(registry)
    x = game.publish(1, ALICE, "x", bond=10)
    y = game.publish(2, BOB, "y")
    z = game.publish(3, BOB, "z")
    registry.draw([x.id])
    registry.offer(y, x.id)
    registry.offer(z, x.id)
    game.at(20)
    registry.decline(x, y.id)
    registry.decline_all(x)
    registry.revoke(y)
    game.at(40)
    registry.seal(x, registry.domain.seal(x.key, b"\x01", bytes(32)))
    registry.expose(x, b"\x01", bytes(32), sender=BOB)
    assert phases(registry, x, y, z) == [Phase.EXPOSED, Phase.REVOKED, Phase.TENTATIVE]
    names = [e.name for e in registry.history()]
    assert names[3:] == [
        *("Drawn", "Offered", "Offered", "Declined", "DeclinedAll"),
        *("Revoked", "Sealed", "Exposed"),
    ]
    assert_state_equals_views(registry)


def test_view_that_the_contract_refuses(registry: Registry) -> None:
    with pytest.raises(errors.UnknownCommitment):
        registry.view("resolvable", bytes(25), b"")


def test_resolutions_and_ids_are_not_mixed(embedded: Registry) -> None:
    with pytest.raises(errors.InvalidInput, match="not both"):
        embedded.resolve([bytes(25), Resolution(DARE.key(BOB))])


def test_dependencies_end_at_what_is_unknown(embedded: Registry) -> None:
    a1 = embedded.publish(DARE, sender=ALICE).commitment
    named, unknown = b"\x06" + a1.id, b"\x06" + bytes(25)
    state = embedded.state()
    assert state.dependencies(named + unknown + b"\x03" + named + b"\x03") == (a1.key,)
    assert state.dependencies(b"\x03") == ()


def test_seal_with_data(registry: Registry) -> None:
    game = Game(registry)
    a1 = game.publish(1, ALICE, "A1")
    game.at(35, registry.tx_seal(a1, b"\x05" * 23, b"extra"))
    assert registry.record(a1.id).seal == b"\x05" * 23
    assert registry.state().seal_data == {a1.id: b"extra"}


def test_opening_with_cover_brings_the_keys(registry: Registry) -> None:
    game = Game(registry)
    a1 = game.publish(1, ALICE, "A1", bond=9, cover=9)
    b1 = game.publish(2, BOB, "B1", bond=5, cover=5)
    game.at(40, game.seal_tx(a1, "keep"), game.seal_tx(b1, "keep if kept(A1) or kept(A1)"))
    state = registry.state()
    opening = game.openings[b1.id]
    assert state.dependencies(opening.decision) == (a1.key, a1.key)
    game.at(63)
    with pytest.raises(errors.KeyMissing):
        registry.open(b1, opening.decision, opening.salt)
    registry.reveal(b1, opening)
    registry.reveal(a1, game.openings[a1.id], sender=CAROL)
    assert phases(registry, a1, b1) == [Phase.KEPT, Phase.PENDING]


def test_signer_must_be_the_sender(embedded: Registry) -> None:
    mine = embedded.with_signer(dev_signer("alice"))
    assert mine.sender == ALICE
    commitment = mine.publish(DARE).commitment
    assert commitment.key.committer == ALICE
    with pytest.raises(errors.InvalidInput, match="the signer is"):
        mine.publish(DARE, sender=BOB)


def test_no_registry_there(registry: Registry) -> None:
    wrong = Registry(registry.chain, ALICE)
    with pytest.raises(UnexpectedAnswer, match="there is no registry"):
        wrong.parameters()
    with pytest.raises(errors.InvalidInput):
        Registry(registry.chain, "0x1234")


def test_parameters_are_read_from_the_chain(registry: Registry) -> None:
    again = Registry(registry.chain, registry.address.lower())
    assert again.address == registry.address
    assert again.parameters() == PARAMETERS
    assert again.eip712_domain()["verifyingContract"] == registry.address


def test_history_from_a_block_on(registry: Registry) -> None:
    game = Game(registry)
    game.publish(1, ALICE, "A1")
    b1 = game.publish(2, BOB, "B1")
    assert [e.name for e in registry.history()] == ["Published", "Published"]
    (event,) = registry.history(b1.published.number)
    assert isinstance(event, events.Published)
    assert event.id == b1.id


def test_every_function_of_the_contract_has_a_method() -> None:
    names = {
        "offerOf": "offer_of",
        "sealWithData": "seal",
        "openFor": "open_for",
        "eip712Domain": "eip712_domain",
        "phase": "status",
        "publishFunded": "publish",
        **dict.fromkeys(("publishFor", "offerFor", "declineFor"), "relay"),
    }
    inner = {"begin", "enterGroup", "settleGroup"}  # for the parts alone
    for name in interface().functions.keys() - inner:
        method = names.get(name) or "".join(f"_{x.lower()}" if x.isupper() else x for x in name)
        assert hasattr(Registry, method), name


# ----------------------------------------------------------------------- decisions, conditions


def test_decision_check(embedded: Registry) -> None:
    game = Game(embedded)
    a1 = game.publish(1, ALICE, "A1", bond=1, cover=1)
    b1 = game.publish(2, BOB, "B1", bond=5, cover=5)
    c1 = game.publish(3, CAROL, "C1")
    now = game.chain.now()
    state = embedded.state()

    fine = state.check_decision(c1.id, "keep if kept(A1) and not kept(B1)", now, game.names)
    assert fine.valid
    assert fine.reasons == ()
    assert fine.value is None
    assert fine.waits_for == (a1.id, b1.id)
    assert fine.what_if({a1.id: False}) is False
    assert fine.what_if({a1.id: True}) is None
    assert fine.cases() == [
        ({a1.id: True, b1.id: True}, False),
        ({a1.id: True, b1.id: False}, True),
        ({a1.id: False, b1.id: True}, False),
        ({a1.id: False, b1.id: False}, False),
    ]
    by_prefix = state.check_decision(c1.id, f"keep if kept(0x{a1.id.hex()[:8]})", now)
    assert [atom.id for atom in by_prefix.atoms] == [a1.id]
    assert state.check_decision(c1.id, fine.decision, now) == fine
    assert fine.expression is not None
    assert state.check_decision(c1.id, fine.expression, now) == fine

    reasons: Mapping[str, Obstacle] = {
        "keep if kept(C1)": Obstacle.NOT_OFFERED,
        "keep if kept(B1)": Obstacle.SELF,
        "keep if kept(A1)": Obstacle.COVER_TOO_LOW,
    }
    for text, obstacle in reasons.items():
        check = state.check_decision(b1.id, text, now, game.names)
        assert not check.valid
        assert [atom.obstacle for atom in check.atoms] == [obstacle]
        assert len(check.reasons) == 1
    unknown = state.check_decision(b1.id, b"\x06" + bytes(25), now)
    assert unknown.atoms[0].obstacle is Obstacle.UNKNOWN
    malformed = state.check_decision(b1.id, b"\x03", now)
    assert not malformed.valid
    assert malformed.reasons == (malformed.malformed,)
    assert malformed.cases() == []
    assert malformed.what_if({}) is None
    with pytest.raises(errors.UnknownName):
        state.check_decision(b1.id, "keep if kept(nobody)", now, game.names)
    with pytest.raises(errors.UnknownCommitment):
        state.check_decision(bytes(25), "keep", now)

    game.at(70)
    state = embedded.state()
    final = state.check_decision(c1.id, "revert if kept(A1)", game.chain.now(), game.names)
    assert final.value is True, "A1 was never sealed"
    assert final.waits_for == ()
    assert final.cases() == [({}, True)]


def test_what_is_said_about_offers(embedded: Registry) -> None:
    game = Game(embedded)
    x = game.publish(1, ALICE, "x")
    y = game.publish(2, BOB, "y")
    z = game.publish(3, CAROL, "z")
    game.at(4, embedded.tx_offer(z, y.id))
    state = embedded.state()
    check = state.check_decision(y.id, "keep if kept(z)", game.chain.now(), game.names)
    assert check.valid
    game.at(5, embedded.tx_offer(y, x.id))
    check = embedded.state().check_decision(y.id, "keep if kept(z)", game.chain.now(), game.names)
    assert [atom.obstacle for atom in check.atoms] == [Obstacle.OFFER_FELL]
    assert "repeated" in check.reasons[0]
    game.at(20, embedded.tx_decline(y, z.id))
    check = embedded.state().check_decision(y.id, "keep if kept(z)", game.chain.now(), game.names)
    assert [atom.obstacle for atom in check.atoms] == [Obstacle.DECLINED]


def test_tied_commitments_are_named_as_such(embedded: Registry) -> None:
    game = Game(embedded)
    keys = [DARE.key(who) for who in (ALICE, BOB)]
    game.at(1, *(embedded.tx_publish(key, DARE) for key in keys))
    x, y = (embedded.domain.commitment_id(key) for key in keys)
    check = embedded.state().check_decision(x, f"keep if kept(0x{y.hex()})", game.chain.now())
    assert [atom.obstacle for atom in check.atoms] == [Obstacle.TIED]
    assert "drawn" in check.reasons[0]


def test_credible_cover(embedded: Registry) -> None:
    game = Game(embedded)
    a1 = game.publish(1, ALICE, "A1", bond=9, cover=7)
    now = game.chain.now()
    assert embedded.state().credible_cover(a1.id, now).cover is None
    game.at(2, embedded.tx_decline_all(a1))
    answer = embedded.state().credible_cover(a1.id, game.chain.now())
    assert answer.why.startswith("a group with it may come")
    game.at(31, game.seal_tx(a1, "keep"))
    answer = embedded.state().credible_cover(a1.id, game.chain.now())
    assert answer.cover == 7


def test_long_chain_is_planned_in_order_and_settled(embedded: Registry) -> None:
    """Each leans on the one before, and all wait for the first, which is opened last."""
    game = Game(embedded)
    count = 25
    chain = [game.publish(1 + i, BOB, f"C{i}") for i in range(count)]
    for i, c in enumerate(chain):
        game.at(31 + i, game.seal_tx(c, f"keep if kept(C{i - 1})" if i else "keep"))
    for i, c in enumerate(chain[1:], 1):
        game.at(61 + i, game.open_tx(c))
    state = embedded.state()
    now = game.chain.now()
    assert state.plan(now) == []
    with pytest.raises(errors.DependencyPending) as caught:
        state.plan(now, [chain[-1].id])
    assert caught.value.dependency == chain[0].id
    game.at(91, game.open_tx(chain[0]))
    state = embedded.state()
    plan = state.plan(game.chain.now(), [chain[20].id])
    assert [embedded.domain.commitment_id(r.key) for r in plan] == [c.id for c in chain[1:21]]
    assert state.resolvable(game.chain.now()) == {c.id for c in chain[1:]}
    embedded.resolve(reversed([c.id for c in chain[1:]]))
    assert set(phases(embedded, *chain)) == {Phase.KEPT}
    with pytest.raises(errors.WrongPhase):
        embedded.resolve([chain[3].id])


def test_plan_says_when_it_is_too_early(embedded: Registry) -> None:
    game = Game(embedded)
    tentative = game.publish(1, ALICE, "A1")
    sealed = game.publish(2, BOB, "B1")
    game.at(40, game.seal_tx(sealed, "keep"))
    state = embedded.state()
    for c, opens_at in ((tentative, tentative.freeze), (sealed, sealed.freeze + 31)):
        with pytest.raises(errors.TooEarly) as caught:
            state.plan(game.chain.now(), [c.id])
        assert caught.value.opens_at == opens_at
    with pytest.raises(errors.UnknownCommitment):
        state.plan(game.chain.now(), [bytes(25)])


def test_malformed_raw_publication_is_refused_by_the_registry(embedded: Registry) -> None:
    head = embedded.chain.head()
    key = Key(ALICE, 1, 0, 0, bytes(32))
    bad_flag = key.stake | 0x80 << 56
    clauses = key.stake | 0x01 << 56
    receipts = embedded.chain.mine(
        head.time + 1,
        [
            embedded.tx_publish_raw(ALICE, bad_flag, bytes(32), b""),
            embedded.tx_publish_raw(ALICE, clauses, bytes(32), b"nonsense"),
            embedded.tx_publish_raw(ALICE, key.stake, bytes(32), b"", value=1),
        ],
    )
    with pytest.raises(errors.MalformedStake):
        embedded.outcome(receipts[0])
    with pytest.raises(errors.MalformedClauses):
        embedded.outcome(receipts[1])
    with pytest.raises(errors.WrongValue):
        embedded.outcome(receipts[2])


def test_unknown_logs_are_passed_over(embedded: Registry) -> None:
    (receipt,) = embedded.chain.mine(embedded.chain.head().time + 1, [Tx(ALICE, BOB, value=1)])
    assert embedded.read(receipt) == ()
