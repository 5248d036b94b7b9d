"""Bob's wallet is a contract that needs some gas to be paid. Mallory resolves Bob's commitment with
so little that the payment gets less than that, and fails, while enough is left to credit the bond.
It works for whoever opens or resolves, at every payment: Bob has to come and withdraw, each time.

A call passes on at most 63/64 of the gas that is left. A payment's 30,000 gas is so little that
where it gets less, what is left is not enough to credit anything, and the whole transaction fails.
"""

from __future__ import annotations

from boomerang.errors import UnknownRevert, decode_error
from findings.stage import BOB, FREEZE, MALLORY, Stage
from findings.variants import Edit, Variant

GENEROUS = Variant(Edit("GAS = 30_000;", "GAS = 3_000_000;", "contracts/libraries/Payouts.sol"))
BOND = 1000


def needing(gas: int) -> bytes:
    """The code of a wallet that takes ether where it gets so much gas.

    GAS; loop: DUP1 GAS SWAP1 SUB PUSH3 gas GT PUSH1 loop JUMPI; STOP
    """
    return bytes.fromhex(f"5a5b805a900362{gas:06x}11600157" + "00")


def attack(stage: Stage, needed: int) -> bool:
    """Whether some gas limit has the bond credited, although the limit could have been higher."""
    b = stage.commitment(BOB, bond=BOND)
    stage.at(1, stage.publish(b))
    stage.chain.set_code(BOB, needing(needed))
    lapsed = stage.chain.snapshot()

    def owed_with(gas: int) -> int | None:
        """What Bob is owed, None where the transaction fails."""
        stage.chain.restore(lapsed)
        (receipt,) = stage.attempt(FREEZE, stage.resolve((b, b""), by=MALLORY, gas=gas))
        if not receipt.ok:
            assert decode_error(receipt.output) == UnknownRevert(b"")  # out of gas
            return None
        return int(stage.view("owed", BOB))

    assert owed_with(needed + 1_000_000) == 0
    return any(owed_with(needed + extra) for extra in range(30_000, 200_000, 500))


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(GENEROUS), needed=2_980_000)


def test_fails_against_the_registry() -> None:
    for needed in (1_000, 10_000, 20_000, 29_500):
        assert not attack(Stage(), needed)
