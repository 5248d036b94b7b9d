"""The contracts of one settlement: their addresses, views, and their logs as one history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.chains.base import CallReverted, Tx
from boomerang.client.abi import UnexpectedAnswer
from boomerang.client.contracts import interface
from boomerang.errors import decode_error
from boomerang.identity import address as checksummed
from boomerang.intents import errors
from boomerang.intents.client import events as typed_events
from boomerang.model import part_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boomerang.chains.base import Chain, Log
    from boomerang.intents.client.events import Event

SETTLEMENT, BOOK, DRY_RUN = "Settlement", "Book", "DryRun"
"""Their names, as the artifacts have them."""
ERRORS = errors.__name__
"""Importing that module is what makes `decode_error` know the settlement's errors."""


class Contracts:
    """A settlement's address and that of its book, which follows from it."""

    def __init__(self, chain: Chain, settlement: str) -> None:
        self.chain = chain
        self.settlement = checksummed(settlement)
        self.book = part_address(self.settlement, 1)
        self.names = {self.settlement: SETTLEMENT, self.book: BOOK}
        """What stands at each address."""

    def read(self, logs: Iterable[Log]) -> Iterator[Event]:
        """The typed events among logs, in their order. Others' logs are passed over."""
        for log in logs:
            contract = self.names.get(log.address)
            decoded = interface(contract).read(log) if contract else None
            if decoded:
                yield typed_events.typed(decoded, log.block, log.index)

    def logs(self, from_block: int = 0) -> list[Log]:
        """All that the two have logged, oldest first."""
        found = [log for address in self.names for log in self.chain.logs(address, from_block)]
        return sorted(found, key=lambda log: (log.block.number, log.index))

    def view(self, contract: str, function: str, *values: Any, at: int | None = None) -> Any:
        """A view of one of them, with ABI values; `at` asks as if it were that second.

        Raises its errors, and UnexpectedAnswer where the address has no settlement.
        """
        address = {name: place for place, name in self.names.items()}[contract]
        return view(self.chain, contract, address, function, *values, at=at)


def view(
    chain: Chain, contract: str, address: str, function: str, *values: Any, at: int | None = None
) -> Any:
    """What a function of a contract answers. Errors as `Contracts.view`."""
    entry = interface(contract).functions[function]
    try:
        answer = chain.call(Tx(address, address, entry.encode(*values)), at)
    except CallReverted as error:
        if not error.data:
            raise _nothing(chain, contract, address) from None
        raise decode_error(error.data) from None
    if not answer:
        raise _nothing(chain, contract, address)
    return entry.decode(answer)


def _nothing(chain: Chain, contract: str, address: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(f"there is no {contract} at {address} on chain {chain.chain_id}")


def raw(address: str) -> bytes:
    """An address as the 20 bytes that messages have."""
    return bytes.fromhex(address[2:])


__all__ = ["BOOK", "DRY_RUN", "SETTLEMENT", "Contracts", "raw", "view"]
