"""Gas, exactly: what is measured is what snapshot.json says, on every kind of chain that we have.

`make gas` measures again and rewrites the file; the difference is part of a change's review.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boomerang.chains import connect
from boomerang.chains.base import BLOCK_GAS_LIMIT, DEFAULT_TX_GAS
from boomerang.decisions import MAX_ATOMS
from gas.measures import measure_all, size

if TYPE_CHECKING:
    pass

SNAPSHOT = Path(__file__).with_name("snapshot.json")
LINKS = 1000
SHOWN = (1, 2, 8, 31, 32)  # atoms; the snapshot spares the reader the rest

# What the gas of a decision's atoms is measured in, and how the sentences go.
KINDS = {
    "open, pending": "open: {}, pending",
    "open, final": "open: {}, final",
    "resolve": "resolve: {}",
    "openFor, forward, cover 1 ether, pending": "openFor: {}, forward, cover 1 ether, pending",
}


@pytest.fixture(scope="module")
def measured() -> dict[str, int]:
    """Everything, on the embedded chain."""
    chain = connect("pyrevm")
    try:
        return measure_all(chain, range(1, MAX_ATOMS + 1), LINKS)
    finally:
        chain.close()


@pytest.fixture(scope="module")
def snapshot(request: pytest.FixtureRequest, measured: dict[str, int]) -> dict[str, int]:
    if request.config.getoption("--update-gas", default=False):
        text = json.dumps(shown(measured), indent=2, ensure_ascii=False)
        SNAPSHOT.write_text(text + "\n", "utf-8")
    numbers: dict[str, int] = json.loads(SNAPSHOT.read_text("utf-8"))
    return numbers


def shown(measured: dict[str, int]) -> dict[str, int]:
    """What the snapshot holds of it: of atoms and of the chain, not every one."""
    hidden = {
        sentence.format(size(atoms))
        for sentence in KINDS.values()
        for atoms in range(1, MAX_ATOMS + 1)
        if atoms not in SHOWN
    }
    numbers = {
        sentence: gas
        for sentence, gas in measured.items()
        if sentence not in hidden and not sentence.startswith("chain: ")
    }
    for kind in KINDS:
        numbers[f"each further atom: {kind}"] = Counter(steps(measured, kind)).most_common(1)[0][0]
    for sentence in ("open any link, pending", "resolve any link"):
        link = sentence.replace("any link", f"link {LINKS:,}")
        numbers[f"a chain of {LINKS:,}: {sentence}"] = measured[f"chain: {link}"]
    return numbers


def steps(measured: dict[str, int], kind: str) -> list[int]:
    """What each further atom costs in such a decision, from the second to the last."""
    of = [measured[KINDS[kind].format(size(n))] for n in range(1, MAX_ATOMS + 1)]
    return [after - before for before, after in pairwise(of)]


def test_gas_is_as_in_the_snapshot(measured: dict[str, int], snapshot: dict[str, int]) -> None:
    assert shown(measured) == snapshot


@pytest.mark.parametrize(
    ("sentence", "limit"),
    [
        ("a life: publish, seal, open: keep; no bond", 110_000),
        ("a life: publish, seal, open: keep; a bond of 1 ether", 118_000),
        ("open: its one dependency final, no bond", 38_000),
        ("offer, the first of both", 80_000),
        ("decline, no bond", 32_000),
        ("expose, no bond", 40_000),
        ("expose, a bond of 1 ether", 40_000),
        ("publish, with clauses: one ERC-20, one payment", 90_000),
        ("execute: one ERC-20, one payment", 65_000),
        ("resolve a group of 4: all of the others", 120_000),
        ("resolve a group of 8: all of the others", 450_000),
        ("settle a pair, one side with an else-branch", 105_000),
        ("settle a ring of three", 145_000),
        ("settle ten orders, five pairs", 390_000),
        ("a guard in a pair: a commitment kept", 8_000),
        ("a guard in a pair: a pool's rate", 8_000),
        ("post, the first of a list", 130_000),
        ("post, in the middle", 130_000),
        ("post, beside a reverse list", 130_000),
    ],
)
def test_limits(snapshot: dict[str, int], sentence: str, limit: int) -> None:
    assert snapshot[sentence] <= limit


def test_relayed_seal(snapshot: dict[str, int]) -> None:
    assert snapshot["sealFor, by a stranger"] <= snapshot["seal, no bond"] + 9_000


@pytest.mark.parametrize("kind", KINDS)
def test_atoms_cost_the_same_each(measured: dict[str, int], kind: str) -> None:
    """To within what is no atom's: a byte of the decision's length that is zero or not (12 gas), a
    word of memory that is paid for already (3), and the part of its price that grows (1).
    """
    usual = Counter(steps(measured, kind)).most_common(1)[0][0]
    for step in steps(measured, kind):
        off = step - usual
        assert off - 12 * round(off / 12) in (-3, -2, -1, 0, 1)
        assert abs(off) <= 12 + 3


def test_largest_decisions_fit_any_transaction(measured: dict[str, int]) -> None:
    dearest = max(measured[sentence.format(size(MAX_ATOMS))] for sentence in KINDS.values())
    assert 30 * dearest < DEFAULT_TX_GAS < BLOCK_GAS_LIMIT


def test_links_of_a_long_chain_cost_the_same_each(measured: dict[str, int]) -> None:
    for action in ("open link {:,}, pending", "resolve link {:,}"):
        links = {measured["chain: " + action.format(n)] for n in range(2, LINKS + 1)}
        assert len(links) == 1


@pytest.mark.parametrize(
    ("kind", "counts", "length"),
    [
        ("tester", (1, 32), 5),
        pytest.param(
            "anvil", (1, 2, 8, 31, 32), 50, marks=[pytest.mark.anvil, pytest.mark.network]
        ),
    ],
)
def test_other_chains_charge_the_same(
    measured: dict[str, int], kind: str, counts: tuple[int, ...], length: int
) -> None:
    chain = connect(kind)
    try:
        elsewhere = measure_all(chain, counts, length)
    finally:
        chain.close()
    assert elsewhere == {sentence: measured[sentence] for sentence in elsewhere}
