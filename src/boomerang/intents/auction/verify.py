"""Is a solution what it says? Every rule and the bound, in exact arithmetic, without a solver."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from boomerang.intents.auction.bound import BadDuals, bound
from boomerang.intents.auction.errors import Rule, RuleBroken
from boomerang.intents.auction.leftout import LeftOut, left_out
from boomerang.intents.auction.plan import Replay
from boomerang.intents.auction.solution import Solution, Stated, from_json, to_json

if TYPE_CHECKING:
    from boomerang.intents.auction.state import Auction


@dataclass(frozen=True, slots=True)
class Verdict:
    """A solution that holds: its objective, its bound, and what it left out (which breaks no
    rule: docs/intents.md, "For intents off chain that is all").
    """

    objective: Fraction
    bound: Fraction
    gap: Fraction
    left_out: list[LeftOut]


def verify(auction: Auction, solution: Solution | Stated) -> Verdict:
    """Check a solution, or what a solution file says. `RuleBroken` names the first rule broken."""
    if isinstance(solution, Solution):
        solution = from_json(auction, to_json(auction, solution))
    replay = Replay(auction).run(solution.plan)
    _check_fills(auction, solution, replay)
    _check_pools(auction, solution, replay)
    names = {address: token.name for address, token in auction.tokens.items()}
    if dict(solution.added) != {names[t]: n for t, n in replay.added.items()}:
        raise RuleBroken(Rule.WRONG_ADDED, "added", f"the caller adds {replay.added or 'nothing'}")
    shares = [(s.payer, s.mover, names[s.token], s.amount) for s in replay.shares]
    if list(solution.shares) != shares:
        raise RuleBroken(Rule.WRONG_SHARES, "shares", f"the shares are {shares}")
    objective = replay.objective()
    if solution.objective != objective:
        problem = f"{float(solution.objective)} is stated, {float(objective)} is reached"
        raise RuleBroken(Rule.WRONG_OBJECTIVE, "objective", problem)
    try:
        proved = bound(auction, solution.duals)
    except BadDuals as error:
        raise RuleBroken(Rule.WRONG_DUALS, "duals", str(error)) from error
    if solution.bound != proved:
        problem = f"{float(solution.bound)} is stated, the duals prove {float(proved)}"
        raise RuleBroken(Rule.WRONG_BOUND, "bound", problem)
    worth = sum((solution.duals.swaps[t] * n for t, n in replay.added.items()), start=Fraction(0))
    gap = proved + worth - objective
    if solution.gap != gap or gap < 0:
        problem = f"{float(solution.gap)} is stated, it is {float(gap)}"
        raise RuleBroken(Rule.WRONG_GAP, "gap", problem)
    return Verdict(objective, proved, gap, left_out(auction, replay, solution.plan))


def _check_fills(auction: Auction, stated: Stated, replay: Replay) -> None:
    filled = {
        (auction.items[n].id, branch): (fill.sold, fill.bought, tuple(sorted(fill.partners)))
        for (n, branch), fill in replay.fills.items()
    }
    for key in {**filled, **stated.fills}:
        if filled.get(key) != stated.fills.get(key):
            problem = f"branch {key[1]} fills {filled.get(key)}, stated is {stated.fills.get(key)}"
            raise RuleBroken(Rule.WRONG_FILLS, key[0], problem)


def _check_pools(auction: Auction, stated: Stated, replay: Replay) -> None:
    flows = {}
    for n, (given, taken) in replay.flows.items():
        pool = auction.pools[n]
        names = [auction.tokens[token].name for token in pool.tokens]
        flows[pool.id] = (
            dict(zip(names, given, strict=True)),
            dict(zip(names, taken, strict=True)),
        )
    for name in {**flows, **stated.pools}:
        if flows.get(name) != stated.pools.get(name):
            problem = f"{flows.get(name)} goes through, stated is {stated.pools.get(name)}"
            raise RuleBroken(Rule.WRONG_POOLS, name, problem)
