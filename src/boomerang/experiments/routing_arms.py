"""How traders trade on the four-asset market, one way for each arm of the experiment.

Each arm makes transactions on a `RoutingMarket` and leaves the chain as they leave it. Whoever's
turn is first is drawn by the caller: `turns` are all traders in that order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from boomerang.errors import BoomerangError
from boomerang.games.routing import ROUTES, Routing, best_split
from boomerang.intents.batch import Batch, Order, Route
from boomerang.intents.service.gather import Gatherer
from boomerang.intents.service.solving import Solving

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from boomerang.games.routing import Way
    from boomerang.games.routing_market import RoutingMarket, Trader

SOLVER_SECONDS: Final = 20.0
"""The most that the solver may take; it needs a tenth of a second."""
SHARE: Final = 50
"""Percent of the gain that goes to who moves."""
_LOWEST: Final = 40
"""Percent of what it would get alone: where a program's route ends, whatever others do."""
_SLACK: Final = 99
"""Percent of the quote that a mover asks of its new route."""


class NothingFound(BoomerangError):
    """The solver found no batch for programs that can all be filled."""

    exit_code = 70


def blind(market: RoutingMarket, turns: Sequence[Trader], rng: Random) -> None:
    """All in one block, each over B or C as its own coin says: the equilibrium of those who know of
    the others and not what they do.
    """
    b, c = market.ways()
    if len(market.buyers) == 0:
        game = Routing(len(turns), turns[0].amount, "average", (b, c))
        p = float(game.blind_equilibrium())
    else:
        p = 0.5  # both directions on like routes
    market.execute([market.tx_plain(one, ROUTES[rng.random() >= p]) for one in turns])


def herd(market: RoutingMarket, turns: Sequence[Trader], rng: Random) -> None:
    """All in one block, each over the route that every quote before the block calls best."""
    del rng
    market.execute([market.tx_plain(one, market.best(one)) for one in turns])


def fresh(market: RoutingMarket, turns: Sequence[Trader], rng: Random) -> None:
    """One after the other, a block each, over the best route at that moment."""
    del rng
    for one in turns:
        market.execute([market.tx_plain(one, market.best(one))])


def router(market: RoutingMarket, turns: Sequence[Trader], rng: Random) -> None:
    """The same, but every order is divided between the routes as is best at that moment: what a
    good router does, without any intents.
    """
    del rng
    for one in turns:
        first, _ = best_split(market.ways_of(one), one.amount)
        parts = zip(ROUTES, (first, one.amount - first), strict=True)
        market.execute(
            [
                market.tx_plain(one, via, part, nonce)
                for nonce, (via, part) in enumerate(parts)
                if part
            ]
        )


def intents(market: RoutingMarket, turns: Sequence[Trader], rng: Random) -> None:
    """Everybody signs: match me with a trader of the other direction, at what I would get alone or
    better; what finds none goes through the pools. The solver settles all in one batch.
    """
    del rng
    signed = [market.sign(one, program(market, one)) for one in turns]
    gatherer = Gatherer(market.settlement, market.registry, market.directory)
    state, at = market.settlement.state(), market.chain.head().time + 1
    gathered = gatherer.gather(state, signed, at)
    solving = Solving(SOLVER_SECONDS)
    found, *_ = solving.find(market.settlement, gathered, state, sender=market.stranger, at=at)
    if found is None:
        raise NothingFound(f"the solver found no batch for {len(turns)} programs")
    market.execute([found.tx])


def program(market: RoutingMarket, one: Trader) -> str:
    """The text that a trader signs under `intents`."""
    alone = max(market.quotes(one).values())
    sells, buys = f"{one.amount} units of ${one.sells}", f"${one.buys}"
    return (
        f"if exists swap {buys} -> ${one.sells}:\n"
        f"    swap {sells} -> {buys} for at least {alone} units of {buys}\n"
        "else:\n"
        f"    route {sells} -> {buys} via {' or '.join(one.path(via) for via in ROUTES)}"
        f" for at least {alone * _LOWEST // 100} units of {buys}\n"
        "in parts"
    )


def share(market: RoutingMarket, turns: Sequence[Trader], rng: Random) -> None:
    """In couples of one direction, a block each: the first pays the second a share of what it gains
    when the second leaves it the better route (docs/route-share.md), where both gain by that.
    Who is left over goes alone.
    """
    del rng
    waiting: dict[str, Trader] = {}
    for one in turns:
        payer = waiting.pop(one.sells, None)
        if payer is None:
            waiting[one.sells] = one
        else:
            _couple(market, payer, one)
    for one in waiting.values():
        market.execute([market.tx_plain(one, market.best(one))])


def _couple(market: RoutingMarket, payer: Trader, mover: Trader) -> None:
    """Baseline: half of what the better route gives for both. Both sell as much."""
    via = market.best(payer)
    other = ROUTES[1 - ROUTES.index(via)]
    ways = dict(zip(ROUTES, market.ways_of(payer), strict=True))
    baseline = ways[via].quote(payer.amount + mover.amount) // 2
    if not worth_sharing(ways[via], ways[other], payer.amount):
        market.execute([market.tx_plain(payer, via), market.tx_plain(mover, via)])
        return
    buys = f"units of ${payer.buys}"
    terms = f"{SHARE}% above {baseline} {buys} up to {max(1, baseline // 10)} {buys}"

    def route(one: Trader, over: str, least: int) -> str:
        sold = f"route {one.amount} units of ${one.sells} -> ${one.buys}"
        return f"{sold} via {one.path(over)} for at least {least} {buys}"

    stays, asks = baseline * _LOWEST // 100, ways[other].quote(mover.amount) * _SLACK // 100
    pays = f"if pays {terms} to {mover.name}:\n    {route(payer, via, baseline)}\n"
    paid_for = f"if paid {terms} by {payer.name}:\n    {route(mover, other, asks)}\n"
    texts = (
        f"{pays}else:\n    {route(payer, via, stays)}",
        f"{paid_for}else:\n    {route(mover, via, stays)}",
    )
    signed = [market.sign(one, text) for one, text in zip((payer, mover), texts, strict=True)]
    orders = tuple(Order.of(one.intent, one.signature) for one in signed)
    routes = tuple(Route(index, 0, one.amount) for index, one in enumerate((payer, mover)))
    market.execute([market.settlement.tx_settle(Batch(orders, routes=routes))])


def worth_sharing(better: Way, other: Way, amount: int) -> bool:
    """Whether both have more by the share than half of what the better route gives for both."""
    stays, moves = better.quote(amount), other.quote(amount)
    half = better.quote(2 * amount) // 2
    paid = (stays - half) * SHARE // 100
    return min(stays - paid, moves + paid) > half


ARMS: Final[dict[str, Callable[[RoutingMarket, Sequence[Trader], Random], None]]] = {
    arm.__name__: arm for arm in (blind, herd, fresh, router, intents, share)
}
"""In the order of tables and plots."""

LABELS: Final = {
    "blind": "blind, at random",
    "herd": "blind, one quote",
    "fresh": "fresh quotes",
    "router": "fresh quotes, divided",
    "intents": "intents",
    "share": "share for the route",
}

__all__ = ["ARMS", "LABELS", "SHARE", "NothingFound", "program", "worth_sharing"]
