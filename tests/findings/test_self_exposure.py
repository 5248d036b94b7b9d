"""Alice has sealed, and regrets it. She cannot revoke any more; but a friend may expose her, and
gives her the reward: the whole bond. What was sealed is undone, before the freeze, at no cost, and
a seal means nothing.

Section 4: some of the bond burns, whoever exposes. The constructor refuses a share above nine
tenths.
"""

from __future__ import annotations

import pytest

from boomerang.errors import BadParameter
from boomerang.model import Phase
from findings.stage import ALICE, BOB, KEEP, Stage
from findings.variants import Edit, Variant

ANY_SHARE = Variant(Edit("p.exposerShare <= 9000", "p.exposerShare <= 10000"))


def attack(stage: Stage, bond: int) -> int:
    """What it costs Alice and her friend together."""
    before = stage.balance(ALICE) + stage.balance(BOB)
    a = stage.commitment(ALICE, bond=bond)
    stage.at(1, stage.publish(a))
    stage.at(50, stage.seal(a, KEEP))
    stage.at(55, stage.expose(BOB, a, KEEP))
    assert stage.phase(a) is Phase.EXPOSED
    return before - stage.balance(ALICE) - stage.balance(BOB)


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(ANY_SHARE, exposerShare=10_000), bond=1000) == 0


def test_fails_against_the_registry() -> None:
    with pytest.raises(BadParameter) as refused:
        Stage(exposerShare=9_001)
    assert refused.value == BadParameter("exposerShare")


@pytest.mark.parametrize(("bond", "cost"), [(1000, 100), (9, 1), (1, 1)])
def test_costs_a_tenth_of_the_bond_at_the_largest_share(bond: int, cost: int) -> None:
    assert attack(Stage(exposerShare=9_000), bond) == cost
