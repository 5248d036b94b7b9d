"""Decisions in Python and in Solidity: the same programs are well formed, name the same atoms and
come to the same, and no bytes whatever make the contract's decoder fail or take more than its gas.
"""

from __future__ import annotations

import itertools
import os
import random
from typing import TYPE_CHECKING

import pytest

from boomerang.decisions import (
    MAX_ATOMS,
    MAX_BYTES,
    MAX_HEIGHT,
    And,
    AtLeast,
    Constant,
    Expression,
    Kept,
    Not,
    Or,
    atoms,
    decode,
    encode,
    evaluate,
    format,  # noqa: A004
    parse,
    well_formed,
)
from boomerang.errors import DecisionTooLarge, MalformedDecision
from fuzz.harness import DECISION_GAS, Harness, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SEED = int(os.environ.get("FUZZ_SEED", "0"))
DECISIONS = 12_000
PROGRAMS = 110_000
PARTS = 4
BATCH = 256

IDS = [bytes([n]) * 25 for n in range(1, 41)]
ATOM = b"\6" + IDS[0]


@pytest.fixture(scope="module")
def harness() -> Harness:
    return Harness()


# ----------------------------------------------------------------------------------- what is drawn


def random_expression(rng: random.Random, size: int) -> Expression:
    """A tree of about `size` nodes, with up to as many atoms as allowed."""
    if size <= 1:
        if rng.random() < 0.15:
            return Constant(rng.random() < 0.5)
        return Kept(rng.choice(IDS))
    kind = rng.randrange(5)
    if kind == 0:
        return Not(random_expression(rng, size - 1))
    if kind in (1, 2):
        cut = rng.randint(1, max(1, size - 2))
        both = random_expression(rng, cut), random_expression(rng, size - 1 - cut)
        return And(*both) if kind == 1 else Or(*both)
    count = rng.randint(1, min(12, size - 1))
    operands = tuple(random_expression(rng, (size - 1) // count) for _ in range(count))
    return AtLeast(rng.randint(1, count), operands)


def random_decisions(rng: random.Random, count: int) -> Iterator[Expression]:
    """That fit into the limits."""
    while count:
        expression = random_expression(rng, rng.choice((1, 2, 3, 5, 8, 13, 30, 60, 200)))
        try:
            encode(expression)
        except DecisionTooLarge:
            continue
        count -= 1
        yield expression


def arbitrary(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Any bytes: noise, noise that looks like instructions, and good programs spoiled."""
    kind = rng.randrange(10)
    if kind == 0:
        return rng.randbytes(rng.randint(0, 90))
    if kind <= 3:
        return _instructions(rng, rng.randint(0, 40))
    if kind == 4 and rng.random() < 0.1:
        size = rng.choice((1, 31, 32, 33, 255, 256, 257, 1022, 1023, 1024, 1025, 2000))
        return rng.choice((rng.randbytes(size), bytes([rng.randrange(8)]) * size))
    program = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        where = rng.randint(0, len(program))
        spoil = rng.randrange(6)
        if spoil == 0:
            program[where : where + 1] = bytes([rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 255))])
        elif spoil == 1:
            program[where:where] = _instructions(rng, 3)
        elif spoil == 2:
            del program[where : where + rng.choice((1, 1, 3, 25, 26))]
        elif spoil == 3:
            del program[where:]
        elif spoil == 4:
            program += rng.choice(seeds) + rng.choice((b"", b"\3", b"\4", b"\5\1\2"))
        elif where < len(program):
            program[where] ^= 1 << rng.randrange(8)
    return bytes(program)


def _instructions(rng: random.Random, count: int) -> bytes:
    """Instructions of which most have what they need."""
    program = bytearray()
    height = 0
    for _ in range(count):
        dice = rng.random()
        if dice < 0.03:
            program += rng.randbytes(1)
        elif dice < 0.30 or not height:
            program += rng.choice((b"\0", b"\1"))
            height += 1
        elif dice < 0.5:
            program += b"\6" + rng.choice(IDS)
            height += 1
        elif dice < 0.65:
            program += b"\2"
        elif dice < 0.85:
            program += rng.choice((b"\3", b"\4"))
            height -= 1
        else:
            n = rng.randint(1, height + 1) if rng.random() < 0.9 else rng.randrange(256)
            program += bytes((5, rng.randint(0, n) if n else 0, n))
            height = max(0, height - n + 1)
    if rng.random() < 0.7:
        program += b"\3" * (height - 1)
    return bytes(program)


# -------------------------------------------------------------------------------------- comparing


def verdict(program: bytes, rng: random.Random) -> tuple[int, tuple[bool, bool, int]]:
    """Random answers for a program's atoms, and what Python says of it with them."""
    try:
        expression = decode(program)
    except MalformedDecision:
        return rng.getrandbits(32), (False, False, 0)
    named = atoms(expression)
    outcomes = {id: rng.random() < 0.5 for id in named}
    answers = sum(outcomes[id] << i for i, id in enumerate(named))
    return answers, (True, evaluate(expression, outcomes), len(named))


def compare(harness: Harness, programs: Iterable[bytes], rng: random.Random) -> tuple[int, int]:
    """All of them, in batches; how many were well formed, and the most gas that one took."""
    good = most = 0
    waiting = iter(programs)
    while batch := list(itertools.islice(waiting, BATCH)):
        asked, expected = zip(*(verdict(program, rng) for program in batch), strict=True)
        told, gas = harness.judge(zip(batch, asked, strict=True))
        for program, python, solidity in zip(batch, expected, told, strict=True):
            assert python == solidity, program.hex()
        good += sum(well for well, _, _ in told)
        most = max(most, gas)
    return good, most


def solidity_atoms(harness: Harness, program: bytes) -> tuple[bytes, ...]:
    """As `nextAtom` finds them."""
    (found,) = harness.ask(harness.libraries, "atoms(bytes)", (program,), "bytes25[]")
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_random_decisions(harness: Harness, part: int) -> None:
    """Text, bytes and tree round-trip; Solidity finds the same atoms and the same outcome."""
    rng = random.Random(f"decisions {SEED} {part}")
    programs = []
    for expression in random_decisions(rng, DECISIONS // PARTS):
        program = encode(expression)
        assert decode(program) == expression
        assert parse(format(expression)) == expression
        assert solidity_atoms(harness, program) == atoms(expression)
        programs.append(program)
    good, _ = compare(harness, programs, rng)
    assert good == DECISIONS // PARTS
    assert len(set(programs)) > good // 2


@pytest.mark.parametrize("part", range(PARTS))
def test_arbitrary_bytes(harness: Harness, part: int) -> None:
    rng = random.Random(f"bytes {SEED} {part}")
    seeds = [encode(expression) for expression in random_decisions(rng, 300)]
    programs = (arbitrary(rng, seeds) for _ in range(PROGRAMS // PARTS))
    good, most = compare(harness, programs, rng)
    # Neither side of the question is only brushed.
    assert 0.15 < good / (PROGRAMS // PARTS) < 0.85
    assert most <= DECISION_GAS


def test_all_short_programs(harness: Harness) -> None:
    """Every program of up to five bytes out of 0 to 7, and every one of up to two bytes."""
    rng = random.Random(SEED)
    few = (bytes(p) for n in range(6) for p in itertools.product(range(8), repeat=n))
    good, _ = compare(harness, few, rng)
    assert good > 100
    compare(
        harness, (bytes(p) for n in (1, 2) for p in itertools.product(range(256), repeat=n)), rng
    )


def test_what_follows_a_program_does_not_matter(harness: Harness) -> None:
    """Alone at the end of the call data, where reading on gives zeros, and before other bytes."""
    rng = random.Random(SEED)
    seeds = [encode(expression) for expression in random_decisions(rng, 100)]
    for _ in range(3000):
        program = arbitrary(rng, seeds)
        answers, expected = verdict(program, rng)
        followed = [(program, answers), (rng.choice((b"\6", b"\1", ATOM)) * 30, 0)]
        for programs in ([(program, answers)], followed):
            assert harness.judge(programs)[0][0] == expected
        asked = "wellFormed(bytes)", (program,), "bool"
        assert harness.ask(harness.libraries, *asked) == (expected[0],)


# ------------------------------------------------------------------------------------ the limits

_NOTS = b"\1" + b"\2" * (MAX_BYTES - 1)
_MANY = b"\5\1\x80"  # at least 1 of 128

LIMITS = {
    "empty": (b"", False),
    "one constant": (b"\1", True),
    "one byte of an atom": (b"\6", False),
    "1023 bytes": (_NOTS[:-1], True),
    "1024 bytes": (_NOTS, True),
    "1025 bytes": (_NOTS + b"\2", False),
    "32 atoms": (ATOM * MAX_ATOMS + b"\3" * (MAX_ATOMS - 1), True),
    "33 atoms": (ATOM * (MAX_ATOMS + 1) + b"\3" * MAX_ATOMS, False),
    "33 atoms, never more than two at once": (ATOM + (ATOM + b"\4") * MAX_ATOMS, False),
    "256 operands": (b"\1" * MAX_HEIGHT + _MANY + b"\5\1\x81", True),
    "257 operands": (b"\1" * (MAX_HEIGHT + 1) + _MANY + b"\5\1\x82", False),
    "257 operands, the last an atom": (b"\1" * MAX_HEIGHT + ATOM + _MANY + b"\5\1\x82", False),
    "255 in a list": (b"\0" * 254 + b"\1\5\1\xff", True),
    "all 255 in a list": (b"\1" * 255 + b"\5\xff\xff", True),
    "0 of 1": (b"\1\5\0\1", False),
    "1 of 0": (b"\1\5\1\0", False),
    "2 of 1": (b"\1\5\2\1", False),
    "1 of 1": (b"\1\5\1\1", True),
    "more than there are": (b"\1\1\5\1\3", False),
    "k is missing": (b"\1\5", False),
    "n is missing": (b"\1\5\1", False),
    "24 bytes of an id": (ATOM[:-1], False),
    "26 bytes of an id": (ATOM + b"\0", False),
    "and of one": (b"\1\3", False),
    "not of none": (b"\2", False),
    "two are left": (b"\1\1", False),
    "no instruction 7": (b"\7", False),
    "no instruction 255": (b"\xff", False),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits(harness: Harness, name: str) -> None:
    program, good = LIMITS[name]
    assert well_formed(program) is good
    (told,), _ = harness.judge([(program, 0)])
    assert told[0] is good
    compare(harness, [program] * 8, random.Random(SEED))


def test_malformed_programs_have_no_atoms_to_list(harness: Harness) -> None:
    with pytest.raises(Refused):
        solidity_atoms(harness, b"\6")


def test_keep_is_recognised(harness: Harness) -> None:
    for program in (b"\1", b"", b"\0", b"\1\1", b"\1\2", b"\6" + IDS[0]):
        asked = "isKeep(bytes)", (program,), "bool"
        assert harness.ask(harness.libraries, *asked) == (program == b"\1",)


# ------------------------------------------------------------------------------------------- gas


def dearest() -> dict[str, bytes]:
    """Programs that should take the most: as many instructions of a kind as fit, and mixtures."""
    pairs = (MAX_BYTES - 1) // 2
    chain = b"\1" + b"\1\4" * pairs
    lists = b"\1" + b"\5\1\1" * ((MAX_BYTES - 1) // 3)
    wide = b"\1" * 255 + b"\5\xff\xff"
    room = MAX_BYTES - len(ATOM + (ATOM + b"\3") * 31)
    full = ATOM + (ATOM + b"\3") * 31
    return {
        "not": b"\1" + b"\2" * (MAX_BYTES - 1),
        "or": chain,
        "and": chain.replace(b"\4", b"\3"),
        "at least 1 of 1": lists,
        "wide lists": wide + (b"\1" * 254 + b"\5\xff\xff") * 2 + b"\2" * (MAX_BYTES - 772),
        "32 atoms and nots": full + b"\2" * room,
        "32 atoms and lists": full + b"\5\1\1" * (room // 3),
        "not, malformed at the end": b"\1" + b"\2" * (MAX_BYTES - 2) + b"\7",
    }


_TRIPLES = (b"\2\2\2", b"\1\2\4", b"\2\1\4", b"\1\4\2", b"\1\3\2", b"\5\1\1")


def test_gas_is_bounded(harness: Harness) -> None:
    """What the dearest programs take, and that no change to them, nor any mixture, takes more."""
    rng = random.Random(SEED)
    used = {}
    for name, program in dearest().items():
        assert len(program) <= MAX_BYTES
        _, used[name] = harness.judge([(program, 2**32 - 1)])
    worst = max(used.values())
    assert 0.5 * DECISION_GAS < worst <= DECISION_GAS, used
    programs = list(dearest().values())
    best = max(programs, key=lambda p: harness.judge([(p, 2**32 - 1)])[1])
    for _ in range(1500):  # uphill
        changed = bytearray(best)
        for _ in range(rng.randint(1, 4)):
            where = rng.randrange(len(changed))
            changed[where : where + 3] = rng.choice(_TRIPLES)
        candidate = bytes(changed[:MAX_BYTES])
        _, gas = harness.judge([(candidate, 2**32 - 1)])
        if gas > worst:
            best, worst = candidate, gas
    assert worst <= DECISION_GAS
