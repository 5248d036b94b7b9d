// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Boomerang} from "contracts/Boomerang.sol";
import {IBoomerang, Parameters} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {newRecord} from "contracts/types/Record.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract PublicationTest is RegistryTest {
    uint96 private constant MIN_BOND = 0.5 ether;

    function setUp() public override {
        super.setUp();
        Parameters memory p = defaults();
        p.minBond = MIN_BOND;
        p.fee = 0.01 ether;
        registry = new Boomerang(p);
        fee = p.fee;
    }

    function test_a_commitment_is_recorded_and_logged() public {
        Stake stake = stakeOf(BOND, BOND, 0, 7);
        Commitment memory c = plan(alice, stake, "I stay");
        vm.expectEmit(address(registry));
        emit IBoomerang.Published(c.id, alice, TOPIC, stake, "I stay");
        send(alice, stake, "I stay");

        assertEq(registry.record(c.id), newRecord(START + PERIOD, START_BLOCK));
        assertEq(phaseOf(c), Phase.Tentative);
        assertEq(address(registry).balance, BOND + fee);
    }

    function test_publish_returns_the_id() public {
        Commitment memory c = plan(alice, stakeOf(BOND, 0, 0, 0), "");
        vm.deal(alice, 2 ether);
        vm.prank(alice);
        assertEq(registry.publish{value: BOND + fee}(c.key.stake, TOPIC, ""), c.id);
        assertEq(registry.commitmentId(c.key), c.id);
    }

    function test_the_bond_has_a_minimum() public {
        publish(alice, MIN_BOND, 0);
        vm.deal(alice, 1 ether);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_BondTooLow.selector, MIN_BOND - 1, MIN_BOND));
        registry.publish{value: MIN_BOND - 1 + fee}(stakeOf(MIN_BOND - 1, 0, 0, 0), TOPIC, "");
    }

    function test_the_cover_is_at_most_the_bond() public {
        publish(alice, BOND, BOND);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_CoverExceedsBond.selector, BOND + 1, BOND));
        registry.publish(stakeOf(BOND, BOND + 1, 0, 0), TOPIC, "");
    }

    function test_the_value_is_exactly_bond_and_fee() public {
        vm.deal(address(this), 10 ether);
        uint256 required = BOND + fee;
        Stake stake = stakeOf(BOND, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongValue.selector, required - 1, required));
        registry.publish{value: required - 1}(stake, TOPIC, "");
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongValue.selector, required + 1, required));
        registry.publish{value: required + 1}(stake, TOPIC, "");
    }

    function test_unknown_flags_are_refused() public {
        Stake stake = stakeOf(BOND, 0, 2, 0);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_MalformedStake.selector, stake));
        send(alice, stake, "");
        stake = stakeOf(BOND, 0, 0x81, 0);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_MalformedStake.selector, stake));
        send(alice, stake, "");
    }

    function test_once_only() public {
        Stake stake = stakeOf(BOND, 0, 0, 0);
        Commitment memory c = publish(alice, stake, "I stay");
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_AlreadyPublished.selector, c.id));
        send(alice, stake, "I stay");

        revoke(c);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_AlreadyPublished.selector, c.id));
        send(alice, stake, "I stay");

        Commitment memory other = publish(bob, stake, "I stay");
        assertEq(phaseOf(other), Phase.Tentative);
    }

    function test_the_freeze_fits_into_32_bits() public {
        vm.warp(type(uint32).max - PERIOD);
        Commitment memory c = publish(alice);
        assertEq(registry.record(c.id).freezeTime(), type(uint32).max);

        skip(1);
        vm.expectRevert(IBoomerang.Boomerang_OutOfRange.selector);
        send(alice, stakeOf(BOND, 0, 0, 99), "");
    }

    function test_the_block_number_fits_into_32_bits() public {
        vm.roll(type(uint32).max);
        Commitment memory c = publish(alice);
        assertEq(registry.record(c.id).publishBlock(), type(uint32).max);

        vm.roll(uint256(type(uint32).max) + 1);
        vm.expectRevert(IBoomerang.Boomerang_OutOfRange.selector);
        send(alice, stakeOf(BOND, 0, 0, 99), "");
    }

    function test_without_the_flag_a_body_is_any_text() public {
        Commitment memory c = publish(alice, stakeOf(BOND, 0, 0, 5), hex"ff");
        assertEq(phaseOf(c), Phase.Tentative);
    }

    function test_without_the_flag_a_funding_means_nothing() public {
        Stake stake = stakeOf(BOND, 0, 0, 6);
        Commitment memory c = plan(alice, stake, "I stay");
        vm.deal(alice, 2 ether);
        vm.prank(alice);
        assertEq(registry.publishFunded{value: BOND + fee}(stake, TOPIC, "I stay", "no funding"), c.id);
        assertEq(phaseOf(c), Phase.Tentative);
    }

    function test_publish_funded_asks_for_the_same_value() public {
        vm.deal(address(this), 10 ether);
        uint256 required = BOND + fee;
        Stake stake = stakeOf(BOND, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongValue.selector, required + 1, required));
        registry.publishFunded{value: required + 1}(stake, TOPIC, "", "");
        // With clauses what comes beyond it is escrow, and too little is still too little.
        stake = stakeOf(BOND, 0, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongValue.selector, required - 1, required));
        registry.publish{value: required - 1}(stake, TOPIC, "");
    }
}
