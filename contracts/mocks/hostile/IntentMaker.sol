// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice An account that signs everything (ERC-1271), does whatever anybody tells it, and is called when it sends or receives an
/// IntentToken.
contract IntentMaker {
    enum Manner {
        Plain,
        RefusesToReceive,
        RefusesToSend,
        /// @dev Burns all gas that it is given.
        BurnsOnReceipt,
        /// @dev Calls somebody.
        CallsOnReceipt,
        CallsOnSending
    }

    Manner public manner;
    address public target;
    bytes public data;
    /// @notice Whether that call succeeded, and what it answered.
    bool public succeeded;
    bytes public answer;

    error IntentMaker_Refused();

    function become(Manner manner_, address target_, bytes calldata data_) external {
        (manner, target, data) = (manner_, target_, data_);
    }

    function act(address to, bytes calldata data_) external returns (bytes memory result) {
        bool done;
        // solhint-disable-next-line avoid-low-level-calls
        (done, result) = to.call(data_);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(result, 0x20), mload(result))
            }
        }
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }

    function isHooked() external pure returns (bool) {
        return true;
    }

    function tokensToSend() external {
        if (manner == Manner.RefusesToSend) revert IntentMaker_Refused();
        if (manner == Manner.CallsOnSending) _call();
    }

    function tokensReceived() external {
        if (manner == Manner.RefusesToReceive) revert IntentMaker_Refused();
        // solhint-disable-next-line no-empty-blocks
        while (manner == Manner.BurnsOnReceipt) {}
        if (manner == Manner.CallsOnReceipt) _call();
    }

    function _call() private {
        manner = Manner.Plain;
        // solhint-disable-next-line avoid-low-level-calls
        (succeeded, answer) = target.call(data);
    }
}
