"""The four-asset example, told as it goes: traders on two routes, in six ways of trading.

Each way starts from the same pools; the chain is as it was before when all have been played.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Final

from boomerang.experiments.errors import MissingExtra
from boomerang.experiments.routing_arms import ARMS, LABELS
from boomerang.games.routing import UNIT
from boomerang.games.routing_market import PRICE, RoutingMarket

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from boomerang.chains import Chain

_BAR: Final = 40
"""Characters of the longest bar."""


@dataclass(frozen=True, slots=True)
class Way:
    """What a way of trading brought: each trader's part of the worth of what it sold at the first
    prices, and D that all of them received (A at 1000 for one D).
    """

    label: str
    parts: tuple[float, ...]
    together: float

    @property
    def lost(self) -> float:
        """Percent of the worth."""
        return 100 * (1 - sum(self.parts) / len(self.parts))


def ways(market: RoutingMarket, seed: int) -> list[Way]:
    """Every way of trading, each from the market as it is. `seed` tosses the blind ones' coins."""
    start = market.chain.snapshot()
    found = []
    for arm, trade in ARMS.items():
        had = market.received()
        trade(market, market.traders, Random(seed))  # noqa: S311 - coins, no secrets
        got = [now - before for now, before in zip(market.received(), had, strict=True)]
        market.chain.restore(start)
        both = list(zip(market.traders, got, strict=True))
        together = sum(units if one.buys == "D" else units / PRICE for one, units in both)
        parts = tuple(units / one.fair for one, units in both)
        found.append(Way(LABELS[arm], parts, together / UNIT))
    return found


def play(
    chain: Chain,
    tell: Callable[[str], None],
    traders: int = 2,
    buyers: int = 0,
    *,
    seed: int = 1,
    svg: Path | None = None,
) -> list[Way]:
    """Deploy a market, trade in every way, and tell what came of it; with `svg` also as a picture
    in that file, which needs the extra `experiments`.
    """
    market = RoutingMarket(chain, traders, buyers)
    tell(f"settlement {market.settlement.address} on chain {chain.chain_id}")
    tell(f"{traders} sell 500 A for D, {buyers} sell 0.5 D for A; of its worth each gets")
    found = ways(market, seed)
    for line in lines(found):
        tell(line)
    if svg is not None:
        draw(found, svg)
        tell(f"picture: {svg}")
    return found


def lines(found: Sequence[Way]) -> list[str]:
    """As a table with a bar for what is lost."""
    worst = max(max(way.lost for way in found), 1e-9)
    told = [f"{'':<24}{'least':>9}{'most':>9}{'all, D':>10}   lost to pools and arbitrage"]
    for way in found:
        least, most = 100 * min(way.parts), 100 * max(way.parts)
        bar = "█" * round(_BAR * max(way.lost, 0) / worst)
        numbers = f"{least:8.2f}%{most:8.2f}%{way.together:10.5f}"
        told.append(f"{way.label:<24}{numbers}   {way.lost:5.2f}% {bar}".rstrip())
    return told


def draw(found: Sequence[Way], svg: Path) -> None:
    """A bar for each way, from who gets least to who gets most. Raises MissingExtra."""
    try:
        from boomerang.experiments import figures
    except ImportError:
        raise MissingExtra("matplotlib") from None
    drawn, (axes,) = figures.figure(width=5.6)
    for place, way in enumerate(found):
        low, high = 100 * min(way.parts), 100 * max(way.parts)
        colour = figures.COLOURS[place % len(figures.COLOURS)]
        axes.barh(place, high - low, left=low, height=0.5, color=colour)
        axes.plot([100 - way.lost], [place], "k|", markersize=14)
    axes.set_yticks(range(len(found)), [way.label for way in found])
    axes.invert_yaxis()
    axes.set(xlabel="received, % of the worth: least to most, and all together")
    svg.write_bytes(figures.svg(drawn))


__all__ = ["Way", "draw", "lines", "play", "ways"]
