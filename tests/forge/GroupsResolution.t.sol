// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {IGroups} from "contracts/interfaces/IGroups.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment} from "./RegistryTest.sol";
import {GroupsTest} from "./GroupsTest.sol";

contract GroupsResolutionTest is GroupsTest {
    // ------------------------------------------------------------------ what comes out

    function test_a_circle_of_eight_is_kept() public {
        Commitment[] memory m = group(8);
        bytes[] memory packages = circle(m);
        opened(packages, m);
        assertEq(groups.outcome(idsOf(m), decisions(m, packages)), 0xff);
        vm.expectEmit(address(groups));
        emit IGroups.GroupResolved(groupOf(m), 0xff);
        for (uint256 i; i < 8; ++i) {
            vm.expectEmit(address(registry));
            emit IBoomerang.Resolved(idsOf(m)[i], Phase.Kept);
        }
        resolve(m, packages);
        for (uint256 i; i < 8; ++i) {
            assertEq(storedPhase(m[i]), Phase.Kept);
            assertEq(bytes32(registry.record(m[i].id).seal()), 0);
        }
    }

    /// @dev Who comes first in the order of section 3, whatever the order of ids is.
    function test_of_two_who_exclude_each_other_the_earlier_is_kept() public {
        bool[2] memory seen;
        for (uint256 round; round < 16; ++round) {
            Commitment[] memory m = group(2);
            bytes[] memory packages = two(not(like(m[1])), not(like(m[0])));
            opened(packages, m);
            uint256 place = placeOf(m[0].id, idsOf(m));
            seen[place] = true;
            assertEq(groups.outcome(idsOf(m), decisions(m, packages)), 1 << place);
            resolve(m, packages);
            assertEq(phaseOf(m[0]), Phase.Kept);
            assertEq(phaseOf(m[1]), Phase.RevertedByDecision);
        }
        assertTrue(seen[0] && seen[1]);
    }

    function test_in_a_block_the_draw_decides() public {
        for (uint256 round; round < 8; ++round) {
            Commitment[] memory m = list(publish(alice), publish(bob));
            vm.roll(block.number + 2);
            vm.setBlockhash(block.number - 1, keccak256(abi.encode(round)));
            draw(m[0]);
            draw(m[1]);
            if (registry.record(m[1].id).draw() < registry.record(m[0].id).draw()) (m[0], m[1]) = (m[1], m[0]);
            joinAll(m);
            bytes[] memory packages = two(not(like(m[1])), not(like(m[0])));
            opened(packages, m);
            resolve(m, packages);
            assertEq(phaseOf(m[0]), Phase.Kept);
            assertEq(phaseOf(m[1]), Phase.RevertedByDecision);
        }
    }

    function test_a_long_order() public {
        // Only one may be kept: the third wants it more than the first two care, and all agree to that.
        Commitment[] memory m = group(8);
        bytes[] memory packages = new bytes[](8);
        for (uint256 i; i < 8; ++i) {
            bytes memory others;
            for (uint256 j; j < 8; ++j) {
                if (j != i) others = abi.encodePacked(others, like(m[j]));
            }
            packages[i] = not(abi.encodePacked(others, hex"050107"));
        }
        packages[0] = preferring(packages[0], 3, like(m[2]));
        opened(packages, m);
        resolve(m, packages);
        for (uint256 i; i < 8; ++i) {
            assertEq(phaseOf(m[i]), i == 2 ? Phase.Kept : Phase.RevertedByDecision);
        }
    }

    function test_outside_outcomes_count() public {
        Commitment memory yes = publishSealed(alice, KEEP);
        Commitment memory no = publishSealed(bob, REVERT);
        later();
        Commitment[] memory m = group(2);
        bytes[] memory packages = two(both(like(m[1]), like(yes)), preferring(like(m[0]), 1, like(no)));
        sealAll(m, packages);
        vm.warp(yes.freeze);
        open(yes, KEEP);
        vm.warp(no.freeze);
        open(no, REVERT);
        openAll(m, packages);
        resolve(m, packages);
        assertEq(phaseOf(m[0]), Phase.Kept);
        assertEq(phaseOf(m[1]), Phase.Kept);
    }

    function test_outside_reverts_count() public {
        Commitment memory no = publish(bob);
        later();
        Commitment[] memory m = group(2);
        bytes[] memory packages = two(both(like(m[1]), like(no)), like(m[0]));
        opened(packages, m);
        assertEq(phaseOf(no), Phase.Unsealed);
        resolve(m, packages);
        assertEq(phaseOf(m[0]), Phase.RevertedByDecision);
        assertEq(phaseOf(m[1]), Phase.RevertedByDecision);
    }

    // ------------------------------------------------------------------ members that are final

    function test_members_that_are_final_are_reverted() public {
        Commitment[] memory m = group(7);
        bytes[] memory packages = same(hex"07", 7);
        packages[0] = like(m[1]);
        packages[1] = like(m[0]);
        // Kept if all others are reverted.
        bytes memory any;
        for (uint256 i = 2; i < 6; ++i) {
            any = abi.encodePacked(any, like(m[i]));
        }
        packages[6] = not(abi.encodePacked(any, hex"050104"));
        skip(SEAL_DELAY);
        seal(m[0], packages[0]);
        seal(m[1], packages[1]);
        seal(m[2], packages[2]); // malformed
        seal(m[3], KEEP); // never opened
        revoke(m[4]);
        seal(m[5], KEEP);
        registry.expose(m[5].key, KEEP, SALT);
        seal(m[6], packages[6]);
        vm.warp(m[6].freeze);
        open(m[0], packages[0]);
        open(m[1], packages[1]);
        open(m[2], packages[2]);
        open(m[6], packages[6]);

        expectPending(m[3], m[3]);
        resolve(m, packages);
        vm.warp(m[3].freeze + REVEAL_WINDOW);
        expectPending(m[3], m[3]);
        resolve(m, packages);
        vm.warp(m[3].freeze + REVEAL_WINDOW + 1);
        // It has lapsed; nobody needs to say so first.
        CommitmentId[] memory ids = idsOf(m);
        uint256 kept = (1 << placeOf(m[0].id, ids)) | (1 << placeOf(m[1].id, ids)) | (1 << placeOf(m[6].id, ids));
        vm.expectEmit(address(groups));
        emit IGroups.GroupResolved(groupOf(m), kept);
        resolve(m, packages);
        assertEq(phaseOf(m[0]), Phase.Kept);
        assertEq(phaseOf(m[1]), Phase.Kept);
        assertEq(storedPhase(m[2]), Phase.InvalidDecision);
        assertEq(storedPhase(m[3]), Phase.Sealed);
        assertEq(storedPhase(m[4]), Phase.Revoked);
        assertEq(storedPhase(m[5]), Phase.Exposed);
        assertEq(phaseOf(m[6]), Phase.Kept);
        resolve(m[3], "");
        assertEq(storedPhase(m[3]), Phase.Unrevealed);
    }

    function test_a_member_that_fell_silent_takes_its_circle_down() public {
        Commitment[] memory m = group(3);
        bytes[] memory packages = circle(m);
        sealAll(m, packages);
        vm.warp(m[2].freeze);
        open(m[0], packages[0]);
        open(m[2], packages[2]);
        vm.warp(m[1].freeze + REVEAL_WINDOW + 1);
        resolve(m, packages);
        assertEq(phaseOf(m[0]), Phase.RevertedByDecision);
        assertEq(phaseOf(m[1]), Phase.Unrevealed);
        assertEq(phaseOf(m[2]), Phase.RevertedByDecision);
    }

    function test_a_member_never_sealed() public {
        Commitment[] memory m = group(2);
        bytes[] memory packages = two(not(like(m[1])), "");
        skip(SEAL_DELAY);
        seal(m[0], packages[0]);
        vm.warp(m[0].freeze);
        open(m[0], packages[0]);
        assertEq(phaseOf(m[1]), Phase.Tentative);
        expectPending(m[1], m[1]);
        resolve(m, packages);
        vm.warp(m[1].freeze);
        resolve(m, packages);
        assertEq(phaseOf(m[0]), Phase.Kept);
        assertEq(phaseOf(m[1]), Phase.Unsealed);
    }

    // ------------------------------------------------------------------ what is refused

    function test_which_sets() public {
        Commitment[] memory m = group(2);
        bytes[] memory packages = circle(m);
        opened(packages, m);
        CommitmentId[] memory ids = idsOf(m);
        bytes[] memory sorted = decisions(m, packages);
        expectMalformedGroup();
        groups.resolve(ids, same(KEEP, 1));
        expectMalformedGroup();
        groups.resolve(ids, same(KEEP, 3));
        expectMalformedGroup();
        groups.resolve(new CommitmentId[](0), new bytes[](0));
        (ids[0], ids[1]) = (ids[1], ids[0]);
        expectMalformedGroup();
        groups.resolve(ids, sorted);
        expectMalformedGroup();
        groups.outcome(ids, sorted);
    }

    function test_only_complete_groups() public {
        Commitment[] memory m = publishMany(3);
        CommitmentId[] memory ids = idsOf(m);
        expectNotComplete(groupOf(m));
        groups.resolve(ids, same(KEEP, 3));
        join(m[0], ids);
        join(m[1], ids);
        sealAll(m, same(KEEP, 3));
        openAll(m, same(KEEP, 3));
        expectNotComplete(groupOf(m));
        groups.resolve(ids, same(KEEP, 3));
        // No part of a group is a group.
        Commitment[] memory n = group(3);
        Commitment[] memory part = list(n[0], n[1]);
        ids = idsOf(part);
        expectNotComplete(groupOf(part));
        groups.resolve(ids, same(KEEP, 2));
    }

    function test_every_phase_is_waited_for() public {
        Commitment[] memory m = byId(group(2));
        CommitmentId[] memory ids = idsOf(m);
        expectPending(m[0], m[0]);
        groups.resolve(ids, two(KEEP, KEEP));
        skip(SEAL_DELAY);
        seal(m[0], KEEP);
        seal(m[1], KEEP);
        expectPending(m[0], m[0]);
        groups.resolve(ids, two(KEEP, KEEP));
        vm.warp(m[0].freeze > m[1].freeze ? m[0].freeze : m[1].freeze);
        expectPending(m[0], m[0]);
        groups.resolve(ids, two(KEEP, KEEP));
        open(m[0], KEEP);
        expectPending(m[1], m[1]);
        groups.resolve(ids, two(KEEP, KEEP));
        expectPending(m[1], m[1]);
        groups.outcome(ids, two(KEEP, KEEP));
        open(m[1], KEEP);
        groups.resolve(ids, two(KEEP, KEEP));
    }

    function test_only_what_was_opened_counts() public {
        Commitment[] memory m = byId(group(2));
        CommitmentId[] memory ids = idsOf(m);
        bytes[] memory packages = two(like(m[1]), like(m[0]));
        skip(SEAL_DELAY);
        seal(m[0], packages[0]);
        seal(m[1], packages[1]);
        vm.warp(m[0].freeze > m[1].freeze ? m[0].freeze : m[1].freeze);
        open(m[0], packages[0]);
        // The first member's decision is looked at before the second's phase.
        expectWrongDecision(m[0]);
        groups.resolve(ids, two(REVERT, packages[1]));
        open(m[1], packages[1]);
        expectWrongDecision(m[1]);
        groups.resolve(ids, two(packages[0], preferring(packages[1], 1, KEEP)));
        expectWrongDecision(m[0]);
        groups.resolve(ids, two(packages[1], packages[0]));
        expectWrongDecision(m[0]);
        groups.resolve(ids, two("", ""));
        groups.resolve(ids, packages);
    }

    function test_what_is_outside_is_waited_for() public {
        Commitment memory x = publishSealed(alice, KEEP);
        later();
        Commitment memory y = publish(bob);
        later();
        Commitment[] memory m = group(2);
        bytes[] memory packages = two(preferring(both(like(m[1]), like(m[0])), 1, both(like(y), like(x))), like(x));
        sealAll(m, packages);
        vm.warp(m[1].freeze);
        open(m[0], packages[0]);
        // The first member in the ids' order that is not ready is told, and its first atom.
        bool firstIsFirst = placeOf(m[0].id, idsOf(m)) == 0;
        firstIsFirst ? expectPending(m[0], x) : expectPending(m[1], m[1]);
        resolve(m, packages);
        open(m[1], packages[1]);
        expectPending(firstIsFirst ? m[0] : m[1], x);
        resolve(m, packages);
        vm.warp(x.freeze + REVEAL_WINDOW + 1);
        assertEq(phaseOf(x), Phase.Unrevealed);
        resolve(m, packages);
    }

    function test_once() public {
        Commitment[] memory m = group(2);
        bytes[] memory packages = circle(m);
        opened(packages, m);
        resolve(m, packages);
        Commitment[] memory sorted = byId(m);
        expectWrongPhase(sorted[0], Phase.Kept);
        resolve(m, packages);
        expectWrongPhase(sorted[0], Phase.Kept);
        resolve(m, same("", 2));
    }

    function test_nothing_is_left_to_resolve_where_all_lapsed() public {
        Commitment[] memory m = group(2);
        vm.warp(m[1].freeze);
        expectWrongPhase(byId(m)[0], Phase.Unsealed);
        resolve(m, same("", 2));
    }

    function test_the_registry_leaves_members_to_their_group() public {
        Commitment[] memory m = group(2);
        bytes[] memory packages = two(KEEP, KEEP);
        opened(packages, m);
        expectInGroup(m[0]);
        resolve(m[0], KEEP);
        resolve(m, packages);
    }

    // ------------------------------------------------------------------ in short

    /// @dev Each is kept if the one before it is, the first if the last is.
    function circle(Commitment[] memory m) private pure returns (bytes[] memory packages) {
        packages = new bytes[](m.length);
        for (uint256 i; i < m.length; ++i) {
            packages[i] = like(m[(i + m.length - 1) % m.length]);
        }
    }
}
