"""The solver against a brute force, on small random auctions."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

import pytest

from boomerang.intents.auction import dumps, loads, verify
from boomerang.intents.solver import solve
from intents.solver.small import brute_force, small_auction

RELATIVE = Fraction(1, 10**6)
ABSOLUTE = Fraction(1, 10**3)
"""In units of value, of which these intents are worth some hundreds: a few smallest units."""
MISSED = 0.01
"""At most this share of auctions may end below the brute force by more than those."""


@dataclass
class Tally:
    auctions: int = 0
    gaining: int = 0
    cycles: int = 0
    rings: int = 0
    sweeps: int = 0
    routes: int = 0
    wholes: int = 0
    later: int = 0
    plans: int = 0
    missed: list[int] = field(default_factory=list)

    def play(self, seed: int) -> None:
        """One auction: always within the proved bound, and verified from its own text."""
        auction = small_auction(Random(seed), pools=seed % 3 == 1, book=seed % 3 == 2)
        solution = solve(auction)
        verdict = verify(auction, loads(auction, dumps(auction, solution)))
        best, plan, held = brute_force(auction)
        # What the brute force lets its caller add is worth units; nothing else exceeds a bound.
        assert best <= verdict.bound + ABSOLUTE, f"seed {seed}: {plan} beats the bound"
        self.auctions += 1
        self.plans += held
        self.gaining += best > 0
        self.cycles += bool(solution.plan.cycles)
        self.rings += any(len(cycle) > 2 for cycle in solution.plan.cycles)
        self.sweeps += bool(solution.plan.sweeps)
        self.routes += bool(solution.plan.routes)
        filled = {n for n, _ in solution.fills}
        self.wholes += any(auction.items[n].intent.whole for n in filled)
        self.later += any(branch for _, branch in solution.fills)
        if solution.objective < best * (1 - RELATIVE) - ABSOLUTE:
            self.missed.append(seed)

    def check(self) -> None:
        """Nearly always as good, and the auctions were worth solving."""
        assert len(self.missed) <= MISSED * self.auctions, f"missed: {self.missed}"
        assert self.plans > 10 * self.auctions
        assert self.gaining > 0.35 * self.auctions
        for some in (self.cycles, self.routes, self.wholes):
            assert some > 0.1 * self.auctions
        for few in (self.rings, self.sweeps, self.later):
            assert few > 0.01 * self.auctions


def test_as_good_as_a_brute_force() -> None:
    tally = Tally()
    for seed in range(200):
        tally.play(seed)
    tally.check()


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_two_thousand_auctions(part: int) -> None:
    """Pairs, rings, all-or-nothing, branches behind branches, guards, books and pools."""
    tally = Tally()
    for seed in range(10_000 + 550 * part, 10_550 + 550 * part):
        tally.play(seed)
    tally.check()
