// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Call} from "./interfaces/IBoomerang.sol";
import {Payouts} from "./libraries/Payouts.sol";

/// @notice The address from which one commitment's calls are made: a clone of this contract, so that a target that turns on its
/// caller finds nothing but what this one call may spend, and no approval but its own.
contract Envoy {
    using SafeERC20 for IERC20;

    /// @dev Between the check of the gas that is left and the call: access of a cold account, transfer of value, memory.
    uint256 private constant CALL_COST = 15_000;

    address private immutable ENFORCER = msg.sender;

    error Boomerang_NotEnforcer(address caller);
    error Boomerang_CallReverted();
    error Boomerang_RemainderRefused(address to);

    /// @dev Targets may send ether back.
    receive() external payable {}

    /// @notice Make a call with what came beforehand, and send on what it leaves. Reverts unless all of that succeeds.
    function run(Call calldata call) external payable {
        if (msg.sender != ENFORCER) revert Boomerang_NotEnforcer(msg.sender);
        address target = call.target;
        // Code may have gone, or never have come: to an address without code every call succeeds.
        if (call.data.length != 0 && target.code.length == 0) revert Boomerang_CallReverted();
        IERC20 token = IERC20(call.token);
        bool ether_ = call.token == address(0);
        // Anybody may have sent something here before. That goes along, but its refusal by `remainderTo` makes no call fail: else one wei
        // would stop every call whose remainder goes to a contract that takes no ether.
        uint256 etherBefore = address(this).balance - msg.value;
        uint256 before;
        if (!ether_) {
            before = token.balanceOf(address(this));
            before = before < call.amount ? 0 : before - call.amount;
            token.forceApprove(target, call.amount);
        }
        if (!_tryCall(target, msg.value, call.gas, call.data)) revert Boomerang_CallReverted();
        if (!ether_) {
            token.forceApprove(target, 0);
            uint256 left = token.balanceOf(address(this));
            if (left != 0 && !token.trySafeTransfer(call.remainderTo, left) && left > before) {
                revert Boomerang_RemainderRefused(call.remainderTo);
            }
        }
        uint256 etherLeft = address(this).balance;
        if (etherLeft != 0 && !Payouts.trySend(call.remainderTo, etherLeft) && etherLeft > etherBefore) {
            revert Boomerang_RemainderRefused(call.remainderTo);
        }
    }

    /// @return success false as well where the target cannot have all of its gas
    function _tryCall(address target, uint256 value, uint256 gas_, bytes memory data) private returns (bool success) {
        uint256 available = gasleft();
        // A call gets at most 63/64 of what is left.
        if (available - available / 64 < gas_ + CALL_COST) return false;
        assembly ("memory-safe") {
            // What the target returns is not read: it could be endless.
            success := call(gas_, target, value, add(data, 0x20), mload(data), 0, 0)
        }
    }
}
