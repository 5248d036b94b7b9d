"""A program as bytes: what `announce` says aloud. ABI encoding of what is signed, so that whoever
reads it can compute the hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eth_utils.address import to_checksum_address

from boomerang.client.abi import Arguments, UnexpectedAnswer
from boomerang.errors import InvalidInput
from boomerang.intents.message import Branch, Guard, GuardKind, Intent

if TYPE_CHECKING:
    from boomerang.intents.client.events import Announced
    from boomerang.intents.message import IntentDomain

_GUARDS = "(uint8,bytes32,uint256)[]"
_BRANCHES = f"({_GUARDS},address,uint256,(address[])[])[]"
_PROGRAM: Final = Arguments(
    {"name": "", "type": kind}
    for kind in ("address", "address", "uint256", "bool", "uint256", "uint256", _BRANCHES)
)


class NotAProgram(InvalidInput):
    """What was announced is no program, or not the one of its hash."""


def encode(intent: Intent) -> bytes:
    """The program as bytes."""
    return _PROGRAM.encode(
        (
            str(to_checksum_address(intent.maker)),
            str(to_checksum_address(intent.sell)),
            intent.amount,
            intent.whole,
            intent.nonce,
            intent.deadline,
            [
                (
                    [(int(guard.kind), guard.subject, guard.limit) for guard in branch.guards],
                    str(to_checksum_address(branch.buy)),
                    branch.least,
                    [([str(to_checksum_address(t)) for t in path],) for path in branch.paths],
                )
                for branch in intent.branches
            ],
        )
    )


def decode(program: bytes) -> Intent:
    """The program. Raises NotAProgram."""
    try:
        maker, sell, amount, whole, nonce, deadline, branches = _PROGRAM.decode(program)
        return Intent(
            _raw(maker),
            _raw(sell),
            amount,
            tuple(
                Branch(
                    _raw(buy),
                    least,
                    tuple(
                        Guard(GuardKind(kind), subject, limit) for kind, subject, limit in guards
                    ),
                    tuple(tuple(_raw(token) for token in tokens) for (tokens,) in paths),
                )
                for guards, buy, least, paths in branches
            ),
            whole,
            nonce,
            deadline,
        )
    except (UnexpectedAnswer, InvalidInput, ValueError) as error:
        raise NotAProgram(f"this is no program: {error}") from None


def announced(event: Announced, domain: IntentDomain) -> Intent:
    """The program that was announced, where it is the one of the hash and its maker's. Raises
    NotAProgram.
    """
    intent = decode(event.program)
    if intent.hash(domain) != event.intent_hash:
        raise NotAProgram(f"the program is not the one of 0x{event.intent_hash.hex()}")
    if intent.maker != event.maker:
        raise NotAProgram(f"0x{event.maker.hex()} announced a program of 0x{intent.maker.hex()}")
    return intent


def _raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


__all__ = ["NotAProgram", "announced", "decode", "encode"]
