// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {CallsBack} from "./CallsBack.sol";

/// @notice What a content may call or pay, and what that may do.
contract HostileTarget is CallsBack {
    /// @notice What it does with ether that comes without data.
    enum Manner {
        Takes,
        Refuses,
        Burns,
        Floods,
        CallsBack,
        /// @dev Uses 29,000 gas; without them it reverts.
        NeedsMuch
    }

    Manner public manner;
    bool public closed;
    address public caller;
    uint256 public value;
    uint256 public gasSeen;
    uint256 public times;

    error HostileTarget_Refused();

    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        if (manner == Manner.Refuses) revert HostileTarget_Refused();
        // solhint-disable-next-line no-empty-blocks
        while (manner == Manner.Burns) {}
        if (manner == Manner.Floods) _flood();
        if (manner == Manner.CallsBack) _callBackNext();
        if (manner == Manner.NeedsMuch) _use(29_000);
    }

    function become(Manner manner_) external {
        manner = manner_;
    }

    /// @notice A state that anybody may bend, as the price of a pool.
    function close(bool closed_) external {
        closed = closed_;
    }

    // ------------------------------------------------------------------ what contents call

    /// @notice Remember who called, with what; refused while closed.
    function visit() external payable {
        gasSeen = gasleft();
        if (closed) revert HostileTarget_Refused();
        caller = msg.sender;
        value = msg.value;
        ++times;
    }

    function take(IERC20 token, uint256 amount) external {
        if (closed) revert HostileTarget_Refused();
        token.transferFrom(msg.sender, address(this), amount);
        ++times;
    }

    /// @notice From anybody that allowed it, at any time.
    function takeFrom(IERC20 token, address from, uint256 amount) external {
        token.transferFrom(from, address(this), amount);
    }

    /// @notice Send what was not needed back to the caller.
    function takeAndReturn(IERC20 token, uint256 amount, uint256 returned) external {
        token.transferFrom(msg.sender, address(this), amount);
        token.transfer(msg.sender, returned);
    }

    /// @notice Send ether on, or back.
    function send(address payable to, uint256 amount) external payable {
        // solhint-disable-next-line avoid-low-level-calls
        (bool sent,) = to.call{value: amount}("");
        if (!sent) revert HostileTarget_Refused();
    }

    /// @notice Force ether upon whoever cannot refuse it.
    function destroy(address payable to) external payable {
        selfdestruct(to);
    }

    /// @notice Succeed only with so much gas at the first instruction.
    function needs(uint256 gas) external payable {
        if (gasleft() < gas) revert HostileTarget_Refused();
        ++times;
    }

    /// @notice Use so much gas, and succeed.
    function use(uint256 gas) external payable {
        _use(gas);
    }

    function burn() external payable {
        // solhint-disable-next-line no-empty-blocks
        while (true) {}
    }

    function flood() external payable {
        _flood();
    }

    function callBack() external payable {
        _callBack();
    }

    /// @notice A lock of its own, and something that whoever holds it wants to do meanwhile.
    function whileClosed(address target, bytes calldata data) external {
        closed = true;
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok,) = target.call(data);
        closed = false;
        if (!ok) revert HostileTarget_Refused();
    }

    /// @notice Do something as this contract, and revert with what it reverts with.
    function act(address target, bytes calldata data) external payable {
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory answer) = target.call{value: msg.value}(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function _use(uint256 gas) private view {
        uint256 end = gasleft() - gas;
        // solhint-disable-next-line no-empty-blocks
        while (gasleft() > end) {}
    }

    /// @dev See HostileToken.
    function _flood() private view {
        uint256 left = gasleft() * 9 / 10;
        uint256 words = 64;
        while (6 * words + words * words / 128 < left) words *= 2;
        assembly {
            return(0, mul(words, 0x20))
        }
    }
}
