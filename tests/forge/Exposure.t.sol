// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract ExposureTest is RegistryTest {
    function test_an_exposed_commitment_is_reverted_and_half_its_bond_burns() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.expectEmit(address(registry));
        emit IBoomerang.Exposed(c.id, bob, BOND / 2, KEEP);
        expose(c, KEEP, SALT);

        assertEq(storedPhase(c), Phase.Exposed);
        assertEq(bytes32(registry.record(c.id).seal()), bytes32(0));
        assertEq(bob.balance, BOND / 2);
        assertEq(address(registry).balance, BOND - BOND / 2);
        assertEq(alice.balance, 0);
        (bool isFinal, bool isKept) = registry.kept(c.id);
        assertTrue(isFinal);
        assertFalse(isKept);
    }

    function test_the_share_is_rounded_down() public {
        Commitment memory c = publish(alice, 3, 0);
        skip(SEAL_DELAY);
        seal(c, KEEP);
        expose(c, KEEP, SALT);
        assertEq(bob.balance, 1);
    }

    function test_without_a_bond_there_is_nothing_to_gain() public {
        Commitment memory c = publish(alice, 0, 0);
        skip(SEAL_DELAY);
        seal(c, KEEP);
        expose(c, KEEP, SALT);
        assertEq(phaseOf(c), Phase.Exposed);
        assertEq(bob.balance, 0);
    }

    function test_until_the_freeze() public {
        Commitment memory c = publishSealed(alice, KEEP);
        vm.warp(c.freeze);
        expectTooLate(c, c.freeze);
        expose(c, KEEP, SALT);

        vm.warp(c.freeze - 1);
        expose(c, KEEP, SALT);
        assertEq(phaseOf(c), Phase.Exposed);
    }

    function test_only_with_decision_and_salt() public {
        Commitment memory c = publishSealed(alice, KEEP);
        expectWrongOpening(c);
        expose(c, REVERT, SALT);
        expectWrongOpening(c);
        expose(c, KEEP, "pepper");
    }

    function test_a_seal_copied_to_another_commitment_exposes_nothing() public {
        Commitment memory c = publish(alice);
        Commitment memory copy = publish(bob);
        skip(SEAL_DELAY);
        own(copy);
        registry.seal(copy.key.stake, copy.key.contentHash, sealOf(c, KEEP, SALT));
        expectWrongOpening(copy);
        expose(copy, KEEP, SALT);
    }

    function test_only_what_is_sealed() public {
        Commitment memory c = publish(alice);
        expectWrongPhase(c, Phase.Tentative);
        expose(c, KEEP, SALT);

        c.key.stake = stakeOf(BOND, 0, 0, 999);
        c.id = idOf(c.key);
        expectUnknown(c);
        expose(c, KEEP, SALT);
    }

    function expose(Commitment memory c, bytes memory decision, bytes32 salt) private {
        vm.prank(bob, bob);
        registry.expose(c.key, decision, salt);
    }

    function expectWrongOpening(Commitment memory c) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongOpening.selector, c.id));
    }
}
