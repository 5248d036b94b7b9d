// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "../types/CommitmentId.sol";
// Used in assembly, where the linter does not look.
// solhint-disable-next-line no-unused-import
import {AT_LEAST, ID_BYTES, OPERAND_BYTES} from "../types/Instructions.sol";
import {Decisions} from "./Decisions.sol";

/// @notice What a member of a group seals: a decision alone, as ever; or a decision and what its owner prefers among the outcomes
/// of the group. All of it is named a package here.
///
///   0x07 | length (2) | decision | n (1), 1 to 8 | n times: weight (8, signed) | length (2) | expression
///
/// Numbers are big-endian; decision and expressions are programs of libraries/Decisions.sol. No program begins with 0x07.
library Preferences {
    uint256 internal constant MAX_BYTES = 2048;
    uint256 internal constant MAX_PREFERENCES = 8;

    uint256 private constant PREFER = 0x07;
    uint256 private constant LENGTH_BYTES = 2;
    uint256 private constant WEIGHT_BYTES = 8;

    uint256 private constant ID_MASK = 0xffffffffffffffffffffffffffffffffffffffffffffffffff00000000000000;

    /// @notice Whether every part is well formed, nothing is missing or left over, and all is within limits.
    function wellFormed(bytes calldata package) internal pure returns (bool) {
        if (_isAlone(package)) return Decisions.wellFormed(package);
        if (package.length > MAX_BYTES) return false;
        (bool good, uint256 cursor) = _checkPart(package, 1);
        if (!good || cursor == package.length) return false;
        uint256 count = _word(package, cursor) >> 248;
        if (count == 0 || count > MAX_PREFERENCES) return false;
        // Safe: the cursor exceeds the length by a few bytes at most.
        unchecked {
            ++cursor;
            for (uint256 i; i < count; ++i) {
                (good, cursor) = _checkPart(package, cursor + WEIGHT_BYTES);
                if (!good) return false;
            }
        }
        return cursor == package.length && atoms(package).length <= Decisions.MAX_ATOMS;
    }

    /// @notice The decision of a well-formed package.
    /// @return program of the decision
    /// @return next where the preferences begin; the package's length where there are none
    function decision(bytes calldata package) internal pure returns (bytes calldata program, uint256 next) {
        if (_isAlone(package)) return (package, package.length);
        (program, next) = _part(package, 1);
        // Safe: the count of preferences is there. It is not needed: they end where the package ends.
        unchecked {
            ++next;
        }
    }

    /// @notice One preference of a well-formed package.
    /// @param cursor where it begins, below the package's length
    /// @return weight what its owner gains where the program holds
    /// @return program of the expression
    /// @return next where the next one begins; the package's length if it was the last
    function preference(
        bytes calldata package,
        uint256 cursor
    ) internal pure returns (int64 weight, bytes calldata program, uint256 next) {
        // Safe: it is well formed.
        unchecked {
            weight = int64(uint64(_word(package, cursor) >> 192));
            (program, next) = _part(package, cursor + WEIGHT_BYTES);
        }
    }

    /// @notice All atoms of a well-formed package, in order of appearance, repeated ones as often as they stand there.
    function atoms(bytes calldata package) internal pure returns (CommitmentId[] memory found) {
        found = new CommitmentId[](package.length / (1 + ID_BYTES));
        (bytes calldata program, uint256 next) = decision(package);
        uint256 count = _collect(program, found, 0);
        while (next < package.length) {
            // A weight is not an atom.
            // slither-disable-next-line unused-return
            (, program, next) = preference(package, next);
            count = _collect(program, found, count);
        }
        // Safe: shortened to what was found.
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    /// @dev In assembly, since it looks at every byte of what may be long.
    /// @return count how many there are now
    function _collect(
        bytes calldata program,
        CommitmentId[] memory found,
        uint256 count_
    ) private pure returns (uint256 count) {
        // Safe: `found` has room for as many as the package's bytes can hold.
        assembly ("memory-safe") {
            count := count_
            let cursor := program.offset
            let end := add(cursor, program.length)
            for {} lt(cursor, end) {} {
                let instruction := byte(0, calldataload(cursor))
                cursor := add(cursor, 1)
                // All others have one byte.
                if lt(instruction, AT_LEAST) { continue }
                if eq(instruction, AT_LEAST) {
                    cursor := add(cursor, OPERAND_BYTES)
                    continue
                }
                count := add(count, 1)
                mstore(add(found, shl(5, count)), and(calldataload(cursor), ID_MASK))
                cursor := add(cursor, ID_BYTES)
            }
        }
    }

    function _isAlone(bytes calldata package) private pure returns (bool) {
        return package.length == 0 || _word(package, 0) >> 248 != PREFER;
    }

    /// @return good whether at `cursor` there are a length and a well-formed program of that length
    /// @return next where it ends
    function _checkPart(bytes calldata package, uint256 cursor) private pure returns (bool good, uint256 next) {
        // Safe: none is beyond 2^17.
        unchecked {
            if (cursor + LENGTH_BYTES > package.length) return (false, 0);
            next = cursor + LENGTH_BYTES + (_word(package, cursor) >> 240);
            if (next > package.length) return (false, 0);
            good = Decisions.wellFormed(package[cursor + LENGTH_BYTES:next]);
        }
    }

    /// @dev For parts of a well-formed package.
    function _part(bytes calldata package, uint256 cursor) private pure returns (bytes calldata program, uint256 next) {
        // Safe: it is well formed.
        unchecked {
            uint256 start = cursor + LENGTH_BYTES;
            next = start + (_word(package, cursor) >> 240);
            program = package[start:next];
        }
    }

    /// @dev The 32 bytes from `cursor` on, beyond the end of the package whatever follows there.
    function _word(bytes calldata package, uint256 cursor) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(package.offset, cursor))
        }
    }
}
