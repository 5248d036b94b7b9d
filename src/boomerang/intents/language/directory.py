"""What the names of a text stand for: tokens, accounts, commitments, and the pools of two tokens.

Nothing of it is signed: a message holds addresses. Read it from a file or a plain dictionary:

    tokens:
      A: {address: "0x…", decimals: 18}
    accounts: {alice: "0x…"}
    commitments: {promise: "0x…"}       # ids, 25 bytes
    factory: "0x…"                      # of Uniswap V2
    pairCodeHash: "0x…"                 # keccak256 of the creation code of its pairs
    pairs: {A/B: "0x…"}                 # instead of the factory's, for these two tokens
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from eth_utils.address import to_checksum_address

from boomerang.decisions.names import NAME, Names, Resolver
from boomerang.errors import InvalidInput
from boomerang.hashing import keccak
from boomerang.identity import ID_SIZE, address, check_bytes, check_uint
from boomerang.intents.message import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN_NAME: Final = re.compile(r"[A-Za-z_]([A-Za-z0-9_.]|-(?!>))*")
MAX_DECIMALS: Final = 255
_KEYS: Final = ("tokens", "accounts", "commitments", "factory", "pairCodeHash", "pairs")


@dataclass(frozen=True, slots=True)
class Token:
    """An ERC-20 token: `decimals` from 0 to 255, `address` 20 bytes and not zero."""

    name: str
    address: bytes
    decimals: int

    def __post_init__(self) -> None:
        if not TOKEN_NAME.fullmatch(self.name):
            raise InvalidInput(f"{self.name!r} cannot be a token's name: letters, digits, _ . -")
        check_bytes(f"the address of {self.name}", self.address, 20)
        check_uint(f"the decimals of {self.name}", self.decimals, 8)
        if self.address == NOTHING:
            raise InvalidInput(f"the address of {self.name} is zero")


@dataclass(frozen=True)
class Directory:
    """Names and addresses, each token once. `pairs` are explicit ones: by the addresses of their
    tokens, the lower first. InvalidInput for names or addresses that cannot be, or stand twice.
    """

    tokens: tuple[Token, ...] = ()
    accounts: Mapping[str, bytes] = field(default_factory=dict)
    commitments: Resolver = field(default_factory=Names)
    factory: bytes | None = None
    pair_code_hash: bytes | None = None
    pairs: Mapping[tuple[bytes, bytes], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        seen: dict[str | bytes, Token] = {}
        for token in self.tokens:
            for key in (token.name, token.address):
                if key in seen:
                    raise InvalidInput(f"{token.name} and {seen[key].name} are one {_kind(key)}")
                seen[key] = token
        for name, account in self.accounts.items():
            if not NAME.fullmatch(name):
                raise InvalidInput(f"{name!r} cannot be a name: letters, digits, and . _ - inside")
            check_bytes(f"the address of {name}", account, 20)
        if (self.factory is None) != (self.pair_code_hash is None):
            raise InvalidInput("factory and pairCodeHash are given together, or neither is")
        if self.factory is not None and self.pair_code_hash is not None:
            check_bytes("factory", self.factory, 20)
            check_bytes("pairCodeHash", self.pair_code_hash, 32)
        owner: dict[bytes, tuple[bytes, bytes]] = {}
        for (low, high), pair in self.pairs.items():
            check_bytes("a pair", pair, 20)
            if not low < high:
                raise InvalidInput("the two tokens of a pair must differ, the lower address first")
            if pair in owner:
                raise InvalidInput(f"{to_checksum_address(pair)} cannot be the pair of two pools")
            owner[pair] = (low, high)

    # -------------------------------------------------------------------------------------- lookups

    @cached_property
    def _by_name(self) -> dict[str, Token]:
        return {token.name: token for token in self.tokens}

    @cached_property
    def _by_address(self) -> dict[bytes, Token]:
        return {token.address: token for token in self.tokens}

    @cached_property
    def _account_names(self) -> dict[bytes, str]:
        return {account: name for name, account in sorted(self.accounts.items(), reverse=True)}

    def token(self, name: str) -> Token | None:
        """The token of this name."""
        return self._by_name.get(name)

    def token_at(self, address: bytes) -> Token | None:
        """The token with this address."""
        return self._by_address.get(address)

    def account_name(self, address: bytes) -> str | None:
        """The name of an account, the first in the alphabet of several."""
        return self._account_names.get(address)

    def near_token(self, name: str) -> str | None:
        """The token's name that is nearest to a mistyped one."""
        return near(name, self._by_name)

    def near_account(self, name: str) -> str | None:
        """The account's name that is nearest to a mistyped one."""
        return near(name, self.accounts)

    # ---------------------------------------------------------------------------------------- pools

    def pair(self, a: Token | bytes, b: Token | bytes) -> bytes:
        """The address of the pool of two tokens, in either order: the explicit one, else what the
        factory's CREATE2 gives. InvalidInput where neither is known, or the two are one.
        """
        first, second = (token.address if isinstance(token, Token) else token for token in (a, b))
        if first == second:
            raise InvalidInput("a token has no pool with itself")
        low, high = sorted((first, second))
        if (low, high) in self.pairs:
            return self.pairs[low, high]
        if self.factory is None or self.pair_code_hash is None:
            raise InvalidInput("the directory has no factory, and no pair of these two tokens")
        salt = keccak(low + high)
        return keccak(b"\xff" + self.factory + salt + self.pair_code_hash)[12:]

    def pair_tokens(self, pair: bytes) -> tuple[Token, Token] | None:
        """The two tokens of a pool, as the pair orders them, if both are in the directory."""
        return self._pools.get(pair)

    @cached_property
    def _pools(self) -> dict[bytes, tuple[Token, Token]]:
        ordered = sorted(self.tokens, key=lambda token: token.address)
        known = self.factory is not None
        return {
            self.pair(low, high): (low, high)
            for low, high in combinations(ordered, 2)
            if known or (low.address, high.address) in self.pairs
        }

    # ---------------------------------------------------------------------------------------- files

    @classmethod
    def load(cls, path: Path | str) -> Directory:
        """A YAML or JSON file. InvalidInput names what is wrong in it."""
        try:
            data = yaml.safe_load(Path(path).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise InvalidInput(f"the directory {path} cannot be read: {error}") from None
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Any) -> Directory:
        """A plain dictionary, as above. InvalidInput names the key that is wrong."""
        data = _mapping("a directory", data, _KEYS)
        tokens = tuple(
            _token(name, entry) for name, entry in _mapping("tokens", data.get("tokens")).items()
        )
        by_name = {token.name: token.address for token in tokens}
        accounts = _mapping("accounts", data.get("accounts"))
        commitments = _mapping("commitments", data.get("commitments"))
        factory, code = data.get("factory"), data.get("pairCodeHash")
        return cls(
            tokens,
            {name: _address(f"accounts.{name}", value) for name, value in accounts.items()},
            Names({n: _hex(f"commitments.{n}", v, ID_SIZE) for n, v in commitments.items()}),
            None if factory is None else _address("factory", factory),
            None if code is None else _hex("pairCodeHash", code, 32),
            _pairs(_mapping("pairs", data.get("pairs")), by_name),
        )

    def to_dict(self) -> dict[str, Any]:
        """What `from_dict` reads. Pairs of tokens that are not listed are left out."""
        data: dict[str, Any] = {
            "tokens": {
                token.name: {
                    "address": to_checksum_address(token.address),
                    "decimals": token.decimals,
                }
                for token in self.tokens
            },
            "accounts": {name: to_checksum_address(value) for name, value in self.accounts.items()},
            "commitments": {n: f"0x{i.hex()}" for n, i in self.commitments.names().items()},
        }
        if self.factory is not None and self.pair_code_hash is not None:
            data["factory"] = to_checksum_address(self.factory)
            data["pairCodeHash"] = f"0x{self.pair_code_hash.hex()}"
        names = {token.address: token.name for token in self.tokens}
        data["pairs"] = {
            f"{names[low]}/{names[high]}": to_checksum_address(pair)
            for (low, high), pair in self.pairs.items()
            if low in names and high in names
        }
        return data


def near(name: str, known: Mapping[str, object]) -> str | None:
    """The nearest of some names to a mistyped one, whatever the case; None if none is near."""
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return lowered[close[0]] if close else None


def _kind(key: str | bytes) -> str:
    return "name" if isinstance(key, str) else "address"


def _mapping(what: str, value: Any, keys: tuple[str, ...] | None = None) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(f"{what} must be a mapping, not {type(value).__name__}")
    for key in value:
        if not isinstance(key, str):
            raise InvalidInput(f"a key of {what} must be text, not {key!r}")
        if keys is not None and key not in keys:
            meant = near(key, dict.fromkeys(keys))
            hint = f"; did you mean {meant!r}?" if meant else ""
            raise InvalidInput(f"{what} has no {key!r}{hint}")
    return value


def _token(name: str, entry: Any) -> Token:
    entry = _mapping(f"tokens.{name}", entry, ("address", "decimals"))
    for key in ("address", "decimals"):
        if key not in entry:
            raise InvalidInput(f"tokens.{name} has no {key}")
    return Token(name, _address(f"tokens.{name}.address", entry["address"]), entry["decimals"])


def _address(what: str, value: Any) -> bytes:
    spelling = _text(what, value)
    try:
        return bytes.fromhex(address(spelling)[2:])
    except InvalidInput as error:
        raise InvalidInput(f"{what}: {error}") from None


def _hex(what: str, value: Any, size: int) -> bytes:
    digits = _text(what, value)
    if not re.fullmatch(rf"0x[0-9a-fA-F]{{{2 * size}}}", digits):
        raise InvalidInput(f"{what}: {digits!r} is not 0x and {2 * size} hex digits")
    return bytes.fromhex(digits[2:])


def _text(what: str, value: Any) -> str:
    if isinstance(value, int):
        raise InvalidInput(f"{what}: YAML reads a bare 0x… as a number; put it in quotes")
    if not isinstance(value, str):
        raise InvalidInput(f"{what} must be text, not {type(value).__name__}")
    return value


def _pairs(data: dict[str, Any], tokens: Mapping[str, bytes]) -> dict[tuple[bytes, bytes], bytes]:
    pairs: dict[tuple[bytes, bytes], bytes] = {}
    for name, value in data.items():
        parts = name.split("/")
        if len(parts) != 2 or parts[0] == parts[1]:
            raise InvalidInput(f"pairs.{name} must be named by two tokens, as A/B")
        for part in parts:
            if part not in tokens:
                raise InvalidInput(f"pairs.{name}: there is no token {part!r}")
        low, high = sorted(tokens[part] for part in parts)
        if (low, high) in pairs:
            raise InvalidInput(f"pairs.{name} stands there twice")
        pairs[low, high] = _address(f"pairs.{name}", value)
    return pairs
