"""A signed intent as a relay and a file hold it: message, domain, signature.

The message is as `language.json_form` has it; around it stand where it counts, the maker's
signature, and the hash, which is compared.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from eth_utils.address import to_checksum_address

from boomerang import json_text
from boomerang.errors import InvalidInput
from boomerang.intents.language.errors import MalformedMessage
from boomerang.intents.language.json_form import from_json
from boomerang.intents.message import IntentDomain
from boomerang.relay.messages import Message, SigningDomain, recover, struct

if TYPE_CHECKING:
    from boomerang.intents.message import Intent
    from boomerang.relay.messages import TypedDataSigner

FORMAT: Final = "boomerang-intent/1"
FILE_LIMIT: Final = 64 * 1024
"""Bytes of a signed intent as JSON: twice what the largest program needs."""
SIGNATURE_LIMIT: Final = 4096
"""Bytes of a signature: ERC-1271 wallets sign with more than 65."""
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")


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
    """The signed intent that a file's text holds; Malformed and NotCanonical name what is wrong.

    Whether the signature fits, `check_signature` tells.
    """
    return from_data(read_json(text))


def read_json(text: str | bytes) -> Any:
    """JSON of a size and depth that a signed intent may have. Raises Malformed."""
    raw = text.encode(errors="replace") if isinstance(text, str) else text
    if len(raw) > FILE_LIMIT:
        raise Malformed(f"a signed intent has at most {FILE_LIMIT} bytes, not {len(raw)}")
    try:
        return json_text.loads(raw)
    except json_text.BadJson as error:
        raise Malformed(f"this is not a signed intent: {error}") from None


def from_data(data: Any) -> SignedIntent:
    """From JSON data. Raises Malformed, and NotCanonical for a message that no text has."""
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
    try:
        intent = from_json(_fields("intent", top["intent"]))
    except MalformedMessage as error:
        where = f"intent.{error.where}" if error.where else "intent"
        raise Malformed(f"{where}: {error.why}") from None
    made = SignedIntent(intent, domain, signature)
    if "hash" in top and top["hash"] != f"0x{made.hash.hex()}":
        raise Malformed(f"hash: is not that of the rest, which is 0x{made.hash.hex()}")
    return made


def _fields(where: str, data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Malformed(f"{where}: must be a JSON object")
    fields: dict[str, Any] = data
    return fields


def _object(
    where: str, data: Any, needed: set[str], allowed: frozenset[str] = frozenset()
) -> dict[str, Any]:
    fields = _fields(where or "a signed intent", data)
    prefix = f"{where}." if where else ""
    for field in sorted(needed - data.keys()):
        raise Malformed(f"{prefix}{field}: is missing")
    for field in sorted(data.keys() - needed - allowed):
        raise Malformed(f"{prefix}{field[:60]}: is not a field here")
    return fields


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
    "read",
    "read_json",
    "relay_domain",
    "sign_withdrawal",
]
