"""After the freeze (sections 2, 7 and 8): openings, and what they come to.

Resolution is pulled: anyone resolves what they chose off chain, and it is checked that what each
depends on is final. An opening whose dependencies are final already resolves at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from boomerang import errors
from boomerang.decisions import (
    Constant,
    Expression,
    atoms,
    decode,
    encode,
    evaluate,
    sealed_atoms,
)
from boomerang.hashing import keccak
from boomerang.identity import SEAL_SIZE, Key, check_bytes
from boomerang.model import events
from boomerang.model.offers import Offers
from boomerang.model.state import NO_SEAL, Obstacle, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.model.ledger import Env


KEEP_ALWAYS: Final = encode(Constant(True))  # the decision `keep`


@dataclass(frozen=True, slots=True)
class Resolution:
    """What `resolve` is given: a key, and the decision's bytes where it is pending."""

    key: Key
    decision: bytes = b""

    def __post_init__(self) -> None:
        check_bytes("decision", self.decision)


class Resolving(Offers):
    """Opening and resolving."""

    def open(
        self, env: Env, stake: int, content_hash: bytes, decision: bytes, salt: bytes
    ) -> Phase:
        """Open the seal of the sender's commitment, freeze <= t <= freeze + revealWindow.

        Returns KEPT, REVERTED_BY_DECISION, INVALID_DECISION or PENDING. The bond comes back.
        A decision that names others, on a commitment with a cover, needs `open_for`.
        """
        commitment, _ = self._own(env.sender, stake, content_hash)
        return self._open(env, commitment, decision, salt, ())

    def open_for(
        self, env: Env, key: Key, decision: bytes, salt: bytes, dependencies: Sequence[Key] = ()
    ) -> Phase:
        """The same for any commitment; anyone may who knows the opening.

        With a cover, `dependencies` are the keys of the decision's atoms, one for each, in order.
        """
        commitment = self.domain.commitment_id(key)
        self._known(commitment)
        return self._open(env, commitment, decision, salt, dependencies)

    def _open(
        self,
        env: Env,
        commitment: bytes,
        decision: bytes,
        salt: bytes,
        dependencies: Sequence[Key],
    ) -> Phase:
        self._require_phase(commitment, Phase.SEALED, env.time)
        record = self.state.records[commitment]
        self._require_from(commitment, record.freeze, env.time)
        closed_at = record.freeze + self.parameters.reveal_window + 1
        self._require_before(commitment, closed_at, env.time)
        decision_hash = self._require_opening(commitment, decision, salt)

        phase = self._judge(commitment, decision, dependencies, env.time)
        seal = decision_hash if phase is Phase.PENDING else NO_SEAL
        self._set(commitment, phase=phase, seal=seal, decision=decision)
        if decision == KEEP_ALWAYS and phase is not Phase.PENDING:
            self._emit(events.OpenedKeep(commitment))
        else:
            self._emit(events.Opened(commitment, phase, decision))
        self._release(record.key.committer, record.key.bond)
        return phase

    def _require_opening(self, commitment: bytes, decision: bytes, salt: bytes) -> bytes:
        """The first 23 bytes of the decision's hash, once decision and salt make the seal."""
        record = self.state.records[commitment]
        if self.domain.seal(record.key, decision, salt) != record.seal:
            raise errors.WrongOpening(commitment)
        return keccak(decision)[:SEAL_SIZE]

    def _judge(
        self, commitment: bytes, decision: bytes, dependencies: Sequence[Key], time: int
    ) -> Phase:
        """What an opening comes to. Whether it is valid was fixed at the freeze: every floor, depth
        and offer that counts was. Every atom counts, whatever its value could matter (section 5).
        """
        if group := self._complete_group(commitment):
            return self._judge_member(commitment, group.ids, decision, dependencies)
        try:
            expression = decode(decision)
        except errors.MalformedDecision:
            return Phase.INVALID_DECISION
        cover = self._cover(commitment)
        for i, atom in enumerate(atoms(expression)):
            if self.obstacle(commitment, atom) is not Obstacle.NONE:
                return Phase.INVALID_DECISION
            if cover:
                self._require_key(atom, dependencies[i : i + 1])
                if self._stands_for(atom).cover < cover:
                    return Phase.INVALID_DECISION
        return self._verdict(expression, time) or Phase.PENDING

    def _judge_member(
        self, commitment: bytes, ids: Sequence[bytes], decision: bytes, dependencies: Sequence[Key]
    ) -> Phase:
        """The same for a member of a complete group (section 7). Members may name each other and
        themselves; keys are those of the atoms outside. What is valid waits for the group.
        """
        try:
            named = sealed_atoms(decision)
        except errors.MalformedDecision:
            return Phase.INVALID_DECISION
        cover = self._stands_for(commitment).cover
        outside = 0
        for atom in named:
            if self.obstacle(commitment, atom) is not Obstacle.NONE:
                return Phase.INVALID_DECISION
            if atom not in ids:
                if cover:
                    self._require_key(atom, dependencies[outside : outside + 1])
                    if self._stands_for(atom).cover < cover:
                        return Phase.INVALID_DECISION
                outside += 1
        return Phase.PENDING

    def _require_key(self, atom: bytes, given: Sequence[Key]) -> None:
        """That the one key given, if any, is this atom's."""
        if not given or self.domain.commitment_id(given[0]) != atom:
            raise errors.KeyMissing(atom)

    def _verdict(self, expression: Expression, time: int) -> Phase | None:
        """Kept or reverted, once every atom is final; None before."""
        phases = {atom: self.phase(atom, time) for atom in atoms(expression)}
        if not all(phase.final for phase in phases.values()):
            return None
        kept = evaluate(expression, {atom: phase.kept for atom, phase in phases.items()})
        return Phase.KEPT if kept else Phase.REVERTED_BY_DECISION

    def resolve(self, env: Env, resolutions: Sequence[Resolution]) -> None:
        """Settle commitments in the order given, each seeing what the earlier came to: pending ones
        whose dependencies are final, and those that lapsed. All or nothing.
        """
        with self._atomic():
            refunds = [self._resolve(env, r.key, r.decision) for r in resolutions]
            # Not before all is settled: a receiver could resolve what comes later in the list.
            for resolution, refund in zip(resolutions, refunds, strict=True):
                self._release(resolution.key.committer, refund)

    def _resolve(self, env: Env, key: Key, decision: bytes) -> int:
        """Returns what the committer is to be paid."""
        commitment = self.domain.commitment_id(key)
        record = self._known(commitment)
        if record.phase is Phase.TENTATIVE:
            # Everyone knew before the freeze that there is no seal: the bond comes back.
            self._require_from(commitment, record.freeze, env.time)
            phase, refund, burned = Phase.UNSEALED, key.bond, 0
        elif record.phase is Phase.SEALED:
            # Burned, not paid to opponents: paying them would reward censorship.
            closed_at = record.freeze + self.parameters.reveal_window + 1
            self._require_from(commitment, closed_at, env.time)
            phase, refund, burned = Phase.UNREVEALED, 0, key.bond
        else:
            self._require_phase(commitment, Phase.PENDING, env.time)
            if self.node(commitment):
                raise errors.InGroup(commitment)
            if decision != record.decision:
                raise errors.WrongDecision(commitment)
            verdict = self._verdict(decode(decision), env.time)
            if verdict is None:
                waits_for = self.pending_on(commitment, env.time)[0]
                raise errors.DependencyPending(commitment, waits_for)
            phase, refund, burned = verdict, 0, 0
        self._set(commitment, phase=phase, seal=NO_SEAL)
        self._emit(events.Resolved(commitment, phase))
        self._burn(burned)
        return refund

    # ------------------------------------------------------------------ views

    def pending_on(self, commitment: bytes, time: int) -> tuple[bytes, ...]:
        """The atoms, each once and in the program's order, that a pending commitment waits for.
        Empty when it waits for none, or is not pending; and for members of a complete group, who
        are resolved together (`group_waits_for`). UnknownCommitment.
        """
        record = self._known(commitment)
        if record.phase is not Phase.PENDING or self.node(commitment):
            return ()
        open_ones = (a for a in atoms(record.decision) if not self.phase(a, time).final)
        return tuple(dict.fromkeys(open_ones))

    def resolvable(self, commitment: bytes, time: int) -> bool:
        """Whether `resolve` would settle it at this time. UnknownCommitment."""
        record = self._known(commitment)
        if record.phase is Phase.PENDING:
            return not self.pending_on(commitment, time) and self.node(commitment) is None
        return not record.phase.final and self.phase(commitment, time).final

    def latest_resolution(self, commitment: bytes) -> int:
        """From the second after this one on the outcome can be determined, whatever anyone does
        (section 7); 0 when unpublished.
        """
        record = self.state.records.get(commitment)
        if record is None:
            return 0
        # Each commitment of a chain may stand for a group, and an offer and a group each lead to
        # what freezes at most period - offerCutoff later.
        p = self.parameters
        forward = (2 * p.max_depth + 1) * (p.period - p.offer_cutoff)
        return record.freeze + forward + p.reveal_window
