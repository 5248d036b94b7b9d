"""Section 6 in logic: states, what may happen to them, invariants, and what may be conditioned on.

Commitments are any number of things; times and draws are integers; all parameters are arbitrary
within what the registry's constructor allows. With a `universe`, commitments are so many, and z3
answers with a model rather than a proof: that is how the proofs are shown to be able to fail.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count, product
from typing import TYPE_CHECKING, Any

import z3

from loops.machine import SECTION_6, Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Term = Any
    Formula = Any


_sorts = count()


@dataclass(frozen=True)
class Snapshot:
    """A state: what is published, drawn, offered, declined, and the time. All are functions."""

    now: Term
    published: Callable[[Term], Formula]
    draw: Callable[[Term], Term]  # 0: undrawn
    floor: Callable[[Term], Term]
    depth: Callable[[Term], Term]
    offered: Callable[[Term, Term], Formula]  # (offering, target)
    recorded_floor: Callable[[Term, Term], Term]
    recorded_depth: Callable[[Term, Term], Term]
    declined: Callable[[Term, Term], Formula]
    declines_all: Callable[[Term], Formula]


@dataclass(frozen=True)
class Event:
    """Something that may happen: under which condition, and what it makes of the state."""

    name: str
    guard: Formula
    after: Snapshot


@dataclass
class Theory:
    """The registry under `rules`; `universe` 0 is any number of commitments."""

    rules: Rules = SECTION_6
    universe: int = 0
    # What else may be left out, beyond `rules`.
    offers_only_to_earlier: bool = True
    offers_only_before_cutoff: bool = True
    s: Snapshot = field(init=False)

    def __post_init__(self) -> None:
        self.elements: list[Term] = []
        if self.universe:
            name = f"Commitment{next(_sorts)}"  # z3 wants another for each
            names = [f"{name}_{i}" for i in range(self.universe)]
            self.sort, self.elements = z3.EnumSort(name, names)
        else:
            self.sort = z3.DeclareSort("Commitment")
        self.freeze = self._function("freeze", z3.IntSort())
        self.period, self.cutoff, self.max_depth = z3.Ints("period cutoff max_depth")
        self.parameters = z3.And(self.cutoff > 0, self.cutoff < self.period, self.max_depth >= 0)
        integer, boolean = z3.IntSort(), z3.BoolSort()
        self.s = Snapshot(
            now=z3.Int("now"),
            published=self._function("published", boolean),
            draw=self._function("draw", integer),
            floor=self._function("floor", self.sort),
            depth=self._function("depth", integer),
            offered=self._function("offered", boolean, 2),
            recorded_floor=self._function("recorded_floor", self.sort, 2),
            recorded_depth=self._function("recorded_depth", integer, 2),
            declined=self._function("declined", boolean, 2),
            declines_all=self._function("declines_all", boolean),
        )

    def _function(self, name: str, result: Any, arity: int = 1) -> Any:
        return z3.Function(name, *[self.sort] * arity, result)

    def some(self, names: str) -> list[Term]:
        """Arbitrary commitments."""
        return [z3.Const(name, self.sort) for name in names.split()]

    def every(self, size: int, holds: Callable[..., Formula]) -> Formula:
        """For all choices of so many commitments."""
        if self.universe:
            return z3.And(*(holds(*c) for c in product(self.elements, repeat=size)))
        bound = [z3.Const(f"v{i}", self.sort) for i in range(size)]
        return z3.ForAll(bound, holds(*bound))

    # ------------------------------------------------------------------ order

    def precedes(self, s: Snapshot, x: Term, y: Term) -> Formula:
        """x < y. While two of a second are undrawn, or their draws are equal, neither precedes."""
        drawn = z3.And(s.draw(x) > 0, s.draw(y) > 0, s.draw(x) < s.draw(y))
        same = self.freeze(x) == self.freeze(y)
        return z3.Or(self.freeze(x) < self.freeze(y), z3.And(same, drawn))

    def at_most(self, s: Snapshot, x: Term, y: Term) -> Formula:
        """x <= y."""
        holds = z3.Or(x == y, self.precedes(s, x, y))
        if self.rules.ties == "equal":
            tied = z3.And(self.freeze(x) == self.freeze(y), z3.Not(self.precedes(s, y, x)))
            return z3.Or(holds, tied)
        return holds

    def strictly_at_most(self, s: Snapshot, x: Term, y: Term) -> Formula:
        """x <= y as section 6 means it, whatever the rules do."""
        return z3.Or(x == y, self.precedes(s, x, y))

    # ------------------------------------------------------------------ conditions

    def backward(self, s: Snapshot, x: Term, y: Term) -> Formula:
        """x may name y because y precedes x's floor."""
        both = z3.And(s.published(x), s.published(y), x != y)
        return z3.And(both, self.precedes(s, y, s.floor(x)))

    def forward(self, s: Snapshot, x: Term, y: Term) -> Formula:
        """x may name y because of y's offer."""
        terms = [
            s.published(x),
            s.published(y),
            x != y,
            s.offered(y, x),
            z3.Not(s.declined(y, x)),
            z3.Not(s.declines_all(x)),
        ]
        if self.rules.compare_floors:
            terms.append(self.at_most(s, s.recorded_floor(y, x), s.floor(x)))
        if self.rules.compare_depths:
            terms.append(s.depth(x) < s.recorded_depth(y, x))
        return z3.And(*terms)

    def edge(self, s: Snapshot, x: Term, y: Term) -> Formula:
        """x may name y."""
        return z3.Or(self.backward(s, x, y), self.forward(s, x, y))

    # ------------------------------------------------------------------ what happens

    def events(self) -> Iterator[Event]:
        """Everything that changes a floor, a depth, an offer, an order or the time. Seals, openings
        and exposures do not; revoking and the phases only take possibilities away.
        """
        s, freeze = self.s, self.freeze
        c, x, y = self.some("c x_ y_")
        draw, later = z3.Ints("new_draw later")

        guard = z3.And(z3.Not(s.published(c)), freeze(c) == s.now + self.period)
        yield Event("publish", guard, replace(s, published=lambda a: z3.Or(a == c, s.published(a))))

        guard = z3.And(s.published(c), s.draw(c) == 0, draw > 0)
        if not self.rules.late_draws:
            guard = z3.And(guard, s.now < freeze(c))
        yield Event("draw", guard, replace(s, draw=lambda a: z3.If(a == c, draw, s.draw(a))))

        yield self._offer(x, y)

        guard = z3.And(s.published(x), s.now < freeze(x), s.offered(y, x))
        declined = replace(s, declined=lambda a, b: z3.Or(z3.And(a == y, b == x), s.declined(a, b)))
        yield Event("decline", guard, declined)
        guard = z3.And(s.published(x), s.now < freeze(x))
        declined = replace(s, declines_all=lambda a: z3.Or(a == x, s.declines_all(a)))
        yield Event("decline all", guard, declined)

        yield Event("time passes", s.now <= later, replace(s, now=later))

    def _offer(self, x: Term, y: Term) -> Event:
        """y offers to x."""
        s, rules = self.s, self.rules
        to = x if rules.floor == "target" else s.floor(x)
        lower = z3.Or(to == s.floor(y), self.precedes(s, to, s.floor(y)))
        guard = [
            s.published(x),
            s.published(y),
            x != y,
            z3.Not(s.declined(y, x)),
            z3.Not(s.declines_all(x)),
            s.depth(x) + 1 <= self.max_depth,
            s.now <= self.freeze(x) - (self.cutoff if self.offers_only_before_cutoff else -1),
        ]
        if self.offers_only_to_earlier:
            guard.append(self.precedes(s, x, y))
        if rules.ties != "equal":
            guard.append(z3.Or(lower, self.precedes(s, s.floor(y), to)))
        floor = to if rules.floor == "replaced" else z3.If(lower, to, s.floor(y))
        depth = s.depth(x) + 1
        if rules.depth == "greatest":
            depth = z3.If(depth < s.depth(y), s.depth(y), depth)

        def pair(a: Term, b: Term) -> Formula:
            return z3.And(a == y, b == x)

        after = replace(
            s,
            floor=lambda a: z3.If(a == y, floor, s.floor(a)),
            depth=lambda a: z3.If(a == y, depth, s.depth(a)),
            offered=lambda a, b: z3.Or(pair(a, b), s.offered(a, b)),
            recorded_floor=lambda a, b: z3.If(pair(a, b), floor, s.recorded_floor(a, b)),
            recorded_depth=lambda a, b: z3.If(pair(a, b), depth, s.recorded_depth(a, b)),
        )
        return Event("offer", z3.And(*guard), after)

    # ------------------------------------------------------------------ invariants

    def invariants(self, s: Snapshot) -> dict[str, Callable[..., Formula]]:
        """By name, over two arbitrary commitments."""
        leq, freeze = self.strictly_at_most, self.freeze

        def both(a: Term, b: Term) -> Formula:
            return z3.And(s.published(a), s.published(b))

        return {
            "a freeze is at most a period away": lambda a, b: z3.Implies(
                s.published(a), freeze(a) <= s.now + self.period
            ),
            "a floor is published, and at most oneself": lambda a, b: z3.Implies(
                s.published(a), z3.And(s.published(s.floor(a)), leq(s, s.floor(a), a))
            ),
            "a depth is from 0 to maxDepth": lambda a, b: z3.Implies(
                s.published(a), z3.And(s.depth(a) >= 0, s.depth(a) <= self.max_depth)
            ),
            "offers are between the published, to the earlier": lambda a, b: z3.Implies(
                s.offered(a, b), z3.And(both(a, b), a != b, self.precedes(s, b, a))
            ),
            "the later freezes less than period - cutoff after": lambda a, b: z3.Implies(
                s.offered(a, b), freeze(a) <= freeze(b) + self.period - self.cutoff
            ),
            "a floor is at most what was recorded, that at most the target": lambda a, b: (
                z3.Implies(
                    s.offered(a, b),
                    z3.And(
                        s.published(s.recorded_floor(a, b)),
                        leq(s, s.floor(a), s.recorded_floor(a, b)),
                        leq(s, s.recorded_floor(a, b), b),
                    ),
                )
            ),
            "a depth is at least what was recorded": lambda a, b: z3.Implies(
                s.offered(a, b), s.recorded_depth(a, b) <= s.depth(a)
            ),
            "of the unpublished nothing is known": lambda a, b: z3.Implies(
                z3.Not(s.published(a)),
                z3.And(s.floor(a) == a, s.depth(a) == 0, s.draw(a) == 0),
            ),
            "a draw is not negative": lambda a, b: s.draw(a) >= 0,
        }

    def invariant(self, s: Snapshot) -> Formula:
        """All of them, everywhere."""
        named = self.invariants(s).values()
        everywhere = self.every(2, lambda a, b: z3.And(*(holds(a, b) for holds in named)))
        return z3.And(self.parameters, everywhere)


def refute(*formulas: Formula) -> z3.ModelRef | None:
    """None when these cannot hold together; else a model in which they do."""
    solver = z3.Solver()
    solver.set("timeout", 300_000)  # none takes a second
    solver.add(*formulas)
    answer = solver.check()
    if answer == z3.unknown:
        raise AssertionError(f"z3 does not know: {solver.reason_unknown()}")
    return solver.model() if answer == z3.sat else None
