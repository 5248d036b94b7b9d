"""The byte form of expressions: a postfix program, one for each tree and one tree for each.

    0x00 revert    0x01 keep    0x02 not    0x03 and    0x04 or
    0x05 k n       at least k of the n topmost, 1 <= k <= n
    0x06 id[25]    kept(id)

Well formed: 1 to 1024 bytes, at most 32 atoms, at most 256 operands on the stack at any time,
exactly one left at the end, nothing unknown and nothing cut short. `contracts/libraries/
Decisions.sol` accepts exactly the same programs.
"""

from __future__ import annotations

from typing import Final

from boomerang.decisions.expression import (
    And,
    AtLeast,
    Constant,
    Expression,
    Kept,
    Not,
    Or,
    postorder,
)
from boomerang.errors import DecisionTooLarge, MalformedDecision
from boomerang.identity import ID_SIZE, check_bytes

MAX_BYTES: Final = 1024
MAX_ATOMS: Final = 32
MAX_HEIGHT: Final = 256
MAX_LIST: Final = 255

REVERT, KEEP, NOT, AND, OR, AT_LEAST, ATOM = range(7)


def encode(expression: Expression) -> bytes:
    """The program of an expression. DecisionTooLarge for what exceeds a limit, naming which."""
    program = bytearray()
    atoms = height = 0
    for node in postorder(expression):
        if isinstance(node, Kept):
            atoms += 1
            height += 1
            program.append(ATOM)
            program += node.id
        elif isinstance(node, Constant):
            height += 1
            program.append(KEEP if node.value else REVERT)
        elif isinstance(node, Not):
            program.append(NOT)
        elif isinstance(node, And | Or):
            height -= 1
            program.append(AND if isinstance(node, And) else OR)
        else:
            n = len(node.operands)
            _limit("expressions in one list", n, MAX_LIST)
            height -= n - 1
            program += bytes((AT_LEAST, node.count, n))
        _limit("atoms", atoms, MAX_ATOMS)
        _limit("operands open at once", height, MAX_HEIGHT)
        _limit("bytes", len(program), MAX_BYTES)
    return bytes(program)


def _limit(what: str, size: int, limit: int) -> None:
    if size > limit:
        raise DecisionTooLarge(what, size, limit)


def decode(program: bytes) -> Expression:
    """The tree of a program; MalformedDecision with the offset of what breaks it."""
    check_bytes("decision", program)
    if len(program) > MAX_BYTES:
        raise MalformedDecision(MAX_BYTES, f"{len(program)} bytes; at most {MAX_BYTES} are allowed")
    stack: list[Expression] = []
    atoms = cursor = 0
    while cursor < len(program):
        start = cursor
        code = program[cursor]
        size = {AT_LEAST: 3, ATOM: 1 + ID_SIZE}.get(code, 1)
        operand = program[cursor + 1 : cursor + size]
        cursor += size
        if code > ATOM:
            raise MalformedDecision(start, f"no instruction has the number 0x{code:02x}")
        if cursor > len(program):
            raise MalformedDecision(start, f"cut short: the instruction takes {size} bytes")
        if code == AT_LEAST:
            count, arity = operand
            if not 1 <= count <= arity:
                raise MalformedDecision(start, f"at least {count} of {arity} makes no sense")
        else:
            count, arity = 0, {NOT: 1, AND: 2, OR: 2}.get(code, 0)
        if len(stack) < arity:
            raise MalformedDecision(start, f"needs {arity} operands, there are {len(stack)}")
        operands = tuple(stack[len(stack) - arity :])
        del stack[len(stack) - arity :]
        if code == ATOM:
            atoms += 1
            if atoms > MAX_ATOMS:
                raise MalformedDecision(start, f"more than {MAX_ATOMS} atoms")
            stack.append(Kept(operand))
        elif code in (REVERT, KEEP):
            stack.append(Constant(code == KEEP))
        elif code == NOT:
            stack.append(Not(*operands))
        elif code == AND:
            stack.append(And(*operands))
        elif code == OR:
            stack.append(Or(*operands))
        else:
            stack.append(AtLeast(count, operands))
        if len(stack) > MAX_HEIGHT:
            raise MalformedDecision(start, f"more than {MAX_HEIGHT} operands open at once")
    if len(stack) != 1:
        why = "empty" if not program else f"{len(stack)} operands are left over, not one"
        raise MalformedDecision(len(program), why)
    return stack[0]


def well_formed(program: bytes) -> bool:
    """Whether `decode` would give a tree."""
    try:
        decode(program)
    except MalformedDecision:
        return False
    return True
