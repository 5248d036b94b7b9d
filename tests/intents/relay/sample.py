"""Intents to try a relay with."""

from __future__ import annotations

import secrets
from typing import Any

from eth_account import Account

from boomerang.chains.signers import LocalSigner
from boomerang.intents.message import Branch, Guard, GuardKind, Intent, IntentDomain
from boomerang.intents.relay.signed import SignedIntent

DOMAIN = IntentDomain(31337, bytes([0xEE]) * 20)
A, B, C, D = (bytes([n]) * 20 for n in (0xA1, 0xB2, 0xC3, 0xD4))
EXISTS = Guard(GuardKind.EXISTS)
NOW = 1_800_000_000


def key(number: int) -> LocalSigner:
    return LocalSigner(Account.from_key(number.to_bytes(32, "big")))


ALICE, BOB = key(1), key(2)


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def intent(maker: Any = ALICE, **changes: Any) -> Intent:
    fields: dict[str, Any] = {
        "maker": raw(maker.address),
        "sell": A,
        "amount": 500,
        "branches": (Branch(D, 5, (EXISTS,)),),
        "whole": False,
        "nonce": secrets.randbits(64),
        "deadline": NOW + 1000,
    }
    return Intent(**{**fields, **changes})


def signed(maker: Any = ALICE, **changes: Any) -> SignedIntent:
    return SignedIntent.sign(intent(maker, **changes), DOMAIN, maker)
