"""Who there is: accounts, tokens and targets at fixed addresses, and what the latter do.

Four owners publish, each a plain key or an account with code. Erin is a bystander with a plain key,
who also relays; Frank one with code, who takes no ether; a stranger only receives. Of two targets
one always does what it is told, the other fails when it is told to.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pyrevm
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from boomerang.artifacts import load
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.errors import UnknownRevert
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Token
from stateful.calls import tail, word

ROOT = Path(__file__).resolve().parents[2]
CHAIN_ID = 31337
START_BALANCE = 10**30
FOREVER = 1 << 40  # seconds
GHOST = b"\xee" * 25  # an id that nobody publishes


def _address(byte: int) -> str:
    return str(to_checksum_address(bytes([byte]) * 20))


OWNERS = tuple(DEV_ACCOUNTS[name] for name in ("alice", "bob", "carol", "dave"))
ERIN = DEV_ACCOUNTS["erin"]
FRANK = DEV_ACCOUNTS["frank"]
STRANGER = _address(0x99)
VIEWER = _address(0x77)

GOLD, SILVER, ODD = _address(0x60), _address(0x61), _address(0x62)
NO_TOKEN = _address(0x63)  # there is no code
TOKENS = (GOLD, SILVER, ODD)
ASSETS = (ZERO_ADDRESS, *TOKENS)
WORKS, FAILS = _address(0x50), _address(0x51)
TARGETS = (WORKS, FAILS)

ACCOUNTS = (*OWNERS, ERIN, FRANK)
HOLDERS = (*ACCOUNTS, STRANGER, *TARGETS)  # whose balances are compared

# What each owner has of a token at first, and lets the enforcer move.
START_TOKENS = {GOLD: 10**24, SILVER: 1500, ODD: 10**24}
START_ALLOWANCES = {GOLD: (1 << 256) - 1, SILVER: 700, ODD: 10**20}

PLAIN, TAKES, REFUSES, BURNS = "plain", "takes", "refuses", "burns"
MANNERS = {TAKES: 0, REFUSES: 1, BURNS: 2}  # of an account with code

NOTE, TAKE = (keccak(text=name)[:4] for name in ("note(bytes)", "take(address,uint256)"))
TARGET_GAS = 200_000  # enough for any call of a target

# How the odd token may behave (contracts/mocks/StatefulToken.sol).
ORDINARY, CLOSED, SILENT, CHARGING = range(4)
_REFUSED = UnknownRevert(keccak(text="StatefulToken_Refused()")[:4])


class _Everybody(frozenset[str]):
    """The set of all accounts."""

    def __contains__(self, _account: object) -> bool:
        return True


def odd_token(manner: int, watched: str) -> Token:
    """The model's token for these manners."""
    match manner:
        case 1:
            return Token(_Everybody(), _REFUSED)
        case 2:
            return Token(_Everybody())
        case 3:
            return Token(fee=100)
        case _:
            return Token(frozenset({watched} - {ZERO_ADDRESS}), _REFUSED)


@cache
def mock(name: str, part: str = "deployedBytecode") -> bytes:
    """The code of a contract in contracts/mocks."""
    raw = json.loads((ROOT / "build" / "artifacts" / f"{name}.json").read_text("utf-8"))
    return bytes.fromhex(raw[part].removeprefix("0x"))


@cache
def token_code(address: str) -> bytes:
    """The code of a token once it is deployed: its name is part of it."""
    evm = pyrevm.EVM(gas_limit=10**10, spec_id="Cancun")
    if address == ODD:
        creation = mock("StatefulToken", "bytecode")
    else:
        name = tail(token_name(address).encode())
        creation = load("TestToken").bytecode + word(0x40) + word(0x40 + len(name)) + name + name
    made = evm.deploy(VIEWER, creation, 0, 30_000_000)
    return bytes(evm.get_code(made) or b"")


def token_name(address: str) -> str:
    """Its name, which its permits' signatures cover."""
    return {GOLD: "Gold", SILVER: "Silver", ODD: "Odd"}[address]
