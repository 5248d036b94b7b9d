"""What is searched is what the model does: the machine and the model in step.

First everywhere: from every state of three commitments, declines included, every move is tried on
both. Then along random histories of up to six, with all that the search leaves out: publications
and offers in their windows, seals, openings, revocations, exposed ones, silence.
"""

from __future__ import annotations

import random
from itertools import permutations, product
from typing import TYPE_CHECKING

import pytest

from boomerang.errors import ChainError
from boomerang.parameters import Parameters
from loops.machine import (
    Decline,
    DeclineAll,
    Draw,
    Freeze,
    Machine,
    Move,
    Offer,
    Rules,
    Shape,
    State,
    cycle,
    shapes,
)
from loops.played import Played

if TYPE_CHECKING:
    from collections.abc import Iterator

# Offers until the second before the target's freeze, and declines at once.
OPEN = Parameters(period=1000, offer_cutoff=1, decline_delay=0, seal_delay=5)
STEP = 10  # seconds from one block to the next


def second(shape: Shape, s: State) -> int:
    """One in which just those blocks are frozen that the state says."""
    blocks = shape.blocks[-1] + 1
    return OPEN.period + STEP * min(s.frozen, blocks - 1) - (s.frozen < blocks)


def published(shape: Shape, max_depth: int) -> Played:
    """The model at the start of a machine's histories."""
    parameters = Parameters.from_abi({**OPEN.to_abi(), "maxDepth": max_depth})
    played = Played(parameters)
    for block, draw in zip(shape.blocks, shape.draws, strict=True):
        played.publish(STEP * block, draw + 1)
    return played


def perform(played: Played, at: int, move: Move) -> bool:
    """Whether the model accepts it."""
    try:
        if isinstance(move, Offer):
            played.offer(at, move.offering, move.target)
        elif isinstance(move, Draw):
            played.draw(at, move.commitment)
        elif isinstance(move, Decline):
            played.decline(at, move.target, move.offering)
        elif isinstance(move, DeclineAll):
            played.decline_all(at, move.target)
        else:
            assert isinstance(move, Freeze)  # time passes
    except ChainError:
        return False
    return True


def all_moves(size: int) -> Iterator[Move]:
    """But freezes, which cannot be refused."""
    for x in range(size):
        yield Draw(x)
        yield DeclineAll(x)
    for x, y in product(range(size), repeat=2):
        yield Offer(y, x)
        yield Decline(x, y)


def assert_same(machine: Machine, s: State, played: Played) -> None:
    """Floors, depths, draws, offers, and who may name whom: before the freeze, and as judged."""
    n = machine.size
    ids, model = played.ids, played.model
    for x in range(n):
        assert model.floor(ids[x]) == ids[s.floors[x]]
        assert model.depth(ids[x]) == s.depths[x]
        if machine._tied(x):
            assert bool(model.draw_of(ids[x])) == s.drawn[x]
        for y in range(n):
            made, record = model.offer_of(ids[y], ids[x]), s.records[y * n + x]
            assert (made is None) == (record is None)
            if made is not None and record is not None:
                assert (made.floor, made.depth) == (ids[record.floor], record.depth)
                assert made.declined == record.declined
            if x != y:
                named = s.edges[x]
                judged = machine.may_name(s, x, y) if named is None else bool(named >> y & 1)
                assert played.may_name(x, y) == judged


@pytest.mark.parametrize(("max_depth", "declines"), [(255, True), (1, False)])
@pytest.mark.parametrize("shape", list(shapes(3)), ids=str)
def test_every_move_from_every_state_of_three(shape: Shape, max_depth: int, declines: bool) -> None:
    machine = Machine(shape, Rules(max_depth=max_depth), declines=declines)
    start = machine.start()
    seen = {start}
    todo = [(start, published(shape, max_depth))]
    while todo:
        s, played = todo.pop()
        assert_same(machine, s, played)
        after = dict(machine.moves(s))
        for move in (*all_moves(3), Freeze(s.frozen)):
            if isinstance(move, Draw) and not machine._tied(move.commitment):
                continue
            if isinstance(move, Decline | DeclineAll) and not declines:
                continue
            twin = played.copy()
            accepted = perform(twin, second(shape, s), move)
            if move in after:
                assert accepted, f"{move} was refused by the model"
                if after[move] not in seen:
                    seen.add(after[move])
                    todo.append((after[move], twin))
            elif accepted and not isinstance(move, Freeze):
                assert_same(machine, s, twin)  # it made no difference


# ------------------------------------------------------------------ random histories


class Random:
    """A history of the model with default parameters, and the same on a machine on which all were
    published from the start.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.size = self.rng.randint(3, 6)
        moments = sorted(self.rng.choices(range(90), k=self.size))
        if self.rng.random() < 0.5:  # crowded, so that ties abound
            moments = sorted(self.rng.choices(range(3), k=self.size))
        draws = [self.rng.randint(1, 4) for _ in moments]
        order = sorted(zip(moments, draws, strict=True))
        self.moments = [moment for moment, _ in order]
        self.draws = [draw for _, draw in order]
        names = {moment: block for block, moment in enumerate(dict.fromkeys(self.moments))}
        self.shape = Shape(tuple(names[m] for m in self.moments), tuple(self.draws))
        self.machine = Machine(self.shape, Rules(max_depth=4))
        self.s = self.machine.start()
        self.played = Played(Parameters(period=60, offer_cutoff=20, decline_delay=10))
        self.accepted = 0

    def run(self) -> None:
        for at in range(self.moments[-1] + 61):
            while len(self.played.ids) < self.size and self.moments[len(self.played.ids)] == at:
                number = len(self.played.ids)
                self.played.publish(at, self.draws[number])
            for _ in range(self.rng.choice((0, 0, 1, 2))):
                self.act(at)
            while self.s.frozen < self.machine.last_block and self.frozen(self.s.frozen, at + 1):
                (self.s,) = (
                    after for move, after in self.machine.moves(self.s) if isinstance(move, Freeze)
                )

    def frozen(self, block: int, at: int) -> bool:
        return self.moments[self.shape.blocks.index(block)] + 60 <= at

    def act(self, at: int) -> None:
        count = len(self.played.ids)
        if not count:
            return
        x, y = (self.rng.randrange(count) for _ in range(2))
        kind = self.rng.choices(
            ("offer", "draw", "decline", "all", "revoke", "seal"), (12, 3, 1, 0.2, 0.3, 1)
        )
        drawn = [bool(self.played.model.draw_of(c)) for c in self.played.ids]
        try:
            if kind == ["offer"]:
                self.played.offer(at, y, x)
                self.accepted += 1
                after = self.machine.offer(self.s, y, x)
                assert after is not None
                self.s = after
            elif kind == ["draw"]:
                self.played.draw(at, x)
            elif kind == ["decline"]:
                self.played.decline(at, x, y)
                self.s = dict(Machine(self.shape, declines=True).moves(self.s))[Decline(x, y)]
            elif kind == ["all"]:
                self.played.decline_all(at, x)
                self.s = dict(Machine(self.shape, declines=True).moves(self.s))[DeclineAll(x)]
            elif kind == ["revoke"]:
                self.played.revoke(at, x)
            else:
                self.played.seal(at, x, "keep")
        except ChainError:
            return
        for i, commitment in enumerate(self.played.ids):
            if self.played.model.draw_of(commitment) and not drawn[i]:
                flags = list(self.s.drawn)
                flags[i] = True
                self.s = self.s._replace(drawn=tuple(flags))


@pytest.mark.parametrize("block", range(10))
def test_random_histories_come_to_the_same(block: int) -> None:
    accepted = 0
    for seed in range(40 * block, 40 * (block + 1)):
        history = Random(seed)
        history.run()
        assert None not in history.s.edges
        for x, y in permutations(range(history.size), 2):
            named = history.s.edges[x]
            assert named is not None
            assert history.played.may_name(x, y) == bool(named >> y & 1), (seed, x, y)
        assert not cycle(history.s)
        accepted += history.accepted
    assert accepted > 100  # else this shows little
