"""What people, agents and tools ask of a registry, besides what the rules ask themselves."""

from __future__ import annotations

from dataclasses import dataclass

from boomerang.decisions import sealed_atoms
from boomerang.identity import format_id
from boomerang.model.joint import Joint
from boomerang.model.order import precedes
from boomerang.model.state import Obstacle, Phase, Record


@dataclass(frozen=True, slots=True)
class CredibleCover:
    """The cover (wei) against gains up to which a commitment is credible; None with the reason."""

    cover: int | None
    why: str


class Views(Joint):
    """Read-only questions; times are Unix seconds."""

    def record(self, commitment: bytes) -> Record:
        """What is stored of a commitment. UnknownCommitment."""
        return self._known(commitment)

    def precedes(self, x: bytes, y: bytes) -> bool | None:
        """x < y, for two different commitments; None while undecided. UnknownCommitment."""
        return precedes(self._known(x), self._known(y))

    def draw_of(self, commitment: bytes) -> int:
        """Its draw, 0 until drawn. UnknownCommitment."""
        return self._known(commitment).draw

    def owed(self, account: str) -> int:
        """Wei that the account may withdraw."""
        return self.state.owed.get(account, 0)

    def next_deadline(self, commitment: bytes, time: int) -> int:
        """The second at which its phase, or what it accepts, next changes by itself at the latest:
        when sealing opens, the freeze, the last second of the reveal window, or the latest
        resolution. 0 when final or unpublished.
        """
        phase = self.phase(commitment, time)
        if phase.final or phase is Phase.UNPUBLISHED:
            return 0
        freeze = self.state.records[commitment].freeze
        if phase is Phase.TENTATIVE:
            opens_at = freeze - self.parameters.period + self.parameters.seal_delay
            return opens_at if time < opens_at else freeze
        if phase is Phase.SEALED:
            return freeze
        if phase is Phase.REVEALING:
            return freeze + self.parameters.reveal_window
        return self.latest_resolution(commitment)

    def credible_cover(self, commitment: bytes, time: int) -> CredibleCover:
        """Its cover, once no offer to it can come any more and every one that it holds is declined
        or can condition no more (section 8): an owner who may still lean on a later commitment of
        its own has not decided. Once it is pending, only what its decision names counts.
        """
        record = self._known(commitment)
        phase = self.phase(commitment, time)
        if phase.final:
            cover = self._stands_for(commitment).cover if phase.kept else None
            return CredibleCover(cover, f"it is {phase.label}")
        last_offer = record.freeze - self.parameters.offer_cutoff
        deepest = self._stands_for(commitment).depth >= self.parameters.max_depth
        if time <= last_offer and not record.declines_all and not deepest:
            return CredibleCover(None, f"offers to it may come until second {last_offer}")
        if time <= last_offer and phase is Phase.TENTATIVE and not self.node(commitment):
            # Its members may lean on one another, and the smallest cover of all counts.
            return CredibleCover(None, f"a group with it may come until second {last_offer}")
        named = sealed_atoms(record.decision) if phase is Phase.PENDING else None
        for offering, target in self.state.offers:
            if target != commitment or (named is not None and offering not in named):
                continue
            if self._may_lean(commitment, offering, time):
                return CredibleCover(None, f"the offer of {format_id(offering, short=True)} stands")
        return CredibleCover(self._stands_for(commitment).cover, "no offer to it stands")

    def _may_lean(self, x: bytes, y: bytes, time: int) -> bool:
        """Whether x may condition on the later y, as things stand or after a draw still to come,
        and y is not decided yet.
        """
        covers = self._stands_for(y).cover, self._stands_for(x).cover
        if self.phase(y, time).final or covers[0] < covers[1]:
            return False
        obstacle = self.obstacle(x, y)
        if obstacle is Obstacle.OFFER_FELL:
            made, floor = self.state.offers[y, x], self._stands_for(x).floor
            return self._precedes(made.floor, floor) is None
        return obstacle is Obstacle.NONE
