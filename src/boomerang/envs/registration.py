"""Registers the environments with PettingZoo and gymnasium.

Neither looks for plug-ins by itself (gymnasium has given that up with 1.0): what registers is an
import. `pettingzoo.make` works after `import boomerang.envs`; gymnasium imports it by the name:
`gymnasium.make("boomerang.envs:boomerang/Chicken-v0")`.
"""

from __future__ import annotations

from typing import Final

import gymnasium
import pettingzoo
from gymnasium.envs.registration import registry

from boomerang.games.catalogue import CATALOGUE

NAMESPACE: Final = "boomerang"
VERSION: Final = 0


def register_all() -> None:
    """Register every game of the catalogue, and `match`, which takes any: with PettingZoo as
    `boomerang/chicken_v0` (AEC and Parallel), with gymnasium as `boomerang/Chicken-v0`.
    """
    for name in ("match", *CATALOGUE):
        defaults = {} if name == "match" else {"game": name}
        title = "".join(word.capitalize() for word in name.split("_"))
        single = f"{NAMESPACE}/{title}-v{VERSION}"
        if single in registry:
            continue
        gymnasium.register(single, entry_point="boomerang.envs.single:SingleSeat", kwargs=defaults)
        id_ = f"{NAMESPACE}/{name}_v{VERSION}"
        pettingzoo.register("aec", id_, "boomerang.envs.aec:env", kwargs=defaults)
        parallel = "boomerang.envs.parallel:parallel_env"
        pettingzoo.register("parallel", id_, parallel, kwargs=defaults)


__all__ = ["NAMESPACE", "VERSION", "register_all"]
