"""An intent as JSON: both ways, what is refused, and the schema as another validator reads it."""

import copy
import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boomerang.errors import InvalidInput
from boomerang.intents.language import (
    MalformedMessage,
    NotCanonical,
    from_json,
    json_schema,
    parse,
    to_json,
)
from boomerang.intents.language.json_form import build_schema
from boomerang.intents.message import Branch, Intent
from boomerang.json_text import too_deep
from intents.language.names import ALICE, DIRECTORY, SNIPPET, A
from intents.language.programs import random_intent

HERE = Path(__file__).parent
INTENT = parse(
    f"{SNIPPET.replace('do nothing', 'route 500 A -> D via A -> B -> D for at least 0.4 D')}",
    DIRECTORY,
    ALICE,
)


def test_both_ways() -> None:
    text = to_json(INTENT)
    assert json.loads(text) == INTENT.to_message()
    assert from_json(text) == from_json(text.encode()) == from_json(INTENT.to_message()) == INTENT


def put(*steps: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(message: dict[str, Any]) -> None:
        inner: Any = message
        for step in steps[:-1]:
            inner = inner[step]
        inner[steps[-1]] = value

    return change


def drop(message: dict[str, Any]) -> None:
    del message["whole"]


GUARD = ("branches", 0, "guards", 0)
PATH = ("branches", 1, "paths", 0, "tokens")
CHECKSUM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

# What changes, where it is refused, and whether the schema refuses it too.
REFUSED: list[tuple[Callable[[dict[str, Any]], None], str, bool]] = [
    (drop, "whole", True),
    (put("extra", value=1), "extra", True),
    (put("whole", value=1), "whole", True),
    (put("maker", value="0x12"), "maker", True),
    (put("maker", value=CHECKSUM.replace("b", "B")), "maker", False),
    (put("sell", value=5), "sell", True),
    (put("amount", value=500), "amount", True),
    (put("amount", value="0500"), "amount", True),
    (put("amount", value="-5"), "amount", True),
    (put("amount", value="5" * 35), "amount", True),
    (put("amount", value=str(2**112)), "", False),
    (put("amount", value="0"), "", False),
    (put("nonce", value="1e3"), "nonce", True),
    (put("nonce", value=str(2**256)), "", False),
    (put("deadline", value=None), "deadline", True),
    (put("branches", value=[]), "branches", True),
    (put("branches", value=INTENT.to_message()["branches"][:1] * 9), "branches", True),
    (put("branches", 0, "least", value=str(2**112)), "branches[0]", False),
    (put("branches", 0, "buy", value="0xzz"), "branches[0].buy", True),
    (put("branches", 0, "buy", value=CHECKSUM.lower()[:-1]), "branches[0].buy", True),
    (put("branches", 1, "buy", value=CHECKSUM.replace("b", "B")), "branches[1].buy", False),
    (put(*GUARD, "kind", value=10), "branches[0].guards[0].kind", True),
    (put(*GUARD, "kind", value="Exists"), "branches[0].guards[0].kind", True),
    (put(*GUARD, "subject", value="0x"), "branches[0].guards[0].subject", True),
    (put(*GUARD, "limit", value=str(2**256)), "branches[0].guards[0]", False),
    (put("branches", 0, "guards", value=None), "branches[0].guards", True),
    (put(*PATH, value=["0x" + "11" * 20]), "branches[1].paths[0].tokens", True),
    (put(*PATH, 0, value=CHECKSUM.replace("b", "B")), "branches[1].paths[0]", False),
]


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    message = copy.deepcopy(INTENT.to_message())
    change(message)
    return message


@pytest.mark.parametrize(("change", "where", "by_schema"), REFUSED, ids=range(len(REFUSED)))
def test_refused(change: Callable[[dict[str, Any]], None], where: str, by_schema: bool) -> None:
    with pytest.raises(MalformedMessage) as caught:
        from_json(json.dumps(changed(change)))
    assert caught.value.where == where
    assert caught.value.why


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "5",
        "null",
        "[" * 100_000,
        '{"a": ' + "9" * 5000 + "}",
        b"\xff\xfe\xfd",
        "NaN",
    ],
    ids=range(9),
)
def test_no_json(text: str | bytes) -> None:
    with pytest.raises(MalformedMessage):
        from_json(text)


def test_a_key_that_stands_twice_is_refused() -> None:
    text = to_json(INTENT).replace('"whole": true', '"whole": true, "whole": false')
    with pytest.raises(MalformedMessage, match="whole: stands there twice"):
        from_json(text)


def test_a_message_that_no_text_has_is_refused_both_ways() -> None:
    intent = Intent(ALICE, A.address, 5, (*INTENT.branches[:1], Branch()))
    with pytest.raises(NotCanonical):
        to_json(intent)
    with pytest.raises(NotCanonical):
        from_json(intent.to_message())


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_arbitrary_json_is_refused(data: object) -> None:
    with pytest.raises(InvalidInput):
        from_json(json.dumps(data))


# ----------------------------------------------------------------------------------- the schema


def test_the_schema_that_ships_is_the_one_of_the_code() -> None:
    assert json_schema() == build_schema()


def test_another_validator_reads_the_schema_likewise() -> None:
    """ajv, in strict mode: it takes all messages that a text has, and refuses what it can see."""
    rng = random.Random(3)
    right = [INTENT.to_message()] + [random_intent(rng).to_message() for _ in range(300)]
    wrong = [(changed(change), by_schema) for change, _, by_schema in REFUSED]
    documents = [*right, *(message for message, _ in wrong)]
    done = subprocess.run(
        ["node", str(HERE / "schema.mjs")],
        input=json.dumps({"schema": json_schema(), "documents": documents}),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(done.stdout)
    assert answers[: len(right)] == [True] * len(right)
    assert answers[len(right) :] == [not by_schema for _, by_schema in wrong]


def as_text(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode(errors="replace")


@pytest.mark.parametrize(
    "text",
    ['{"a": "[[[[' + "[" * 200 + '"}', "[[]" + ",[]" * 500 + "]", b"\xff[[["],
    ids=range(3),
)
def test_what_does_not_nest_deep(text: str | bytes) -> None:
    """Brackets inside strings, and side by side, are none of it."""
    assert not too_deep(as_text(text))


@pytest.mark.parametrize(
    "text", ["[" * 101, '{"a":' * 101, b"[" * 100_000, '"\\"" ' + "[" * 101], ids=range(4)
)
def test_what_nests_too_deep_is_not_read(text: str | bytes) -> None:
    """With a library's recursion limit of 100,000, the parser would crash the process."""
    assert too_deep(as_text(text))
    with pytest.raises(MalformedMessage, match="too deep"):
        from_json(text)
