"""Routes: quotes, the best path, what arrives; and a share for a change of route."""

from __future__ import annotations

import pytest

from boomerang.intents import errors
from boomerang.intents.batch import Batch, Route
from boomerang.intents.message import MAX_AMOUNT, Branch, Guard, GuardKind, Intent
from boomerang.intents.model import Manner, Settlement, Token, events
from boomerang.intents.model.ledger import shown
from boomerang.intents.pools import amount_out, best_path
from intents.model.desk import (
    ALICE,
    BOB,
    CAROL,
    HERE,
    NOW,
    START,
    STRANGER,
    A,
    B,
    C,
    at,
    direct,
    fills,
    held,
    intent,
    market,
    order,
    route,
    routed,
)


def pools() -> Settlement:
    """A-B is small; A-C and C-B are large."""
    model = market()
    model.add_pool(A, B, 10_000, 20_000, NOW - 1)
    model.add_pool(A, C, 10**6, 10**6, NOW - 1)
    model.add_pool(C, B, 10**6, 2 * 10**6, NOW - 1)
    return model


def both_ways(least: int, *guards: Guard) -> Branch:
    return Branch(B, least, guards, ((A, B), (A, C, B)))


# ------------------------------------------------------------------------------------ routes


def test_a_route_pays_the_pair_and_the_maker() -> None:
    model = pools()
    got = amount_out(1000, 10_000, 20_000)
    model.settle(at(), route(intent(ALICE, A, 1000, routed(got, A, B))))
    assert held(model, ALICE) == (-1000, got, 0)
    pool = model.pool(B, A)
    assert pool is not None
    assert (pool.reserve0, pool.reserve1, pool.touched) == (11_000, 20_000 - got, NOW)


@pytest.mark.parametrize(("more", "good"), [(0, True), (1, False)])
def test_a_route_brings_at_least_the_least(more: int, good: bool) -> None:
    model = pools()
    got = amount_out(1000, 10_000, 20_000)
    batch = route(intent(ALICE, A, 1000, routed(got + more, A, B)))
    if good:
        model.settle(at(), batch)
        return
    with pytest.raises(errors.BelowLimit) as caught:
        model.settle(at(), batch)
    assert caught.value == errors.BelowLimit(0, 0, got, got + 1)


def test_of_a_part_the_least_is_rounded_up() -> None:
    """500 of 1,000 for 1,801 or more: at least 901."""
    got = amount_out(500, 10_000, 20_000)
    assert got == 949
    model = pools()
    made = intent(ALICE, A, 1000, routed(2 * got, A, B), whole=False)
    model.settle(at(), route(made, 500))
    made = intent(ALICE, A, 1000, routed(2 * got + 1, A, B), whole=False)
    with pytest.raises(errors.BelowLimit) as caught:
        pools().settle(at(), route(made, 500))
    assert caught.value == errors.BelowLimit(0, 0, got, got + 1)


@pytest.mark.parametrize(("units", "index"), [(10, 0), (1000, 1)])
def test_the_best_path_is_taken(units: int, index: int) -> None:
    """For little the short one, which takes one fee; for more the deep one."""
    model = pools()
    branch = both_ways(1)
    assert best_path(branch.paths, units, model.pool)[0] == index
    model.settle(at(), route(intent(ALICE, A, units, branch)))
    pool = model.pool(A, B)
    assert pool is not None
    assert (pool.touched == NOW) == (index == 0)


def test_of_equal_paths_the_first() -> None:
    for first, second in ((C, STRANGER), (STRANGER, C)):
        model = market()
        for between in (C, STRANGER):
            model.add_pool(A, between, 10_000, 10_000)
            model.add_pool(between, B, 10_000, 10_000)
        branch = Branch(B, 1, (), ((A, first, B), (A, second, B)))
        model.settle(at(), route(intent(ALICE, A, 10, branch)))
        taken = [model.pool(A, between) for between in (first, second)]
        assert [pool is not None and pool.touched == NOW for pool in taken] == [True, False]


def test_nothing_said_is_all_that_is_left() -> None:
    model = pools()
    made = intent(ALICE, A, 1000, routed(10, A, B), whole=False)
    model.settle(at(), route(made, 400))
    model.settle(at(), route(made))
    assert [sold for _, _, sold, _ in fills(model)] == [400, 600]
    # And of nothing nothing happens: but then the order was not used.
    more = Route(0, 0), Route(0, 0)
    again = intent(ALICE, A, 100, routed(10, A, B))
    model.settle(at(), Batch((order(again),), (), (), more))
    assert len(fills(model)) == 3


def test_more_than_is_left() -> None:
    with pytest.raises(errors.Overfilled) as caught:
        pools().settle(at(), route(intent(ALICE, A, 100, routed(10, A, B)), 101))
    assert caught.value == errors.Overfilled(0, 101, 100)


def test_without_pools() -> None:
    for made in (
        intent(ALICE, A, 100, Branch(B, 1, (), ((A, STRANGER, B), (A, C, STRANGER, B)))),
        intent(ALICE, A, 1, Branch(C, 1, (), ((A, C),))),  # of one unit nothing is left
    ):
        with pytest.raises(errors.NoPool) as caught:
            pools().settle(at(), route(made))
        buy = made.branches[0].buy
        assert caught.value == errors.NoPool(shown(A), shown(buy))


def test_a_direct_swap_is_no_route() -> None:
    with pytest.raises(errors.NotRouted) as caught:
        pools().settle(at(), route(intent(ALICE, A, 100, direct(B, 1))))
    assert caught.value == errors.NotRouted(0, 0)


def test_a_pair_twice_in_a_path() -> None:
    """Each hop was quoted from the reserves as they stood before."""
    for path in ((A, B, A, B), (A, C, B, A, C), (A, C, A, B)):
        made = intent(ALICE, A, 1000, routed(1, *path))
        with pytest.raises(errors.TokenTakesFee):
            pools().settle(at(), route(made))


def test_others_swap_too() -> None:
    model = pools()
    got = model.swap(at(caller=CAROL), B, A, 1000)
    assert got == amount_out(1000, 20_000, 10_000)
    assert held(model, CAROL) == (got, -1000, 0)
    with pytest.raises(errors.NoPool):
        model.swap(at(caller=CAROL), A, STRANGER, 5)


def test_a_gift_to_a_pair_changes_no_quote() -> None:
    """It is taken into the reserves by the swap, and not counted as paid."""
    model = pools()
    got = amount_out(1000, 10_000, 20_000)
    model.mint(A, model.pair(A, B), 555)
    model.settle(at(), route(intent(ALICE, A, 1000, routed(got, A, B))))
    pool = model.pool(A, B)
    assert pool is not None
    assert pool.reserve0 == 11_555


def test_a_token_that_does_not_reach_the_maker() -> None:
    model = pools()
    model.tokens[B] = Token(Manner.PLAIN, ALICE)
    with pytest.raises(errors.TransferFailed):
        model.settle(at(), route(intent(ALICE, A, 1000, routed(1, A, B))))
    model.tokens[A] = Token(Manner.CHARGING, model.pair(A, B))
    with pytest.raises(errors.TokenTakesFee):
        model.settle(at(), route(intent(ALICE, A, 1000, routed(1, A, B))))


def test_one_route_after_the_other() -> None:
    model = pools()
    one, other = (intent(who, A, 1000, routed(1, A, B)) for who in (ALICE, BOB))
    model.settle(at(), Batch((order(one), order(other)), (), (), (Route(1, 0), Route(0, 0))))
    first, second = fills(model)
    assert (first[0], second[0]) == (BOB, ALICE)
    assert first[3] > second[3]


# ------------------------------------------------------------------------------------ shares


def shares(
    share: int = 5000, baseline: int = 0, most: int = MAX_AMOUNT, **changes: object
) -> tuple[Intent, Intent]:
    """Alice pays Bob, who leaves the small pool to her: 1,000 A each."""
    terms = baseline << 112 | most
    pays = Guard(GuardKind.PAYS, share.to_bytes(12, "big") + BOB, terms)
    paid = Guard(GuardKind.PAID, share.to_bytes(12, "big") + ALICE, terms)
    payer = intent(ALICE, A, 1000, routed(1, A, B, guards=(pays,)))
    mover = intent(BOB, A, 1000, routed(1, A, C, B, guards=(paid,)))
    return payer, mover


def together(payer: Intent, mover: Intent, *routes: Route) -> Batch:
    return Batch(
        (order(payer), order(mover)), (), (), routes or (Route(0, 0, 1000), Route(1, 0, 1000))
    )


GOT = amount_out(1000, 10_000, 20_000)
"""What Alice gets alone."""
SHARED = amount_out(2000, 10_000, 20_000) // 2
"""And with Bob on the same way."""


@pytest.mark.parametrize(
    ("share", "baseline", "most", "gain", "paid"),
    [
        (5000, 0, MAX_AMOUNT, GOT - SHARED, (GOT - SHARED) // 2),
        (10_000, 0, MAX_AMOUNT, GOT - SHARED, GOT - SHARED),
        (5000, 0, 7, GOT - SHARED, 7),
        (5000, SHARED, MAX_AMOUNT, GOT - SHARED, (GOT - SHARED) // 2),
        (5000, GOT - 10, MAX_AMOUNT, 10, 5),
        (5000, GOT, MAX_AMOUNT, 0, 0),
        (0, 0, MAX_AMOUNT, GOT - SHARED, 0),
        (1, 0, MAX_AMOUNT, GOT - SHARED, 0),
    ],
)
def test_a_share_of_the_gain(share: int, baseline: int, most: int, gain: int, paid: int) -> None:
    model = pools()
    model.settle(at(), together(*shares(share, baseline, most)))
    assert events.Shared(ALICE, BOB, B, gain, paid) in model.state.events
    assert held(model, ALICE) == (-1000, GOT - paid, 0)
    moved = next(bought for maker, _, _, bought in fills(model) if maker == BOB)
    assert held(model, BOB) == (-1000, moved + paid, 0)
    assert held(model, HERE) == (-START, -START, -START)
    assert fills(model)[0] == (ALICE, 0, 1000, GOT - paid)


def test_what_remains_must_be_at_least_the_least() -> None:
    payer, mover = shares(10_000)
    branch = payer.branches[0]
    rest = SHARED
    for least, good in ((rest, True), (rest + 1, False)):
        made = intent(ALICE, A, 1000, Branch(B, least, branch.guards, branch.paths))
        model = pools()
        if good:
            model.settle(at(), together(made, mover))
            continue
        with pytest.raises(errors.BelowLimit) as caught:
            model.settle(at(), together(made, mover))
        assert caught.value == errors.BelowLimit(0, 0, rest, rest + 1)


def test_the_payer_receives_its_baseline() -> None:
    """The mover moves for a trade of that size."""
    pools().settle(at(), together(*shares(5000, GOT)))
    with pytest.raises(errors.BelowLimit) as caught:
        pools().settle(at(), together(*shares(5000, GOT + 1)))
    assert caught.value == errors.BelowLimit(0, 0, GOT, GOT + 1)


def test_the_payer_routes_all_of_its_amount() -> None:
    payer, mover = shares()
    more = intent(ALICE, A, 1001, *payer.branches, whole=False)
    with pytest.raises(errors.OutOfRange) as caught:
        pools().settle(at(), together(more, mover))
    assert caught.value.order == 0
    # The mover need not.
    pools().settle(at(), together(payer, intent(BOB, A, 2000, *mover.branches, whole=False)))


def test_the_quote_is_from_before_the_batch() -> None:
    """In whichever order the two are routed."""
    payer, mover = shares()
    for routes in ((Route(0, 0, 1000), Route(1, 0, 1000)), (Route(1, 0, 1000), Route(0, 0, 1000))):
        model = pools()
        model.settle(at(), together(payer, mover, *routes))
        shared = next(e for e in model.state.events if isinstance(e, events.Shared))
        assert shared.gain == GOT - SHARED


def test_whoever_touches_the_way_before_ends_the_deal() -> None:
    payer, mover = shares()
    other = intent(CAROL, A, 100, routed(1, A, B))
    orders = tuple(map(order, (payer, mover, other)))
    ahead = Route(2, 0), Route(0, 0, 1000), Route(1, 0, 1000)
    with pytest.raises(errors.Undecided) as caught:
        pools().settle(at(), Batch(orders, (), (), ahead))
    assert caught.value == errors.Undecided(0, 0, 0)
    pools().settle(at(), Batch(orders, (), (), (*ahead[1:], ahead[0])))


def test_partners_are_routed_in_the_same_batch() -> None:
    payer, mover = shares()
    for alone, other in ((payer, mover), (mover, payer)):
        with pytest.raises(errors.NoPartner) as caught:
            pools().settle(at(), Batch((order(alone),), (), (), (Route(0, 0, 1000),)))
        assert caught.value == errors.NoPartner(0, 0, 0)
        both = (order(alone), order(other))
        with pytest.raises(errors.NoPartner):  # handed in is not enough
            pools().settle(at(), Batch(both, (), (), (Route(0, 0, 1000),)))


def _other(mover: Intent, what: str) -> Intent:
    guard = mover.branches[0].guards[0]
    subject, limit, maker, sell, path = guard.subject, guard.limit, BOB, A, (A, C, B)
    kind = guard.kind
    if what == "share":
        subject = (5001).to_bytes(12, "big") + subject[12:]
    elif what == "payer":
        subject = subject[:12] + CAROL
    elif what == "terms":
        limit -= 1
    elif what == "maker":
        maker = CAROL
    elif what == "token":
        sell, path = C, (C, B)
    elif what == "bought":
        path = (A, C)
    elif what == "side":
        kind = GuardKind.PAYS
    branch = Branch(path[-1], 1, (Guard(kind, subject, limit),), (path,))
    return intent(maker, sell, 1000, branch)


@pytest.mark.parametrize("what", ["share", "payer", "terms", "maker", "token", "bought", "side"])
def test_partners_say_the_same(what: str) -> None:
    payer, mover = shares()
    with pytest.raises(errors.NoPartner) as caught:
        pools().settle(at(), together(payer, _other(mover, what)))
    assert caught.value.order == 0


def test_how_much_is_routed_must_be_said_and_once() -> None:
    payer, mover = shares()
    for routes in (
        (Route(0, 0), Route(1, 0, 1000)),
        (Route(0, 0, 1000), Route(1, 0, 500), Route(1, 0, 500)),
    ):
        with pytest.raises((errors.OutOfRange, errors.NoPartner)):
            pools().settle(at(), together(payer, mover, *routes))
    with pytest.raises(errors.OutOfRange):  # more than everything
        pools().settle(at(), together(*shares(10_001)))


def test_one_share_of_one_gain() -> None:
    """A branch pays one mover; and a move that names nothing finds no partner."""
    payer, mover = shares()
    (pays,) = payer.branches[0].guards
    twice = intent(ALICE, A, 1000, routed(1, A, B, guards=(pays, pays)))
    with pytest.raises(errors.OutOfRange) as caught:
        pools().settle(at(), together(twice, mover))
    assert caught.value.order == 0
    good = Route(0, 0, 1000), Route(1, 0, 1000)
    with pytest.raises(errors.UnknownBranch):
        pools().settle(at(), together(payer, mover, Route(0, 1, 1), *good))
    with pytest.raises(errors.UnknownOrder):
        pools().settle(at(), together(payer, mover, Route(2, 0, 1), *good))


def test_shares_are_measured_by_what_is_fresh() -> None:
    model = pools()
    model.sync(at(), A, B)
    with pytest.raises(errors.Undecided) as caught:
        model.settle(at(), together(*shares()))
    assert caught.value == errors.Undecided(0, 0, 0)
    model.settle(at(NOW + 1), together(*shares()))


def test_a_branch_that_shares_lets_units_pass() -> None:
    model = pools()
    payer, _ = shares()
    made = intent(ALICE, A, 1000, payer.branches[0], both_ways(1))
    model.settle(at(), route(made, 0, 1))
    assert fills(model)[0][1] == 1
