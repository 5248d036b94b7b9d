"""What is announced can be read, and is believed only where the hash says so."""

from __future__ import annotations

import pytest

from boomerang.chains import Block
from boomerang.intents.client import programs
from boomerang.intents.client.events import Announced
from boomerang.intents.message import Branch, Guard, GuardKind, Intent, IntentDomain

ALICE, A, B, C = (bytes([byte]) * 20 for byte in (1, 0xA, 0xB, 0xC))
DOMAIN = IntentDomain(31337, bytes([9]) * 20)
PROGRAM = Intent(
    ALICE,
    A,
    500,
    (
        Branch(B, 7, (Guard(GuardKind.EXISTS), Guard(GuardKind.AFTER, limit=99))),
        Branch(B, 6, (Guard(GuardKind.FRESH),), ((A, B), (A, C, B))),
    ),
    whole=False,
    nonce=2**200 + 3,
    deadline=1_900_000_000,
)


def event(intent: Intent, maker: bytes = ALICE, program: bytes | None = None) -> Announced:
    encoded = programs.encode(intent) if program is None else program
    return Announced(
        block=Block(1, 2),
        index=0,
        intent_hash=PROGRAM.hash(DOMAIN),
        maker=maker,
        program=encoded,
    )


def test_there_and_back() -> None:
    assert programs.decode(programs.encode(PROGRAM)) == PROGRAM
    assert programs.announced(event(PROGRAM), DOMAIN) == PROGRAM


def test_another_program_or_maker() -> None:
    other = Intent(ALICE, A, 501, PROGRAM.branches, False, PROGRAM.nonce, PROGRAM.deadline)
    with pytest.raises(programs.NotAProgram, match="is not the one of 0x"):
        programs.announced(event(other), DOMAIN)
    with pytest.raises(programs.NotAProgram, match=f"0x{B.hex()} announced a program of"):
        programs.announced(event(PROGRAM, B), DOMAIN)


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", bytes(32 * 8), programs.encode(PROGRAM)[:-1], b"\xff" * 1024],
)
def test_what_is_no_program(data: bytes) -> None:
    with pytest.raises(programs.NotAProgram, match="this is no program"):
        programs.decode(data)


def test_a_guard_that_no_kind_has() -> None:
    encoded = programs.encode(PROGRAM)
    kind = int(GuardKind.AFTER).to_bytes(32, "big") + bytes(32) + (99).to_bytes(32, "big")
    assert encoded.count(kind) == 1
    with pytest.raises(programs.NotAProgram, match="200 is not a valid GuardKind"):
        programs.decode(encoded.replace(kind, (200).to_bytes(32, "big") + kind[32:]))
