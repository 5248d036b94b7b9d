"""Whether a message is a program that some text has, and that the contract takes (docs/intents.md,
"The message"). Pure: what only the chain knows is not asked here.
"""

from __future__ import annotations

from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING, Final

from boomerang.errors import InvalidInput
from boomerang.intents.message import (
    MAX_AMOUNT,
    MAX_GUARDS,
    MAX_HOPS,
    MAX_PATHS,
    GuardKind,
    NotCanonical,
)

if TYPE_CHECKING:
    from boomerang.intents.message import Branch, Guard, Intent

BASIS_POINTS: Final = 10_000
MIN_HOPS: Final = 2
_ZERO: Final = bytes(32)
_TIMES = {GuardKind.AFTER, GuardKind.BEFORE}
_POOLS = {GuardKind.POOL_AT_LEAST, GuardKind.POOL_AT_MOST}
_SHARES = {GuardKind.PAYS, GuardKind.PAID}


class NoProgram(InvalidInput):
    """A message that the contract would refuse whatever happens: what is wrong, and where."""


def check(intent: Intent) -> None:
    """Raise NoProgram or NotCanonical, naming branch and guard by their index, from 0."""
    last = len(intent.branches) - 1
    for i, branch in enumerate(intent.branches):
        where = f"branch {i}"
        if i == last and branch.idle and not branch.guards:
            raise NotCanonical(f"{where} does nothing, as every program does at its end: leave it")
        if i < last and not branch.guards:
            raise NotCanonical(f"{where} has no guards, so no later branch is ever reached")
        _check_action(where, intent.sell, branch)
        if len(branch.guards) > MAX_GUARDS:
            raise NoProgram(f"{where} has {len(branch.guards)} guards, of at most {MAX_GUARDS}")
        for j, guard in enumerate(branch.guards):
            _check_guard(f"{where}, guard {j}", branch, guard)
        if sum(guard.kind is GuardKind.EXISTS for guard in branch.guards) > 1:
            raise NoProgram(f"{where} has two guards that say `exists`")


def _check_action(where: str, sell: bytes, branch: Branch) -> None:
    if branch.idle:
        if branch.least or branch.paths:
            raise NoProgram(f"{where} does nothing, and yet has a least or paths")
        return
    if branch.buy == sell:
        raise NoProgram(f"{where} buys what it sells")
    if branch.least == 0:
        raise NoProgram(f"{where} has no least")
    if len(branch.paths) > MAX_PATHS:
        raise NoProgram(f"{where} has {len(branch.paths)} paths, of at most {MAX_PATHS}")
    for k, path in enumerate(branch.paths):
        if not MIN_HOPS <= len(path) <= MAX_HOPS:
            raise NoProgram(f"{where}, path {k}: {len(path)} tokens, not {MIN_HOPS} to {MAX_HOPS}")
        if path[0] != sell or path[-1] != branch.buy:
            raise NoProgram(f"{where}, path {k} does not lead from what is sold to what is bought")
        if any(one == other for one, other in pairwise(path)):
            raise NoProgram(f"{where}, path {k} names one token twice in a row")


def _check_guard(where: str, branch: Branch, guard: Guard) -> None:
    kind = guard.kind
    if kind is GuardKind.EXISTS and not branch.direct:
        raise NoProgram(f"{where}: `exists` is for direct swaps only")
    if (kind is GuardKind.FRESH or kind in _SHARES) and not branch.paths:
        raise NoProgram(f"{where}: {kind.name.lower()} is for routes only")
    if kind in _TIMES or kind in {GuardKind.EXISTS, GuardKind.FRESH}:
        if guard.subject != _ZERO:
            raise NotCanonical(f"{where}: the subject must be zero")
    elif kind in _POOLS:
        if any(guard.subject[:12]):
            raise NotCanonical(f"{where}: the subject must be an address")
        numerator, denominator = guard.ratio
        if not numerator or not denominator:
            raise NoProgram(f"{where}: numerator and denominator must be above 0")
        if gcd(numerator, denominator) != 1:
            raise NotCanonical(f"{where}: numerator and denominator must be coprime")
    elif kind in _SHARES:
        if not 0 < guard.share <= BASIS_POINTS:
            raise NoProgram(f"{where}: the share must be from 1 to {BASIS_POINTS} basis points")
        if guard.terms[0] > MAX_AMOUNT:
            raise NoProgram(f"{where}: the baseline must fit 112 bits")
    else:
        if any(guard.subject[len(guard.id) :]):
            raise NotCanonical(f"{where}: the subject must be a commitment's id and zeros")
    if kind not in _TIMES and kind not in _POOLS and kind not in _SHARES and guard.limit:
        raise NotCanonical(f"{where}: the limit must be zero")


__all__ = ["NoProgram", "check"]
