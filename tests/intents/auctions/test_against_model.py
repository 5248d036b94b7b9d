"""Replay of plans against the reference model of the settlement contract: same outcome, same
rule.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from boomerang.intents.auction import Auction, Item, Move, Plan, Replay, RuleBroken, batch
from boomerang.intents.batch import Order
from boomerang.intents.errors import SettlementError
from boomerang.intents.message import IntentDomain
from boomerang.intents.model import Env, Settlement
from boomerang.intents.solver import solve
from intents.solver.small import KEPT, REVERTED, TIME, plans, small_auction

CALLER = b"\xca" * 20
DOMAIN = IntentDomain(1, b"\x5e" * 20)
PLENTY = 10**24


def stage(auction: Auction) -> Settlement:
    """The auction's moment, in the model."""
    model = Settlement(
        DOMAIN, b"\xfa" * 20, b"\xc0" * 32, lambda *_: True, outcomes=auction.outcomes
    )
    for pool in auction.pools:
        model.add_pool(*pool.tokens, *pool.reserves)
    for token in auction.tokens:
        model.mint(token, CALLER, PLENTY)
        model.allow(token, CALLER)
    for item in auction.items:
        model.mint(item.intent.sell, item.intent.maker, item.left)
        model.allow(item.intent.sell, item.intent.maker)
    for entries in auction.lists.values():
        for n in sorted(entries):
            intent = auction.items[n].intent
            model.post(Env(intent.maker, TIME), Order.of(intent), 1)
    return model


def full(auction: Auction) -> Auction:
    """The same with everything that was posted still there, as posting leaves it."""
    items = tuple(Item(i.id, i.intent, book=i.book) for i in auction.items)
    outcomes = {KEPT: True, REVERTED: False}
    return Auction(auction.tokens, auction.pools, items, TIME, outcomes)


def settle(auction: Auction, model: Settlement, plan: Plan) -> Counter[tuple[bytes, bytes]]:
    """What the model's batch changes in balances of makers and of the caller."""
    people = {item.intent.maker for item in auction.items} | {CALLER}
    before = {(t, who): model.state.balances[t, who] for t in auction.tokens for who in people}
    signatures = dict.fromkeys(range(len(auction.items)), b"\1")
    model.settle(Env(CALLER, TIME), batch(auction, plan, signatures))
    return Counter({key: model.state.balances[key] - held for key, held in before.items()})


def replayed(auction: Auction, replay: Replay) -> Counter[tuple[bytes, bytes]]:
    """The same, as the replay has it."""
    change: Counter[tuple[bytes, bytes]] = Counter()
    for (n, branch), fill in replay.fills.items():
        intent = auction.items[n].intent
        change[intent.sell, intent.maker] -= fill.sold
        change[intent.branches[branch].buy, intent.maker] += fill.bought
    for token, units in replay.added.items():
        change[token, CALLER] -= units
    return change


def compare(auction: Auction, plan: Plan, tally: Counter[str]) -> None:
    model = stage(auction)
    replay, broken = Replay(auction), None
    try:
        replay.run(plan)
    except RuleBroken as error:
        broken = error
    if broken is not None:
        with pytest.raises(SettlementError) as caught:
            settle(auction, model, plan)
        assert type(caught.value).__name__ == broken.rule.value, plan
        tally[broken.rule.value] += 1
        return
    changed = settle(auction, model, plan)
    expected = replayed(auction, replay)
    assert {k: v for k, v in changed.items() if v} == {k: v for k, v in expected.items() if v}
    tally["settled"] += 1
    tally["filled"] += bool(replay.fills)
    for n, pool in enumerate(auction.pools):
        state = model.pool(*pool.tokens)
        assert state is not None
        reserves = dict(zip(pool.tokens, replay.reserves[n], strict=True))
        low, high = sorted(pool.tokens)
        assert (state.reserve0, state.reserve1) == (reserves[low], reserves[high])


def bend(random: Random, plan: Plan, auction: Auction) -> Plan:
    """A plan with one move changed."""
    moves = plan.moves
    if not moves:
        return plan
    target = random.choice(moves)
    amount = random.choice((target.amount + 1, target.amount * 2, target.amount // 3, 0))
    item = random.randrange(len(auction.items)) if random.random() < 0.3 else target.item
    branch = random.choice((target.branch, target.branch, 0, 1))
    other = Move(item, branch, amount)

    def change(some: tuple[Move, ...]) -> tuple[Move, ...]:
        return tuple(other if move is target else move for move in some)

    return Plan(tuple(map(change, plan.cycles)), change(plan.sweeps), change(plan.routes))


@pytest.mark.parametrize("part", range(3))
def test_replay_is_what_the_model_does(part: int) -> None:
    """Solutions, plans of the brute force that hold or not, and bent ones. Where a rule is broken,
    both name it.
    """
    tally: Counter[str] = Counter()
    for seed in range(20_000 + 40 * part, 20_040 + 40 * part):
        random = Random(seed)
        auction = full(small_auction(random, pools=seed % 3 == 1, book=seed % 3 == 2))
        solution = solve(auction)
        compare(auction, solution.plan, tally)
        some = plans(auction)
        for plan in [solution.plan, *random.sample(some, min(len(some), 6))]:
            compare(auction, plan, tally)
            compare(auction, bend(random, plan, auction), tally)
    assert tally["filled"] > 60
    assert len(tally) > 8
