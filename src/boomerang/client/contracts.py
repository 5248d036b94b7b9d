"""The contracts of one registry: interfaces, addresses, and their logs as one history."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from boomerang.artifacts import load
from boomerang.client import events as typed_events
from boomerang.client.abi import Interface
from boomerang.model import part_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boomerang.chains.base import Chain, Log
    from boomerang.client.events import Event

REGISTRY, ENFORCER, GROUPS = "Boomerang", "Enforcer", "Groups"
"""Their names, as the artifacts have them."""


@cache
def interface(contract: str = REGISTRY) -> Interface:
    """A contract's ABI and code."""
    return Interface(load(contract))


class Contracts:
    """A registry's address and those of its parts, which follow from it."""

    def __init__(self, registry: str) -> None:
        self.registry = registry
        self.enforcer = part_address(registry, 1)
        self.groups = part_address(registry, 2)
        self.names = {registry: REGISTRY, self.enforcer: ENFORCER, self.groups: GROUPS}
        """What stands at each address."""

    def read(self, logs: Iterable[Log]) -> Iterator[Event]:
        """The typed events among logs, in their order. Others' logs are passed over."""
        for log in logs:
            contract = self.names.get(log.address)
            decoded = interface(contract).read(log) if contract else None
            if contract and decoded:
                yield typed_events.typed(decoded, log.block, log.index, contract)

    def logs(self, chain: Chain, from_block: int = 0) -> list[Log]:
        """All that the three have logged, oldest first."""
        found = [log for address in self.names for log in chain.logs(address, from_block)]
        return sorted(found, key=lambda log: (log.block.number, log.index))


__all__ = ["ENFORCER", "GROUPS", "REGISTRY", "Contracts", "interface"]
