"""Why an intent is not filled: what is found, against what the dry run on chain says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.cli.intent_words import finding_words, guard_words, refusal, state_words
from boomerang.content import Content
from boomerang.intents import errors
from boomerang.intents.auction.state import Truth
from boomerang.intents.batch import Order
from boomerang.intents.client import Clause
from boomerang.intents.message import Branch, Guard, GuardKind, Intent
from boomerang.intents.relay.signed import SignedIntent
from boomerang.intents.service.reasons import BranchFinding, Examiner, counter_of
from intents.service.market import COUNTER, SNIPPET, UNIT, Market

WORLD = Market(connect("pyrevm"))
A, B, C, D = (WORLD.tokens[name] for name in "ABCD")
DIRECT = COUNTER.removesuffix(" in parts")


@pytest.fixture
def market() -> Iterator[Market]:
    start = WORLD.chain.snapshot()
    yield WORLD
    WORLD.chain.restore(start)


def examine(
    market: Market, intent: Intent, *others: SignedIntent, time: int | None = None
) -> list[BranchFinding]:
    examiner = Examiner(
        market.settlement, market.registry, market.settlement.state(), others, time or market.time
    )
    return examiner.branches(intent, intent.amount)


def commitment(market: Market, name: str = "x") -> bytes:
    """A tentative one of carol's."""
    content = Content(bytes(32), name.encode())
    key = content.key(DEV_ACCOUNTS["carol"], 1, 0, 0)
    market.receipts(market.registry.tx_publish(key, content))
    return market.registry.domain.commitment_id(key)


class Words:
    """What the command line's market does for words."""

    def __init__(self, market: Market) -> None:
        self.directory = market.directory
        self.connection = self
        self.chain = market.chain

    def symbol(self, token: bytes) -> str:
        found = self.directory.token_at(token)
        assert found is not None
        return found.name

    def amount(self, units: int, token: bytes) -> str:
        return f"{units / UNIT:g} {self.symbol(token)}"

    def who(self, account: bytes) -> str:
        return self.directory.account_name(account) or account.hex()


# ---------------------------------------------------------------------------------------- guards


def test_times(market: Market) -> None:
    now = market.time
    text = f"if after {now + 10}: {DIRECT}\nelse if before {now}: {DIRECT}\nelse: {COUNTER}"
    early, late, last = examine(market, market.program(text, "bob"))
    assert (early.truth, early.again) == (Truth.FALSE, now + 10)
    assert (late.truth, late.again) == (Truth.FALSE, None)
    assert (last.truth, last.reached) == (Truth.TRUE, True)
    (first, *_) = examine(market, market.program(text, "bob"), time=now + 10)
    assert (first.truth, first.again) == (Truth.TRUE, None)
    words = Words(market)
    assert "does not hold; try again in" in finding_words(words, early.guards[0])  # type: ignore[arg-type]


def test_outcomes_that_are_not_final(market: Market) -> None:
    known = commitment(market)
    text = f"if kept(0x{known.hex()}): {DIRECT}\nelse: {COUNTER}"
    program = market.program(text, "bob")
    first, second = examine(market, program)
    assert (first.truth, second.reached) == (Truth.UNDECIDED, False)
    assert first.again is not None
    assert first.again > market.time
    (verdict,) = market.settlement.dry_run([Order.of(program)], market.time)
    assert [one.obstacle.clause for one in verdict.branches] == [Clause.UNDECIDED] * 2
    said = finding_words(Words(market), first.guards[0])  # type: ignore[arg-type]
    assert "is undecided; its outcome is not final; try again in" in said


def test_rates_of_pools(market: Market) -> None:
    path = "via A -> B -> D for at least 0.4 $D"
    text = (
        f"if fresh and pool A/B <= 2: route 500 $A -> $D {path}\n"
        f"else if fresh and pool A/B <= 0.5: route 500 $A -> $D {path}\n"
        f"else if fresh and reserves of 0x{'77' * 20} >= 1: route 500 $A -> $D {path}"
    )
    text = text.replace("reserves of", "reserve1/reserve0 of")
    good, bad, nothing = examine(market, market.program(text, "alice"))
    assert [one.truth for one in (good, bad, nothing)] == [
        Truth.TRUE,
        Truth.FALSE,
        Truth.UNDECIDED,
    ]
    words: Any = Words(market)
    assert finding_words(words, bad.guards[1]).endswith("does not hold; it is 1")
    assert finding_words(words, nothing.guards[1]).endswith("is undecided; there is no such pool")
    assert guard_words(words, nothing.guards[1].guard).startswith("reserve1/reserve0 of 0x7777")


def test_what_was_touched_in_this_block(market: Market) -> None:
    factory = market.settlement.factory
    pair = factory.pair(*(market.settlement.token(token).address for token in (A, B)))
    program = market.program(
        "if fresh and pool A/B <= 2: route 500 $A -> $D via A -> B -> D for at least 0.4 $D",
        "alice",
    )
    market.receipts(pair.tx_sync(DEV_ACCOUNTS["carol"]))
    now = market.chain.now()
    (found,) = examine(market, program, time=now)
    assert [one.truth for one in found.guards] == [Truth.UNDECIDED] * 2
    assert found.again == now + 1
    (later,) = examine(market, program, time=now + 1)
    assert later.truth is Truth.TRUE


def test_partners(market: Market) -> None:
    payer = (
        "if pays 10% above 0.45 $D up to 0.01 $D to bob: "
        "route 500 $A -> $D via A -> B -> D for at least 0.4 $D"
    )
    mover = (
        "if paid 10% above 0.45 $D up to 0.01 $D by alice: "
        "route 500 $A -> $D via A -> C -> D for at least 0.4 $D"
    )
    one, other = market.sign(payer, "alice"), market.sign(mover, "bob")
    (alone,) = examine(market, one.intent)
    assert alone.partner is False
    words: Any = Words(market)
    assert "10% of the gain, pays bob: does not hold; no intent that is known mirrors it" in (
        finding_words(words, alone.guards[0])
    )
    (together,) = examine(market, one.intent, other)
    assert together.partner is True
    (mirrored,) = examine(market, other.intent, one)
    assert mirrored.partner is True
    assert guard_words(words, mirrored.guards[0].guard) == "10% of the gain, paid by alice"
    (wrong,) = examine(market, one.intent, market.sign(mover.replace("10%", "11%"), "bob"))
    assert wrong.partner is False


# ------------------------------------------------------------------------------------ the others


def test_who_is_on_the_other_side(market: Market) -> None:
    market.post("swap 0.1 $D -> $A at rate $A/$D >= 995 in parts", "bob")
    market.post("swap 0.1 $D -> $A at rate $A/$D >= 990 in parts", "bob")
    market.post("swap 0.1 $D -> $A at rate $A/$D >= 999 in parts", "alice")
    near = market.sign("swap 0.1 $D -> $A at rate $A/$D >= 998 in parts", "carol")
    dear = market.sign("swap 0.1 $D -> $A at rate $A/$D >= 1001 in parts", "carol")
    own = market.sign(COUNTER, "alice")
    program = market.program(SNIPPET, "alice")
    first, _ = examine(market, program, near, dear, own)
    assert [one.crosses for one in first.matches] == [True, True, False, True, False]
    assert [one.signed for one in first.matches[3:]] == [near, dear]
    said = "\n".join(state_words(Words(market), program, first))  # type: ignore[arg-type]
    assert "in the book D/A#2 of bob (0.1 D) is within the limit" in said
    assert "with the relay 0x" in said
    market.done(market.settlement.tx_allow(D, 0, sender=DEV_ACCOUNTS["bob"]))
    dead, rest = examine(market, program)
    assert not any(one.crosses for one in dead.matches)
    assert not rest.reached  # the dead stand there, and have to be swept
    shown = "\n".join(state_words(Words(market), program, dead))  # type: ignore[arg-type]
    assert "is dead, and has to be swept away" in shown
    assert "is one's own" in shown


def test_a_counter_intent_fills_what_it_is_for() -> None:
    draw = random.Random(4)
    for _ in range(500):
        amount, least = draw.randint(1, 10**30), draw.randint(1, 10**30)
        branch = Branch(D, least)
        intent = Intent(bytes(19) + b"\1", A, amount, (branch,))
        part = draw.randint(1, amount)
        counter = counter_of(intent, branch, part)
        assert (counter.sell, counter.branches[0].buy) == (D, A)
        # All of the units are bought, at equal gains, with what it offers: sqrt(lo · hi) of them.
        low = -(-part * least // amount)
        assert counter.amount > low
        assert low * counter.amount <= counter.amount**2
        assert counter.branches[0].least == part


# ----------------------------------------------------------------------- as the dry run has it


def random_program(market: Market, draw: random.Random) -> Intent:
    """Branches with guards that are true, false and undecided, direct ones and routes."""
    now = market.time

    def guard() -> Guard:
        return draw.choice(
            [
                Guard(GuardKind.AFTER, limit=now + draw.choice([-5, 0, 0, 1, 5])),
                Guard(GuardKind.BEFORE, limit=now + draw.choice([-5, 0, 1, 1, 5])),
                Guard(
                    draw.choice([GuardKind.POOL_AT_LEAST, GuardKind.POOL_AT_MOST]),
                    bytes(12) + market.directory.pair(A, B),
                    draw.choice([1, 2]) << 128 | 1,
                ),
                Guard(GuardKind.KEPT, b"\7" * 25 + bytes(7)),
            ]
        )

    branches = []
    for _ in range(draw.randint(1, 3)):
        guards = tuple(guard() for _ in range(draw.randint(0, 2)))
        if draw.random() < 0.5:
            exists = (Guard(GuardKind.EXISTS),) if draw.random() < 0.6 else ()
            branches.append(Branch(D, draw.choice([1, 5]) * UNIT // 10, (*exists, *guards)))
        else:
            paths = ((A, B, D),)
            least = draw.choice([45, 49]) * UNIT // 100
            branches.append(Branch(D, least, guards, paths))
    return replace(
        market.program(COUNTER, "bob"),
        maker=market.program(SNIPPET, "alice").maker,
        sell=A,
        amount=500 * UNIT,
        branches=tuple(branches),
    )


def test_findings_are_the_dry_run_s(market: Market) -> None:
    """The same verdict on each branch, over many programs, from two readers of the rules."""
    market.post("swap 0.1 $D -> $A at rate $A/$D >= 2000 in parts", "bob")
    draw, seen = random.Random(8), Counter[Clause]()
    for _ in range(250):
        program = random_program(market, draw)
        found = examine(market, program)
        (verdict,) = market.settlement.dry_run([Order.of(program)], market.time)
        for mine, theirs in zip(found, verdict.branches, strict=True):
            clause = theirs.obstacle.clause
            seen[clause] += 1
            match clause:
                case Clause.NONE | Clause.QUOTE:
                    assert mine.reached
                    assert mine.truth is Truth.TRUE
                    if mine.branch.paths:
                        assert mine.quote == theirs.quote
                        assert (mine.quote >= mine.least) == (clause is Clause.NONE)
                case Clause.GUARD:
                    assert mine.reached
                    assert mine.truth is Truth.FALSE
                    first = next(g for g in mine.guards if g.truth is Truth.FALSE)
                    assert first.index == theirs.obstacle.guard
                case Clause.UNDECIDED:
                    assert not mine.reached or mine.truth is Truth.UNDECIDED
                case Clause.EARLIER | Clause.MATCH:
                    assert not mine.reached
                case _:
                    raise AssertionError(clause)
    for clause in (Clause.NONE, Clause.QUOTE, Clause.GUARD, Clause.UNDECIDED, Clause.EARLIER):
        assert seen[clause] >= 15, seen
    assert seen[Clause.MATCH] >= 5, seen


# ---------------------------------------------------------------------------------------- words


def test_refusals_in_words(market: Market) -> None:
    words: Any = Words(market)
    snippet = market.program(SNIPPET, "alice")
    timed = market.program(f"if after 5: {COUNTER}", "bob")
    order = [snippet, timed]
    for error, said in (
        (errors.BelowLimit(0, 1, UNIT, 2 * UNIT), "would get 1 D by branch 1, and wants 2 D"),
        (errors.MatchStands(0, 0, 3), "alice's intent may not pass branch 0: D/A#3 stands"),
        (errors.NotWhole(0, UNIT, 500 * UNIT), "alice's intent sells 500 A or nothing; 1 A would"),
        (errors.GuardFails(1, 0, 0, 1), "guard 0 of branch 0 of bob's intent, after"),
        (errors.Undecided(1, 0, 0), "is undecided"),
        (errors.Unused(1), "bob's intent"),
        (errors.UnequalGains(1), "cycle"),
    ):
        assert said in refusal(words, order, error)
