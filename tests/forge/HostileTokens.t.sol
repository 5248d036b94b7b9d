// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {DaiPermit} from "contracts/mocks/hostile/DaiPermit.sol";
import {HostileTarget} from "contracts/mocks/hostile/HostileTarget.sol";
import {HostileToken} from "contracts/mocks/hostile/HostileToken.sol";
import {LoudPermit} from "contracts/mocks/hostile/LoudPermit.sol";
import {PhantomPermit} from "contracts/mocks/hostile/PhantomPermit.sol";
import {SecondAddress} from "contracts/mocks/hostile/SecondAddress.sol";
import {Asset, Call, IBoomerang, Resolution} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {Fundings} from "contracts/libraries/Fundings.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Vm} from "forge-std/Vm.sol";
import {Clauses} from "./ContentEncoder.sol";
import {Deal} from "./EnforcerTest.sol";
import {HostileTest} from "./HostileTest.sol";
import {Commitment} from "./RegistryTest.sol";

/// @notice A token by which a chain shows its own currency: one balance under two names.
contract NativeToken {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        VM.deal(to, to.balance + amount);
    }

    function balanceOf(address account) external view returns (uint256) {
        return account.balance;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        VM.deal(from, from.balance - amount);
        VM.deal(to, to.balance + amount);
        return true;
    }
}

/// @notice The behaviours of https://github.com/d-xo/weird-erc20 (as of June 2025) and more, one after another. The table in
/// docs/odd-tokens.md says which test is which. In all of them honest people's ether and gold lie beside.
contract HostileTokensTest is HostileTest {
    uint256 private constant AMOUNT = 100;
    uint256 private constant GAS = 300_000;

    HostileToken private _token;

    function setUp() public override {
        super.setUp();
        _token = new HostileToken();
    }

    // ------------------------------------------------------------------ taken in

    function test_fees_are_refused_by_name() public {
        _token.become(HostileToken.Manner.TakesFee);
        expectMismatch(AMOUNT, AMOUNT - 2);
    }

    function test_more_than_was_named_is_refused_too() public {
        _token.become(HostileToken.Manner.MovesMore);
        expectMismatch(AMOUNT, AMOUNT + 1);
    }

    function test_what_does_not_arrive_is_refused() public {
        _token.become(HostileToken.Manner.Lies);
        expectMismatch(AMOUNT, 0);
    }

    function test_a_balance_that_falls_is_refused() public {
        _token.setOffset(type(uint256).max - 50);
        // It was 2^256 - 51, and wraps around.
        expectMismatch(AMOUNT, 0);
    }

    function test_a_maximum_that_means_all_there_is_is_refused() public {
        _token.become(HostileToken.Manner.MovesAllForMax);
        Deal memory d = dealOf(mallory, escrowing(address(_token), type(uint128).max));
        fund(d);
        _token.rebase(mallory, AMOUNT);
        expectRefusal(d, mismatch(address(_token), type(uint128).max, AMOUNT));
    }

    function test_no_answer_is_no_refusal() public {
        _token.become(HostileToken.Manner.ReturnsNothing);
        publishHostile();
        assertEq(held(address(_token)), AMOUNT);
    }

    function test_a_long_answer_is_none_either() public {
        _token.become(HostileToken.Manner.ReturnsMuch);
        publishHostile();
        assertEq(held(address(_token)), AMOUNT);
    }

    function test_answers_that_are_not_true_are_refused() public {
        HostileToken.Manner[4] memory manners = [
            HostileToken.Manner.ReturnsFalse,
            HostileToken.Manner.FailsQuietly,
            HostileToken.Manner.ReturnsTwo,
            HostileToken.Manner.ReturnsLittle
        ];
        for (uint256 i; i < manners.length; ++i) {
            _token.become(manners[i]);
            expectRefused(
                dealOf(mallory, escrowing(address(_token), AMOUNT)),
                abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, _token)
            );
            assertEq(held(address(_token)), 0);
        }
    }

    function test_what_the_token_refuses_is_refused() public {
        bytes memory refused = abi.encodeWithSelector(HostileToken.HostileToken_Refused.selector);
        Clauses memory clauses = escrowing(address(_token), AMOUNT);
        _token.become(HostileToken.Manner.Refuses);
        expectRefused(dealOf(mallory, clauses), refused);
        _token.become(HostileToken.Manner.Plain);
        _token.block_(mallory, true);
        expectRefused(dealOf(mallory, clauses), refused);
        _token.block_(mallory, false);
        _token.block_(address(enforcer), true);
        expectRefused(dealOf(mallory, clauses), refused);
    }

    function test_a_token_without_code_is_refused() public {
        Deal memory d = dealOf(mallory, escrowing(address(0xdead), AMOUNT));
        fund(d);
        own(d.c);
        vm.expectRevert();
        registry.publish{value: DEAL_BOND}(d.c.key.stake, TOPIC, d.body);
        // So are precompiles, even those that answer: the identity's answer is the question.
        bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(4));
        expectRefusal(dealOf(mallory, escrowing(address(4), AMOUNT)), failed);
    }

    function test_amounts_that_a_token_refuses_are_refused() public {
        _token.become(HostileToken.Manner.RefusesLarge);
        publishHostile(type(uint96).max);
        bytes memory refused = abi.encodeWithSelector(HostileToken.HostileToken_Refused.selector);
        expectRefused(dealOf(mallory, escrowing(address(_token), uint256(1) << 96)), refused);
    }

    function test_the_largest_amounts_beside_the_largest_balances() public {
        _token.rebase(address(enforcer), type(uint256).max - type(uint128).max);
        Deal memory d = publishHostile(type(uint128).max);
        assertEq(held(address(_token)), type(uint256).max);
        keep(d);
        execute(d);
        assertEq(_token.balanceOf(bob), type(uint128).max);
        // One more does not fit.
        _token.rebase(address(enforcer), type(uint256).max);
        expectMismatch(1, 0);
    }

    function test_decimals_mean_nothing() public {
        uint8[3] memory decimals = [0, 2, 77];
        for (uint256 i; i < decimals.length; ++i) {
            _token.setDecimals(decimals[i]);
            Deal memory d = publishHostile(1);
            keep(d);
            execute(d);
            assertEq(_token.balanceOf(bob), i + 1);
        }
    }

    function test_burning_all_gas_costs_who_publishes_it() public {
        _token.become(HostileToken.Manner.Burns);
        Deal memory d = dealOf(mallory, escrowing(address(_token), AMOUNT));
        fund(d);
        uint256 value = valueOf(d);
        own(d.c);
        vm.expectRevert();
        registry.publish{value: value, gas: 1_000_000}(d.c.key.stake, TOPIC, d.body);
        assertEq(phaseOf(d.c), Phase.Unpublished);
    }

    // ------------------------------------------------------------------ two addresses, or two names

    function test_two_addresses_of_one_token_are_not_counted_twice() public {
        SecondAddress twin = new SecondAddress(address(_token));
        _token.setTwin(address(twin));
        Deal memory d = dealOf(mallory, escrowing(address(_token), AMOUNT, address(twin), AMOUNT));
        _token.mint(mallory, 2 * AMOUNT);
        vm.startPrank(mallory);
        _token.approve(address(enforcer), 2 * AMOUNT);
        vm.stopPrank();
        vm.deal(mallory, DEAL_BOND);
        // By the time of the second, the balance has risen by both.
        expectRefusal(d, mismatch(d.clauses.escrow[1].token, AMOUNT, 2 * AMOUNT));
        // One transfer alone moves one amount, under whatever name.
        _token.become(HostileToken.Manner.Lies);
        expectRefusal(d, mismatch(d.clauses.escrow[0].token, AMOUNT, 0));
    }

    function test_two_addresses_in_two_escrows_are_held_twice() public {
        SecondAddress twin = new SecondAddress(address(_token));
        _token.setTwin(address(twin));
        Deal memory d = publishHostile();
        Deal memory e = agree(erin, paying(dave, address(twin), AMOUNT));
        assertEq(held(address(_token)), 2 * AMOUNT);
        keep(d);
        open_(e);
        execute(d);
        assertEq(held(address(twin)), AMOUNT);
        execute(e);
        assertEq(_token.balanceOf(bob), AMOUNT);
        assertEq(_token.balanceOf(dave), AMOUNT);
        assertEq(held(address(twin)), 0);
    }

    function test_a_token_that_is_the_chains_currency_is_held_beside_ether() public {
        NativeToken native = new NativeToken();
        Clauses memory clauses = escrowing(ETHER, 5, address(native), 7);
        pay(clauses, bob, ETHER, 5);
        pay(clauses, carol, address(native), 7);
        Deal memory d = agree(mallory, clauses);
        Deal memory b = agree(erin, paying(dave, ETHER, STAKED));
        assertEq(held(ETHER), 12 + STAKED);
        keep(d);
        open_(b);
        execute(d);
        assertEq(bob.balance, 5);
        assertEq(carol.balance, 7);
        assertEq(held(ETHER), STAKED);
        execute(b);
        assertEq(dave.balance, STAKED);
        // Ether for both cannot be counted for both.
        d = dealOf(mallory, clauses);
        vm.deal(mallory, DEAL_BOND + 5);
        expectRefusal(d, abi.encodeWithSignature("Panic(uint256)", 0x11));
    }

    // ------------------------------------------------------------------ paid out

    function test_what_does_not_arrive_is_credited_whatever_the_token_does() public {
        HostileToken.Manner[4] memory manners = [
            HostileToken.Manner.Refuses,
            HostileToken.Manner.FailsQuietly,
            HostileToken.Manner.Burns,
            HostileToken.Manner.Floods
        ];
        for (uint256 i; i < manners.length; ++i) {
            Deal memory b = bystander();
            Deal memory d = mixed();
            _token.become(manners[i]);
            uint256 before = gasleft();
            execute(d);
            // Two transfers of 150,000 at most, and some for the rest.
            assertLt(before - gasleft(), 600_000);
            assertEq(enforcer.owed(bob, address(_token)), AMOUNT);
            assertEq(enforcer.owed(mallory, address(_token)), 1);
            assertEq(gold.balanceOf(bob), AMOUNT * (i + 1));
            assertEq(bob.balance, AMOUNT * (i + 1));
            assertConserved(address(_token), list(d, b));
            assertConserved(address(gold), list(d, b));
            assertConserved(ETHER, list(d, b));
            _token.become(HostileToken.Manner.Plain);
            enforcer.deliver(bob, address(_token));
            enforcer.deliver(mallory, address(_token));
            assertEq(_token.balanceOf(bob), AMOUNT * (i + 1));
            assertConserved(address(_token), list(d, b));
            expectUnharmed(b);
        }
    }

    function test_what_arrives_counts_whatever_is_answered_beside() public {
        HostileToken.Manner[2] memory manners = [HostileToken.Manner.ReturnsNothing, HostileToken.Manner.ReturnsMuch];
        for (uint256 i; i < manners.length; ++i) {
            Deal memory d = mixed();
            _token.become(manners[i]);
            execute(d);
            assertEq(_token.balanceOf(bob), AMOUNT * (i + 1));
            assertEq(enforcer.owed(bob, address(_token)), 0);
            assertConserved(address(_token), list(d));
            _token.become(HostileToken.Manner.Plain);
        }
    }

    /// @dev A token that moves and says that it did not is paid from twice: by whoever else escrowed it, and nobody else. It was an
    /// honest one when it came, else it had been refused.
    function test_a_token_that_turns_false_harms_its_own_holders_alone() public {
        HostileToken.Manner[3] memory manners =
            [HostileToken.Manner.ReturnsFalse, HostileToken.Manner.ReturnsTwo, HostileToken.Manner.ReturnsLittle];
        for (uint256 i; i < manners.length; ++i) {
            Deal memory b = bystander();
            Deal memory d = mixed();
            _token.become(manners[i]);
            execute(d);
            assertEq(_token.balanceOf(bob), AMOUNT * (i + 1));
            assertEq(enforcer.owed(bob, address(_token)), AMOUNT * (i + 1));
            assertLt(held(address(_token)), obligations(address(_token), list(d)));
            assertConserved(address(gold), list(d, b));
            assertConserved(ETHER, list(d, b));
            expectUnharmed(b);
            _token.become(HostileToken.Manner.Plain);
        }
    }

    function test_a_token_that_turns_to_lies_or_fees_harms_its_own_holders_alone() public {
        HostileToken.Manner[3] memory manners =
            [HostileToken.Manner.Lies, HostileToken.Manner.TakesFee, HostileToken.Manner.MovesMore];
        for (uint256 i; i < manners.length; ++i) {
            Deal memory b = bystander();
            Deal memory d = mixed();
            _token.become(manners[i]);
            execute(d);
            assertEq(enforcer.owed(bob, address(_token)), 0);
            assertConserved(address(gold), list(d, b));
            assertConserved(ETHER, list(d, b));
            expectUnharmed(b);
            _token.become(HostileToken.Manner.Plain);
        }
    }

    function test_a_blocked_beneficiary_withdraws_to_another_address() public {
        Deal memory d = mixed();
        _token.block_(bob, true);
        execute(d);
        assertEq(enforcer.owed(bob, address(_token)), AMOUNT);
        assertConserved(address(_token), list(d));

        vm.expectRevert(HostileToken.HostileToken_Refused.selector);
        enforcer.deliver(bob, address(_token));
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_NothingOwedOf.selector, mallory, address(_token)));
        enforcer.withdraw(address(_token), mallory);
        assertEq(enforcer.owed(bob, address(_token)), AMOUNT);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Withdrawn(bob, address(_token), carol, AMOUNT);
        vm.prank(bob);
        enforcer.withdraw(address(_token), carol);
        assertEq(_token.balanceOf(carol), AMOUNT);
        assertConserved(address(_token), list(d));
    }

    function test_a_blocked_enforcer_credits_and_pays_later() public {
        Deal memory b = bystander();
        Deal memory d = mixed();
        _token.block_(address(enforcer), true);
        execute(d);
        assertConserved(address(_token), list(d));
        expectUnharmed(b);
        _token.block_(address(enforcer), false);
        enforcer.deliver(bob, address(_token));
        assertEq(_token.balanceOf(bob), AMOUNT);
    }

    function test_a_blocked_committer_gets_its_refund_later() public {
        Deal memory d = publishHostile();
        _token.block_(mallory, true);
        vm.warp(d.c.freeze);
        execute(d);
        assertEq(enforcer.owed(mallory, address(_token)), AMOUNT);
        assertConserved(address(_token), list(d));
        _token.block_(mallory, false);
        enforcer.deliver(mallory, address(_token));
        assertEq(_token.balanceOf(mallory), AMOUNT);
    }

    function test_a_token_whose_code_is_gone_is_owed_for_good() public {
        Deal memory b = bystander();
        Deal memory d = mixed();
        bytes memory code = address(_token).code;
        vm.etch(address(_token), "");
        execute(d);
        assertEq(enforcer.owed(bob, address(_token)), AMOUNT);
        assertEq(gold.balanceOf(bob), AMOUNT);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, _token));
        enforcer.withdraw(address(_token), bob);
        assertEq(enforcer.owed(bob, address(_token)), AMOUNT);
        vm.etch(address(_token), code);
        enforcer.deliver(bob, address(_token));
        assertEq(_token.balanceOf(bob), AMOUNT);
        expectUnharmed(b);
    }

    function test_a_balance_that_shrinks_is_paid_to_who_comes_first() public {
        Deal memory b = bystander();
        Deal memory d = publishHostile();
        Deal memory e = agree(erin, paying(dave, address(_token), AMOUNT));
        keep(d);
        open_(e);
        _token.rebase(address(enforcer), AMOUNT + 5);
        execute(d);
        assertEq(_token.balanceOf(bob), AMOUNT);
        execute(e);
        assertEq(_token.balanceOf(dave), 0);
        assertEq(enforcer.owed(dave, address(_token)), AMOUNT);
        assertConserved(address(gold), list(b, d, e));
        assertConserved(ETHER, list(b, d, e));
        expectUnharmed(b);
    }

    function test_a_balance_that_grows_is_nobodys() public {
        Deal memory d = publishHostile();
        keep(d);
        _token.rebase(address(enforcer), 10 * AMOUNT);
        execute(d);
        assertEq(_token.balanceOf(bob), AMOUNT);
        assertEq(held(address(_token)), 9 * AMOUNT);
        // Nor does it count for a later escrow.
        _token.become(HostileToken.Manner.Lies);
        expectMismatch(AMOUNT, 0);
    }

    /// @dev As a flash mint: supply that comes and goes within an execution.
    function test_supply_out_of_nothing_buys_nothing() public {
        Deal memory b = bystander();
        _token.mint(mallory, type(uint256).max - AMOUNT);
        Deal memory d = publishHostile();
        _token.rebase(mallory, 0);
        keep(d);
        execute(d);
        assertEq(_token.balanceOf(bob), AMOUNT);
        expectUnharmed(b);
    }

    // ------------------------------------------------------------------ zeros and approvals

    function test_nothing_is_ever_sent_as_a_transfer_of_zero() public {
        _token.refuse(true, false, false);
        HostileTarget target = new HostileTarget();
        Clauses memory clauses = escrowing(address(_token), 2 * AMOUNT);
        pay(clauses, bob, address(_token), AMOUNT);
        call_(clauses, Call(address(target), address(_token), AMOUNT, GAS, takeOf(AMOUNT), carol));
        call_(clauses, Call(address(target), ETHER, 0, GAS, abi.encodeCall(HostileTarget.visit, ()), carol));
        Deal memory d = agree(mallory, clauses);
        keep(d);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 0);
        assertEq(_token.balanceOf(bob), AMOUNT);
        assertEq(_token.balanceOf(address(target)), AMOUNT);
        assertEq(enforcer.owed(mallory, address(_token)), 0);
        assertConserved(address(_token), list(d));
    }

    /// @dev No call can end without taking its approval back: its amount is released after the deadline.
    function test_a_token_that_takes_no_approval_of_zero_cannot_be_spent_by_calls() public {
        HostileTarget target = new HostileTarget();
        Deal memory d = agree(mallory, calling(address(target), address(_token), AMOUNT, GAS, takeOf(AMOUNT)));
        keep(d);
        _token.refuse(false, true, false);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 1);
        assertConserved(address(_token), list(d));
        vm.warp(d.clauses.deadline + 1);
        release(d, 0);
        assertEq(_token.balanceOf(carol), AMOUNT);
        assertConserved(address(_token), list(d));
    }

    function test_approvals_that_may_not_be_changed_are_taken_back_first() public {
        HostileTarget target = new HostileTarget();
        Clauses memory clauses = escrowing(address(_token), 2 * AMOUNT);
        // The first takes only a part of what it may.
        call_(clauses, Call(address(target), address(_token), AMOUNT, GAS, takeOf(AMOUNT - 1), carol));
        call_(clauses, Call(address(target), address(_token), AMOUNT, GAS, takeOf(AMOUNT), carol));
        // One leaves an approval of its own behind, for the second's target.
        Deal memory d = agree(mallory, clauses);
        keep(d);
        _token.refuse(false, false, true);
        vm.prank(envoyOf(d));
        _token.approve(address(target), 7);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 0);
        assertEq(_token.balanceOf(address(target)), 2 * AMOUNT - 1);
        assertEq(_token.allowance(envoyOf(d), address(target)), 0);
    }

    function test_calls_with_tokens_that_answer_nothing() public {
        _token.become(HostileToken.Manner.ReturnsNothing);
        HostileTarget target = new HostileTarget();
        bytes memory data = abi.encodeCall(
            HostileTarget.act, (address(_token), abi.encodeWithSelector(_token.transfer.selector, carol, 0))
        );
        Deal memory d = agree(mallory, calling(address(target), address(_token), AMOUNT, GAS, data));
        keep(d);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 0);
        assertEq(_token.balanceOf(carol), AMOUNT);
    }

    /// @dev Whatever the token does in a call: it succeeds or its amount stays, and others' calls are made.
    function test_a_call_with_a_token_that_turns_hostile_fails_alone() public {
        HostileToken.Manner[5] memory manners = [
            HostileToken.Manner.Refuses,
            HostileToken.Manner.FailsQuietly,
            HostileToken.Manner.Burns,
            HostileToken.Manner.Floods,
            HostileToken.Manner.TakesFee
        ];
        for (uint256 i; i < manners.length; ++i) {
            HostileTarget target = new HostileTarget();
            Clauses memory clauses = escrowing(address(_token), AMOUNT, address(gold), AMOUNT);
            call_(clauses, Call(address(target), address(_token), AMOUNT, GAS, takeOf(AMOUNT), carol));
            call_(
                clauses,
                Call(
                    address(target),
                    address(gold),
                    AMOUNT,
                    GAS,
                    abi.encodeCall(HostileTarget.take, (gold, AMOUNT)),
                    carol
                )
            );
            Deal memory d = agree(mallory, clauses);
            keep(d);
            _token.become(manners[i]);
            execute(d);
            assertEq(enforcer.outstanding(d.c.id), 1);
            assertEq(gold.balanceOf(address(target)), AMOUNT);
            assertConserved(address(_token), list(d));
            assertConserved(address(gold), list(d));
            _token.become(HostileToken.Manner.Plain);
            retry(d, 0);
            assertEq(_token.balanceOf(address(target)), AMOUNT);
            assertConserved(address(_token), list(d));
        }
    }

    // ------------------------------------------------------------------ re-entry

    function test_no_entry_point_is_open_while_an_escrow_is_taken() public {
        HostileToken.Manner[2] memory manners =
            [HostileToken.Manner.CallsBackBefore, HostileToken.Manner.CallsBackAfter];
        for (uint256 i; i < manners.length; ++i) {
            HostileToken token = new HostileToken();
            Deal memory ready = bystander();
            Deal memory outstanding = retriable();
            address wallet = address(creditor(STAKED));
            uint256 locked = planEveryEntryPoint(token, ready, outstanding, wallet);
            uint256 forbidden = planForbidden(token, ready);
            token.become(manners[i]);
            Deal memory d = agree(mallory, paying(bob, address(token), AMOUNT));
            assertEq(token.succeeded(), 0);
            assertEq(token.locked(), locked);
            assertEq(token.failed(), locked + forbidden);
            token.become(HostileToken.Manner.Plain);
            expectUntouched(ready, outstanding, wallet);
            assertConserved(address(token), list(d));
        }
    }

    function test_no_entry_point_is_open_while_a_token_is_paid() public {
        Deal memory ready = bystander();
        Deal memory outstanding = retriable();
        address wallet = address(creditor(STAKED));
        Deal memory d = mixed();
        uint256 locked = planEnforcer(_token, ready, outstanding, wallet);
        _token.become(HostileToken.Manner.CallsBackAfter);
        execute(d);
        // Twice: for the payment, and for what is left.
        assertEq(_token.succeeded(), 0);
        assertEq(_token.locked(), 2 * locked);
        assertEq(_token.failed(), 2 * locked);
        assertEq(_token.balanceOf(bob), AMOUNT);
        _token.become(HostileToken.Manner.Plain);
        expectUntouched(ready, outstanding, wallet);
        assertConserved(address(_token), list(d));
    }

    function test_no_entry_point_is_open_while_a_credit_is_withdrawn() public {
        Deal memory ready = bystander();
        Deal memory outstanding = retriable();
        address wallet = address(creditor(STAKED));
        Deal memory d = mixed();
        _token.become(HostileToken.Manner.Refuses);
        execute(d);
        uint256 locked = planEveryEntryPoint(_token, ready, outstanding, wallet);
        _token.plan(address(enforcer), abi.encodeCall(IEnforcer.deliver, (bob, address(_token))));
        _token.become(HostileToken.Manner.CallsBackBefore);
        enforcer.deliver(bob, address(_token));
        assertEq(_token.succeeded(), 0);
        assertEq(_token.locked(), locked + 1);
        assertEq(_token.balanceOf(bob), AMOUNT);
        _token.become(HostileToken.Manner.Plain);
        expectUntouched(ready, outstanding, wallet);
        assertConserved(address(_token), list(d));
    }

    /// @dev The registry has no lock, and needs none: what is done there is done, and changes nothing here.
    function test_the_registrys_actions_may_happen_meanwhile() public {
        Commitment memory y = publish(erin);
        vm.warp(y.freeze);
        Resolution[] memory resolutions = one(y, "");
        _token.plan(address(registry), abi.encodeCall(IBoomerang.resolve, (resolutions)));
        _token.plan(
            address(registry), abi.encodeCall(IBoomerang.publish, (stakeOf(0, 0, 0, 0), TOPIC, "a token's own"))
        );
        _token.become(HostileToken.Manner.CallsBackBefore);
        Deal memory d = publishHostile();
        assertEq(_token.succeeded(), 2);
        assertEq(storedPhase(y), Phase.Unsealed);
        assertEq(held(address(_token)), AMOUNT);
        _token.become(HostileToken.Manner.Plain);
        keep(d);
        execute(d);
        assertEq(_token.balanceOf(bob), AMOUNT);
    }

    /// @dev It comes first in the escrow, and moves the honest one's balance before that is looked at again.
    function test_a_hostile_token_cannot_fund_the_honest_one_beside_it() public {
        Deal memory b = bystander();
        // An address below that of gold.
        HostileToken first = HostileToken(address(uint160(0x1000000)));
        vm.etch(address(first), address(_token).code);
        Clauses memory clauses = escrowing(address(first), AMOUNT, address(gold), AMOUNT);
        assertEq(clauses.escrow[0].token, address(first));
        Deal memory d = dealOf(mallory, clauses);
        fund(d);
        gold.mint(address(first), AMOUNT);
        first.plan(address(gold), abi.encodeCall(gold.transfer, (address(enforcer), AMOUNT)));
        first.become(HostileToken.Manner.CallsBackBefore);
        expectRefusal(d, mismatch(address(gold), AMOUNT, 2 * AMOUNT));
        expectUnharmed(b);
    }

    /// @dev The other way round: it takes from the honest one what it can while it is paid. That is nothing.
    function test_a_hostile_token_paid_beside_an_honest_one_moves_nothing_of_it() public {
        Deal memory b = bystander();
        Deal memory d = mixed();
        bytes memory steal = abi.encodeCall(gold.transferFrom, (address(enforcer), mallory, 1));
        _token.plan(address(gold), steal);
        _token.plan(address(gold), abi.encodeCall(gold.transferFrom, (erin, mallory, 1)));
        _token.become(HostileToken.Manner.CallsBackAfter);
        execute(d);
        assertEq(_token.succeeded(), 0);
        assertEq(gold.balanceOf(mallory), 1);
        assertConserved(address(gold), list(b, d));
        expectUnharmed(b);
    }

    // ------------------------------------------------------------------ permits

    function test_a_permit_that_does_nothing_leaves_it_to_the_allowance() public {
        PhantomPermit token = new PhantomPermit();
        bytes memory refused = abi.encodeWithSelector(HostileToken.HostileToken_Refused.selector);
        expectPermitsDecide(token, refused);
    }

    function test_a_permit_that_there_is_not_leaves_it_to_the_allowance() public {
        expectPermitsDecide(_token, abi.encodeWithSelector(HostileToken.HostileToken_Refused.selector));
    }

    function test_a_permit_with_other_arguments_leaves_it_to_the_allowance() public {
        DaiPermit token = new DaiPermit();
        expectPermitsDecide(token, abi.encodeWithSelector(HostileToken.HostileToken_Refused.selector));
        // Who sends the token's own permit beforehand needs no other.
        Deal memory d = dealOf(mallory, escrowing(address(token), AMOUNT));
        token.mint(mallory, AMOUNT);
        token.permit(mallory, address(enforcer), 0, 0, true, 0, 0, 0);
        vm.deal(mallory, DEAL_BOND);
        sendDeal(d);
        assertEq(held(address(token)), 2 * AMOUNT);
    }

    function test_a_permit_that_calls_back_finds_all_doors_locked() public {
        LoudPermit token = new LoudPermit();
        Deal memory ready = bystander();
        Deal memory outstanding = retriable();
        address wallet = address(creditor(STAKED));
        uint256 locked = planEveryEntryPoint(token, ready, outstanding, wallet);
        Deal memory d = dealOf(mallory, escrowing(address(token), AMOUNT));
        token.mint(mallory, AMOUNT);
        sendWithPermit(d);
        assertEq(token.locked(), locked);
        assertEq(token.succeeded(), 0);
        assertEq(held(address(token)), AMOUNT);
        expectUntouched(ready, outstanding, wallet);
    }

    // ------------------------------------------------------------------ helpers

    function publishHostile() private returns (Deal memory) {
        return publishHostile(AMOUNT);
    }

    function publishHostile(uint256 amount) private returns (Deal memory) {
        return agree(mallory, paying(bob, address(_token), amount));
    }

    /// @dev Kept: the odd token, gold and ether, AMOUNT of each for Bob; one unit of both tokens is left over.
    function mixed() private returns (Deal memory d) {
        Clauses memory tokens = escrowing(address(_token), AMOUNT + 1, address(gold), AMOUNT + 1);
        Clauses memory clauses = escrowing(ETHER, AMOUNT, address(gold), 1);
        (clauses.escrow, tokens.escrow) = (tokens.escrow, clauses.escrow);
        d = dealOf(mallory, withEther(clauses));
        fund(d);
        sendDeal(d);
        keep(d);
    }

    function withEther(Clauses memory clauses) private view returns (Clauses memory) {
        Clauses memory three = escrowing(ETHER, AMOUNT);
        three.escrow = new Asset[](3);
        three.escrow[0] = Asset(ETHER, AMOUNT);
        three.escrow[1] = clauses.escrow[0];
        three.escrow[2] = clauses.escrow[1];
        pay(three, bob, address(_token), AMOUNT);
        pay(three, bob, ETHER, AMOUNT);
        pay(three, bob, address(gold), AMOUNT);
        return three;
    }

    /// @dev To Kept, for what was published in the same second as what has been kept already.
    function open_(Deal memory d) private {
        uint256 time = block.timestamp;
        vm.warp(d.c.freeze - 1);
        seal(d.c, KEEP);
        vm.warp(d.c.freeze > time ? d.c.freeze : time);
        open(d.c, KEEP);
    }

    function takeOf(uint256 amount) private view returns (bytes memory) {
        return abi.encodeWithSelector(HostileTarget.take.selector, _token, amount);
    }

    function mismatch(address token, uint256 expected, uint256 received) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEnforcer.Boomerang_TokenMismatch.selector, token, expected, received);
    }

    function expectMismatch(uint256 amount, uint256 received) private {
        expectRefused(dealOf(mallory, escrowing(address(_token), amount)), mismatch(address(_token), amount, received));
    }

    /// @dev Of a deal that is funded already, as far as it is.
    function expectRefusal(Deal memory d, bytes memory reason) private {
        vm.deal(mallory, mallory.balance + DEAL_BOND);
        uint256 value = valueOf(d);
        own(d.c);
        vm.expectRevert(reason);
        registry.publish{value: value}(d.c.key.stake, TOPIC, d.body);
    }

    /// @dev With a permit that allows nothing: refused without an allowance, taken with one.
    function expectPermitsDecide(HostileToken token, bytes memory reason) private {
        Deal memory d = dealOf(mallory, escrowing(address(token), AMOUNT));
        token.mint(mallory, AMOUNT);
        vm.deal(mallory, DEAL_BOND);
        bytes memory funding = permit();
        vm.prank(mallory);
        vm.expectRevert(reason);
        registry.publishFunded{value: DEAL_BOND}(d.c.key.stake, TOPIC, d.body, funding);
        vm.prank(mallory);
        token.approve(address(enforcer), AMOUNT);
        sendWithPermit(d);
        assertEq(held(address(token)), AMOUNT);
    }

    function sendWithPermit(Deal memory d) private {
        vm.deal(mallory, DEAL_BOND);
        vm.prank(mallory);
        registry.publishFunded{value: DEAL_BOND}(d.c.key.stake, TOPIC, d.body, permit());
    }

    function permit() private pure returns (bytes memory) {
        Fundings.Permit[] memory permits = new Fundings.Permit[](1);
        permits[0] = Fundings.Permit(AMOUNT, type(uint256).max, 27, bytes32(uint256(1)), bytes32(uint256(2)));
        return abi.encodePacked(hex"01", abi.encode(permits));
    }
}
