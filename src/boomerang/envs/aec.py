"""The AEC environment: agents choose in turns, and none sees what others chose in the same round.

The block of a round is made when all have chosen: PettingZoo's own conversion of the Parallel
environment does that, and shows everybody what stood before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pettingzoo.utils.conversions import parallel_to_aec

from boomerang.envs.parallel import parallel_env

if TYPE_CHECKING:
    from pathlib import Path

    from pettingzoo import AECEnv

    from boomerang.envs.parallel import Observation
    from boomerang.games import Game


def raw_env(
    game: Game | str | Path = "chicken", **parameters: Any
) -> AECEnv[str, Observation, int | None]:
    """The AEC environment; parameters as `ParallelCommitments` has them."""
    return parallel_to_aec(parallel_env(game, **parameters))


env = raw_env
"""The same. Actions are checked by the environment itself, so it needs no further wrappers."""

__all__ = ["env", "raw_env"]
