// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileTarget} from "contracts/mocks/hostile/HostileTarget.sol";
import {Call} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {Clauses} from "./ContentEncoder.sol";
import {Deal, EnforcerTest} from "./EnforcerTest.sol";
import {Commitment} from "./RegistryTest.sol";

/// @notice Calls: made by the commitment's envoy, whole or not at all; retried until the deadline, released after it.
contract EnforcerCallsTest is EnforcerTest {
    uint256 private constant GAS = 200_000;

    HostileTarget private _target;

    function setUp() public override {
        super.setUp();
        _target = new HostileTarget();
    }

    // ------------------------------------------------------------------ made

    function test_a_call_comes_from_the_envoy_with_its_ether() public {
        Deal memory d = kept(calling(address(_target), ETHER, 5, GAS, visit()));
        assertEq(envoyOf(d).code.length, 0);
        execute(d);
        assertEq(_target.caller(), envoyOf(d));
        assertEq(_target.value(), 5);
        assertEq(address(_target).balance, 5);
        assertGt(envoyOf(d).code.length, 0);
        assertEq(enforcer.outstanding(d.c.id), 0);
    }

    function test_each_commitment_has_an_envoy_of_its_own() public {
        Deal memory d = kept(calling(address(_target), ETHER, 5, GAS, visit()));
        execute(d);
        Deal memory e = kept(calling(address(_target), ETHER, 5, GAS, visit()));
        execute(e);
        assertEq(_target.caller(), envoyOf(e));
        assertNotEq(envoyOf(d), envoyOf(e));
    }

    function test_a_call_may_take_what_it_was_allowed_and_the_rest_goes_on() public {
        Deal memory d = kept(calling(address(_target), address(gold), 10, GAS, take(7)));
        execute(d);
        assertEq(gold.balanceOf(address(_target)), 7);
        assertEq(gold.balanceOf(carol), 3);
        assertEq(gold.allowance(envoyOf(d), address(_target)), 0);
        assertEq(gold.balanceOf(envoyOf(d)), 0);
    }

    function test_a_call_that_takes_more_than_it_was_allowed_fails() public {
        Deal memory d = kept(calling(address(_target), address(gold), 10, GAS, take(11)));
        expectFailure(d);
        assertEq(gold.balanceOf(address(enforcer)), 10);
    }

    function test_a_call_without_an_amount() public {
        Deal memory d = kept(calling(address(_target), ETHER, 0, GAS, visit()));
        execute(d);
        assertEq(_target.times(), 1);
        assertEq(_target.value(), 0);
    }

    /// @dev Its asset reads as the first of the escrow, whatever that is: nothing is approved.
    function test_a_call_without_an_amount_spends_nothing_of_the_first_asset() public {
        Clauses memory clauses = escrowing(address(gold), 10);
        call_(clauses, Call(address(_target), ETHER, 0, GAS, take(1), carol));
        Deal memory d = kept(clauses);
        expectFailure(d);
        assertEq(gold.balanceOf(alice), 10);
        assertEq(held(address(gold)), 0);
    }

    function test_ether_may_go_to_an_account_without_code() public {
        Deal memory d = kept(calling(dave, ETHER, 5, 0, ""));
        execute(d);
        assertEq(dave.balance, 5);
    }

    function test_data_to_an_account_without_code_fails() public {
        Deal memory d = kept(calling(dave, ETHER, 5, GAS, hex"00"));
        expectFailure(d);
        vm.etch(dave, hex"00");
        retry(d, 0);
        assertEq(dave.balance, 5);
    }

    function test_calls_are_made_in_their_order_each_on_its_own() public {
        Clauses memory clauses = escrowing(ETHER, 6, address(gold), 7);
        call_(clauses, Call(address(_target), ETHER, 1, GAS, visit(), carol));
        call_(clauses, Call(address(_target), ETHER, 0, GAS, abi.encodeCall(HostileTarget.close, (true)), carol));
        call_(clauses, Call(address(_target), ETHER, 2, GAS, visit(), carol));
        call_(clauses, Call(address(_target), ETHER, 0, GAS, abi.encodeCall(HostileTarget.close, (false)), carol));
        call_(clauses, Call(address(_target), address(gold), 7, GAS, take(7), carol));
        call_(clauses, Call(address(_target), ETHER, 3, GAS, abi.encodeCall(HostileTarget.burn, ()), carol));
        Deal memory d = kept(clauses);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Executed(d.c.id, executor, 36);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 36);
        assertEq(_target.times(), 2);
        assertEq(address(_target).balance, 1);
        assertEq(gold.balanceOf(address(_target)), 7);
        assertEq(held(ETHER), 5);
    }

    function test_payments_come_before_calls() public {
        HostileTarget closing = new HostileTarget();
        closing.become(HostileTarget.Manner.CallsBack);
        closing.plan(address(_target), abi.encodeCall(HostileTarget.close, (true)));
        Clauses memory clauses = calling(address(_target), ETHER, 5, GAS, visit());
        clauses.escrow[0].amount = 8;
        pay(clauses, address(closing), ETHER, 3);
        Deal memory d = kept(clauses);
        expectFailure(d);
        assertEq(closing.succeeded(), 1);
        assertEq(address(closing).balance, 3);
    }

    function test_the_tip_comes_after_calls() public {
        Clauses memory clauses = calling(address(_target), ETHER, 5, GAS, visit());
        clauses.escrow[0].amount = 6;
        clauses.tip.amount = 1;
        Deal memory d = kept(clauses);
        // Paid before, it would close the target.
        HostileTarget closing = new HostileTarget();
        closing.become(HostileTarget.Manner.CallsBack);
        closing.plan(address(_target), abi.encodeCall(HostileTarget.close, (true)));
        execute(d, address(closing));
        assertEq(_target.times(), 1);
        assertTrue(_target.closed());
    }

    // ------------------------------------------------------------------ failed, retried, released

    function test_what_a_failed_call_would_have_spent_stays() public {
        Deal memory d = failed(address(gold), 10, take(10));
        assertEq(held(address(gold)), 10);
        assertEq(gold.balanceOf(alice), 0);
        assertEq(gold.balanceOf(carol), 0);
        assertEq(enforcer.outstanding(d.c.id), 1);
    }

    function test_a_call_is_retried_by_anyone_once() public {
        Deal memory d = failed(address(gold), 10, take(10));
        agree(dave, paying(bob, address(gold), 10));
        vm.warp(d.c.freeze + REVEAL_WINDOW);
        _target.close(false);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Retried(d.c.id, 0);
        retry(d, 0);
        assertEq(gold.balanceOf(address(_target)), 10);
        assertEq(enforcer.outstanding(d.c.id), 0);
        expectNothingOutstanding(d, 0);
        retry(d, 0);
        vm.warp(d.clauses.deadline + 1);
        expectNothingOutstanding(d, 0);
        release(d, 0);
        assertEq(held(address(gold)), 10);
    }

    function test_a_retry_that_fails_is_refused_and_changes_nothing() public {
        Deal memory d = failed(address(gold), 10, take(10));
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_CallFailed.selector, d.c.id, 0));
        retry(d, 0);
        assertEq(enforcer.outstanding(d.c.id), 1);
        assertEq(held(address(gold)), 10);
    }

    function test_the_deadlines_second_is_the_last_to_retry() public {
        Deal memory d = failed(address(gold), 10, take(10));
        _target.close(false);
        uint256 deadline = d.clauses.deadline;
        vm.warp(deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEnforcer.Boomerang_PastDeadline.selector, d.c.id, deadline, deadline + 1)
        );
        retry(d, 0);
        vm.warp(deadline);
        retry(d, 0);
        assertEq(_target.times(), 1);
    }

    function test_the_second_after_the_deadline_is_the_first_to_release() public {
        Deal memory d = failed(address(gold), 10, take(10));
        uint256 deadline = d.clauses.deadline;
        vm.warp(deadline);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_StillRetriable.selector, d.c.id, deadline, deadline));
        release(d, 0);
        vm.warp(deadline + 1);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Released(d.c.id, 0, carol);
        release(d, 0);
        assertEq(gold.balanceOf(carol), 10);
        assertEq(held(address(gold)), 0);
    }

    function test_released_once_only() public {
        Deal memory d = failed(ETHER, 10, visit());
        agree(dave, paying(bob, ETHER, 10));
        vm.warp(d.clauses.deadline + 1);
        release(d, 0);
        assertEq(carol.balance, 10);
        expectNothingOutstanding(d, 0);
        release(d, 0);
        expectNothingOutstanding(d, 0);
        retry(d, 0);
        assertEq(held(ETHER), 10);
    }

    function test_what_cannot_be_released_is_credited() public {
        HostileTarget refusing = new HostileTarget();
        refusing.become(HostileTarget.Manner.Refuses);
        Clauses memory clauses = calling(address(_target), ETHER, 5, GAS, visit());
        clauses.calls[0].remainderTo = address(refusing);
        Deal memory d = kept(clauses);
        _target.close(true);
        expectFailure(d);
        vm.warp(d.clauses.deadline + 1);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Credited(address(refusing), ETHER, 5);
        release(d, 0);
        assertEq(enforcer.owed(address(refusing), ETHER), 5);
    }

    function test_a_call_without_an_amount_is_released_too() public {
        Deal memory d = failed(ETHER, 0, visit());
        vm.warp(d.clauses.deadline + 1);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Released(d.c.id, 0, carol);
        release(d, 0);
        assertEq(enforcer.outstanding(d.c.id), 0);
    }

    /// @dev Nobody may have looked before: then a call is made all the same, once.
    function test_executed_after_the_deadline() public {
        Deal memory d = kept(calling(address(_target), ETHER, 5, GAS, visit()));
        vm.warp(d.clauses.deadline + 1);
        execute(d);
        assertEq(_target.times(), 1);
    }

    function test_several_calls_are_told_apart() public {
        Clauses memory clauses = escrowing(ETHER, 31);
        for (uint256 i; i < 5; ++i) {
            bytes memory data = i == 3 ? bytes("") : abi.encodePacked(visit(), new bytes(i * 33));
            call_(clauses, Call(address(_target), ETHER, 1 << i, GAS, data, carol));
        }
        _target.close(true);
        Deal memory d = kept(clauses);
        execute(d);
        // The fourth has no data: its ether is just taken.
        assertEq(enforcer.outstanding(d.c.id), 23);
        assertEq(held(ETHER), 23);
        _target.close(false);
        retry(d, 2);
        assertEq(_target.value(), 4);
        assertEq(enforcer.outstanding(d.c.id), 19);
        expectNothingOutstanding(d, 2);
        retry(d, 2);
        expectNothingOutstanding(d, 3);
        retry(d, 3);
        vm.warp(d.clauses.deadline + 1);
        release(d, 4);
        assertEq(carol.balance, 16);
        release(d, 0);
        release(d, 1);
        assertEq(carol.balance, 19);
        assertEq(held(ETHER), 0);
        assertEq(enforcer.outstanding(d.c.id), 0);
    }

    function test_an_index_beyond_a_word_is_nothing() public {
        Deal memory d = failed(ETHER, 5, visit());
        uint256[4] memory indices = [uint256(1), 255, 256, type(uint256).max];
        for (uint256 i; i < indices.length; ++i) {
            expectNothingOutstanding(d, indices[i]);
            retry(d, indices[i]);
            expectNothingOutstanding(d, indices[i]);
            release(d, indices[i]);
        }
    }

    function test_nothing_is_outstanding_before_the_execution() public {
        Deal memory d = kept(calling(address(_target), ETHER, 5, GAS, visit()));
        expectNothingOutstanding(d, 0);
        retry(d, 0);
        vm.warp(d.clauses.deadline + 1);
        expectNothingOutstanding(d, 0);
        release(d, 0);
    }

    function test_retry_and_release_need_the_content_too() public {
        Deal memory d = failed(ETHER, 5, visit());
        bytes memory wrong = abi.encodeWithSelector(IEnforcer.Boomerang_WrongContent.selector, d.c.id);
        vm.expectRevert(wrong);
        enforcer.retry(d.c.key, "another topic", d.body, 0);
        vm.expectRevert(wrong);
        enforcer.release(d.c.key, TOPIC, abi.encodePacked(d.body, hex"01"), 0);
        Commitment memory c = publish(alice);
        bytes memory none = abi.encodeWithSelector(IEnforcer.Boomerang_NoClauses.selector, c.id);
        vm.expectRevert(none);
        enforcer.retry(c.key, TOPIC, "statement", 0);
        vm.expectRevert(none);
        enforcer.release(c.key, TOPIC, "statement", 0);
    }

    // ------------------------------------------------------------------ gas

    function test_a_target_gets_exactly_what_was_named() public {
        Deal memory d = kept(calling(address(_target), ETHER, 5, 123_456, visit()));
        execute(d);
        // Between the call and the reading of it: a few hundred.
        assertLe(_target.gasSeen(), 123_456 + 2300);
        assertGt(_target.gasSeen(), 123_456 + 2300 - 600);
    }

    function test_too_little_named_is_too_little() public {
        bytes memory data = abi.encodeCall(HostileTarget.needs, (50_000));
        Deal memory d = kept(calling(address(_target), address(gold), 5, 50_000, data));
        expectFailure(d);
        d = kept(calling(address(_target), address(gold), 5, 50_600, data));
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 0);
    }

    function test_nobody_performs_but_the_enforcer_itself() public {
        Deal memory d = kept(calling(address(_target), ETHER, 5, GAS, visit()));
        (bool ok, bytes memory answer) = address(enforcer)
            .call(
                abi.encodeWithSignature(
                    "perform(bytes25,(address,address,uint256,uint256,bytes,address))", d.c.id, d.clauses.calls[0]
                )
            );
        assertFalse(ok);
        assertEq(answer, notPart(address(this)));
    }

    // ------------------------------------------------------------------ helpers

    function visit() private pure returns (bytes memory) {
        return abi.encodeCall(HostileTarget.visit, ());
    }

    function take(uint256 amount) private view returns (bytes memory) {
        return abi.encodeCall(HostileTarget.take, (gold, amount));
    }

    function kept(Clauses memory clauses) private returns (Deal memory d) {
        d = agree(alice, clauses);
        keep(d);
    }

    /// @dev Executed, and failed because the target was closed; it still is.
    function failed(address token, uint256 amount, bytes memory data) private returns (Deal memory d) {
        d = kept(calling(address(_target), token, amount, GAS, data));
        _target.close(true);
        expectFailure(d);
    }

    function expectFailure(Deal memory d) private {
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Executed(d.c.id, executor, 1);
        execute(d);
    }

    function expectNothingOutstanding(Deal memory d, uint256 index) private {
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_NothingOutstanding.selector, d.c.id, index));
    }
}
