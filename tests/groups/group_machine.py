"""The machine of tests/loops with one group in it: at some moment, or never, it becomes complete.

A group is resolved all at once, so towards outside commitments it is one thing that waits: a cycle
that passes through any two of its members is a loop. What its members name among themselves is not.
Members that have joined, before all have, only do less: that is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from loops.machine import SECTION_6, Findings, Machine, Move, Rules, Shape, State, cycle, shapes

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class NodeRule:
    """What a member of a complete group goes by: section 7 says the least floor and the greatest
    depth of all; `own` is its own, as if it were in no group.
    """

    floor: Literal["least", "own", "greatest"] = "least"
    depth: Literal["greatest", "own", "least"] = "greatest"
    offers_on: bool = False  # members still offer
    late: bool = False  # it may become complete when members are frozen already


SECTION_7 = NodeRule()


@dataclass(frozen=True, slots=True)
class Complete:
    """The last of these joins."""

    members: tuple[int, ...]


class GroupMachine(Machine):
    """All that can happen to the commitments of a shape, of which some may form a group."""

    def __init__(
        self,
        shape: Shape,
        members: tuple[int, ...],
        node: NodeRule = SECTION_7,
        rules: Rules = SECTION_6,
        *,
        forget: bool = False,
    ) -> None:
        super().__init__(shape, rules, forget=forget)
        self.members = members
        self.node = node

    def offer(self, s: State, y: int, x: int) -> State | None:
        if s.complete and y in self.members and not self.node.offers_on:
            return None
        return super().offer(s, y, x)

    def may_name(self, s: State, x: int, y: int) -> bool:
        inside = x in self.members and y in self.members
        return not (s.complete and inside) and super().may_name(s, x, y)

    def _moves(self, s: State) -> Iterator[tuple[Move, State]]:
        yield from super()._moves(s)
        completed = self.completed(s)
        if completed is not None:
            yield Complete(self.members), completed  # type: ignore[misc]

    def completed(self, s: State) -> State | None:
        """With the group; None where that is refused."""
        members, blocks = self.members, self.shape.blocks
        frozen = any(blocks[m] < s.frozen for m in members)
        if s.complete or (frozen and not self.node.late):
            return None
        if any(self.undecided(s, x, y) for x, y in combinations(members, 2)):
            return None
        floor = s.floors[members[0]]
        greatest = floor
        for m in members[1:]:
            other = s.floors[m]
            if self.undecided(s, other, floor) or self.undecided(s, other, greatest):
                return None
            floor = other if self.precedes(s, other, floor) else floor
            greatest = other if self.precedes(s, greatest, other) else greatest
        floors, depths = list(s.floors), list(s.depths)
        for m in members:
            if self.node.floor != "own":
                floors[m] = floor if self.node.floor == "least" else greatest
            if self.node.depth != "own":
                choose = max if self.node.depth == "greatest" else min
                depths[m] = choose(s.depths[one] for one in members)
        return s._replace(floors=tuple(floors), depths=tuple(depths), complete=True)

    def undecided(self, s: State, x: int, y: int) -> bool:
        """Whether neither x < y, nor y < x, nor x = y."""
        return x != y and not self.precedes(s, x, y) and not self.precedes(s, y, x)

    def loop(self, s: State) -> list[int]:
        """A cycle, with the whole group for its first member."""
        if not s.complete:
            return cycle(s)
        group = self.members[0]
        bits = sum(1 << m for m in self.members)
        edges = [e or 0 for e in s.edges]
        merged = 0
        for m in self.members:
            merged |= edges[m] & ~bits
            edges[m] = 0
        edges[group] = merged
        edges = [e & ~bits | (1 << group if e & bits else 0) for e in edges]
        return cycle(s._replace(edges=tuple(edges)))


def search(
    size: int, node: NodeRule = SECTION_7, rules: Rules = SECTION_6, *, forget: bool = True
) -> tuple[Findings, int]:
    """Every history of so many commitments and every group among them that leaves some outside;
    and how many of the ends have a group. `history` is a shortest one that ends in a loop.
    """
    findings, with_group = Findings(), 0
    for shape in shapes(size):
        for count in range(2, size):
            for members in combinations(range(size), count):
                findings.shapes += 1
                machine = GroupMachine(shape, members, node, rules, forget=forget)
                with_group += _search(machine, findings)
    return findings, with_group


def _search(machine: GroupMachine, findings: Findings) -> int:
    start = machine.start()
    histories: dict[State, tuple[Move, ...]] = {start: ()}
    level, with_group = [start], 0
    while level:
        following = []
        for s in level:
            history = histories[s]
            if None not in s.edges:
                findings.ends += 1
                with_group += s.complete
                if machine.loop(s):
                    findings.looping += 1
                    if not findings.history or len(history) < len(findings.history):
                        findings.shape, findings.history = machine.shape, history
            for move, after in machine.moves(s):
                if after not in histories:
                    histories[after] = (*history, move)
                    following.append(after)
        level = following
    findings.states += len(histories)
    return with_group
