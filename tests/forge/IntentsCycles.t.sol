// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ISettlement} from "contracts/interfaces/ISettlement.sol";
import {GuardKind} from "contracts/interfaces/ISettlement.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {IntentsTest} from "./IntentsTest.sol";

/// @notice Cycles: from maker to maker, within limits, at equal gains; and those that may be skipped.
contract IntentsCyclesTest is IntentsTest {
    uint256 private constant MOST = type(uint112).max;

    // ------------------------------------------------------------------ what is moved

    function test_PairIsPaidFromMakerToMaker() public {
        Program memory a = buys(sells(alice, gold, 100), silver, 200);
        Program memory b = buys(sells(bob, silver, 200), gold, 100);
        Draft memory d = batchOf(a, b);
        swap(d, 0, 100, 1, 200);
        expectFilled(a, 0, 100, 200);
        expectFilled(b, 0, 200, 100);
        settle(d);
        assertMoved(alice, gold, -100);
        assertMoved(alice, silver, 200);
        assertMoved(bob, silver, -200);
        assertMoved(bob, gold, 100);
        assertHoldsNothing();
    }

    function ring() private returns (Program memory a, Program memory b, Program memory c) {
        a = buys(sells(alice, gold, 100), copper, 400);
        b = buys(sells(bob, silver, 200), gold, 100);
        c = buys(sells(carol, copper, 400), silver, 200);
    }

    function test_RingOfThree() public {
        (Program memory a, Program memory b, Program memory c) = ring();
        Draft memory d = batchOf(a, b, c);
        leg(d, 0, 0, 0, 100);
        leg(d, 1, 0, 0, 200);
        leg(d, 2, 0, LAST, 400);
        expectFilled(a, 0, 100, 400);
        expectFilled(b, 0, 200, 100);
        expectFilled(c, 0, 400, 200);
        settle(d);
        assertMoved(alice, gold, -100);
        assertMoved(alice, copper, 400);
        assertMoved(bob, silver, -200);
        assertMoved(bob, gold, 100);
        assertMoved(carol, copper, -400);
        assertMoved(carol, silver, 200);
    }

    function test_EndOfTheLegsClosesACycle() public {
        Draft memory d = pair();
        leg(d, 0, 0, 0, 100);
        leg(d, 1, 0, 0, 200);
        settle(d);
        assertMoved(alice, silver, 200);
        assertMoved(bob, gold, 100);
    }

    function pair() private returns (Draft memory) {
        return batchOf(buys(sells(alice, gold, 100), silver, 200), buys(sells(bob, silver, 200), gold, 100));
    }

    function test_TwoCyclesOfTheSameOrders() public {
        Draft memory d = pair();
        swap(d, 0, 40, 1, 80);
        swap(d, 0, 60, 1, 120);
        settle(d);
        assertMoved(alice, gold, -100);
        assertMoved(alice, silver, 200);
    }

    function test_EverythingThatAnAmountCanBe() public {
        gold.mint(alice, MOST - RICH);
        silver.mint(bob, MOST - RICH);
        Draft memory d =
            batchOf(buys(sells(alice, gold, MOST), silver, MOST), buys(sells(bob, silver, MOST), gold, MOST));
        swap(d, 0, MOST, 1, MOST);
        settle(d);
        assertEq(gold.balanceOf(bob), MOST + RICH);
        assertEq(silver.balanceOf(alice), MOST + RICH);
    }

    // ------------------------------------------------------------------ legs that are refused

    function test_CycleOfOne() public {
        Draft memory d = pair();
        leg(d, 0, 0, LAST, 100);
        leg(d, 1, 0, 0, 200);
        refused(d, sameSigner(0, alice));
    }

    function test_OneSignerTwiceInACycle() public {
        (Program memory a, Program memory b,) = ring();
        Program memory x = buys(sells(alice, gold, 100), silver, 200);
        Draft memory d = batchOf(x, b);
        swap(d, 0, 50, 1, 100);
        // A second cycle: its places count from there, and who was in the first does not matter.
        add(d, a);
        add(d, buys(sells(alice, copper, 400), silver, 200));
        leg(d, 2, 0, 0, 50);
        leg(d, 1, 0, 0, 100);
        leg(d, 3, 0, LAST, 200);
        refused(d, sameSigner(4, alice));
    }

    function sameSigner(uint256 leg_, address maker) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_SameSigner.selector, leg_, maker);
    }

    function test_UnknownOrderAtTheEndAndBeforeIt() public {
        Draft memory d = pair();
        swap(d, 0, 100, 2, 200);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownOrder.selector, 2));
        d = pair();
        swap(d, 3, 100, 1, 200);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownOrder.selector, 3));
    }

    function test_UnknownBranch() public {
        Draft memory d = pair();
        leg(d, 0, 1, 0, 100);
        leg(d, 1, 0, LAST, 200);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownBranch.selector, 0, 1));
        d = pair();
        leg(d, 0, 63, 0, 100);
        leg(d, 1, 0, LAST, 200);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownBranch.selector, 0, 63));
    }

    function test_ABranchWhoseGuardIsFalseIsNotTaken() public {
        Program memory a = buys(sells(alice, gold, 100), silver, 200);
        when(when(a, GuardKind.After, 0, block.timestamp), GuardKind.Before, 0, block.timestamp);
        buys(a, silver, 100);
        Draft memory d = batchOf(a, buys(sells(bob, silver, 200), gold, 100));
        swap(d, 0, 100, 1, 200);
        refused(d, guardFails(0, 0, 1, block.timestamp));
    }

    function test_NothingIsNoLeg() public {
        Draft memory d = pair();
        swap(d, 0, 0, 1, 200);
        refused(d, outOfRange(0));
        d = pair();
        swap(d, 0, 100, 1, 0);
        refused(d, belowLimit(0, 0, 0, 200));
        // One unit of the next order's is too little as well, wherever the cycle starts.
        d = pair();
        swap(d, 1, 0, 0, 100);
        refused(d, outOfRange(1));
    }

    function test_OnlyDirectBranchesInACycle() public {
        Program memory routed = via(buys(sells(alice, gold, 100), silver, 200), address(gold), address(silver));
        Draft memory d = batchOf(routed, buys(sells(bob, silver, 200), gold, 100));
        swap(d, 0, 100, 1, 200);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_NotDirect.selector, 0, 0));
        d = batchOf(buys(sells(alice, gold, 100), NOTHING, 0), buys(sells(bob, silver, 200), gold, 100));
        swap(d, 0, 100, 1, 200);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_NotDirect.selector, 0, 0));
    }

    function test_WrongToken() public {
        Draft memory d = batchOf(buys(sells(alice, gold, 100), silver, 200), buys(sells(bob, silver, 200), copper, 100));
        swap(d, 0, 100, 1, 200);
        refused(
            d, abi.encodeWithSelector(ISettlement.Settlement_WrongToken.selector, 1, address(gold), address(copper))
        );
        // The first of a cycle is paid by its last.
        d = batchOf(buys(sells(alice, gold, 100), silver, 200), buys(sells(bob, copper, 200), gold, 100));
        swap(d, 0, 100, 1, 200);
        refused(
            d, abi.encodeWithSelector(ISettlement.Settlement_WrongToken.selector, 0, address(copper), address(silver))
        );
    }

    // ------------------------------------------------------------------ limits

    function test_LimitMetAndOneBelow() public {
        Program memory a = buys(sells(alice, gold, 3000), silver, 2000);
        Program memory b = buys(sells(bob, silver, 2000), gold, 2000);
        Draft memory d = batchOf(a, b);
        // ceil(1000 * 2000 / 3000) = 667
        swap(d, 0, 1000, 1, 666);
        refused(d, belowLimit(0, 0, 666, 667));
        b = buys(sells(bob, silver, 667), gold, 1000);
        d = batchOf(a, b);
        swap(d, 0, 1000, 1, 667);
        settle(d);
        assertMoved(alice, silver, 667);
    }

    function test_LimitOfTheLast() public {
        Draft memory d = pair();
        swap(d, 0, 99, 1, 200);
        refused(d, belowLimit(1, 0, 99, 100));
    }

    function test_OverfilledByOneUnit() public {
        Draft memory d = batchOf(buys(sells(alice, gold, 100), silver, 100), buys(sells(bob, silver, 200), gold, 200));
        swap(d, 0, 50, 1, 50);
        swap(d, 0, 51, 1, 51);
        refused(d, overfilled(0, 101, 100));
    }

    // ------------------------------------------------------------------ equal gains

    /// @dev Alice gains received / 1000; Bob wants half of what he sells, and gains 2000 / sold.
    function gains(uint256 received) private returns (Draft memory d) {
        d = batchOf(buys(sells(alice, gold, 5000), silver, 5000), buys(sells(bob, silver, 5000), gold, 2500));
        swap(d, 0, 1000, 1, received);
    }

    /// @dev (r - 1)^2 <= 2002 * 1001 and 1998 * 999 <= (r + 1)^2
    function test_GainsOneUnitInsideAndOutside() public {
        bytes memory unequal = abi.encodeWithSelector(ISettlement.Settlement_UnequalGains.selector, 0);
        refused(gains(1411), unequal);
        refused(gains(1417), unequal);
        settle(gains(1412));
        settle(gains(1416));
        assertMoved(alice, silver, 1412 + 1416);
    }

    function test_UnequalGainsNamesTheCyclesStart() public {
        Draft memory d = gains(1414);
        swap(d, 0, 1000, 1, 1417);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnequalGains.selector, 2));
    }

    function test_GainsInARingDecideForAll() public {
        // Each gets 400 / 300 of its limit, but the middle one what it asked.
        Draft memory d = batchOf(
            buys(sells(alice, gold, 400), copper, 300),
            buys(sells(bob, silver, 400), gold, 400),
            buys(sells(carol, copper, 400), silver, 300)
        );
        leg(d, 0, 0, 0, 400);
        leg(d, 1, 0, 0, 400);
        leg(d, 2, 0, LAST, 400);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnequalGains.selector, 0));
    }

    function test_OneUnitHasNoUpperEnd() public {
        Draft memory d = batchOf(buys(sells(alice, gold, 1), silver, 1), buys(sells(bob, silver, 3), gold, 1));
        swap(d, 0, 1, 1, 3);
        settle(d);
        d = batchOf(buys(sells(alice, gold, 1), silver, 1), buys(sells(bob, silver, 1), gold, 1));
        swap(d, 0, 1, 1, 1);
        settle(d);
        assertMoved(alice, silver, 4);
        // From five on, Alice's lower end, 4 / 2, is above Bob's upper one, 2 / (4 / 3).
        d = batchOf(buys(sells(alice, gold, 1), silver, 1), buys(sells(bob, silver, 15), gold, 5));
        swap(d, 0, 1, 1, 3);
        settle(d);
        d = batchOf(buys(sells(alice, gold, 1), silver, 1), buys(sells(bob, silver, 5), gold, 1));
        swap(d, 0, 1, 1, 5);
        settle(d);
        d = batchOf(buys(sells(alice, gold, 2), silver, 2), buys(sells(bob, silver, 12), gold, 2));
        swap(d, 0, 2, 1, 12);
        // 11 / 3 > 3 / (11 / 6)
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnequalGains.selector, 0));
    }

    // ------------------------------------------------------------------ cycles that may be skipped

    function twoPairs(uint256 flags) private returns (Draft memory d) {
        Program memory c = buys(sells(carol, gold, 10), copper, 10);
        d = batchOf(buys(sells(alice, gold, 100), silver, 200), buys(sells(bob, silver, 200), gold, 100), c);
        add(d, buys(sells(dave, copper, 10), gold, 10));
        leg(d, 0, 0, flags, 100);
        leg(d, 1, 0, LAST, 200);
        swap(d, 2, 10, 3, 10);
    }

    function test_SkippableCycleThatGoes() public {
        Draft memory d = twoPairs(SKIPPABLE);
        expectFilled(d.orders[0], 0, 100, 200);
        expectFilled(d.orders[1], 0, 200, 100);
        settle(d);
        assertMoved(alice, silver, 200);
        assertMoved(bob, gold, 100);
        assertMoved(dave, gold, 10);
        // Both are used up.
        Draft memory again = batchOf(d.orders[0], buys(sells(bob, silver, 200), gold, 100));
        swap(again, 0, 100, 1, 200);
        refused(again, nonceUsed(d.orders[0], 0));
    }

    function test_SkippedCycleChangesNothing() public {
        Draft memory d = twoPairs(SKIPPABLE);
        allow(bob, address(silver), 199);
        vm.expectEmit(address(settlement));
        emit ISettlement.Skipped(0, transferFailed(address(silver), bob, alice, 200));
        settle(d);
        assertMoved(alice, gold, 0);
        assertMoved(bob, gold, 0);
        assertMoved(carol, copper, 10);
        assertEq(settlement.nonces(alice, 0), 0, "nonce of a skipped order");
        // And it may still be filled.
        allow(bob, address(silver), 200);
        Draft memory again = batchOf(d.orders[0], d.orders[1]);
        swap(again, 0, 100, 1, 200);
        settle(again);
        assertMoved(alice, silver, 200);
    }

    function test_SkippedInOneCycleAndFilledInAnother() public {
        Draft memory d = batchOf(
            buys(sells(alice, gold, 100), silver, 200),
            buys(sells(bob, silver, 200), gold, 100),
            buys(sells(carol, silver, 200), gold, 100)
        );
        leg(d, 0, 0, SKIPPABLE, 100);
        leg(d, 1, 0, LAST, 200);
        // What was skipped is left to sell, but not while it counts.
        leg(d, 0, 0, 0, 100);
        leg(d, 2, 0, LAST, 200);
        refused(d, overfilled(0, 200, 100));
        allow(bob, address(silver), 0);
        settle(d);
        assertMoved(alice, gold, -100);
        assertMoved(carol, gold, 100);
        assertMoved(bob, gold, 0);
    }

    function test_OnlyTheFirstLegSaysThatItMayBeSkipped() public {
        Draft memory d = twoPairs(0);
        d.legs[1].extra |= SKIPPABLE;
        allow(bob, address(silver), 0);
        refused(d, transferFailed(address(silver), bob, alice, 200));
    }

    function test_ChecksOfASkippableCycleAreTheBatchs() public {
        Draft memory d = pair();
        leg(d, 0, 0, SKIPPABLE, 99);
        leg(d, 1, 0, LAST, 200);
        refused(d, belowLimit(1, 0, 99, 100));
    }

    function test_OnlyTheContractPaysItself() public {
        vm.prank(solver);
        (bool ok, bytes memory answer) =
            address(settlement).call(abi.encodeWithSignature("pay((address,address,address,uint256)[])", 0x20, 0));
        assertFalse(ok);
        assertEq(answer, notPart(solver));
    }

    // ------------------------------------------------------------------ orders that nothing happens to

    function test_UnusedOrder() public {
        Draft memory d = pair();
        add(d, buys(sells(carol, gold, 10), copper, 10));
        swap(d, 0, 100, 1, 200);
        refused(d, unused(2));
    }

    function test_NothingAtAll() public {
        Draft memory d;
        settle(d);
    }
}
