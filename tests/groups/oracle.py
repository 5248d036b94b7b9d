"""Section 7 of the protocol by brute force, from its text alone: all assignments, one comparison.

    ( h1..hk ; u1(a)..uk(a) ; a1..ak ),   members in the order of section 3

"h_i = 1 if a_i is what i's decision says under a, and an assignment is feasible only if every
member with h_i = 0 reverts." Shares no code with the package: expressions are plain tuples,

    ("true",)  ("false",)  ("kept", name)  ("not", e)  ("and", e, e)  ("or", e, e)
    ("at least", k, e, e, ...)

and a member is (name, decision, ((weight, expression), ...)).
"""

from __future__ import annotations

from itertools import product
from typing import Any

Tuple = tuple[Any, ...]
Member = tuple[str, Tuple, tuple[tuple[int, Tuple], ...]]


def holds(expression: Tuple, kept: dict[str, bool]) -> bool:
    """Whether an expression is true where these are kept."""
    kind = expression[0]
    if kind == "kept":
        return kept[expression[1]]
    if kind == "and":
        return holds(expression[1], kept) and holds(expression[2], kept)
    if kind == "or":
        return holds(expression[1], kept) or holds(expression[2], kept)
    if kind == "not":
        return not holds(expression[1], kept)
    if kind == "at least":
        return sum(holds(operand, kept) for operand in expression[2:]) >= expression[1]
    return {"true": True, "false": False}[kind]


def candidates(
    members: list[Member], outside: dict[str, bool]
) -> list[tuple[list[bool], list[int], tuple[bool, ...]]]:
    """(h, u, a) of every assignment, feasible or not."""
    found = []
    for a in product((False, True), repeat=len(members)):
        kept = dict(outside)
        for (name, _, _), is_kept in zip(members, a, strict=True):
            kept[name] = is_kept
        h = [holds(decision, kept) == kept[name] for name, decision, _ in members]
        u = [sum(w for w, e in preferences if holds(e, kept)) for _, _, preferences in members]
        found.append((h, u, a))
    return found


def consistent(members: list[Member], outside: dict[str, bool]) -> list[tuple[bool, ...]]:
    """The assignments in which everyone does what its decision says."""
    return [a for h, _, a in candidates(members, outside) if all(h)]


def outcome(members: list[Member], outside: dict[str, bool]) -> tuple[bool, ...]:
    """Whether each member is kept."""
    feasible = [
        (h, u, a)
        for h, u, a in candidates(members, outside)
        if not any(not h_i and a_i for h_i, a_i in zip(h, a, strict=True))
    ]
    return max(feasible)[2]
