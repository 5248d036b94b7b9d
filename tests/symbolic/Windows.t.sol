// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Key, Resolution} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Offer} from "contracts/types/Offer.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {Claim, that} from "./Claim.sol";
import {SymbolicTest} from "./SymbolicTest.sol";

/// @notice Both sides of every deadline: where nothing else stands against an action, it succeeds in the seconds of its window and
/// in no other, for all times and all parameters.
/// @dev Bounds: the decision opened or exposed is `keep`; the one resolved is `kept(a)`; extra data is empty. Ether always arrives
/// ({anyone} accepts it), and the registry holds what it owes.
contract WindowsTest is SymbolicTest {
    bytes private constant KEEP = hex"01";

    /// @notice publish + sealDelay <= t < freeze
    function check_seal(bytes23 seal) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        bool ok = call(x.committer, abi.encodeCall(registry.seal, (x.stake, x.contentHash, seal)));
        assert(ok == sealing(r, time));
    }

    function check_sealWithData(bytes23 seal) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        bool ok = call(x.committer, abi.encodeCall(registry.sealWithData, (x.stake, x.contentHash, seal, "")));
        assert(ok == sealing(r, time));
    }

    /// @notice The same, and t <= deadline.
    function check_sealFor(bytes23 seal, uint256 deadline, bytes32 r_, bytes32 s, uint8 v) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        bytes32 typehash = keccak256("SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)");
        sign(x, keccak256(abi.encode(typehash, idOf(x), seal, keccak256(""), deadline)), v, r_, s);
        bytes memory signature = abi.encodePacked(r_, s, v);
        bool ok = call(anyone("caller"), abi.encodeCall(registry.sealFor, (x, seal, "", deadline, signature)));
        assert(ok == (that(sealing(r, time)) & that(time <= deadline)).proved());
    }

    /// @notice t < freeze
    function check_revoke() external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        bool ok = call(x.committer, abi.encodeCall(registry.revoke, (x.stake, x.contentHash)));
        assert(ok == (time < r.freezeTime()));
    }

    /// @notice t < freeze and t <= deadline
    function check_revokeFor(uint256 deadline, bytes32 r_, bytes32 s, uint8 v) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        bytes32 typehash = keccak256("RevokeRequest(bytes25 id,uint256 deadline)");
        sign(x, keccak256(abi.encode(typehash, idOf(x), deadline)), v, r_, s);
        bytes memory signature = abi.encodePacked(r_, s, v);
        bool ok = call(anyone("caller"), abi.encodeCall(registry.revokeFor, (x, deadline, signature)));
        assert(ok == (that(time < r.freezeTime()) & that(time <= deadline)).proved());
    }

    /// @notice t < freeze
    function check_expose(bytes32 salt) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Sealed);
        vm.assume(r.seal() == bytes23(sealHash(x, KEEP, salt)));
        bool ok = call(anyone("caller"), abi.encodeCall(registry.expose, (x, KEEP, salt)));
        assert(ok == (time < r.freezeTime()));
    }

    /// @notice freeze <= t <= freeze + revealWindow
    function check_open(bytes32 salt) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Sealed);
        vm.assume(r.seal() == bytes23(sealHash(x, KEEP, salt)));
        bool ok = call(x.committer, abi.encodeCall(registry.open, (x.stake, x.contentHash, KEEP, salt)));
        assert(ok == revealing(r, time));
    }

    /// @notice False on purpose: that an opening is accepted a second after the window as well.
    function planted_open_a_second_late(bytes32 salt) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Sealed);
        vm.assume(r.seal() == bytes23(sealHash(x, KEEP, salt)));
        bool ok = call(x.committer, abi.encodeCall(registry.open, (x.stake, x.contentHash, KEEP, salt)));
        assert(ok == (that(r.freezeTime() <= time) & that(time <= r.freezeTime() + p.revealWindow + 1)).proved());
    }

    function check_openFor(bytes32 salt) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Sealed);
        vm.assume(r.seal() == bytes23(sealHash(x, KEEP, salt)));
        bool ok = call(anyone("caller"), abi.encodeCall(registry.openFor, (x, KEEP, salt, new Key[](0))));
        assert(ok == revealing(r, time));
    }

    /// @notice t <= freeze(x) - offerCutoff, the target's freeze
    function check_offer(Key memory y, CommitmentId target) external {
        assumePlain(y.committer);
        vm.assume(target != idOf(y));
        Record yRecord = plant(idOf(y), Phase.Tentative, false);
        Record xRecord = plant(target, Phase.Tentative, false);
        vm.assume(xRecord.freezeTime() < yRecord.freezeTime());
        vm.assume(p.maxDepth != 0 && !xRecord.declinesAll());
        vm.assume(!Offer.wrap(uint256(vm.load(address(registry), offerSlot(idOf(y), target)))).declined());
        uint256 time = anytime();
        bool ok = call(y.committer, abi.encodeCall(registry.offer, (y.stake, y.contentHash, target)));
        assert(ok == (time + p.offerCutoff <= xRecord.freezeTime()));
    }

    /// @notice first offer + declineDelay <= t < freeze
    function check_decline(CommitmentId offering) external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        Offer made = Offer.wrap(uint256(vm.load(address(registry), offerSlot(offering, idOf(x)))));
        vm.assume((that(made.exists()) & that(!made.declined()) & that(!r.declinesAll())).proved());
        bool ok = call(x.committer, abi.encodeCall(registry.decline, (x.stake, x.contentHash, offering)));
        assert(ok == (that(made.firstMade() + p.declineDelay <= time) & that(time < r.freezeTime())).proved());
    }

    /// @notice t < freeze
    function check_declineAll() external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        vm.assume(!r.declinesAll());
        bool ok = call(x.committer, abi.encodeCall(registry.declineAll, (x.stake, x.contentHash)));
        assert(ok == (time < r.freezeTime()));
    }

    /// @notice t < freeze, once the seed block is past, as long as its hash is known
    function check_draw() external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        vm.assume(!r.drawn());
        uint256 seedBlock = r.publishBlock() + p.drawDelay;
        // The opcode is taken for any function; of a block that is not past, it knows nothing.
        vm.assume(blockhash(seedBlock) != 0);
        vm.assume((that(block.number > seedBlock) & that(block.number - seedBlock <= 256)).proved());
        CommitmentId[] memory ids = new CommitmentId[](1);
        ids[0] = idOf(x);
        bool ok = call(anyone("caller"), abi.encodeCall(registry.draw, (ids)));
        assert(ok == (time < r.freezeTime()));
    }

    /// @notice Unsealed from the freeze on.
    function check_resolve_tentative() external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Tentative);
        assert(resolve(x, "") == (r.freezeTime() <= time));
    }

    /// @notice Unrevealed from the second after the reveal window.
    function check_resolve_sealed() external {
        (Key memory x, Record r, uint256 time) = arrange(Phase.Sealed);
        assert(resolve(x, "") == (r.freezeTime() + p.revealWindow < time));
    }

    /// @notice What is pending, at any time: as soon as what it waits for is final, and not before.
    function check_resolve_pending(bytes25 a) external {
        (Key memory x, Record r,) = arrange(Phase.Pending);
        bytes memory decision = abi.encodePacked(hex"06", a);
        vm.assume(r.seal() == bytes23(keccak256(decision)));
        vm.assume(arises(registry.record(CommitmentId.wrap(a))));
        (bool isFinal,) = registry.kept(CommitmentId.wrap(a));
        assert(resolve(x, decision) == isFinal);
    }

    // ------------------------------------------------------------------ helpers

    function arrange(Phase phase) private returns (Key memory x, Record r, uint256 time) {
        x = anyKey("committer");
        r = plant(idOf(x), phase, false);
        time = anytime();
        vm.deal(address(registry), type(uint128).max);
    }

    function sealing(Record r, uint256 time) private view returns (bool) {
        return (that(r.freezeTime() - p.period + p.sealDelay <= time) & that(time < r.freezeTime())).proved();
    }

    function revealing(Record r, uint256 time) private view returns (bool) {
        return (that(r.freezeTime() <= time) & that(time <= r.freezeTime() + p.revealWindow)).proved();
    }

    function resolve(Key memory x, bytes memory decision) private returns (bool ok) {
        Resolution[] memory resolutions = new Resolution[](1);
        resolutions[0] = Resolution(x, decision);
        return call(anyone("caller"), abi.encodeCall(registry.resolve, (resolutions)));
    }

    /// @dev The committer, which is not zero, has signed; s is in the lower half, as ECDSA has it.
    function sign(Key memory x, bytes32 request, uint8 v, bytes32 r, bytes32 s) private view {
        vm.assume(x.committer != address(0));
        vm.assume(uint256(s) <= 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0);
        vm.assume(ecrecover(digest(request), v, r, s) == x.committer);
    }
}
