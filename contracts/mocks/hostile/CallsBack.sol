// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice Code that calls whatever was planned, whenever it is called itself, and remembers what became of it.
abstract contract CallsBack {
    struct Plan {
        address target;
        bytes data;
    }

    Plan[] private _plans;

    bytes4 private constant LOCKED = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;

    /// @notice How many of the planned calls succeeded, how many failed, and how many of these because of a lock. In transient storage:
    /// a receiver of ether has 30,000 gas to call back and to write it down, and a test is one transaction.
    uint256 public transient succeeded;
    uint256 public transient failed;
    uint256 public transient locked;

    uint256 private transient _next;

    function plan(address target, bytes calldata data) external {
        _plans.push(Plan(target, data));
    }

    function plans() external view returns (uint256) {
        return _plans.length;
    }

    function _callBack() internal {
        for (uint256 i; i < _plans.length; ++i) {
            _callBack(i);
        }
    }

    /// @dev One a time, the next one when it is called again: for whoever has little gas.
    function _callBackNext() internal {
        if (_next < _plans.length) _callBack(_next++);
    }

    function _callBack(uint256 i) private {
        Plan storage planned = _plans[i];
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory answer) = planned.target.call(planned.data);
        if (ok) ++succeeded;
        else ++failed;
        if (!ok && bytes4(answer) == LOCKED) ++locked;
    }
}
