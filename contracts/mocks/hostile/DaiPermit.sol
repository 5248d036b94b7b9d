// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileToken} from "./HostileToken.sol";

/// @notice A token whose permits are those of DAI: other arguments, another selector.
contract DaiPermit is HostileToken {
    function permit(
        address holder,
        address spender,
        uint256, // nonce
        uint256, // expiry
        bool allowed,
        uint8,
        bytes32,
        bytes32
    ) external {
        allowance[holder][spender] = allowed ? type(uint256).max : 0;
    }
}
