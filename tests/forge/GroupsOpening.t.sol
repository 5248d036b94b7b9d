// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Key, Obstacle} from "contracts/interfaces/IBoomerang.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment} from "./RegistryTest.sol";
import {GroupsTest} from "./GroupsTest.sol";

contract GroupsOpeningTest is GroupsTest {
    // ------------------------------------------------------------------ inside

    function test_every_valid_opening_is_pending() public {
        Commitment[] memory m = group(3);
        assertEq(judge(m[0], KEEP), Phase.Pending);
        assertEq(judge(m[0], REVERT), Phase.Pending);
        assertEq(judge(m[0], like(m[0])), Phase.Pending);
        assertEq(judge(m[0], both(like(m[1]), like(m[2]))), Phase.Pending);
        assertEq(judge(m[2], preferring(like(m[0]), -5, not(like(m[2])))), Phase.Pending);

        bytes[] memory packages = same(KEEP, 3);
        packages[1] = preferring(like(m[1]), 1, like(m[2]));
        opened(packages, m);
        for (uint256 i; i < 3; ++i) {
            assertEq(storedPhase(m[i]), Phase.Pending);
        }
    }

    function test_malformed_bytes_are_invalid() public {
        Commitment[] memory m = group(2);
        assertEq(judge(m[0], ""), Phase.InvalidDecision);
        assertEq(judge(m[0], hex"0101"), Phase.InvalidDecision);
        assertEq(judge(m[0], hex"07000101"), Phase.InvalidDecision);
        assertEq(judge(m[0], preferring(KEEP, 1, hex"02")), Phase.InvalidDecision);
    }

    function test_bonds_come_back_at_the_opening() public {
        Commitment[] memory m = group(2);
        opened(two(like(m[1]), hex"0707"), m);
        assertEq(m[0].key.committer.balance, BOND);
        assertEq(m[1].key.committer.balance, BOND);
        assertEq(phaseOf(m[1]), Phase.InvalidDecision);
    }

    function test_members_of_one_group_that_is_not_complete_may_not_name_each_other() public {
        Commitment[] memory m = publishMany(3);
        join(m[0], idsOf(m));
        join(m[1], idsOf(m));
        assertEq(mayCondition(m[1], m[0]), Obstacle.GroupVoid);
        assertEq(mayCondition(m[1], m[1]), Obstacle.GroupVoid);
        assertEq(mayCondition(m[1], m[2]), Obstacle.NotOffered);
        bytes[] memory packages = two(preferring(KEEP, 1, KEEP), like(m[0]));
        Commitment[] memory some = list(m[0], m[1]);
        opened(packages, some);
        // Preferences are no decision where there is no group.
        assertEq(phaseOf(m[0]), Phase.InvalidDecision);
        assertEq(phaseOf(m[1]), Phase.InvalidDecision);
    }

    function test_only_members_of_complete_groups_are_judged() public {
        Commitment[] memory m = publishMany(2);
        expectNotComplete(0);
        groups.judge(m[0].id, KEEP, new Key[](0));
        join(m[0], idsOf(m));
        expectNotComplete(groupOf(m));
        groups.judge(m[0].id, KEEP, new Key[](0));
    }

    // ------------------------------------------------------------------ outside

    function test_outside_only_what_comes_before_all_members_floors() public {
        Commitment memory before = publish(alice);
        later();
        Commitment memory target = publish(bob);
        later();
        Commitment memory between = publish(carol);
        later();
        Commitment[] memory m = publishMany(2);
        offer(m[1], target);
        joinAll(m);
        Commitment memory unknown = plan(dave, stakeOf(BOND, 0, 0, 99), "never published");
        for (uint256 i; i < 2; ++i) {
            assertEq(judge(m[i], like(before)), Phase.Pending);
            // It would be allowed to m[0] alone.
            assertEq(judge(m[i], like(between)), Phase.InvalidDecision);
            assertEq(judge(m[i], like(target)), Phase.InvalidDecision);
            assertEq(judge(m[i], like(unknown)), Phase.InvalidDecision);
            // Every atom counts, also where it cannot matter, and in preferences.
            assertEq(judge(m[i], both(REVERT, like(between))), Phase.InvalidDecision);
            assertEq(judge(m[i], preferring(like(before), 0, like(m[1]))), Phase.Pending);
            assertEq(judge(m[i], preferring(KEEP, 0, like(between))), Phase.InvalidDecision);
            assertEq(judge(m[i], preferring(like(between), 0, KEEP)), Phase.InvalidDecision);
        }
    }

    function test_offers_reach_members() public {
        Commitment[] memory m = group(2);
        Commitment memory late = publish(carol);
        assertEq(judge(m[1], like(late)), Phase.InvalidDecision);
        offer(late, m[1]);
        assertStanding(late, m[0].id, 1);
        assertEq(judge(m[1], like(late)), Phase.Pending);
        assertEq(judge(m[0], like(late)), Phase.InvalidDecision);
    }

    function test_an_offer_from_before_the_group_may_fall() public {
        Commitment[] memory m = publishMany(2);
        Commitment memory late = publish(carol);
        offer(late, m[1]); // records the floor m[1]
        assertEq(mayCondition(m[1], late), Obstacle.None);
        joinAll(m); // whose floor is m[0]'s from now on
        assertEq(mayCondition(m[1], late), Obstacle.OfferFell);
        assertEq(judge(m[1], like(late)), Phase.InvalidDecision);
    }

    // ------------------------------------------------------------------ covers

    function test_outside_covers_are_compared_with_the_groups() public {
        Commitment memory low = publish(alice, 9 ether, 2 ether - 1);
        Commitment memory high = publish(alice, 9 ether, 2 ether);
        later();
        Commitment memory a = publish(bob, 9 ether, 5 ether);
        later();
        Commitment memory b = publish(carol, 9 ether, 2 ether);
        Commitment[] memory m = list(a, b);
        joinAll(m);
        assertEq(groups.judge(a.id, like(high), keys(high)), Phase.Pending);
        assertEq(groups.judge(a.id, like(low), keys(low)), Phase.InvalidDecision);
        assertEq(groups.judge(b.id, preferring(KEEP, 1, like(low)), keys(low)), Phase.InvalidDecision);
        // Inside they are not.
        assertEq(judge(a, like(b)), Phase.Pending);
    }

    function test_keys_of_outside_atoms_alone_in_order_of_appearance() public {
        Commitment memory x = publish(alice, 9 ether, 3 ether);
        Commitment memory y = publish(alice, 9 ether, 3 ether);
        later();
        Commitment[] memory m = list(publish(bob, 9 ether, 1 ether), x);
        later();
        m[1] = publish(carol, 9 ether, 1 ether);
        joinAll(m);
        bytes memory package = preferring(both(both(like(m[0]), like(y)), like(m[1])), 1, both(like(x), like(y)));
        Key[] memory given = new Key[](3);
        (given[0], given[1], given[2]) = (y.key, x.key, y.key);
        assertEq(groups.judge(m[0].id, package, given), Phase.Pending);

        Key[] memory fewer = new Key[](2);
        (fewer[0], fewer[1]) = (y.key, x.key);
        expectKeyMissing(y);
        groups.judge(m[0].id, package, fewer);
        (given[0], given[1]) = (x.key, y.key);
        expectKeyMissing(y);
        groups.judge(m[0].id, package, given);
        expectKeyMissing(y);
        groups.judge(m[0].id, package, new Key[](0));
        // Once it is invalid no key is asked for.
        assertEq(judge(m[0], hex"0102030405"), Phase.InvalidDecision);
        Commitment memory late = publish(dave);
        assertEq(judge(m[0], both(like(late), like(x))), Phase.InvalidDecision);
    }

    function test_without_a_cover_no_keys() public {
        Commitment memory x = publish(alice);
        later();
        Commitment[] memory m = list(publish(bob, 9 ether, 1 ether), x);
        later();
        m[1] = publish(carol, 9 ether, 0);
        joinAll(m);
        assertEq(judge(m[0], like(x)), Phase.Pending);
    }

    /// @dev A commitment on its own that leans on a member leans on the whole group: its smallest cover counts.
    function test_who_leans_on_a_member_leans_on_the_groups_cover() public {
        Commitment memory a = publish(alice, 9 ether, 5 ether);
        later();
        Commitment[] memory m = list(a, publish(bob, 9 ether, 2 ether));
        later();
        Commitment memory alone = publish(carol, 9 ether, 5 ether);
        join(m[0], idsOf(m));
        // Of a group that is not complete each member counts for itself.
        assertEq(uint256(registry.mayCondition(alone.key, a.key)), uint256(Obstacle.None));
        join(m[1], idsOf(m));
        assertEq(uint256(registry.mayCondition(alone.key, a.key)), uint256(Obstacle.CoverTooLow));
        skip(SEAL_DELAY);
        seal(alone, like(a));
        vm.warp(alone.freeze);
        openFor(alone, like(a), keys(a));
        assertEq(registry.record(alone.id).phase(), Phase.InvalidDecision);
    }

    function test_a_member_of_another_group_counts_for_what_its_group_does() public {
        Commitment[] memory x = list(publish(alice, 9 ether, 9 ether), publish(alice));
        later();
        x[1] = publish(alice, 9 ether, 1 ether);
        later();
        joinAll(x);
        Commitment[] memory m = list(publish(bob, 9 ether, 2 ether), x[0]);
        later();
        m[1] = publish(carol, 9 ether, 2 ether);
        joinAll(m);
        assertEq(groups.judge(m[0].id, like(x[0]), keys(x[0])), Phase.InvalidDecision);
        expectKeyMissing(x[0]);
        groups.judge(m[0].id, like(x[0]), new Key[](0));

        // Of a group that is not complete, for itself.
        Commitment[] memory z = list(publish(alice, 9 ether, 9 ether), publish(alice, 9 ether, 1 ether));
        join(z[0], idsOf(z));
        later();
        Commitment[] memory n = list(publish(bob, 9 ether, 2 ether), x[0]);
        later();
        n[1] = publish(carol, 9 ether, 2 ether);
        joinAll(n);
        assertEq(groups.judge(n[0].id, like(z[0]), keys(z[0])), Phase.Pending);
    }

    // ------------------------------------------------------------------ in short

    function judge(Commitment memory c, bytes memory decision) private view returns (Phase) {
        return groups.judge(c.id, decision, new Key[](0));
    }
}
