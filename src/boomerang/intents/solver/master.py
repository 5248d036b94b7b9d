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
    from boomerang.intents.solver.highs import Answer, Places, Vector

SLACK = 1e-9
"""Partial intents leave so much of their amount free: room for exact integers."""
_START = (0.0, 1e-3, 1e-2)
_ROUNDS = 6
_SURE = 1e-5
_LOSS = 1e-4
_PATIENCE = 1.0
_MANY_FLOWS = 200
_MANY_ROUTES = 100
_FEW = 60
_LARGE = 2_000
"""Columns from which on the first answer is found by the interior point method."""
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
            for path in self._ways(n) if len(routed) > _MANY_ROUTES else self.options[n].paths:
                self._path(n, path)
        self.choice = {n: self.width + k for k, n in enumerate(chosen)}
        self.width += len(chosen)
        self.tangents: dict[int, list[float]] = {}
        self._kept: Problem | None = None
        self._decided: dict[int, float] = {}
        self._hops()

    def _ways(self, n: int) -> list[tuple[bytes, ...]]:
        """The best two paths for a tenth of it: in large problems the others hardly matter."""
        option = self.options[n]

        def brings(path: tuple[bytes, ...]) -> int:
            amount = max(option.amount // 10, 1)
            for hop in pairwise(path):
                k = self.auction.pairs.get(hop)
                amount = 0 if k is None else self.auction.pools[k].amount_out(hop[0], amount)
            return -amount

        return sorted(option.paths, key=brings)[:2]

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
        """The best scales. Tangents are added until the answer lies on the pools' curves. Few
        choices
        of all or nothing are searched in full; of many, the most decided is decided, again and
        again.
        """
        started = perf_counter()
        problem = self._problem(without)
        choices = np.array(sorted(self.choice.values()), dtype=np.int64)
        search = _Search(self, problem, choices, started + time_limit)
        few = 0 < len(choices) <= _FEW
        again = self._again(without, problem, choices, search) if not few else None
        if again is not None:
            return again
        if few:
            problem.integers(choices, True)
        answer = search.run(relative_gap, _ROUNDS)
        relaxed = answer.objective
        if few:
            problem.integers(choices, False)
        elif len(choices):
            answer = search.dive(answer)
            self._decided = {int(p): float(round(answer.values[p])) for p in choices}
        return self._target(answer.values, answer, search.seconds, relaxed)

    def _again(
        self, without: Without, problem: Problem, choices: Places, search: _Search
    ) -> Target | None:
        """Many choices are not decided twice: those of the last time, without what is left out
        now.
        """
        if not self._decided or not len(choices):
            return None
        items = {place: n for n, place in self.choice.items()}
        high = np.array(
            [
                0.0 if items[int(place)] in without.items else self._decided[int(place)]
                for place in choices
            ]
        )
        problem.bound(choices, np.zeros(len(high)), high)
        answer = search.drop(search.run(0.0, _ROUNDS), set())
        return self._target(answer.values, answer, search.seconds, answer.objective)

    def _problem(self, without: Without) -> Problem:
        """The same problem again, with other bounds: it starts from the answer before."""
        gain, upper = self._objective(without)
        low = np.zeros(self.width)
        if without.forced or self._kept is None:
            cells = self._rows()
            for n in without.forced:
                cells[1][self.row[n]] = 1.0 - 2 * SLACK
            rows = self._matrix(*cells)
            tolerance = 1e-7 if self.width > _LARGE else 1e-9
            problem = Problem(gain, rows[0], rows[1:], (low, upper), tolerance)
            self.add_tangents(problem, {key: list(each) for key, each in self.tangents.items()})
            if not without.forced:
                self._kept = problem
            return problem
        self._kept.bound(np.arange(self.width), low, upper)
        return self._kept

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
        if len(self.flows) > _MANY_FLOWS:
            for flow in self.flows:
                # No flow at a better rate than the pools begin with: in large problems some would
                # live on others in the same pool, and could not be carried out.
                best = 1.0
                for hop in pairwise(flow.path):
                    pool = self.auction.pools[self.auction.pairs[hop]]
                    side = pool.side(hop[0])
                    rate = pool.reserves[1 - side] / pool.reserves[side]
                    best *= (1 - float(pool.fee)) * rate
                best *= flow.scales[0] / flow.scales[-1]
                cells.append((len(low), flow.first + len(flow.path) - 1, 1.0))
                cells.append((len(low), flow.first, -best))
                low.append(-np.inf)
                high.append(0.0)
        return cells, low, high

    def _matrix(
        self, cells: list[tuple[int, int, float]], low: list[float], high: list[float]
    ) -> tuple[csr_matrix, Vector, Vector]:
        row, column, value = zip(*cells, strict=True) if cells else ((), (), ())
        matrix = csr_matrix((value, (row, column)), shape=(len(low), self.width), dtype=np.float64)
        return matrix, np.array(low), np.array(high)

    def add_tangents(self, problem: Problem, points: dict[int, list[float]]) -> None:
        """A pool's reserves a and b after the batch, as shares of those before: a b >= 1, so
        a / t + b t >= 2 for every t > 0, which is a row. Both directions are in it: flows that
        meet in a pool save each other the way, but pay their fees.
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

    def tighten(self, values: Vector) -> dict[int, list[float]]:
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


class _Search:
    """One solve: the problem, until when, and what it took."""

    def __init__(self, master: Master, problem: Problem, choices: Places, until: float) -> None:
        self.master = master
        self.problem = problem
        self.choices = choices
        self.until = until
        self.budget = until - perf_counter()
        self.started = False
        self.seconds = 0.0

    @property
    def rest(self) -> float:
        return self.until - perf_counter()

    def run(self, gap: float, rounds: int) -> Answer:
        """Solve, and again with more tangents while the answer lies off the curves."""
        answer: Answer | None = None
        for left in reversed(range(rounds)):
            try:
                answer = self._solve(gap)
            except SolverFailed:
                if answer is None:
                    raise
                break
            self.seconds += answer.seconds
            fresh = self.master.tighten(answer.values)
            if fresh:
                self.master.add_tangents(self.problem, fresh)
            if not fresh or not left or self.rest < 0.2:
                break
        if answer is None:
            raise AssertionError
        return answer

    def _solve(self, gap: float) -> Answer:
        """From an answer before, the simplex method is quick or stalls; then anew."""
        if self.master.width <= _LARGE:
            return self.problem.solve(self.rest, gap)
        if self.started:
            try:
                return self.problem.solve(min(_PATIENCE, self.rest), gap)
            except SolverFailed as error:
                if not error.timed_out:
                    raise
        self.started = True
        return self.problem.solve(self.rest, gap, anew=True)

    def dive(self, answer: Answer) -> Answer:
        """Decide choices from the side of the most decided, each as it lies, the other way where
        that costs more than it should; when time is short, leave out whoever is neither in nor out.
        """
        decided: dict[int, float] = {}
        while self.rest > self.budget / 4:
            values = answer.values[self.choices]
            for place, value in zip(self.choices, values, strict=True):
                if int(place) not in decided and min(value, 1 - value) < _SURE:
                    decided[int(place)] = float(round(value))
            rest = np.array([p for p in self.choices if int(p) not in decided], dtype=np.int64)
            if not len(rest):
                return answer
            low = np.array([decided.get(int(place), 0.0) for place in self.choices])
            high = np.array([decided.get(int(place), 1.0) for place in self.choices])
            self.problem.bound(self.choices, low, high)
            order = np.argsort(-np.abs(answer.values[rest] - 0.5))
            some = rest[order[: max(len(rest) // 4, 1)]]
            found = self._decide(answer, some)
            if found is None and len(some) > 1:
                self.problem.bound(self.choices, low, high)
                found = self._decide(answer, some[:1])
            if found is None:
                break
            answer, ways = found
            decided |= ways
        return self.drop(answer, {place for place, value in decided.items() if not value})

    def _decide(self, before: Answer, some: Places) -> tuple[Answer, dict[int, float]] | None:
        found: list[tuple[float, Answer, Vector]] = []
        value = np.round(before.values[some])
        for way in (value, 1 - value):
            self.problem.bound(some, way, way)
            try:
                answer = self.run(0.0, 2)
            except SolverFailed:
                continue
            found.append((answer.objective, answer, way))
            if answer.objective > before.objective - _LOSS * abs(before.objective):
                break
        if not found:
            return None
        _, answer, way = max(found, key=lambda each: each[0])
        return answer, dict(zip(map(int, some), map(float, way), strict=True))

    def drop(self, answer: Answer, out: set[int]) -> Answer:
        """Leave out all that are neither in nor out, until nobody is. There is always such an
        answer.
        """
        while True:
            values = answer.values[self.choices]
            between = self.choices[(values > _SURE) & (values < 1 - _SURE)]
            if not len(between):
                return answer
            order = np.argsort(answer.values[between])
            some = between[order[: max(len(between) // 2, 1)]] if self.rest > 0.5 else between
            out.update(map(int, some))
            high = np.array([0.0 if int(place) in out else 1.0 for place in self.choices])
            self.problem.bound(self.choices, np.zeros(len(high)), high)
            self.until = max(self.until, perf_counter() + 4.0)
            answer = self.run(0.0, 2)


__all__ = ["SLACK", "Master", "SolverFailed", "Target"]
