"""What is signed so that others may send it: EIP-712 messages (docs/protocol.md, "Relays").

Each message is a dataclass whose fields are those of the Solidity struct, in its order. Hashing is
eth-account's. `sign` takes whoever can sign typed data for an address (`chains.base.Signer`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from boomerang.content import Asset
from boomerang.errors import InvalidInput
from boomerang.hashing import keccak, keccak_text
from boomerang.identity import (
    ID_SIZE,
    NO_ID,
    SEAL_SIZE,
    ZERO_ADDRESS,
    Domain,
    check_address,
    check_bytes,
    check_uint,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

PERMIT2: Final = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
"""Permit2's address, the same on every chain that has it."""


class TypedDataSigner(Protocol):
    """Whoever signs EIP-712 data; `chains.base.Signer` is one."""

    def sign_typed_data(self, message: dict[str, Any]) -> bytes:
        """65 bytes r, s, v over full typed data."""
        ...


@dataclass(frozen=True, slots=True)
class SigningDomain:
    """The EIP-712 domain: which contract, on which chain, a signature is for.

    `version` None: the domain has none, as Permit2's. `chain_id` uint256, `contract` a checksummed
    address.
    """

    name: str
    version: str | None
    chain_id: int
    contract: str

    def __post_init__(self) -> None:
        check_uint("chain_id", self.chain_id, 256)
        check_address("contract", self.contract)

    @classmethod
    def of_registry(cls, registry: Domain) -> SigningDomain:
        """The registry's."""
        return cls("Boomerang", "1", registry.chain_id, registry.registry)

    @classmethod
    def of_groups(cls, chain_id: int, groups: str) -> SigningDomain:
        """That of a registry's groups (`registry.groups()`)."""
        return cls("Boomerang Groups", "1", chain_id, groups)

    @classmethod
    def of_permit2(cls, chain_id: int) -> SigningDomain:
        """Permit2's."""
        return cls("Permit2", None, chain_id, PERMIT2)

    @property
    def fields(self) -> list[tuple[str, str, str | int]]:
        """Name, type and value of each field that it has, in EIP-712's order."""
        every: list[tuple[str, str, str | int | None]] = [
            ("name", "string", self.name),
            ("version", "string", self.version),
            ("chainId", "uint256", self.chain_id),
            ("verifyingContract", "address", self.contract),
        ]
        return [(name, kind, value) for name, kind, value in every if value is not None]

    def separator(self) -> bytes:
        """The 32-byte domain separator, `DOMAIN_SEPARATOR()` of contracts that tell."""
        from eth_account.messages import encode_typed_data

        # The library makes it for a message of the domain's; which one does not matter.
        typed = RevokeRequest(NO_ID, 0).typed_data(self)
        return bytes(encode_typed_data(full_message=typed).header)


def struct(text: str) -> tuple[tuple[str, str], ...]:
    """The (type, name) of each member of a struct, from how Solidity writes them."""
    return tuple((kind, name) for kind, name in (member.split() for member in text.split(",")))


class Message:
    """Base of the messages: subclasses are dataclasses with the struct's fields in its order.

    `type_name` is the struct's name, `members` its fields as (type, name), `others` the structs
    that its fields are made of.
    """

    __slots__ = ()

    type_name: ClassVar[str]
    members: ClassVar[tuple[tuple[str, str], ...]]
    others: ClassVar[Mapping[str, tuple[tuple[str, str], ...]]] = {}

    def values(self) -> dict[str, Any]:
        """The fields by the struct's names."""
        own = (getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]
        return {name: value for (_, name), value in zip(self.members, own, strict=True)}

    def typed_data(self, domain: SigningDomain) -> dict[str, Any]:
        """Full EIP-712 data, as wallets take it (`eth_signTypedData_v4`), with bytes and ints."""
        structs = {self.type_name: self.members, **self.others}
        return {
            "types": {
                "EIP712Domain": [{"name": n, "type": t} for n, t, _ in domain.fields],
                **{
                    struct: [{"name": n, "type": t} for t, n in members]
                    for struct, members in structs.items()
                },
            },
            "primaryType": self.type_name,
            "domain": {name: value for name, _, value in domain.fields},
            "message": self.values(),
        }

    @classmethod
    def encode_type(cls) -> str:
        """EIP-712's encodeType: the struct, then what it is made of by name."""
        named = [(cls.type_name, cls.members), *sorted(cls.others.items())]
        return "".join(f"{name}({','.join(f'{t} {n}' for t, n in m)})" for name, m in named)

    @classmethod
    def type_hash(cls) -> bytes:
        """The 32 bytes that the contract calls its TYPEHASH."""
        return keccak_text(cls.encode_type())

    def digest(self, domain: SigningDomain) -> bytes:
        """The 32 bytes that are signed."""
        from eth_account.messages import encode_typed_data

        signable = encode_typed_data(full_message=self.typed_data(domain))
        return keccak(b"\x19" + signable.version + signable.header + signable.body)

    def sign(self, domain: SigningDomain, signer: TypedDataSigner) -> bytes:
        """The signature, 65 bytes r, s, v."""
        return signer.sign_typed_data(self.typed_data(domain))

    def recover(self, domain: SigningDomain, signature: bytes) -> str:
        """Whose key made the signature, checksummed; the zero address where it is nobody's.

        As the contract reads it: 65 bytes, v 27 or 28, s in the lower half.
        """
        return recover(self.digest(domain), signature)


_HALF_ORDER: Final = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def recover(digest: bytes, signature: bytes) -> str:
    """Whose key signed a 32-byte digest, read as OpenZeppelin's ECDSA does; zero for nobody's."""
    from eth_keys import keys  # type: ignore[attr-defined]
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError as BadForm

    if len(signature) != 65 or signature[64] not in (27, 28):
        return ZERO_ADDRESS
    if int.from_bytes(signature[32:64], "big") > _HALF_ORDER:
        return ZERO_ADDRESS
    try:
        given = keys.Signature(signature[:64] + bytes([signature[64] - 27]))
        return str(given.recover_public_key_from_msg_hash(digest).to_checksum_address())
    except (BadSignature, BadForm):
        return ZERO_ADDRESS


def _check_deadline(value: int) -> None:
    check_uint("deadline", value, 256)


# ------------------------------------------------------------------------------------ requests


@dataclass(frozen=True, slots=True)
class PublishRequest(Message):
    """Publish for me. `stake` as in `Key.stake`; `deadline` the last second (uint256)."""

    type_name = "PublishRequest"
    members = struct("uint256 stake, bytes32 topic, bytes body, uint256 deadline")

    stake: int
    topic: bytes
    body: bytes
    deadline: int

    def __post_init__(self) -> None:
        check_uint("stake", self.stake, 256)
        check_bytes("topic", self.topic, 32)
        check_bytes("body", self.body)
        _check_deadline(self.deadline)


@dataclass(frozen=True, slots=True)
class SealRequest(Message):
    """Seal for me. `id` 25 bytes, `seal` 23, `extra` any, `deadline` the last second."""

    type_name = "SealRequest"
    members = struct("bytes25 id, bytes23 seal, bytes extra, uint256 deadline")

    id: bytes
    seal: bytes
    extra: bytes
    deadline: int

    def __post_init__(self) -> None:
        check_bytes("id", self.id, ID_SIZE)
        check_bytes("seal", self.seal, SEAL_SIZE)
        check_bytes("extra", self.extra)
        _check_deadline(self.deadline)


@dataclass(frozen=True, slots=True)
class RevokeRequest(Message):
    """Revoke for me."""

    type_name = "RevokeRequest"
    members = struct("bytes25 id, uint256 deadline")

    id: bytes
    deadline: int

    def __post_init__(self) -> None:
        check_bytes("id", self.id, ID_SIZE)
        _check_deadline(self.deadline)


@dataclass(frozen=True, slots=True)
class OfferRequest(Message):
    """Offer `id` to `target` for me, provided that this records exactly this floor and depth."""

    type_name = "OfferRequest"
    members = struct("bytes25 id, bytes25 target, bytes25 floor, uint8 depth, uint256 deadline")

    id: bytes
    target: bytes
    floor: bytes
    depth: int
    deadline: int

    def __post_init__(self) -> None:
        check_bytes("id", self.id, ID_SIZE)
        check_bytes("target", self.target, ID_SIZE)
        check_bytes("floor", self.floor, ID_SIZE)
        check_uint("depth", self.depth, 8)
        _check_deadline(self.deadline)


@dataclass(frozen=True, slots=True)
class DeclineRequest(Message):
    """Decline the offer of `offering` to `id` for me; `NO_ID` declines all, present and future."""

    type_name = "DeclineRequest"
    members = struct("bytes25 id, bytes25 offering, uint256 deadline")

    id: bytes
    offering: bytes
    deadline: int

    def __post_init__(self) -> None:
        check_bytes("id", self.id, ID_SIZE)
        check_bytes("offering", self.offering, ID_SIZE)
        _check_deadline(self.deadline)

    @property
    def declines_all(self) -> bool:
        """Whether it is for all offers."""
        return self.offering == NO_ID


@dataclass(frozen=True, slots=True)
class JoinRequest(Message):
    """Have `id` join the group for me; its name is 32 bytes (`groups.group_id`)."""

    type_name = "JoinRequest"
    members = struct("bytes25 id, bytes32 group, uint256 deadline")

    id: bytes
    group: bytes
    deadline: int

    def __post_init__(self) -> None:
        check_bytes("id", self.id, ID_SIZE)
        check_bytes("group", self.group, 32)
        _check_deadline(self.deadline)


# -------------------------------------------------------------------------------- tokens' permits


@dataclass(frozen=True, slots=True)
class Permit(Message):
    """ERC-2612: `spender` may take `value` of the owner's tokens. `nonce` is `nonces(owner)`."""

    type_name = "Permit"
    members = struct(
        "address owner, address spender, uint256 value, uint256 nonce, uint256 deadline"
    )

    owner: str
    spender: str
    value: int
    nonce: int
    deadline: int

    def __post_init__(self) -> None:
        check_address("owner", self.owner)
        check_address("spender", self.spender)
        check_uint("value", self.value, 256)
        check_uint("nonce", self.nonce, 256)
        _check_deadline(self.deadline)


@dataclass(frozen=True, slots=True)
class Permit2Transfer(Message):
    """Permit2's batch SignatureTransfer of exactly `permitted` to `spender`, for commitment `id`
    alone: the witness holds its id.

    `nonce` is any uint256 not used before (Permit2 keeps a bitmap); `permitted` are the escrow's
    tokens without ether, in the escrow's order.
    """

    type_name = "PermitBatchWitnessTransferFrom"
    members = struct(
        "TokenPermissions[] permitted, address spender, uint256 nonce, uint256 deadline, "
        "BoomerangCommitment witness"
    )
    others: ClassVar[Mapping[str, tuple[tuple[str, str], ...]]] = {
        "TokenPermissions": struct("address token, uint256 amount"),
        "BoomerangCommitment": struct("bytes25 id"),
    }

    permitted: tuple[Asset, ...]
    spender: str
    nonce: int
    deadline: int
    id: bytes

    def __post_init__(self) -> None:
        check_address("spender", self.spender)
        check_uint("nonce", self.nonce, 256)
        check_bytes("id", self.id, ID_SIZE)
        _check_deadline(self.deadline)
        if not self.permitted:
            raise InvalidInput("there is no token to permit: an escrow of ether alone needs none")
        for asset in self.permitted:
            if asset.token == ZERO_ADDRESS:
                raise InvalidInput("ether is sent along, not permitted: leave it out")

    def values(self) -> dict[str, Any]:
        """The fields by the struct's names."""
        return {
            "permitted": [{"token": a.token, "amount": a.amount} for a in self.permitted],
            "spender": self.spender,
            "nonce": self.nonce,
            "deadline": self.deadline,
            "witness": {"id": self.id},
        }


__all__ = [
    "PERMIT2",
    "DeclineRequest",
    "JoinRequest",
    "Message",
    "OfferRequest",
    "Permit",
    "Permit2Transfer",
    "PublishRequest",
    "RevokeRequest",
    "SealRequest",
    "SigningDomain",
    "TypedDataSigner",
    "recover",
]
