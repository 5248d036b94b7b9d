"""Cycles: limits, equal gains, who may take part, and what a skippable one leaves behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from boomerang.intents import errors
from boomerang.intents.batch import Batch, Route, cycle
from boomerang.intents.model import Manner, Token, events
from boomerang.intents.model.ledger import shown
from intents.model.desk import (
    ALICE,
    BOB,
    CAROL,
    EXISTS,
    HERE,
    MAKERS,
    NOW,
    START,
    A,
    B,
    C,
    at,
    direct,
    fills,
    held,
    intent,
    leg,
    market,
    order,
    pair,
    routed,
    swap,
)


def test_a_pair_pays_from_maker_to_maker() -> None:
    model = market()
    model.settle(at(), pair(swap(ALICE, A, 100, B, 180), swap(BOB, B, 200, A, 90), 100, 200))
    assert held(model, ALICE) == (-100, 200, 0)
    assert held(model, BOB) == (100, -200, 0)
    assert held(model, HERE) == (-START, -START, -START)
    assert fills(model) == [(ALICE, 0, 100, 200), (BOB, 0, 200, 100)]


def test_a_ring_of_three() -> None:
    model = market()
    sides = ((ALICE, A, C), (BOB, B, A), (CAROL, C, B))
    intents = [swap(maker, sell, 10, buy, 9) for maker, sell, buy in sides]
    legs = cycle(*((i, 0, 10) for i in range(3)))
    model.settle(at(), Batch(tuple(order(i) for i in intents), legs))
    assert [held(model, who) for who in MAKERS] == [(-10, 0, 10), (10, -10, 0), (0, 10, -10)]


def test_the_last_leg_ends_its_cycle_marked_or_not() -> None:
    model = market()
    batch = leg(pair(swap(ALICE, A, 10, B, 10), swap(BOB, B, 10, A, 10), 10, 10), 1, last=False)
    model.settle(at(), batch)
    assert held(model, ALICE) == (-10, 10, 0)


@pytest.mark.parametrize(("received", "allowed"), [(34, True), (33, False)])
def test_what_is_received_is_rounded_up(received: int, allowed: bool) -> None:
    """100 units for 67 or more: 50 units are worth 33.5, so 34."""
    model = market()
    one = swap(ALICE, A, 100, B, 67, whole=False)
    other = swap(BOB, B, received, A, 50)
    batch = pair(one, other, 50, received)
    if allowed:
        model.settle(at(), batch)
        return
    with pytest.raises(errors.BelowLimit) as caught:
        model.settle(at(), batch)
    assert caught.value == errors.BelowLimit(0, 0, 33, 34)


@pytest.mark.parametrize(
    ("bought", "equal"), [(113, False), (114, True), (117, True), (118, False)]
)
def test_gains_are_equal_within_one_unit(bought: int, equal: bool) -> None:
    """Alice wants 1 for 1, Bob 4 for 3: a gain of a bit more than a seventh suits both."""
    model = market()
    one = swap(ALICE, A, 100, B, 100, whole=False)
    other = swap(BOB, B, 300, A, 225, whole=False)
    assert _both_ends(bought) == equal
    batch = pair(one, other, 100, bought)
    if equal:
        model.settle(at(), batch)
        return
    with pytest.raises(errors.UnequalGains) as caught:
        model.settle(at(), batch)
    assert caught.value.leg == 0


def _both_ends(bought: int) -> bool:
    """The rule as docs/intents.md writes it, in fractions of this example."""
    alice = (bought - 1) / 101, (bought + 1) / 99
    bob = 99 / ((bought + 1) * 0.75), 101 / ((bought - 1) * 0.75)
    return max(alice[0], bob[0]) <= min(alice[1], bob[1])


def test_of_one_unit_any_gain_is_small_enough() -> None:
    model = market()
    one = swap(ALICE, A, 1, B, 30)
    other = swap(BOB, B, 50, A, 1)
    model.settle(at(), pair(one, other, 1, 50))
    assert held(model, ALICE) == (-1, 50, 0)


def test_what_is_received_must_be_what_is_bought() -> None:
    batch = pair(swap(ALICE, A, 10, B, 10), swap(BOB, B, 10, C, 10), 10, 10)
    with pytest.raises(errors.WrongToken) as caught:
        market().settle(at(), batch)
    assert caught.value == errors.WrongToken(1, shown(A), shown(C))


def test_nobody_trades_with_himself() -> None:
    model = market()
    batch = pair(swap(ALICE, A, 10, B, 10), swap(ALICE, B, 10, A, 10), 10, 10)
    with pytest.raises(errors.SameSigner) as caught:
        model.settle(at(), batch)
    assert caught.value == errors.SameSigner(1, shown(ALICE))
    alone = Batch((order(swap(ALICE, A, 10, B, 10)),), cycle((0, 0, 10)))
    with pytest.raises(errors.SameSigner) as caught:
        model.settle(at(), alone)
    assert caught.value == errors.SameSigner(0, shown(ALICE))


def test_one_maker_in_two_cycles() -> None:
    model = market()
    one = swap(ALICE, A, 20, B, 20)
    bob, carol = swap(BOB, B, 10, A, 10), swap(CAROL, B, 10, A, 10)
    legs = cycle((0, 0, 10), (1, 0, 10)) + cycle((0, 0, 10), (2, 0, 10))
    model.settle(at(), Batch(tuple(map(order, (one, bob, carol))), legs))
    assert held(model, ALICE) == (-20, 20, 0)


def test_only_direct_swaps_take_part() -> None:
    model = market()
    model.add_pool(A, B, 1000, 1000)
    through = intent(ALICE, A, 10, routed(5, A, B))
    with pytest.raises(errors.NotDirect) as caught:
        model.settle(at(), pair(through, swap(BOB, B, 10, A, 10), 10, 10))
    assert caught.value == errors.NotDirect(0, 0)


def test_a_leg_of_nothing() -> None:
    batch = pair(swap(ALICE, A, 10, B, 10), swap(BOB, B, 10, A, 10), 0, 10)
    with pytest.raises(errors.OutOfRange):
        market().settle(at(), batch)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"order": 2}, errors.UnknownOrder(2)),
        ({"branch": 1}, errors.UnknownBranch(0, 1)),
    ],
)
def test_legs_name_what_was_handed_in(
    changes: dict[str, int], error: errors.SettlementError
) -> None:
    batch = pair(swap(ALICE, A, 10, B, 10), swap(BOB, B, 10, A, 10), 10, 10)
    with pytest.raises(type(error)) as caught:
        market().settle(at(), leg(batch, 0, **changes))
    assert caught.value == error
    with pytest.raises(errors.UnknownOrder) as unknown:
        market().settle(at(), leg(batch, 1, order=7))
    assert unknown.value.order == 7


def test_branches_that_are_hashes_cannot_be_taken() -> None:
    one = intent(ALICE, A, 10, direct(B, 10, EXISTS), direct(C, 10))
    other = swap(BOB, C, 10, A, 10)
    orders = (order(one, given=1), order(other))
    with pytest.raises(errors.UnknownBranch):
        market().settle(at(), Batch(orders, cycle((0, 1, 10), (1, 0, 10))))


# ------------------------------------------------------------------------------------ skipping


def _two_cycles(skippable: bool) -> Batch:
    """Alice and Bob, and Alice and Carol, who cannot pay."""
    legs = cycle((0, 0, 10), (1, 0, 10)) + cycle((2, 0, 10), (3, 0, 10), skippable=skippable)
    intents = (
        swap(ALICE, A, 10, B, 10),
        swap(BOB, B, 10, A, 10),
        swap(ALICE, A, 10, C, 10),
        swap(CAROL, C, 10, A, 10),
    )
    return Batch(tuple(map(order, intents)), legs)


def test_a_skipped_cycle_changes_nothing() -> None:
    model = market()
    model.allow(C, CAROL, 9)
    batch = _two_cycles(skippable=True)
    model.settle(at(), batch)
    assert held(model, ALICE) == (-10, 10, 0)
    assert held(model, CAROL) == (0, 0, 0)
    failed = errors.TransferFailed(shown(C), shown(CAROL), shown(ALICE), 10)
    assert model.state.events[-1] == events.Skipped(2, failed.encode())
    for each in batch.orders:
        assert model.state.used[each.maker, each.nonce] == (each in batch.orders[:2])
    # The same orders may be settled later.
    model.allow(C, CAROL, 10)
    again = Batch(batch.orders[2:], cycle((0, 0, 10), (1, 0, 10)))
    model.settle(at(), again)
    assert held(model, CAROL) == (10, 0, -10)


def test_one_that_is_not_skippable_fails_the_batch() -> None:
    model = market()
    model.allow(C, CAROL, 9)
    with pytest.raises(errors.TransferFailed) as caught:
        model.settle(at(), _two_cycles(skippable=False))
    assert caught.value.arguments["from"] == shown(CAROL)
    assert held(model, ALICE) == (0, 0, 0)
    assert model.state.events == []


def test_only_transfers_are_skipped() -> None:
    batch = _two_cycles(skippable=True)
    with pytest.raises(errors.Overfilled):
        market().settle(at(), leg(leg(batch, 2, amount=11), 3, amount=11))


def test_the_mark_counts_on_the_first_leg() -> None:
    model = market()
    model.allow(C, CAROL, 9)
    batch = leg(_two_cycles(skippable=False), 3, skippable=True)
    with pytest.raises(errors.TransferFailed):
        model.settle(at(), batch)


def test_a_whole_order_that_is_skipped_in_part() -> None:
    model = market()
    model.allow(B, CAROL, 0)
    one = swap(ALICE, A, 20, B, 20)
    bob, carol = swap(BOB, B, 10, A, 10), swap(CAROL, B, 10, A, 10)
    legs = cycle((0, 0, 10), (1, 0, 10)) + cycle((0, 0, 10), (2, 0, 10), skippable=True)
    with pytest.raises(errors.NotWhole) as caught:
        model.settle(at(), Batch(tuple(map(order, (one, bob, carol))), legs))
    assert caught.value == errors.NotWhole(0, 10, 20)


def test_skipped_units_pass_no_branch() -> None:
    """Units that a later branch would have taken, but did not, need no proof from the book."""
    model = market()
    made = swap(BOB, B, 10, A, 10, whole=False)
    model.post(at(caller=BOB), order(made), 0)
    model.allow(A, ALICE, 5)
    one = intent(ALICE, A, 10, direct(B, 10, EXISTS), direct(C, 10), whole=False)
    other = swap(CAROL, C, 10, A, 10)
    batch = Batch((order(one), order(other)), cycle((0, 1, 10), (1, 0, 10), skippable=True))
    model.settle(at(), batch)
    model.allow(A, ALICE, 10)
    with pytest.raises(errors.MatchStands):
        model.settle(at(), batch)


# ------------------------------------------------------------------------------------ tokens


@pytest.mark.parametrize("manner", [Manner.CLOSED, Manner.SILENT])
def test_a_token_that_refuses(manner: Manner) -> None:
    model = market()
    model.tokens[A] = Token(manner)
    with pytest.raises(errors.TransferFailed):
        model.settle(at(), pair(swap(ALICE, A, 9, B, 9), swap(BOB, B, 9, A, 9), 9, 9))


def test_a_token_that_takes_a_fee() -> None:
    model = market()
    model.tokens[A] = Token(Manner.CHARGING, BOB)
    with pytest.raises(errors.TokenTakesFee) as caught:
        model.settle(at(), pair(swap(ALICE, A, 200, B, 9), swap(BOB, B, 9, A, 200), 200, 9))
    assert caught.value == errors.TokenTakesFee(shown(A), 200, 198)


def test_a_token_that_does_not_exist() -> None:
    model = market()
    del model.tokens[A]
    with pytest.raises(errors.TransferFailed):
        model.settle(at(), pair(swap(ALICE, A, 9, B, 9), swap(BOB, B, 9, A, 9), 9, 9))


@pytest.mark.parametrize(("amount", "enough"), [(9, True), (8, False)])
def test_balance_and_allowance(amount: int, enough: bool) -> None:
    for lack in ("balance", "allowance"):
        model = market()
        if lack == "balance":
            model.move(A, ALICE, CAROL, START - amount)
        else:
            model.allow(A, ALICE, amount)
        batch = pair(swap(ALICE, A, 9, B, 9), swap(BOB, B, 9, A, 9), 9, 9)
        if enough:
            model.settle(at(), batch)
            assert model.state.allowances[A, ALICE] == (0 if lack == "allowance" else 2**256 - 1)
            continue
        with pytest.raises(errors.TransferFailed):
            model.settle(at(), batch)


def test_the_order_of_moves() -> None:
    """Cycles come before routes: what Alice receives in the one she sells in the other."""
    model = market()
    model.add_pool(B, C, 10**6, 10**6)
    model.move(B, ALICE, CAROL, START)
    first = swap(ALICE, A, 100, B, 100)
    other = swap(BOB, B, 100, A, 100)
    then = intent(ALICE, B, 100, routed(90, B, C))
    orders = tuple(map(order, (first, other, then)))
    model.settle(at(), Batch(orders, cycle((0, 0, 100), (1, 0, 100)), (), (Route(2, 0),)))
    assert held(model, ALICE) == (-100, -START, 99)


def test_a_failure_changes_nothing() -> None:
    model = market()
    batch = pair(swap(ALICE, A, 10, B, 10), swap(BOB, B, 10, A, 10), 10, 10)
    unused = order(swap(CAROL, C, 10, A, 10))
    with pytest.raises(errors.Unused) as caught:
        model.settle(at(), replace(batch, orders=(*batch.orders, unused)))
    assert caught.value.order == 2
    assert held(model, ALICE) == (0, 0, 0)
    assert not model.state.used[ALICE, batch.orders[0].nonce]
    model.settle(at(NOW), batch)
