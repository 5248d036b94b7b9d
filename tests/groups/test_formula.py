"""The formula of section 7 three times: by brute force, in the model, in the contract.

Every case of two members (all 16 decisions each, all 24 strict orders of the four joint outcomes
each: 147,456 cases), and random groups of up to 6. The oracle shares no code with the others.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from functools import cache
from itertools import islice, product
from typing import TYPE_CHECKING

import pytest

from boomerang.decisions import Constant, Kept, Not, Package, Preference, encode_sealed
from boomerang.errors import DecisionTooLarge, InvalidInput
from boomerang.groups import Member, settle
from groups import cases, oracle
from groups.contract import Contract, case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boomerang.decisions import Sealed
    from groups.oracle import Member as Plain

SEED = int(os.environ.get("GROUPS_SEED", "0"))
RANDOM_GROUPS = 12_000
BATCH = 512

ID_A, ID_B = cases.IDS["a"], cases.IDS["b"]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return Contract()


sealed = cache(cases.sealed)
encoded = cache(lambda member: encode_sealed(sealed(member)))


def number(outcome: tuple[bool, ...]) -> int:
    """Bit i for the i-th member."""
    return sum(1 << i for i, kept in enumerate(outcome) if kept)


def model_says(group: list[Plain], outside: dict[str, bool]) -> int:
    members = [Member(cases.IDS[member[0]], sealed(member)) for member in group]
    return settle(members, cases.known(outside)).chosen


def contract_says(
    contract: Contract, groups: list[tuple[list[Plain], dict[str, bool]]]
) -> list[int]:
    return contract.outcomes(
        [
            case(
                [cases.IDS[member[0]] for member in group],
                [encoded(member) for member in group],
                cases.known(outside),
            )
            for group, outside in groups
        ]
    )


def batches(groups: Iterator[tuple[list[Plain], dict[str, bool]]]) -> Iterator[list]:
    while batch := list(islice(groups, BATCH)):
        yield batch


# ------------------------------------------------------------------ every case of two


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_every_two_member_case(contract: Contract, part: int) -> None:
    """A quarter of them: those whose first member's decision is one of four."""
    outcomes: Counter[int] = Counter()
    count = 0
    firsts = cases.FUNCTIONS[part * 4 : part * 4 + 4]
    chosen = ((group, {}) for group in cases.pairs() if group[0][1] in firsts)
    for batch in batches(chosen):
        expected = [number(oracle.outcome(group, {})) for group, _ in batch]
        assert [model_says(group, {}) for group, _ in batch] == expected
        assert contract_says(contract, batch) == expected
        outcomes.update(expected)
        count += len(batch)
    assert count == 4 * 16 * 24 * 24 == 147_456 // 4
    assert len(outcomes) > 1


def test_two_member_cases_are_all_of_them() -> None:
    """The functions are all 16, the orders all 24, each strict."""
    rows = [dict(zip("ab", values, strict=True)) for values in product((False, True), repeat=2)]
    tables = {tuple(oracle.holds(f, row) for row in rows) for f in cases.FUNCTIONS}
    assert len(tables) == len(cases.FUNCTIONS) == 16
    ranks = set()
    for order in cases.ORDERS:
        worths = tuple(sum(w for w, e in order if oracle.holds(e, row)) for row in rows)
        assert sorted(worths) == [0, 1, 2, 3]
        ranks.add(worths)
    assert len(ranks) == len(cases.ORDERS) == 24


def test_share_of_pairs_without_a_consistent_outcome() -> None:
    """Each of the four joint outcomes is inconsistent in 3 of 4 pairs of functions: 81 of 256."""
    none = sum(
        not oracle.consistent([("a", first, ()), ("b", second, ())], {})
        for first, second in product(cases.FUNCTIONS, repeat=2)
    )
    assert none == 81


# ------------------------------------------------------------------ random groups


def random_groups(count: int, seed: int) -> Iterator[tuple[list[Plain], dict[str, bool]]]:
    """That fit into packages."""
    rng = random.Random(f"groups {seed}")
    while count:
        group, outside = cases.random_group(rng)
        try:
            for member in group:
                encode_sealed(cases.sealed(member))
        except DecisionTooLarge:
            continue
        count -= 1
        yield group, outside


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(4))
def test_random_groups(contract: Contract, part: int) -> None:
    """The same three ways; about a third (of these 33.7%) have no consistent outcome."""
    broken: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    tied = 0
    for batch in batches(random_groups(RANDOM_GROUPS // 4, SEED * 4 + part)):
        expected = [number(oracle.outcome(group, outside)) for group, outside in batch]
        assert [model_says(*one) for one in batch] == expected
        assert contract_says(contract, batch) == expected
        for group, outside in batch:
            consistent = oracle.consistent(group, outside)
            sizes[len(group)] += 1
            broken[len(group)] += not consistent
            tied += len(consistent) > 1
    share = broken.total() / sizes.total()
    assert sizes.total() == RANDOM_GROUPS // 4
    assert 0.30 < share < 0.40
    assert tied > sizes.total() // 10  # where preferences decide
    assert set(sizes) == set(cases.SIZES)
    for size in cases.SIZES:
        assert 0.2 < broken[size] / sizes[size] < 0.5


# ------------------------------------------------------------------ groups of 8, and limits


def test_eight_members_who_all_must_differ(contract: Contract) -> None:
    """Each keeps unless the next is kept, in a ring: two consistent outcomes; the first keeps."""
    names = [bytes([n]) * 25 for n in range(1, 9)]
    members = [Member(names[i], Not(Kept(names[(i + 1) % 8]))) for i in range(8)]
    found = settle(members, {})
    assert found.consistent == (0b01010101, 0b10101010)
    assert found.chosen == 0b01010101
    packages = [encode_sealed(member.sealed) for member in members]
    assert contract.outcomes([case(names, packages, {})]) == [found.chosen]


@pytest.mark.parametrize("size", range(1, 9))
def test_largest_sums_do_not_wrap(contract: Contract, size: int) -> None:
    """Eight weights of the largest size each way."""
    names = [bytes([n]) * 25 for n in range(1, size + 1)]
    most, least = 2**63 - 1, -(2**63)
    members = []
    for i, name in enumerate(names):
        weight = most if i % 2 else least
        wish = tuple(Preference(weight, Kept(names[-1])) for _ in range(8))
        members.append(Member(name, Package(Kept(name), wish)))
    found = settle(members, {})
    assert found.worth(2**size - 1)[0] == 8 * least
    packages = [encode_sealed(member.sealed) for member in members]
    assert contract.outcomes([case(names, packages, {})]) == [found.chosen]
    # The first would rather have the last reverted; all others are kept, the earlier first.
    assert found.chosen == (2 ** (size - 1) - 1)


def test_nobody_open_and_too_many() -> None:
    assert settle([], {}).kept == {}
    with pytest.raises(InvalidInput, match="9 members"):
        settle([Member(bytes([n]) * 25, Constant(True)) for n in range(9)], {})
    with pytest.raises(InvalidInput, match="is not given"):
        settle([Member(ID_A, Kept(ID_B))], {})


# ------------------------------------------------------------------ by hand


def settled(a: Sealed, b: Sealed) -> dict[str, bool]:
    kept = settle([Member(ID_A, a), Member(ID_B, b)], {}).kept
    return {"a": kept[ID_A], "b": kept[ID_B]}


def test_mutual_conditions_keep_both() -> None:
    """Both "keep if the other is kept": both or neither is consistent; both is what is chosen."""
    assert settled(Kept(ID_B), Kept(ID_A)) == {"a": True, "b": True}


def test_preferences_choose_among_the_consistent() -> None:
    rather_not = Package(Kept(ID_B), (Preference(-1, Kept(ID_A)),))
    assert settled(rather_not, Kept(ID_A)) == {"a": False, "b": False}
    # The later one's wish comes second.
    wish = Package(Kept(ID_A), (Preference(9, Kept(ID_A)),))
    assert settled(rather_not, wish) == {"a": False, "b": False}


def test_a_contradiction_breaks_in_favour_of_the_earlier() -> None:
    """a keeps if b does, b keeps unless a does: only a reverting is as its decision says."""
    found = settle([Member(ID_A, Kept(ID_B)), Member(ID_B, Not(Kept(ID_A)))], {})
    assert found.consistent == ()
    assert found.kept == {ID_A: False, ID_B: False}
    assert found.broken == (ID_B,)


def test_who_cannot_be_followed_reverts() -> None:
    """a says the opposite of itself: it cannot be followed, so it reverts, and b goes by that."""
    found = settle([Member(ID_A, Not(Kept(ID_A))), Member(ID_B, Not(Kept(ID_A)))], {})
    assert found.kept == {ID_A: False, ID_B: True}
    assert found.broken == (ID_A,)


def test_constants_and_outsiders() -> None:
    x, y = b"x" * 25, b"y" * 25
    member = Member(ID_A, Kept(x))
    assert settle([member], {x: True, y: False}).kept == {ID_A: True}
    assert settle([member], {x: False}).kept == {ID_A: False}
