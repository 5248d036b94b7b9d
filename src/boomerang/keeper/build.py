"""From an action to the transaction that does it. The only place where a decision and its salt
meet a transaction: what comes out of here for an opening is secret until it is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang import decisions
from boomerang.chains.base import Tx
from boomerang.client import Registry
from boomerang.client.contracts import GROUPS, interface
from boomerang.decisions import sealed_atoms
from boomerang.errors import MalformedDecision
from boomerang.identity import ZERO_ADDRESS
from boomerang.keeper.actions import Action, Kind
from boomerang.model import Phase

if TYPE_CHECKING:
    from boomerang.chains.base import Chain
    from boomerang.client import State
    from boomerang.content import Content
    from boomerang.identity import Domain, Key
    from boomerang.keeper.tasks import Tasks
    from boomerang.parameters import Parameters
    from boomerang.store import Store

MAX_GAS = {
    Kind.PUBLISH: 1_500_000,
    Kind.DRAW: 1_500_000,
    Kind.OFFER: 300_000,
    Kind.DECLINE: 200_000,
    Kind.SEAL: 200_000,
    Kind.OPEN: 2_000_000,
    Kind.RESOLVE: 5_000_000,
    Kind.RESOLVE_GROUP: 3_000_000,
    Kind.EXECUTE: 15_000_000,
    Kind.RETRY: 8_500_000,
    Kind.RELEASE: 500_000,
}
"""What a transaction may use where no node can tell, so that a deadline is not missed for want of
an estimate."""


class _NoNode:
    """Stands in for a chain where transactions are only built."""

    def __init__(self, chain_id: int) -> None:
        self.chain_id = chain_id


class Builder:
    """Builds the transactions of one registry."""

    def __init__(self, domain: Domain, parameters: Parameters, store: Store) -> None:
        self._parameters = parameters
        self._store = store
        chain: Chain = _NoNode(domain.chain_id)  # type: ignore[assignment]
        self._registry = Registry(chain, domain.registry)

    def build(self, action: Action, state: State, tasks: Tasks, sender: str) -> Tx:
        """The transaction, from `sender`. For a seal the opening is on disk, synced, when this
        returns. Raises the store's errors.
        """
        first = action.ids[0]
        match action.kind:
            case Kind.PUBLISH:
                return self._publish(first, tasks)
            case Kind.DRAW:
                return self._registry.tx_draw(action.ids, sender=sender)
            case Kind.OFFER:
                key = state.commitments[first].key
                return self._registry.tx_offer(key, action.other or b"", sender=sender)
            case Kind.DECLINE:
                key = state.commitments[first].key
                if action.other is None:
                    return self._registry.tx_decline_all(key, sender=sender)
                return self._registry.tx_decline(key, action.other, sender=sender)
            case Kind.SEAL:
                return self._seal(action, state, tasks, sender)
            case Kind.OPEN:
                return self._open(first, state, sender)
            case Kind.RESOLVE:
                plan = {
                    state.model.domain.commitment_id(resolution.key): resolution
                    for resolution in state.plan(action.due)
                }
                return self._registry.tx_resolve([plan[one] for one in action.ids], sender=sender)
            case Kind.RESOLVE_GROUP:
                return self._resolve_group(action.ids, state, sender)
            case Kind.EXECUTE:
                one = state.commitments[first]
                return self._registry.enforcer.tx_execute(one, sender, sender=sender)
            case Kind.RETRY:
                one = state.commitments[first]
                return self._registry.enforcer.tx_retry(one, action.index or 0, sender=sender)
            case Kind.RELEASE:
                one = state.commitments[first]
                return self._registry.enforcer.tx_release(one, action.index or 0, sender=sender)

    def _resolve_group(self, ids: tuple[bytes, ...], state: State, sender: str) -> Tx:
        records = [state.model.record(one) for one in ids]
        opened = [r.decision if r.phase is Phase.PENDING else b"" for r in records]
        data = interface(GROUPS).functions["resolve"].encode(list(ids), opened)
        return Tx(sender, self._registry.contracts.groups, data)

    def _publish(self, known: bytes, tasks: Tasks) -> Tx:
        wanted = tasks.publication(known)
        if wanted is None:
            raise ValueError(f"0x{known.hex()} is not planned")
        if not self._store.contents(known).publications:
            self._store.plan_publication(self._registry.domain, wanted.key, wanted.content)
        value = wanted.key.bond + self._parameters.fee + escrowed(wanted.content)
        return self._registry.tx_publish(wanted.key, wanted.content, value=value)

    def _seal(self, action: Action, state: State, tasks: Tasks, sender: str) -> Tx:
        one = state.commitments[action.ids[0]]
        wanted = tasks.seals[one.id]
        kept = self._store.openings(one.id)
        # The first that was planned for this decision: two keepers with one store, and one keeper
        # killed and started again, send the same seal.
        fitting = [
            opening.record
            for opening in kept
            if opening.record.decision == action.program
            and (wanted.digest is None or opening.digest == wanted.digest)
        ]
        if fitting:
            record = fitting[0]
        else:
            record = self._store.plan_opening(
                self._registry.domain, one.key, action.program, _text(action.program), one.content
            ).record
        return self._registry.tx_seal(one.key, record.seal, sender=sender)

    def _open(self, known: bytes, state: State, sender: str) -> Tx:
        one = state.commitments[known]
        opening = self._store.opening_of(known, state.model.record(known).seal).record
        dependencies = _dependencies(known, opening.decision, state)
        if sender == one.key.committer and not dependencies:
            return self._registry.tx_open(one.key, opening.decision, opening.salt, sender=sender)
        return self._registry.tx_open_for(
            one.key, opening.decision, opening.salt, dependencies, sender=sender
        )


def escrowed(content: Content) -> int:
    """The ether, in wei, that goes into escrow with a content."""
    if content.clauses is None:
        return 0
    return sum(asset.amount for asset in content.clauses.escrow if asset.token == ZERO_ADDRESS)


def _dependencies(known: bytes, decision: bytes, state: State) -> tuple[Key, ...]:
    """The keys that an opening hands in: of the atoms, where the cover is above 0; for a complete
    group's member of those outside, where the group's is.
    """
    node = state.model.node(known)
    if node is None:
        cover = state.commitments[known].key.cover
        return state.dependencies(decision) if cover else ()
    if not node.cover:
        return ()
    try:
        named = sealed_atoms(decision)
    except MalformedDecision:
        return ()
    keys = []
    for atom in named:
        if atom not in state.commitments:
            break
        if state.model.together(known, atom) != (True, True):
            keys.append(state.commitments[atom].key)
    return tuple(keys)


def _text(program: bytes) -> str:
    try:
        return decisions.format(decisions.decode(program))
    except MalformedDecision:
        return f"0x{program.hex()}"
