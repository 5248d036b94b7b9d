"""Which messages a text has: docs/intents.md, "The message"; docs/language.md, "No text"."""

from __future__ import annotations

from collections import Counter
from math import gcd
from typing import Final

from boomerang.identity import ID_SIZE
from boomerang.intents.message import (
    MAX_AMOUNT,
    MAX_GUARDS,
    MAX_HOPS,
    MAX_PATHS,
    NOTHING,
    Branch,
    Guard,
    GuardKind,
    Intent,
    NotCanonical,
)

MAX_SHARE: Final = 10_000
"""Basis points: all of the gain."""
ONLY_ROUTES: Final = frozenset({GuardKind.FRESH, GuardKind.PAYS, GuardKind.PAID})
ONCE: Final = (GuardKind.EXISTS, GuardKind.PAYS)
"""Kinds of which a branch has at most one guard."""
POOLS: Final = frozenset({GuardKind.POOL_AT_LEAST, GuardKind.POOL_AT_MOST})
SHARES: Final = frozenset({GuardKind.PAYS, GuardKind.PAID})
_TIMES: Final = frozenset({GuardKind.AFTER, GuardKind.BEFORE})
_OUTCOMES: Final = frozenset({GuardKind.KEPT, GuardKind.REVERTED})


def check_canonical(intent: Intent) -> None:
    """NotCanonical, naming the place, for a message that no text gives."""
    if intent.sell == NOTHING:
        raise NotCanonical("sell: the zero address is no token")
    if all(branch.idle for branch in intent.branches):
        raise NotCanonical("branches: none sells anything")
    last = len(intent.branches) - 1
    for index, branch in enumerate(intent.branches):
        where = f"branches[{index}]"
        if not branch.guards and branch.idle and index == last:
            raise NotCanonical(f"{where}: a program ends with doing nothing anyhow")
        if not branch.guards and index < last:
            raise NotCanonical(f"{where}: without guards it takes all; what follows is never taken")
        _check_action(where, branch, intent.sell)
        _check_guards(where, branch)


def _check_action(where: str, branch: Branch, sell: bytes) -> None:
    if branch.idle:
        if branch.least or branch.paths:
            raise NotCanonical(f"{where}: what buys nothing has no least and no paths")
        return
    if branch.least == 0:
        raise NotCanonical(f"{where}.least: must be above zero")
    if branch.buy == sell:
        raise NotCanonical(f"{where}.buy: is what is sold")
    if len(branch.paths) > MAX_PATHS:
        raise NotCanonical(f"{where}.paths: {len(branch.paths)}; at most {MAX_PATHS} are allowed")
    for number, path in enumerate(branch.paths):
        here = f"{where}.paths[{number}]"
        if not 2 <= len(path) <= MAX_HOPS:
            raise NotCanonical(f"{here}: {len(path)} tokens; 2 to {MAX_HOPS} are allowed")
        if (path[0], path[-1]) != (sell, branch.buy):
            raise NotCanonical(f"{here}: does not lead from what is sold to what is bought")
        if len(set(path)) < len(path) or NOTHING in path:
            raise NotCanonical(f"{here}: passes a token twice, or the zero address")


def _check_guards(where: str, branch: Branch) -> None:
    if len(branch.guards) > MAX_GUARDS:
        raise NotCanonical(
            f"{where}.guards: {len(branch.guards)}; at most {MAX_GUARDS} are allowed"
        )
    for number, guard in enumerate(branch.guards):
        here = f"{where}.guards[{number}]"
        if guard.kind == GuardKind.EXISTS and not branch.direct:
            raise NotCanonical(f"{here}: `exists` stands only on direct swaps")
        if guard.kind in ONLY_ROUTES and not branch.paths:
            raise NotCanonical(f"{here}: {guard.kind.name.lower()} stands only on routes")
        if why := _malformed(guard):
            raise NotCanonical(f"{here}: {why}")
    counts = Counter(guard.kind for guard in branch.guards)
    for kind in ONCE:
        if counts[kind] > 1:
            raise NotCanonical(f"{where}.guards: more than one `{kind.name.lower()}`")
    if needs_fresh(branch):
        raise NotCanonical(f"{where}.guards: a route on a pool's rate needs `fresh`")


def needs_fresh(branch: Branch) -> bool:
    """A route on a pool's rate, whose own pools may have been moved in this block all the same."""
    kinds = {guard.kind for guard in branch.guards}
    return bool(branch.paths and kinds & POOLS and not kinds & ONLY_ROUTES)


def _malformed(guard: Guard) -> str | None:
    """What a guard's words hold that its kind does not say."""
    kind, subject = guard.kind, guard.subject
    if kind in _OUTCOMES:
        return "a subject is 25 bytes and zeros" if any(subject[ID_SIZE:]) else _zero(guard)
    if kind in _TIMES:
        return "the subject of a time is zero" if any(subject) else None
    if kind in POOLS:
        numerator, denominator = guard.ratio
        if any(subject[:12]):
            return "a subject is an address"
        coprime = numerator > 0 and denominator > 0 and gcd(numerator, denominator) == 1
        return None if coprime else "the ratio must be positive and in lowest terms"
    if kind in SHARES:
        if guard.share > MAX_SHARE:
            return f"a share of {guard.share} basis points; at most {MAX_SHARE} are allowed"
        return "the baseline must fit 112 bits" if guard.terms[0] > MAX_AMOUNT else None
    return "the subject must be zero" if any(subject) else _zero(guard)


def _zero(guard: Guard) -> str | None:
    return "the limit must be zero" if guard.limit else None
