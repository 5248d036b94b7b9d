// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "../types/CommitmentId.sol";
import {Stake} from "../types/Stake.sol";

/// @notice Everything that is hashed. Mirrored off chain by the package's `identity` module.
/// @dev In assembly, word by word, each the same as `keccak256(abi.encode(…))` of what its comment names: these hashes are half of what
/// an action computes, and the compiler's encoder costs three times as much. All scratch is beyond the free memory pointer.
library Identity {
    bytes32 private constant ID_TYPEHASH =
        keccak256("Commitment(uint256 chainId,address registry,address committer,uint256 stake,bytes32 contentHash)");
    bytes32 private constant SEAL_TYPEHASH = keccak256(
        "Seal(uint256 chainId,address registry,bytes25 id,address committer,bytes32 decisionHash,bytes32 salt)"
    );

    /// @notice keccak256(data)
    function hashOf(bytes calldata data) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, data.offset, data.length)
            hash := keccak256(free, data.length)
        }
    }

    /// @notice keccak256(abi.encode(topic, keccak256(body)))
    function contentHash(bytes32 topic, bytes calldata body) internal pure returns (bytes32 hash) {
        return pairHash(topic, hashOf(body));
    }

    /// @notice keccak256(abi.encode(a, b))
    function pairHash(bytes32 a, bytes32 b) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(0x00, a)
            mstore(0x20, b)
            hash := keccak256(0x00, 0x40)
        }
    }

    /// @notice The first 25 bytes of keccak256(abi.encode(ID_TYPEHASH, chainId, this, committer, stake, content)).
    /// @dev Nothing in an id depends on when it is published: after a reorg it still means the same, or nothing.
    function idOf(
        uint256 chainId,
        address committer,
        Stake stake,
        bytes32 content
    ) internal view returns (CommitmentId id) {
        bytes32 typehash = ID_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), chainId)
            mstore(add(free, 0x40), address())
            mstore(add(free, 0x60), shr(96, shl(96, committer)))
            mstore(add(free, 0x80), stake)
            mstore(add(free, 0xa0), content)
            id := shl(56, shr(56, keccak256(free, 0xc0)))
        }
    }

    /// @notice The first 23 bytes of keccak256(abi.encode(SEAL_TYPEHASH, chainId, this, id, committer, decisionHash, salt)).
    /// @dev Bound to chain, registry, id and committer, so that another's seal is worth nothing when copied.
    function sealOf(
        uint256 chainId,
        CommitmentId id,
        address committer,
        bytes32 decisionHash,
        bytes32 salt
    ) internal view returns (bytes23 seal) {
        bytes32 typehash = SEAL_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), chainId)
            mstore(add(free, 0x40), address())
            mstore(add(free, 0x60), id)
            mstore(add(free, 0x80), shr(96, shl(96, committer)))
            mstore(add(free, 0xa0), decisionHash)
            mstore(add(free, 0xc0), salt)
            seal := shl(72, shr(72, keccak256(free, 0xe0)))
        }
    }
}
