// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Sends tokens without trusting them.
library Tokens {
    /// @dev Enough for tokens behind proxies and with rules of their own; little enough that no token makes an execution impossible.
    uint256 internal constant GAS = 150_000;

    /// @notice Transfer with a bounded amount of gas.
    /// @return delivered false where the token reverts, returns false or nonsense, has no code, or runs out of that gas
    function tryTransfer(address token, address to, uint256 amount) internal returns (bool delivered) {
        bytes memory data = abi.encodeCall(IERC20.transfer, (to, amount));
        assembly ("memory-safe") {
            // At most one word of what it returns is read: it could be endless.
            mstore(0x00, 0)
            delivered := call(GAS, token, 0, add(data, 0x20), mload(data), 0x00, 0x20)
            // Some return nothing: then there must be code, for a call to an address without code succeeds.
            switch returndatasize()
            case 0 { delivered := and(delivered, gt(extcodesize(token), 0)) }
            default { delivered := and(delivered, and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))) }
        }
    }
}
