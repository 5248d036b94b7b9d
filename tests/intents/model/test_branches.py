"""Branches: which guards hold, which units may pass, and what the book has to say to that."""

from __future__ import annotations

import pytest

from boomerang.intents import errors
from boomerang.intents.batch import Batch, Route, Sweep, cycle
from boomerang.intents.message import Branch, Guard, GuardKind, Intent
from boomerang.intents.model import Settlement, Truth
from intents.model.desk import (
    ALICE,
    BOB,
    CAROL,
    EXISTS,
    KEPT_ID,
    NOW,
    OPEN_ID,
    REVERTED_ID,
    A,
    B,
    C,
    at,
    direct,
    exists,
    fills,
    intent,
    market,
    order,
    post,
    routed,
    swap,
    sweep,
)


def of(kind: GuardKind, id: bytes) -> Guard:
    return Guard(kind, id.ljust(32, b"\0"))


def after(time: int) -> Guard:
    return Guard(GuardKind.AFTER, limit=time)


def before(time: int) -> Guard:
    return Guard(GuardKind.BEFORE, limit=time)


TRUE, FALSE = after(NOW), before(NOW)
UNDECIDED = of(GuardKind.KEPT, OPEN_ID)


def price(kind: GuardKind, pair: bytes, numerator: int, denominator: int) -> Guard:
    return Guard(kind, pair.rjust(32, b"\0"), numerator << 128 | denominator)


def take(model: Settlement, of: Intent, branch: int, given: int | None = None) -> None:
    """Ten units by a branch, which Bob buys; all others exchange with him one for one."""
    buy = of.branches[branch].buy
    given = branch + 1 if given is None else given
    orders = (order(of, given), order(swap(BOB, buy, 10, A, 10)))
    model.settle(at(), Batch(orders, cycle((0, branch, 10), (1, 0, 10))))


# ------------------------------------------------------------------------------------ guards


@pytest.mark.parametrize(
    ("guard", "truth", "observed"),
    [
        (of(GuardKind.KEPT, KEPT_ID), Truth.TRUE, 1),
        (of(GuardKind.KEPT, REVERTED_ID), Truth.FALSE, 0),
        (of(GuardKind.KEPT, OPEN_ID), Truth.UNDECIDED, 0),
        (of(GuardKind.REVERTED, KEPT_ID), Truth.FALSE, 1),
        (of(GuardKind.REVERTED, REVERTED_ID), Truth.TRUE, 0),
        (of(GuardKind.REVERTED, OPEN_ID), Truth.UNDECIDED, 0),
        (after(NOW), Truth.TRUE, NOW),
        (after(NOW + 1), Truth.FALSE, NOW),
        (before(NOW + 1), Truth.TRUE, NOW),
        (before(NOW), Truth.FALSE, NOW),
    ],
)
def test_guards(guard: Guard, truth: Truth, observed: int) -> None:
    found = market().examine(at(), direct(B, 10, guard))
    assert found.truth is truth
    if truth is Truth.FALSE:
        assert found.observed == observed


@pytest.mark.parametrize(
    ("kind", "numerator", "truth"),
    [
        (GuardKind.POOL_AT_LEAST, 15, Truth.TRUE),
        (GuardKind.POOL_AT_LEAST, 16, Truth.FALSE),
        (GuardKind.POOL_AT_MOST, 15, Truth.TRUE),
        (GuardKind.POOL_AT_MOST, 14, Truth.FALSE),
    ],
)
def test_a_pools_price(kind: GuardKind, numerator: int, truth: Truth) -> None:
    """1,500 of token1 for 1,000 of token0."""
    model = market()
    pair = model.add_pool(A, B, 1000, 1500, NOW - 1)
    branch = direct(C, 10, price(kind, pair, numerator, 10))
    found = model.examine(at(), branch)
    assert found.truth is truth
    if truth is Truth.FALSE:
        assert found.observed == 1500 << 128 | 1000
    # Touched in this very block it says nothing, whoever did it.
    model.sync(at(), A, B)
    assert model.examine(at(), branch).truth is Truth.UNDECIDED
    assert model.examine(at(NOW + 1), branch).truth is truth


def test_an_empty_pair_decides_nothing() -> None:
    model = market()
    pair = model.add_pool(A, B, 0, 0, NOW - 1)
    for kind in (GuardKind.POOL_AT_LEAST, GuardKind.POOL_AT_MOST):
        assert model.examine(at(), direct(C, 9, price(kind, pair, 1, 1))).truth is Truth.UNDECIDED


def test_a_pair_that_is_none_decides_nothing() -> None:
    guard = price(GuardKind.POOL_AT_MOST, b"\x77" * 20, 1, 1)
    assert market().examine(at(), direct(B, 10, guard)).truth is Truth.UNDECIDED


@pytest.mark.parametrize("touched", [NOW - 1, NOW, NOW + 2**32])
def test_fresh(touched: int) -> None:
    model = market()
    model.add_pool(A, C, 10**6, 10**6, NOW - 50)
    model.add_pool(C, B, 10**6, 10**6, touched)
    through = Branch(B, 10, (Guard(GuardKind.FRESH),), ((A, B), (A, C, B)))
    fresh = touched == NOW - 1
    assert model.examine(at(), through).truth is (Truth.TRUE if fresh else Truth.UNDECIDED)
    elsewhere = Branch(B, 10, (Guard(GuardKind.FRESH),), ((A, B), (A, C, A)))
    assert model.examine(at(), elsewhere).truth is Truth.TRUE


@pytest.mark.parametrize(
    ("guards", "truth", "named"),
    [
        ((), Truth.TRUE, 0),
        ((TRUE, TRUE), Truth.TRUE, 0),
        ((TRUE, UNDECIDED), Truth.UNDECIDED, 1),
        ((UNDECIDED, UNDECIDED), Truth.UNDECIDED, 0),
        ((UNDECIDED, FALSE), Truth.FALSE, 1),
        ((TRUE, FALSE, FALSE), Truth.FALSE, 1),
        ((FALSE, UNDECIDED), Truth.FALSE, 0),
        ((EXISTS, TRUE), Truth.TRUE, 0),
        ((EXISTS, UNDECIDED), Truth.UNDECIDED, 1),
    ],
)
def test_several_guards(guards: tuple[Guard, ...], truth: Truth, named: int) -> None:
    """False if one is, else undecided if one is; the first of them is named."""
    found = market().examine(at(), direct(B, 10, *guards))
    assert (found.truth, found.guard) == (truth, named)


# ------------------------------------------------------------------------------------ the waterfall


def test_a_branch_that_holds_is_taken() -> None:
    model = market()
    take(model, intent(ALICE, A, 10, direct(B, 10, TRUE)), 0)
    assert fills(model)[0] == (ALICE, 0, 10, 10)


def test_the_last_branch_handed_in_must_hold() -> None:
    one = intent(ALICE, A, 10, direct(B, 10, EXISTS), direct(B, 10, TRUE, FALSE))
    for branch in (0, 1):
        with pytest.raises(errors.GuardFails) as caught:
            take(market(), one, branch, given=2)
        assert caught.value == errors.GuardFails(0, 1, 1, NOW)
    take(market(), one, 0, given=1)


def test_no_branch_that_is_false_is_taken() -> None:
    one = intent(ALICE, A, 10, direct(B, 10, FALSE), direct(C, 10))
    with pytest.raises(errors.GuardFails) as caught:
        take(market(), one, 0, given=2)
    assert caught.value == errors.GuardFails(0, 0, 0, NOW)


def test_what_is_undecided_stops_everything() -> None:
    model = market()
    ahead = intent(ALICE, A, 10, direct(B, 10, TRUE, UNDECIDED), direct(C, 10))
    last = intent(ALICE, A, 10, direct(B, 10, FALSE), direct(C, 10, UNDECIDED))
    for one, branch in ((ahead, 0), (last, 1)):
        with pytest.raises(errors.Undecided) as caught:
            take(model, one, 1)
        assert caught.value == errors.Undecided(0, branch, 1 - branch)
    model.outcomes[OPEN_ID] = False
    take(model, ahead, 1)
    assert fills(model)[0] == (ALICE, 1, 10, 10)


def test_a_branch_that_would_take_the_units() -> None:
    for guards in ((), (TRUE,)):
        one = intent(ALICE, A, 10, direct(B, 10, *guards), direct(C, 10))
        with pytest.raises(errors.BranchHolds) as caught:
            take(market(), one, 1)
        assert caught.value == errors.BranchHolds(0, 0)


def test_doing_nothing_takes_all_units_too() -> None:
    one = intent(ALICE, A, 10, Branch(guards=(TRUE,)), direct(C, 10))
    with pytest.raises(errors.BranchHolds):
        take(market(), one, 1)
    with pytest.raises(errors.NotDirect):
        take(market(), intent(ALICE, A, 10, Branch(guards=(TRUE,)), direct(B, 10)), 0, given=1)


def test_false_branches_are_passed() -> None:
    model = market()
    ahead = direct(B, 10, FALSE), routed(5, A, B, guards=(FALSE,)), Branch(guards=(FALSE,))
    take(model, intent(ALICE, A, 10, *ahead, direct(C, 10)), 3)
    assert fills(model)[0] == (ALICE, 3, 10, 10)


def test_intents_off_chain_forbid_no_else_branch() -> None:
    """Bob would sell B for A, in this very batch even: nobody has to find him."""
    model = market()
    take(model, exists(ALICE, A, 10, B, 10, direct(C, 10)), 1)
    assert fills(model)[0] == (ALICE, 1, 10, 10)


def test_some_units_are_found_and_the_others_pass() -> None:
    model = market()
    one = intent(ALICE, A, 30, direct(B, 30, EXISTS), direct(C, 30))
    orders = order(one), order(swap(BOB, B, 10, A, 10)), order(swap(CAROL, C, 20, A, 20))
    legs = cycle((0, 0, 10), (1, 0, 10)) + cycle((0, 1, 20), (2, 0, 20))
    model.settle(at(), Batch(orders, legs))
    assert [fill for fill in fills(model) if fill[0] == ALICE] == [
        (ALICE, 0, 10, 10),
        (ALICE, 1, 20, 20),
    ]


def test_two_who_require_each_other() -> None:
    model = market()
    one, other = exists(ALICE, A, 10, B, 10), exists(BOB, B, 10, A, 10)
    model.settle(at(), Batch((order(one), order(other)), cycle((0, 0, 10), (1, 0, 10))))
    assert len(fills(model)) == 2


# ------------------------------------------------------------------------------------ the book


@pytest.mark.parametrize(("least", "stands"), [(10, True), (11, False)])
def test_no_else_branch_while_the_book_holds_a_match(least: int, stands: bool) -> None:
    """Alice takes one B for one A, or better: an entry at exactly that is a match."""
    model = market()
    assert post(model, BOB, B, 10, A, least) == 1
    one = exists(ALICE, A, 10, B, 10, direct(C, 10))
    batch = Batch((order(one), order(swap(CAROL, C, 10, A, 10))), cycle((0, 1, 10), (1, 0, 10)))
    if not stands:
        model.settle(at(), batch)
        return
    with pytest.raises(errors.MatchStands) as caught:
        model.settle(at(), batch)
    assert caught.value == errors.MatchStands(0, 0, 1)
    # Not while somebody takes it for himself, either: afterwards it is gone.
    taker = exists(CAROL, A, 10, B, 10)
    both = Batch((*batch.orders, order(taker)), batch.legs, (Sweep(2, 0),))
    model.settle(at(), both)


def test_whether_the_match_is_alive_does_not_matter() -> None:
    model = market()
    post(model, BOB, B, 10, A, 10, deadline=NOW)
    one = exists(ALICE, A, 10, B, 10, direct(C, 10))
    batch = Batch((order(one), order(swap(CAROL, C, 10, A, 10))), cycle((0, 1, 10), (1, 0, 10)))
    with pytest.raises(errors.MatchStands):
        model.settle(at(NOW + 1), batch)
    model.sweep_dead(at(NOW + 1), B, A, 1)
    model.settle(at(NOW + 1), batch)


def test_ones_own_entry_is_in_the_way_too() -> None:
    model = market()
    post(model, ALICE, B, 10, A, 10)
    one = exists(ALICE, A, 10, B, 10, direct(C, 10))
    legs = cycle((0, 1, 10), (1, 0, 10))
    batch = Batch((order(one), order(swap(CAROL, C, 10, A, 10))), legs)
    with pytest.raises(errors.MatchStands):
        model.settle(at(), batch)
    with pytest.raises(errors.MatchStands):  # which cycles cannot change: sweeps come after them
        model.settle(at(), Batch(batch.orders, legs, (Sweep(0, 0, pops=0),)))
    model.unpost(at(caller=ALICE), B, A, 1)
    model.settle(at(), batch)


def test_a_false_branch_needs_no_proof() -> None:
    model = market()
    post(model, BOB, B, 10, A, 10)
    one = intent(ALICE, A, 10, direct(B, 10, EXISTS, FALSE), direct(C, 10))
    orders = order(one), order(swap(CAROL, C, 10, A, 10))
    model.settle(at(), Batch(orders, cycle((0, 1, 10), (1, 0, 10))))


def test_only_units_that_pass_need_a_proof() -> None:
    model = market()
    post(model, BOB, B, 10, A, 10)
    one = intent(ALICE, A, 10, direct(B, 10, EXISTS), direct(C, 10, EXISTS))
    orders = order(one), order(swap(CAROL, B, 10, A, 10))
    model.settle(at(), Batch(orders, cycle((0, 0, 10), (1, 0, 10))))


def test_each_exists_branch_is_looked_at() -> None:
    model = market()
    post(model, BOB, C, 10, A, 10)
    ahead = direct(B, 10, EXISTS), direct(C, 10, EXISTS)
    one = intent(ALICE, A, 10, *ahead, direct(B, 9))
    orders = order(one), order(swap(CAROL, B, 10, A, 10))
    with pytest.raises(errors.MatchStands) as caught:
        model.settle(at(), Batch(orders, cycle((0, 2, 10), (1, 0, 10))))
    assert caught.value == errors.MatchStands(0, 1, 1)


def test_guards_are_looked_at_before_anything_moves() -> None:
    """A route in the batch moves the price that another order's guard speaks of. But what must be
    fresh is looked at again.
    """
    model = market()
    pair = model.add_pool(A, B, 10_000, 10_000, NOW - 1)
    fresh = Guard(GuardKind.FRESH)
    at_most = price(GuardKind.POOL_AT_MOST, pair, 1, 1)
    first = intent(ALICE, A, 1000, routed(800, A, B, guards=(at_most, fresh)))
    for guards, still in (((at_most,), True), ((at_most, fresh), False)):
        other = intent(CAROL, A, 1000, routed(700, A, B, guards=guards))
        both = Batch((order(first), order(other)), (), (), (Route(0, 0), Route(1, 0)))
        then = model.copy()
        if still:
            then.settle(at(), both)
            assert len(fills(then)) == 2
            continue
        with pytest.raises(errors.Undecided) as caught:
            then.settle(at(), both)
        assert caught.value == errors.Undecided(1, 0, 1)
    model.settle(at(), Batch((order(first),), (), (), (Route(0, 0),)))
    third = intent(BOB, A, 10, routed(1, A, B, guards=(at_most,)))
    with pytest.raises(errors.Undecided):
        model.settle(at(), Batch((order(third),), (), (), (Route(0, 0),)))


def test_a_sweep_needs_an_exists_guard() -> None:
    model = market()
    with pytest.raises(errors.NotSwept) as caught:
        model.settle(at(), sweep(swap(ALICE, A, 10, B, 10, whole=False)))
    assert caught.value == errors.NotSwept(0, 0)
