// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "../types/CommitmentId.sol";

/// @notice Events whose data are one word and one byte string: most of what the registry logs. A hundred gas less than by the
/// compiler's encoder, each time.
library Logs {
    /// @notice Emit an event about a commitment.
    /// @dev Ids and addresses have no dirty bits here: they are computed, decoded from calldata, or the caller's. All scratch is beyond
    /// the free memory pointer.
    function emit1(bytes32 signature, CommitmentId id, uint256 word, bytes calldata data) internal {
        (uint256 start, uint256 size) = _encode(word, data);
        assembly ("memory-safe") {
            log2(start, size, signature, id)
        }
    }

    /// @notice The same with an account.
    function emit2(bytes32 signature, CommitmentId id, address account, uint256 word, bytes calldata data) internal {
        (uint256 start, uint256 size) = _encode(word, data);
        assembly ("memory-safe") {
            log3(start, size, signature, id, account)
        }
    }

    /// @notice The same with a topic.
    function emit3(
        bytes32 signature,
        CommitmentId id,
        address account,
        bytes32 topic,
        uint256 word,
        bytes calldata data
    ) internal {
        // As in {_encode}: each jump less is 30 gas, and this one is in everybody's publication.
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, word)
            mstore(add(start, 0x20), 0x40)
            mstore(add(start, 0x40), data.length)
            let body := add(start, 0x60)
            calldatacopy(body, data.offset, data.length)
            mstore(add(body, data.length), 0)
            log4(start, add(0x60, and(add(data.length, 0x1f), not(0x1f))), signature, id, account, topic)
        }
    }

    /// @dev abi.encode(word, data), beyond the free memory pointer.
    function _encode(uint256 word, bytes calldata data) private pure returns (uint256 start, uint256 size) {
        assembly ("memory-safe") {
            start := mload(0x40)
            mstore(start, word)
            mstore(add(start, 0x20), 0x40)
            mstore(add(start, 0x40), data.length)
            let body := add(start, 0x60)
            calldatacopy(body, data.offset, data.length)
            // What fills the last word must be zero; the memory may have been used before.
            mstore(add(body, data.length), 0)
            size := add(0x60, and(add(data.length, 0x1f), not(0x1f)))
        }
    }
}
