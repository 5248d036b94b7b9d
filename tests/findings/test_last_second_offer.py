"""Mallory offers to Alice's commitment in the last second in which offers are accepted. Alice does
not want offers: being unable to look at the future is what makes her credible. But where an offer
may be declined only some seconds after it was made, and she freezes before that, it stands, and she
has lost that for good. (Declining all would have cost her the offers that she does want.)

Section 6: offerCutoff > declineDelay, which the constructor checks: every offer can be declined in
time.
"""

from __future__ import annotations

import pytest

from boomerang.errors import BadParameter, TooEarly, TooLate, decode_error
from boomerang.model import Obstacle
from findings.stage import ALICE, FREEZE, MALLORY, Stage
from findings.variants import Edit, Variant

ANY_CUTOFF = Variant(
    Edit("_require(p.offerCutoff > p.declineDelay && p.offerCutoff", "_require(p.offerCutoff")
)


def attack(stage: Stage) -> bool:
    """Whether the offer stands at the freeze, although Alice tries to decline in every second."""
    a, m = stage.commitment(ALICE), stage.commitment(MALLORY)
    stage.at(1, stage.publish(a))
    stage.at(2, stage.publish(m))
    last = FREEZE - stage.parameters["offerCutoff"]
    stage.at(last, stage.offer(m, a))
    refused = []
    for second in range(last + 1, FREEZE + 2):
        (receipt,) = stage.attempt(second, stage.decline(a, m))
        if receipt.ok:
            break
        refused.append(type(decode_error(receipt.output)))
    else:
        assert set(refused) == {TooEarly, TooLate}
    return stage.obstacle(a, m) is Obstacle.NONE


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(ANY_CUTOFF, offerCutoff=10, declineDelay=10))


@pytest.mark.parametrize("cutoff", [9, 10])
def test_fails_against_the_registry(cutoff: int) -> None:
    with pytest.raises(BadParameter) as refused:
        Stage(offerCutoff=cutoff, declineDelay=10)
    assert refused.value == BadParameter("offerCutoff")


def test_is_declined_where_the_parameters_are_legal() -> None:
    assert not attack(Stage(offerCutoff=11, declineDelay=10))
