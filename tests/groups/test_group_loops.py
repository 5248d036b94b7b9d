"""Conditions cannot loop through a group from outside, since it stands for one node: the least
floor and the greatest depth of its members, who offer no more, before any of them freezes. With
anything less they can.

Searched is every history of four commitments, with every group of two or three of them, complete
at any moment or never; and the machine that is searched does what the model does.
"""

from __future__ import annotations

from itertools import combinations, product

import pytest

from boomerang.errors import ChainError
from boomerang.model import Obstacle
from groups.group_machine import SECTION_7, Complete, GroupMachine, NodeRule, search, two_groups
from loops.machine import Draw, Freeze, Move, Offer, Rules, Shape, State, shapes
from loops.played import Played
from loops.test_abstraction import perform, published, second


@pytest.mark.campaign
def test_four_commitments_and_a_group_never_loop() -> None:
    found, with_group = search(4)
    assert found.looping == 0
    # What was searched: a change here says that the search, or the rules, have changed.
    assert (found.shapes, found.states, found.ends, with_group) == (270, 180_938, 40_960, 9_150)


@pytest.mark.campaign
def test_two_groups_never_loop() -> None:
    """Nor do two groups of two, each outside of the other."""
    found, both = search(4, groups=two_groups)
    assert found.looping == 0
    assert (found.shapes, found.states, found.ends, both) == (81, 96_450, 18_933, 898)


def test_two_groups_loop_with_floors_of_their_own() -> None:
    """2 looks back at 1, and 1, or 3, at the other group."""
    shape = Shape((0, 1, 2, 3), (0, 0, 0, 0))
    groups = ((0, 2), (1, 3))
    history = (*map(Complete, groups), *map(Freeze, range(4)))
    assert replay(shape, groups, NodeRule(floor="own"), history)
    assert not replay(shape, groups, SECTION_7, history)


def test_forgetting_hides_no_loop() -> None:
    for forget in (True, False):
        found, with_group = search(3, forget=forget)
        assert found.looping == 0
        assert with_group > 100


@pytest.mark.parametrize(
    ("node", "looping"),
    [
        pytest.param(NodeRule(floor="own"), 28, id="each member by its own floor"),
        pytest.param(NodeRule(floor="greatest"), 45, id="by the greatest floor"),
        pytest.param(NodeRule(depth="own"), 12, id="each member by its own depth"),
        pytest.param(NodeRule(depth="least"), 12, id="by the least depth"),
        pytest.param(NodeRule(offers_on=True), 88, id="members offer on"),
        pytest.param(NodeRule(late=True), 40, id="complete after a freeze"),
    ],
)
def test_anything_less_loops(node: NodeRule, looping: int) -> None:
    """Three commitments suffice: a group of two, and one outside."""
    found, _ = search(3, node, forget=False)
    assert found.looping == looping
    assert found.shape is not None
    (members,) = {move.members for move in found.history if isinstance(move, Complete)}
    assert replay(found.shape, (members,), node, found.history)
    assert not replay(found.shape, (members,), SECTION_7, found.history)


def replay(
    shape: Shape,
    groups: tuple[tuple[int, ...], ...],
    node: NodeRule,
    history: tuple[Move | Complete, ...],
) -> list[int]:
    """The loop that a history ends with under this rule. Moves that it does not allow, or that
    change nothing, are passed over.
    """
    machine = GroupMachine(shape, groups, node)
    s = machine.start()
    for move in history:
        s = dict(machine.moves(s)).get(move, s)
    return machine.loop(s)


def test_the_shortest_loops_are_what_they_look_like() -> None:
    """0 | 1 | 2, group {0, 2}: 2 looks back at 1, which looks back at 0. And with depths of their
    own: 1 offers to 0, 2 offers to 1, so 0 looks on at 1, which looks on at 2.
    """
    shape = Shape((0, 1, 2), (0, 0, 0))
    freezes = (Freeze(0), Freeze(1), Freeze(2))
    looking_back = (Complete((0, 2)), *freezes)
    looking_on = (Offer(1, 0), Offer(2, 1), Complete((0, 2)), *freezes)
    assert replay(shape, ((0, 2),), NodeRule(floor="own"), looking_back)
    assert replay(shape, ((0, 2),), NodeRule(depth="own"), looking_on)
    for history in (looking_back, looking_on):
        assert not replay(shape, ((0, 2),), SECTION_7, history)


# ------------------------------------------------------------------ the machine and the model


def assert_same(machine: GroupMachine, s: State, played: Played) -> None:
    """Floors, depths, offers, and who may name whom."""
    model, ids, n = played.model, played.ids, machine.size
    for x in range(n):
        if s.edges[x] is None:
            assert model.floor(ids[x]) == ids[s.floors[x]]
            assert model.depth(ids[x]) == s.depths[x]
        for y in range(n):
            if machine.together(s, x, y):
                assert model.obstacle(ids[x], ids[y]) is Obstacle.NONE
                continue
            named = s.edges[x]
            judged = machine.may_name(s, x, y) if named is None else bool(named >> y & 1)
            assert played.may_name(x, y) == judged


def attempt(played: Played, at: int, move: Move | Complete) -> bool:
    """Whether the model accepts it."""
    if not isinstance(move, Complete):
        return perform(played, at, move)
    ids = sorted(played.ids[m] for m in move.members)
    try:
        for m in move.members:
            played.model.join(played.env(at), *played.own(m), ids)
    except ChainError:
        return False
    return True


@pytest.mark.parametrize("shape", list(shapes(3)), ids=str)
def test_every_move_from_every_state_of_three(shape: Shape) -> None:
    moves = [Offer(y, x) for x, y in product(range(3), repeat=2)]
    for members in combinations(range(3), 2):
        machine = GroupMachine(shape, (members,), rules=Rules(max_depth=255))
        start = machine.start()
        seen = {start}
        todo = [(start, published(shape, 255))]
        groups = 0
        while todo:
            s, played = todo.pop()
            assert_same(machine, s, played)
            groups += s.complete
            after = dict(machine.moves(s))
            draws = [Draw(x) for x in range(3) if machine._tied(x)]
            for move in (*moves, *draws, Complete(members), Freeze(s.frozen)):
                twin = played.copy()
                accepted = attempt(twin, second(shape, s), move)
                if move in after:
                    assert accepted, f"{move} was refused by the model"
                    if after[move] not in seen:
                        seen.add(after[move])
                        todo.append((after[move], twin))
                elif accepted and not isinstance(move, Freeze):
                    assert_same(machine, s, twin)  # it made no difference
        tied = shape.blocks[members[0]] == shape.blocks[members[1]]
        equal = tied and shape.draws[members[0]] == shape.draws[members[1]]
        assert bool(groups) is not equal
