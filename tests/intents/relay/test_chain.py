"""What a relay asks of a real settlement: nonces, approvals, wallets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address

from boomerang.chains import Tx, connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.signers import dev_signer
from boomerang.client.abi import Interface
from boomerang.intents.client.contracts import raw
from boomerang.intents.relay.chain import ChainView
from boomerang.intents.relay.desk import Conflict, Desk
from boomerang.intents.relay.signed import SignedIntent, WrongSignature, sign_withdrawal
from boomerang.intents.relay.store import Status, Store
from boomerang.intents.service.solving import Solving
from intents.client.stage import mock
from intents.service.market import COUNTER, Market

WORLD = Market(connect("pyrevm"))
ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]


@pytest.fixture
def market() -> Iterator[Market]:
    start = WORLD.chain.snapshot()
    yield WORLD
    WORLD.chain.restore(start)


@pytest.fixture
def view(market: Market) -> ChainView:
    return ChainView(market.chain, market.settlement.domain)


@pytest.fixture
def desk(market: Market, view: ChainView, tmp_path: Path) -> Iterator[Desk]:
    store = Store(f"sqlite:///{tmp_path / 'relay.db'}")
    yield Desk(market.settlement.domain, store, clock=lambda: 0.0, view=view)
    store.close()


def wallet(market: Market, code: str = "SmartWallet") -> str:
    """A wallet that alice's key signs for."""
    creation = Interface(mock(code)).creation(ALICE)
    (receipt,) = market.chain.mine(market.time, [Tx(ALICE, None, creation)])
    return str(receipt.contract)


def test_the_time_is_the_chain_s(market: Market, view: ChainView) -> None:
    assert view.now() == market.chain.now()


def test_nonces(market: Market, view: ChainView) -> None:
    one = market.sign(COUNTER, "bob", nonce=5)
    assert not view.used(one.intent, one.hash)
    market.done(market.settlement.tx_cancel_word(0, 1 << 6, sender=BOB))
    assert not view.used(one.intent, one.hash)
    market.done(market.settlement.tx_cancel_word(0, 1 << 5, sender=ALICE))
    assert not view.used(one.intent, one.hash)
    market.done(market.settlement.tx_cancel_word(0, 1 << 5, sender=BOB))
    assert view.used(one.intent, one.hash)
    far = market.sign(COUNTER, "bob", nonce=128 * 7 + 5)
    assert not view.used(far.intent, far.hash)


def test_a_nonce_that_is_open_for_one_intent(market: Market, view: ChainView) -> None:
    counter = market.sign(COUNTER, "bob", nonce=9)
    one = market.sign("swap 500 $A -> $D at rate $A/$D <= 1000", "alice")
    found, _, _ = Solving().find(
        market.settlement,
        market.gather(counter, one),
        market.settlement.state(),
        sender=market.settlement.sender,
        at=market.time,
    )
    assert found is not None
    market.done(found.tx)
    assert not view.used(counter.intent, counter.hash)
    other = market.sign(COUNTER.replace("0.6", "0.7"), "bob", nonce=9)
    assert view.used(other.intent, other.hash)
    whole = market.sign(COUNTER.replace(" in parts", ""), "bob", nonce=9)
    assert view.used(whole.intent, whole.hash)
    assert view.used(one.intent, one.hash)  # it was filled whole


def test_approvals(market: Market, desk: Desk) -> None:
    program = market.program(COUNTER, "bob")
    unsigned = SignedIntent(program, market.settlement.domain)
    with pytest.raises(WrongSignature):
        desk.submit(unsigned)
    market.done(market.settlement.tx_approve(program))
    kept, new = desk.submit(unsigned)
    assert (kept.status, new) == (Status.OPEN, True)


def test_wallets(market: Market, desk: Desk) -> None:
    account = raw(wallet(market))
    program = replace(market.program(COUNTER, "bob"), maker=account)
    domain = market.settlement.domain
    by_owner = dev_signer("alice").sign_typed_data(domain.typed_data(program))
    by_other = dev_signer("bob").sign_typed_data(domain.typed_data(program))
    with pytest.raises(WrongSignature):
        desk.submit(SignedIntent(program, domain, by_other))
    kept, _ = desk.submit(SignedIntent(program, domain, by_owner))
    until = market.chain.now() + 60
    with pytest.raises(WrongSignature):
        desk.withdraw(
            kept.hash, until, sign_withdrawal(kept.hash, until, domain, dev_signer("bob"))
        )
    gone = desk.withdraw(
        kept.hash, until, sign_withdrawal(kept.hash, until, domain, dev_signer("alice"))
    )
    assert gone.status is Status.WITHDRAWN


def test_code_that_is_no_wallet(market: Market, view: ChainView) -> None:
    """The settlement answers no `isValidSignature`; an account without code has no wallet."""
    settlement = raw(market.settlement.address)
    assert not view.accepts(settlement, bytes(32), b"\1")
    assert not view.accepts(raw(BOB), bytes(32), b"\1")


def test_what_is_settled_is_swept(market: Market, desk: Desk) -> None:
    one = market.sign("swap 500 $A -> $D at rate $A/$D <= 1000", "alice")
    counter = market.sign(COUNTER, "bob")
    for signed in (one, counter):
        desk.submit(signed)
    found, _, _ = Solving().find(
        market.settlement,
        market.gather(one, counter),
        market.settlement.state(),
        sender=market.settlement.sender,
        at=market.time,
    )
    assert found is not None
    market.done(found.tx)
    assert desk.sweep() == (0, 1)
    assert desk.get(one.hash).status is Status.USED
    assert desk.get(counter.hash).status is Status.OPEN  # some of it is left
    with pytest.raises(Conflict, match=to_checksum_address(one.intent.maker)):
        desk.submit(one)
