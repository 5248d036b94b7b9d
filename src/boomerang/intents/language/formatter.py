"""The canonical text of an intent: one for each message and directory; `parse` gives it back."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from eth_utils.address import to_checksum_address

from boomerang.identity import format_id
from boomerang.intents.language import amounts
from boomerang.intents.language.canonical import POOLS, SHARES, check_canonical
from boomerang.intents.message import NO_DEADLINE, Branch, Guard, GuardKind, Intent

if TYPE_CHECKING:
    from boomerang.intents.language.directory import Directory, Token

_YEAR_10000: Final = 253_402_300_800
_INDENT: Final = "    "


def format(intent: Intent, directory: Directory) -> str:  # noqa: A001 (as decisions.format)
    """The text. `parse(format(intent, directory), directory, intent.maker)` is the intent again.

    Tokens, accounts and commitments that the directory does not know are written as addresses and
    ids, amounts of such tokens in their smallest units. A swap's limit is a rate where that is a
    decimal of at most 24 characters. NotCanonical for a message that no text has.
    """
    check_canonical(intent)
    return _Writer(intent, directory).program()


class _Writer:
    def __init__(self, intent: Intent, directory: Directory) -> None:
        self.intent = intent
        self.directory = directory
        names = sorted(directory.commitments.names().items(), reverse=True)
        self.commitments = {known: name for name, known in names}

    def program(self) -> str:
        first = self.intent.branches[0]
        if not first.guards:  # a program of one branch, on one line
            return " ".join([self.action(first), *self.options()])
        lines: list[str] = []
        for branch in self.intent.branches:
            guards = " and ".join(self.guard(guard, branch) for guard in branch.guards)
            opening = f"if {guards}:" if guards else ":"
            if lines:
                opening = f"else {opening}" if guards else "else:"
            lines += [opening, _INDENT + self.action(branch)]
        if self.intent.branches[-1].guards:
            lines += ["else:", f"{_INDENT}do nothing"]
        return "\n".join([*lines, *self.options()])

    def options(self) -> list[str]:
        """What differs from its default."""
        intent = self.intent
        said = [] if intent.whole else ["in parts"]
        if intent.deadline != NO_DEADLINE:
            said.append(f"deadline {_time(intent.deadline)}")
        if intent.nonce:
            said.append(f"nonce {intent.nonce}")
        return said

    # ----------------------------------------------------------------------------------- actions

    def action(self, branch: Branch) -> str:
        if branch.idle:
            return "do nothing"
        swap = f"{self.amount(self.intent.amount, self.intent.sell)} -> {self.token(branch.buy)}"
        least = f"for at least {self.amount(branch.least, branch.buy)}"
        if branch.paths:
            paths = " or ".join(" -> ".join(map(self.token, path)) for path in branch.paths)
            return f"route {swap} via {paths} {least}"
        rate = self.rate(branch)
        if rate is None:
            return f"swap {swap} {least}"
        return f"swap {swap}" if branch.has(GuardKind.EXISTS) else f"swap {swap} {rate}"

    def rate(self, branch: Branch) -> str | None:
        """A direct swap's limit as a rate above one, or below one where only that is short."""
        sold = self.directory.token_at(self.intent.sell)
        bought = self.directory.token_at(branch.buy)
        if sold is None or bought is None:
            return None
        price = amounts.price(branch.least, self.intent.amount, bought.decimals, sold.decimals)
        written = _comparison(price, bought, sold, at_least=True)
        return f"at rate {written}" if written else None

    # ------------------------------------------------------------------------------------ guards

    def guard(self, guard: Guard, branch: Branch) -> str:
        kind = guard.kind
        if kind == GuardKind.EXISTS:
            found = f"exists swap {self.token(branch.buy)} -> {self.token(self.intent.sell)}"
            rate = self.rate(branch)
            return f"{found} {rate}" if rate else found
        if kind in POOLS:
            return self.pool(guard)
        if kind in SHARES:
            baseline, most = (self.amount(units, branch.buy) for units in guard.terms)
            share = f"{amounts.scaled(guard.share, 2)}% above {baseline} up to {most}"
            partner = self.account(guard.account)
            return (
                f"pays {share} to {partner}"
                if kind == GuardKind.PAYS
                else f"paid {share} by {partner}"
            )
        if kind in (GuardKind.AFTER, GuardKind.BEFORE):
            return f"{kind.name.lower()} {_time(guard.limit)}"
        if kind == GuardKind.FRESH:
            return "fresh"
        return f"{kind.name.lower()}({self.commitments.get(guard.id) or format_id(guard.id)})"

    def pool(self, guard: Guard) -> str:
        """The price in the pool if the directory knows it, else the ratio of its reserves."""
        ratio = Fraction(*guard.ratio)
        at_least = guard.kind == GuardKind.POOL_AT_LEAST
        if tokens := self.directory.pair_tokens(guard.account):
            low, high = tokens
            price = ratio * amounts.per(high.decimals, low.decimals)
            written = _comparison(price, high, low, at_least)
            return f"pool {written or _fraction(price, high, low, at_least)}"
        sign = ">=" if at_least else "<="
        pair = to_checksum_address(guard.account)
        return f"reserve1/reserve0 of {pair} {sign} {_ratio(ratio)}"

    # ------------------------------------------------------------------------------------- words

    def token(self, address: bytes) -> str:
        token = self.directory.token_at(address)
        return f"${token.name}" if token else str(to_checksum_address(address))

    def amount(self, units: int, address: bytes) -> str:
        token = self.directory.token_at(address)
        if token is None:
            return f"{units} units of {self.token(address)}"
        return f"{amounts.scaled(units, token.decimals)} ${token.name}"

    def account(self, address: bytes) -> str:
        return self.directory.account_name(address) or str(to_checksum_address(address))


def _comparison(price: Fraction, over: Token, under: Token, at_least: bool) -> str | None:
    """`over/under >= price`, or the same bound turned round: the one whose number is not below one,
    unless only the other is a short decimal. None where neither is.
    """
    ways = [(price, over, under, at_least), (1 / price, under, over, not at_least)]
    if price < 1:
        ways.reverse()
    for value, numerator, denominator, is_lower in ways:
        written = amounts.decimal(value)
        if written is not None:
            return _bound(numerator, denominator, is_lower, written)
    return None


def _fraction(price: Fraction, over: Token, under: Token, at_least: bool) -> str:
    if price < 1:
        price, over, under, at_least = 1 / price, under, over, not at_least
    return _bound(over, under, at_least, _ratio(price))


def _bound(over: Token, under: Token, at_least: bool, value: str) -> str:
    return f"${over.name}/${under.name} {'>=' if at_least else '<='} {value}"


def _ratio(value: Fraction) -> str:
    whole = value.denominator == 1
    return str(value.numerator) if whole else f"{value.numerator}/{value.denominator}"


def _time(seconds: int) -> str:
    """UTC, or Unix seconds after the year 9999."""
    if seconds >= _YEAR_10000:
        return str(seconds)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
