// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {AttackReceiver} from "contracts/mocks/AttackReceiver.sol";
import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract MoneyTest is RegistryTest {
    function test_what_cannot_be_delivered_is_credited() public {
        AttackReceiver wallet = refusing();
        Commitment memory c = publish(address(wallet));
        vm.warp(c.freeze);
        vm.expectEmit(address(registry));
        emit IBoomerang.Credited(address(wallet), BOND);
        resolve(c, "");
        assertEq(storedPhase(c), Phase.Unsealed);
        assertEq(registry.owed(address(wallet)), BOND);
        assertEq(address(wallet).balance, 0);
    }

    function test_credits_add_up_and_are_withdrawn_once() public {
        AttackReceiver wallet = refusing();
        Commitment memory a = publish(address(wallet), 1 ether, 0);
        Commitment memory b = publish(address(wallet), 2 ether, 0);
        vm.warp(a.freeze);
        resolve(a, "");
        resolve(b, "");
        assertEq(registry.owed(address(wallet)), 3 ether);

        vm.expectEmit(address(registry));
        emit IBoomerang.Withdrawn(address(wallet), carol, 3 ether);
        wallet.act(address(registry), abi.encodeCall(IBoomerang.withdraw, (payable(carol))));
        assertEq(carol.balance, 3 ether);
        assertEq(registry.owed(address(wallet)), 0);

        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NothingOwed.selector, address(wallet)));
        wallet.act(address(registry), abi.encodeCall(IBoomerang.withdraw, (payable(carol))));
    }

    function test_nothing_owed_nothing_withdrawn() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NothingOwed.selector, alice));
        registry.withdraw(payable(alice));
    }

    function test_a_withdrawal_that_fails_leaves_the_credit() public {
        AttackReceiver wallet = refusing();
        Commitment memory c = publish(address(wallet));
        vm.warp(c.freeze);
        resolve(c, "");
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_TransferFailed.selector, address(wallet)));
        wallet.act(address(registry), abi.encodeCall(IBoomerang.withdraw, (payable(address(wallet)))));
        assertEq(registry.owed(address(wallet)), BOND);
    }

    function test_a_receiver_gets_no_more_gas_than_its_share() public {
        AttackReceiver wallet = new AttackReceiver();
        wallet.plan(AttackReceiver.Manner.Burns, 0, address(0), "");
        Commitment memory c = publish(address(wallet));
        vm.warp(c.freeze);
        uint256 before = gasleft();
        resolve(c, "");
        assertLt(before - gasleft(), 200_000);
        assertEq(registry.owed(address(wallet)), BOND);
    }

    function test_a_contract_that_takes_ether_is_paid() public {
        AttackReceiver wallet = new AttackReceiver();
        Commitment memory c = publish(address(wallet));
        vm.warp(c.freeze);
        resolve(c, "");
        assertEq(address(wallet).balance, BOND);
        assertEq(registry.owed(address(wallet)), 0);
    }

    function test_without_a_bond_nothing_is_sent() public {
        AttackReceiver wallet = refusing();
        Commitment memory c = publish(address(wallet), 0, 0);
        vm.warp(c.freeze);
        resolve(c, "");
        assertEq(storedPhase(c), Phase.Unsealed);
        assertEq(registry.owed(address(wallet)), 0);
    }

    function test_burned_bonds_stay_when_all_others_are_paid() public {
        Commitment memory silent = publishSealed(alice, KEEP);
        Commitment memory opened = publishSealed(bob, KEEP);
        vm.warp(opened.freeze);
        open(opened, KEEP);
        vm.warp(silent.freeze + REVEAL_WINDOW + 1);
        resolve(silent, "");
        assertEq(address(registry).balance, BOND);
        assertEq(bob.balance, BOND);
    }

    function refusing() private returns (AttackReceiver wallet) {
        wallet = new AttackReceiver();
        wallet.plan(AttackReceiver.Manner.Refuses, 0, address(0), "");
    }
}
