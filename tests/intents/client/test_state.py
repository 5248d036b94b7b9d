"""Lists as the events tell them: sorted by rate, then by time; and where a new entry belongs."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction

from boomerang.chains import Block
from boomerang.intents.client import events
from boomerang.intents.client.state import NEVER, SPARE_POPS, Entry, State, place, pops

A, B = bytes([0xA]) * 20, bytes([0xB]) * 20
HERE = {"block": Block(3, 1_800_000_003), "index": 0}


def posted(number: int, amount: int, least: int, maker: int = 1) -> events.Posted:
    return events.Posted(
        block=Block(number, number),
        index=0,
        intent_hash=number.to_bytes(32, "big"),
        maker=bytes([maker]) * 20,
        sell=A,
        buy=B,
        number=number,
        amount=amount,
        least=least,
        deadline=2_000_000_000,
    )


def filled(number: int, sold: int, bought: int = 1) -> events.EntryFilled:
    values = {"taker": bytes(32), "sold": sold, "bought": bought}
    return events.EntryFilled(block=Block(9, 9), index=0, sell=A, buy=B, number=number, **values)


def unlisted(number: int, reason: events.Unlisting) -> events.Unlisted:
    return events.Unlisted(block=Block(9, 9), index=0, sell=A, buy=B, number=number, reason=reason)


def numbers(state: State) -> list[int]:
    return [entry.number for entry in state.entries(A, B)]


def test_better_rates_first_and_the_older_of_equals() -> None:
    told = [posted(1, 10, 20), posted(2, 10, 10), posted(3, 5, 10), posted(4, 100, 1)]
    state = State.from_events([*told, posted(5, 1000, 1000)])
    assert numbers(state) == [4, 2, 5, 1, 3]
    assert state.entries(B, A) == []
    assert [entry.rate for entry in state.entries(A, B)][:2] == [Fraction(1, 100), 1]


def test_random_lists_are_sorted_and_hints_point_into_them() -> None:
    rng = random.Random(4)
    state, told = State(), []
    for number in range(1, 300):
        new = posted(number, rng.randint(1, 6), rng.randint(1, 6))
        before = state.entries(A, B)[:]
        hint = place(before, new.amount, new.least)
        state.add(new)
        told.append(new)
        listed = numbers(state)
        at = listed.index(number)
        assert hint == (listed[at - 1] if at else 0)
        if rng.random() < 0.3:
            state.add(unlisted(rng.choice(listed), events.Unlisting.DEAD))
    left = set(numbers(state))
    wanted = [t for t in told if t.number in left]
    assert numbers(state) == [
        t.number for t in sorted(wanted, key=lambda t: (Fraction(t.least, t.amount), t.number))
    ]
    assert len(left) > 100


def test_fills_and_ends() -> None:
    state = State.from_events([posted(1, 10, 20), posted(2, 10, 30), filled(1, 4, 9)])
    first, second = state.entries(A, B)
    assert (first.left, second.left) == (6, 10)
    assert (first.amount, first.least) == (10, 20)
    assert state.sold == {first.intent_hash: 4}
    assert state.bought == {first.intent_hash: 9}
    assert state.posted(second.intent_hash) == second
    assert state.find(A, B, 2) == second
    state.add(filled(1, 6))
    state.add(unlisted(1, events.Unlisting.FILLED))
    assert numbers(state) == [2]
    assert state.posted(first.intent_hash) is None
    assert state.sold[first.intent_hash] == 10


def test_what_was_sold_while_posting_is_not_left() -> None:
    new = posted(1, 10, 20)
    crossed = events.Filled(
        block=Block(1, 1), index=0, intent_hash=new.intent_hash, branch=0, sold=7, bought=15
    )
    state = State.from_events([crossed, new])
    (entry,) = state.entries(A, B)
    assert (entry.amount, entry.left) == (10, 3)
    assert entry.deadline == 2_000_000_000
    later = State.from_events([replace(new, deadline=2**32 + 7)])
    assert later.entries(A, B)[0].deadline == NEVER


def test_approvals_cancellations_announcements() -> None:
    maker, name = bytes([1]) * 20, bytes([7]) * 32
    yes = events.Approved(block=Block(1, 1), index=0, maker=maker, intent_hash=name, approved=True)
    cancelled = events.NoncesCancelled(block=Block(1, 1), index=0, maker=maker, word=2, bits=0b101)
    told = events.Announced(block=Block(1, 1), index=0, intent_hash=name, maker=maker, program=b"x")
    state = State.from_events([yes, cancelled, replace(cancelled, bits=0b110), told])
    assert state.approved == {(maker, name)}
    assert state.cancelled == {(maker, 2): 0b111}
    assert state.announced == {name: told}
    state.add(replace(yes, approved=False))
    assert state.approved == set()


def test_pops_reach_past_all_that_cross() -> None:
    entries = [Entry(A, B, n, b"", 10, least, 10, 0) for n, least in ((1, 10), (2, 20), (3, 30))]
    # Sells B for A: 20 for at least 10 pays a rate of up to 2.
    assert [entry.within(20, 10) for entry in entries] == [True, True, False]
    assert pops(entries, 20, 10) == 2 + SPARE_POPS
    assert pops(entries, 19, 10) == 1 + SPARE_POPS
