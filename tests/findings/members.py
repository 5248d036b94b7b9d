"""Groups on the stage: who joins, and a bargain that a member of a group wants to spoil.

Alice's A1 says "revert if kept(m)", where Mallory has offered M to A1: she yields if Mallory does
what M says, and else she does not. Mallory gains where A1 is reverted, and M is revoked all the
same. Once A1 is frozen, Alice can do nothing about it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang import artifacts
from boomerang.chains.base import Tx
from boomerang.client.abi import Interface
from boomerang.errors import decode_error
from findings.stage import Commitment, Stage, decide

if TYPE_CHECKING:
    from boomerang.chains.base import Receipt
    from boomerang.model import Phase
    from findings.variants import Variant

GROUPS = Interface(artifacts.load("Groups"))
SOURCE = "contracts/Groups.sol"


class Members(Stage):
    def __init__(self, variant: Variant | None = None) -> None:
        super().__init__(variant)
        self.groups: str = self.view("groups")

    def ids(self, *members: Commitment) -> list[bytes]:
        """A group, as it is named: ascending."""
        return sorted(self.id(c) for c in members)

    def join(self, c: Commitment, *members: Commitment) -> Tx:
        """The group of all `members`; c is one of them."""
        own = (c.key.stake, c.key.content_hash)
        data = GROUPS.functions["join"].encode(*own, self.ids(*members))
        return Tx(c.owner, self.groups, data)

    def seal_bargain(self, second: int, a1: Commitment, m: Commitment) -> bytes:
        """The decision that Alice seals."""
        decision = decide("revert if kept(m)", m=self.id(m))
        self.at(second, self.seal(a1, decision))
        return decision

    def revoke_and_open(self, a1: Commitment, m: Commitment, decision: bytes) -> Phase:
        """What becomes of A1 when Mallory revokes M."""
        self.next(self.open(a1, decision, m))
        self.next(self.revoke(m))
        if not self.phase(a1).final:
            self.next(self.resolve((a1, decision)))
        return self.phase(a1)


def refusal(*receipts: Receipt) -> Exception | None:
    """Why the first transaction failed that did."""
    failed = [decode_error(receipt.output) for receipt in receipts if not receipt.ok]
    return failed[0] if failed else None
