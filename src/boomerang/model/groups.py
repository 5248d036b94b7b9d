"""Groups (section 7): commitments that may condition on one another, and on themselves.

Membership is the hash of the exact set of ids, one group for each commitment, agreed by all before
any of them is sealed and at least offerCutoff before the first of them freezes. For conditions on
commitments outside, a complete group is one node: the lowest floor, the largest depth and the
smallest cover of its members. Anything less loops (tests/groups/test_group_loops.py).
What a group comes to is worked out in `boomerang.groups`, and settled in `model.joint`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang import errors
from boomerang.groups import NO_GROUP, group_id
from boomerang.model import events
from boomerang.model.ledger import Env, Ledger
from boomerang.model.state import Group, Node, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boomerang.identity import Key


class Groups(Ledger):
    """Joining, and what a member stands for."""

    def join(self, env: Env, stake: int, content_hash: bytes, ids: Sequence[bytes]) -> None:
        """The sender's commitment, not sealed yet, agrees to the group of exactly these ids
        (ascending). From then on it offers no more, and joins no other.

        The last one to join completes the group.
        """
        group = group_id(ids)
        commitment, _ = self._own(env.sender, stake, content_hash)
        self._require_joining(env, commitment, ids)
        self._join(env, commitment, group, ids)

    def join_for(
        self, env: Env, key: Key, ids: Sequence[bytes], deadline: int, signer: str
    ) -> None:
        """Join by signature. `signer` is whom the signature speaks for: the address that it
        recovers to (zero for garbage), or the smart account that accepted it (ERC-1271).
        """
        group = group_id(ids)
        commitment = self.domain.commitment_id(key)
        self._known(commitment)
        self._require_joining(env, commitment, ids)
        self._require_signer(env, key.committer, deadline, signer)
        self._join(env, commitment, group, ids)

    def _require_joining(self, env: Env, commitment: bytes, ids: Sequence[bytes]) -> None:
        if commitment not in ids:
            raise errors.NotAMember(commitment)
        self._require_phase(commitment, Phase.TENTATIVE, env.time)

    def _join(self, env: Env, commitment: bytes, group: bytes, ids: Sequence[bytes]) -> None:
        if self.state.records[commitment].in_group:
            raise errors.InGroup(commitment)
        self._require_group_time(commitment, env.time)
        before = self.state.groups.get(group) or Group(tuple(ids))
        # One that joined after another's freeze could make that one's opening invalid.
        self._require_before(commitment, before.closes_at, env.time)
        record = self.state.records[commitment]
        closes_at = min(before.closes_at, record.freeze - self.parameters.offer_cutoff + 1)
        promised = max(before.promised, record.key.cover if record.has_offered else 0)
        joined = before.joined | {commitment}
        node = None
        if len(joined) == len(ids):
            node = self._merge(ids, env.time)
            # Whoever was offered something may be frozen, and leans on what was offered then.
            if node.cover < promised:
                raise errors.CoverPromised(group, node.cover, promised)

        self._set(commitment, in_group=True)
        self.state.memberships[commitment] = group
        self.state.groups[group] = Group(before.ids, joined, node, promised, closes_at)
        self._emit(events.Joined(group, commitment, before.ids))
        if node:
            self._emit(events.Completed(group, node.floor, node.depth, node.cover))

    def _require_group_time(self, commitment: bytes, time: int) -> None:
        """As offers, groups form at least offerCutoff before a freeze."""
        freeze = self.state.records[commitment].freeze
        self._require_before(commitment, freeze - self.parameters.offer_cutoff + 1, time)

    def _merge(self, ids: Sequence[bytes], time: int) -> Node:
        """What a group stands for when it becomes complete, for good: every member may still
        decide, and everything that is compared, now or at the resolution, is in order.
        """
        for member in ids:
            self._require_phase(member, Phase.TENTATIVE, time)
        for i, x in enumerate(ids):
            for y in ids[i + 1 :]:
                self._before(x, y)
        standings = [self._standing(member) for member in ids]
        floor = standings[0].floor
        for standing in standings[1:]:
            if standing.floor != floor and self._before(standing.floor, floor):
                floor = standing.floor
        cover = min(self.state.records[member].key.cover for member in ids)
        return Node(floor, max(standing.depth for standing in standings), cover)

    def _before(self, x: bytes, y: bytes) -> bool:
        """x < y, refused by name while it is undecided."""
        before = self._precedes(x, y)
        if before is None:
            raise errors.Undrawn(x, y)
        return before

    # ------------------------------------------------------------------ views

    def group_of(self, commitment: bytes) -> bytes:
        """The 32-byte name of the group that it has joined; zeros where it has joined none."""
        return self.state.memberships.get(commitment, NO_GROUP)

    def group(self, group: bytes) -> Group | None:
        """Who is to be in a group, who has joined, and its node once it is complete. None where
        nobody has joined it.
        """
        return self.state.groups.get(group)

    def together(self, x: bytes, y: bytes) -> tuple[bool, bool]:
        """Whether two commitments have joined the same group, and whether that is complete."""
        group = self.group_of(x)
        same = group != NO_GROUP and group == self.group_of(y)
        return same, same and self.state.groups[group].node is not None

    def node(self, commitment: bytes) -> Node | None:
        """What it stands for as a member of a complete group; None where it is in none."""
        found = self.group(self.group_of(commitment))
        return found.node if found else None

    def _complete_group(self, commitment: bytes) -> Group | None:
        """The complete group that it is in."""
        found = self.group(self.group_of(commitment))
        return found if found and found.node else None

    def _stands_for(self, commitment: bytes) -> Node:
        """Floor, depth and cover towards others: its group's, where that is complete."""
        if commitment in self.state.memberships and (node := self.node(commitment)) is not None:
            return node
        own = self.state.standings.get(commitment)
        cover = self._cover(commitment)
        return Node(commitment, 0, cover) if own is None else Node(own.floor, own.depth, cover)

    def _cover(self, commitment: bytes) -> int:
        return self.state.records[commitment].key.cover
