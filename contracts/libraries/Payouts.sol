// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice Sends ether without trusting who receives it.
library Payouts {
    /// @dev Enough for a smart wallet's receive function, little enough to cost the caller nothing much.
    uint256 internal constant GAS = 30_000;

    /// @notice Send wei with a bounded amount of gas; what the receiver returns is not read.
    /// @return delivered false when the receiver refused, or ran out of the gas that it got
    function trySend(address to, uint256 amount) internal returns (bool delivered) {
        assembly ("memory-safe") {
            // No return data is copied, so there is none to make this expensive.
            delivered := call(GAS, to, amount, 0, 0, 0, 0)
        }
    }
}
