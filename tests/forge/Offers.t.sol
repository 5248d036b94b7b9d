// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang, Obstacle} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract OffersTest is RegistryTest {
    // ------------------------------------------------------------------ effects

    function test_an_offer_lowers_the_floor_and_raises_the_depth() public {
        (Commitment memory x, Commitment memory y) = two();
        vm.expectEmit(address(registry));
        emit IBoomerang.Offered(y.id, x.id, x.id, 1);
        offer(y, x);

        assertStanding(y, x.id, 1);
        assertStanding(x, x.id, 0);
        assertOffer(y, x, x.id, 1, block.timestamp);
        assertTrue(registry.record(y.id).hasOffered());
        assertEq(mayCondition(x, y), Obstacle.None);
        // It has given up looking back at x.
        assertEq(mayCondition(y, x), Obstacle.NotOffered);
    }

    function test_repeating_an_offer_leaves_its_time() public {
        (Commitment memory x, Commitment memory y) = two();
        offer(y, x);
        uint256 first = block.timestamp;
        skip(3);
        offer(y, x);
        assertOffer(y, x, x.id, 1, first);
    }

    function test_a_chain_of_offers_hands_down_its_floor() public {
        Commitment memory a = publish(alice);
        later();
        Commitment memory b = publish(bob);
        later();
        Commitment memory c = publish(carol);
        offer(b, a);
        offer(c, b);
        assertStanding(c, a.id, 2);
        assertOffer(c, b, a.id, 2, block.timestamp);
    }

    function test_the_lower_floor_and_the_greater_depth_stay() public {
        Commitment memory a = publish(alice);
        later();
        Commitment memory b = publish(bob);
        later();
        Commitment memory c = publish(carol);
        later();
        Commitment memory d = publish(dave);
        offer(b, a);
        offer(d, b);
        assertStanding(d, a.id, 2);
        offer(d, c);
        assertStanding(d, a.id, 2);
        // What the offer to c records is d's standing, not c's.
        assertOffer(d, c, a.id, 2, block.timestamp);
        assertEq(mayCondition(c, d), Obstacle.None);
    }

    function test_an_offer_to_somebody_earlier_lowers_the_floor_again() public {
        Commitment memory a = publish(alice);
        later();
        Commitment memory b = publish(bob);
        later();
        Commitment memory c = publish(carol);
        offer(c, b);
        assertStanding(c, b.id, 1);
        offer(c, a);
        assertStanding(c, a.id, 1);
    }

    // ------------------------------------------------------------------ who, and to whom

    function test_ones_own_only() public {
        (Commitment memory x, Commitment memory y) = two();
        y.key.committer = carol;
        y.id = idOf(y.key);
        expectNotCommitter(y);
        offer(y, x);
    }

    function test_not_to_oneself() public {
        Commitment memory c = publish(alice);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_SelfOffer.selector, c.id));
        offer(c, c);
    }

    function test_not_to_what_is_unpublished() public {
        Commitment memory c = publish(alice);
        Commitment memory nobody = plan(bob, stakeOf(BOND, 0, 0, 0), "not yet");
        expectUnknown(nobody);
        offer(c, nobody);
    }

    function test_neither_is_final() public {
        (Commitment memory x, Commitment memory y) = two();
        Commitment memory z = publish(carol);
        revoke(y);
        expectWrongPhase(y, Phase.Revoked);
        offer(y, x);
        revoke(x);
        expectWrongPhase(x, Phase.Revoked);
        offer(z, x);
        vm.warp(z.freeze);
        expectWrongPhase(z, Phase.Unsealed);
        offer(z, x);
    }

    function test_what_is_sealed_offers_and_is_offered_to() public {
        (Commitment memory x, Commitment memory y) = two();
        skip(SEAL_DELAY);
        seal(x, KEEP);
        seal(y, KEEP);
        offer(y, x);
        assertStanding(y, x.id, 1);
    }

    function test_to_somebody_earlier_only() public {
        (Commitment memory x, Commitment memory y) = two();
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NotLater.selector, x.id, y.id));
        offer(x, y);
    }

    function test_not_while_the_order_is_undrawn() public {
        Commitment memory x = publish(alice);
        Commitment memory y = publish(bob);
        expectUndrawn(x, y);
        offer(y, x);
    }

    function test_within_a_block_the_draw_decides_who_offers() public {
        Commitment memory x = publish(alice);
        Commitment memory y = publish(bob);
        vm.roll(START_BLOCK + DRAW_DELAY + 1);
        draw(x);
        expectUndrawn(x, y);
        offer(y, x);
        draw(y);
        if (registry.record(y.id).draw() < registry.record(x.id).draw()) (x, y) = (y, x);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NotLater.selector, x.id, y.id));
        offer(x, y);
        offer(y, x);
        assertStanding(y, x.id, 1);
    }

    function test_not_while_the_order_of_the_floors_is_undrawn() public {
        Commitment memory a = publish(alice);
        Commitment memory b = publish(bob);
        skip(1);
        Commitment memory x = publish(carol);
        skip(1);
        Commitment memory y = publish(dave);
        offer(x, a);
        offer(y, b);
        expectUndrawn(a, b);
        offer(y, x);

        vm.roll(START_BLOCK + DRAW_DELAY + 1);
        draw(a);
        draw(b);
        offer(y, x);
        bool first = registry.record(a.id).draw() < registry.record(b.id).draw();
        assertStanding(y, first ? a.id : b.id, 2);
    }

    // ------------------------------------------------------------------ when, and how deep

    function test_until_the_cutoff_before_the_target_freezes() public {
        (Commitment memory x, Commitment memory y) = two();
        vm.warp(x.freeze - OFFER_CUTOFF + 1);
        expectTooLate(x, x.freeze - OFFER_CUTOFF + 1);
        offer(y, x);

        vm.warp(x.freeze - OFFER_CUTOFF);
        offer(y, x);
        assertStanding(y, x.id, 1);
    }

    function test_no_deeper_than_the_greatest_depth() public {
        Commitment memory x = publish(alice);
        CommitmentId floor = x.id;
        for (uint256 depth = 1; depth <= MAX_DEPTH; ++depth) {
            skip(1);
            Commitment memory y = publish(bob);
            offer(y, x);
            assertStanding(y, floor, depth);
            x = y;
        }
        skip(1);
        Commitment memory last = publish(bob);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_TooDeep.selector, x.id, MAX_DEPTH + 1, MAX_DEPTH));
        offer(last, x);
    }

    function two() private returns (Commitment memory x, Commitment memory y) {
        x = publish(alice);
        later();
        y = publish(bob);
    }

    function assertOffer(
        Commitment memory y,
        Commitment memory x,
        CommitmentId floor,
        uint256 depth,
        uint256 firstMade
    ) private view {
        (CommitmentId f, uint8 d, uint256 t, bool declined) = registry.offerOf(y.id, x.id);
        assertEq(f, floor);
        assertEq(d, depth, "depth");
        assertEq(t, firstMade, "first made");
        assertFalse(declined, "declined");
    }
}
