"""Every error of a text: which one, at what line and column, and what it suggests."""

import pytest

from boomerang.errors import AmbiguousName, Located, UnknownName
from boomerang.intents.language import (
    BadPath,
    BadTime,
    Directory,
    InexactAmount,
    InexactRate,
    IntentSyntaxError,
    LanguageError,
    LimitTwice,
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
    errors,
    parse,
)
from intents.language.names import ALICE, DIRECTORY

LONE = "0x" + "11" * 20
CHECKSUM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"
LEAST = "for at least 1 D"
SWAP = f"swap 500 A -> D {LEAST}"
ROUTE = f"route 500 A -> D via A -> D {LEAST}"

# The mark stands where the error must point to.
REFUSED = [
    # ---- no program at all
    ("§", IntentSyntaxError, None),
    ("§  \n", IntentSyntaxError, None),
    ("# nothing§", IntentSyntaxError, None),
    (f"§sell 500 A -> D {LEAST}", IntentSyntaxError, "swap"),
    (f"§swop 500 A -> D {LEAST}", IntentSyntaxError, "swap"),
    (f"swap 500 A §=> D {LEAST}", IntentSyntaxError, "->"),
    (f"swap 500 A §D {LEAST}", IntentSyntaxError, None),
    (f"swap §A -> D {LEAST}", IntentSyntaxError, None),
    (f"swap 1§,000 A -> D {LEAST}", IntentSyntaxError, None),
    (f"swap §.5 A -> D {LEAST}", IntentSyntaxError, None),
    (f"swap §5e18 A -> D {LEAST}", IntentSyntaxError, None),
    (f"swap §-5 A -> D {LEAST}", IntentSyntaxError, None),
    ("swap 5 A -> D at rate A/D §< 1000", IntentSyntaxError, "<="),
    ("swap 5 A -> D at rate A/D §= 1000", IntentSyntaxError, None),
    ("swap 5 A -> D at §least 5 D", IntentSyntaxError, None),
    (f"if kept(promise) §{SWAP}", IntentSyntaxError, None),
    (f"if §not kept(promise): {SWAP}", IntentSyntaxError, "reverted"),
    (f"if kept(promise) §or kept(deal.2): {SWAP}", IntentSyntaxError, None),
    (f"if kept(promise): do nothing\n§elif fresh: {SWAP}", IntentSyntaxError, "else if"),
    ("if kept(promise): do nothing\nelse §do nothing", IntentSyntaxError, None),
    ("if exists swap $D -> $A at rate $A/$D <= 1000\n    §swap 5 A -> D", IntentSyntaxError, None),
    ("if exists swap D -> A:\n\t§swop 500 A -> D", IntentSyntaxError, "swap"),
    (f"{SWAP} §{LEAST}", IntentSyntaxError, None),
    (f"{SWAP} §partial", IntentSyntaxError, "in parts"),
    (f"{SWAP} §until 5", IntentSyntaxError, "deadline"),
    (f"{SWAP}§é", IntentSyntaxError, None),
    (f"{SWAP} # a word: §\u202e", IntentSyntaxError, None),
    # ---- tokens and accounts
    (f"swap 5 §AA -> D {LEAST}", UnknownToken, "A"),
    (f"swap 5 §$usdc -> D {LEAST}", UnknownToken, "$USDC"),
    (f"swap 5 A -> §nothing-like-it {LEAST}", UnknownToken, None),
    (f"swap 5 §0x12 -> D {LEAST}", UnknownToken, None),
    (f"swap 5 §{CHECKSUM[:-1]} -> D {LEAST}", UnknownToken, None),
    (f"swap 5 units of §{CHECKSUM.replace('B', 'b')} -> D {LEAST}", UnknownToken, None),
    (f"swap 5 units of §0x{'00' * 20} -> D {LEAST}", UnknownToken, None),
    (f"swap 5 §{LONE} -> D {LEAST}", UnknownDecimals, None),
    (f"swap 5 A -> {LONE} for at least 1 §{LONE}", UnknownDecimals, None),
    (f"swap 5 units of §{LONE} -> D at rate D/{LONE} >= 1", UnknownDecimals, None),
    (f"if pool A/§{LONE} >= 990: do nothing else: {SWAP}", UnknownDecimals, None),
    (f"if pays 1% above 1 D up to 1 D to §bobb: {ROUTE}", UnknownAccount, "bob"),
    (f"if paid 1% above 1 D up to 1 D by §0x12: {ROUTE}", UnknownAccount, None),
    (f"if pays 1% above 1 D up to 1 D §by bob: {ROUTE}", IntentSyntaxError, None),
    # ---- numbers
    (f"swap §0.0000001 USDC -> D {LEAST}", InexactAmount, "0.000001"),
    (f"swap §1.0000015 USDC -> D {LEAST}", InexactAmount, "1.000002"),
    (f"swap §1.5 units of A -> D {LEAST}", InexactAmount, "2"),
    (f"swap §2.5 Whole -> D {LEAST}", InexactAmount, "3"),
    ("swap 5 A -> USDC for at least §1.0000001 USDC", InexactAmount, "1.000001"),
    (f"swap §99999999999999999999999 A -> D {LEAST}", NumberOutOfRange, None),
    (f"swap §{2**112} units of A -> D {LEAST}", NumberOutOfRange, None),
    (f"swap §{'1' * 401} A -> D {LEAST}", NumberOutOfRange, None),
    (f"swap §0 A -> D {LEAST}", NumberOutOfRange, None),
    ("swap 1 A -> D for at least §0 D", NumberOutOfRange, None),
    ("swap 500 A -> D at rate A/D <= §0", NumberOutOfRange, None),
    ("swap 500 A -> D at rate A/D <= 1/§0.0", NumberOutOfRange, None),
    ("swap 500 A -> D at rate §D/A >= 99999999999999999999", NumberOutOfRange, None),
    (f"if pool §A/D >= {10**40}: do nothing else: {SWAP}", NumberOutOfRange, None),
    (f"if pool §D/A <= 1/{10**40}: do nothing else: {SWAP}", NumberOutOfRange, None),
    (f"if pays §50.005% above 1 D up to 1 D to bob: {ROUTE}", InexactAmount, "50.01"),
    (f"if pays §101% above 1 D up to 1 D to bob: {ROUTE}", NumberOutOfRange, None),
    # ---- limits
    ("§swap 1 A -> D", MissingLimit, "for at least … D"),
    ("if kept(promise):\n    §swap 1 A -> $D", MissingLimit, "for at least … $D"),
    ("if exists swap D -> A: §swap 500 A -> D", MissingLimit, "for at least … D"),
    ("§route 500 A -> D via A -> D", MissingLimit, "for at least … D"),
    (f"if exists swap D -> A at rate A/D <= 1: swap 5 A -> D §{LEAST}", LimitTwice, None),
    ("if exists swap D -> A at rate A/D §>= 1000: swap 5 A -> D", WrongDirection, "<="),
    ("swap 500 A -> D at rate A/D §≥ 1000", WrongDirection, "<="),
    ("swap 500 A -> D at rate D/A §<= 0.001", WrongDirection, ">="),
    ("swap 500 A -> D at rate A/§B <= 1000", WrongToken, None),
    (f"swap 5 units of {LONE} -> D at rate §A/D >= 1", WrongToken, None),
    ("swap 500 A -> D at rate A/§A <= 1000", WrongToken, None),
    ("swap 1 A -> D for at least 1 §A", WrongToken, "D"),
    ("swap 1 A -> §A for at least 1 A", WrongToken, None),
    ("swap 500 A -> D at rate §A/D <= 999.9", InexactRate, "for at least 0.500050005000500051 D"),
    ("swap 500 A -> USDC at rate §A/USDC <= 3", InexactRate, "for at least 166.666667 USDC"),
    ("swap 1 units of A -> USDC at rate §USDC/A >= 1", InexactRate, "for at least 0.000001 USDC"),
    (
        "if exists swap D -> A at rate §A/D <= 3: swap 500 A -> D",
        InexactRate,
        "for at least 166.666666666666666667 D",
    ),
    # ---- guards
    ("if §exists swap A -> D at rate A/D <= 1: swap 5 A -> D", NotReverse, "exists swap D -> A"),
    ("if §exists swap B -> A at rate A/B <= 1: swap 5 A -> D", NotReverse, "exists swap D -> A"),
    (f"if §fresh: {SWAP}", MisplacedGuard, None),
    (f"if §pays 1% above 1 D up to 1 D to bob: {SWAP}", MisplacedGuard, None),
    (f"if kept(promise) and §fresh: do nothing else: {SWAP}", MisplacedGuard, None),
    (f"if §exists swap D -> A: do nothing else: {SWAP}", MisplacedGuard, None),
    (f"if §exists swap D -> A: {ROUTE}", MisplacedGuard, None),
    (f"if exists swap D -> A and §exists swap D -> A: {SWAP}", MisplacedGuard, None),
    (
        "if pays 1% above 1 D up to 1 D to bob and §pays 2% above 1 D up to 1 D to alice: " + ROUTE,
        MisplacedGuard,
        None,
    ),
    (f"if kept(promise) and §pool A/D >= 990: {ROUTE}", NeedsFresh, "fresh and …"),
    (f"if pays 1% above 1 §A up to 1 D to bob: {ROUTE}", WrongToken, "D"),
    (f"if paid 1% above 1 D up to 1 §A by bob: {ROUTE}", WrongToken, "D"),
    (f"if kept(§promis): {SWAP}", UnknownName, "promise"),
    (f"if reverted(§0x1a1b): {SWAP}", UnknownName, None),
    (f"if kept(§0x1): {SWAP}", AmbiguousName, None),
    (f"if kept(§0x{'1' * 51}): {SWAP}", IntentSyntaxError, None),
    (f"if reserve1/reserve0 of §0x12 >= 1: do nothing else: {SWAP}", IntentSyntaxError, None),
    # ---- times
    (f"if after §tomorrow: {SWAP}", IntentSyntaxError, None),
    (f"if after §2026-11-22: {SWAP}", BadTime, "2026-11-22T00:00:00Z"),
    (f"if after §2026-11-22 05:00Z: {SWAP}", BadTime, "2026-11-22T05:00:00Z"),
    (f"if after §2026-11-22T05:00:30: {SWAP}", BadTime, "2026-11-22T05:00:30Z"),
    (f"if after §2026-11-22T05:00+02:00: {SWAP}", BadTime, "2026-11-22T03:00:00Z"),
    (f"if after §0001-01-01T00:00+02:00: {SWAP}", BadTime, "2026-11-22T05:00:00Z"),
    (f"if after §11-22: {SWAP}", BadTime, "2026-11-22T05:00:00Z"),
    (f"if before §2026-13-22T05:00Z: {SWAP}", BadTime, None),
    (f"if before §1969-12-31T23:59Z: {SWAP}", BadTime, None),
    (f"if after §1.5: {SWAP}", NumberOutOfRange, None),
    (f"if after §{2**256}: {SWAP}", NumberOutOfRange, None),
    # ---- paths
    (f"§route 500 A -> D {LEAST}", BadPath, "via A -> D"),
    (f"route 500 A -> D via A -> §B {LEAST}", BadPath, "D"),
    (f"route 500 A -> D via A -> D or §B -> D {LEAST}", BadPath, "A"),
    (f"route 500 A -> D via A -> B -> §B -> D {LEAST}", BadPath, None),
    (f"route 5 A -> D via A -> B -> C -> USDC -> Whole -> if -> §D {LEAST}", TooMany, None),
    (f"route 5 A -> D via {'A -> D or ' * 4}§A -> D {LEAST}", TooMany, None),
    # ---- programs
    (f"{SWAP}\n§else:\n  do nothing", Unreachable, None),
    (f"if kept(promise): do nothing else: {SWAP} nonce 3\n §else: do nothing", Unreachable, None),
    (f"if kept(promise): do nothing\nelse: do nothing\n§else if fresh: {ROUTE}", Unreachable, None),
    (f"{SWAP} whole §in parts", OptionTwice, None),
    (f"{SWAP} whole, §whole", OptionTwice, None),
    (f"{SWAP} nonce 1 §nonce 1", OptionTwice, None),
    (f"if kept(promise): {SWAP} deadline 5\nelse: do nothing §deadline 6", OptionTwice, None),
    (f"{SWAP} nonce §1.5", NumberOutOfRange, None),
    (f"{SWAP} nonce §{2**256}", NumberOutOfRange, None),
    (f"{SWAP} deadline §2026-11-22", BadTime, "2026-11-22T00:00:00Z"),
    ("§do nothing", SellsNothing, None),
    ("§if kept(promise): do nothing", SellsNothing, None),
    (f"if kept(promise): {SWAP}\nelse: swap §400 A -> D {LEAST}", SellsDiffer, "500 A"),
    (f"if kept(promise): {SWAP}\nelse: swap §500 B -> D {LEAST}", SellsDiffer, "500 A"),
    (
        f"if kept(promise): swap 5 units of {LONE} -> D {LEAST}\nelse: {SWAP}".replace(
            "500", "§500"
        ),
        SellsDiffer,
        f"5 units of {LONE}",
    ),
    (f"if {'kept(promise) and ' * 8}§kept(promise): {SWAP}", TooMany, None),
    (f"{f'if kept(promise): {SWAP} else ' * 7}if fresh: {ROUTE}\n§else: {SWAP}", TooMany, None),
    (
        f"{'if kept(promise): do nothing else ' * 8}if fresh: {ROUTE} §else if fresh: {ROUTE}",
        TooMany,
        None,
    ),
]


@pytest.mark.parametrize(("marked", "kind", "suggestion"), REFUSED, ids=range(len(REFUSED)))
def test_refused(marked: str, kind: type[Located], suggestion: str | None) -> None:
    before, _, after = marked.partition("§")
    with pytest.raises(kind) as caught:
        parse(before + after, DIRECTORY, ALICE)
    error = caught.value
    assert type(error) is kind
    assert (error.line, error.column) == (
        before.count("\n") + 1,
        len(before.rpartition("\n")[2]) + 1,
    )
    assert error.suggestion == suggestion
    message, *excerpt = str(error).split("\n")
    assert message.startswith(f"line {error.line}, column {error.column}: ")
    # The caret stands below the place.
    shown, caret = excerpt
    assert shown[caret.index("^") :].startswith(after.split("\n")[0][:9].rstrip("é\u202e"))
    assert error.exit_code == 2


def test_every_error_of_the_language_is_met() -> None:
    known = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, LanguageError)
    }
    met = {kind for _, kind, _ in REFUSED}
    assert known - met == {LanguageError, UnknownPool}


def test_a_pool_needs_a_factory_or_a_pair() -> None:
    bare = Directory(DIRECTORY.tokens)
    with pytest.raises(UnknownPool, match="no factory") as caught:
        parse(f"if pool A/D >= 990: do nothing else: {SWAP}", bare, ALICE)
    assert (caught.value.line, caught.value.column) == (1, 9)


def test_what_could_stand_there_is_listed() -> None:
    with pytest.raises(IntentSyntaxError, match="expected '->'") as caught:
        parse("swap 5 A", DIRECTORY, ALICE)
    assert caught.value.expected == ("'->'",)
    with pytest.raises(IntentSyntaxError, match="'if', 'route' or 'swap'") as caught:
        parse("", DIRECTORY, ALICE)
    assert caught.value.expected == ("'do'", "'if'", "'route'", "'swap'")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("swap 1.0000015 USDC -> D for at least 1 D", ("1.000001", "1.000002")),
        ("swap 0.0000001 USDC -> D for at least 1 D", ("0.000001",)),
        (f"swap {2**112 - 2}.5 units of A -> D {LEAST}", (f"{2**112 - 2}", f"{2**112 - 1}")),
    ],
)
def test_the_nearest_exact_amounts_are_named_and_parse(text: str, nearest: tuple[str, ...]) -> None:
    with pytest.raises(InexactAmount) as caught:
        parse(text, DIRECTORY, ALICE)
    assert caught.value.nearest == nearest
    for exact in nearest:
        parse(text.replace(text.split(" ")[1], exact), DIRECTORY, ALICE)


def test_the_least_that_an_inexact_rate_suggests_parses_and_is_no_worse() -> None:
    with pytest.raises(InexactRate) as caught:
        parse("swap 500 A -> USDC at rate A/USDC <= 3", DIRECTORY, ALICE)
    intent = parse(f"swap 500 A -> USDC {caught.value.suggestion}", DIRECTORY, ALICE)
    least = intent.branches[0].least
    assert (least - 1) * 3 < 500 * 10**6 <= least * 3


def test_fresh_where_it_is_suggested_helps() -> None:
    parse(f"if fresh and pool A/D >= 990: {ROUTE}", DIRECTORY, ALICE)
