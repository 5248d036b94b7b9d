"""The registry stores nothing of what a commitment is: callers say it, and the id must prove it.
Mallory says something else. That she is the owner of Alice's commitment, and seals it for her; that
her bond was ten ether, and revokes; that what she published as a plain statement has clauses, which
nobody checked.

Section 3: an id is a hash of committer, stake (bond, cover, nonce and the flag for clauses) and
content.
"""

from __future__ import annotations

import pytest

from boomerang.content import Clauses, Content
from boomerang.decisions import encode, parse_expression
from boomerang.errors import NotCommitter, UnknownCommitment
from boomerang.identity import ID_SIZE
from boomerang.model import Phase
from findings.stage import ALICE, BOB, KEEP, MALLORY, TOPIC, Stage, seal_over
from findings.variants import Edit, Variant

IDENTITY = "contracts/libraries/Identity.sol"
ANY_COMMITTER = Variant(
    Edit(
        "mstore(add(free, 0x60), shr(96, shl(96, committer)))",
        "mstore(add(free, 0x60), 0)",
        IDENTITY,
    )
)
ANY_STAKE = Variant(
    Edit(
        "mstore(add(free, 0x80), stake)",
        "mstore(add(free, 0x80), and(stake, 0xffffffffffffff))  // the nonce",
        IDENTITY,
    )
)

TEN_ETHER = 10 * 10**18
TO_COME = bytes(range(ID_SIZE))


def as_another(stage: Stage) -> bool:
    """Mallory seals, by chance as Alice would hate it, before Alice does."""
    a = stage.commitment(ALICE)
    stage.at(1, stage.publish(a))
    stage.at(10, stage.tx(MALLORY, "seal", a.key.stake, a.key.content_hash, bytes(23)))
    return stage.phase(a) is Phase.SEALED


def with_another_bond(stage: Stage) -> bool:
    """Mallory is paid out of Bob's bond."""
    b = stage.commitment(BOB, bond=TEN_ETHER)
    small, large = (stage.commitment(MALLORY, bond=bond) for bond in (0, TEN_ETHER))
    stage.at(1, stage.publish(b), stage.publish(small))
    before = stage.balance(MALLORY)
    stage.at(2, stage.revoke(large))
    return stage.balance(MALLORY) == before + TEN_ETHER


def with_clauses(stage: Stage) -> bool:
    """A guard on a commitment still to come, which no publication with clauses may have."""
    guard = encode(parse_expression("not kept(a)", {"a": TO_COME}))
    real = Content(TOPIC, b"I pay, if A is reverted", Clauses(guard=guard))
    plain = stage.with_content(MALLORY, Content(TOPIC, real.body))
    claimed = stage.with_content(MALLORY, real)
    assert plain.key.content_hash == claimed.key.content_hash
    stage.at(1, stage.publish(plain))
    stage.at(50, stage.seal(plain, KEEP))
    stage.at(61, stage.open(plain, KEEP))
    return stage.phase(claimed) is Phase.KEPT


def test_another_owner_succeeds_without_the_defence() -> None:
    assert as_another(Stage(ANY_COMMITTER))


def test_another_owner_fails_against_the_registry() -> None:
    stage = Stage()
    with pytest.raises(NotCommitter) as refused:
        as_another(stage)
    assert refused.value.account == MALLORY


def test_another_bond_succeeds_without_the_defence() -> None:
    assert with_another_bond(Stage(ANY_STAKE))


def test_another_bond_fails_against_the_registry() -> None:
    with pytest.raises(NotCommitter):
        with_another_bond(Stage())


def test_another_flag_succeeds_without_the_defence() -> None:
    stage = Stage(ANY_STAKE)
    stage.seal_of = lambda c, decision, salt: seal_over(
        stage.chain.chain_id, stage.registry, stage.id(c), c.owner, decision, salt
    )
    assert with_clauses(stage)


def test_another_flag_fails_against_the_registry() -> None:
    assert not with_clauses(Stage())
    # Nor does it pass when it says so at once.
    stage = Stage()
    guard = encode(parse_expression("not kept(a)", {"a": TO_COME}))
    honest = stage.with_content(MALLORY, Content(TOPIC, b"", Clauses(guard=guard)))
    with pytest.raises(UnknownCommitment):
        stage.at(1, stage.publish(honest))
