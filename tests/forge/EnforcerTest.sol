// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Asset, Call, IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Clauses, ContentEncoder, Payment} from "./ContentEncoder.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

/// @dev A commitment with clauses, and its content.
struct Deal {
    Commitment c;
    Clauses clauses;
    bytes body;
}

/// @notice A registry, its enforcer, two honest tokens, and contents with clauses in short.
abstract contract EnforcerTest is RegistryTest {
    /// @dev From the freeze until every outcome can be determined, as docs/protocol.md has it.
    uint256 internal constant SETTLEMENT = (2 * MAX_DEPTH + 1) * (PERIOD - OFFER_CUTOFF) + REVEAL_WINDOW;
    address internal constant ETHER = address(0);
    uint256 internal constant DEAL_BOND = 0.1 ether;

    IEnforcer internal enforcer;
    /// @dev Honest. The address of `gold` is less than that of `silver`.
    TestToken internal gold;
    TestToken internal silver;
    address internal executor = makeAddr("executor");
    uint256 private _nonce;

    function setUp() public virtual override {
        super.setUp();
        enforcer = IEnforcer(registry.enforcer());
        gold = new TestToken("Gold", "AU");
        silver = new TestToken("Silver", "AG");
        if (address(silver) < address(gold)) (gold, silver) = (silver, gold);
    }

    // ------------------------------------------------------------------ contents

    function escrowing(address token, uint256 amount) internal view returns (Clauses memory clauses) {
        clauses.escrow = new Asset[](1);
        clauses.escrow[0] = Asset(token, amount);
        clauses.deadline = block.timestamp + PERIOD + SETTLEMENT;
    }

    /// @dev In ascending order, whatever order they are given in.
    function escrowing(
        address a,
        uint256 amountA,
        address b,
        uint256 amountB
    ) internal view returns (Clauses memory clauses) {
        if (b < a) return escrowing(b, amountB, a, amountA);
        clauses = escrowing(a, amountA);
        Asset memory first = clauses.escrow[0];
        clauses.escrow = new Asset[](2);
        clauses.escrow[0] = first;
        clauses.escrow[1] = Asset(b, amountB);
    }

    function pay(Clauses memory clauses, address to, address token, uint256 amount) internal pure {
        Payment[] memory longer = new Payment[](clauses.payments.length + 1);
        for (uint256 i; i < clauses.payments.length; ++i) {
            longer[i] = clauses.payments[i];
        }
        longer[clauses.payments.length] = Payment(to, token, amount);
        clauses.payments = longer;
    }

    function call_(Clauses memory clauses, Call memory call) internal pure {
        Call[] memory longer = new Call[](clauses.calls.length + 1);
        for (uint256 i; i < clauses.calls.length; ++i) {
            longer[i] = clauses.calls[i];
        }
        longer[clauses.calls.length] = call;
        clauses.calls = longer;
    }

    /// @dev A payment of `amount`, and nothing else.
    function paying(address to, address token, uint256 amount) internal view returns (Clauses memory clauses) {
        clauses = escrowing(token, amount);
        pay(clauses, to, token, amount);
    }

    /// @dev One call, with all of the escrow.
    function calling(
        address target,
        address token,
        uint256 amount,
        uint256 gas_,
        bytes memory data
    ) internal view returns (Clauses memory clauses) {
        if (amount == 0) clauses.deadline = block.timestamp + PERIOD + SETTLEMENT;
        else clauses = escrowing(token, amount);
        call_(clauses, Call(target, token, amount, gas_, data, carol));
    }

    function dealOf(address who, Clauses memory clauses) internal returns (Deal memory d) {
        d.clauses = clauses;
        d.body = ContentEncoder.encode("I pay", clauses);
        d.c = plan(who, stakeOf(DEAL_BOND, 0, 1, ++_nonce), d.body);
    }

    // ------------------------------------------------------------------ actions

    function agree(address who, Clauses memory clauses) internal returns (Deal memory d) {
        d = dealOf(who, clauses);
        fund(d);
        sendDeal(d);
    }

    /// @dev The committer has what it escrows, and allows the enforcer to take it.
    function fund(Deal memory d) internal {
        address who = d.c.key.committer;
        vm.deal(who, who.balance + valueOf(d));
        for (uint256 i; i < d.clauses.escrow.length; ++i) {
            Asset memory asset = d.clauses.escrow[i];
            if (asset.token == ETHER || asset.token.code.length == 0) continue;
            TestToken(asset.token).mint(who, asset.amount);
            uint256 allowed = TestToken(asset.token).allowance(who, address(enforcer));
            vm.prank(who);
            // Some tokens answer nothing.
            (bool ok,) = asset.token.call(abi.encodeCall(gold.approve, (address(enforcer), allowed + asset.amount)));
            assertTrue(ok, "approval");
        }
    }

    function sendDeal(Deal memory d) internal {
        own(d.c);
        registry.publish{value: valueOf(d)}(d.c.key.stake, TOPIC, d.body);
    }

    function valueOf(Deal memory d) internal view returns (uint256) {
        uint256 value = d.c.key.stake.bond() + fee;
        Asset[] memory escrow = d.clauses.escrow;
        return escrow.length != 0 && escrow[0].token == ETHER ? value + escrow[0].amount : value;
    }

    /// @dev To the outcome, by a seal that is opened at once. Commitments made in the same second go together.
    function keep(Deal memory d) internal {
        settle(d.c, KEEP);
    }

    function revert_(Deal memory d) internal {
        settle(d.c, REVERT);
    }

    function settle(Commitment memory c, bytes memory decision) internal {
        vm.warp(c.freeze - PERIOD + SEAL_DELAY);
        seal(c, decision);
        vm.warp(c.freeze);
        open(c, decision);
    }

    function execute(Deal memory d) internal {
        execute(d, ETHER);
    }

    function execute(Deal memory d, address tipTo) internal {
        vm.prank(executor);
        enforcer.execute(d.c.key, TOPIC, d.body, tipTo);
    }

    function retry(Deal memory d, uint256 index) internal {
        vm.prank(executor);
        enforcer.retry(d.c.key, TOPIC, d.body, index);
    }

    function release(Deal memory d, uint256 index) internal {
        vm.prank(executor);
        enforcer.release(d.c.key, TOPIC, d.body, index);
    }

    // ------------------------------------------------------------------ what is expected

    function held(address token) internal view returns (uint256) {
        return held(address(enforcer), token);
    }

    function held(address account, address token) internal view returns (uint256) {
        return token == ETHER ? account.balance : TestToken(token).balanceOf(account);
    }

    function envoyOf(Deal memory d) internal view returns (address) {
        return enforcer.envoyOf(d.c.id);
    }

    /// @dev What a refused publication leaves behind: nothing.
    function expectRefused(Deal memory d, bytes memory reason) internal {
        fund(d);
        uint256 value = valueOf(d);
        own(d.c);
        vm.expectRevert(reason);
        registry.publish{value: value}(d.c.key.stake, TOPIC, d.body);
    }

    function expectMalformed(Deal memory d) internal {
        expectRefused(d, abi.encodeWithSelector(IEnforcer.Boomerang_MalformedClauses.selector));
    }

    function expectMalformed(Clauses memory clauses) internal {
        expectMalformed(dealOf(alice, clauses));
    }

    /// @dev A body that nothing funds.
    function expectMalformed(bytes memory body) internal {
        Stake stake = stakeOf(0, 0, 1, 0);
        vm.prank(alice);
        vm.expectRevert(IEnforcer.Boomerang_MalformedClauses.selector);
        registry.publish(stake, TOPIC, body);
    }

    function notPart(address who) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IBoomerang.Boomerang_NotPart.selector, who);
    }
}
