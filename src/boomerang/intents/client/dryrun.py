"""What the settlement would say of intents, one by one: which clause stands in the way, what was
observed, and when to look again. Whether a whole batch goes through, `Settlement.would` asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from boomerang.arenas.sending import sent
from boomerang.chains.base import Tx
from boomerang.client.contracts import interface
from boomerang.errors import InvalidInput
from boomerang.intents.batch import Batch
from boomerang.intents.client.contracts import DRY_RUN, view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boomerang.chains.base import Chain, Signer
    from boomerang.intents.batch import Order


class NoDryRun(InvalidInput):
    """No dry run is known beside this settlement."""

    def __init__(self, settlement: str) -> None:
        super().__init__(f"no dry run is known beside the settlement {settlement}")


class Clause(IntEnum):
    """What stands in an intent's way, numbered as the contract does. In brackets: what `observed`
    and `required` of the obstacle are.
    """

    NONE = 0
    """Nothing: a direct swap waits for a counterparty, a route can be taken."""
    RANGE = 1
    """A number or a path that is refused for ever."""
    EXPIRED = 2
    """(the time; the deadline)"""
    SIGNATURE = 3
    """Neither the maker's signature nor an approval."""
    NONCE = 4
    """Used or cancelled, or another intent was filled in part under it."""
    FUNDS = 5
    """(what could be moved; what must be: all that is left, or 1 where parts will do)"""
    GUARD = 6
    """A guard is false. (what it sees; its limit)"""
    UNDECIDED = 7
    """A guard, perhaps of an earlier branch, is neither true nor false yet."""
    EARLIER = 8
    """An earlier branch takes the units. (its index; 0)"""
    MATCH = 9
    """The book holds a match for an earlier branch. (its index; the entry's number)"""
    QUOTE = 10
    """No path gives enough for what is left. (the best quote; the minimum)"""
    IDLE = 11
    """The branch does nothing."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of an intent, or of one branch. `guard` is an index where the clause
    is GUARD or UNDECIDED; `retry_at` a Unix second at which to look again, None where time alone
    does not help.
    """

    clause: Clause
    guard: int
    observed: int
    required: int
    retry_at: int | None


@dataclass(frozen=True, slots=True)
class BranchVerdict:
    """One branch: what is in its way beside the intent's own obstacle. `standing`: the number of
    the book's entry that a direct swap crosses, None for none. `quote`: what the best path of a
    route gives for what is left, 0 for none.
    """

    obstacle: Obstacle
    standing: int | None
    quote: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of an intent now: what is in the way of all branches, what it may still sell,
    what its maker has and has allowed, and each branch that was handed in.
    """

    intent_hash: bytes
    obstacle: Obstacle
    left: int
    movable: int
    branches: tuple[BranchVerdict, ...]

    @property
    def open_branches(self) -> list[int]:
        """The branches with nothing in the way."""
        if self.obstacle.clause is not Clause.NONE:
            return []
        clauses = [branch.obstacle.clause for branch in self.branches]
        return [index for index, clause in enumerate(clauses) if clause is Clause.NONE]


class DryRun:
    """The view of one settlement at an address."""

    def __init__(self, chain: Chain, address: str) -> None:
        self.chain = chain
        self.address = address

    @classmethod
    def deploy(
        cls,
        chain: Chain,
        settlement: str,
        *,
        sender: str | None = None,
        signer: Signer | None = None,
    ) -> DryRun:
        """Deploy one beside a settlement."""
        who = sender or (signer.address if signer else chain.accounts()[0])
        receipt = sent(chain, Tx(who, None, interface(DRY_RUN).creation(settlement)), signer)
        return cls(chain, str(receipt.contract))

    def settlement(self) -> str:
        """Of which it speaks."""
        return str(view(self.chain, DRY_RUN, self.address, "settlement"))

    def check(self, orders: Iterable[Order], at: int | None = None) -> list[Verdict]:
        """A verdict on each order, now or as if at second `at`: signatures too, and all branches
        that are handed in.
        """
        batch = Batch(tuple(orders)).encode()
        found = view(self.chain, DRY_RUN, self.address, "check", batch, at=at)
        return [_verdict(*values) for values in found]


def _verdict(
    intent_hash: bytes,
    obstacle: tuple[int, ...],
    left: int,
    movable: int,
    branches: Iterable[tuple[int, ...]],
    standing: Iterable[int],
    quotes: Iterable[int],
) -> Verdict:
    sides: Any = zip(branches, standing, quotes, strict=True)
    return Verdict(
        intent_hash,
        _obstacle(*obstacle),
        left,
        movable,
        tuple(BranchVerdict(_obstacle(*values), number or None, q) for values, number, q in sides),
    )


def _obstacle(clause: int, guard: int, observed: int, required: int, retry_at: int) -> Obstacle:
    return Obstacle(Clause(clause), guard, observed, required, retry_at or None)


__all__ = ["BranchVerdict", "Clause", "DryRun", "NoDryRun", "Obstacle", "Verdict"]
