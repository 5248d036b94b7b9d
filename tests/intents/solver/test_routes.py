"""Many orders over two like routes: they end as evenly as they can."""

from __future__ import annotations

import pytest

from boomerang.games.routing import UNIT, Routing
from boomerang.intents.auction import parse, verify
from boomerang.intents.solver import solve

POOLS = """
tokens: {A: {}, B: {}, C: {}, D: {}}
prices: {D: 1000}
pools:
- {id: AB, tokens: [A, B], reserves: ["50000e18", "50000e18"]}
- {id: AC, tokens: [A, C], reserves: ["50000e18", "50000e18"]}
- {id: BD, tokens: [B, D], reserves: ["50000e18", "50e18"]}
- {id: CD, tokens: [C, D], reserves: ["50000e18", "50e18"]}
intents:
"""
TEXT = "route 500 $A -> $D via A -> B -> D or A -> C -> D for at least 0.2 $D in parts"


@pytest.mark.parametrize("sellers", [2, 3, 6, 7, 10, 11, 16])
def test_sellers_end_evenly(sellers: int) -> None:
    """No worse than half of them over each route, where whole orders can; and within 0.03% of one
    trade on each route. Where only some orders are divided, one is left over.
    """
    lines = "".join(f"- {{id: s{n}, by: s{n}, text: '{TEXT}'}}\n" for n in range(sellers))
    auction = parse(POOLS + lines)
    solution = solve(auction)
    verify(auction, solution)
    bought = sum(fill.bought for fill in solution.fills.values())
    rules = Routing(sellers)
    best = rules.split_optimum()
    assert best * 9997 // 10_000 <= bought <= best + UNIT // 10**9
    assert bought >= rules.optimum() - UNIT // 10**9
    assert solution.gap <= solution.objective / 2000
