"""The oracle finds out every wrong formula: each line of it that is changed shows in some group."""

from __future__ import annotations

import random
import sys
from functools import cache
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import boomerang.groups
from groups import cases, oracle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from groups.oracle import Member as Plain

SOURCE = Path(boomerang.groups.__file__).read_text("utf-8")
DECISIONS = (
    "*((Rule.DECISION, i, lambda a, i=i: follows[i] >> a & 1) for i in range(len(members))),"
)
PREFERENCES = "*((Rule.PREFERENCE, i, lambda a, i=i: worths[i][a]) for i in range(len(members))),"
ORDER = "*((Rule.ORDER, i, lambda a, i=i: a >> i & 1) for i in range(len(members))),"

MUTANTS = {
    "ties to the later": (
        ORDER,
        ORDER.replace("range(len(members))", "reversed(range(len(members)))"),
    ),
    "ties to reverting": (ORDER, ORDER.replace("a >> i & 1", "~a >> i & 1")),
    "no tie is broken by keeping": (ORDER, ""),
    "u before h": (DECISIONS, PREFERENCES + DECISIONS),
    "h from the last": (
        DECISIONS,
        DECISIONS.replace("range(len(members))", "reversed(range(len(members)))"),
    ),
    "how many are followed, not who first": (
        DECISIONS,
        "(Rule.DECISION, 0, lambda a: sum(f >> a & 1 for f in follows)),",
    ),
    "h ignored": (DECISIONS, ""),
    "u from the last": (
        PREFERENCES,
        PREFERENCES.replace("range(len(members))", "reversed(range(len(members)))"),
    ),
    "u summed over members": (
        PREFERENCES,
        "(Rule.PREFERENCE, 0, lambda a: sum(w[a] for w in worths)),",
    ),
    "u ignored": (PREFERENCES, ""),
    "feasible ignored": ("feasible &= follow | ~tables.kept[member.id]", "pass"),
    "who is not followed keeps": (
        "feasible &= follow | ~tables.kept[member.id]",
        "feasible &= follow | tables.kept[member.id]",
    ),
    "the first weight alone": (
        "for weight, table in weighed if",
        "for weight, table in weighed[:1] if",
    ),
    "weights without sign": ("sum(weight for weight", "sum(abs(weight) for weight"),
    "preferences that do not hold": ("if table >> a & 1)", "if not table >> a & 1)"),
    "the least is best": ("best = max(map(value, left))", "best = min(map(value, left))"),
    "at least: one more": (
        "stack.append(self._at_least(node.count,",
        "stack.append(self._at_least(node.count + 1,",
    ),
    "at least: more than it takes": (
        "for k in range(count, 0, -1):",
        "for k in range(1, count + 1):",
    ),
    "or is and": ("left | right if isinstance", "left & right if isinstance"),
    "not is dropped": ("self.everything & ~stack.pop()", "stack.pop()"),
    "outsiders all kept": ("self.everything if self.known[commitment] else 0", "self.everything"),
}


@cache
def groups() -> list[tuple[list[Plain], dict[str, bool], tuple[bool, ...]]]:
    """Some of every kind, with what the oracle says."""
    rng = random.Random("mutants")
    found: list[tuple[list[Plain], dict[str, bool]]] = [cases.random_group(rng) for _ in range(400)]
    pairs = list(cases.pairs())
    found += [(pair, {}) for pair in rng.sample(pairs, 1500)]
    return [(group, outside, oracle.outcome(group, outside)) for group, outside in found]


def load(source: str) -> ModuleType:
    name = "boomerang_groups_mutant"
    module = module_from_spec(spec_from_loader(name, loader=None))  # type: ignore[arg-type]
    sys.modules[name] = module  # where data classes look their annotations up
    try:
        exec(compile(source, name, "exec"), module.__dict__)  # noqa: S102
    finally:
        del sys.modules[name]
    return module


def differences(module: ModuleType) -> Iterator[int]:
    """Groups for which it says something else than the oracle, or fails."""
    for place, (group, outside, expected) in enumerate(groups()):
        members = [module.Member(cases.IDS[m[0]], cases.sealed(m)) for m in group]
        try:
            kept = tuple(module.settle(members, cases.known(outside)).kept.values())
        except (LookupError, ValueError):
            kept = None
        if kept != expected:
            yield place


def test_the_formula_itself_is_found_right() -> None:
    assert not list(differences(load(SOURCE)))


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught(name: str) -> None:
    right, wrong = MUTANTS[name]
    assert SOURCE.count(right) == 1
    assert next(differences(load(SOURCE.replace(right, wrong))), None) is not None
