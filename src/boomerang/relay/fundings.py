"""How the tokens of an escrow come from the committer: the `funding` bytes of a publication.

Pure: nothing here asks a chain. Empty bytes stand for allowances that the committer has given the
enforcer; else the first byte says which permits follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from boomerang.errors import InvalidInput
from boomerang.identity import ZERO_ADDRESS, check_bytes, check_uint
from boomerang.relay.messages import Permit, Permit2Transfer, SigningDomain, TypedDataSigner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.content import Asset

ALLOWANCES: Final = b""
"""The funding of one who has given the enforcer allowances, and of who needs none."""

_PERMITS: Final = b"\x01"
_PERMIT2: Final = b"\x02"
_PERMITS_ABI: Final = "(uint256,uint256,uint8,bytes32,bytes32)[]"
_PERMIT2_ABI: Final = ("uint256", "uint256", "bytes")
_SIGNATURE_LIMIT: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class SignedPermit:
    """An ERC-2612 permit with its signature (65 bytes r, s, v)."""

    value: int
    deadline: int
    signature: bytes

    def __post_init__(self) -> None:
        check_uint("value", self.value, 256)
        check_uint("deadline", self.deadline, 256)
        check_bytes("signature", self.signature, 65)

    @classmethod
    def sign(cls, permit: Permit, domain: SigningDomain, signer: TypedDataSigner) -> SignedPermit:
        """`domain` is the token's (`relay.tokens.domain_of`)."""
        return cls(permit.value, permit.deadline, permit.sign(domain, signer))

    def as_abi(self) -> tuple[int, int, int, bytes, bytes]:
        """The values of the ABI's tuple."""
        r, s, v = self.signature[:32], self.signature[32:64], self.signature[64]
        return (self.value, self.deadline, v, r, s)


@dataclass(frozen=True, slots=True)
class SignedPermit2:
    """A Permit2 transfer as funding carries it; what it is for, the escrow says."""

    nonce: int
    deadline: int
    signature: bytes

    def __post_init__(self) -> None:
        check_uint("nonce", self.nonce, 256)
        check_uint("deadline", self.deadline, 256)
        check_bytes("signature", self.signature)
        if len(self.signature) > _SIGNATURE_LIMIT:
            raise InvalidInput(f"a signature has at most {_SIGNATURE_LIMIT} bytes")

    @classmethod
    def sign(
        cls, transfer: Permit2Transfer, chain_id: int, signer: TypedDataSigner
    ) -> SignedPermit2:
        """Sign for the Permit2 of this chain."""
        signature = transfer.sign(SigningDomain.of_permit2(chain_id), signer)
        return cls(transfer.nonce, transfer.deadline, signature)


def tokens(escrow: Sequence[Asset]) -> tuple[Asset, ...]:
    """What of an escrow must be funded: all but ether."""
    return tuple(asset for asset in escrow if asset.token != ZERO_ADDRESS)


def by_permits(permits: Sequence[SignedPermit]) -> bytes:
    """Funding by ERC-2612 permits, one for each token of the escrow in its order."""
    if not permits:
        raise InvalidInput("there must be a permit for each token of the escrow, and there is none")
    return _PERMITS + encode([_PERMITS_ABI], [[permit.as_abi() for permit in permits]])


def by_permit2(permit: SignedPermit2) -> bytes:
    """Funding by one Permit2 signature."""
    values = (permit.nonce, permit.deadline, permit.signature)
    return _PERMIT2 + encode(list(_PERMIT2_ABI), values)


def read(funding: bytes) -> tuple[SignedPermit, ...] | SignedPermit2 | None:
    """What funding bytes hold; None for allowances. InvalidInput where they are malformed."""
    check_bytes("funding", funding)
    if not funding:
        return None
    try:
        if funding[:1] == _PERMITS:
            (values,) = decode([_PERMITS_ABI], funding[1:])
            permits = tuple(_permit(*one) for one in values)
            if by_permits(permits) == funding:
                return permits
        elif funding[:1] == _PERMIT2:
            permit = SignedPermit2(*decode(list(_PERMIT2_ABI), funding[1:]))
            if by_permit2(permit) == funding:
                return permit
    except (DecodingError, OverflowError):
        pass
    raise InvalidInput("the funding is neither empty, nor permits, nor a Permit2 transfer")


def _permit(value: int, deadline: int, v: int, r: bytes, s: Any) -> SignedPermit:
    return SignedPermit(value, deadline, r + s + bytes([v]))


__all__ = [
    "ALLOWANCES",
    "SignedPermit",
    "SignedPermit2",
    "by_permit2",
    "by_permits",
    "read",
    "tokens",
]
