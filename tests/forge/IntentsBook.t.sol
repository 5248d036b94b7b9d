// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Entry, IBook, Taker} from "contracts/interfaces/IBook.sol";
import {GuardKind, ISettlement} from "contracts/interfaces/ISettlement.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {IntentsTest} from "./IntentsTest.sol";

/// @notice Posting, the order of the lists, hints, taking out; who may do so.
contract IntentsBookTest is IntentsTest {
    function cheap(address maker, uint256 least) private returns (Program memory) {
        return offers(maker, silver, 100, gold, least);
    }

    // ------------------------------------------------------------------ posting

    function test_PostedIsListed() public {
        Program memory p = cheap(bob, 70);
        vm.expectEmit(address(book));
        emit IBook.Posted(hashOf(p), bob, address(silver), address(gold), 1, 100, 70, p.deadline);
        assertEq(post(p), 1);
        Entry memory e = book.entry(address(silver), address(gold), 1);
        assertEq(e.maker, bob);
        assertEq(e.amount, 100);
        assertEq(e.least, 70);
        assertEq(e.left, 100);
        assertEq(e.deadline, p.deadline);
        (uint32 head, uint32 count) = book.list(address(silver), address(gold));
        assertEq(head, 1);
        assertEq(count, 1);
        (head, count) = book.list(address(gold), address(silver));
        assertEq(head, 0);
        assertEq(count, 0);
        assertEq(settlement.nonces(bob, p.nonce >> 7), 1 << p.nonce, "used");
    }

    function test_NoDeadlineForEver() public {
        Program memory p = cheap(bob, 70);
        p.deadline = type(uint256).max;
        uint32 number = post(p);
        assertEq(book.entry(address(silver), address(gold), number).deadline, type(uint32).max);
        vm.warp(type(uint40).max);
        assertEq(book.alive(address(silver), address(gold), number), 100);
        // A second earlier it is a second.
        vm.warp(START);
        p = cheap(bob, 70);
        p.deadline = type(uint32).max - 1;
        number = post(p);
        assertEq(book.entry(address(silver), address(gold), number).deadline, type(uint32).max - 1);
        vm.warp(type(uint32).max - 1);
        assertEq(book.alive(address(silver), address(gold), number), 100);
        vm.warp(type(uint32).max);
        assertEq(book.alive(address(silver), address(gold), number), 0);
    }

    /// @dev Its later branches never run then, and its nonce's cancellation does not reach it: it is the maker's to decide.
    function test_PostedByItsMakerAlone() public {
        Program memory p = cheap(bob, 70);
        notPosted(p, solver, notPostable("not its maker"));
        bytes32 hash = hashOf(p);
        vm.prank(bob);
        settlement.approve(hash, true);
        notPosted(p, solver, notPostable("not its maker"));
        // Who needs no signature, and can hand in hashes of what will never run.
        assertEq(post(signed(p, "")), 1);
        assertEq(post(signed(cheap(bob, 70), "whatever")), 2);
        assertEq(post(hand(buys(cheap(bob, 70), copper, 1), 1)), 3);
        assertEq(post(buys(cheap(bob, 70), copper, 1)), 4);
    }

    function test_AnUnsoundProgramIsNotPosted() public {
        notPosted(exists(cheap(bob, 70)), bob, outOfRange(0));
        // Of later branches only numbers and paths are looked at.
        notPosted(buys(cheap(bob, 70), silver, 1), bob, outOfRange(0));
    }

    function test_PostedOnce() public {
        Program memory p = cheap(bob, 70);
        post(p);
        notPosted(p, bob, nonceUsed(p, 0));
        Program memory other = cheap(bob, 71);
        other.nonce = p.nonce;
        notPosted(other, bob, nonceUsed(other, 0));
    }

    function test_FilledInPartCannotBePosted() public {
        Program memory p = cheap(bob, 70);
        Draft memory d = batchOf(p, buys(sells(carol, gold, 100), silver, 100));
        swap(d, 0, 1, 1, 1);
        settle(d);
        notPosted(p, bob, nonceUsed(p, 0));
        // But filled on it may be.
        settle(d);
    }

    function test_APostedIntentIsNotSettled() public {
        Program memory p = cheap(bob, 100);
        post(p);
        Draft memory d = batchOf(p, buys(sells(carol, gold, 100), silver, 100));
        swap(d, 0, 1, 1, 1);
        refused(d, nonceUsed(p, 0));
    }

    function test_TheDeadlineIsTheLastSecondToPost() public {
        Program memory p = cheap(bob, 70);
        vm.warp(p.deadline + 1);
        notPosted(
            p, bob, abi.encodeWithSelector(ISettlement.Settlement_Expired.selector, 0, p.deadline, p.deadline + 1)
        );
        vm.warp(p.deadline);
        assertEq(post(p), 1);
    }

    function test_ForeverFalseRangesAreNotPosted() public {
        notPosted(cheap(bob, uint256(type(uint112).max) + 1), bob, outOfRange(0));
    }

    function test_OneOrderAndNoMoves() public {
        bytes memory malformed = abi.encodeWithSelector(ISettlement.Settlement_Malformed.selector, 0);
        Program memory p = cheap(bob, 70);
        Draft memory d;
        for (uint256 i; i < 5; ++i) {
            d = batchOf(p);
            if (i == 0) d.orders = new Program[](0);
            if (i == 1) add(d, p);
            if (i == 2) leg(d, 0, 0, 0, 1);
            if (i == 3) sweep(d, 0, 0, 1, 1);
            if (i == 4) route(d, 0, 0, 1);
            bytes memory batch = pack(d);
            expect(malformed);
            vm.prank(bob);
            settlement.post(batch, 0, 10);
            expect(malformed);
            settlement.hash(batch);
        }
    }

    // ------------------------------------------------------------------ what cannot be posted

    function test_WholeCannotBePosted() public {
        Program memory p = cheap(bob, 70);
        p.whole = true;
        notPosted(p, bob, notPostable("whole"));
    }

    function test_OnlyDirectSwapsArePosted() public {
        Program memory p = via(buys(sells(bob, silver, 100), gold, 70), address(silver), address(gold));
        notPosted(p, bob, notPostable("not a direct swap"));
        notPosted(buys(sells(bob, silver, 100), NOTHING, 0), bob, notPostable("not a direct swap"));
    }

    function test_GuardsThatMayChange() public {
        bytes memory reason = notPostable("a guard that may change");
        notPosted(when(cheap(bob, 70), GuardKind.Before, 0, type(uint256).max), bob, reason);
        address pair = pool(address(gold), 1e6, address(silver), 1e6);
        bytes32 subject = bytes32(uint256(uint160(pair)));
        notPosted(when(cheap(bob, 70), GuardKind.PoolAtLeast, subject, (1 << 128) | 1), bob, reason);
        notPosted(when(cheap(bob, 70), GuardKind.PoolAtMost, subject, (1 << 128) | 1), bob, reason);
    }

    function test_GuardsThatAreTrueForGood() public {
        Program memory p = when(cheap(bob, 70), GuardKind.After, 0, block.timestamp + 1);
        notPosted(p, bob, notPostable("a guard does not hold"));
        skip(1);
        assertEq(post(p), 1);
    }

    function test_CommitmentsThatAreFinal() public {
        bytes32 kept = outcome(KEEP);
        assertEq(post(when(cheap(bob, 70), GuardKind.Kept, kept, 0)), 1);
        notPosted(when(cheap(bob, 70), GuardKind.Reverted, kept, 0), bob, notPostable("a guard does not hold"));
        bytes32 reverted = outcome(REVERT);
        assertEq(post(when(cheap(bob, 70), GuardKind.Reverted, reverted, 0)), 2);
        notPosted(when(cheap(bob, 70), GuardKind.Kept, reverted, 0), bob, notPostable("a guard does not hold"));
        // Of one that nobody made nothing is known.
        notPosted(when(cheap(bob, 70), GuardKind.Kept, "?", 0), bob, notPostable("a guard does not hold"));
    }

    function test_NothingBehindIt() public {
        allow(bob, address(silver), 0);
        notPosted(cheap(bob, 70), bob, notPostable("nothing behind it"));
        allow(bob, address(silver), 1);
        assertEq(post(cheap(bob, 70)), 1);
    }

    // ------------------------------------------------------------------ posting across the book

    /// @dev Alice's gold for Bob's silver: isqrt(50 * 100) = 70.
    function test_ACrossedEntryIsFilledFirst() public {
        post(cheap(bob, 50));
        Program memory p = offers(alice, gold, 200, silver, 200);
        expectFilled(p, 0, 70, 100);
        vm.expectEmit(address(book));
        emit IBook.Posted(hashOf(p), alice, address(gold), address(silver), 1, 200, 200, p.deadline);
        assertEq(post(p), 1);
        Entry memory e = book.entry(address(gold), address(silver), 1);
        assertEq(e.amount, 200);
        assertEq(e.left, 130);
        assertMoved(alice, silver, 100);
        // What is left of it is sold, and no more.
        Draft memory d = batchOf(offers(carol, silver, 1000, gold, 900));
        sweep(d, 0, 0, 10, 0);
        settle(d);
        assertMoved(alice, gold, -200);
    }

    function test_FilledAtOnceIsNotListed() public {
        post(cheap(bob, 50));
        Program memory p = offers(alice, gold, 70, silver, 70);
        assertEq(post(p), 0);
        (, uint32 count) = book.list(address(gold), address(silver));
        assertEq(count, 0);
        assertMoved(alice, gold, -70);
    }

    function test_NothingBehindWhatIsLeft() public {
        post(cheap(bob, 50));
        allow(alice, address(gold), 70);
        notPosted(offers(alice, gold, 71, silver, 71), alice, notPostable("nothing behind it"));
        allow(alice, address(gold), 71);
        assertEq(post(offers(alice, gold, 71, silver, 71)), 1);
    }

    function test_ListsNeverStandCrossed() public {
        post(cheap(bob, 50));
        uint32 second = post(cheap(bob, 60));
        uint32 third = post(cheap(bob, 101));
        notPosted(offers(alice, gold, 200, silver, 200), alice, 0, matchStands(0, 0, 1));
        notPosted(offers(alice, gold, 200, silver, 200), alice, 1, matchStands(0, 0, second));
        // The third is strictly worse: it may stand.
        assertEq(post(offers(alice, gold, 200, silver, 200), alice, 0, 2), 1);
        assertList(silver, gold, numbers(third));
    }

    function test_EqualRatesCross() public {
        uint32 number = post(cheap(bob, 100));
        notPosted(offers(alice, gold, 200, silver, 200), alice, 0, matchStands(0, 0, number));
    }

    function test_PostingUnlistsOnesOwn() public {
        uint32 number = post(cheap(bob, 50));
        vm.expectEmit(address(book));
        emit IBook.Unlisted(address(silver), address(gold), number, IBook.Unlisting.Own);
        post(offers(bob, gold, 200, silver, 200));
        assertList(silver, gold, new uint256[](0));
    }

    /// @dev lo = 1, hi = floor(1 * 10 / 20) = 0: bought, and nothing sold.
    function test_PostingMeetsDust() public {
        post(offers(bob, silver, 20, gold, 10));
        allow(bob, address(silver), 1);
        Program memory p = offers(alice, gold, 10, silver, 20);
        expectFilled(p, 0, 0, 1);
        assertEq(post(p), 1);
        Entry memory e = book.entry(address(gold), address(silver), 1);
        assertEq(e.left, 10);
        assertMoved(alice, silver, 1);
        // Alice is the caller as well, and pays the missing unit.
        assertMoved(alice, gold, -1);
    }

    // ------------------------------------------------------------------ the order of a list

    function test_BestRateFirstThenTheOldest() public {
        post(cheap(bob, 70));
        post(cheap(carol, 60));
        post(cheap(dave, 70));
        assertList(silver, gold, numbers(2, 1, 3));
        // The same rate in other numbers.
        post(offers(alice, silver, 10, gold, 6));
        uint256[] memory order = new uint256[](4);
        (order[0], order[1], order[2], order[3]) = (2, 4, 1, 3);
        assertList(silver, gold, order);
    }

    function test_AHintNeverMovesThePlace() public {
        post(cheap(bob, 20));
        post(cheap(bob, 40));
        post(cheap(bob, 60));
        uint256 state = vm.snapshotState();
        // From the head, each entry, and numbers that there are not.
        for (uint32 hint; hint < 6; ++hint) {
            for (uint256 least = 10; least <= 70; least += 10) {
                post(cheap(carol, least), carol, hint, 10);
                uint256[] memory order = new uint256[](4);
                // How many are as good or better.
                uint256 place = least / 20 > 3 ? 3 : least / 20;
                for (uint256 i; i < 4; ++i) {
                    order[i] = i < place ? i + 1 : i == place ? 4 : i;
                }
                assertList(silver, gold, order);
                vm.revertToState(state);
            }
        }
    }

    function test_AHintToAnEntryThatLeft() public {
        post(cheap(bob, 20));
        post(cheap(bob, 40));
        post(cheap(bob, 60));
        unpost(bob, 2);
        post(cheap(carol, 50), carol, 2, 10);
        assertList(silver, gold, numbers(1, 4, 3));
    }

    // ------------------------------------------------------------------ taking out

    function unpost(address who, uint32 number) private {
        vm.prank(who);
        settlement.unpost(address(silver), address(gold), number);
    }

    function expectUnlisted(uint32 number, IBook.Unlisting reason) private {
        vm.expectEmit(address(book));
        emit IBook.Unlisted(address(silver), address(gold), number, reason);
    }

    function test_TakenOutOfEveryPlace() public {
        for (uint256 i; i < 4; ++i) {
            post(cheap(bob, 20 + i));
        }
        expectUnlisted(2, IBook.Unlisting.Cancelled);
        unpost(bob, 2);
        assertList(silver, gold, numbers(1, 3, 4));
        unpost(bob, 1);
        assertList(silver, gold, numbers(3, 4));
        unpost(bob, 4);
        assertList(silver, gold, numbers(3));
        unpost(bob, 3);
        assertList(silver, gold, new uint256[](0));
        // Numbers go on.
        assertEq(post(cheap(bob, 20)), 5);
    }

    function test_OnlyItsMakerTakesItOut() public {
        post(cheap(bob, 70));
        expect(abi.encodeWithSelector(IBook.Book_NotMaker.selector, carol, bob));
        unpost(carol, 1);
        expect(abi.encodeWithSelector(IBook.Book_NoEntry.selector, address(silver), address(gold), 2));
        unpost(bob, 2);
        unpost(bob, 1);
        expect(abi.encodeWithSelector(IBook.Book_NoEntry.selector, address(silver), address(gold), 1));
        unpost(bob, 1);
    }

    function test_DeadEntriesAreSweptOffTheHead() public {
        post(cheap(bob, 20));
        post(cheap(bob, 30));
        post(cheap(carol, 40));
        post(cheap(bob, 50));
        settlement.sweepDead(address(silver), address(gold), 10);
        (uint32 head,) = book.list(address(silver), address(gold));
        assertEq(head, 1, "alive");
        allow(bob, address(silver), 0);
        settlement.sweepDead(address(silver), address(gold), 0);
        expectUnlisted(1, IBook.Unlisting.Dead);
        settlement.sweepDead(address(silver), address(gold), 1);
        assertList(silver, gold, numbers(2, 3, 4));
        expectUnlisted(2, IBook.Unlisting.Dead);
        settlement.sweepDead(address(silver), address(gold), 10);
        // Behind one that is alive a dead one stays.
        assertList(silver, gold, numbers(3, 4));
        allow(carol, address(silver), 0);
        settlement.sweepDead(address(silver), address(gold), 10);
        assertList(silver, gold, new uint256[](0));
    }

    // ------------------------------------------------------------------ reading

    function test_AliveIsTheLeastOfThree() public {
        uint32 number = post(cheap(bob, 70));
        assertEq(book.alive(address(silver), address(gold), number), 100);
        allow(bob, address(silver), 99);
        assertEq(book.alive(address(silver), address(gold), number), 99);
        allow(bob, address(silver), 0);
        assertEq(book.alive(address(silver), address(gold), number), 0);
        allow(bob, address(silver), type(uint256).max);
        vm.prank(bob);
        // forge-lint: disable-next-line
        silver.transfer(carol, RICH - 98);
        assertEq(book.alive(address(silver), address(gold), number), 98);
        assertEq(book.alive(address(silver), address(gold), number + 1), 0);
        assertEq(book.alive(address(gold), address(silver), number), 0);
    }

    function test_CrossingIsTheHeadWithinALimit() public {
        assertEq(book.crossing(address(gold), address(silver), 100, 100), 0, "an empty list");
        uint32 number = post(cheap(bob, 50));
        assertEq(book.crossing(address(gold), address(silver), 50, 100), number, "equal");
        assertEq(book.crossing(address(gold), address(silver), 50, 101), 0, "just worse");
        assertEq(book.crossing(address(silver), address(gold), 50, 1), 0, "the other list");
    }

    function test_Announced() public {
        vm.expectEmit(address(book));
        emit IBook.Announced("hash", carol, "program");
        vm.prank(carol);
        book.announce("hash", "program");
    }

    // ------------------------------------------------------------------ who changes it

    function test_OnlyTheSettlementChangesIt() public {
        Taker memory taker;
        bytes memory refusal = abi.encodeWithSelector(IBook.Book_NotSettlement.selector, solver);
        vm.startPrank(solver);
        expect(refusal);
        book.walk(taker, 1, solver);
        expect(refusal);
        book.insert(taker, 0, 0, 0);
        expect(refusal);
        book.unpost(address(silver), address(gold), 1, solver);
        expect(refusal);
        book.sweepDead(address(silver), address(gold), 1);
        vm.stopPrank();
    }
}
