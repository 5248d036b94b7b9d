// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "../types/CommitmentId.sol";
import {Content, Key} from "../interfaces/IBoomerang.sol";

/// @notice Everything that is hashed. Mirrored off chain by the package's `identity` module.
library Identity {
    bytes32 internal constant ID_TYPEHASH =
        keccak256("Commitment(uint256 chainId,address registry,address committer,bytes32 termsHash)");
    bytes32 internal constant TERMS_TYPEHASH =
        keccak256("Terms(uint64 nonce,uint96 bond,uint96 cover,bytes32 contentHash)");
    bytes32 internal constant SEAL_TYPEHASH =
        keccak256(
            "Seal(uint256 chainId,address registry,bytes25 id,address committer,bytes32 decisionHash,bytes32 salt)"
        );

    /// @dev The parts that may be long are hashed by themselves, so that one can be shown without the others.
    function contentHash(Content calldata content) internal pure returns (bytes32) {
        return keccak256(abi.encode(content.topic, keccak256(content.statement), keccak256(content.clauses)));
    }

    function termsHash(uint256 nonce, uint256 bond, uint256 cover, bytes32 content) internal pure returns (bytes32) {
        return keccak256(abi.encode(TERMS_TYPEHASH, nonce, bond, cover, content));
    }

    /// @dev Nothing in an id depends on when it is published: after a reorg it still means the same, or nothing.
    function idOf(uint256 chainId, address committer, bytes32 terms) internal view returns (CommitmentId) {
        return
            CommitmentId.wrap(bytes25(keccak256(abi.encode(ID_TYPEHASH, chainId, address(this), committer, terms))));
    }

    function idOf(uint256 chainId, Key calldata key) internal view returns (CommitmentId) {
        return idOf(chainId, key.committer, termsHash(key.nonce, key.bond, key.cover, key.contentHash));
    }

    /// @dev Bound to chain, registry, id and committer, so that another's seal is worth nothing when copied.
    function sealOf(
        uint256 chainId,
        CommitmentId id,
        address committer,
        bytes32 decisionHash,
        bytes32 salt
    ) internal view returns (bytes23) {
        return
            bytes23(keccak256(abi.encode(SEAL_TYPEHASH, chainId, address(this), id, committer, decisionHash, salt)));
    }
}
