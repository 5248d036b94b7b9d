"""Resolving a group (section 7): all members at once, once nothing that any names is open.

The formula is `boomerang.groups.settle`; this is what it is given, and what is made of it.
"""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING

from boomerang import errors
from boomerang.decisions import decode_sealed, sealed_atoms
from boomerang.groups import Member, Settlement, group_id, settle
from boomerang.model import events
from boomerang.model.resolution import Resolving
from boomerang.model.state import NO_SEAL, Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boomerang.model.ledger import Env


class Joint(Resolving):
    """Resolving groups."""

    def resolve_group(self, env: Env, ids: Sequence[bytes], decisions: Sequence[bytes]) -> int:
        """Settle a complete group. `decisions` are the bytes that were opened, for each of `ids`
        (ascending), ignored for members that are not pending.

        Returns the kept members: bit i for ids[i].
        """
        settlement = self.settlement(ids, decisions, env.time)
        kept = settlement.kept
        bits = sum(1 << i for i, member in enumerate(ids) if kept.get(member))
        self._emit(events.GroupResolved(group_id(ids), bits))
        for member in ids:
            if member in kept:
                phase = Phase.KEPT if kept[member] else Phase.REVERTED_BY_DECISION
                self._set(member, phase=phase, seal=NO_SEAL)
                self._emit(events.Resolved(member, phase))
        return bits

    def settlement(self, ids: Sequence[bytes], decisions: Sequence[bytes], time: int) -> Settlement:
        """What `resolve_group` would come to, and why. The same errors."""
        if len(decisions) != len(ids):
            raise errors.MalformedGroup()
        group = group_id(ids)
        found = self.group(group)
        if found is None or found.node is None:
            raise errors.NotComplete(group)
        phases = {member: self.phase(member, time) for member in ids}
        if all(phase.final for phase in phases.values()):
            raise errors.WrongPhase(ids[0], phases[ids[0]])
        for member, decision in zip(ids, decisions, strict=True):
            if phases[member] is Phase.PENDING:
                if decision != self.state.records[member].decision:
                    raise errors.WrongDecision(member)
                for atom in sealed_atoms(decision):
                    if atom not in ids and not self.phase(atom, time).final:
                        raise errors.DependencyPending(member, atom)
            elif not phases[member].final:
                raise errors.DependencyPending(member, member)

        return self._settle((m for m in ids if phases[m] is Phase.PENDING), time)

    def _settle(self, live: Iterable[bytes], time: int) -> Settlement:
        ordered = self._in_order(live)
        members = [Member(m, decode_sealed(self.state.records[m].decision)) for m in ordered]
        named = {atom for member in members for atom in sealed_atoms(member.sealed)}
        known = {atom: self.phase(atom, time).kept for atom in named.difference(ordered)}
        return settle(members, known)

    def _in_order(self, members: Iterable[bytes]) -> list[bytes]:
        """In the order of section 3: a complete group holds no tie."""

        def compare(x: bytes, y: bytes) -> int:
            return -1 if self._precedes(x, y) else 1

        return sorted(members, key=cmp_to_key(compare))

    # ------------------------------------------------------------------ views

    def explanation(self, group: bytes, time: int) -> Settlement:
        """What a complete group comes to, or has come to, and why. NotComplete, and
        DependencyPending while it waits for somebody.
        """
        waits_for = self.group_waits_for(group, time)
        ids = self.state.groups[group].ids
        if waits_for:
            first = waits_for[0]
            waiting = (m for m in ids if self.phase(m, time) is Phase.PENDING)
            raise errors.DependencyPending(first if first in ids else next(waiting), first)
        # In a complete group nothing else ends so.
        settled = (Phase.PENDING, Phase.KEPT, Phase.REVERTED_BY_DECISION)
        return self._settle((m for m in ids if self.phase(m, time) in settled), time)

    def group_waits_for(self, group: bytes, time: int) -> tuple[bytes, ...]:
        """What the resolution of a complete group waits for, each once: members not opened and not
        lapsed, then commitments outside that pending members name. NotComplete.
        """
        found = self.group(group)
        if found is None or found.node is None:
            raise errors.NotComplete(group)
        waits: list[bytes] = []
        outside: list[bytes] = []
        for member in found.ids:
            phase = self.phase(member, time)
            if phase is Phase.PENDING:
                outside += sealed_atoms(self.state.records[member].decision)
            elif not phase.final:
                waits.append(member)
        waits += [a for a in outside if a not in found.ids and not self.phase(a, time).final]
        return tuple(dict.fromkeys(waits))

    def group_resolvable(self, group: bytes, time: int) -> bool:
        """Whether `resolve_group` would settle it at this time. NotComplete."""
        if self.group_waits_for(group, time):
            return False
        return any(self.phase(m, time) is Phase.PENDING for m in self.state.groups[group].ids)
