"""What a solution left out: pairs and rings of intents that could still be matched at its end."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from boomerang.intents.auction.plan import Plan
from boomerang.intents.auction.ring import fit

if TYPE_CHECKING:
    from boomerang.intents.auction.plan import Replay
    from boomerang.intents.auction.state import Auction, Option

_CANDIDATES = 8
"""So many of the best intents of each pair of tokens are looked at."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Intents, by id, that could still trade with each other: so much each, in smallest units."""

    intents: tuple[str, ...]
    amounts: tuple[int, ...]


def left_out(auction: Auction, replay: Replay, plan: Plan, limit: int = 20) -> list[LeftOut]:
    """At most `limit` matches that the moves of a plan leave open: pairs, then rings. Every one is
    exact: it obeys the rules as it stands.
    """
    open_options: dict[tuple[bytes, bytes], list[Option]] = {}
    for option in auction.options:
        if option.direct and not auction.items[option.item].book and replay.left[option.item]:
            open_options.setdefault((option.sell, option.buy), []).append(option)
    for same in open_options.values():
        same.sort(key=lambda option: option.least / option.amount)
    found: list[LeftOut] = []
    for (sell, buy), ones in open_options.items():
        others = open_options.get((buy, sell), [])
        if sell > buy or len(found) >= limit:
            continue
        for one in ones[:_CANDIDATES]:
            for other in others[:_CANDIDATES]:
                if (hit := _match(auction, replay, plan, (one, other))) and len(found) < limit:
                    found.append(hit)
    if len(found) < limit:
        ring = _ring({pair: options[0] for pair, options in open_options.items()})
        if ring and len(ring) > 2 and (hit := _match(auction, replay, plan, tuple(ring))):
            found.append(hit)
    return found


def _match(
    auction: Auction, replay: Replay, plan: Plan, options: tuple[Option, ...]
) -> LeftOut | None:
    items = [option.item for option in options]
    if len({option.maker for option in options}) < len(options):
        return None
    taken = {
        (auction.items[m.item].intent.maker, auction.items[m.item].intent.nonce): m.item
        for m in plan.moves
    }
    for n in items:
        intent = auction.items[n].intent
        if taken.get((intent.maker, intent.nonce), n) != n:
            return None
    amounts = fit(options, [replay.left[n] for n in items])
    if amounts is None:
        return None
    for n, amount in zip(items, amounts, strict=True):
        if auction.items[n].intent.whole and amount != replay.left[n]:
            return None
    for option in options:
        for branch in option.passed:
            if replay.standing(option.item, branch) is not None:
                return None
    first = items.index(min(items))
    order = [*range(first, len(items)), *range(first)]
    return LeftOut(
        tuple(auction.items[items[k]].id for k in order), tuple(amounts[k] for k in order)
    )


def _ring(best: dict[tuple[bytes, bytes], Option]) -> list[Option] | None:
    """A ring of at least three among the best intents of each pair, whose limits leave a gain:
    a negative cycle, by Bellman and Ford.
    """
    tokens = sorted({token for pair in best for token in pair})
    edges = [(s, b, log(o.least) - log(o.amount), o) for (s, b), o in best.items()]
    distance = dict.fromkeys(tokens, 0.0)
    before: dict[bytes, tuple[bytes, Option]] = {}
    last: bytes | None = None
    for _ in tokens:
        last = None
        for sell, buy, weight, option in edges:
            if distance[sell] + weight < distance[buy] - 1e-12:
                distance[buy] = distance[sell] + weight
                before[buy] = sell, option
                last = buy
        if last is None:
            return None
    if last is None:
        return None
    for _ in tokens:
        last = before[last][0]
    ring: list[Option] = []
    at = last
    while True:
        at, option = before[at]
        ring.append(option)
        if at == last:
            # An edge leads from what is sold to what is bought, and the buyer is paid by the
            # seller of that token: read backwards, everybody pays the next.
            return ring
