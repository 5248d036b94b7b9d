"""Three commitments wait for one another, for ever, although each followed the rule as it was first
published: "y may invite x to look at it, and gives up looking at anything between". c2 offers to
c1, then c1 offers to y. y looks at c1, c1 at c2, and c2 back at y, which is earlier than anything
it gave up.

Section 6: an offer counts only while its floor is at most that of whom it was made to, and its
depth exceeds the other's. c1 moved its floor back to y when it offered on; c2's offer falls, and
c1's decision is invalid.
"""

from __future__ import annotations

from boomerang.errors import ChainError, DependencyPending, decode_error
from boomerang.model import Obstacle, Phase
from findings.stage import ALICE, BOB, CAROL, Stage, decide
from findings.variants import Edit, Variant

AS_FIRST_PUBLISHED = Variant(
    Edit("if (!lower) return Obstacle.OfferFell;", "lower;"),
    Edit(
        "return x.depth < made.depth() ? Obstacle.None :", "return x.depth < 256 ? Obstacle.None :"
    ),
)


def attack(stage: Stage) -> tuple[list[Phase], list[ChainError]]:
    """What the three are after everything should be final, and why no more could be resolved."""
    y, c1, c2 = (stage.commitment(who) for who in (ALICE, BOB, CAROL))
    for second, c in enumerate((y, c1, c2), 1):
        stage.at(second, stage.publish(c))
    stage.at(4, stage.offer(c2, c1))
    stage.at(5, stage.offer(c1, y))
    circle = [(y, c1), (c1, c2), (c2, y)]
    decisions = [decide("keep if kept(next)", next=stage.id(after)) for _, after in circle]
    pairs = [(c, decision) for (c, _), decision in zip(circle, decisions, strict=True)]
    stage.at(50, *(stage.seal(c, decision) for c, decision in pairs))
    stage.at(63, *(stage.open(c, decision) for c, decision in pairs))

    stage.at(max(stage.view("latestResolution", stage.id(c)) for c, _ in pairs) - stage.start)
    refused: list[ChainError] = []
    for _ in pairs:  # each round settles one at least, if any can be settled
        pending = [pair for pair in pairs if not stage.phase(pair[0]).final]
        txs = [stage.resolve(pair) for pair in pending]
        receipts = stage.attempt(stage.second + 1, *txs)
        refused = [decode_error(receipt.output) for receipt in receipts if not receipt.ok]
    return [stage.phase(c) for c, _ in pairs], refused


def test_succeeds_without_the_defence() -> None:
    phases, refused = attack(Stage(AS_FIRST_PUBLISHED))
    assert phases == [Phase.PENDING] * 3
    assert [type(error) for error in refused] == [DependencyPending] * 3


def test_fails_against_the_registry() -> None:
    stage = Stage()
    phases, refused = attack(stage)
    c1, c2 = stage.commitment(BOB), stage.commitment(CAROL)
    assert stage.obstacle(c1, c2) is Obstacle.OFFER_FELL
    assert phases == [
        Phase.REVERTED_BY_DECISION,
        Phase.INVALID_DECISION,
        Phase.REVERTED_BY_DECISION,
    ]
    assert not refused
