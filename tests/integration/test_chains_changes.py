"""What a transaction leaves behind, on every kind of chain: storage written back and forth or
undone by an inner revert, transient storage, code that contracts create.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.chains import Tx, connect
from boomerang.chains.base import DEV_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains import Chain

ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]

# With one byte of call data: what `assembled` says of writing. Slot 6 is what the transaction found
# in transient slot 3, which it then sets; 1 and 2 are written twice, 1 back to what it was; 7 is
# written as it is; an inner call, which is undone, writes 4; 5 is 1 because that call failed.
WRITE = """
    6003 5c 6006 55
    6001 6003 5d
    6005 6001 55  6000 6001 55
    6009 6002 55  6008 6002 55
    6007 54 6007 55
    6000 6000 6000 6000 6000 30 5a f1  6001 01 6005 55
    00
"""
LOAD = "6000 35 54 6000 52 6020 6000 f3"
UNDO = "6001 6004 55 6000 6000 fd"


def assembled() -> bytes:
    """Write with the call data's size 1, load with 32, else undo."""
    head = "36 6001 14 60{write:02x} 57 36 6020 14 60{load:02x} 57"
    size = len(bytes.fromhex(head.format(write=0, load=0)))
    undo, load = bytes.fromhex(UNDO), bytes.fromhex("5b" + LOAD)
    places = {"load": size + len(undo), "write": size + len(undo) + len(load)}
    write = bytes.fromhex("5b" + WRITE.replace("\n", " "))
    return bytes.fromhex(head.format(**places)) + undo + load + write


def creation(runtime: bytes) -> bytes:
    """The transaction's data that leaves `runtime`, of less than 256 bytes."""
    size = f"60{len(runtime):02x}"
    return bytes.fromhex(f"{size} 600c 6000 39 {size} 6000 f3") + runtime


def maker() -> bytes:
    """Code that creates what its call data say."""
    return bytes.fromhex("36 6000 6000 37 36 6000 6000 f0 6000 52 6020 6000 a0 00")


@pytest.fixture(
    scope="module",
    params=[
        "pyrevm",
        "tester",
        pytest.param("anvil", marks=[pytest.mark.anvil, pytest.mark.network]),
    ],
)
def shared(request: pytest.FixtureRequest) -> Iterator[Chain]:
    chain = connect(request.param)
    yield chain
    chain.close()


@pytest.fixture
def chain(shared: Chain) -> Iterator[Chain]:
    start = shared.snapshot()
    yield shared
    shared.restore(start)


def create(chain: Chain, runtime: bytes) -> str:
    (receipt,) = chain.mine(chain.head().time + 1, [Tx(ALICE, None, creation(runtime))])
    assert receipt.contract is not None
    return receipt.contract


def slots(chain: Chain, target: str) -> list[int]:
    loads = (Tx(BOB, target, number.to_bytes(32, "big")) for number in range(8))
    return [int.from_bytes(chain.call(load), "big") for load in loads]


def test_only_what_was_written_for_good_stays(chain: Chain) -> None:
    target = create(chain, assembled())
    before = chain.snapshot()
    first, second = chain.mine(
        chain.head().time + 1, [Tx(ALICE, target, b"\1"), Tx(BOB, target, b"\1")]
    )
    assert (first.ok, second.ok) == (True, True)
    assert slots(chain, target) == [0, 0, 8, 0, 0, 1, 0, 0]
    (third,) = chain.mine(chain.head().time + 1, [Tx(ALICE, target, b"\1")])
    assert [r.gas_used for r in (first, second, third)] == [94_562, 61_970, 61_970]
    chain.restore(before)
    assert slots(chain, target) == [0] * 8
    (again,) = chain.mine(chain.head().time + 1, [Tx(ALICE, target, b"\1")])
    assert again.gas_used == first.gas_used


@pytest.mark.parametrize(
    "code",
    [b"", b"\0", b"\x5b" * 7 + b"\0" * 5, bytes(range(0x50, 0x70)), b"\x60" * 200],
    ids=len,
)
def test_code_is_what_was_created(chain: Chain, code: bytes) -> None:
    before = chain.snapshot()
    made = create(chain, code)
    assert chain.code(made) == code
    twin = create(chain, code)
    assert twin != made
    assert chain.code(twin) == code
    chain.restore(before)
    assert chain.code(made) == b""
    other = create(chain, b"\x5b" + code)
    assert other == made
    assert chain.code(made) == b"\x5b" + code


def test_contracts_that_contracts_create(chain: Chain) -> None:
    target = create(chain, maker())
    codes = [assembled(), b"\x5b", b"\x5b"]
    receipts = chain.mine(
        chain.head().time + 1, [Tx(BOB, target, creation(code)) for code in codes]
    )
    made = ["0x" + r.logs[0].data[12:].hex() for r in receipts]
    assert len(set(made)) == 3
    assert [chain.code(one) for one in made] == codes
    assert chain.nonce(target) == 4
    assert chain.nonce(made[0]) == 1
    (write,) = chain.mine(chain.head().time + 1, [Tx(ALICE, made[0], b"\1")])
    assert write.ok
    assert slots(chain, made[0])[2] == 8
