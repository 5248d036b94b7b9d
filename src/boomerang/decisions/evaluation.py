"""What an expression comes to, fully known or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boomerang.decisions.encoding import decode
from boomerang.decisions.expression import (
    And,
    AtLeast,
    Constant,
    Expression,
    Kept,
    Not,
    Or,
    postorder,
)
from boomerang.errors import InvalidInput
from boomerang.identity import format_id

if TYPE_CHECKING:
    from collections.abc import Mapping


def atoms(decision: bytes | Expression) -> tuple[bytes, ...]:
    """The ids of all atoms in the program's order, repeated ones repeated.
    MalformedDecision for bytes that are no program.
    """
    expression = decode(decision) if isinstance(decision, bytes) else decision
    return tuple(node.id for node in postorder(expression) if isinstance(node, Kept))


def evaluate(expression: Expression, outcomes: Mapping[bytes, bool]) -> bool:
    """True for keep, given whether each atom is kept. InvalidInput when an atom's outcome is
    missing, even where it could not matter: every atom counts.
    """
    for atom in atoms(expression):
        if atom not in outcomes:
            raise InvalidInput(f"the outcome of {format_id(atom)} is not given")
    return _kleene(expression, outcomes) is True


@dataclass(frozen=True, slots=True)
class Status:
    """`value`: True (keep), False (revert) when what is known already forces it, else None.
    `waits_for`: the atoms not known, each once. The registry waits for all of them in any case.
    """

    value: bool | None
    waits_for: tuple[bytes, ...]


def status(expression: Expression, known: Mapping[bytes, bool]) -> Status:
    """What can be said while some outcomes are open, by three-valued logic: each open atom is taken
    to be independent of all else, so `kept(a) or not kept(a)` stays open until a is known.
    """
    waits_for = tuple(dict.fromkeys(atom for atom in atoms(expression) if atom not in known))
    return Status(_kleene(expression, known), waits_for)


def _kleene(expression: Expression, known: Mapping[bytes, bool]) -> bool | None:
    stack: list[bool | None] = []
    for node in postorder(expression):
        if isinstance(node, Constant):
            stack.append(node.value)
        elif isinstance(node, Kept):
            stack.append(known.get(node.id))
        elif isinstance(node, Not):
            value = stack.pop()
            stack.append(None if value is None else not value)
        else:
            count, arity = _threshold(node)
            operands = stack[-arity:]
            del stack[-arity:]
            if operands.count(True) >= count:
                stack.append(True)
            elif arity - operands.count(False) < count:
                stack.append(False)
            else:
                stack.append(None)
    return stack.pop()


def _threshold(node: And | Or | AtLeast) -> tuple[int, int]:
    """`and` is at least 2 of 2, `or` at least 1 of 2."""
    if isinstance(node, AtLeast):
        return node.count, len(node.operands)
    return (2 if isinstance(node, And) else 1), 2
