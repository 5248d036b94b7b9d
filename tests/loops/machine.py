"""Offers and conditions by themselves: what of the registry decides whether conditions can loop.

Commitments are numbers. A `Shape` says in which order they freeze, and how their draws would fall;
a history is any sequence of offers, draws, freezes and declines. At its freeze, a commitment's
possible dependencies are fixed: edges of a graph. An edge x -> y says that a decision on x may name
y; if there is a cycle, everyone on it can wait for the next, for ever.

`test_abstraction.py` holds this against the model, state by state. `Rules` can leave out one
ingredient of section 6 at a time, to see that each is needed, and that the search can find loops.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Shape:
    """`blocks[i]`: which block commitment i was published in, so when it freezes; `draws[i]`: its
    draw, if it comes to be drawn. Two of a block with equal draws stay tied (1 in 2^32).
    """

    blocks: tuple[int, ...]
    draws: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many commitments there are."""
        return len(self.blocks)

    def __str__(self) -> str:
        """Blocks separated by bars, places in a draw by spaces; those with equal draws joined."""
        text = "0"
        for i, j in pairwise(range(self.size)):
            if self.blocks[i] != self.blocks[j]:
                text += " | "
            else:
                text += " " if self.draws[i] != self.draws[j] else "="
            text += str(j)
        return text


def shapes(size: int) -> Iterator[Shape]:
    """All, up to renaming: from one number to the next, a later block, a later draw, or an equal
    one. That a draw is never made is up to the history.
    """
    for joints in product(("block", "draw", "equal"), repeat=size - 1):
        blocks, draws = [0], [0]
        for joint in joints:
            blocks.append(blocks[-1] + (joint == "block"))
            draws.append(0 if joint == "block" else draws[-1] + (joint == "draw"))
        yield Shape(tuple(blocks), tuple(draws))


@dataclass(frozen=True)
class Rules:
    """Section 6 as it stands, or with an ingredient changed.

    `floor`: what an offer makes of the floor of the offering one: the `least` of it and the
    target's; `replaced` by the target's; the least of it and the `target` itself.
    `depth`: likewise, the `greatest`, or `replaced`.
    `ties`: while two are undrawn `neither` precedes; or they count as `equal`; or the order is
    `provisional`, the opposite of what the draw will say.
    `late_draws`: a draw may be recorded after the freeze. Openings then differ by when they come,
    so each commitment is judged at a moment of its own.
    `published`: the rule as first published: an offer gives up all from the target up to oneself.
    """

    compare_floors: bool = True
    compare_depths: bool = True
    floor: Literal["least", "replaced", "target"] = "least"
    depth: Literal["greatest", "replaced"] = "greatest"
    ties: Literal["neither", "equal", "provisional"] = "neither"
    late_draws: bool = False
    published: bool = False
    max_depth: int = 255

    @property
    def fading(self) -> bool:
        """Whether an offer that one may not condition on now can never be conditioned on later,
        unless it is repeated: floors only fall, depths only rise, no order is ever taken back.
        """
        return self.floor != "replaced" and self.depth == "greatest" and self.ties == "neither"


SECTION_6 = Rules()


class Record(NamedTuple):
    """What an offer recorded."""

    floor: int
    depth: int
    declined: bool = False


class State(NamedTuple):
    """Where a history has come to. `records[y * n + x]` is the offer of y to x; `edges[x]` a bit
    for each that x was found to be able to name, or None before x is judged.
    """

    frozen: int  # how many blocks
    drawn: tuple[bool, ...]
    floors: tuple[int, ...]
    depths: tuple[int, ...]
    records: tuple[Record | None, ...]
    declines_all: tuple[bool, ...]
    edges: tuple[int | None, ...]
    complete: int = 0  # a bit for each group that is (tests/groups/group_machine.py)


@dataclass(frozen=True, slots=True)
class Offer:
    offering: int
    target: int


@dataclass(frozen=True, slots=True)
class Draw:
    commitment: int


@dataclass(frozen=True, slots=True)
class Decline:
    target: int
    offering: int


@dataclass(frozen=True, slots=True)
class DeclineAll:
    target: int


@dataclass(frozen=True, slots=True)
class Freeze:
    block: int


@dataclass(frozen=True, slots=True)
class Judge:
    """An opening, where it matters when it comes."""

    commitment: int


T = TypeVar("T")
Move = Offer | Draw | Decline | DeclineAll | Freeze | Judge


class Machine:
    """All that can happen to the commitments of a shape under given rules.

    With `forget`, states that have the same future are one: an offer that is of no more use, and
    what is known of the judged, are forgotten. With `declines`, offers may be declined.
    """

    def __init__(
        self,
        shape: Shape,
        rules: Rules = SECTION_6,
        *,
        forget: bool = False,
        declines: bool = False,
    ) -> None:
        self.shape = shape
        self.rules = rules
        self.size = shape.size
        self.forget = forget
        self.declines = declines
        self.last_block = shape.blocks[-1] + 1

    def start(self) -> State:
        """All are published, and nothing else has happened."""
        n = self.size
        return State(
            0, (False,) * n, tuple(range(n)), (0,) * n, (None,) * n**2, (False,) * n, (None,) * n
        )

    # ------------------------------------------------------------------ order

    def precedes(self, s: State, x: int, y: int) -> bool:
        """x < y."""
        blocks, draws = self.shape.blocks, self.shape.draws
        if blocks[x] != blocks[y]:
            return blocks[x] < blocks[y]
        if s.drawn[x] and s.drawn[y]:
            return draws[x] < draws[y]
        return self.rules.ties == "provisional" and x > y

    def at_most(self, s: State, x: int, y: int) -> bool:
        """x <= y."""
        if x == y or self.precedes(s, x, y):
            return True
        return self.rules.ties == "equal" and not self.precedes(s, y, x)

    # ------------------------------------------------------------------ rules

    def may_name(self, s: State, x: int, y: int) -> bool:
        """Whether a decision on x may name y."""
        rules = self.rules
        record = s.records[y * self.size + x]
        if x == y:
            return False
        if rules.published:
            targets = (c for c in range(self.size) if s.records[x * self.size + c])
            given_up = any(self.at_most(s, c, y) for c in targets)
            return record is not None or (self.precedes(s, y, x) and not given_up)
        floor = s.floors[x]
        if self.precedes(s, y, floor):
            return True
        if record is None or record.declined or s.declines_all[x]:
            return False
        if rules.compare_floors and not self.at_most(s, record.floor, floor):
            return False
        return not rules.compare_depths or s.depths[x] < record.depth

    def offer(self, s: State, y: int, x: int) -> State | None:
        """What an offer of y to x makes of it; None where it is refused."""
        n, blocks, rules = self.size, self.shape.blocks, self.rules
        place = y * n + x
        before = s.records[place]
        if s.frozen > blocks[x] or s.frozen > blocks[y] or not self.precedes(s, x, y):
            return None
        if s.declines_all[x] or (before is not None and before.declined):
            return None
        if s.depths[x] + 1 > rules.max_depth:
            return None
        to, own = (x if rules.floor == "target" else s.floors[x]), s.floors[y]
        if rules.floor == "replaced" or to == own or self.precedes(s, to, own):
            floor = to
        elif self.precedes(s, own, to) or rules.ties == "equal":
            floor = own
        else:
            return None  # undrawn
        depth = s.depths[x] + 1
        if rules.depth == "greatest":
            depth = max(depth, s.depths[y])
        floors, depths, records = list(s.floors), list(s.depths), list(s.records)
        floors[y], depths[y], records[place] = floor, depth, Record(floor, depth)
        return s._replace(floors=tuple(floors), depths=tuple(depths), records=tuple(records))

    def judge(self, s: State, members: list[int]) -> State:
        """Fix what these may name."""
        edges = list(s.edges)
        for x in members:
            edges[x] = sum(1 << y for y in range(self.size) if self.may_name(s, x, y))
        return s._replace(edges=tuple(edges))

    # ------------------------------------------------------------------ histories

    def moves(self, s: State) -> Iterator[tuple[Move, State]]:
        """Whatever may happen next and makes a difference."""
        for move, after in self._moves(s):
            tidied = self._tidy(after) if self.forget else after
            if tidied != s:
                yield move, tidied

    def _moves(self, s: State) -> Iterator[tuple[Move, State]]:
        n, blocks = self.size, self.shape.blocks
        alive = [i for i in range(n) if blocks[i] >= s.frozen]
        for y, x in product(alive, alive):
            after = self.offer(s, y, x)
            if after is not None:
                yield Offer(y, x), after
        for i in range(n):
            if (
                not s.drawn[i]
                and (blocks[i] >= s.frozen or self.rules.late_draws)
                and self._tied(i)
            ):
                yield Draw(i), s._replace(drawn=_with(s.drawn, i, True))
        if self.declines:
            for x in alive:
                if not s.declines_all[x]:
                    yield DeclineAll(x), s._replace(declines_all=_with(s.declines_all, x, True))
                for y in range(n):
                    made = s.records[y * n + x]
                    if made and not made.declined and not s.declines_all[x]:
                        declined = _with(s.records, y * n + x, made._replace(declined=True))
                        yield Decline(x, y), s._replace(records=declined)
        if s.frozen < self.last_block:
            after = s._replace(frozen=s.frozen + 1)
            if not self.rules.late_draws:
                after = self.judge(after, [i for i in range(n) if blocks[i] == s.frozen])
            yield Freeze(s.frozen), after
        if self.rules.late_draws:
            for i in range(n):
                if blocks[i] < s.frozen and s.edges[i] is None:
                    yield Judge(i), self.judge(s, [i])

    def _tied(self, i: int) -> bool:
        """Whether its draw could make any difference."""
        return self.shape.blocks.count(self.shape.blocks[i]) > 1

    def _tidy(self, s: State) -> State:
        if self.rules.published:
            return s
        n = self.size
        floors, depths, records = list(s.floors), list(s.depths), list(s.records)
        declines_all = list(s.declines_all)
        for x in range(n):
            judged = s.edges[x] is not None
            if judged:
                floors[x], depths[x], declines_all[x] = x, 0, False
            for y in range(n):
                made = records[y * n + x]
                if made is None:
                    continue
                if judged or declines_all[x]:
                    records[y * n + x] = None
                elif made.declined:
                    records[y * n + x] = Record(0, 0, declined=True)
                elif self.rules.fading and not self.declines and not self.may_name(s, x, y):
                    records[y * n + x] = None
        return s._replace(
            floors=tuple(floors),
            depths=tuple(depths),
            records=tuple(records),
            declines_all=tuple(declines_all),
        )


def _with(values: tuple[T, ...], index: int, value: T) -> tuple[T, ...]:
    return (*values[:index], value, *values[index + 1 :])


def cycle(s: State) -> list[int]:
    """Commitments that each may name the next, and the last the first; empty if there are none."""
    n = len(s.edges)

    def follow(path: list[int]) -> list[int]:
        for y in range(n):
            if (s.edges[path[-1]] or 0) >> y & 1:
                if y in path:
                    return path[path.index(y) :]
                if y not in done and (found := follow([*path, y])):
                    return found
        done.add(path[-1])
        return []

    done: set[int] = set()
    for x in range(n):
        if x not in done and (found := follow([x])):
            return found
    return []


def longest_run(s: State) -> int:
    """How many steps to later commitments some path takes without one back between them. Numbers
    follow the order, so this needs no search: a step to a later one is to a higher number.
    """
    n = len(s.edges)
    longest = [0] * n
    for x in reversed(range(n)):
        onward = [longest[y] + 1 for y in range(x + 1, n) if (s.edges[x] or 0) >> y & 1]
        longest[x] = max(onward, default=0)
    return max(longest)


@dataclass
class Findings:
    """What a search came across. `ends` are states in which all are frozen and judged, `looping`
    those of them with a cycle, `overlong` those with a run of more steps forward than maxDepth.
    `history` is a shortest one that leads to a cycle.
    """

    shapes: int = 0
    states: int = 0
    ends: int = 0
    looping: int = 0
    overlong: int = 0
    shape: Shape | None = None
    history: tuple[Move, ...] = ()
    graphs: set[tuple[int | None, ...]] = field(default_factory=set)

    def __str__(self) -> str:
        return (
            f"{self.shapes} shapes, {self.states:,} states, {self.ends:,} ends, "
            f"{len(self.graphs):,} graphs, {self.looping:,} ends with loops, "
            f"{self.overlong:,} with runs of more than maxDepth"
        )


def search(
    size: int,
    rules: Rules = SECTION_6,
    *,
    forget: bool = True,
    declines: bool = False,
    keep_history: bool = False,
) -> Findings:
    """Every history of so many commitments."""
    findings = Findings()
    for shape in shapes(size):
        findings.shapes += 1
        machine = Machine(shape, rules, forget=forget, declines=declines)
        start = machine.start()
        seen: dict[State, tuple[State, Move] | None] = {start: None}
        level = [start]
        while level:
            following = []
            for s in level:
                if None not in s.edges:
                    findings.ends += 1
                    findings.graphs.add(s.edges)
                    findings.overlong += longest_run(s) > rules.max_depth
                    if cycle(s):
                        findings.looping += 1
                        if keep_history:
                            _keep_shorter(findings, shape, seen, s)
                for move, after in machine.moves(s):
                    if after not in seen:
                        seen[after] = (s, move) if keep_history else None
                        following.append(after)
            level = following
        findings.states += len(seen)
    return findings


def _keep_shorter(
    findings: Findings, shape: Shape, seen: dict[State, tuple[State, Move] | None], end: State
) -> None:
    history: list[Move] = []
    step = seen[end]
    while step is not None:
        before, move = step
        history.append(move)
        step = seen[before]
    if not findings.history or len(history) < len(findings.history):
        findings.shape, findings.history = shape, tuple(reversed(history))
