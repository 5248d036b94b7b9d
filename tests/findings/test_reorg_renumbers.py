"""Commitments are numbered as they come. Alice's "Swerve" is number 1, and Carol seals "keep if
kept(1)". A reorganisation brings the same transactions in another order: now number 1 is Mallory's
"Dare", and that is what Carol's sealed decision is about. Nobody broke a rule.

Section 3: an id is a hash of what a commitment is. After a reorganisation it means the same, or
nothing at all. On a real node, reorganised by its own means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boomerang.chains.anvil import AnvilChain
from boomerang.chains.signers import dev_signer
from boomerang.model import Phase
from findings.stage import ALICE, CAROL, KEEP, MALLORY, Commitment, Stage, decide, seal_over
from findings.variants import Edit, Variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.chains.base import Tx

pytestmark = [pytest.mark.anvil, pytest.mark.network]

# An id is read from where publish put it: the count of commitments, by the hash of the key, which
# is still where idOf had put it together. (There is little room for more: EIP-3860.)
NUMBERED = Variant(
    Edit(
        "id = Identity.idOf(CHAIN_ID, committer, stake, Identity.contentHash(topic, body));",
        """id = Identity.idOf(CHAIN_ID, committer, stake, Identity.contentHash(topic, body));
        assembly {
            if iszero(id) {
                let count := add(sload(not(0)), 1)
                sstore(not(0), count)
                sstore(keccak256(add(mload(0x40), 0x60), 0x60), count)
                id := shl(56, count)
            }
        }""",
    ),
    Edit(
        "id := shl(56, shr(56, keccak256(free, 0xc0)))",
        "id := shl(56, sload(keccak256(add(free, 0x60), 0x60)))",
        "contracts/libraries/Identity.sol",
    ),
)


@pytest.fixture
def chain() -> Iterator[AnvilChain]:
    chain = AnvilChain()
    yield chain
    chain.close()


def raw(chain: AnvilChain, who: str, tx: Tx) -> str:
    """The transaction as its sender signs it, once and for all."""
    fields = {
        "chainId": chain.chain_id,
        "nonce": chain.nonce(tx.sender),
        "gas": 1_000_000,
        "maxFeePerGas": 0,
        "maxPriorityFeePerGas": 0,
        "to": tx.to,
        "value": tx.value,
        "data": tx.data,
    }
    return "0x" + dev_signer(who).sign_transaction(fields).hex()


def attack(stage: Stage, chain: AnvilChain, *, drop: bool) -> bool:
    """Whether Carol is bound although Alice's commitment, which she named, was never kept."""
    a, m, c = stage.commitment(ALICE, b"Swerve"), stage.commitment(MALLORY), stage.commitment(CAROL)
    hers, his = raw(chain, "alice", stage.publish(a)), raw(chain, "frank", stage.publish(m))
    for tx in (hers, his):
        chain._rpc("eth_sendRawTransaction", tx)
    chain._many(("evm_setNextBlockTimestamp", [stage.start + 1]), ("evm_mine", []))
    assert stage.phase(a) is Phase.TENTATIVE

    # Carol sees Alice's commitment, and makes up her mind.
    decision = decide("keep if kept(a)", a=stage.id(a))

    again = [his] if drop else [his, hers]
    chain._rpc("anvil_reorg", 1, [[tx, 0] for tx in again])
    assert stage.phase(a) is (Phase.UNPUBLISHED if drop else Phase.TENTATIVE)
    assert stage.phase(m) is Phase.TENTATIVE

    second = stage.second
    stage.at(second + 1, stage.publish(c))
    stage.at(second + 50, stage.seal(c, decision), stage.seal(m, KEEP))
    stage.at(second + 62, stage.open(m, KEEP))
    stage.at(second + 63, stage.open(c, decision))
    assert stage.phase(m) is Phase.KEPT
    assert not stage.phase(a).kept
    return stage.phase(c).kept


@pytest.mark.parametrize("drop", [False, True], ids=["reordered", "dropped"])
def test_succeeds_without_the_defence(chain: AnvilChain, drop: bool) -> None:
    stage = Stage(NUMBERED, chain)

    def seal_of(c: Commitment, decision: bytes, salt: bytes) -> bytes:
        return seal_over(chain.chain_id, stage.registry, stage.id(c), c.owner, decision, salt)

    stage.seal_of = seal_of
    assert attack(stage, chain, drop=drop)


@pytest.mark.parametrize("drop", [False, True], ids=["reordered", "dropped"])
def test_fails_against_the_registry(chain: AnvilChain, drop: bool) -> None:
    stage = Stage(None, chain)
    assert not attack(stage, chain, drop=drop)
    carols = stage.phase(stage.commitment(CAROL))
    assert carols is (Phase.INVALID_DECISION if drop else Phase.REVERTED_BY_DECISION)
