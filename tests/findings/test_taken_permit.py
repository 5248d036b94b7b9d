"""What Alice signs for the tokens of one escrow, and what others make of it.

She has signed two publications, A and B, of equal escrows; for A she has also signed a Permit2
transfer. B was given up: no permit was ever made for it. Mallory sends B with A's permit. Alice's
tokens are locked in a commitment that she did not mean to fund, and A, which she meant, has none.

Or Mallory sends her ERC-2612 permit to the token herself, ahead of the publication that carries it.
The permit is used up, and if the enforcer insisted on using it, nothing could ever be published
with a permit while Mallory watches.

Relays: a Permit2 signature has the commitment's id as its witness; a permit that fails is passed
over, because the allowance may be there already. The variants lack one of the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from eth_utils.crypto import keccak

from boomerang.chains.base import Tx
from boomerang.client import permits
from boomerang.client.abi import Interface
from boomerang.errors import UnknownRevert
from boomerang.model import Phase
from boomerang.relay import fundings
from boomerang.relay.messages import Permit2Transfer
from findings.variants import Edit, Variant
from relay.stage import ALICE, FOREVER, MALLORY, SIGNER, TOKEN, Relays, registry_of

if TYPE_CHECKING:
    from boomerang.identity import Key

FUNDINGS = "contracts/libraries/Fundings.sol"

WITHOUT_WITNESS = Variant(
    Edit("abi.encode(WITNESS_TYPEHASH, id)", "abi.encode(WITNESS_TYPEHASH, bytes25(0))", FUNDINGS)
)
INSISTING = Variant(
    Edit("try IERC20Permit(", "IERC20Permit(", FUNDINGS),
    Edit(
        """) {}
                catch {}""",
        ");",
        FUNDINGS,
    ),
)


def variant(of: Variant) -> Relays:
    return Relays(registry=registry_of(Interface(of.artifact())))


# ------------------------------------------------------------------- a signature for another escrow


def attack_witness(stage: Relays, signs_no_id: bool = False) -> bool:
    """Whether B could be funded by what was signed for A. The variant has her sign no id."""
    tokens = stage.tokens(ALICE)
    stage.let_permit2(ALICE, *tokens)
    content = stage.content(*tokens)
    a, b = stage.key(content), stage.key(content)
    funding = funding_for(stage, a, signs_no_id, tokens)
    stage.raw(stage.publication(content, b, funding), sender=MALLORY)
    locked = [stage.balance(token, stage.enforcer) for token in tokens]
    return stage.registry.phase(stage.registry.domain.commitment_id(b)) is Phase.TENTATIVE and all(
        locked
    )


def funding_for(stage: Relays, key: Key, signs_no_id: bool, tokens: list[str]) -> bytes:
    content = stage.content(*tokens)
    assert content.clauses is not None
    escrow = fundings.tokens(content.clauses.escrow)
    id = bytes(25) if signs_no_id else stage.registry.domain.commitment_id(key)
    transfer = Permit2Transfer(escrow, stage.enforcer, 1, FOREVER, id)
    signed = fundings.SignedPermit2.sign(transfer, stage.chain.chain_id, SIGNER)
    return fundings.by_permit2(signed)


def test_a_permit_for_another_escrow_succeeds_without_the_witness() -> None:
    assert attack_witness(variant(WITHOUT_WITNESS), signs_no_id=True)


def test_a_permit_for_another_escrow_fails_against_the_registry() -> None:
    for signs_no_id in (False, True):
        with pytest.raises(UnknownRevert) as refused:
            attack_witness(Relays(), signs_no_id)
        assert refused.value.data == keccak(text="InvalidSigner()")[:4]  # Permit2's own


# ------------------------------------------------------------------------- a permit used up ahead


def attack_ahead(stage: Relays) -> bool:
    """Whether Alice cannot publish, because Mallory was faster with her permit."""
    (token,) = stage.tokens(ALICE, 1)
    content = stage.content(token)
    assert content.clauses is not None
    escrow = fundings.tokens(content.clauses.escrow)
    funding = permits.by_permits(stage.registry, escrow, ALICE, FOREVER, SIGNER)
    read = fundings.read(funding)
    assert isinstance(read, tuple)
    value, deadline, *signature = read[0].as_abi()
    used = TOKEN.functions["permit"].encode(ALICE, stage.enforcer, value, deadline, *signature)
    stage.done(Tx(MALLORY, token, used))
    try:
        stage.raw(stage.publication(content, stage.key(content), funding))
    except UnknownRevert:
        return True
    return stage.balance(token, stage.enforcer) != 7


def test_a_permit_used_ahead_succeeds_where_it_is_insisted_on() -> None:
    assert attack_ahead(variant(INSISTING))


def test_a_permit_used_ahead_fails_against_the_registry() -> None:
    assert not attack_ahead(Relays())
