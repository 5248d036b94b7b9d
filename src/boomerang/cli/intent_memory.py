"""Intents that were signed here: in the store, so that they can be shown, cancelled and explained,
and so that no nonce is given twice. Nothing of it is secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_utils.address import to_checksum_address

from boomerang.errors import InvalidInput

if TYPE_CHECKING:
    from boomerang.intents.message import IntentDomain
    from boomerang.intents.relay.signed import SignedIntent
    from boomerang.store import Store

FILE = "signed-intents.json"


class Memory:
    """What was signed here for one settlement."""

    def __init__(self, store: Store, domain: IntentDomain) -> None:
        """`domain` names the settlement."""
        self._store = store
        self._place = f"{domain.chain_id}:{to_checksum_address(domain.settlement)}"

    def keep(self, signed: SignedIntent, where: str) -> None:
        """Write it down, before it leaves this machine; `where` it goes."""
        name = f"0x{signed.hash.hex()}"

        def change(value: dict[str, Any]) -> None:
            known = value.setdefault(self._place, {})
            places = known.get(name, {}).get("went", [])
            known[name] = {
                "number": known.get(name, {}).get("number", len(known)),
                "signed": signed.to_data(),
                "went": [*places, *([] if where in places else [where])],
            }

        self._store.update_json(FILE, change)

    def all(self) -> dict[bytes, SignedIntent]:
        """By hash, in the order in which they were signed."""
        from boomerang.intents.relay.signed import from_data

        try:
            found = self._store.read_json(FILE).get(self._place, {})
            ordered = sorted(found.values(), key=lambda one: int(one["number"]))
            signed = [from_data(one["signed"]) for one in ordered]
        except (KeyError, TypeError, AttributeError, InvalidInput) as error:
            raise InvalidInput(f"{FILE} in the store is damaged: {error!r}") from error
        return {one.hash: one for one in signed}

    def went(self, name: bytes) -> list[str]:
        """Where an intent went."""
        entry = self._store.read_json(FILE).get(self._place, {}).get(f"0x{name.hex()}", {})
        return [str(place) for place in entry.get("went", [])]

    def nonces(self, maker: bytes) -> set[int]:
        """Those that this maker signed with here."""
        return {one.intent.nonce for one in self.all().values() if one.intent.maker == maker}


__all__ = ["FILE", "Memory"]
