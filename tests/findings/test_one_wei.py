"""Alice's commitment spends gold at a market, when it is kept, and what is left goes to a vault
that takes no ether. Mallory sends one wei to the address that will make the call: it is known
before. The envoy passes on all that it holds, the vault refuses the wei, and so the call fails,
however often it is retried.

Section 9: what was at an envoy before a call goes along, but its refusal fails no call.
"""

from __future__ import annotations

from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.content import Asset, Call, Clauses
from findings.escrows import HONEST, TOKEN, Escrows
from findings.stage import ALICE, EVE, MALLORY
from findings.variants import Edit, Variant

PROUD = Variant(Edit(" && etherLeft > etherBefore", "", "contracts/Envoy.sol"))
RECEIVER = Variant(file="contracts/mocks/AttackReceiver.sol")
REFUSES = 1


def attack(stage: Escrows) -> int:
    """Which calls failed."""
    receiver = Interface(RECEIVER.artifact())
    vault = stage.deploy(receiver.creation()).contract
    assert vault is not None
    plan = receiver.functions["plan"].encode(REFUSES, 0, vault, b"")
    stage.next(Tx(ALICE, vault, plan))
    gold = stage.token()
    data = TOKEN.functions["transfer"].encode(EVE, HONEST)
    call = Call(gold, gold, HONEST, 100_000, data, vault)
    clauses = Clauses((Asset(gold, HONEST),), calls=(call,), deadline=stage.latest)
    c = stage.agree(ALICE, clauses)
    stage.keep(c)
    envoy = stage.enforcer_view("envoyOf", stage.id(c))
    stage.next(Tx(MALLORY, envoy, b"", 1))
    stage.next(stage.act(EVE, "execute", c))
    failed = stage.outstanding(c)
    assert stage.tokens_of(EVE, gold) == (0 if failed else HONEST)
    return failed


def test_succeeds_without_the_defence() -> None:
    assert attack(Escrows(PROUD)) == 1


def test_fails_against_the_enforcer() -> None:
    assert attack(Escrows()) == 0
