"""A content makes two calls. What the first leaves is Dave's, what the second leaves Carol's. Both
failed, because the target was closed. Mallory's target then takes the first call again, gives its
caller the change, and before that comes home has the second call made: the envoy's ether, Dave's
change, counts as what the second one left, and is Carol's. Carol is Mallory's friend.

Section 9: one lock covers all that the enforcer does.
"""

from __future__ import annotations

from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.content import Asset, Call, Clauses
from findings.escrows import ETHER, Escrows
from findings.stage import ALICE, CAROL, DAVE, EVE, MALLORY
from findings.variants import Edit, Variant

RETRY = (
    "function retry(Key calldata key, bytes32 topic, bytes calldata body, uint256 index) external"
)
UNLOCKED = Variant(Edit(f"{RETRY} nonReentrant {{", f"{RETRY} {{", "contracts/Enforcer.sol"))
TARGET = Variant(file="contracts/mocks/hostile/AttackChange.sol")
AMOUNT, CHANGE = 10**19, 6 * 10**18


def attack(stage: Escrows) -> tuple[int, int]:
    """What Dave and Carol get."""
    target = Interface(TARGET.artifact())
    contract = stage.deploy(target.creation()).contract
    assert contract is not None

    def tx(function: str, *arguments: object) -> Tx:
        return Tx(MALLORY, contract, target.functions[function].encode(*arguments))

    spend = target.functions["spend"].encode(CHANGE)
    first = Call(contract, ETHER, AMOUNT, 3_000_000, spend, DAVE)
    second = Call(contract, ETHER, 1, 500_000, target.functions["spend"].encode(0), CAROL)
    escrow = (Asset(ETHER, AMOUNT + 1),)
    clauses = Clauses(escrow, calls=(first, second), deadline=stage.latest)
    c = stage.agree(ALICE, clauses)
    stage.keep(c)
    dave, carol = stage.balance(DAVE), stage.balance(CAROL)
    stage.next(tx("close", True), stage.act(EVE, "execute", c))
    stage.next(tx("close", False))
    plan = stage.act(MALLORY, "retry", c, 1).data
    stage.next(tx("plan", stage.enforcer, plan))
    stage.next(stage.act(MALLORY, "retry", c, 0))
    return stage.balance(DAVE) - dave, stage.balance(CAROL) - carol


def test_succeeds_without_the_defence() -> None:
    assert attack(Escrows(UNLOCKED)) == (0, CHANGE)


def test_fails_against_the_enforcer() -> None:
    assert attack(Escrows()) == (CHANGE, 0)
