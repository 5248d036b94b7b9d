// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang, Resolution} from "contracts/interfaces/IBoomerang.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract ResolutionTest is RegistryTest {
    // ------------------------------------------------------------------ lapsed

    function test_unsealed_from_the_freeze_on_and_the_bond_returns() public {
        Commitment memory c = publish(alice);
        vm.warp(c.freeze - 1);
        expectTooEarly(c, c.freeze);
        resolve(c, "");

        vm.warp(c.freeze);
        vm.expectEmit(address(registry));
        emit IBoomerang.Resolved(c.id, Phase.Unsealed);
        resolve(c, "");
        assertEq(storedPhase(c), Phase.Unsealed);
        assertEq(alice.balance, BOND);
    }

    function test_unrevealed_after_the_window_and_the_bond_burns() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.warp(c.freeze + REVEAL_WINDOW);
        expectTooEarly(c, c.freeze + REVEAL_WINDOW + 1);
        resolve(c, "");

        vm.warp(c.freeze + REVEAL_WINDOW + 1);
        vm.expectEmit(address(registry));
        emit IBoomerang.Resolved(c.id, Phase.Unrevealed);
        resolve(c, "");
        assertEq(storedPhase(c), Phase.Unrevealed);
        assertEq(alice.balance, 0);
        assertEq(address(registry).balance, BOND);
    }

    function test_what_is_unpublished_or_final_is_refused() public {
        Commitment memory nobody = plan(alice, stakeOf(BOND, 0, 0, 0), "not yet");
        expectUnknown(nobody);
        resolve(nobody, "");

        Commitment memory c = publish(alice);
        revoke(c);
        expectWrongPhase(c, Phase.Revoked);
        resolve(c, "");
    }

    // ------------------------------------------------------------------ pending

    function test_a_pending_one_is_kept_once_its_condition_holds() public {
        (Commitment memory x, Commitment memory y) = pending(KEEP);
        open(y, KEEP);
        vm.expectEmit(address(registry));
        emit IBoomerang.Resolved(x.id, Phase.Kept);
        resolve(x, like(y));
        assertEq(storedPhase(x), Phase.Kept);
        assertEq(bytes32(registry.record(x.id).seal()), bytes32(0));
        // Paid when it was opened, not again.
        assertEq(alice.balance, BOND);
    }

    function test_a_pending_one_is_reverted_once_its_condition_fails() public {
        (Commitment memory x, Commitment memory y) = pending(REVERT);
        open(y, REVERT);
        resolve(x, like(y));
        assertEq(storedPhase(x), Phase.RevertedByDecision);
    }

    function test_it_is_resolved_by_what_time_made_of_its_condition() public {
        (Commitment memory x, Commitment memory y) = pending(KEEP);
        vm.warp(y.freeze + REVEAL_WINDOW);
        expectPending(x, y);
        resolve(x, like(y));
        skip(1);
        resolve(x, like(y));
        assertEq(storedPhase(x), Phase.RevertedByDecision);
        assertEq(storedPhase(y), Phase.Sealed);
    }

    function test_it_waits_for_the_first_that_is_not_final() public {
        Commitment memory y = publish(bob);
        Commitment memory z = publish(carol);
        later();
        Commitment memory x = publish(alice);
        bytes memory decision = both(like(y), like(z));
        skip(SEAL_DELAY);
        seal(y, KEEP);
        seal(z, KEEP);
        seal(x, decision);
        vm.warp(x.freeze);
        open(x, decision);
        expectPending(x, y);
        resolve(x, decision);
        open(y, KEEP);
        expectPending(x, z);
        resolve(x, decision);
        open(z, KEEP);
        resolve(x, decision);
        assertEq(storedPhase(x), Phase.Kept);
    }

    function test_only_with_the_bytes_that_were_opened() public {
        (Commitment memory x, Commitment memory y) = pending(KEEP);
        open(y, KEEP);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongDecision.selector, x.id));
        resolve(x, KEEP);
    }

    // ------------------------------------------------------------------ lists

    function test_a_list_is_settled_in_its_order() public {
        (Commitment memory x, Commitment memory y) = pending(KEEP);
        vm.warp(y.freeze + REVEAL_WINDOW + 1);
        Resolution[] memory list = new Resolution[](2);
        list[0] = Resolution(y.key, "");
        list[1] = Resolution(x.key, like(y));
        registry.resolve(list);
        assertEq(storedPhase(y), Phase.Unrevealed);
        assertEq(storedPhase(x), Phase.RevertedByDecision);
    }

    function test_all_or_nothing() public {
        Commitment memory a = publish(alice);
        skip(1);
        Commitment memory b = publish(bob);
        vm.warp(a.freeze);
        Resolution[] memory list = new Resolution[](2);
        list[0] = Resolution(a.key, "");
        list[1] = Resolution(b.key, "");
        expectTooEarly(b, b.freeze);
        registry.resolve(list);
        assertEq(storedPhase(a), Phase.Tentative);
        assertEq(alice.balance, 0);

        skip(1);
        registry.resolve(list);
        assertEq(storedPhase(a), Phase.Unsealed);
        assertEq(storedPhase(b), Phase.Unsealed);
        assertEq(alice.balance, BOND);
        assertEq(bob.balance, BOND);
    }

    /// @dev x, opened with "what y does" while y, sealed with this decision, is not open; both may be opened.
    function pending(bytes memory decision) private returns (Commitment memory x, Commitment memory y) {
        y = publish(bob);
        later();
        x = publish(alice);
        skip(SEAL_DELAY);
        seal(y, decision);
        seal(x, like(y));
        vm.warp(x.freeze);
        open(x, like(y));
        assertEq(storedPhase(x), Phase.Pending);
    }

    function expectPending(Commitment memory x, Commitment memory y) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_DependencyPending.selector, x.id, y.id));
    }
}
