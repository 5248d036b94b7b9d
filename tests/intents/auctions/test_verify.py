"""`verify` accepts what the solver says, and names the rule that a tampered solution breaks."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boomerang.intents.auction import (
    AuctionError,
    Rule,
    RuleBroken,
    dumps,
    from_json,
    load,
    loads,
    parse,
    to_json,
    verify,
)
from boomerang.intents.solver import solve

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[3] / "auctions"
FILES = sorted(FOLDER.glob("*.yaml"))

BOOK = load(FOLDER / "book.yaml")
SOLVED = to_json(BOOK, solve(BOOK))
SNIPPET = load(FOLDER / "snippet.yaml")
RING = load(FOLDER / "ring.yaml")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_examples_are_solved_and_verified(file: Path) -> None:
    auction = load(file)
    solution = solve(auction)
    verdict = verify(auction, loads(auction, dumps(auction, solution)))
    assert verdict.objective == solution.objective > 0
    assert verdict.gap == solution.gap >= 0
    assert not verdict.left_out
    assert solution.relative_gap < 0.01


def _cycle(data: dict[str, Any]) -> list[dict[str, Any]]:
    return data["cycles"][0]


def _leg(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(leg for leg in _cycle(data) if leg["intent"] == name)


def _grow(leg: dict[str, Any], by: int) -> None:
    leg["amount"] = str(int(leg["amount"]) + by)


def less_for_bob(data: dict[str, Any]) -> None:
    _grow(_leg(data, "alice"), -(2 * 10**18))


def uneven(data: dict[str, Any]) -> None:
    _grow(_leg(data, "alice"), -(5 * 10**17))


def bob_in_part(data: dict[str, Any]) -> None:
    for leg in _cycle(data):
        leg["amount"] = str(int(leg["amount"]) // 2)


def bob_twice(data: dict[str, Any]) -> None:
    data["cycles"].append(copy.deepcopy(_cycle(data)))


def against_posted(data: dict[str, Any]) -> None:
    _leg(data, "bob")["intent"] = "posted"


def eve_instead(data: dict[str, Any]) -> None:
    _leg(data, "bob")["intent"] = "eve"


def no_sweep(data: dict[str, Any]) -> None:
    data["sweeps"] = []


def sweep_of_bob(data: dict[str, Any]) -> None:
    data["sweeps"].append({"intent": "bob", "branch": 0, "amount": "0"})


def route_of_a_swap(data: dict[str, Any]) -> None:
    data["routes"][0]["branch"] = 0


def cycle_of_a_route(data: dict[str, Any]) -> None:
    _leg(data, "alice")["branch"] = 1


def unknown_branch(data: dict[str, Any]) -> None:
    _leg(data, "alice")["branch"] = 2


def negative_route(data: dict[str, Any]) -> None:
    data["routes"][0]["amount"] = "-1"


def nothing_sold(data: dict[str, Any]) -> None:
    _leg(data, "alice")["amount"] = "0"


def too_much_routed(data: dict[str, Any]) -> None:
    _grow(data["routes"][-1], 10**18)


def wrong_way(data: dict[str, Any]) -> None:
    data["cycles"] = [[_leg(data, "alice")]]


def forged_fill(data: dict[str, Any]) -> None:
    data["fills"]["bob"][0]["bought"] = str(int(data["fills"]["bob"][0]["bought"]) + 1)


def forgotten_fill(data: dict[str, Any]) -> None:
    del data["fills"]["posted"]


def invented_fill(data: dict[str, Any]) -> None:
    data["fills"]["eve"] = [{"branch": 0, "sold": "1", "bought": "1", "with": []}]


def forged_partner(data: dict[str, Any]) -> None:
    data["fills"]["bob"][0]["with"] = ["posted"]


def forged_pool(data: dict[str, Any]) -> None:
    data["pools"]["AD"]["in"]["A"] = "1"


def forged_added(data: dict[str, Any]) -> None:
    data["added"] = {"A": "1"}


def forged_share(data: dict[str, Any]) -> None:
    data["shares"] = [{"payer": "alice", "mover": "bob", "token": "D", "amount": "1"}]


def better_objective(data: dict[str, Any]) -> None:
    data["objective"] = str(float(data["objective"]) + 1)


def cheap_dual(data: dict[str, Any]) -> None:
    data["duals"]["swaps"]["D"] = "999"


def missing_dual(data: dict[str, Any]) -> None:
    del data["duals"]["routes"]["B"]


def negative_dual(data: dict[str, Any]) -> None:
    data["duals"]["routes"]["B"] = "-1"


def other_dual(data: dict[str, Any]) -> None:
    data["duals"]["swaps"]["D"] = "2000"


def better_bound(data: dict[str, Any]) -> None:
    data["bound"] = data["objective"]


def better_gap(data: dict[str, Any]) -> None:
    data["gap"] = "0"


TAMPERED: list[tuple[Callable[[dict[str, Any]], None], Rule]] = [
    (less_for_bob, Rule.BELOW_LIMIT),
    (uneven, Rule.UNEQUAL_GAINS),
    (bob_in_part, Rule.NOT_WHOLE),
    (bob_twice, Rule.OVERFILLED),
    (against_posted, Rule.NONCE_USED),
    (eve_instead, Rule.GUARD_FAILS),
    (no_sweep, Rule.MATCH_STANDS),
    (sweep_of_bob, Rule.NOT_SWEPT),
    (route_of_a_swap, Rule.NOT_ROUTED),
    (cycle_of_a_route, Rule.NOT_DIRECT),
    (unknown_branch, Rule.UNKNOWN_BRANCH),
    (negative_route, Rule.OUT_OF_RANGE),
    (nothing_sold, Rule.OUT_OF_RANGE),
    (too_much_routed, Rule.OVERFILLED),
    (wrong_way, Rule.WRONG_TOKEN),
    (forged_fill, Rule.WRONG_FILLS),
    (forgotten_fill, Rule.WRONG_FILLS),
    (invented_fill, Rule.WRONG_FILLS),
    (forged_partner, Rule.WRONG_FILLS),
    (forged_pool, Rule.WRONG_POOLS),
    (forged_added, Rule.WRONG_ADDED),
    (forged_share, Rule.WRONG_SHARES),
    (better_objective, Rule.WRONG_OBJECTIVE),
    (cheap_dual, Rule.WRONG_DUALS),
    (missing_dual, Rule.WRONG_DUALS),
    (negative_dual, Rule.WRONG_DUALS),
    (other_dual, Rule.WRONG_BOUND),
    (better_bound, Rule.WRONG_BOUND),
    (better_gap, Rule.WRONG_GAP),
]


@pytest.mark.parametrize(
    ("tamper", "rule"), TAMPERED, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_tampered_solution_is_refused(tamper: Callable[[Any], None], rule: Rule) -> None:
    data = copy.deepcopy(SOLVED)
    tamper(data)
    assert data != SOLVED
    with pytest.raises(RuleBroken) as caught:
        verify(BOOK, from_json(BOOK, data))
    assert caught.value.rule is rule
    assert rule.value in str(caught.value)


AROUND = """
time: {time}
tokens: {{A: {{}}, B: {{}}}}
outcomes: {{}}
pools: [{{id: AB, tokens: [A, B], reserves: ["1000e18", "1000e18"], touched: {touched}}}]
intents:
  - id: a
    by: alice
    text: "{text}"
  - {{id: b, by: bob, text: "swap 2 B -> A for at least 1 A in parts"}}
  - {{id: c, by: carol, nonce: 7, text: "swap 1 A -> B for at least 0.5 B in parts"}}
  - {{id: d, by: carol, nonce: 7, text: "swap 1 A -> B for at least 0.4 B in parts"}}
  - {{id: e, by: alice, text: "swap 2 B -> A for at least 1 A in parts"}}
"""
MOVE = {"branch": 0, "amount": str(10**18)}
ONCE = "swap 1 A -> B for at least 0.5 B"
PLAIN = f"{ONCE} in parts"


def around(text: str, cycles: list[list[str]], rule: Rule, branch: int = 0, **rest: Any) -> None:
    """A batch of cycles of one unit each, refused."""
    auction = parse(AROUND.format(**{"text": text, "time": 100, "touched": "false"} | rest))
    data = to_json(auction, solve(auction))
    data["cycles"] = [
        [{"intent": name, **MOVE, "branch": branch if name == "a" else 0} for name in cycle]
        for cycle in cycles
    ]
    data["routes"] = []
    with pytest.raises(RuleBroken) as caught:
        verify(auction, from_json(auction, data))
    assert caught.value.rule is rule


def test_a_match_with_oneself() -> None:
    around(PLAIN, [["a", "e"]], Rule.SAME_SIGNER)
    around(PLAIN, [["a"]], Rule.WRONG_TOKEN)


def test_an_expired_intent() -> None:
    around(f"{PLAIN} deadline 99", [["a", "b"]], Rule.EXPIRED)


def test_two_intents_of_one_nonce() -> None:
    around(PLAIN, [["c", "b"], ["d", "b"]], Rule.NONCE_USED)


def test_an_undecided_guard() -> None:
    around(f"if kept(promise): {PLAIN}", [["a", "b"]], Rule.UNDECIDED)


def test_a_branch_behind_an_undecided_one() -> None:
    text = f"if kept(promise): {ONCE} else: {PLAIN}"
    around(text, [["a", "b"]], Rule.UNDECIDED, branch=1)


def test_a_branch_behind_one_that_holds() -> None:
    text = f"if after 50: {ONCE} else: {PLAIN}"
    around(text, [["a", "b"]], Rule.BRANCH_HOLDS, branch=1)


def test_the_verifier_imports_no_solver() -> None:
    code = (
        "import sys; import boomerang.intents.auction as a; "
        "bad = {'highspy', 'clarabel', 'scipy', 'numpy', 'pyscipopt'} & set(sys.modules); "
        "assert not bad, bad; assert a.verify"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_was_left_out_is_reported() -> None:
    """A batch that leaves a pair, or a ring, is no worse by the rules; it is said."""
    empty = {**to_json(SNIPPET, solve(SNIPPET)), "fills": {}, "cycles": [], "objective": "0"}
    empty["gap"] = empty["bound"]
    verdict = verify(SNIPPET, from_json(SNIPPET, empty))
    assert [left.intents for left in verdict.left_out] == [("i1", "i2")]
    assert verdict.gap == verdict.bound > 25
    nothing = {**to_json(RING, solve(RING)), "fills": {}, "cycles": [], "objective": "0"}
    nothing["gap"] = nothing["bound"]
    left = {frozenset(each.intents) for each in verify(RING, from_json(RING, nothing)).left_out}
    assert frozenset({"alice", "dave"}) in left


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda data: data.pop("cycles"), "'cycles' is missing"),
        (lambda data: data.update(sweeps={}), "sweeps: must be a list"),
        (lambda data: data["routes"][0].update(intent="zoe"), "no intent 'zoe'"),
        (lambda data: data["routes"][0].update(amount="1.5"), "amount: must be a whole number"),
        (lambda data: data.update(objective="much"), "objective: must be a number"),
        (lambda data: data["duals"]["swaps"].update(Z="1"), "no token 'Z'"),
    ],
)
def test_a_solution_that_makes_no_sense(change: Callable[[Any], Any], problem: str) -> None:
    data = copy.deepcopy(SOLVED)
    change(data)
    with pytest.raises(AuctionError, match=problem):
        from_json(BOOK, data)
    assert AuctionError.exit_code == 2


def test_a_solution_that_is_no_json() -> None:
    with pytest.raises(AuctionError, match="solution:2: not JSON"):
        loads(BOOK, "{\n")
    with pytest.raises(AuctionError, match="must be a mapping"):
        loads(BOOK, "[]")


def test_json_is_exact() -> None:
    """Values are decimal strings without loss."""
    solution = solve(BOOK)
    stated = loads(BOOK, json.dumps(to_json(BOOK, solution)))
    assert stated.objective == solution.objective
    assert stated.bound == solution.bound
    assert stated.gap == solution.gap
    assert stated.duals == solution.duals
    assert isinstance(stated.gap, Fraction)
