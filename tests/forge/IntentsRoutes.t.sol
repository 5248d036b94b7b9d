// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GuardKind, ISettlement} from "contracts/interfaces/ISettlement.sol";
import {HostileToken} from "contracts/mocks/hostile/HostileToken.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {IntentsTest, IPair} from "./IntentsTest.sol";

/// @notice Routes through the real Uniswap V2: quotes, the best path, limits, freshness.
contract IntentsRoutesTest is IntentsTest {
    uint256 private constant DEEP = 1e9;

    /// @dev Alice's gold for silver, through their pair.
    function direct(uint256 amount, uint256 least) private returns (Program memory) {
        return via(buys(sells(alice, gold, amount), silver, least), address(gold), address(silver));
    }

    function routed(Program memory p, uint256 amount) private pure returns (Draft memory d) {
        d = batchOf(p);
        route(d, 0, 0, amount);
    }

    // ------------------------------------------------------------------ what is moved

    function test_ARouteGivesWhatThePairDoes() public {
        address pair = pool(address(gold), DEEP, address(silver), 2 * DEEP);
        uint256 given = amountOut(1e6, DEEP, 2 * DEEP);
        Program memory p = direct(1e6, given);
        expectFilled(p, 0, 1e6, given);
        settle(routed(p, 1e6));
        assertMoved(alice, gold, -1e6);
        assertMoved(alice, silver, int256(given));
        (uint256 reserve0, uint256 reserve1,) = IPair(pair).getReserves();
        assertEq(reserve0, DEEP + 1e6);
        assertEq(reserve1, 2 * DEEP - given);
        assertHoldsNothing();
    }

    function test_TheOtherWayRound() public {
        pool(address(gold), DEEP, address(silver), 2 * DEEP);
        uint256 given = amountOut(1e6, 2 * DEEP, DEEP);
        Program memory p = via(buys(sells(bob, silver, 1e6), gold, 1), address(silver), address(gold));
        expectFilled(p, 0, 1e6, given);
        settle(routed(p, 1e6));
        assertMoved(bob, gold, int256(given));
    }

    function test_PathsOfTwoToSixTokens() public {
        address[] memory tokens = new address[](6);
        for (uint256 i; i < 6; ++i) {
            tokens[i] = address(new TestToken("Token", "T"));
            if (i != 0) pool(tokens[i - 1], DEEP, tokens[i], DEEP + 1000 * i);
        }
        TestToken(tokens[0]).mint(alice, 5e6);
        allow(alice, tokens[0], type(uint256).max);
        for (uint256 count = 2; count <= 6; ++count) {
            address[] memory path = new address[](count);
            uint256 given = 1e6;
            for (uint256 i; i < count; ++i) {
                path[i] = tokens[i];
                if (i == 0) continue;
                (uint256 reserve0, uint256 reserve1,) = IPair(factory.getPair(tokens[i - 1], tokens[i])).getReserves();
                if (tokens[i - 1] > tokens[i]) (reserve0, reserve1) = (reserve1, reserve0);
                given = amountOut(given, reserve0, reserve1);
            }
            uint256 before = TestToken(path[count - 1]).balanceOf(alice);
            settle(routed(via(buys(sells(alice, tokens[0], 1e6), path[count - 1], given), path), 1e6));
            assertEq(TestToken(path[count - 1]).balanceOf(alice) - before, given);
        }
    }

    function test_TheBestOfSeveralPaths() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        pool(address(gold), DEEP, address(copper), 2 * DEEP);
        pool(address(copper), 2 * DEEP, address(silver), 2 * DEEP);
        uint256 far = amountOut(amountOut(1e6, DEEP, 2 * DEEP), 2 * DEEP, 2 * DEEP);
        assertGt(far, amountOut(1e6, DEEP, DEEP));
        // Whatever place it has.
        Program memory p = via(direct(1e6, 1), address(gold), address(copper), address(silver));
        uint256 state = vm.snapshotState();
        expectFilled(p, 0, 1e6, far);
        settle(routed(p, 1e6));
        vm.revertToState(state);
        p = buys(sells(alice, gold, 1e6), silver, 1);
        p = via(via(p, address(gold), address(copper), address(silver)), address(gold), address(silver));
        expectFilled(p, 0, 1e6, far);
        settle(routed(p, 1e6));
    }

    function test_TheFirstOfEqualPaths() public {
        TestToken other = new TestToken("Other", "O");
        address first = pool(address(gold), DEEP, address(copper), DEEP);
        pool(address(copper), DEEP, address(silver), DEEP);
        address second = pool(address(gold), DEEP, address(other), DEEP);
        pool(address(other), DEEP, address(silver), DEEP);
        Program memory p = via(buys(sells(alice, gold, 1e6), silver, 1), address(gold), address(other), address(silver));
        via(p, address(gold), address(copper), address(silver));
        settle(routed(p, 1e6));
        assertEq(gold.balanceOf(first), DEEP);
        assertEq(gold.balanceOf(second), DEEP + 1e6);
    }

    function test_AllThatIsLeft() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        Program memory p = direct(1e6, 1);
        settle(routed(p, 4e5));
        settle(routed(p, 0));
        assertMoved(alice, gold, -1e6);
        // Nothing is left, which another move of the batch took: nothing happens.
        p = direct(1e6, 1);
        Draft memory d = routed(p, 0);
        route(d, 0, 0, 0);
        settle(d);
        assertMoved(alice, gold, -2e6);
    }

    function test_RoutesInTurnSeeWhatTheOneBeforeLeft() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        Draft memory d = routed(direct(2e6, 1), 1e6);
        route(d, 0, 0, 1e6);
        uint256 first = amountOut(1e6, DEEP, DEEP);
        uint256 second = amountOut(1e6, DEEP + 1e6, DEEP - first);
        expectFilled(d.orders[0], 0, 1e6, first);
        expectFilled(d.orders[0], 0, 1e6, second);
        settle(d);
    }

    function test_RouteBehindAnEmptyBook() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        Program memory p = buys(offers(alice, gold, 1e6, silver, 2e6), silver, 1);
        p = via(p, address(gold), address(silver));
        Draft memory d = batchOf(p);
        sweep(d, 0, 0, 10, 0);
        route(d, 0, 1, 0);
        expectFilled(p, 1, 1e6, amountOut(1e6, DEEP, DEEP));
        uint256 state = vm.snapshotState();
        settle(d);
        vm.revertToState(state);
        // The book holds half of it.
        post(offers(bob, silver, 1e6, gold, 5e5));
        expectFilled(p, 0, 5e5, 1e6);
        expectFilled(p, 1, 5e5, amountOut(5e5, DEEP, DEEP));
        settle(d);
    }

    // ------------------------------------------------------------------ limits

    function test_LimitMetAndOneBelow() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        uint256 given = amountOut(1e6, DEEP, DEEP);
        refused(routed(direct(1e6, given + 1), 1e6), belowLimit(0, 0, given, given + 1));
        settle(routed(direct(1e6, given), 1e6));
    }

    function test_TheLimitOfAPartIsRoundedUp() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        uint256 given = amountOut(1e6, DEEP, DEEP);
        // ceil((3 given + 1) / 3) = given + 1
        refused(routed(direct(3e6, 3 * given + 1), 1e6), belowLimit(0, 0, given, given + 1));
        settle(routed(direct(3e6, 3 * given), 1e6));
    }

    function test_MoreThanIsLeft() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        refused(routed(direct(1e6, 1), 1e6 + 1), overfilled(0, 1e6 + 1, 1e6));
    }

    // ------------------------------------------------------------------ no pool, no path

    function noPool() private view returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_NoPool.selector, address(gold), address(silver));
    }

    function test_NoPool() public {
        refused(routed(direct(1e6, 1), 1e6), noPool());
        // One that is empty gives nothing.
        factory.createPair(address(gold), address(silver));
        refused(routed(direct(1e6, 1), 1e6), noPool());
        pool(address(gold), DEEP, address(silver), 1e3);
        refused(routed(direct(1e6, 1), 1), noPool());
    }

    function test_ReservesOnOneSideOnlyGiveNothing() public {
        address pair = factory.createPair(address(gold), address(silver));
        silver.mint(pair, DEEP);
        IPair(pair).sync();
        refused(routed(direct(1e6, 1), 1e6), noPool());
        pair = factory.createPair(address(copper), address(silver));
        copper.mint(pair, DEEP);
        IPair(pair).sync();
        Program memory p = via(buys(sells(alice, copper, 1e6), silver, 1), address(copper), address(silver));
        refused(
            routed(p, 1e6),
            abi.encodeWithSelector(ISettlement.Settlement_NoPool.selector, address(copper), address(silver))
        );
    }

    function test_OneMissingPoolOfTwoPaths() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        pool(address(gold), DEEP, address(copper), DEEP);
        Program memory p = buys(sells(alice, gold, 1e6), silver, 1);
        p = via(via(p, address(gold), address(copper), address(silver)), address(gold), address(silver));
        expectFilled(p, 0, 1e6, amountOut(1e6, DEEP, DEEP));
        settle(routed(p, 1e6));
    }

    function badPath(uint256 branch, uint256 path) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_BadPath.selector, 0, branch, path);
    }

    function test_PathsThatDoNotLeadThere() public {
        address g = address(gold);
        address s = address(silver);
        address c = address(copper);
        refused(routed(via(direct(1e6, 1), c, s), 1e6), badPath(0, 1));
        refused(routed(via(direct(1e6, 1), g, c), 1e6), badPath(0, 1));
        address[] memory path = new address[](1);
        path[0] = g;
        refused(routed(via(direct(1e6, 1), path), 1e6), badPath(0, 1));
        refused(routed(via(direct(1e6, 1), new address[](0)), 1e6), badPath(0, 1));
        path = new address[](7);
        for (uint256 i; i < 7; ++i) {
            path[i] = i % 2 == 0 ? g : c;
        }
        path[6] = s;
        refused(routed(via(direct(1e6, 1), path), 1e6), badPath(0, 1));
        // In a later branch.
        Program memory p = via(buys(offers(alice, gold, 1e6, silver, 1), silver, 1), s, g);
        refused(routed(p, 1e6), badPath(1, 0));
        // Doing nothing has no path.
        refused(routed(via(buys(sells(alice, gold, 1e6), NOTHING, 0), g, s), 1e6), outOfRange(0));
    }

    function test_OnlyBranchesWithPathsAreRouted() public {
        refused(
            routed(buys(sells(alice, gold, 1e6), silver, 1), 1e6),
            abi.encodeWithSelector(ISettlement.Settlement_NotRouted.selector, 0, 0)
        );
    }

    function test_RoutesOfWhatIsNotThere() public {
        Draft memory d = batchOf(direct(1e6, 1));
        route(d, 1, 0, 0);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownOrder.selector, 1));
        d = batchOf(direct(1e6, 1));
        route(d, 0, 1, 0);
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownBranch.selector, 0, 1));
    }

    function test_OnePairTwiceInAPath() public {
        address[3] memory ring = [address(gold), address(silver), address(copper)];
        uint256 quoted = 1e6;
        address[] memory path = new address[](5);
        for (uint256 i; i < 5; ++i) {
            path[i] = ring[i % 3];
            if (i < 3) pool(ring[i], DEEP, ring[(i + 1) % 3], DEEP);
            if (i != 0) quoted = amountOut(quoted, DEEP, DEEP);
        }
        (bool ok, bytes memory answer) = tried(routed(via(buys(sells(alice, gold, 1e6), silver, 1), path), 1e6));
        assertFalse(ok);
        assertEq(bytes4(answer), ISettlement.Settlement_TokenTakesFee.selector);
        (address token, uint256 sent, uint256 received) = abi.decode(rest(answer), (address, uint256, uint256));
        assertEq(token, address(silver));
        assertEq(sent, quoted);
        assertLt(received, quoted);
        // At once again, the pair pays itself.
        path = new address[](4);
        (path[0], path[1], path[2], path[3]) = (address(gold), address(silver), address(gold), address(silver));
        (ok, answer) = tried(routed(via(buys(sells(alice, gold, 1e6), silver, 1), path), 1e6));
        assertFalse(ok);
        assertEq(answer, abi.encodeWithSignature("Error(string)", "UniswapV2: K"));
    }

    function tried(Draft memory d) private returns (bool ok, bytes memory answer) {
        bytes memory batch = pack(d);
        vm.prank(solver);
        return address(settlement).call(abi.encodeCall(ISettlement.settle, (batch)));
    }

    function rest(bytes memory answer) private pure returns (bytes memory arguments) {
        arguments = new bytes(answer.length - 4);
        for (uint256 i; i < arguments.length; ++i) {
            arguments[i] = answer[i + 4];
        }
    }

    // ------------------------------------------------------------------ freshness

    function fresh(uint256 amount) private returns (Program memory) {
        return when(direct(amount, 1), GuardKind.Fresh, 0, 0);
    }

    function test_FreshUnlessTouchedInThisBlock() public {
        address pair = pool(address(gold), DEEP, address(silver), DEEP);
        IPair(pair).sync();
        refused(routed(fresh(1e6), 1e6), undecided(0, 0, 0));
        later();
        settle(routed(fresh(1e6), 1e6));
        refused(routed(fresh(1e6), 1e6), undecided(0, 0, 0));
    }

    function test_EveryPairOfEveryPathMustBeFresh() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        pool(address(gold), DEEP, address(copper), DEEP);
        address last = pool(address(copper), DEEP, address(silver), DEEP);
        Program memory p = via(fresh(1e6), address(gold), address(copper), address(silver));
        IPair(last).sync();
        refused(routed(p, 1e6), undecided(0, 0, 0));
        later();
        settle(routed(p, 1e6));
    }

    function test_APairThatThereIsNotIsFresh() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        Program memory p = via(fresh(1e6), address(gold), address(copper), address(silver));
        settle(routed(p, 1e6));
    }

    /// @dev A sandwich in one batch.
    function test_FreshWithinTheBatchToo() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        Program memory before = via(buys(sells(bob, gold, 1e6), silver, 1), address(gold), address(silver));
        Program memory p = direct(1e6, 1);
        when(when(p, GuardKind.After, 0, 0), GuardKind.Fresh, 0, 0);
        Draft memory d = batchOf(before, p);
        route(d, 0, 0, 1e6);
        route(d, 1, 0, 1e6);
        refused(d, undecided(1, 0, 1));
        // In the other order it is the first.
        d = batchOf(before, p);
        route(d, 1, 0, 1e6);
        route(d, 0, 0, 1e6);
        settle(d);
    }

    // ------------------------------------------------------------------ odd tokens

    function test_ATokenThatTakesAFeeAtTheEnd() public {
        HostileToken odd = hostile();
        pool(address(gold), DEEP, address(odd), DEEP);
        odd.become(HostileToken.Manner.TakesFee);
        uint256 quoted = amountOut(1e6, DEEP, DEEP);
        Program memory p = via(buys(sells(alice, gold, 1e6), address(odd), 1), address(gold), address(odd));
        refused(routed(p, 1e6), takesFee(address(odd), quoted, quoted - quoted / 100 - 1));
        odd.become(HostileToken.Manner.MovesMore);
        refused(routed(p, 1e6), takesFee(address(odd), quoted, quoted + 1));
        odd.become(HostileToken.Manner.Plain);
        settle(routed(p, 1e6));
    }

    function test_ATokenThatTakesAFeeAtTheBeginning() public {
        HostileToken odd = hostile();
        pool(address(gold), DEEP, address(odd), DEEP);
        odd.become(HostileToken.Manner.TakesFee);
        Program memory p = via(buys(sells(alice, address(odd), 1e6), address(gold), 1), address(odd), address(gold));
        refused(routed(p, 1e6), takesFee(address(odd), 1e6, 1e6 - 1e4 - 1));
    }

    function test_WhoHasNothingToRoute() public {
        address pair = pool(address(gold), DEEP, address(silver), DEEP);
        allow(alice, address(gold), 1e6 - 1);
        refused(routed(direct(1e6, 1), 1e6), transferFailed(address(gold), alice, pair, 1e6));
    }
}
