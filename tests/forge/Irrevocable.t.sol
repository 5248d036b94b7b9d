// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Irrevocable} from "contracts/baselines/Irrevocable.sol";
import {Test} from "forge-std/Test.sol";

contract IrrevocableTest is Test {
    Irrevocable private _device = new Irrevocable();
    address private _alice = makeAddr("alice");
    address private _bob = makeAddr("bob");

    function test_bindsAtOnceWhoeverWasBefore(bytes32 topic) public {
        _commits(_alice, topic, 0, "Dare");
        _device.commit(topic, "Dare");
        _commits(_bob, topic, 1, "Dare");
        _device.commit(topic, "Dare");
        assertEq(_device.count(topic), 2);
    }

    function test_theSecondSwervesAndOnlyTheSecond(bytes32 topic) public {
        _commits(_alice, topic, 0, "Dare");
        _device.commitUnlessSecond(topic, "Dare", "Swerve");
        _commits(_bob, topic, 1, "Swerve");
        _device.commitUnlessSecond(topic, "Dare", "Swerve");
        assertEq(_device.count(topic), 2);
    }

    function test_whoeverWasBeforeCounts() public {
        _commits(_alice, 0, 0, "Swerve");
        _device.commit(0, "Swerve");
        _commits(_bob, 0, 1, "Swerve");
        _device.commitUnlessSecond(0, "Dare", "Swerve");
    }

    function test_topicsAreApart() public {
        _commits(_alice, "one", 0, "Dare");
        _device.commit("one", "Dare");
        _commits(_bob, "other", 0, "Dare");
        _device.commitUnlessSecond("other", "Dare", "Swerve");
        _commits(_alice, "other", 1, "Swerve");
        _device.commitUnlessSecond("other", "Dare", "Swerve");
        assertEq(_device.count("one"), 1);
        assertEq(_device.count("other"), 2);
    }

    function test_onceForEachAccountAndTopic(bytes32 topic) public {
        vm.startPrank(_alice);
        _device.commit(topic, "Dare");
        vm.expectRevert(abi.encodeWithSelector(Irrevocable.Irrevocable_AlreadyCommitted.selector, topic, _alice));
        _device.commit(topic, "Swerve");
        vm.expectRevert(abi.encodeWithSelector(Irrevocable.Irrevocable_AlreadyCommitted.selector, topic, _alice));
        _device.commitUnlessSecond(topic, "Swerve", "Swerve");
        assertEq(_device.count(topic), 1);
    }

    function _commits(address account, bytes32 topic, uint256 place, bytes memory statement) private {
        vm.expectEmit(address(_device));
        emit Irrevocable.Committed(topic, account, place, statement);
        vm.prank(account);
    }
}
