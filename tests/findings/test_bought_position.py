"""Alice and Bob publish in the same block, and Bob pays the block's builder to stand before her. If
the order of the block is the order of commitments, whoever pays most is always first: the race that
the protocol dissolves between blocks goes on inside them, as an auction.

Section 3: within a block the order is drawn, from the hash of a later block. Position means
nothing.
"""

from __future__ import annotations

from findings.stage import ALICE, BOB, Stage
from findings.variants import Edit, Variant

BLOCKS = 100

BY_INCLUSION = Variant(
    Edit(
        "mapping(address account => uint256) public owed;",
        "mapping(address account => uint256) public owed;\n    uint256 private _included;",
    ),
    Edit(
        "slot.record = newRecord(freezeTime, block.number);",
        "slot.record = newRecord(freezeTime, block.number).withDraw(++_included);",
    ),
)


def attack(stage: Stage) -> tuple[int, int]:
    """In how many of many blocks Bob is first when he pays, and in how many that is for his money:
    each block is made twice, once with him in front and once with her.
    """
    first = bought = 0
    for nonce in range(BLOCKS):
        alice, bob = (stage.commitment(who, nonce=nonce) for who in (ALICE, BOB))
        his, hers = stage.publish(bob), stage.publish(alice)
        before = stage.chain.snapshot()
        second = stage.second
        is_first = []
        for block in [(hers, his), (his, hers)]:
            stage.chain.restore(before)
            stage.at(second + 12, *block)
            stage.at(second + 24)
            stage.at(second + 36, stage.draw(alice, bob))
            assert stage.before(alice, bob) is not stage.before(bob, alice)
            is_first.append(stage.before(bob, alice))
        unpaid, paid = is_first
        first += paid
        bought += paid is not unpaid
    return first, bought


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(BY_INCLUSION)) == (BLOCKS, BLOCKS)


def test_fails_against_the_registry() -> None:
    first, bought = attack(Stage())
    assert bought == 0
    assert 0.4 < first / BLOCKS < 0.6
