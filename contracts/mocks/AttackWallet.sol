// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice Code that answers every question with the same bytes: an account that does not know ERC-1271, or knows it badly.
contract AttackWallet {
    bytes private _answer;
    bool private _refuses;

    constructor(bytes memory answer, bool refuses) {
        _answer = answer;
        _refuses = refuses;
    }

    receive() external payable {}

    // solhint-disable-next-line no-complex-fallback
    fallback(bytes calldata) external payable returns (bytes memory) {
        if (!_refuses) return _answer;
        bytes memory answer = _answer;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}
