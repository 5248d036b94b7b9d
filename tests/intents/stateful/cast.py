"""Who there is: makers with keys, with code, or with both, a solver, a stranger; tokens and pairs.

All of it is put into one EVM, once for each version of the contracts; sequences begin from there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyrevm
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

from boomerang.artifacts import load
from boomerang.intents.message import IntentDomain
from boomerang.intents.model import Env, Settlement, Token, Verifier
from boomerang.intents.pools import sort_tokens
from intents.stateful.encoding import account, call, late, word

ROOT = Path(__file__).resolve().parents[3]
UNISWAP = ROOT / "node_modules" / "@uniswap" / "v2-core" / "build"
CHAIN_ID = 31337
START = 1_800_000_000
GAS = 30_000_000


def _key(number: int) -> tuple[bytes, int]:
    """An address, and the key that it is of. Nothing here is secret."""
    secret = int.from_bytes(keccak(text=f"maker {number}"), "big") >> 1
    return PrivateKey(word(secret)).public_key.to_canonical_address(), secret


SECRETS = dict(_key(number) for number in range(5))
MAKERS = tuple(SECRETS)
CODED = frozenset(MAKERS[3:])
"""Accounts with code (ERC-1271), which have keys all the same."""
SOLVER, STRANGER, DEPLOYER, VIEWER = (bytes([n]) * 20 for n in (0x50, 0x51, 0x52, 0x53))
CALLERS = (*MAKERS, SOLVER)
"""Who call, and have tokens."""

A, B, C, ODD = (bytes([n]) * 20 for n in (0x11, 0x22, 0x33, 0x2A))
TOKENS = (A, B, C, ODD)
NO_TOKEN = b"\x44" * 20
"""There is no code."""
# Prices agree: of little, several paths give the same.
POOLS = (
    (A, B, 10**21, 2 * 10**21),
    (B, C, 6 * 10**8, 4 * 10**8),
    (A, C, 9000, 12_000),
    (B, ODD, 40_000, 10**5),
)
START_BALANCE = 2**111
REGISTRY = b"\x60" * 20

# Answers kept(bytes25) from the slot of the id (2: final, 1: kept), which anybody may write.
_REGISTRY_CODE = bytes.fromhex(
    "60243611601d57600435548060011c60005260011660205260406000f35b6024356004355500"
)


@cache
def mock(name: str, part: str = "deployedBytecode") -> bytes:
    """The code of a contract in contracts/mocks."""
    raw = json.loads((ROOT / "build" / "artifacts" / f"{name}.json").read_text("utf-8"))
    return bytes.fromhex(raw[part].removeprefix("0x"))


@cache
def _uniswap(name: str) -> bytes:
    raw = json.loads((UNISWAP / f"{name}.json").read_text("utf-8"))
    return bytes.fromhex(raw["evm"]["bytecode"]["object"])


PAIR_CODE_HASH = keccak(_uniswap("UniswapV2Pair"))


def hexed(address: bytes) -> str:
    """As pyrevm wants an address."""
    return "0x" + address.hex()


@dataclass(frozen=True)
class Code:
    """The settlement's creation code: what ships, or a variant of it."""

    creation: bytes


@cache
def shipped() -> Code:
    """The settlement that ships."""
    return Code(load("Settlement").bytecode)


class Stage:
    """One EVM with everything deployed, and the model in the same state. Sequences are played on
    it one after another; each leaves it as it was.
    """

    def __init__(self, code: Code) -> None:
        config = pyrevm.CfgEnv(chain_id=CHAIN_ID, limit_contract_code_size=1 << 16)
        self.evm = pyrevm.EVM(env=pyrevm.Env(cfg=config), gas_limit=10**10, spec_id="Cancun")
        self.at(START - 1000)
        for who in (*CALLERS, STRANGER, DEPLOYER):
            self.put(who, b"")
        for who in CODED:
            self.evm.get_code(hexed(who))
            self.put(who, mock("StatefulActor"))
        self.put(VIEWER, mock("StatefulViews"))
        self.put(REGISTRY, _REGISTRY_CODE)
        self.factory = self._deploy(_uniswap("UniswapV2Factory") + account(DEPLOYER))
        arguments = account(REGISTRY) + account(self.factory) + PAIR_CODE_HASH
        self.settlement = self._deploy(code.creation + arguments)
        self.book = self.ask(self.settlement, call("book()"))[12:]
        self.domain = IntentDomain(CHAIN_ID, self.settlement)
        self._model = Settlement(self.domain, self.factory, PAIR_CODE_HASH, lambda *_: False)
        self._open_tokens()
        self._open_pools()
        self.pairs = {self._model.pair(a, b): sort_tokens(a, b) for a, b, _, _ in POOLS}
        self.holders = (*CALLERS, STRANGER, self.settlement, self.book, *self.pairs)

    def model(self, verify: Verifier) -> Settlement:
        """A model of what was deployed."""
        model = self._model.copy()
        model.verify = verify
        return model

    def at(self, time: int) -> None:
        """Go to a second; each is a block."""
        block = pyrevm.BlockEnv(number=time - START + 10_000, timestamp=time, gas_limit=10**10)
        self.evm.set_block_env(block)

    def put(self, who: bytes, code: bytes) -> None:
        """An account with this code, and ether."""
        info = pyrevm.AccountInfo(10**30, 0, keccak(b""), code)  # type: ignore[call-arg, arg-type]
        self.evm.insert_account_info(hexed(who), info)

    def ask(self, to: bytes, data: bytes, sender: bytes = DEPLOYER) -> bytes:
        """A call that must not fail."""
        answer: bytes = self.evm.message_call(hexed(sender), hexed(to), data, 0, GAS)
        return answer

    def _deploy(self, creation: bytes) -> bytes:
        return bytes.fromhex(self.evm.deploy(hexed(DEPLOYER), creation, 0, GAS)[2:])

    def _open_tokens(self) -> None:
        for token in TOKENS:
            if token == ODD:
                creation = mock("StatefulToken", "bytecode")
            else:
                name = late(token[:1].hex().encode())
                offsets = word(0x40) + word(0x40 + len(name))
                creation = load("TestToken").bytecode + offsets + name + name
            made = self._deploy(creation)
            self.put(token, bytes(self.evm.get_code(hexed(made)) or b""))
            self._model.tokens[token] = Token()
            for who in CALLERS:
                self.ask(token, call("mint(address,uint256)", account(who), word(START_BALANCE)))
                approve = call(
                    "approve(address,uint256)", account(self.settlement), word(2**256 - 1)
                )
                self.ask(token, approve, who)
                self._model.mint(token, who, START_BALANCE)
                self._model.allow(token, who)

    def _open_pools(self) -> None:
        for a, b, amount_a, amount_b in POOLS:
            create = call("createPair(address,address)", account(a), account(b))
            pair = self.ask(self.factory, create)[12:]
            for token, amount in ((a, amount_a), (b, amount_b)):
                self.ask(token, call("mint(address,uint256)", account(pair), word(amount)))
            self.ask(pair, call("mint(address)", account(DEPLOYER)))
            made = self._model.add_pool(a, b, amount_a, amount_b, START - 1000)
            if made != pair:
                raise AssertionError("the pair is not where it is looked for")


@cache
def stage(code: Code) -> Stage:
    """The stage of a version of the contracts."""
    return Stage(code)


def env(caller: bytes, time: int) -> Env:
    """A call's environment."""
    return Env(caller, time)


Answer = tuple[bool, bytes, list[Any]]
