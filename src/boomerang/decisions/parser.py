"""From text to tree. The grammar is `grammar.lark`; whatever is wrong with a text is a typed error
that says where, shows the place, and suggests what may have been meant.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from boomerang.decisions.encoding import MAX_BYTES, MAX_LIST
from boomerang.decisions.expression import And, AtLeast, Constant, Expression, Kept, Not, Or
from boomerang.decisions.names import Resolver, as_resolver, resolve
from boomerang.decisions.preferences import (
    MAX_PREFERENCES,
    MAX_WEIGHT,
    MIN_WEIGHT,
    Package,
    Preference,
    Sealed,
)
from boomerang.errors import DecisionSyntaxError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TEXT: Final = 100_000
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_PUNCTUATION: Final = {"_OPEN": "'('", "_CLOSE": "')'", "_COMMA": "','"}
_KINDS: Final = {
    "NAME": "a name",
    "ID": "an id",
    "COUNT": "a number",
    "WEIGHT": "a weight",
    "_NEXT": "a comma and a weight",
    "$END": "the end",
}


def parse(text: str, names: Resolver | Mapping[str, bytes] | None = None) -> Expression:
    """The tree of a decision's text: `keep`, `revert`, `keep if E`, `revert if E`.

    Raises DecisionSyntaxError, UnknownName or AmbiguousName; nothing else, whatever the text.
    """
    return _build(_parse("decision", text), text, as_resolver(names))


def parse_expression(text: str, names: Resolver | Mapping[str, bytes] | None = None) -> Expression:
    """The tree of a bare expression, as a guard is: `not kept(A1)`. Errors as `parse`."""
    return _build(_parse("expression", text), text, as_resolver(names))


def parse_sealed(text: str, names: Resolver | Mapping[str, bytes] | None = None) -> Sealed:
    """What a text says to seal: a decision as `parse` reads it, or one with preferences, for a
    member of an entangled group: `keep if kept(b) prefer 5 if kept(a), -3 if not kept(b)`.
    Errors as `parse`.
    """
    tree = _parse("sealed", text)
    resolver = as_resolver(names)
    decision, *rest = cast("list[Tree[Token]]", tree.children)
    built = _build(decision, text, resolver)
    preferences = []
    for place, preference in enumerate(rest):
        weight, expression = cast("tuple[Token, Tree[Token]]", preference.children)
        at = weight.start_pos or 0
        if place >= MAX_PREFERENCES:
            message = f"{len(rest)} preferences; at most {MAX_PREFERENCES} are allowed"
            raise DecisionSyntaxError(message, text, at)
        digits = weight.lstrip("+-0") or "0"  # int() refuses what has thousands of them
        value = int(digits) * (-1 if weight.startswith("-") else 1) if len(digits) < 20 else None
        if value is None or not MIN_WEIGHT <= value <= MAX_WEIGHT:
            message = f"the weight {_shorten(weight)} is not from -2^63 to 2^63 - 1"
            raise DecisionSyntaxError(message, text, at, ("a weight",))
        preferences.append(Preference(value, _build(expression, text, resolver)))
    return Package(built, tuple(preferences)) if preferences else built


@cache
def _lark(start: str) -> Lark:
    """One parser for each start: what may stand in another's text is no part of it."""
    grammar = files("boomerang.decisions").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", start=start, maybe_placeholders=False)


def _parse(start: str, text: str) -> Tree[Token]:
    if len(text) > MAX_TEXT:
        message = f"the text is longer than {MAX_TEXT} characters"
        raise DecisionSyntaxError(message, text, MAX_TEXT)
    for offset, char in enumerate(text):
        if not char.isascii() and char != "…":
            raise DecisionSyntaxError(f"a decision holds no {char!a}", text, offset)
    try:
        return _lark(start).parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text, start) from None


def _build(tree: Tree[Token], text: str, resolver: Resolver) -> Expression:
    """The tree without recursion; operands come before what they are operands of."""
    built: dict[int, tuple[Expression, int]] = {}  # by the identity of a subtree: and its nesting
    for node in tree.iter_subtrees():
        below = [built[id(child)] for child in node.children if isinstance(child, Tree)]
        tokens = [child for child in node.children if isinstance(child, Token)]
        depth = 1 + max((depth for _, depth in below), default=0)
        expression = _node(node.data, [built for built, _ in below], tokens, text, resolver)
        if depth > MAX_BYTES + 1:  # each level takes a byte, but for the one of `keep if`
            message = f"nested more than {MAX_BYTES} deep, which no encoding holds"
            raise DecisionSyntaxError(message, text, 0)
        built[id(node)] = (expression, depth)
    return built[id(tree)][0]


def _node(
    kind: str, below: list[Expression], tokens: list[Token], text: str, resolver: Resolver
) -> Expression:
    if kind in ("keep", "true"):
        return Constant(True)
    if kind in ("revert", "false"):
        return Constant(False)
    if kind == "keep_if":
        return below[0]
    if kind in ("revert_if", "negation"):
        return Not(below[0])
    if kind == "both":
        return And(*below)
    if kind == "either":
        return Or(*below)
    (token,) = tokens
    at = token.start_pos or 0
    if kind == "kept":
        return Kept(resolve(str(token), resolver, text, at))
    if len(below) > MAX_LIST:
        message = f"a list of {len(below)}; at most {MAX_LIST} are allowed"
        raise DecisionSyntaxError(message, text, at)
    if len(token) > 9 or not 1 <= int(token) <= len(below):
        message = f"at least {_shorten(token)} of {len(below)}: the number must be from 1 to "
        raise DecisionSyntaxError(message + str(len(below)), text, at, ("a number",))
    return AtLeast(int(token), tuple(below))


# ------------------------------------------------------------------------------------------- errors


def _syntax_error(error: UnexpectedInput, text: str, start: str) -> DecisionSyntaxError:
    """Lark's error in our words."""
    offset = len(text.rstrip())
    if isinstance(error, UnexpectedCharacters):
        offset = cast("int", error.pos_in_stream)
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        offset = error.token.start_pos or 0
    accepted = _accepted(text[:offset], start)
    expected = sorted({_describe(terminal) for terminal in accepted})
    word = _WORD.match(text, offset)
    found = word[0] if word else text[offset : offset + 1]
    suggestion = None
    if word:
        keywords = [name[1:].lower() for name in accepted if _is_keyword(name)]
        suggestion = next(iter(difflib.get_close_matches(found.lower(), keywords, n=1)), None)
    message = f"{_shorten(found)!r} cannot stand here" if found else "the text ends too early"
    if expected:
        message += f"; expected {_list(expected)}"
    return DecisionSyntaxError(message, text, offset, expected, suggestion)


def _accepted(before: str, start: str) -> set[str]:
    """The terminals that may follow a text that is the beginning of something right."""
    parser = _lark(start).parse_interactive(before)
    parser.exhaust_lexer()
    return set(parser.accepts())  # type: ignore[no-untyped-call]


def _is_keyword(terminal: str) -> bool:
    return terminal.startswith("_") and terminal not in {*_PUNCTUATION, *_KINDS}


def _describe(terminal: str) -> str:
    if terminal in _PUNCTUATION:
        return _PUNCTUATION[terminal]
    return f"'{terminal[1:].lower()}'" if _is_keyword(terminal) else _KINDS.get(terminal, terminal)


def _list(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def _shorten(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"
