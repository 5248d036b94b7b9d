"""One directory for all tests of the language: every kind of decimals, and what has no name."""

from boomerang.decisions import Names
from boomerang.intents.language import Directory, Token


def at(number: int) -> bytes:
    """An address that tells which it is."""
    return bytes([number]) * 20


# D is below A, so that pools are met in both orders.
A = Token("A", at(0x40), 18)
B = Token("B", at(0x50), 18)
C = Token("C", at(0x60), 18)
D = Token("D", at(0x30), 18)
USDC = Token("USDC", at(0x70), 6)
WHOLE = Token("Whole", at(0x20), 0)
FINE = Token("fine-24.x", at(0x80), 24)
DEEP = Token("if", at(0x10), 255)
TOKENS = (A, B, C, D, USDC, WHOLE, FINE, DEEP)
UNKNOWN = (at(0x11), at(0x99))
"""Tokens that the directory does not have."""

ALICE, BOB, STRANGER = at(0xA1), at(0xB0), at(0x77)
PROMISE, OTHER = b"\x1a" * 25, b"\x1b\x2c" + b"\x3d" * 23
STRANGE_ID = bytes(range(25))

DIRECTORY = Directory(
    tokens=TOKENS,
    accounts={"alice": ALICE, "bob": BOB, "b-2.x": at(0xB2)},
    commitments=Names({"promise": PROMISE, "deal.2": OTHER}),
    factory=at(0xFA),
    pair_code_hash=bytes(range(32)),
    pairs={(A.address, USDC.address): at(0xAC)},
)

SNIPPET = """\
if exists swap $D -> $A at rate $A/$D <= 1000:
    swap 500 $A -> $D
else:
    do nothing"""
"""The source document's, letter for letter."""
