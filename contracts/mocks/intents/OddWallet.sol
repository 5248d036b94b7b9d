// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A wallet that answers to every signature (ERC-1271) in the manner it was told to.
contract OddWallet {
    enum Manner {
        Accepts,
        Refuses,
        Reverts,
        /// @dev All gas that it is given.
        Burns,
        /// @dev Accepts, in 31 bytes.
        ReturnsLittle,
        /// @dev Accepts, and a thousand words more.
        ReturnsMuch,
        /// @dev Accepts, with a bit behind the four bytes.
        ReturnsMore,
        /// @dev Nothing at all.
        ReturnsNothing
    }

    Manner public manner;

    error OddWallet_Refused();

    function become(Manner manner_) external {
        manner = manner_;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        Manner current = manner;
        if (current == Manner.Reverts) revert OddWallet_Refused();
        // solhint-disable-next-line no-empty-blocks
        while (current == Manner.Burns) {}
        uint256 value = uint256(bytes32(IERC1271.isValidSignature.selector));
        uint256 length = 0x20;
        if (current == Manner.Refuses) value = uint256(bytes32(bytes4(0xffffffff)));
        if (current == Manner.ReturnsLittle) length = 0x1f;
        if (current == Manner.ReturnsNothing) length = 0;
        if (current == Manner.ReturnsMuch) length = 0x20 * 1000;
        if (current == Manner.ReturnsMore) value |= 1;
        assembly ("memory-safe") {
            mstore(0, value)
            return(0, length)
        }
    }
}
