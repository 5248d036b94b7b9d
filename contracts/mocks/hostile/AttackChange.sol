// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice A target that gives change to its caller, and then calls whatever it was told to. Closed, it refuses.
contract AttackChange {
    bool private _closed;
    address private _next;
    bytes private _data;

    error AttackChange_Closed();
    error AttackChange_NoChange();

    function close(bool closed) external {
        _closed = closed;
    }

    function plan(address next, bytes calldata data) external {
        _next = next;
        _data = data;
    }

    /// @notice Keep what was sent but for the change.
    function spend(uint256 change) external payable {
        if (_closed) revert AttackChange_Closed();
        // solhint-disable-next-line avoid-low-level-calls
        (bool given,) = msg.sender.call{value: change}("");
        if (!given) revert AttackChange_NoChange();
        if (_next == address(0)) return;
        // It has done what it was paid for, whatever comes of this.
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok,) = _next.call(_data);
        ok;
    }
}
