"""Mallory does not want to be bound on time. Her x says "keep if kept(y1)"; y1, which offered to x
in the last second for offers, says "keep if kept(y2)"; and so on, a new commitment every forty
seconds. Each is bound by rule, and nothing is ever decided: nor is whatever names x.

Section 6: a chain of offers has at most maxDepth. Section 7: every outcome can be determined at
freeze(x) + maxDepth * (T - offerCutoff) + revealWindow.
"""

from __future__ import annotations

import pytest

from boomerang.errors import TooDeep
from boomerang.model import Phase
from findings.stage import MALLORY, Stage, decide
from findings.variants import Edit, Variant

ENDLESS = Variant(
    Edit("if (depth > MAX_DEPTH) revert Boomerang_TooDeep(target, depth, MAX_DEPTH);", "")
)

CHAIN = 8
STEP = 39  # published so long after its target, and offered a second later


def attack(stage: Stage) -> bool:
    """Whether x is undecided when everything should be final."""
    chain = [stage.commitment(MALLORY, nonce=i) for i in range(CHAIN + 1)]
    ids = [stage.id(c) for c in chain]
    decisions = [decide("keep if kept(next)", next=id) for id in ids[1:]]
    stage.at(1, stage.publish(chain[0]))
    limit = stage.view("latestResolution", ids[0]) - stage.start
    for i, (x, y, decision) in enumerate(zip(chain, chain[1:], decisions, strict=False)):
        published = 1 + STEP * i
        if i:
            stage.at(published + STEP - 1, stage.open(chain[i - 1], decisions[i - 1]))
        stage.at(published + STEP, stage.publish(y))
        stage.at(published + STEP + 1, stage.offer(y, x))
        stage.at(published + STEP + 5, stage.seal(x, decision))
        if published + STEP + 5 > limit:
            break
    return stage.phase(chain[0]) is Phase.PENDING


def test_succeeds_without_the_defence() -> None:
    assert attack(Stage(ENDLESS))


def test_fails_against_the_registry() -> None:
    stage = Stage()
    with pytest.raises(TooDeep) as refused:
        attack(stage)
    assert refused.value.depth == stage.parameters["maxDepth"] + 1
