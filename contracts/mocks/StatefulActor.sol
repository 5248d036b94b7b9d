// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice The code of an account that is not a plain key: whoever asks, it calls what it is told to call.
/// Its signatures (ERC-1271) are hashes of its address and what is signed: anybody can make them.
contract StatefulActor {
    enum Manner {
        Takes,
        /// @dev Takes no ether, and refuses with more bytes than anyone would want to copy.
        Refuses,
        /// @dev Burns whatever gas it is given.
        Burns
    }

    /// @notice What it does with ether that it is sent.
    /// @dev Slot 0: the tests write it where they put this code.
    Manner public manner;

    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        if (manner == Manner.Refuses) {
            assembly {
                revert(0, 0x8000)
            }
        }
        // solhint-disable-next-line no-empty-blocks
        while (manner == Manner.Burns) {}
    }

    /// @notice From now on do so.
    function become(Manner manner_) external {
        manner = manner_;
    }

    /// @notice Whether this is the signature.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        bytes memory expected = bytes.concat(keccak256(abi.encode(address(this), hash)));
        return keccak256(signature) == keccak256(expected) ? this.isValidSignature.selector : bytes4(0);
    }

    /// @notice Answers what the call answered, and reverts with what it reverted with.
    function act(address target, uint256 value, bytes calldata data) external {
        (bool ok, bytes memory answer) = target.call{value: value}(data);
        assembly ("memory-safe") {
            switch ok
            case 0 { revert(add(answer, 0x20), mload(answer)) }
            default { return(add(answer, 0x20), mload(answer)) }
        }
    }
}
