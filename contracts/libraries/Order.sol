// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {CommitmentId} from "../types/CommitmentId.sol";
import {Record} from "../types/Record.sol";
import {Identity} from "./Identity.sol";

/// @notice The order of commitments: by freeze time, then, within a block, by a draw that the block's builder could not know.
library Order {
    /// @notice Whether x comes before y.
    /// @return decided false for a tie: freeze times are equal, and a draw is missing or the draws are equal
    /// @return before x < y; false for ties, and for x = y
    function precedes(Record x, Record y) internal pure returns (bool decided, bool before) {
        uint256 xFreeze = x.freezeTime();
        uint256 yFreeze = y.freezeTime();
        if (xFreeze != yFreeze) return (true, xFreeze < yFreeze);
        if (!x.drawn() || !y.drawn() || x.draw() == y.draw()) return (false, false);
        return (true, x.draw() < y.draw());
    }

    /// @notice The record with its draw, where the hash of the block `delay` blocks after its publication is there.
    /// @dev The hash is asked of BLOCKHASH, and beyond its 256 blocks of the history contract (EIP-2935) where the chain has one.
    function tryDraw(Record record, CommitmentId id, uint256 delay) internal view returns (bool known, Record) {
        bytes32 seed;
        // Safe: both are far below 2^256.
        unchecked {
            seed = Blockhash.blockHash(record.publishBlock() + delay);
        }
        if (seed == 0) return (false, record);
        uint256 draw = uint256(Identity.pairHash(seed, CommitmentId.unwrap(id))) >> 224;
        // Zero stands for "not drawn" in the log.
        return (true, record.withDraw(draw == 0 ? 1 : draw));
    }
}
