"""Extensive forms: chance, decisions in information sets, and leaves with exact payoffs.

A node is immutable, and stands in one place of one tree. Two decisions of one player are in one
information set when their labels are equal: the label is all that this player has seen and done, so
recall is perfect by construction (`Tree.forgets` checks it).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, TypeAlias

from boomerang.games.efg.errors import BadTree, TreeTooLarge

MAX_NODES: Final = 300_000

_LABEL: Final = re.compile(r"(?:[!#-~]+(?: [!#-~]+)*)?")


@dataclass(frozen=True, eq=False, slots=True)
class Leaf:
    """An end: exact payoffs in utils, one for each player; what was done, one action each.

    `story` is everything that happened on the way, in order.
    """

    payoffs: tuple[Fraction, ...]
    actions: tuple[str, ...] = ()
    story: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Chance:
    """What nobody decides: branches with their label and probability (positive, of sum 1)."""

    label: str
    branches: tuple[tuple[str, Fraction, Node], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Decision:
    """What the player in `seat` decides, knowing `infoset` and nothing more."""

    seat: int
    infoset: str
    branches: tuple[tuple[str, Node], ...]

    @property
    def actions(self) -> tuple[str, ...]:
        """The labels of the branches."""
        return tuple(label for label, _ in self.branches)


Node: TypeAlias = "Leaf | Chance | Decision"
Infoset: TypeAlias = tuple[int, str]
Profile: TypeAlias = Mapping[Infoset, Mapping[str, Fraction]]
"""For each information set (seat and label) the probability of each action; those of probability 0
may be left out. A behaviour profile, in the words of the field."""


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below one."""
    if isinstance(node, Leaf):
        return ()
    return tuple(branch[-1] for branch in node.branches)


@dataclass(frozen=True, eq=False)
class Tree:
    """A whole extensive form. BadTree where the nodes make none, TreeTooLarge over MAX_NODES."""

    title: str
    players: tuple[str, ...]
    root: Node

    def __post_init__(self) -> None:
        if len(set(self.players)) != len(self.players) or not self.players:
            raise BadTree(f"players need names of their own, not {', '.join(self.players)!r}")
        _check_labels(self.title, *self.players)
        known: dict[Infoset, tuple[str, ...]] = {}
        for count, node in enumerate(self.nodes(), 1):
            if count > MAX_NODES:
                raise TreeTooLarge(f"{self.title}: the tree has more than {MAX_NODES} nodes")
            if isinstance(node, Leaf):
                if len(node.payoffs) != len(self.players):
                    raise BadTree(f"a leaf pays {len(node.payoffs)}, of {len(self.players)}")
            elif isinstance(node, Chance):
                _check_labels(node.label, *(label for label, _, _ in node.branches))
                chances = [chance for _, chance, _ in node.branches]
                if sum(chances) != 1 or min(chances) <= 0:
                    raise BadTree(f"{node.label}: {chances} are no probabilities of sum 1")
            else:
                _check_labels(node.infoset, *node.actions)
                if not 0 <= node.seat < len(self.players):
                    raise BadTree(f"{node.infoset!r} is of seat {node.seat}, which there is not")
                actions = known.setdefault((node.seat, node.infoset), node.actions)
                if actions != node.actions or len(set(actions)) != len(actions) or not actions:
                    raise BadTree(f"{node.infoset!r} has the actions {actions}, {node.actions}")

    def nodes(self) -> Iterator[Node]:
        """All nodes, each before those below it, in the order of branches."""
        stack: list[Node] = [self.root]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(children(node)))

    def leaves(self) -> Iterator[Leaf]:
        """All ends, in the order of branches."""
        return (node for node in self.nodes() if isinstance(node, Leaf))

    @cached_property
    def infosets(self) -> dict[Infoset, tuple[Decision, ...]]:
        """The information sets, in the order in which they are met, with their nodes."""
        found: defaultdict[Infoset, list[Decision]] = defaultdict(list)
        for node in self.nodes():
            if isinstance(node, Decision):
                found[node.seat, node.infoset].append(node)
        return {key: tuple(nodes) for key, nodes in found.items()}

    @property
    def perfect_information(self) -> bool:
        """Whether everyone always knows all that has happened."""
        return all(len(nodes) == 1 for nodes in self.infosets.values())

    @cached_property
    def subgame_roots(self) -> frozenset[int]:
        """`id` of each node, not a leaf, from which a proper subgame starts (or the whole game):
        every information set is wholly below it or not at all.
        """
        order = list(self.nodes())
        place = {id(node): n for n, node in enumerate(order)}
        within = {
            key: (places[0], places[-1])
            for key, nodes in self.infosets.items()
            for places in [sorted(place[id(node)] for node in nodes)]
        }
        found = set()
        size: dict[int, int] = {}
        lowest: dict[int, int] = {}
        highest: dict[int, int] = {}
        for n in range(len(order) - 1, -1, -1):  # from the leaves up
            node = order[n]
            below = [id(child) for child in children(node)]
            low = min((lowest[child] for child in below), default=n)
            high = max((highest[child] for child in below), default=n)
            if isinstance(node, Decision):
                first, last = within[node.seat, node.infoset]
                low, high = min(low, first), max(high, last)
            size[id(node)] = 1 + sum(size[child] for child in below)
            lowest[id(node)], highest[id(node)] = low, high
            if below and low >= n and high < n + size[id(node)]:
                found.add(id(node))
        return frozenset(found)

    def forgets(self) -> Infoset | None:
        """An information set whose nodes differ in what their own player has done before, None if
        there is none: recall is perfect.
        """
        past: dict[Infoset, tuple[tuple[str, str], ...]] = {}
        empty: tuple[tuple[tuple[str, str], ...], ...] = ((),) * len(self.players)
        stack = [(self.root, empty)]
        while stack:
            node, own = stack.pop()
            if isinstance(node, Decision):
                key = node.seat, node.infoset
                if past.setdefault(key, own[node.seat]) != own[node.seat]:
                    return key
                for action, child in node.branches:
                    mine = (*own[node.seat], (node.infoset, action))
                    stack.append((child, (*own[: node.seat], mine, *own[node.seat + 1 :])))
            else:
                stack.extend((child, own) for child in children(node))
        return None


def _check_labels(*labels: str) -> None:
    """Refuse what pygambit's reader refuses, and what the format cannot hold."""
    for label in labels:
        if _LABEL.fullmatch(label) is None:
            raise BadTree(
                f"a label must be of printable ASCII without quotation marks, its words one space "
                f"apart; {label!r} is not"
            )


def in_units(tree: Tree, unit: Fraction | int) -> Tree:
    """The same with payoffs in units of so many utils. Solvers want it: pygambit 16.7 finds nothing
    where payoffs are as large as 10^17. BadTree for a unit that is not above 0.
    """
    if unit <= 0:
        raise BadTree(f"a unit must be above 0, not {unit}")

    def scaled(node: Node) -> Node:
        if isinstance(node, Leaf):
            return Leaf(tuple(pay / unit for pay in node.payoffs), node.actions, node.story)
        if isinstance(node, Chance):
            return Chance(node.label, tuple((a, p, scaled(c)) for a, p, c in node.branches))
        return Decision(node.seat, node.infoset, tuple((a, scaled(c)) for a, c in node.branches))

    return Tree(tree.title, tree.players, scaled(tree.root))


@dataclass(frozen=True)
class Play:
    """What a profile comes to: expected payoffs (utils), and the probability of each outcome, by
    the actions done.
    """

    payoffs: tuple[Fraction, ...]
    outcomes: dict[tuple[str, ...], Fraction]


def play(tree: Tree, profile: Profile) -> Play:
    """Play a profile, exactly. BadTree where it says nothing on an information set reached."""
    payoffs = [Fraction(0)] * len(tree.players)
    outcomes: defaultdict[tuple[str, ...], Fraction] = defaultdict(Fraction)
    stack: list[tuple[Node, Fraction]] = [(tree.root, Fraction(1))]
    while stack:
        node, chance = stack.pop()
        if isinstance(node, Leaf):
            outcomes[node.actions] += chance
            for seat, payoff in enumerate(node.payoffs):
                payoffs[seat] += chance * payoff
        elif isinstance(node, Chance):
            stack.extend((child, chance * weight) for _, weight, child in node.branches)
        else:
            weights = profile.get((node.seat, node.infoset))
            if weights is None:
                raise BadTree(f"the profile says nothing on {node.infoset!r}")
            for action, child in node.branches:
                weight = weights.get(action, Fraction(0))
                if weight:
                    stack.append((child, chance * weight))
    return Play(tuple(payoffs), dict(outcomes))
