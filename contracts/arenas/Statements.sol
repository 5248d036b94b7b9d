// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Stake} from "../types/Stake.sol";

/// @notice Finds statements, and reads what they state. The package's `games` reads them the same way.
library Statements {
    /// @notice The statement of a published body: all of it, or, where there are clauses, what its first two bytes give the length of
    /// (libraries/Contents.sol).
    function statementOf(Stake stake, bytes calldata body) internal pure returns (bytes calldata) {
        return stake.hasClauses() ? body[2:2 + uint256(uint16(bytes2(body[:2])))] : body;
    }

    /// @notice The first word of a text, in lower case, filled up with zeros: `"Stop, and pay her"` gives `bytes32("stop")`. Zero where
    /// there is no word, or one of more than 32 bytes.
    /// @dev Letters, digits and the underscore make words, and so does every byte from 0x80 on: letters beyond ASCII never end one.
    function firstWord(bytes memory text) internal pure returns (bytes32 word) {
        uint256 length;
        for (uint256 i; i < text.length; ++i) {
            uint8 c = uint8(text[i]);
            if (c >= 0x41 && c <= 0x5a) c += 0x20;
            if (!_inWord(c)) {
                if (length == 0) continue;
                break;
            }
            if (length == 32) return 0;
            word |= bytes32(bytes1(c)) >> (8 * length);
            ++length;
        }
    }

    function _inWord(uint8 c) private pure returns (bool) {
        return (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || c == 0x5f || c >= 0x80;
    }
}
