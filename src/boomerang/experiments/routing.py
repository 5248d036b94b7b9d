"""The four-asset routing game: blind orders, fresh quotes, intents, and a share for a route, on
Uniswap's own pools.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from boomerang.chains import connect
from boomerang.experiments import routing_findings, routing_pictures
from boomerang.experiments.base import Cell, Config, Experiment, Row
from boomerang.experiments.routing_arms import ARMS
from boomerang.games.routing import UNIT, Way
from boomerang.games.routing_market import PRICE, RoutingMarket

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.figure import Figure

    from boomerang.experiments.findings import Finding
    from boomerang.games.routing_market import Trader

_Traders = Annotated[int, Field(ge=1, le=16)]
_Couples = Annotated[int, Field(ge=2, le=16, multiple_of=2)]
_Ahead = Annotated[int, Field(ge=1, le=100_000)]


class RoutingConfig(Config):
    """How many traders meet on the pools, and how often a replicate tosses coins and draws turns:
    routing.yaml says which is which.
    """

    replicates: int = Field(ge=2, le=100_000)
    draws: int = Field(ge=1, le=10_000)
    turns: int = Field(ge=1, le=10_000)
    sellers: tuple[_Traders, ...] = Field(min_length=1)
    matched: tuple[_Traders, ...]
    half: tuple[_Couples, ...]
    ahead: tuple[_Ahead, ...]


class RoutingExperiment(Experiment[RoutingConfig]):
    """Each replicate builds one market; every arm trades on it from the same state."""

    letter = "e"
    title = "Routes through pools: blind orders, intents, and a share for the route"
    claim = """
Traders sell 500 A each for D over B or over C (pools of 50,000/50,000 and 50,000/50, fee 0.3%). Six
ways of trading, each by actual swaps on Uniswap's pools. *Blind, at random*: all in one block, each
by its own coin, the symmetric equilibrium of those who choose at the same time. *Blind, one quote*:
all in one block over the route that every quote before it calls best. *Fresh quotes*: one after the
other. *Divided*: fresh quotes, and every order is divided between the routes as is best. *Intents*:
programs that ask for a trader of the other direction first and take a route else, settled by the
solver. *Share*: in couples, the first pays the second half of what it gains when the second leaves
it the better route.

1. One-sided, split instead of on one route, two traders gain 1.96% together and eight 7.39%: blind
   orders have a price of anarchy (the most that all could receive over what they receive) above 1,
   by the closed forms. Intents bring it to what an even split gives.
2. With as many traders of the other direction, intents match all of them directly at 1000 A for one
   D: a price of anarchy of 1, and nothing goes to pools or arbitrage. Every other way pays the
   pools.
3. A share for the route gives what fresh quotes give together, and both of a couple more than half
   of what one route would have given them.
"""
    limits = """
- One-sided, intents gain nothing over fresh quotes: a router that looks at the pools splits orders
  just as well. One trader alone gains by dividing its order, with intents or without.
- The share for a route moves money between the two. Together they get what fresh quotes get, and a
  second who sees the first's trade would leave for nothing. It is a bargain for two who are in one
  block: blind, neither would take a route that is worse by itself.
- What many sellers lose to the pools' curves does not come back: for 16 sellers of 500 A it is
  about a seventh of the worth, however they are routed. Only traders of the other direction help.
- With half as many traders of the other direction, no optimum is stated: what is sold is fixed, not
  what is bought, so at fixed prices it would be best for all together if buyers took everything at
  any price. Only who gets what is shown.
- Gas is not counted; the solver is honest; the market outside stands still at the first prices.
"""
    config = RoutingConfig

    def cells(self, config: RoutingConfig) -> Sequence[Cell]:
        crowds = [(n, 0, 0) for n in config.sellers]
        crowds += [(n, n, 0) for n in config.matched]
        crowds += [(n, n // 2, 0) for n in config.half]
        crowds += [(2, 0, ahead) for ahead in config.ahead]
        return [
            {
                "sellers": n,
                "buyers": m,
                "ahead": ahead,
                "draws": config.draws,
                "turns": config.turns,
            }
            for n, m, ahead in dict.fromkeys(crowds)
        ]

    def run(self, cell: Cell, seed: int) -> Sequence[Row]:
        rng = Random(seed)  # noqa: S311 - coins and turns, no secrets
        ahead = int(cell["ahead"])
        market = RoutingMarket(
            connect("pyrevm"),
            int(cell["sellers"]),
            int(cell["buyers"]),
            ahead={"C": ahead * UNIT} if ahead else None,
        )
        alone = _alone(market)
        # Only blind traders toss coins, and who comes first makes no difference among alike.
        turns = int(cell["turns"]) if market.buyers else 1
        return [
            {"arm": arm, **_traded(market, arm, rng), **alone}
            for arm in ARMS
            for _ in range(int(cell["draws"]) if arm == "blind" else turns)
        ]

    def findings(self, table: pd.DataFrame, config: RoutingConfig) -> Sequence[Finding]:
        return routing_findings.all_of(table, config)

    def plots(self, table: pd.DataFrame, config: RoutingConfig) -> Mapping[str, Figure]:
        return routing_pictures.all_of(table, config)

    def captions(self, config: RoutingConfig) -> Mapping[str, str]:
        del config
        return routing_pictures.CAPTIONS


def _traded(market: RoutingMarket, arm: str, rng: Random) -> Row:
    """What an arm brings whom, from the market as it is; then the market is so again. In D, and for
    buyers in D at 1000 A.
    """
    start = market.chain.snapshot()
    turns = list(market.traders)
    rng.shuffle(turns)
    had, sold, in_pools = market.received(), market.kept(), market.pool_value()
    ARMS[arm](market, turns, rng)
    got = dict(
        zip(
            market.traders,
            (x - y for x, y in zip(market.received(), had, strict=True)),
            strict=True,
        )
    )
    left = [
        1 - (before - now) / one.amount
        for one, before, now in zip(market.traders, sold, market.kept(), strict=True)
    ]
    circle = _circle(market.ways())
    drift = market.pool_value() - in_pools
    arbitrage = market.arbitrage()
    market.chain.restore(start)
    of_fair = [got[one] / one.fair for one in market.traders]
    first, second = _couples(turns, got)
    return {
        "got_sellers": sum(got[one] for one in market.sellers) / UNIT,
        "got_buyers": sum(got[one] for one in market.buyers) / UNIT / PRICE,
        "pools": (drift - arbitrage) / UNIT / PRICE,
        "arbitrage": arbitrage / UNIT / PRICE,
        "circle": circle / UNIT / PRICE,
        "unsold": max(left),
        "lowest": min(of_fair),
        "highest": max(of_fair),
        "first": first,
        "second": second,
    }


def _couples(
    turns: Sequence[Trader], got: Mapping[Trader, int]
) -> tuple[float | None, float | None]:
    """D that the first and the second seller of a couple receive on average; None without one."""
    sellers = [one for one in turns if one.sells == "A"]
    couples = list(zip(sellers[::2], sellers[1::2], strict=False))
    if not couples:
        return None, None
    first, second = (sum(got[couple[i]] for couple in couples) / UNIT for i in (0, 1))
    return first / len(couples), second / len(couples)


def _alone(market: RoutingMarket) -> Row:
    """What the first trader of each direction receives that trades alone: D, and A (None where
    nobody sells D).
    """
    found: dict[str, float | None] = {"alone_seller": None, "alone_buyer": None}
    for key, traders in (("alone_seller", market.sellers), ("alone_buyer", market.buyers)):
        if traders:
            start = market.chain.snapshot()
            token, account = market.tokens[traders[0].buys], traders[0].account
            had = token.balance_of(account)
            market.execute([market.tx_plain(traders[0], market.best(traders[0]))])
            found[key] = (token.balance_of(account) - had) / UNIT
            market.chain.restore(start)
    return found


def _circle(ways: tuple[Way, Way]) -> int:
    """A that the best round from A over one route to D and back over the other would gain, by these
    pools alone, after the formula's rounding. 0 where the fees are more than the gain.
    """
    best = 0
    for there, back in (ways, ways[::-1]):
        amount = int(there.curve.then(back.reversed.curve).best())
        best = max(best, back.reversed.quote(there.quote(amount)) - amount)
    return best


EXPERIMENT = RoutingExperiment()
