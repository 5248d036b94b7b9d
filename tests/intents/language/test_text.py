"""What each construct of a text becomes, to the last unit."""

import subprocess
import sys
from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from boomerang.errors import InvalidInput
from boomerang.intents.language import (
    Directory,
    NotCanonical,
    Token,
    check_canonical,
    format,  # noqa: A004
    parse,
)
from boomerang.intents.message import (
    MAX_AMOUNT,
    NO_DEADLINE,
    NOTHING,
    Branch,
    Guard,
    GuardKind,
    Intent,
    IntentDomain,
)
from intents.language.names import (
    ALICE,
    BOB,
    DEEP,
    DIRECTORY,
    FINE,
    OTHER,
    PROMISE,
    SNIPPET,
    UNKNOWN,
    USDC,
    WHOLE,
    A,
    B,
    C,
    D,
    at,
)

K = GuardKind
EXISTS, FRESH = Guard(K.EXISTS), Guard(K.FRESH)
KEPT = Guard(K.KEPT, PROMISE.ljust(32, b"\0"))
ONE = 10**18
SOLD = Intent(ALICE, A.address, 500 * ONE, (Branch(D.address, ONE // 2, (EXISTS,)),))
"""The snippet."""


def read(text: str) -> Intent:
    return parse(text, DIRECTORY, ALICE)


# -------------------------------------------------------------------------------- the snippet


@pytest.mark.parametrize("dollar", ["$", ""])
@pytest.mark.parametrize("sign", ["<=", "≤"])
def test_the_source_documents_snippet(dollar: str, sign: str) -> None:
    text = SNIPPET.replace("$", dollar).replace("<=", sign)
    assert read(text) == SOLD
    assert format(read(text), DIRECTORY) == SNIPPET


def test_its_hash_is_what_wallets_sign() -> None:
    domain = IntentDomain(1, at(0x5E))
    intent = read(SNIPPET)
    signable = encode_typed_data(full_message=domain.typed_data(intent))
    expected = keccak(b"\x19\x01" + signable.header + signable.body)
    assert intent.hash(domain) == expected


def test_the_auction_files_program() -> None:
    text = """\
if exists swap $D -> $A at rate $A/$D <= 1000:
    swap 500 $A -> $D
else:
    route 500 $A -> $D via A -> B -> D or A -> C -> D for at least 0.49 $D
"""
    paths = ((A.address, B.address, D.address), (A.address, C.address, D.address))
    route = Branch(D.address, 49 * ONE // 100, (), paths)
    assert read(text) == replace(SOLD, branches=(*SOLD.branches, route))
    counter = read("swap 0.6 $D -> $A at rate $A/$D >= 990 in parts")
    direct = Branch(A.address, 594 * ONE)
    assert counter == Intent(ALICE, D.address, 6 * ONE // 10, (direct,), whole=False)


# ----------------------------------------------------------------------------------- programs


def test_defaults_and_options() -> None:
    text = "swap 500 $A -> $D for at least 0.5 $D"
    plain = read(text)
    assert (plain.whole, plain.nonce, plain.deadline) == (True, 0, NO_DEADLINE)
    assert parse(text, DIRECTORY, ALICE, nonce=7, deadline=9) == replace(plain, nonce=7, deadline=9)
    said = replace(plain, whole=False, nonce=3, deadline=1_800_000_000)
    options = ("in parts", "deadline 2027-01-15T08:00:00Z", "nonce 3")
    for joint in (" ", "\n", ", "):
        for order in (options, options[::-1]):
            assert read(joint.join([text, *order])) == said
    own = parse(" ".join([text, *options]), DIRECTORY, ALICE, nonce=7, deadline=9)
    assert own == said, "what the text says wins"
    assert format(said, DIRECTORY).endswith(" in parts deadline 2027-01-15T08:00:00Z nonce 3")
    assert read(f"{text} whole") == plain
    zero = parse(f"{text} nonce 0 deadline 0", DIRECTORY, ALICE, nonce=7, deadline=9)
    assert zero == replace(plain, deadline=0)


def test_options_may_stand_behind_any_action_and_are_written_at_the_end() -> None:
    first = SNIPPET.replace("swap 500 $A -> $D", "swap 500 $A -> $D in parts nonce 5")
    last = f"{SNIPPET}\nin parts\nnonce 5"
    assert read(first) == read(last) == replace(SOLD, whole=False, nonce=5)
    assert format(read(first), DIRECTORY) == last


def test_a_program_ends_with_doing_nothing_anyhow() -> None:
    assert read(SNIPPET.split("else")[0]) == SOLD


@pytest.mark.parametrize("otherwise", ["else if", "else: if", "else:\n\n    IF", "ELSE :\nif"])
def test_else_if_and_an_if_in_an_else_are_one(otherwise: str) -> None:
    text = f"""\
if kept(promise): do nothing
{otherwise} exists swap D -> A at rate A/D <= 1000: swap 500 A -> D
else: do nothing"""
    idle = Branch(guards=(KEPT,))
    assert read(text) == replace(SOLD, branches=(idle, *SOLD.branches))


def test_white_space_comments_and_capitals_mean_nothing() -> None:
    text = "# mine\nIF\tExists swap D->A AT rate A/D<=1000 : # yes?\r\n Swap 500A->D\n"
    text = text.replace("500A", "500 A")
    assert read(text) == SOLD


def test_eight_branches_and_a_last_one_that_does_nothing() -> None:
    text = "if kept(promise): do nothing else " * 7 + "if fresh: route 1 A -> B via A -> B "
    text += "for at least 1 B else: do nothing"
    assert len(read(text).branches) == 8


# ------------------------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("swap", "limit", "least"),
    [
        ("500 $A -> $D", "at rate $A/$D <= 1000", ONE // 2),
        ("500 $A -> $D", "at rate $D/$A >= 0.001", ONE // 2),
        ("500 $A -> $D", "at rate $D/$A >= 1/1000", ONE // 2),
        ("500 $A -> $D", "at rate $A/$D <= 3000/3", ONE // 2),
        ("500 $A -> $D", "for at least 0.5 $D", ONE // 2),
        ("500 $A -> $D", "for at least 500000000000000000 units of $D", ONE // 2),
        ("0.6 $D -> $A", "at rate $A/$D >= 990", 594 * ONE),
        ("0.6 D -> A", "at rate D/A <= 1/990", 594 * ONE),
        ("2.5 USDC -> A", "at rate USDC/A <= 2500", ONE // 1000),
        ("1 A -> USDC", "at rate USDC/A >= 0.000001", 1),
        ("3 Whole -> USDC", "at rate USDC/Whole >= 0.5", 1_500_000),
        ("3 units of A -> B", "at rate B/A >= 5", 15),
        ("1 A -> fine-24.x", "at rate fine-24.x/A >= 0.000000000000000000000001", 1),
        (f"3 units of $if -> {'0x' + '11' * 20}", f"for at least 4 units of 0x{'11' * 20}", 4),
        (f"0.{'0' * 254}3 $if -> A", "for at least 4 units of A", 4),
    ],
)
def test_limits(swap: str, limit: str, least: int) -> None:
    for text in (
        f"swap {swap} {limit}",
        f"if kept(promise): swap {swap} {limit}",
        f"route {swap} via {swap.split(' ')[-3]} -> {swap.split(' ')[-1]} {limit}",
        f"route {swap} {limit} via {swap.split(' ')[-3]} -> {swap.split(' ')[-1]}",
    ):
        intent = read(text)
        assert intent.branches[0].least == least
        assert parse(format(intent, DIRECTORY), DIRECTORY, ALICE) == intent


def test_the_limit_of_an_exists_may_stand_at_its_swap() -> None:
    assert read("if exists swap D -> A: swap 500 A -> D for at least 0.5 D") == SOLD
    assert read("if exists swap D -> A: swap 500 A -> D at rate A/D <= 1000") == SOLD


@pytest.mark.parametrize(
    ("amount", "least", "limit"),
    [
        (500 * ONE, ONE // 2, "at rate $A/$D <= 1000"),
        (ONE, 990 * ONE, "at rate $D/$A >= 990"),
        (ONE, ONE, "at rate $D/$A >= 1"),
        (ONE, 5 * ONE // 2, "at rate $D/$A >= 2.5"),
        (10 * ONE, 3 * ONE, "at rate $D/$A >= 0.3"),  # 10/3 has no end
        (3 * ONE, ONE, "at rate $A/$D <= 3"),
        (3 * ONE, 7 * ONE, "for at least 7 $D"),  # neither has
        (3, MAX_AMOUNT, "for at least 5192296858534827.628530496329220095 $D"),
        (2**25, 1, "at rate $A/$D <= 33554432"),
        (2**100, 1, "for at least 0.000000000000000001 $D"),  # a rate of 31 digits
    ],
)
def test_a_swap_is_written_with_a_rate_where_that_is_short(
    amount: int, least: int, limit: str
) -> None:
    intent = Intent(ALICE, A.address, amount, (Branch(D.address, least),))
    text = format(intent, DIRECTORY)
    assert text.endswith(f" -> $D {limit}")
    assert read(text) == intent
    inside = replace(intent, branches=(Branch(D.address, least, (EXISTS,)),))
    text = format(inside, DIRECTORY)
    assert (f"exists swap $D -> $A {limit}:" in text) == limit.startswith("at rate")
    assert read(text) == inside


# ------------------------------------------------------------------------------------- guards


def share(kind: GuardKind, bps: int, partner: bytes, baseline: int, most: int) -> Guard:
    return Guard(kind, bps.to_bytes(12, "big") + partner, baseline << 112 | most)


def pool(kind: GuardKind, pair: bytes, numerator: int, denominator: int) -> Guard:
    return Guard(kind, bytes(12) + pair, numerator << 128 | denominator)


AD, A_USDC = DIRECTORY.pair(A, D), at(0xAC)


@pytest.mark.parametrize(
    ("text", "guard"),
    [
        ("kept(promise)", KEPT),
        ("Kept ( 0x1A1a… )", KEPT),
        ("kept(0x1a1a...)", KEPT),
        ("reverted(deal.2)", Guard(K.REVERTED, OTHER.ljust(32, b"\0"))),
        (f"reverted(0x{'07' * 25})", Guard(K.REVERTED, b"\x07" * 25 + bytes(7))),
        ("after 1800000000", Guard(K.AFTER, limit=1_800_000_000)),
        ("before 2027-01-15T08:00Z", Guard(K.BEFORE, limit=1_800_000_000)),
        ("before 2027-01-15t08:00:01z", Guard(K.BEFORE, limit=1_800_000_001)),
        ("after 1970-01-01T00:00:00+00:00", Guard(K.AFTER)),
        ("before 9999-12-31T23:59:59Z", Guard(K.BEFORE, limit=253_402_300_799)),
        ("before 253402300800", Guard(K.BEFORE, limit=253_402_300_800)),
        (f"after {2**256 - 1}", Guard(K.AFTER, limit=2**256 - 1)),
        # D is the first of the pair, A the second: A per D is reserve1 / reserve0.
        ("pool $A/$D >= 990", pool(K.POOL_AT_LEAST, AD, 990, 1)),
        ("pool A/D ≤ 990.5", pool(K.POOL_AT_MOST, AD, 1981, 2)),
        ("pool D/A <= 1/990", pool(K.POOL_AT_LEAST, AD, 990, 1)),
        ("pool D/A >= 0.001", pool(K.POOL_AT_MOST, AD, 1000, 1)),
        ("pool D/A >= 14/6", pool(K.POOL_AT_MOST, AD, 3, 7)),
        # A is the first, USDC the second, with 12 decimals less.
        ("pool USDC/A >= 2500", pool(K.POOL_AT_LEAST, A_USDC, 2500, 10**12)),
        ("pool A/USDC >= 0.5", pool(K.POOL_AT_MOST, A_USDC, 2, 10**12)),
        (f"reserve1/reserve0 of 0x{'AC' * 20} >= 2/6", pool(K.POOL_AT_LEAST, A_USDC, 1, 3)),
        (f"reserve1 / reserve0 of 0x{'ac' * 20} <= 1.5", pool(K.POOL_AT_MOST, A_USDC, 3, 2)),
    ],
)
def test_guards(text: str, guard: Guard) -> None:
    if guard.limit % 2**128 == 10**12:
        guard = pool(guard.kind, guard.account, *divided(*guard.ratio))
    for program in (f"if {text}: do nothing", f"if {text} and kept(promise): do nothing"):
        intent = read(f"{program} else: swap 5 A -> B for at least 1 B")
        assert intent.branches[0].guards[0] == guard
        assert parse(format(intent, DIRECTORY), DIRECTORY, ALICE) == intent


def divided(numerator: int, denominator: int) -> tuple[int, int]:
    """In lowest terms, for ratios of powers of ten."""
    for prime in (2, 5):
        while numerator % prime == denominator % prime == 0:
            numerator, denominator = numerator // prime, denominator // prime
    return numerator, denominator


@pytest.mark.parametrize(
    ("text", "guard"),
    [
        ("fresh", FRESH),
        (
            "pays 50% above 0.95592 $D up to 0.01 $D to bob",
            share(K.PAYS, 5000, BOB, 95592 * 10**13, 10**16),
        ),
        (
            f"paid 0.01 % above 0 D up to 7 units of D by 0x{'07' * 20}",
            share(K.PAID, 1, at(7), 0, 7),
        ),
        ("pays 100.00% above 1 D up to 1 D to alice", share(K.PAYS, 10_000, ALICE, ONE, ONE)),
    ],
)
def test_guards_of_routes(text: str, guard: Guard) -> None:
    intent = read(f"if {text}: route 500 A -> D via A -> D for at least 0.5 D")
    assert intent.branches[0].guards == (guard,)
    assert parse(format(intent, DIRECTORY), DIRECTORY, ALICE) == intent


@pytest.mark.parametrize("calm", ["fresh", "pays 5% above 1 D up to 1 D to bob"])
def test_a_route_on_a_pools_rate_is_fresh_by_one_guard_or_the_other(calm: str) -> None:
    route = "route 500 A -> D via A -> D for at least 0.5 D"
    guards = read(f"if pool A/D >= 990 and {calm}: {route}").branches[0].guards
    assert [guard.kind for guard in guards[:1]] == [K.POOL_AT_LEAST]


def test_a_ratio_that_is_no_decimal_either_way_is_written_as_a_fraction() -> None:
    guard = pool(K.POOL_AT_LEAST, AD, 3, 7)
    intent = replace(SOLD, branches=(Branch(D.address, 1, (guard,)),))
    text = format(intent, DIRECTORY)
    assert text.startswith("if pool $D/$A <= 7/3:")
    assert read(text) == intent


# ----------------------------------------------------------- what the directory does not know


def test_what_has_no_name_is_written_as_addresses_and_units() -> None:
    lone, stranger = UNKNOWN[0], at(0x07)
    guards = (
        Guard(K.KEPT, b"\x09" * 25 + bytes(7)),
        pool(K.POOL_AT_MOST, at(0x99), 10, 3),
        share(K.PAYS, 1, stranger, 5, 6),
    )
    route = Branch(lone, 12, guards, ((A.address, UNKNOWN[1], lone),))
    intent = replace(SOLD, branches=(route,))
    text = format(intent, DIRECTORY)
    address, other = "0x" + "11" * 20, "0x" + "99" * 20
    assert text == (
        f"if kept(0x{'09' * 25}) and reserve1/reserve0 of {other} <= 10/3 and pays 0.01% above "
        f"5 units of {address} up to 6 units of {address} to 0x{'07' * 20}:\n"
        f"    route 500 $A -> {address} via $A -> {other} -> {address} for at least 12 units of "
        f"{address}\nelse:\n    do nothing"
    )
    assert read(text) == intent
    bare = Directory()
    assert parse(format(intent, bare), bare, ALICE) == intent


@pytest.mark.parametrize("token", [USDC, WHOLE, FINE, DEEP])
def test_all_decimals_there_are(token: object) -> None:
    assert isinstance(token, type(USDC))
    for amount in (1, 10**20, MAX_AMOUNT):
        intent = Intent(ALICE, token.address, amount, (Branch(A.address, MAX_AMOUNT),))
        assert read(format(intent, DIRECTORY)) == intent


# ------------------------------------------------------------------------------------ no text

ROUTE = Branch(D.address, 1, (FRESH,), ((A.address, D.address),))


@pytest.mark.parametrize(
    ("branches", "why"),
    [
        ((*SOLD.branches, Branch()), r"branches\[1\]: a program ends with doing nothing anyhow"),
        ((Branch(D.address, 1), *SOLD.branches), r"branches\[0\]: without guards it takes all"),
        ((Branch(guards=(KEPT,)),), "none sells anything"),
        ((Branch(NOTHING, 1, (KEPT,)), *SOLD.branches), "no least and no paths"),
        ((Branch(guards=(KEPT,), paths=((A.address,),)), ROUTE), "no least and no paths"),
        ((Branch(D.address, 0),), r"branches\[0\].least"),
        ((Branch(A.address, 1),), r"branches\[0\].buy: is what is sold"),
        ((replace(ROUTE, paths=ROUTE.paths * 5),), "5; at most 4"),
        ((replace(ROUTE, paths=((A.address,),)),), "1 tokens; 2 to 6"),
        ((replace(ROUTE, paths=((A.address, *map(at, range(1, 6)), D.address),)),), "7 tokens"),
        ((replace(ROUTE, paths=((D.address, A.address),)),), r"paths\[0\]: does not lead"),
        ((replace(ROUTE, paths=((A.address, NOTHING, D.address),)),), "the zero address"),
        ((replace(ROUTE, paths=((A.address, at(1), at(1), D.address),)),), "a token twice"),
        ((replace(ROUTE, guards=(FRESH,) * 9),), "9; at most 8"),
        ((replace(ROUTE, guards=(EXISTS,)),), r"guards\[0\]: `exists` stands only on direct"),
        ((Branch(guards=(EXISTS,)), ROUTE), "`exists` stands only on direct"),
        ((Branch(D.address, 1, (FRESH,)),), "fresh stands only on routes"),
        ((Branch(D.address, 1, (EXISTS, EXISTS)),), "more than one `exists`"),
        ((replace(ROUTE, guards=(share(K.PAYS, 1, BOB, 1, 1),) * 2),), "more than one `pays`"),
        ((replace(ROUTE, guards=(pool(K.POOL_AT_LEAST, AD, 1, 2),)),), "needs `fresh`"),
        ((replace(ROUTE, guards=(share(K.PAID, 10_001, BOB, 1, 1),)),), "10001 basis points"),
        ((replace(ROUTE, guards=(share(K.PAYS, 1, BOB, 2**112, 1),)),), "baseline must fit"),
        ((replace(ROUTE, guards=(Guard(K.FRESH, limit=1),)),), "limit must be zero"),
        ((replace(ROUTE, guards=(Guard(K.FRESH, b"\1" * 32),)),), "subject must be zero"),
        ((Branch(D.address, 1, (Guard(K.KEPT, b"\1" * 26 + bytes(6)),)),), "25 bytes and zeros"),
        ((Branch(D.address, 1, (Guard(K.REVERTED, limit=1),)),), "limit must be zero"),
        ((Branch(D.address, 1, (Guard(K.AFTER, b"\1" * 32),)),), "subject of a time"),
        ((Branch(D.address, 1, (Guard(K.POOL_AT_MOST, b"\1" * 32, 1 << 128 | 1),)),), "an address"),
        ((Branch(D.address, 1, (pool(K.POOL_AT_MOST, AD, 2, 4),)),), "lowest terms"),
        ((Branch(D.address, 1, (pool(K.POOL_AT_MOST, AD, 0, 1),)),), "positive"),
        ((Branch(D.address, 1, (pool(K.POOL_AT_MOST, AD, 1, 0),)),), "positive"),
    ],
)
def test_messages_without_a_text(branches: tuple[Branch, ...], why: str) -> None:
    intent = replace(SOLD, branches=branches)
    with pytest.raises(NotCanonical, match=why):
        format(intent, DIRECTORY)
    with pytest.raises(NotCanonical, match=why):
        check_canonical(intent)


def test_the_zero_address_is_not_sold() -> None:
    with pytest.raises(NotCanonical, match="sell"):
        format(replace(SOLD, sell=NOTHING), DIRECTORY)


def test_arguments_out_of_range_are_the_callers_mistake() -> None:
    with pytest.raises(InvalidInput, match="maker"):
        parse(SNIPPET, DIRECTORY, b"")
    with pytest.raises(InvalidInput, match="nonce"):
        parse(SNIPPET, DIRECTORY, ALICE, nonce=-1)


def test_a_token_named_like_a_keyword_needs_no_dollar() -> None:
    named = Directory((Token("swap", at(1), 0), Token("at", at(2), 0), Token("units", at(3), 0)))
    text = "if pool at/swap >= 2: do nothing else: swap 5 swap -> at at rate at/swap >= 2"
    expected = text.replace("at/", "$at/").replace("/swap", "/$swap")
    factory = Directory(named.tokens, pairs={(at(1), at(2)): at(9)})
    intent = parse(text, factory, ALICE)
    assert intent == parse(expected.replace("-> at", "-> $at"), factory, ALICE)
    assert parse(format(intent, factory), factory, ALICE) == intent
    # Only `units`, behind a number, is the word, unless a dollar says that it is the token.
    counted = parse("swap 5 $units -> at for at least 3 units of at", named, ALICE)
    assert (counted.sell, counted.branches[0].least) == (at(3), 3)
    assert parse(format(counted, named), named, ALICE) == counted


def test_the_language_imports_no_chain() -> None:
    """It must be usable where neither ape nor web3 nor an EVM is installed."""
    script = (
        "import sys\n"
        "import boomerang.intents.language as language\n"
        "assert language.json_schema()\n"
        "tops = {name.partition('.')[0] for name in sys.modules}\n"
        "chains = {'ape', 'web3', 'pyrevm', 'eth_tester', 'eth', 'requests', 'aiohttp'}\n"
        "print(sorted(tops & chains))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
