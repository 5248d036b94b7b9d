"""Equilibria of trees. Own exact backward induction; everything else is pygambit's.

Which concept selects what, and why, is in docs/efg.md. In short: chicken with any device has
several Nash equilibria, so Nash alone predicts little; weak dominance, subgame by subgame, does.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from boomerang.games.efg.errors import NotSupported, NotUnique
from boomerang.games.efg.text import to_efg
from boomerang.games.efg.tree import (
    Chance,
    Decision,
    Infoset,
    Leaf,
    Node,
    Play,
    Profile,
    Tree,
    play,
)

if TYPE_CHECKING:
    from types import ModuleType

    import pygambit

Pure: TypeAlias = dict[Infoset, str]
"""An action for each information set that a strategy can still reach."""

MOST_PROFILES = 200_000
_REGRET = 1e-6  # of the range of payoffs: what still counts as an equilibrium


@dataclass(frozen=True)
class Equilibrium:
    """A profile, and what it comes to. `ties` are decisions where the backward induction had the
    choice between actions of equal worth to who decides, and took the first.
    """

    profile: Profile
    play: Play
    ties: tuple[Infoset, ...] = ()

    @property
    def payoffs(self) -> tuple[Fraction, ...]:
        """Expected, in utils, one for each player."""
        return self.play.payoffs


@dataclass(frozen=True)
class Survivors:
    """What iterated elimination of weakly dominated strategies leaves: for each seat its
    strategies, and the payoffs that their profiles come to.
    """

    strategies: tuple[tuple[Pure, ...], ...]
    payoffs: tuple[tuple[Fraction, ...], ...]


def to_gambit(tree: Tree) -> pygambit.Game:
    """The tree in pygambit. NotSupported without pygambit."""
    return _pygambit().read_efg(io.StringIO(to_efg(tree)))


# ------------------------------------------------------------------------------ pygambit's solvers


def pure_equilibria(tree: Tree) -> tuple[Equilibrium, ...]:
    """All Nash equilibria in pure strategies (of the reduced strategic form)."""
    found = _pygambit().nash.enumpure_solve(to_gambit(tree)).equilibria
    return tuple(_equilibrium(tree, one.as_behavior()) for one in found)


def agent_equilibria(tree: Tree) -> tuple[Equilibrium, ...]:
    """All profiles of pure actions where no player gains by changing one action alone."""
    found = _pygambit().nash.enumpure_agent_solve(to_gambit(tree)).equilibria
    return tuple(_equilibrium(tree, one) for one in found)


def mixed_equilibria(tree: Tree) -> tuple[Equilibrium, ...]:
    """All extreme Nash equilibria of a game of two, exactly. NotSupported for more players."""
    _require_two(tree)
    found = _pygambit().nash.enummixed_solve(to_gambit(tree)).equilibria
    return tuple(_equilibrium(tree, one.as_behavior()) for one in found)


def lcp_equilibria(tree: Tree) -> tuple[Equilibrium, ...]:
    """Nash equilibria of a game of two by Lemke's algorithm on the sequence form, exactly: usually
    one. NotSupported for more players.
    """
    _require_two(tree)
    found = _pygambit().nash.lcp_solve(to_gambit(tree)).equilibria
    return tuple(_equilibrium(tree, one) for one in found)


def logit_equilibrium(tree: Tree) -> Equilibrium:
    """The limit of the agents' logit quantal response equilibria, in floating point: a sequential
    equilibrium, up to rounding. NotSupported where pygambit's path ends before it is there, as it
    may where the path branches (symmetric games of chicken do that).
    """
    (found,) = _pygambit().nash.logit_solve(to_gambit(tree)).equilibria
    spread = max(max(leaf.payoffs) for leaf in tree.leaves())
    spread -= min(min(leaf.payoffs) for leaf in tree.leaves())
    if (regret := found.max_regret()) > _REGRET * spread:
        raise NotSupported(f"{tree.title}: pygambit's logit path ended at a regret of {regret:.3g}")
    return _equilibrium(tree, found)


def undominated(tree: Tree) -> Survivors:
    """Iterated elimination of (reduced) strategies that another pure one weakly dominates, all at
    once in each round (the order may matter). NotSupported where too many are left to list.
    """
    game = to_gambit(tree)
    support = game.strategy_support_profile()
    # Not `supports.undominated_strategies_solve`: in pygambit 16.7.0 that may keep a strategy that
    # is dominated and drop the one that dominates (docs/efg.md); `is_dominated` is right.
    while dominated := [one for one in support if support.is_dominated(one, strict=False)]:
        for strategy in dominated:
            support = support.remove(strategy)
    left = [list(support[player]) for player in game.players]
    strategies = tuple(
        tuple(_pure(seat, player, strategy) for strategy in left[seat])
        for seat, player in enumerate(game.players)
    )
    count = 1
    for own in strategies:
        count *= len(own)
    if count > MOST_PROFILES:
        raise NotSupported(f"{tree.title}: {count} profiles survive, too many to list")
    payoffs = {play(tree, _joint(profile)).payoffs for profile in product(*strategies)}
    return Survivors(strategies, tuple(sorted(payoffs)))


def undominated_equilibria(tree: Tree) -> tuple[Equilibrium, ...]:
    """All extreme Nash equilibria of a game of two in strategies that `undominated` leaves,
    exactly. Each is one of the whole game. NotSupported for more players.
    """
    import numpy as np

    _require_two(tree)
    rows, columns = undominated(tree).strategies
    worth = [[play(tree, _joint((row, column))).payoffs for column in columns] for row in rows]
    tables = [np.array([[pay[seat] for pay in line] for line in worth]) for seat in (0, 1)]
    found = []
    for one in _pygambit().nash.enummixed_solve(_pygambit().Game.from_arrays(*tables)).equilibria:
        profile: dict[Infoset, dict[str, Fraction]] = {}
        for own, player in zip((rows, columns), one.game.players, strict=True):
            weights = [Fraction(one[strategy]) for strategy in player.strategies]
            profile |= _mixture(own, weights)
        found.append(Equilibrium(profile, play(tree, profile)))
    return tuple(found)


def _mixture(
    strategies: Sequence[Pure], weights: Sequence[Fraction]
) -> dict[Infoset, dict[str, Fraction]]:
    """The behaviour that a mixture of strategies shows: at each information set, of those that can
    reach it. (Recall is perfect, so that is as good as the mixture.)
    """
    sums: dict[Infoset, dict[str, Fraction]] = {}
    for own, weight in zip(strategies, weights, strict=True):
        for key, action in own.items():
            at = sums.setdefault(key, {})
            at[action] = at.get(action, Fraction(0)) + weight
    profile = {}
    for key, at in sums.items():
        total = sum(at.values())
        profile[key] = {a: w / total if total else Fraction(1, len(at)) for a, w in at.items()}
    return profile


def _joint(profile: Sequence[Pure]) -> Profile:
    return {key: {action: Fraction(1)} for own in profile for key, action in own.items()}


def _pure(seat: int, player: Any, strategy: Any) -> Pure:
    actions = ((infoset.label, strategy.action(infoset)) for infoset in player.infosets)
    return {(seat, label): action.label for label, action in actions if action is not None}


def _equilibrium(tree: Tree, behavior: Any) -> Equilibrium:
    """pygambit's profile as ours. Where it is not defined (a player rules the place out by what it
    did before), actions are taken as equally likely.
    """
    profile: dict[Infoset, dict[str, Fraction]] = {}
    for seat, player in enumerate(behavior.game.players):
        for infoset in player.infosets:
            actions = list(infoset.actions)
            if behavior.is_defined_at(infoset):
                weights = {action.label: Fraction(behavior[action]) for action in actions}
            else:
                weights = {action.label: Fraction(1, len(actions)) for action in actions}
            profile[seat, infoset.label] = weights
    return Equilibrium(profile, play(tree, profile))


def _pygambit() -> ModuleType:
    try:
        return importlib.import_module("pygambit")
    except ModuleNotFoundError:
        raise NotSupported(
            "this needs pygambit, which is not installed: pip install 'boomerang[experiments]'"
        ) from None


def _require_two(tree: Tree) -> None:
    if len(tree.players) != 2:
        raise NotSupported(f"{tree.title} has {len(tree.players)} players; this solver takes two")


# ------------------------------------------------------------------------------ subgame by subgame


def backward_induction(tree: Tree) -> Equilibrium:
    """The subgame perfect equilibrium of a tree with perfect information, exactly. With ties, the
    one in which the first of equally good actions is taken. NotSupported where information is not
    perfect.
    """
    if not tree.perfect_information:
        raise NotSupported(f"{tree.title} has no perfect information; `rollback` may solve it")
    return rollback(tree)


def rollback(
    tree: Tree, solve: Callable[[Tree], tuple[tuple[Fraction, ...], Profile]] | None = None
) -> Equilibrium:
    """Backward induction over proper subgames, from the last to the first, exactly.

    A subgame of one decision is decided by its best action. One of several is solved by `solve`
    (payoffs and a profile), by default the iterated elimination of weakly dominated strategies,
    which must leave one payoff: else NotUnique, with all that are left.
    """
    roots = tree.subgame_roots
    solve = solve or _by_dominance
    profile: dict[Infoset, dict[str, Fraction]] = {}
    ties: list[Infoset] = []

    def worth(node: Node) -> Leaf:
        """A subgame, as the leaf that pays what it comes to."""
        if isinstance(node, Leaf):
            return node
        pruned = prune(node, top=True)
        if isinstance(pruned, Chance) and all(isinstance(c, Leaf) for _, _, c in pruned.branches):
            return _expected(pruned)
        if isinstance(pruned, Decision) and all(isinstance(c, Leaf) for _, c in pruned.branches):
            return best(pruned)
        cell = Tree(tree.title, tree.players, pruned)
        payoffs, found = solve(cell)
        for key, nodes in cell.infosets.items():
            default = {nodes[0].actions[0]: Fraction(1)}
            profile[key] = dict(found.get(key, default))
        return Leaf(payoffs)

    def prune(node: Node, top: bool = False) -> Node:
        """The node with all subgames below it replaced by what they come to."""
        if isinstance(node, Leaf):
            return node
        if not top and id(node) in roots:
            return worth(node)
        if isinstance(node, Chance):
            return Chance(node.label, tuple((a, p, prune(c)) for a, p, c in node.branches))
        return Decision(node.seat, node.infoset, tuple((a, prune(c)) for a, c in node.branches))

    def best(node: Decision) -> Leaf:
        ends = [(action, end) for action, end in node.branches if isinstance(end, Leaf)]
        most = max(end.payoffs[node.seat] for _, end in ends)
        good = [(action, end) for action, end in ends if end.payoffs[node.seat] == most]
        if len({end.payoffs for _, end in good}) > 1:
            ties.append((node.seat, node.infoset))
        profile[node.seat, node.infoset] = {good[0][0]: Fraction(1)}
        return Leaf(good[0][1].payoffs)

    worth(tree.root)
    return Equilibrium(profile, play(tree, profile), tuple(ties))


def _expected(node: Chance) -> Leaf:
    ends = [(weight, end.payoffs) for _, weight, end in node.branches if isinstance(end, Leaf)]
    seats = range(len(ends[0][1]))
    return Leaf(tuple(sum((p * pays[s] for p, pays in ends), Fraction(0)) for s in seats))


def _by_dominance(tree: Tree) -> tuple[tuple[Fraction, ...], Profile]:
    left = undominated(tree)
    if len(left.payoffs) > 1:
        where = next(iter(tree.infosets))[1]
        listed = "; ".join("(" + ", ".join(map(str, pays)) + ")" for pays in left.payoffs[:6])
        raise NotUnique(f"{tree.title}, from {where!r} on: weak dominance leaves {listed}")
    return left.payoffs[0], _joint([own[0] for own in left.strategies])


def stages(equilibrium: Equilibrium, tree: Tree) -> Iterator[tuple[str, str]]:
    """What is done where on the way of an equilibrium: information set and actions, for people."""
    stack: list[Node] = [tree.root]
    seen: set[Infoset] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, Chance):
            stack.extend(child for _, _, child in reversed(node.branches))
        elif isinstance(node, Decision):
            weights = equilibrium.profile[node.seat, node.infoset]
            done = [(a, c, weights.get(a, Fraction(0))) for a, c in node.branches]
            if (node.seat, node.infoset) not in seen:
                seen.add((node.seat, node.infoset))
                said = [a if w == 1 else f"{a} ({float(w):.4g})" for a, _, w in done if w > 0]
                yield node.infoset, ", ".join(said)
            stack.extend(child for _, child, weight in reversed(done) if weight > 0)
