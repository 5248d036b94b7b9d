"""A tree in Gambit's EFG format, as pygambit and OpenSpiel read it.

https://gambitproject.readthedocs.io/en/latest/formats.efg.html. Payoffs and probabilities are
exact: whole numbers, or fractions as `3/11`. Payoffs stand at leaves only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.games.efg.tree import Chance, Decision, Leaf, Node, Tree, children

if TYPE_CHECKING:
    from fractions import Fraction


def to_efg(tree: Tree) -> str:
    """The file's whole text, with a line feed at its end."""
    lines = [
        f"EFG 2 R {_quoted(tree.title)} {{ {' '.join(map(_quoted, tree.players))} }}",
        '""',
        "",
    ]
    numbers: dict[tuple[int, str], int] = {}
    chances = outcomes = 0
    stack: list[Node] = [tree.root]
    while stack:
        node = stack.pop()
        if isinstance(node, Leaf):
            outcomes += 1
            pays = ", ".join(_number(payoff) for payoff in node.payoffs)
            # Names of outcomes are unique, as pygambit asks.
            name = f"{outcomes} {'/'.join(node.actions)}".strip()
            lines.append(f't "" {outcomes} {_quoted(name)} {{ {pays} }}')
        elif isinstance(node, Chance):
            chances += 1  # each is an information set of chance, with a label of its own
            moves = " ".join(f"{_quoted(label)} {_number(p)}" for label, p, _ in node.branches)
            lines.append(f'c "" {chances} {_quoted(f"{node.label} {chances}")} {{ {moves} }} 0')
        else:
            moves = " ".join(map(_quoted, node.actions))
            number = _numbered(numbers, node)
            lines.append(f'p "" {node.seat + 1} {number} {_quoted(node.infoset)} {{ {moves} }} 0')
        stack.extend(reversed(children(node)))
    return "\n".join(lines) + "\n"


def _numbered(numbers: dict[tuple[int, str], int], node: Decision) -> int:
    """Information sets count from 1 for each player."""
    key = node.seat, node.infoset
    if key not in numbers:
        numbers[key] = 1 + sum(seat == node.seat for seat, _ in numbers)
    return numbers[key]


def _quoted(text: str) -> str:
    return f'"{text}"'  # `Tree` has seen to it that it can be written so


def _number(value: Fraction) -> str:
    return str(value)
