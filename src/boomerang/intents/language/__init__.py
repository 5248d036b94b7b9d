"""The language of intents (docs/language.md): programs as text, each one EIP-712 message.

    directory = Directory.load("tokens.yaml")
    intent = parse(text, directory, maker)       # boomerang.intents.message.Intent
    format(intent, directory)                    # the one canonical text
    from_json(to_json(intent)) == intent

Names stand in texts, never in messages: `Directory` knows what they mean.
"""

from boomerang.intents.language.canonical import check_canonical
from boomerang.intents.language.directory import Directory, Token
from boomerang.intents.language.errors import (
    BadPath,
    BadTime,
    InexactAmount,
    InexactRate,
    IntentSyntaxError,
    LanguageError,
    LimitTwice,
    MalformedMessage,
    MisplacedGuard,
    MissingLimit,
    NeedsFresh,
    NotReverse,
    NumberOutOfRange,
    OptionTwice,
    SellsDiffer,
    SellsNothing,
    TooMany,
    UnknownAccount,
    UnknownDecimals,
    UnknownPool,
    UnknownToken,
    Unreachable,
    WrongDirection,
    WrongToken,
)
from boomerang.intents.language.formatter import format  # noqa: A004
from boomerang.intents.language.json_form import from_json, json_schema, to_json
from boomerang.intents.language.parser import parse
from boomerang.intents.message import NotCanonical

__all__ = [
    "BadPath",
    "BadTime",
    "Directory",
    "InexactAmount",
    "InexactRate",
    "IntentSyntaxError",
    "LanguageError",
    "LimitTwice",
    "MalformedMessage",
    "MisplacedGuard",
    "MissingLimit",
    "NeedsFresh",
    "NotCanonical",
    "NotReverse",
    "NumberOutOfRange",
    "OptionTwice",
    "SellsDiffer",
    "SellsNothing",
    "Token",
    "TooMany",
    "UnknownAccount",
    "UnknownDecimals",
    "UnknownPool",
    "UnknownToken",
    "Unreachable",
    "WrongDirection",
    "WrongToken",
    "check_canonical",
    "format",
    "from_json",
    "json_schema",
    "parse",
    "to_json",
]
