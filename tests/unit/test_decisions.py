"""Decisions: text, trees and bytes, each way; limits; arbitrary input; evaluation."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boomerang.decisions import (
    And,
    AtLeast,
    Constant,
    Expression,
    Kept,
    Names,
    Not,
    Or,
    Status,
    all_of,
    any_of,
    atoms,
    decode,
    encode,
    evaluate,
    format,  # noqa: A004
    format_expression,
    parse,
    parse_expression,
    status,
    well_formed,
)
from boomerang.errors import (
    AmbiguousName,
    BoomerangError,
    DecisionSyntaxError,
    DecisionTooLarge,
    InvalidInput,
    MalformedDecision,
    UnknownName,
)

A, B, C, D = (Kept(bytes([n]) * 25) for n in (0x1A, 0x1B, 0x2C, 0x3D))
NAMES = {"A1": A.id, "b-2.x": B.id, "kept": C.id, "_d": D.id}
TRUE, FALSE = Constant(True), Constant(False)


# ------------------------------------------------------------------------------------ round trips


def random_expression(rng: random.Random, size: int) -> Expression:
    """A tree of about `size` leaves, all kinds of node, any shape."""
    if size <= 1:
        return rng.choice([A, B, C, D, A, B, TRUE, FALSE, Kept(rng.randbytes(25))])
    kind = rng.randrange(4)
    if kind == 0:
        return Not(random_expression(rng, size - rng.randrange(2)))
    if kind == 3:
        parts = tuple(random_expression(rng, size // 3) for _ in range(rng.randint(1, 4)))
        return AtLeast(rng.randint(1, len(parts)), parts)
    left = rng.randint(1, size - 1)
    both = random_expression(rng, left), random_expression(rng, size - left)
    return And(*both) if kind == 1 else Or(*both)


@pytest.mark.campaign
def test_ten_thousand_random_decisions_round_trip() -> None:
    rng = random.Random(2)
    kinds: set[type] = set()
    for _ in range(10_000):
        expression = random_expression(rng, rng.randint(1, 16))
        kinds.add(type(expression))
        program = encode(expression)
        assert decode(program) == expression
        text = format(expression, NAMES)
        assert parse(text, NAMES) == expression
        assert format(parse(text, NAMES), NAMES) == text
        bare = format_expression(expression)
        assert parse_expression(bare) == expression
        assert parse(text.replace(" ", "\n\t "), NAMES) == expression
    assert kinds == {Constant, Kept, Not, And, Or, AtLeast}


expressions = st.recursive(
    st.sampled_from([A, B, C, D, TRUE, FALSE]),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, inner, inner)
        | st.builds(Or, inner, inner)
        | st.lists(inner, min_size=1, max_size=4).flatmap(
            lambda parts: st.builds(AtLeast, st.integers(1, len(parts)), st.just(tuple(parts)))
        )
    ),
    max_leaves=20,
)


@given(expressions)
def test_hypothesis_round_trips(expression: Expression) -> None:
    assert decode(encode(expression)) == expression
    assert parse(format(expression, NAMES), NAMES) == expression


@given(st.lists(st.sampled_from([bytes([n]) for n in range(7)] + [b"\x05\x01\x02"]), max_size=12))
def test_every_well_formed_program_is_one_tree_and_one_text(parts: list[bytes]) -> None:
    program = b"".join(part + A.id if part == b"\x06" else part for part in parts)
    if well_formed(program):
        assert encode(decode(program)) == program
        assert encode(parse(format(decode(program)))) == program
    else:
        with pytest.raises(MalformedDecision):
            decode(program)


def test_all_short_programs_are_decoded_or_refused() -> None:
    """Every program of up to four bytes of instructions: exactly one text each."""
    texts = set()
    count = 0
    for length in range(5):
        for raw in itertools.product(range(8), repeat=length):
            program = bytes(raw)
            if well_formed(program):
                count += 1
                texts.add(format(decode(program)))
                assert encode(decode(program)) == program
    assert count == len(texts) > 20


# ------------------------------------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("keep", TRUE),
        ("revert", FALSE),
        ("Keep IF tRue", TRUE),
        ("revert if kept(A1)", Not(A)),
        ("keep if not kept(A1)", Not(A)),
        ("keep if kept(A1) or kept(b-2.x) and kept(kept)", Or(A, And(B, C))),
        ("keep if (kept(A1) or kept(b-2.x)) and kept(kept)", And(Or(A, B), C)),
        ("keep if not kept(A1) and kept(b-2.x)", And(Not(A), B)),
        ("keep if not (kept(A1) and kept(b-2.x))", Not(And(A, B))),
        ("keep if kept(A1) and kept(b-2.x) and kept(_d)", And(And(A, B), D)),
        ("keep if kept(A1) and (kept(b-2.x) and kept(_d))", And(A, And(B, D))),
        ("keep if at least 2 of kept(A1), kept(A1), not kept(_d)", AtLeast(2, (A, A, Not(D)))),
        ("keep if at least 1 of kept(A1), false and kept(_d)", And(AtLeast(1, (A, FALSE)), D)),
        ("keep if not at least 1 of kept(A1)", Not(AtLeast(1, (A,)))),
        (
            "keep if at least 1 of kept(A1), at least 1 of kept(_d), true",
            AtLeast(1, (A, AtLeast(1, (D, TRUE)))),
        ),
        ("keep if kept(0x1a…)", A),
        ("keep if kept(0X1A1a...)", A),
        ("keep if kept(0x2)", C),
        (f"keep if kept(0x{'1a' * 25})", A),
        (f"revert  if\n\tkept(0x{'9F' * 25})", Not(Kept(b"\x9f" * 25))),
        ("revert if(kept(A1)or(kept(b-2.x)))", Not(Or(A, B))),
    ],
)
def test_texts(text: str, expression: Expression) -> None:
    assert parse(text, NAMES) == expression


def test_the_texts_of_section_5() -> None:
    names = Names(
        {"a": b"\x01" * 25, "b": b"\x02" * 25, "c": b"\x03" * 25},
        [b"\x12\xab" + bytes(23), b"\x34\xcd" + bytes(23), b"\x56\xef" + bytes(23)],
    )
    for text in (
        "keep",
        "revert",
        "revert if kept(0x12ab…)",
        "keep if kept(0x12ab…) and not (kept(0x34cd…) or kept(0x56ef…))",
        "keep if at least 2 of kept(a), kept(b), kept(c)",
    ):
        assert parse(format(parse(text, names), names), names) == parse(text, names)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (TRUE, "keep"),
        (FALSE, "revert"),
        (Not(A), "revert if kept(A1)"),
        (Not(Not(A)), "revert if not kept(A1)"),
        (Not(FALSE), "revert if false"),
        (A, "keep if kept(A1)"),
        (Or(A, Or(B, C)), "keep if kept(A1) or (kept(b-2.x) or kept(kept))"),
        (Or(Or(A, B), C), "keep if kept(A1) or kept(b-2.x) or kept(kept)"),
        (And(Or(A, B), TRUE), "keep if (kept(A1) or kept(b-2.x)) and true"),
        (
            AtLeast(1, (AtLeast(1, (FALSE,)), Not(AtLeast(1, (TRUE,))), Or(TRUE, TRUE))),
            "keep if at least 1 of (at least 1 of false), not (at least 1 of true), (true or true)",
        ),
        (
            And(AtLeast(2, (A, B)), Not(AtLeast(1, (C, TRUE)))),
            "keep if at least 2 of kept(A1), kept(b-2.x) and not at least 1 of kept(kept), true",
        ),
    ],
)
def test_canonical_texts(expression: Expression, text: str) -> None:
    assert format(expression, NAMES) == text
    assert parse(text, NAMES) == expression


def test_without_names_ids_are_written_in_full() -> None:
    assert format(Not(A)) == f"revert if kept(0x{'1a' * 25})"
    assert format(Not(A), {"z": A.id, "a": A.id}) == "revert if kept(a)"
    assert repr(A) == f"<kept(0x{'1a' * 25})>"


@pytest.mark.parametrize(
    ("text", "where", "suggestion"),
    [
        ("", (1, 1), None),
        ("kep", (1, 1), "keep"),
        ("keep i kept(A1)", (1, 6), "if"),
        ("keep if", (1, 8), None),
        ("keep if\n  kept(A1) und kept(_d)", (2, 12), "and"),
        ("keep if kept A1", (1, 14), None),
        ("keep if kept(A1", (1, 16), None),
        ("keep if kept(A1))", (1, 17), None),
        ("keep if kept()", (1, 14), None),
        ("keep if at lest 1 of kept(A1)", (1, 12), "least"),
        ("keep if at least 1 of", (1, 22), None),
        ("keep if at least 0 of kept(A1)", (1, 18), None),
        ("keep if at least 3 of kept(A1), kept(_d)", (1, 18), None),
        ("keep if at least 99999999999999999999 of kept(A1)", (1, 18), None),
        ("keep if at least one of kept(A1)", (1, 18), None),
        ("keep if at least 1of kept(A1)", (1, 18), None),
        ("keep if kept(A1) & kept(_d)", (1, 18), None),
        ("keepif kept(A1)", (1, 1), "keep"),
        ("keep if true false", (1, 14), None),
        ("keep if \N{KELVIN SIGN}ept(A1)", (1, 9), None),
        ("keep if kept(0x" + "1" * 51 + ")", (1, 14), None),
        ("keep if kept(0x)", (1, 14), None),
        ("keep if kept(0x12 ab)", (1, 19), None),
        ("\x00", (1, 1), None),
    ],
)
def test_syntax_errors_say_where(text: str, where: tuple[int, int], suggestion: str | None) -> None:
    with pytest.raises(DecisionSyntaxError) as caught:
        parse(text, NAMES)
    error = caught.value
    assert ((error.line, error.column), error.suggestion) == (where, suggestion)
    caret = error.excerpt.split("\n")[1]
    assert caret == " " * (error.column + 1) + "^"


def test_syntax_errors_list_what_could_stand_there() -> None:
    with pytest.raises(DecisionSyntaxError) as caught:
        parse("keep if kept(A1) kept(_d)", NAMES)
    assert caught.value.expected == ("'and'", "'or'", "the end")


def test_a_decision_is_no_bare_expression() -> None:
    with pytest.raises(DecisionSyntaxError):
        parse("kept(A1)", NAMES)
    with pytest.raises(DecisionSyntaxError):
        parse_expression("keep if kept(A1)", NAMES)
    assert parse_expression("not kept(A1)", NAMES) == Not(A)


def test_unknown_and_ambiguous_names() -> None:
    with pytest.raises(UnknownName) as unknown:
        parse("keep if\n kept(A2)", NAMES)
    assert (unknown.value.name, unknown.value.line, unknown.value.column) == ("A2", 2, 7)
    assert unknown.value.suggestion == "A1"
    with pytest.raises(UnknownName) as unknown:
        parse("keep if kept(a1)", NAMES)
    assert unknown.value.suggestion == "A1"
    with pytest.raises(UnknownName):
        parse("keep if kept(0x77)", NAMES)
    with pytest.raises(UnknownName):
        parse("keep if kept(0x1a)")
    with pytest.raises(AmbiguousName) as ambiguous:
        parse("keep if kept(0x1)", NAMES)
    assert ambiguous.value.candidates == (A.id, B.id)


@given(st.text(max_size=60))
def test_arbitrary_text_gives_a_tree_or_a_typed_error(text: str) -> None:
    for one in (parse, parse_expression):
        try:
            expression = one(text, NAMES)
        except (DecisionSyntaxError, UnknownName, AmbiguousName):
            continue
        assert parse(format(expression)) == expression


WORDS = [
    *("keep", "revert", "if", "not", "and", "or", "at", "least", "of", "true", "kept", "kept(A1)"),
    *("(", ")", ",", "1", "2", "0x1a", "0x1", "A1", "A2", "…", "\n", "kept(_d)", "at least 1 of"),
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_arbitrary_words_give_a_tree_or_a_typed_error(words: list[str]) -> None:
    for start in ("keep if ", ""):
        try:
            expression = parse(start + " ".join(words), NAMES)
        except (DecisionSyntaxError, UnknownName, AmbiguousName):
            continue
        assert decode(encode(expression)) == expression


# ------------------------------------------------------------------------------- nesting and limits


@pytest.mark.parametrize("unit", ["not ", "(", "not (", "at least 1 of ", "true and ("])
@pytest.mark.parametrize("times", [900, 2000, 9000])
@pytest.mark.parametrize("closed", [True, False])
def test_deep_nesting_is_handled_or_refused_by_name(unit: str, times: int, closed: bool) -> None:
    text = "keep if " + unit * times + "true" + ")" * (unit.count("(") * times * closed)
    try:
        expression = parse(text, NAMES)
        encode(expression)
    except (DecisionSyntaxError, DecisionTooLarge):
        return
    assert parse(format(expression)) == expression
    assert hash(expression) == hash(parse(text))


def test_the_deepest_decision_round_trips() -> None:
    expression: Expression = TRUE
    for _ in range(1023):
        expression = Not(expression)
    program = encode(expression)
    assert len(program) == 1024
    assert decode(program) == expression
    assert parse(format(expression)) == expression
    assert evaluate(expression, {}) is False
    with pytest.raises(DecisionTooLarge):
        encode(Not(expression))
    with pytest.raises(MalformedDecision):
        decode(program + b"\x02")


def test_a_tree_deeper_than_any_stack_is_refused_by_name() -> None:
    expression: Expression = A
    for _ in range(50_000):
        expression = Not(expression)
    with pytest.raises(DecisionTooLarge):
        encode(expression)
    assert expression != Not(expression)
    assert evaluate(expression, {A.id: True}) is True


@pytest.mark.parametrize(
    ("fits", "exceeds", "what"),
    [
        (all_of(*[A] * 32), all_of(*[A] * 33), "atoms"),
        (AtLeast(1, (TRUE,) * 255), AtLeast(1, (TRUE,) * 256), "expressions in one list"),
        (all_of(*[TRUE] * 512), all_of(*[TRUE] * 513), "bytes"),
        (
            Or(TRUE, AtLeast(1, (TRUE,) * 255)),
            Or(TRUE, Or(TRUE, AtLeast(1, (TRUE,) * 255))),
            "operands open at once",
        ),
    ],
)
def test_limits_are_exact(fits: Expression, exceeds: Expression, what: str) -> None:
    assert decode(encode(fits)) == fits
    with pytest.raises(DecisionTooLarge) as caught:
        encode(exceeds)
    assert caught.value.what == what
    assert caught.value.size == caught.value.limit + 1


def test_lists_and_texts_too_long() -> None:
    with pytest.raises(DecisionSyntaxError):
        parse("keep if at least 1 of " + ", ".join(["true"] * 256))
    assert parse("keep if at least 255 of " + ", ".join(["true"] * 255))
    with pytest.raises(DecisionSyntaxError):
        parse("keep" + " " * 100_000)
    assert parse("keep" + " " * 99_996) == TRUE


# ------------------------------------------------------------------------------------------ bytes


@pytest.mark.parametrize(
    ("expression", "program"),
    [
        (TRUE, "01"),
        (FALSE, "00"),
        (Not(A), "06" + "1a" * 25 + "02"),
        (And(A, TRUE), "06" + "1a" * 25 + "0103"),
        (Or(FALSE, TRUE), "000104"),
        (AtLeast(2, (TRUE, FALSE, TRUE)), "010001050203"),
    ],
)
def test_programs(expression: Expression, program: str) -> None:
    assert encode(expression).hex() == program
    assert decode(bytes.fromhex(program)) == expression


@pytest.mark.parametrize(
    ("program", "offset"),
    [
        ("", 0),
        ("07", 0),
        ("ff", 0),
        ("02", 0),
        ("0103", 1),
        ("0104", 1),
        ("0101", 2),
        ("05", 0),
        ("010501", 1),
        ("01050101", None),
        ("01050001", 1),
        ("01050000", 1),
        ("01050201", 1),
        ("01050102", 1),
        ("06" + "11" * 24, 0),
        ("06" + "11" * 25, None),
        ("06" + "11" * 26, 26),
        (("06" + "11" * 25) * 33, 32 * 26),
        ("01" * 256 + "03" * 255, None),
        ("01" * 257 + "03" * 256, 256),
        ("01" + "02" * 1023, None),
        ("01" + "02" * 1024, 1024),
    ],
)
def test_malformed_programs(program: str, offset: int | None) -> None:
    raw = bytes.fromhex(program)
    assert well_formed(raw) is (offset is None)
    if offset is None:
        assert encode(decode(raw)) == raw
    else:
        with pytest.raises(MalformedDecision) as caught:
            decode(raw)
        assert caught.value.offset == offset


@given(st.binary(max_size=1100))
def test_arbitrary_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        expression = decode(data)
    except MalformedDecision:
        return
    assert encode(expression) == data


# -------------------------------------------------------------------------------------- evaluation


def by_definition(expression: Expression, kept: dict[bytes, bool]) -> bool:
    """The meaning of section 5, the plain way."""
    match expression:
        case Constant(value):
            return value
        case Kept(commitment):
            return kept[commitment]
        case Not(operand):
            return not by_definition(operand, kept)
        case And(left, right):
            return by_definition(left, kept) and by_definition(right, kept)
        case Or(left, right):
            return by_definition(left, kept) or by_definition(right, kept)
        case AtLeast(count, operands):
            return sum(by_definition(operand, kept) for operand in operands) >= count


@given(expressions, st.tuples(*[st.booleans()] * 4))
def test_evaluation_and_status(expression: Expression, values: tuple[bool, ...]) -> None:
    kept = dict(zip((A.id, B.id, C.id, D.id), values, strict=True))
    expected = by_definition(expression, kept)
    assert evaluate(expression, kept) is expected
    assert status(expression, kept) == Status(expected, ())
    known = {A.id: kept[A.id], B.id: kept[B.id]}
    partial = status(expression, known)
    assert partial.value in (None, expected)
    assert set(partial.waits_for) == set(atoms(expression)) - set(known)


def test_status_examples() -> None:
    decision = parse("keep if kept(A1) and (kept(_d) or kept(kept))", NAMES)
    assert status(decision, {}) == Status(None, (A.id, D.id, C.id))
    assert status(decision, {A.id: False}) == Status(False, (D.id, C.id))
    assert status(decision, {A.id: True, C.id: True}) == Status(True, (D.id,))
    assert status(Or(A, Not(A)), {}) == Status(None, (A.id,))
    assert status(AtLeast(2, (A, A, B)), {A.id: True}) == Status(True, (B.id,))
    assert status(AtLeast(2, (A, B, C)), {A.id: False, B.id: False}).value is False


def test_every_atom_needs_an_outcome() -> None:
    with pytest.raises(InvalidInput):
        evaluate(Or(TRUE, A), {})
    assert atoms(And(A, Or(B, A))) == (A.id, B.id, A.id)
    assert atoms(encode(And(A, B))) == (A.id, B.id)
    with pytest.raises(MalformedDecision):
        atoms(b"\x07")


def test_helpers_and_wrong_trees() -> None:
    assert all_of() == TRUE
    assert any_of() == FALSE
    assert all_of(A, B, C) == And(And(A, B), C)
    assert any_of(A) == A
    assert (A == "A", Not(A) == A, Not(A) == Not(Kept(A.id))) == (False, False, True)
    for make in (
        lambda: Kept(b"short"),
        lambda: AtLeast(0, (A,)),
        lambda: AtLeast(2, (A,)),
        lambda: Names({"9lives": A.id}),
        lambda: Names({"a": b"short"}),
    ):
        with pytest.raises(BoomerangError):
            make()
