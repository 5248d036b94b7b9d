"""Solve an auction: the bound from the relaxation, the batch from the master problem over cycles
and routes, exact integers at the end. docs/solver.md.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from boomerang.intents.auction.bound import bound
from boomerang.intents.auction.errors import Rule, RuleBroken
from boomerang.intents.auction.leftout import left_out
from boomerang.intents.auction.plan import Move, Plan, Replay
from boomerang.intents.auction.shares import mirrored
from boomerang.intents.auction.solution import Solution, solution_of
from boomerang.intents.message import GuardKind
from boomerang.intents.solver.columns import Column, Limits, decompose, enumerate_cycles
from boomerang.intents.solver.exact import Assembler, Assembly
from boomerang.intents.solver.master import Master, SolverFailed, Target, Without
from boomerang.intents.solver.relaxation import Relaxed, relax

if TYPE_CHECKING:
    from boomerang.intents.auction.bound import Duals
    from boomerang.intents.auction.state import Auction, Option
    from boomerang.intents.solver.highs import Vector

SMALL = 12
"""Up to so many direct branches, every cycle is a column."""
MANY = 2_500
"""Above so many direct branches without all-or-nothing, the flow is cut into cycles and no more."""
_POOR = 1e-3
_POOR_ROUTE = 1e-3
"""Options that lose more than this share at the duals are left out of large master problems."""
_PER_LENGTH = 4_000
_ATTEMPTS = 16
_ROUNDS = 6
_FEW_ROUTES = 4
_FEW_SWEEPS = 3
_DIVIDED_ROUTES = 64
"""Up to so many routes, all are also tried in as many parts as they name paths, and in one."""


def solve(auction: Auction, time_limit: float = 10.0, gap: float = 1e-6) -> Solution:
    """The batch with the largest surplus that is found within about `time_limit` seconds, with its
    bound. All-or-nothing is searched until a relative `gap` within the master problem.
    """
    return _Solver(auction, time_limit, gap).run()


class _Solver:
    def __init__(self, auction: Auction, time_limit: float, gap: float) -> None:
        self.auction = auction
        self.time_limit = time_limit
        self.gap = gap
        self.started = perf_counter()
        self.seconds = 0.0
        self.notes: list[str] = []
        self.best: tuple[Fraction, Plan, Replay] | None = None

    @property
    def rest(self) -> float:
        return self.time_limit - (perf_counter() - self.started)

    def run(self) -> Solution:
        relaxed = relax(self.auction)
        self.seconds += relaxed.seconds
        proved = bound(self.auction, relaxed.duals)
        self._consider(Plan())
        limits = Limits(self.auction)
        wholes = any(item.intent.whole for item in self.auction.items)
        if len(limits.direct) > MANY and not wholes and len(limits.direct) == len(limits.options):
            self._large(limits, relaxed)
        elif self.auction.options:
            self._master(limits, relaxed)
            self._share()
        if self.best is None:
            raise AssertionError
        _, plan, replay = self.best
        return solution_of(
            plan,
            replay,
            proved,
            relaxed.duals,
            left_out(self.auction, replay, plan),
            seconds=perf_counter() - self.started,
            optimiser_seconds=self.seconds,
            notes=tuple(self.notes),
        )

    def _consider(self, plan: Plan) -> RuleBroken | None:
        """Play a plan as a verifier would, and keep it if it is the best; the rule that it
        breaks.
        """
        try:
            replay = Replay(self.auction).run(plan)
        except RuleBroken as error:
            return error
        objective = replay.objective()
        if self.best is None or objective > self.best[0]:
            self.best = objective, plan, replay
        return None

    # ---- every size but the largest ------------------------------------------------------------

    def _master(self, limits: Limits, relaxed: Relaxed) -> None:
        columns = _columns(limits, relaxed)
        merit = _merit(limits, relaxed.duals)
        few = len(limits.options) <= 2 * SMALL
        routed = [
            n
            for n, o in enumerate(limits.options)
            if not o.direct and not o.shared and (few or merit[n] > -_POOR_ROUTE)
        ]
        master = Master(self.auction, columns, routed)
        if not columns and not master.flows:
            return
        if not few:
            self._greedy(limits, relaxed, merit)
            if columns and master.flows:
                # Cycles first, then routes with what is left: quick, and often better than all at
                # once is in the time.
                self._attempts(Master(self.auction, columns, []), columns)
        self._attempts(master, columns)

    def _attempts(self, master: Master, columns: list[Column]) -> None:
        """Solve, make exact, and again without what did not come out."""
        waiting = [Without()]
        seen: set[Without] = set()
        for _ in range(_ATTEMPTS):
            if not waiting or (self.rest < 0 and len(seen) > 1):
                return
            state = waiting.pop(0)
            if state in seen:
                continue
            seen.add(state)
            try:
                target = master.solve(state, max(self.rest * 0.6, 0.2), self.gap)
            except SolverFailed as error:
                if not state.forced:  # to force a sweep may be too much
                    self.notes.append(str(error))
                continue
            self.seconds += target.seconds
            if not seen - {state} and target.relaxed - target.value > 1e-9 * abs(target.value):
                loss = (target.relaxed - target.value) / abs(target.relaxed)
                self.notes.append(f"all-or-nothing costs at most {loss:.1e} of the surplus")
            done = Assembler(self.auction, columns, target).run()
            broken = self._consider(_without(self.auction, done))
            if 1 < len(done.wanted) <= _DIVIDED_ROUTES and any(
                len(self._paths(*key)) > 1 for key in done.wanted
            ):
                # A target that divides one route and not another leaves paths uneven, as each goes
                # by whichever is best by then.
                for divide in (True, False):
                    other = Assembler(self.auction, columns, target, divide).run()
                    self._consider(_without(self.auction, other))
            self._reorder(done)
            self._reorder_sweeps(done.plan)
            waiting += self._next(state, done, broken, columns)

    def _share(self) -> None:
        """Changes of route for a share: every couple with all that it has, beside the best batch
        without the two. Once for each couple, so that they add up.
        """
        shared = [option for option in self.auction.options if option.shared]
        for payer in shared:
            guards = self.auction.items[payer.item].intent.branches[payer.branch].guards
            for mover in shared:
                pays = (guard for guard in guards if guard.kind is GuardKind.PAYS)
                if any(mirrored(self.auction, payer, guard, mover) for guard in pays):
                    self._couple(payer, mover)

    def _couple(self, payer: Option, mover: Option) -> None:
        if self.best is None:
            raise AssertionError
        two = {payer.item, mover.item}
        plan = self.best[1]
        cycles = tuple(c for c in plan.cycles if not any(move.item in two for move in c))
        sweeps = tuple(move for move in plan.sweeps if move.item not in two)
        routes = tuple(move for move in plan.routes if move.item not in two)
        for order in ((payer, mover), (mover, payer)):
            moves = tuple(Move(o.item, o.branch, self.auction.items[o.item].left) for o in order)
            self._consider(Plan(cycles, sweeps, moves + routes))
            self._consider(Plan(cycles, sweeps, routes + moves))

    def _greedy(self, limits: Limits, relaxed: Relaxed, merit: Vector) -> None:
        """Something to fall back on: the flow of intents in parts, then whoever gains by a
        route.
        """
        shares = relaxed.shares.copy()
        for n in limits.direct:
            if self.auction.items[limits.options[n].item].intent.whole:
                shares[n] = 0.0
        found = decompose(limits, shares, merit)
        target = Target(np.array([scale for _, scale in found]))
        done = Assembler(self.auction, [column for column, _ in found], target).run()
        self._consider(_without(self.auction, done))

    def _next(
        self, state: Without, done: Assembly, broken: RuleBroken | None, columns: list[Column]
    ) -> list[Without]:
        """What to try where something did not come out: without it, or differently."""
        found = []
        if done.failed_items or done.failed_columns or done.failed_routes:
            found.append(state.more(done.failed_items, done.failed_columns, done.failed_routes))
            if done.failed_columns or done.failed_routes:
                found.append(state.more((), done.failed_columns, done.failed_routes))
        if done.weak_routes:
            found.append(state.more((), (), done.weak_routes))
        item = self.auction.index.get(broken.subject) if broken else None
        if broken is None or item is None:
            return found
        options = self.auction.options
        later = {n for n, o in enumerate(options) if o.item == item and o.passed}
        if broken.rule is not Rule.MATCH_STANDS or not later - state.routes:
            return [*found, state.more((item,), (), ())]
        # Later branches while the book stands: clear it first, or do without them.
        passed = {(item, branch) for n in later for branch in options[n].passed}
        entries = {
            options[n].item
            for c in columns
            if c.swept and any((options[n].item, options[n].branch) in passed for n in c.options)
            for n in c.options
            if self.auction.items[options[n].item].book
        }
        dropped = {k for k, c in enumerate(columns) if later & set(c.options)}
        forced = replace(state, forced=state.forced | entries)
        return [*found, forced, state.more((), dropped, later)]

    def _reorder(self, done: Assembly) -> None:
        """Routes move pools for each other: where they are few, try every order, in up to three
        parts each, and without one of them.
        """
        wanted, plan = done.wanted, done.plan
        if not 1 <= len(wanted) <= _FEW_ROUTES or len({n for n, _ in wanted}) < len(wanted):
            return
        single = all(len(self._paths(*key)) == 1 for key in wanted)
        for size in (len(wanted), len(wanted) - 1):
            for order in permutations(wanted, size):
                for parts in (1,) if single else (1, 2, 3):
                    moves: list[Move] = []
                    for n, branch in order:
                        split = parts if len(self._paths(n, branch)) > 1 else 1
                        sizes = [wanted[n, branch] // split] * (split - 1)
                        sizes.append(wanted[n, branch] - sum(sizes))
                        moves += [Move(n, branch, each) for each in sizes if each]
                    self._consider(replace(plan, routes=tuple(moves)))

    def _reorder_sweeps(self, plan: Plan) -> None:
        """Who walks the book first gets the better entries: where they are few, try every order,
        each with all it has left.
        """
        if 2 <= len(plan.sweeps) <= _FEW_SWEEPS:
            for order in permutations(plan.sweeps):
                offers = tuple(replace(move, amount=0) for move in order)
                self._consider(replace(plan, sweeps=offers))

    def _paths(self, n: int, branch: int) -> tuple[tuple[bytes, ...], ...]:
        return self.auction.items[n].intent.branches[branch].paths

    # ---- many intents in parts, no pools -------------------------------------------------------

    def _large(self, limits: Limits, relaxed: Relaxed) -> None:
        """Cut the flow into cycles, make them exact, and again with what is left."""
        auction = self.auction
        replay = Replay(auction)
        cycles: list[tuple[Move, ...]] = []
        sweeps: list[Move] = []
        for round_ in range(_ROUNDS):
            merit = _merit(limits, relaxed.duals)
            found = decompose(limits, relaxed.shares, merit)
            if not found:
                break
            target = Target(np.array([scale for _, scale in found]))
            assembler = Assembler(auction, [column for column, _ in found], target)
            assembler.replay = replay
            before = len(cycles)
            done = assembler.run()
            cycles += done.plan.cycles
            sweeps += done.plan.sweeps
            if len(cycles) == before or self.rest < 0.3 * self.time_limit or round_ == _ROUNDS - 1:
                break
            left = {n: replay.left[n] for n in range(len(auction.items))}
            limits.left = np.array([float(left[o.item]) for o in limits.options])
            relaxed = relax(auction, left)
            self.seconds += relaxed.seconds
        self._consider(Plan(tuple(cycles), tuple(sweeps)))


def _without(auction: Auction, done: Assembly) -> Plan:
    """The plan without moves of whole intents that did not come out, and without what that
    undoes.
    """
    plan, bad = done.plan, set(done.failed_items)
    while bad:
        cycles = tuple(c for c in plan.cycles if not any(move.item in bad for move in c))
        lost = {move.item for c in plan.cycles if c not in cycles for move in c}
        plan = Plan(
            cycles,
            tuple(move for move in plan.sweeps if move.item not in bad),
            tuple(move for move in plan.routes if move.item not in bad),
        )
        still = {move.item for move in plan.moves}
        bad = {n for n in lost & still if auction.items[n].intent.whole}
    return plan


def _merit(limits: Limits, duals: Duals) -> Vector:
    """What a unit of each option gains at the duals, as a share of what it is worth."""
    merit = np.full(len(limits.options), -1.0)
    swaps = {token: float(price) for token, price in duals.swaps.items()}
    routes = {token: float(price) for token, price in duals.routes.items()}
    for n, option in enumerate(limits.options):
        prices = swaps if option.direct else routes
        worth = prices[option.sell]
        if worth > 0:
            merit[n] = 1 - prices[option.buy] * limits.rate[n] / worth
    return merit


def _columns(limits: Limits, relaxed: Relaxed) -> list[Column]:
    """Columns worth having: all of them in a small auction; else short cycles of intents that are
    not out of the money at the duals, and those that the flow falls into.
    """
    small = len(limits.direct) <= SMALL
    merit = _merit(limits, relaxed.duals)
    among = limits.direct if small else [n for n in limits.direct if merit[n] > -_POOR]
    found: dict[tuple[int, ...], Column] = {}

    def add(cycle: tuple[int, ...]) -> None:
        name = limits.ordered(cycle)
        if name not in found:
            column = limits.column(name)
            if column is not None:
                found[name] = column

    longest = 6 if small else 3
    for cycle in enumerate_cycles(limits, among, longest, _PER_LENGTH, simple=not small):
        add(cycle)
    if not small:
        for column, _ in decompose(limits, relaxed.shares, merit):
            add(column.options)
    return list(found.values())
