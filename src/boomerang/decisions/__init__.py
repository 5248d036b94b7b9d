"""Decisions (section 5): boolean expressions over `kept(id)`, as a tree, as text and as bytes.

    expression = parse("revert if kept(A1) and not kept(B2)", {"A1": …, "B2": …})
    program = encode(expression)          # what is sealed and opened
    decode(program) == expression
    format(expression, names)             # the one canonical text

`parse_expression` and `format_expression` do the same for bare expressions, as guards are.
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
from boomerang.decisions.formatter import format, format_expression  # noqa: A004
from boomerang.decisions.names import Names, Resolver
from boomerang.decisions.parser import parse, parse_expression

__all__ = [
    "MAX_ATOMS",
    "MAX_BYTES",
    "MAX_HEIGHT",
    "MAX_LIST",
    "And",
    "AtLeast",
    "Constant",
    "Expression",
    "Kept",
    "Names",
    "Not",
    "Or",
    "Resolver",
    "Status",
    "all_of",
    "any_of",
    "atoms",
    "decode",
    "encode",
    "evaluate",
    "format",
    "format_expression",
    "parse",
    "parse_expression",
    "status",
    "well_formed",
]
