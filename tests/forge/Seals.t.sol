// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {AttackReceiver} from "contracts/mocks/AttackReceiver.sol";
import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record, newRecord} from "contracts/types/Record.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract SealsTest is RegistryTest {
    // ------------------------------------------------------------------ seal

    function test_a_seal_is_recorded_and_logged() public {
        Commitment memory c = publish(alice);
        skip(SEAL_DELAY);
        bytes23 sealed_ = sealOf(c, KEEP, SALT);
        Record expected = newRecord(c.freeze, START_BLOCK).entering(Phase.Sealed, sealed_);
        vm.expectEmit(address(registry));
        emit IBoomerang.Sealed(c.id, expected);
        seal(c, KEEP);

        assertEq(registry.record(c.id), expected);
        assertEq(bytes32(registry.record(c.id).seal()), bytes32(sealed_));
        assertEq(phaseOf(c), Phase.Sealed);
    }

    function test_from_the_seal_delay_on() public {
        Commitment memory c = publish(alice);
        vm.warp(START + SEAL_DELAY - 1);
        expectTooEarly(c, START + SEAL_DELAY);
        seal(c, KEEP);

        vm.warp(START + SEAL_DELAY);
        seal(c, KEEP);
        assertEq(phaseOf(c), Phase.Sealed);
    }

    function test_until_the_freeze() public {
        Commitment memory c = publish(alice);
        Commitment memory late = publish(alice);
        vm.warp(c.freeze - 1);
        seal(c, KEEP);
        assertEq(phaseOf(c), Phase.Sealed);

        vm.warp(c.freeze);
        expectTooLate(late, late.freeze);
        seal(late, KEEP);
    }

    function test_once() public {
        Commitment memory c = publishSealed(alice, KEEP);
        expectWrongPhase(c, Phase.Sealed);
        seal(c, REVERT);
    }

    function test_ones_own_only() public {
        Commitment memory c = publish(alice);
        skip(SEAL_DELAY);
        c.key.committer = bob;
        c.id = idOf(c.key);
        expectNotCommitter(c);
        seal(c, KEEP);
    }

    function test_a_contract_does_not_seal() public {
        Commitment memory c = publish(alice);
        skip(SEAL_DELAY);
        vm.prank(alice, bob);
        expectNotPlainKey(alice);
        registry.seal(c.key.stake, c.key.contentHash, "");

        // Delegated code (EIP-7702), with a transaction of its own.
        vm.etch(alice, abi.encodePacked(hex"ef0100", address(registry)));
        expectNotPlainKey(alice);
        seal(c, KEEP);

        own(c);
        expectNotPlainKey(alice);
        registry.sealWithData(c.key.stake, c.key.contentHash, "", "");
    }

    // ------------------------------------------------------------------ seal with data

    function test_data_goes_into_the_log() public {
        Commitment memory c = publish(alice);
        skip(SEAL_DELAY);
        vm.expectEmit(address(registry));
        emit IBoomerang.Sealed(c.id, newRecord(c.freeze, START_BLOCK).entering(Phase.Sealed, "seal"));
        vm.expectEmit(address(registry));
        emit IBoomerang.SealData(c.id, "opens itself");
        own(c);
        registry.sealWithData(c.key.stake, c.key.contentHash, "seal", "opens itself");
        assertEq(phaseOf(c), Phase.Sealed);
    }

    // ------------------------------------------------------------------ revoke

    function test_a_revoked_commitment_is_final_and_its_bond_returns() public {
        Commitment memory c = publish(alice);
        vm.expectEmit(address(registry));
        emit IBoomerang.Revoked(c.id);
        revoke(c);
        assertEq(storedPhase(c), Phase.Revoked);
        assertEq(alice.balance, BOND);

        (bool isFinal, bool isKept) = registry.kept(c.id);
        assertTrue(isFinal);
        assertFalse(isKept);
    }

    function test_revoke_until_the_freeze() public {
        Commitment memory c = publish(alice);
        Commitment memory late = publish(alice);
        vm.warp(c.freeze - 1);
        revoke(c);
        assertEq(phaseOf(c), Phase.Revoked);
        vm.warp(late.freeze);
        expectTooLate(late, late.freeze);
        revoke(late);
    }

    function test_what_is_sealed_is_not_revoked() public {
        Commitment memory c = publishSealed(alice, KEEP);
        expectWrongPhase(c, Phase.Sealed);
        revoke(c);
        vm.warp(c.freeze);
        expectWrongPhase(c, Phase.Revealing);
        revoke(c);
    }

    function test_a_stranger_or_a_contract_does_not_revoke() public {
        Commitment memory c = publish(alice);
        vm.prank(alice, bob);
        expectNotPlainKey(alice);
        registry.revoke(c.key.stake, c.key.contentHash);

        c.key.committer = bob;
        c.id = idOf(c.key);
        expectNotCommitter(c);
        revoke(c);
    }

    function test_a_contract_publishes_but_cannot_act_through_its_code() public {
        AttackReceiver wallet = new AttackReceiver();
        Commitment memory c = publish(address(wallet));
        skip(SEAL_DELAY);
        expectNotPlainKey(address(wallet));
        wallet.act(
            address(registry), abi.encodeCall(IBoomerang.seal, (c.key.stake, c.key.contentHash, bytes23("seal")))
        );
        assertEq(phaseOf(c), Phase.Tentative);
    }
}
