"""The registry (sections 2 to 4, 8 and 9): publishing, drawing, sealing, revoking, exposing.

`Model` is the executable specification: one method an action, the checks in the order of
docs/protocol.md, the contract's errors. An action that raises has changed nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boomerang import errors
from boomerang.content import content_hash
from boomerang.identity import (
    FLAGS,
    HAS_CLAUSES,
    SEAL_SIZE,
    Key,
    check_address,
    check_bytes,
    check_uint,
)
from boomerang.model import events
from boomerang.model.enforcement import Enforcing
from boomerang.model.state import NO_SEAL, Phase, Record
from boomerang.parameters import BASIS_POINTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.model.ledger import Env
    from boomerang.model.outside import Funding


class Model(Enforcing):
    """A registry as a state machine, without a chain. `copy()` gives an independent one."""

    def publish(
        self, env: Env, stake: int, topic: bytes, body: bytes, funding: Funding = None
    ) -> bytes:
        """Publish a commitment of the sender, who sends bond + fee, and with clauses the escrow's
        ether; returns its id. Tokens of the escrow come as `funding` says.

        `stake` is any uint256 (`Key.stake`), `topic` 32 bytes, `body` any bytes (`Content.body`).
        """
        return self._publish(env, env.sender, stake, topic, body, funding)

    def publish_for(
        self,
        env: Env,
        committer: str,
        stake: int,
        topic: bytes,
        body: bytes,
        deadline: int,
        signer: str,
        funding: Funding = None,
    ) -> bytes:
        """Publish a commitment of somebody who signed it. The sender pays bond, fee and ether; the
        tokens are the committer's. `signer` as in `seal_for`; the committer, where its code accepts
        the signature.
        """
        self._require_signer(env, committer, deadline, signer)
        return self._publish(env, committer, stake, topic, body, funding)

    def _publish(
        self, env: Env, committer: str, stake: int, topic: bytes, body: bytes, funding: Funding
    ) -> bytes:
        p = self.parameters
        check_uint("stake", stake, 256)
        flags = stake & FLAGS
        key = Key.from_stake(committer, stake & ~FLAGS, content_hash(topic, body))
        bond, cover = key.bond, key.cover
        if bond < p.min_bond:
            raise errors.BondTooLow(bond, p.min_bond)
        if cover > bond:
            raise errors.CoverExceedsBond(cover, bond)
        # With clauses, what comes beyond bond and fee is ether for the escrow.
        beyond = env.value - bond - p.fee
        if beyond < 0 or (beyond and not flags):
            raise errors.WrongValue(env.value, bond + p.fee)
        key = replace(key, has_clauses=bool(flags))
        commitment = self.domain.id_of(committer, stake, key.content_hash)
        if commitment in self.state.records:
            raise errors.AlreadyPublished(commitment)
        freeze = env.time + p.period
        if max(freeze, env.block_number) >= 1 << 32:
            raise errors.OutOfRange()
        if flags not in (0, HAS_CLAUSES):
            raise errors.MalformedStake(stake)

        with self._atomic():
            self.state.records[commitment] = Record(key, Phase.TENTATIVE, freeze, env.block_number)
            self._collect(env.sender, bond, p.fee)
            self._emit(events.Published(commitment, committer, topic, stake, body))
            if flags:
                self._move(env.sender, -beyond)
                self._collect_escrow(commitment, committer, topic, body, beyond, funding)
        return commitment

    def draw(self, env: Env, commitments: Sequence[bytes]) -> None:
        """Record draws, before the freeze only: one recorded later would change what is allowed
        after decisions were sealed (section 3). Drawn ones are passed over. All or nothing.
        """
        with self._atomic():
            for commitment in commitments:
                record = self._known(commitment)
                if record.draw:
                    continue
                self._require_before(commitment, record.freeze, env.time)
                draw = self.draws.draw(commitment, record.publish_block, env.block_number)
                if draw is None:
                    seed_block = record.publish_block + self.parameters.draw_delay
                    raise errors.SeedUnavailable(commitment, seed_block)
                self._set(commitment, draw=draw)
                self._emit(events.Drawn(commitment, draw))

    # ------------------------------------------------------------------ seals (section 4)

    def seal(
        self,
        env: Env,
        stake: int,
        content_hash: bytes,
        seal: bytes,
        extra: bytes | None = None,
    ) -> None:
        """Seal the decision on the sender's commitment, once. publish + sealDelay <= t < freeze:
        a seal sent at once would hint at "keep", hence the delay. `extra` is `sealWithData`'s.
        """
        self._require_plain_key(env)
        commitment, _ = self._own(env.sender, stake, content_hash)
        self._require_phase(commitment, Phase.TENTATIVE, env.time)
        self._seal(env, commitment, seal, extra)

    def seal_for(
        self, env: Env, key: Key, seal: bytes, extra: bytes, deadline: int, signer: str
    ) -> None:
        """Seal by signature. `signer` is the address that the signature recovers to (zero for
        garbage): recovering it is not the model's concern.
        """
        commitment = self._signed(env, key, deadline, signer)
        self._seal(env, commitment, seal, extra or None)

    def _seal(self, env: Env, commitment: bytes, seal: bytes, extra: bytes | None) -> None:
        check_bytes("seal", seal, SEAL_SIZE)
        p, record = self.parameters, self.state.records[commitment]
        self._require_from(commitment, record.freeze - p.period + p.seal_delay, env.time)
        self._require_before(commitment, record.freeze, env.time)

        # A missing hash never makes a seal fail.
        draw = record.draw or self.draws.draw(commitment, record.publish_block, env.block_number)
        record = self._set(commitment, phase=Phase.SEALED, seal=seal, draw=draw or 0)
        self._emit(events.Sealed(commitment, record.packed()))
        if extra is not None:
            self._emit(events.SealData(commitment, extra))

    def revoke(self, env: Env, stake: int, content_hash: bytes) -> None:
        """Take the sender's commitment back openly. The bond comes back. Not once sealed: that
        would dodge an exposure that the owner sees coming.
        """
        self._require_plain_key(env)
        commitment, _ = self._own(env.sender, stake, content_hash)
        self._require_phase(commitment, Phase.TENTATIVE, env.time)
        self._revoke(env, commitment)

    def revoke_for(self, env: Env, key: Key, deadline: int, signer: str) -> None:
        """Revoke by signature; `signer` as in `seal_for`."""
        self._revoke(env, self._signed(env, key, deadline, signer))

    def _revoke(self, env: Env, commitment: bytes) -> None:
        record = self.state.records[commitment]
        self._require_before(commitment, record.freeze, env.time)
        self._set(commitment, phase=Phase.REVOKED)
        self._emit(events.Revoked(commitment))
        self._release(record.key.committer, record.key.bond)

    def expose(self, env: Env, key: Key, decision: bytes, salt: bytes) -> None:
        """Show a sealed decision before its freeze: reverted at once. The sender gets a share of
        the bond; the rest burns, or exposing oneself through a friend would be free.
        """
        commitment = self.domain.commitment_id(key)
        record = self._known(commitment)
        self._require_phase(commitment, Phase.SEALED, env.time)
        self._require_before(commitment, record.freeze, env.time)
        self._require_opening(commitment, decision, salt)
        reward = key.bond * self.parameters.exposer_share // BASIS_POINTS
        self._set(commitment, phase=Phase.EXPOSED, seal=NO_SEAL)
        self._emit(events.Exposed(commitment, env.sender, reward, decision))
        self._burn(key.bond - reward)
        self._release(env.sender, reward)

    @staticmethod
    def _require_plain_key(env: Env) -> None:
        """A contract's code is readable: one that can only keep would be credible before freeze."""
        if not env.plain_key:
            raise errors.NotPlainKey(env.sender)

    def _signed(self, env: Env, key: Key, deadline: int, signer: str) -> bytes:
        """The tentative commitment with this key, once its committer's signature is checked."""
        commitment = self.domain.commitment_id(key)
        self._known(commitment)
        self._require_phase(commitment, Phase.TENTATIVE, env.time)
        self._require_signer(env, key.committer, deadline, signer)
        return commitment

    # ------------------------------------------------------------------ money

    def withdraw(self, env: Env, to: str) -> int:
        """Send what could not be delivered to the sender before; returns how many wei. (What is
        owed from escrows, the enforcer has: `withdraw_asset`.)
        """
        return self._withdraw(env.sender, to)

    def deliver(self, account: str) -> int:
        """The same by anyone, to that account itself: for contracts that cannot withdraw."""
        return self._withdraw(account, account)

    def _withdraw(self, account: str, to: str) -> int:
        check_address("to", to)
        amount = self.state.owed.get(account, 0)
        if not amount:
            raise errors.NothingOwed(account)
        if to in self.rejects:
            raise errors.TransferFailed(to)
        del self.state.owed[account]
        self._move(to, amount)
        self._emit(events.Withdrawn(account, to, amount))
        return amount
