"""`boomerang intent show` and `list`: what there is, and how it stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.intent_find import Finder, found_data
from boomerang.cli.intent_market import RELAY, Market, listed, market_options
from boomerang.cli.options import shared
from boomerang.cli.values import clock

if TYPE_CHECKING:
    from boomerang.cli.intent_find import Found, Standing
    from boomerang.intents.client import Entry
    from boomerang.intents.message import Intent


@click.command()
@click.argument("what", metavar="HASH|A/D#N|FILE|TEXT")
@click.option(
    "--until-filled",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Wait so long at most until it is filled; end with 1 if it is not.",
)
@RELAY
@shared(acts=True)
@market_options
def show(market: Market, what: str, until_filled: float | None, relay_url: str | None) -> None:
    """A program, and how it stands.

    WHAT is its hash or the start of it, its place in the book (A/D#3), a file, or a text.
    """
    from boomerang.intents.message import NO_DEADLINE

    finder = Finder(market, relay_url)
    found = finder.find(what)
    standing = finder.standing(found)
    if until_filled is not None:
        standing = _wait(finder, found, until_filled)

    def view() -> Any:
        from rich.console import Group
        from rich.text import Text

        program = found.program
        rows = []
        rows.append(("intent", f"0x{found.hash.hex()}"))
        rows.append(("maker", market.who(program.maker)))
        rows.append(("status", standing.word))
        if standing.sold:
            rows.append(("sold", market.amount(standing.sold, program.sell)))
            buys = {branch.buy for branch in program.branches if not branch.idle}
            if len(buys) == 1:
                rows.append(("bought", market.amount(standing.bought, *buys)))
        if standing.left and standing.word != "cancelled":
            rows.append(("left", market.amount(standing.left, program.sell)))
            rows.append(("can be moved", market.amount(standing.movable, program.sell)))
        if found.entry is not None:
            rows.append(("in the book", _place(market, found.entry)))
        if not found.partly:
            rows.append(("nonce", f"{program.nonce} ({standing.nonce.value})"))
        if program.deadline < NO_DEADLINE:
            rows.append(("deadline", clock(program.deadline)))
        if found.where:
            rows.append(("known from", ", ".join(found.where)))
        return Group(Text(market.text(program)), Text(""), listed(rows))

    market.app.show(found_data(market, found, standing), view)
    if until_filled is not None and standing.word != "filled":
        click.get_current_context().exit(1)


def _wait(finder: Finder, found: Found, seconds: float) -> Standing:
    """How it stands once it is filled, or cannot be any more, or the time is over."""
    limit = time.monotonic() + seconds
    while True:
        finder.forget()
        standing = finder.standing(found)
        over = standing.word in ("filled", "cancelled", "expired", "filled in part, closed")
        if over or time.monotonic() > limit:
            return standing
        time.sleep(0.2)


@click.command("list")
@click.option("--pair", metavar="A/D", help="Only those who sell the first for the second.")
@click.option("--maker", metavar="NAME", help="Only this account's.")
@click.option("--mine", is_flag=True, help="What was signed here, wherever it went.")
@RELAY
@shared(acts=True)
@market_options
def list_(
    market: Market, pair: str | None, maker: str | None, mine: bool, relay_url: str | None
) -> None:
    """What is in the book; with --relay also what the relay has."""
    finder = Finder(market, relay_url)
    wanted = None if pair is None else market.pair(pair)
    whose = None if maker is None else market.account(maker)
    entries = [
        entry
        for key, listed in sorted(finder.state.lists.items())
        for entry in listed
        if (wanted is None or key == wanted) and whose in (None, entry.maker)
    ]
    relayed = [
        one
        for one in finder.relayed.values()
        if whose in (None, one.intent.maker) and (wanted is None or _trades(one.intent, wanted))
    ]
    signed = list(finder.remembered.values()) if mine else []
    rows = [_row(market, entry) for entry in entries]
    others = [
        {
            "hash": f"0x{one.hash.hex()}",
            "maker": one.maker,
            "text": market.text(one.intent),
            "from": "relay" if one.hash in finder.relayed else "store",
            "status": finder.standing(finder.by_hash(one.hash.hex())).word if mine else None,
        }
        for one in {one.hash: one for one in [*relayed, *signed]}.values()
    ]

    def view() -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        if not rows and not others:
            return "Nothing is there."
        parts: list[Any] = []
        if rows:
            book = Table("place", "maker", "left", "at least, for that", "intent", box=None)
            for entry, row in zip(entries, rows, strict=True):
                least = -(-entry.left * entry.least // entry.amount)
                book.add_row(
                    _place(market, entry),
                    market.who(entry.maker),
                    market.amount(entry.left, entry.sell),
                    market.amount(least, entry.buy),
                    row["hash"][:10] + "…",
                )
            parts.append(book)
        for one in others:
            where = one["from"] if one["status"] is None else f"{one['from']}, {one['status']}"
            who = market.who(bytes.fromhex(str(one["maker"])[2:]))
            parts.append(Text(f"\n{str(one['hash'])[:10]}…  {who}, {where}:"))
            parts.append(Text("  " + str(one["text"]).replace("\n", "\n  ")))
        return Group(*parts)

    market.app.show({"book": rows, "intents": others}, view)


def _trades(program: Intent, pair: tuple[bytes, bytes]) -> bool:
    sell, buy = pair
    return program.sell == sell and any(branch.buy == buy for branch in program.branches)


def _place(market: Market, entry: Entry) -> str:
    return f"{market.symbol(entry.sell)}/{market.symbol(entry.buy)}#{entry.number}"


def _row(market: Market, entry: Entry) -> dict[str, Any]:
    from eth_utils.address import to_checksum_address

    return {
        "place": _place(market, entry),
        "hash": f"0x{entry.intent_hash.hex()}",
        "maker": str(to_checksum_address(entry.maker)),
        "amount": str(entry.amount),
        "least": str(entry.least),
        "left": str(entry.left),
        "alive": str(market.settlement.book.alive(entry.sell, entry.buy, entry.number)),
        "deadline": entry.deadline,
    }


__all__ = ["list_", "show"]
