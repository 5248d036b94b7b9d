// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileTarget} from "contracts/mocks/hostile/HostileTarget.sol";
import {Enforcer} from "contracts/Enforcer.sol";
import {Envoy} from "contracts/Envoy.sol";
import {Call, IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Clauses} from "./ContentEncoder.sol";
import {Deal} from "./EnforcerTest.sol";
import {HostileTest} from "./HostileTest.sol";

/// @notice What contents call and pay, and what that does to others: nothing.
contract HostileTargetsTest is HostileTest {
    uint256 private constant GAS = 2_000_000;

    HostileTarget private _target;

    function setUp() public override {
        super.setUp();
        _target = new HostileTarget();
    }

    // ------------------------------------------------------------------ re-entry

    function test_no_entry_point_is_open_to_a_target() public {
        (Deal memory ready, Deal memory outstanding, address wallet) = honest();
        uint256 locked = planEveryEntryPoint(_target, ready, outstanding, wallet);
        uint256 forbidden = planForbidden(_target, ready);
        Deal memory d = kept(calling(address(_target), ETHER, 5, GAS, abi.encodeCall(HostileTarget.callBack, ())));
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 0);
        assertEq(_target.succeeded(), 0);
        assertEq(_target.locked(), locked);
        assertEq(_target.failed(), locked + forbidden);
        expectUntouched(ready, outstanding, wallet);
    }

    function test_no_entry_point_is_open_to_a_target_of_a_retry() public {
        (Deal memory ready, Deal memory outstanding, address wallet) = honest();
        bytes memory data =
            abi.encodeCall(HostileTarget.act, (address(_target), abi.encodeCall(HostileTarget.callBack, ())));
        HostileTarget gate = new HostileTarget();
        Deal memory d = kept(calling(address(gate), ETHER, 5, GAS, data));
        bytes memory code = address(gate).code;
        vm.etch(address(gate), "");
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 1);
        vm.etch(address(gate), code);
        uint256 locked = planEveryEntryPoint(_target, ready, outstanding, wallet);
        _target.plan(address(enforcer), abi.encodeCall(IEnforcer.retry, (d.c.key, TOPIC, d.body, 0)));
        retry(d, 0);
        assertEq(_target.succeeded(), 0);
        assertEq(_target.locked(), locked + 1);
        expectUntouched(ready, outstanding, wallet);
    }

    /// @dev 30,000 gas are enough to try one door at a time.
    function test_no_entry_point_is_open_to_a_receiver_of_ether() public {
        (Deal memory ready, Deal memory outstanding, address wallet) = honest();
        uint256 doors = planEnforcer(_target, ready, outstanding, wallet);
        _target.become(HostileTarget.Manner.CallsBack);
        for (uint256 i; i < doors; ++i) {
            Deal memory d = kept(paying(address(_target), ETHER, 1));
            execute(d);
            assertEq(_target.locked(), i + 1);
        }
        assertEq(_target.succeeded(), 0);
        assertEq(address(_target).balance, doors);
        expectUntouched(ready, outstanding, wallet);
    }

    function test_no_entry_point_is_open_to_who_withdraws() public {
        (Deal memory ready, Deal memory outstanding,) = honest();
        HostileTarget wallet = creditor(STAKED);
        uint256 doors = planEnforcer(wallet, ready, outstanding, address(wallet));
        wallet.become(HostileTarget.Manner.CallsBack);
        enforcer.deliver(address(wallet), ETHER);
        assertEq(address(wallet).balance, STAKED);
        assertEq(wallet.locked(), 1);
        for (uint256 i = 1; i < doors; ++i) {
            execute(kept(paying(address(wallet), ETHER, 1)));
        }
        assertEq(wallet.locked(), doors);
        assertEq(wallet.succeeded(), 0);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_NothingOwedOf.selector, wallet, ETHER));
        enforcer.deliver(address(wallet), ETHER);
    }

    /// @dev A bond is paid within an execution, too.
    function test_no_entry_point_is_open_to_who_is_paid_a_bond() public {
        (Deal memory ready, Deal memory outstanding, address wallet) = honest();
        HostileTarget committer = new HostileTarget();
        Deal memory d = agree(address(committer), paying(bob, ETHER, 7));
        uint256 doors = planEnforcer(committer, ready, outstanding, wallet);
        assertGt(doors, 2);
        committer.become(HostileTarget.Manner.CallsBack);
        vm.warp(d.c.freeze);
        execute(d);
        // The bond, and the escrow.
        assertEq(address(committer).balance, 7 + DEAL_BOND);
        assertEq(committer.locked(), 2);
        assertEq(committer.succeeded(), 0);
        expectUntouched(ready, outstanding, wallet);
    }

    // ------------------------------------------------------------------ gas and data

    function test_a_bomb_costs_what_it_was_given() public {
        bytes[2] memory bombs = [abi.encodeCall(HostileTarget.burn, ()), abi.encodeCall(HostileTarget.flood, ())];
        for (uint256 i; i < bombs.length; ++i) {
            Clauses memory clauses = calling(address(_target), ETHER, 5, GAS, bombs[i]);
            clauses.escrow[0].amount = 12;
            call_(clauses, Call(dave, ETHER, 7, 0, "", carol));
            Deal memory d = kept(clauses);
            uint256 before = gasleft();
            execute(d);
            assertLt(before - gasleft(), GAS + 300_000);
            assertEq(dave.balance, 7 * (i + 1));
            // A flood succeeds: what it returns, nobody reads.
            assertEq(enforcer.outstanding(d.c.id), i == 0 ? 1 : 0);
            assertConserved(ETHER, list(d));
            vm.warp(d.clauses.deadline + 1);
            if (i == 0) release(d, 0);
        }
    }

    function test_a_receiver_that_burns_or_floods_is_credited_or_paid() public {
        _target.become(HostileTarget.Manner.Burns);
        Clauses memory clauses = paying(address(_target), ETHER, 5);
        clauses.escrow[0].amount = 12;
        pay(clauses, dave, ETHER, 7);
        Deal memory d = kept(clauses);
        uint256 before = gasleft();
        execute(d);
        assertLt(before - gasleft(), 250_000);
        assertEq(enforcer.owed(address(_target), ETHER), 5);
        assertEq(dave.balance, 7);
        assertConserved(ETHER, list(d));
        _target.become(HostileTarget.Manner.Floods);
        d = kept(clauses);
        before = gasleft();
        execute(d);
        assertLt(before - gasleft(), 250_000);
        assertEq(dave.balance, 14);
        assertConserved(ETHER, list(d));
    }

    // ------------------------------------------------------------------ code that goes, ether that comes

    function test_a_target_that_is_gone_fails_and_keeps_nothing() public {
        Deal memory d = kept(calling(address(_target), address(gold), 10, GAS, take(10)));
        vm.etch(address(_target), "");
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 1);
        assertEq(gold.balanceOf(address(enforcer)), 10);
        vm.warp(d.clauses.deadline + 1);
        release(d, 0);
        assertEq(gold.balanceOf(carol), 10);
    }

    function test_ether_that_is_forced_on_the_enforcer_is_nobodys() public {
        Deal memory b = bystander();
        Deal memory d = kept(
            calling(
                address(_target), ETHER, 10, GAS, abi.encodeCall(HostileTarget.destroy, (payable(address(enforcer))))
            )
        );
        execute(d);
        assertEq(held(ETHER), STAKED + 10);
        // It funds no escrow.
        Deal memory e = dealOf(mallory, paying(mallory, ETHER, 10));
        vm.deal(mallory, DEAL_BOND);
        vm.prank(mallory);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_WrongEscrow.selector, 0, 10));
        registry.publish{value: DEAL_BOND}(e.c.key.stake, TOPIC, e.body);
        execute(b);
        assertEq(held(ETHER), 10);
    }

    function test_ether_that_is_forced_on_a_beneficiary_changes_nothing() public {
        HostileTarget refusing = new HostileTarget();
        refusing.become(HostileTarget.Manner.Refuses);
        Clauses memory clauses = calling(
            address(_target), ETHER, 10, GAS, abi.encodeCall(HostileTarget.destroy, (payable(address(refusing))))
        );
        clauses.escrow[0].amount = 15;
        pay(clauses, address(refusing), ETHER, 5);
        Deal memory d = kept(clauses);
        execute(d);
        assertEq(address(refusing).balance, 10);
        assertEq(enforcer.owed(address(refusing), ETHER), 5);
        assertConserved(ETHER, list(d));
    }

    // ------------------------------------------------------------------ approvals

    /// @dev An approval that a call gave away is one of its own envoy's: it may take what that holds, in that call, and no more.
    function test_an_approval_that_is_kept_finds_nothing_to_take() public {
        Deal memory b = bystander();
        bytes memory approve = abi.encodeCall(gold.approve, (address(_target), type(uint256).max));
        Deal memory d = kept(calling(address(gold), address(gold), 10, GAS, approve));
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 0);
        assertEq(gold.allowance(envoyOf(d), address(_target)), type(uint256).max);
        assertEq(gold.balanceOf(carol), 10);
        assertEq(gold.balanceOf(envoyOf(d)), 0);
        address envoy = envoyOf(d);
        vm.expectRevert();
        _target.takeFrom(gold, envoy, 1);
        vm.expectRevert();
        _target.takeFrom(gold, address(enforcer), 1);
        // Another commitment of the same committer's, with the same call, has another envoy.
        Deal memory e = kept(calling(address(_target), address(gold), 20, GAS, take(1)));
        execute(e);
        assertEq(gold.balanceOf(carol), 29);
        expectUnharmed(b);
    }

    function test_what_the_target_was_allowed_it_is_allowed_during_the_call_only() public {
        Clauses memory clauses = calling(address(_target), address(gold), 10, GAS, take(4));
        clauses.escrow[0].amount = 30;
        call_(clauses, Call(address(bankOrNew()), address(gold), 20, GAS, abi.encodeCall(bank.callBack, ()), carol));
        Deal memory d = dealOf(alice, clauses);
        // The second target has the first pull again, while the envoy holds 20.
        bank.plan(address(_target), abi.encodeCall(HostileTarget.takeFrom, (gold, envoyOf(d), 1)));
        fund(d);
        sendDeal(d);
        keep(d);
        execute(d);
        assertEq(bank.failed(), 1);
        assertEq(gold.balanceOf(address(_target)), 4);
        assertEq(gold.balanceOf(carol), 26);
    }

    // ------------------------------------------------------------------ what comes back

    function test_what_a_target_sends_back_goes_to_the_remainder() public {
        bytes memory data = abi.encodeCall(HostileTarget.takeAndReturn, (gold, 10, 6));
        Deal memory d = kept(calling(address(_target), address(gold), 10, GAS, data));
        execute(d);
        assertEq(gold.balanceOf(carol), 6);
    }

    function test_tokens_sent_to_the_enforcer_are_nobodys() public {
        Deal memory b = bystander();
        bytes memory data = abi.encodeCall(gold.transfer, (address(enforcer), 10));
        Deal memory d = kept(calling(address(gold), address(gold), 10, GAS, data));
        execute(d);
        assertEq(held(address(gold)), STAKED + 10);
        expectUnharmed(b);
        assertEq(held(address(gold)), 10);
    }

    function test_the_enforcer_takes_no_ether_back() public {
        bytes memory data = abi.encodeCall(HostileTarget.send, (payable(address(enforcer)), 10));
        Deal memory d = kept(calling(address(_target), ETHER, 10, GAS, data));
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 1);
        assertConserved(ETHER, list(d));
    }

    // ------------------------------------------------------------------ targets of all kinds

    function test_the_enforcer_as_a_target_does_nothing_for_an_envoy() public {
        (Deal memory ready, Deal memory outstanding, address wallet) = honest();
        bytes[8] memory data = [
            abi.encodeCall(IEnforcer.execute, (ready.c.key, TOPIC, ready.body, mallory)),
            abi.encodeCall(IEnforcer.retry, (outstanding.c.key, TOPIC, outstanding.body, 0)),
            abi.encodeCall(IEnforcer.release, (outstanding.c.key, TOPIC, outstanding.body, 0)),
            abi.encodeCall(IEnforcer.withdraw, (ETHER, mallory)),
            abi.encodeCall(IEnforcer.deliver, (wallet, ETHER)),
            abi.encodeCall(IEnforcer.collect, (ready.c.id, mallory, ready.body, "", 0)),
            abi.encodeWithSelector(Enforcer.perform.selector, ready.c.id, Call(mallory, ETHER, STAKED, 0, "", mallory)),
            bytes("")
        ];
        Clauses memory clauses = escrowing(ETHER, 8);
        for (uint256 i; i < 8; ++i) {
            call_(clauses, Call(address(enforcer), ETHER, 1, 300_000, data[i], carol));
        }
        Deal memory d = kept(clauses);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 255);
        assertEq(held(ETHER), obligations(ETHER, list(d, ready)) + enforcer.owed(wallet, ETHER));
        expectUntouched(ready, outstanding, wallet);
    }

    function test_the_registry_as_a_target_does_what_it_does_for_anybody() public {
        Deal memory b = bystander();
        Clauses memory clauses = escrowing(ETHER, 4);
        Deal memory inner = dealOf(alice, paying(bob, ETHER, 1));
        bytes[4] memory data = [
            abi.encodeCall(IBoomerang.begin, (b.c.key)),
            abi.encodeCall(IBoomerang.enterGroup, (b.c.id)),
            // A publication with clauses needs the enforcer, which is busy.
            abi.encodeCall(IBoomerang.publish, (stakeOf(0, 0, 1, 0), TOPIC, inner.body)),
            abi.encodeCall(IBoomerang.publish, (stakeOf(1, 0, 0, 0), TOPIC, "an envoy's own"))
        ];
        for (uint256 i; i < 4; ++i) {
            call_(clauses, Call(address(registry), ETHER, 1, 300_000, data[i], carol));
        }
        Deal memory d = kept(clauses);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 7);
        assertEq(phaseOf(plan(envoyOf(d), stakeOf(1, 0, 0, 0), "an envoy's own")), Phase.Tentative);
        expectUnharmed(b);
    }

    function test_the_token_as_a_target_moves_what_the_envoy_holds() public {
        Deal memory b = bystander();
        Clauses memory clauses = escrowing(address(gold), 30);
        bytes[3] memory data = [
            abi.encodeCall(gold.transfer, (dave, 4)),
            abi.encodeCall(gold.transferFrom, (address(enforcer), mallory, 10)),
            abi.encodeCall(gold.transferFrom, (erin, mallory, 0))
        ];
        for (uint256 i; i < 3; ++i) {
            call_(clauses, Call(address(gold), address(gold), 10, GAS / 2, data[i], carol));
        }
        Deal memory d = kept(clauses);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 2);
        assertEq(gold.balanceOf(dave), 4);
        assertEq(gold.balanceOf(carol), 16);
        assertEq(gold.balanceOf(mallory), 0);
        assertConserved(address(gold), list(b, d));
        gold.mint(address(this), 1);
        expectUnharmed(b);
    }

    function test_envoys_as_targets_obey_nobody() public {
        Deal memory first = kept(calling(dave, ETHER, 5, 0, ""));
        execute(first);
        Call memory steal = Call(mallory, ETHER, 1, 0, "", mallory);
        bytes memory data = abi.encodeCall(Envoy.run, (steal));
        Clauses memory clauses = escrowing(ETHER, 6);
        call_(clauses, Call(envoyOf(first), ETHER, 1, 100_000, data, carol));
        call_(clauses, Call(envoyOf(first), ETHER, 2, 100_000, "", carol));
        // Its own address is not known to a content; the implementation's is.
        call_(clauses, Call(implementation(), ETHER, 3, 100_000, data, carol));
        Deal memory d = kept(clauses);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 5);
        assertEq(envoyOf(first).balance, 2);
        assertEq(mallory.balance, 0);
        assertConserved(ETHER, list(first, d));
    }

    function test_precompiles_as_targets_take_ether_and_do_nothing() public {
        Clauses memory clauses = escrowing(ETHER, 3);
        call_(clauses, Call(address(4), ETHER, 1, 100_000, "", carol));
        // They have no code that could be seen: data to them fails.
        call_(clauses, Call(address(4), ETHER, 2, 100_000, hex"01", carol));
        Deal memory d = kept(clauses);
        execute(d);
        assertEq(enforcer.outstanding(d.c.id), 2);
        assertEq(address(4).balance, 1);
        assertConserved(ETHER, list(d));
    }

    // ------------------------------------------------------------------ helpers

    function honest() private returns (Deal memory ready, Deal memory outstanding, address wallet) {
        return (bystander(), retriable(), address(creditor(STAKED)));
    }

    function bankOrNew() private returns (HostileTarget) {
        bank = new HostileTarget();
        return bank;
    }

    /// @dev What envoys are clones of: the enforcer's first creation.
    function implementation() private view returns (address found) {
        found = vm.computeCreateAddress(address(enforcer), 1);
        assertGt(found.code.length, 0);
    }

    function kept(Clauses memory clauses) private returns (Deal memory d) {
        d = agree(alice, clauses);
        keep(d);
    }

    function take(uint256 amount) private view returns (bytes memory) {
        return abi.encodeCall(HostileTarget.take, (gold, amount));
    }
}
