// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Groups} from "contracts/Groups.sol";
import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {IGroups} from "contracts/interfaces/IGroups.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment} from "./RegistryTest.sol";
import {GroupsTest} from "./GroupsTest.sol";

/// @notice Creates groups, and answers nothing.
contract SilentRegistry {
    Groups public groups = new Groups(20);

    error Silent(bytes4 question);

    fallback() external {
        revert Silent(msg.sig);
    }
}

contract GroupsJoiningTest is GroupsTest {
    function test_groups_know_their_registry() public view {
        assertEq(groups.registry(), address(registry));
    }

    function test_what_the_registry_refuses_is_refused_in_its_words() public {
        Groups other = (new SilentRegistry()).groups();
        Commitment[] memory m = publishMany(2);
        CommitmentId[] memory ids = idsOf(m);
        vm.expectRevert(abi.encodeWithSelector(SilentRegistry.Silent.selector, IBoomerang.commitmentId.selector));
        other.join(m[0].key.stake, m[0].key.contentHash, ids);
    }

    // ------------------------------------------------------------------ which sets

    function test_two_to_eight_members() public {
        Commitment[] memory m = publishMany(9);
        for (uint256 count; count < 2; ++count) {
            CommitmentId[] memory few = idsOf(first(m, count));
            expectMalformedGroup();
            join(m[0], few);
        }
        CommitmentId[] memory ids = idsOf(m);
        expectMalformedGroup();
        join(m[0], ids);
        join(m[0], idsOf(first(m, 8)));
        assertEq(groups.groupOf(m[0].id), groupOf(first(m, 8)));
        m = tail(tail(tail(tail(tail(tail(tail(m)))))));
        join(m[0], idsOf(m));
        assertEq(groups.groupOf(m[0].id), groupOf(m));
    }

    function test_ids_ascend() public {
        Commitment[] memory m = publishMany(3);
        CommitmentId[] memory ids = idsOf(m);
        (ids[1], ids[2]) = (ids[2], ids[1]);
        expectMalformedGroup();
        join(m[0], ids);
        ids[2] = ids[1];
        expectMalformedGroup();
        join(m[0], ids);
        // Before anything is said of the commitment.
        expectMalformedGroup();
        groups.join(m[0].key.stake, m[0].key.contentHash, ids);
    }

    function test_the_others_need_not_be_published_yet() public {
        Commitment memory a = publish(alice);
        Commitment memory b = plan(bob, stakeOf(BOND, 0, 0, 99), "later");
        join(a, idsOf(list(a, b)));
        later();
        send(bob, b.key.stake, "later");
        join(b, idsOf(list(a, b)));
        assertTogether(a, b, true, true);
    }

    // ------------------------------------------------------------------ who may, and when

    function test_only_the_committer_joins() public {
        Commitment[] memory m = publishMany(2);
        CommitmentId[] memory ids = idsOf(m);
        Commitment memory no = plan(dave, m[0].key.stake, "statement");
        expectNotCommitter(no);
        vm.prank(dave);
        groups.join(m[0].key.stake, m[0].key.contentHash, ids);
    }

    function test_only_a_member_joins() public {
        Commitment[] memory m = publishMany(3);
        CommitmentId[] memory ids = idsOf(first(m, 2));
        expectNotAMember(m[2]);
        join(m[2], ids);
        // Whatever its phase.
        revoke(m[2]);
        expectNotAMember(m[2]);
        join(m[2], ids);
    }

    function test_nobody_joins_after_a_seal_or_the_end() public {
        Commitment[] memory m = publishMany(3);
        CommitmentId[] memory ids = idsOf(m);
        skip(SEAL_DELAY);
        seal(m[0], KEEP);
        expectWrongPhase(m[0], Phase.Sealed);
        join(m[0], ids);
        revoke(m[1]);
        expectWrongPhase(m[1], Phase.Revoked);
        join(m[1], ids);
        // The phase comes before what was joined already.
        join(m[2], ids);
        revoke(m[2]);
        expectWrongPhase(m[2], Phase.Revoked);
        join(m[2], ids);
    }

    function test_the_current_phase_is_told() public {
        Commitment[] memory m = publishMany(2);
        CommitmentId[] memory ids = idsOf(m);
        skip(SEAL_DELAY);
        seal(m[0], KEEP);
        vm.warp(m[0].freeze + REVEAL_WINDOW + 1);
        expectWrongPhase(m[0], Phase.Unrevealed);
        join(m[0], ids);
    }

    function test_nobody_joins_twice_or_elsewhere() public {
        Commitment[] memory m = publishMany(3);
        join(m[0], idsOf(first(m, 2)));
        CommitmentId[] memory ids = idsOf(first(m, 2));
        expectInGroup(m[0]);
        join(m[0], ids);
        ids = idsOf(m);
        expectInGroup(m[0]);
        join(m[0], ids);
        // Before the time is looked at.
        vm.warp(m[0].freeze - 1);
        expectInGroup(m[0]);
        join(m[0], ids);
    }

    function test_a_complete_group_stays_what_it_is() public {
        Commitment[] memory m = group(2);
        Commitment memory late = publish(carol);
        Commitment[] memory more = new Commitment[](3);
        (more[0], more[1], more[2]) = (m[0], m[1], late);
        join(late, idsOf(more));
        assertTogether(m[0], m[1], true, true);
        assertTogether(m[0], late, false, false);
        CommitmentId[] memory ids = idsOf(more);
        expectInGroup(m[1]);
        join(m[1], ids);
    }

    function test_up_to_the_cutoff() public {
        Commitment[] memory m = publishMany(2);
        CommitmentId[] memory ids = idsOf(m);
        vm.warp(m[0].freeze - OFFER_CUTOFF + 1);
        expectTooLate(m[0], m[0].freeze - OFFER_CUTOFF + 1);
        join(m[0], ids);
        vm.warp(m[0].freeze - OFFER_CUTOFF);
        join(m[0], ids);
        join(m[1], ids);
        assertTogether(m[0], m[1], true, true);
    }

    // ------------------------------------------------------------------ completion

    function test_what_joining_shows() public {
        Commitment[] memory m = publishMany(3);
        CommitmentId[] memory ids = idsOf(m);
        bytes32 name = keccak256(abi.encode(ids));
        assertEq(groups.groupOf(m[0].id), bytes32(0));
        assertTogether(m[0], m[0], false, false);
        for (uint256 i; i < 3; ++i) {
            assertFalse(registry.record(m[i].id).inGroup());
            vm.expectEmit(address(groups));
            emit IGroups.Joined(name, m[i].id, ids);
            if (i == 2) {
                vm.expectEmit(address(groups));
                emit IGroups.Completed(name, m[0].id, 0, 0);
            }
            join(m[i], ids);
            assertEq(groups.groupOf(m[i].id), name);
            assertTrue(registry.record(m[i].id).inGroup());
            assertTogether(m[0], m[i], true, i == 2);
            (bool complete,,,) = groups.node(m[i].id);
            assertEq(complete, i == 2);
        }
        assertTogether(m[0], m[1], true, true);
    }

    function test_the_node_is_lowest_floor_largest_depth_smallest_cover() public {
        // Floors: of a its own, of b the target's, of c a's. Depths: 0, 1, 2.
        Commitment memory target = publish(dave);
        later();
        Commitment memory a = publish(alice, 3 ether, 2 ether);
        later();
        Commitment memory b = publish(bob, 3 ether, 1 ether);
        later();
        Commitment memory c = publish(carol, 3 ether, 1 ether);
        offer(b, a);
        offer(c, b);
        later();
        Commitment memory d = publish(dave, 3 ether, 1 ether);
        later();
        Commitment memory e = publish(dave, 3 ether, 2 ether);
        offer(d, target);
        // Whoever comes first, the rest follows from all.
        Commitment[] memory m = new Commitment[](4);
        (m[0], m[1], m[2], m[3]) = (c, b, d, e);
        CommitmentId[] memory ids = idsOf(m);
        for (uint256 i; i < 3; ++i) {
            join(m[i], ids);
            assertStanding(b, a.id, 1);
        }
        vm.expectEmit(address(groups));
        emit IGroups.Completed(keccak256(abi.encode(ids)), target.id, 2, 1 ether);
        join(e, ids);
        for (uint256 i; i < 4; ++i) {
            assertNode(m[i], target.id, 2, 1 ether);
        }
    }

    function test_the_first_floor_may_be_the_lowest() public {
        Commitment[] memory x = publishMany(3);
        offer(x[1], x[0]);
        offer(x[2], x[0]);
        Commitment[] memory m = list(x[1], x[2]);
        joinAll(m);
        assertNode(x[1], x[0].id, 1, 0);
        assertNode(x[2], x[0].id, 1, 0);
    }

    function test_a_cover_of_zero_counts() public {
        Commitment memory a = publish(alice, 1 ether, 1 ether);
        later();
        Commitment memory b = publish(bob, 1 ether, 0);
        later();
        Commitment memory c = publish(carol, 1 ether, 1 ether);
        Commitment[] memory m = new Commitment[](3);
        (m[0], m[1], m[2]) = (a, b, c);
        joinAll(m);
        assertNode(a, a.id, 0, 0);
    }

    function test_nobody_completes_it_over_a_seal() public {
        Commitment[] memory m = byId(publishMany(3));
        CommitmentId[] memory ids = idsOf(m);
        join(m[0], ids);
        join(m[1], ids);
        skip(SEAL_DELAY);
        revoke(m[1]);
        expectWrongPhase(m[1], Phase.Revoked);
        join(m[2], ids);
        // The first in the ids' order is told.
        seal(m[0], KEEP);
        expectWrongPhase(m[0], Phase.Sealed);
        join(m[2], ids);
        // All that time it was not in a group.
        assertEq(groups.groupOf(m[2].id), bytes32(0));
        assertFalse(registry.record(m[2].id).inGroup());
    }

    /// @dev Even where it would not be complete: joining after another's freeze could make the other's opening invalid.
    function test_nobody_joins_after_the_cutoff_of_another() public {
        Commitment[] memory m = publishMany(3);
        CommitmentId[] memory ids = idsOf(m);
        // The second closes later than the first: it is the earliest that counts, whoever joins last.
        join(m[0], ids);
        join(m[1], ids);
        uint256 closedAt = m[0].freeze - OFFER_CUTOFF + 1;
        vm.warp(closedAt);
        expectTooLate(m[2], closedAt);
        join(m[2], ids);
        vm.warp(closedAt - 1);
        join(m[2], ids);
    }

    function test_nobody_joins_after_the_cutoff_of_one_that_joined_later() public {
        Commitment[] memory m = publishMany(3);
        CommitmentId[] memory ids = idsOf(m);
        join(m[1], ids);
        join(m[0], ids);
        vm.warp(m[0].freeze - OFFER_CUTOFF + 1);
        expectTooLate(m[2], m[0].freeze - OFFER_CUTOFF + 1);
        join(m[2], ids);
    }

    /// @dev Else it could be lowered after the freeze of a commitment that leans on what was offered.
    function test_a_cover_that_was_offered_is_not_lowered() public {
        Commitment memory x = publish(alice, BOND, 9);
        later();
        Commitment memory y = publish(bob, BOND, 9);
        later();
        Commitment memory z = publish(alice, BOND, 8);
        later();
        Commitment memory same_ = publish(bob, BOND, 9);
        offer(y, x);
        join(y, idsOf(list(y, z)));
        bytes32 name = groupOf(list(y, z));
        vm.expectRevert(abi.encodeWithSelector(IGroups.Boomerang_CoverPromised.selector, name, 8, 9));
        join(z, idsOf(list(y, z)));
        offer(same_, x);
        expectInGroup(y);
        join(y, idsOf(list(y, same_)));
    }

    function test_a_cover_that_was_offered_stays_among_equals() public {
        Commitment memory x = publish(alice, BOND, 9);
        later();
        Commitment memory y = publish(bob, BOND, 9);
        later();
        Commitment memory z = publish(alice, BOND, 9);
        offer(y, x);
        offer(z, x);
        join(y, idsOf(list(y, z)));
        join(z, idsOf(list(y, z)));
        assertNode(y, x.id, 1, 9);
    }

    function test_ties_are_drawn_first() public {
        Commitment[] memory m = byId(list(publish(alice), publish(bob)));
        CommitmentId[] memory ids = idsOf(m);
        vm.roll(block.number + 2);
        join(m[0], ids);
        expectUndrawn(m[0], m[1]);
        join(m[1], ids);
        draw(m[0]);
        expectUndrawn(m[0], m[1]);
        join(m[1], ids);
        draw(m[1]);
        join(m[1], ids);
        bool before = registry.record(m[0].id).draw() < registry.record(m[1].id).draw();
        assertNode(m[0], before ? m[0].id : m[1].id, 0, 0);
    }

    function test_floors_that_tie_are_drawn_first() public {
        Commitment memory x = publish(alice);
        Commitment memory y = publish(bob);
        vm.roll(block.number + 1);
        skip(1);
        Commitment[] memory m = publishMany(2);
        offer(m[0], x);
        offer(m[1], y);
        m = byId(m);
        CommitmentId[] memory ids = idsOf(m);
        join(m[0], ids);
        (CommitmentId floor,) = registry.standing(m[0].id);
        (CommitmentId other,) = registry.standing(m[1].id);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_Undrawn.selector, other, floor));
        join(m[1], ids);
        draw(x);
        draw(y);
        join(m[1], ids);
        (, bool before) = registry.precedes(x.id, y.id);
        assertNode(m[0], before ? x.id : y.id, 1, 0);
    }

    // ------------------------------------------------------------------ what follows

    function test_who_has_joined_offers_no_more() public {
        Commitment[] memory m = publishMany(3);
        join(m[1], idsOf(m));
        expectInGroup(m[1]);
        offer(m[1], m[0]);
        // Others may offer to it.
        offer(m[2], m[1]);
    }

    function test_members_of_a_group_that_is_not_complete_are_on_their_own() public {
        Commitment[] memory m = publishMany(3);
        CommitmentId[] memory ids = idsOf(m);
        join(m[0], ids);
        join(m[1], ids);
        assertStanding(m[1], m[1].id, 0);
        (bool complete, CommitmentId floor, uint8 depth, uint96 cover) = groups.node(m[1].id);
        assertFalse(complete);
        assertEq(CommitmentId.unwrap(floor), bytes25(0));
        assertEq(uint256(depth) + cover, 0);
        sealAll(first(m, 2), two(KEEP, KEEP));
        vm.warp(m[1].freeze);
        open(m[0], KEEP);
        open(m[1], KEEP);
        assertEq(phaseOf(m[0]), Phase.Kept);
        assertEq(phaseOf(m[1]), Phase.Kept);
    }

    // ------------------------------------------------------------------ in short

    function first(Commitment[] memory m, uint256 count) private pure returns (Commitment[] memory some) {
        some = new Commitment[](count);
        for (uint256 i; i < count; ++i) {
            some[i] = m[i];
        }
    }

    /// @dev All but the first.
    function tail(Commitment[] memory m) private pure returns (Commitment[] memory some) {
        some = new Commitment[](m.length - 1);
        for (uint256 i = 1; i < m.length; ++i) {
            some[i - 1] = m[i];
        }
    }
}
