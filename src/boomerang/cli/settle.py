"""`boomerang settle`: intents in files, of a relay or of an auction, in one batch on the chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli._group import Told
from boomerang.cli.intent_find import Finder
from boomerang.cli.intent_market import RELAY, Market, market_options
from boomerang.cli.options import shared, writing
from boomerang.errors import BoomerangError, ChainError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.cli.networks import Actor
    from boomerang.intents.batch import Batch
    from boomerang.intents.client import Done, State
    from boomerang.intents.relay.signed import SignedIntent
    from boomerang.intents.service.gather import Gathered
    from boomerang.intents.service.solving import Found


class NothingToSettle(BoomerangError):
    """Nothing of what was given can be filled now."""

    exit_code = 1


@click.command()
@click.argument("what", metavar="FILE|HASH…", nargs=-1)
@click.option(
    "--without-book",
    is_flag=True,
    help="Solve as if the book were empty. The contract knows better, and says so.",
)
@click.option(
    "--auction",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what there is as an auction, for `boomerang solve`; settle nothing.",
)
@click.option("--solution", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
)
@click.option("--dry-run", is_flag=True, help="Simulate it; send nothing.")
@RELAY
@shared(acts=True)
@market_options
def settle(
    market: Market,
    what: tuple[str, ...],
    without_book: bool,
    auction: Path | None,
    solution: Path | None,
    time_limit: float,
    dry_run: bool,
    relay_url: str | None,
) -> None:
    """Settle signed intents, with each other, with the book and with pools, in one batch.

    WHAT are files of signed intents, or hashes that the store or the relay know; without any, all
    that the relay has. The solver finds the best batch. With --auction it is left to others: the
    file holds what there is, `boomerang solve --json` (or any solver) answers it, and --solution
    takes the moves of that answer. Anybody may settle: `--account` pays the gas, and gains nothing.
    What the contract refuses is named.
    """
    from boomerang.intents.client import State
    from boomerang.intents.service.solving import Solving

    finder = Finder(market, relay_url, anyones=True)
    signed = [_signed(finder, word) for word in what]
    if not what:
        if relay_url is None:
            raise InvalidInput("which intents? name files or hashes, or give --relay URL")
        signed = list(finder.relayed.values())
    actor = market.connection.anyone()
    state = finder.state
    gathered = _gather(market, signed, State() if without_book else state)
    if auction is not None:
        _write(market, gathered, auction)
        return
    if without_book:
        plan = Solving(time_limit).solve(gathered.auction).plan
        found = _found(market, gathered, state, plan, actor)
    elif solution is not None:
        found = _given(market, gathered, state, solution, actor)
    else:
        found = _solved(market, gathered, state, time_limit, actor)
    market.app.confirm(f"Settle {len(found.intents)} intents?")
    try:
        done = None if dry_run else market.act(found.tx, actor)
    except ChainError as error:  # it was good a moment ago
        raise _told(market, gathered, found.batch, error) from error
    fills = _fills(market, gathered, found, done)
    market.app.show(
        {
            "sent": not dry_run,
            "intents": [f"0x{one.hex()}" for one in found.intents],
            "fills": fills,
            "gas": None if done is None else done.gas_used,
            "block": None if done is None else done.receipt.block.number,
        },
        lambda: _view(fills, done),
    )


def _write(market: Market, gathered: Gathered, path: Path) -> None:
    from boomerang.intents.service.files import dump

    with writing(path):
        path.write_text(dump(gathered.auction))
    count = len(gathered.auction.items)
    market.app.show(
        {"auction": str(path), "intents": [item.id for item in gathered.auction.items]},
        lambda: f"{count} intents and entries, and {len(gathered.auction.pools)} pools: {path}",
    )


def _signed(finder: Finder, word: str) -> SignedIntent:
    found = finder.find(word)
    if found.entry is not None:
        raise InvalidInput(f"{word} is posted: it is filled by those who sweep the book")
    if found.signed is None:
        raise InvalidInput(f"{word} is not signed: boomerang intent submit signs it")
    return found.signed


def _time(market: Market) -> int:
    chain = market.connection.chain
    return max(chain.now(), chain.head().time + 1)


def _gather(market: Market, signed: Sequence[SignedIntent], state: State) -> Gathered:
    from boomerang.client import Registry
    from boomerang.intents.service.gather import Gatherer

    registry = Registry(market.connection.chain, market.deployment.registry)
    gatherer = Gatherer(market.settlement, registry, market.directory)
    gathered = gatherer.gather(state, signed, _time(market))
    for name, why in gathered.passed.items():
        market.app.log(f"0x{name.hex()[:8]}… is left out: {why}")
    return gathered


def _solved(
    market: Market, gathered: Gathered, state: State, time_limit: float, actor: Actor
) -> Found:
    from boomerang.intents.service.solving import Solving

    found, refusals, _ = Solving(time_limit).find(
        market.settlement, gathered, state, sender=actor.address, at=_time(market)
    )
    for one in refusals:
        names = ", ".join(f"0x{name.hex()[:8]}…" for name in one.intents)
        market.app.log(f"{names} cannot be filled: {one.why} ({one.error})")
    if found is None:
        raise NothingToSettle("nothing of it can be filled now: boomerang intent explain says why")
    return found


def _given(market: Market, gathered: Gathered, state: State, solution: Path, actor: Actor) -> Found:
    """The moves of a solution's file; the contract says whether they hold."""
    from boomerang.intents.auction import loads

    auction = gathered.auction
    return _found(market, gathered, state, loads(auction, solution.read_text("utf-8")).plan, actor)


def _found(market: Market, gathered: Gathered, state: State, plan: Any, actor: Actor) -> Found:
    from fractions import Fraction

    from boomerang.intents.service.batches import to_batch
    from boomerang.intents.service.solving import Found

    if not plan.moves:
        raise NothingToSettle("there is nothing in it to be done")
    batch = to_batch(gathered, plan, state)
    tx = market.settlement.tx_settle(batch, sender=actor.address)
    error = market.settlement.would(tx, _time(market))
    if error is not None:
        raise _told(market, gathered, batch, error)
    hashes = tuple(order.hash(market.domain) for order in batch.orders)
    return Found(plan, batch, tx, hashes, Fraction(0))


def _told(market: Market, gathered: Gathered, batch: Batch, error: ChainError) -> Told:
    """A refusal, in the words of these intents."""
    from boomerang.cli.intent_words import refusal

    known = {offer.signed.hash: offer.signed.intent for offer in gathered.offers.values()}
    intents = [known[order.hash(market.domain)] for order in batch.orders]
    return Told(error, refusal(market, intents, error), 1)


def _fills(
    market: Market, gathered: Gathered, found: Found, done: Done | None
) -> list[dict[str, Any]]:
    """What each intent sold and bought: as the chain logged it, or as it would be."""
    from boomerang.intents.client import events

    if done is not None:
        filled = [
            (one.intent_hash, one.branch, one.sold, one.bought)
            for one in done.events
            if isinstance(one, events.Filled)
        ]
    else:
        from boomerang.intents.auction import Replay

        replay = Replay(gathered.auction).run(found.plan)
        filled = [
            (offer.signed.hash, branch, fill.sold, fill.bought)
            for (n, branch), fill in replay.fills.items()
            if (offer := gathered.offers.get(n)) is not None
        ]
    programs = {offer.signed.hash: offer.signed.intent for offer in gathered.offers.values()}
    return [
        {
            "intent": f"0x{name.hex()}",
            "maker": market.who(programs[name].maker),
            "branch": branch,
            "sold": market.amount(sold, programs[name].sell),
            "bought": market.amount(bought, programs[name].branches[branch].buy),
        }
        for name, branch, sold, bought in filled
    ]


def _view(fills: list[dict[str, Any]], done: Done | None) -> Any:
    lines = [
        f"{one['maker']} {'would sell' if done is None else 'sold'} {one['sold']} "
        f"for {one['bought']} (branch {one['branch']})"
        for one in fills
    ]
    if done is not None:
        lines.append(f"Settled in block {done.receipt.block.number}, for {done.gas_used} gas.")
    return "\n".join(lines)


__all__ = ["NothingToSettle", "settle"]
