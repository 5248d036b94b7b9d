// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice A second address of a token, as some have that moved: the same balances under another name.
contract SecondAddress {
    address private immutable TOKEN;

    constructor(address token) {
        TOKEN = token;
    }

    /// @dev Whatever is asked, for whoever asks.
    // solhint-disable-next-line no-complex-fallback, payable-fallback
    fallback(bytes calldata data) external returns (bytes memory answer) {
        bool ok;
        // solhint-disable-next-line avoid-low-level-calls
        (ok, answer) = TOKEN.call(abi.encodePacked(data, msg.sender));
        if (ok) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}
