// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "../tokens/TestToken.sol";

/// @notice A token that changes its manners when it is told to, by anybody.
contract StatefulToken is TestToken {
    enum Manner {
        Plain,
        /// @dev Refuses every transfer.
        Closed,
        /// @dev Answers false to every transfer, and does nothing.
        Silent,
        /// @dev Burns a hundredth of what `watched` receives by allowance.
        Charging
    }

    Manner public manner;
    /// @notice Whose transfers it refuses, from and to; or whom it charges.
    address public watched;

    error StatefulToken_Refused();

    constructor() TestToken("Odd", "ODD") {}

    /// @notice From now on behave so.
    function become(Manner manner_, address watched_) external {
        manner = manner_;
        watched = watched_;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (manner == Manner.Silent) return false;
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (manner == Manner.Silent) {
            _spendAllowance(from, msg.sender, amount);
            return false;
        }
        super.transferFrom(from, to, amount);
        if (manner == Manner.Charging && to == watched) _burn(to, amount / 100);
        return true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (manner == Manner.Closed) revert StatefulToken_Refused();
        if (manner == Manner.Plain && watched != address(0) && (from == watched || to == watched)) {
            revert StatefulToken_Refused();
        }
        super._update(from, to, amount);
    }
}
