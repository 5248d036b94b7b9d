// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ISettlement} from "contracts/interfaces/ISettlement.sol";
import {Settlement} from "contracts/intents/Settlement.sol";
import {SmartWallet} from "contracts/mocks/SmartWallet.sol";
import {OddWallet} from "contracts/mocks/intents/OddWallet.sol";
import {Draft, IntentsEncoder, Program} from "./IntentsEncoder.sol";
import {IntentsTest} from "./IntentsTest.sol";

/// @notice Whose intent it is: keys, wallets, approvals, callers; the domain.
contract IntentsSignaturesTest is IntentsTest {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @dev Of this maker, with Bob on the other side.
    function of_(address maker) private returns (Draft memory d) {
        d = batchOf(buys(sells(maker, gold, 100), silver, 100), buys(sells(bob, silver, 100), gold, 100));
        swap(d, 0, 100, 1, 100);
    }

    // ------------------------------------------------------------------ keys

    function test_TheHashIsTheStandards() public {
        Program memory p = buys(sells(alice, gold, 100), silver, 100);
        assertEq(settlement.hash(pack(p)), hashOf(p));
        assertEq(
            settlement.DOMAIN_SEPARATOR(), IntentsEncoder.separator(block.chainid, address(settlement)), "separator"
        );
    }

    function test_SomeoneElsesKey() public {
        Draft memory d = of_(alice);
        d.orders[0].key = keyOf(bob);
        refused(d, wrongSignature(0, alice));
        d = of_(alice);
        d.orders[1].key = keyOf(alice);
        refused(d, wrongSignature(1, bob));
    }

    function test_EveryFieldIsSigned() public {
        for (uint256 i; i < 8; ++i) {
            Draft memory d = of_(alice);
            Program memory p = d.orders[0];
            signed(p, sign(p, keyOf(alice)));
            if (i == 0) p.amount -= 1;
            if (i == 1) p.whole = true;
            if (i == 2) p.nonce += 1;
            if (i == 3) p.deadline += 1;
            if (i == 4) p.branches[0].least -= 1;
            if (i == 5) p.branches[0].buy = address(copper);
            if (i == 6) p.sell = address(copper);
            if (i == 7) p = buys(p, silver, 1);
            refused(d, wrongSignature(0, alice));
        }
        Draft memory carols = of_(alice);
        signed(carols.orders[0], sign(carols.orders[0], keyOf(alice)));
        carols.orders[0].maker = carol;
        refused(carols, wrongSignature(0, carol));
    }

    function test_TheMirroredSignature() public {
        Draft memory d = of_(alice);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(alice), hashOf(d.orders[0]));
        bytes memory mirror = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        signed(d.orders[0], mirror);
        refused(d, wrongSignature(0, alice));
    }

    function test_OddLengthsAndNumbers() public {
        Draft memory d = of_(alice);
        bytes memory good = sign(d.orders[0], keyOf(alice));
        signed(d.orders[0], abi.encodePacked(good, uint8(0)));
        refused(d, wrongSignature(0, alice));
        bytes memory shorter = new bytes(64);
        for (uint256 i; i < 64; ++i) {
            shorter[i] = good[i];
        }
        signed(d.orders[0], shorter);
        refused(d, wrongSignature(0, alice));
        signed(d.orders[0], abi.encodePacked(shorter, uint8(29)));
        refused(d, wrongSignature(0, alice));
        signed(d.orders[0], new bytes(65));
        refused(d, wrongSignature(0, alice));
        signed(d.orders[0], good);
        settle(d);
    }

    function test_NobodySignsForNobody() public {
        // What recovers nobody recovers neither the zero address nor the last one.
        Draft memory d = of_(address(0));
        signed(d.orders[0], new bytes(65));
        refused(d, wrongSignature(0, address(0)));
        d = of_(address(type(uint160).max));
        signed(d.orders[0], new bytes(65));
        refused(d, wrongSignature(0, address(type(uint160).max)));
    }

    // ------------------------------------------------------------------ code

    function test_AKeyCountsThoughTheAccountHasCode() public {
        OddWallet code = new OddWallet();
        code.become(OddWallet.Manner.Refuses);
        // As EIP-7702 writes it.
        vm.etch(alice, abi.encodePacked(hex"ef0100", address(code)));
        assertGt(alice.code.length, 0);
        settle(of_(alice));
        assertMoved(alice, silver, 100);
    }

    function test_CodeIsAskedWhereTheKeyIsNotItsOwn() public {
        SmartWallet code = new SmartWallet(carol);
        vm.etch(alice, address(code).code);
        vm.store(alice, 0, bytes32(uint256(uint160(carol))));
        Draft memory d = of_(alice);
        d.orders[0].key = keyOf(carol);
        settle(d);
        assertMoved(alice, silver, 100);
    }

    function wallet() private returns (OddWallet odd) {
        odd = new OddWallet();
        endow(address(odd), gold);
    }

    function test_WalletAccepts() public {
        SmartWallet smart = new SmartWallet(carol);
        endow(address(smart), gold);
        Draft memory d = of_(address(smart));
        d.orders[0].key = keyOf(carol);
        settle(d);
        assertEq(silver.balanceOf(address(smart)), 100);
        // But not another's key.
        d = of_(address(smart));
        d.orders[0].key = keyOf(dave);
        refused(d, wrongSignature(0, address(smart)));
    }

    function test_WalletsAskedWithAnyBytes() public {
        OddWallet odd = wallet();
        Draft memory d = of_(address(odd));
        signed(d.orders[0], "yes");
        vm.expectCall(address(odd), abi.encodeCall(SmartWallet.isValidSignature, (hashOf(d.orders[0]), "yes")));
        settle(d);
        assertEq(silver.balanceOf(address(odd)), 100);
    }

    function test_WalletThatReturnsMuch() public {
        OddWallet odd = wallet();
        odd.become(OddWallet.Manner.ReturnsMuch);
        Draft memory d = of_(address(odd));
        signed(d.orders[0], "yes");
        settle(d);
    }

    function test_WalletsThatDoNotAccept() public {
        OddWallet odd = wallet();
        OddWallet.Manner[5] memory manners = [
            OddWallet.Manner.Refuses,
            OddWallet.Manner.Reverts,
            OddWallet.Manner.ReturnsLittle,
            OddWallet.Manner.ReturnsMore,
            OddWallet.Manner.ReturnsNothing
        ];
        for (uint256 i; i < manners.length; ++i) {
            odd.become(manners[i]);
            Draft memory d = of_(address(odd));
            signed(d.orders[0], "yes");
            refused(d, wrongSignature(0, address(odd)));
        }
    }

    function test_WalletThatBurnsGasHasItsShareOnly() public {
        OddWallet odd = wallet();
        odd.become(OddWallet.Manner.Burns);
        Draft memory d = of_(address(odd));
        signed(d.orders[0], "yes");
        bytes memory batch = pack(d);
        vm.prank(solver);
        uint256 before = gasleft();
        (bool ok, bytes memory answer) = address(settlement).call(abi.encodeCall(ISettlement.settle, (batch)));
        uint256 used = before - gasleft();
        assertFalse(ok);
        assertEq(answer, wrongSignature(0, address(odd)));
        assertLt(used, 150_000 + 100_000);
        assertGt(used, 150_000);
    }

    function test_NoBytesAskNoWallet() public {
        OddWallet odd = wallet();
        refused(of_(address(odd)), wrongSignature(0, address(odd)));
    }

    // ------------------------------------------------------------------ approvals, callers

    function test_ApprovedWithoutASignature() public {
        Draft memory d = of_(alice);
        signed(d.orders[0], "");
        bytes32 hash = hashOf(d.orders[0]);
        refused(d, wrongSignature(0, alice));
        vm.expectEmit(address(settlement));
        emit ISettlement.Approved(alice, hash, true);
        vm.prank(alice);
        settlement.approve(hash, true);
        assertTrue(settlement.approvals(alice, hash));
        assertFalse(settlement.approvals(bob, hash));
        settle(d);
        assertMoved(alice, silver, 100);
    }

    function test_ApprovalTakenBack() public {
        Draft memory d = of_(alice);
        signed(d.orders[0], "");
        bytes32 hash = hashOf(d.orders[0]);
        vm.startPrank(alice);
        settlement.approve(hash, true);
        vm.expectEmit(address(settlement));
        emit ISettlement.Approved(alice, hash, false);
        settlement.approve(hash, false);
        vm.stopPrank();
        refused(d, wrongSignature(0, alice));
    }

    function test_AnothersApprovalIsNone() public {
        Draft memory d = of_(alice);
        signed(d.orders[0], "");
        bytes32 hash = hashOf(d.orders[0]);
        vm.prank(bob);
        settlement.approve(hash, true);
        refused(d, wrongSignature(0, alice));
    }

    function test_AnApprovalDoesNotMendABadSignature() public {
        Draft memory d = of_(alice);
        signed(d.orders[0], new bytes(65));
        bytes32 hash = hashOf(d.orders[0]);
        vm.prank(alice);
        settlement.approve(hash, true);
        refused(d, wrongSignature(0, alice));
    }

    function test_TheCallerNeedsNoSignature() public {
        Draft memory d = of_(alice);
        signed(d.orders[0], "");
        bytes memory batch = pack(d);
        vm.prank(alice);
        settlement.settle(batch);
        assertMoved(alice, silver, 100);
    }

    function test_TheCallersBadSignatureIsStillBad() public {
        Draft memory d = of_(alice);
        signed(d.orders[0], new bytes(65));
        bytes memory batch = pack(d);
        expect(wrongSignature(0, alice));
        vm.prank(alice);
        settlement.settle(batch);
    }

    // ------------------------------------------------------------------ the domain

    function test_AnotherChain() public {
        Draft memory d = of_(alice);
        bytes memory old = pack(d);
        bytes32 before = settlement.DOMAIN_SEPARATOR();
        vm.chainId(1);
        expect(wrongSignature(0, alice));
        settle(old);
        assertNotEq(settlement.DOMAIN_SEPARATOR(), before);
        assertEq(settlement.DOMAIN_SEPARATOR(), IntentsEncoder.separator(1, address(settlement)));
        settle(d);
        assertMoved(alice, silver, 100);
    }

    function test_AnotherSettlement() public {
        Draft memory d = of_(alice);
        bytes memory batch = pack(d);
        Settlement other = new Settlement(address(registry), address(factory), pairCodeHash);
        assertNotEq(other.DOMAIN_SEPARATOR(), settlement.DOMAIN_SEPARATOR());
        expect(wrongSignature(0, alice));
        other.settle(batch);
    }

    // ------------------------------------------------------------------ what it is made of

    function test_Parameters() public {
        assertEq(settlement.registry(), address(registry));
        assertEq(settlement.factory(), address(factory));
        assertEq(settlement.pairCodeHash(), pairCodeHash);
        assertEq(book.settlement(), address(settlement));
        expect(badParameter("registry"));
        new Settlement(alice, address(factory), pairCodeHash);
        expect(badParameter("factory"));
        new Settlement(address(registry), alice, pairCodeHash);
        expect(badParameter("pairCodeHash"));
        new Settlement(address(registry), address(factory), 0);
    }

    function badParameter(string memory name) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_BadParameter.selector, name);
    }
}
