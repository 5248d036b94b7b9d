// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Fills} from "contracts/intents/Fills.sol";
import {EntryFill} from "contracts/intents/Prices.sol";
import {IBook, Taker} from "contracts/interfaces/IBook.sol";
import {ISettlement} from "contracts/interfaces/ISettlement.sol";
import {HostileToken} from "contracts/mocks/hostile/HostileToken.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {IntentsTest} from "./IntentsTest.sol";

/// @notice Tokens that lie, refuse, call back or burn: what is refused, whose fault is found, and that nothing is entered twice.
contract IntentsHostileTest is IntentsTest {
    HostileToken private odd;

    function setUp() public override {
        super.setUp();
        odd = hostile();
    }

    /// @dev Alice's odd ones for Bob's gold.
    function swapped() private returns (Draft memory d) {
        d = batchOf(buys(sells(alice, address(odd), 100), gold, 100), buys(sells(bob, gold, 100), address(odd), 100));
        swap(d, 0, 100, 1, 100);
    }

    // ------------------------------------------------------------------ what a transfer must do

    function test_TokensThatFail() public {
        HostileToken.Manner[6] memory manners = [
            HostileToken.Manner.ReturnsFalse,
            HostileToken.Manner.FailsQuietly,
            HostileToken.Manner.ReturnsTwo,
            HostileToken.Manner.ReturnsLittle,
            HostileToken.Manner.Refuses,
            HostileToken.Manner.Floods
        ];
        for (uint256 i; i < manners.length; ++i) {
            odd.become(manners[i]);
            refused(swapped(), transferFailed(address(odd), alice, bob, 100));
        }
    }

    function test_TokensThatDoNotDeliver() public {
        odd.become(HostileToken.Manner.TakesFee);
        refused(swapped(), takesFee(address(odd), 100, 98));
        odd.become(HostileToken.Manner.MovesMore);
        refused(swapped(), takesFee(address(odd), 100, 101));
        odd.become(HostileToken.Manner.Lies);
        refused(swapped(), takesFee(address(odd), 100, 0));
        // A balance that falls.
        odd.become(HostileToken.Manner.CallsBackAfter);
        odd.plan(address(odd), abi.encodeCall(HostileToken.rebase, (bob, 1)));
        refused(swapped(), takesFee(address(odd), 100, 0));
    }

    function test_TokensThatDoNotSayBalances() public {
        vm.mockCallRevert(address(odd), abi.encodeCall(odd.balanceOf, (bob)), "");
        refused(swapped(), takesFee(address(odd), 100, 0));
        vm.clearMockedCalls();
        vm.mockCall(address(odd), abi.encodeCall(odd.balanceOf, (bob)), new bytes(31));
        refused(swapped(), takesFee(address(odd), 100, 0));
    }

    function test_TokensThatAnswerOddlyAndDeliver() public {
        odd.become(HostileToken.Manner.ReturnsNothing);
        settle(swapped());
        odd.become(HostileToken.Manner.ReturnsMuch);
        settle(swapped());
        odd.become(HostileToken.Manner.NeedsMuch);
        settle(swapped());
        assertMoved(alice, address(odd), -300);
        assertMoved(alice, gold, 300);
    }

    function test_ATokenWithoutCode() public {
        address none = makeAddr("none");
        Draft memory d = batchOf(buys(sells(alice, none, 100), gold, 100), buys(sells(bob, gold, 100), none, 100));
        swap(d, 0, 100, 1, 100);
        refused(d, transferFailed(none, alice, bob, 100));
    }

    function test_WhoHasTooLittleOrAllowedTooLittle() public {
        odd.rebase(alice, 99);
        refused(swapped(), transferFailed(address(odd), alice, bob, 100));
        odd.rebase(alice, 100);
        allow(alice, address(odd), 99);
        refused(swapped(), transferFailed(address(odd), alice, bob, 100));
        allow(alice, address(odd), 100);
        settle(swapped());
    }

    function test_ASkippableCycleOfABurner() public {
        Draft memory d = swapped();
        d.legs[0].extra |= SKIPPABLE;
        add(d, buys(sells(carol, gold, 10), silver, 10));
        add(d, buys(sells(dave, silver, 10), gold, 10));
        swap(d, 2, 10, 3, 10);
        odd.become(HostileToken.Manner.Burns);
        uint256 before = gasleft();
        settle(d);
        assertLt(before - gasleft(), 1_500_000);
        assertMoved(alice, gold, 0);
        assertMoved(carol, silver, 10);
    }

    // ------------------------------------------------------------------ fills of entries: whose fault it is

    uint32 private first;
    uint32 private second;

    /// @dev Bob's entry, then Carol's, each 200 for 100; Alice takes 300 for 300: 141 each, the second in part.
    function bought() private returns (Draft memory d) {
        first = post(exists(buys(sells(bob, address(odd), 200), gold, 100)));
        second = post(exists(buys(sells(carol, address(odd), 200), gold, 100)));
        d = batchOf(exists(buys(sells(alice, gold, 141), address(odd), 141)));
        sweep(d, 0, 0, 10, 0);
    }

    /// @dev The same, where it is the odd ones that Alice pays.
    function sold() private returns (Draft memory d) {
        first = post(exists(buys(sells(bob, gold, 200), address(odd), 100)));
        second = post(exists(buys(sells(carol, gold, 200), address(odd), 100)));
        d = batchOf(exists(buys(sells(alice, address(odd), 141), gold, 141)));
        sweep(d, 0, 0, 10, 0);
    }

    function expectDead(address sell, address buy, uint32 number) private {
        vm.expectEmit(address(book));
        emit IBook.Unlisted(sell, buy, number, IBook.Unlisting.Dead);
    }

    /// @dev Bob's entry is evicted, Carol's filled, and Alice paid once.
    function evicted(Draft memory d, address sell, address buy) private {
        expectDead(sell, buy, first);
        vm.expectEmit(address(book));
        emit IBook.EntryFilled(sell, buy, second, hashOf(d.orders[0]), 200, 141);
        expectFilled(d.orders[0], 0, 141, 200);
        settle(d);
        assertMoved(alice, buy, -141);
        assertMoved(alice, sell, 200);
        assertMoved(bob, buy, 0);
        assertMoved(bob, sell, 0);
        assertMoved(carol, buy, 141);
        assertEq(TestToken(sell).balanceOf(address(settlement)), 0);
        assertEq(TestToken(buy).balanceOf(address(settlement)), 0);
    }

    function test_AMakerWhoCannotDeliver() public {
        Draft memory d = bought();
        odd.block_(bob, true);
        evicted(d, address(odd), address(gold));
    }

    function test_AMakerWhoCannotBePaid() public {
        Draft memory d = sold();
        odd.block_(bob, true);
        evicted(d, address(gold), address(odd));
    }

    function test_ATakerWhoCannotReceive() public {
        Draft memory d = bought();
        odd.block_(alice, true);
        refused(d, transferFailed(address(odd), address(0), alice, 200));
    }

    function test_ATakerWhoCannotPay() public {
        Draft memory d = sold();
        odd.block_(alice, true);
        refused(d, transferFailed(address(odd), alice, address(settlement), 141));
        odd.block_(alice, false);
        odd.rebase(alice, 140);
        refused(d, transferFailed(address(odd), alice, address(settlement), 141));
        odd.rebase(alice, RICH);
        settle(d);
    }

    function test_BothAreBlocked() public {
        Draft memory d = bought();
        odd.block_(alice, true);
        odd.block_(bob, true);
        // Bob's is the first fault that shows; at Carol's, Alice's.
        refused(d, transferFailed(address(odd), address(0), alice, 200));
    }

    function test_AFeeThatTheEntryTakes() public {
        Draft memory d = bought();
        odd.become(HostileToken.Manner.TakesFee);
        expectDead(address(odd), address(gold), first);
        expectDead(address(odd), address(gold), second);
        refused(d, unused(0));
    }

    function test_AFeeThatTheTakerPays() public {
        Draft memory d = sold();
        odd.become(HostileToken.Manner.TakesFee);
        refused(d, takesFee(address(odd), 141, 139));
    }

    function test_ABurningEntryHasItsShareOnly() public {
        Draft memory d = bought();
        odd.become(HostileToken.Manner.Burns);
        bytes memory batch = pack(d);
        uint256 before = gasleft();
        vm.prank(solver);
        (bool ok, bytes memory answer) = address(settlement).call(abi.encodeCall(ISettlement.settle, (batch)));
        // Both are evicted in that time.
        assertFalse(ok);
        assertEq(answer, unused(0));
        assertLt(before - gasleft(), 2_000_000);
    }

    function test_EntriesOfATokenThatNeedsMuch() public {
        Draft memory d = bought();
        odd.become(HostileToken.Manner.NeedsMuch);
        settle(d);
        assertMoved(alice, address(odd), 200);
    }

    // ------------------------------------------------------------------ through the contract

    /// @dev A token that refuses this one transfer, from Alice to Bob.
    function test_ThroughTheContractWhereItDoesNotGoDirectly() public {
        post(offers(bob, silver, 200, gold, 100));
        Draft memory d = batchOf(offers(alice, gold, 300, silver, 300));
        sweep(d, 0, 0, 10, 0);
        vm.mockCallRevert(address(gold), abi.encodeCall(IERC20.transferFrom, (alice, bob, 141)), "no");
        vm.expectEmit(address(book));
        emit IBook.EntryFilled(address(silver), address(gold), 1, hashOf(d.orders[0]), 200, 141);
        settle(d);
        assertMoved(alice, gold, -141);
        assertMoved(alice, silver, 200);
        assertMoved(bob, gold, 141);
        assertMoved(bob, silver, -200);
        assertHoldsNothing();
    }

    /// @dev An entry of 2 of 3 at 2 for 3: 1 is paid, 1 is missing.
    function missing(TestToken sell, address buy) private returns (Draft memory d) {
        post(exists(buys(sells(bob, address(sell), 3), buy, 2)));
        allow(bob, address(sell), 2);
        d = batchOf(exists(buys(sells(alice, buy, 2), address(sell), 3)));
        sweep(d, 0, 0, 10, 0);
        TestToken(buy).mint(solver, RICH);
        allow(solver, buy, RICH);
    }

    function test_TheMissingUnitThroughTheContract() public {
        Draft memory d = missing(silver, address(gold));
        vm.mockCallRevert(address(gold), abi.encodeCall(IERC20.transferFrom, (alice, bob, 1)), "no");
        settle(d);
        assertMoved(bob, gold, 2);
        assertMoved(alice, gold, -1);
        assertMoved(solver, gold, -1);
        assertHoldsNothing();
    }

    function test_TheMissingUnitComesBackToWhoPaidIt() public {
        Draft memory d = missing(silver, address(odd));
        post(exists(buys(sells(carol, address(silver), 3), address(odd), 2)));
        odd.block_(bob, true);
        expectDead(address(silver), address(odd), 1);
        settle(d);
        assertMoved(solver, address(odd), 0);
        assertMoved(alice, address(odd), -2);
        assertMoved(carol, address(odd), 2);
    }

    function test_ACallerWhoCannotPayTheMissingUnit() public {
        Draft memory d = missing(silver, address(odd));
        odd.block_(solver, true);
        refused(d, transferFailed(address(odd), solver, address(settlement), 1));
    }

    /// @dev Of dust that is wholly the caller's to pay, there is nothing of the order's to give back.
    function test_DustThatIsBlocked() public {
        post(exists(buys(sells(bob, address(silver), 20), address(odd), 10)));
        post(exists(buys(sells(carol, address(silver), 20), address(odd), 10)));
        allow(bob, address(silver), 1);
        odd.mint(solver, RICH);
        allow(solver, address(odd), RICH);
        odd.block_(bob, true);
        Draft memory d = batchOf(exists(buys(sells(alice, address(odd), 10), address(silver), 20)));
        sweep(d, 0, 0, 10, 0);
        uint256 state = vm.snapshotState();
        expectDead(address(silver), address(odd), 1);
        settle(d);
        assertMoved(solver, address(odd), 0);
        assertMoved(alice, silver, 20);
        vm.revertToState(state);
        odd.block_(bob, false);
        vm.mockCallRevert(address(odd), abi.encodeCall(IERC20.transferFrom, (solver, bob, 1)), "no");
        settle(d);
        assertMoved(bob, address(odd), 1);
        assertMoved(alice, silver, 21);
    }

    // ------------------------------------------------------------------ gas

    /// @dev With whatever gas a caller gives, an entry that can be filled is filled or nothing happens: it is not evicted.
    function test_NoGasEvictsAnHonestEntry() public {
        post(offers(bob, silver, 200, gold, 100));
        Draft memory d = batchOf(offers(alice, gold, 100, silver, 100));
        sweep(d, 0, 0, 10, 0);
        bytes memory data = abi.encodeCall(ISettlement.settle, (pack(d)));
        uint256 state = vm.snapshotState();
        uint256 starved;
        uint256 filled;
        for (uint256 gas_ = 60_000; gas_ < 900_000; gas_ += 7_000) {
            vm.prank(solver);
            (bool ok,) = address(settlement).call{gas: gas_}(data);
            if (ok) {
                ++filled;
                assertEq(book.alive(address(silver), address(gold), 1), 59, "filled");
            } else {
                ++starved;
            }
            vm.revertToState(state);
        }
        assertGt(filled, 10);
        assertGt(starved, 5);
    }

    /// @dev The same for one that goes through the contract only.
    function test_NoGasEvictsAnEntryThroughTheContract() public {
        post(offers(bob, silver, 200, gold, 100));
        Draft memory d = batchOf(offers(alice, gold, 100, silver, 100));
        sweep(d, 0, 0, 10, 0);
        bytes memory data = abi.encodeCall(ISettlement.settle, (pack(d)));
        vm.mockCallRevert(address(gold), abi.encodeCall(IERC20.transferFrom, (alice, bob, 100)), "no");
        uint256 state = vm.snapshotState();
        uint256 starved;
        uint256 filled;
        for (uint256 gas_ = 60_000; gas_ < 1_200_000; gas_ += 7_000) {
            vm.prank(solver);
            (bool ok, bytes memory answer) = address(settlement).call{gas: gas_}(data);
            if (ok) {
                ++filled;
                assertEq(book.alive(address(silver), address(gold), 1), 59, "filled");
            } else if (bytes4(answer) == ISettlement.Settlement_TooLittleGas.selector) {
                ++starved;
                (uint256 left, uint256 required) = numbersOf(answer);
                assertLt(left, required);
                assertEq(required, (uint256(450_000) * 64) / 63 + 10_000);
            }
            vm.revertToState(state);
        }
        assertGt(filled, 10);
        assertGt(starved, 10);
    }

    function numbersOf(bytes memory answer) private pure returns (uint256 a, uint256 b) {
        assembly ("memory-safe") {
            a := mload(add(answer, 0x24))
            b := mload(add(answer, 0x44))
        }
    }

    // ------------------------------------------------------------------ the lock

    /// @dev Every entry point that changes what is settled or listed, with arguments that succeed at any other time; Bob's.
    function planAll() private returns (uint256 count) {
        // Each succeeds alone: of the token as the caller, for it has no key.
        Program memory p = buys(sells(address(odd), silver, 10), gold, 10);
        endow(address(odd), silver);
        Draft memory d = batchOf(p, buys(sells(dave, gold, 10), silver, 10));
        swap(d, 0, 10, 1, 10);
        Program memory posted = offers(address(odd), copper, 10, gold, 10);
        endow(address(odd), copper);
        address s = address(settlement);
        odd.plan(s, abi.encodeCall(ISettlement.settle, (pack(d))));
        odd.plan(s, abi.encodeCall(ISettlement.post, (pack(posted), 0, 1)));
        uint32 number = post(offers(address(odd), copper, 10, gold, 10));
        odd.plan(s, abi.encodeCall(ISettlement.unpost, (address(copper), address(gold), number)));
        odd.plan(s, abi.encodeCall(ISettlement.sweepDead, (address(copper), address(gold), 1)));
        odd.plan(s, abi.encodeCall(ISettlement.cancel, (77, 1)));
        return 5;
    }

    function locked(uint256 times) private view {
        assertEq(odd.succeeded(), 0, "succeeded");
        assertEq(odd.failed(), times, "failed");
        assertEq(odd.locked(), times, "locked");
        assertEq(settlement.nonces(address(odd), 77), 0);
    }

    function test_AtAnyOtherTimeTheySucceed() public {
        uint256 count = planAll();
        odd.become(HostileToken.Manner.CallsBackAfter);
        vm.prank(alice);
        odd.transfer(bob, 1);
        assertEq(odd.succeeded(), count);
    }

    function test_NoEntryInACycle() public {
        uint256 count = planAll();
        odd.become(HostileToken.Manner.CallsBackAfter);
        settle(swapped());
        locked(count);
    }

    function test_NoEntryBeforeATransferEither() public {
        uint256 count = planAll();
        odd.become(HostileToken.Manner.CallsBackBefore);
        settle(swapped());
        locked(count);
    }

    function test_NoEntryInASkippableCycle() public {
        uint256 count = planAll();
        Draft memory d = swapped();
        d.legs[0].extra |= SKIPPABLE;
        odd.become(HostileToken.Manner.CallsBackAfter);
        settle(d);
        locked(count);
    }

    function test_NoEntryInARoute() public {
        uint256 count = planAll();
        pool(address(gold), 1e9, address(odd), 1e9);
        odd.become(HostileToken.Manner.CallsBackAfter);
        Draft memory d = batchOf(via(buys(sells(alice, gold, 1e6), address(odd), 1), address(gold), address(odd)));
        route(d, 0, 0, 0);
        settle(d);
        locked(count);
    }

    function test_NoEntryWhileAnEntryIsFilled() public {
        uint256 count = planAll();
        Draft memory d = bought();
        odd.become(HostileToken.Manner.CallsBackAfter);
        settle(d);
        locked(count);
    }

    function test_NoEntryWhileOneIsPosted() public {
        uint256 count = planAll();
        post(exists(buys(sells(bob, address(odd), 200), gold, 100)));
        odd.become(HostileToken.Manner.CallsBackAfter);
        post(exists(buys(sells(alice, gold, 100), address(odd), 100)));
        locked(count);
    }

    // ------------------------------------------------------------------ parts of the contract

    function test_OnlyTheBookAndTheContractItself() public {
        Taker memory taker = Taker("hash", alice, address(gold), address(silver), 1, 1, 1);
        EntryFill memory what = EntryFill(1, 1, 0);
        Fills fills = Fills(address(settlement));
        vm.startPrank(solver);
        expect(notPart(solver));
        fills.fill(taker, bob, what, solver);
        expect(notPart(solver));
        fills.exchange(taker, bob, what, solver);
        expect(notPart(solver));
        fills.deliver(taker, bob, what);
        vm.stopPrank();
        // The book may not do what only the contract does.
        vm.startPrank(address(book));
        expect(notPart(address(book)));
        fills.exchange(taker, bob, what, solver);
        expect(notPart(address(book)));
        fills.deliver(taker, bob, what);
    }
}
