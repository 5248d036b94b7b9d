"""From text to an intent. Whatever is wrong with a text is a typed error that says where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from boomerang.intents.language import amounts
from boomerang.intents.language.canonical import POOLS, needs_fresh
from boomerang.intents.language.errors import (
    BadPath,
    InexactRate,
    LimitTwice,
    MissingLimit,
    NeedsFresh,
    NumberOutOfRange,
    OptionTwice,
    SellsDiffer,
    SellsNothing,
    TooMany,
    Unreachable,
    WrongDirection,
    WrongToken,
)
from boomerang.intents.language.guards import Guards
from boomerang.intents.language.syntax import parse_tree
from boomerang.intents.language.terms import Action, Amount, Rate, Terms, TokenAt, place
from boomerang.intents.message import (
    MAX_AMOUNT,
    MAX_BRANCHES,
    MAX_GUARDS,
    MAX_HOPS,
    MAX_PATHS,
    NO_DEADLINE,
    Branch,
    Guard,
    Intent,
)

if TYPE_CHECKING:
    from lark import Token as Lexeme
    from lark import Tree

    from boomerang.intents.language.directory import Directory

_OPTIONS = ("whole", "parts", "deadline", "nonce")


def parse(
    text: str,
    directory: Directory,
    maker: bytes,
    *,
    nonce: int | None = None,
    deadline: int | None = None,
) -> Intent:
    """The intent of a program's text (docs/language.md), signed by `maker` (20 bytes).

    `nonce` and `deadline` count where the text names none; without either it is nonce 0, and
    NO_DEADLINE. Raises a subclass of `boomerang.errors.Located`, whatever the text: `errors.py` of
    this package, UnknownName or AmbiguousName. InvalidInput for another argument out of range.
    """
    return _Program(text, directory).read(maker, nonce or 0, deadline)


@dataclass(slots=True)
class _Options:
    """What stands behind actions."""

    whole: bool = True
    deadline: int | None = None
    nonce: int | None = None
    said: set[str] = field(default_factory=set)


class _Program:
    """One text being read."""

    def __init__(self, text: str, directory: Directory) -> None:
        self.terms = Terms(text, directory)
        self.sold: Amount | None = None
        self.options = _Options()

    def read(self, maker: bytes, nonce: int, deadline: int | None) -> Intent:
        tree = parse_tree(self.terms.text)
        clauses = cast("list[Tree[Lexeme]]", tree.children)
        branches: list[Branch] = []
        for number, clause in enumerate(clauses):
            if number and not branches[-1].guards:
                message = "nothing gets here: the branch before has no guards and takes everything"
                raise self.terms.error(Unreachable, message, clause)
            if number > MAX_BRANCHES:
                raise self._too_many("branches", len(clauses), MAX_BRANCHES, clause)
            branches.append(self._branch(clause))
        if branches[-1].idle and not branches[-1].guards:
            branches.pop()  # a program ends with doing nothing anyhow
        elif len(branches) > MAX_BRANCHES:
            raise self._too_many("branches", len(branches), MAX_BRANCHES, clauses[-1])
        if self.sold is None:
            raise self.terms.error(SellsNothing, "no branch of this program sells anything", tree)
        said = self.options
        if said.deadline is not None:
            deadline = said.deadline
        return Intent(
            maker,
            self.sold.token.address,
            self.sold.units,
            tuple(branches),
            said.whole,
            nonce if said.nonce is None else said.nonce,
            NO_DEADLINE if deadline is None else deadline,
        )

    def _too_many(self, what: str, count: int, most: int, node: Lexeme | Tree[Lexeme]) -> TooMany:
        return self.terms.error(TooMany, f"{count} {what}; at most {most} are allowed", node)

    # --------------------------------------------------------------------------------- branches

    def _branch(self, clause: Tree[Lexeme]) -> Branch:
        parts = cast("list[Tree[Lexeme]]", clause.children)
        guards = cast("list[Tree[Lexeme]]", parts[0].children) if clause.data == "guarded" else []
        action, *options = parts[1:] if clause.data == "guarded" else parts
        for option in options:
            self._option(option)
        if len(guards) > MAX_GUARDS:
            raise self._too_many("guards", len(guards), MAX_GUARDS, guards[MAX_GUARDS])
        if action.data == "idle":
            return Branch(guards=self._guards(Guards(self.terms, None), guards))
        done, paths, limit = self._action(action)
        reader = Guards(self.terms, done)
        built = self._guards(reader, guards)
        least = self._least(action, done, limit, reader.limit)
        branch = Branch(done.bought.address, least, built, paths)
        if needs_fresh(branch):
            rate = next(
                tree for tree, guard in zip(guards, built, strict=True) if guard.kind in POOLS
            )
            message = "a route on a pool's rate must ask that its own pools are untouched as well"
            raise NeedsFresh(message, self.terms.text, place(rate), "fresh and …")
        return branch

    def _guards(self, reader: Guards, trees: list[Tree[Lexeme]]) -> tuple[Guard, ...]:
        guards = [reader.read(tree) for tree in trees]
        reader.check_count(trees, guards)
        return tuple(guards)

    def _option(self, tree: Tree[Lexeme]) -> None:
        name, said = str(tree.data), self.options
        key = "whole" if name == "parts" else name
        if key in said.said:
            what = "`whole` or `in parts`" if key == "whole" else f"the {key}"
            raise self.terms.error(OptionTwice, f"{what} is said twice", tree)
        said.said.add(key)
        if key == "whole":
            said.whole = name == "whole"
        elif key == "deadline":
            said.deadline = self.terms.time(cast("Lexeme", tree.children[0]))
        else:
            said.nonce = self.terms.whole(cast("Lexeme", tree.children[0]), "a nonce")

    # ---------------------------------------------------------------------------------- actions

    def _action(
        self, tree: Tree[Lexeme]
    ) -> tuple[Action, tuple[tuple[bytes, ...], ...], Tree[Lexeme] | None]:
        """A swap or route, its paths, and its limit if it names one."""
        terms = self.terms
        sold = terms.amount(cast("Tree[Lexeme]", tree.children[0]))
        bought = terms.token(cast("Lexeme", tree.children[1]))
        if sold.units == 0:
            message = "the amount must be above zero"
            raise NumberOutOfRange(message, terms.text, sold.at)
        if sold.token.address == bought.address:
            raise WrongToken("this buys what it sells", terms.text, bought.at)
        first = self.sold = self.sold or sold
        if (first.units, first.token.address) != (sold.units, sold.token.address):
            raise SellsDiffer(
                "all branches sell the same amount of the same token, and the first sells "
                f"{self._written(first.units, first.token)}",
                terms.text,
                sold.at,
                self._written(first.units, first.token),
            )
        rest = cast("list[Tree[Lexeme]]", tree.children[2:])
        action = Action(sold, bought, tree.data == "route")
        paths: tuple[tuple[bytes, ...], ...] = ()
        limit = None
        for part in rest:
            if part.data == "paths":
                paths = self._paths(part, sold.token, bought)
            else:
                limit = part
        if action.route and not paths:
            way = f"via {sold.token.written} -> {bought.written}"
            raise BadPath("a route names its paths", terms.text, place(tree), way)
        return action, paths, limit

    def _paths(
        self, tree: Tree[Lexeme], sold: TokenAt, bought: TokenAt
    ) -> tuple[tuple[bytes, ...], ...]:
        terms = self.terms
        paths = cast("list[Tree[Lexeme]]", tree.children)
        if len(paths) > MAX_PATHS:
            raise self._too_many("paths", len(paths), MAX_PATHS, paths[MAX_PATHS])
        result = []
        for path in paths:
            lexemes = cast("list[Lexeme]", path.children)
            if len(lexemes) > MAX_HOPS:
                count = len(lexemes)
                raise self._too_many("tokens in a path", count, MAX_HOPS, lexemes[MAX_HOPS])
            tokens = [terms.token(lexeme) for lexeme in lexemes]
            for token, end in ((tokens[0], sold), (tokens[-1], bought)):
                if token.address != end.address:
                    message = f"the path leads from {tokens[0].written} to {tokens[-1].written}, "
                    message += f"the route from {sold.written} to {bought.written}"
                    raise BadPath(message, terms.text, token.at, end.written)
            addresses = tuple(token.address for token in tokens)
            for number, token in enumerate(tokens):
                if token.address in addresses[:number]:
                    message = f"the path passes {token.written} twice"
                    raise BadPath(message, terms.text, token.at)
            result.append(addresses)
        return tuple(result)

    # ----------------------------------------------------------------------------------- limits

    def _least(
        self, tree: Tree[Lexeme], action: Action, limit: Tree[Lexeme] | None, found: Rate | None
    ) -> int:
        """What the whole amount must bring, from the one place that says it."""
        terms = self.terms
        if limit is None:
            if found is None:
                message = "this does not say what it must bring"
                suggestion = f"for at least … {action.bought.written}"
                raise MissingLimit(message, terms.text, place(tree), suggestion)
            return self._least_at(found, action)
        if found is not None:
            message = "the limit of this swap stands in its `exists` guard already"
            raise terms.error(LimitTwice, message, limit)
        if limit.data == "rate":
            return self._least_at(terms.rate(limit), action)
        amount = terms.amount(cast("Tree[Lexeme]", limit.children[0]))
        if amount.token.address != action.bought.address:
            message = f"the limit is in what is bought, {action.bought.written}"
            raise WrongToken(message, terms.text, amount.token.at, action.bought.written)
        if amount.units == 0:
            raise NumberOutOfRange("the least must be above zero", terms.text, amount.at)
        return amount.units

    def _least_at(self, rate: Rate, action: Action) -> int:
        """What a rate makes of the amount: exactly, or InexactRate."""
        terms, sold, bought = self.terms, action.sold.token, action.bought
        if {rate.over.address, rate.under.address} != {sold.address, bought.address}:
            other = next(
                token
                for token in (rate.over, rate.under)
                if token.address not in (sold.address, bought.address)
            )
            message = f"the rate of this swap is between {bought.written} and {sold.written}"
            raise WrongToken(message, terms.text, other.at)
        if rate.at_least != (rate.over.address == bought.address):
            bound = "at most" if rate.at_least else "at least"
            raise WrongDirection(
                f"who sells {sold.written} for {bought.written} is protected by {bound} so much "
                f"{rate.over.written} for each {rate.under.written}",
                terms.text,
                rate.comparison_at,
                "<=" if rate.at_least else ">=",
            )
        wanted = rate.value if rate.at_least else 1 / rate.value
        named = f"for at least 500 units of {bought.written}"
        to, of = terms.decimals(bought, named), terms.decimals(sold, named)
        exact = amounts.least(action.sold.units, wanted, to, of)
        least = -(-exact.numerator // exact.denominator)
        if least > MAX_AMOUNT:
            message = f"at this rate the least is over {amounts.scaled(MAX_AMOUNT, to)}"
            raise NumberOutOfRange(f"{message} {bought.written}", terms.text, rate.at)
        if exact.denominator != 1:
            raise InexactRate(
                f"at this rate {self._written(action.sold.units, sold)} must bring no whole number "
                f"of units of {bought.written}: instead of the rate, name the least behind "
                f"`-> {bought.written}`, rounded up",
                terms.text,
                rate.at,
                f"for at least {self._written(least, bought)}",
            )
        return least

    def _written(self, units: int, token: TokenAt) -> str:
        if token.decimals is None:
            return f"{units} units of {token.written}"
        return f"{amounts.scaled(units, token.decimals)} {token.written}"
