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
