"""Nodes that stall, lie and fail, and what a pool makes of them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from boomerang.chains.base import Block, NodeError, Tx, TxRejected
from boomerang.keeper.nodes import FUTURE_SECONDS, Fees, Pool
from boomerang.keeper.watcher import MovedMeanwhile, Watcher
from boomerang.parameters import Parameters
from keeper.board import ALICE, DOMAIN, T0, Board
from keeper.fake_node import FakeNode


def pool(*nodes: FakeNode, timeout: float = 0.5) -> Pool:
    return Pool(nodes, 1, timeout)


def names(found: Pool, now: int, age: int | None = 60) -> list[str]:
    return [health.node.name for health in found.look(now, age)]


def three() -> tuple[FakeNode, FakeNode, FakeNode]:
    nodes = FakeNode("a"), FakeNode("b"), FakeNode("c")
    for node in nodes:
        for second in range(1, 11):
            node.mine(T0 + second)
    return nodes


def test_nodes_that_are_well_are_ranked_by_how_far_they_are() -> None:
    a, b, c = three()
    b.mine(T0 + 11)
    assert names(pool(a, b, c), T0 + 11) == ["b", "a", "c"]


def test_a_node_that_does_not_answer_is_passed_over() -> None:
    a, b, c = three()
    a.dead = "no answer"
    found = pool(a, b, c)
    assert names(found, T0 + 10) == ["b", "c"]
    assert found.health[0].trouble == "a: no answer"


def test_a_node_that_hangs_is_passed_over() -> None:
    a, b, _ = three()
    let_go = threading.Event()
    a.head = lambda: let_go.wait(20)  # type: ignore[assignment,method-assign,return-value]
    found = pool(a, b, timeout=0.1)
    assert names(found, T0 + 10) == ["b"]
    let_go.set()


def test_a_node_of_another_chain_is_passed_over() -> None:
    a, _, c = three()
    other = FakeNode("b", chain_id=5)
    assert names(pool(a, other, c), T0 + 10) == ["a", "c"]


def test_a_node_that_lags_is_passed_over() -> None:
    a, b, c = three()
    for node in (b, c):
        for second in range(11, 14):
            node.mine(T0 + second)
    found = pool(a, b, c)
    assert names(found, T0 + 13) == ["b", "c"]
    assert found.health[0].trouble == "is 3 blocks behind"
    a.mine(T0 + 13)
    assert names(found, T0 + 13) == ["b", "c", "a"]
    assert found.health[0].trouble is None


def test_a_block_of_the_future_is_a_lie() -> None:
    a, b, _ = three()
    a.mine(T0 + 100 + FUTURE_SECONDS + 1)
    found = pool(a, b)
    assert names(found, T0 + 100, None) == ["b"]
    a.blocks.pop()
    a.mine(T0 + 100 + FUTURE_SECONDS)
    assert names(found, T0 + 100, None) == ["a", "b"]


def test_an_old_head_is_trouble_but_better_than_none() -> None:
    a, b, _ = three()
    found = pool(a, b)
    assert names(found, T0 + 70) == ["a", "b"]
    assert all(health.trouble is None for health in found.health)
    assert names(found, T0 + 71) == ["a", "b"]
    assert all(health.trouble is not None for health in found.health)


def test_the_latest_second_that_was_seen_is_remembered() -> None:
    a, b, _ = three()
    a.mine(T0 + 30)
    found = pool(a, b)
    found.look(T0 + 30, None)
    a.dead = "gone"
    found.look(T0 + 30, None)
    assert found.seen == T0 + 30


def test_transactions_go_to_all_nodes() -> None:
    a, b, c = three()
    a.dead = "gone"
    b.refuses = "nonce too low"
    signed = a.sign(Tx(ALICE, ALICE), 0, 21_000, Fees(1, 1))
    refusals = pool(a, b, c).broadcast(signed)
    assert [one.hash for one, _ in c.received] == [signed.hash]
    assert sorted(refusals) == ["a: gone", "b: nonce too low"]


def test_a_node_that_hangs_costs_no_time_once_another_has_it() -> None:
    a, b, _ = three()
    let_go = threading.Event()
    a.submit = lambda signed: let_go.wait(20)  # type: ignore[assignment,method-assign,return-value]
    signed = b.sign(Tx(ALICE, ALICE), 0, 21_000, Fees(1, 1))
    began = time.monotonic()
    assert pool(a, b, timeout=5.0).broadcast(signed) == ["a: no answer yet"]
    assert time.monotonic() - began < 5
    let_go.set()


def test_a_refusal_by_all_is_told() -> None:
    a, b, _ = three()
    a.dead = "gone"
    b.refuses = "nonce too low"
    signed = a.sign(Tx(ALICE, ALICE), 0, 21_000, Fees(1, 1))
    with pytest.raises(TxRejected, match="nonce too low"):
        pool(a, b).broadcast(signed)
    b.refuses, b.dead = None, "gone too"
    with pytest.raises(NodeError, match="gone too"):
        pool(a, b).broadcast(signed)


# --------------------------------------------------------------------------------- the watcher


@pytest.fixture
def node() -> FakeNode:
    made = FakeNode()
    for second in range(1, 21):
        made.mine(T0 + second)
    return made


def watcher(hidden: int = 3) -> Watcher:
    return Watcher(DOMAIN, Parameters(), confirmations=5, hidden_blocks=hidden)


def test_deep_is_the_time_of_the_block_that_has_enough_on_it(node: FakeNode) -> None:
    assert watcher(1).look(node, node.head()).deep == T0 + 20
    assert watcher(3).look(node, node.head()).deep == T0 + 18
    assert watcher(0).look(node, node.head()).deep == T0 + 20
    assert watcher(99).look(node, node.head()).deep == 0


@pytest.mark.parametrize("depth", [1, 4, 9, 15])
def test_a_reorganisation_is_noticed_however_deep(node: FakeNode, depth: int) -> None:
    seen = watcher()
    assert not seen.look(node, node.head()).reorganised
    node.mine()
    assert not seen.look(node, node.head()).reorganised
    node.reorganise(depth)
    assert seen.look(node, node.head()).reorganised
    assert not seen.look(node, node.head()).reorganised


def test_a_chain_that_moves_while_it_is_read_is_not_believed(node: FakeNode) -> None:
    head = node.head()
    node.reorganise(2)
    with pytest.raises(MovedMeanwhile):
        watcher().look(node, head)


def test_events_that_went_away_deep_down_are_gone(node: FakeNode) -> None:
    """Those above the anchor are read anew each time; those below, once it is gone."""
    board = Board()
    known = board.publish(T0 + 3)
    published = replace(board.events[0], block=Block(3, T0 + 3))
    logs = [(3, published)]
    seen = watcher()
    node.logs = lambda addresses, first, last: [  # type: ignore[method-assign,assignment]
        event for number, event in logs if first <= number <= last
    ]
    seen._contracts = SimpleNamespace(names={}, read=list)  # type: ignore[assignment]
    for _ in range(3):
        assert known in seen.look(node, node.head()).state.commitments
        node.mine()
    logs.clear()
    node.reorganise(22)
    assert known not in seen.look(node, node.head()).state.commitments
