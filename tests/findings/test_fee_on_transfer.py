"""Half of what Mallory sends of a token is burned on the way; of what others send, nothing. She
escrows a payment to herself, of which half arrives, and is paid all of it: by whoever else has that
token in escrow.

Section 9: an escrow is what arrived, exactly, or it is refused by name.
"""

from __future__ import annotations

import pytest

from boomerang.client.abi import Interface
from boomerang.content import Asset, Clauses, Payment
from boomerang.errors import TokenMismatch
from findings.escrows import HONEST, Escrows
from findings.stage import CAROL, MALLORY
from findings.variants import Edit, Variant

TRUSTING = Variant(
    Edit(
        "if (received != amount) revert IEnforcer.Boomerang_TokenMismatch("
        "address(token), amount, received);",
        "received;",
        "contracts/libraries/Fundings.sol",
    )
)
FEE_TOKEN = Variant(file="contracts/mocks/hostile/AttackFeeToken.sol")


def attack(stage: Escrows) -> int:
    """What is missing of Eve's tokens."""
    token = stage.token(Interface(FEE_TOKEN.artifact()).creation(MALLORY))
    stage.honest(token)
    payment = Payment(CAROL, token, HONEST)
    c = stage.agree(MALLORY, Clauses((Asset(token, HONEST),), (payment,)))
    stage.keep(c)
    stage.next(stage.act(CAROL, "execute", c))
    assert stage.tokens_of(CAROL, token) == HONEST
    return HONEST - stage.tokens_of(stage.enforcer, token)


def test_succeeds_without_the_defence() -> None:
    assert attack(Escrows(TRUSTING)) == HONEST // 2


def test_fails_against_the_enforcer() -> None:
    with pytest.raises(TokenMismatch) as refused:
        attack(Escrows())
    error = refused.value
    assert (error.expected, error.received) == (HONEST, HONEST // 2)
