// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Key} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Claim, that} from "./Claim.sol";
import {SymbolicTest} from "./SymbolicTest.sol";

/// @dev A token that does what it says.
contract PlainToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
        return true;
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @dev Never does what it is asked for.
contract Failing {
    fallback() external payable {
        revert();
    }
}

/// @notice What the enforcer holds. Its liability for a commitment is the escrow until it is executed, then what its failed calls would
/// spend until they are made or released; beside that it owes what could not be delivered. Each action takes in exactly what the
/// liability rises by, and gives out (or credits) exactly what it falls by: so nobody takes out more than was put in for them, an
/// execution happens once, and a call that fails frees nothing.
/// @dev For all amounts, addresses, times, and states of all contracts. Bounds: one asset (ether, or a token that does what it says),
/// one payment, a tip, or one call to a target that fails; no guard. Receivers are accounts without code.
contract CustodyTest is SymbolicTest {
    uint256 private constant OWED_SLOT_OF_ENFORCER = 0;
    uint256 private constant OUTSTANDING_SLOT = 1;

    /// @dev What is in the clauses beside the asset.
    struct Terms {
        uint128 amount;
        address to;
        uint128 paid;
        uint128 tip;
    }

    // ------------------------------------------------------------------ publication

    /// @notice Exactly what the content names comes in, from the committer; or the publication is refused.
    function check_collect_token(Terms calldata t) external {
        PlainToken token = newToken();
        address caller = anyone("caller");
        uint256 held = token.balanceOf(enforcer);
        uint256 had = token.balanceOf(caller);
        bool ok = publish(caller, bodyOf(address(token), t), 0);
        Claim taken =
            that(token.balanceOf(enforcer) == held + t.amount) & that(token.balanceOf(caller) + t.amount == had);
        Claim affordable = that(t.amount != 0) & that(uint256(t.paid) + t.tip <= t.amount);
        Claim kept = that(token.balanceOf(enforcer) == held) & that(token.balanceOf(caller) == had);
        assert((that(ok).implies(taken & affordable) & (that(ok) | kept)).proved());
    }

    function check_collect_ether(Terms calldata t, uint96 beyond) external {
        address caller = anyone("caller");
        vm.deal(enforcer, svm.createUint(96, "held"));
        uint256 held = enforcer.balance;
        bool ok = publish(caller, bodyOf(address(0), t), beyond);
        Claim affordable = that(t.amount == beyond) & that(uint256(t.paid) + t.tip <= t.amount);
        Claim taken = that(enforcer.balance == held + t.amount);
        assert((that(ok).implies(taken & affordable) & (that(ok) | that(enforcer.balance == held))).proved());
    }

    // ------------------------------------------------------------------ execution

    /// @notice Kept: the payment, the tip and the rest go where they are to go, once; nothing else moves.
    function long_execute_kept_token(Terms calldata t) external {
        PlainToken token = newToken();
        (Key memory x, bytes memory body) = arrange(Phase.Kept, address(token), t);
        address tipTo = anyone("tipTo");
        assumeApart(x.committer, t.to, tipTo);
        uint256[4] memory before = balances(token, x.committer, t.to, tipTo);
        assumeSupply(before, t.amount);
        bool ok = execute(x, body, tipTo);
        uint256[4] memory now_ = balances(token, x.committer, t.to, tipTo);
        Claim paid = that(now_[0] + t.amount == before[0]) & that(now_[1] == before[1] + (t.amount - t.paid - t.tip))
            & that(now_[2] == before[2] + t.paid) & that(now_[3] == before[3] + t.tip);
        assert((that(ok).implies(paid) & (that(ok) | unmoved(before, now_))).proved());
    }

    function check_execute_kept_ether(Terms calldata t) external {
        (Key memory x, bytes memory body) = arrange(Phase.Kept, address(0), t);
        address tipTo = anyone("tipTo");
        assumeApart(x.committer, t.to, tipTo);
        uint256[4] memory before = balances(x.committer, t.to, tipTo);
        bool ok = execute(x, body, tipTo);
        uint256[4] memory now_ = balances(x.committer, t.to, tipTo);
        Claim paid = that(now_[0] + t.amount == before[0]) & that(now_[1] == before[1] + (t.amount - t.paid - t.tip))
            & that(now_[2] == before[2] + t.paid) & that(now_[3] == before[3] + t.tip);
        assert((that(ok).implies(paid) & (that(ok) | unmoved(before, now_))).proved());
    }

    /// @notice Reverted: all of it goes home, whoever executes and whatever the content promises.
    function check_execute_reverted_token(Terms calldata t) external {
        PlainToken token = newToken();
        (Key memory x, bytes memory body) = arrange(Phase.RevertedByDecision, address(token), t);
        address tipTo = anyone("tipTo");
        assumeApart(x.committer, t.to, tipTo);
        uint256[4] memory before = balances(token, x.committer, t.to, tipTo);
        assumeSupply(before, t.amount);
        bool ok = execute(x, body, tipTo);
        uint256[4] memory now_ = balances(token, x.committer, t.to, tipTo);
        Claim home = that(now_[0] + t.amount == before[0]) & that(now_[1] == before[1] + t.amount)
            & that(now_[2] == before[2]) & that(now_[3] == before[3]);
        assert((that(ok).implies(home) & (that(ok) | unmoved(before, now_))).proved());
    }

    /// @notice Executed once, a commitment is executed no more, at no time, by nobody.
    function check_execute_once(Terms calldata t) external {
        (Key memory x, bytes memory body) = arrange(Phase.Kept, address(0), t);
        bool first = execute(x, body, anyone("tipTo"));
        vm.assume(first);
        anytime();
        assert(!execute(x, body, anyone("again")));
    }

    /// @notice One that may still end either way moves nothing.
    function check_execute_not_final(Terms calldata t, bool sealed_) external {
        (Key memory x, bytes memory body) = arrange(sealed_ ? Phase.Pending : Phase.Tentative, address(0), t);
        vm.assume(sealed_ || block.timestamp < recordOf(x).freezeTime());
        assert(!execute(x, body, anyone("tipTo")));
    }

    /// @notice False on purpose: a commitment that is not final is executed.
    function planted_execute_pending(Terms calldata t) external {
        (Key memory x, bytes memory body) = arrange(Phase.Kept, address(0), t);
        assert(!execute(x, body, anyone("tipTo")));
    }

    // ------------------------------------------------------------------ calls that fail

    /// @notice What a call that failed would have spent stays until the deadline, and is then released to whom the content names, once.
    function check_release(Terms calldata t, uint40 deadline, uint256 index) external {
        vm.assume(t.amount != 0);
        assumePlain(t.to);
        bytes memory data = releasing(t, deadline, index);
        fund();
        anytime();
        uint256[2] memory before = [enforcer.balance, t.to.balance];
        bool ok = release(data);
        Claim due = that(index == 0) & that(block.timestamp > deadline);
        Claim moved = that(enforcer.balance + t.amount == before[0]) & that(t.to.balance == before[1] + t.amount);
        assert((that(ok).implies(due & moved) & (that(ok) | that(enforcer.balance == before[0]))).proved());
        assert(!(ok && release(data)));
    }

    /// @dev The call of `release`; its one call may be outstanding.
    function releasing(Terms calldata t, uint40 deadline, uint256 index) private returns (bytes memory) {
        address target = address(new Failing());
        vm.assume(t.to != target);
        bytes memory body = bodyWithCall(target, t.amount, t.to, deadline);
        Key memory x = keyWith(body);
        bytes32 slot = keccak256(abi.encode(idOf(x), OUTSTANDING_SLOT));
        vm.store(enforcer, slot, bytes32(svm.createUint(1, "outstanding")));
        return abi.encodeCall(IEnforcer.release, (x, bytes32(0), body, index));
    }

    function release(bytes memory data) private returns (bool ok) {
        vm.prank(anyone("caller"));
        (ok,) = enforcer.call(data);
    }

    // ------------------------------------------------------------------ what is owed

    /// @notice One withdraws what one is owed, all of it, once; nobody else's.
    function check_withdraw_token(address caller, address to, address other, uint128 amount) external {
        PlainToken token = newToken();
        assumePlain(to);
        assumePlain(caller);
        vm.assume(other != caller);
        vm.store(enforcer, owedSlot(caller, address(token)), bytes32(uint256(amount)));
        uint256[3] memory before = accounts(token, to, other);
        vm.prank(caller);
        (bool ok,) = enforcer.call(abi.encodeCall(IEnforcer.withdraw, (address(token), to)));
        uint256[3] memory now_ = accounts(token, to, other);
        Claim paid = that(now_[0] + amount == before[0]) & that(now_[1] == before[1] + amount) & that(amount != 0);
        Claim left = that(now_[2] == before[2]) & (that(ok) | that(now_[0] == before[0]));
        assert((that(ok).implies(paid) & left).proved());
        assert(!ok || IEnforcer(enforcer).owed(caller, address(token)) == 0);
    }

    /// @dev What the enforcer and `to` hold, and what another is owed.
    function accounts(PlainToken token, address to, address other) private view returns (uint256[3] memory) {
        return [token.balanceOf(enforcer), token.balanceOf(to), IEnforcer(enforcer).owed(other, address(token))];
    }

    /// @notice Delivered by anyone, what is owed goes to its owner and nobody else.
    function check_deliver_ether(address account, uint96 amount) external {
        assumePlain(account);
        vm.store(enforcer, owedSlot(account, address(0)), bytes32(uint256(amount)));
        fund();
        uint256 held = enforcer.balance;
        uint256 had = account.balance;
        vm.prank(anyone("caller"));
        (bool ok,) = enforcer.call(abi.encodeCall(IEnforcer.deliver, (account, address(0))));
        Claim paid = that(enforcer.balance + amount == held) & that(account.balance == had + amount) & that(amount != 0);
        assert((that(ok).implies(paid) & (that(ok) | that(enforcer.balance == held))).proved());
    }

    // ------------------------------------------------------------------ who may

    /// @notice Only the enforcer begins executions, only groups settle groups.
    function check_parts(Key calldata x, CommitmentId id, uint256 kept) external {
        address caller = anyone("caller");
        CommitmentId[] memory ids = new CommitmentId[](1);
        ids[0] = id;
        assert(!call(caller, abi.encodeCall(registry.begin, (x))));
        assert(!call(caller, abi.encodeCall(registry.enterGroup, (id))));
        assert(!call(caller, abi.encodeCall(registry.settleGroup, (ids, kept))));
        vm.prank(caller);
        (bool ok,) = enforcer.call(abi.encodeCall(IEnforcer.collect, (id, caller, "", "", 0)));
        assert(!ok);
    }

    // ------------------------------------------------------------------ helpers

    function newToken() private returns (PlainToken token) {
        token = new PlainToken();
        svm.enableSymbolicStorage(address(token));
    }

    /// @dev Ether enough for every sum here, where nothing overflows.
    function fund() private {
        vm.deal(enforcer, uint256(type(uint128).max) + svm.createUint(96, "held"));
    }

    /// @dev One asset, one payment of it, a tip (libraries/Contents.sol). A payment, or tip, of nothing is malformed or none.
    function bodyOf(address token, Terms calldata t) private pure returns (bytes memory) {
        bytes memory head = abi.encodePacked(uint16(0), uint8(1), token, t.amount, uint8(1), uint8(0), t.to, t.paid);
        return abi.encodePacked(head, uint8(0), uint8(0), t.tip, uint40(0));
    }

    /// @dev All of the ether is for one call.
    function bodyWithCall(
        address target,
        uint128 amount,
        address remainderTo,
        uint40 deadline
    ) private pure returns (bytes memory) {
        bytes memory head = abi.encodePacked(uint16(0), uint8(1), address(0), amount, uint8(0), uint8(1));
        bytes memory made = abi.encodePacked(target, uint8(0), amount, uint32(50_000), remainderTo, uint16(0));
        return abi.encodePacked(head, made, uint8(0), uint128(0), deadline);
    }

    function keyWith(bytes memory body) private returns (Key memory x) {
        x = anyKey("committer");
        x.contentHash = keccak256(abi.encode(bytes32(0), keccak256(body)));
        vm.assume(x.stake.hasClauses());
    }

    /// @dev A commitment in this phase whose content passed the checks of its publication; it may have been executed.
    function arrange(Phase phase, address token, Terms calldata t) private returns (Key memory x, bytes memory body) {
        vm.assume((that(t.amount != 0) & that(t.paid != 0) & that(uint256(t.paid) + t.tip <= t.amount)).proved());
        assumePlain(t.to);
        vm.assume(t.to != address(0));
        body = bodyOf(token, t);
        x = keyWith(body);
        plant(idOf(x), phase, false);
        if (token == address(0)) fund();
        anytime();
    }

    function publish(address caller, bytes memory body, uint96 beyond) private returns (bool ok) {
        Stake stake = Stake.wrap(svm.createUint(256, "stake"));
        vm.assume(
            (that(stake.hasClauses()) & that(stake.bond() == 0) & that(p.minBond == 0) & that(p.fee == 0)).proved()
        );
        vm.deal(caller, beyond);
        anytime();
        vm.prank(caller);
        (ok,) = address(registry).call{value: beyond}(abi.encodeCall(registry.publish, (stake, bytes32(0), body)));
    }

    function execute(Key memory x, bytes memory body, address tipTo) private returns (bool ok) {
        vm.prank(anyone("executor"));
        (ok,) = enforcer.call(abi.encodeCall(IEnforcer.execute, (x, bytes32(0), body, tipTo)));
    }

    /// @dev So that each one's balance tells what it was paid.
    function assumeApart(address a, address b, address c) private view {
        vm.assume((that(a != b) & that(b != c) & that(a != c) & that(c != address(0))).proved());
    }

    function balances(PlainToken token, address a, address b, address c) private view returns (uint256[4] memory) {
        return [token.balanceOf(enforcer), token.balanceOf(a), token.balanceOf(b), token.balanceOf(c)];
    }

    function balances(address a, address b, address c) private view returns (uint256[4] memory) {
        return [enforcer.balance, a.balance, b.balance, c.balance];
    }

    /// @dev The enforcer holds what it is liable for, and nobody more than a token's supply: no transfer fails.
    function assumeSupply(uint256[4] memory held, uint256 amount) private pure {
        uint256 most = type(uint128).max;
        vm.assume(
            (that(amount <= held[0]) & that(held[0] <= most) & that(held[1] <= most) & that(held[2] <= most)
                    & that(held[3] <= most))
            .proved()
        );
    }

    function unmoved(uint256[4] memory a, uint256[4] memory b) private pure returns (Claim) {
        return that(a[0] == b[0]) & that(a[1] == b[1]) & that(a[2] == b[2]) & that(a[3] == b[3]);
    }

    function owedSlot(address account, address token) private pure returns (bytes32) {
        return keccak256(abi.encode(token, keccak256(abi.encode(account, OWED_SLOT_OF_ENFORCER))));
    }
}
