"""Ids and seals, whose words are put together by hand, against eth_abi."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from boomerang.identity import Domain, Key

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
words = st.integers(0, 2**256 - 1)
hashes = st.binary(min_size=32, max_size=32)
amounts = st.integers(0, 2**96 - 1)
ID = keccak(
    text="Commitment(uint256 chainId,address registry,address committer,uint256 stake,"
    "bytes32 contentHash)"
)
SEAL = keccak(
    text="Seal(uint256 chainId,address registry,bytes25 id,address committer,"
    "bytes32 decisionHash,bytes32 salt)"
)


@given(words, addresses, addresses, words, hashes)
def test_ids_as_eth_abi_encodes(
    chain_id: int, registry: str, committer: str, stake: int, content: bytes
) -> None:
    kinds = ["bytes32", "uint256", "address", "address", "uint256", "bytes32"]
    expected = keccak(encode(kinds, [ID, chain_id, registry, committer, stake, content]))[:25]
    assert Domain(chain_id, registry).id_of(committer, stake, content) == expected


@given(words, addresses, addresses, amounts, hashes, st.binary(max_size=80), hashes)
def test_seals_as_eth_abi_encodes(
    chain_id: int,
    registry: str,
    committer: str,
    bond: int,
    content: bytes,
    decision: bytes,
    salt: bytes,
) -> None:
    domain, key = Domain(chain_id, registry), Key(committer, 7, bond, 0, content)
    kinds = ["bytes32", "uint256", "address", "bytes25", "address", "bytes32", "bytes32"]
    named = (domain.commitment_id(key), committer)
    values = (SEAL, chain_id, registry, *named, keccak(decision), salt)
    assert domain.seal(key, decision, salt) == keccak(encode(kinds, values))[:23]
