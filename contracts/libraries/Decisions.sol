// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "../types/CommitmentId.sol";
import {AND, ATOM, AT_LEAST, KEEP, NOT, OR} from "../types/Instructions.sol";

/// @notice Boolean expressions over commitments: a postfix program for a machine whose stack holds bits.
///
///   0x00 revert    0x01 keep    0x02 not    0x03 and    0x04 or
///   0x05 k n       at least k of the n topmost bits, 1 <= k <= n
///   0x06 id[25]    whether that commitment is kept: an atom
///
/// Every expression has exactly one program, and every well-formed program is exactly one expression.
library Decisions {
    uint256 internal constant MAX_BYTES = 1024;
    uint256 internal constant MAX_ATOMS = 32;
    /// @dev The stack is one word.
    uint256 internal constant MAX_HEIGHT = 256;

    uint256 private constant ATOM_BYTES = 26;
    uint256 private constant AT_LEAST_BYTES = 3;

    /// @notice Whether the machine can run this program: no unknown or cut-off instruction, no operand missing or left over, within limits.
    function wellFormed(bytes calldata program) internal pure returns (bool) {
        if (program.length > MAX_BYTES) return false;
        uint256 height;
        uint256 atoms;
        uint256 cursor;
        // Safe: `cursor` grows by at most 26 a step from below 1024; `height` and `atoms` are checked against their bounds at each step.
        unchecked {
            while (cursor < program.length) {
                uint256 instruction = byteAt(program, cursor);
                if (instruction == ATOM) {
                    if (++atoms > MAX_ATOMS) return false;
                    ++height;
                    cursor += ATOM_BYTES;
                } else if (instruction <= KEEP) {
                    ++height;
                    ++cursor;
                } else if (instruction == NOT) {
                    if (height == 0) return false;
                    ++cursor;
                } else if (instruction <= OR) {
                    if (height < 2) return false;
                    --height;
                    ++cursor;
                } else if (instruction == AT_LEAST) {
                    if (cursor + AT_LEAST_BYTES > program.length) return false;
                    uint256 k = byteAt(program, cursor + 1);
                    uint256 n = byteAt(program, cursor + 2);
                    if (k == 0 || k > n || n > height) return false;
                    height -= n - 1;
                    cursor += AT_LEAST_BYTES;
                } else {
                    return false;
                }
                if (height > MAX_HEIGHT) return false;
            }
        }
        return cursor == program.length && height == 1;
    }

    /// @notice Whether the program is just `keep`, which most decisions are in the end: worth a shortcut.
    function isKeep(bytes calldata program) internal pure returns (bool) {
        return program.length == 1 && byteAt(program, 0) == KEEP;
    }

    /// @notice The next atom at or after `cursor`.
    /// @dev For well-formed programs.
    /// @return found false when there is none
    /// @return atom the commitment it names
    /// @return next where to go on
    function nextAtom(
        bytes calldata program,
        uint256 cursor
    ) internal pure returns (bool found, CommitmentId atom, uint256 next) {
        // Safe: `cursor` stays below the program's length plus 26.
        unchecked {
            while (cursor < program.length) {
                uint256 instruction = byteAt(program, cursor);
                if (instruction == ATOM) {
                    assembly ("memory-safe") {
                        // The 25 bytes after the instruction, left aligned as a bytes25 is; the rest of the word is cut off.
                        atom := and(
                            calldataload(add(program.offset, add(cursor, 1))),
                            0xffffffffffffffffffffffffffffffffffffffffffffffffff00000000000000
                        )
                    }
                    return (true, atom, cursor + ATOM_BYTES);
                }
                cursor += instruction == AT_LEAST ? AT_LEAST_BYTES : 1;
            }
        }
        next = cursor;
    }

    /// @notice Run a well-formed program.
    /// @param answers bit i: whether the i-th atom in the program's order is kept
    function evaluate(bytes calldata program, uint256 answers) internal pure returns (bool) {
        uint256 stack; // the topmost bit is the lowest
        uint256 cursor;
        // Safe: a well-formed program never takes a bit that is not there, nor piles up more than a word holds.
        unchecked {
            while (cursor < program.length) {
                uint256 instruction = byteAt(program, cursor);
                if (instruction == ATOM) {
                    stack = (stack << 1) | (answers & 1);
                    answers >>= 1;
                    cursor += ATOM_BYTES;
                    continue;
                }
                if (instruction <= KEEP) {
                    stack = (stack << 1) | instruction;
                } else if (instruction == NOT) {
                    // Meant: exclusive or, not a power.
                    // slither-disable-next-line incorrect-exp
                    stack ^= 1;
                } else if (instruction == AND) {
                    stack = (stack >> 1) & (stack | ~uint256(1));
                } else if (instruction == OR) {
                    stack = (stack >> 1) | (stack & 1);
                } else {
                    uint256 n = byteAt(program, cursor + 2);
                    uint256 enough = ones(stack & ((1 << n) - 1)) >= byteAt(program, cursor + 1) ? 1 : 0;
                    stack = ((stack >> n) << 1) | enough;
                    cursor += AT_LEAST_BYTES - 1;
                }
                ++cursor;
            }
        }
        return stack & 1 == 1;
    }

    /// @dev Bits set, by Kernighan's method: as many rounds as bits are set.
    function ones(uint256 bits) private pure returns (uint256 count) {
        // Safe: at most 256 rounds; `bits` is not zero where one is taken from it.
        unchecked {
            for (; bits != 0; ++count) {
                bits &= bits - 1;
            }
        }
    }

    /// @dev For `cursor` < program.length.
    function byteAt(bytes calldata program, uint256 cursor) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(0, calldataload(add(program.offset, cursor)))
        }
    }
}
