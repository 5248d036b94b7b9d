"""`boomerang intent cancel`: only what is included on chain cancels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.intent_find import Finder
from boomerang.cli.intent_market import RELAY, Market, market_options
from boomerang.cli.options import shared
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.cli.intent_find import Found
    from boomerang.cli.networks import Actor

WITHDRAWAL_SECONDS = 3600


@click.command()
@click.argument("what", metavar="HASH|NONCE|A/D#N|FILE", nargs=-1, required=True)
@click.option("--only-relay", is_flag=True, help="Ask the relay to forget it; cancel nothing.")
@RELAY
@shared(acts=True)
@market_options
def cancel(market: Market, what: tuple[str, ...], only_relay: bool, relay_url: str | None) -> None:
    """Cancel intents of yours, for good: by hash, by nonce, by place in the book, or by file.

    What is posted is taken out of the book; of others the nonce is cancelled on chain. Until that
    is included they can be filled. With --relay, the relay is asked to forget them as well.
    """
    actor, maker = market.actor()
    finder = Finder(market, relay_url)
    if only_relay and relay_url is None:
        raise InvalidInput("--only-relay needs --relay URL")
    numbers = [int(word) for word in what if word.isdecimal()]
    if numbers and only_relay:
        raise InvalidInput("a relay knows hashes, no nonces")
    found = [finder.find(word) for word in what if not word.isdecimal()]
    for one in found:
        if one.program.maker != maker:
            raise InvalidInput(
                f"{market.who(one.program.maker)} must cancel 0x{one.hash.hex()[:8]}…, "
                f"not {market.who(maker)}"
            )
    said = [f"nonce {number}" for number in numbers] + [_said(market, one) for one in found]
    question = "Have the relay forget" if only_relay else "Cancel for good"
    market.app.confirm(f"{question}: {', '.join(said)}?")
    done: list[dict[str, Any]] = []
    for one in found:
        if relay_url is not None and one.hash in finder.relayed:
            done.append(_withdraw(market, one, actor, relay_url))
        if only_relay:
            continue
        if one.entry is not None:
            done.append(_unpost(market, one, actor))
        else:
            numbers.append(one.program.nonce)
    if not only_relay:
        done += _cancel(market, numbers, actor)
    if not done:
        raise InvalidInput("the relay does not have it")
    market.app.show({"done": done}, lambda: "\n".join(str(one["said"]) for one in done))


def _said(market: Market, found: Found) -> str:
    if found.entry is not None:
        entry = found.entry
        pair = f"{market.symbol(entry.sell)}/{market.symbol(entry.buy)}"
        return f"the entry {pair}#{entry.number}, {market.amount(entry.left, entry.sell)} of it"
    return f"0x{found.hash.hex()[:8]}… (nonce {found.program.nonce})"


def _unpost(market: Market, found: Found, actor: Actor) -> dict[str, Any]:
    entry = found.entry
    if entry is None:
        raise AssertionError
    tx = market.settlement.tx_unpost(entry.sell, entry.buy, entry.number, actor.address)
    done = market.act(tx, actor)
    pair = f"{market.symbol(entry.sell)}/{market.symbol(entry.buy)}"
    return {
        "kind": "unposted",
        "hash": f"0x{found.hash.hex()}",
        "entry": {"pair": pair, "number": entry.number},
        "block": done.receipt.block.number,
        "said": f"{pair}#{entry.number} is taken out of the book.",
    }


def _cancel(market: Market, numbers: list[int], actor: Actor) -> list[dict[str, Any]]:
    from boomerang.intents.client import nonces

    done = []
    for word, bits in nonces.by_word(numbers).items():
        tx = market.settlement.tx_cancel_word(word, bits, sender=actor.address)
        block = market.act(tx, actor).receipt.block.number
        mine = [n for n in numbers if n // nonces.WORD_SIZE == word]
        listed = ", ".join(map(str, sorted(mine)))
        done.append(
            {
                "kind": "cancelled",
                "nonces": [str(n) for n in sorted(mine)],
                "block": block,
                "said": f"Cancelled in block {block}: nonce {listed}.",
            }
        )
    return done


def _withdraw(market: Market, found: Found, actor: Actor, url: str) -> dict[str, Any]:
    from boomerang.intents.relay.signed import sign_withdrawal

    deadline = market.connection.chain.now() + WITHDRAWAL_SECONDS
    signature = sign_withdrawal(found.hash, deadline, market.domain, market.signer(actor))
    with market.relay(url) as relay:
        relay.withdraw(found.hash, deadline, signature)
    return {
        "kind": "withdrawn",
        "hash": f"0x{found.hash.hex()}",
        "relay": url,
        "said": f"The relay at {url} forgot 0x{found.hash.hex()[:8]}…: whoever has a copy can "
        "still settle it until its nonce is cancelled.",
    }


__all__ = ["cancel"]
