"""The master problem: how much of every cycle and route. HiGHS, with whole numbers where an intent
is all or nothing; pools from outside, by tangents that are added where the answer leaves the curve.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix

from boomerang.intents.solver.highs import Problem, SolverFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from boomerang.intents.auction.state import Auction
    from boomerang.intents.solver.columns import Column
    from boomerang.intents.solver.highs import Answer, Vector

SLACK = 1e-9
"""Partial intents leave so much of their amount free: room for exact integers."""
_START = (0.0, 1e-3, 1e-2, 0.1)
_ROUNDS = 6
_FEW = 60
"""Up to so many choices of all or nothing are searched in full."""


@dataclass(slots=True)
class Target:
    """What the master problem wants: a scale by column, a share by routed option, and by path."""

    scales: Vector
    routes: dict[int, float] = field(default_factory=dict)
    paths: dict[int, int] = field(default_factory=dict)
    """By option, how many of its paths are worth using."""
    value: float = 0.0
    relaxed: float = 0.0
    """The same without whole numbers (where these are many): what they cost at most."""
    seconds: float = 0.0
    optimal: bool = True


@dataclass(frozen=True, slots=True)
class Without:
    """What an attempt does without: items, columns, routed options; and `forced` items, which are
    to be sold out.
    """

    items: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    routes: frozenset[int] = frozenset()
    forced: frozenset[int] = frozenset()

    def more(
        self, items: Collection[int], columns: Collection[int], routes: Collection[int]
    ) -> Without:
        return Without(
            self.items | set(items),
            self.columns | set(columns),
            self.routes | set(routes),
            self.forced,
        )


@dataclass(frozen=True, slots=True)
class _PathFlow:
    option: int
    path: tuple[bytes, ...]
    scales: tuple[float, ...]
    """Of the amounts before each hop, and at the end, in smallest units."""
    first: int
    """Column of the amount before the first hop; those behind follow."""


class Master:
    """Rows and columns of the problem; `solve` may be called again with more forbidden."""

    def __init__(self, auction: Auction, columns: Sequence[Column], routed: Sequence[int]) -> None:
        self.auction = auction
        self.columns = columns
        self.options = auction.options
        self.items = sorted(
            {self.options[n].item for c in columns for n in c.options}
            | {self.options[n].item for n in routed}
        )
        self.row = {item: k for k, item in enumerate(self.items)}
        self.whole = [n for n in self.items if auction.items[n].intent.whole]
        nonces: dict[tuple[bytes, int], list[int]] = {}
        for n in self.items:
            intent = auction.items[n].intent
            if not auction.items[n].book:
                nonces.setdefault((intent.maker, intent.nonce), []).append(n)
        self.rivals = [group for group in nonces.values() if len(group) > 1]
        rivals = {n for group in self.rivals for n in group}
        chosen = sorted(set(self.whole) | rivals)
        self.width = len(columns)
        self.flows: list[_PathFlow] = []
        for n in routed:
            for path in self.options[n].paths:
                self._path(n, path)
        self.choice = {n: self.width + k for k, n in enumerate(chosen)}
        self.width += len(chosen)
        self.tangents: dict[int, list[float]] = {}
        self._hops()

    def _path(self, n: int, path: tuple[bytes, ...]) -> None:
        """One column for what goes into each hop, and one for what comes out of the last."""
        pools = [self.auction.pairs.get(hop) for hop in pairwise(path)]
        if None in pools or len(set(pools)) < len(pools):
            return
        scales = [float(self.auction.items[self.options[n].item].left)]
        for hop, k in zip(pairwise(path), pools, strict=True):
            pool = self.auction.pools[k or 0]
            side = pool.side(hop[0])
            if min(pool.reserves) <= 0:
                return
            given = scales[-1]
            keep = 1 - float(pool.fee)
            out = keep * given * pool.reserves[1 - side] / (pool.reserves[side] + keep * given)
            scales.append(out)
        self.flows.append(_PathFlow(n, path, tuple(scales), self.width))
        self.width += len(path)

    def _hops(self) -> None:
        """By pool and direction: columns that go in and come out, as shares of the reserves."""
        self.into: dict[tuple[int, int], list[tuple[int, float]]] = {}
        self.out_of: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for flow in self.flows:
            for k, hop in enumerate(pairwise(flow.path)):
                n = self.auction.pairs[hop]
                pool = self.auction.pools[n]
                side = pool.side(hop[0])
                given = flow.first + k, flow.scales[k] / pool.reserves[side]
                taken = flow.first + k + 1, flow.scales[k + 1] / pool.reserves[1 - side]
                self.into.setdefault((n, side), []).append(given)
                self.out_of.setdefault((n, side), []).append(taken)
        for n in {key[0] for key in self.into}:
            moves = [sign * point for point in _START for sign in (1, -1)]
            self.tangents[n] = sorted({1 + move for move in moves})

    def solve(self, without: Without, time_limit: float, relative_gap: float) -> Target:
        """The best scales. Tangents are added until the answer lies on the pools' curves; first
        without whole numbers, then with those that are still open: all of them where they are few,
        else those between 0 and 1.
        """
        gain, upper = self._objective(without)
        started = perf_counter()
        low = np.zeros(self.width)
        cells = self._rows()
        for n in without.forced:
            cells[1][self.row[n]] = 1.0 - 2 * SLACK
        rows = self._matrix(*cells)
        problem = Problem(gain, rows[0], rows[1:], (low, upper))
        self._add_tangents(problem, {key: list(points) for key, points in self.tangents.items()})
        choices = np.array(sorted(self.choice.values()), dtype=np.int64)
        seconds, answer = 0.0, None

        def run(gap: float) -> Answer:
            nonlocal seconds, answer
            for _ in range(_ROUNDS):
                rest = time_limit - (perf_counter() - started)
                answer = problem.solve(rest, gap)
                seconds += answer.seconds
                fresh = self._tighten(answer.values)
                if not fresh or rest < 0.5:
                    break
                self._add_tangents(problem, fresh)
            if answer is None:
                raise AssertionError
            return answer

        few = 0 < len(choices) <= _FEW
        if few:
            problem.integers(choices, True)
        answer = run(relative_gap)
        relaxed = answer.objective
        if len(choices) and not few:
            # From the side of the open ones: what is clearly in or out stays there.
            values = answer.values[choices]
            for close in (0.05, 0.3, 0.5):
                fixed = np.where(values > 1 - close, 1.0, np.where(values < close, 0.0, -1.0))
                known = fixed >= 0
                problem.bound(choices[known], fixed[known], fixed[known])
                problem.bound(choices[~known], np.zeros((~known).sum()), np.ones((~known).sum()))
                problem.integers(choices[~known], True)
                try:
                    answer = run(max(relative_gap, 1e-5))
                    break
                except SolverFailed:
                    problem.integers(choices, False)
        return self._target(answer.values, answer, seconds, relaxed)

    def _objective(self, without: Without) -> tuple[Vector, Vector]:
        items, columns, routes = without.items, without.columns, without.routes
        gain, upper = np.zeros(self.width), np.full(self.width, np.inf)
        for k, column in enumerate(self.columns):
            gain[k] = column.value
            if k in columns or any(self.options[n].item in items for n in column.options):
                upper[k] = 0.0
        for flow in self.flows:
            option = self.options[flow.option]
            floor = float(self.auction.floors[option.item]) / option.amount
            last = flow.first + len(flow.path) - 1
            gain[flow.first] -= floor * flow.scales[0]
            gain[last] += float(self.auction.tokens[option.buy].price) * flow.scales[-1]
            if flow.option in routes or option.item in items:
                upper[flow.first : last + 1] = 0.0
        for item, column_index in self.choice.items():
            upper[column_index] = 0.0 if item in items else 1.0
        self.norm = max(float(np.abs(gain).max(initial=0.0)), 1e-300)
        return gain / self.norm, upper

    def _rows(self) -> tuple[list[tuple[int, int, float]], list[float], list[float]]:
        cells: list[tuple[int, int, float]] = []
        low: list[float] = [-np.inf] * len(self.items)
        high: list[float] = [1.0 - SLACK] * len(self.items)
        for k, column in enumerate(self.columns):
            for n, share in zip(column.options, column.shares, strict=True):
                cells.append((self.row[self.options[n].item], k, share))
        for flow in self.flows:
            cells.append((self.row[self.options[flow.option].item], flow.first, 1.0))
        for n in self.whole:
            row = self.row[n]
            low[row] = high[row] = 0.0
            cells.append((row, self.choice[n], -1.0))
        for n, column_index in self.choice.items():
            if n not in self.whole:
                row = self.row[n]
                high[row] = 0.0
                cells.append((row, column_index, SLACK - 1.0))
        for group in self.rivals:
            cells += [(len(low), self.choice[n], 1.0) for n in group]
            low.append(-np.inf)
            high.append(1.0)
        by_option: dict[int, list[_PathFlow]] = {}
        for flow in self.flows:
            by_option.setdefault(flow.option, []).append(flow)
        for n, flows in by_option.items():
            option = self.options[n]
            rate = option.least / option.amount
            unit = flows[0].scales[0] * rate
            for flow in flows:
                cells.append((len(low), flow.first + len(flow.path) - 1, flow.scales[-1] / unit))
                cells.append((len(low), flow.first, -flow.scales[0] * rate / unit))
            low.append(0.0)
            high.append(np.inf)
        return cells, low, high

    def _matrix(
        self, cells: list[tuple[int, int, float]], low: list[float], high: list[float]
    ) -> tuple[csr_matrix, Vector, Vector]:
        row, column, value = zip(*cells, strict=True) if cells else ((), (), ())
        matrix = csr_matrix((value, (row, column)), shape=(len(low), self.width), dtype=np.float64)
        return matrix, np.array(low), np.array(high)

    def _add_tangents(self, problem: Problem, points: dict[int, list[float]]) -> None:
        """A pool's reserves a and b after the batch, as shares of those before: a b >= 1, so
        a / t + b t >= 2 for every t > 0, which is a row. Both directions are in it: flows that meet in
        a pool save each other the way, but pay their fees.
        """
        cells: list[tuple[int, int, float]] = []
        low: list[float] = []
        for n, every in points.items():
            keep = 1 - float(self.auction.pools[n].fee)
            for point in every:
                size = max(abs(point - 1), 1e-5)  # rows in units of what flows there
                for side, weight in ((0, 1 / point), (1, point)):
                    for column, value in self.into.get((n, side), ()):
                        cells.append((len(low), column, keep * weight * value / size))
                    for column, value in self.out_of.get((n, 1 - side), ()):
                        cells.append((len(low), column, -weight * value / size))
                low.append((2 - 1 / point - point) / size)
        if low:
            problem.add_rows(*self._matrix(cells, low, [np.inf] * len(low)))

    def _tighten(self, values: Vector) -> dict[int, list[float]]:
        """Tangents where more comes out than a pool gives, by more than matters."""
        added: dict[int, list[float]] = {}
        for n in self.tangents:
            keep = 1 - float(self.auction.pools[n].fee)
            after, moved = [1.0, 1.0], 0.0
            for side in (0, 1):
                for column, value in self.into.get((n, side), ()):
                    after[side] += keep * values[column] * value
                    moved += values[column] * value
                for column, value in self.out_of.get((n, 1 - side), ()):
                    after[side] -= values[column] * value
            if after[0] * after[1] < 1 - 1e-6 * moved - 1e-13:
                point = max(after[0], 1e-9) ** 0.5 / max(after[1], 1e-9) ** 0.5
                self.tangents[n].append(point)
                added[n] = [point]
        return added

    def _target(self, values: Vector, answer: Answer, seconds: float, relaxed: float) -> Target:
        target = Target(values[: len(self.columns)], seconds=seconds)
        target.value, target.relaxed = answer.objective * self.norm, relaxed * self.norm
        target.optimal = answer.optimal
        for flow in self.flows:
            share = float(values[flow.first])
            if share > 1e-9:
                target.routes[flow.option] = target.routes.get(flow.option, 0.0) + share
                if share > 1e-3:
                    target.paths[flow.option] = target.paths.get(flow.option, 0) + 1
        return target


__all__ = ["SLACK", "Master", "SolverFailed", "Target"]
