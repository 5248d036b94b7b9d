// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice What a commitment stands for in money, and what tells it from others of its owner, in one word (it is hashed and logged,
/// never stored: a word costs less to send than four).
///
///   255            160 159             64 63    56 55          0
///  +------------------+------------------+--------+-------------+
///  | cover (96, wei)  | bond (96, wei)   | flags  | nonce (56)  |
///  +------------------+------------------+--------+-------------+
///
///  flags  1: the content has clauses; all others are 0
type Stake is uint256;

using {bond, cover, flags, hasClauses} for Stake global;

uint256 constant BOND_SHIFT = 64;
uint256 constant COVER_SHIFT = 160;
uint256 constant FLAGS_MASK = 0xff00000000000000;
uint256 constant HAS_CLAUSES = 0x0100000000000000;

function bond(Stake stake) pure returns (uint256) {
    return uint96(Stake.unwrap(stake) >> BOND_SHIFT);
}

function cover(Stake stake) pure returns (uint256) {
    return Stake.unwrap(stake) >> COVER_SHIFT;
}

/// @dev Zero for a content without clauses; else {HAS_CLAUSES}, or something that means nothing.
function flags(Stake stake) pure returns (uint256) {
    return Stake.unwrap(stake) & FLAGS_MASK;
}

function hasClauses(Stake stake) pure returns (bool) {
    return flags(stake) == HAS_CLAUSES;
}
