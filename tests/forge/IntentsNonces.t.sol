// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ISettlement} from "contracts/interfaces/ISettlement.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {IntentsTest} from "./IntentsTest.sol";

/// @notice Nonces: whole, in parts, open, used up, taken, cancelled; and deadlines.
contract IntentsNoncesTest is IntentsTest {
    uint256 private constant NONCE = 128 * 7 + 127;

    /// @dev Gold for silver, one for one.
    function mine(uint256 amount) private returns (Program memory p) {
        p = buys(sells(alice, gold, amount), silver, amount);
        p.nonce = NONCE;
    }

    function with_(Program memory p, uint256 units) private returns (Draft memory d) {
        d = batchOf(p, buys(sells(bob, silver, units), gold, units));
        swap(d, 0, units, 1, units);
    }

    function partOf(Program memory p, uint256 sold) private view returns (uint256) {
        return ((uint256(hashOf(p)) >> 112) << 112) | sold;
    }

    // ------------------------------------------------------------------ whole

    function test_WholeIsFilledWholeAndOnce() public {
        Program memory p = mine(100);
        p.whole = true;
        settle(with_(p, 100));
        assertEq(settlement.nonces(alice, 7), 1 << 127, "used");
        assertEq(settlement.parts(alice, NONCE), 0);
        refused(with_(p, 100), nonceUsed(p, 0));
    }

    function test_WholeIsNotFilledInPart() public {
        Program memory p = mine(100);
        p.whole = true;
        refused(with_(p, 99), abi.encodeWithSelector(ISettlement.Settlement_NotWhole.selector, 0, 99, 100));
        refused(with_(p, 101), overfilled(0, 101, 100));
    }

    function test_WholeThatIsSkippedStaysFresh() public {
        Program memory p = mine(100);
        p.whole = true;
        Draft memory d = with_(p, 100);
        d.legs[0].extra = SKIPPABLE;
        allow(bob, address(silver), 0);
        settle(d);
        assertEq(settlement.nonces(alice, 7), 0);
    }

    // ------------------------------------------------------------------ in parts

    function test_PartsAreFilledUntilAllIsSold() public {
        Program memory p = mine(100);
        settle(with_(p, 30));
        assertEq(settlement.nonces(alice, 7), 1 << 255, "open");
        assertEq(settlement.parts(alice, NONCE), partOf(p, 30));
        settle(with_(p, 69));
        assertEq(settlement.nonces(alice, 7), 1 << 255, "open still");
        assertEq(settlement.parts(alice, NONCE), partOf(p, 99));
        refused(with_(p, 2), overfilled(0, 2, 1));
        settle(with_(p, 1));
        assertEq(settlement.nonces(alice, 7), (1 << 255) | (1 << 127), "used");
        assertEq(settlement.parts(alice, NONCE), 0, "refunded");
        refused(with_(p, 1), nonceUsed(p, 0));
        assertMoved(alice, gold, -100);
    }

    function test_PartsFilledAtOnce() public {
        Program memory p = mine(100);
        settle(with_(p, 100));
        assertEq(settlement.nonces(alice, 7), 1 << 127);
        assertEq(settlement.parts(alice, NONCE), 0);
    }

    function test_OpenStaysOpenWhereACycleIsSkipped() public {
        Program memory p = mine(100);
        settle(with_(p, 30));
        Draft memory d = with_(p, 70);
        d.legs[0].extra = SKIPPABLE;
        allow(bob, address(silver), 0);
        settle(d);
        assertEq(settlement.nonces(alice, 7), 1 << 255, "open still");
        assertEq(settlement.parts(alice, NONCE), partOf(p, 30));
    }

    function test_AnOpenNonceBelongsToOneIntent() public {
        Program memory p = mine(100);
        settle(with_(p, 30));
        Program memory other = mine(101);
        refused(with_(other, 30), nonceTaken(other, 0));
        other.whole = true;
        refused(with_(other, 101), nonceUsed(other, 0));
        // Another maker's nonce is another nonce.
        Program memory carols = buys(sells(carol, gold, 100), silver, 100);
        carols.nonce = NONCE;
        settle(with_(carols, 30));
    }

    function test_OneOrderTwiceInABatch() public {
        Program memory p = mine(100);
        Draft memory d = with_(p, 30);
        add(d, p);
        swap(d, 2, 10, 1, 10);
        refused(d, nonceUsed(p, 2));
    }

    function test_NeighboursInAWord() public {
        Program memory p = mine(100);
        Program memory q = mine(100);
        q.nonce = 128 * 7;
        Draft memory d = batchOf(p, q, buys(sells(bob, silver, 200), gold, 200));
        swap(d, 0, 100, 2, 100);
        swap(d, 1, 50, 2, 50);
        settle(d);
        assertEq(settlement.nonces(alice, 7), (1 << 127) | (1 << 128));
    }

    function test_TheLastNonceThereIs() public {
        Program memory p = mine(100);
        p.nonce = type(uint256).max;
        settle(with_(p, 100));
        assertEq(settlement.nonces(alice, type(uint256).max >> 7), 1 << 127);
    }

    // ------------------------------------------------------------------ cancelled

    function test_CancelledIsRefused() public {
        Program memory p = mine(100);
        vm.expectEmit(address(settlement));
        emit ISettlement.NoncesCancelled(alice, 7, (1 << 127) | 1);
        vm.prank(alice);
        settlement.cancel(7, (1 << 127) | 1);
        refused(with_(p, 100), nonceUsed(p, 0));
        p.nonce = 128 * 7;
        refused(with_(p, 100), nonceUsed(p, 0));
        p.nonce = 128 * 7 + 1;
        settle(with_(p, 100));
    }

    function test_CancellingAddsToWhatWasCancelled() public {
        vm.startPrank(alice);
        settlement.cancel(3, 1);
        settlement.cancel(3, 6);
        settlement.cancel(3, 0);
        vm.stopPrank();
        assertEq(settlement.nonces(alice, 3), 7);
        assertEq(settlement.nonces(bob, 3), 0);
    }

    function test_AnOpenNonceIsCancelledForGood() public {
        Program memory p = mine(100);
        settle(with_(p, 30));
        vm.prank(alice);
        settlement.cancel(7, 1 << 127);
        refused(with_(p, 30), nonceUsed(p, 0));
    }

    // ------------------------------------------------------------------ deadlines

    function test_TheDeadlineIsTheLastSecond() public {
        Program memory p = mine(100);
        vm.warp(p.deadline);
        settle(with_(p, 50));
        vm.warp(p.deadline + 1);
        refused(
            with_(p, 50), abi.encodeWithSelector(ISettlement.Settlement_Expired.selector, 0, p.deadline, p.deadline + 1)
        );
    }

    // ------------------------------------------------------------------ ranges

    function test_AmountsAndLeastsFit112Bits() public {
        Program memory p = mine(uint256(type(uint112).max) + 1);
        refused(with_(p, 1), outOfRange(0));
        p = buys(sells(alice, gold, 100), silver, uint256(type(uint112).max) + 1);
        refused(with_(p, 1), outOfRange(0));
        p = mine(0);
        refused(with_(p, 1), outOfRange(0));
        p = buys(sells(alice, gold, 1), silver, type(uint112).max);
        refused(with_(p, 1), belowLimit(0, 0, 1, type(uint112).max));
        p = mine(type(uint112).max);
        settle(with_(p, 1));
    }

    function test_NoBranches() public {
        refused(with_(sells(alice, gold, 100), 100), outOfRange(0));
        Program memory p = mine(100);
        p.given = 0;
        refused(with_(p, 100), outOfRange(0));
    }

    function test_SomethingForSomethingElse() public {
        refused(with_(buys(sells(alice, gold, 100), gold, 100), 100), outOfRange(0));
        refused(with_(buys(sells(alice, gold, 100), silver, 0), 100), outOfRange(0));
        refused(with_(buys(sells(alice, gold, 100), NOTHING, 1), 100), outOfRange(0));
        // The order that is wrong is named.
        Draft memory d = batchOf(mine(100), buys(sells(bob, silver, 100), silver, 100));
        refused(d, outOfRange(1));
    }
}
