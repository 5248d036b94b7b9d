// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GuardKind, ISettlement} from "contracts/interfaces/ISettlement.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {IntentsTest, IPair} from "./IntentsTest.sol";

/// @notice A share for a change of route: Alice pays Bob for going by copper, so that the pair of gold and silver is hers.
contract IntentsSharesTest is IntentsTest {
    uint256 private constant DEEP = 1e8;
    uint256 private constant UNITS = 1e6;
    uint256 private constant MOST = type(uint112).max;

    address private near;
    /// @dev What Alice gets alone, and her part of what both would get.
    uint256 private alone;
    uint256 private together;

    function setUp() public override {
        super.setUp();
        near = pool(address(gold), DEEP, address(silver), DEEP);
        pool(address(gold), DEEP, address(copper), DEEP);
        pool(address(copper), DEEP, address(silver), DEEP);
        alone = amountOut(UNITS, DEEP, DEEP);
        together = (amountOut(4 * UNITS, DEEP, DEEP) * UNITS) / (4 * UNITS);
    }

    function subject(address who, uint256 bps) private pure returns (bytes32) {
        return bytes32((bps << 160) | uint160(who));
    }

    function payer(uint256 least, uint256 bps, uint256 baseline, uint256 most) private returns (Program memory p) {
        p = via(buys(sells(alice, gold, UNITS), silver, least), address(gold), address(silver));
        return when(p, GuardKind.Pays, subject(bob, bps), (baseline << 112) | most);
    }

    /// @dev Three times as much as Alice.
    function mover(uint256 bps, uint256 baseline, uint256 most) private returns (Program memory p) {
        p = buys(sells(bob, gold, 3 * UNITS), silver, 1);
        p = via(p, address(gold), address(copper), address(silver));
        return when(p, GuardKind.Paid, subject(alice, bps), (baseline << 112) | most);
    }

    function both(Program memory a, Program memory b) private pure returns (Draft memory d) {
        d = batchOf(a, b);
        route(d, 0, 0, UNITS);
        route(d, 1, 0, 3 * UNITS);
    }

    function expectShared(uint256 gain, uint256 paid) private {
        vm.expectEmit(address(settlement));
        emit ISettlement.Shared(alice, bob, address(silver), gain, paid);
    }

    // ------------------------------------------------------------------ what is paid

    function test_AShareOfTheGain() public {
        uint256 gain = alone - together;
        uint256 paid = (gain * 2500) / 10_000;
        assertGt(paid, 1000);
        uint256 far = amountOut(amountOut(3 * UNITS, DEEP, DEEP), DEEP, DEEP);
        Draft memory d = both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST));
        expectShared(gain, paid);
        expectFilled(d.orders[0], 0, UNITS, alone - paid);
        expectFilled(d.orders[1], 0, 3 * UNITS, far);
        settle(d);
        assertMoved(alice, silver, int256(alone - paid));
        assertMoved(bob, silver, int256(far + paid));
        assertHoldsNothing();
    }

    function test_WhoeverIsFirst() public {
        uint256 gain = alone - together;
        Draft memory d = batchOf(payer(1, 2500, 1, MOST), mover(2500, 1, MOST));
        route(d, 1, 0, 3 * UNITS);
        route(d, 0, 0, UNITS);
        expectShared(gain, (gain * 2500) / 10_000);
        settle(d);
    }

    function test_AtMostTheMost() public {
        uint256 gain = alone - together;
        uint256 paid = (gain * 2500) / 10_000;
        uint256 state = vm.snapshotState();
        expectShared(gain, paid);
        settle(both(payer(1, 2500, 1, paid), mover(2500, 1, paid)));
        vm.revertToState(state);
        expectShared(gain, paid - 1);
        settle(both(payer(1, 2500, 1, paid - 1), mover(2500, 1, paid - 1)));
    }

    function test_AboveTheBaselineWhereThatIsMore() public {
        uint256 baseline = together + 1;
        expectShared(alone - baseline, alone - baseline);
        settle(both(payer(1, 10_000, baseline, MOST), mover(10_000, baseline, MOST)));
        assertMoved(alice, silver, int256(baseline));
    }

    function test_RoundedInFavourOfThePayer() public {
        // Of three units a third is none, and a bit more is one.
        expectShared(3, 0);
        settle(both(payer(1, 3333, alone - 3, MOST), mover(3333, alone - 3, MOST)));
        assertMoved(alice, silver, int256(alone));
    }

    function test_TheBaselineMetAndOneBelow() public {
        refused(
            both(payer(1, 10_000, alone + 1, MOST), mover(10_000, alone + 1, MOST)), belowLimit(0, 0, alone, alone + 1)
        );
        expectShared(0, 0);
        settle(both(payer(1, 10_000, alone, MOST), mover(10_000, alone, MOST)));
        assertMoved(alice, silver, int256(alone));
    }

    function test_ThePayersMinimumHoldsForWhatRemains() public {
        uint256 paid = ((alone - together) * 2500) / 10_000;
        refused(
            both(payer(alone - paid + 1, 2500, 1, MOST), mover(2500, 1, MOST)),
            belowLimit(0, 0, alone - paid, alone - paid + 1)
        );
        settle(both(payer(alone - paid, 2500, 1, MOST), mover(2500, 1, MOST)));
    }

    function test_NoShareOfNothing() public {
        expectShared(alone - together, 0);
        settle(both(payer(1, 0, 1, MOST), mover(0, 1, MOST)));
    }

    // ------------------------------------------------------------------ partners

    function noPartner(uint256 order, uint256 guard) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_NoPartner.selector, order, 0, guard);
    }

    function test_NeitherGoesAlone() public {
        Draft memory d = batchOf(payer(1, 2500, 1, MOST));
        route(d, 0, 0, UNITS);
        refused(d, noPartner(0, 0));
        d = batchOf(mover(2500, 1, MOST));
        route(d, 0, 0, 3 * UNITS);
        refused(d, noPartner(0, 0));
        // In the batch, but not routed.
        d = both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST));
        delete d.routes;
        route(d, 0, 0, UNITS);
        refused(d, noPartner(0, 0));
    }

    function test_NumbersMustBeTheSame() public {
        refused(both(payer(1, 2500, 1, MOST), mover(2501, 1, MOST)), noPartner(0, 0));
        refused(both(payer(1, 2500, 1, MOST), mover(2500, 2, MOST)), noPartner(0, 0));
        refused(both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST - 1)), noPartner(0, 0));
    }

    function test_AccountsMustBeTheSame() public {
        Program memory m = mover(2500, 1, MOST);
        m.maker = carol;
        m.key = keyOf(carol);
        refused(both(payer(1, 2500, 1, MOST), m), noPartner(0, 0));
        m = mover(2500, 1, MOST);
        m.branches[0].guards[0].subject = subject(carol, 2500);
        refused(both(payer(1, 2500, 1, MOST), m), noPartner(0, 0));
    }

    function test_TwoPayersAreNoPair() public {
        Program memory m = mover(2500, 1, MOST);
        m.branches[0].guards[0].kind = GuardKind.Pays;
        refused(both(payer(1, 2500, 1, MOST), m), noPartner(0, 0));
    }

    function test_TokensMustBeTheSame() public {
        Program memory m = via(buys(sells(bob, copper, UNITS), silver, 1), address(copper), address(silver));
        m = when(m, GuardKind.Paid, subject(alice, 2500), (1 << 112) | MOST);
        Draft memory d = batchOf(payer(1, 2500, 1, MOST), m);
        route(d, 0, 0, UNITS);
        route(d, 1, 0, UNITS);
        refused(d, noPartner(0, 0));
        m = via(buys(sells(bob, gold, UNITS), copper, 1), address(gold), address(copper));
        m = when(m, GuardKind.Paid, subject(alice, 2500), (1 << 112) | MOST);
        d = batchOf(payer(1, 2500, 1, MOST), m);
        route(d, 0, 0, UNITS);
        route(d, 1, 0, UNITS);
        refused(d, noPartner(0, 0));
    }

    function test_PartnersThatAreNotThere() public {
        Draft memory d = both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST));
        d.routes[1].order = 2;
        refused(d, noPartner(0, 0));
        d.routes[1].order = 1;
        d.routes[1].branch = 1;
        refused(d, noPartner(0, 0));
        // What is not there has no guards: the route itself is refused.
        d.routes[0].order = 2;
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownOrder.selector, 2));
        d.routes[0].order = 0;
        d.routes[0].branch = 1;
        refused(d, abi.encodeWithSelector(ISettlement.Settlement_UnknownBranch.selector, 0, 1));
    }

    function test_OtherGuardsBesideIt() public {
        Program memory p = via(buys(sells(alice, gold, UNITS), silver, 1), address(gold), address(silver));
        p = when(when(p, GuardKind.After, 0, 0), GuardKind.Fresh, 0, 0);
        p = when(p, GuardKind.Pays, subject(bob, 2500), (1 << 112) | MOST);
        Program memory m = buys(sells(bob, gold, 3 * UNITS), silver, 1);
        m = via(m, address(gold), address(copper), address(silver));
        m = when(when(m, GuardKind.After, 0, 0), GuardKind.Paid, subject(alice, 2500), (1 << 112) | MOST);
        Draft memory d = both(p, m);
        uint256 gain = alone - together;
        expectShared(gain, (gain * 2500) / 10_000);
        settle(d);
        // The guard is named that has no partner.
        m.branches[0].guards[1].limit = 1;
        p.nonce += 1000;
        m.nonce += 1000;
        later();
        refused(both(p, m), noPartner(0, 2));
    }

    function test_TwoPayersByOnePairAreNotBothFresh() public {
        Program memory m = mover(2500, 1, MOST);
        m = when(m, GuardKind.Paid, subject(carol, 1000), (1 << 112) | MOST);
        Program memory c = via(buys(sells(carol, gold, UNITS), silver, 1), address(gold), address(silver));
        c = when(c, GuardKind.Pays, subject(bob, 1000), (1 << 112) | MOST);
        Draft memory d = batchOf(payer(1, 2500, 1, MOST), m, c);
        route(d, 0, 0, UNITS);
        route(d, 1, 0, 3 * UNITS);
        route(d, 2, 0, UNITS);
        // Both by one pair: the second is not fresh any more.
        refused(d, undecided(2, 0, 0));
    }

    // ------------------------------------------------------------------ amounts

    function test_AmountsAreGiven() public {
        Draft memory d = both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST));
        d.routes[0].amount = 0;
        refused(d, outOfRange(0));
        d.routes[0].amount = UNITS;
        d.routes[1].amount = 0;
        refused(d, noPartner(0, 0));
        d.routes[1].amount = 3 * UNITS;
        (d.routes[0], d.routes[1]) = (d.routes[1], d.routes[0]);
        d.routes[0].amount = 0;
        refused(d, outOfRange(1));
    }

    function test_ThePayerRoutesAllOfIt() public {
        Draft memory d = both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST));
        d.routes[0].amount = UNITS - 1;
        refused(d, outOfRange(0));
        // The mover need not.
        d.routes[0].amount = UNITS;
        d.routes[1].amount = 1000;
        settle(d);
    }

    function test_NoBranchTwice() public {
        Draft memory d = both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST));
        route(d, 0, 0, UNITS);
        refused(d, outOfRange(0));
        d = both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST));
        d.routes[1].amount = UNITS;
        route(d, 1, 0, UNITS);
        refused(d, outOfRange(1));
    }

    function test_MoreThanAllOfTheGain() public {
        refused(both(payer(1, 10_001, 1, MOST), mover(10_001, 1, MOST)), outOfRange(0));
        settle(both(payer(1, 10_000, 1, MOST), mover(10_000, 1, MOST)));
        assertMoved(alice, silver, int256(together));
    }

    function test_OnePaymentOfABranch() public {
        Program memory p = payer(1, 2500, 1, MOST);
        p = when(p, GuardKind.Pays, subject(bob, 1000), (1 << 112) | MOST);
        Program memory m = when(mover(2500, 1, MOST), GuardKind.Paid, subject(alice, 1000), (1 << 112) | MOST);
        refused(both(p, m), outOfRange(0));
        // Of which a mover may have several: the other partner is not there.
        refused(both(payer(1, 2500, 1, MOST), m), noPartner(1, 1));
    }

    // ------------------------------------------------------------------ freshness, else-branches

    function test_BothAreFresh() public {
        IPair(near).sync();
        refused(both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST)), undecided(0, 0, 0));
        later();
        IPair(factory.getPair(address(copper), address(silver))).sync();
        refused(both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST)), undecided(1, 0, 0));
        later();
        settle(both(payer(1, 2500, 1, MOST), mover(2500, 1, MOST)));
    }

    function test_WithoutThePartnerTheElseBranchGoes() public {
        Program memory p = buys(payer(1, 2500, 1, MOST), silver, 1);
        p = via(p, address(gold), address(silver));
        Draft memory d = batchOf(p);
        route(d, 0, 1, UNITS);
        expectFilled(p, 1, UNITS, alone);
        settle(d);
        later();
        p = via(buys(mover(2500, 1, MOST), silver, 1), address(gold), address(silver));
        d = batchOf(p);
        route(d, 0, 1, UNITS);
        settle(d);
    }

    function test_NotThroughAnUndecidedShare() public {
        Program memory p = buys(payer(1, 2500, 1, MOST), silver, 1);
        p = via(p, address(gold), address(silver));
        IPair(near).sync();
        Draft memory d = batchOf(p);
        route(d, 0, 1, UNITS);
        refused(d, undecided(0, 0, 0));
    }
}
