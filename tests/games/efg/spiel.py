"""OpenSpiel's view of a tree, for tests: it reads the exported text, and nothing else of ours."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from boomerang.games.efg import to_efg

if TYPE_CHECKING:
    from boomerang.games.efg import Profile, Tree

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyspiel
    from open_spiel.python import policy
    from open_spiel.python.algorithms import cfr, expected_game_score, exploitability


def load(tree: Tree) -> Any:
    """The exported text, in OpenSpiel."""
    return pyspiel.load_efg_game(to_efg(tree))


def infoset(state: Any) -> tuple[int, str]:
    """Seat and label: OpenSpiel writes "seat-player-number-label"."""
    return state.current_player(), state.information_state_string().split("-", 3)[3]


def tabular(game: Any, profile: Profile) -> Any:
    """A profile of ours as a policy of OpenSpiel's."""

    def chances(state: Any) -> dict[int, float]:
        weights = profile[infoset(state)]
        actions = state.legal_actions()
        return {one: float(weights.get(state.action_to_string(one), 0)) for one in actions}

    return policy.tabular_policy_from_callable(game, chances)


def values(tree: Tree, profile: Profile) -> list[float]:
    """Expected payoffs of a profile."""
    game = load(tree)
    return score(game, tabular(game, profile))


def score(game: Any, policies: Any) -> list[float]:
    """Expected payoffs where all follow one table of policies."""
    each = [policies] * game.num_players()
    return list(expected_game_score.policy_value(game.new_initial_state(), each))


def nash_conv(tree: Tree, profile: Profile) -> float:
    """What all players together could gain by their best responses; 0 in an equilibrium."""
    game = load(tree)
    return float(exploitability.nash_conv(game, tabular(game, profile)))


def by_cfr(tree: Tree, iterations: int) -> tuple[list[float], float]:
    """Payoffs of the average policy of counterfactual regret minimisation, and its NashConv."""
    game = load(tree)
    solver = cfr.CFRSolver(game)
    for _ in range(iterations):
        solver.evaluate_and_update_policy()
    average = solver.average_policy()
    return score(game, average), float(exploitability.nash_conv(game, average))
