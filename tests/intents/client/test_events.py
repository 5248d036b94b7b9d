"""Logs as typed events: packed words, addresses as bytes, other contracts' logs passed over."""

from __future__ import annotations

from eth_utils.crypto import keccak

from boomerang.chains import Block, Log, connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.intents.client import events
from boomerang.intents.client.contracts import Contracts, raw
from boomerang.intents.message import MAX_AMOUNT

ALICE, BOB = DEV_ACCOUNTS["alice"], DEV_ACCOUNTS["bob"]
HERE = Block(7, 1_800_000_007)


def word(value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return value.to_bytes(32, "big")
    return (bytes.fromhex(value[2:]) if isinstance(value, str) else value).rjust(32, b"\0")


def log(address: str, signature: str, topics: list[bytes], *data: int | str) -> Log:
    body = b"".join(word(value) for value in data)
    return Log(address, (keccak(text=signature), *topics), body, HERE, 3)


def test_a_fill_is_one_word() -> None:
    contracts = Contracts(connect("pyrevm"), ALICE)
    name = bytes(range(32))
    fill = 7 << 240 | MAX_AMOUNT << 128 | 2**128 - 1
    filled = log(contracts.settlement, "Filled(bytes32,uint256)", [name], fill)
    assert list(contracts.read([filled])) == [
        events.Filled(
            block=HERE,
            index=3,
            intent_hash=name,
            branch=7,
            sold=MAX_AMOUNT,
            bought=2**128 - 1,
        )
    ]


def test_the_books_and_others() -> None:
    contracts = Contracts(connect("pyrevm"), ALICE)
    topics = [word(ALICE), word(BOB), word(9)]
    signature = "Unlisted(address,address,uint32,uint8)"
    gone = log(contracts.book, signature, topics, 2)
    (event,) = contracts.read(
        [
            log(BOB, signature, topics, 1),  # another contract's
            log(contracts.settlement, signature, topics, 1),  # not an event of this one
            gone,
        ]
    )
    assert event == events.Unlisted(
        block=HERE, index=3, sell=raw(ALICE), buy=raw(BOB), number=9, reason=events.Unlisting.OWN
    )


def test_in_the_order_of_the_chain() -> None:
    """Two contracts, one history."""
    contracts = Contracts(connect("pyrevm"), ALICE)
    told = [
        Log(contracts.book, (), b"", Block(2, 2), 1),
        Log(contracts.settlement, (), b"", Block(2, 2), 0),
        Log(contracts.settlement, (), b"", Block(1, 1), 5),
    ]

    class Chain:
        def logs(self, address: str, from_block: int) -> list[Log]:
            return [log for log in told if log.address == address]

    contracts.chain = Chain()  # type: ignore[assignment]
    assert [(log.block.number, log.index) for log in contracts.logs()] == [(1, 5), (2, 0), (2, 1)]
