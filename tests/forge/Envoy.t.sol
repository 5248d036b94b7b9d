// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileTarget} from "contracts/mocks/hostile/HostileTarget.sol";
import {HostileToken} from "contracts/mocks/hostile/HostileToken.sol";
import {Envoy} from "contracts/Envoy.sol";
import {Call} from "contracts/interfaces/IBoomerang.sol";
import {Clauses} from "./ContentEncoder.sol";
import {Deal, EnforcerTest} from "./EnforcerTest.sol";

/// @notice The address that makes a commitment's calls: whom it obeys, and what it does with what is left.
contract EnvoyTest is EnforcerTest {
    uint256 private constant GAS = 200_000;

    HostileTarget private _target;
    Envoy private _envoy;

    function setUp() public override {
        super.setUp();
        _target = new HostileTarget();
        // One whose enforcer is this test.
        _envoy = new Envoy();
    }

    receive() external payable {}

    function test_it_obeys_the_enforcer_alone() public {
        Deal memory d = agree(alice, calling(address(_target), ETHER, 5, GAS, visit()));
        keep(d);
        execute(d);
        Envoy envoy = Envoy(payable(envoyOf(d)));
        Call memory call = d.clauses.calls[0];
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(Envoy.Boomerang_NotEnforcer.selector, alice));
        envoy.run(call);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(Envoy.Boomerang_NotEnforcer.selector, bob));
        _envoy.run(call);
    }

    function test_all_that_is_left_of_both_goes_on() public {
        gold.mint(address(_envoy), 10);
        gold.mint(address(_target), 4);
        vm.deal(address(_target), 3);
        _target.plan(address(gold), abi.encodeCall(gold.transfer, (address(_envoy), 4)));
        _target.plan(address(_target), abi.encodeCall(HostileTarget.send, (payable(address(_envoy)), 3)));
        _envoy.run(callOf(address(gold), 10, abi.encodeCall(HostileTarget.callBack, ())));
        assertEq(_target.succeeded(), 2);
        assertEq(gold.balanceOf(carol), 14);
        assertEq(carol.balance, 3);
        assertEq(gold.balanceOf(address(_envoy)) + address(_envoy).balance, 0);
    }

    function test_what_came_before_goes_along() public {
        vm.deal(address(_envoy), 7);
        gold.mint(address(_envoy), 15);
        _envoy.run(callOf(address(gold), 10, abi.encodeCall(HostileTarget.take, (gold, 10))));
        assertEq(gold.balanceOf(address(_target)), 10);
        assertEq(gold.balanceOf(carol), 5);
        assertEq(carol.balance, 7);
    }

    // ------------------------------------------------------------------ a remainder that is refused

    function test_a_remainder_of_ether_that_is_refused_fails_the_call() public {
        HostileTarget refusing = refusingEther();
        Call memory call = callOf(ETHER, 10, abi.encodeCall(HostileTarget.send, (payable(address(_envoy)), 1)));
        call.remainderTo = address(refusing);
        vm.expectRevert(abi.encodeWithSelector(Envoy.Boomerang_RemainderRefused.selector, refusing));
        _envoy.run{value: 10}(call);
        refusing.become(HostileTarget.Manner.Takes);
        _envoy.run{value: 10}(call);
        assertEq(address(refusing).balance, 1);
    }

    function test_a_remainder_of_a_token_that_is_refused_fails_the_call() public {
        HostileToken token = new HostileToken();
        token.mint(address(_envoy), 10);
        token.block_(carol, true);
        Call memory call = callOf(address(token), 10, takeOf(token, 9));
        vm.expectRevert(abi.encodeWithSelector(Envoy.Boomerang_RemainderRefused.selector, carol));
        _envoy.run(call);
        call.data = takeOf(token, 10);
        _envoy.run(call);
        assertEq(token.balanceOf(address(_target)), 10);
    }

    /// @dev Else one wei, sent to the envoy by anybody, would fail every call whose remainder goes where no ether is taken.
    function test_ether_that_came_before_fails_no_call() public {
        HostileTarget refusing = refusingEther();
        vm.deal(address(_envoy), 1);
        Call memory call = callOf(ETHER, 10, visit());
        call.remainderTo = address(refusing);
        _envoy.run{value: 10}(call);
        assertEq(address(_target).balance, 10);
        assertEq(address(_envoy).balance, 1);
        // What the call itself leaves is another matter.
        call.data = abi.encodeCall(HostileTarget.send, (payable(address(_envoy)), 1));
        vm.expectRevert(abi.encodeWithSelector(Envoy.Boomerang_RemainderRefused.selector, refusing));
        _envoy.run{value: 10}(call);
    }

    function test_tokens_that_came_before_fail_no_call() public {
        HostileToken token = new HostileToken();
        token.mint(address(_envoy), 11);
        token.block_(carol, true);
        Call memory call = callOf(address(token), 10, takeOf(token, 10));
        _envoy.run(call);
        assertEq(token.balanceOf(address(_target)), 10);
        assertEq(token.balanceOf(address(_envoy)), 1);
        // What the call itself leaves is another matter.
        token.mint(address(_envoy), 10);
        call.data = takeOf(token, 9);
        vm.expectRevert(abi.encodeWithSelector(Envoy.Boomerang_RemainderRefused.selector, carol));
        _envoy.run(call);
    }

    function test_less_than_named_may_have_come() public {
        gold.mint(address(_envoy), 9);
        _envoy.run(callOf(address(gold), 10, abi.encodeCall(HostileTarget.take, (gold, 4))));
        assertEq(gold.balanceOf(carol), 5);
    }

    // ------------------------------------------------------------------ targets

    function test_a_call_that_reverts() public {
        _target.close(true);
        vm.expectRevert(Envoy.Boomerang_CallReverted.selector);
        _envoy.run(callOf(ETHER, 0, visit()));
    }

    function test_data_to_no_code() public {
        Call memory call = callOf(ETHER, 0, hex"00");
        call.target = dave;
        vm.expectRevert(Envoy.Boomerang_CallReverted.selector);
        _envoy.run(call);
        call.data = "";
        _envoy.run(call);
    }

    function test_a_target_that_cannot_have_its_gas_is_not_called() public {
        Call memory call = callOf(ETHER, 0, visit());
        vm.expectRevert(Envoy.Boomerang_CallReverted.selector);
        _envoy.run{gas: GAS}(call);
        assertEq(_target.times(), 0);
        _envoy.run{gas: GAS + GAS / 20 + 40_000}(call);
        assertEq(_target.times(), 1);
    }

    function test_the_allowance_ends_with_the_call() public {
        gold.mint(address(_envoy), 10);
        _envoy.run(callOf(address(gold), 10, visit()));
        assertEq(gold.allowance(address(_envoy), address(_target)), 0);
    }

    // ------------------------------------------------------------------ through the enforcer

    /// @dev The attack as a whole: to stop somebody's call for good with one wei.
    function test_one_wei_stops_no_call() public {
        HostileTarget vault = refusingEther();
        Clauses memory clauses =
            calling(address(_target), address(gold), 10, GAS, abi.encodeCall(HostileTarget.take, (gold, 10)));
        clauses.calls[0].remainderTo = address(vault);
        Deal memory d = agree(alice, clauses);
        keep(d);
        vm.deal(envoyOf(d), 1);
        gold.mint(envoyOf(d), 1);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 0);
        assertEq(gold.balanceOf(address(_target)), 10);
        assertEq(gold.balanceOf(address(vault)), 1);
        assertEq(envoyOf(d).balance, 1);
    }

    // ------------------------------------------------------------------ helpers

    function visit() private pure returns (bytes memory) {
        return abi.encodeCall(HostileTarget.visit, ());
    }

    function takeOf(HostileToken token, uint256 amount) private pure returns (bytes memory) {
        return abi.encodeWithSelector(HostileTarget.take.selector, token, amount);
    }

    function callOf(address token, uint256 amount, bytes memory data) private view returns (Call memory) {
        return Call(address(_target), token, amount, GAS, data, carol);
    }

    function refusingEther() private returns (HostileTarget refusing) {
        refusing = new HostileTarget();
        refusing.become(HostileTarget.Manner.Refuses);
    }
}
