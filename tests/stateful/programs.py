"""Random expressions over given commitments, well formed and not, with and without preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boomerang.decisions import sealed_atoms
from boomerang.errors import MalformedDecision
from stateful.cast import GHOST

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence


class Programs:
    """Makes programs."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def over(self, named: Sequence[bytes]) -> bytes:
        """A well-formed program over these atoms."""
        rng = self._rng
        program = bytearray()
        height = 0
        for id in named:
            program += b"\6" + id
            height += 1
            if rng.random() < 0.1:
                program += rng.choice((b"\0", b"\1"))
                height += 1
            if rng.random() < 0.3:
                program += b"\2"
            if height > 1 and rng.random() < 0.5:
                height -= self._combine(program, height)
        while height != 1:
            if not height:
                program += b"\1"
                height = 1
            else:
                height -= self._combine(program, height)
        return bytes(program)

    def _combine(self, program: bytearray, height: int) -> int:
        """Join some operands; by how many the stack shrinks."""
        rng = self._rng
        if rng.random() < 0.5:
            program += rng.choice((b"\3", b"\4"))
            return 1
        n = rng.randint(2, height)
        program += bytes((5, rng.randint(1, n), n))
        return n - 1

    def malformed(self, known: Sequence[bytes]) -> bytes:
        """No program at all."""
        rng = self._rng
        good = self.over(known[:2])
        bad = (b"", b"\7", b"\3", good + b"\1", good[:-1], b"\5\0\1", b"\1\1", b"\1" * 1025)
        many = b"\6" + GHOST + b"".join(b"\6" + GHOST + b"\3" for _ in range(32))
        return rng.choice((*bad, many, b"\1\5\2\1", rng.randbytes(5)))

    def package(self, decision: bytes, expressions: Sequence[bytes]) -> bytes:
        """A decision with a preference for each expression."""
        rng = self._rng
        package = b"\7" + _sized(decision) + bytes([len(expressions)])
        for expression in expressions:
            weight = rng.choice((1, 2, 5, -1, -3, 0, (1 << 63) - 1, -(1 << 63)))
            package += weight.to_bytes(8, "big", signed=True) + _sized(expression)
        return package


def _sized(program: bytes) -> bytes:
    return len(program).to_bytes(2, "big") + program


def named_in(decision: bytes) -> tuple[bytes, ...]:
    """The atoms of what was sealed; none of what is malformed."""
    try:
        return sealed_atoms(decision)
    except MalformedDecision:
        return ()
