"""The openings of a store by the seals that they open, read anew only when the store changed; and
what `boomerang keeper plan` wrote there: which of them are to be sealed, and when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boomerang.errors import InvalidInput
from boomerang.keeper.tasks import PlannedSeal

if TYPE_CHECKING:
    from boomerang.client import State
    from boomerang.identity import Domain
    from boomerang.store import Kept, PlannedOpening, Store

FILE = "keeper-plans.json"


class Openings:
    """Answers from memory while no record was added."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mark: int | None = None
        self._by_seal: dict[tuple[bytes, bytes], bytes] = {}
        self.damaged: list[str] = []

    def _refresh(self) -> None:
        mark = self._store.records_path.stat().st_mtime_ns
        if mark == self._mark:
            return
        contents = self._store.contents()
        self._by_seal = {
            (kept.record.id, kept.record.seal): kept.record.decision for kept in contents.openings
        }
        self.damaged = [error.record for error in contents.damaged]
        self._mark = mark

    def behind(self, state: State) -> dict[bytes, bytes]:
        """The decisions behind those seals on chain that can be opened from here, by id."""
        from boomerang.model import Phase

        self._refresh()
        found = {}
        for known in state.commitments:
            record = state.model.record(known)
            if record.phase is Phase.SEALED and (known, record.seal) in self._by_seal:
                found[known] = self._by_seal[known, record.seal]
        return found


def plan_seal(store: Store, domain: Domain, kept: Kept[PlannedOpening], at: int | None) -> None:
    """Have keepers that use this store seal this opening, which is on disk already."""

    def change(value: dict[str, Any]) -> None:
        here = value.setdefault(_place(domain), {})
        here[kept.record.id.hex()] = {"opening": kept.digest, "at": at}

    store.update_json(FILE, change)


def unplan_seal(store: Store, domain: Domain, known: bytes) -> bool:
    """Have them not seal it after all; whether there was anything planned."""
    found = False

    def change(value: dict[str, Any]) -> None:
        nonlocal found
        found = value.get(_place(domain), {}).pop(known.hex(), None) is not None

    store.update_json(FILE, change)
    return found


def planned_seals(store: Store, domain: Domain) -> dict[bytes, PlannedSeal]:
    """What is planned in the store for one registry."""
    entries = store.read_json(FILE).get(_place(domain), {})
    found = {}
    try:
        for text, entry in entries.items():
            known = bytes.fromhex(text)
            for kept in store.openings(known):
                if kept.digest == entry["opening"]:
                    seal = PlannedSeal(known, (kept.record.decision,), entry["at"], kept.digest)
                    found[known] = seal
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"{FILE} in the store is not a plan: {error}") from error
    return found


def _place(domain: Domain) -> str:
    return f"{domain.chain_id}:{domain.registry}"
