"""The words of a text that stand for values: tokens, accounts, amounts, rates and times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeVar, cast

from lark import Token as Lexeme
from lark import Tree

from boomerang import identity
from boomerang.errors import InvalidInput
from boomerang.intents.language import amounts
from boomerang.intents.language.errors import (
    BadTime,
    InexactAmount,
    LanguageError,
    NumberOutOfRange,
    UnknownAccount,
    UnknownDecimals,
    UnknownToken,
    WrongToken,
)
from boomerang.intents.language.syntax import shorten
from boomerang.intents.message import MAX_AMOUNT, NOTHING

if TYPE_CHECKING:
    from boomerang.intents.language.directory import Directory

_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2})(:[0-9]{2})?([Zz]|\+00:00)"
)
_MAX_WORD: Final = 2**256 - 1

_E = TypeVar("_E", bound=LanguageError)


def place(node: Lexeme | Tree[Lexeme]) -> int:
    """Where a piece of the text starts."""
    start = node.start_pos if isinstance(node, Lexeme) else node.meta.start_pos
    return start or 0


def words(tree: Tree[Lexeme]) -> list[Lexeme]:
    """What the grammar has below a node where that is words only."""
    return cast("list[Lexeme]", tree.children)


def parts(tree: Tree[Lexeme]) -> list[Tree[Lexeme]]:
    """The same where it is nodes only."""
    return cast("list[Tree[Lexeme]]", tree.children)


@dataclass(frozen=True, slots=True)
class TokenAt:
    """A token as the text names it: `decimals` is None where only its address is known."""

    address: bytes
    decimals: int | None
    written: str
    at: int


@dataclass(frozen=True, slots=True)
class Amount:
    """So many units of a token."""

    units: int
    token: TokenAt
    at: int


@dataclass(frozen=True, slots=True)
class Rate:
    """`over / under >= value` (or `<=`), in the tokens' own units; `value` > 0."""

    over: TokenAt
    under: TokenAt
    at_least: bool
    value: Fraction
    at: int
    comparison_at: int


@dataclass(frozen=True, slots=True)
class Action:
    """A swap or a route before its limit is known."""

    sold: Amount
    bought: TokenAt
    route: bool


class Terms:
    """Reads them against one directory; every error shows its place in `text`."""

    def __init__(self, text: str, directory: Directory) -> None:
        self.text = text
        self.directory = directory

    def error(self, kind: type[_E], message: str, node: Lexeme | Tree[Lexeme]) -> _E:
        return kind(message, self.text, place(node))

    # ---------------------------------------------------------------------- tokens and accounts

    def address(self, lexeme: Lexeme, kind: type[LanguageError]) -> bytes:
        """20 bytes; an error of `kind` for anything else."""
        try:
            return bytes.fromhex(identity.address("0x" + lexeme[2:])[2:])
        except InvalidInput as error:
            raise self.error(kind, shorten(str(error), 120), lexeme) from None

    def token(self, lexeme: Lexeme) -> TokenAt:
        if lexeme.type == "ADDRESS":
            address = self.address(lexeme, UnknownToken)
            if address == NOTHING:
                raise self.error(UnknownToken, "the zero address is no token", lexeme)
            token = self.directory.token_at(address)
            decimals = token.decimals if token else None
            return TokenAt(address, decimals, str(lexeme), place(lexeme))
        name = lexeme.removeprefix("$")
        token = self.directory.token(name)
        if token is None:
            meant = self.directory.near_token(name)
            dollar = "$" if lexeme.startswith("$") else ""
            raise UnknownToken(
                f"the directory has no token {shorten(name)!r}",
                self.text,
                place(lexeme),
                dollar + meant if meant else None,
            )
        return TokenAt(token.address, token.decimals, str(lexeme), place(lexeme))

    def account(self, lexeme: Lexeme) -> bytes:
        if lexeme.type == "ADDRESS":
            return self.address(lexeme, UnknownAccount)
        account = self.directory.accounts.get(str(lexeme))
        if account is None:
            message = f"the directory has no account {shorten(lexeme)!r}"
            meant = self.directory.near_account(str(lexeme))
            raise UnknownAccount(message, self.text, place(lexeme), meant)
        return account

    def decimals(self, token: TokenAt, instead: str = "") -> int:
        """UnknownDecimals, saying what to write instead, where only the address is known."""
        if token.decimals is None:
            instead = instead or f"500 units of {token.written}"
            message = f"the decimals of {token.written} are not known: write it as `{instead}`"
            raise UnknownDecimals(message, self.text, token.at)
        return token.decimals

    # ---------------------------------------------------------------------------------- numbers

    def number(self, lexeme: Lexeme) -> Fraction:
        if len(lexeme) > amounts.MAX_DIGITS:
            message = f"a number of more than {amounts.MAX_DIGITS} digits"
            raise self.error(NumberOutOfRange, message, lexeme)
        return amounts.number(str(lexeme))

    def whole(self, lexeme: Lexeme, what: str) -> int:
        """A whole number of at most 256 bits."""
        value = self.number(lexeme)
        if value.denominator != 1 or value > _MAX_WORD:
            message = f"{what} is a whole number up to 2^256 - 1, not {shorten(lexeme)}"
            raise self.error(NumberOutOfRange, message, lexeme)
        return int(value)

    def units(self, lexeme: Lexeme, decimals: int, unit: str, most: int, limit: str) -> int:
        """A decimal as a whole number of its smallest parts, 0 to `most`.

        InexactAmount with the exact ones around it; `unit` and `limit` are for the message.
        """
        exact = self.number(lexeme) * 10**decimals
        below: int = exact.numerator // exact.denominator
        if exact > most:
            message = f"{shorten(lexeme)} {unit} is too large; at most {limit} {unit} is allowed"
            raise self.error(NumberOutOfRange, message, lexeme)
        if exact.denominator == 1:
            return below
        nearest = [
            amounts.scaled(units, decimals) for units in (below, below + 1) if 0 < units <= most
        ]
        step = amounts.scaled(1, decimals)
        message = f"{shorten(lexeme)} {unit} is not a multiple of {step} {unit}"
        if len(nearest) == 2:
            message += f", it is between {nearest[0]} and {nearest[1]}"
        raise InexactAmount(message, self.text, place(lexeme), nearest or ["0"])

    def amount(self, tree: Tree[Lexeme]) -> Amount:
        """A number of a token, or of its smallest units; it fits 112 bits."""
        lexeme, name = words(tree)
        token = self.token(name)
        decimals = 0 if tree.data == "units" else self.decimals(token)
        unit = f"units of {token.written}" if tree.data == "units" else token.written
        limit = amounts.scaled(MAX_AMOUNT, decimals)
        return Amount(self.units(lexeme, decimals, unit, MAX_AMOUNT, limit), token, place(lexeme))

    def ratio(self, tree: Tree[Lexeme]) -> Fraction:
        """A number or a fraction, above zero."""
        numbers = [self.number(lexeme) for lexeme in words(tree)]
        for lexeme, value in zip(words(tree), numbers, strict=True):
            if value == 0:
                raise self.error(NumberOutOfRange, "this must be above zero", lexeme)
        return numbers[0] / numbers[1] if len(numbers) == 2 else numbers[0]

    def rate(self, tree: Tree[Lexeme]) -> Rate:
        over, under, comparison = words(tree)[:3]
        left, right = self.token(over), self.token(under)
        if left.address == right.address:
            raise self.error(WrongToken, "a rate is between two tokens, not one", under)
        at_least = comparison.type == "AT_LEAST"
        return Rate(
            left, right, at_least, self.ratio(parts(tree)[-1]), place(tree), place(comparison)
        )

    # ------------------------------------------------------------------------------------ times

    def time(self, lexeme: Lexeme) -> int:
        """Unix seconds, from themselves or from UTC."""
        if lexeme.type == "NUMBER":
            return self.whole(lexeme, "a time in Unix seconds")
        if match := _TIME.fullmatch(lexeme):
            day, minute, second, _ = match.groups()
            try:
                moment = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}+00:00")
            except ValueError as error:
                message = f"{lexeme} is no time: {error}"
                raise self.error(BadTime, message, lexeme) from None
            if (seconds := int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())) < 0:
                raise self.error(BadTime, "a time before 1970", lexeme)
            return seconds
        message = f"{shorten(lexeme)} is neither Unix seconds nor UTC to the second"
        raise BadTime(message, self.text, place(lexeme), _utc(str(lexeme)))


def _utc(text: str) -> str:
    """What somebody who wrote this may have meant: in UTC, if it names no other zone."""
    try:
        moment = datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return "2026-11-22T05:00:00Z"
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError:
        return "2026-11-22T05:00:00Z"
