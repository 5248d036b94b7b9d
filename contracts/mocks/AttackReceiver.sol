// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice A committer with a plan for the moment in which it is paid.
contract AttackReceiver {
    error AttackReceiver_Refused();

    enum Manner {
        Takes,
        /// @dev Takes no ether.
        Refuses,
        /// @dev Burns all the gas that it is given.
        Burns,
        /// @dev Returns as much as its gas allows, for the caller to copy.
        Floods,
        /// @dev Calls back, as often as planned.
        CallsBack
    }

    Manner private _manner;
    uint256 private _times;
    address private _target;
    bytes private _data;

    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        if (_manner == Manner.Refuses) revert AttackReceiver_Refused();
        // solhint-disable-next-line no-empty-blocks
        while (_manner == Manner.Burns) {}
        if (_manner == Manner.Floods) _flood();
        if (_manner == Manner.CallsBack && _times != 0) {
            --_times;
            // It takes the money, whatever comes of this.
            // solhint-disable-next-line avoid-low-level-calls
            (bool ok,) = _target.call(_data);
            ok;
        }
    }

    function plan(Manner manner, uint256 times, address target, bytes calldata data) external {
        _manner = manner;
        _times = times;
        _target = target;
        _data = data;
    }

    /// @notice Call something, and revert with what it reverts with.
    function act(address target, bytes calldata data) external payable {
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory answer) = target.call{value: msg.value}(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    /// @dev Memory of n words costs 3 n + n * n / 512 gas: the size that leaves a few thousand.
    function _flood() private view {
        uint256 left = gasleft() * 9 / 10;
        uint256 words = 64;
        while (6 * words + words * words / 128 < left) words *= 2;
        assembly {
            return(0, mul(words, 0x20))
        }
    }
}
