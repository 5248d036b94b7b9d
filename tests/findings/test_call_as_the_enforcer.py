"""Mallory's commitment, once kept, calls a token: transfer all that the caller has to Mallory. If
the caller is the enforcer, that is everybody's escrow.

Section 9: calls are made by an address of the commitment's own, which has nothing but what that
call may spend.
"""

from __future__ import annotations

from boomerang.content import Call, Clauses
from findings.escrows import ETHER, HONEST, TOKEN, Escrows
from findings.stage import CAROL, MALLORY
from findings.variants import Edit, Variant

# With its value alone: there is no room for both ways, and for approvals (EIP-3860).
IN_PERSON = Variant(
    Edit(
        """if (call.token == address(0)) {
            Envoy(envoy).run{value: call.amount}(call);
        } else {
            if (call.amount != 0) IERC20(call.token).safeTransfer(envoy, call.amount);
            Envoy(envoy).run(call);
        }""",
        """(bool ok,) = call.target.call{value: call.amount, gas: call.gas}(call.data);
        if (!ok) revert();""",
        "contracts/Enforcer.sol",
    )
)


def attack(stage: Escrows) -> tuple[int, int]:
    """What Mallory has of Eve's gold, and which calls failed."""
    gold = stage.token()
    stage.honest(gold)
    data = TOKEN.functions["transfer"].encode(MALLORY, HONEST)
    call = Call(gold, ETHER, 0, 100_000, data, MALLORY)
    c = stage.agree(MALLORY, Clauses(calls=(call,), deadline=stage.latest))
    stage.keep(c)
    stage.next(stage.act(CAROL, "execute", c))
    return stage.tokens_of(MALLORY, gold), stage.outstanding(c)


def test_succeeds_without_the_defence() -> None:
    assert attack(Escrows(IN_PERSON)) == (HONEST, 0)


def test_fails_against_the_enforcer() -> None:
    assert attack(Escrows()) == (0, 1)
