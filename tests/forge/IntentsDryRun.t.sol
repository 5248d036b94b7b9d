// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {DryRun} from "contracts/intents/DryRun.sol";
import {Clause, Obstacle, Verdict} from "contracts/interfaces/IDryRun.sol";
import {GuardKind, ISettlement} from "contracts/interfaces/ISettlement.sol";
import {SmartWallet} from "contracts/mocks/SmartWallet.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Draft, Program} from "./IntentsEncoder.sol";
import {Commitment} from "./RegistryTest.sol";
import {IntentsTest, IPair} from "./IntentsTest.sol";

/// @notice What the dry run says of intents: each clause, with what was observed and when to look again.
contract IntentsDryRunTest is IntentsTest {
    uint256 private constant DEEP = 1e9;
    DryRun private dryRun;

    function setUp() public override {
        super.setUp();
        dryRun = new DryRun(settlement);
    }

    function check(Program memory p) private view returns (Verdict memory) {
        Verdict[] memory verdicts = dryRun.check(pack(p));
        assertEq(verdicts.length, 1);
        assertEq(verdicts[0].intentHash, hashOf(p));
        return verdicts[0];
    }

    function assertObstacle(
        Obstacle memory o,
        Clause clause,
        uint256 guard,
        uint256 observed,
        uint256 required,
        uint256 retryAt
    ) private pure {
        assertEq(uint256(o.clause), uint256(clause), "clause");
        assertEq(o.guard, guard, "guard");
        assertEq(o.observed, observed, "observed");
        assertEq(o.required, required, "required");
        assertEq(o.retryAt, retryAt, "retryAt");
    }

    function assertFree(Obstacle memory o) private pure {
        assertObstacle(o, Clause.None, 0, 0, 0, 0);
    }

    /// @dev Of the whole intent.
    function stands(Program memory p, Clause clause, uint256 observed, uint256 required) private view {
        assertObstacle(check(p).obstacle, clause, 0, observed, required, 0);
    }

    /// @dev Of its first branch, by its first guard.
    function guarded(
        Program memory p,
        Clause clause,
        uint256 observed,
        uint256 required,
        uint256 retryAt
    ) private view {
        Verdict memory v = check(p);
        assertFree(v.obstacle);
        assertObstacle(v.branches[0], clause, 0, observed, required, retryAt);
    }

    function plain() private returns (Program memory) {
        return buys(sells(alice, gold, 100), silver, 100);
    }

    // ------------------------------------------------------------------ intents

    function test_ItSpeaksOfItsSettlement() public view {
        assertEq(dryRun.settlement(), address(settlement));
    }

    function test_NothingInTheWay() public {
        Verdict memory v = check(plain());
        assertFree(v.obstacle);
        assertEq(v.left, 100);
        assertEq(v.movable, RICH);
        assertEq(v.branches.length, 1);
        assertFree(v.branches[0]);
        assertEq(v.standing[0], 0);
        assertEq(v.quotes[0], 0);
    }

    function test_SeveralOrdersAndMovesThatAreIgnored() public {
        Program memory a = plain();
        Program memory b = buys(sells(bob, silver, 50), gold, 50);
        b.key = keyOf(carol);
        Draft memory d = batchOf(a, b);
        swap(d, 7, 0, 9, 0);
        Verdict[] memory verdicts = dryRun.check(pack(d));
        assertEq(verdicts.length, 2);
        assertEq(verdicts[0].intentHash, hashOf(a));
        assertEq(verdicts[1].intentHash, hashOf(b));
        assertFree(verdicts[0].obstacle);
        assertObstacle(verdicts[1].obstacle, Clause.Signature, 0, 0, 0, 0);
        assertEq(verdicts[1].left, 50);
    }

    function test_NoBatch() public {
        expect(abi.encodeWithSelector(ISettlement.Settlement_Malformed.selector, 5));
        dryRun.check("");
    }

    function test_Ranges() public {
        uint256 more = uint256(type(uint112).max) + 1;
        Program[10] memory bad = [
            buys(sells(alice, gold, 0), silver, 100),
            buys(sells(alice, gold, more), silver, 100),
            sells(alice, gold, 100),
            buys(sells(alice, gold, 100), silver, 0),
            buys(sells(alice, gold, 100), NOTHING, 1),
            buys(sells(alice, gold, 100), silver, more),
            buys(sells(alice, gold, 100), gold, 100),
            via(buys(sells(alice, gold, 100), NOTHING, 0), address(gold), address(silver)),
            via(plain(), address(gold), address(copper)),
            via(buys(plain(), copper, 1), address(silver), address(copper))
        ];
        for (uint256 i; i < bad.length; ++i) {
            Verdict memory v = check(bad[i]);
            assertObstacle(v.obstacle, Clause.Range, 0, 0, 0, 0);
            assertEq(v.left, 0);
            assertEq(v.branches.length, bad[i].branches.length);
        }
    }

    function test_Deadlines() public {
        Program memory p = plain();
        vm.warp(p.deadline);
        assertFree(check(p).obstacle);
        vm.warp(p.deadline + 1);
        stands(p, Clause.Expired, p.deadline + 1, p.deadline);
    }

    function test_Signatures() public {
        Program memory p = plain();
        p.key = keyOf(bob);
        stands(p, Clause.Signature, 0, 0);
        stands(signed(p, "64"), Clause.Signature, 0, 0);
        stands(signed(p, ""), Clause.Signature, 0, 0);
        bytes32 hash = hashOf(p);
        vm.prank(alice);
        settlement.approve(hash, true);
        assertFree(check(p).obstacle);
        // A wallet's, of any length.
        SmartWallet wallet = new SmartWallet(carol);
        endow(address(wallet), gold);
        p = buys(sells(address(wallet), gold, 100), silver, 100);
        p.key = keyOf(carol);
        assertFree(check(p).obstacle);
        p.key = keyOf(bob);
        stands(p, Clause.Signature, 0, 0);
    }

    /// @dev Filled in part: what is left.
    function opened() private returns (Program memory p) {
        p = plain();
        Draft memory d = batchOf(p, buys(sells(bob, silver, 30), gold, 30));
        swap(d, 0, 30, 1, 30);
        settle(d);
    }

    function test_Nonces() public {
        Program memory p = opened();
        assertFree(check(p).obstacle);
        assertEq(check(p).left, 70);
        Program memory other = plain();
        other.nonce = p.nonce;
        other.amount = 101;
        stands(other, Clause.Nonce, 0, 0);
        assertEq(check(other).left, 101);
        other.whole = true;
        stands(other, Clause.Nonce, 0, 0);
        vm.prank(alice);
        settlement.cancel(p.nonce >> 7, uint128(1 << (p.nonce & 127)));
        stands(p, Clause.Nonce, 0, 0);
    }

    function test_Funds() public {
        Program memory p = plain();
        allow(alice, address(gold), 0);
        stands(p, Clause.Funds, 0, 1);
        allow(alice, address(gold), 1);
        assertFree(check(p).obstacle);
        p.whole = true;
        allow(alice, address(gold), 99);
        stands(p, Clause.Funds, 99, 100);
        allow(alice, address(gold), 100);
        assertFree(check(p).obstacle);
        assertEq(check(p).movable, 100);
    }

    // ------------------------------------------------------------------ guards

    function test_Times() public {
        uint256 now_ = block.timestamp;
        guarded(when(plain(), GuardKind.After, 0, now_ + 1), Clause.Guard, now_, now_ + 1, now_ + 1);
        guarded(when(plain(), GuardKind.Before, 0, now_), Clause.Guard, now_, now_, 0);
        assertFree(check(when(plain(), GuardKind.After, 0, now_)).branches[0]);
    }

    function test_Commitments() public {
        bytes32 kept = outcome(KEEP);
        guarded(when(plain(), GuardKind.Reverted, kept, 0), Clause.Guard, 1, 0, 0);
        assertFree(check(when(plain(), GuardKind.Kept, kept, 0)).branches[0]);
        Commitment memory c = publish(carol);
        bytes32 id = bytes32(CommitmentId.unwrap(c.id));
        uint256 latest = registry.latestResolution(c.id);
        assertGt(latest, block.timestamp);
        guarded(when(plain(), GuardKind.Kept, id, 0), Clause.Undecided, 0, 0, latest);
        guarded(when(plain(), GuardKind.Reverted, id, 0), Clause.Undecided, 0, 0, latest);
    }

    function test_Pools() public {
        address pair = pool(address(gold), 2 * DEEP, address(silver), 3 * DEEP);
        bytes32 subject = bytes32(uint256(uint160(pair)));
        uint256 limit = (2 << 128) | 1;
        uint256 observed = (3 * DEEP << 128) | (2 * DEEP);
        guarded(when(plain(), GuardKind.PoolAtLeast, subject, limit), Clause.Guard, observed, limit, 0);
        assertFree(check(when(plain(), GuardKind.PoolAtMost, subject, limit)).branches[0]);
        IPair(pair).sync();
        uint256 now_ = block.timestamp;
        guarded(when(plain(), GuardKind.PoolAtLeast, subject, limit), Clause.Undecided, now_, limit, now_ + 1);
    }

    function test_TheGuardIsNamed() public {
        Program memory p = when(when(plain(), GuardKind.After, 0, 0), GuardKind.Before, 0, 7);
        assertObstacle(check(p).branches[0], Clause.Guard, 1, block.timestamp, 7, 0);
    }

    function test_GuardsThatSuchABranchCannotHave() public {
        assertObstacle(check(exists(exists(plain()))).branches[0], Clause.Range, 0, 0, 0, 0);
        assertObstacle(check(when(plain(), GuardKind.Fresh, 0, 0)).branches[0], Clause.Range, 0, 0, 0, 0);
    }

    // ------------------------------------------------------------------ routes

    function routed(uint256 amount, uint256 least) private returns (Program memory) {
        return via(buys(sells(alice, gold, amount), silver, least), address(gold), address(silver));
    }

    function test_Quotes() public {
        Verdict memory v = check(routed(1e6, 1));
        assertObstacle(v.branches[0], Clause.Quote, 0, 0, 1, 0);
        pool(address(gold), DEEP, address(silver), DEEP);
        uint256 given = amountOut(1e6, DEEP, DEEP);
        v = check(routed(1e6, given));
        assertFree(v.branches[0]);
        assertEq(v.quotes[0], given);
        v = check(routed(1e6, given + 1));
        assertObstacle(v.branches[0], Clause.Quote, 0, given, given + 1, 0);
        assertEq(v.quotes[0], given);
    }

    function test_QuotesOfWhatIsLeft() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        Program memory p = routed(3e6, 3);
        Draft memory d = batchOf(p);
        route(d, 0, 0, 2e6);
        settle(d);
        (uint256 reserve0, uint256 reserve1,) = IPair(factory.getPair(address(gold), address(silver))).getReserves();
        assertEq(check(p).quotes[0], amountOut(1e6, reserve0, reserve1));
    }

    function test_StaleRoutes() public {
        address pair = pool(address(gold), DEEP, address(silver), DEEP);
        Program memory p = when(routed(1e6, 1), GuardKind.Fresh, 0, 0);
        assertFree(check(p).branches[0]);
        IPair(pair).sync();
        guarded(p, Clause.Undecided, block.timestamp, 0, block.timestamp + 1);
        assertGt(check(p).quotes[0], 0);
    }

    // ------------------------------------------------------------------ the book, earlier branches

    function test_AStandingEntry() public {
        uint32 number = post(offers(bob, silver, 100, gold, 100));
        Verdict memory v = check(offers(alice, gold, 100, silver, 100));
        assertFree(v.branches[0]);
        assertEq(v.standing[0], number);
        assertEq(check(offers(alice, gold, 100, silver, 101)).standing[0], 0);
    }

    function test_Idle() public {
        Program memory p = buys(sells(alice, gold, 100), NOTHING, 0);
        Verdict memory v = check(p);
        assertFree(v.obstacle);
        assertObstacle(v.branches[0], Clause.Idle, 0, 0, 0, 0);
    }

    function test_AnEarlierBranchThatHolds() public {
        Verdict memory v = check(buys(plain(), copper, 1));
        assertFree(v.branches[0]);
        assertObstacle(v.branches[1], Clause.Earlier, 0, 0, 0, 0);
        Program memory p = buys(when(plain(), GuardKind.Before, 0, 7), copper, 2);
        v = check(buys(p, copper, 1));
        assertObstacle(v.branches[0], Clause.Guard, 0, block.timestamp, 7, 0);
        assertFree(v.branches[1]);
        assertObstacle(v.branches[2], Clause.Earlier, 0, 1, 0, 0);
    }

    function test_AnEarlierBranchThatIsUndecided() public {
        Commitment memory c = publish(carol);
        Program memory p = when(plain(), GuardKind.Kept, bytes32(CommitmentId.unwrap(c.id)), 0);
        Verdict memory v = check(buys(p, copper, 1));
        uint256 latest = registry.latestResolution(c.id);
        assertObstacle(v.branches[0], Clause.Undecided, 0, 0, 0, latest);
        assertObstacle(v.branches[1], Clause.Undecided, 0, 0, 0, latest);
    }

    function test_AMatchForAnEarlierBranch() public {
        Program memory p = exists(buys(offers(alice, gold, 100, copper, 100), silver, 100));
        p = buys(p, silver, 1);
        Verdict memory v = check(p);
        assertFree(v.branches[0]);
        assertFree(v.branches[1]);
        assertFree(v.branches[2]);
        uint32 number = post(offers(bob, silver, 100, gold, 100));
        v = check(p);
        assertFree(v.branches[1]);
        assertEq(v.standing[0], 0);
        assertEq(v.standing[1], number);
        assertObstacle(v.branches[2], Clause.Match, 0, 1, number, 0);
    }

    function test_AShareLetsUnitsPass() public {
        pool(address(gold), DEEP, address(silver), DEEP);
        Program memory p = when(routed(1e6, 1), GuardKind.Pays, bytes32(uint256(uint160(bob))), 0);
        p = via(buys(p, silver, 1), address(gold), address(silver));
        Verdict memory v = check(p);
        assertFree(v.branches[0]);
        assertFree(v.branches[1]);
    }

    /// @dev What it says is free is settled.
    function test_ItAgreesWithTheSettlement() public {
        Program memory p = buys(when(plain(), GuardKind.Before, 0, block.timestamp + 1), copper, 2);
        Program memory b = buys(sells(bob, silver, 100), gold, 100);
        Draft memory d = batchOf(hand(p, 1), b);
        swap(d, 0, 100, 1, 100);
        assertFree(check(p).branches[0]);
        uint256 state = vm.snapshotState();
        settle(d);
        vm.revertToState(state);
        skip(1);
        assertObstacle(check(p).branches[0], Clause.Guard, 0, block.timestamp, block.timestamp, 0);
        refused(d, guardFails(0, 0, 0, block.timestamp));
    }
}
