// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileTarget} from "contracts/mocks/hostile/HostileTarget.sol";
import {HostileToken} from "contracts/mocks/hostile/HostileToken.sol";
import {Asset, Call} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Clauses} from "./ContentEncoder.sol";
import {Deal} from "./EnforcerTest.sol";
import {HostileTest} from "./HostileTest.sol";

/// @notice Whoever executes chooses the gas, the moment, and the state in which it happens. None of that decides who gets what.
contract HostileExecutorsTest is HostileTest {
    /// @dev Gas limits that are tried lie so far apart.
    uint256 private constant STEP = 5003;
    uint256 private constant SMALL_STEP = 41;
    uint256 private constant NEEDED = 100_000;

    HostileTarget private _target;
    HostileTarget private _receiver;
    HostileToken private _token;

    function setUp() public override {
        super.setUp();
        _target = new HostileTarget();
        _receiver = new HostileTarget();
        _receiver.become(HostileTarget.Manner.NeedsMuch);
        _token = new HostileToken();
    }

    // ------------------------------------------------------------------ gas

    /// @dev Receivers, tokens and targets that need nearly all that they are promised, and turn down what is less.
    function test_whatever_gas_an_execution_gets_it_does_all_or_nothing() public {
        Deal memory d = demanding(alice);
        keep(d);
        bytes memory data = abi.encodeCall(IEnforcer.execute, (d.c.key, TOPIC, d.body, address(_receiver)));
        uint256 least = sweep(data, 100_000, 2_600_000, this.expectAllDone, d);
        assertGt(least, 700_000);
        assertLt(least, 2_500_000);
    }

    function test_whatever_gas_a_refund_gets_it_does_all_or_nothing() public {
        Deal memory d = demanding(address(_receiver));
        vm.warp(d.c.freeze);
        bytes memory data = abi.encodeCall(IEnforcer.execute, (d.c.key, TOPIC, d.body, ETHER));
        uint256 least = sweep(data, 50_000, 600_000, this.expectAllHome, d);
        assertLt(least, 500_000);
    }

    function test_whatever_gas_a_retry_gets_it_does_all_or_nothing() public {
        Deal memory d = demanding(alice);
        keep(d);
        bytes memory code = address(_target).code;
        vm.etch(address(_target), "");
        execute(d, address(_receiver));
        assertEq(enforcer.outstanding(d.c.id), 3);
        vm.etch(address(_target), code);
        bytes memory data = abi.encodeCall(IEnforcer.retry, (d.c.key, TOPIC, d.body, 1));
        uint256 least = sweep(data, 50_000, 1_400_000, this.expectRetried, d);
        assertGt(least, 700_000);
    }

    /// @dev And that it was refused by name, where there was any gas to say so.
    function test_too_little_gas_is_said_to_be() public {
        Deal memory d = demanding(alice);
        keep(d);
        vm.expectPartialRevert(IEnforcer.Boomerang_NotEnoughGas.selector);
        enforcer.execute{gas: 400_000}(d.c.key, TOPIC, d.body, ETHER);
        assertEq(enforcer.outstanding(d.c.id), 0);
        assertFalse(registry.record(d.c.id).executed());
    }

    // ------------------------------------------------------------------ a state bent for the moment

    function test_a_call_that_is_made_to_fail_is_made_up_for() public {
        Deal memory d = agree(alice, calling(address(_target), address(gold), 10, NEEDED, take()));
        keep(d);
        // Mallory holds the target's own lock, and executes meanwhile.
        _target.whileClosed(address(enforcer), abi.encodeCall(IEnforcer.execute, (d.c.key, TOPIC, d.body, mallory)));
        assertEq(enforcer.outstanding(d.c.id), 1);
        assertConserved(address(gold), list(d));
        // While it is bent, nobody gets further by trying.
        bytes memory again = abi.encodeCall(IEnforcer.retry, (d.c.key, TOPIC, d.body, 0));
        vm.expectRevert(HostileTarget.HostileTarget_Refused.selector);
        _target.whileClosed(address(enforcer), again);
        vm.warp(d.clauses.deadline);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEnforcer.Boomerang_StillRetriable.selector, d.c.id, d.clauses.deadline, d.clauses.deadline
            )
        );
        release(d, 0);
        retry(d, 0);
        assertEq(gold.balanceOf(address(_target)), 10);
        assertConserved(address(gold), list(d));
    }

    function test_bent_until_the_end_it_goes_where_the_content_says() public {
        Deal memory d = agree(alice, calling(address(_target), address(gold), 10, NEEDED, take()));
        keep(d);
        _target.close(true);
        execute(d, mallory);
        vm.warp(d.clauses.deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEnforcer.Boomerang_PastDeadline.selector, d.c.id, d.clauses.deadline, d.clauses.deadline + 1
            )
        );
        retry(d, 0);
        release(d, 0);
        assertEq(gold.balanceOf(carol), 10);
        assertEq(gold.balanceOf(mallory) + gold.balanceOf(alice), 0);
        assertConserved(address(gold), list(d));
    }

    function test_nothing_goes_home_while_a_call_is_outstanding() public {
        Deal memory d = agree(alice, calling(address(_target), ETHER, 10, NEEDED, visit()));
        keep(d);
        _target.close(true);
        uint256 before = alice.balance;
        execute(d);
        vm.expectRevert();
        execute(d);
        vm.expectRevert();
        release(d, 0);
        assertEq(alice.balance, before);
        assertEq(carol.balance, 0);
        assertEq(held(ETHER), 10);
    }

    /// @dev What is sent to an envoy beforehand, for it to stumble over.
    function test_what_lies_at_the_envoy_stops_nothing() public {
        Clauses memory clauses = calling(address(_target), address(_token), 10, NEEDED, takeOdd());
        HostileTarget vault = new HostileTarget();
        vault.become(HostileTarget.Manner.Refuses);
        clauses.calls[0].remainderTo = address(vault);
        Deal memory d = agree(alice, clauses);
        keep(d);
        _token.mint(envoyOf(d), 1);
        _token.block_(address(vault), true);
        vm.deal(envoyOf(d), 1);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 0);
        assertEq(_token.balanceOf(address(_target)), 10);
    }

    // ------------------------------------------------------------------ twice, and with other things

    function test_twice_in_one_transaction() public {
        Deal memory b = bystander();
        Deal memory d = agree(alice, paying(bob, ETHER, 10));
        keep(d);
        execute(d);
        vm.expectRevert();
        execute(d);
        revert_(agree(alice, paying(bob, ETHER, 10)));
        vm.expectRevert();
        execute(d);
        assertEq(bob.balance, 10);
        execute(b);
        assertEq(held(ETHER), 10);
    }

    function test_tips_go_where_nothing_can_be_gained() public {
        address[5] memory places =
            [address(registry), address(gold), makeAddr("nobody"), registry.groups(), address(_receiver)];
        for (uint256 i; i < places.length; ++i) {
            Clauses memory clauses = paying(bob, address(gold), 5);
            clauses.escrow[0].amount = 6;
            clauses.tip = Asset(address(gold), 1);
            Deal memory d = agree(alice, clauses);
            keep(d);
            execute(d, places[i]);
            assertEq(gold.balanceOf(places[i]), 1);
            assertConserved(address(gold), list(d));
        }
    }

    /// @dev Ether for whom nothing takes it is credited to that account: the executor's own loss.
    function test_a_tip_to_who_takes_no_ether_is_credited() public {
        Clauses memory clauses = paying(bob, ETHER, 5);
        clauses.escrow[0].amount = 6;
        clauses.tip = Asset(ETHER, 1);
        Deal memory d = agree(alice, clauses);
        keep(d);
        execute(d, address(registry));
        assertEq(enforcer.owed(address(registry), ETHER), 1);
        assertEq(bob.balance, 5);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_TransferFailed.selector, address(registry)));
        enforcer.deliver(address(registry), ETHER);
    }

    function test_credits_are_their_owners_to_send_but_not_to_the_enforcer() public {
        HostileTarget wallet = creditor(10);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_TransferFailed.selector, address(enforcer)));
        wallet.act(address(enforcer), abi.encodeCall(IEnforcer.withdraw, (ETHER, address(enforcer))));
        wallet.become(HostileTarget.Manner.Refuses);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_TransferFailed.selector, wallet));
        enforcer.deliver(address(wallet), ETHER);
        assertEq(enforcer.owed(address(wallet), ETHER), 10);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Withdrawn(address(wallet), ETHER, bob, 10);
        wallet.act(address(enforcer), abi.encodeCall(IEnforcer.withdraw, (ETHER, bob)));
        assertEq(bob.balance, 10);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_NothingOwedOf.selector, wallet, ETHER));
        wallet.act(address(enforcer), abi.encodeCall(IEnforcer.withdraw, (ETHER, bob)));
    }

    // ------------------------------------------------------------------ the sweep

    /// @dev Up in large steps to the first limit that is enough; then around it in small ones. Only there could something get too little
    /// that a check has let through: with more, every check leaves more than it asks for.
    /// @return least the first that was enough
    function sweep(
        bytes memory data,
        uint256 from,
        uint256 to,
        function(Deal memory) external view check,
        Deal memory d
    ) private returns (uint256 least) {
        while (least == 0) {
            assertLt(from, to, "never enough");
            from += STEP;
            if (attempt(data, from, check, d)) least = from;
        }
        bool enough;
        for (uint256 gas_ = least - STEP; gas_ < least + 2 * STEP; gas_ += SMALL_STEP) {
            bool done = attempt(data, gas_, check, d);
            assertTrue(done || !enough, "more gas is never less");
            enough = done;
        }
        assertTrue(enough);
    }

    /// @dev From a state that is cold, to which it comes back.
    function attempt(
        bytes memory data,
        uint256 gas_,
        function(Deal memory) external view check,
        Deal memory d
    ) private returns (bool done) {
        uint256 snapshot = vm.snapshotState();
        cool();
        assertGt(gasleft(), 2 * gas_, "the test's own gas");
        (done,) = address(enforcer).call{gas: gas_}(data);
        if (done) check(d);
        vm.revertToStateAndDelete(snapshot);
    }

    function cool() private {
        vm.cool(address(enforcer));
        vm.cool(address(registry));
        vm.cool(address(_target));
        vm.cool(address(_receiver));
        vm.cool(address(_token));
        vm.cool(carol);
    }

    function expectAllDone(Deal memory d) external view {
        assertEq(enforcer.outstanding(d.c.id), 0, "a call failed");
        assertEq(_target.times(), 2);
        assertEq(enforcer.owed(address(_receiver), ETHER), 0, "a payment failed");
        assertEq(enforcer.owed(address(_receiver), address(_token)), 0, "a payment failed");
        assertEq(enforcer.owed(alice, address(_token)), 0, "what is left was not paid");
        assertEq(_token.balanceOf(address(_receiver)), 60);
        assertEq(_token.balanceOf(alice), 40);
        // Payment and tip.
        assertEq(address(_receiver).balance, 5 + 1);
        assertEq(_token.balanceOf(address(_target)), 10);
        assertEq(held(ETHER) + held(address(_token)), 0);
    }

    function expectAllHome(Deal memory d) external view {
        assertEq(storedPhase(d.c), Phase.Unsealed);
        assertEq(enforcer.owed(address(_receiver), ETHER) + registry.owed(address(_receiver)), 0, "a payment failed");
        assertEq(enforcer.owed(address(_receiver), address(_token)), 0, "a payment failed");
        assertEq(address(_receiver).balance, 9 + DEAL_BOND);
        assertEq(_token.balanceOf(address(_receiver)), 110);
    }

    function expectRetried(Deal memory d) external view {
        assertEq(enforcer.outstanding(d.c.id), 1);
        assertEq(_token.balanceOf(address(_target)), 10);
    }

    /// @dev By a committer that is paid what is left, to a receiver with a tip for it, two calls, of ether and of a token.
    function demanding(address committer) private returns (Deal memory) {
        _token.become(HostileToken.Manner.NeedsMuch);
        Clauses memory clauses = escrowing(ETHER, 9, address(_token), 110);
        pay(clauses, address(_receiver), ETHER, 5);
        pay(clauses, address(_receiver), address(_token), 60);
        call_(
            clauses,
            Call(address(_target), ETHER, 3, NEEDED + 300, abi.encodeCall(HostileTarget.needs, (NEEDED)), carol)
        );
        call_(clauses, Call(address(_target), address(_token), 10, 2 * NEEDED, takeOdd(), carol));
        clauses.tip = Asset(ETHER, 1);
        return agree(committer, clauses);
    }

    function take() private view returns (bytes memory) {
        return abi.encodeCall(HostileTarget.take, (gold, 10));
    }

    function takeOdd() private view returns (bytes memory) {
        return abi.encodeWithSelector(HostileTarget.take.selector, _token, 10);
    }

    function visit() private pure returns (bytes memory) {
        return abi.encodeCall(HostileTarget.visit, ());
    }
}
