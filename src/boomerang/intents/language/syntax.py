"""From text to lark's tree (`grammar.lark`), and lark's errors in our words."""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, cast

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from boomerang.intents.language.errors import IntentSyntaxError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_TEXT: Final = 100_000
"""Characters of a text: far more than the longest message needs."""

_FOREIGN: Final = re.compile(r"[^ -~\t\n\r\f≤≥→…]")
_WORD: Final = re.compile(r"\$?[A-Za-z_][A-Za-z0-9_.]*|[<>=&]+|[0-9][\w.]*")
_PUNCTUATION: Final = {
    "_ARROW": "'->'",
    "AT_LEAST": "'>='",
    "AT_MOST": "'<='",
    "_SLASH": "'/'",
    "_PERCENT": "'%'",
    "_COLON": "':'",
    "_COMMA": "','",
    "_OPEN": "'('",
    "_CLOSE": "')'",
}
_KINDS: Final = {
    "NUMBER": "a number",
    "TIME": "a time",
    "ADDRESS": "an address",
    "ID": "an id",
    "TOKEN": "a token",
    "NAME": "a name",
    "_RESERVES": "'reserve1/reserve0'",
    "$END": "the end",
}
# What people write in other languages, and what it stands for where that may stand.
_HABITS: Final = {
    "elif": ["else if"],
    "elsif": ["else if"],
    "not": ["reverted"],
    "then": [":"],
    "sell": ["swap"],
    "partial": ["in parts"],
    "until": ["before", "deadline"],
    "expires": ["deadline"],
    "<": ["<="],
    "=<": ["<="],
    ">": [">=", "->"],
    "=>": [">=", "->"],
    "&&": ["and"],
}


def parse_tree(text: str) -> Tree[Token]:
    """The tree of a program. IntentSyntaxError for whatever does not parse."""
    if len(text) > MAX_TEXT:
        message = f"the text is longer than {MAX_TEXT} characters"
        raise IntentSyntaxError(message, text, MAX_TEXT)
    if foreign := _FOREIGN.search(text):
        message = f"an intent holds no {foreign[0]!a}"
        raise IntentSyntaxError(message, text, foreign.start())
    try:
        return _lark().parse(text)
    except UnexpectedInput as error:
        raise _syntax_error(error, text) from None


@cache
def _lark() -> Lark:
    grammar = files("boomerang.intents.language").joinpath("grammar.lark").read_text("utf-8")
    return Lark(
        grammar, parser="lalr", start="program", maybe_placeholders=False, propagate_positions=True
    )


def _syntax_error(error: UnexpectedInput, text: str) -> IntentSyntaxError:
    offset = len(text.rstrip())
    if isinstance(error, UnexpectedCharacters):
        offset = cast("int", error.pos_in_stream)
    elif isinstance(error, UnexpectedToken) and error.token.type != "$END":
        offset = error.token.start_pos or 0
    accepted = _accepted(text[:offset])
    expected = sorted({_describe(terminal) for terminal in accepted})
    word = _WORD.match(text, offset)
    found = word[0] if word else text[offset : offset + 1]
    message = f"{shorten(found)!r} cannot stand here" if found else "the text ends too early"
    message += f"; expected {one_of(expected)}"
    return IntentSyntaxError(message, text, offset, expected, _meant(found, accepted))


def _accepted(before: str) -> set[str]:
    """The terminals that may follow a text that is the beginning of something right."""
    parser = _lark().parse_interactive(before)
    parser.exhaust_lexer()
    return set(parser.accepts())  # type: ignore[no-untyped-call]


def _meant(found: str, accepted: Iterable[str]) -> str | None:
    """What a habit of another language stands for, if it may stand here; or the nearest keyword."""
    words = [_describe(terminal).strip("'") for terminal in accepted if terminal not in _KINDS]
    for habit in _HABITS.get(found.lower(), ()):
        if habit.split()[0] in words:
            return habit
    close = difflib.get_close_matches(
        found.lower(), [word for word in words if word.isalpha()], n=1
    )
    return close[0] if close else None


def _describe(terminal: str) -> str:
    if terminal in _PUNCTUATION:
        return _PUNCTUATION[terminal]
    return _KINDS.get(terminal) or f"'{terminal[1:].lower()}'"


def one_of(items: list[str]) -> str:
    """`a, b or c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def shorten(text: str, longest: int = 50) -> str:
    """A text for a message, cut where it would fill the screen."""
    return str(text) if len(text) <= longest else f"{text[: longest - 1]}…"
