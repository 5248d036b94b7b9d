"""Message to text to message, text to message to text, on random programs; and arbitrary text."""

import random
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang.errors import Located
from boomerang.intents.language import (
    NotCanonical,
    format,  # noqa: A004
    from_json,
    parse,
    to_json,
)
from boomerang.intents.message import GuardKind, Intent
from intents.language.names import ALICE, DIRECTORY, SNIPPET
from intents.language.programs import KEYWORDS, bent, loose, random_intent

PROGRAMS = 10_000


def shares_of(seen: Counter[str], of: int, floor: float) -> None:
    """Every one of these is met in at least this share of the programs."""
    rare = {what: count for what, count in seen.items() if count < floor * of}
    assert not rare


def measure(seen: Counter[str], intent: Intent, text: str) -> None:
    kinds = {guard.kind for branch in intent.branches for guard in branch.guards}
    for kind in GuardKind:
        seen[kind.name] += kind in kinds
    for name in ("for at least", "at rate", "units of", "do nothing", "route", "deadline", "nonce"):
        seen[name] += name in text
    for name in ("in parts", "reserve1/reserve0", "pool $", "if"):
        seen[name] += name in text
    seen["decimal rate"] += bool(re.search(r"rate \S+ .= \d+\.", text))
    seen["pool as a fraction"] += bool(re.search(r"pool \S+ .= \d+/\d+", text))
    seen["eight branches"] += len(intent.branches) == 8


@pytest.mark.campaign
def test_ten_thousand_messages_have_a_text_each_and_it_gives_them_back() -> None:
    rng = random.Random(11)
    seen: Counter[str] = Counter()
    for _ in range(PROGRAMS):
        intent = random_intent(rng)
        text = format(intent, DIRECTORY)
        assert parse(text, DIRECTORY, intent.maker) == intent, text
        assert from_json(to_json(intent)) == intent
        measure(seen, intent, text)
    shares_of(seen, PROGRAMS, 0.02)


@pytest.mark.campaign
def test_ten_thousand_texts_mean_a_message_each_and_its_text_means_the_same() -> None:
    """In all spellings that are allowed; what writes them shares no code with the formatter."""
    rng = random.Random(12)
    texts = set()
    for _ in range(PROGRAMS):
        intent = random_intent(rng)
        text = loose(rng, intent)
        read = parse(text, DIRECTORY, intent.maker)
        assert read == intent, text
        canonical = format(read, DIRECTORY)
        assert parse(canonical, DIRECTORY, intent.maker) == intent
        texts.add(text)
    assert len(texts) > 0.99 * PROGRAMS


@pytest.mark.campaign
def test_bent_messages_have_no_text_or_one_that_gives_them_back() -> None:
    rng = random.Random(13)
    refused = 0
    for _ in range(4000):
        intent = bent(rng, random_intent(rng))
        try:
            text = format(intent, DIRECTORY)
        except NotCanonical:
            refused += 1
        else:
            assert parse(text, DIRECTORY, intent.maker) == intent
    assert 1000 < refused < 3500


def test_some_messages_round_trip_both_ways() -> None:
    rng = random.Random(14)
    for _ in range(150):
        intent = random_intent(rng)
        assert parse(format(intent, DIRECTORY), DIRECTORY, intent.maker) == intent
        assert parse(loose(rng, intent), DIRECTORY, intent.maker) == intent
        assert from_json(to_json(intent)) == intent


# --------------------------------------------------------------------------- arbitrary text


def survives(text: str) -> bool:
    """Whether it parses; nothing but a located error may come instead."""
    error = None
    try:
        intent = parse(text, DIRECTORY, ALICE)
    except Located as raised:
        error = raised
    if error is None:
        assert parse(format(intent, DIRECTORY), DIRECTORY, ALICE) == intent
        return True
    assert text[: error.offset].count("\n") + 1 == error.line
    assert 1 <= error.column <= len(text) + 1
    assert 0 <= error.offset <= len(text)
    assert len(str(error)) < 3000
    return False


@given(st.text())
@settings(max_examples=300)
def test_arbitrary_text_gives_a_located_error(text: str) -> None:
    assert not survives(text)


SIGNS = [
    "->",
    "→",
    "<=",
    ">=",
    "≤",
    "≥",
    "/",
    "%",
    ":",
    ",",
    "(",
    ")",
    "500",
    "0.5",
    "0",
    "$A",
    "$D",
    "A",
    "D",
    "kept",
    "reverted",
    "promise",
    "alice",
    "0x1a…",
    "2026-11-22T05:00Z",
]
WORDS = [*sorted(KEYWORDS), *SIGNS, "0x" + "11" * 20, "$", "\n", "#", "\0"]


@given(st.lists(st.sampled_from(WORDS), max_size=40))
@settings(max_examples=300)
def test_arbitrary_words_give_a_located_error_or_a_program(words: list[str]) -> None:
    survives(" ".join(words))


@pytest.mark.campaign
def test_texts_with_something_wrong_in_them() -> None:
    """Cut, doubled, replaced: programs that are nearly right find the places a parser forgets."""
    rng = random.Random(15)
    right = 0
    for _ in range(5000):
        text = loose(rng, random_intent(rng)) if rng.random() < 0.5 else SNIPPET
        words = re.findall(r"\S+\s*", text)
        for _ in range(rng.choice((1, 1, 2, 4))):
            place = rng.randrange(len(words) + 1)
            words[place : place + rng.randrange(3)] = rng.choice(
                ([], [rng.choice(WORDS) + " "], rng.sample(words, 1), [rng.choice("0x$%-~é\0")])
            )
            words = words or [" "]
        right += survives("".join(words))
    assert 100 < right < 2500


HOSTILE = [
    "",
    " \n\t",
    "\0",
    "# only a word about it",
    "swap " + "9" * 99_000,
    "swap 1." + "0" * 5000 + " $A -> $D for at least 1 $D",
    "if " + "kept(promise) and " * 5000,
    "if " * 30_000,
    "(" * 90_000,
    "swap 5 A -> D for at least 1 D " + "else: if kept(promise): do nothing " * 2000,
    "route 5 A -> D via " + "A -> " * 15_000 + "D for at least 1 D",
    "route 5 A -> D via " + "A -> D or " * 9_000 + "A -> D for at least 1 D",
    "swap 5 A -> D for at least 1 D deadline 1-" + "1" * 50_000 + "x",
    "swap 5 A -> D for at least 1 D deadline 2026-11-22" + " " * 50_000 + "x",
    "swap 5 A -> D for at least 1 D nonce " + "9" * 300,
    "swap 5 " + "A" * 90_000 + " -> D for at least 1 D",
    "swap 5 0x" + "1" * 90_000 + " -> D for at least 1 D",
    "x" * 100_001,
    "swap 5 $A -> $D\u202e for at least 1 $D",
    "\N{FULLWIDTH DOLLAR SIGN}A",
    "٥٠٠",
    "\ud800",
]


@pytest.mark.parametrize(
    "text",
    HOSTILE,
    ids=range(len(HOSTILE)),
)
def test_hostile_text_gives_a_located_error(text: str) -> None:
    assert not survives(text)
