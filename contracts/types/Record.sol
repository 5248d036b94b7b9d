// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Phase} from "./Phase.sol";

/// @notice All that is stored of a commitment, in one slot. Zero is a commitment that does not exist.
///
///   255                                        72 71         40 39          8 7   6   5   4   3   0
///  +---------------------------------------------+-------------+-------------+-----+---+---+---+-----+
///  | seal (184), or the hash of a pending        | block or    | freeze time |  G  | O | D | d | ph. |
///  | decision, or (final) 0, 1 once executed     | draw (32)   | (32)        |     |   |   |   |     |
///  +---------------------------------------------+-------------+-------------+-----+---+---+---+-----+
///
///  ph.  stored phase          d  drawn: bits 40 to 71 hold the draw, no longer the block of publication
///  D    declines all offers   O  has made an offer: it has a Standing   G  has joined a group
///  Times are Unix seconds; 32 bits reach the year 2106.
type Record is uint256;

using {
    phase,
    isIn,
    drawn,
    declinesAll,
    hasOffered,
    inGroup,
    executed,
    freezeTime,
    publishBlock,
    draw,
    seal,
    withDraw,
    entering,
    decliningAll,
    offering,
    joining
} for Record global;

uint256 constant PHASE_MASK = 0x0f;
uint256 constant DRAWN = 0x10;
uint256 constant DECLINES_ALL = 0x20;
uint256 constant HAS_OFFERED = 0x40;
uint256 constant IN_GROUP = 0x80;
/// @dev What stands in the seal's place once the clauses are executed, or the escrow has gone home.
bytes23 constant EXECUTED = bytes23(uint184(1));
uint256 constant TIME_SHIFT = 8;
uint256 constant DRAW_SHIFT = 40;
/// @dev All but phase and seal.
uint256 constant KEPT_ON_ENTERING = 0x0000000000000000000000000000000000000000000000fffffffffffffffff0;
uint256 constant SEAL_MASK = 0xffffffffffffffffffffffffffffffffffffffffffffff000000000000000000;
/// @dev All but block or draw.
uint256 constant KEPT_ON_DRAW = 0xffffffffffffffffffffffffffffffffffffffffffffff00000000ffffffffff;

/// @param freezeTime_ less than 2^32
/// @param publishBlock_ less than 2^32
function newRecord(uint256 freezeTime_, uint256 publishBlock_) pure returns (Record) {
    return Record.wrap((publishBlock_ << DRAW_SHIFT) | (freezeTime_ << TIME_SHIFT) | uint256(Phase.Tentative));
}

function phase(Record record) pure returns (Phase) {
    return Phase(Record.unwrap(record) & PHASE_MASK);
}

/// @dev What `record.phase() == phase_` is, without the compiler's checks of both enums' ranges.
function isIn(Record record, Phase phase_) pure returns (bool yes) {
    assembly ("memory-safe") {
        yes := eq(and(record, PHASE_MASK), phase_)
    }
}

function drawn(Record record) pure returns (bool) {
    return Record.unwrap(record) & DRAWN != 0;
}

function declinesAll(Record record) pure returns (bool) {
    return Record.unwrap(record) & DECLINES_ALL != 0;
}

function hasOffered(Record record) pure returns (bool) {
    return Record.unwrap(record) & HAS_OFFERED != 0;
}

function inGroup(Record record) pure returns (bool) {
    return Record.unwrap(record) & IN_GROUP != 0;
}

/// @dev Meaningful once final.
function executed(Record record) pure returns (bool) {
    return Record.unwrap(record) & SEAL_MASK != 0;
}

function freezeTime(Record record) pure returns (uint256) {
    return uint32(Record.unwrap(record) >> TIME_SHIFT);
}

/// @dev Meaningful until drawn.
function publishBlock(Record record) pure returns (uint256) {
    return uint32(Record.unwrap(record) >> DRAW_SHIFT);
}

/// @dev Meaningful once drawn; never zero then.
function draw(Record record) pure returns (uint32) {
    return uint32(Record.unwrap(record) >> DRAW_SHIFT);
}

function seal(Record record) pure returns (bytes23) {
    return bytes23(bytes32(Record.unwrap(record)));
}

/// @param draw_ less than 2^32
function withDraw(Record record, uint256 draw_) pure returns (Record) {
    return Record.wrap((Record.unwrap(record) & KEPT_ON_DRAW) | (draw_ << DRAW_SHIFT) | DRAWN);
}

/// @param seal_ the new phase's: the seal, the hash of a pending decision, or 0
/// @dev In assembly to be spared range checks of values that the compiler has checked already. What is below a bytes23 cut from
/// a longer word is not: it is cleared here.
function entering(Record record, Phase phase_, bytes23 seal_) pure returns (Record entered) {
    assembly ("memory-safe") {
        entered := or(or(and(record, KEPT_ON_ENTERING), and(seal_, SEAL_MASK)), phase_)
    }
}

function decliningAll(Record record) pure returns (Record) {
    return Record.wrap(Record.unwrap(record) | DECLINES_ALL);
}

function offering(Record record) pure returns (Record) {
    return Record.wrap(Record.unwrap(record) | HAS_OFFERED);
}

function joining(Record record) pure returns (Record) {
    return Record.wrap(Record.unwrap(record) | IN_GROUP);
}
