"""Signed requests, with all that a relayer needs to send them, and as JSON files.

Whoever holds a request may send it; nothing in it is secret, and nothing in it can be changed. A
file that is damaged, or was made for another registry, is refused by name before anything is sent.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel

from boomerang import json_text
from boomerang.content import Content, content_hash
from boomerang.errors import InvalidInput, MalformedGroup, SignatureExpired, WrongSigner
from boomerang.groups import group_id
from boomerang.identity import NO_ID, Domain, Key
from boomerang.identity import address as checksummed
from boomerang.model import part_address
from boomerang.relay import messages
from boomerang.relay.messages import Message, SigningDomain, TypedDataSigner

FORMAT: Final = "boomerang-relay/1"
FILE_LIMIT: Final = 1 << 20
"""Bytes of a request's file: many times the longest content."""


class MalformedRequest(InvalidInput):
    """Not a request: what is wrong, by field."""


class WrongPlace(InvalidInput):
    """A request for another registry, or another chain."""

    def __init__(self, meant: Domain, here: Domain) -> None:
        self.meant = meant
        self.here = here
        super().__init__(
            f"this was signed for the registry {meant.registry} on chain {meant.chain_id}; "
            f"here is {here.registry} on chain {here.chain_id}"
        )


# ----------------------------------------------------------------------------- shapes of fields


def _hex(size: int | None = None) -> BeforeValidator:
    def read(value: object) -> bytes:
        if isinstance(value, str):
            try:
                value = bytes.fromhex(value[2:]) if value[:2] == "0x" else None
            except ValueError:
                value = None
        if not isinstance(value, bytes):
            raise ValueError("must be 0x and hexadecimal digits")
        if size is not None and len(value) != size:
            raise ValueError(f"must be {size} bytes, not {len(value)}")
        return value

    return BeforeValidator(read)


def _uint(bits: int) -> BeforeValidator:
    def read(value: object) -> int:
        if isinstance(value, str) and value[:2] == "0x":
            try:
                value = int(value[2:], 16)
            except ValueError:
                value = None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << bits:
            raise ValueError(f"must be a whole number from 0 to 2^{bits} - 1")
        return value

    return BeforeValidator(read)


def _address(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be an address: 0x and 40 hex digits")
    try:
        return checksummed(value)
    except InvalidInput as error:
        raise ValueError(str(error)) from None


def _number(value: int) -> int | str:
    """What JSON's readers would round is written in hexadecimal."""
    return hex(value) if value >= 1 << 53 else value


_AS_HEX = PlainSerializer(lambda value: "0x" + value.hex(), when_used="json")
_AS_WORD = PlainSerializer(hex, when_used="json")
_AS_NUMBER = PlainSerializer(_number, when_used="json")

Address = Annotated[str, BeforeValidator(_address)]
Bytes = Annotated[bytes, _hex(), _AS_HEX]
Id = Annotated[bytes, _hex(25), _AS_HEX]
Seal = Annotated[bytes, _hex(23), _AS_HEX]
Word = Annotated[bytes, _hex(32), _AS_HEX]
Depth = Annotated[int, _uint(8), _AS_NUMBER]
Uint = Annotated[int, _uint(256), _AS_NUMBER]
StakeWord = Annotated[int, _uint(256), _AS_WORD]


# ----------------------------------------------------------------------------------- requests


class Request(BaseModel):
    """A signed request. `deadline` is the last second in which it is good, `signature` empty until
    it is signed. Subclasses say what is asked for.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )

    contract: ClassVar[str] = "Boomerang"
    """Which of a registry's contracts takes it."""
    function: ClassVar[str]
    smart_accounts: ClassVar[bool]
    """Whether the signature may be a smart account's (ERC-1271)."""

    chain_id: Uint
    registry: Address
    committer: Address
    stake: StakeWord
    deadline: Uint
    signature: Bytes = b""

    @property
    def place(self) -> Domain:
        """The registry that it is for."""
        return Domain(self.chain_id, self.registry)

    @property
    def key(self) -> Key:
        """The key of the commitment that it is about."""
        raise NotImplementedError

    @property
    def id(self) -> bytes:
        """The id of the commitment that it is about, 25 bytes."""
        return self.place.commitment_id(self.key)

    @property
    def message(self) -> Message:
        """What is signed."""
        raise NotImplementedError

    @property
    def domain(self) -> SigningDomain:
        """For whom it is signed."""
        return SigningDomain.of_registry(self.place)

    def arguments(self) -> tuple[Any, ...]:
        """What the contract's function takes, as ABI values."""
        raise NotImplementedError

    def value(self, fee: int) -> int:
        """Wei to be sent along, where the registry's fee is `fee`."""
        del fee
        return 0

    def sign(self, signer: TypedDataSigner) -> Self:
        """The same, signed. WrongSigner where the key is not the committer's; a smart account's
        signature is made by its own means, and set by `model_copy(update={"signature": …})`.
        """
        signature = self.message.sign(self.domain, signer)
        signed = self.model_copy(update={"signature": signature})
        signed.check_signer()
        return signed

    def check_signer(self) -> None:
        """Raise WrongSigner unless the committer's own key signed this, as it is."""
        recovered = self.message.recover(self.domain, self.signature)
        if recovered != self.committer:
            raise WrongSigner(self.committer, recovered)

    def check(self, here: Domain, now: int, committer_has_code: bool = False) -> None:
        """Raise what the chain would refuse it for, as far as the request alone tells: WrongPlace,
        SignatureExpired (`now` in Unix seconds), WrongSigner.

        Whether code accepts a signature (ERC-1271) only the chain can tell.
        """
        if self.place != here:
            raise WrongPlace(self.place, here)
        if now > self.deadline:
            raise SignatureExpired(self.deadline, now)
        if not (self.smart_accounts and committer_has_code):
            self.check_signer()

    @model_validator(mode="before")
    @classmethod
    def _without_id(cls, data: Any) -> Any:
        """The id is written for people; it is read by `parse`, which compares it."""
        if isinstance(data, dict):
            return {name: value for name, value in data.items() if name not in ("id", "format")}
        return data

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        try:
            _ = self.key
            _ = self.message
        except InvalidInput as error:
            raise ValueError(str(error)) from None
        return self

    def to_json(self) -> str:
        """The file's text. `read` is the inverse."""
        body = self.model_dump(mode="json", by_alias=True)
        head = {"format": FORMAT, "action": body.pop("action"), "id": "0x" + self.id.hex()}
        return json.dumps({**head, **body}, indent=2) + "\n"


class PublishRequest(Request):
    """Publish. Who sends it pays bond, fee and the escrow's ether, and sees none of it again: it
    goes back to the committer, or to whom the clauses say.
    """

    function = "publishFor"
    smart_accounts = True

    action: Literal["publish"] = "publish"
    topic: Word
    body: Bytes
    funding: Bytes = b""

    @property
    def content(self) -> Content:
        """What is published. MalformedClauses where the body is not what the stake's flag says."""
        return Content.decode(self.topic, self.body, self.key.has_clauses)

    @property
    def key(self) -> Key:
        """Of the commitment to be."""
        return Key.from_stake(self.committer, self.stake, content_hash(self.topic, self.body))

    @property
    def message(self) -> Message:
        """What is signed; the funding is not, it has signatures of its own."""
        return messages.PublishRequest(self.stake, self.topic, self.body, self.deadline)

    @property
    def ether(self) -> int:
        """Wei of the escrow, which come on top of bond and fee."""
        clauses = self.content.clauses
        return clauses.escrowed_ether if clauses else 0

    def value(self, fee: int) -> int:
        """Wei to be sent along, where the registry's fee is `fee`."""
        return self.key.bond + fee + self.ether

    def arguments(self) -> tuple[Any, ...]:
        """What the contract's function takes, as ABI values."""
        content = (self.stake, self.topic, self.body, self.funding)
        return (self.committer, *content, self.deadline, self.signature)


class OnCommitment(Request):
    """A request about a commitment that is published."""

    content_hash: Word

    @property
    def key(self) -> Key:
        """Of the commitment."""
        return Key.from_stake(self.committer, self.stake, self.content_hash)

    @property
    def key_values(self) -> tuple[str, int, bytes]:
        """The key as the ABI takes it."""
        return (self.committer, self.stake, self.content_hash)


class SealRequest(OnCommitment):
    """Seal. The seal hides the decision; the opening stays with the committer."""

    function = "sealFor"
    smart_accounts = False

    action: Literal["seal"] = "seal"
    seal: Seal
    extra: Bytes = b""

    @property
    def message(self) -> Message:
        """What is signed."""
        return messages.SealRequest(self.id, self.seal, self.extra, self.deadline)

    def arguments(self) -> tuple[Any, ...]:
        """What the contract's function takes, as ABI values."""
        return (self.key_values, self.seal, self.extra, self.deadline, self.signature)


class RevokeRequest(OnCommitment):
    """Revoke. The bond goes to the committer."""

    function = "revokeFor"
    smart_accounts = False

    action: Literal["revoke"] = "revoke"

    @property
    def message(self) -> Message:
        """What is signed."""
        return messages.RevokeRequest(self.id, self.deadline)

    def arguments(self) -> tuple[Any, ...]:
        """What the contract's function takes, as ABI values."""
        return (self.key_values, self.deadline, self.signature)


class OfferRequest(OnCommitment):
    """Offer to an earlier commitment, provided that exactly this floor and depth are recorded."""

    function = "offerFor"
    smart_accounts = True

    action: Literal["offer"] = "offer"
    target: Id
    floor: Id
    depth: Depth

    @property
    def message(self) -> Message:
        """What is signed."""
        bound = (self.target, self.floor, self.depth)
        return messages.OfferRequest(self.id, *bound, self.deadline)

    def arguments(self) -> tuple[Any, ...]:
        """What the contract's function takes, as ABI values."""
        bound = (self.target, self.floor, self.depth)
        return (self.key_values, *bound, self.deadline, self.signature)


class DeclineRequest(OnCommitment):
    """Decline the offer of `offering`, or with `NO_ID` all offers."""

    function = "declineFor"
    smart_accounts = True

    action: Literal["decline"] = "decline"
    offering: Id = NO_ID

    @property
    def message(self) -> Message:
        """What is signed."""
        return messages.DeclineRequest(self.id, self.offering, self.deadline)

    def arguments(self) -> tuple[Any, ...]:
        """What the contract's function takes, as ABI values."""
        return (self.key_values, self.offering, self.deadline, self.signature)


class JoinRequest(OnCommitment):
    """Join the group of exactly `ids`, ascending. The registry's groups take it."""

    contract = "Groups"
    function = "joinFor"
    smart_accounts = True

    action: Literal["join"] = "join"
    ids: tuple[Id, ...]

    @property
    def domain(self) -> SigningDomain:
        """For whom it is signed."""
        return SigningDomain.of_groups(self.chain_id, part_address(self.registry, 2))

    @property
    def message(self) -> Message:
        """What is signed."""
        if self.id not in self.ids:
            raise InvalidInput("the commitment itself must be one of the group's members")
        try:
            return messages.JoinRequest(self.id, group_id(self.ids), self.deadline)
        except MalformedGroup:
            message = "a group has 2 to 8 members, each once, in ascending order"
            raise InvalidInput(message) from None

    def arguments(self) -> tuple[Any, ...]:
        """What the contract's function takes, as ABI values."""
        return (self.key_values, list(self.ids), self.deadline, self.signature)


Relayed = PublishRequest | SealRequest | RevokeRequest | OfferRequest | DeclineRequest | JoinRequest

_ANY: TypeAdapter[Relayed] = TypeAdapter(Annotated[Relayed, Field(discriminator="action")])
ACTIONS: Final = ("publish", "seal", "revoke", "offer", "decline", "join")


def read(text: str | bytes) -> Relayed:
    """The request that a file's text holds. MalformedRequest says which field is wrong, and why.

    Whether the signature fits, `check` tells.
    """
    if isinstance(text, str):
        text = text.encode(errors="replace")
    if len(text) > FILE_LIMIT:
        raise MalformedRequest(f"a request has at most {FILE_LIMIT} bytes, not {len(text)}")
    try:
        data = json_text.loads(text)
    except json_text.BadJson as error:
        raise MalformedRequest(f"this is not a request: {error}") from None
    if not isinstance(data, dict):
        raise MalformedRequest("this is not a request: a JSON object is expected")
    if data.get("format") != FORMAT:
        raise MalformedRequest(f"format: must be {FORMAT!r}, not {data.get('format')!r}")
    if data.get("action") not in ACTIONS:
        known = ", ".join(ACTIONS)
        raise MalformedRequest(f"action: must be one of {known}, not {data.get('action')!r}")
    try:
        request = _ANY.validate_python(data)
    except ValidationError as error:
        raise MalformedRequest("; ".join(map(_plainly, error.errors()))) from None
    if "id" in data and str(data["id"]).lower() != "0x" + request.id.hex():
        raise MalformedRequest(
            f"id: {data['id']!r} is not that of the rest, which is 0x{request.id.hex()}"
        )
    return request


def _plainly(error: Any) -> str:
    """One of pydantic's findings: which field, and what is wrong with it."""
    # The first part of the place is the action, by which the kind of request was chosen.
    place = ".".join(str(part) for part in error["loc"][1:])
    text = {"missing": "is missing", "extra_forbidden": "is not a field of this request"}.get(
        error["type"], error["msg"].removeprefix("Value error, ")
    )
    return f"{place}: {text}" if place else text


__all__ = [
    "ACTIONS",
    "FORMAT",
    "DeclineRequest",
    "JoinRequest",
    "MalformedRequest",
    "OfferRequest",
    "PublishRequest",
    "Relayed",
    "Request",
    "RevokeRequest",
    "SealRequest",
    "WrongPlace",
    "read",
]
