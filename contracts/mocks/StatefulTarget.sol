// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice What commitments call: it takes what it is told to take, writes down who called with what, or fails if told to.
contract StatefulTarget {
    /// @notice A hash over all calls: of the one before, caller, value, and hash of the data.
    bytes32 public trace;
    bool public fails;

    error StatefulTarget_Fails();

    /// @notice From now on fail, or not.
    function become(bool fails_) external {
        fails = fails_;
    }

    /// @notice Keep whatever ether comes along.
    function note(bytes calldata) external payable {
        _note();
    }

    /// @notice Take so much of what the caller allows; of ether, send back the rest.
    function take(IERC20 token, uint256 amount) external payable {
        _note();
        if (address(token) == address(0)) {
            (bool sent,) = msg.sender.call{value: msg.value - amount}("");
            require(sent, StatefulTarget_Fails());
        } else if (amount != 0) {
            require(token.transferFrom(msg.sender, address(this), amount), StatefulTarget_Fails());
        }
    }

    function _note() private {
        require(!fails, StatefulTarget_Fails());
        trace = keccak256(abi.encode(trace, msg.sender, msg.value, keccak256(msg.data)));
    }
}
