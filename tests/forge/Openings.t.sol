// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang, Key} from "contracts/interfaces/IBoomerang.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract OpeningsTest is RegistryTest {
    Key[] private _none;

    // ------------------------------------------------------------------ when, and by whom

    function test_keep_is_kept_and_the_bond_returns() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.warp(c.freeze);
        vm.expectEmit(address(registry));
        emit IBoomerang.OpenedKeep(c.id);
        open(c, KEEP);
        assertEq(storedPhase(c), Phase.Kept);
        assertEq(bytes32(registry.record(c.id).seal()), bytes32(0));
        assertEq(alice.balance, BOND);
        (bool isFinal, bool isKept) = registry.kept(c.id);
        assertTrue(isFinal && isKept);
    }

    function test_revert_is_reverted_and_the_bond_returns() public {
        Commitment memory c = publishSealed(alice, REVERT);
        vm.warp(c.freeze);
        vm.expectEmit(address(registry));
        emit IBoomerang.Opened(c.id, Phase.RevertedByDecision, REVERT);
        open(c, REVERT);
        assertEq(storedPhase(c), Phase.RevertedByDecision);
        assertEq(alice.balance, BOND);
    }

    function test_from_the_freeze_to_the_last_second_of_the_window() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.warp(c.freeze - 1);
        expectTooEarly(c, c.freeze);
        open(c, KEEP);

        vm.warp(c.freeze + REVEAL_WINDOW + 1);
        expectTooLate(c, c.freeze + REVEAL_WINDOW + 1);
        open(c, KEEP);

        vm.warp(c.freeze + REVEAL_WINDOW);
        open(c, KEEP);
        assertEq(phaseOf(c), Phase.Kept);
    }

    function test_only_with_decision_and_salt() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.warp(c.freeze);
        bytes memory wrong = abi.encodeWithSelector(IBoomerang.Boomerang_WrongOpening.selector, c.id);
        vm.expectRevert(wrong);
        open(c, REVERT);
        vm.expectRevert(wrong);
        registry.openFor(c.key, KEEP, "pepper", _none);
    }

    function test_once() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.warp(c.freeze);
        open(c, KEEP);
        expectWrongPhase(c, Phase.Kept);
        open(c, KEEP);
        expectWrongPhase(c, Phase.Kept);
        openFor(c, KEEP, _none);
    }

    function test_open_is_for_the_committer() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.warp(c.freeze);
        c.key.committer = bob;
        c.id = idOf(c.key);
        expectNotCommitter(c);
        open(c, KEEP);
        expectUnknown(c);
        openFor(c, KEEP, _none);
    }

    function test_anyone_opens_and_the_committer_is_paid() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.warp(c.freeze);
        vm.prank(bob, bob);
        openFor(c, KEEP, _none);
        assertEq(phaseOf(c), Phase.Kept);
        assertEq(alice.balance, BOND);
        assertEq(bob.balance, 0);
    }

    function test_another_chain_id_later_changes_nothing() public {
        Commitment memory c = publish(alice);
        skip(SEAL_DELAY);
        bytes23 sealed_ = sealOf(c, KEEP, SALT);
        vm.chainId(block.chainid + 1);
        assertEq(registry.commitmentId(c.key), c.id);
        own(c);
        registry.seal(c.key.stake, c.key.contentHash, sealed_);
        vm.warp(c.freeze);
        open(c, KEEP);
        assertEq(phaseOf(c), Phase.Kept);
    }

    // ------------------------------------------------------------------ conditions

    function test_a_condition_on_what_is_kept_or_reverted_is_settled_at_once() public {
        Commitment memory kept = publish(alice);
        Commitment memory reverted = publish(alice);
        later();
        Commitment memory a = publish(bob);
        Commitment memory b = publish(bob);
        skip(SEAL_DELAY);
        seal(kept, KEEP);
        seal(reverted, REVERT);
        seal(a, both(like(kept), KEEP));
        seal(b, both(like(kept), like(reverted)));
        vm.warp(a.freeze);
        open(kept, KEEP);
        open(reverted, REVERT);
        open(a, both(like(kept), KEEP));
        assertEq(storedPhase(a), Phase.Kept);
        open(b, both(like(kept), like(reverted)));
        assertEq(storedPhase(b), Phase.RevertedByDecision);
    }

    function test_an_atom_that_has_lapsed_counts_as_reverted() public {
        Commitment memory silent = publish(alice);
        later();
        Commitment memory c = publish(bob);
        skip(SEAL_DELAY);
        bytes memory decision = abi.encodePacked(like(silent), hex"02");
        seal(c, decision);
        vm.warp(c.freeze);
        open(c, decision);
        assertEq(storedPhase(c), Phase.Kept);
        assertEq(storedPhase(silent), Phase.Tentative);
    }

    function test_it_waits_for_what_is_not_final_and_keeps_the_decisions_hash() public {
        Commitment memory y = publish(alice);
        later();
        Commitment memory x = publish(bob);
        skip(SEAL_DELAY);
        seal(y, KEEP);
        seal(x, like(y));
        vm.warp(x.freeze);
        vm.expectEmit(address(registry));
        emit IBoomerang.Opened(x.id, Phase.Pending, like(y));
        open(x, like(y));
        assertEq(storedPhase(x), Phase.Pending);
        assertEq(bytes32(registry.record(x.id).seal()), bytes32(bytes23(keccak256(like(y)))));
        assertEq(registry.record(x.id).freezeTime(), x.freeze);
        assertEq(bob.balance, BOND);
    }

    // ------------------------------------------------------------------ invalid decisions

    function test_a_malformed_decision_is_invalid() public {
        expectInvalid(publish(alice), "");
        expectInvalid(publish(alice), hex"07");
    }

    function test_an_atom_must_be_published() public {
        expectInvalid(publish(alice), like(plan(bob, stakeOf(BOND, 0, 0, 0), "not yet")));
    }

    function test_nothing_conditions_on_itself() public {
        Commitment memory c = publish(alice);
        expectInvalid(c, like(c));
    }

    function test_nothing_looks_forward_without_an_offer() public {
        Commitment memory x = publish(alice);
        later();
        expectInvalid(x, like(publish(bob)));
    }

    function test_an_offer_allows_to_look_forward() public {
        Commitment memory x = publish(alice);
        later();
        Commitment memory y = publish(bob);
        offer(y, x);
        skip(SEAL_DELAY);
        seal(x, like(y));
        seal(y, KEEP);
        vm.warp(y.freeze);
        open(y, KEEP);
        open(x, like(y));
        assertEq(storedPhase(x), Phase.Kept);
    }

    // ------------------------------------------------------------------ covers

    function test_with_a_cover_each_atoms_key_is_shown_in_order() public {
        (Commitment memory x, Commitment memory y, Commitment memory z) = covered(3, 3, 3);
        bytes memory decision = both(like(y), like(z));
        Key[] memory keys = new Key[](2);
        (keys[0], keys[1]) = (z.key, y.key);
        expectKeyMissing(y);
        openFor(x, decision, keys);
        (keys[0], keys[1]) = (y.key, y.key);
        expectKeyMissing(z);
        openFor(x, decision, keys);
        expectKeyMissing(y);
        open(x, decision);

        Key[] memory first = new Key[](1);
        first[0] = y.key;
        expectKeyMissing(z);
        openFor(x, decision, first);

        (keys[0], keys[1]) = (y.key, z.key);
        openFor(x, decision, keys);
        assertEq(storedPhase(x), Phase.RevertedByDecision);
    }

    function test_an_atom_with_a_lower_cover_is_invalid_and_later_keys_do_not_matter() public {
        (Commitment memory x, Commitment memory y, Commitment memory z) = covered(3, 2, 3);
        Key[] memory keys = new Key[](1);
        keys[0] = y.key;
        openFor(x, both(like(y), like(z)), keys);
        assertEq(storedPhase(x), Phase.InvalidDecision);
        assertEq(alice.balance, BOND);
    }

    function test_keep_needs_no_keys_whatever_the_cover() public {
        Commitment memory c = publish(alice, BOND, BOND);
        skip(SEAL_DELAY);
        seal(c, KEEP);
        vm.warp(c.freeze);
        open(c, KEEP);
        assertEq(storedPhase(c), Phase.Kept);
    }

    /// @dev x after y and z, with these covers, sealed with "y and z"; its freeze is now. Nobody sealed y and z.
    function covered(
        uint256 ofX,
        uint256 ofY,
        uint256 ofZ
    ) private returns (Commitment memory x, Commitment memory y, Commitment memory z) {
        y = publish(bob, BOND, ofY);
        z = publish(carol, BOND, ofZ);
        later();
        x = publish(alice, BOND, ofX);
        skip(SEAL_DELAY);
        seal(x, both(like(y), like(z)));
        vm.warp(x.freeze);
    }

    function expectKeyMissing(Commitment memory atom) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_KeyMissing.selector, atom.id));
    }

    function expectInvalid(Commitment memory c, bytes memory decision) private {
        uint256 before = alice.balance;
        skip(SEAL_DELAY);
        seal(c, decision);
        vm.warp(c.freeze);
        vm.expectEmit(address(registry));
        emit IBoomerang.Opened(c.id, Phase.InvalidDecision, decision);
        open(c, decision);
        assertEq(storedPhase(c), Phase.InvalidDecision);
        assertEq(alice.balance, before + BOND);
    }
}
