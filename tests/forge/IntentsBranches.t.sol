// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GuardKind, ISettlement} from "contracts/interfaces/ISettlement.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {IntentsTest, IPair} from "./IntentsTest.sol";

/// @notice Guards and the waterfall: which branch may be taken, and which lets units pass.
contract IntentsBranchesTest is IntentsTest {
    /// @dev Alice's gold for Bob's silver by her branch `branch`, one for one.
    function taking(Program memory p, uint256 branch) private returns (Draft memory d) {
        d = batchOf(p, buys(sells(bob, silver, 100), gold, 100));
        leg(d, 0, branch, 0, 100);
        leg(d, 1, 0, LAST, 100);
    }

    function plain() private returns (Program memory) {
        return buys(sells(alice, gold, 100), silver, 100);
    }

    /// @dev A guard that holds is no obstacle; one that does not is named, with what it saw.
    function holds(GuardKind kind, bytes32 subject, uint256 limit) private {
        settle(taking(when(plain(), kind, subject, limit), 0));
    }

    function fails(GuardKind kind, bytes32 subject, uint256 limit, uint256 observed) private {
        refused(taking(when(plain(), kind, subject, limit), 0), guardFails(0, 0, 0, observed));
    }

    function isUndecided(GuardKind kind, bytes32 subject, uint256 limit) private {
        refused(taking(when(plain(), kind, subject, limit), 0), undecided(0, 0, 0));
    }

    // ------------------------------------------------------------------ time

    function test_AfterFromItsSecondOn() public {
        uint256 now_ = block.timestamp;
        holds(GuardKind.After, 0, now_);
        holds(GuardKind.After, 0, 0);
        fails(GuardKind.After, 0, now_ + 1, now_);
        fails(GuardKind.After, 0, type(uint256).max, now_);
    }

    function test_BeforeUntilTheSecondBeforeIt() public {
        uint256 now_ = block.timestamp;
        fails(GuardKind.Before, 0, now_, now_);
        fails(GuardKind.Before, 0, 0, now_);
        holds(GuardKind.Before, 0, now_ + 1);
    }

    // ------------------------------------------------------------------ commitments

    function test_CommitmentsThatAreFinal() public {
        bytes32 kept = outcome(KEEP);
        holds(GuardKind.Kept, kept, 0);
        fails(GuardKind.Reverted, kept, 0, 1);
        bytes32 reverted = outcome(REVERT);
        holds(GuardKind.Reverted, reverted, 0);
        fails(GuardKind.Kept, reverted, 0, 0);
    }

    function test_CommitmentsThatAreNot() public {
        bytes32 id = bytes32(bytes25("nobody's"));
        isUndecided(GuardKind.Kept, id, 0);
        isUndecided(GuardKind.Reverted, id, 0);
        id = pending();
        isUndecided(GuardKind.Kept, id, 0);
        isUndecided(GuardKind.Reverted, id, 0);
    }

    /// @dev It is trusted; one that does not answer leaves no outcome to guess at.
    function test_ARegistryThatDoesNotAnswer() public {
        bytes32 id = bytes32(bytes25("id"));
        vm.mockCallRevert(address(registry), abi.encodeCall(registry.kept, (CommitmentId.wrap(bytes25(id)))), "why");
        refused(taking(when(plain(), GuardKind.Kept, id, 0), 0), "");
        // Of its name, 25 bytes are read.
        refused(taking(when(plain(), GuardKind.Reverted, id | bytes32(uint256(1)), 0), 0), "");
        vm.clearMockedCalls();
        isUndecided(GuardKind.Kept, id, 0);
    }

    function pending() private returns (bytes32) {
        return bytes32(bytes25(abi.encodePacked(publish(carol).id)));
    }

    // ------------------------------------------------------------------ pools

    /// @dev Gold is token 0: reserve1 / reserve0 is 3 / 2.
    function threeForTwo() private returns (bytes32) {
        return bytes32(uint256(uint160(pool(address(gold), 2e6, address(silver), 3e6))));
    }

    function ratio(uint256 n, uint256 d) private pure returns (uint256) {
        return (n << 128) | d;
    }

    function test_PoolPriceAtLeastAndAtMost() public {
        bytes32 pair = threeForTwo();
        uint256 observed = ratio(3e6, 2e6);
        holds(GuardKind.PoolAtLeast, pair, ratio(3, 2));
        holds(GuardKind.PoolAtMost, pair, ratio(3, 2));
        holds(GuardKind.PoolAtLeast, pair, ratio(2_999_999, 2e6));
        holds(GuardKind.PoolAtMost, pair, ratio(3_000_001, 2e6));
        fails(GuardKind.PoolAtLeast, pair, ratio(3_000_001, 2e6), observed);
        fails(GuardKind.PoolAtMost, pair, ratio(2_999_999, 2e6), observed);
        // Neither side's product overflows.
        holds(GuardKind.PoolAtMost, pair, ratio(type(uint128).max, 1));
        fails(GuardKind.PoolAtMost, pair, ratio(1, type(uint128).max), observed);
        fails(GuardKind.PoolAtLeast, pair, ratio(type(uint128).max, 1), observed);
    }

    function test_APoolThatWasTouchedInThisBlock() public {
        bytes32 pair = threeForTwo();
        IPair(address(uint160(uint256(pair)))).sync();
        isUndecided(GuardKind.PoolAtLeast, pair, ratio(1, 1));
        isUndecided(GuardKind.PoolAtMost, pair, ratio(1, 1));
        later();
        holds(GuardKind.PoolAtLeast, pair, ratio(1, 1));
        fails(GuardKind.PoolAtMost, pair, ratio(1, 1), ratio(3e6, 2e6));
    }

    /// @dev The pair keeps 32 bits of the time.
    function test_TimeIn32Bits() public {
        vm.warp(uint256(type(uint32).max) + 1);
        bytes32 pair = threeForTwo();
        IPair(address(uint160(uint256(pair)))).sync();
        isUndecided(GuardKind.PoolAtLeast, pair, ratio(1, 1));
        later();
        holds(GuardKind.PoolAtLeast, pair, ratio(1, 1));
    }

    function test_WhatIsNoPool() public {
        isUndecided(GuardKind.PoolAtLeast, bytes32(uint256(uint160(makeAddr("nobody")))), ratio(1, 1));
        isUndecided(GuardKind.PoolAtLeast, bytes32(uint256(uint160(address(gold)))), ratio(1, 1));
        // A pair without liquidity has no price.
        bytes32 pair = bytes32(uint256(uint160(factory.createPair(address(gold), address(silver)))));
        isUndecided(GuardKind.PoolAtLeast, pair, ratio(1, 1));
        isUndecided(GuardKind.PoolAtMost, pair, ratio(1, 1));
    }

    function test_APoolThatAnswersWhatNoPoolCan() public {
        address odd = makeAddr("odd");
        bytes memory call_ = abi.encodeCall(IPair.getReserves, ());
        bytes32 subject = bytes32(uint256(uint160(odd)));
        uint256 most = type(uint112).max;
        vm.mockCall(odd, call_, abi.encode(most + 1, most, 0));
        isUndecided(GuardKind.PoolAtLeast, subject, ratio(1, 1));
        vm.mockCall(odd, call_, abi.encode(most, most + 1, 0));
        isUndecided(GuardKind.PoolAtLeast, subject, ratio(1, 1));
        vm.mockCall(odd, call_, abi.encode(0, most, 0));
        isUndecided(GuardKind.PoolAtLeast, subject, ratio(1, 1));
        vm.mockCall(odd, call_, abi.encode(most, 0, 0));
        isUndecided(GuardKind.PoolAtMost, subject, ratio(1, 1));
        vm.mockCall(odd, call_, abi.encodePacked(most, most, bytes31(0)));
        isUndecided(GuardKind.PoolAtLeast, subject, ratio(1, 1));
        vm.mockCall(odd, call_, abi.encode(most, most, 0));
        holds(GuardKind.PoolAtLeast, subject, ratio(type(uint128).max, type(uint128).max));
    }

    // ------------------------------------------------------------------ several guards

    function test_TheFirstFalseGuardElseTheFirstUndecided() public {
        bytes32 open = pending();
        uint256 now_ = block.timestamp;
        Program memory p = when(plain(), GuardKind.After, 0, now_);
        when(p, GuardKind.Kept, open, 0);
        when(p, GuardKind.Reverted, open, 0);
        refused(taking(p, 0), undecided(0, 0, 1));
        when(p, GuardKind.Before, 0, now_);
        when(p, GuardKind.After, 0, now_ + 1);
        refused(taking(p, 0), guardFails(0, 0, 3, now_));
    }

    function test_AllMustHold() public {
        Program memory p = when(plain(), GuardKind.After, 0, block.timestamp);
        when(exists(p), GuardKind.Before, 0, block.timestamp + 1);
        settle(taking(p, 0));
    }

    // ------------------------------------------------------------------ the waterfall

    function test_AFalseBranchLetsUnitsPass() public {
        Program memory p = buys(when(plain(), GuardKind.Before, 0, block.timestamp), silver, 50);
        Draft memory d = batchOf(p, buys(sells(bob, silver, 50), gold, 100));
        leg(d, 0, 1, 0, 100);
        leg(d, 1, 0, LAST, 50);
        settle(d);
        assertMoved(alice, silver, 50);
    }

    function test_AnUndecidedBranchLetsNonePass() public {
        Program memory p = buys(when(plain(), GuardKind.Kept, pending(), 0), silver, 50);
        refused(taking(p, 1), undecided(0, 0, 0));
        p = buys(buys(when(plain(), GuardKind.Before, 0, 1), silver, 50), silver, 20);
        when(p, GuardKind.Kept, pending(), 0);
        buys(p, silver, 10);
        refused(taking(p, 3), branchHolds(0, 1));
    }

    function test_ATrueBranchLetsNonePass() public {
        refused(taking(buys(plain(), silver, 50), 1), branchHolds(0, 0));
        Program memory p = when(plain(), GuardKind.After, 0, block.timestamp);
        refused(taking(buys(p, silver, 50), 1), branchHolds(0, 0));
        // It is only the branches handed in that count.
        settle(taking(hand(buys(p, silver, 25), 1), 0));
    }

    function test_TheLastBranchHandedInMustHold() public {
        Program memory p = buys(offers(alice, gold, 100, silver, 100), silver, 50);
        when(p, GuardKind.Before, 0, block.timestamp);
        refused(taking(p, 0), guardFails(0, 1, 0, block.timestamp));
        settle(taking(hand(p, 1), 0));
    }

    function test_HashesOfLaterBranchesAreSigned() public {
        Program memory p = buys(buys(offers(alice, gold, 100, silver, 100), copper, 50), NOTHING, 0);
        for (uint256 given = 1; given <= 3; ++given) {
            assertEq(settlement.hash(pack(hand(p, given))), hashOf(p));
        }
    }

    function test_EachOrderHasItsOwnBranches() public {
        Program memory bobs = buys(sells(bob, silver, 100), gold, 100);
        when(bobs, GuardKind.Before, 0, block.timestamp);
        Draft memory d = batchOf(plain(), bobs);
        swap(d, 0, 100, 1, 100);
        refused(d, guardFails(1, 0, 0, block.timestamp));
    }

    // ------------------------------------------------------------------ kinds and the branches they stand in

    function test_ExistsOnceAndOnDirectSwaps() public {
        settle(taking(exists(plain()), 0));
        refused(taking(exists(exists(plain())), 0), outOfRange(0));
        Program memory p = via(buys(sells(alice, gold, 100), silver, 100), address(gold), address(silver));
        refused(taking(exists(p), 0), outOfRange(0));
        p = exists(buys(sells(alice, gold, 100), NOTHING, 0));
        refused(taking(p, 0), outOfRange(0));
    }

    function test_FreshnessAndSharesOnRoutes() public {
        refused(taking(when(plain(), GuardKind.Fresh, 0, 0), 0), outOfRange(0));
        refused(taking(when(plain(), GuardKind.Pays, 0, 0), 0), outOfRange(0));
        refused(taking(when(plain(), GuardKind.Paid, 0, 0), 0), outOfRange(0));
    }

    function test_DoingNothingIsNoMove() public {
        Program memory p = buys(sells(alice, gold, 100), NOTHING, 0);
        Draft memory d = batchOf(p);
        refused(d, unused(0));
        route(d, 0, 0, 100);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_NotRouted.selector, 0, 0));
    }
}
