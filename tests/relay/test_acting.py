"""Sealing, revoking, offering, declining and joining by signature."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from boomerang import errors
from boomerang.chains.base import Tx
from boomerang.chains.embedded import EmbeddedChain
from boomerang.chains.signers import dev_signer
from boomerang.client import Erc20, Registry, interface, permits
from boomerang.content import Content
from boomerang.identity import NO_ID
from boomerang.model import Offer, Phase, Standing
from boomerang.parameters import Parameters
from boomerang.relay.messages import PERMIT2
from boomerang.relay.requests import (
    DeclineRequest,
    JoinRequest,
    OfferRequest,
    Request,
    RevokeRequest,
    SealRequest,
)
from relay.stage import ALICE, BOB, BOND, CAROL, FEE, FOREVER, MALLORY, SIGNER, Relays, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.client import Commitment
    from boomerang.identity import Key

PERIOD = Parameters().period
SEAL = b"\x07" * 23


class Table:
    """Carol's commitment x first, then Alice's y, a second apart; more on request."""

    def __init__(
        self, chain: EmbeddedChain | None = None, registry: Registry | None = None
    ) -> None:
        self.stage = Relays(chain, registry)
        self.registry = self.stage.registry
        self.nonces = iter(range(100, 200))
        self.x = self.publish(CAROL, nonce=1)
        self.y = self.publish(ALICE, nonce=2)

    def publish(self, who: str, nonce: int | None = None) -> Commitment:
        content = Content(b"\x02" * 32, b"I say so")
        chosen = next(self.nonces) if nonce is None else nonce
        made = self.registry.publish(content, bond=BOND, nonce=chosen, sender=who)
        return made.commitment

    def own(self, of: Commitment) -> dict[str, Any]:
        return {**self.stage.own(of.key), "deadline": FOREVER}


def seal(table: Table) -> Request:
    return SealRequest(**table.own(table.y), seal=SEAL, extra=b"more")


def revoke(table: Table) -> Request:
    return RevokeRequest(**table.own(table.y))


def offer(table: Table) -> Request:
    return OfferRequest(**table.own(table.y), target=table.x.id, floor=table.x.id, depth=1)


def decline(table: Table) -> Request:
    """Of an offer that Bob has made to Alice."""
    z = table.publish(BOB, nonce=3)
    table.registry.offer(z, table.y.id)
    table.stage.chain.advance(10)
    return DeclineRequest(**table.own(table.y), offering=z.id)


def decline_all(table: Table) -> Request:
    return DeclineRequest(**table.own(table.y))


def join(table: Table) -> Request:
    return JoinRequest(**table.own(table.y), ids=tuple(sorted((table.x.id, table.y.id))))


Make = Callable[[Table], Request] if TYPE_CHECKING else Any
ACTIONS: list[Make] = [seal, revoke, offer, decline, decline_all, join]
TIMES = {seal: 6}
"""Seconds to wait before the action is accepted."""


@pytest.fixture(scope="module")
def base() -> Table:
    return Table()


@pytest.fixture
def table(base: Table) -> Any:
    start = base.stage.chain.snapshot()
    yield base
    base.stage.chain.restore(start)


def ready(table: Table, make: Make) -> Request:
    request = make(table)
    if make in TIMES:
        table.stage.chain.advance(TIMES[make])
    return request


# ------------------------------------------------------------------------------------- accepted


@pytest.mark.parametrize("make", ACTIONS)
def test_anyone_sends_what_alice_signed(table: Table, make: Make) -> None:
    request = ready(table, make).sign(SIGNER)
    nonce = table.stage.chain.nonce(ALICE)
    done = table.registry.relay(request, sender=BOB)
    assert table.stage.chain.nonce(ALICE) == nonce
    names = [event.name for event in done.events]
    assert (
        names
        == {
            "seal": ["Sealed", "SealData"],
            "revoke": ["Revoked"],
            "offer": ["Offered"],
            "decline": ["DeclinedAll" if make is decline_all else "Declined"],
            "join": ["Joined"],
        }[request.action]
    )  # type: ignore[attr-defined]


def test_a_relayed_seal_is_hers(table: Table) -> None:
    table.registry.relay(ready(table, seal).sign(SIGNER), sender=BOB)
    assert table.registry.phase(table.y.id) is Phase.SEALED
    assert table.registry.record(table.y.id).seal == SEAL


def test_a_relayed_revocation_pays_her(table: Table) -> None:
    had = {who: table.stage.chain.balance(who) for who in (ALICE, BOB)}
    table.registry.relay(revoke(table).sign(SIGNER), sender=BOB)
    assert table.stage.chain.balance(ALICE) == had[ALICE] + BOND
    assert table.stage.chain.balance(BOB) == had[BOB]


def test_a_relayed_offer_records_what_was_signed(table: Table) -> None:
    table.registry.relay(offer(table).sign(SIGNER), sender=BOB)
    assert table.registry.standing(table.y.id) == Standing(table.x.id, 1)
    made = table.registry.offer_of(table.y.id, table.x.id)
    assert made == Offer(table.x.id, 1, table.stage.chain.now(), False)


def test_a_relayed_decline_is_for_good(table: Table) -> None:
    request = decline(table).sign(SIGNER)
    assert isinstance(request, DeclineRequest)
    table.registry.relay(request, sender=BOB)
    made = table.registry.offer_of(request.offering, table.y.id)
    assert made is not None
    assert made.declined


# --------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize("make", ACTIONS)
def test_until_its_deadline(table: Table, make: Make) -> None:
    request = ready(table, make)
    last = table.stage.chain.now() + 5
    dated = request.model_copy(update={"deadline": last}).sign(SIGNER)
    tx = table.registry.tx_relay(dated, sender=BOB)
    start = table.stage.chain.snapshot()
    with pytest.raises(errors.SignatureExpired) as refused:
        table.stage.at(last + 1, tx)
    assert refused.value == errors.SignatureExpired(last, last + 1)
    table.stage.chain.restore(start)
    table.stage.at(last, tx)


@pytest.mark.parametrize("make", ACTIONS)
def test_only_her_own_key_signs(table: Table, make: Make) -> None:
    request = signed(ready(table, make), dev_signer("bob"))
    with pytest.raises(errors.WrongSigner) as refused:
        table.stage.raw(request)
    assert refused.value == errors.WrongSigner(ALICE, BOB)
    with pytest.raises(errors.WrongSigner):
        table.stage.raw(request.model_copy(update={"signature": b""}))


UNSIGNED = {"chain_id", "registry", "action"}
"""What is not sent: it says where to."""


def other(value: Any) -> Any:
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, tuple):  # a group: of the same members and one more
        return (*value, b"\xff" * 25)
    return bytes([value[0] ^ 1]) + value[1:] if value else b"\x01"


@pytest.mark.parametrize("make", ACTIONS)
def test_the_sender_changes_nothing(table: Table, make: Make) -> None:
    request = ready(table, make).sign(SIGNER)
    tried = 0
    for name in type(request).model_fields:
        if name in UNSIGNED:
            continue
        value = MALLORY if name == "committer" else other(getattr(request, name))
        changed = request.model_copy(update={name: value})
        # Another committer, stake or content is another commitment, which nobody has published.
        key = name in ("committer", "stake", "content_hash")
        with pytest.raises(errors.UnknownCommitment if key else errors.WrongSigner):
            table.stage.raw(changed)
        tried += 1
    assert tried >= 5
    table.stage.raw(request)


@pytest.mark.parametrize("make", ACTIONS)
def test_elsewhere_it_is_worth_nothing(table: Table, make: Make) -> None:
    """The same commitments on another chain; in another registry they have other ids."""
    request = ready(table, make).sign(SIGNER)
    twin = Table(EmbeddedChain(chain_id=1))
    assert twin.registry.address == table.registry.address
    refuse_elsewhere(twin, ready(twin, make), request)
    start = table.stage.chain.snapshot()
    assert isinstance(table.stage.chain, EmbeddedChain)
    neighbour = Registry.deploy(table.stage.chain, Parameters(fee=FEE), sender=CAROL)
    there = Table(table.stage.chain, neighbour)
    refuse_elsewhere(there, ready(there, make), request)
    table.stage.chain.restore(start)
    table.stage.raw(request)


def refuse_elsewhere(there: Table, theirs: Request, request: Request) -> None:
    """As it is, and as the signature of what would be asked for there."""
    with pytest.raises((errors.WrongSigner, errors.NotAMember)):
        there.stage.raw(request)
    with pytest.raises(errors.WrongSigner):
        there.stage.raw(theirs.model_copy(update={"signature": request.signature}))


@pytest.mark.parametrize("make", ACTIONS)
def test_a_replay_changes_nothing(table: Table, make: Make) -> None:
    request = ready(table, make).sign(SIGNER)
    table.stage.raw(request)
    if make is offer:  # it records again what is recorded, but for the time of the first
        before = table.registry.offer_of(table.y.id, table.x.id)
        table.stage.raw(request, sender=MALLORY)
        assert table.registry.offer_of(table.y.id, table.x.id) == before
        assert table.registry.standing(table.y.id) == Standing(table.x.id, 1)
        return
    with pytest.raises((errors.WrongPhase, errors.Declined, errors.InGroup)):
        table.stage.raw(request, sender=MALLORY)


def test_one_request_does_not_pass_for_another(table: Table) -> None:
    """The signature of each under every other function."""
    made = {make: ready(table, make) for make in (revoke, offer, decline_all, join, seal)}
    for theirs in made.values():
        signature = theirs.sign(SIGNER).signature
        for request in made.values():
            if request is not theirs:
                with pytest.raises(errors.WrongSigner):
                    table.stage.raw(request.model_copy(update={"signature": signature}))


# ---------------------------------------------------------------------------------- offers bound


def test_an_offer_whose_target_has_moved_is_refused(table: Table) -> None:
    """x offers to an earlier w after Alice signed: her floor would sink to w, her depth grow."""
    w = table.x
    x = table.publish(CAROL)
    y = table.publish(ALICE)
    own = table.own(y)
    request = OfferRequest(**own, target=x.id, floor=x.id, depth=1).sign(SIGNER)
    table.registry.offer(x, w.id)
    with pytest.raises(errors.OfferMoved) as refused:
        table.stage.raw(request)
    assert refused.value == errors.OfferMoved(w.id, 2)
    assert table.registry.standing(y.id) == Standing(y.id, 0)
    # Signed anew, with open eyes.
    table.registry.relay(
        OfferRequest(**own, target=x.id, floor=w.id, depth=2).sign(SIGNER), sender=BOB
    )
    assert table.registry.standing(y.id) == Standing(w.id, 2)


@pytest.mark.parametrize(
    ("floor", "depth"), [("x", 0), ("x", 2), ("y", 1), ("none", 1), ("x", 255)]
)
def test_an_offer_records_exactly_what_was_signed(table: Table, floor: str, depth: int) -> None:
    named = {"x": table.x.id, "y": table.y.id, "none": NO_ID}[floor]
    own = table.own(table.y)
    request = OfferRequest(**own, target=table.x.id, floor=named, depth=depth)
    with pytest.raises(errors.OfferMoved) as refused:
        table.stage.raw(request.sign(SIGNER))
    assert refused.value == errors.OfferMoved(table.x.id, 1)


def test_an_old_offer_is_not_repeated_under_a_later_one(table: Table) -> None:
    """After another offer that went further down, the first says too little to be sent again."""
    x, y = table.publish(CAROL), table.publish(ALICE)
    own = table.own(y)
    first = OfferRequest(**own, target=x.id, floor=x.id, depth=1).sign(SIGNER)
    table.stage.raw(first)
    second = OfferRequest(**own, target=table.x.id, floor=table.x.id, depth=1).sign(SIGNER)
    table.stage.raw(second)
    with pytest.raises(errors.OfferMoved) as refused:
        table.stage.raw(first, sender=MALLORY)
    assert refused.value == errors.OfferMoved(table.x.id, 1)


def test_a_declined_offer_is_not_made_again(table: Table) -> None:
    request = offer(table).sign(SIGNER)
    table.stage.raw(request)
    table.stage.chain.advance(10)
    table.registry.decline(table.x, table.y.id)
    with pytest.raises(errors.Declined):
        table.stage.raw(request)


# -------------------------------------------------------------------------------- smart accounts


class Smart:
    """A wallet of Alice's that has published, by her signature, after Carol's x."""

    def __init__(self, table: Table) -> None:
        self.table, self.stage = table, table.stage
        self.wallet = self.stage.wallet(ALICE)
        content = Content(bytes(32), b"as a contract")
        self.key: Key = content.key(self.wallet, 1, BOND)
        self.request = self.stage.publication(content, self.key)
        self.content = content

    def publish(self) -> None:
        self.table.registry.relay(self.request, sender=BOB)

    def own(self) -> dict[str, Any]:
        return {**self.stage.own(self.key), "deadline": FOREVER}

    @property
    def id(self) -> bytes:
        return self.table.registry.domain.commitment_id(self.key)


@pytest.fixture
def smart(table: Table) -> Smart:
    return Smart(table)


def test_a_smart_account_publishes_by_its_owners_signature(smart: Smart) -> None:
    smart.publish()
    assert smart.table.registry.phase(smart.id) is Phase.TENTATIVE


def test_its_code_decides_who_signs_for_it(smart: Smart) -> None:
    with pytest.raises(errors.WrongSigner) as refused:
        smart.stage.raw(signed(smart.request, dev_signer("bob")))
    assert refused.value == errors.WrongSigner(smart.wallet, BOB)


def test_it_puts_up_escrows_too(smart: Smart) -> None:
    """Its tokens come by an allowance, which it gives as its owner tells it to."""
    stage = smart.stage
    (token,) = stage.tokens(smart.wallet, 1)
    content = stage.content(token)
    approval = smart.table.registry.enforcer.tx_approve(token, 7, sender=smart.wallet)
    stage.done(stage.perform(smart.wallet, ALICE, approval))
    key = stage.key(content, smart.wallet)
    smart.table.registry.relay(stage.publication(content, key), sender=BOB)
    assert stage.balance(token, stage.enforcer) == 7


def test_it_signs_for_permit2_as_well(smart: Smart) -> None:
    """Permit2 asks an account with code by ERC-1271 itself."""
    stage = smart.stage
    (token,) = stage.tokens(smart.wallet, 1)
    approval = Erc20(stage.chain, token).tx_approve(smart.wallet, PERMIT2, FOREVER)
    stage.done(stage.perform(smart.wallet, ALICE, approval))
    content = stage.content(token)
    key = stage.key(content, smart.wallet)
    assert content.clauses is not None
    escrow = content.clauses.escrow
    funding = permits.by_permit2(smart.table.registry, key, escrow, FOREVER, SIGNER)
    smart.table.registry.relay(stage.publication(content, key, funding), sender=BOB)
    assert stage.balance(token, stage.enforcer) == 7


def test_it_offers_declines_and_joins(smart: Smart) -> None:
    table, stage = smart.table, smart.stage
    smart.publish()
    bound = {"target": table.x.id, "floor": table.x.id, "depth": 1}
    table.registry.relay(signed(OfferRequest(**smart.own(), **bound)), sender=BOB)
    assert table.registry.standing(smart.id) == Standing(table.x.id, 1)
    z = table.publish(BOB)
    table.registry.offer(z, smart.id)
    stage.chain.advance(10)
    table.registry.relay(signed(DeclineRequest(**smart.own(), offering=z.id)), sender=BOB)
    made = table.registry.offer_of(z.id, smart.id)
    assert made is not None
    assert made.declined
    table.registry.relay(signed(DeclineRequest(**smart.own())), sender=BOB)
    with pytest.raises(errors.Declined):
        table.registry.offer(table.publish(BOB), smart.id)


def test_it_joins(smart: Smart) -> None:
    smart.publish()
    ids = tuple(sorted((smart.id, smart.table.x.id)))
    done = smart.table.registry.relay(signed(JoinRequest(**smart.own(), ids=ids)), sender=BOB)
    assert [event.name for event in done.events] == ["Joined"]


def test_it_never_seals(smart: Smart) -> None:
    """Section 4: what its code would sign can be read in its code. Not relayed, not by itself."""
    table, stage = smart.table, smart.stage
    smart.publish()
    stage.chain.advance(10)
    request = signed(SealRequest(**smart.own(), seal=SEAL))
    with pytest.raises(errors.WrongSigner) as refused:
        stage.raw(request)
    assert refused.value == errors.WrongSigner(smart.wallet, ALICE)
    with pytest.raises(errors.WrongSigner):
        table.registry.relay(request, sender=BOB)
    own = (smart.key.stake, smart.key.content_hash)
    data = interface().functions["seal"].encode(*own, SEAL)
    direct = Tx(smart.wallet, table.registry.address, data)
    with pytest.raises(errors.NotPlainKey):
        stage.done(stage.perform(smart.wallet, ALICE, direct))


def test_it_never_revokes(smart: Smart) -> None:
    smart.publish()
    with pytest.raises(errors.WrongSigner):
        smart.stage.raw(signed(RevokeRequest(**smart.own())))


def test_its_bond_comes_back_when_it_lapses(smart: Smart) -> None:
    smart.publish()
    smart.stage.chain.advance(PERIOD)
    had = smart.stage.chain.balance(smart.wallet)
    smart.table.registry.resolve([smart.id], sender=BOB)
    assert smart.stage.chain.balance(smart.wallet) == had + BOND


def test_a_key_with_code_signs_as_itself(table: Table) -> None:
    """An account with delegated code (EIP-7702) whose code knows no ERC-1271: its key counts."""
    table.stage.chain.set_code(ALICE, b"\xfe")
    for make in (offer, decline_all):
        table.registry.relay(make(table).sign(SIGNER), sender=BOB)
    content = Content(bytes(32), b"still me")
    key = content.key(ALICE, 77, BOND)
    table.registry.relay(table.stage.publication(content, key), sender=BOB)


MAGIC = bytes.fromhex("1626ba7e")


@pytest.mark.parametrize(
    ("answer", "refuses"),
    [
        (b"", False),
        (MAGIC, False),
        (MAGIC + bytes(27), False),
        (bytes(28) + MAGIC, False),
        (b"\xff" * 32, False),
        (bytes(32), False),
        (MAGIC + bytes(27) + b"\x01", False),
        (MAGIC + bytes(28), True),
        (b"", True),
    ],
)
def test_code_that_does_not_agree_has_not_signed(
    table: Table, answer: bytes, refuses: bool
) -> None:
    """Whatever does not answer just ERC-1271's word, padded, has not accepted anything."""
    stage = table.stage
    account = stage.impostor(answer, refuses)
    content = Content(bytes(32), b"not me")
    request = stage.publication(content, content.key(account, 1, BOND))
    with pytest.raises(errors.WrongSigner):
        stage.raw(request)


def test_code_that_agrees_to_everything_is_its_own_owners_affair(table: Table) -> None:
    account = table.stage.impostor(MAGIC + bytes(28))
    content = Content(bytes(32), b"anybody's")
    key = content.key(account, 1, BOND)
    anyone = table.stage.publication(content, key).model_copy(update={"signature": b""})
    table.registry.relay(anyone, sender=MALLORY)
    assert table.registry.phase(anyone.id) is Phase.TENTATIVE
    late = replace(key, nonce=2)
    expired = table.stage.publication(content, late, deadline=table.stage.chain.now() - 1)
    with pytest.raises(errors.SignatureExpired):
        table.stage.raw(expired)
