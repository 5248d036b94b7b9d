// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "./CommitmentId.sol";

/// @notice The floor and depth of a commitment that has made an offer (section 6 of the protocol). Zero means that it has made none:
/// its floor is itself, its depth 0.
///
///   255                                 56 55    8 7      0
///  +--------------------------------------+-------+--------+
///  | floor: a commitment's id (200)       |   0   | depth  |
///  +--------------------------------------+-------+--------+
type Standing is uint256;

using {floor, depth} for Standing global;

uint256 constant DEPTH_MASK = 0xff;

function newStanding(CommitmentId floor_, uint256 depth_) pure returns (Standing) {
    return Standing.wrap(uint256(bytes32(CommitmentId.unwrap(floor_))) | depth_);
}

function floor(Standing standing) pure returns (CommitmentId) {
    return CommitmentId.wrap(bytes25(bytes32(Standing.unwrap(standing))));
}

function depth(Standing standing) pure returns (uint256) {
    return Standing.unwrap(standing) & DEPTH_MASK;
}
