"""Conditions and offers (section 6): who may condition on whom.

Every commitment has a floor, at first itself, and a depth, at first 0. Along any step from a
commitment to one that it depends on, the floor never rises; a step back lowers it, a step forward
leaves or lowers it and raises the depth. So nothing can loop.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from boomerang import errors
from boomerang.identity import NO_ID
from boomerang.model import events
from boomerang.model.groups import Groups
from boomerang.model.state import Obstacle, Offer, Phase, Standing

if TYPE_CHECKING:
    from boomerang.identity import Key
    from boomerang.model.ledger import Env


class Offers(Groups):
    """Offering, declining, and the question whether x may condition on y."""

    def offer(self, env: Env, stake: int, content_hash: bytes, target: bytes) -> None:
        """The sender's commitment y, later than the target x, invites x to condition on it.

        y gives up looking at anything from F(x) on, for good: F(y) = min(F(y), F(x)). It may be
        repeated, to lower F(y) further.
        """
        offering, _ = self._own(env.sender, stake, content_hash)
        self._offer(env, offering, target)

    def offer_for(
        self,
        env: Env,
        key: Key,
        target: bytes,
        floor: bytes,
        depth: int,
        deadline: int,
        signer: str,
    ) -> None:
        """Offer by signature, refused unless exactly this floor and depth come to be recorded: a
        target cannot move under the offer, and a replay repeats what is. `signer` is whom the
        signature speaks for: the address that it recovers to (zero for garbage), or the smart
        account that accepted it (ERC-1271).
        """
        offering = self.domain.commitment_id(key)
        self._known(offering)
        self._require_signer(env, key.committer, deadline, signer)
        with self._atomic():
            recorded = self._offer(env, offering, target)
            if recorded != Standing(floor, depth):
                raise errors.OfferMoved(recorded.floor, recorded.depth)

    def _offer(self, env: Env, offering: bytes, target: bytes) -> Standing:
        """Returns what the offer records."""
        if target == offering:
            raise errors.SelfOffer(offering)
        self._require_not_final(offering, env.time)
        if self.state.records[offering].in_group:
            raise errors.InGroup(offering)
        record = self._known(target)
        self._require_not_final(target, env.time)
        if not self._before(target, offering):
            raise errors.NotLater(offering, target)
        self._require_before(target, record.freeze - self.parameters.offer_cutoff + 1, env.time)
        made = self.state.offers.get((offering, target))
        if record.declines_all or (made and made.declined):
            raise errors.Declined(offering, target)
        to, own = self._stands_for(target), self._standing(offering)
        if to.depth + 1 > self.parameters.max_depth:
            raise errors.TooDeep(target, to.depth + 1, self.parameters.max_depth)
        lower = self._before(to.floor, own.floor)

        standing = Standing(to.floor if lower else own.floor, max(own.depth, to.depth + 1))
        # The time of the first offer stays: repeating it puts off no decline.
        first_made = made.first_made if made else env.time
        self._set(offering, has_offered=True)
        self.state.standings[offering] = standing
        self.state.offers[offering, target] = Offer(standing.floor, standing.depth, first_made)
        self._emit(events.Offered(offering, target, standing.floor, standing.depth))
        return standing

    def decline(self, env: Env, stake: int, content_hash: bytes, offering: bytes) -> None:
        """The sender's commitment x, not sealed yet, refuses one offer for good.

        Not before declineDelay after the pair's first offer. Being unable to condition on the
        future is a privilege: it makes x more credible.
        """
        target, _ = self._own(env.sender, stake, content_hash)
        self._require_phase(target, Phase.TENTATIVE, env.time)
        self._decline(env, target, offering)

    def decline_for(self, env: Env, key: Key, offering: bytes, deadline: int, signer: str) -> None:
        """Decline by signature; all offers where `offering` is zeros. `signer` as in
        `offer_for`.
        """
        target = self.domain.commitment_id(key)
        self._known(target)
        self._require_phase(target, Phase.TENTATIVE, env.time)
        self._require_signer(env, key.committer, deadline, signer)
        if offering == NO_ID:
            self._decline_all(env, target)
        else:
            self._decline(env, target, offering)

    def _decline(self, env: Env, target: bytes, offering: bytes) -> None:
        record = self.state.records[target]
        self._require_before(target, record.freeze, env.time)
        made = self.state.offers.get((offering, target))
        if record.declines_all or (made and made.declined):
            raise errors.Declined(offering, target)
        if made is None:
            raise errors.NoOffer(offering, target)
        self._require_from(target, made.first_made + self.parameters.decline_delay, env.time)
        self.state.offers[offering, target] = replace(made, declined=True)
        self._emit(events.Declined(offering, target))

    def decline_all(self, env: Env, stake: int, content_hash: bytes) -> None:
        """The sender's commitment, not sealed yet, refuses all offers, present and future."""
        target, _ = self._own(env.sender, stake, content_hash)
        self._require_phase(target, Phase.TENTATIVE, env.time)
        self._decline_all(env, target)

    def _decline_all(self, env: Env, target: bytes) -> None:
        record = self.state.records[target]
        self._require_before(target, record.freeze, env.time)
        if record.declines_all:
            raise errors.Declined(NO_ID, target)
        self._set(target, declines_all=True)
        self._emit(events.DeclinedAll(target))

    # ------------------------------------------------------------------ views

    def floor(self, commitment: bytes) -> bytes:
        """F(x): the earliest commitment at which x no longer looks; of a complete group's member
        the group's. UnknownCommitment.
        """
        self._known(commitment)
        return self._stands_for(commitment).floor

    def depth(self, commitment: bytes) -> int:
        """Its depth in chains of offers, 0 to maxDepth; of a complete group's member the group's.
        UnknownCommitment.
        """
        self._known(commitment)
        return self._stands_for(commitment).depth

    def offer_of(self, offering: bytes, target: bytes) -> Offer | None:
        """What the last offer of the pair recorded; None where there was none."""
        return self.state.offers.get((offering, target))

    def obstacle(self, x: bytes, y: bytes) -> Obstacle:
        """Why a decision on x may not name y, as things stand, covers aside; NONE if it may.

        Floors are compared when an opening is checked, not when an offer is made, so that a
        stranger's offer can never block anyone: an owner who offers on to someone earlier merely
        lets the offers that it holds fall.
        """
        record = self.state.records.get(x)
        if record is None or y not in self.state.records:
            return Obstacle.UNKNOWN
        same, complete = self.together(x, y)
        if same:
            return Obstacle.NONE if complete else Obstacle.GROUP_VOID
        if x == y:
            return Obstacle.SELF
        viewer = self._stands_for(x)
        before = self._precedes(y, viewer.floor)
        if before:
            return Obstacle.NONE  # R3: it freezes earlier than anything that x gave up
        made = self.state.offers.get((y, x))
        if made is None:
            return Obstacle.TIED if before is None else Obstacle.NOT_OFFERED
        if made.declined or record.declines_all:
            return Obstacle.DECLINED
        if made.floor != viewer.floor and not self._precedes(made.floor, viewer.floor):
            return Obstacle.OFFER_FELL
        return Obstacle.NONE if viewer.depth < made.depth else Obstacle.TOO_SHALLOW

    def may_condition(self, x: Key, y: Key) -> Obstacle:
        """Why a decision on x may not name y, as things stand; NONE if it may. The cover counts
        too: a decision could else lean on a small bond that falls silent (section 8).
        """
        return self.may_name(self.domain.commitment_id(x), self.domain.commitment_id(y))

    def may_name(self, x: bytes, y: bytes) -> Obstacle:
        """The same for the ids of two commitments."""
        obstacle = self.obstacle(x, y)
        if obstacle is Obstacle.NONE:
            least = self._stands_for(x).cover  # inside a group both have the same
            if self._stands_for(y).cover < least:
                return Obstacle.COVER_TOO_LOW
        return obstacle
