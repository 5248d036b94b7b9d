"""Every history of four commitments: none loops under section 6; without its ingredients some do.

A history is any sequence of offers (first ones and repeated ones), draws and freezes, over every
order of publication: in one block or several, with every outcome of the draw, equal draws included,
and every choice of which draws are recorded, and when. Nothing bounds its length: states repeat.

Left out, since it only takes histories away, or edges:
- the seconds of publication, offerCutoff and outcomes: here all are published at first, and offers
  may be made until the target freezes;
- declines: `test_declines_only_take_edges_away`, and the search of four with declines, which takes
  minutes, in search_five.py;
- maxDepth: `test_max_depth_only_takes_graphs_away`. It is 255 here, more than four can reach.
"""

from __future__ import annotations

import pytest

from loops.machine import (
    SECTION_6,
    Draw,
    Freeze,
    Judge,
    Machine,
    Move,
    Offer,
    Rules,
    Shape,
    cycle,
    search,
    shapes,
)


def subgraphs(graph: tuple[int | None, ...]) -> set[tuple[int | None, ...]]:
    """The graph without any set of its steps forward."""
    found: set[tuple[int | None, ...]] = {()}
    for x, edges in enumerate(graph):
        forward = (edges or 0) >> (x + 1) << (x + 1)
        kept, choices = forward, set()
        while True:  # every subset of the bits in `forward`
            choices.add((edges or 0) ^ forward | kept)
            if not kept:
                break
            kept = (kept - 1) & forward
        found = {(*before, choice) for before in found for choice in choices}
    return found


# ------------------------------------------------------------------ section 6


def test_four_commitments_never_loop() -> None:
    found = search(4)
    assert found.looping == found.overlong == 0
    # What was searched: a change here says that the search, or the rules, have changed.
    assert (found.shapes, found.states, found.ends, len(found.graphs)) == (27, 12_648, 3_181, 183)


def test_forgetting_loses_no_graph() -> None:
    """States with one future are merged; without that there are more, and the same graphs."""
    for size in (2, 3, 4):
        every = search(size, forget=False)
        assert every.looping == 0
        assert every.graphs == search(size).graphs
    assert every.states == 28_892


def test_declines_only_take_edges_away() -> None:
    declined = search(3, declines=True, forget=False)
    assert declined.looping == 0
    assert declined.states == 8_928
    graphs = search(3).graphs
    assert graphs < declined.graphs <= set().union(*map(subgraphs, graphs))


def test_max_depth_only_takes_graphs_away() -> None:
    known = search(4).graphs
    for depth in (2, 1, 0):
        found = search(4, Rules(max_depth=depth))
        assert found.looping == found.overlong == 0
        assert found.graphs < known
        known = found.graphs


def test_shapes_are_all_orders_up_to_renaming() -> None:
    assert [len(list(shapes(n))) for n in (1, 2, 3, 4, 5)] == [1, 3, 9, 27, 81]
    assert str(list(shapes(4))[5]) == "0 | 1 2=3"


# ------------------------------------------------------------------ what the search can find


@pytest.mark.parametrize(
    ("rules", "looping"),
    [
        pytest.param(Rules(published=True), 2_736, id="as first published"),
        pytest.param(Rules(compare_floors=False), 56, id="floors not compared"),
        pytest.param(
            Rules(compare_floors=False, floor="target"),
            471,
            id="floor is the target, not its floor",
        ),
        pytest.param(Rules(floor="replaced"), 1_444, id="floor not the least of both"),
    ],
)
def test_loops_are_found_where_an_ingredient_is_missing(rules: Rules, looping: int) -> None:
    found = search(4, rules, keep_history=True)
    assert found.looping == looping
    assert found.shape is not None
    assert replay(found.shape, rules, found.history)
    assert not replay(found.shape, SECTION_6, found.history)


def test_loops_are_found_where_ties_are_equal_and_draws_late() -> None:
    rules = Rules(ties="equal", late_draws=True)
    found = search(3, rules, keep_history=True)
    assert found.looping == 2
    assert found.shape == Shape((0, 0, 1), (0, 1, 0))
    assert replay(found.shape, rules, found.history)
    assert search(3, Rules(ties="equal")).looping == 0


def test_loops_are_found_where_a_provisional_order_is_drawn_late() -> None:
    """Two of a block suffice: each is judged by an order in which the other comes first."""
    rules = Rules(ties="provisional", late_draws=True)
    found = search(2, rules, keep_history=True)
    assert found.looping == 1
    assert found.history == (Draw(0), Freeze(0), Judge(0), Draw(1), Judge(1))


def test_late_draws_alone_make_no_loop_but_change_what_is_valid() -> None:
    found = search(4, Rules(late_draws=True))
    assert found.looping == 0
    assert found.graphs > search(4).graphs


@pytest.mark.parametrize(
    ("rules", "overlong"),
    [
        pytest.param(Rules(max_depth=1), 0, id="section 6"),
        pytest.param(Rules(max_depth=1, compare_depths=False), 413, id="depths not compared"),
        pytest.param(Rules(max_depth=2, depth="replaced"), 32, id="depth not the greatest of both"),
    ],
)
def test_depths_only_limit_runs(rules: Rules, overlong: int) -> None:
    """Without them nothing loops (a step forward leads to a later one, and the floor forbids the
    way back); more than maxDepth steps in a row may then lead forward. That passes no bound in
    time either: test_proof.py.
    """
    found = search(4, rules)
    assert found.looping == 0
    assert found.overlong == overlong


def replay(shape: Shape, rules: Rules, history: tuple[Move, ...]) -> list[int]:
    """The cycle that a history ends with under these rules. Moves that these do not allow, or that
    change nothing, are passed over; who is not judged by then is judged at the end.
    """
    machine = Machine(shape, rules)
    s = machine.start()
    for move in history:
        s = dict(machine.moves(s)).get(move, s)
    unjudged = [x for x, edges in enumerate(s.edges) if edges is None]
    return cycle(machine.judge(s, unjudged))


def test_published_counterexample_is_among_them() -> None:
    """c1 offers to y, c2 offers to c1, c2 looks back at y; y, c1, c2 are 0, 1, 2."""
    shape = Shape((0, 1, 2), (0, 0, 0))
    history = (Offer(1, 0), Offer(2, 1), Freeze(0), Freeze(1), Freeze(2))
    assert replay(shape, Rules(published=True), history) == [0, 1, 2]
    assert not replay(shape, SECTION_6, history)
    assert search(3, Rules(published=True), keep_history=True).history == history
