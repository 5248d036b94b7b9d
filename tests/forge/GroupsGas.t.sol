// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IGroups} from "contracts/interfaces/IGroups.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment} from "./RegistryTest.sol";
import {GroupsTest} from "./GroupsTest.sol";
import {VmSafe} from "forge-std/Vm.sol";
import {console} from "forge-std/console.sol";

/// @notice What it costs to resolve groups, as whole transactions (run with -vv to see the numbers).
contract GroupsGasTest is GroupsTest {
    uint256 private constant PREFERENCES = 8;
    uint256 private constant OUTSIDE = 23;
    /// @dev 3 + 26 + 1 for the rest, 10 for each preference.
    uint256 private constant EXPRESSION_BYTES = (2048 - 30 - 10 * PREFERENCES) / PREFERENCES;

    function test_consistent_groups() public {
        assertBelow(circle(2), 75_000);
        assertBelow(circle(4), 120_000);
        assertBelow(circle(8), 450_000);
    }

    /// @dev Each is kept if all others are.
    function test_consistent_groups_in_which_all_name_all() public {
        assertBelow(unanimous(4), 120_000);
        assertBelow(unanimous(8), 450_000);
    }

    /// @dev All 256 outcomes are consistent, and stay: the members' preferences tell them apart, and cancel out. Only the last one's do
    /// not, and tell apart every single one. Packages are as long as they may be, with as many atoms, each a commitment of its own where
    /// it can be.
    function test_the_worst_that_eight_can_do() public {
        bytes[5] memory fillings = [bytes(hex"0202"), hex"0004", hex"050101", many(8), many(100)];
        for (uint256 i; i < fillings.length; ++i) {
            assertBelow(worst(fillings[i]), 5_000_000);
        }
    }

    /// @dev What is compiled for coverage is not what is deployed.
    function assertBelow(uint256 used, uint256 limit) private view {
        if (!vm.isContext(VmSafe.ForgeContext.Coverage)) assertLt(used, limit);
    }

    function circle(uint256 count) private returns (uint256 used) {
        Commitment[] memory m = group(count);
        bytes[] memory packages = new bytes[](count);
        for (uint256 i; i < count; ++i) {
            packages[i] = like(m[(i + 1) % count]);
        }
        opened(packages, m);
        used = measure(m, packages);
        console.log("circle of", count, used);
        assertEq(phaseOf(m[0]), Phase.Kept);
    }

    function unanimous(uint256 count) private returns (uint256 used) {
        Commitment[] memory m = group(count);
        bytes[] memory packages = new bytes[](count);
        for (uint256 i; i < count; ++i) {
            for (uint256 j; j < count; ++j) {
                if (j != i) packages[i] = abi.encodePacked(packages[i], like(m[j]));
            }
            packages[i] = abi.encodePacked(packages[i], uint8(5), uint8(count - 1), uint8(count - 1));
        }
        opened(packages, m);
        used = measure(m, packages);
        console.log("unanimous group of", count, used);
        assertEq(phaseOf(m[0]), Phase.Kept);
    }

    /// @param filling instructions that change nothing
    function worst(bytes memory filling) private returns (uint256 used) {
        Commitment[] memory outside = new Commitment[](8 * OUTSIDE);
        for (uint256 i; i < outside.length; ++i) {
            outside[i] = publish(alice);
        }
        later();
        Commitment[] memory m = group(8);
        bytes[] memory packages = new bytes[](8);
        for (uint256 i; i < 8; ++i) {
            packages[i] = longest(m, i, outside, filling);
        }
        opened(packages, m);
        used = measure(m, packages);
        console.log("worst of 8, filled with", vm.toString(filling), used);
        for (uint256 i; i < 8; ++i) {
            assertEq(phaseOf(m[i]), Phase.Kept);
        }
    }

    /// @dev `keep if kept(self)`, and 8 preferences: for one in four to be kept and as much for it not to be; or for each to be kept, as
    /// much as for all before it and a little more.
    function longest(
        Commitment[] memory m,
        uint256 who,
        Commitment[] memory outside,
        bytes memory filling
    ) private pure returns (bytes memory package) {
        package = abi.encodePacked(hex"07", uint16(26), like(m[who]), uint8(PREFERENCES));
        for (uint256 j; j < PREFERENCES; ++j) {
            bool last = who == m.length - 1;
            bytes memory expression = last ? like(m[j]) : j % 2 == 0 ? like(m[j / 2]) : not(like(m[j / 2]));
            for (uint256 n = j; n < OUTSIDE; n += PREFERENCES) {
                // x and no, or what was before.
                expression = abi.encodePacked(expression, like(outside[who * OUTSIDE + n]), hex"000304");
            }
            while (expression.length + filling.length <= EXPRESSION_BYTES) {
                expression = abi.encodePacked(expression, filling);
            }
            package = abi.encodePacked(
                package, last ? int64(uint64(1 << j)) : int64(1), uint16(expression.length), expression
            );
        }
    }

    /// @dev At least one of a bit and n that are not set.
    function many(uint256 n) private pure returns (bytes memory filling) {
        return abi.encodePacked(new bytes(n), uint8(5), uint8(1), uint8(n + 1));
    }

    /// @return used by a transaction of its own: nothing has been touched before, and what is sent is paid for
    function measure(Commitment[] memory m, bytes[] memory packages) private returns (uint256 used) {
        CommitmentId[] memory ids = idsOf(m);
        bytes[] memory sorted = decisions(m, packages);
        bytes memory data = abi.encodeCall(IGroups.resolve, (ids, sorted));
        used = 21_000;
        for (uint256 i; i < data.length; ++i) {
            used += data[i] == 0 ? 4 : 16;
        }
        // Groups itself is what the transaction calls: it is never cold.
        vm.cool(address(registry));
        vm.cool(address(groups));
        groups.registry();
        uint256 before = gasleft();
        groups.resolve(ids, sorted);
        used += before - gasleft();
    }
}
