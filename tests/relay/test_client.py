"""The SDK's side of relays: requests for a registry, and what an offer would record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boomerang import errors
from boomerang.client.events import Joined
from boomerang.content import Content
from boomerang.identity import Opening
from boomerang.model import Phase, Standing
from relay.stage import ALICE, BOB, BOND, CAROL, DAVE, FOREVER, SIGNER, Relays

if TYPE_CHECKING:
    from boomerang.client import Commitment
    from boomerang.client.requests import Requests


@pytest.fixture(scope="module")
def base() -> Relays:
    return Relays()


@pytest.fixture
def stage(base: Relays) -> Any:
    start = base.chain.snapshot()
    yield base
    base.chain.restore(start)


@pytest.fixture
def requests(stage: Relays) -> Requests:
    return stage.registry.requests


def publish(stage: Relays, who: str) -> Commitment:
    content = Content(bytes(32), b"I say so")
    nonce = stage.key(content).nonce
    return stage.registry.publish(content, bond=BOND, nonce=nonce, sender=who).commitment


def test_from_publication_to_outcome(stage: Relays, requests: Requests) -> None:
    registry = stage.registry
    content = Content(bytes(32), b"by signature")
    key = content.key(ALICE, 5, BOND)
    deadline = stage.chain.now() + 1000
    registry.relay(requests.publish(key, content, deadline).sign(SIGNER), sender=BOB)
    stage.chain.advance(10)
    opening = Opening(b"\x01", bytes(32))
    seal = registry.domain.seal(key, opening.decision, opening.salt)
    registry.relay(requests.seal(key, seal, deadline, b"note").sign(SIGNER), sender=BOB)
    stage.chain.advance(50)
    registry.reveal(key, opening, sender=BOB)
    assert registry.phase(registry.domain.commitment_id(key)) is Phase.KEPT


def test_offers_and_declines(stage: Relays, requests: Requests) -> None:
    registry = stage.registry
    x, y = publish(stage, ALICE), publish(stage, ALICE)
    registry.relay(requests.offer(y, x.id, FOREVER).sign(SIGNER), sender=BOB)
    stage.chain.advance(10)
    registry.relay(requests.decline(x, FOREVER, y.id).sign(SIGNER), sender=BOB)
    made = registry.offer_of(y.id, x.id)
    assert made is not None
    assert made.declined
    registry.relay(requests.decline(x, FOREVER).sign(SIGNER), sender=BOB)
    registry.relay(requests.revoke(y, FOREVER).sign(SIGNER), sender=BOB)
    assert registry.phase(y.id) is Phase.REVOKED


def test_joining(stage: Relays, requests: Requests) -> None:
    x, y = publish(stage, CAROL), publish(stage, ALICE)
    request = requests.join(y, [x.id], FOREVER).sign(SIGNER)
    assert request == requests.join(y, [y.id, x.id], FOREVER).sign(SIGNER)
    done = stage.registry.relay(request, sender=BOB)
    (joined,) = done.events
    assert isinstance(joined, Joined)
    assert joined.id == y.id


def test_what_an_offer_would_record_is_what_it_records(stage: Relays, requests: Requests) -> None:
    """Whether its floor sinks to the target's, stays its own, or is the same already."""
    registry = stage.registry
    v, w, x, y = (publish(stage, who) for who in (DAVE, DAVE, CAROL, ALICE))
    for of, target, expected in (
        (x, w, Standing(w.id, 1)),
        (y, x, Standing(w.id, 2)),  # sinks to x's floor
        (y, w, Standing(w.id, 2)),  # the same
        (x, v, Standing(v.id, 1)),
        (y, w, Standing(w.id, 2)),
        (y, x, Standing(v.id, 2)),
        (y, w, Standing(v.id, 2)),  # its own is lower already
    ):
        assert requests.standing_after(of, target.id) == expected
        registry.offer(of, target.id)
        assert registry.standing(of.id) == expected


def test_what_it_would_record_may_not_be_known_yet(stage: Relays, requests: Requests) -> None:
    """Two of one block, before the draw."""
    content = Content(bytes(32), b"together")
    keys = [content.key(who, 60 + n, BOND) for n, who in enumerate((CAROL, ALICE))]
    time = stage.chain.now() + 1
    stage.at(time, *(stage.registry.tx_publish(key, content) for key in keys))
    target = stage.registry.domain.commitment_id(keys[0])
    with pytest.raises(errors.Undrawn):
        requests.offer(keys[1], target, FOREVER)
    bound = Standing(target, 1)
    assert requests.offer(keys[1], target, FOREVER, bound).floor == target


def test_what_could_not_be_delivered_can_be_sent_again(stage: Relays, requests: Requests) -> None:
    """A smart account that cannot ask for its bond itself: anybody may have it sent."""
    registry = stage.registry
    content = Content(bytes(32), b"as a contract")
    wallet = stage.wallet(ALICE)
    code = stage.chain.code(wallet)
    key = content.key(wallet, 1, BOND)
    registry.relay(stage.publication(content, key), sender=BOB)
    stage.chain.advance(60)
    stage.chain.set_code(wallet, b"\xfe")  # it refuses ether
    registry.resolve([registry.domain.commitment_id(key)], sender=BOB)
    assert registry.owed(wallet) == BOND
    with pytest.raises(errors.TransferFailed):
        registry.deliver(wallet, sender=BOB)
    stage.chain.set_code(wallet, code)
    had = stage.chain.balance(wallet)
    registry.deliver(wallet, sender=BOB)
    assert stage.chain.balance(wallet) == had + BOND
    with pytest.raises(errors.NothingOwed):
        registry.deliver(wallet, sender=BOB)
