"""PettingZoo and gymnasium environments: games over commitments, on the deployed bytecode.

    import boomerang.envs                    # registers them
    import pettingzoo

    env = pettingzoo.make("parallel", "boomerang/chicken_v0", bond=10)
    observations, infos = env.reset(seed=1)

docs/environments.md has the spaces. Needs the extra `experiments`; raises MissingExtra without.
"""

from boomerang.envs.errors import UnknownChoice
from boomerang.experiments.errors import MissingExtra

try:
    from boomerang.envs.aec import env, raw_env
    from boomerang.envs.parallel import ParallelCommitments, parallel_env
    from boomerang.envs.registration import register_all
    from boomerang.envs.single import SingleSeat
except ModuleNotFoundError as error:
    library = (error.name or "").partition(".")[0]
    if library not in ("gymnasium", "pettingzoo"):
        raise
    raise MissingExtra(library) from error

register_all()

__all__ = [
    "ParallelCommitments",
    "SingleSeat",
    "UnknownChoice",
    "env",
    "parallel_env",
    "raw_env",
    "register_all",
]
