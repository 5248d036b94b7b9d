// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileTarget} from "contracts/mocks/hostile/HostileTarget.sol";
import {HostileToken} from "contracts/mocks/hostile/HostileToken.sol";
import {Asset, Call, IBoomerang, Key} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Clauses} from "./ContentEncoder.sol";
import {Deal, EnforcerTest} from "./EnforcerTest.sol";
import {Commitment} from "./RegistryTest.sol";

/// @notice Execution: who is paid, when, and by whom it is refused.
contract EnforcerExecutionTest is EnforcerTest {
    // ------------------------------------------------------------------ kept

    function test_payments_rest_and_tip_of_ether() public {
        Clauses memory clauses = paying(bob, ETHER, 5);
        clauses.escrow[0].amount = 10;
        pay(clauses, carol, ETHER, 2);
        clauses.tip = Asset(ETHER, 1);
        Deal memory d = agree(alice, clauses);
        keep(d);
        uint256 before = alice.balance;
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Executed(d.c.id, executor, 0);
        execute(d, dave);
        assertEq(bob.balance, 5);
        assertEq(carol.balance, 2);
        assertEq(dave.balance, 1);
        assertEq(alice.balance - before, 2);
        assertEq(address(enforcer).balance, 0);
    }

    function test_payments_rest_and_tip_of_tokens() public {
        Clauses memory clauses = escrowing(address(gold), 10, address(silver), 20);
        pay(clauses, bob, address(silver), 5);
        pay(clauses, bob, address(gold), 3);
        clauses.tip = Asset(address(silver), 7);
        Deal memory d = agree(alice, clauses);
        keep(d);
        execute(d);
        assertEq(gold.balanceOf(bob), 3);
        assertEq(silver.balanceOf(bob), 5);
        assertEq(silver.balanceOf(executor), 7);
        assertEq(gold.balanceOf(alice), 7);
        assertEq(silver.balanceOf(alice), 8);
        assertEq(held(address(gold)) + held(address(silver)), 0);
    }

    function test_nothing_is_sent_where_nothing_is_left() public {
        Deal memory d = agree(alice, paying(bob, address(gold), 10));
        keep(d);
        vm.recordLogs();
        execute(d);
        // One transfer, and Executed.
        assertEq(vm.getRecordedLogs().length, 2);
    }

    function test_a_content_that_does_nothing_is_executed_too() public {
        Clauses memory nothing;
        Deal memory d = agree(alice, nothing);
        keep(d);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Executed(d.c.id, executor, 0);
        execute(d);
    }

    function test_payments_are_made_in_their_order_before_what_is_left() public {
        HostileToken token = new HostileToken();
        Clauses memory clauses = escrowing(address(token), 10);
        pay(clauses, bob, address(token), 1);
        pay(clauses, carol, address(token), 2);
        clauses.tip = Asset(address(token), 4);
        Deal memory d = agree(alice, clauses);
        keep(d);
        token.become(HostileToken.Manner.Refuses);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Credited(bob, address(token), 1);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Credited(carol, address(token), 2);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Credited(alice, address(token), 3);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Credited(executor, address(token), 4);
        execute(d);
    }

    function test_a_tip_to_nobody_is_the_callers() public {
        Deal memory d = tipping();
        execute(d, ETHER);
        assertEq(executor.balance, 3);
    }

    function test_a_tip_goes_where_the_caller_says() public {
        Deal memory d = tipping();
        execute(d, dave);
        assertEq(dave.balance, 3);
        assertEq(executor.balance, 0);
    }

    function test_a_tip_may_not_go_to_the_enforcer() public {
        Deal memory d = tipping();
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_TransferFailed.selector, enforcer));
        execute(d, address(enforcer));
        execute(d);
    }

    function test_without_a_tip_it_does_not_matter_to_whom() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 1));
        keep(d);
        execute(d, address(enforcer));
        assertEq(bob.balance, 1);
    }

    // ------------------------------------------------------------------ everything goes home

    function test_reverted_by_decision() public {
        Deal memory d = rich();
        revert_(d);
        expectHome(d);
    }

    function test_revoked() public {
        Deal memory d = rich();
        revoke(d.c);
        expectHome(d);
    }

    function test_exposed() public {
        Deal memory d = rich();
        skip(SEAL_DELAY);
        seal(d.c, KEEP);
        registry.expose(d.c.key, KEEP, SALT);
        expectHome(d);
    }

    function test_invalid_decision() public {
        Deal memory d = rich();
        settle(d.c, hex"ff");
        assertEq(phaseOf(d.c), Phase.InvalidDecision);
        expectHome(d);
    }

    function test_unsealed_is_settled_on_the_way() public {
        Deal memory d = rich();
        vm.warp(d.c.freeze);
        uint256 before = alice.balance;
        vm.expectEmit(address(registry));
        emit IBoomerang.Resolved(d.c.id, Phase.Unsealed);
        expectHome(d);
        assertEq(storedPhase(d.c), Phase.Unsealed);
        // The escrow's ether, and the bond.
        assertEq(alice.balance - before, 10 + DEAL_BOND);
    }

    function test_unrevealed_is_settled_on_the_way_and_its_bond_burns() public {
        Deal memory d = rich();
        skip(SEAL_DELAY);
        seal(d.c, KEEP);
        vm.warp(d.c.freeze + REVEAL_WINDOW + 1);
        uint256 before = alice.balance;
        vm.expectEmit(address(registry));
        emit IBoomerang.Resolved(d.c.id, Phase.Unrevealed);
        expectHome(d);
        assertEq(alice.balance - before, 10);
        assertEq(address(registry).balance, DEAL_BOND);
    }

    function test_what_was_resolved_before_pays_no_bond_twice() public {
        Deal memory d = rich();
        vm.warp(d.c.freeze);
        resolve(d.c, "");
        uint256 before = alice.balance;
        expectHome(d);
        assertEq(alice.balance - before, 10);
    }

    function test_after_a_refund_nothing_is_outstanding() public {
        HostileTarget target = new HostileTarget();
        Deal memory d =
            agree(alice, calling(address(target), ETHER, 5, 100_000, abi.encodeCall(HostileTarget.visit, ())));
        revert_(d);
        execute(d);
        assertEq(target.times(), 0);
        assertEq(enforcer.outstanding(d.c.id), 0);
        expectNothingOutstanding(d, 0);
        retry(d, 0);
    }

    // ------------------------------------------------------------------ guards

    function test_a_guard_that_holds() public {
        Commitment memory y = publish(bob);
        Deal memory d = guarded(like(y));
        settle(y, KEEP);
        open(d.c, KEEP);
        execute(d);
        assertEq(carol.balance, 10);
    }

    function test_a_guard_that_does_not_hold() public {
        Commitment memory y = publish(bob);
        Deal memory d = guarded(like(y));
        settle(y, REVERT);
        open(d.c, KEEP);
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Refunded(d.c.id, executor);
        execute(d);
        assertEq(carol.balance, 0);
        assertEq(alice.balance, 10 + DEAL_BOND);
    }

    function test_a_guard_is_an_expression_over_several() public {
        Commitment memory y = publish(bob);
        Commitment memory z = publish(dave);
        // y and not z.
        Deal memory d = guarded(abi.encodePacked(like(y), like(z), hex"0203"));
        vm.warp(d.c.freeze - PERIOD + SEAL_DELAY + 1);
        seal(y, KEEP);
        vm.warp(d.c.freeze);
        open(d.c, KEEP);
        open(y, KEEP);
        // z is unsealed: by time alone it is reverted.
        execute(d);
        assertEq(carol.balance, 10);
    }

    function test_a_guard_that_is_constant() public {
        Deal memory d = guarded(KEEP);
        vm.warp(d.c.freeze);
        open(d.c, KEEP);
        execute(d);
        assertEq(carol.balance, 10);
        d = guarded(REVERT);
        vm.warp(d.c.freeze);
        open(d.c, KEEP);
        execute(d);
        assertEq(carol.balance, 10);
    }

    function test_while_the_guard_is_open_nothing_happens() public {
        Commitment memory y = publish(bob);
        Commitment memory z = publish(dave);
        Deal memory d = guarded(both(like(y), like(z)));
        vm.warp(d.c.freeze - PERIOD + SEAL_DELAY + 1);
        seal(y, KEEP);
        seal(z, KEEP);
        vm.warp(d.c.freeze);
        open(d.c, KEEP);
        expectGuardPending(d, y);
        execute(d);
        open(y, KEEP);
        expectGuardPending(d, z);
        execute(d);
        open(z, KEEP);
        execute(d);
        assertEq(carol.balance, 10);
    }

    function test_what_is_reverted_waits_for_no_guard() public {
        Commitment memory y = publish(bob);
        Clauses memory clauses = paying(carol, ETHER, 10);
        clauses.guard = like(y);
        Deal memory d = agree(alice, clauses);
        revoke(d.c);
        execute(d);
        assertEq(phaseOf(y), Phase.Tentative);
        assertEq(alice.balance, 10 + DEAL_BOND);
    }

    // ------------------------------------------------------------------ refused

    function test_once_only() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 5));
        agree(carol, paying(bob, ETHER, 5));
        keep(d);
        execute(d);
        expectExecuted(d);
        execute(d);
        assertEq(bob.balance, 5);
        assertEq(address(enforcer).balance, 5);
    }

    function test_a_refund_is_given_once_only() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 5));
        agree(carol, paying(bob, ETHER, 5));
        vm.warp(d.c.freeze);
        execute(d);
        expectExecuted(d);
        execute(d);
        assertEq(address(enforcer).balance, 5);
    }

    function test_not_before_the_outcome_is_final() public {
        Commitment memory y = publish(bob);
        later();
        Deal memory d = agree(alice, paying(bob, ETHER, 5));
        expectNotFinal(d);
        execute(d);
        skip(SEAL_DELAY);
        seal(d.c, like(y));
        seal(y, KEEP);
        expectNotFinal(d);
        execute(d);
        vm.warp(y.freeze);
        vm.warp(d.c.freeze);
        expectNotFinal(d);
        execute(d);
        open(d.c, like(y));
        assertEq(phaseOf(d.c), Phase.Pending);
        expectNotFinal(d);
        execute(d);
        open(y, KEEP);
        // Not even then: somebody resolves it first, with the decision's bytes.
        expectNotFinal(d);
        execute(d);
        resolve(d.c, like(y));
        execute(d);
        assertEq(bob.balance, 5 + BOND);
    }

    function test_a_commitment_without_clauses_is_not_executed() public {
        Commitment memory c = publish(alice);
        settle(c, KEEP);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_NoClauses.selector, c.id));
        enforcer.execute(c.key, TOPIC, "statement", ETHER);
    }

    function test_another_content_is_not_executed() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 5));
        keep(d);
        bytes memory wrong = abi.encodeWithSelector(IEnforcer.Boomerang_WrongContent.selector, d.c.id);
        vm.expectRevert(wrong);
        enforcer.execute(d.c.key, "another topic", d.body, ETHER);
        vm.expectRevert(wrong);
        enforcer.execute(d.c.key, TOPIC, abi.encodePacked(d.body, hex"01"), ETHER);
        d.body[d.body.length - 1] ^= 0x01;
        vm.expectRevert(wrong);
        enforcer.execute(d.c.key, TOPIC, d.body, ETHER);
    }

    /// @dev Own money, somebody else's name: an id is a hash of both.
    function test_another_key_is_of_another_commitment() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 5));
        keep(d);
        Key memory key = d.c.key;
        key.committer = dave;
        Commitment memory nobody;
        nobody.id = idOf(key);
        expectUnknown(nobody);
        enforcer.execute(key, TOPIC, d.body, ETHER);
        key = Key(alice, stakeOf(DEAL_BOND, 0, 1, 99), d.c.key.contentHash);
        nobody.id = idOf(key);
        expectUnknown(nobody);
        enforcer.execute(key, TOPIC, d.body, ETHER);
        // Another body with its own hash is another commitment too.
        Deal memory e = dealOf(alice, paying(dave, ETHER, 5));
        expectUnknown(e.c);
        enforcer.execute(e.c.key, TOPIC, e.body, ETHER);
    }

    function test_a_body_that_was_text_is_none_with_clauses() public {
        Deal memory d = dealOf(alice, paying(bob, ETHER, 5));
        agree(carol, paying(bob, ETHER, 5));
        publish(alice, stakeOf(DEAL_BOND, 0, 0, 7), d.body);
        Commitment memory c = plan(alice, stakeOf(DEAL_BOND, 0, 1, 7), d.body);
        expectUnknown(c);
        enforcer.execute(c.key, TOPIC, d.body, ETHER);
    }

    // ------------------------------------------------------------------ the registry's part

    function test_only_the_enforcer_begins() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 5));
        keep(d);
        vm.prank(alice);
        vm.expectRevert(notPart(alice));
        registry.begin(d.c.key);
        address groups = registry.groups();
        vm.prank(groups);
        vm.expectRevert(notPart(groups));
        registry.begin(d.c.key);
        execute(d);
    }

    function test_only_groups_enter_and_settle() public {
        Commitment memory c = publish(alice);
        vm.prank(alice);
        vm.expectRevert(notPart(alice));
        registry.enterGroup(c.id);
        vm.prank(address(enforcer));
        vm.expectRevert(notPart(address(enforcer)));
        registry.enterGroup(c.id);
        vm.prank(alice);
        vm.expectRevert(notPart(alice));
        registry.settleGroup(new CommitmentId[](0), 0);
        vm.prank(address(enforcer));
        vm.expectRevert(notPart(address(enforcer)));
        registry.settleGroup(new CommitmentId[](0), 0);
    }

    function test_begin_tells_the_outcome_and_marks_it() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 5));
        keep(d);
        vm.prank(address(enforcer));
        (CommitmentId id, bool isKept) = registry.begin(d.c.key);
        assertEq(id, d.c.id);
        assertTrue(isKept);
        assertTrue(registry.record(d.c.id).executed());
        assertEq(storedPhase(d.c), Phase.Kept);
        assertEq(registry.record(d.c.id).freezeTime(), d.c.freeze);
        expectExecuted(d);
        vm.prank(address(enforcer));
        registry.begin(d.c.key);
    }

    function test_what_began_stays_final() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 5));
        vm.warp(d.c.freeze);
        vm.prank(address(enforcer));
        (, bool isKept) = registry.begin(d.c.key);
        assertFalse(isKept);
        expectWrongPhase(d.c, Phase.Unsealed);
        resolve(d.c, "");
        (bool isFinal,) = registry.kept(d.c.id);
        assertTrue(isFinal);
    }

    // ------------------------------------------------------------------ helpers

    function tipping() private returns (Deal memory d) {
        Clauses memory clauses = escrowing(ETHER, 3);
        clauses.tip = Asset(ETHER, 3);
        d = agree(alice, clauses);
        keep(d);
    }

    /// @dev With everything: ether, a token, a payment, a call and a tip.
    function rich() private returns (Deal memory) {
        Clauses memory clauses = escrowing(ETHER, 10, address(gold), 20);
        pay(clauses, bob, ETHER, 4);
        call_(clauses, Call(dave, address(gold), 20, 10_000, "", carol));
        clauses.tip = Asset(ETHER, 6);
        clauses.guard = KEEP;
        return agree(alice, clauses);
    }

    function expectHome(Deal memory d) private {
        vm.expectEmit(address(enforcer));
        emit IEnforcer.Refunded(d.c.id, executor);
        uint256 before = alice.balance;
        execute(d);
        assertGe(alice.balance - before, 10);
        assertEq(gold.balanceOf(alice), 20);
        assertEq(bob.balance + executor.balance, 0);
        assertEq(held(ETHER) + held(address(gold)), 0);
    }

    /// @dev Sealed with keep, already.
    function guarded(bytes memory guard) private returns (Deal memory d) {
        Clauses memory clauses = paying(carol, ETHER, 10);
        clauses.guard = guard;
        d = agree(alice, clauses);
        skip(SEAL_DELAY);
        seal(d.c, KEEP);
    }

    function expectGuardPending(Deal memory d, Commitment memory atom) private {
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_GuardPending.selector, d.c.id, atom.id));
    }

    function expectExecuted(Deal memory d) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_AlreadyExecuted.selector, d.c.id));
    }

    function expectNotFinal(Deal memory d) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NotFinal.selector, d.c.id));
    }

    function expectNothingOutstanding(Deal memory d, uint256 index) private {
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_NothingOutstanding.selector, d.c.id, index));
    }
}
