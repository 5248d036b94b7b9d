"""The machine of tests/loops with groups in it: at some moment, or never, each becomes complete.

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
    from collections.abc import Callable, Iterator


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
    """All that can happen to the commitments of a shape, of which some may form groups."""

    def __init__(
        self,
        shape: Shape,
        groups: tuple[tuple[int, ...], ...],
        node: NodeRule = SECTION_7,
        rules: Rules = SECTION_6,
        *,
        forget: bool = False,
    ) -> None:
        super().__init__(shape, rules, forget=forget)
        self.groups = groups
        self.group_of = {m: number for number, members in enumerate(groups) for m in members}
        self.node = node

    def inside(self, s: State, x: int) -> int | None:
        """The number of the complete group that it is in."""
        number = self.group_of.get(x)
        return number if number is not None and s.complete >> number & 1 else None

    def together(self, s: State, x: int, y: int) -> bool:
        """Whether both are in one complete group."""
        return self.inside(s, x) is not None and self.inside(s, x) == self.inside(s, y)

    def offer(self, s: State, y: int, x: int) -> State | None:
        if self.inside(s, y) is not None and not self.node.offers_on:
            return None
        return super().offer(s, y, x)

    def may_name(self, s: State, x: int, y: int) -> bool:
        return not self.together(s, x, y) and super().may_name(s, x, y)

    def _moves(self, s: State) -> Iterator[tuple[Move, State]]:
        yield from super()._moves(s)
        for number, members in enumerate(self.groups):
            completed = self.completed(s, number)
            if completed is not None:
                yield Complete(members), completed  # type: ignore[misc]

    def completed(self, s: State, number: int) -> State | None:
        """With this group; None where that is refused."""
        members, blocks = self.groups[number], self.shape.blocks
        frozen = any(blocks[m] < s.frozen for m in members)
        if s.complete >> number & 1 or (frozen and not self.node.late):
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
        return s._replace(
            floors=tuple(floors), depths=tuple(depths), complete=s.complete | 1 << number
        )

    def undecided(self, s: State, x: int, y: int) -> bool:
        """Whether neither x < y, nor y < x, nor x = y."""
        return x != y and not self.precedes(s, x, y) and not self.precedes(s, y, x)

    def loop(self, s: State) -> list[int]:
        """A cycle, with each whole group for its first member."""
        edges = [e or 0 for e in s.edges]
        for number, members in enumerate(self.groups):
            if not s.complete >> number & 1:
                continue
            first, bits = members[0], sum(1 << m for m in members)
            merged = 0
            for m in members:
                merged |= edges[m] & ~bits
                edges[m] = 0
            edges[first] = merged
            edges = [e & ~bits | (1 << first if e & bits else 0) for e in edges]
        return cycle(s._replace(edges=tuple(edges)))


def one_group(size: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every group among so many that leaves some outside."""
    for count in range(2, size):
        yield from ((members,) for members in combinations(range(size), count))


def two_groups(size: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Every two pairs among so many, none in both."""
    for first, second in combinations(combinations(range(size), 2), 2):
        if not set(first) & set(second):
            yield first, second


def search(
    size: int,
    node: NodeRule = SECTION_7,
    rules: Rules = SECTION_6,
    *,
    groups: Callable[[int], Iterator[tuple[tuple[int, ...], ...]]] = one_group,
    forget: bool = True,
) -> tuple[Findings, int]:
    """Every history of so many commitments and every such choice of groups; and how many of the
    ends have all of those. `history` is a shortest one that ends in a loop.
    """
    findings, complete = Findings(), 0
    for shape in shapes(size):
        for chosen in groups(size):
            findings.shapes += 1
            machine = GroupMachine(shape, chosen, node, rules, forget=forget)
            complete += _search(machine, findings)
    return findings, complete


def _search(machine: GroupMachine, findings: Findings) -> int:
    start = machine.start()
    histories: dict[State, tuple[Move, ...]] = {start: ()}
    level, complete = [start], 0
    while level:
        following = []
        for s in level:
            history = histories[s]
            if None not in s.edges:
                findings.ends += 1
                complete += s.complete + 1 == 1 << len(machine.groups)
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
    return complete
