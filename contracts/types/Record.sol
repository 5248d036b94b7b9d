// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Phase} from "./Phase.sol";

/// @notice All that is stored of a commitment, in one slot. Zero is a commitment that does not exist.
///
///   255                                        72 71         40 39          8 7  6  5   4  3   0
///  +---------------------------------------------+-------------+-------------+------+---+---+-----+
///  | seal (184), or the hash of a pending        | block or    | freeze time |  0   | D | d | ph. |
///  | decision, or 0                              | draw (32)   | (32)        |      |   |   |     |
///  +---------------------------------------------+-------------+-------------+------+---+---+-----+
///
///  ph.  stored phase          d  drawn: bits 40 to 71 hold the draw, no longer the block of publication
///  D    declines all offers   times are Unix seconds; 32 bits reach the year 2106
type Record is uint256;

using {
    phase,
    drawn,
    declinesAll,
    freezeTime,
    publishBlock,
    draw,
    seal,
    withPhase,
    withDraw,
    withSeal,
    decliningAll
} for Record global;

uint256 constant PHASE_MASK = 0x0f;
uint256 constant DRAWN = 0x10;
uint256 constant DECLINES_ALL = 0x20;
uint256 constant TIME_SHIFT = 8;
uint256 constant DRAW_SHIFT = 40;
uint256 constant SEAL_SHIFT = 72;
uint256 constant BELOW_SEAL = (1 << SEAL_SHIFT) - 1;

function newRecord(uint32 freezeTime_, uint32 publishBlock_) pure returns (Record) {
    return
        Record.wrap(
            (uint256(publishBlock_) << DRAW_SHIFT) | (uint256(freezeTime_) << TIME_SHIFT) | uint256(Phase.Tentative)
        );
}

function phase(Record record) pure returns (Phase) {
    return Phase(Record.unwrap(record) & PHASE_MASK);
}

function drawn(Record record) pure returns (bool) {
    return Record.unwrap(record) & DRAWN != 0;
}

function declinesAll(Record record) pure returns (bool) {
    return Record.unwrap(record) & DECLINES_ALL != 0;
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

function withPhase(Record record, Phase phase_) pure returns (Record) {
    return Record.wrap((Record.unwrap(record) & ~PHASE_MASK) | uint256(phase_));
}

function withDraw(Record record, uint32 draw_) pure returns (Record) {
    return
        Record.wrap(
            (Record.unwrap(record) & ~(uint256(type(uint32).max) << DRAW_SHIFT)) |
                (uint256(draw_) << DRAW_SHIFT) |
                DRAWN
        );
}

function withSeal(Record record, bytes23 seal_) pure returns (Record) {
    return Record.wrap((Record.unwrap(record) & BELOW_SEAL) | uint256(bytes32(seal_)));
}

function decliningAll(Record record) pure returns (Record) {
    return Record.wrap(Record.unwrap(record) | DECLINES_ALL);
}
