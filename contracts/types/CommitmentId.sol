// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice Names a commitment: the first 25 bytes of a hash of chain, registry, committer and terms (libraries/Identity.sol).
/// 25 bytes, so that a reference to a commitment shares a storage slot with what is said about it.
type CommitmentId is bytes25;

using {equals as ==, differs as !=} for CommitmentId global;

function equals(CommitmentId a, CommitmentId b) pure returns (bool) {
    return CommitmentId.unwrap(a) == CommitmentId.unwrap(b);
}

function differs(CommitmentId a, CommitmentId b) pure returns (bool) {
    return CommitmentId.unwrap(a) != CommitmentId.unwrap(b);
}
