"""What an order must be: ranges, deadline, signature, nonce, and how much of it is sold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from boomerang.intents import errors
from boomerang.intents.batch import Batch, Order, cycle
from boomerang.intents.message import MAX_AMOUNT, Branch, Guard, GuardKind
from boomerang.intents.model import Part, events
from boomerang.intents.model.ledger import shown
from intents.model.desk import (
    ALICE,
    BOB,
    DOMAIN,
    EXISTS,
    FORGED,
    NOW,
    SIGNED,
    A,
    B,
    C,
    at,
    direct,
    held,
    intent,
    market,
    order,
    pair,
    routed,
    swap,
)


def _with(one: Order) -> Batch:
    """The order sells 10 A to Bob for 10 B."""
    return Batch((one, order(swap(BOB, B, 10, A, 10))), cycle((0, 0, 10), (1, 0, 10)))


FRESH = Guard(GuardKind.FRESH)


@pytest.mark.parametrize(
    "branch",
    [
        Branch(B, 0),
        Branch(bytes(20), 1),
        Branch(bytes(20), 0, (), ((A, B),)),
        Branch(A, 10),
        direct(B, 10, EXISTS, EXISTS),
        direct(B, 10, FRESH),
        direct(B, 10, Guard(GuardKind.PAYS)),
        direct(B, 10, Guard(GuardKind.PAID)),
        Branch(bytes(20), 0, (EXISTS,)),
        Branch(bytes(20), 0, (FRESH,)),
        routed(10, A, B, guards=(EXISTS,)),
    ],
)
def test_shapes_that_no_program_has(branch: Branch) -> None:
    model = market()
    one = order(swap(ALICE, A, 10, B, 10))
    for branches in ((branch,), (direct(B, 10, EXISTS), branch)):
        with pytest.raises(errors.OutOfRange) as caught:
            model.settle(at(), _with(replace(one, branches=branches)))
        assert caught.value.order == 0


def test_amounts_fit_uint112() -> None:
    model = market()
    model.mint(A, ALICE, 2**120)
    one = order(swap(ALICE, A, 10, B, 10))
    for amount in (0, MAX_AMOUNT + 1):
        with pytest.raises(errors.OutOfRange):
            model.settle(at(), _with(replace(one, amount=amount)))
    largest = replace(one, amount=MAX_AMOUNT, whole=False, branches=(direct(B, MAX_AMOUNT),))
    model.settle(at(), _with(largest))
    with pytest.raises(errors.OutOfRange):
        model.settle(at(), _with(replace(one, branches=())))


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ((A, B), True),
        ((A, C, B), True),
        ((A, C, A, C, A, B), True),
        ((A, C, A, C, A, C, B), False),
        ((A,), False),
        ((), False),
        ((B, A), False),
        ((C, B), False),
        ((A, C), False),
    ],
)
def test_paths_lead_from_what_is_sold_to_what_is_bought(
    path: tuple[bytes, ...], good: bool
) -> None:
    """Of two to six tokens. The good ones come as far as the next check: there is no pool."""
    one = order(swap(ALICE, A, 10, B, 10))
    branch = Branch(B, 1, (Guard(GuardKind.BEFORE, limit=NOW),), ((A, B), path))
    changed = replace(one, branches=(branch, direct(B, 10)))
    if good:
        market().settle(at(), Batch((changed, order(swap(BOB, B, 10, A, 10))), _second()))
        return
    with pytest.raises(errors.BadPath) as caught:
        market().settle(at(), _with(changed))
    assert caught.value == errors.BadPath(0, 0, 1)


def _second() -> tuple[object, ...]:
    return cycle((0, 1, 10), (1, 0, 10))


@pytest.mark.parametrize(("time", "good"), [(NOW, True), (NOW + 1, False)])
def test_the_deadline_is_the_last_second(time: int, good: bool) -> None:
    model = market()
    batch = _with(order(swap(ALICE, A, 10, B, 10, deadline=NOW)))
    if good:
        model.settle(at(time), batch)
        return
    with pytest.raises(errors.Expired) as caught:
        model.settle(at(time), batch)
    assert caught.value == errors.Expired(0, NOW, NOW + 1)


# ------------------------------------------------------------------------------------ signatures


def test_a_signature_that_speaks_for_somebody_else() -> None:
    with pytest.raises(errors.WrongSignature) as caught:
        market().settle(at(), _with(order(swap(ALICE, A, 10, B, 10), signature=FORGED)))
    assert caught.value == errors.WrongSignature(0, shown(ALICE))


def test_what_is_verified() -> None:
    seen = []
    model = market()
    model.verify = lambda *asked: bool(seen.append(asked)) or True
    one = swap(ALICE, A, 10, B, 10)
    model.settle(at(), _with(order(one)))
    assert seen[0] == (ALICE, one.hash(DOMAIN), SIGNED)


def test_no_signature_needs_an_approval() -> None:
    model = market()
    one = swap(ALICE, A, 10, B, 10)
    digest = one.hash(DOMAIN)
    batch = _with(order(one, signature=b""))
    for approve in (None, False):
        if approve is not None:
            model.approve(at(caller=ALICE), digest, True)
            model.approve(at(caller=ALICE), digest, approve)
        with pytest.raises(errors.WrongSignature):
            model.settle(at(), batch)
    model.approve(at(caller=BOB), digest)  # somebody else's
    with pytest.raises(errors.WrongSignature):
        model.settle(at(), batch)
    model.approve(at(caller=ALICE), digest)
    assert model.state.events[-1] == events.Approved(ALICE, digest, True)
    model.settle(at(), batch)


def test_whoever_calls_speaks_for_himself() -> None:
    model = market()
    batch = _with(order(swap(ALICE, A, 10, B, 10), signature=b""))
    model.settle(at(caller=ALICE), batch)
    with pytest.raises(errors.WrongSignature):
        model.settle(at(caller=ALICE), _with(order(swap(ALICE, A, 10, B, 10), signature=FORGED)))


def test_an_approval_does_not_mend_a_signature() -> None:
    model = market()
    one = swap(ALICE, A, 10, B, 10)
    model.approve(at(caller=ALICE), one.hash(DOMAIN))
    with pytest.raises(errors.WrongSignature):
        model.settle(at(), _with(order(one, signature=FORGED)))


# ------------------------------------------------------------------------------------ nonces


def test_a_nonce_is_good_for_one_intent() -> None:
    model = market()
    batch = _with(order(swap(ALICE, A, 10, B, 10, nonce=300)))
    model.settle(at(), batch)
    with pytest.raises(errors.NonceUsed) as caught:
        model.settle(at(), batch)
    assert caught.value == errors.NonceUsed(0, shown(ALICE), 300)
    with pytest.raises(errors.NonceUsed):
        model.settle(at(), _with(order(swap(ALICE, A, 10, B, 9, nonce=300))))
    # Of one maker: others have their own.
    model.settle(at(), pair(swap(BOB, A, 5, B, 5, nonce=300), swap(ALICE, B, 5, A, 5), 5, 5))


def test_one_nonce_twice_in_a_batch() -> None:
    one = swap(ALICE, A, 20, B, 20, nonce=7, whole=False)
    other = swap(ALICE, A, 20, B, 19, nonce=7, whole=False)
    for second in (one, other):
        orders = (order(one), order(second), order(swap(BOB, B, 20, A, 20)))
        legs = cycle((0, 0, 10), (2, 0, 10)) + cycle((1, 0, 10), (2, 0, 10))
        with pytest.raises(errors.NonceUsed) as caught:
            market().settle(at(), Batch(orders, legs))
        assert caught.value.order == 1


def test_parts_add_up() -> None:
    model = market()
    one = swap(ALICE, A, 20, B, 20, whole=False)
    slot = ALICE, one.nonce

    def fill(units: int) -> None:
        model.settle(at(), pair(one, swap(BOB, B, units, A, units), units, units))

    fill(5)
    assert model.state.parts[slot] == Part(one.hash(DOMAIN), 5)
    assert not model.state.used[slot]
    with pytest.raises(errors.Overfilled) as caught:
        fill(16)
    assert caught.value == errors.Overfilled(0, 16, 15)
    fill(14)
    fill(1)
    assert model.state.used[slot]
    assert model.state.parts[slot] is None
    with pytest.raises(errors.NonceUsed):
        fill(1)
    assert held(model, ALICE) == (-20, 20, 0)


def test_an_open_nonce_belongs_to_its_intent() -> None:
    model = market()
    one = swap(ALICE, A, 20, B, 20, whole=False)
    model.settle(at(), pair(one, swap(BOB, B, 5, A, 5), 5, 5))
    other = replace(one, amount=30)
    with pytest.raises(errors.NonceTaken) as caught:
        model.settle(at(), pair(other, swap(BOB, B, 5, A, 5), 5, 5))
    assert caught.value == errors.NonceTaken(0, shown(ALICE), one.nonce)
    whole = replace(one, amount=5, whole=True, branches=(direct(B, 5),))
    with pytest.raises(errors.NonceUsed):
        model.settle(at(), pair(whole, swap(BOB, B, 5, A, 5), 5, 5))


def test_how_many_branches_were_given_does_not_matter() -> None:
    model = market()
    one = intent(ALICE, A, 20, direct(B, 20, EXISTS), direct(C, 20), whole=False)
    legs = cycle((0, 0, 5), (1, 0, 5))
    for given in (1, 2):
        orders = (order(one, given), order(swap(BOB, B, 5, A, 5)))
        model.settle(at(), Batch(orders, legs))
    part = model.state.parts[ALICE, one.nonce]
    assert part is not None
    assert part.sold == 10


def test_whole_or_nothing() -> None:
    model = market()
    with pytest.raises(errors.NotWhole) as caught:
        model.settle(at(), pair(swap(ALICE, A, 20, B, 20), swap(BOB, B, 19, A, 19), 19, 19))
    assert caught.value == errors.NotWhole(0, 19, 20)


def test_cancelled_nonces() -> None:
    model = market()
    one = swap(ALICE, A, 20, B, 20, whole=False, nonce=3 * 128 + 5)
    model.settle(at(), pair(one, swap(BOB, B, 5, A, 5), 5, 5))
    model.cancel(at(caller=BOB), 3, 1 << 5)
    model.cancel(at(caller=ALICE), 3, 1 << 4)
    model.settle(at(), pair(one, swap(BOB, B, 5, A, 5), 5, 5))
    model.cancel(at(caller=ALICE), 3, 1 << 5 | 1 << 127)
    assert model.state.events[-1] == events.NoncesCancelled(ALICE, 3, 1 << 5 | 1 << 127)
    with pytest.raises(errors.NonceUsed):
        model.settle(at(), pair(one, swap(BOB, B, 5, A, 5), 5, 5))
    assert model.state.used[ALICE, 3 * 128 + 127]
