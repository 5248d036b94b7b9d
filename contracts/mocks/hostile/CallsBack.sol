// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice Code that calls whatever was planned, whenever it is called itself, and remembers what became of it.
abstract contract CallsBack {
    struct Plan {
        address target;
        bytes data;
    }

    Plan[] private _plans;

    /// @notice How many of the planned calls succeeded, and how many failed. In transient storage: a receiver of ether has 30,000 gas
    /// to call back and to write it down, and a test is one transaction.
    uint256 public transient succeeded;
    uint256 public transient failed;
    /// @notice The first four bytes of what the last one that failed reverted with.
    bytes4 public transient reason;

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
        if (!ok) reason = bytes4(answer);
    }
}
