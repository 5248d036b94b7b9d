// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileToken} from "./HostileToken.sol";

/// @notice A token that says yes to every call that it does not know, as WETH does: its permits succeed and allow nothing.
contract PhantomPermit is HostileToken {
    // solhint-disable-next-line no-empty-blocks
    fallback() external payable {}

    // solhint-disable-next-line no-empty-blocks
    receive() external payable {}
}

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

/// @notice A token whose permit allows what was asked for, and calls back.
contract LoudPermit is HostileToken {
    function permit(address owner, address spender, uint256 value, uint256, uint8, bytes32, bytes32) external {
        _callBack();
        allowance[owner][spender] = value;
    }
}
