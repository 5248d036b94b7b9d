// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice Signatures that stand in calldata: of keys, and of wallets.
library Signatures {
    /// @dev Half of the curve's order: a signature with a larger s is another one's mirror (EIP-2).
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    uint256 private constant ERC1271_GAS = 150_000;

    /// @notice Whether an account's key signed a hash, with the 65 bytes r, s, v at `offset` of calldata.
    /// @dev As OpenZeppelin's ECDSA, from calldata to the precompile without a stop: 450 gas less for each order.
    function isSigner(address account, bytes32 hash, uint256 offset) internal view returns (bool yes) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, hash)
            mstore(add(free, 0x20), byte(0, calldataload(add(offset, 0x40))))
            calldatacopy(add(free, 0x40), offset, 0x40)
            mstore(0x00, 0)
            if iszero(gt(mload(add(free, 0x60)), HALF_ORDER)) {
                pop(staticcall(gas(), 1, free, 0x80, 0x00, 0x20))
            }
            // Zero is the answer where it is no signature, and nobody's account.
            let signer := mload(0x00)
            yes := and(gt(signer, 0), eq(signer, account))
        }
    }

    /// @notice Whether a wallet accepts a signature (ERC-1271), asked with bounded gas.
    function approves(address wallet, bytes32 hash, bytes calldata signature) internal view returns (bool answered) {
        bytes memory data = abi.encodeCall(IERC1271.isValidSignature, (hash, signature));
        bytes32 wanted = IERC1271.isValidSignature.selector;
        uint256 limit = ERC1271_GAS;
        assembly ("memory-safe") {
            mstore(0x00, 0)
            answered := staticcall(limit, wallet, add(data, 0x20), mload(data), 0x00, 0x20)
            answered := and(answered, and(gt(returndatasize(), 0x1f), eq(mload(0x00), wanted)))
        }
    }
}
