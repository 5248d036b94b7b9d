// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Asset, Call, IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Clauses, ContentEncoder} from "./ContentEncoder.sol";
import {Deal, EnforcerTest} from "./EnforcerTest.sol";
import {Commitment} from "./RegistryTest.sol";

/// @notice What is checked, and what is taken, when a content with clauses is published.
contract EnforcerPublicationTest is EnforcerTest {
    // ------------------------------------------------------------------ what is taken

    function test_ether_beyond_bond_and_fee_is_escrowed() public {
        Deal memory d = agree(alice, paying(bob, ETHER, 3 ether));
        assertEq(address(enforcer).balance, 3 ether);
        assertEq(address(registry).balance, DEAL_BOND);
        assertEq(alice.balance, 0);
        assertEq(phaseOf(d.c), Phase.Tentative);
    }

    function test_tokens_come_from_the_committer_by_its_allowance() public {
        gold.mint(alice, 7);
        agree(alice, escrowing(address(gold), 30, address(silver), 40));
        assertEq(gold.balanceOf(address(enforcer)), 30);
        assertEq(silver.balanceOf(address(enforcer)), 40);
        assertEq(gold.balanceOf(alice), 7);
        assertEq(silver.balanceOf(alice), 0);
    }

    function test_ether_and_tokens_together() public {
        agree(alice, escrowing(ETHER, 5, address(gold), 6));
        assertEq(address(enforcer).balance, 5);
        assertEq(gold.balanceOf(address(enforcer)), 6);
    }

    function test_a_content_may_escrow_nothing_and_do_nothing() public {
        Clauses memory nothing;
        assertEq(phaseOf(agree(alice, nothing).c), Phase.Tentative);
    }

    function test_escrows_add_up() public {
        agree(alice, paying(bob, address(gold), 10));
        agree(bob, paying(alice, address(gold), 20));
        assertEq(gold.balanceOf(address(enforcer)), 30);
    }

    function test_amounts_reach_128_bits() public {
        agree(alice, paying(bob, address(gold), type(uint128).max));
        assertEq(gold.balanceOf(address(enforcer)), type(uint128).max);
    }

    function test_what_is_refused_is_not_recorded() public {
        Deal memory d = dealOf(alice, paying(bob, address(gold), 10));
        vm.deal(alice, DEAL_BOND);
        vm.prank(alice);
        vm.expectRevert();
        registry.publish{value: DEAL_BOND}(d.c.key.stake, TOPIC, d.body);
        assertEq(phaseOf(d.c), Phase.Unpublished);
        fund(d);
        sendDeal(d);
        assertEq(phaseOf(d.c), Phase.Tentative);
    }

    function test_only_the_registry_collects() public {
        Deal memory d = dealOf(alice, paying(bob, ETHER, 1));
        vm.deal(alice, 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_NotRegistry.selector, alice));
        enforcer.collect{value: 1}(d.c.id, alice, d.body, "", 0);
    }

    function test_the_enforcer_takes_no_other_ether() public {
        vm.deal(alice, 1);
        vm.prank(alice);
        (bool taken,) = address(enforcer).call{value: 1}("");
        assertFalse(taken);
    }

    function test_the_enforcer_knows_its_registry() public view {
        assertEq(enforcer.registry(), address(registry));
    }

    // ------------------------------------------------------------------ ether

    function test_too_little_ether() public {
        expectWrongEscrow(paying(bob, ETHER, 10), 9, 10);
        expectWrongEscrow(paying(bob, ETHER, 10), 0, 10);
    }

    function test_too_much_ether() public {
        expectWrongEscrow(paying(bob, ETHER, 10), 11, 10);
    }

    function test_ether_without_an_escrow_of_it() public {
        Clauses memory nothing;
        expectWrongEscrow(nothing, 1, 0);
        expectWrongEscrow(paying(bob, address(gold), 10), 1, 0);
    }

    // ------------------------------------------------------------------ limits

    function test_eight_assets_and_no_more() public {
        Clauses memory clauses;
        clauses.escrow = tokens(8);
        agree(alice, clauses);
        clauses.escrow = tokens(9);
        expectMalformed(clauses);
    }

    function test_sixteen_payments_and_no_more() public {
        Clauses memory clauses = escrowing(ETHER, 16);
        for (uint256 i; i < 16; ++i) {
            pay(clauses, bob, ETHER, 1);
        }
        agree(alice, clauses);
        clauses.escrow[0].amount = 17;
        pay(clauses, bob, ETHER, 1);
        expectMalformed(clauses);
    }

    function test_eight_calls_and_no_more() public {
        Clauses memory clauses = calling(bob, ETHER, 0, 0, "");
        for (uint256 i = 1; i < 8; ++i) {
            call_(clauses, clauses.calls[0]);
        }
        agree(alice, clauses);
        call_(clauses, clauses.calls[0]);
        expectMalformed(clauses);
    }

    function test_calls_name_five_million_gas_together() public {
        Clauses memory clauses = calling(bob, ETHER, 0, 4_999_999, "");
        call_(clauses, Call(carol, ETHER, 0, 1, "", carol));
        agree(alice, clauses);
        clauses.calls[1].gas = 2;
        expectMalformed(clauses);
        clauses.calls[1].gas = type(uint32).max;
        expectMalformed(clauses);
    }

    function test_a_body_has_at_most_24576_bytes() public {
        Clauses memory clauses = calling(address(gold), ETHER, 0, 0, "");
        uint256 without = ContentEncoder.encode("I pay", clauses).length;
        clauses.calls[0].data = new bytes(24_576 - without);
        Deal memory d = agree(alice, clauses);
        assertEq(d.body.length, 24_576);
        clauses.calls[0].data = new bytes(24_577 - without);
        expectMalformed(clauses);
    }

    // ------------------------------------------------------------------ who is paid, and from what

    function test_escrows_are_in_ascending_order_each_once() public {
        Clauses memory clauses = escrowing(address(gold), 1, address(silver), 1);
        agree(alice, clauses);
        (clauses.escrow[0], clauses.escrow[1]) = (clauses.escrow[1], clauses.escrow[0]);
        expectMalformed(clauses);
        clauses.escrow[0] = clauses.escrow[1];
        expectMalformed(clauses);
        clauses.escrow[0].token = ETHER;
        clauses.escrow[1].token = ETHER;
        expectMalformed(clauses);
    }

    function test_nothing_comes_after_the_last_address() public {
        Clauses memory clauses = escrowing(address(type(uint160).max), 1, address(gold), 1);
        clauses.escrow[0] = clauses.escrow[1];
        expectMalformed(clauses);
    }

    function test_no_asset_of_nothing() public {
        expectMalformed(escrowing(address(gold), 0));
        expectMalformed(escrowing(ETHER, 0));
    }

    function test_no_payment_of_nothing_to_nobody_or_to_the_enforcer() public {
        Clauses memory clauses = paying(bob, ETHER, 5);
        clauses.payments[0].amount = 0;
        expectMalformed(clauses);
        expectMalformed(paying(address(0), ETHER, 5));
        expectMalformed(paying(address(enforcer), ETHER, 5));
    }

    function test_no_remainder_to_nobody_or_to_the_enforcer() public {
        Clauses memory clauses = calling(bob, ETHER, 0, 0, "");
        clauses.calls[0].remainderTo = address(0);
        expectMalformed(clauses);
        clauses.calls[0].remainderTo = address(enforcer);
        expectMalformed(clauses);
    }

    function test_no_asset_that_is_not_there() public {
        Clauses memory clauses = paying(bob, address(silver), 5);
        clauses.payments[0].token = address(gold);
        expectMalformed(clauses);
        clauses = calling(bob, ETHER, 5, 0, "");
        clauses.calls[0].token = address(gold);
        expectMalformed(clauses);
        clauses = escrowing(ETHER, 5);
        clauses.tip = Asset(address(gold), 5);
        expectMalformed(clauses);
        // The first index beyond the end.
        bytes memory body = abi.encodePacked(hex"00000000", hex"00", hex"00", uint128(1), uint40(0));
        expectMalformed(body);
    }

    function test_nothing_is_written_in_one_way_only() public {
        Clauses memory clauses = escrowing(address(gold), 1, address(silver), 1);
        call_(clauses, Call(bob, ETHER, 0, 0, "", carol));
        bytes memory body = ContentEncoder.encode("", clauses);
        // Statement, assets, payments and the count of calls take 2 + 73 + 1 + 1 bytes; then 20 of target, and the asset.
        body[97] = 0x01;
        expectMalformed(body);
        body[97] = 0;
        // The tip's asset: after 63 bytes of the call.
        body[140] = 0x01;
        expectMalformed(body);
        body[140] = 0;
        gold.mint(alice, 1);
        silver.mint(alice, 1);
        vm.startPrank(alice);
        gold.approve(address(enforcer), 1);
        silver.approve(address(enforcer), 1);
        registry.publish(stakeOf(0, 0, 1, 0), TOPIC, body);
    }

    function test_payments_calls_and_tip_spend_what_there_is() public {
        Clauses memory clauses = escrowing(address(gold), 100, address(silver), 50);
        pay(clauses, bob, address(gold), 40);
        pay(clauses, bob, address(gold), 30);
        call_(clauses, Call(dave, address(gold), 20, 0, "", carol));
        clauses.tip = Asset(address(gold), 10);
        agree(alice, clauses);

        clauses.tip.amount = 11;
        expectOverspent(clauses, address(gold), 11, 10);
        clauses.calls[0].amount = 31;
        expectOverspent(clauses, address(gold), 31, 30);
        clauses.payments[1].amount = 61;
        expectOverspent(clauses, address(gold), 61, 60);
        clauses.payments[0].amount = 101;
        expectOverspent(clauses, address(gold), 101, 100);
        clauses.payments[0].token = address(silver);
        expectOverspent(clauses, address(silver), 101, 50);
    }

    function test_a_sum_beyond_128_bits_is_overspent() public {
        Clauses memory clauses = paying(bob, address(gold), type(uint128).max);
        pay(clauses, bob, address(gold), type(uint128).max);
        expectOverspent(clauses, address(gold), type(uint128).max, 0);
    }

    // ------------------------------------------------------------------ deadline

    function test_calls_may_be_retried_until_every_outcome_is_known() public {
        Clauses memory clauses = calling(bob, ETHER, 0, 0, "");
        Deal memory d = agree(alice, clauses);
        assertEq(d.clauses.deadline, registry.latestResolution(d.c.id));
        uint256 earliest = clauses.deadline--;
        bytes4 selector = IEnforcer.Boomerang_DeadlineTooEarly.selector;
        expectRefused(dealOf(alice, clauses), abi.encodeWithSelector(selector, earliest - 1, earliest));
    }

    function test_without_calls_the_deadline_means_nothing() public {
        Clauses memory clauses = paying(bob, ETHER, 1);
        clauses.deadline = 0;
        assertEq(phaseOf(agree(alice, clauses).c), Phase.Tentative);
    }

    // ------------------------------------------------------------------ guard

    function test_a_guard_may_name_nobody_or_what_is_published() public {
        Commitment memory y = publish(bob);
        Clauses memory clauses = paying(bob, ETHER, 1);
        clauses.guard = KEEP;
        agree(alice, clauses);
        clauses.guard = both(like(y), like(y));
        agree(alice, clauses);
    }

    function test_a_malformed_guard_is_refused() public {
        Clauses memory clauses = paying(bob, ETHER, 1);
        clauses.guard = hex"07";
        expectRefused(dealOf(alice, clauses), abi.encodeWithSelector(IEnforcer.Boomerang_MalformedGuard.selector));
        clauses.guard = hex"0101";
        expectRefused(dealOf(alice, clauses), abi.encodeWithSelector(IEnforcer.Boomerang_MalformedGuard.selector));
        clauses.guard = new bytes(1025);
        expectRefused(dealOf(alice, clauses), abi.encodeWithSelector(IEnforcer.Boomerang_MalformedGuard.selector));
    }

    function test_a_guard_names_only_what_is_published() public {
        Commitment memory y = publish(bob);
        Commitment memory nobody = plan(carol, stakeOf(BOND, 0, 0, 0), "not yet");
        Clauses memory clauses = paying(bob, ETHER, 1);
        clauses.guard = both(like(y), like(nobody));
        bytes memory unknown = abi.encodeWithSelector(IBoomerang.Boomerang_UnknownCommitment.selector, nobody.id);
        expectRefused(dealOf(alice, clauses), unknown);
    }

    // ------------------------------------------------------------------ order

    /// @dev All that can be wrong at once is wrong; then one thing after another is set right.
    function test_checks_come_in_the_order_of_the_page() public {
        Commitment memory nobody = plan(carol, stakeOf(BOND, 0, 0, 0), "not yet");
        Clauses memory clauses = escrowing(ETHER, 10, address(gold), 10);
        (clauses.escrow[0], clauses.escrow[1]) = (clauses.escrow[1], clauses.escrow[0]);
        pay(clauses, address(0), ETHER, 11);
        call_(clauses, Call(bob, ETHER, 11, 5_000_001, "", address(0)));
        clauses.tip = Asset(ETHER, 11);
        clauses.deadline = 0;
        clauses.guard = hex"07";
        bytes memory malformed = abi.encodeWithSelector(IEnforcer.Boomerang_MalformedClauses.selector);
        expectNow(clauses, malformed); // order of the escrow
        (clauses.escrow[0], clauses.escrow[1]) = (clauses.escrow[1], clauses.escrow[0]);
        expectNow(clauses, malformed); // a payment to nobody
        clauses.payments[0].to = bob;
        expectNow(clauses, overspent(ETHER, 11, 10));
        clauses.payments[0].amount = 1;
        expectNow(clauses, malformed); // a remainder to nobody
        clauses.calls[0].remainderTo = carol;
        expectNow(clauses, overspent(ETHER, 11, 9));
        clauses.calls[0].amount = 1;
        expectNow(clauses, malformed); // the gas of all calls
        clauses.calls[0].gas = 1;
        expectNow(clauses, overspent(ETHER, 11, 8));
        clauses.tip.amount = 1;
        uint256 earliest = block.timestamp + PERIOD + SETTLEMENT;
        expectNow(clauses, abi.encodeWithSelector(IEnforcer.Boomerang_DeadlineTooEarly.selector, 0, earliest));
        clauses.deadline = earliest;
        expectNow(clauses, abi.encodeWithSelector(IEnforcer.Boomerang_MalformedGuard.selector));
        clauses.guard = like(nobody);
        expectNow(clauses, abi.encodeWithSelector(IBoomerang.Boomerang_UnknownCommitment.selector, nobody.id));
        clauses.guard = "";
        expectNow(clauses, abi.encodeWithSelector(IEnforcer.Boomerang_WrongEscrow.selector, 0, 10));
        vm.deal(alice, 10 + DEAL_BOND);
        Deal memory d = dealOf(alice, clauses);
        vm.prank(alice);
        vm.expectRevert(IEnforcer.Boomerang_MalformedFunding.selector);
        registry.publishFunded{value: DEAL_BOND + 10}(d.c.key.stake, TOPIC, d.body, hex"00");
    }

    // ------------------------------------------------------------------ helpers

    /// @dev Without the escrow's ether, which is looked at after the clauses.
    function expectNow(Clauses memory clauses, bytes memory reason) private {
        Deal memory d = dealOf(alice, clauses);
        vm.deal(alice, DEAL_BOND);
        vm.prank(alice);
        vm.expectRevert(reason);
        registry.publish{value: DEAL_BOND}(d.c.key.stake, TOPIC, d.body);
    }

    function overspent(address token, uint256 amount, uint256 left) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEnforcer.Boomerang_Overspent.selector, token, amount, left);
    }

    function expectOverspent(Clauses memory clauses, address token, uint256 amount, uint256 left) private {
        expectRefused(dealOf(alice, clauses), overspent(token, amount, left));
    }

    function expectWrongEscrow(Clauses memory clauses, uint256 sent, uint256 required) private {
        Deal memory d = dealOf(alice, clauses);
        vm.deal(alice, DEAL_BOND + sent);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IEnforcer.Boomerang_WrongEscrow.selector, sent, required));
        registry.publish{value: DEAL_BOND + sent}(d.c.key.stake, TOPIC, d.body);
    }

    /// @dev That many honest tokens, wherever they come to be.
    function tokens(uint256 count) private returns (Asset[] memory escrow) {
        escrow = new Asset[](count);
        bytes memory code = address(gold).code;
        for (uint256 i; i < count; ++i) {
            escrow[i] = Asset(address(uint160(0x1000000 + i)), 1 + i);
            vm.etch(escrow[i].token, code);
        }
    }
}
