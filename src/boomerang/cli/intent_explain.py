"""`boomerang intent explain`: why is it not filled, and what would fill it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from boomerang.cli.intent_find import Finder
from boomerang.cli.intent_market import RELAY, Market, market_options
from boomerang.cli.intent_words import branch_words, state_words
from boomerang.cli.options import shared
from boomerang.cli.values import span

if TYPE_CHECKING:
    from boomerang.cli.intent_find import Found, Standing
    from boomerang.intents.client import Obstacle, Verdict
    from boomerang.intents.service.reasons import BranchFinding
    from boomerang.intents.service.solving import Found as Solved


@click.command()
@click.argument("what", metavar="HASH|A/D#N|FILE|TEXT")
@RELAY
@shared(acts=True)
@market_options
def explain(market: Market, what: str, relay_url: str | None) -> None:
    """Why is an intent not filled, and what would fill it?

    Each branch and guard is looked at as the chain shows it now, beside the book and the relay's
    intents: what was seen, when to try again, and the text of an intent that would fill it.
    """
    finder = Finder(market, relay_url)
    found = finder.find(what)
    standing = finder.standing(found)
    why = _standing_words(market, found, standing)
    live = standing.left > 0 and standing.word not in ("cancelled", "expired", "filled")
    live = live and standing.word != "filled in part, closed"
    branches = _branches(market, finder, found, standing) if live else []
    fill = _fill(market, finder, found) if live else None
    verdict = _verdict(market, found) if live else None
    times = [one.again for one in branches if one.again is not None]
    if verdict is not None:
        times += [b.obstacle.retry_at for b in verdict.branches if b.obstacle.retry_at is not None]
    again = min(times, default=None)
    counters = {
        one.index: market.text(one.counter).removesuffix(" nonce 0")
        for one in branches
        if one.counter is not None and one.reached
    }
    data = {
        "hash": f"0x{found.hash.hex()}",
        "status": standing.word,
        "why": why,
        "fillableNow": fill is not None,
        "tryAgain": again,
        "obstacle": None if verdict is None else _obstacle(verdict.obstacle),
        "branches": [_branch_data(market, found, one, counters, verdict) for one in branches],
    }

    def view() -> str:
        lines = [f"0x{found.hash.hex()[:8]}… of {market.who(found.program.maker)}: {standing.word}"]
        lines += why
        for one in branches:
            head = branch_words(market, found.program, one.branch)
            lines.append(f"branch {one.index}: {head}")
            lines += [f"  - {line}" for line in state_words(market, found.program, one)]
        if fill is not None:
            lines.append("It can be filled now: boomerang settle does it, or any solver.")
        elif live:
            if again is not None:
                now = market.connection.chain.now()
                lines.append(f"Try again {span(max(0, again - now))}.")
            for index, text in counters.items():
                lines.append(f"This of somebody else's would fill branch {index}:")
                lines.append("  " + text.replace("\n", "\n  "))
        return "\n".join(lines)

    market.app.show(data, view)


def _standing_words(market: Market, found: Found, standing: Standing) -> list[str]:
    """What is to be said before any branch."""
    program, lines = found.program, []
    match standing.word:
        case "filled":
            lines.append("It sold all that it was to sell.")
        case "filled in part, closed":
            lines.append(f"It sold {market.amount(standing.sold, program.sell)}, and is closed.")
        case "cancelled":
            lines.append(f"Its nonce, {program.nonce}, is used or cancelled: it is never filled.")
        case "expired":
            lines.append("Its deadline has passed: it is never filled.")
        case _:
            if standing.movable < (program.amount if program.whole else 1):
                lines.append(
                    f"Of {market.symbol(program.sell)}, {market.who(program.maker)} has, and "
                    f"allows, only {market.amount(standing.movable, program.sell)}."
                )
            if found.signed is None and found.entry is None:
                lines.append("It is not signed: boomerang intent submit signs it.")
    return lines


def _branches(
    market: Market, finder: Finder, found: Found, standing: Standing
) -> list[BranchFinding]:
    from boomerang.client import Registry
    from boomerang.intents.service.reasons import Examiner

    chain = market.connection.chain
    others = [one for one in finder.relayed.values() if one.hash != found.hash]
    examiner = Examiner(
        market.settlement,
        Registry(chain, market.deployment.registry),
        finder.state,
        others,
        max(chain.now(), chain.head().time + 1),
    )
    branches = examiner.branches(found.program, standing.left)
    return branches[:1] if found.entry is not None else branches


def _fill(market: Market, finder: Finder, found: Found) -> Solved | None:
    """What a solver would make of it now, with all others that are known."""
    from boomerang.client import Registry
    from boomerang.intents.service.gather import Gatherer
    from boomerang.intents.service.solving import Solving

    if found.signed is None or found.entry is not None:
        return None
    chain = market.connection.chain
    time = max(chain.now(), chain.head().time + 1)
    gatherer = Gatherer(
        market.settlement, Registry(chain, market.deployment.registry), market.directory
    )
    signed = [found.signed, *finder.relayed.values()]
    gathered = gatherer.gather(finder.state, signed, time)
    made, _, _ = Solving().find(
        market.settlement,
        gathered,
        finder.state,
        sender=market.connection.anyone().address,
        at=time,
    )
    return made if made is not None and found.hash in made.intents else None


def _verdict(market: Market, found: Found) -> Verdict | None:
    """What the dry run beside the settlement says, where there is one, of what is not posted."""
    from boomerang.intents.batch import Order

    if market.settlement.dry_run_address is None or found.entry is not None:
        return None
    chain = market.connection.chain
    signature = b"" if found.signed is None else found.signed.signature
    orders = [Order.of(found.program, signature)]
    return market.settlement.dry_run(orders, max(chain.now(), chain.head().time + 1))[0]


def _obstacle(obstacle: Obstacle) -> dict[str, Any]:
    return {
        "clause": obstacle.clause.name,
        "guard": obstacle.guard,
        "observed": str(obstacle.observed),
        "required": str(obstacle.required),
        "tryAgain": obstacle.retry_at,
    }


def _branch_data(
    market: Market,
    found: Found,
    one: BranchFinding,
    counters: dict[int, str],
    verdict: Verdict | None,
) -> dict[str, Any]:
    said = None if verdict is None else _obstacle(verdict.branches[one.index].obstacle)
    return {
        "obstacle": said,
        "index": one.index,
        "does": branch_words(market, found.program, one.branch),
        "guards": one.truth.value,
        "reached": one.reached,
        "seen": state_words(market, found.program, one),
        "quote": None if one.quote is None else str(one.quote),
        "least": str(one.least),
        "matches": sum(match.crosses for match in one.matches),
        "counter": counters.get(one.index),
        "tryAgain": one.again,
    }


__all__ = ["explain"]
