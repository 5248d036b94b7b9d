"""Cases for the formula, as plain tuples, and how to hand them to the model and to the contract."""

from __future__ import annotations

import random
from itertools import permutations, product
from typing import TYPE_CHECKING

from boomerang.decisions import (
    And,
    AtLeast,
    Constant,
    Kept,
    Not,
    Or,
    Package,
    Preference,
)
from boomerang.groups import Member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.decisions import Expression, Sealed
    from groups.oracle import Member as Plain
    from groups.oracle import Tuple

A, B = ("kept", "a"), ("kept", "b")

# Every boolean function of (a, b), as what a person would write.
FUNCTIONS: tuple[Tuple, ...] = (
    ("false",),
    ("true",),
    A,
    B,
    ("not", A),
    ("not", B),
    ("and", A, B),
    ("or", A, B),
    ("and", A, ("not", B)),
    ("and", ("not", A), B),
    ("or", A, ("not", B)),
    ("or", ("not", A), B),
    ("not", ("and", A, B)),
    ("not", ("or", A, B)),
    ("and", ("or", A, B), ("not", ("and", A, B))),
    ("or", ("and", A, B), ("not", ("or", A, B))),
)
OUTCOMES: tuple[Tuple, ...] = (
    ("and", A, B),
    ("and", A, ("not", B)),
    ("and", ("not", A), B),
    ("not", ("or", A, B)),
)
# Every strict order of the four joint outcomes: the best is worth 3, the worst, not named, 0.
ORDERS: tuple[tuple[tuple[int, Tuple], ...], ...] = tuple(
    tuple((3 - place, one) for place, one in enumerate(order[:3]))
    for order in permutations(OUTCOMES)
)


def pairs() -> Iterator[list[Plain]]:
    """Every case of two members: all decisions, all strict preferences. 147,456 of them."""
    for first, second in product(FUNCTIONS, repeat=2):
        for mine, other in product(ORDERS, repeat=2):
            yield [("a", first, mine), ("b", second, other)]


# ------------------------------------------------------------------ random groups

NAMES = "abcdef"
OTHERS = "xyz"
SIZES = (2, 3, 4, 5, 6)


def random_expression(rng: random.Random, names: list[str], size: int) -> Tuple:
    """With so many atoms at most."""
    if size <= 1:
        return ("true",) if rng.random() < 0.04 else ("kept", rng.choice(names))
    kind = rng.choice(("not", "and", "or", "at least"))
    if kind == "not":
        return ("not", random_expression(rng, names, size))
    if kind == "at least":
        count = rng.randint(1, min(4, size))
        operands = [random_expression(rng, names, size // count) for _ in range(count)]
        return ("at least", rng.randint(1, count), *operands)
    left = rng.randint(1, size - 1)
    return (kind, *(random_expression(rng, names, n) for n in (left, size - left)))


def random_function(rng: random.Random, names: list[str]) -> Tuple:
    """Any boolean function of up to three names, all alike: as the cases in which it is true, or
    not those in which it is false.
    """
    chosen = rng.sample(names, min(3, len(names)))
    listed = [row for row in product((False, True), repeat=len(chosen)) if rng.random() < 0.5]
    turned = len(listed) > 2 ** len(chosen) // 2
    if turned:
        listed = [r for r in product((False, True), repeat=len(chosen)) if r not in listed]
    cases: list[Tuple] = []
    for row in listed:
        atoms: list[Tuple] = [
            ("kept", name) if value else ("not", ("kept", name))
            for name, value in zip(chosen, row, strict=True)
        ]
        cases.append(("at least", len(atoms), *atoms))
    function: Tuple = ("at least", 1, *cases) if cases else ("false",)
    return ("not", function) if turned else function


def random_group(rng: random.Random) -> tuple[list[Plain], dict[str, bool]]:
    """A group of 2 to 6 members, and the outcomes of others that they may name."""
    size = rng.choice(SIZES)
    members = list(NAMES[:size])
    names = members * 3 + list(OTHERS)
    group: list[Plain] = []
    for name in members:
        if rng.random() < 0.75:
            decision = random_function(rng, members)
        else:
            decision = random_expression(rng, names, rng.randint(1, 8))
        bound = rng.choice((2, 5, 2**63 - 1))  # small ones tie
        preferences = tuple(
            (rng.randint(-bound, bound), random_expression(rng, names, rng.randint(1, 3)))
            for _ in range(rng.choice((0, 0, 1, 2, 3, 5)))
        )
        group.append((name, decision, preferences))
    return group, {name: rng.random() < 0.5 for name in OTHERS}


# ------------------------------------------------------------------ translations

IDS = {name: bytes([0x10 * (i + 1) + 7]) * 25 for i, name in enumerate(NAMES + OTHERS)}


def tree(expression: Tuple) -> Expression:
    """A plain expression as the package's."""
    kind, *rest = expression
    match kind:
        case "true" | "false":
            return Constant(kind == "true")
        case "kept":
            return Kept(IDS[rest[0]])
        case "not":
            return Not(tree(rest[0]))
        case "and":
            return And(tree(rest[0]), tree(rest[1]))
        case "or":
            return Or(tree(rest[0]), tree(rest[1]))
    return AtLeast(rest[0], tuple(map(tree, rest[1:])))


def sealed(member: Plain) -> Sealed:
    """What a plain member seals."""
    _, decision, preferences = member
    if not preferences:
        return tree(decision)
    return Package(tree(decision), tuple(Preference(w, tree(e)) for w, e in preferences))


def translated(group: list[Plain]) -> list[Member]:
    """For `boomerang.groups.settle`."""
    return [Member(IDS[member[0]], sealed(member)) for member in group]


def known(outside: dict[str, bool]) -> dict[bytes, bool]:
    """The same for outcomes."""
    return {IDS[name]: kept for name, kept in outside.items()}
