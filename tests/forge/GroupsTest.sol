// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang, Key} from "contracts/interfaces/IBoomerang.sol";
import {IGroups} from "contracts/interfaces/IGroups.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

/// @notice A registry and its groups, with the actions on them in short. Groups are given as their members in the order in which
/// they were published, which is that of section 3; ids are sorted here.
abstract contract GroupsTest is RegistryTest {
    IGroups internal groups;

    function setUp() public virtual override {
        super.setUp();
        groups = IGroups(registry.groups());
    }

    // ------------------------------------------------------------------ groups

    /// @dev Published a second apart, so that there is nothing to draw.
    function publishMany(uint256 count) internal returns (Commitment[] memory m) {
        m = new Commitment[](count);
        for (uint256 i; i < count; ++i) {
            m[i] = publish(makeAddr(string.concat("member ", vm.toString(i))));
            later();
        }
    }

    function idsOf(Commitment[] memory m) internal pure returns (CommitmentId[] memory ids) {
        ids = new CommitmentId[](m.length);
        for (uint256 i; i < m.length; ++i) {
            uint256 j = i;
            for (; j != 0 && CommitmentId.unwrap(ids[j - 1]) > CommitmentId.unwrap(m[i].id); --j) {
                ids[j] = ids[j - 1];
            }
            ids[j] = m[i].id;
        }
    }

    function groupOf(Commitment[] memory m) internal pure returns (bytes32) {
        return keccak256(abi.encode(idsOf(m)));
    }

    /// @dev The members in the order of their ids.
    function byId(Commitment[] memory m) internal pure returns (Commitment[] memory sorted) {
        CommitmentId[] memory ids = idsOf(m);
        sorted = new Commitment[](m.length);
        for (uint256 i; i < m.length; ++i) {
            sorted[placeOf(m[i].id, ids)] = m[i];
        }
    }

    function placeOf(CommitmentId id, CommitmentId[] memory ids) internal pure returns (uint256 place) {
        while (ids[place] != id) {
            ++place;
        }
    }

    function join(Commitment memory c, CommitmentId[] memory ids) internal {
        own(c);
        groups.join(c.key.stake, c.key.contentHash, ids);
    }

    function joinAll(Commitment[] memory m) internal {
        CommitmentId[] memory ids = idsOf(m);
        for (uint256 i; i < m.length; ++i) {
            join(m[i], ids);
        }
    }

    /// @dev A complete group.
    function group(uint256 count) internal returns (Commitment[] memory m) {
        m = publishMany(count);
        joinAll(m);
    }

    function sealAll(Commitment[] memory m, bytes[] memory packages) internal {
        skip(SEAL_DELAY);
        for (uint256 i; i < m.length; ++i) {
            seal(m[i], packages[i]);
        }
    }

    /// @dev When all are frozen, and the first may still be opened.
    function openAll(Commitment[] memory m, bytes[] memory packages) internal {
        vm.warp(m[m.length - 1].freeze);
        for (uint256 i; i < m.length; ++i) {
            open(m[i], packages[i]);
        }
    }

    /// @dev A complete group whose members have opened these.
    function opened(bytes[] memory packages, Commitment[] memory m) internal {
        sealAll(m, packages);
        openAll(m, packages);
    }

    /// @dev What each member opened, in the order of the ids.
    function decisions(Commitment[] memory m, bytes[] memory packages) internal pure returns (bytes[] memory sorted) {
        CommitmentId[] memory ids = idsOf(m);
        sorted = new bytes[](m.length);
        for (uint256 i; i < m.length; ++i) {
            sorted[placeOf(m[i].id, ids)] = packages[i];
        }
    }

    function resolve(Commitment[] memory m, bytes[] memory packages) internal {
        groups.resolve(idsOf(m), decisions(m, packages));
    }

    // ------------------------------------------------------------------ packages

    function not(bytes memory program) internal pure returns (bytes memory) {
        return abi.encodePacked(program, hex"02");
    }

    function preferring(
        bytes memory decision,
        int64 weight,
        bytes memory expression
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(
            hex"07", uint16(decision.length), decision, uint8(1), weight, uint16(expression.length), expression
        );
    }

    function same(bytes memory package, uint256 count) internal pure returns (bytes[] memory packages) {
        packages = new bytes[](count);
        for (uint256 i; i < count; ++i) {
            packages[i] = package;
        }
    }

    function two(bytes memory a, bytes memory b) internal pure returns (bytes[] memory packages) {
        packages = new bytes[](2);
        (packages[0], packages[1]) = (a, b);
    }

    function list(Commitment memory a, Commitment memory b) internal pure returns (Commitment[] memory m) {
        m = new Commitment[](2);
        (m[0], m[1]) = (a, b);
    }

    function keys(Commitment memory a) internal pure returns (Key[] memory found) {
        found = new Key[](1);
        found[0] = a.key;
    }

    // ------------------------------------------------------------------ what is expected

    function expectMalformedGroup() internal {
        vm.expectRevert(IGroups.Boomerang_MalformedGroup.selector);
    }

    function expectInGroup(Commitment memory c) internal {
        vm.expectRevert(abi.encodeWithSelector(IGroups.Boomerang_InGroup.selector, c.id));
    }

    function expectNotAMember(Commitment memory c) internal {
        vm.expectRevert(abi.encodeWithSelector(IGroups.Boomerang_NotAMember.selector, c.id));
    }

    function expectNotComplete(bytes32 name) internal {
        vm.expectRevert(abi.encodeWithSelector(IGroups.Boomerang_NotComplete.selector, name));
    }

    function expectPending(Commitment memory c, Commitment memory dependency) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_DependencyPending.selector, c.id, dependency.id));
    }

    function expectWrongDecision(Commitment memory c) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongDecision.selector, c.id));
    }

    function expectKeyMissing(Commitment memory c) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_KeyMissing.selector, c.id));
    }

    function assertNode(Commitment memory c, CommitmentId floor, uint256 depth, uint256 cover) internal view {
        (bool complete, CommitmentId f, uint8 d, uint96 cov) = groups.node(c.id);
        assertTrue(complete);
        assertEq(f, floor);
        assertEq(d, depth, "depth");
        assertEq(cov, cover, "cover");
        assertStanding(c, floor, depth);
    }

    function assertTogether(Commitment memory x, Commitment memory y, bool together, bool complete) internal view {
        (bool s, bool c) = groups.together(x.id, y.id);
        assertEq(s, together, "together");
        assertEq(c, complete, "complete");
    }
}
