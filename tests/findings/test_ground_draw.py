"""Alice's publication waits in the mempool. Mallory wants to be before her in the draw, and tries
nonces on her own machine until she finds a commitment whose draw is lower. That takes a known seed.

Section 3: the seed is the hash of a later block, which nobody knows when both are published.
"""

from __future__ import annotations

from eth_utils.crypto import keccak

from findings.stage import ALICE, MALLORY, Stage
from findings.variants import Edit, Variant

BLOCKS = 20
TRIES = 200

SEED_IS_THE_PARENT = Variant(
    Edit(
        "Blockhash.blockHash(record.publishBlock() + delay)",
        "Blockhash.blockHash(record.publishBlock() - 1)",
        "contracts/libraries/Order.sol",
    )
)


def attack(stage: Stage) -> int:
    """In how many of many blocks Mallory comes before Alice."""
    won = 0
    for block in range(BLOCKS):
        alice = stage.commitment(ALICE, nonce=block)
        # The newest hash that anyone can know.
        seed = stage.chain.block_hash(stage.chain.head().number)
        tickets = [stage.commitment(MALLORY, nonce=block * TRIES + i) for i in range(TRIES)]
        best = min(
            tickets, key=lambda c: keccak(seed + stage.domain.commitment_id(c.key) + bytes(7))
        )
        second = stage.second
        stage.at(second + 12, stage.publish(alice), stage.publish(best))
        stage.at(second + 24)
        stage.at(second + 36, stage.draw(alice, best))
        won += stage.before(best, alice)
    return won


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(SEED_IS_THE_PARENT)) == BLOCKS


def test_fails_against_the_registry() -> None:
    assert 0.25 < attack(Stage()) / BLOCKS < 0.75
