// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract SignaturesTest is RegistryTest {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant SEAL_TYPEHASH =
        keccak256("SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)");
    bytes32 private constant REVOKE_TYPEHASH = keccak256("RevokeRequest(bytes25 id,uint256 deadline)");
    uint256 private constant FOREVER = type(uint256).max;

    address private _signer;
    uint256 private _key;
    uint256 private _otherKey;

    function setUp() public override {
        super.setUp();
        (_signer, _key) = makeAddrAndKey("signer");
        (, _otherKey) = makeAddrAndKey("somebody else");
    }

    // ------------------------------------------------------------------ sealFor

    function test_a_signed_seal_counts_whoever_sends_it() public {
        Commitment memory c = publish(_signer);
        skip(SEAL_DELAY);
        bytes23 sealed_ = sealOf(c, KEEP, SALT);
        bytes memory signature = sign(_key, sealRequest(c, sealed_, "data", FOREVER));
        vm.expectEmit(address(registry));
        emit IBoomerang.SealData(c.id, "data");
        registry.sealFor(c.key, sealed_, "data", FOREVER, signature);
        assertEq(phaseOf(c), Phase.Sealed);
        assertEq(bytes32(registry.record(c.id).seal()), bytes32(sealed_));
    }

    function test_without_data_none_is_logged() public {
        Commitment memory c = publish(_signer);
        skip(SEAL_DELAY);
        bytes memory signature = sign(_key, sealRequest(c, "seal", "", FOREVER));
        vm.recordLogs();
        registry.sealFor(c.key, "seal", "", FOREVER, signature);
        assertEq(vm.getRecordedLogs().length, 1);
        assertEq(phaseOf(c), Phase.Sealed);
    }

    function test_an_account_with_code_seals_by_its_keys_signature() public {
        Commitment memory c = publish(_signer);
        skip(SEAL_DELAY);
        vm.etch(_signer, abi.encodePacked(hex"ef0100", address(registry)));
        registry.sealFor(c.key, "seal", "", FOREVER, sign(_key, sealRequest(c, "seal", "", FOREVER)));
        assertEq(phaseOf(c), Phase.Sealed);
    }

    function test_the_deadlines_second_is_the_last() public {
        Commitment memory c = publish(_signer);
        skip(SEAL_DELAY);
        uint256 deadline = block.timestamp + 1;
        bytes memory signature = sign(_key, sealRequest(c, "seal", "", deadline));
        skip(2);
        expectExpired(deadline);
        registry.sealFor(c.key, "seal", "", deadline, signature);
        vm.warp(deadline);
        registry.sealFor(c.key, "seal", "", deadline, signature);
        assertEq(phaseOf(c), Phase.Sealed);
    }

    function test_somebody_elses_signature_is_refused() public {
        Commitment memory c = publish(_signer);
        skip(SEAL_DELAY);
        bytes memory signature = sign(_otherKey, sealRequest(c, "seal", "", FOREVER));
        expectWrongSigner(c, vm.addr(_otherKey));
        registry.sealFor(c.key, "seal", "", FOREVER, signature);
    }

    function test_a_broken_signature_has_no_signer() public {
        Commitment memory c = publish(_signer);
        skip(SEAL_DELAY);
        expectWrongSigner(c, address(0));
        registry.sealFor(c.key, "seal", "", FOREVER, "");
    }

    function test_a_broken_signature_does_not_stand_for_the_zero_address() public {
        Commitment memory c = publish(address(0));
        skip(SEAL_DELAY);
        expectWrongSigner(c, address(0));
        registry.sealFor(c.key, "seal", "", FOREVER, "");
    }

    function test_phase_comes_before_signature_and_times_after() public {
        Commitment memory c = publish(_signer);
        expectTooEarly(c, START + SEAL_DELAY);
        registry.sealFor(c.key, "seal", "", FOREVER, sign(_key, sealRequest(c, "seal", "", FOREVER)));

        vm.warp(c.freeze);
        expectTooLate(c, c.freeze);
        registry.sealFor(c.key, "seal", "", FOREVER, sign(_key, sealRequest(c, "seal", "", FOREVER)));

        resolve(c, "");
        expectWrongPhase(c, Phase.Unsealed);
        registry.sealFor(c.key, "seal", "", 0, "");

        Commitment memory nobody = plan(_signer, stakeOf(BOND, 0, 0, 999), "not yet");
        expectUnknown(nobody);
        registry.sealFor(nobody.key, "seal", "", 0, "");
    }

    function test_a_signature_is_good_on_one_chain_only() public {
        Commitment memory c = publish(_signer);
        skip(SEAL_DELAY);
        bytes32 request = sealRequest(c, "seal", "", FOREVER);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key, digest(request));
        vm.chainId(block.chainid + 1);
        expectWrongSigner(c, ecrecover(digest(request), v, r, s));
        registry.sealFor(c.key, "seal", "", FOREVER, abi.encodePacked(r, s, v));

        registry.sealFor(c.key, "seal", "", FOREVER, sign(_key, request));
        assertEq(phaseOf(c), Phase.Sealed);
    }

    // ------------------------------------------------------------------ revokeFor

    function test_a_signed_revocation_pays_the_committer() public {
        Commitment memory c = publish(_signer);
        bytes memory signature = sign(_key, revokeRequest(c, FOREVER));
        vm.expectEmit(address(registry));
        emit IBoomerang.Revoked(c.id);
        vm.prank(bob, bob);
        registry.revokeFor(c.key, FOREVER, signature);
        assertEq(phaseOf(c), Phase.Revoked);
        assertEq(_signer.balance, BOND);
        assertEq(bob.balance, 0);
    }

    function test_revocations_are_checked_as_seals_are() public {
        Commitment memory nobody = plan(_signer, stakeOf(BOND, 0, 0, 999), "not yet");
        expectUnknown(nobody);
        registry.revokeFor(nobody.key, FOREVER, "");

        Commitment memory c = publish(_signer);
        expectExpired(START - 1);
        registry.revokeFor(c.key, START - 1, "");
        bytes memory signature = sign(_otherKey, revokeRequest(c, FOREVER));
        expectWrongSigner(c, vm.addr(_otherKey));
        registry.revokeFor(c.key, FOREVER, signature);

        signature = sign(_key, revokeRequest(c, FOREVER));
        vm.warp(c.freeze);
        expectTooLate(c, c.freeze);
        registry.revokeFor(c.key, FOREVER, signature);
        vm.warp(c.freeze - 1);
        registry.revokeFor(c.key, FOREVER, signature);
        assertEq(phaseOf(c), Phase.Revoked);
        expectWrongPhase(c, Phase.Revoked);
        registry.revokeFor(c.key, FOREVER, signature);
    }

    // ------------------------------------------------------------------ what is signed

    function sealRequest(
        Commitment memory c,
        bytes23 seal_,
        bytes memory extra,
        uint256 deadline
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(SEAL_TYPEHASH, c.id, seal_, keccak256(extra), deadline));
    }

    function revokeRequest(Commitment memory c, uint256 deadline) private pure returns (bytes32) {
        return keccak256(abi.encode(REVOKE_TYPEHASH, c.id, deadline));
    }

    function sign(uint256 key, bytes32 request) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest(request));
        return abi.encodePacked(r, s, v);
    }

    function digest(bytes32 request) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Boomerang"), keccak256("1"), block.chainid, address(registry))
        );
        return keccak256(abi.encodePacked(hex"1901", domain, request));
    }

    function expectExpired(uint256 deadline) private {
        vm.expectRevert(
            abi.encodeWithSelector(IBoomerang.Boomerang_SignatureExpired.selector, deadline, block.timestamp)
        );
    }

    function expectWrongSigner(Commitment memory c, address recovered) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongSigner.selector, c.key.committer, recovered));
    }
}
