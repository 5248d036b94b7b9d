// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Key, Resolution} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Claim, that} from "./Claim.sol";
import {SymbolicTest} from "./SymbolicTest.sol";

/// @dev Refuses ether.
contract Refuser {}

/// @notice Where the ether goes. The registry's liability for a commitment is its bond while it is Tentative or Sealed, and nothing
/// otherwise; beside that it owes what could not be delivered. Each action pays or credits at most what the liability falls by, so what
/// the registry holds never falls under what it owes: it cannot pay out more than came in, and what is burned stays.
/// @dev Bounds: the share of an exposer is the default, 5000 basis points; the decision opened or exposed is `keep`; bodies of 32 bytes.
/// Receivers: accounts without code, and a contract that refuses.
contract MoneyTest is SymbolicTest {
    bytes private constant KEEP = hex"01";

    struct Purse {
        uint256 registry;
        uint256 receiver;
        uint256 owed;
    }

    /// @notice Publishing brings exactly bond + fee; any other value is refused.
    function check_publish(
        address caller,
        Stake stake,
        bytes32 topic,
        bytes32 content,
        uint96 held,
        uint256 value
    ) external {
        vm.assume(stake.flags() == 0);
        assumePlain(caller);
        vm.deal(caller, value);
        vm.deal(address(registry), held);
        anytime();
        vm.prank(caller);
        (bool ok,) =
            address(registry).call{value: value}(abi.encodeCall(registry.publish, (stake, topic, abi.encode(content))));
        uint256 now_ = address(registry).balance;
        Claim taken = that(value == stake.bond() + p.fee) & that(now_ == held + value) & that(stake.bond() >= p.minBond);
        Claim covered = that(stake.cover() <= stake.bond());
        assert((that(ok).implies(taken & covered) & (that(ok) | that(now_ == held))).proved());
    }

    /// @notice A revoked bond goes back whole.
    function check_revoke() external {
        Key memory x = arrange(anyone("committer"), Phase.Tentative);
        Purse memory before = purse(x.committer);
        bool ok = call(x.committer, abi.encodeCall(registry.revoke, (x.stake, x.contentHash)));
        assert(moved(before, x.committer, ok ? x.stake.bond() : 0).proved());
    }

    /// @notice What an exposer receives is what the registry pays; the rest stays. (That it is the share, rounded down, is tested in
    /// tests/forge and step by step against the model: the product with a bond is beyond the solver.)
    function check_expose(bytes32 salt) external {
        Key memory x = arrange(anyone("committer"), Phase.Sealed);
        address caller = anyone("caller");
        vm.assume(registry.owed(caller) <= type(uint128).max);
        Purse memory before = purse(caller);
        bool ok = call(caller, abi.encodeCall(registry.expose, (x, KEEP, salt)));
        uint256 gained = caller.balance - before.receiver;
        assert((moved(before, caller, gained) & (that(ok) | that(gained == 0))).proved());
    }

    /// @notice An opener's bond goes back to the committer, whoever opens.
    function check_open(bytes32 salt) external {
        Key memory x = arrange(anyone("committer"), Phase.Sealed);
        Purse memory before = purse(x.committer);
        address caller = anyone("caller");
        bool ok = call(caller, abi.encodeCall(registry.openFor, (x, KEEP, salt, new Key[](0))));
        assert(moved(before, x.committer, ok ? x.stake.bond() : 0).proved());
    }

    /// @notice Of what lapsed unsealed the bond goes back; of what was sealed and never opened it stays.
    function check_resolve_tentative() external {
        Key memory x = arrange(anyone("committer"), Phase.Tentative);
        Purse memory before = purse(x.committer);
        bool ok = resolve(x, "");
        assert(moved(before, x.committer, ok ? x.stake.bond() : 0).proved());
    }

    function check_resolve_sealed() external {
        Key memory x = arrange(anyone("committer"), Phase.Sealed);
        Purse memory before = purse(x.committer);
        resolve(x, "");
        assert(moved(before, x.committer, 0).proved());
    }

    function check_resolve_pending(bytes25 a) external {
        Key memory x = arrange(anyone("committer"), Phase.Pending);
        Purse memory before = purse(x.committer);
        resolve(x, abi.encodePacked(hex"06", a));
        assert(moved(before, x.committer, 0).proved());
    }

    /// @notice Sealing, drawing, declining move nothing.
    function check_seal(bytes23 seal) external {
        Key memory x = arrange(anyone("committer"), Phase.Tentative);
        Purse memory before = purse(x.committer);
        call(x.committer, abi.encodeCall(registry.seal, (x.stake, x.contentHash, seal)));
        assert(moved(before, x.committer, 0).proved());
    }

    function check_decline(CommitmentId offering) external {
        Key memory x = arrange(anyone("committer"), Phase.Tentative);
        Purse memory before = purse(x.committer);
        call(x.committer, abi.encodeCall(registry.decline, (x.stake, x.contentHash, offering)));
        call(x.committer, abi.encodeCall(registry.declineAll, (x.stake, x.contentHash)));
        assert(moved(before, x.committer, 0).proved());
    }

    /// @notice What a committer refuses is owed to it; the action succeeds all the same.
    function check_refused_open(bytes32 salt) external {
        Key memory x = arrange(address(new Refuser()), Phase.Sealed);
        Purse memory before = purse(x.committer);
        bool ok = call(anyone("caller"), abi.encodeCall(registry.openFor, (x, KEEP, salt, new Key[](0))));
        assert(credited(before, x.committer, ok ? x.stake.bond() : 0).proved());
    }

    function check_refused_resolve() external {
        Key memory x = arrange(address(new Refuser()), Phase.Tentative);
        Purse memory before = purse(x.committer);
        bool ok = resolve(x, "");
        assert(credited(before, x.committer, ok ? x.stake.bond() : 0).proved());
    }

    /// @notice One withdraws what one is owed, all of it, once; nobody else's.
    function check_withdraw(address caller, address payable to, address other, uint96 amount) external {
        assumePlain(to);
        assumePlain(caller);
        vm.assume(other != caller);
        vm.deal(address(registry), type(uint128).max);
        vm.store(address(registry), keccak256(abi.encode(caller, OWED_SLOT)), bytes32(uint256(amount)));
        uint256 others = registry.owed(other);
        Purse memory before = purse(to);
        bool ok = call(caller, abi.encodeCall(registry.withdraw, (to)));
        Claim paid = that(address(registry).balance == before.registry - amount)
            & that(to.balance == before.receiver + amount) & that(registry.owed(caller) == 0);
        assert((that(ok == (amount != 0)) & that(ok).implies(paid) & that(registry.owed(other) == others)).proved());
    }

    // ------------------------------------------------------------------ helpers

    /// @dev A commitment in this phase, and a registry that holds at least its bond.
    function arrange(address committer, Phase phase) private returns (Key memory x) {
        x = keyOf(committer);
        plant(idOf(x), phase, false);
        anytime();
        vm.deal(address(registry), uint256(type(uint96).max) + svm.createUint(96, "held"));
        vm.deal(committer, svm.createUint(96, "had"));
        vm.assume(registry.owed(committer) <= type(uint128).max);
    }

    function exposerShare() internal pure override returns (uint16) {
        return 5000;
    }

    function resolve(Key memory x, bytes memory decision) private returns (bool ok) {
        Resolution[] memory resolutions = new Resolution[](1);
        resolutions[0] = Resolution(x, decision);
        return call(anyone("caller"), abi.encodeCall(registry.resolve, (resolutions)));
    }

    function purse(address receiver) private view returns (Purse memory) {
        return Purse(address(registry).balance, receiver.balance, registry.owed(receiver));
    }

    /// @dev Exactly this went from the registry to the receiver.
    function moved(Purse memory before, address receiver, uint256 amount) private view returns (Claim) {
        Purse memory after_ = purse(receiver);
        return that(after_.registry + amount == before.registry) & that(after_.receiver == before.receiver + amount)
            & that(after_.owed == before.owed);
    }

    /// @dev Exactly this became owed, and nothing went.
    function credited(Purse memory before, address receiver, uint256 amount) private view returns (Claim) {
        Purse memory after_ = purse(receiver);
        return that(after_.registry == before.registry) & that(after_.receiver == before.receiver)
            & that(after_.owed == before.owed + amount);
    }
}
