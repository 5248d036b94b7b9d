// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {AttackWallet} from "contracts/mocks/AttackWallet.sol";
import {SmartWallet} from "contracts/mocks/SmartWallet.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Stake} from "contracts/types/Stake.sol";
import {DeployPermit2} from "../../node_modules/@uniswap/v4-periphery/lib/permit2/test/utils/DeployPermit2.sol";
import {Clauses} from "./ContentEncoder.sol";
import {Deal, EnforcerTest} from "./EnforcerTest.sol";
import {Commitment} from "./RegistryTest.sol";

interface IPermit2Domain {
    function DOMAIN_SEPARATOR() external view returns (bytes32);
}

/// @notice Publishing, offering and declining by signature, and the permits that fund an escrow. (Seals and revocations:
/// Signatures.t.sol.) Permit2 is Uniswap's own code.
contract RelaysTest is EnforcerTest {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant PUBLISH_TYPEHASH =
        keccak256("PublishRequest(uint256 stake,bytes32 topic,bytes body,uint256 deadline)");
    bytes32 private constant OFFER_TYPEHASH =
        keccak256("OfferRequest(bytes25 id,bytes25 target,bytes25 floor,uint8 depth,uint256 deadline)");
    bytes32 private constant DECLINE_TYPEHASH =
        keccak256("DeclineRequest(bytes25 id,bytes25 offering,uint256 deadline)");
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 private constant TRANSFER_TYPEHASH = keccak256(
        "PermitBatchWitnessTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline,BoomerangCommitment witness)BoomerangCommitment(bytes25 id)TokenPermissions(address token,uint256 amount)"
    );
    bytes32 private constant PERMISSION_TYPEHASH = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 private constant WITNESS_TYPEHASH = keccak256("BoomerangCommitment(bytes25 id)");
    address private constant PERMIT2 = 0x000000000022D473030F116dDEE9F6B43aC78BA3;
    uint256 private constant FOREVER = type(uint256).max;

    address private _signer;
    uint256 private _key;
    uint256 private _otherKey;

    struct SignedPermit {
        uint256 value;
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    function setUp() public override {
        super.setUp();
        (_signer, _key) = makeAddrAndKey("signer");
        (, _otherKey) = makeAddrAndKey("somebody else");
        new DeployPermit2().run();
    }

    // ------------------------------------------------------------------ publishFor

    function test_a_signed_publication_is_the_signers_and_the_senders_to_pay() public {
        Commitment memory c = plan(_signer, stakeOf(BOND, 0, 0, 1), "statement");
        bytes memory signature = sign(_key, publishRequest(c.key.stake, "statement", FOREVER));
        vm.expectEmit(address(registry));
        emit IBoomerang.Published(c.id, _signer, TOPIC, c.key.stake, "statement");
        relay(c, "statement", "", FOREVER, signature, BOND);
        assertEq(phaseOf(c), Phase.Tentative);
        assertEq(bob.balance, 0);
        revoke(c);
        assertEq(_signer.balance, BOND);
    }

    function test_a_publication_is_good_until_its_deadline() public {
        Commitment memory c = plan(_signer, stakeOf(BOND, 0, 0, 1), "statement");
        bytes memory signature = sign(_key, publishRequest(c.key.stake, "statement", START));
        skip(1);
        expectExpired(START);
        relay(c, "statement", "", START, signature, BOND);
        vm.warp(START);
        relay(c, "statement", "", START, signature, BOND);
        assertEq(phaseOf(c), Phase.Tentative);
    }

    function test_a_publication_counts_once() public {
        Commitment memory c = plan(_signer, stakeOf(BOND, 0, 0, 1), "statement");
        bytes memory signature = sign(_key, publishRequest(c.key.stake, "statement", FOREVER));
        relay(c, "statement", "", FOREVER, signature, BOND);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_AlreadyPublished.selector, c.id));
        relay(c, "statement", "", FOREVER, signature, BOND);
    }

    function test_whose_publication_and_which() public {
        Commitment memory c = plan(_signer, stakeOf(BOND, 0, 0, 1), "statement");
        bytes memory signature = sign(_otherKey, publishRequest(c.key.stake, "statement", FOREVER));
        expectWrongSigner(_signer, vm.addr(_otherKey));
        relay(c, "statement", "", FOREVER, signature, BOND);

        signature = sign(_key, publishRequest(c.key.stake, "another", FOREVER));
        expectWrongSigner(_signer, recovered(publishRequest(c.key.stake, "statement", FOREVER), signature));
        relay(c, "statement", "", FOREVER, signature, BOND);

        expectWrongSigner(address(0), address(0));
        Commitment memory nobody = plan(address(0), stakeOf(BOND, 0, 0, 1), "statement");
        relay(nobody, "statement", "", FOREVER, "", BOND);
    }

    function test_a_smart_account_publishes_by_its_code() public {
        address wallet = address(new SmartWallet(_signer));
        Commitment memory c = plan(wallet, stakeOf(BOND, 0, 0, 1), "statement");
        bytes32 request = publishRequest(c.key.stake, "statement", FOREVER);
        bytes memory bad = sign(_otherKey, request);
        expectWrongSigner(wallet, vm.addr(_otherKey));
        relay(c, "statement", "", FOREVER, bad, BOND);
        relay(c, "statement", "", FOREVER, sign(_key, request), BOND);
        assertEq(phaseOf(c), Phase.Tentative);

        skip(SEAL_DELAY);
        bytes32 typehash = keccak256("SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)");
        request = keccak256(abi.encode(typehash, c.id, bytes23("seal"), keccak256(""), FOREVER));
        bytes memory signature = sign(_key, request);
        expectWrongSigner(wallet, _signer);
        registry.sealFor(c.key, "seal", "", FOREVER, signature);
    }

    function test_code_that_does_not_answer_has_not_signed() public {
        address wallet = address(new AttackWallet(hex"1626ba7e", false));
        Commitment memory c = plan(wallet, stakeOf(BOND, 0, 0, 1), "statement");
        expectWrongSigner(wallet, address(0));
        relay(c, "statement", "", FOREVER, "", BOND);
    }

    function test_a_smart_accounts_signature_expires_too() public {
        address wallet = address(new AttackWallet(abi.encode(bytes4(0x1626ba7e)), false));
        Commitment memory c = plan(wallet, stakeOf(BOND, 0, 0, 1), "statement");
        expectExpired(START - 1);
        relay(c, "statement", "", START - 1, "", BOND);
        relay(c, "statement", "", START, "", BOND);
        assertEq(phaseOf(c), Phase.Tentative);
    }

    function test_a_key_signs_for_its_account_whatever_code_that_has() public {
        Commitment memory c = plan(_signer, stakeOf(BOND, 0, 0, 1), "statement");
        vm.etch(_signer, abi.encodePacked(hex"ef0100", address(registry)));
        bytes memory signature = sign(_key, publishRequest(c.key.stake, "statement", FOREVER));
        relay(c, "statement", "", FOREVER, signature, BOND);
        assertEq(phaseOf(c), Phase.Tentative);
    }

    // ------------------------------------------------------------------ offerFor

    function test_a_signed_offer_records_what_was_signed() public {
        (Commitment memory x, Commitment memory y) = two();
        bytes memory signature = sign(_key, offerRequest(y, x.id, x.id, 1, FOREVER));
        vm.expectEmit(address(registry));
        emit IBoomerang.Offered(y.id, x.id, x.id, 1);
        registry.offerFor(y.key, x.id, x.id, 1, FOREVER, signature);
        // Again: it records the same.
        skip(1);
        registry.offerFor(y.key, x.id, x.id, 1, FOREVER, signature);
        (,, uint256 firstMade,) = registry.offerOf(y.id, x.id);
        assertEq(firstMade, block.timestamp - 1);
    }

    function test_an_offer_to_a_target_that_moved() public {
        Commitment memory w = publish(alice);
        later();
        (Commitment memory x, Commitment memory y) = two();
        bytes memory signature = sign(_key, offerRequest(y, x.id, x.id, 1, FOREVER));
        offer(x, w);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_OfferMoved.selector, w.id, 2));
        registry.offerFor(y.key, x.id, x.id, 1, FOREVER, signature);
        registry.offerFor(y.key, x.id, w.id, 2, FOREVER, sign(_key, offerRequest(y, x.id, w.id, 2, FOREVER)));
    }

    function test_an_offer_with_another_floor_or_depth() public {
        (Commitment memory x, Commitment memory y) = two();
        bytes memory signature = sign(_key, offerRequest(y, x.id, y.id, 1, FOREVER));
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_OfferMoved.selector, x.id, 1));
        registry.offerFor(y.key, x.id, y.id, 1, FOREVER, signature);
        signature = sign(_key, offerRequest(y, x.id, x.id, 2, FOREVER));
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_OfferMoved.selector, x.id, 1));
        registry.offerFor(y.key, x.id, x.id, 2, FOREVER, signature);
    }

    function test_offers_are_checked_in_this_order() public {
        (Commitment memory x, Commitment memory y) = two();
        Commitment memory nobody = plan(_signer, stakeOf(BOND, 0, 0, 999), "not yet");
        expectUnknown(nobody);
        registry.offerFor(nobody.key, x.id, x.id, 1, 0, "");
        expectExpired(START);
        registry.offerFor(y.key, x.id, x.id, 1, START, "");
        expectWrongSigner(_signer, address(0));
        registry.offerFor(y.key, x.id, x.id, 1, FOREVER, "");
        bytes memory signature = sign(_key, offerRequest(y, y.id, y.id, 1, FOREVER));
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_SelfOffer.selector, y.id));
        registry.offerFor(y.key, y.id, y.id, 1, FOREVER, signature);
    }

    // ------------------------------------------------------------------ declineFor

    function test_a_signed_decline_of_one_and_of_all() public {
        Commitment memory x = publish(_signer);
        later();
        Commitment memory y = publish(alice);
        offer(y, x);
        bytes memory signature = sign(_key, declineRequest(x, y.id, FOREVER));
        expectTooEarly(x, block.timestamp + DECLINE_DELAY);
        registry.declineFor(x.key, y.id, FOREVER, signature);
        skip(DECLINE_DELAY);
        vm.expectEmit(address(registry));
        emit IBoomerang.Declined(y.id, x.id);
        registry.declineFor(x.key, y.id, FOREVER, signature);
        expectDeclined(y.id, x);
        registry.declineFor(x.key, y.id, FOREVER, signature);

        signature = sign(_key, declineRequest(x, CommitmentId.wrap(0), FOREVER));
        vm.expectEmit(address(registry));
        emit IBoomerang.DeclinedAll(x.id);
        registry.declineFor(x.key, CommitmentId.wrap(0), FOREVER, signature);
        expectDeclined(CommitmentId.wrap(0), x);
        registry.declineFor(x.key, CommitmentId.wrap(0), FOREVER, signature);
    }

    function test_declines_are_checked_in_this_order() public {
        Commitment memory nobody = plan(_signer, stakeOf(BOND, 0, 0, 999), "not yet");
        expectUnknown(nobody);
        registry.declineFor(nobody.key, CommitmentId.wrap(0), 0, "");
        Commitment memory x = publish(_signer);
        expectExpired(START - 1);
        registry.declineFor(x.key, CommitmentId.wrap(0), START - 1, "");
        expectWrongSigner(_signer, address(0));
        registry.declineFor(x.key, CommitmentId.wrap(0), FOREVER, "");
        revoke(x);
        expectWrongPhase(x, Phase.Revoked);
        registry.declineFor(x.key, CommitmentId.wrap(0), 0, "");
    }

    // ------------------------------------------------------------------ deliver

    function test_anyone_has_a_credit_sent_to_its_owner() public {
        Commitment memory c = publish(_signer);
        vm.etch(_signer, hex"fe"); // it refuses ether
        vm.warp(c.freeze);
        resolve(c, "");
        assertEq(registry.owed(_signer), BOND);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_TransferFailed.selector, _signer));
        registry.deliver(payable(_signer));
        vm.etch(_signer, "");
        vm.expectEmit(address(registry));
        emit IBoomerang.Withdrawn(_signer, _signer, BOND);
        vm.prank(bob);
        registry.deliver(payable(_signer));
        assertEq(_signer.balance, BOND);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NothingOwed.selector, _signer));
        registry.deliver(payable(_signer));
    }

    // ------------------------------------------------------------------ fundings

    function test_allowances_fund_a_relayed_escrow() public {
        Deal memory d = deal();
        fund(d);
        relay(d, "");
        assertFunded(d);
    }

    function test_permits_fund_an_escrow() public {
        Deal memory d = deal();
        mint(d);
        SignedPermit[] memory permits = permitsOf(d, 0);
        relay(d, abi.encodePacked(hex"01", abi.encode(permits)));
        assertFunded(d);
    }

    function test_ones_own_publication_may_have_a_funding() public {
        Deal memory d = deal();
        mint(d);
        bytes memory funding = abi.encodePacked(hex"01", abi.encode(permitsOf(d, 0)));
        uint256 value = valueOf(d);
        vm.deal(_signer, value);
        own(d.c);
        registry.publishFunded{value: value}(d.c.key.stake, TOPIC, d.body, funding);
        assertFunded(d);
    }

    function test_a_permit_that_was_used_already_does_no_harm() public {
        Deal memory d = deal();
        mint(d);
        SignedPermit[] memory permits = permitsOf(d, 0);
        SignedPermit memory first = permits[0];
        gold.permit(_signer, address(enforcer), first.value, first.deadline, first.v, first.r, first.s);
        relay(d, abi.encodePacked(hex"01", abi.encode(permits)));
        assertFunded(d);
    }

    function test_a_permit_that_never_was_leaves_no_allowance() public {
        Deal memory d = deal();
        mint(d);
        SignedPermit[] memory permits = permitsOf(d, 1);
        bytes memory reason =
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(enforcer), 0, 7);
        refuse(d, abi.encodePacked(hex"01", abi.encode(permits)), reason);
    }

    function test_malformed_permits() public {
        Deal memory d = deal();
        fund(d);
        bytes memory good = abi.encodePacked(hex"01", abi.encode(permitsOf(d, 0)));
        refuseMalformed(d, abi.encodePacked(good, hex"00"));
        refuseMalformed(d, hex"01");
        refuseMalformed(d, hex"03");
        bytes memory moved = bytes.concat(good);
        moved[0x20] = 0x40; // where the array starts
        refuseMalformed(d, moved);
        bytes memory counted = bytes.concat(good);
        counted[0x40] = 0x01; // how many there are
        refuseMalformed(d, counted);
        relay(d, good);
        assertFunded(d);
    }

    function test_ether_alone_takes_no_permits() public {
        Deal memory d = dealOf(_signer, paying(carol, ETHER, 5));
        refuseMalformed(d, abi.encodePacked(hex"01", abi.encode(new SignedPermit[](0))));
        refuseMalformed(d, transfer(d, 0, new bytes(65)));
        relay(d, "");
        assertEq(held(ETHER), 5);
    }

    // ------------------------------------------------------------------ Permit2

    function test_one_permit2_signature_funds_an_escrow() public {
        Deal memory d = deal();
        mint(d);
        letPermit2();
        relay(d, transfer(d, 0, signTransfer(d, 0, d.c.id)));
        assertFunded(d);
    }

    function test_with_ether_beside_it() public {
        Deal memory d = dealOf(_signer, escrowing(ETHER, 5, address(gold), 7));
        mint(d);
        letPermit2();
        relay(d, transfer(d, 0, signTransfer(d, 0, d.c.id)));
        assertEq(held(ETHER), 5);
        assertEq(held(address(gold)), 7);
    }

    function test_a_permit2_signature_is_for_this_commitment_alone() public {
        Deal memory d = deal();
        mint(d);
        letPermit2();
        bytes memory other = signTransfer(d, 0, CommitmentId.wrap("another"));
        refuse(d, transfer(d, 0, other), abi.encodeWithSignature("InvalidSigner()"));
        refuse(d, transfer(d, 1, signTransfer(d, 0, d.c.id)), abi.encodeWithSignature("InvalidSigner()"));
    }

    function test_a_permit2_nonce_is_good_once() public {
        Deal memory d = deal();
        mint(d);
        letPermit2();
        relay(d, transfer(d, 3, signTransfer(d, 3, d.c.id)));
        Deal memory e = deal();
        mint(e);
        refuse(e, transfer(e, 3, signTransfer(e, 3, e.c.id)), abi.encodeWithSignature("InvalidNonce()"));
    }

    function test_malformed_permit2_transfers() public {
        Deal memory d = deal();
        mint(d);
        letPermit2();
        bytes memory good = transfer(d, 0, signTransfer(d, 0, d.c.id));
        refuseMalformed(d, hex"02");
        refuseMalformed(d, abi.encodePacked(good, hex"00"));
        refuseMalformed(d, abi.encodePacked(good, bytes32(0)));
        bytes memory moved = bytes.concat(good);
        moved[0x60] = 0x80; // where the signature starts
        refuseMalformed(d, moved);
        bytes memory long = bytes.concat(good);
        long[0x7e] = 0x01; // a signature of over 0xffff bytes
        refuseMalformed(d, long);
        bytes memory code = PERMIT2.code;
        vm.etch(PERMIT2, "");
        refuseMalformed(d, good);
        vm.etch(PERMIT2, code);
        relay(d, good);
        assertFunded(d);
    }

    // ------------------------------------------------------------------ in short

    /// @dev By the signer: 7 gold and 7 silver in escrow, which go to Carol.
    function deal() private returns (Deal memory) {
        Clauses memory clauses = escrowing(address(gold), 7, address(silver), 7);
        pay(clauses, carol, address(gold), 7);
        pay(clauses, carol, address(silver), 7);
        return dealOf(_signer, clauses);
    }

    function two() private returns (Commitment memory x, Commitment memory y) {
        x = publish(bob);
        later();
        y = publish(_signer);
    }

    function mint(Deal memory d) private {
        for (uint256 i; i < d.clauses.escrow.length; ++i) {
            if (d.clauses.escrow[i].token == ETHER) continue;
            TestToken(d.clauses.escrow[i].token).mint(_signer, d.clauses.escrow[i].amount);
        }
    }

    function letPermit2() private {
        vm.startPrank(_signer);
        gold.approve(PERMIT2, FOREVER);
        silver.approve(PERMIT2, FOREVER);
        vm.stopPrank();
    }

    function relay(
        Commitment memory c,
        bytes memory body,
        bytes memory funding,
        uint256 deadline,
        bytes memory signature,
        uint256 value
    ) private {
        vm.deal(bob, value);
        vm.prank(bob, bob);
        registry.publishFor{value: value}(c.key.committer, c.key.stake, TOPIC, body, funding, deadline, signature);
        vm.deal(bob, 0);
    }

    function relay(Deal memory d, bytes memory funding) private {
        uint256 value = valueOf(d);
        bytes memory signature = sign(_key, publishRequest(d.c.key.stake, d.body, FOREVER));
        relay(d.c, d.body, funding, FOREVER, signature, value);
    }

    function refuse(Deal memory d, bytes memory funding, bytes memory reason) private {
        uint256 value = valueOf(d);
        bytes memory signature = sign(_key, publishRequest(d.c.key.stake, d.body, FOREVER));
        vm.expectRevert(reason);
        relay(d.c, d.body, funding, FOREVER, signature, value);
        assertEq(phaseOf(d.c), Phase.Unpublished);
    }

    function refuseMalformed(Deal memory d, bytes memory funding) private {
        refuse(d, funding, abi.encodeWithSelector(IEnforcer.Boomerang_MalformedFunding.selector));
    }

    function assertFunded(Deal memory d) private view {
        assertEq(phaseOf(d.c), Phase.Tentative);
        assertEq(held(address(gold)), 7);
        assertEq(held(address(silver)), 7);
        assertEq(gold.balanceOf(_signer), 0);
    }

    // ------------------------------------------------------------------ what is signed

    function publishRequest(Stake stake, bytes memory body, uint256 deadline) private pure returns (bytes32) {
        return keccak256(abi.encode(PUBLISH_TYPEHASH, stake, TOPIC, keccak256(body), deadline));
    }

    function offerRequest(
        Commitment memory y,
        CommitmentId target,
        CommitmentId floor,
        uint8 depth,
        uint256 deadline
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(OFFER_TYPEHASH, y.id, target, floor, depth, deadline));
    }

    function declineRequest(
        Commitment memory x,
        CommitmentId offering,
        uint256 deadline
    ) private pure returns (bytes32) {
        return keccak256(abi.encode(DECLINE_TYPEHASH, x.id, offering, deadline));
    }

    function permitsOf(Deal memory d, uint256 nonce) private view returns (SignedPermit[] memory permits) {
        permits = new SignedPermit[](d.clauses.escrow.length);
        for (uint256 i; i < permits.length; ++i) {
            TestToken token = TestToken(d.clauses.escrow[i].token);
            SignedPermit memory p = permits[i];
            (p.value, p.deadline) = (d.clauses.escrow[i].amount, FOREVER);
            bytes32 permit =
                keccak256(abi.encode(PERMIT_TYPEHASH, _signer, address(enforcer), p.value, nonce, p.deadline));
            (p.v, p.r, p.s) = vm.sign(_key, over(token.DOMAIN_SEPARATOR(), permit));
        }
    }

    function transfer(Deal memory, uint256 nonce, bytes memory signature) private pure returns (bytes memory) {
        return abi.encodePacked(hex"02", abi.encode(nonce, FOREVER, signature));
    }

    function signTransfer(Deal memory d, uint256 nonce, CommitmentId id) private view returns (bytes memory) {
        bytes memory permitted;
        for (uint256 i; i < d.clauses.escrow.length; ++i) {
            address token = d.clauses.escrow[i].token;
            if (token == ETHER) continue;
            permitted =
                bytes.concat(permitted, keccak256(abi.encode(PERMISSION_TYPEHASH, token, d.clauses.escrow[i].amount)));
        }
        bytes32 witness = keccak256(abi.encode(WITNESS_TYPEHASH, id));
        bytes32 request =
            keccak256(abi.encode(TRANSFER_TYPEHASH, keccak256(permitted), address(enforcer), nonce, FOREVER, witness));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_key, over(IPermit2Domain(PERMIT2).DOMAIN_SEPARATOR(), request));
        return abi.encodePacked(r, s, v);
    }

    function sign(uint256 key, bytes32 request) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest(request));
        return abi.encodePacked(r, s, v);
    }

    function recovered(bytes32 request, bytes memory signature) private view returns (address) {
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        return ecrecover(digest(request), uint8(signature[64]), r, s);
    }

    function digest(bytes32 request) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Boomerang"), keccak256("1"), block.chainid, address(registry))
        );
        return over(domain, request);
    }

    function over(bytes32 domain, bytes32 request) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, request));
    }

    function expectExpired(uint256 deadline) private {
        vm.expectRevert(
            abi.encodeWithSelector(IBoomerang.Boomerang_SignatureExpired.selector, deadline, block.timestamp)
        );
    }

    function expectWrongSigner(address committer, address signer) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongSigner.selector, committer, signer));
    }
}
