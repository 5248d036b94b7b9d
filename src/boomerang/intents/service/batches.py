"""From a solver's plan to what `settle` takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boomerang.intents.auction import Plan, Replay, batch
from boomerang.intents.client.state import pops

if TYPE_CHECKING:
    from boomerang.intents.auction import Auction, Move
    from boomerang.intents.batch import Batch
    from boomerang.intents.client import State
    from boomerang.intents.service.gather import Gathered


def to_batch(gathered: Gathered, plan: Plan, state: State) -> Batch:
    """The batch of a plan. What less can be sold of than was signed moves by exact amounts: to the
    contract, 0 means all that was signed. Sweeps get as many pops as the book asks for, and some.
    """
    reduced = {n for n, offer in gathered.offers.items() if offer.reduced}
    plan = explicit(gathered.auction, plan, reduced)
    items = list(gathered.auction.items)
    for n in reduced:
        items[n] = replace(items[n], intent=gathered.offers[n].signed.intent, left=-1)
    signed = replace(gathered.auction, items=tuple(items))
    signatures = {n: offer.signed.signature for n, offer in gathered.offers.items()}
    made = batch(signed, plan, signatures)
    sweeps = []
    for move, sweep in zip(plan.sweeps, made.sweeps, strict=True):
        intent = items[move.item].intent
        branch = intent.branches[move.branch]
        listed = state.entries(branch.buy, intent.sell)
        sweeps.append(replace(sweep, pops=pops(listed, intent.amount, branch.least)))
    return replace(made, sweeps=tuple(sweeps))


def explicit(auction: Auction, plan: Plan, items: set[int]) -> Plan:
    """The same plan, in which these items' sweeps and routes name what the others leave them."""
    if not items:
        return plan
    fills = Replay(auction).run(plan).fills
    left = {n: auction.items[n].left for n in items}
    for cycle in plan.cycles:
        for move in cycle:
            if move.item in items:
                left[move.item] -= move.amount

    def named(moves: tuple[Move, ...], swept: bool) -> tuple[Move, ...]:
        out = []
        for move in moves:
            if move.item in items:
                amount = move.amount or left[move.item]
                if swept:  # it may find less than it offers
                    sold = fills.get((move.item, move.branch))
                    cycled = sum(
                        m.amount
                        for cycle in plan.cycles
                        for m in cycle
                        if (m.item, m.branch) == (move.item, move.branch)
                    )
                    left[move.item] -= (sold.sold if sold else 0) - cycled
                else:
                    left[move.item] -= amount
                out.append(replace(move, amount=amount))
            else:
                out.append(move)
        return tuple(out)

    sweeps = named(plan.sweeps, True)
    return Plan(plan.cycles, sweeps, named(plan.routes, False))


__all__ = ["explicit", "to_batch"]
