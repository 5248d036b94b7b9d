"""The canonical text of an expression: one for each tree, and `parse` gives the tree back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.decisions.expression import And, AtLeast, Constant, Expression, Kept, Not
from boomerang.decisions.names import Resolver, as_resolver
from boomerang.decisions.preferences import Sealed, decision_of, preferences_of
from boomerang.identity import format_id

if TYPE_CHECKING:
    from collections.abc import Mapping

_OR, _AND, _UNARY = range(3)  # what may stand without parentheses: from anything to one operand


def format(  # noqa: A001 (read as decisions.format, as json.load is)
    expression: Expression, names: Resolver | Mapping[str, bytes] | None = None
) -> str:
    """The text of a decision: `keep`, `revert`, `revert if …` where the outermost is a not, else
    `keep if …`. Ids that `names` knows are written by name (the first in the alphabet of several).
    """
    if isinstance(expression, Constant):
        return "keep" if expression.value else "revert"
    if isinstance(expression, Not):
        return f"revert if {format_expression(expression.operand, names)}"
    return f"keep if {format_expression(expression, names)}"


def format_sealed(sealed: Sealed, names: Resolver | Mapping[str, bytes] | None = None) -> str:
    """The text of a decision, with its preferences if there are any:
    `keep if kept(b) prefer 5 if kept(a), -3 if kept(b) and not kept(a)`.
    """
    resolver = as_resolver(names)
    text = format(decision_of(sealed), resolver)
    listed = ", ".join(
        f"{preference.weight} if {format_expression(preference.expression, resolver)}"
        for preference in preferences_of(sealed)
    )
    return f"{text} prefer {listed}" if listed else text


def format_expression(
    expression: Expression, names: Resolver | Mapping[str, bytes] | None = None
) -> str:
    """The text of a bare expression, as a guard is."""
    by_id = {
        known: name for name, known in sorted(as_resolver(names).names().items(), reverse=True)
    }
    result: list[str] = []
    # Strings are written as they come; (node, weakest operator allowed bare, inside a list).
    stack: list[str | tuple[Expression, int, bool]] = [(expression, _OR, False)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            result.append(item)
        else:
            stack.extend(reversed(_pieces(*item, by_id)))
    return "".join(result)


def _pieces(
    node: Expression, weakest: int, in_list: bool, by_id: Mapping[bytes, str]
) -> list[str | tuple[Expression, int, bool]]:
    """One node's text, with its operands still to be written."""
    if isinstance(node, Constant):
        return ["true" if node.value else "false"]
    if isinstance(node, Kept):
        return [f"kept({by_id.get(node.id) or format_id(node.id)})"]
    if isinstance(node, Not):
        return ["not ", (node.operand, _UNARY, in_list)]
    pieces: list[str | tuple[Expression, int, bool]]
    if isinstance(node, AtLeast):
        # A list inside a list would take the items that follow it: it needs parentheses.
        bare = not in_list
        pieces = [f"at least {node.count} of "]
        for operand in node.operands:
            pieces += [(operand, _UNARY, True), ", "]
        pieces.pop()
    elif isinstance(node, And):
        bare = weakest <= _AND
        pieces = [(node.left, _AND, False), " and ", (node.right, _UNARY, False)]
    else:
        bare = weakest <= _OR
        pieces = [(node.left, _OR, False), " or ", (node.right, _AND, False)]
    return pieces if bare else ["(", *pieces, ")"]
