"""Call data and logs of the contracts, by hand: an encoder of ABIs takes longer than the call."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from eth_utils.crypto import keccak

from boomerang.intents.model import events

if TYPE_CHECKING:
    from boomerang.intents.batch import Order


class Late(bytes):
    """Something without a fixed size, which stands behind everything that has one."""


def word(value: int) -> bytes:
    """An unsigned integer, a bool, a number of an enum."""
    return value.to_bytes(32, "big")


def account(address: bytes) -> bytes:
    """An address."""
    return address.rjust(32, b"\0")


def late(value: bytes) -> Late:
    """`bytes`, or a string."""
    return Late(word(len(value)) + value + bytes(-len(value) % 32))


def row(*parts: bytes) -> bytes:
    """A tuple, or the arguments of a function."""
    offset = sum(32 if isinstance(part, Late) else len(part) for part in parts)
    head, behind = [], []
    for part in parts:
        if isinstance(part, Late):
            head.append(word(offset))
            behind.append(part)
            offset += len(part)
        else:
            head.append(part)
    return b"".join((*head, *behind))


# ------------------------------------------------------------------------------------ calls


@cache
def selector(signature: str) -> bytes:
    """The first four bytes of a function's or an error's hash."""
    return keccak(text=signature)[:4]


def call(signature: str, *parts: bytes) -> bytes:
    """The call data."""
    return selector(signature) + row(*parts)


def settle(batch: bytes) -> bytes:
    """A batch, as bytes."""
    return call("settle(bytes)", late(batch))


def post(order: Order, hint: int, pops: int) -> bytes:
    """A posting."""
    return call("post(bytes,uint32,uint256)", late(order.encode()), word(hint), word(pops))


# ------------------------------------------------------------------------------------ logs

RawLog = tuple[bool, list[bytes], bytes]
"""Whether the book wrote it, topics, data."""


@cache
def _topic(signature: str) -> bytes:
    return keccak(text=signature)


def raw_log(event: events.Event) -> RawLog:
    """The log that the contracts must write."""
    match event:
        case events.Filled(intent, _, branch, sold, bought):
            topics = [_topic("Filled(bytes32,uint256)"), intent]
            return False, topics, word(branch << 240 | sold << 128 | bought)
        case events.Skipped(leg, reason):
            return False, [_topic("Skipped(uint256,bytes)")], row(word(leg), late(reason))
        case events.Shared(payer, mover, token, gain, paid):
            topics = [_topic("Shared(address,address,address,uint256,uint256)"), account(payer)]
            return False, [*topics, account(mover)], account(token) + word(gain) + word(paid)
        case events.NoncesCancelled(maker, index, bits):
            topics = [_topic("NoncesCancelled(address,uint256,uint256)"), account(maker)]
            return False, [*topics, word(index)], word(bits)
        case events.Approved(maker, intent, approved):
            topics = [_topic("Approved(address,bytes32,bool)"), account(maker), intent]
            return False, topics, word(approved)
        case events.Posted(intent, maker, sell, buy, number, amount, least, deadline):
            kinds = "bytes32,address,address,address,uint32,uint256,uint256,uint256"
            topics = [_topic(f"Posted({kinds})"), intent, account(maker)]
            numbers = (number, amount, least, deadline)
            return True, topics, account(sell) + account(buy) + b"".join(map(word, numbers))
        case events.EntryFilled(sell, buy, number, taker, sold, bought):
            kinds = "address,address,uint32,bytes32,uint256,uint256"
            topics = [_topic(f"EntryFilled({kinds})"), account(sell), account(buy), word(number)]
            return True, topics, taker + word(sold) + word(bought)
        case events.Unlisted(sell, buy, number, why):
            topics = [_topic("Unlisted(address,address,uint32,uint8)"), account(sell)]
            return True, [*topics, account(buy), word(number)], word(why)
        case events.Announced(intent, maker, program):
            topics = [_topic("Announced(bytes32,address,bytes)"), intent, account(maker)]
            return True, topics, row(late(program))
