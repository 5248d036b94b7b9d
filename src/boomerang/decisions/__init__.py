"""Decisions (section 5): boolean expressions over `kept(id)`, as a tree, as text and as bytes.

    expression = parse("revert if kept(A1) and not kept(B2)", {"A1": …, "B2": …})
    program = encode(expression)          # what is sealed and opened
    decode(program) == expression
    format(expression, names)             # the one canonical text

`parse_expression` and `format_expression` do the same for bare expressions, as guards are;
`parse_sealed`, `encode_sealed`, `decode_sealed` and `format_sealed` for whatever may be sealed: a
decision, or one with preferences (`Package`), as members of entangled groups have them.
"""

from boomerang.decisions.encoding import (
    MAX_ATOMS,
    MAX_BYTES,
    MAX_HEIGHT,
    MAX_LIST,
    decode,
    encode,
    well_formed,
)
from boomerang.decisions.evaluation import Status, atoms, evaluate, status
from boomerang.decisions.expression import (
    And,
    AtLeast,
    Constant,
    Expression,
    Kept,
    Not,
    Or,
    all_of,
    any_of,
)
from boomerang.decisions.formatter import (
    format,  # noqa: A004
    format_expression,
    format_sealed,
)
from boomerang.decisions.names import Names, Resolver
from boomerang.decisions.parser import parse, parse_expression, parse_sealed
from boomerang.decisions.preferences import (
    MAX_PACKAGE_BYTES,
    MAX_PREFERENCES,
    MAX_WEIGHT,
    MIN_WEIGHT,
    Package,
    Preference,
    Sealed,
    decision_of,
    decode_sealed,
    encode_sealed,
    preferences_of,
    sealed_atoms,
)

__all__ = [
    "MAX_ATOMS",
    "MAX_BYTES",
    "MAX_HEIGHT",
    "MAX_LIST",
    "MAX_PACKAGE_BYTES",
    "MAX_PREFERENCES",
    "MAX_WEIGHT",
    "MIN_WEIGHT",
    "And",
    "AtLeast",
    "Constant",
    "Expression",
    "Kept",
    "Names",
    "Not",
    "Or",
    "Package",
    "Preference",
    "Resolver",
    "Sealed",
    "Status",
    "all_of",
    "any_of",
    "atoms",
    "decision_of",
    "decode",
    "decode_sealed",
    "encode",
    "encode_sealed",
    "evaluate",
    "format",
    "format_expression",
    "format_sealed",
    "parse",
    "parse_expression",
    "parse_sealed",
    "preferences_of",
    "sealed_atoms",
    "status",
    "well_formed",
]
