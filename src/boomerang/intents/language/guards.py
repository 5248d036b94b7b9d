"""The guards of a branch, from the tree to what is signed. What they mean: docs/intents.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.decisions.names import resolve
from boomerang.errors import InvalidInput
from boomerang.identity import ID_SIZE
from boomerang.intents.language import amounts
from boomerang.intents.language.canonical import MAX_SHARE, ONCE, ONLY_ROUTES
from boomerang.intents.language.errors import (
    IntentSyntaxError,
    MisplacedGuard,
    NotReverse,
    NumberOutOfRange,
    UnknownPool,
    WrongToken,
)
from boomerang.intents.language.syntax import shorten
from boomerang.intents.language.terms import Action, Rate, Terms, parts, place, words
from boomerang.intents.message import MAX_AMOUNT, Guard, GuardKind

if TYPE_CHECKING:
    from lark import Token as Lexeme
    from lark import Tree

_RATIO = (1 << 128) - 1


class Guards:
    """Reads one branch's guards; `limit` is the rate that its `exists` names, if it names one."""

    def __init__(self, terms: Terms, action: Action | None) -> None:
        self.terms = terms
        self.action = action
        self.limit: Rate | None = None

    def read(self, tree: Tree[Lexeme]) -> Guard:
        """One guard; errors of `errors.py`, UnknownName or AmbiguousName."""
        name = tree.data
        guard: Guard
        if name == "exists":
            guard = self._exists(tree)
        elif name in ("kept", "reverted"):
            guard = Guard(GuardKind[name.upper()], self._commitment(*words(tree)))
        elif name in ("after", "before"):
            guard = Guard(GuardKind[name.upper()], limit=self.terms.time(*words(tree)))
        elif name == "pool":
            guard = self._pool(*parts(tree))
        elif name == "reserves":
            guard = self._reserves(tree)
        elif name == "fresh":
            guard = Guard(GuardKind.FRESH)
        else:
            guard = self._share(tree)
        if guard.kind in ONLY_ROUTES and not (self.action and self.action.route):
            raise self.terms.error(
                MisplacedGuard,
                f"`{name}` speaks of a route's pools: it stands before a route",
                tree,
            )
        return guard

    def check_count(self, trees: list[Tree[Lexeme]], guards: list[Guard]) -> None:
        """MisplacedGuard for the second of a kind that may stand once."""
        seen: set[GuardKind] = set()
        for tree, guard in zip(trees, guards, strict=True):
            if guard.kind in ONCE and guard.kind in seen:
                message = f"a branch has one `{guard.kind.name.lower()}` at most"
                raise self.terms.error(MisplacedGuard, message, tree)
            seen.add(guard.kind)

    def _exists(self, tree: Tree[Lexeme]) -> Guard:
        terms = self.terms
        sells, buys = (terms.token(word) for word in words(tree)[:2])
        if self.action is None or self.action.route:
            what = "a route" if self.action else "doing nothing"
            message = f"`exists` stands before a swap with who it finds, not before {what}"
            raise terms.error(MisplacedGuard, message, tree)
        sold, bought = self.action.sold.token, self.action.bought
        if (sells.address, buys.address) != (bought.address, sold.address):
            message = (
                f"this branch swaps {sold.written} -> {bought.written}, so who it finds swaps "
            )
            message += "the other way"
            suggestion = f"exists swap {bought.written} -> {sold.written}"
            raise NotReverse(message, terms.text, place(tree), suggestion)
        if len(tree.children) > 2:
            self.limit = terms.rate(parts(tree)[2])
        return Guard(GuardKind.EXISTS)

    def _commitment(self, name: Lexeme) -> bytes:
        if name.type == "ID" and len(name.rstrip("….")) > 2 + 2 * ID_SIZE:
            message = f"an id has {2 * ID_SIZE} hex digits, not {len(name) - 2}"
            raise self.terms.error(IntentSyntaxError, message, name)
        known = resolve(str(name), self.terms.directory.commitments, self.terms.text, place(name))
        return known.ljust(32, b"\0")

    def _pool(self, tree: Tree[Lexeme]) -> Guard:
        """The price of one token in another, as the pair's reserves in its own order."""
        terms = self.terms
        rate = terms.rate(tree)
        try:
            pair = terms.directory.pair(rate.over.address, rate.under.address)
        except InvalidInput as error:
            raise terms.error(UnknownPool, str(error), tree) from None
        # `over` per `under` in units; the message says what is of the pair's second per the first.
        raw = "reserve1/reserve0 of 0x… >= 3/2"
        over, under = (terms.decimals(token, raw) for token in (rate.over, rate.under))
        ratio = rate.value / amounts.per(over, under)
        at_least = rate.at_least
        if rate.over.address < rate.under.address:
            ratio, at_least = 1 / ratio, not at_least
        return self._ratio(pair, ratio.numerator, ratio.denominator, at_least, tree)

    def _reserves(self, tree: Tree[Lexeme]) -> Guard:
        pair, comparison = words(tree)[:2]
        value = self.terms.ratio(parts(tree)[2])
        address = self.terms.address(pair, IntentSyntaxError)
        numbers = value.numerator, value.denominator
        return self._ratio(address, *numbers, comparison.type == "AT_LEAST", tree)

    def _ratio(
        self, pair: bytes, numerator: int, denominator: int, at_least: bool, tree: Tree[Lexeme]
    ) -> Guard:
        if numerator > _RATIO or denominator > _RATIO:
            message = "in the tokens' units this ratio is one of numbers over 128 bits"
            raise self.terms.error(NumberOutOfRange, message, tree)
        kind = GuardKind.POOL_AT_LEAST if at_least else GuardKind.POOL_AT_MOST
        return Guard(kind, pair.rjust(32, b"\0"), numerator << 128 | denominator)

    def _share(self, tree: Tree[Lexeme]) -> Guard:
        percent, partner = words(tree)[0], words(tree)[3]
        terms = self.terms
        share = terms.units(percent, 2, "%", MAX_SHARE, "100")
        account = terms.account(partner)
        counted = []
        for child in parts(tree)[1:3]:
            amount = terms.amount(child)
            bought = self.action.bought if self.action else None
            if bought and amount.token.address != bought.address:
                message = f"a share is counted in what the branch buys, {bought.written}"
                raise WrongToken(message, terms.text, amount.token.at, shorten(bought.written))
            counted.append(amount.units)
        subject = share << 160 | int.from_bytes(account, "big")
        limit = counted[0] << MAX_AMOUNT.bit_length() | counted[1]
        return Guard(GuardKind[str(tree.data).upper()], subject.to_bytes(32, "big"), limit)
