// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {AttackWallet} from "contracts/mocks/AttackWallet.sol";
import {SmartWallet} from "contracts/mocks/SmartWallet.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment} from "./RegistryTest.sol";
import {GroupsTest} from "./GroupsTest.sol";

contract GroupsSignaturesTest is GroupsTest {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant JOIN_TYPEHASH = keccak256("JoinRequest(bytes25 id,bytes32 group,uint256 deadline)");
    uint256 private constant FOREVER = type(uint256).max;

    address private _signer;
    uint256 private _key;
    uint256 private _otherKey;

    function setUp() public override {
        super.setUp();
        (_signer, _key) = makeAddrAndKey("signer");
        (, _otherKey) = makeAddrAndKey("somebody else");
    }

    function test_a_signed_join_counts_whoever_sends_it() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(_signer);
        joinFor(c, ids, FOREVER, sign(_key, c, ids, FOREVER));
        assertEq(groups.groupOf(c.id), keccak256(abi.encode(ids)));
        assertTrue(registry.record(c.id).inGroup());
    }

    function test_once() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(_signer);
        bytes memory signature = sign(_key, c, ids, FOREVER);
        joinFor(c, ids, FOREVER, signature);
        expectInGroup(c);
        joinFor(c, ids, FOREVER, signature);
    }

    function test_until_the_deadline() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(_signer);
        uint256 deadline = block.timestamp + 10;
        bytes memory signature = sign(_key, c, ids, deadline);
        vm.warp(deadline + 1);
        expectExpired(deadline);
        joinFor(c, ids, deadline, signature);
        vm.warp(deadline);
        joinFor(c, ids, deadline, signature);
        assertTrue(registry.record(c.id).inGroup());
    }

    function test_another_signed() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(_signer);
        bytes memory signature = sign(_otherKey, c, ids, FOREVER);
        expectWrongSigner(_signer, vm.addr(_otherKey));
        joinFor(c, ids, FOREVER, signature);
        expectWrongSigner(_signer, address(0));
        joinFor(c, ids, FOREVER, "garbage");
    }

    function test_something_else_was_signed() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(_signer);
        Commitment memory other = publish(_signer);
        CommitmentId[] memory more = idsOf(list(c, other));
        bytes[3] memory signatures =
            [sign(_key, other, ids, FOREVER), sign(_key, c, more, FOREVER), sign(_key, c, ids, FOREVER - 1)];
        for (uint256 i; i < 3; ++i) {
            (bool refused, bytes4 reason) = attempt(c, ids, FOREVER, signatures[i]);
            assertTrue(refused);
            assertEq(reason, IBoomerang.Boomerang_WrongSigner.selector);
        }
        // Nor was it signed for the registry.
        bytes memory signature = sign(_key, digest(address(registry), c, ids, FOREVER));
        (, bytes4 why) = attempt(c, ids, FOREVER, signature);
        assertEq(why, IBoomerang.Boomerang_WrongSigner.selector);
    }

    function test_nobody_is_nobodys_signer() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(address(0));
        expectWrongSigner(address(0), address(0));
        joinFor(c, ids, FOREVER, "garbage");
    }

    // ------------------------------------------------------------------ accounts with code

    function test_a_smart_account_is_asked() public {
        SmartWallet wallet = new SmartWallet(_signer);
        (Commitment memory c, CommitmentId[] memory ids) = pair(address(wallet));
        bytes memory wrong = sign(_otherKey, c, ids, FOREVER);
        expectWrongSigner(address(wallet), vm.addr(_otherKey));
        joinFor(c, ids, FOREVER, wrong);
        joinFor(c, ids, FOREVER, sign(_key, c, ids, FOREVER));
        assertTrue(registry.record(c.id).inGroup());
    }

    /// @dev EIP-7702: whatever the code says.
    function test_a_key_whose_account_has_code_still_signs() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(_signer);
        vm.etch(_signer, address(new AttackWallet("", true)).code);
        joinFor(c, ids, FOREVER, sign(_key, c, ids, FOREVER));
        assertTrue(registry.record(c.id).inGroup());
    }

    function test_code_that_does_not_know_signatures() public {
        address[4] memory wallets = [
            address(new AttackWallet("", false)),
            address(new AttackWallet(hex"1626ba7e", false)),
            address(new AttackWallet(abi.encode(bytes4(0xffffffff)), false)),
            address(new AttackWallet(abi.encode(bytes4(0x1626ba7e)), true))
        ];
        for (uint256 i; i < 4; ++i) {
            (Commitment memory c, CommitmentId[] memory ids) = pair(wallets[i]);
            expectWrongSigner(wallets[i], address(0));
            joinFor(c, ids, FOREVER, "");
        }
        address good = address(new AttackWallet(abi.encode(bytes4(0x1626ba7e)), false));
        (Commitment memory yes, CommitmentId[] memory all) = pair(good);
        joinFor(yes, all, FOREVER, "");
        assertTrue(registry.record(yes.id).inGroup());
    }

    // ------------------------------------------------------------------ the order of checks

    function test_the_set_then_the_commitment_then_its_phase_then_the_signature() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(_signer);
        Commitment memory no = plan(_signer, stakeOf(BOND, 0, 0, 77), "never published");
        CommitmentId[] memory bad = new CommitmentId[](1);
        expectMalformedGroup();
        joinFor(no, bad, 0, "");
        expectUnknown(no);
        joinFor(no, ids, 0, "");
        Commitment memory other = publish(_signer);
        revoke(other);
        expectNotAMember(other);
        joinFor(other, ids, 0, "");

        joinFor(c, ids, FOREVER, sign(_key, c, ids, FOREVER));
        vm.warp(c.freeze - 1);
        // Not in a group, nor too late, before it is known who says so.
        expectExpired(0);
        joinFor(c, ids, 0, "");
        expectWrongSigner(_signer, address(0));
        joinFor(c, ids, FOREVER, "");
        bytes memory signature = sign(_key, c, ids, FOREVER);
        expectInGroup(c);
        joinFor(c, ids, FOREVER, signature);
        revoke(c);
        expectWrongPhase(c, Phase.Revoked);
        joinFor(c, ids, 0, "");
    }

    function test_a_signature_buys_no_time() public {
        (Commitment memory c, CommitmentId[] memory ids) = pair(_signer);
        bytes memory signature = sign(_key, c, ids, FOREVER);
        vm.warp(c.freeze - OFFER_CUTOFF + 1);
        expectTooLate(c, c.freeze - OFFER_CUTOFF + 1);
        joinFor(c, ids, FOREVER, signature);
    }

    // ------------------------------------------------------------------ in short

    /// @dev A commitment, and the ids of it and another.
    function pair(address who) private returns (Commitment memory c, CommitmentId[] memory ids) {
        c = publish(who);
        later();
        ids = idsOf(list(c, publish(dave)));
    }

    function joinFor(Commitment memory c, CommitmentId[] memory ids, uint256 deadline, bytes memory signature) private {
        groups.joinFor(c.key, ids, deadline, signature);
    }

    function attempt(
        Commitment memory c,
        CommitmentId[] memory ids,
        uint256 deadline,
        bytes memory signature
    ) private returns (bool refused, bytes4 why) {
        try groups.joinFor(c.key, ids, deadline, signature) {}
        catch (bytes memory reason) {
            return (true, bytes4(reason));
        }
    }

    function digest(
        address verifier,
        Commitment memory c,
        CommitmentId[] memory ids,
        uint256 deadline
    ) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Boomerang Groups"), keccak256("1"), block.chainid, verifier)
        );
        bytes32 request = keccak256(abi.encode(JOIN_TYPEHASH, c.id, keccak256(abi.encode(ids)), deadline));
        return keccak256(abi.encodePacked(hex"1901", domain, request));
    }

    function sign(
        uint256 key,
        Commitment memory c,
        CommitmentId[] memory ids,
        uint256 deadline
    ) private view returns (bytes memory) {
        return sign(key, digest(address(groups), c, ids, deadline));
    }

    function sign(uint256 key, bytes32 hash) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hash);
        return abi.encodePacked(r, s, v);
    }

    function expectExpired(uint256 deadline) private {
        vm.expectRevert(
            abi.encodeWithSelector(IBoomerang.Boomerang_SignatureExpired.selector, deadline, block.timestamp)
        );
    }

    function expectWrongSigner(address committer, address recovered) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongSigner.selector, committer, recovered));
    }
}
