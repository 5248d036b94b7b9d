"""The book: posting, the lists, the walk, prices of entries, and whose fault a failure is."""

from __future__ import annotations

import random
from math import isqrt

import pytest

from boomerang.intents import errors
from boomerang.intents.batch import Batch, Route, Sweep, cycle
from boomerang.intents.message import Branch, Guard, GuardKind, Intent
from boomerang.intents.model import Entry, Manner, Token, Unlisting, events
from boomerang.intents.model.ledger import shown
from boomerang.intents.model.state import FOREVER
from boomerang.intents.prices import ceil_div
from intents.model.desk import (
    ALICE,
    BOB,
    CAROL,
    DOMAIN,
    EXISTS,
    KEPT_ID,
    NOW,
    OPEN_ID,
    SOLVER,
    START,
    A,
    B,
    C,
    at,
    direct,
    exists,
    fills,
    held,
    intent,
    market,
    order,
    pair,
    post,
    routed,
    swap,
    sweep,
)

KEPT = Guard(GuardKind.KEPT, KEPT_ID.ljust(32, b"\0"))
OPEN = Guard(GuardKind.KEPT, OPEN_ID.ljust(32, b"\0"))


# ------------------------------------------------------------------------------------ posting


def test_posting_lists_and_consumes_the_nonce() -> None:
    model = market()
    made = swap(ALICE, A, 10, B, 20, whole=False)
    assert model.post(at(caller=made.maker), order(made), 0) == 1
    assert model.entry(A, B, 1) == Entry(ALICE, 10, 20, 10, FOREVER)
    assert model.state.used[ALICE, made.nonce]
    terms = (1, 10, 20, FOREVER)
    assert model.state.events == [events.Posted(made.hash(DOMAIN), ALICE, A, B, *terms)]
    with pytest.raises(errors.NonceUsed):
        model.settle(at(), pair(made, swap(BOB, B, 20, A, 10), 10, 20))
    with pytest.raises(errors.NonceUsed):
        model.post(at(caller=made.maker), order(made), 0)


@pytest.mark.parametrize(
    ("guards", "why"),
    [
        ((), None),
        ((EXISTS, KEPT, Guard(GuardKind.AFTER, limit=NOW)), None),
        ((OPEN,), "a guard does not hold"),
        ((Guard(GuardKind.REVERTED, KEPT.subject),), "a guard does not hold"),
        ((Guard(GuardKind.AFTER, limit=NOW + 1),), "a guard does not hold"),
        ((Guard(GuardKind.BEFORE, limit=NOW + 1),), "a guard that may change"),
        ((Guard(GuardKind.POOL_AT_LEAST, bytes(32), 1),), "a guard that may change"),
    ],
)
def test_what_can_be_posted(guards: tuple[Guard, ...], why: str | None) -> None:
    model = market()
    one = order(intent(ALICE, A, 10, direct(B, 10, *guards), whole=False))
    if why is None:
        assert model.post(at(caller=ALICE), one, 0) == 1
        return
    with pytest.raises(errors.NotPostable) as caught:
        model.post(at(caller=ALICE), one, 0)
    assert caught.value.why == why


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (swap(ALICE, A, 10, B, 10), "whole"),
        (intent(ALICE, A, 10, routed(5, A, B), whole=False), "not a direct swap"),
        (intent(ALICE, A, 10, Branch(), whole=False), "not a direct swap"),
    ],
)
def test_what_cannot(made: Intent, why: str) -> None:
    with pytest.raises(errors.NotPostable) as caught:
        market().post(at(caller=ALICE), order(made), 0)
    assert caught.value.why == why


def test_only_its_maker_posts() -> None:
    model = market()
    for made in (swap(ALICE, A, 10, B, 10, whole=False), exists(ALICE, A, 10, B, 10, direct(C, 9))):
        with pytest.raises(errors.NotPostable) as caught:
            model.post(at(), order(made, 1), 0)
        assert caught.value.why == "not its maker"
        assert model.post(at(caller=ALICE), order(made, 1, b""), 0) > 0


def test_posting_checks_ranges_and_the_deadline() -> None:
    model = market()
    with pytest.raises(errors.Expired):
        post(model, ALICE, A, 10, B, 10, time=NOW + 1, deadline=NOW)
    assert post(model, ALICE, A, 10, B, 10, deadline=NOW) == 1
    for branch in (Branch(B, 0), Branch(A, 5), direct(B, 5, EXISTS, EXISTS)):
        with pytest.raises(errors.OutOfRange):
            model.post(at(caller=ALICE), order(intent(ALICE, A, 10, branch, whole=False)), 0)


def test_a_nonce_that_is_open_cannot_be_posted() -> None:
    """What was sold already would be offered again."""
    model = market()
    made = swap(ALICE, A, 10, B, 10, whole=False)
    model.settle(at(), pair(made, swap(BOB, B, 4, A, 4), 4, 4))
    with pytest.raises(errors.NonceUsed):
        model.post(at(caller=made.maker), order(made), 0)


def test_what_is_listed_must_be_alive() -> None:
    for token_left, allowed in ((0, 10), (10, 0)):
        model = market()
        model.move(A, ALICE, BOB, START - token_left)
        model.allow(A, ALICE, allowed)
        with pytest.raises(errors.NotPostable) as caught:
            post(model, ALICE, A, 10, B, 10)
        assert caught.value.why == "nothing behind it"
        assert model.state.lists[A, B] == ()


# ------------------------------------------------------------------------------------ lists


def test_lists_are_sorted_by_rate_then_by_time() -> None:
    model = market()
    for amount, least in ((10, 20), (10, 10), (20, 40), (10, 15), (1, 1), (100, 199)):
        post(model, ALICE, A, amount, B, least)
    assert model.state.lists[A, B] == (2, 5, 4, 6, 1, 3)
    assert model.head(A, B) == 2
    assert model.head(B, A) is None


def test_numbers_are_never_given_again() -> None:
    model = market()
    post(model, ALICE, A, 10, B, 10)
    model.unpost(at(caller=ALICE), A, B, 1)
    assert post(model, ALICE, A, 10, B, 10) == 2


def test_only_its_maker_takes_an_entry_out() -> None:
    model = market()
    post(model, ALICE, A, 10, B, 10)
    with pytest.raises(errors.NotMaker) as caught:
        model.unpost(at(caller=BOB), A, B, 1)
    assert caught.value == errors.NotMaker(shown(BOB), shown(ALICE))
    model.unpost(at(caller=ALICE), A, B, 1)
    assert model.state.events[-1] == events.Unlisted(A, B, 1, Unlisting.CANCELLED)
    for sell, number in ((A, 1), (B, 1), (A, 0)):
        with pytest.raises(errors.NoEntry):
            model.unpost(at(caller=ALICE), sell, B if sell == A else A, number)


@pytest.mark.parametrize(
    ("left", "balance", "allowance", "time", "alive"),
    [
        (10, 10, 10, NOW, 10),
        (10, 9, 10, NOW, 9),
        (10, 10, 8, NOW, 8),
        (7, 10, 10, NOW, 7),
        (10, 10, 10, NOW + 1, 0),
        (10, 0, 10, NOW, 0),
    ],
)
def test_alive(left: int, balance: int, allowance: int, time: int, alive: int) -> None:
    model = market()
    post(model, ALICE, A, left, B, 10, deadline=NOW)
    model.move(A, ALICE, BOB, START - balance)
    model.allow(A, ALICE, allowance)
    assert model.alive(at(time), A, B, 1) == alive
    assert model.alive(at(time), A, B, 2) == 0


@pytest.mark.parametrize("deadline", [FOREVER - 1, FOREVER, FOREVER + 1, 2**256 - 1])
def test_what_lasts_beyond_32_bits_lasts_forever(deadline: int) -> None:
    model = market()
    post(model, ALICE, A, 10, B, 10, deadline=deadline)
    assert model.entry(A, B, 1).deadline == min(deadline, FOREVER)
    assert model.alive(at(FOREVER - 1), A, B, 1) == 10
    for time in (FOREVER, FOREVER + 1):
        assert model.alive(at(time), A, B, 1) == (10 if deadline >= FOREVER else 0)


def test_dead_entries_are_swept_off_the_head() -> None:
    model = market()
    for maker, least in ((ALICE, 10), (ALICE, 11), (BOB, 12), (ALICE, 13)):
        post(model, maker, A, 10, B, least)
    model.allow(A, ALICE, 0)
    model.sweep_dead(at(), A, B, 1)
    assert model.state.lists[A, B] == (2, 3, 4)
    model.sweep_dead(at(), A, B, 9)
    assert model.state.lists[A, B] == (3, 4)
    assert model.state.events[-1] == events.Unlisted(A, B, 2, Unlisting.DEAD)


# ------------------------------------------------------------------------------------ crossing


@pytest.mark.parametrize(
    ("least", "pops", "stands"), [(10, 0, True), (10, 1, False), (11, 0, False)]
)
def test_lists_never_stand_crossed(least: int, pops: int, stands: bool) -> None:
    """Alice sells A for B one for one; Bob the other way, 20 of them."""
    model = market()
    post(model, ALICE, A, 10, B, least)
    made = order(swap(BOB, B, 20, A, 20, whole=False))
    if stands:
        with pytest.raises(errors.MatchStands) as caught:
            model.post(at(caller=BOB), made, pops)
        assert caught.value == errors.MatchStands(0, 0, 1)
        assert model.state.lists[B, A] == ()
        return
    assert model.post(at(caller=BOB), made, pops) == 1
    rest = 10 if pops else 20
    assert model.entry(B, A, 1).left == rest
    assert model.entry(B, A, 1).amount == 20


def test_what_crosses_is_filled_first() -> None:
    model = market()
    post(model, ALICE, A, 30, B, 30)
    assert post(model, BOB, B, 20, A, 20) == 0
    assert held(model, BOB) == (20, -20, 0)
    assert fills(model)[-1] == (BOB, 0, 20, 20)
    assert model.state.lists[B, A] == ()
    assert model.entry(A, B, 1).left == 10


# ------------------------------------------------------------------------------------ the walk


def test_a_sweep_fills_the_best_first() -> None:
    model = market()
    for maker, least in ((BOB, 12), (CAROL, 10), (BOB, 10)):
        post(model, maker, B, 10, A, least)
    model.settle(at(), sweep(exists(ALICE, A, 100, B, 80)))
    found = [e for e in model.state.events if isinstance(e, events.EntryFilled)]
    assert [(e.number, e.sold, e.bought) for e in found] == [
        (2, 10, isqrt(10 * 12)),
        (3, 10, isqrt(10 * 12)),
        (1, 10, isqrt(12 * 12)),
    ]
    total = 10 + 10 + 12
    assert fills(model) == [(ALICE, 0, total, 30)]
    assert held(model, ALICE) == (-total, 30, 0)
    assert held(model, CAROL) == (10, -10, 0)
    reasons = [e.reason for e in model.state.events if isinstance(e, events.Unlisted)]
    assert reasons == [Unlisting.FILLED] * 3


def test_a_sweep_ends_at_the_limit() -> None:
    model = market()
    for least in (10, 11):
        post(model, BOB, B, 10, A, least)
    model.settle(at(), sweep(exists(ALICE, A, 100, B, 100)))
    assert model.state.lists[B, A] == (2,)


@pytest.mark.parametrize(("pops", "left"), [(0, (1, 2, 3)), (1, (2, 3)), (2, (3,)), (3, ())])
def test_pops(pops: int, left: tuple[int, ...]) -> None:
    """A dead entry counts as one, and so does one's own."""
    model = market()
    post(model, CAROL, B, 10, A, 10, deadline=NOW)
    post(model, ALICE, B, 10, A, 10)
    post(model, BOB, B, 10, A, 10)
    made, other = exists(ALICE, A, 11, B, 11), swap(CAROL, B, 1, A, 1)
    batch = Batch(
        (order(made), order(other)), cycle((0, 0, 1), (1, 0, 1)), (Sweep(0, 0, pops=pops),)
    )
    model.settle(at(NOW + 1), batch)
    assert model.state.lists[B, A] == left
    reasons = [e.reason for e in model.state.events if isinstance(e, events.Unlisted)]
    assert reasons == [Unlisting.DEAD, Unlisting.OWN, Unlisting.FILLED][:pops]


def test_an_entry_sells_what_is_alive_of_it() -> None:
    model = market()
    post(model, BOB, B, 10, A, 10)
    model.allow(B, BOB, 6)
    model.settle(at(), sweep(exists(ALICE, A, 10, B, 10)))
    assert held(model, ALICE) == (-6, 6, 0)
    assert model.state.lists[B, A] == ()


@pytest.mark.parametrize("offered", [1, 5, 9])
def test_a_sweep_of_less_than_an_entry(offered: int) -> None:
    model = market()
    post(model, BOB, B, 100, A, 10)
    model.settle(at(), sweep(exists(ALICE, A, 10, B, 50), offered))
    entry = model.entry(B, A, 1)
    assert held(model, ALICE)[0] == -offered
    sold = 100 - entry.left
    assert held(model, ALICE)[1] == sold
    assert sold * 10 <= offered * 100  # the entry's limit
    assert sold * 10 >= offered * 50  # and Alice's


def test_no_more_is_offered_than_is_left() -> None:
    model = market()
    post(model, BOB, B, 100, A, 100)
    made = exists(ALICE, A, 10, B, 10)
    with pytest.raises(errors.Overfilled) as caught:
        model.settle(at(), sweep(made, 11))
    assert caught.value == errors.Overfilled(0, 11, 10)
    model.settle(at(), sweep(made, 4))
    model.settle(at(), sweep(made))
    assert held(model, ALICE) == (-10, 10, 0)


def test_where_no_unit_lies_between_the_limits_the_caller_pays_one() -> None:
    """Bob wants 5 A for 3 B, Alice pays 5 A for 3 B: of 2 B that is 4 or more, and 3 or less."""
    model = market()
    post(model, BOB, B, 3, A, 5)
    model.allow(B, BOB, 2)
    model.settle(at(), sweep(exists(ALICE, A, 5, B, 3)))
    assert held(model, ALICE) == (-3, 2, 0)
    assert held(model, BOB) == (4, -2, 0)
    assert held(model, SOLVER) == (-1, 0, 0)


def test_an_entrys_maker_who_calls_pays_himself_nothing() -> None:
    model = market()
    post(model, BOB, B, 3, A, 5)
    model.allow(B, BOB, 2)
    model.settle(at(caller=BOB), sweep(exists(ALICE, A, 5, B, 3)))
    assert held(model, BOB) == (3, -2, 0)


def test_prices_lie_between_the_limits() -> None:
    """Every fill, at random: nobody is worse than its limit, and the caller pays less than one
    unit of what the entry sells, rounded up.
    """
    rng = random.Random(5)
    met = 0
    for _ in range(400):
        model = market()
        s, b = rng.randint(1, 60), rng.randint(1, 60)
        n, m = rng.randint(1, 90), rng.randint(1, 60)
        if b * m > n * s:
            continue
        met += 1
        post(model, BOB, B, s, A, b)
        model.allow(B, BOB, rng.randint(1, s))
        alive = model.alive(at(), B, A, 1)
        offered = rng.randint(1, n)
        made = exists(ALICE, A, n, B, m)
        try:
            model.settle(at(), sweep(made, offered))
        except errors.Unused:  # paid for by the caller alone
            assert alive * n // m == 0
            continue
        paid, bought = -held(model, ALICE)[0], held(model, ALICE)[1]
        assert paid <= offered
        assert bought >= ceil_div(paid * m, n)
        assert held(model, BOB)[0] >= ceil_div(bought * b, s)
        assert 0 <= -held(model, SOLVER)[0] <= ceil_div(b, s)
        assert paid == offered or bought == alive
    assert met > 150


# ------------------------------------------------------------------------------------ faults


def test_an_entry_that_cannot_be_paid_is_unlisted() -> None:
    """The token refuses Bob: his entry goes, and Carol's is filled."""
    model = market()
    post(model, BOB, B, 10, A, 10)
    post(model, CAROL, B, 10, A, 11)
    model.tokens[A] = Token(Manner.PLAIN, BOB)
    model.settle(at(), sweep(exists(ALICE, A, 11, B, 10)))
    assert held(model, ALICE)[1] == 10
    reasons = [e.reason for e in model.state.events if isinstance(e, events.Unlisted)]
    assert reasons == [Unlisting.DEAD, Unlisting.FILLED]


def test_an_entry_that_does_not_deliver_is_unlisted() -> None:
    model = market()
    post(model, BOB, B, 10, A, 10)
    post(model, CAROL, B, 10, A, 11)
    model.tokens[B] = Token(Manner.PLAIN, BOB)
    model.settle(at(), sweep(exists(ALICE, A, 11, B, 10)))
    assert model.state.lists[B, A] == ()
    assert held(model, BOB) == (0, 0, 0)


@pytest.mark.parametrize("token", [A, B])
def test_an_order_at_fault_fails_the_batch(token: bytes) -> None:
    """It cannot pay, or not receive: the entry stays."""
    model = market()
    post(model, BOB, B, 10, A, 10)
    model.tokens[token] = Token(Manner.PLAIN, ALICE)
    with pytest.raises(errors.TransferFailed):
        model.settle(at(), sweep(exists(ALICE, A, 10, B, 10)))
    assert model.state.lists[B, A] == (1,)


def test_an_order_without_money_fails_the_batch() -> None:
    model = market()
    post(model, BOB, B, 10, A, 10)
    model.allow(A, ALICE, 9)
    with pytest.raises(errors.TransferFailed):
        model.settle(at(), sweep(exists(ALICE, A, 10, B, 10)))


def test_a_caller_who_cannot_add_the_missing_unit_fails_the_batch() -> None:
    model = market()
    post(model, BOB, B, 3, A, 5)
    model.allow(B, BOB, 2)
    model.allow(A, SOLVER, 0)
    with pytest.raises(errors.TransferFailed):
        model.settle(at(), sweep(exists(ALICE, A, 5, B, 3)))


def test_a_fee_between_two_accounts_is_avoided_through_the_contract() -> None:
    model = market()
    post(model, BOB, B, 200, A, 200)
    model.tokens[A] = Token(Manner.CHARGING, BOB)
    model.settle(at(), sweep(exists(ALICE, A, 200, B, 200)))
    assert held(model, BOB) == (200, -200, 0)


# ------------------------------------------------------------------------------------ else


def test_what_the_book_does_not_fill_is_routed() -> None:
    model = market()
    model.add_pool(A, C, 10**6, 10**6, NOW - 1)
    post(model, BOB, B, 40, A, 40)
    made = exists(ALICE, A, 100, B, 100, routed(90, A, C))
    model.settle(at(), sweep(made, 0, 9, 2, Route(0, 1)))
    assert fills(model) == [(ALICE, 0, 40, 40), (ALICE, 1, 60, 59)]


def test_a_match_behind_dust_stands_in_the_way() -> None:
    """A solver who pays for one pop cannot skip the whale behind the dust."""
    model = market()
    model.add_pool(A, C, 10**6, 10**6, NOW - 1)
    post(model, BOB, B, 1, A, 1)
    post(model, CAROL, B, 90, A, 90)
    made = exists(ALICE, A, 100, B, 100, routed(80, A, C))
    with pytest.raises(errors.MatchStands) as caught:
        model.settle(at(), sweep(made, 0, 1, 2, Route(0, 1)))
    assert caught.value == errors.MatchStands(0, 0, 2)
    model.settle(at(), sweep(made, 0, 2, 2, Route(0, 1)))


def test_announcing_forbids_nothing() -> None:
    model = market()
    model.announce(at(caller=ALICE), bytes(32), b"program")
    assert model.state.events == [events.Announced(bytes(32), ALICE, b"program")]
