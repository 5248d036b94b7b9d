"""Markets of hundreds and thousands of intents: verified, and near their bounds."""

from __future__ import annotations

import pytest

from boomerang.intents.auction import verify
from boomerang.intents.auction.generate import market
from boomerang.intents.solver import solve


@pytest.mark.parametrize(
    ("shape", "gap"),
    [
        ({"intents": 300, "tokens": 10}, 0.02),
        ({"intents": 3_000, "tokens": 40}, 0.02),
        ({"intents": 150, "tokens": 8, "whole": 0.5}, 0.1),
        ({"intents": 120, "tokens": 8, "pools": 14, "routed": 1.0}, 0.1),
        ({"intents": 200, "tokens": 10, "pools": 20, "whole": 0.5, "routed": 0.7}, 0.25),
    ],
    ids=["in parts", "large", "half whole", "with pools", "half whole with pools"],
)
def test_a_market(shape: dict[str, float], gap: float) -> None:
    auction = market(1, **shape)  # type: ignore[arg-type]
    solution = solve(auction, time_limit=30)
    verdict = verify(auction, solution)
    assert verdict.objective > 0
    assert solution.relative_gap < gap
    filled = {n for n, _ in solution.fills}
    assert len(filled) > 0.25 * len(auction.items)
    if shape.get("whole"):
        assert sum(auction.items[n].intent.whole for n in filled) > 0.1 * len(auction.items)
    if shape.get("pools"):
        assert solution.plan.routes


def test_a_market_is_the_same_everywhere() -> None:
    assert market(5, 20, 4, pools=3, whole=0.5, routed=0.5) == market(
        5, 20, 4, pools=3, whole=0.5, routed=0.5
    )


def test_an_auction_without_anything() -> None:
    """Nobody, and nobody who can trade: an empty batch, and a bound of 0."""
    for auction in (market(1, 0, 2), market(1, 1, 2)):
        solution = solve(auction)
        assert not solution.plan.moves
        verdict = verify(auction, solution)
        assert verdict.objective == 0
        assert verdict.gap == verdict.bound < 1


def test_time_that_runs_out_leaves_a_batch() -> None:
    auction = market(2, 400, 10, pools=20, whole=0.5, routed=0.7)
    solution = solve(auction, time_limit=0.01)
    assert verify(auction, solution).objective > 0
