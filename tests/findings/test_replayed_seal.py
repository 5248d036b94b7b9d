"""Alice signs a seal, and Bob relays it. He keeps her signature and replays it where she has not
decided yet: on the twin of her commitment on another chain, in another registry, or on her next
commitment. Once she has opened the first, Bob knows what he has sealed for her elsewhere: he
exposes it, takes half of her bond, and her commitment there is gone.

Section 4: a seal commits to chain, registry and id, and so does the request that she signs, by the
id (section 3) and by EIP-712's domain. Each variant lacks one of the three throughout, and the
domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from eth_abi.abi import encode
from eth_typing import Hash32
from eth_utils.crypto import keccak

from boomerang.chains.embedded import EmbeddedChain
from boomerang.chains.signers import dev_signer
from boomerang.errors import WrongSigner
from boomerang.identity import NO_ID, ZERO_ADDRESS
from boomerang.model import Phase
from findings.stage import ALICE, BOB, FREEZE, KEEP, SALT, Commitment, Stage, seal_over
from findings.variants import Edit, Variant

if TYPE_CHECKING:
    from collections.abc import Callable

IDENTITY = "contracts/libraries/Identity.sol"
DEADLINE = 1 << 40
BOND = 1000

WITHOUT_DOMAIN = Edit(
    "ECDSA.tryRecoverCalldata(_hashTypedDataV4(request), signature)",
    "ECDSA.tryRecoverCalldata(request, signature)",
)
WITHOUT_CHAIN = Variant(
    WITHOUT_DOMAIN,
    Edit(
        "uint256 private immutable CHAIN_ID = block.chainid;",
        "uint256 private constant CHAIN_ID = 0;",
    ),
)
WITHOUT_REGISTRY = Variant(
    WITHOUT_DOMAIN,
    *(
        Edit(
            f"mstore(add(free, 0x40), address())\n            mstore(add(free, 0x60), {following}",
            f"mstore(add(free, 0x40), 0)\n            mstore(add(free, 0x60), {following}",
            IDENTITY,
        )
        for following in ("id)", "shr(96, shl(96, committer)))")
    ),
)
WITHOUT_ID = Variant(
    WITHOUT_DOMAIN,
    Edit(
        "abi.encode(SEAL_REQUEST_TYPEHASH, id, ", "abi.encode(SEAL_REQUEST_TYPEHASH, bytes25(0), "
    ),
    Edit("mstore(add(free, 0x60), id)", "mstore(add(free, 0x60), 0)", IDENTITY),
)


@dataclass
class Place:
    """A commitment of Alice's in a registry on a chain."""

    stage: Stage
    commitment: Commitment

    def publish(self) -> None:
        self.stage.at(1, self.stage.publish(self.commitment))


def elsewhere(what: str, variant: Variant | None) -> tuple[Place, Place]:
    """Two places that differ in one thing only."""
    here = Stage(variant)
    if what == "chain":
        there = Stage(variant, EmbeddedChain(chain_id=1))
        assert here.registry == there.registry
    elif what == "registry":
        there = Stage(variant, here.chain)
        here.start = there.start
    else:
        there = here
    commitment = here.commitment(ALICE, bond=BOND)
    twin = there.commitment(ALICE, bond=BOND, nonce=1 if what == "id" else 0)
    first, second = Place(here, commitment), Place(there, twin)
    if what == "chain":
        first.publish()
        second.publish()
    else:
        here.at(1, here.publish(commitment), there.publish(twin))
    return first, second


def signed(stage: Stage, id: bytes, seal: bytes, digest: Callable[[bytes], bytes]) -> bytes:
    """Alice's signature of SealRequest."""
    typehash = keccak(text="SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)")
    values = (typehash, id, seal, keccak(b""), DEADLINE)
    request = keccak(encode(["bytes32", "bytes25", "bytes23", "bytes32", "uint256"], values))
    account = dev_signer("alice")._account
    return bytes(account.unsafe_sign_hash(Hash32(digest(request))).signature)


def attack(first: Place, second: Place, seal: bytes, signature: bytes) -> bool:
    def relay(place: Place, at: int) -> None:
        stage, key = place.stage, place.commitment.abi
        stage.at(at, stage.tx(BOB, "sealFor", key, seal, b"", DEADLINE, signature))

    relay(first, 50)
    relay(second, 51)
    # Alice opens the first at its freeze. Where the second lives, it is a second before that.
    stage, twin = second.stage, second.commitment
    before = stage.balance(BOB)
    stage.at(FREEZE - 1, stage.expose(BOB, twin, KEEP))
    return stage.phase(twin) is Phase.EXPOSED and stage.balance(BOB) == before + BOND // 2


@pytest.mark.parametrize(
    ("what", "variant"),
    [("chain", WITHOUT_CHAIN), ("registry", WITHOUT_REGISTRY), ("id", WITHOUT_ID)],
)
def test_succeeds_without_the_defence(what: str, variant: Variant) -> None:
    first, second = elsewhere(what, variant)
    stage = first.stage
    id = NO_ID if what == "id" else stage.id(first.commitment)
    seal = seal_over(
        0 if what == "chain" else stage.chain.chain_id,
        ZERO_ADDRESS if what == "registry" else stage.registry,
        id,
        ALICE,
        KEEP,
    )
    assert attack(first, second, seal, signed(stage, id, seal, lambda request: request))


@pytest.mark.parametrize("what", ["chain", "registry", "id"])
def test_fails_against_the_registry(what: str) -> None:
    first, second = elsewhere(what, None)
    stage = first.stage

    def digest(request: bytes) -> bytes:
        kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        named = (keccak(text=kind), keccak(text="Boomerang"), keccak(text="1"))
        place = (stage.chain.chain_id, stage.registry)
        domain = encode(["bytes32", "bytes32", "bytes32", "uint256", "address"], (*named, *place))
        return keccak(b"\x19\x01" + keccak(domain) + request)

    commitment = first.commitment
    seal = stage.seal_of(commitment, KEEP, SALT)
    signature = signed(stage, stage.id(commitment), seal, digest)
    with pytest.raises(WrongSigner):
        attack(first, second, seal, signature)
    assert stage.phase(commitment) is Phase.SEALED  # Bob relayed the first one as she wished
    assert second.stage.phase(second.commitment) is Phase.TENTATIVE
