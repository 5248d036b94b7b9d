"""What members of groups seal: text, tree and bytes, there and back; and all that is no package."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang.decisions import (
    MAX_ATOMS,
    MAX_PACKAGE_BYTES,
    MAX_PREFERENCES,
    MAX_WEIGHT,
    MIN_WEIGHT,
    And,
    AtLeast,
    Constant,
    Expression,
    Kept,
    Names,
    Not,
    Or,
    Package,
    Preference,
    Sealed,
    all_of,
    atoms,
    decision_of,
    decode,
    decode_sealed,
    encode,
    encode_sealed,
    format_sealed,
    parse,
    parse_expression,
    parse_sealed,
    preferences_of,
    sealed_atoms,
    well_formed,
)
from boomerang.errors import (
    BoomerangError,
    DecisionSyntaxError,
    DecisionTooLarge,
    InvalidInput,
    MalformedDecision,
    UnknownName,
)

A, B, C = (bytes([n]) * 25 for n in (0xA1, 0xB2, 0xC3))
NAMES = Names({"a": A, "b": B, "c": C, "prefer": bytes(25), "if": b"\1" * 25})

TEXT = "keep if kept(b) prefer 5 if kept(a), -3 if kept(b) and not kept(a)"
TREE = Package(Kept(B), (Preference(5, Kept(A)), Preference(-3, And(Kept(B), Not(Kept(A))))))


def nodes(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    lists = st.lists(children, min_size=1, max_size=4).flatmap(
        lambda operands: st.integers(1, len(operands)).map(
            lambda count: AtLeast(count, tuple(operands))
        )
    )
    return st.one_of(
        children.map(Not),
        st.builds(And, children, children),
        st.builds(Or, children, children),
        lists,
    )


EXPRESSIONS = st.recursive(
    st.one_of(st.booleans().map(Constant), st.sampled_from((A, B, C, b"\7" * 25)).map(Kept)),
    nodes,
    max_leaves=5,
)
WEIGHTS = st.one_of(
    st.integers(-9, 9),
    st.integers(MIN_WEIGHT, MAX_WEIGHT),
    st.sampled_from((MIN_WEIGHT, MAX_WEIGHT)),
)
PREFERENCES = st.lists(st.builds(Preference, WEIGHTS, EXPRESSIONS), min_size=1, max_size=8)
SEALED: st.SearchStrategy[Sealed] = st.one_of(
    EXPRESSIONS, st.builds(Package, EXPRESSIONS, PREFERENCES.map(tuple))
)


# ------------------------------------------------------------------ there and back


@given(SEALED, st.booleans())
@settings(max_examples=500, deadline=None)
def test_text_gives_the_tree_back(sealed: Sealed, named: bool) -> None:
    names = NAMES if named else None
    assert parse_sealed(format_sealed(sealed, names), names) == sealed


@given(SEALED)
@settings(max_examples=500, deadline=None)
def test_bytes_give_the_tree_back(sealed: Sealed) -> None:
    try:
        data = encode_sealed(sealed)
    except DecisionTooLarge as error:
        assert error.what in ("atoms", "bytes")  # noqa: PT017
        return
    assert decode_sealed(data) == sealed
    assert len(data) <= MAX_PACKAGE_BYTES
    assert len(sealed_atoms(data)) <= MAX_ATOMS


@given(st.binary(max_size=80), st.booleans())
@settings(max_examples=1000, deadline=None)
def test_any_bytes_are_refused_by_name_or_are_the_only_ones_of_their_tree(
    data: bytes, marked: bool
) -> None:
    data = b"\7" + data if marked else data
    try:
        sealed = decode_sealed(data)
    except MalformedDecision as error:
        assert 0 <= error.offset <= len(data)  # noqa: PT017
        return
    assert encode_sealed(sealed) == data


@given(st.builds(Package, EXPRESSIONS, PREFERENCES.map(tuple)), st.data())
@settings(max_examples=1000, deadline=None)
def test_a_spoiled_package_is_refused_by_name_or_is_another(
    package: Package, draw: st.DataObject
) -> None:
    try:
        data = bytearray(encode_sealed(package))
    except DecisionTooLarge:
        return
    place = draw.draw(st.integers(0, len(data) - 1))
    if draw.draw(st.booleans()):
        data[place] ^= draw.draw(st.integers(1, 255))
    else:
        del data[place:]
    try:
        sealed = decode_sealed(bytes(data))
    except MalformedDecision as error:
        assert 0 <= error.offset <= len(data)  # noqa: PT017
        return
    assert encode_sealed(sealed) == bytes(data)
    assert sealed != package


@given(st.text(max_size=60), st.sampled_from(("", "keep prefer ", "keep prefer 5 if ", TEXT)))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused_by_name(text: str, before: str) -> None:
    try:
        parse_sealed(before + text, NAMES)
    except BoomerangError as error:
        assert error.exit_code == 2  # noqa: PT017


# ------------------------------------------------------------------ the text


def test_example_of_the_protocol() -> None:
    assert parse_sealed(TEXT, NAMES) == TREE
    assert format_sealed(TREE, NAMES) == TEXT
    assert decision_of(TREE) == Kept(B)
    assert [p.weight for p in preferences_of(TREE)] == [5, -3]


@pytest.mark.parametrize("text", ["keep", "revert", "keep if kept(a)", "revert if kept(a)"])
def test_a_decision_without_preferences_is_that_decision(text: str) -> None:
    sealed = parse_sealed(text, NAMES)
    assert sealed == parse(text, NAMES)
    assert not isinstance(sealed, Package)
    assert encode_sealed(sealed) == encode(sealed)
    assert preferences_of(sealed) == ()
    assert format_sealed(sealed, NAMES) == text


@pytest.mark.parametrize(
    ("text", "weights", "last"),
    [
        ("keep prefer 5 if at least 1 of kept(a), kept(b), -3 if kept(c)", [5, -3], "kept(c)"),
        ("keep prefer 5 if at least 1 of kept(a) ,\n+3 if kept(c)", [5, 3], "kept(c)"),
        ("keep if at least 1 of kept(a), kept(b) prefer 0 if true", [0], "true"),
        ("KEEP PREFER 007 IF TRUE", [7], "true"),
        ("keep prefer 1 if kept(prefer) or kept(if)", [1], "kept(prefer) or kept(if)"),
    ],
)
def test_a_comma_before_a_number_ends_a_list(text: str, weights: list[int], last: str) -> None:
    sealed = parse_sealed(text, NAMES)
    assert [p.weight for p in preferences_of(sealed)] == weights
    assert preferences_of(sealed)[-1].expression == parse_expression(last, NAMES)


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("keep prefer", 12, "a weight"),
        ("keep prefer 5", 14, "'if'"),
        ("keep prefer 5 if kept(a),", 25, "a comma and a weight"),
        ("keep prefer 5 if kept(a), kept(b)", 25, "a comma and a weight"),
        ("keep prefer five if kept(a)", 13, "a weight"),
        ("keep prefer 5.5 if kept(a)", 13, "a weight"),
        ("keep prefer - 5 if kept(a)", 13, "a weight"),
        ("prefer 5 if kept(a)", 1, "'keep'"),
        ("keep prefer 5 if kept(a) prefer 6 if kept(b)", 26, "the end"),
    ],
)
def test_syntax_errors_say_where_and_what(text: str, column: int, expected: str) -> None:
    with pytest.raises(DecisionSyntaxError) as caught:
        parse_sealed(text, NAMES)
    assert caught.value.column == column
    assert expected in caught.value.expected


def test_a_misspelt_keyword_is_suggested() -> None:
    with pytest.raises(DecisionSyntaxError) as caught:
        parse_sealed("keep if kept(a) prefers 5 if kept(b)", NAMES)
    assert caught.value.suggestion == "prefer"


@pytest.mark.parametrize(
    ("weight", "fits"),
    [
        (MAX_WEIGHT, True),
        (MIN_WEIGHT, True),
        (MAX_WEIGHT + 1, False),
        (MIN_WEIGHT - 1, False),
        ("9" * 5000, False),
        ("-" + "9" * 5000, False),
        ("0" * 5000 + "7", True),
    ],
    ids=lambda value: str(value)[:24],
)
def test_weights_are_of_64_bits(weight: int | str, fits: bool) -> None:
    text = f"keep prefer {weight} if true"
    if fits:
        assert preferences_of(parse_sealed(text))
    else:
        with pytest.raises(DecisionSyntaxError, match="weight"):
            parse_sealed(text)


def test_at_most_eight_preferences() -> None:
    listed = ", ".join(["1 if true"] * MAX_PREFERENCES)
    assert len(preferences_of(parse_sealed(f"keep prefer {listed}"))) == MAX_PREFERENCES
    with pytest.raises(DecisionSyntaxError, match="9 preferences; at most 8"):
        parse_sealed(f"keep prefer {listed}, 1 if true")


def test_names_are_looked_up_in_preferences() -> None:
    with pytest.raises(UnknownName) as caught:
        parse_sealed("keep prefer 5 if kept(x)", NAMES)
    assert caught.value.column == 23


@pytest.mark.parametrize("text", [TEXT, "keep prefer 1 if true"])
def test_where_a_decision_is_asked_for_a_package_is_none(text: str) -> None:
    with pytest.raises(DecisionSyntaxError):
        parse(text, NAMES)
    data = encode_sealed(parse_sealed(text, NAMES))
    assert not well_formed(data)
    with pytest.raises(MalformedDecision):
        decode(data)
    with pytest.raises(MalformedDecision):
        atoms(data)


# ------------------------------------------------------------------ the bytes


def test_bytes_of_the_example() -> None:
    atom_a, atom_b = b"\6" + A, b"\6" + B
    second = atom_b + atom_a + b"\2\3"
    assert encode_sealed(TREE) == (
        b"\7" + b"\0\x1a" + atom_b + b"\2"
        + (5).to_bytes(8, "big") + b"\0\x1a" + atom_a
        + b"\xff" * 7 + b"\xfd" + b"\0\x36" + second
    )  # fmt: skip
    assert sealed_atoms(TREE) == (B, A, B, A)


KEEP = b"\0\1\1"  # the decision `keep`, with its length
ONE = bytes(7) + b"\1" + b"\0\1\1"  # weight 1 if true


@pytest.mark.parametrize(
    ("data", "offset", "why"),
    [
        (b"", 0, "empty"),
        (b"\7", 1, "cut short"),
        (b"\7\0", 1, "cut short"),
        (b"\7\0\1", 3, "cut short"),
        (b"\7\0\0\1" + ONE, 3, "empty"),
        (b"\7\0\1\2\1" + ONE, 3, "needs 1 operands"),
        (b"\7\0\2\1\2" + b"\1" + ONE[:5], 6, "cut short"),
        (b"\7" + KEEP, 4, "cut short"),
        (b"\7" + KEEP + b"\0", 4, "0 preferences"),
        (b"\7" + KEEP + b"\x09" + ONE * 9, 4, "9 preferences"),
        (b"\7" + KEEP + b"\2" + ONE, 16, "cut short"),
        (b"\7" + KEEP + b"\1" + ONE + b"\0", 16, "left over"),
        (b"\7" + KEEP + b"\1" + ONE[:8] + b"\0\1\7", 15, "no instruction"),
        (b"\7" + KEEP + b"\1" + ONE[:8] + b"\0\2\1\1", 17, "left over"),
        (b"\7\0\x10\7" + KEEP + b"\1" + ONE + b"\1" + ONE, 3, "no instruction"),
        (b"\x08", 0, "no instruction"),
    ],
)
def test_malformed_packages(data: bytes, offset: int, why: str) -> None:
    with pytest.raises(MalformedDecision, match=why) as caught:
        decode_sealed(data)
    assert caught.value.offset == offset


def test_a_package_of_eight_is_the_largest() -> None:
    package = Package(Constant(True), (Preference(1, Constant(True)),) * 8)
    assert encode_sealed(package) == b"\7" + KEEP + b"\x08" + ONE * 8
    assert decode_sealed(encode_sealed(package)) == package


def test_at_most_32_atoms_in_all() -> None:
    half = all_of(*[Kept(A)] * 16)
    package = Package(half, (Preference(1, half),))
    assert len(sealed_atoms(encode_sealed(package))) == MAX_ATOMS
    over = Package(half, (*package.preferences, Preference(1, Kept(B))))
    with pytest.raises(DecisionTooLarge) as caught:
        encode_sealed(over)
    assert (caught.value.what, caught.value.size) == ("atoms", 33)
    data = encode_sealed(package)
    cut = 1 + 2 + len(encode(half))
    longer = data[:cut] + b"\2" + data[cut + 1 :] + bytes(8) + b"\0\x1a\6" + B
    with pytest.raises(MalformedDecision, match="32 atoms in all"):
        decode_sealed(longer)


def _padded(length: int) -> Expression:
    """`true` under so many `not` that its program has this length."""
    expression: Expression = Constant(True)
    for _ in range(length - 1):
        expression = Not(expression)
    return expression


def test_at_most_2048_bytes_in_all() -> None:
    # 1 + 2 + 1024, 1, 8 + 2 + the rest
    rest = MAX_PACKAGE_BYTES - (1 + 2 + 1024 + 1 + 8 + 2)
    package = Package(_padded(1024), (Preference(1, _padded(rest)),))
    data = encode_sealed(package)
    assert len(data) == MAX_PACKAGE_BYTES
    assert decode_sealed(data) == package
    with pytest.raises(DecisionTooLarge) as caught:
        encode_sealed(Package(_padded(1024), (Preference(1, _padded(rest + 1)),)))
    assert (caught.value.what, caught.value.size) == ("bytes", MAX_PACKAGE_BYTES + 1)
    cut = 1 + 2 + 1024 + 1 + 8
    longer = data[:cut] + (rest + 1).to_bytes(2, "big") + data[cut + 2 :] + b"\2"
    assert well_formed(longer[cut + 2 :])
    with pytest.raises(MalformedDecision, match="at most 2048"):
        decode_sealed(longer)


def test_a_part_over_its_own_limit() -> None:
    with pytest.raises(DecisionTooLarge):
        encode_sealed(Package(_padded(1025), (Preference(1, Constant(True)),)))
    data = b"\7" + (1025).to_bytes(2, "big") + b"\1" + b"\2" * 1024 + b"\1" + ONE
    with pytest.raises(MalformedDecision, match="1025 bytes"):
        decode_sealed(data)


@pytest.mark.parametrize("weight", [MAX_WEIGHT + 1, MIN_WEIGHT - 1, 1.0, True, "1"])
def test_no_preference_holds_another_weight(weight: object) -> None:
    with pytest.raises(InvalidInput):
        Preference(weight, Constant(True))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, 9])
def test_no_package_holds_another_number(count: int) -> None:
    with pytest.raises(InvalidInput):
        Package(Constant(True), (Preference(1, Constant(True)),) * count)
