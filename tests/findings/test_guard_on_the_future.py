"""Bob publishes "I pay Alice a million, if A1 is reverted", where A1 is a commitment that is still
to come: its id is a hash, and can be known before. Whoever publishes A1 then has it as good as
settled before its freeze, by somebody else's money.

Section 9: every id in a guard must be published already, else the publication is refused.
"""

from __future__ import annotations

import pytest

from boomerang.content import Asset, Clauses, Content, Payment
from boomerang.decisions import encode, parse_expression
from boomerang.errors import UnknownCommitment
from boomerang.identity import ZERO_ADDRESS
from boomerang.model import Phase
from findings.stage import ALICE, BOB, TOPIC, Stage
from findings.variants import Edit, Variant

UNPUBLISHED_TOO = Variant(
    Edit(
        "if (REGISTRY.record(atom).isIn(Phase.Unpublished)) "
        "revert IBoomerang.Boomerang_UnknownCommitment(atom);",
        "",
        "contracts/Enforcer.sol",
    )
)

MILLION = 10**6


def attack(stage: Stage) -> bool:
    a1 = stage.commitment(ALICE)
    guard = encode(parse_expression("not kept(a1)", {"a1": stage.id(a1)}))
    payment = Payment(ALICE, ZERO_ADDRESS, MILLION)
    clauses = Clauses((Asset(ZERO_ADDRESS, MILLION),), (payment,), guard=guard)
    b = stage.with_content(BOB, Content(TOPIC, b"I pay, if A1 is reverted", clauses))
    stage.at(1, stage.publish(b, value=MILLION))
    stage.at(2, stage.publish(a1))
    return stage.phase(b) is Phase.TENTATIVE


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(UNPUBLISHED_TOO))


def test_fails_against_the_registry() -> None:
    stage = Stage()
    with pytest.raises(UnknownCommitment) as refused:
        attack(stage)
    assert refused.value == UnknownCommitment(stage.id(stage.commitment(ALICE)))
