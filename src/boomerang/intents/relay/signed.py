"""A signed intent as a relay and a file hold it: message, domain, signature.

Its JSON is strict: exactly the fields of the EIP-712 message, amounts as decimal strings, addresses
with their checksum, so that there is one spelling of everything and the hash can be compared.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from eth_utils.address import to_checksum_address

from boomerang.errors import InvalidInput
from boomerang.intents.message import Branch, Guard, GuardKind, Intent, IntentDomain
from boomerang.relay.messages import Message, SigningDomain, recover, struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.relay.messages import TypedDataSigner

T = TypeVar("T")

FORMAT: Final = "boomerang-intent/1"
FILE_LIMIT: Final = 64 * 1024
"""Bytes of a signed intent as JSON: twice what the largest program needs."""
SIGNATURE_LIMIT: Final = 4096
"""Bytes of a signature: ERC-1271 wallets sign with more than 65."""
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}")
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")
_MOST_BRACKETS = 8 * (3 + 8 + 4 * 2) + 8


class Malformed(InvalidInput):
    """Not a signed intent: what is wrong, by field."""


class WrongDomain(InvalidInput):
    """An intent for another settlement contract, or another chain."""

    def __init__(self, meant: IntentDomain, here: IntentDomain) -> None:
        """`meant` is what the intent says."""
        self.meant = meant
        self.here = here
        super().__init__(
            f"this was signed for the settlement contract {to_checksum_address(meant.settlement)} "
            f"on chain {meant.chain_id}; here is {to_checksum_address(here.settlement)} "
            f"on chain {here.chain_id}"
        )


class WrongSignature(InvalidInput):
    """The signature is not the maker's."""

    def __init__(self, maker: str, recovered: str) -> None:
        """Both checksummed; `recovered` is zero where it is nobody's."""
        self.maker = maker
        self.recovered = recovered
        super().__init__(f"{maker} must sign; the signature is that of {recovered}")


@dataclass(frozen=True, slots=True)
class SignedIntent:
    """An intent, where it counts, and the maker's word for it.

    `signature`: 65 bytes of ECDSA, what an ERC-1271 wallet accepts, or empty where the maker
    approved the hash on chain.
    """

    intent: Intent
    domain: IntentDomain
    signature: bytes = b""

    @property
    def hash(self) -> bytes:
        """The EIP-712 hash, 32 bytes: its name."""
        return self.intent.hash(self.domain)

    @property
    def maker(self) -> str:
        """Checksummed."""
        return str(to_checksum_address(self.intent.maker))

    @classmethod
    def sign(cls, intent: Intent, domain: IntentDomain, signer: TypedDataSigner) -> SignedIntent:
        """Signed with a key. WrongSignature where it is not the maker's."""
        signature = signer.sign_typed_data(domain.typed_data(intent))
        made = cls(intent, domain, signature)
        made.check_signature()
        return made

    @property
    def recovered(self) -> str:
        """Whose key made the signature, checksummed; the zero address where it is nobody's."""
        return recover(self.hash, self.signature)

    def check_signature(self) -> None:
        """Raise WrongSignature unless the maker's own key signed it."""
        if self.recovered != self.maker:
            raise WrongSignature(self.maker, self.recovered)

    def to_data(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "format": FORMAT,
            "hash": f"0x{self.hash.hex()}",
            "domain": {
                "chainId": self.domain.chain_id,
                "settlement": to_checksum_address(self.domain.settlement),
            },
            "intent": self.intent.to_message(),
            "signature": f"0x{self.signature.hex()}",
        }

    def to_json(self) -> str:
        """The file's text. `read` is the inverse."""
        return json.dumps(self.to_data(), indent=2) + "\n"


def read(text: str | bytes) -> SignedIntent:
    """The signed intent that a file's text holds; Malformed names what is wrong.

    Whether the program makes sense, `canonical.check` tells; whether the signature fits,
    `check_signature`.
    """
    return from_data(read_json(text))


def read_json(text: str | bytes) -> Any:
    """JSON of a size and depth that a signed intent may have. Raises Malformed."""
    raw = text.encode(errors="replace") if isinstance(text, str) else text
    if len(raw) > FILE_LIMIT:
        raise Malformed(f"a signed intent has at most {FILE_LIMIT} bytes, not {len(raw)}")
    # Python's parser goes down with a text as deep, and so would the process: it is refused unread.
    if raw.count(b"{") + raw.count(b"[") > _MOST_BRACKETS:
        raise Malformed("this is not a signed intent: too many brackets are opened in it")
    try:
        return json.loads(raw)
    except ValueError as error:
        raise Malformed(f"this is not JSON: {error}") from None


def from_data(data: Any) -> SignedIntent:
    """From JSON data. Raises Malformed."""
    top = _object("", data, {"format", "domain", "intent", "signature"}, frozenset({"hash"}))
    if top["format"] != FORMAT:
        raise Malformed(f"format: must be {FORMAT!r}")
    place = _object("domain", top["domain"], {"chainId", "settlement"})
    chain = place["chainId"]
    if isinstance(chain, bool) or not isinstance(chain, int) or not 0 <= chain < 2**64:
        raise Malformed("domain.chainId: must be a whole number from 0 to 2^64 - 1")
    domain = IntentDomain(chain, _address("domain.settlement", place["settlement"]))
    signature = _hex("signature", top["signature"])
    if len(signature) > SIGNATURE_LIMIT:
        raise Malformed(f"signature: at most {SIGNATURE_LIMIT} bytes, not {len(signature)}")
    made = SignedIntent(intent_from_message(top["intent"]), domain, signature)
    if "hash" in top and top["hash"] != f"0x{made.hash.hex()}":
        raise Malformed(f"hash: is not that of the rest, which is 0x{made.hash.hex()}")
    return made


def intent_from_message(data: Any) -> Intent:
    """The inverse of `Intent.to_message`. Raises Malformed."""
    fields = {"maker", "sell", "amount", "whole", "nonce", "deadline", "branches"}
    top = _object("intent", data, fields)
    if not isinstance(top["whole"], bool):
        raise Malformed("intent.whole: must be true or false")
    branches = [
        _branch(f"intent.branches[{i}]", one)
        for i, one in enumerate(_list("intent.branches", top["branches"]))
    ]
    return _made(
        "intent",
        lambda: Intent(
            maker=_address("intent.maker", top["maker"]),
            sell=_address("intent.sell", top["sell"]),
            amount=_number("intent.amount", top["amount"]),
            branches=tuple(branches),
            whole=top["whole"],
            nonce=_number("intent.nonce", top["nonce"]),
            deadline=_number("intent.deadline", top["deadline"]),
        ),
    )


def _branch(where: str, data: Any) -> Branch:
    top = _object(where, data, {"guards", "buy", "least", "paths"})
    guards = tuple(
        _guard(f"{where}.guards[{i}]", one)
        for i, one in enumerate(_list(f"{where}.guards", top["guards"]))
    )
    paths = []
    for i, one in enumerate(_list(f"{where}.paths", top["paths"])):
        inner = f"{where}.paths[{i}]"
        tokens = _list(f"{inner}.tokens", _object(inner, one, {"tokens"})["tokens"])
        paths.append(tuple(_address(f"{inner}.tokens[{j}]", t) for j, t in enumerate(tokens)))
    buy, least = _address(f"{where}.buy", top["buy"]), _number(f"{where}.least", top["least"])
    return _made(where, lambda: Branch(buy, least, guards, tuple(paths)))


def _guard(where: str, data: Any) -> Guard:
    top = _object(where, data, {"kind", "subject", "limit"})
    kind = top["kind"]
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in list(GuardKind):
        raise Malformed(f"{where}.kind: must be a whole number from 0 to {max(GuardKind):d}")
    subject = _hex(f"{where}.subject", top["subject"])
    limit = _number(f"{where}.limit", top["limit"])
    return _made(where, lambda: Guard(GuardKind(kind), subject, limit))


def _made(where: str, make: Callable[[], T]) -> T:
    """A value whose own constructor may refuse it: say where it stands."""
    try:
        return make()
    except Malformed:
        raise
    except InvalidInput as error:
        raise Malformed(f"{where}: {error}") from None


def _object(
    where: str, data: Any, needed: set[str], allowed: frozenset[str] = frozenset()
) -> dict[str, Any]:
    name = where or "a signed intent"
    if not isinstance(data, dict):
        raise Malformed(f"{name}: must be a JSON object")
    prefix = f"{where}." if where else ""
    for field in sorted(needed - data.keys()):
        raise Malformed(f"{prefix}{field}: is missing")
    for field in sorted(data.keys() - needed - allowed):
        raise Malformed(f"{prefix}{field[:60]}: is not a field here")
    return data


def _list(where: str, data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise Malformed(f"{where}: must be a list")
    return data


def _number(where: str, data: Any) -> int:
    if not isinstance(data, str) or not _DECIMAL.fullmatch(data):
        raise Malformed(f"{where}: must be a decimal string without leading zeros")
    return int(data)


def _hex(where: str, data: Any) -> bytes:
    if not isinstance(data, str) or not _HEX.fullmatch(data):
        raise Malformed(f"{where}: must be 0x and lower-case hexadecimal digits, two a byte")
    return bytes.fromhex(data[2:])


def _address(where: str, data: Any) -> bytes:
    """Only the checksummed spelling: a mistyped digit is found."""
    if not isinstance(data, str) or not re.fullmatch(r"0x[0-9a-fA-F]{40}", data):
        raise Malformed(f"{where}: must be an address: 0x and 40 hex digits")
    if to_checksum_address(data) != data:
        raise Malformed(f"{where}: {data} has a wrong checksum")
    return bytes.fromhex(data[2:])


# ------------------------------------------------------------------------------------ withdrawal


def relay_domain(domain: IntentDomain) -> SigningDomain:
    """For whom requests to relays are signed: no contract reads them."""
    contract = str(to_checksum_address(domain.settlement))
    return SigningDomain("Boomerang Intents Relay", "1", domain.chain_id, contract)


@dataclass(frozen=True, slots=True)
class Withdrawal(Message):
    """The maker asks relays to forget an intent. It cancels nothing: who has the intent may still
    settle it, until its nonce is cancelled on chain.
    """

    type_name: ClassVar[str] = "Withdrawal"
    members: ClassVar[tuple[tuple[str, str], ...]] = struct("bytes32 intent,uint256 deadline")

    intent: bytes
    deadline: int


def sign_withdrawal(
    intent: bytes, deadline: int, domain: IntentDomain, signer: TypedDataSigner
) -> bytes:
    """The signature of a withdrawal, good until `deadline` (Unix seconds, inclusive)."""
    return Withdrawal(intent, deadline).sign(relay_domain(domain), signer)


__all__ = [
    "FILE_LIMIT",
    "FORMAT",
    "Malformed",
    "SignedIntent",
    "Withdrawal",
    "WrongDomain",
    "WrongSignature",
    "from_data",
    "intent_from_message",
    "read",
    "read_json",
    "relay_domain",
    "sign_withdrawal",
]
