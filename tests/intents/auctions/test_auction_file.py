"""The auction file: what it says, and the line that makes no sense."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from boomerang.intents.auction import AuctionError, load, parse
from boomerang.intents.message import Branch, Guard, GuardKind, Intent

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
name: small
time: 1000
tokens:
  A: {decimals: 18}
  B: {decimals: 6, address: "0x00000000000000000000000000000000000000bb"}
pools:
  - {id: AB, tokens: [A, B], reserves: ["5e18", "7.5e6"], feeBps: 25}
prices: {A: 2.5}
accounts: {alice: "0x00000000000000000000000000000000000000aa"}
outcomes: {promise: kept, "0x11111111111111111111111111111111111111111111111111": reverted}
intents:
  - {id: one, by: alice, text: "swap 1 A -> B for at least 2 B in parts"}
  - {id: two, by: bob, book: true, left: "1e6", text: "swap 2 B -> A for at least 3 A in parts"}
"""


def test_what_a_file_says() -> None:
    auction = parse(GOOD)
    names = {token.name: token for token in auction.tokens.values()}
    assert names["B"].address == bytes(19) + b"\xbb"
    assert names["A"].price == Fraction(5, 2 * 10**18)
    assert names["B"].price == Fraction(1, 10**6)
    assert auction.pools[0].reserves == (5 * 10**18, 7_500_000)
    assert auction.pools[0].fee == Fraction(25, 10_000)
    assert auction.items[0].intent.maker == bytes(19) + b"\xaa"
    assert auction.items[1].book
    assert auction.items[1].left == 10**6
    assert sorted(auction.outcomes.values()) == [False, True]
    assert auction.time == 1000
    assert parse(GOOD) == auction, "names have the same addresses everywhere"


def test_intents_by_message() -> None:
    """A message is the same intent as its text."""
    at = parse(GOOD).items[0].intent.sell
    exists = Guard(GuardKind.EXISTS)
    intent = Intent(b"\xaa" * 20, at, 5, (Branch(bytes(19) + b"\xbb", 7, (exists,)),), whole=False)
    message = repr(intent.to_message()).replace("True", "true").replace("False", "false")
    text = GOOD.split("  - {id: one")[0] + f"  - {{id: m, message: {message}}}\n"
    assert parse(text).items[0].intent == intent


WRONG = [
    ("name: small\n", "nmae: small\n", 1, "unknown key 'nmae', did you mean 'name'?"),
    ("feeBps: 25", "fee: 25", 7, "unknown key 'fee', did you mean 'feeBps'?"),
    ("tokens:\n", "token:\n", 3, "unknown key 'token'"),
    ("decimals: 18", "decimals: 1.5", 4, "decimals: must be a whole number"),
    ("decimals: 18", "decimals: 300", 4, "decimals: is larger than can be"),
    ("00bb", "00b", 5, "address: must be an address"),
    ("tokens: [A, B]", "tokens: [A, C]", 7, "no token is called 'C'"),
    ("tokens: [A, B]", "tokens: [A, A]", 7, "holds one token twice"),
    ("tokens: [A, B]", "tokens: [A]", 7, "tokens: "),
    ('"5e18"', '"5.5"', 7, "must be a whole number"),
    ('"5e18"', '"5e40"', 7, "is larger than can be"),
    ("prices: {A: 2.5}", "prices: {A: -1}", 8, "must not be negative"),
    ("prices: {A: 2.5}", "prices: {Z: 1}", 8, "no token is called 'Z'"),
    ("promise: kept", "promise: open", 10, "must be kept or reverted"),
    ('"0x1111', '"0x11', 10, "an id has 25 bytes"),
    ("by: alice, text", "text", 12, "'by' is missing"),
    ("swap 1 A", "swop 1 A", 12, ""),
    ("swap 1 A", "swap 1 X", 12, "X"),
    ("id: two", "id: one", 13, "'one' is given twice"),
    ('left: "1e6"', 'left: "9e6"', 13, "more is left than was posted"),
    ("3 A in parts", "3 A", 13, "cannot be posted: it is not in parts"),
    ("book: true", "book: maybe", 13, "must be true or false"),
    ('text: "swap 2 B -> A for at least 3 A in parts"', "note: x", 13, "unknown key 'note'"),
]


@pytest.mark.parametrize(
    ("was", "is_", "line", "problem"), WRONG, ids=lambda value: str(value)[:20]
)
def test_the_line_that_makes_no_sense(was: str, is_: str, line: int, problem: str) -> None:
    assert was in GOOD
    with pytest.raises(AuctionError) as caught:
        parse(GOOD.replace(was, is_, 1), "small.yaml")
    assert problem in str(caught.value)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"small.yaml:{line}: ")


def test_a_block_of_text_is_counted_line_by_line() -> None:
    text = (
        GOOD
        + "  - id: three\n    by: bob\n    text: |\n      if after 5:\n          swap 1 A -> C\n"
    )
    with pytest.raises(AuctionError) as caught:
        parse(text)
    assert caught.value.line == text[: text.index("-> C")].count("\n") + 1


def test_a_crossed_book_is_no_book() -> None:
    text = (
        GOOD + '  - {id: x, by: eve, book: true, text: "swap 3 A -> B for at least 2 B in parts"}\n'
    )
    with pytest.raises(AuctionError, match="cross: no book does"):
        parse(text)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(AuctionError, match="cannot be read"):
        load(tmp_path / "nothing.yaml")
    for text in ("[]", "", "a: [", "\x00"):
        with pytest.raises(AuctionError):
            parse(text)
    (tmp_path / "some.yaml").write_text(GOOD)
    assert load(tmp_path / "some.yaml").name == "small"
