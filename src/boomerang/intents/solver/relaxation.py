"""The relaxation that proves the bound: units through every branch, tokens conserved, pools convex.

Two layers of tokens: direct swaps trade among themselves, routes trade with pools; an intent's
amount joins them. HiGHS without routes, Clarabel with them. docs/solver.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from time import perf_counter
from typing import TYPE_CHECKING, Any

import clarabel
import numpy as np
from scipy.sparse import coo_matrix, csc_matrix, csr_matrix

from boomerang.intents.auction.bound import Duals, layers
from boomerang.intents.solver.highs import Problem, Vector

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boomerang.intents.auction.state import Auction


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The share of its item's amount that each option sells (by option), and the duals."""

    shares: Vector
    duals: Duals
    objective: float
    seconds: float


class _Layout:
    """Rows and columns that both solvers share."""

    def __init__(self, auction: Auction, left: Mapping[int, int] | None = None) -> None:
        self.auction = auction
        options = auction.options
        self.routes = sorted(auction.routable)
        self.layers = layers(auction)
        self.keys = [(layer, token) for layer in (0, 1) for token in sorted(self.layers[layer][0])]
        self.row = {key: n for n, key in enumerate(self.keys)}
        tokens = auction.tokens
        self.unit = np.array([10.0 ** tokens[token].decimals for _, token in self.keys])
        self.price = np.array(
            [
                float(tokens[t].price * 10 ** tokens[t].decimals) if t in self.layers[k][1] else 0.0
                for k, t in self.keys
            ]
        )
        layer = np.array([0 if o.direct else 1 for o in options], dtype=np.int64)
        self.sell = np.array(
            [self.row[int(k), o.sell] for k, o in zip(layer, options, strict=True)], dtype=np.int64
        )
        self.buy = np.array(
            [self.row[int(k), o.buy] for k, o in zip(layer, options, strict=True)], dtype=np.int64
        )
        cap = [auction.items[o.item].left if left is None else left[o.item] for o in options]
        amount = np.array([float(n) for n in cap])
        least = np.array(
            [n * (o.least / o.amount) for n, o in zip(cap, options, strict=True)], dtype=np.float64
        )
        self.supply = amount / self.unit[self.sell] if options else amount
        self.demand = least / self.unit[self.buy] if options else least
        worth = [float(auction.tokens[o.buy].price * o.least) for o in options]
        floor = [float(auction.floors[o.item]) for o in options]
        # What a whole amount gains by taking a stricter branch than the laxest one.
        self.bonus = np.array(
            [
                (w - f) * (n / o.amount)
                for w, f, n, o in zip(worth, floor, cap, options, strict=True)
            ],
            dtype=np.float64,
        )
        self.item = np.array([o.item for o in options], dtype=np.int64)
        self.count, self.size = len(options), len(self.keys)
        # Rows in units of their largest coefficient.
        self.scale = np.ones(self.size)
        np.maximum.at(self.scale, self.sell, 0)
        biggest = np.zeros(self.size)
        np.maximum.at(biggest, self.sell, self.supply)
        np.maximum.at(biggest, self.buy, self.demand)
        self.scale = np.where(biggest > 0, biggest, 1.0)

    def conservation(self) -> tuple[Vector, Vector, Vector]:
        """(row, column, value): supply less demand of every token, then less its excess."""
        span = np.arange(self.count)
        row = np.concatenate([self.sell, self.buy, np.arange(self.size)])
        column = np.concatenate([span, span, self.count + np.arange(self.size)])
        value = np.concatenate([self.supply, -self.demand, -self.scale]) / self.scale[row]
        return row, column, value

    def duals(self, raw: Vector) -> Duals:
        """Prices that count: not below what the bound asks for, as finite decimals."""
        found: tuple[dict[bytes, Fraction], dict[bytes, Fraction]] = ({}, {})
        for (layer, token), value in zip(self.keys, raw, strict=True):
            known = self.auction.tokens[token]
            price = Fraction(Decimal(repr(max(float(value), 0.0)))) / 10**known.decimals
            bought = token in self.layers[layer][1]
            found[layer][token] = max(price, known.price) if bought else price
        return Duals(*found)

    def capacities(self) -> tuple[Vector, int]:
        """Rows for the items of more than one option: (row of each option or -1, how many)."""
        counts = np.bincount(self.item, minlength=len(self.auction.items))
        several = np.flatnonzero(counts > 1)
        place = np.full(len(self.auction.items), -1)
        place[several] = np.arange(len(several))
        return place[self.item], len(several)


def relax(auction: Auction, left: Mapping[int, int] | None = None) -> Relaxed:
    """Solve the relaxation; with `left` instead of the items' amounts."""
    if not auction.options:
        return Relaxed(np.zeros(0), Duals({}, {}), 0.0, 0.0)
    layout = _Layout(auction, left)
    return _conic(layout) if any(not o.direct for o in auction.options) else _linear(layout)


def _linear(layout: _Layout) -> Relaxed:
    n, m = layout.count, layout.size
    row, column, value = layout.conservation()
    places, several = layout.capacities()
    shared = np.flatnonzero(places >= 0)
    rows = csr_matrix(
        (
            np.concatenate([value, np.ones(len(shared))]),
            (np.concatenate([row, m + places[shared]]), np.concatenate([column, shared])),
        ),
        shape=(m + several, n + m),
    )
    gain = np.concatenate([layout.bonus, layout.price * layout.scale])
    norm = max(gain.max(), 1e-300)
    low = np.concatenate([np.zeros(m), np.full(several, -np.inf)])
    high = np.concatenate([np.zeros(m), np.ones(several)])
    upper = np.concatenate([np.ones(n), np.full(m, np.inf)])
    answer = Problem(gain / norm, rows, (low, high), (np.zeros(n + m), upper)).solve()
    duals = layout.duals(answer.duals[:m] * norm / layout.scale)
    return Relaxed(answer.values[:n], duals, answer.objective * norm, answer.seconds)


def _conic(layout: _Layout) -> Relaxed:
    auction, n, m = layout.auction, layout.count, layout.size
    pools = [auction.pools[k] for k in layout.routes if min(auction.pools[k].reserves) > 0]
    k = len(pools)
    row, column, value = layout.conservation()
    columns = n + m + 4 * k
    parts: list[tuple[Any, Any, Vector]] = [(row, column, value)]
    # Pools: per pool, in 0, in 1, out 0, out 1, each as a share of its reserve.
    for j, pool in enumerate(pools):
        base = n + m + 4 * j
        for side in (0, 1):
            token = pool.tokens[side]
            at = layout.row[1, token]
            size = pool.reserves[side] / layout.unit[at] / layout.scale[at]
            parts.append(
                (
                    np.array([at, at]),
                    np.array([base + side, base + 2 + side]),
                    np.array([-size, size]),
                )
            )
    places, several = layout.capacities()
    # All variables are not negative, shares at most 1 (single options) or together at most 1.
    top = np.where(places >= 0, places, several + np.arange(n))
    used = np.unique(top)
    renumber = np.zeros(top.max() + 1, dtype=np.int64)
    renumber[used] = np.arange(len(used))
    limits = len(used)
    first = m + columns
    parts.append((m + np.arange(columns), np.arange(columns), -np.ones(columns)))
    parts.append((first + renumber[top], np.arange(n), np.ones(n)))
    cone = first + limits
    for j, pool in enumerate(pools):
        keep = 1 - float(pool.fee)
        base = n + m + 4 * j
        spread = np.array([base, base + 1, base + 2, base + 3])
        plus = np.array([keep, keep, -1.0, -1.0])
        minus = np.array([keep, -keep, -1.0, 1.0])
        # |(a - b, 2)| <= a + b for the reserves a, b after the trade: a b >= 1.
        parts.append((np.full(4, cone + 3 * j), spread, -plus))
        parts.append((np.full(4, cone + 3 * j + 1), spread, -minus))
    total = cone + 3 * k
    right = np.zeros(total)
    right[first:cone] = 1.0
    right[cone::3] = 2.0
    right[cone + 2 :: 3] = 2.0
    matrix = csc_matrix(
        coo_matrix(
            (
                np.concatenate([p[2] for p in parts]),
                (np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])),
            ),
            shape=(total, columns),
        )
    )
    gain = np.zeros(columns)
    gain[:n] = layout.bonus
    gain[n : n + m] = layout.price * layout.scale
    norm = max(gain.max(), 1e-300)
    cones = [clarabel.ZeroConeT(m), clarabel.NonnegativeConeT(columns + limits)]
    cones += [clarabel.SecondOrderConeT(3)] * k
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1
    for name in ("tol_gap_abs", "tol_gap_rel", "tol_feas"):
        setattr(settings, name, 1e-10)
    started = perf_counter()
    quadratic = csc_matrix((columns, columns))
    answer = clarabel.DefaultSolver(quadratic, -gain / norm, matrix, right, cones, settings).solve()
    seconds = perf_counter() - started
    x, z = np.asarray(answer.x), np.asarray(answer.z)
    duals = layout.duals(np.nan_to_num(-z[:m]) * norm / layout.scale)
    shares = np.clip(np.nan_to_num(x[:n]), 0.0, 1.0)
    return Relaxed(shares, duals, float(gain @ np.nan_to_num(x)), seconds)
