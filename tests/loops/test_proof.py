"""Why conditions cannot loop, for any number of commitments and any parameters, checked by z3.

1. The invariants hold before anything happens, and whatever happens keeps them.
2. From them: along a step, back or forward, the floor never rises; back it falls; forward the depth
   rises, and so does the place in the order.
3. What falls in that way orders commitments strictly: it has no cycle. Steps that are judged at
   different times are steps of the last state too, since what may be named is fixed at the freeze.
4. From the same: nothing that a commitment can depend on, however indirectly, freezes later than
   maxDepth * (period - offerCutoff) after it.

The comparison of depths turns out to be more than is needed: with the place in the order instead,
2 to 4 hold without it. (Groups of section 7 will need it: they have no one place in the order.)

Each proof is tried again with one premise left out, and must then fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import z3

from loops.machine import Rules
from loops.theory import Theory, refute

if TYPE_CHECKING:
    from collections.abc import Callable

    from loops.theory import Event, Formula, Snapshot, Term

EVENTS = ("publish", "draw", "offer", "decline", "decline all", "time passes")
INVARIANTS = tuple(Theory().invariants(Theory().s))


def event(theory: Theory, name: str) -> Event:
    return next(e for e in theory.events() if e.name == name)


# ------------------------------------------------------------------ 1. invariants


def breaks(theory: Theory, happening: str, invariant: str) -> z3.ModelRef | None:
    """A state that has all invariants and loses this one by that event; None if there is none."""
    a, b = theory.some("a b")
    e = event(theory, happening)
    lost = z3.Not(theory.invariants(e.after)[invariant](a, b))
    return refute(theory.invariant(theory.s), e.guard, lost)


def test_events_are_all_there() -> None:
    assert tuple(e.name for e in Theory().events()) == EVENTS


def test_invariants_hold_at_first() -> None:
    theory = Theory()
    s = theory.s
    nothing = theory.every(
        2,
        lambda a, b: z3.And(
            z3.Not(s.published(a)),
            z3.Not(s.offered(a, b)),
            s.floor(a) == a,
            s.depth(a) == 0,
            s.draw(a) == 0,
        ),
    )
    assert refute(theory.parameters, nothing, z3.Not(theory.invariant(s))) is None


@pytest.mark.parametrize("happening", EVENTS)
@pytest.mark.parametrize("invariant", INVARIANTS)
def test_invariants_are_kept(happening: str, invariant: str) -> None:
    assert breaks(Theory(), happening, invariant) is None


def test_the_invariants_can_hold() -> None:
    """With offers in chains: the proofs do not start from a contradiction."""
    theory = Theory(universe=4)
    s = theory.s
    a, b, c, d = theory.elements
    chain = [s.offered(b, a), s.offered(c, b), theory.forward(s, b, c), theory.backward(s, c, d)]
    assert refute(theory.invariant(s), *chain, theory.forward(s, a, b)) is not None


@pytest.mark.parametrize(
    ("theory", "happening", "invariant"),
    [
        (
            Theory(Rules(floor="replaced"), universe=4),
            "offer",
            "a floor is at most what was recorded, that at most the target",
        ),
        (
            Theory(Rules(depth="replaced"), universe=4),
            "offer",
            "a depth is at least what was recorded",
        ),
        (
            Theory(offers_only_to_earlier=False, universe=4),
            "offer",
            "offers are between the published, to the earlier",
        ),
        (
            Theory(offers_only_before_cutoff=False, universe=4),
            "offer",
            "the later freezes less than period - cutoff after",
        ),
    ],
)
def test_invariants_need_their_premises(theory: Theory, happening: str, invariant: str) -> None:
    assert breaks(theory, happening, invariant) is not None


# ------------------------------------------------------------------ 2. a step


def floor_never_rises(theory: Theory, s: Snapshot, x: Term, y: Term) -> Formula:
    return theory.strictly_at_most(s, s.floor(y), s.floor(x))


def test_step_never_raises_the_floor() -> None:
    theory = Theory()
    s = theory.s
    x, y = theory.some("x y")
    rises = z3.Not(floor_never_rises(theory, s, x, y))
    assert refute(theory.invariant(s), theory.edge(s, x, y), rises) is None


def test_step_back_lowers_the_floor() -> None:
    theory = Theory()
    s = theory.s
    x, y = theory.some("x y")
    lower = theory.precedes(s, s.floor(y), s.floor(x))
    assert refute(theory.invariant(s), theory.backward(s, x, y), z3.Not(lower)) is None


def test_step_forward_raises_the_depth() -> None:
    theory = Theory()
    s = theory.s
    x, y = theory.some("x y")
    raised = s.depth(x) < s.depth(y)
    assert refute(theory.invariant(s), theory.forward(s, x, y), z3.Not(raised)) is None


def test_step_forward_leads_to_a_later_one() -> None:
    """So depths need not be compared for conditions not to loop."""
    theory = Theory(Rules(compare_depths=False))
    s = theory.s
    x, y = theory.some("x y")
    later = theory.precedes(s, x, y)
    assert refute(theory.invariant(s), theory.forward(s, x, y), z3.Not(later)) is None
    rises = z3.Not(floor_never_rises(theory, s, x, y))
    assert refute(theory.invariant(s), theory.edge(s, x, y), rises) is None


@pytest.mark.parametrize("ties", ["neither", "equal"])
@pytest.mark.parametrize("compare_floors", [True, False])
def test_step_needs_floors_compared_and_ties_undecided(ties: str, compare_floors: bool) -> None:
    rules = Rules(compare_floors=compare_floors, ties="equal" if ties == "equal" else "neither")
    theory = Theory(rules, universe=4)
    s = theory.s
    x, y = theory.some("x y")
    rises = z3.Not(floor_never_rises(theory, s, x, y))
    found = refute(theory.invariant(s), theory.edge(s, x, y), rises)
    assert (found is None) == (compare_floors and ties == "neither")


def test_step_needs_depths_compared_to_raise_them() -> None:
    theory = Theory(Rules(compare_depths=False), universe=4)
    s = theory.s
    x, y = theory.some("x y")
    not_raised = z3.Not(s.depth(x) < s.depth(y))
    assert refute(theory.invariant(s), theory.forward(s, x, y), not_raised) is not None


# ------------------------------------------------------------------ 3. no cycle


@pytest.mark.parametrize("by", ["depth", "place"])
def test_steps_are_of_a_strict_order(by: str) -> None:
    """x -> y implies R(x, y), which is irreflexive and transitive: nothing reaches itself."""
    theory = Theory(Rules(compare_depths=by == "depth"))
    s = theory.s

    def below(x: Term, y: Term) -> Formula:
        second = s.depth(x) < s.depth(y) if by == "depth" else theory.precedes(s, x, y)
        same = s.floor(y) == s.floor(x)
        return z3.Or(theory.precedes(s, s.floor(y), s.floor(x)), z3.And(same, second))

    x, y, z = theory.some("x y z")
    assert refute(theory.invariant(s), theory.edge(s, x, y), z3.Not(below(x, y))) is None
    assert refute(below(x, x)) is None
    assert refute(below(x, y), below(y, z), z3.Not(below(x, z))) is None


@pytest.mark.parametrize("happening", EVENTS)
def test_what_may_be_named_is_fixed_at_the_freeze(happening: str) -> None:
    theory = Theory()
    s = theory.s
    x, y = theory.some("x y")
    e = event(theory, happening)
    frozen = z3.And(s.published(x), theory.freeze(x) <= s.now)
    changed = theory.edge(s, x, y) != theory.edge(e.after, x, y)
    assert refute(theory.invariant(s), frozen, e.guard, changed) is None


def test_late_draw_lets_more_be_named_after_the_freeze() -> None:
    """An opening would be invalid before the draw, and valid after it. Never the other way round:
    with ties undecided, a late draw makes no loop, but it makes the outcome a matter of timing.
    """
    rules = Rules(late_draws=True)
    found, lost = [], []
    for universe in (4, 0):
        theory = Theory(rules, universe=universe)
        s = theory.s
        x, y = theory.some("x y")
        e = event(theory, "draw")
        frozen = z3.And(s.published(x), theory.freeze(x) <= s.now)
        before, after = theory.edge(s, x, y), theory.edge(e.after, x, y)
        state = (theory.invariant(s), frozen, e.guard)
        if universe:
            found.append(refute(*state, z3.Not(before), after))
        else:
            lost.append(refute(*state, before, z3.Not(after)))
    assert None not in found
    assert lost == [None]


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_late_draws_keep_the_invariants(invariant: str) -> None:
    assert breaks(Theory(Rules(late_draws=True)), "draw", invariant) is None


def test_offers_after_the_freeze_would_change_what_may_be_named() -> None:
    theory = Theory(offers_only_before_cutoff=False, universe=3)
    s = theory.s
    x, y = theory.some("x y")
    e = event(theory, "offer")
    frozen = z3.And(s.published(x), theory.freeze(x) < s.now + 1)
    changed = theory.edge(s, x, y) != theory.edge(e.after, x, y)
    assert refute(theory.invariant(s), frozen, e.guard, changed) is not None


# ------------------------------------------------------------------ 4. the bound


def within_reach(theory: Theory, s: Snapshot) -> Callable[[Term], Formula]:
    """A commitment freezes at most depth * (period - cutoff) after its floor."""
    reach = theory.period - theory.cutoff

    def holds(c: Term) -> Formula:
        latest = theory.freeze(s.floor(c)) + s.depth(c) * reach
        return z3.Implies(s.published(c), theory.freeze(c) <= latest)

    return holds


def outruns(theory: Theory, happening: str) -> z3.ModelRef | None:
    """A state with all in reach, and one no longer after that event; None if there is none."""
    (c,) = theory.some("c0")
    s, e = theory.s, event(theory, happening)
    before = theory.every(1, within_reach(theory, s))
    return refute(theory.invariant(s), before, e.guard, z3.Not(within_reach(theory, e.after)(c)))


@pytest.mark.parametrize("happening", EVENTS)
def test_commitments_stay_within_reach_of_their_floors(happening: str) -> None:
    assert outruns(Theory(Rules(compare_depths=False)), happening) is None


def test_dependencies_freeze_within_the_bound() -> None:
    """Along any path from a start, floors are at most the start's; so whatever is on it freezes
    maxDepth * (period - cutoff) after the start at the latest. Depths need not be compared.
    """
    theory = Theory(Rules(compare_depths=False))
    s, freeze = theory.s, theory.freeze
    start, x, y = theory.some("start x y")
    state = (theory.invariant(s), s.published(start))

    def on_path(c: Term) -> Formula:
        return z3.And(s.published(c), theory.strictly_at_most(s, s.floor(c), s.floor(start)))

    assert refute(*state, z3.Not(on_path(start))) is None
    assert refute(*state, on_path(x), theory.edge(s, x, y), z3.Not(on_path(y))) is None

    # Of the invariants only those of x and the start: products and quantifiers together are slow.
    known = [
        theory.parameters,
        *(holds(c, c) for holds in theory.invariants(s).values() for c in (start, x)),
        within_reach(theory, s)(x),
    ]
    bound = freeze(start) + theory.max_depth * (theory.period - theory.cutoff)
    assert refute(*known, s.published(start), on_path(x), freeze(x) > bound) is None


@pytest.mark.parametrize(
    "theory",
    [
        Theory(Rules(depth="replaced"), universe=4),
        Theory(offers_only_before_cutoff=False, universe=4),
    ],
    ids=["depth not the greatest of both", "late offers"],
)
def test_reach_needs_its_premises(theory: Theory) -> None:
    assert outruns(theory, "offer") is not None
