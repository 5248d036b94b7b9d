"""What the model is made of: its journal, pools, batches, errors."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest

from boomerang.artifacts import load
from boomerang.errors import InvalidInput, UnknownRevert, decode_error
from boomerang.intents import errors
from boomerang.intents.batch import MAX_POPS, Batch, Leg, Order, Route, Sweep, batch_of, cycle
from boomerang.intents.message import MAX_AMOUNT
from boomerang.intents.model.events import Announced
from boomerang.intents.model.state import Journal, State, Table
from boomerang.intents.pools import (
    Pool,
    amount_in,
    amount_out,
    amounts_along,
    best_path,
    pair_address,
    quote,
    sort_tokens,
)
from intents.model.desk import (
    ALICE,
    BOB,
    DOMAIN,
    EXISTS,
    A,
    B,
    C,
    at,
    direct,
    held,
    intent,
    market,
    order,
    pair,
    swap,
)

if TYPE_CHECKING:
    from boomerang.errors import ChainError


# ------------------------------------------------------------------------------------ journal


def test_what_failed_is_taken_back() -> None:
    journal = Journal()
    table: Table[str, int] = Table(journal, 0)
    table["a"] = 1

    def fail() -> None:
        with journal.attempt():
            table["a"], table["b"] = 3, 4
            table["a"] = 5
            journal.events.append(Announced(b"", b"", b""))
            raise ValueError("no")

    with journal.attempt():
        table["a"] = 2
        with pytest.raises(ValueError, match="no"):
            fail()
        assert (table["a"], table["b"], "b" in table) == (2, 0, False)
        table["c"] = 6
    assert dict(table.items()) == {"a": 2, "c": 6}
    assert journal.events == []
    with pytest.raises(ValueError, match="later"), journal.attempt():
        raise ValueError("later")
    assert dict(table.items()) == {"a": 2, "c": 6}


def test_copies_are_independent() -> None:
    model = market()
    twin = model.copy()
    twin.settle(at(), pair(swap(ALICE, A, 10, B, 10), swap(BOB, B, 10, A, 10), 10, 10))
    assert held(model, ALICE) == (0, 0, 0)
    assert held(twin, ALICE) == (-10, 10, 0)
    assert model.state.events == []
    assert isinstance(model.state, State)


def test_nobody_moves_what_he_does_not_have() -> None:
    with pytest.raises(InvalidInput):
        market().move(A, ALICE, BOB, 2**100)


# ------------------------------------------------------------------------------------ pools


def test_a_pair_gives_what_uniswap_says() -> None:
    """Figures of Uniswap's own tests (UniswapV2Pair.spec.ts), in units of 1e18."""
    one = 10**18
    for paid, reserve0, reserve1, got in (
        (1, 5, 10, 1662497915624478906),
        (1, 10, 5, 453305446940074565),
        (2, 5, 10, 2851015155847869602),
        (2, 10, 5, 831248957812239453),
        (1, 10, 10, 906610893880149131),
        (1, 100, 100, 987158034397061298),
        (1, 1000, 1000, 996006981039903216),
    ):
        assert amount_out(paid * one, reserve0 * one, reserve1 * one) == got


@pytest.mark.parametrize("reserves", [(0, 0), (0, 5), (5, 0)])
def test_an_empty_pair_gives_nothing(reserves: tuple[int, int]) -> None:
    assert amount_out(10, *reserves) == 0


def test_the_least_that_buys() -> None:
    rng = random.Random(3)
    for _ in range(500):
        sold, bought = rng.randint(1, 10**6), rng.randint(2, 10**6)
        wanted = rng.randint(1, bought - 1)
        paid = amount_in(wanted, sold, bought)
        assert paid is not None
        assert amount_out(paid, sold, bought) >= wanted
        assert paid == 1 or amount_out(paid - 2, sold, bought) < wanted
    assert amount_in(5, 10, 5) is None
    assert amount_in(0, 10, 5) == 0


def test_paths() -> None:
    reserves = {(A, B): Pool(1000, 2000), (B, C): Pool(500, 500)}

    def look(a: bytes, b: bytes) -> Pool | None:
        return reserves.get(sort_tokens(a, b))

    assert amounts_along((A, B, C), 100, look) == [100, 181, 132]
    assert amounts_along((C, B, A), 100, look) == [100, 83, 39]
    assert quote((A, C, B), 100, look) == 0
    assert best_path(((A, C), (A, B, C)), 100, look) == (1, 132)
    assert best_path(((A, C), (A, C)), 100, look) == (0, 0)


def test_where_pairs_are() -> None:
    """The pair of USDC and WETH on mainnet."""
    usdc, weth, factory, pair_, code_hash = (
        bytes.fromhex(text)
        for text in (
            "A0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
            "C02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
            "5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f",
            "B4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc",
            "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f",
        )
    )
    assert pair_address(factory, code_hash, weth, usdc) == pair_
    assert pair_address(factory, code_hash, usdc, weth) == pair_


# ------------------------------------------------------------------------------------ batches


def test_moves_are_packed_as_drawn() -> None:
    """contracts/types/Moves.sol."""
    leg = Leg(0x1234, 0x56, 0x789, last=True, skippable=True)
    assert leg.pack() == 0x789 | 0x1234 << 112 | 0x56 << 128 | 1 << 136 | 1 << 137
    assert Sweep(1, 2, 3, 4).pack() == 3 | 1 << 112 | 2 << 128 | 4 << 136
    assert Route(1, 2, 3).pack() == 3 | 1 << 112 | 2 << 128
    rng = random.Random(1)
    for _ in range(200):
        k, b, x = rng.randrange(2**16), rng.randrange(2**8), rng.randint(0, MAX_AMOUNT)
        moves = (
            Leg(k, b, x, rng.random() < 0.5, rng.random() < 0.5),
            Sweep(k, b, x, rng.randint(0, MAX_POPS)),
            Route(k, b, x),
        )
        assert all(type(move).unpack(move.pack()) == move for move in moves)


@pytest.mark.parametrize(
    "move",
    [
        Leg(0, 0, MAX_AMOUNT + 1),
        Leg(0, 0, -1),
        Leg(2**16, 0, 1),
        Leg(0, 256, 1),
        Sweep(0, 0, 0, MAX_POPS + 1),
        Sweep(0, 0, 0, -1),
        Route(-1, 0),
    ],
)
def test_what_no_word_holds(move: Leg | Sweep | Route) -> None:
    with pytest.raises(InvalidInput):
        move.pack()


def test_an_order_has_its_intents_hash_however_much_is_given() -> None:
    of = intent(ALICE, A, 10, direct(B, 10, EXISTS), direct(C, 10), direct(B, 9))
    for given in (None, 1, 2, 3):
        assert Order.of(of, b"x", given).hash(DOMAIN) == of.hash(DOMAIN)
    for given in (0, 4):
        with pytest.raises(InvalidInput):
            Order.of(of, b"x", given)


def test_cycles_of_a_batch() -> None:
    legs = cycle((0, 0, 1), (1, 0, 1)) + cycle((2, 0, 1), (3, 0, 1), (4, 0, 1), skippable=True)
    batch = Batch((order(swap(ALICE, A, 1, B, 1)),), legs)
    assert [(first, len(cycle)) for first, cycle in batch.cycles()] == [(0, 2), (2, 3)]
    assert [leg.skippable for leg in legs] == [False, False, True, False, False]
    assert Batch(()).cycles() == []
    assert batch_of(batch.orders, legs[:2], legs[2:]) == batch
    assert batch.to_abi() == (batch.encode(),)
    assert batch.orders[0].encode() == Batch(batch.orders).encode()


# ------------------------------------------------------------------------------------ errors


def _classes() -> list[type[ChainError]]:
    found = [*errors.SettlementError.__subclasses__(), *errors.BookError.__subclasses__()]
    return [cls for cls in found if cls is not errors.BookError]


def test_errors_are_those_of_the_contracts() -> None:
    declared = {
        entry["name"]: [(part["type"], part["name"]) for part in entry["inputs"]]
        for name in ("Settlement", "Book")
        for entry in load(name).abi
        if entry["type"] == "error" and re.match("Settlement_|Book_", entry["name"])
    }
    assert {f"{cls.prefix}{cls.__name__}": list(cls.abi) for cls in _classes()} == declared


def test_errors_are_decoded_and_explained() -> None:
    samples = {"string": "why", "address": "0x" + "00" * 20}
    for cls in _classes():
        error = cls(*(samples.get(kind, 7) for kind, _ in cls.abi))
        assert decode_error(error.encode()) == error
        assert len(error.explain()) > 10
        assert str(error).startswith(error.name)
        assert isinstance(decode_error(error.encode() + b"\0"), UnknownRevert)
