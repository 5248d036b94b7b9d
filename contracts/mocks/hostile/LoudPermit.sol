// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileToken} from "./HostileToken.sol";

/// @notice A token whose permit allows what was asked for, and calls back.
contract LoudPermit is HostileToken {
    function permit(address owner, address spender, uint256 value, uint256, uint8, bytes32, bytes32) external {
        _callBack();
        allowance[owner][spender] = value;
    }
}
