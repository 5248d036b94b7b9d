"""An intent as JSON: its EIP-712 message, as `Intent.to_message` gives it, and the schema of that.

`intent.schema.json` (JSON Schema, draft 2020-12) ships with the package. It says what it can:
shapes, spellings and counts; `from_json` also checks ranges, checksums, and that a text has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from boomerang import json_text
from boomerang.errors import InvalidInput
from boomerang.identity import address
from boomerang.intents.language.canonical import check_canonical
from boomerang.intents.language.errors import MalformedMessage
from boomerang.intents.language.syntax import shorten
from boomerang.intents.message import (
    MAX_BRANCHES,
    MAX_GUARDS,
    MAX_HOPS,
    MAX_PATHS,
    Branch,
    Guard,
    GuardKind,
    Intent,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

SCHEMA_FILE: Final = "intent.schema.json"

_Address: TypeAlias = Annotated[
    str, Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="20 bytes; checksummed if cases mix")
]
_Word: TypeAlias = Annotated[
    str, Field(pattern=r"^(0|[1-9][0-9]{0,77})$", description="decimal, below 2^256")
]
_Units: TypeAlias = Annotated[
    str,
    Field(pattern=r"^(0|[1-9][0-9]{0,33})$", description="smallest units, decimal, below 2^112"),
]


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", regex_engine="rust-regex")


class _Guard(_Message):
    """One condition; docs/intents.md has the kinds, and what subject and limit hold for each."""

    kind: Annotated[int, Field(ge=min(GuardKind), le=max(GuardKind))]
    subject: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$", description="32 bytes")]
    limit: _Word


class _Path(_Message):
    """A way through pools, from what is sold to what is bought."""

    tokens: Annotated[list[_Address], Field(min_length=2, max_length=MAX_HOPS)]


class _Branch(_Message):
    """A direct swap (no paths), a route, or, where `buy` is zero, nothing."""

    guards: Annotated[list[_Guard], Field(max_length=MAX_GUARDS)]
    buy: _Address
    least: Annotated[_Units, Field(description="what the whole amount must buy")]
    paths: Annotated[list[_Path], Field(max_length=MAX_PATHS)]


class _Intent(_Message):
    """The EIP-712 message of an intent: it sells up to `amount` of `sell` through its branches."""

    maker: _Address
    sell: _Address
    amount: _Units
    whole: Annotated[bool, Field(description="all of it in one batch, or nothing")]
    nonce: _Word
    deadline: Annotated[_Word, Field(description="the last second, Unix time")]
    branches: Annotated[list[_Branch], Field(min_length=1, max_length=MAX_BRANCHES)]


def json_schema() -> dict[str, Any]:
    """The schema that ships, as a dictionary."""
    text = files("boomerang.intents.language").joinpath(SCHEMA_FILE).read_text("utf-8")
    return dict(json.loads(text))


def build_schema() -> dict[str, Any]:
    """The schema that the shapes above have; `intent.schema.json` must be this one."""
    body = _Intent.model_json_schema()
    text = json.dumps(body).replace('"_', '"').replace("/_", "/")  # the classes are private
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:boomerang:intent:1",
        **json.loads(text),
    }


def to_json(intent: Intent) -> str:
    """The message as JSON. NotCanonical for one that no text has."""
    check_canonical(intent)
    return json.dumps(intent.to_message(), indent=2)


def from_json(data: str | bytes | Mapping[str, Any]) -> Intent:
    """The intent of a message in JSON, or of the dictionary that `Intent.to_message` gives.

    MalformedMessage names what is wrong and where; NotCanonical for a message that no text has.
    """
    if not isinstance(data, Mapping):
        data = _load(data)
    try:
        message = _Intent.model_validate(dict(data))
    except ValidationError as error:
        first: ErrorDetails = error.errors(include_url=False, include_context=False)[0]
        given = shorten(repr(first["input"]), 80)
        raise MalformedMessage(_where(first["loc"]), f"{first['msg']}, not {given}") from None
    branches = tuple(
        _branch(branch, f"branches[{number}]") for number, branch in enumerate(message.branches)
    )
    maker, sell = _address("maker", message.maker), _address("sell", message.sell)
    try:
        intent = Intent(
            maker,
            sell,
            int(message.amount),
            branches,
            message.whole,
            int(message.nonce),
            int(message.deadline),
        )
    except InvalidInput as error:
        raise MalformedMessage("", str(error)) from None
    check_canonical(intent)
    return intent


def _load(text: str | bytes) -> Mapping[str, Any]:
    try:
        data = json_text.loads(text)
    except json_text.BadJson as error:
        if error.key is not None:
            raise MalformedMessage(error.key, "stands there twice") from None
        raise MalformedMessage("", f"this is no message: {error}") from None
    if not isinstance(data, dict):
        raise MalformedMessage("", f"a message is an object, not {type(data).__name__}")
    return data


def _branch(branch: _Branch, where: str) -> Branch:
    guards = []
    for number, guard in enumerate(branch.guards):
        try:
            built = Guard(GuardKind(guard.kind), bytes.fromhex(guard.subject[2:]), int(guard.limit))
        except InvalidInput as error:
            raise MalformedMessage(f"{where}.guards[{number}]", str(error)) from None
        guards.append(built)
    paths = tuple(
        tuple(_address(f"{where}.paths[{number}]", token) for token in path.tokens)
        for number, path in enumerate(branch.paths)
    )
    buy = _address(f"{where}.buy", branch.buy)
    try:
        return Branch(buy, int(branch.least), tuple(guards), paths)
    except InvalidInput as error:
        raise MalformedMessage(where, str(error)) from None


def _address(where: str, value: str) -> bytes:
    try:
        return bytes.fromhex(address(value)[2:])
    except InvalidInput as error:
        raise MalformedMessage(where, str(error)) from None


def _where(location: tuple[int | str, ...]) -> str:
    """`branches[0].least`."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")
