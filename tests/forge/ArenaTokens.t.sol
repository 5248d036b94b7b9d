// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Arena, Terms} from "contracts/arenas/Arena.sol";
import {ArenaTemplate} from "contracts/arenas/ArenaTemplate.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ArenaTest} from "./ArenaTest.sol";

/// @notice Calls back whenever it moves, takes a fee, refuses some receivers, answers false: as it is told.
contract OddToken is TestToken {
    error OddToken_Blocked(address account);

    uint256 public fee;
    bool public answersFalse;
    mapping(address account => bool) public blocked;

    address private _target;
    bytes[] private _calls;
    bytes4[] public answers;

    constructor() TestToken("Odd", "ODD") {}

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function setAnswersFalse(bool value) external {
        answersFalse = value;
    }

    function setBlocked(address account, bool value) external {
        blocked[account] = value;
    }

    function callBack(address target, bytes[] memory calls) external {
        _target = target;
        delete _calls;
        for (uint256 i; i < calls.length; ++i) {
            _calls.push(calls[i]);
        }
        delete answers;
    }

    function answerCount() external view returns (uint256) {
        return answers.length;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return answersFalse ? false : super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return answersFalse ? false : super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (blocked[to]) revert OddToken_Blocked(to);
        super._update(from, to, amount);
        if (from == address(0)) return;
        if (fee != 0) super._update(to, address(this), fee);
        for (uint256 i; i < _calls.length; ++i) {
            (, bytes memory answer) = _target.call(_calls[i]);
            answers.push(bytes4(answer));
        }
    }
}

/// @notice A token whose transfers answer nothing, as the oldest ones do.
contract SilentToken {
    mapping(address account => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address, uint256) external pure returns (bool) {
        return true;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        require(amount != 0, "moves nothing");
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @notice Tokens that do other things than they should hurt nobody who does not play for them, and block nobody else.
contract ArenaTokensTest is ArenaTest {
    OddToken private _odd;

    function newArena() internal override returns (Arena) {
        _odd = new OddToken();
        token = _odd;
        return new ArenaTemplate(registryAsInterface(), token);
    }

    function test_aTokenThatTakesAFeeIsRefused() public {
        Terms memory t = terms(2, 100, 10);
        _odd.setFee(1);
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_TokenMismatch.selector, 10, 9));
        create(t);
        _odd.setFee(0);
        bytes32 id = create(t);
        _odd.setFee(1);
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_TokenMismatch.selector, 100, 99));
        join(id, alice);
    }

    function test_aTransferThatAnswersFalseIsNone() public {
        bytes32 id = start(terms(2, 100, 0));
        keep(id, alice, "yes");
        settle(id);
        _odd.setAnswersFalse(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        arena.deliver(alice);
        _odd.setAnswersFalse(false);
        assertEq(arena.owed(alice), 100);
        arena.deliver(alice);
        assertEq(token.balanceOf(alice), PURSE);
    }

    function test_aTransferInThatAnswersFalseIsNone() public {
        bytes32 id = create(terms(2, 100, 0));
        _odd.setAnswersFalse(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(token)));
        join(id, alice);
        assertFalse(arena.hasJoined(id, alice));
    }

    function test_aBlockedReceiverBlocksNobodyAndMayReceiveElsewhere() public {
        bytes32 id = start(terms(2, 100, 0));
        keep(id, alice, "yes");
        keep(id, bob, "yes");
        _odd.setBlocked(alice, true);
        settle(id);
        arena.deliver(bob);
        vm.expectRevert(abi.encodeWithSelector(OddToken.OddToken_Blocked.selector, alice));
        arena.deliver(alice);
        assertEq(arena.owed(alice), 100);
        vm.prank(alice);
        arena.withdraw(carol);
        assertEq(token.balanceOf(carol), PURSE + 100);
        assertConserved(id);
    }

    function test_noCallBackGetsIn() public {
        Terms memory t = terms(2, 100, 10);
        bytes32 first = start(t);
        keep(first, alice, "yes");
        settle(first);
        vm.warp(START);
        t.salt = "another";
        bytes32 id = arena.matchId(sponsor, t);
        publish(id, bob, "yes");
        bytes[] memory calls = new bytes[](7);
        calls[0] = abi.encodeCall(arena.create, (t));
        calls[1] = abi.encodeCall(arena.join, (id));
        calls[2] = abi.encodeCall(arena.enter, (id, bob, PLAIN, "yes"));
        calls[3] = abi.encodeCall(arena.settle, (id));
        calls[4] = abi.encodeCall(arena.callOff, (id));
        calls[5] = abi.encodeCall(arena.withdraw, (stranger));
        calls[6] = abi.encodeCall(arena.deliver, (alice));
        _odd.callBack(address(arena), calls);

        create(t);
        _allRefused();
        join(id, alice);
        _allRefused();
        arena.deliver(alice);
        _allRefused();
        vm.prank(losses);
        arena.withdraw(losses);
        _allRefused();
        assertEq(token.balanceOf(alice), PURSE - 100);
        assertEq(token.balanceOf(address(arena)), 10 + 10 + 100);
    }

    function test_aTokenThatAnswersNothingIsFine() public {
        SilentToken silent = new SilentToken();
        token = TestToken(address(silent));
        arena = new ArenaTemplate(registryAsInterface(), IERC20(address(silent)));
        equip();
        bytes32 id = start(terms(2, 100, 0)); // nothing is moved for a prize of nothing
        keep(id, alice, "yes");
        settle(id);
        arena.deliver(alice);
        arena.deliver(losses);
        assertEq(silent.balanceOf(alice), PURSE);
        assertEq(silent.balanceOf(losses), 100);
    }

    function test_whatIsNotThereIsNotTaken() public {
        bytes32 id = create(terms(2, uint128(PURSE + 1), 0));
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientBalance(address,uint256,uint256)")));
        join(id, alice);
    }

    /// @dev Each of the calls from inside the token met the lock.
    function _allRefused() private {
        assertEq(_odd.answerCount(), 7, "called back");
        for (uint256 i; i < 7; ++i) {
            assertEq(_odd.answers(i), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        }
        bytes[] memory again = new bytes[](7);
        for (uint256 i; i < 7; ++i) {
            again[i] = _callOf(i);
        }
        _odd.callBack(address(arena), again);
    }

    function _callOf(uint256 i) private view returns (bytes memory) {
        if (i == 0) return abi.encodeCall(arena.create, (terms(2, 100, 10)));
        if (i == 1) return abi.encodeCall(arena.join, (bytes32(0)));
        if (i == 2) return abi.encodeCall(arena.enter, (bytes32(0), bob, PLAIN, "yes"));
        if (i == 3) return abi.encodeCall(arena.settle, (bytes32(0)));
        if (i == 4) return abi.encodeCall(arena.callOff, (bytes32(0)));
        if (i == 5) return abi.encodeCall(arena.withdraw, (stranger));
        return abi.encodeCall(arena.deliver, (bob));
    }
}
