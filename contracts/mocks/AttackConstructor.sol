// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice A committer that never has code: it is created anew for every action, acts in its constructor, and destroys itself, so
/// that the next one can be created at the same address. What it does is up to this factory, whose code all can read.
contract AttackConstructor {
    /// @dev Ask the creator (a call without data) for an address and call data, in this order; call it; revert with what it
    /// reverts with, or destroy oneself.
    ///
    ///   PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 CALLER GAS CALL POP
    ///   RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
    ///   PUSH0 PUSH0 PUSH1 32 RETURNDATASIZE SUB PUSH1 32 PUSH0 PUSH0 MLOAD GAS CALL
    ///   PUSH1 36 JUMPI
    ///   RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY RETURNDATASIZE PUSH0 REVERT
    ///   JUMPDEST CALLER SELFDESTRUCT
    bytes private constant EPHEMERAL =
        hex"5f5f5f5f5f335af1503d5f5f3e5f5f60203d0360205f5f515af16024573d5f5f3e3d5ffd5b33ff";

    address private _target;
    bytes private _data;

    /// @notice The address of all committers that this factory creates.
    function committer() external view returns (address) {
        bytes32 hash = keccak256(abi.encodePacked(hex"ff", address(this), bytes32(0), keccak256(EPHEMERAL)));
        return address(uint160(uint256(hash)));
    }

    /// @notice Have the committer call this.
    function act(address target, bytes calldata data) external {
        _target = target;
        _data = data;
        bytes memory code = EPHEMERAL;
        assembly ("memory-safe") {
            if iszero(create2(0, add(code, 0x20), mload(code), 0)) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    // solhint-disable-next-line payable-fallback, no-complex-fallback
    fallback() external {
        bytes memory answer = abi.encodePacked(uint256(uint160(_target)), _data);
        assembly ("memory-safe") {
            return(add(answer, 0x20), mload(answer))
        }
    }
}
