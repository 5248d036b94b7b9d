// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice Asks a contract many questions in one call, for tests that compare every view after every action.
/// @dev Input: the contract's address (20 bytes), then for each question its length (2 bytes) and its call data.
/// Output: for each question one byte, 1 where it was answered and 0 where it was refused, and what was returned.
contract StatefulViews {
    fallback() external {
        assembly {
            // Questions are written at 0, answers from `start` on: no question is that long.
            let start := 0x8000
            let end := start
            let target := shr(96, calldataload(0))
            for { let cursor := 20 } lt(cursor, calldatasize()) {} {
                let size := shr(240, calldataload(cursor))
                calldatacopy(0, add(cursor, 2), size)
                mstore8(end, staticcall(gas(), target, 0, size, 0, 0))
                returndatacopy(add(end, 1), 0, returndatasize())
                end := add(end, add(1, returndatasize()))
                cursor := add(cursor, add(size, 2))
            }
            return(start, sub(end, start))
        }
    }
}
