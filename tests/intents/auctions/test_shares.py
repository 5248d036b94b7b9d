"""A change of route for a share: found by the solver, measured as the model measures it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from boomerang.intents.auction import (
    Auction,
    Item,
    Move,
    Plan,
    Pool,
    Replay,
    Rule,
    RuleBroken,
    Token,
    dumps,
    loads,
    to_json,
    verify,
)
from boomerang.intents.auction.verify import from_json
from boomerang.intents.message import Branch, Guard, GuardKind, Intent
from boomerang.intents.solver import solve
from intents.auctions.test_against_model import CALLER, settle, stage

A, B, C, D = (bytes([n]) * 20 for n in (1, 2, 3, 4))
PAYER, MOVER = b"\xaa" * 20, b"\xbb" * 20
BPS, BASELINE, MOST = 2_500, 1, 10**20
UNIT = 10**18


def guard(kind: GuardKind, partner: bytes, bps: int = BPS) -> Guard:
    return Guard(kind, bps.to_bytes(12, "big") + partner, BASELINE << 112 | MOST)


def intent(maker: bytes, nonce: int, first: Branch, amount: int) -> Intent:
    """With a share, else both on the deep way."""
    plain = Branch(D, first.least, (), ((A, B, D),))
    return Intent(maker, A, amount, (first, plain), nonce=nonce)


def auction(payer: Guard | None = None, time: int = 1_000) -> Auction:
    """Both would go over B; the mover goes over C if paid for that."""
    pays = payer or guard(GuardKind.PAYS, MOVER)
    tokens = [Token(n, t, 18, Fraction(1, UNIT)) for n, t in zip("ABCD", (A, B, C, D), strict=True)]
    pools = [
        Pool("AB", (A, B), (1_000 * UNIT, 1_000 * UNIT)),
        Pool("BD", (B, D), (1_000 * UNIT, 1_000 * UNIT)),
        Pool("AC", (A, C), (700 * UNIT, 700 * UNIT)),
        Pool("CD", (C, D), (700 * UNIT, 700 * UNIT)),
    ]
    items = [
        Item("payer", intent(PAYER, 1, Branch(D, 60 * UNIT, (pays,), ((A, B, D),)), 100 * UNIT)),
        Item(
            "mover",
            intent(
                MOVER,
                2,
                Branch(D, 60 * UNIT, (guard(GuardKind.PAID, PAYER),), ((A, C, D),)),
                100 * UNIT,
            ),
        ),
    ]
    return Auction({t.address: t for t in tokens}, tuple(pools), tuple(items), time)


def test_a_share_is_found_measured_and_verified() -> None:
    made = auction()
    solution = solve(made)
    taken = {(made.items[n].id, branch) for n, branch in solution.fills}
    assert taken == {("payer", 0), ("mover", 0)}
    assert [(s.payer, s.mover) for s in solution.shares] == [("payer", "mover")]
    share = solution.shares[0].amount
    assert 0 < share < MOST
    verify(made, loads(made, dumps(made, solution)))
    bent = to_json(made, solution)
    bent["shares"][0]["amount"] = str(share + 1)
    with pytest.raises(RuleBroken) as caught:
        verify(made, from_json(made, bent))
    assert caught.value.rule is Rule.WRONG_SHARES


def test_the_model_pays_the_same() -> None:
    made = auction()
    plan = solve(made).plan
    replay = Replay(made).run(plan)
    changed = settle(made, stage(made), plan)
    share = replay.shares[0].amount
    assert changed[D, PAYER] == replay.fills[0, 0].bought
    assert changed[D, MOVER] == replay.fills[1, 0].bought + share
    assert changed[D, CALLER] == 0


ROUTES = (Move(0, 0, 100 * UNIT), Move(1, 0, 100 * UNIT))


@pytest.mark.parametrize(
    ("routes", "rule"),
    [
        (ROUTES[:1], Rule.NO_PARTNER),
        (ROUTES[1:], Rule.NO_PARTNER),
        ((ROUTES[0], replace(ROUTES[1], amount=0)), Rule.OUT_OF_RANGE),
        ((*(replace(move, amount=50 * UNIT) for move in ROUTES),) * 2, Rule.OUT_OF_RANGE),
    ],
)
def test_a_share_without_its_partner(routes: tuple[Move, ...], rule: Rule) -> None:
    with pytest.raises(RuleBroken) as caught:
        Replay(auction()).run(Plan(routes=routes))
    assert caught.value.rule is rule


def test_a_payer_routes_all_of_its_amount() -> None:
    part = (replace(ROUTES[0], amount=50 * UNIT), ROUTES[1])
    with pytest.raises(RuleBroken) as caught:
        Replay(auction()).run(Plan(routes=part))
    assert caught.value.rule is Rule.OUT_OF_RANGE


def test_the_mover_has_its_limit_too() -> None:
    made = auction()
    mover = made.items[1].intent
    high = replace(mover.branches[0], least=99 * UNIT)
    items = (made.items[0], Item("mover", replace(mover, branches=(high, *mover.branches[1:]))))
    with pytest.raises(RuleBroken) as caught:
        Replay(replace(made, items=items)).run(Plan(routes=ROUTES))
    assert caught.value.rule is Rule.BELOW_LIMIT
    assert caught.value.subject == "mover"


def test_what_must_be_fresh_is_so_when_it_is_used() -> None:
    """An earlier route of the same batch touches a pool of the payer's way."""
    made = auction()
    plain = Intent(b"\xcc" * 20, A, UNIT, (Branch(B, UNIT // 2, (), ((A, B),)),), nonce=3)
    more = replace(made, items=(*made.items, Item("other", plain)))
    first = Plan(routes=(Move(2, 0, UNIT), *ROUTES))
    with pytest.raises(RuleBroken) as caught:
        Replay(more).run(first)
    assert caught.value.rule is Rule.UNDECIDED
    assert Replay(more).run(Plan(routes=(*ROUTES, Move(2, 0, UNIT)))).shares


def test_other_terms_are_no_mirror() -> None:
    with pytest.raises(RuleBroken) as caught:
        Replay(auction(guard(GuardKind.PAYS, MOVER, BPS + 1))).run(Plan(routes=ROUTES))
    assert caught.value.rule is Rule.NO_PARTNER


def test_a_touched_pool_leaves_it_undecided() -> None:
    made = auction()
    pools = tuple(replace(pool, touched=pool.id == "CD") for pool in made.pools)
    with pytest.raises(RuleBroken) as caught:
        Replay(replace(made, pools=pools)).run(Plan(routes=ROUTES))
    assert caught.value.rule is Rule.UNDECIDED
