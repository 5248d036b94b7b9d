// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CallsBack} from "contracts/mocks/hostile/CallsBack.sol";
import {HostileTarget} from "contracts/mocks/hostile/HostileTarget.sol";
import {Enforcer} from "contracts/Enforcer.sol";
import {Asset, Call, IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Clauses} from "./ContentEncoder.sol";
import {Deal, EnforcerTest} from "./EnforcerTest.sol";

/// @notice Honest people's money lies in the enforcer, ready to be taken: an escrow that may be executed, one with a call that may be
/// retried, and credits of ether and gold. After every attack it is all there, and its owners can have it.
abstract contract HostileTest is EnforcerTest {
    uint256 internal constant STAKED = 1000;

    address internal mallory = makeAddr("mallory");
    address internal erin = makeAddr("erin");
    HostileTarget internal bank;

    // ------------------------------------------------------------------ honest people

    /// @dev Erin's: executable, 1000 of ether and of gold for Dave.
    function bystander() internal returns (Deal memory d) {
        Clauses memory clauses = escrowing(ETHER, STAKED, address(gold), STAKED);
        pay(clauses, dave, ETHER, STAKED);
        pay(clauses, dave, address(gold), STAKED);
        d = agree(erin, clauses);
        keep(d);
    }

    /// @dev Erin's too: executed, with a call that failed, and would succeed now.
    function retriable() internal returns (Deal memory d) {
        if (address(bank) == address(0)) bank = new HostileTarget();
        d = agree(
            erin,
            calling(address(bank), address(gold), STAKED, 100_000, abi.encodeCall(HostileTarget.take, (gold, STAKED)))
        );
        bank.close(true);
        keep(d);
        execute(d);
        bank.close(false);
        assertEq(enforcer.outstanding(d.c.id), 1);
    }

    /// @dev Whoever is owed so much ether: it refused it once.
    function creditor(uint256 amount) internal returns (HostileTarget wallet) {
        wallet = new HostileTarget();
        wallet.become(HostileTarget.Manner.Refuses);
        Deal memory d = agree(erin, paying(address(wallet), ETHER, amount));
        keep(d);
        execute(d);
        wallet.become(HostileTarget.Manner.Takes);
        assertEq(enforcer.owed(address(wallet), ETHER), amount);
    }

    // ------------------------------------------------------------------ attacks

    /// @dev Every entry point of the enforcer with its lock, with arguments that succeed at any other time.
    function planEnforcer(
        CallsBack attacker,
        Deal memory ready,
        Deal memory outstanding,
        address owed
    ) internal returns (uint256 locked) {
        address e = address(enforcer);
        attacker.plan(e, abi.encodeCall(IEnforcer.execute, (ready.c.key, TOPIC, ready.body, mallory)));
        attacker.plan(e, abi.encodeCall(IEnforcer.retry, (outstanding.c.key, TOPIC, outstanding.body, 0)));
        attacker.plan(e, abi.encodeCall(IEnforcer.release, (outstanding.c.key, TOPIC, outstanding.body, 0)));
        attacker.plan(e, abi.encodeCall(IEnforcer.withdraw, (ETHER, mallory)));
        attacker.plan(e, abi.encodeCall(IEnforcer.deliver, (owed, ETHER)));
        attacker.plan(e, abi.encodeCall(IEnforcer.collect, (ready.c.id, mallory, ready.body, "", 0)));
        return 6;
    }

    /// @dev And those that come by the registry: for these it takes more gas than a receiver is given.
    function planEveryEntryPoint(
        CallsBack attacker,
        Deal memory ready,
        Deal memory outstanding,
        address owed
    ) internal returns (uint256 locked) {
        locked = planEnforcer(attacker, ready, outstanding, owed) + 2;
        // Publications that ask for no money.
        Clauses memory nothing;
        Deal memory d = dealOf(address(attacker), nothing);
        attacker.plan(address(registry), abi.encodeCall(IBoomerang.publish, (stakeOf(0, 0, 1, 0), TOPIC, d.body)));
        attacker.plan(
            address(registry), abi.encodeCall(IBoomerang.publishFunded, (stakeOf(0, 0, 1, 1), TOPIC, d.body, ""))
        );
    }

    /// @dev What is for the parts alone, on both contracts.
    function planForbidden(CallsBack attacker, Deal memory ready) internal returns (uint256 forbidden) {
        Call memory call = Call(mallory, address(gold), STAKED, 0, "", mallory);
        attacker.plan(address(enforcer), abi.encodeWithSelector(Enforcer.perform.selector, ready.c.id, call));
        attacker.plan(address(registry), abi.encodeCall(IBoomerang.begin, (ready.c.key)));
        attacker.plan(address(registry), abi.encodeCall(IBoomerang.enterGroup, (ready.c.id)));
        attacker.plan(address(registry), abi.encodeCall(IBoomerang.settleGroup, (new CommitmentId[](0), 0)));
        return 4;
    }

    // ------------------------------------------------------------------ afterwards

    /// @dev Honest people's money is there, and theirs to have.
    function expectUnharmed(Deal memory b) internal {
        uint256 etherBefore = dave.balance;
        uint256 goldBefore = gold.balanceOf(dave);
        execute(b);
        assertEq(dave.balance - etherBefore, STAKED);
        assertEq(gold.balanceOf(dave) - goldBefore, STAKED);
    }

    function expectUntouched(Deal memory ready, Deal memory outstanding, address wallet) internal {
        assertEq(enforcer.outstanding(outstanding.c.id), 1);
        assertEq(enforcer.owed(wallet, ETHER), STAKED);
        expectUnharmed(ready);
        vm.warp(outstanding.clauses.deadline);
        uint256 before = gold.balanceOf(address(bank));
        retry(outstanding, 0);
        assertEq(gold.balanceOf(address(bank)) - before, STAKED);
        enforcer.deliver(wallet, ETHER);
        assertEq(wallet.balance, STAKED);
    }

    // ------------------------------------------------------------------ conservation

    /// @dev The enforcer holds what unexecuted escrows, outstanding calls and credits add up to.
    function assertConserved(address token, Deal[] memory deals) internal view {
        assertEq(held(token), obligations(token, deals), "conservation");
    }

    function obligations(address token, Deal[] memory deals) internal view returns (uint256 sum) {
        address[] memory accounts = new address[](64);
        accounts[0] = executor;
        accounts[1] = mallory;
        uint256 count = 2;
        for (uint256 i; i < deals.length; ++i) {
            Deal memory d = deals[i];
            if (!registry.record(d.c.id).executed() || !phaseFinal(d)) sum += amountIn(d.clauses.escrow, token);
            uint256 bits = enforcer.outstanding(d.c.id);
            count = add(accounts, count, d.c.key.committer);
            for (uint256 j; j < d.clauses.calls.length; ++j) {
                bool counts = bits >> j & 1 == 1 && d.clauses.calls[j].token == token;
                if (counts) sum += d.clauses.calls[j].amount;
                count = add(accounts, count, d.clauses.calls[j].remainderTo);
            }
            for (uint256 j; j < d.clauses.payments.length; ++j) {
                count = add(accounts, count, d.clauses.payments[j].to);
            }
        }
        for (uint256 i; i < count; ++i) {
            sum += enforcer.owed(accounts[i], token);
        }
    }

    /// @dev A seal stands where the mark of an execution comes to stand.
    function phaseFinal(Deal memory d) private view returns (bool) {
        return registry.record(d.c.id).phase().isFinal();
    }

    function amountIn(Asset[] memory escrow, address token) private pure returns (uint256) {
        for (uint256 i; i < escrow.length; ++i) {
            if (escrow[i].token == token) return escrow[i].amount;
        }
        return 0;
    }

    function add(address[] memory accounts, uint256 count, address account) private pure returns (uint256) {
        for (uint256 i; i < count; ++i) {
            if (accounts[i] == account) return count;
        }
        accounts[count] = account;
        return count + 1;
    }

    function list(Deal memory a) internal pure returns (Deal[] memory deals) {
        deals = new Deal[](1);
        deals[0] = a;
    }

    function list(Deal memory a, Deal memory b) internal pure returns (Deal[] memory deals) {
        deals = new Deal[](2);
        deals[0] = a;
        deals[1] = b;
    }

    function list(Deal memory a, Deal memory b, Deal memory c) internal pure returns (Deal[] memory deals) {
        deals = new Deal[](3);
        deals[0] = a;
        deals[1] = b;
        deals[2] = c;
    }
}
