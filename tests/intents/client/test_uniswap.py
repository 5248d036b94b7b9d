"""The real Uniswap V2, found and deployed; the same on every kind of chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eth_utils.crypto import keccak

from boomerang.arenas.token import TestToken
from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client.abi import UnexpectedAnswer
from boomerang.errors import InvalidInput, UnknownRevert
from boomerang.intents import pools
from boomerang.intents.client import uniswap
from boomerang.intents.client.uniswap import Factory, NoPair, Pair, UniswapNotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains import Chain

ROOT = Path(__file__).parents[3]
ALICE = DEV_ACCOUNTS["alice"]
KINDS = [
    "pyrevm",
    "tester",
    pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network]),
]


@pytest.fixture(params=KINDS)
def chain(request: pytest.FixtureRequest) -> Iterator[Chain]:
    found = connect(request.param)
    yield found
    found.close()


def two_tokens(chain: Chain) -> tuple[str, str]:
    a, b = (TestToken.deploy(chain, name, name) for name in "AB")
    for token in (a, b):
        token.mint(ALICE, 10**24)
    return a.address, b.address


def test_a_pool_on_every_chain(chain: Chain) -> None:
    a, b = two_tokens(chain)
    factory = Factory.deploy(chain)
    with pytest.raises(NoPair, match="has no pair of"):
        factory.pair(a, b)
    with pytest.raises(UnexpectedAnswer, match="no Uniswap contract"):
        factory.at(a, b).pool()
    raw = bytes.fromhex(a[2:]), bytes.fromhex(b[2:])
    assert factory.look(*raw) is None
    pair = factory.create_pair(a, b, sender=ALICE)
    with pytest.raises(UnknownRevert):
        factory.create_pair(b, a, sender=ALICE)
    assert factory.pair(b, a).address == pair.address

    paid = pair.add_liquidity({a: 50_000 * 10**18, b: 50 * 10**18}, sender=ALICE)
    assert pair.reserves_of(a) == (50_000 * 10**18, 50 * 10**18)
    assert pair.reserves_of(b) == (50 * 10**18, 50_000 * 10**18)
    assert pair.pool().touched == paid[-1].block.time == chain.head().time
    assert factory.look(*raw) == pair.pool()
    # Gas is the same everywhere.
    assert [receipt.gas_used for receipt in paid] == [51615, 51603, 154495]

    out = pools.amount_out(10**18, *pair.reserves_of(a))
    moved = chain.mine(chain.head().time + 1, pair.txs_swap(a, 10**18, ALICE))
    assert all(receipt.ok for receipt in moved)
    assert pair.reserves_of(a) == (50_001 * 10**18, 50 * 10**18 - out)
    # One unit more than the formula gives is refused: this is the formula of the pairs.
    _, swap = pair.txs_swap(a, 10**18, ALICE)
    out = pools.amount_out(10**18, *pair.reserves_of(a))
    greedy = swap.data.replace(out.to_bytes(32, "big"), (out + 1).to_bytes(32, "big"))
    transfer = pair.txs_swap(a, 10**18, ALICE)[0]
    more = type(swap)(swap.sender, swap.to, greedy)
    assert [r.ok for r in chain.mine(chain.head().time + 1, [transfer, more, swap])] == [
        True,
        False,
        True,
    ]

    touched = chain.send(pair.tx_sync(ALICE))
    assert pair.pool().touched == touched.block.time


def test_the_code_is_uniswaps() -> None:
    raw = (ROOT / uniswap.PACKAGE / "build" / "UniswapV2Pair.json").read_text()
    assert uniswap.pair_interface().creation().hex() in raw
    assert keccak(uniswap.pair_interface().creation()) == uniswap.PAIR_CODE_HASH


def test_the_address_of_a_known_pair() -> None:
    """USDC and WETH on mainnet."""
    factory = "0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f"
    usdc = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
    weth = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
    known = "0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc"
    assert uniswap.pair_address(factory, usdc, weth) == known
    assert uniswap.pair_address(factory, weth, usdc) == known
    assert uniswap.pair_address(factory, weth, usdc, bytes(32)) != known


def test_a_pair_has_two_tokens() -> None:
    with pytest.raises(InvalidInput, match=r"not 0x0{39}1 twice"):
        uniswap.sort_tokens("0x" + 39 * "0" + "1", "0x" + 39 * "0" + "1")


def test_liquidity_of_other_tokens() -> None:
    one, two, other = ("0x" + 39 * "0" + digit for digit in "123")
    pair = Pair(connect("pyrevm"), other, one, two)
    with pytest.raises(InvalidInput, match="liquidity is an amount of"):
        pair.txs_add_liquidity({one: 1, other: 1}, ALICE)


def test_contracts_that_are_something_else() -> None:
    chain = connect("pyrevm")
    a, b = two_tokens(chain)
    with pytest.raises(UnexpectedAnswer, match=f"{a} does not answer getReserves"):
        Pair(chain, a, a, b).pool()
    # A fork with other pairs: their addresses would be wrong.
    made = Factory.deploy(chain)
    fork = Factory(chain, made.address, bytes(32))
    with pytest.raises(UnexpectedAnswer, match="not what its code hash says"):
        fork.create_pair(a, b, sender=ALICE)
    assert fork.look(bytes.fromhex(a[2:]), bytes.fromhex(b[2:])) is None
    assert made.pair(a, b).reserves_of(a) == (0, 0)


class TestFinding:
    def test_from_a_directory_below(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(uniswap.VARIABLE, raising=False)
        monkeypatch.chdir(ROOT / "tests" / "intents")
        assert uniswap.find_package() == ROOT / uniswap.PACKAGE / "build"

    def test_by_the_variable(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        build = ROOT / uniswap.PACKAGE / "build"
        for named in (build.parent, build):
            monkeypatch.setenv(uniswap.VARIABLE, str(named))
            assert uniswap.find_package() == build
        monkeypatch.setenv(uniswap.VARIABLE, str(tmp_path))
        with pytest.raises(UniswapNotFound, match=r"no UniswapV2Factory.json in .*npm ci"):
            uniswap.factory_interface()

    def test_nowhere(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv(uniswap.VARIABLE, raising=False)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(uniswap, "__file__", str(tmp_path / "uniswap.py"))
        with pytest.raises(UniswapNotFound, match="were not found; `npm ci`") as caught:
            uniswap.find_package()
        assert caught.value.exit_code == 3

    def test_files_that_are_not_its_contracts(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        build = ROOT / uniswap.PACKAGE / "build"
        factory = (build / "UniswapV2Factory.json").read_text()
        monkeypatch.setenv(uniswap.VARIABLE, str(tmp_path))
        (tmp_path / "UniswapV2Factory.json").write_text(factory)
        with pytest.raises(UniswapNotFound, match=r"UniswapV2Pair.json cannot be read"):
            uniswap.factory_interface()
        # Another contract's code under the pair's name: addresses would be wrong.
        (tmp_path / "UniswapV2Pair.json").write_text(factory)
        with pytest.raises(UniswapNotFound, match="are not those of Uniswap V2"):
            uniswap.pair_interface()
