// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang, Obstacle} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract ViewsTest is RegistryTest {
    CommitmentId private constant NOBODY = CommitmentId.wrap(0);

    // ------------------------------------------------------------------ phase

    function test_phases_and_deadlines_of_one_that_is_never_sealed() public {
        Commitment memory c = publish(alice);
        assertPhase(c, Phase.Tentative, START + SEAL_DELAY);
        vm.warp(START + SEAL_DELAY - 1);
        assertPhase(c, Phase.Tentative, START + SEAL_DELAY);
        skip(1);
        assertPhase(c, Phase.Tentative, c.freeze);
        vm.warp(c.freeze - 1);
        assertPhase(c, Phase.Tentative, c.freeze);
        skip(1);
        assertPhase(c, Phase.Unsealed, 0);
    }

    function test_phases_and_deadlines_of_one_that_is_never_opened() public {
        Commitment memory c = publishSealed(alice, KEEP);
        assertPhase(c, Phase.Sealed, c.freeze);
        vm.warp(c.freeze - 1);
        assertPhase(c, Phase.Sealed, c.freeze);
        skip(1);
        assertPhase(c, Phase.Revealing, c.freeze + REVEAL_WINDOW);
        vm.warp(c.freeze + REVEAL_WINDOW);
        assertPhase(c, Phase.Revealing, c.freeze + REVEAL_WINDOW);
        skip(1);
        assertPhase(c, Phase.Unrevealed, 0);
    }

    function test_what_is_pending_is_resolved_by_then() public {
        (Commitment memory x,) = pending();
        uint256 latest = x.freeze + (2 * MAX_DEPTH + 1) * (PERIOD - OFFER_CUTOFF) + REVEAL_WINDOW;
        assertPhase(x, Phase.Pending, latest);
        assertEq(registry.latestResolution(x.id), latest);
    }

    function test_nothing_is_known_of_what_is_unpublished() public {
        Commitment memory nobody = plan(alice, stakeOf(BOND, 0, 0, 0), "not yet");
        Commitment memory c = publish(bob);
        assertPhase(nobody, Phase.Unpublished, 0);
        assertEq(registry.record(nobody.id), Record.wrap(0));
        assertEq(registry.latestResolution(nobody.id), 0);
        (bool isFinal, bool isKept) = registry.kept(nobody.id);
        assertFalse(isFinal || isKept);
        expectUnknown(nobody);
        registry.standing(nobody.id);
        expectUnknown(nobody);
        registry.precedes(nobody.id, c.id);
        expectUnknown(nobody);
        registry.precedes(c.id, nobody.id);
        expectUnknown(nobody);
        registry.resolvable(nobody.id, "");
    }

    function test_an_outcome_is_final_before_anybody_stores_it() public {
        Commitment memory c = publish(alice);
        vm.warp(c.freeze - 1);
        (bool isFinal, bool isKept) = registry.kept(c.id);
        assertFalse(isFinal || isKept);
        skip(1);
        (isFinal, isKept) = registry.kept(c.id);
        assertTrue(isFinal);
        assertFalse(isKept);
    }

    // ------------------------------------------------------------------ resolvable

    function test_lapsed_ones_are_resolvable_until_resolved() public {
        Commitment memory a = publish(alice);
        Commitment memory b = publishSealed(bob, KEEP);
        vm.warp(a.freeze - 1);
        assertResolvable(a, "", false, NOBODY);
        skip(1);
        assertResolvable(a, "", true, NOBODY);
        resolve(a, "");
        assertResolvable(a, "", false, NOBODY);

        vm.warp(b.freeze + REVEAL_WINDOW);
        assertResolvable(b, "", false, NOBODY);
        skip(1);
        assertResolvable(b, "", true, NOBODY);
    }

    function test_a_pending_one_waits_for_its_condition() public {
        (Commitment memory x, Commitment memory y) = pending();
        assertResolvable(x, like(y), false, y.id);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongDecision.selector, x.id));
        registry.resolvable(x.id, KEEP);
        open(y, KEEP);
        assertResolvable(x, like(y), true, NOBODY);
    }

    // ------------------------------------------------------------------ mayCondition (section 6)

    function test_backward_is_allowed() public {
        (Commitment memory x, Commitment memory y) = two();
        assertEq(mayCondition(y, x), Obstacle.None);
    }

    function test_unknown_and_self() public {
        Commitment memory c = publish(alice);
        Commitment memory nobody = plan(alice, stakeOf(BOND, 0, 0, 0), "not yet");
        assertEq(mayCondition(c, nobody), Obstacle.Unknown);
        assertEq(mayCondition(nobody, c), Obstacle.Unknown);
        assertEq(mayCondition(nobody, nobody), Obstacle.Unknown);
        assertEq(mayCondition(c, c), Obstacle.Self);
    }

    function test_undrawn_ones_of_a_block_are_tied() public {
        Commitment memory a = publish(alice);
        Commitment memory b = publish(bob);
        assertEq(mayCondition(a, b), Obstacle.Tied);
        assertEq(mayCondition(b, a), Obstacle.Tied);
    }

    function test_forward_needs_an_offer() public {
        (Commitment memory x, Commitment memory y) = two();
        assertEq(mayCondition(x, y), Obstacle.NotOffered);
        offer(y, x);
        assertEq(mayCondition(x, y), Obstacle.None);
    }

    function test_the_own_floor_is_not_tied_but_not_offered() public {
        (Commitment memory x, Commitment memory y) = two();
        offer(y, x);
        assertEq(mayCondition(y, x), Obstacle.NotOffered);
    }

    function test_an_offer_falls_when_the_floor_falls_below_it() public {
        Commitment memory w = publish(alice);
        later();
        Commitment memory x = publish(bob);
        later();
        Commitment memory y = publish(carol);
        offer(y, x);
        assertEq(mayCondition(x, y), Obstacle.None);
        offer(x, w);
        assertEq(mayCondition(x, y), Obstacle.OfferFell);
        // Repeated, it stands on x's new floor.
        offer(y, x);
        assertEq(mayCondition(x, y), Obstacle.None);
    }

    function test_an_offer_holds_when_its_floor_is_lower() public {
        Commitment memory w = publish(alice);
        later();
        Commitment memory x = publish(bob);
        later();
        Commitment memory y = publish(carol);
        offer(y, w);
        offer(y, x);
        assertEq(mayCondition(x, y), Obstacle.None);
    }

    function test_an_offer_is_too_shallow_when_the_depth_reaches_it() public {
        Commitment memory w = publish(alice);
        later();
        Commitment memory x = publish(bob);
        later();
        Commitment memory y = publish(carol);
        offer(y, w);
        offer(y, x);
        offer(x, w);
        assertStanding(x, w.id, 1);
        assertEq(mayCondition(x, y), Obstacle.TooShallow);
    }

    function test_a_cover_needs_one_as_high() public {
        Commitment memory low = publish(alice, BOND, 2);
        Commitment memory equal = publish(alice, BOND, 3);
        later();
        Commitment memory c = publish(bob, BOND, 3);
        assertEq(mayCondition(c, low), Obstacle.CoverTooLow);
        assertEq(mayCondition(c, equal), Obstacle.None);
    }

    // ------------------------------------------------------------------ others

    function test_there_is_no_offer_before_it_is_made() public {
        (Commitment memory x, Commitment memory y) = two();
        (CommitmentId floor, uint8 depth, uint256 firstMade, bool declined) = registry.offerOf(y.id, x.id);
        assertEq(floor, NOBODY);
        assertEq(depth, 0);
        assertEq(firstMade, 0);
        assertFalse(declined);
        assertStanding(y, y.id, 0);
    }

    function two() private returns (Commitment memory x, Commitment memory y) {
        x = publish(alice);
        later();
        y = publish(bob);
    }

    /// @dev x, opened with "what y does" while y is not open.
    function pending() private returns (Commitment memory x, Commitment memory y) {
        (y, x) = two();
        skip(SEAL_DELAY);
        seal(y, KEEP);
        seal(x, like(y));
        vm.warp(x.freeze);
        open(x, like(y));
    }

    function assertPhase(Commitment memory c, Phase phase, uint256 deadline) private view {
        (Phase current, uint256 next) = registry.phase(c.id);
        assertEq(current, phase);
        assertEq(next, deadline, "deadline");
    }

    function assertResolvable(
        Commitment memory c,
        bytes memory decision,
        bool now_,
        CommitmentId waitsFor
    ) private view {
        (bool n, CommitmentId w) = registry.resolvable(c.id, decision);
        assertEq(n, now_, "now");
        assertEq(w, waitsFor);
    }
}
