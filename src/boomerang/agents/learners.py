"""Learning agents by name: tabular learners that play matches and learn from each."""

from __future__ import annotations

from boomerang.agents.learning import QLearner, RegretMatcher
from boomerang.agents.policy import PolicyAgent
from boomerang.rounds import Rules


class QLearning(PolicyAgent):
    """Learns what its choices are worth, match by match (`QLearner`). `seed`: of its own chance;
    `bond`: of its commitments, wei, with the same cover; `decay`: matches over which it explores
    less and less.
    """

    name = "q-learning"

    def __init__(self, *, seed: int = 0, bond: int = 0, decay: int = 2000) -> None:
        super().__init__(QLearner(seed, decay=decay), Rules(bond=bond), self.name)


class RegretMatching(PolicyAgent):
    """Learns by what it regrets not to have done, match by match (`RegretMatcher`). Parameters as
    those of `QLearning`.
    """

    name = "regret-matching"

    def __init__(self, *, seed: int = 0, bond: int = 0, decay: int = 2000) -> None:
        super().__init__(RegretMatcher(seed, decay=decay), Rules(bond=bond), self.name)


__all__ = ["QLearning", "RegretMatching"]
