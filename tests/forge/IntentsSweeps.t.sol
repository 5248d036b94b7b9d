// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBook} from "contracts/interfaces/IBook.sol";
import {GuardKind, ISettlement} from "contracts/interfaces/ISettlement.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {IntentsTest} from "./IntentsTest.sol";

/// @notice Orders that walk the book: fills in whole and in part, missing units, entries that are dead or their own, pops.
contract IntentsSweepsTest is IntentsTest {
    /// @dev Bob sells silver for half as much gold, or what he says.
    function entry(uint256 amount, uint256 least) internal returns (uint32) {
        return post(offers(bob, silver, amount, gold, least));
    }

    /// @dev Alice's gold, all of it.
    function swept(uint256 amount, uint256 least) private returns (Draft memory d) {
        d = batchOf(offers(alice, gold, amount, silver, least));
        sweep(d, 0, 0, 10, 0);
    }

    function expectEntryFilled(Program memory p, uint32 number, uint256 sold, uint256 bought) private {
        vm.expectEmit(address(book));
        emit IBook.EntryFilled(address(silver), address(gold), number, hashOf(p), sold, bought);
    }

    function expectUnlisted(uint32 number, IBook.Unlisting reason) private {
        vm.expectEmit(address(book));
        emit IBook.Unlisted(address(silver), address(gold), number, reason);
    }

    // ------------------------------------------------------------------ fills

    /// @dev lo = 100, hi = 200, isqrt(100 * 200) = 141
    function test_AnEntryIsFilledWhole() public {
        uint32 number = entry(200, 100);
        Draft memory d = swept(300, 300);
        expectEntryFilled(d.orders[0], number, 200, 141);
        expectUnlisted(number, IBook.Unlisting.Filled);
        expectFilled(d.orders[0], 0, 141, 200);
        settle(d);
        assertMoved(alice, gold, -141);
        assertMoved(alice, silver, 200);
        assertMoved(bob, gold, 141);
        assertList(silver, gold, new uint256[](0));
        assertHoldsNothing();
    }

    /// @dev max(floor(200 * 100 / 141), 100) = 141
    function test_AnEntryIsFilledInPart() public {
        uint32 number = entry(200, 100);
        Draft memory d = swept(100, 100);
        expectEntryFilled(d.orders[0], number, 141, 100);
        expectFilled(d.orders[0], 0, 100, 141);
        settle(d);
        assertMoved(alice, silver, 141);
        assertMoved(bob, gold, 100);
        assertList(silver, gold, numbers(number));
        assertEq(book.entry(address(silver), address(gold), number).left, 59);
        assertEq(book.alive(address(silver), address(gold), number), 59);
        // lo = 30, hi = 59, 42: the rest, and what was stored of it is given back.
        d = swept(100, 100);
        expectEntryFilled(d.orders[0], number, 59, 42);
        expectUnlisted(number, IBook.Unlisting.Filled);
        settle(d);
        expect(noEntry(number));
        book.entry(address(silver), address(gold), number);
    }

    function noEntry(uint32 number) private view returns (bytes memory) {
        return abi.encodeWithSelector(IBook.Book_NoEntry.selector, address(silver), address(gold), number);
    }

    /// @dev What is paid is exactly what is offered: the entry is filled whole.
    function test_OfferedToTheUnit() public {
        uint32 number = entry(200, 100);
        Draft memory d = batchOf(offers(alice, gold, 300, silver, 300));
        sweep(d, 0, 0, 10, 141);
        settle(d);
        assertMoved(alice, silver, 200);
        number = entry(200, 100);
        // One less: floor(200 * 140 / 141) = 198
        d = batchOf(offers(alice, gold, 300, silver, 300));
        sweep(d, 0, 0, 10, 140);
        expectEntryFilled(d.orders[0], number, 198, 140);
        settle(d);
        assertEq(book.alive(address(silver), address(gold), number), 2);
    }

    function test_WhatIsAliveIsFilled() public {
        uint32 number = entry(200, 100);
        allow(bob, address(silver), 50);
        // lo = 25, hi = 50, isqrt = 35
        Draft memory d = swept(300, 300);
        expectEntryFilled(d.orders[0], number, 50, 35);
        expectUnlisted(number, IBook.Unlisting.Filled);
        settle(d);
    }

    function test_SeveralEntriesBestFirst() public {
        uint32 second = entry(200, 200);
        uint32 first = entry(200, 100);
        assertList(silver, gold, numbers(first, second));
        Draft memory d = swept(341, 341);
        expectEntryFilled(d.orders[0], first, 200, 141);
        expectEntryFilled(d.orders[0], second, 200, 200);
        // One walk, one fill.
        expectFilled(d.orders[0], 0, 341, 400);
        settle(d);
        assertEq(settlement.nonces(alice, d.orders[0].nonce >> 7), 1 << d.orders[0].nonce, "all is sold");
    }

    function test_EqualRatesCrossAndWorseDoNot() public {
        uint32 number = entry(200, 200);
        settle(swept(100, 100));
        assertEq(book.alive(address(silver), address(gold), number), 100);
        // Nothing is within the limit.
        refused(swept(100, 101), unused(0));
    }

    function test_AllThatIsLeftAfterACycle() public {
        uint32 number = entry(200, 200);
        Draft memory d = batchOf(offers(alice, gold, 100, silver, 100), buys(sells(carol, silver, 60), gold, 60));
        swap(d, 0, 60, 1, 60);
        sweep(d, 0, 0, 10, 0);
        settle(d);
        assertMoved(alice, silver, 100);
        assertEq(book.alive(address(silver), address(gold), number), 160);
        // Nothing is left: nothing happens, though the book is walked.
        d = batchOf(offers(alice, gold, 60, silver, 60), buys(sells(carol, silver, 60), gold, 60));
        swap(d, 0, 60, 1, 60);
        sweep(d, 0, 0, 10, 0);
        settle(d);
        assertEq(book.alive(address(silver), address(gold), number), 160);
    }

    function test_MoreThanIsLeft() public {
        entry(200, 200);
        Draft memory d = batchOf(offers(alice, gold, 100, silver, 100), buys(sells(carol, silver, 60), gold, 60));
        swap(d, 0, 60, 1, 60);
        sweep(d, 0, 0, 10, 41);
        refused(d, overfilled(0, 101, 100));
        d.sweeps[0].amount = 40;
        settle(d);
    }

    // ------------------------------------------------------------------ missing units

    /// @dev lo = ceil(2 * 2 / 3) = 2, hi = floor(2 * 2 / 3) = 1: the order pays 1, and the solver 1.
    function test_TheCallerPaysTheMissingUnit() public {
        uint32 number = entry(3, 2);
        allow(bob, address(silver), 2);
        endow(solver, gold);
        Draft memory d = swept(2, 3);
        expectEntryFilled(d.orders[0], number, 2, 2);
        expectFilled(d.orders[0], 0, 1, 2);
        settle(d);
        assertMoved(alice, gold, -1);
        assertMoved(alice, silver, 2);
        assertMoved(bob, gold, 2);
        assertMoved(solver, gold, -1);
    }

    function test_WithoutTheMissingUnitTheBatchFails() public {
        entry(3, 2);
        allow(bob, address(silver), 2);
        refused(swept(2, 3), transferFailed(address(gold), solver, address(settlement), 1));
    }

    function test_TheEntrysMakerPaysItselfNothing() public {
        uint32 number = entry(3, 2);
        allow(bob, address(silver), 2);
        Draft memory d = swept(2, 3);
        bytes memory batch = pack(d);
        expectEntryFilled(d.orders[0], number, 2, 1);
        vm.prank(bob);
        settlement.settle(batch);
        assertMoved(bob, gold, 1);
    }

    function test_TheOrdersMakerMayBeTheCaller() public {
        entry(3, 2);
        allow(bob, address(silver), 2);
        bytes memory batch = pack(swept(2, 3));
        vm.prank(alice);
        settlement.settle(batch);
        assertMoved(alice, gold, -2);
    }

    /// @dev All that is offered, 1, buys max(floor(300 * 1 / 200), ceil(1 * 300 / 200)) = 2, for which lo = ceil(2 * 200 / 300) = 2.
    function test_AMissingUnitInAPart() public {
        uint32 number = entry(300, 200);
        endow(solver, gold);
        Draft memory d = batchOf(offers(alice, gold, 200, silver, 300));
        sweep(d, 0, 0, 10, 1);
        expectEntryFilled(d.orders[0], number, 2, 2);
        expectFilled(d.orders[0], 0, 1, 2);
        settle(d);
        assertMoved(solver, gold, -1);
    }

    /// @dev lo = 1, hi = floor(1 * 10 / 20) = 0: all of it is the caller's.
    function test_DustForNothing() public {
        uint32 dust = entry(20, 10);
        uint32 next = post(offers(carol, silver, 20, gold, 10));
        allow(bob, address(silver), 1);
        endow(solver, gold);
        Draft memory d = swept(10, 20);
        expectEntryFilled(d.orders[0], dust, 1, 1);
        expectEntryFilled(d.orders[0], next, 20, 10);
        expectFilled(d.orders[0], 0, 10, 21);
        settle(d);
        assertMoved(solver, gold, -1);
        assertMoved(bob, gold, 1);
        assertMoved(alice, gold, -10);
    }

    function test_DustAloneIsNoFill() public {
        entry(20, 10);
        allow(bob, address(silver), 1);
        endow(solver, gold);
        refused(swept(10, 20), unused(0));
    }

    // ------------------------------------------------------------------ big numbers

    /// @dev Whoever sells at any price meets whoever has very much: neither may stand in the other's way.
    function test_AnyPriceMeetsAWhale() public {
        uint256 most = type(uint112).max;
        silver.mint(bob, most - RICH);
        uint32 number = entry(most, most);
        Draft memory d = swept(1e24, 1);
        settle(d);
        assertMoved(alice, gold, -1e24);
        assertGe(silver.balanceOf(alice) - RICH, 1, "Alice's limit");
        assertGe(gold.balanceOf(bob) - RICH, silver.balanceOf(alice) - RICH, "the whale has its price");
        assertGt(book.alive(address(silver), address(gold), number), 0);
    }

    // ------------------------------------------------------------------ who is passed

    function test_DeadByDeadline() public {
        uint32 number = entry(200, 100);
        vm.warp(block.timestamp + 1 hours);
        Draft memory d = swept(100, 100);
        settle(d);
        assertEq(book.entry(address(silver), address(gold), number).left, 59, "alive in its last second");
        skip(1);
        Program memory p = offers(alice, gold, 100, silver, 100);
        uint32 other = entry(200, 200);
        d = batchOf(p);
        sweep(d, 0, 0, 10, 0);
        expectUnlisted(number, IBook.Unlisting.Dead);
        expectEntryFilled(p, other, 100, 100);
        settle(d);
    }

    function test_DeadByAllowanceAndByBalance() public {
        uint32 first = entry(200, 100);
        uint32 second = post(offers(carol, silver, 200, gold, 100));
        uint32 third = post(offers(dave, silver, 200, gold, 200));
        allow(bob, address(silver), 0);
        vm.prank(carol);
        // forge-lint: disable-next-line
        silver.transfer(solver, RICH);
        Draft memory d = swept(100, 100);
        expectUnlisted(first, IBook.Unlisting.Dead);
        expectUnlisted(second, IBook.Unlisting.Dead);
        expectEntryFilled(d.orders[0], third, 100, 100);
        settle(d);
        assertList(silver, gold, numbers(third));
    }

    function test_OnesOwnEntryIsUnlisted() public {
        uint32 own = post(offers(alice, silver, 200, gold, 50));
        uint32 next = entry(200, 200);
        Draft memory d = swept(100, 100);
        expectUnlisted(own, IBook.Unlisting.Own);
        expectEntryFilled(d.orders[0], next, 100, 100);
        settle(d);
        assertList(silver, gold, numbers(next));
    }

    function test_PopsAreWhatTheCallerPaysFor() public {
        uint32 first = entry(10, 10);
        uint32 second = entry(10, 10);
        uint32 third = entry(10, 10);
        Draft memory d = batchOf(offers(alice, gold, 100, silver, 100));
        sweep(d, 0, 0, 0, 0);
        refused(d, unused(0));
        d.sweeps[0].extra = 2;
        expectEntryFilled(d.orders[0], first, 10, 10);
        expectEntryFilled(d.orders[0], second, 10, 10);
        settle(d);
        assertList(silver, gold, numbers(third));
    }

    // ------------------------------------------------------------------ sweeps that are refused

    function test_OnlyBranchesWithExistsAreSwept() public {
        entry(200, 200);
        Draft memory d = batchOf(buys(sells(alice, gold, 100), silver, 100));
        sweep(d, 0, 0, 10, 0);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_NotSwept.selector, 0, 0));
    }

    function test_SweepsOfWhatIsNotThere() public {
        Draft memory d = batchOf(offers(alice, gold, 100, silver, 100));
        sweep(d, 1, 0, 10, 0);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownOrder.selector, 1));
        d = batchOf(offers(alice, gold, 100, silver, 100));
        sweep(d, 0, 255, 10, 0);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownBranch.selector, 0, 255));
    }

    // ------------------------------------------------------------------ else-branches

    /// @dev Alice wants silver from the book, and else copper.
    function elseCopper() private returns (Draft memory d) {
        Program memory p = buys(offers(alice, gold, 100, silver, 100), copper, 50);
        d = batchOf(p, buys(sells(carol, copper, 50), gold, 100));
    }

    function test_NoElseWhileTheBookHoldsAMatch() public {
        uint32 number = entry(50, 50);
        Draft memory d = elseCopper();
        leg(d, 0, 1, 0, 100);
        leg(d, 1, 0, LAST, 50);
        refused(d, matchStands(0, 0, number));
        // Alive or not: it has to be swept.
        allow(bob, address(silver), 0);
        refused(d, matchStands(0, 0, number));
        settlement.sweepDead(address(silver), address(gold), 1);
        settle(d);
        assertMoved(alice, copper, 50);
        assertList(silver, gold, new uint256[](0));
    }

    function test_ElseForWhatTheBookLeaves() public {
        entry(50, 50);
        Draft memory d = elseCopper();
        leg(d, 0, 1, 0, 50);
        leg(d, 1, 0, LAST, 25);
        refused(d, matchStands(0, 0, 1));
        sweep(d, 0, 0, 10, 50);
        settle(d);
        assertMoved(alice, gold, -100);
        assertMoved(alice, silver, 50);
        assertMoved(alice, copper, 25);
    }

    function test_AStrictlyWorseHeadIsNoMatch() public {
        entry(1000, 1001);
        Draft memory d = elseCopper();
        leg(d, 0, 1, 0, 100);
        leg(d, 1, 0, LAST, 50);
        settle(d);
        assertMoved(alice, copper, 50);
    }

    function test_TheFirstBranchItselfNeedsNoEmptyBook() public {
        entry(1000, 100);
        Program memory p = buys(offers(alice, gold, 100, silver, 100), copper, 50);
        Draft memory d = batchOf(hand(p, 1), buys(sells(carol, silver, 100), gold, 100));
        swap(d, 0, 100, 1, 100);
        settle(d);
        assertMoved(alice, silver, 100);
    }

    function test_AFalseExistsBranchIsNotLookedUp() public {
        entry(1000, 100);
        Program memory p = when(offers(alice, gold, 100, silver, 100), GuardKind.Before, 0, block.timestamp);
        p = buys(p, copper, 50);
        Draft memory d = batchOf(p, buys(sells(carol, copper, 50), gold, 100));
        leg(d, 0, 1, 0, 100);
        leg(d, 1, 0, LAST, 50);
        settle(d);
        assertMoved(alice, copper, 50);
    }

    function test_SecondOfThreeBranchesDecides() public {
        Program memory p = buys(exists(buys(offers(alice, gold, 100, silver, 100), copper, 100)), silver, 1);
        uint32 number = post(offers(bob, copper, 10, gold, 10));
        Draft memory d = batchOf(p, buys(sells(carol, silver, 1), gold, 100));
        leg(d, 0, 2, 0, 100);
        leg(d, 1, 0, LAST, 1);
        refused(d, matchStands(0, 1, number));
        // By the first branch itself nothing stands in the way of its units.
        d = batchOf(p, buys(sells(carol, silver, 100), gold, 100));
        swap(d, 0, 100, 1, 100);
        settle(d);
    }

    function test_ASkippedElseBranchDemandsNothing() public {
        entry(100, 100);
        Draft memory d = elseCopper();
        leg(d, 0, 1, SKIPPABLE, 50);
        leg(d, 1, 0, LAST, 25);
        sweep(d, 0, 0, 10, 50);
        allow(carol, address(copper), 0);
        settle(d);
        assertMoved(alice, silver, 50);
        assertEq(book.alive(address(silver), address(gold), 1), 50);
    }
}
