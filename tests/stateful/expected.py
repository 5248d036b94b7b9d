"""What the contracts must log and refuse with, for what the model says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_utils.crypto import keccak

from boomerang.errors import UnknownRevert
from boomerang.model import events
from stateful.calls import ENFORCER, GROUPS, REGISTRY, account, left, tail, word

if TYPE_CHECKING:
    from boomerang.errors import ChainError


def _topic(signature: str) -> bytes:
    return keccak(text=signature)


_PUBLISHED = _topic("Published(bytes25,address,bytes32,uint256,bytes)")
_DRAWN = _topic("Drawn(bytes25,uint32)")
_SEALED = _topic("Sealed(bytes25,uint256)")
_SEAL_DATA = _topic("SealData(bytes25,bytes)")
_REVOKED = _topic("Revoked(bytes25)")
_EXPOSED = _topic("Exposed(bytes25,address,uint256,bytes)")
_OPENED_KEEP = _topic("OpenedKeep(bytes25)")
_OPENED = _topic("Opened(bytes25,uint8,bytes)")
_RESOLVED = _topic("Resolved(bytes25,uint8)")
_OFFERED = _topic("Offered(bytes25,bytes25,bytes25,uint8)")
_DECLINED = _topic("Declined(bytes25,bytes25)")
_DECLINED_ALL = _topic("DeclinedAll(bytes25)")
_CREDITED = _topic("Credited(address,uint256)")
_WITHDRAWN = _topic("Withdrawn(address,address,uint256)")
_JOINED = _topic("Joined(bytes32,bytes25,bytes25[])")
_COMPLETED = _topic("Completed(bytes32,bytes25,uint8,uint96)")
_GROUP_RESOLVED = _topic("GroupResolved(bytes32,uint256)")
_EXECUTED = _topic("Executed(bytes25,address,uint256)")
_REFUNDED = _topic("Refunded(bytes25,address)")
_RETRIED = _topic("Retried(bytes25,uint256)")
_RELEASED = _topic("Released(bytes25,uint256,address)")
_ESCROW_CREDITED = _topic("Credited(address,address,uint256)")
_ESCROW_WITHDRAWN = _topic("Withdrawn(address,address,address,uint256)")

RawLog = tuple[str, list[bytes], bytes]
"""Which contract, topics, data."""


def raw_log(event: events.Event) -> RawLog:
    """The log that the contracts must write."""
    found = _of_registry(event)
    if found is not None:
        return REGISTRY, *found
    found = _of_groups(event)
    if found is not None:
        return GROUPS, *found
    return ENFORCER, *_of_enforcer(event)


def _of_registry(event: events.Event) -> tuple[list[bytes], bytes] | None:
    match event:
        case events.Published(id, committer, topic, stake, body):
            indexed = [_PUBLISHED, left(id), account(committer), topic]
            return indexed, word(stake) + word(0x40) + tail(body)
        case events.Drawn(id, draw):
            return [_DRAWN, left(id)], word(draw)
        case events.Sealed(id, record):
            return [_SEALED, left(id)], word(record)
        case events.SealData(id, extra):
            return [_SEAL_DATA, left(id)], word(0x20) + tail(extra)
        case events.Revoked(id):
            return [_REVOKED, left(id)], b""
        case events.Exposed(id, exposer, reward, decision):
            data = word(reward) + word(0x40) + tail(decision)
            return [_EXPOSED, left(id), account(exposer)], data
        case events.OpenedKeep(id):
            return [_OPENED_KEEP, left(id)], b""
        case events.Opened(id, phase, decision):
            return [_OPENED, left(id)], word(phase) + word(0x40) + tail(decision)
        case events.Resolved(id, phase):
            return [_RESOLVED, left(id)], word(phase)
        case events.Offered(offering, target, floor, depth):
            return [_OFFERED, left(offering), left(target)], left(floor) + word(depth)
        case events.Declined(offering, target):
            return [_DECLINED, left(target)], left(offering)
        case events.DeclinedAll(target):
            return [_DECLINED_ALL, left(target)], b""
        case events.Credited(who, amount):
            return [_CREDITED, account(who)], word(amount)
        case events.Withdrawn(who, to, amount):
            return [_WITHDRAWN, account(who), account(to)], word(amount)
        case _:
            return None


def _of_groups(event: events.Event) -> tuple[list[bytes], bytes] | None:
    match event:
        case events.Joined(group, id, ids):
            data = word(0x20) + word(len(ids)) + b"".join(left(i) for i in ids)
            return [_JOINED, group, left(id)], data
        case events.Completed(group, floor, depth, cover):
            return [_COMPLETED, group], left(floor) + word(depth) + word(cover)
        case events.GroupResolved(group, kept):
            return [_GROUP_RESOLVED, group], word(kept)
        case _:
            return None


def _of_enforcer(event: events.Event) -> tuple[list[bytes], bytes]:
    match event:
        case events.Executed(id, executor, failed):
            return [_EXECUTED, left(id), account(executor)], word(failed)
        case events.Refunded(id, executor):
            return [_REFUNDED, left(id), account(executor)], b""
        case events.Retried(id, index):
            return [_RETRIED, left(id)], word(index)
        case events.Released(id, index, to):
            return [_RELEASED, left(id), account(to)], word(index)
        case events.EscrowCredited(who, token, amount):
            return [_ESCROW_CREDITED, account(who), account(token)], word(amount)
        case events.EscrowWithdrawn(who, token, to, amount):
            indexed = [_ESCROW_WITHDRAWN, account(who), account(token), account(to)]
            return indexed, word(amount)
        case _:
            raise AssertionError(event)


_PACKERS = {
    "bytes25": left,
    "bytes32": left,
    "uint256": word,
    "uint8": word,
    "uint96": word,
    "address": account,
}


def raw_error(error: ChainError) -> bytes:
    """The revert data that the contract must answer with."""
    if isinstance(error, UnknownRevert):
        return error.data
    arguments = zip(error.abi, error.values, strict=True)
    return error.selector + b"".join(_PACKERS[kind](value) for (kind, _), value in arguments)  # type: ignore[operator]


def answered(*words: bytes) -> bytes:
    """What `StatefulViews` makes of an answer."""
    return b"\1" + b"".join(words)


def refused(error: ChainError) -> bytes:
    """What `StatefulViews` makes of a refusal."""
    return b"\0" + raw_error(error)


ZERO, ONE = word(0), word(1)
