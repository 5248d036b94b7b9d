"""Where a settlement is: deployed beside what is there, written down, and found again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.arenas.token import TestToken
from boomerang.chains import Tx, connect
from boomerang.chains.anvil import Anvil
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.chains.node import NodeChain
from boomerang.chains.signers import dev_signer
from boomerang.client import Registry
from boomerang.errors import InvalidInput, UnknownRevert
from boomerang.intents import errors
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deploy import HOLDINGS, POOLS, UNIT, deploy_market, deploy_settlement
from boomerang.intents.client.deployments import Deployment, NoSettlement, recall, remember
from boomerang.intents.client.dryrun import DryRun
from boomerang.intents.client.sending import sent_together
from boomerang.intents.client.uniswap import Factory
from boomerang.intents.language.directory import Directory, Token
from boomerang.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from boomerang.chains import Chain

ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]


@pytest.fixture(scope="module")
def world() -> tuple[Chain, Deployment]:
    chain = connect("pyrevm")
    registry = Registry.deploy(chain).address
    return chain, deploy_market(chain, registry, holders=[ALICE, BOB])


def test_the_market_of_the_picture(world: tuple[Chain, Deployment]) -> None:
    chain, market = world
    settlement = market.open(chain)
    names = market.directory()
    for sides in POOLS:
        (one, of_one), (other, of_other) = sides
        pool = settlement.factory.look(market.token(one).address, market.token(other).address)
        assert pool is not None
        assert {pool.reserve0, pool.reserve1} == {of_one * UNIT, of_other * UNIT}
        pair = names.pair(market.token(one), market.token(other))
        assert chain.code("0x" + pair.hex())
    assert settlement.factory.look(market.token("A").address, market.token("D").address) is None
    for name, amount in HOLDINGS.items():
        token = settlement.token(market.token(name).address)
        assert (token.symbol(), token.decimals()) == (name, market.token(name).decimals)
        assert token.balance_of(ALICE) == token.balance_of(BOB) == amount * UNIT
        assert token.allowance(ALICE, settlement.address) == 0
    # All is in three blocks, the settlement and its dry run in two of their own.
    assert chain.head().number == 6
    assert market.from_block == 5
    assert market.dry_run is not None
    assert DryRun(chain, market.dry_run).settlement() == market.settlement
    with pytest.raises(InvalidInput, match="no token 'E' here; there are: A, B, C, D"):
        market.token("E")


def test_as_data_and_as_a_directory(world: tuple[Chain, Deployment]) -> None:
    _, market = world
    assert Deployment.from_data(market.data()) == market
    more = replace(market, dry_run=None, tokens=market.tokens[:1])
    assert Deployment.from_data(more.data()) == more
    names = market.directory({"alice": ALICE})
    assert names.accounts == {"alice": raw(ALICE)}
    keys = ("tokens", "factory", "pairCodeHash")
    assert Directory.from_dict({key: market.data()[key] for key in keys}) == market.directory()


@pytest.mark.parametrize(
    "change",
    [
        {"settlement": "0x12"},
        {"chainId": "one"},
        {"tokens": {"A": {"address": "0x12", "decimals": 18}}},
        {"factory": None},
        {"registry": None},
    ],
)
def test_damaged_data(world: tuple[Chain, Deployment], change: dict[str, Any]) -> None:
    data = world[1].data() | change
    for key, value in change.items():
        if value is None:
            del data[key]
    with pytest.raises(InvalidInput):
        Deployment.from_data(data)
    with pytest.raises(InvalidInput, match="no deployment"):
        Deployment.from_data("text")


def test_beside_a_factory_that_is_there(world: tuple[Chain, Deployment]) -> None:
    chain, market = world
    gold = TestToken.deploy(chain, "Gold", "GOLD")
    named = [Token("GOLD", raw(gold.address), 18)]
    signer = dev_signer("bob")
    made = deploy_settlement(
        chain, market.registry, market.factory, tokens=named, sender=BOB, signer=signer
    )
    assert made.tokens == tuple(named)
    assert (made.registry, made.factory) == (market.registry, market.factory)
    assert made.settlement != market.settlement
    assert made.open(chain).factory.address == market.factory
    assert made.open(chain).with_signer(signer).sender == BOB
    with pytest.raises(errors.BadParameter):
        deploy_settlement(chain, market.registry, ALICE)


class TestStore:
    def test_there_and_back(self, world: tuple[Chain, Deployment], tmp_path: Path) -> None:
        chain, market = world
        store = Store(tmp_path)
        with pytest.raises(NoSettlement, match="known on embedded: none was deployed") as caught:
            recall(store, "embedded", chain)
        assert caught.value.network == "embedded"
        remember(store, "embedded", market)
        remember(store, "http://elsewhere", replace(market, settlement=ALICE))
        assert recall(store, "embedded", chain) == market
        with pytest.raises(NoSettlement, match=f"none at {ALICE} on chain 31337 any more"):
            recall(store, "http://elsewhere", chain)

    def test_another_chain(self, world: tuple[Chain, Deployment], tmp_path: Path) -> None:
        chain, market = world
        store = Store(tmp_path)
        remember(store, "embedded", replace(market, chain_id=1))
        with pytest.raises(NoSettlement, match="any more"):
            recall(store, "embedded", chain)


class TestSendingTogether:
    def test_in_one_block_on_demand(self) -> None:
        chain = connect("pyrevm")
        txs = [TestToken.tx_deploy(ALICE, name, name) for name in "AB"]
        first, second = sent_together(chain, txs)
        assert first.block == second.block == chain.head()
        assert first.contract != second.contract
        assert sent_together(chain, []) == []
        # With a signer one after another: it signs each.
        made = sent_together(chain, txs, dev_signer("alice"))
        assert [receipt.block.number for receipt in made] == [2, 3]

    def test_what_is_refused(self) -> None:
        chain = connect("pyrevm")
        factory = Factory.deploy(chain)
        once = factory.tx_create_pair(ALICE, BOB, ALICE)
        with pytest.raises(UnknownRevert):
            sent_together(chain, [once, once])

    @pytest.mark.anvil
    @pytest.mark.network
    def test_without_waiting_on_a_node(self) -> None:
        """A node whose clock runs, as the devnet's: blocks of many share a second."""
        with Anvil(automine=True, genesis_time=None) as node, NodeChain(node.url) as chain:
            txs = [TestToken.tx_deploy(ALICE, "A", "A"), *(Tx(ALICE, BOB) for _ in range(20))]
            start = chain.now()
            made = sent_together(chain, txs)
            assert [receipt.block.number for receipt in made] == list(range(1, 22))
            assert made[-1].block.time - start < 10
            signed = sent_together(chain, txs[:2], dev_signer("alice"))
            assert chain.code(str(signed[0].contract))
            bad = Tx(ALICE, made[0].contract, b"\1\2\3\4")
            with pytest.raises(UnknownRevert):
                sent_together(chain, [bad])

    @pytest.mark.anvil
    @pytest.mark.network
    def test_what_a_live_node_refuses_is_not_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A live node estimates first: nothing is paid for a refusal, and it is named."""
        with Anvil(automine=True, genesis_time=None) as node, NodeChain(node.url) as chain:
            market = deploy_market(chain, Registry.deploy(chain).address)
            monkeypatch.setattr(chain, "_anvil", False)
            settlement = market.open(chain, dev_signer("alice"))
            before = chain.nonce(ALICE)
            missing = settlement.tx_unpost(bytes(20), bytes(20), 1, ALICE)
            with pytest.raises(errors.NoEntry):
                settlement.send(missing)
            with pytest.raises(errors.NoEntry):
                sent_together(chain, [missing], dev_signer("alice"))
            assert chain.nonce(ALICE) == before
            settlement.allow(market.token("A").address, 5)
            assert chain.nonce(ALICE) == before + 1
