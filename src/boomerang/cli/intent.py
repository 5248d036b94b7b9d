"""`boomerang intent …`: programs that trade with one another. Here: the group, and `submit`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from boomerang.cli._group import LazyGroup
from boomerang.cli.intent_market import RELAY, Market, market_options
from boomerang.cli.options import shared, writing
from boomerang.cli.values import full
from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.cli.networks import Actor
    from boomerang.intents.message import Intent
    from boomerang.intents.relay.signed import SignedIntent

_COMMANDS = {
    "submit": ("boomerang.cli.intent:submit", "Sign a program: for the book, a relay, a file."),
    "show": ("boomerang.cli.intent_look:show", "A program, and how it stands."),
    "list": ("boomerang.cli.intent_look:list_", "What is in the book, and with a relay."),
    "cancel": ("boomerang.cli.intent_cancel:cancel", "Cancel for good; take out of the book."),
    "explain": ("boomerang.cli.intent_explain:explain", "Why is it not filled, and what would?"),
    "deploy": ("boomerang.cli.intent_deploy:deploy", "A settlement, or a market to play on."),
    "use": ("boomerang.cli.intent_deploy:use", "Use a deployment that somebody else made."),
}
TEXT_LIMIT = 100_000
INT112 = 2**112 - 1


@click.group(cls=LazyGroup, lazy=_COMMANDS)
def intent() -> None:
    """Programs that sell a token on conditions, and meet each other.

    \b
    boomerang intent submit "swap 0.6 D -> A at rate A/D >= 990 in parts" --book --account bob
    boomerang intent explain program.json

    docs/language.md has the language, docs/intents.md the rules.
    """


@click.command()
@click.argument("source", metavar="TEXT|FILE|-")
@click.option("--book", is_flag=True, help="Post it in the book on chain, for all to see.")
@click.option("--announce", is_flag=True, help="Say it aloud on chain; it forbids nothing.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Signed to a file.")
@RELAY
@click.option("--nonce", type=click.IntRange(min=0), help="Default: a free one that is cheap.")
@click.option(
    "--valid-for",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="The deadline, if the text has none. Default: for ever.",
)
@click.option(
    "--allow",
    type=click.Choice(["add", "unlimited", "none"]),
    default="add",
    show_default=True,
    help="How much more the settlement may move of what you sell: just this, all, or nothing.",
)
@shared(acts=True)
@market_options
def submit(
    market: Market,
    source: str,
    book: bool,
    announce: bool,
    out: Path | None,
    relay_url: str | None,
    nonce: int | None,
    valid_for: int | None,
    allow: str,
) -> None:
    """Sign the program in TEXT, in FILE, or on standard input (-), and hand it over.

    It goes to where you say: --book, --relay, --out, --announce. First the settlement contract is
    allowed to move what it sells; it can only do so as the program says. One signature covers the
    whole program, every branch. Whoever has it can settle it until it is filled or cancelled.
    """
    from boomerang.intents.relay.signed import SignedIntent

    source_of_relay = click.get_current_context().get_parameter_source("relay_url")
    if source_of_relay is ParameterSource.ENVIRONMENT and (book or announce or out):
        relay_url = None  # the relay that is set for all commands is where nothing else is named
    if not (book or announce or out or relay_url):
        raise InvalidInput("where to? give --book, --relay URL, --out FILE or --announce")
    actor, maker = market.actor()
    program = _program(market, source, maker, nonce, valid_for)
    if book:
        _check_postable(market, program)
    _check_funds(market, program)
    said = market.text(program)
    market.app.log(said)
    ways = _ways(book, announce, out, relay_url)
    may = _allowance(market, program, allow)
    extra = ""
    if may is not None:
        what = f"all {market.symbol(program.sell)}"
        if allow == "add":
            what = f"{market.amount(program.amount, program.sell)} more"
        extra = f"the settlement contract may move {what} of {market.who(maker)}'s"
        market.app.log(f"First {extra}: only as programs say that {market.who(maker)} signed.")
        extra = f" First {extra}."
    market.app.confirm(f"Sign this, and give it to {', '.join(ways)}?{extra}")
    allowed = None if may is None else _allow(market, program, may, actor)
    signed = SignedIntent.sign(program, market.domain, market.signer(actor))
    data = _hand_over(market, signed, actor, book=book, announce=announce, out=out, url=relay_url)
    market.app.show(
        {
            "hash": full(signed.hash),
            "maker": signed.maker,
            "nonce": str(program.nonce),
            "text": said,
            "allowed": None if allowed is None else str(allowed),
            **data,
        },
        lambda: _view(market, signed, data),
    )


def read_source(source: str) -> str:
    """The text that an argument means: standard input, a file, or itself."""
    if source == "-":
        return sys.stdin.read(TEXT_LIMIT + 1)
    try:
        path = Path(source)
        if path.is_file():
            return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"{source} is no text") from None
    except (OSError, ValueError):  # no file can be called so: it is a program
        pass
    if len(source.split()) == 1 and ("/" in source or "." in source):
        raise InvalidInput(f"there is no file {source}")
    return source


def _program(
    market: Market, source: str, maker: bytes, nonce: int | None, valid_for: int | None
) -> Intent:
    from boomerang.cli.intent_memory import Memory
    from boomerang.intents.language import parse

    text = read_source(source)
    deadline = None if valid_for is None else market.connection.chain.now() + valid_for
    parse(text, market.directory, maker, nonce=0)  # what is wrong with it, before any question
    if nonce is None:
        signed_with = Memory(market.app.store, market.domain).nonces(maker)
        nonce = market.settlement.free_nonce(maker, signed_with)
    return parse(text, market.directory, maker, nonce=nonce, deadline=deadline)


def _ways(book: bool, announce: bool, out: Path | None, relay_url: str | None) -> list[str]:
    ways = ["the book"] if book else []
    ways += ["everybody (announced)"] if announce else []
    ways += [f"the relay at {relay_url}"] if relay_url else []
    return ways + ([f"the file {out}"] if out else [])


def _check_postable(market: Market, program: Intent) -> None:
    """What the book takes, said before anything is signed or allowed."""
    from boomerang.intents.message import GuardKind

    first = program.branches[0]
    allowed = {GuardKind.EXISTS, GuardKind.KEPT, GuardKind.REVERTED, GuardKind.AFTER}
    why = None
    if program.whole:
        why = "it is whole: say `in parts`"
    elif not first.direct:
        why = "its first branch is no direct swap"
    else:
        bad = [guard for guard in first.guards if guard.kind not in allowed]
        if bad:
            why = f"its first branch has a guard that may change ({bad[0].kind.name.lower()})"
    if why is not None:
        raise InvalidInput(
            f"the book does not take this program: {why}. A relay does (--relay), and everybody "
            "can be told (--announce)"
        )
    if len(program.branches) > 1:
        market.app.warn("once it is posted, its later branches never run")


def _check_funds(market: Market, program: Intent) -> None:
    from eth_utils.address import to_checksum_address

    from boomerang.client import Erc20

    token = Erc20(market.connection.chain, str(to_checksum_address(program.sell)))
    has = token.balance_of(str(to_checksum_address(program.maker)))
    if has < program.amount:
        market.app.warn(
            f"{market.who(program.maker)} has {market.amount(has, program.sell)}, and this sells "
            f"{market.amount(program.amount, program.sell)}"
        )


def _allowance(market: Market, program: Intent, allow: str) -> int | None:
    """What the allowance is to become; None where nothing is to be changed.

    Several programs share one allowance: each adds what it sells, unless so much is allowed that it
    was meant to be without limit.
    """
    from eth_utils.address import to_checksum_address

    from boomerang.client import Erc20
    from boomerang.intents.client.settlement import UNLIMITED

    if allow == "none":
        return None
    token = Erc20(market.connection.chain, str(to_checksum_address(program.sell)))
    now = token.allowance(str(to_checksum_address(program.maker)), market.settlement.address)
    if now > INT112:
        return None
    return UNLIMITED if allow == "unlimited" else now + program.amount


def _allow(market: Market, program: Intent, amount: int, actor: Actor) -> int:
    tx = market.settlement.tx_allow(program.sell, amount, sender=actor.address)
    market.connection.send(tx, actor)
    return amount


def _hand_over(
    market: Market,
    signed: SignedIntent,
    actor: Actor,
    *,
    book: bool,
    announce: bool,
    out: Path | None,
    url: str | None,
) -> dict[str, Any]:
    """To each place that was named; what came of it. Written down first."""
    from boomerang.cli.intent_memory import Memory

    memory = Memory(market.app.store, market.domain)
    data: dict[str, Any] = {}
    memory.keep(signed, "signed")
    if out is not None:
        with writing(out):
            out.write_text(signed.to_json())
        memory.keep(signed, f"file:{out.absolute()}")
        data["file"] = str(out)
    if url is not None:
        with market.relay(url) as relay:
            data["relay"] = {"url": url, "status": str(relay.submit(signed).status)}
        memory.keep(signed, f"relay:{url}")
    if announce:
        tx = market.settlement.tx_announce(signed.intent, sender=actor.address)
        data["announced"] = market.act(tx, actor).receipt.block.number
        memory.keep(signed, "announced")
    if book:
        data["book"] = _post(market, signed, actor)
        memory.keep(signed, "book")
    return data


def _post(market: Market, signed: SignedIntent, actor: Actor) -> dict[str, Any]:
    from boomerang.intents.client import events

    done = market.act(market.settlement.tx_post(signed.intent, sender=actor.address), actor)
    listed = [one for one in done.events if isinstance(one, events.Posted)]
    filled = [one for one in done.events if isinstance(one, events.EntryFilled)]
    return {
        "number": listed[0].number if listed else None,
        "sold": str(sum(one.bought for one in filled)),
        "bought": str(sum(one.sold for one in filled)),
        "block": done.receipt.block.number,
        "gas": done.gas_used,
    }


def _view(market: Market, signed: SignedIntent, data: dict[str, Any]) -> str:
    program = signed.intent
    lines = [f"Intent {full(signed.hash)} of {market.who(program.maker)}"]
    if "file" in data:
        lines.append(f"  signed in {data['file']}")
    if "relay" in data:
        lines.append(f"  with the relay at {data['relay']['url']}")
    if "announced" in data:
        lines.append(f"  announced in block {data['announced']}")
    if "book" in data:
        posted, buy = data["book"], program.branches[0].buy
        if int(posted["sold"]):
            sold = market.amount(int(posted["sold"]), program.sell)
            bought = market.amount(int(posted["bought"]), buy)
            lines.append(f"  sold {sold} for {bought} at once")
        pair = f"{market.symbol(program.sell)}/{market.symbol(buy)}"
        if posted["number"] is not None:
            lines.append(f"  in the book: {pair}#{posted['number']}")
    return "\n".join(lines)


__all__ = ["intent", "read_source", "submit"]
