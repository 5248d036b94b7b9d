"""A share for a change of route, played on real pools: docs/route-share.md and what it promises."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from eth_utils.address import to_checksum_address

from boomerang.agents.route_share import (
    AMOUNT,
    PAID,
    STAYS,
    TRADERS,
    Outcome,
    Story,
    Traders,
    draw,
    play,
    program,
)
from boomerang.chains import connect
from boomerang.chains.base import DEV_ACCOUNTS
from boomerang.client import Registry
from boomerang.errors import decode_error
from boomerang.intents import errors
from boomerang.intents.auction import Move, Plan, Replay
from boomerang.intents.batch import Batch, Route
from boomerang.intents.client.contracts import raw
from boomerang.intents.client.deploy import UNIT
from boomerang.intents.language import parse
from boomerang.intents.pools import amount_out
from boomerang.intents.relay.signed import SignedIntent
from boomerang.intents.service.gather import Gatherer
from integration.test_agents import ape
from integration.test_walkthrough import Command, commands, fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.intents.client import Pair

PAGE = (Path(__file__).parents[2] / "docs" / "route-share.md").read_text("utf-8")
ANVIL = [pytest.mark.anvil, pytest.mark.network]
ALICE, BOB, DAVE = (DEV_ACCOUNTS[name] for name in ("alice", "bob", "dave"))
BASELINE = 47797 * UNIT // 100_000


def way(*amounts: int) -> list[int]:
    """What one after the other gets over two new pools."""
    first, last = [50_000 * UNIT, 50_000 * UNIT], [50_000 * UNIT, 50 * UNIT]
    got = []
    for sold in amounts:
        middle = amount_out(sold, *first)
        out = amount_out(middle, *last)
        first, last = [first[0] + sold, first[1] - middle], [last[0] + middle, last[1] - out]
        got.append(out)
    return got


(ALONE,) = way(AMOUNT)
BEHIND = way(AMOUNT, AMOUNT)[1]
(HALF,) = (each // 2 for each in way(2 * AMOUNT))
GAIN = ALONE - max(HALF, BASELINE)

WORLD = Traders(connect("pyrevm"))


@pytest.fixture
def traders() -> Iterator[Traders]:
    start = WORLD.chain.snapshot()
    yield WORLD
    WORLD.chain.restore(start)


def refused(traders: Traders, batch: Batch) -> object:
    return traders.settlement.would(traders.settlement.tx_settle(batch))


def numbers(outcome: Outcome) -> tuple[int, ...]:
    shared = outcome.shared
    return (outcome.alice, outcome.bob, *((shared.gain, shared.paid) if shared else ()))


# ----------------------------------------------------------------------------------- the story


@pytest.mark.parametrize("kind", ["pyrevm", pytest.param("anvil", marks=ANVIL)])
def test_what_each_gets(kind: str) -> None:
    """The same on every chain, to the unit."""
    chain = connect(kind)
    try:
        story = play(chain, lambda line: None)
        worse = play(chain, lambda line: None, ahead=300)
    finally:
        chain.close()
    assert numbers(story.one_way) == (ALONE, BEHIND)
    assert numbers(story.unpaid) == (ALONE, ALONE)
    paid = GAIN // 2
    assert numbers(story.shared) == (ALONE - paid, ALONE + paid, GAIN, paid)
    assert f"{story.one_way.together / UNIT:.5f}" == "0.95592"
    assert f"{story.shared.together / UNIT:.5f}" == "0.97460"
    assert story.shared.shared is not None
    assert (story.shared.shared.payer, story.shared.shared.mover) == (raw(ALICE), raw(BOB))
    # Where the other way is the worse one, only the share makes up for it.
    after = way(300 * UNIT, AMOUNT)[1]
    assert numbers(worse.unpaid) == (ALONE, after)
    assert numbers(worse.shared) == (ALONE - paid, after + paid, GAIN, paid)
    assert after < HALF < min(ALONE - paid, after + paid)


def test_nothing_stays_behind(traders: Traders) -> None:
    """The payment goes through the contract, out of what the route brought."""
    sold = [traders.settlement.token(traders.tokens["A"]).balance_of(who) for who in (ALICE, BOB)]
    traders.settle(traders.batch(PAID))
    for name, token in traders.tokens.items():
        held = traders.settlement.token(token).balance_of(traders.settlement.address)
        assert held == 0, name
    now = [traders.settlement.token(traders.tokens["A"]).balance_of(who) for who in (ALICE, BOB)]
    assert now == [before - AMOUNT for before in sold]


# ------------------------------------------------------------------------------- the partners


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_without_the_partner_both_stay(traders: Traders, who: str) -> None:
    order = traders.order(who, program(who))
    moved, stays = (Batch((order,), routes=(Route(0, branch, AMOUNT),)) for branch in (PAID, STAYS))
    assert refused(traders, moved) == errors.NoPartner(0, 0, 0)
    outcome = traders.settle(stays)
    assert numbers(outcome) == ((ALONE, 0) if who == "alice" else (0, ALONE))
    # Over B, not over C.
    pools = {over: _reserve(traders, over) for over in "BC"}
    assert pools == {"B": 50_000 * UNIT + AMOUNT, "C": 50_000 * UNIT}


@pytest.mark.parametrize("alice", [PAID, STAYS])
def test_one_that_stays_is_no_partner(traders: Traders, alice: int) -> None:
    batch = traders.batch(PAID)
    routes = (Route(0, alice, AMOUNT), Route(1, 1 - alice, AMOUNT))
    assert refused(traders, Batch(batch.orders, routes=routes)) == errors.NoPartner(alice, 0, 0)


@pytest.mark.parametrize(
    ("signed", "instead"),
    [("50%", "40%"), ("0.47797", "0.47796"), ("0.01", "0.011"), ("to bob", "to carol")],
)
def test_a_payer_that_signs_other_numbers_finds_no_partner(
    traders: Traders, signed: str, instead: str
) -> None:
    text = program("alice").replace(signed, instead, 1)
    texts = (text, program("bob"))
    assert refused(traders, traders.batch(PAID, *texts)) == errors.NoPartner(0, 0, 0)
    assert numbers(traders.settle(traders.batch(STAYS, *texts))) == (ALONE, BEHIND)


def test_a_way_that_got_worse_is_no_gain(traders: Traders) -> None:
    traders.sell_before(300, "B")
    traders.chain.advance(1)
    now = way(300 * UNIT, AMOUNT, AMOUNT)
    assert refused(traders, traders.batch(PAID)) == errors.BelowLimit(0, 0, now[1], BASELINE)
    lower = [program(who).replace("0.46 ", "0.45 ") for who in ("alice", "bob")]
    assert numbers(traders.settle(traders.batch(STAYS, *lower))) == tuple(now[1:])


# ------------------------------------------------------------------------------ touched pools


@pytest.mark.parametrize("pool", ["AB", "BD", "AC", "CD"])
def test_touched_pools_leave_it_undecided(traders: Traders, pool: str) -> None:
    _touch(traders, pool)


@pytest.mark.anvil
@pytest.mark.network
def test_touched_pools_leave_it_undecided_on_a_node() -> None:
    chain = connect("anvil")
    try:
        _touch(Traders(chain), "AC")
    finally:
        chain.close()


def _touch(traders: Traders, pool: str) -> None:
    """Anybody may touch a pool: then nothing happens in that block, and all may in the next."""
    touching = _pair(traders, *pool).tx_sync(DAVE)
    settlement = traders.settlement
    moved, stays = (settlement.tx_settle(traders.batch(branch)) for branch in (PAID, STAYS))
    undecided = errors.Undecided(0 if "B" in pool else 1, 0, 0)
    first, *others = traders.chain.mine(traders.chain.head().time + 1, [touching, moved, stays])
    assert first.ok
    assert [decode_error(receipt.output) for receipt in others] == [undecided, undecided]
    (later,) = traders.chain.mine(traders.chain.head().time + 1, [moved])
    assert later.ok


def _pair(traders: Traders, one: str, other: str) -> Pair:
    addresses = (to_checksum_address(traders.tokens[name]) for name in (one, other))
    return traders.settlement.factory.pair(*addresses)


def _reserve(traders: Traders, over: str) -> int:
    """How many A are in its pool."""
    return _pair(traders, "A", over).reserves_of(to_checksum_address(traders.tokens["A"]))[0]


# --------------------------------------------------------------------------------- the auction


def surplus(traders: Traders, branch: int, *texts: str) -> Fraction:
    """What a solver counts, if it takes this branch of both programs."""
    settlement = traders.settlement
    signed = []
    for who, text in zip(TRADERS, texts, strict=True):
        order = traders.order(who, text)
        intent = parse(text, traders.directory, order.maker)
        signed.append(SignedIntent(intent, settlement.domain, order.signature))
    gatherer = Gatherer(settlement, Registry(traders.chain, settlement.registry), traders.directory)
    gathered = gatherer.gather(settlement.state(), signed, traders.chain.head().time + 1)
    routes = tuple(Move(item, branch, AMOUNT) for item in range(2))
    return Replay(gathered.auction).run(Plan(routes=routes)).objective()


def test_there_is_more_surplus_in_bringing_them_together(traders: Traders) -> None:
    """Which is what auctions look for."""
    texts = [program(who) for who in TRADERS]
    assert surplus(traders, PAID, *texts) > surplus(traders, STAYS, *texts)


# --------------------------------------------------------------------------- page and script


def test_the_picture_holds_what_each_got(tmp_path: Path) -> None:
    drawn = tmp_path / "share.svg"
    told: list[str] = []
    story = play(connect("pyrevm"), told.append, svg=drawn)
    assert told[-1] == f"picture: {drawn}"
    first = drawn.read_bytes()
    draw(story, drawn)
    assert drawn.read_bytes() == first  # the same numbers, the same bytes
    # Letters are paths: another story is another picture.
    draw(Story(story.unpaid, story.unpaid, story.shared), drawn)
    assert drawn.read_bytes() != first


def test_the_page_shows_the_programs() -> None:
    shown = re.findall(r"^```intent\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown == [program("alice"), program("bob")]


@pytest.mark.parametrize("command", commands(PAGE), ids=lambda command: command.text)
def test_the_page_shows_what_the_script_prints(tmp_path: Path, command: Command) -> None:
    assert fits(ape(tmp_path, *command.text.split()[1:]), command.printed)
    assert len(command.printed) > 5
