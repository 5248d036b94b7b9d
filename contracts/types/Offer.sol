// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "./CommitmentId.sol";

/// @notice What the last offer of one commitment to another recorded. Zero: there was none.
///
///   255                                 56 55        24 23   9 8     7      0
///  +--------------------------------------+------------+------+-----+--------+
///  | floor: a commitment's id (200)       | first made |  0   | dcl | depth  |
///  +--------------------------------------+------------+------+-----+--------+
///
///  first made  time of the pair's first offer (32), which a repeated offer leaves     dcl  declined
type Offer is uint256;

using {floor, depth, firstMade, exists, declined, declining} for Offer global;

uint256 constant DEPTH_MASK = 0xff;
uint256 constant DECLINED = 0x100;
uint256 constant FIRST_MADE_SHIFT = 24;

function newOffer(CommitmentId floor_, uint256 depth_, uint256 firstMade_) pure returns (Offer) {
    return Offer.wrap(
        uint256(bytes32(CommitmentId.unwrap(floor_))) | (uint256(uint32(firstMade_)) << FIRST_MADE_SHIFT) | depth_
    );
}

function floor(Offer offer) pure returns (CommitmentId) {
    return CommitmentId.wrap(bytes25(bytes32(Offer.unwrap(offer))));
}

function depth(Offer offer) pure returns (uint256) {
    return Offer.unwrap(offer) & DEPTH_MASK;
}

function firstMade(Offer offer) pure returns (uint256) {
    return uint32(Offer.unwrap(offer) >> FIRST_MADE_SHIFT);
}

function exists(Offer offer) pure returns (bool) {
    return Offer.unwrap(offer) != 0;
}

function declined(Offer offer) pure returns (bool) {
    return Offer.unwrap(offer) & DECLINED != 0;
}

function declining(Offer offer) pure returns (Offer) {
    return Offer.wrap(Offer.unwrap(offer) | DECLINED);
}
