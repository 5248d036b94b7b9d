"""Optimal routing through constant function market makers, as one convex problem (Angeris, Chitra,
Evans and Boyd, "Optimal Routing for Constant Function Market Makers", 2022): Clarabel.

    maximise value @ psi  where psi = what comes out of all pools less what goes in, psi >= -held

Pools are weighted geometric means (constant product where the weights are equal) or sums of any
number of tokens. What goes in counts `1 - fee` of it. Amounts are floats: the exact numbers of a
settlement are made elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import clarabel
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csc_matrix

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Market:
    """A pool of `tokens` (indices) with `reserves` > 0. With `weights` the trading function is the
    product of reserves to these powers (they are scaled to sum to 1); without, their sum.
    """

    tokens: tuple[int, ...]
    reserves: tuple[float, ...]
    fee: float = 0.003
    weights: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if len(set(self.tokens)) != len(self.tokens) or len(self.tokens) < 2:
            raise InvalidInput("a market needs two or more tokens, each once")
        if len(self.reserves) != len(self.tokens) or min(self.reserves) <= 0:
            raise InvalidInput("a market needs a reserve above 0 of each token")
        if not 0 <= self.fee < 1:
            raise InvalidInput("a fee is from 0 to below 1")
        if self.weights is not None and (
            len(self.weights) != len(self.tokens) or min(self.weights) <= 0
        ):
            raise InvalidInput("a market needs a weight above 0 for each token, or none")

    def marginal(self, reserves: Vector) -> Vector:
        """The gradient of its trading function (of its logarithm, for products)."""
        if self.weights is None:
            return np.ones(len(self.tokens))
        return np.array(self.weights) / sum(self.weights) / reserves


@dataclass(frozen=True, slots=True)
class Routing:
    """`given[k]` and `taken[k]`: what goes into and comes out of market k, by its tokens; `net` by
    token; `prices`: the duals at which nothing more is to be gained.
    """

    value: float
    net: Vector
    given: tuple[Vector, ...]
    taken: tuple[Vector, ...]
    prices: Vector


class RoutingFailed(RuntimeError):
    """Clarabel found no optimum; the message has its status."""


def constant_product(
    tokens: tuple[int, int], reserves: tuple[float, float], fee: float = 0.003
) -> Market:
    """A Uniswap V2 pool."""
    return Market(tokens, reserves, fee, (1.0, 1.0))


def optimal_routing(
    count: int,
    markets: Sequence[Market],
    value: Sequence[float],
    held: Sequence[float] | None = None,
) -> Routing:
    """The best trades with all markets for someone who holds `held` (nothing) of `count` tokens and
    values what he has then more at `value` each.
    """
    if len(value) != count or (held is not None and len(held) != count):
        raise InvalidInput(f"there must be a value, and what is held, for each of {count} tokens")
    model = _Model(count, markets, np.asarray(value, dtype=np.float64))
    owned = np.zeros(count) if held is None else np.asarray(held, dtype=np.float64)
    return model.solve(owned)


class _Model:
    """Columns: by market given then taken; for products, the logarithm's terms behind them."""

    def __init__(self, count: int, markets: Sequence[Market], value: Vector) -> None:
        self.count, self.markets, self.value = count, markets, value
        self.start: list[int] = []
        self.width = 0
        for market in markets:
            self.start.append(self.width)
            self.width += 2 * len(market.tokens)
            self.width += len(market.tokens) if market.weights else 0
        self.cells: list[tuple[int, int, float]] = []
        self.right: list[float] = []

    def row(self, right: float, *cells: tuple[int, float]) -> None:
        """right - cells @ x lies in the cone."""
        self.cells += [(len(self.right), column, value) for column, value in cells]
        self.right.append(right)

    def solve(self, held: Vector) -> Routing:
        for token in range(self.count):  # net + held >= 0
            self.row(float(held[token]), *self._net(token, -1.0))
        cones = [clarabel.NonnegativeConeT(self._positive())]
        for k, market in enumerate(self.markets):
            if market.weights:
                cones += self._product(k, market, market.weights)
        cost = np.zeros(self.width)
        for token in range(self.count):
            for place, sign in self._net(token, 1.0):
                cost[place] -= self.value[token] * sign
        row, column, value = zip(*self.cells, strict=True)
        matrix = csc_matrix(coo_matrix((value, (row, column)), shape=(len(self.right), self.width)))
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        for name in ("tol_gap_abs", "tol_gap_rel", "tol_feas"):
            setattr(settings, name, 1e-11)
        quadratic = csc_matrix((self.width, self.width))
        answer = clarabel.DefaultSolver(
            quadratic, cost, matrix, np.array(self.right), cones, settings
        ).solve()
        if str(answer.status) not in ("Solved", "AlmostSolved"):
            raise RoutingFailed(f"Clarabel: {answer.status}")
        return self._routing(np.asarray(answer.x), np.asarray(answer.z))

    def _positive(self) -> int:
        """Nothing given or taken is negative, and no sum falls. Returns the rows so far."""
        for k, market in enumerate(self.markets):
            size = len(market.tokens)
            for n in range(2 * size):
                self.row(0.0, (self.start[k] + n, -1.0))
            if market.weights is None:
                keep = 1 - market.fee
                given = [(self.start[k] + n, -keep) for n in range(size)]
                taken = [(self.start[k] + size + n, 1.0) for n in range(size)]
                self.row(0.0, *given, *taken)
                for n in range(size):  # no more can come out than there is
                    self.row(market.reserves[n], given[n], taken[n])
        return len(self.right)

    def _product(self, k: int, market: Market, weights: Sequence[float]) -> list[object]:
        """sum of weight * log(reserve after / before) >= 0: t_n <= log(ratio_n), by exponential
        cones.
        """
        size, start, keep = len(market.tokens), self.start[k], 1 - market.fee
        total = sum(weights)
        terms = [start + 2 * size + n for n in range(size)]
        self.row(0.0, *((t, -w / total) for t, w in zip(terms, weights, strict=True)))
        cones: list[object] = [clarabel.NonnegativeConeT(1)]
        for n, reserve in enumerate(market.reserves):
            # (t, 1, ratio): 1 * exp(t / 1) <= ratio
            self.row(0.0, (terms[n], -1.0))
            self.row(1.0)
            self.row(1.0, (start + n, -keep / reserve), (start + size + n, 1.0 / reserve))
            cones.append(clarabel.ExponentialConeT())
        return cones

    def _net(self, token: int, sign: float) -> list[tuple[int, float]]:
        cells = []
        for k, market in enumerate(self.markets):
            if token in market.tokens:
                n = market.tokens.index(token)
                cells.append((self.start[k] + n, -sign))
                cells.append((self.start[k] + len(market.tokens) + n, sign))
        return cells

    def _routing(self, x: Vector, z: Vector) -> Routing:
        net = np.zeros(self.count)
        given, taken = [], []
        for k, market in enumerate(self.markets):
            size, start = len(market.tokens), self.start[k]
            given.append(np.maximum(x[start : start + size], 0.0))
            taken.append(np.maximum(x[start + size : start + 2 * size], 0.0))
            np.add.at(net, np.array(market.tokens), taken[-1] - given[-1])
        return Routing(
            float(self.value @ net), net, tuple(given), tuple(taken), self.value + z[: self.count]
        )
