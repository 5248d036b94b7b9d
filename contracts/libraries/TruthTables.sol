// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice Boolean expressions of up to 8 variables as words: bit a of a table is what the expression comes to where variable i has
/// the value of a's bit i. One run of a program on such words answers for all 256 assignments at once.
library TruthTables {
    uint256 internal constant NEVER = 0;
    uint256 internal constant ALWAYS = type(uint256).max;

    /// @dev Instructions of libraries/Decisions.sol.
    uint256 private constant KEEP = 0x01;
    uint256 private constant NOT = 0x02;
    uint256 private constant AND = 0x03;
    uint256 private constant OR = 0x04;
    uint256 private constant ATOM = 0x06;
    uint256 private constant ATOM_BYTES = 26;
    uint256 private constant AT_LEAST_BYTES = 3;

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
    function evaluate(
        bytes calldata program,
        uint256[] memory atoms,
        uint256 first
    ) internal pure returns (uint256 table, uint256 next) {
        next = first;
        // `table` is the top of the stack, the others are in memory, the lowest first, from the free memory on: nothing else is put
        // there until the end. The first push stores a word that means nothing, and that is never read.
        uint256 above = _freeMemory();
        uint256 cursor;
        // Safe: a well-formed program takes no operand that is not there, and has as many atoms as `atoms` has for it.
        unchecked {
            while (cursor < program.length) {
                uint256 instruction = _byteAt(program, cursor);
                if (instruction == ATOM) {
                    _store(above, table);
                    above += 32;
                    table = atoms[next++];
                    cursor += ATOM_BYTES;
                    continue;
                }
                if (instruction <= KEEP) {
                    _store(above, table);
                    above += 32;
                    table = instruction == KEEP ? ALWAYS : NEVER;
                } else if (instruction == NOT) {
                    table = ~table;
                } else if (instruction == AND) {
                    above -= 32;
                    table &= _load(above);
                } else if (instruction == OR) {
                    above -= 32;
                    table |= _load(above);
                } else {
                    uint256 n = _byteAt(program, cursor + 2);
                    _store(above, table);
                    above -= 32 * (n - 1);
                    table = _atLeast(_byteAt(program, cursor + 1), above, n);
                    cursor += AT_LEAST_BYTES - 1;
                }
                ++cursor;
            }
        }
    }

    /// @dev Where at least k of n words in memory have a one. Full adders, bit by bit side by side, take three words of a weight to one
    /// of that weight and one of twice that, until one is left: n adders at most. The sum is compared with k on the way, the lowest
    /// bit first: a higher bit that differs overrules what the lower ones said.
    /// @param start of the words, which are overwritten
    function _atLeast(uint256 k, uint256 start, uint256 n) private pure returns (uint256 enough) {
        enough = ALWAYS;
        // Safe: what is added stays below 32 * 256, and a carry's place is below that of the words still to be read.
        unchecked {
            while (n != 0) {
                uint256 sum = _load(start);
                uint256 carries;
                for (uint256 i = 1; i < n; i += 2) {
                    uint256 b = _load(start + 32 * i);
                    uint256 c = i + 1 < n ? _load(start + 32 * i + 32) : 0;
                    uint256 half = sum ^ b;
                    _store(start + 32 * carries++, (sum & b) | (half & c));
                    sum = half ^ c;
                }
                enough = k & 1 == 1 ? enough & sum : enough | sum;
                k >>= 1;
                n = carries;
            }
        }
        // k <= n, so that no bit of k is left when there is no carry left.
    }

    /// @dev For `cursor` < program.length.
    function _byteAt(bytes calldata program, uint256 cursor) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := byte(0, calldataload(add(program.offset, cursor)))
        }
    }

    function _freeMemory() private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := mload(0x40)
        }
    }

    function _load(uint256 pointer) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(pointer)
        }
    }

    /// @dev For what lies beyond the free memory pointer.
    function _store(uint256 pointer, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(pointer, word)
        }
    }
}
