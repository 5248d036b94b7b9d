// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

// Used in assembly, where the linter does not look.
// solhint-disable-next-line no-unused-import
import {AND, ATOM, ID_BYTES, NOT, OPERAND_BYTES, OR} from "../types/Instructions.sol";

/// @notice Boolean expressions of up to 8 variables as words: bit a of a table is what the expression comes to where variable i has
/// the value of a's bit i. One run of a program on such words answers for all 256 assignments at once.
library TruthTables {
    uint256 internal constant NEVER = 0;
    uint256 internal constant ALWAYS = type(uint256).max;

    /// @notice The table of variable i < 8: all a whose bit i is set.
    function variable(uint256 i) internal pure returns (uint256) {
        // Safe: i is small. 2^256 - 1 divided by 2^(2^i) + 1 is the pattern of 2^i ones and 2^i zeros in turns, ones lowest.
        unchecked {
            return ~(type(uint256).max / ((1 << (1 << i)) + 1));
        }
    }

    /// @notice The 2^k assignments of k <= 8 variables.
    function domain(uint256 k) internal pure returns (uint256) {
        // Meant: for k = 8 the shift gives 0, and one less is a full word.
        unchecked {
            return (1 << (1 << k)) - 1;
        }
    }

    /// @notice Run a well-formed program on tables.
    /// @param atoms the table of each atom
    /// @param first where in `atoms` the program's atoms begin, in its order
    /// @return table of the program
    /// @return next where the atoms of the next program begin
    // One loop, one line an action: apart it would only be harder to follow.
    // solhint-disable-next-line function-max-lines
    function evaluate(
        bytes calldata program,
        uint256[] memory atoms,
        uint256 first
    ) internal pure returns (uint256 table, uint256 next) {
        next = first;
        // `table` is the top of the stack, the others are in memory, the lowest first, from the free memory on: nothing else is put
        // there until the end. The first push stores a word that means nothing, and that is never read.
        uint256 above;
        uint256 cursor;
        uint256 end;
        uint256 n;
        uint256 k;
        assembly ("memory-safe") {
            above := mload(0x40)
            cursor := program.offset
            end := add(cursor, program.length)
        }
        do {
            // In assembly, since groups run up to 16,384 instructions. Safe: a well-formed program takes no operand that is not there, and
            // has as many atoms as `atoms` has for it; it writes beyond the free memory pointer alone.
            assembly ("memory-safe") {
                n := 0
                for {} lt(cursor, end) {} {
                    let instruction := byte(0, calldataload(cursor))
                    cursor := add(cursor, 1)
                    if lt(instruction, NOT) {
                        mstore(above, table)
                        above := add(above, 0x20)
                        // All ones for keep.
                        table := sub(0, instruction)
                        continue
                    }
                    if eq(instruction, NOT) {
                        table := not(table)
                        continue
                    }
                    if eq(instruction, AND) {
                        above := sub(above, 0x20)
                        table := and(table, mload(above))
                        continue
                    }
                    if eq(instruction, OR) {
                        above := sub(above, 0x20)
                        table := or(table, mload(above))
                        continue
                    }
                    mstore(above, table)
                    if eq(instruction, ATOM) {
                        above := add(above, 0x20)
                        next := add(next, 1)
                        table := mload(add(atoms, shl(5, next)))
                        cursor := add(cursor, ID_BYTES)
                        continue
                    }
                    k := byte(0, calldataload(cursor))
                    n := byte(0, calldataload(add(cursor, 1)))
                    above := sub(above, shl(5, sub(n, 1)))
                    cursor := add(cursor, OPERAND_BYTES)
                    break
                }
            }
            if (n != 0) table = _atLeast(k, above, n);
        } while (n != 0);
    }

    /// @dev Where at least k of n words in memory have a one. Full adders, bit by bit side by side, take three words of a weight to one
    /// of that weight and one of twice that, until one is left: n adders at most. The sum is compared with k on the way, the lowest
    /// bit first: a higher bit that differs overrules what the lower ones said.
    /// @param start of the words, which are overwritten
    function _atLeast(uint256 k, uint256 start, uint256 n) private pure returns (uint256 enough) {
        enough = ALWAYS;
        while (n != 0) {
            uint256 sum;
            // Safe: it reads and writes the n words and the one after them, all beyond the free memory. A carry's place is never after
            // that of the words still to be read.
            assembly ("memory-safe") {
                // An even number of words lacks one for the last adder.
                let end := add(start, shl(5, n))
                mstore(end, 0)
                sum := mload(start)
                let carry := start
                for { let next := add(start, 0x20) } lt(next, end) { next := add(next, 0x40) } {
                    let b := mload(next)
                    let c := mload(add(next, 0x20))
                    let half := xor(sum, b)
                    mstore(carry, or(and(sum, b), and(half, c)))
                    carry := add(carry, 0x20)
                    sum := xor(half, c)
                }
                n := shr(5, sub(carry, start))
            }
            enough = k & 1 == 1 ? enough & sum : enough | sum;
            k >>= 1;
        }
        // k <= n, so that no bit of k is left when there is no carry left.
    }
}
