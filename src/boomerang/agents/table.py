"""Every strategy by its name, as command lines and configurations have it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from boomerang.agents.bargaining import Bargaining
from boomerang.agents.best_response import BestResponse
from boomerang.agents.conditional import Conditional
from boomerang.agents.exposer import Exposer
from boomerang.agents.first_mover import FirstMover
from boomerang.agents.leaking import Leaking
from boomerang.agents.meek import Meek
from boomerang.agents.proxy import CodedProxy, LeaningProxy
from boomerang.agents.random_agent import RandomAgent
from boomerang.agents.ruthless import Ruthless
from boomerang.agents.silent import Silent
from boomerang.agents.withholding import Withholding
from boomerang.errors import BoomerangError
from boomerang.play.agent import Seat

if TYPE_CHECKING:
    from collections.abc import Callable

    from boomerang.play.agent import Agent


class UnknownAgent(BoomerangError):
    """No strategy is called so, or it has no such parameter."""

    exit_code = 2


def q_learning(*, seed: int = 0, bond: int = 0, decay: int = 2000) -> Agent:
    """See `boomerang.agents.learners`, which needs numpy and is imported when first asked for."""
    from boomerang.agents.learners import QLearning

    return QLearning(seed=seed, bond=bond, decay=decay)


def regret_matching(*, seed: int = 0, bond: int = 0, decay: int = 2000) -> Agent:
    """Likewise."""
    from boomerang.agents.learners import RegretMatching

    return RegretMatching(seed=seed, bond=bond, decay=decay)


_STRATEGIES: Final[dict[str, Callable[..., Agent]]] = {
    build.name: build
    for build in (
        Bargaining,
        BestResponse,
        CodedProxy,
        Conditional,
        Exposer,
        FirstMover,
        Leaking,
        LeaningProxy,
        Meek,
        RandomAgent,
        Ruthless,
        Silent,
        Withholding,
    )
}

AGENTS: Final[dict[str, Callable[..., Agent]]] = {
    **_STRATEGIES,
    "q-learning": q_learning,
    "regret-matching": regret_matching,
}
"""The strategies by name, as functions of their parameters."""


def named(name: str, **parameters: Any) -> Agent:
    """A new agent of a strategy, with its parameters. Raises UnknownAgent for a name or parameter
    that there is not.
    """
    build = AGENTS.get(name.strip().lower().replace("_", "-"))
    if build is None:
        raise UnknownAgent(f"no agent is called {name!r}; there are {', '.join(AGENTS)}")
    known = inspect.signature(build).parameters
    for parameter in parameters:
        if parameter not in known:
            listed = ", ".join(known) or "none"
            raise UnknownAgent(f"{name} has no {parameter!r}; parameters: {listed}")
    return build(**parameters)


def seated(agent: Agent, **seat: Any) -> Seat:
    """A seat for an agent, with `Seat`'s parameters; its account has code if the agent wants it."""
    seat.setdefault("code", getattr(agent, "code", False))
    return Seat(agent, **seat)


__all__ = ["AGENTS", "UnknownAgent", "named", "seated"]
