"""The tree of a decision. True means keep, false means revert.

A well-formed decision can nest a thousand deep (1,023 times `not`), so nothing here recurses:
equality, hashing and printing walk the tree in postfix order with a stack of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from boomerang.errors import InvalidInput
from boomerang.identity import ID_SIZE, check_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Node:
    """What all nodes share: equality by shape and content, and a readable repr."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Node):
            return NotImplemented
        return self is other or _signature(self) == _signature(other)

    def __hash__(self) -> int:
        return hash(tuple(_signature(self)))

    def __repr__(self) -> str:
        from boomerang.decisions.formatter import format_expression

        return f"<{format_expression(self)}>"  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Constant(_Node):
    """`true` (keep) or `false` (revert)."""

    value: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Kept(_Node):
    """Whether the commitment with this 25-byte id is kept: an atom."""

    id: bytes

    def __post_init__(self) -> None:
        check_bytes("id", self.id, ID_SIZE)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Not(_Node):
    """The opposite of its operand."""

    operand: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class And(_Node):
    """Both of two."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Or(_Node):
    """At least one of two."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AtLeast(_Node):
    """At least `count` of the operands, 1 <= count <= how many there are (InvalidInput otherwise).
    An operand given twice counts twice.
    """

    count: int
    operands: tuple[Expression, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.count <= len(self.operands):
            raise InvalidInput(
                f"at least {self.count} of {len(self.operands)}: the number must be from 1 to "
                f"how many are listed"
            )


Expression: TypeAlias = Constant | Kept | Not | And | Or | AtLeast


def children(node: Expression) -> tuple[Expression, ...]:
    """The operands of a node, left first."""
    if isinstance(node, Not):
        return (node.operand,)
    if isinstance(node, And | Or):
        return (node.left, node.right)
    if isinstance(node, AtLeast):
        return node.operands
    return ()


def postorder(expression: Expression) -> Iterator[Expression]:
    """All nodes, operands before what they are operands of: the order of the byte program."""
    stack = [(expression, False)]
    while stack:
        node, expanded = stack.pop()
        operands = () if expanded else children(node)
        if operands:
            stack.append((node, True))
            stack.extend((operand, False) for operand in reversed(operands))
        else:
            yield node


def _signature(expression: _Node) -> list[tuple[object, ...]]:
    """The tree as a flat list: postfix order with arities determines it."""
    result: list[tuple[object, ...]] = []
    for node in postorder(expression):  # type: ignore[arg-type]
        if isinstance(node, Constant):
            result.append(("constant", node.value))
        elif isinstance(node, Kept):
            result.append(("kept", node.id))
        elif isinstance(node, AtLeast):
            result.append(("at least", node.count, len(node.operands)))
        else:
            result.append((type(node).__name__,))
    return result


def all_of(*expressions: Expression) -> Expression:
    """All of these, as a left-leaning chain of `and`; `true` for none."""
    return reduce(And, expressions) if expressions else Constant(True)


def any_of(*expressions: Expression) -> Expression:
    """Any of these, as a left-leaning chain of `or`; `false` for none."""
    return reduce(Or, expressions) if expressions else Constant(False)
