// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Key, Resolution} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Claim, that} from "./Claim.sol";
import {SymbolicTest} from "./SymbolicTest.sol";

/// @notice One check for each action, with any arguments, called by anyone at any time in any state, while a commitment x, any, is
/// watched. The action leaves x as it was, or x is the commitment that it acts on, its caller is who may, and the change is one that
/// {legal} allows there and then. So:
///   - no outcome before its window, none changes once final;
///   - freeze time and place never change after the publication; a draw comes once, before the freeze;
///   - an action on one commitment alters no other's record, standing or offers.
/// A sequence of actions is a sequence of such steps, so the same holds of every history.
/// @dev Bounds: decisions as each check says; bodies of 32 bytes without clauses; extra data of 0 or 32 bytes; signatures of 65 bytes;
/// one id in a draw, one resolution (a batch is settled item by item, then paid; batches of several are tested in tests/forge, tests/findings and tests/stateful). Publications with clauses
/// are left to tests/forge: the decoder walks offsets that would all be symbolic.
/// @custom:halmos --loop 8
contract TransitionsTest is SymbolicTest {
    /// @dev x, and any two commitments of which x may be one.
    struct Watch {
        Key x;
        CommitmentId id;
        Record record;
        bytes32 standing;
        CommitmentId offering;
        CommitmentId target;
        bytes32 offer;
        uint256 time;
        Record after_;
        Claim changed;
        Claim standingKept;
        Claim offerKept;
        Claim holds;
    }

    struct Signature {
        bytes32 r;
        bytes32 s;
        uint8 v;
    }

    // ------------------------------------------------------------------ the checks

    /// @notice Publishing creates a Tentative commitment that was not there, and touches nothing else.
    function check_publish(address caller, Stake stake, bytes32 topic, bytes32 content, uint256 value) external {
        Watch memory w = watch();
        vm.assume(stake.flags() == 0);
        assumePlain(caller);
        vm.deal(caller, value);
        bytes memory body = abi.encode(content);
        vm.prank(caller);
        (bool ok,) = address(registry).call{value: value}(abi.encodeCall(registry.publish, (stake, topic, body)));
        step(w, Key(caller, stake, keccak256(abi.encode(topic, keccak256(body)))), ok);
        ifChanged(w, that(w.record.isIn(Phase.Unpublished)));
        assert(quiet(w).proved());
    }

    /// @notice Drawing changes the draw alone, of an undrawn commitment that is named.
    function check_draw(address caller, CommitmentId named) external {
        Watch memory w = watch();
        CommitmentId[] memory ids = new CommitmentId[](1);
        ids[0] = named;
        bool ok = call(caller, abi.encodeCall(registry.draw, (ids)));
        look(w, ok);
        Claim drawn = that(w.id == named) & that(!w.record.drawn()) & that(w.after_.drawn());
        Claim alone = that(Record.unwrap(w.after_.withDraw(1)) == Record.unwrap(w.record.withDraw(1)));
        ifChanged(w, drawn & alone);
        assert(quiet(w).proved());
    }

    /// @notice Only the committer seals, with a plain key.
    function check_seal(Key memory acted, address origin, bytes23 seal) external {
        Watch memory w = watch();
        bytes memory data = abi.encodeCall(registry.seal, (acted.stake, acted.contentHash, seal));
        bool ok = callFrom(acted.committer, origin, data);
        step(w, acted, ok);
        ifChanged(w, that(acted.committer == origin) & sealedTo(w, seal));
        assert(quiet(w).proved());
    }

    /// @notice The same with extra data of 32 bytes.
    function check_sealWithData(Key memory acted, address origin, bytes23 seal, bytes32 extra) external {
        Watch memory w = watch();
        bytes memory data =
            abi.encodeCall(registry.sealWithData, (acted.stake, acted.contentHash, seal, abi.encode(extra)));
        bool ok = callFrom(acted.committer, origin, data);
        step(w, acted, ok);
        ifChanged(w, that(acted.committer == origin) & sealedTo(w, seal));
        assert(quiet(w).proved());
    }

    /// @notice Anyone seals who has the committer's signature of just this, and no one without. Extra data of 32 bytes.
    function check_sealFor(
        address caller,
        bytes23 seal,
        bytes32 extra,
        uint256 deadline,
        Signature memory signature
    ) external {
        Watch memory w = watch();
        Key memory key = anyKey("signer");
        bytes memory data =
            abi.encodeCall(registry.sealFor, (key, seal, abi.encode(extra), deadline, packed(signature)));
        bool ok = call(caller, data);
        step(w, key, ok);
        bytes32 typehash = keccak256("SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)");
        bytes32 request = keccak256(abi.encode(typehash, w.id, seal, keccak256(abi.encode(extra)), deadline));
        ifChanged(w, signedBy(w, request, signature) & that(w.time <= deadline) & sealedTo(w, seal));
        assert(quiet(w).proved());
    }

    /// @notice Only the committer revokes, with a plain key.
    function check_revoke(address caller, address origin, Stake stake, bytes32 contentHash) external {
        Watch memory w = watch();
        assumePlain(caller);
        bool ok = callFrom(caller, origin, abi.encodeCall(registry.revoke, (stake, contentHash)));
        step(w, Key(caller, stake, contentHash), ok);
        ifChanged(w, that(caller == origin) & that(w.after_.isIn(Phase.Revoked)));
        assert(quiet(w).proved());
    }

    /// @notice Anyone revokes who has the committer's signature of just this, and no one without.
    function check_revokeFor(address caller, uint256 deadline, Signature memory signature) external {
        Watch memory w = watch();
        Key memory key = anyKey("signer");
        bool ok = call(caller, abi.encodeCall(registry.revokeFor, (key, deadline, packed(signature))));
        step(w, key, ok);
        bytes32 typehash = keccak256("RevokeRequest(bytes25 id,uint256 deadline)");
        bytes32 request = keccak256(abi.encode(typehash, w.id, deadline));
        ifChanged(w, signedBy(w, request, signature) & that(w.time <= deadline) & that(w.after_.isIn(Phase.Revoked)));
        assert(quiet(w).proved());
    }

    /// @notice Anyone exposes who knows the opening. Decisions of 1 byte, and of 27.
    function check_expose(bytes32 salt) external {
        expose(svm.createBytes(1, "decision"), salt);
    }

    function check_expose_27(bytes32 salt) external {
        expose(svm.createBytes(27, "decision"), salt);
    }

    /// @notice The committer opens, with the opening alone. All decisions of 0, 1, 2 and 3 bytes.
    function check_open_0(bytes32 salt) external {
        open("", salt, false);
    }

    function check_open_1(bytes32 salt) external {
        open(svm.createBytes(1, "decision"), salt, false);
    }

    function check_open_2(bytes32 salt) external {
        open(svm.createBytes(2, "decision"), salt, false);
    }

    function long_open_3(bytes32 salt) external {
        open(svm.createBytes(3, "decision"), salt, false);
    }

    /// @notice Decisions `kept(a)` and `not kept(a)`, of one without a bond; a is Kept, or Sealed, or Unpublished.
    function check_open_atom(bytes25 a, bytes32 salt) external {
        plant(CommitmentId.wrap(a), Phase.Kept, false);
        open(abi.encodePacked(hex"06", a), salt, false);
    }

    function long_open_not_sealed(bytes25 a, bytes32 salt) external {
        plant(CommitmentId.wrap(a), Phase.Sealed, false);
        open(abi.encodePacked(hex"06", a, hex"02"), salt, false);
    }

    function check_open_unpublished(bytes25 a, bytes32 salt) external {
        vm.store(address(registry), keccak256(abi.encode(a, SLOTS_SLOT)), 0);
        open(abi.encodePacked(hex"06", a), salt, false);
    }

    /// @notice Anyone opens who knows the opening. All decisions of 1 byte, without keys.
    function check_openFor(address caller, Key memory key, bytes1 decision, bytes32 salt) external {
        assumePlain(key.committer);
        plant(idOf(key), Phase.Sealed, false);
        Watch memory w = watch();
        bytes memory program = abi.encodePacked(decision);
        step(w, key, call(caller, abi.encodeCall(registry.openFor, (key, program, salt, new Key[](0)))));
        ifChanged(w, openedTo(w, program, salt));
        assert(quiet(w).proved());
    }

    /// @notice Nothing that is not Sealed is opened.
    function check_open_refused(bytes32 salt) external {
        Key memory key = anyKey("caller");
        Record record = recordOf(key);
        bytes memory data = abi.encodeCall(registry.open, (key.stake, key.contentHash, hex"01", salt));
        bool ok = call(key.committer, data);
        assert(!ok || record.isIn(Phase.Sealed));
    }

    /// @notice Only the target's committer declines an offer, which marks that offer and nothing else.
    function check_decline(Key memory acted, CommitmentId offering) external {
        Watch memory w = watch();
        look(w, call(acted.committer, abi.encodeCall(registry.decline, (acted.stake, acted.contentHash, offering))));
        ifChanged(w, that(false));
        Claim named = that(w.offering == offering) & that(w.target == idOf(acted));
        bytes32 marked = w.offer | bytes32(uint256(0x100));
        Claim made = that(vm.load(address(registry), offerSlot(w.offering, w.target)) == marked);
        w.offerKept = w.offerKept | (named & made);
        assert(quiet(w).proved());
    }

    /// @notice Only the committer declines all offers.
    function check_declineAll(address caller, Stake stake, bytes32 contentHash) external {
        Watch memory w = watch();
        bool ok = call(caller, abi.encodeCall(registry.declineAll, (stake, contentHash)));
        step(w, Key(caller, stake, contentHash), ok);
        ifChanged(w, that(Record.unwrap(w.after_) == Record.unwrap(w.record) | 0x20));
        assert(quiet(w).proved());
    }

    /// @notice Anyone settles. All decisions of 1 byte, `kept(a)`, and `kept(a) or kept(b)`, for any a and b.
    function check_resolve(address caller) external {
        resolve(caller, svm.createBytes(1, "decision"));
    }

    function check_resolve_atom(address caller, bytes25 a) external {
        resolve(caller, abi.encodePacked(hex"06", a));
    }

    function check_resolve_or(address caller, bytes25 a, bytes25 b) external {
        resolve(caller, abi.encodePacked(hex"06", a, hex"06", b, hex"04"));
    }

    /// @notice Withdrawing touches no commitment.
    function check_withdraw(address caller, address payable to) external {
        Watch memory w = watch();
        assumePlain(to);
        look(w, call(caller, abi.encodeCall(registry.withdraw, (to))));
        ifChanged(w, that(false));
        assert(quiet(w).proved());
    }

    /// @notice What is final stays so as time goes by, with the same answer; and no phase comes again.
    function check_time(CommitmentId id, uint64 earlier, uint64 later) external {
        vm.assume(earlier <= later);
        vm.warp(earlier);
        (bool isFinal, bool isKept) = registry.kept(id);
        (Phase phase,) = registry.phase(id);
        vm.warp(later);
        (bool stillFinal, bool stillKept) = registry.kept(id);
        (Phase then,) = registry.phase(id);
        Claim stays = that(isFinal).implies(that(stillFinal) & that(stillKept == isKept) & that(then == phase));
        Claim agree = that(isFinal == phase.isFinal()) & that(isKept == (phase == Phase.Kept));
        assert((stays & agree & that(then >= phase)).proved());
    }

    // ------------------------------------------------------------------ actions with several checks

    function expose(bytes memory decision, bytes32 salt) private {
        Watch memory w = watch();
        Key memory key = anyKey("committer");
        bool ok = call(anyone("caller"), abi.encodeCall(registry.expose, (key, decision, salt)));
        step(w, key, ok);
        Claim shown = that(w.record.seal() == bytes23(sealHash(w.x, decision, salt)));
        ifChanged(w, that(w.after_.isIn(Phase.Exposed)) & shown);
        assert(quiet(w).proved());
    }

    function open(bytes memory decision, bytes32 salt, bool hasOffered) private {
        Key memory key = anyKey("caller");
        if (decision.length > 3) key.stake = Stake.wrap(svm.createUint(64, "nonce"));
        plant(idOf(key), Phase.Sealed, hasOffered);
        Watch memory w = watch();
        bool ok = call(key.committer, abi.encodeCall(registry.open, (key.stake, key.contentHash, decision, salt)));
        step(w, key, ok);
        ifChanged(w, openedTo(w, decision, salt));
        assert(quiet(w).proved());
    }

    function resolve(address caller, bytes memory decision) private {
        Watch memory w = watch();
        Resolution[] memory resolutions = new Resolution[](1);
        resolutions[0] = Resolution(anyKey("committer"), decision);
        bool ok = call(caller, abi.encodeCall(registry.resolve, (resolutions)));
        step(w, resolutions[0].key, ok);
        Claim verdict = that(w.record.isIn(Phase.Pending)) & that(w.record.seal() == bytes23(keccak256(decision)));
        Claim lapsed = that(w.after_.isIn(Phase.Unsealed)) | that(w.after_.isIn(Phase.Unrevealed));
        ifChanged(w, verdict | lapsed);
        assert(quiet(w).proved());
    }

    // ------------------------------------------------------------------ what is proved

    function watch() private returns (Watch memory w) {
        w.x = keyOf(svm.createAddress("watched"));
        w.id = idOf(w.x);
        w.record = registry.record(w.id);
        vm.assume(arises(w.record));
        w.standing = vm.load(address(registry), standingSlot(w.id));
        w.offering = CommitmentId.wrap(bytes25(svm.createBytes32("offering")));
        w.target = CommitmentId.wrap(bytes25(svm.createBytes32("target")));
        w.offer = vm.load(address(registry), offerSlot(w.offering, w.target));
        w.time = anytime();
    }

    /// @dev x after the call: where it changed, the call succeeded and the step is a legal one.
    function look(Watch memory w, bool ok) private view {
        w.after_ = registry.record(w.id);
        w.changed = that(Record.unwrap(w.after_) != Record.unwrap(w.record));
        w.standingKept = that(vm.load(address(registry), standingSlot(w.id)) == w.standing);
        w.offerKept = that(vm.load(address(registry), offerSlot(w.offering, w.target)) == w.offer);
        w.holds = that(true);
        ifChanged(w, that(ok) & legal(w, w.after_));
    }

    /// @dev The same for actions that name one commitment by its key: only that one changes.
    function step(Watch memory w, Key memory acted, bool ok) private view {
        assumeNoCollision(w.x, acted);
        look(w, ok);
        ifChanged(w, same(w.x, acted));
    }

    function ifChanged(Watch memory w, Claim claim) private pure {
        w.holds = w.holds & w.changed.implies(claim);
    }

    /// @dev All that was said of x, and no standing and no offer changed.
    function quiet(Watch memory w) private pure returns (Claim) {
        return w.holds & w.standingKept & w.offerKept;
    }

    /// @dev The steps that there are, each in its window.
    function legal(Watch memory w, Record after_) private view returns (Claim) {
        uint256 from = phaseOf(w.record);
        return that(arises(after_)) & that(from == uint256(Phase.Unpublished)).implies(created(w, after_))
            & that(from != uint256(Phase.Unpublished)).implies(lasting(w, after_) & moved(w, after_));
    }

    function created(Watch memory w, Record after_) private view returns (Claim) {
        uint256 fresh = (block.number << 40) | ((w.time + p.period) << 8) | uint256(Phase.Tentative);
        return that(Record.unwrap(after_) == fresh);
    }

    /// @dev Freeze time and place; refusals and offers once made.
    function lasting(Watch memory w, Record after_) private pure returns (Claim) {
        Record before = w.record;
        Claim open_ = that(w.time < before.freezeTime());
        Claim drawn = that(before.drawn()).implies(that(after_.drawn()))
            & that(before.drawn() == after_.drawn()).implies(that(after_.draw() == before.draw()))
            & that(before.drawn() != after_.drawn()).implies(open_);
        Claim declining = that(before.declinesAll()).implies(that(after_.declinesAll()))
            & that(before.declinesAll() != after_.declinesAll()).implies(open_ & that(before.isIn(Phase.Tentative)));
        Claim offering = that(before.hasOffered()).implies(that(after_.hasOffered()))
            & that(before.hasOffered() != after_.hasOffered()).implies(open_);
        return that(after_.freezeTime() == before.freezeTime()) & drawn & declining & offering;
    }

    function moved(Watch memory w, Record after_) private view returns (Claim) {
        (uint256 from, uint256 to) = (phaseOf(w.record), phaseOf(after_));
        Claim step_ = fromTentative(w, to) | fromSealed(w, to) | (that(from == uint256(Phase.Pending)) & decided(to));
        // The draw alone may still come to what is final already: revoked or exposed before its freeze.
        Claim alone = that(Record.unwrap(after_.withDraw(1)) == Record.unwrap(w.record.withDraw(1)));
        Claim stays = that(after_.seal() == w.record.seal()) & (that(from < uint256(Phase.Kept)) | alone);
        Claim emptied = that(to < uint256(Phase.Kept)) | that(after_.seal() == 0);
        return that(from == to).implies(stays) & that(from != to).implies(step_ & emptied);
    }

    function fromTentative(Watch memory w, uint256 to) private view returns (Claim) {
        uint256 freeze = w.record.freezeTime();
        Claim early = that(w.time < freeze);
        Claim ripe = that(freeze - p.period + p.sealDelay <= w.time);
        return that(w.record.isIn(Phase.Tentative))
            & ((that(to == uint256(Phase.Sealed)) & ripe & early)
                | (that(to == uint256(Phase.Revoked)) & early)
                | (that(to == uint256(Phase.Unsealed)) & that(freeze <= w.time)));
    }

    function fromSealed(Watch memory w, uint256 to) private view returns (Claim) {
        uint256 freeze = w.record.freezeTime();
        Claim revealing = that(freeze <= w.time) & that(w.time <= freeze + p.revealWindow);
        Claim opened = decided(to) | that(to == uint256(Phase.Pending)) | that(to == uint256(Phase.InvalidDecision));
        return that(w.record.isIn(Phase.Sealed))
            & ((that(to == uint256(Phase.Exposed)) & that(w.time < freeze))
                | (that(to == uint256(Phase.Unrevealed)) & that(freeze + p.revealWindow < w.time))
                | (opened & revealing));
    }

    function decided(uint256 to) private pure returns (Claim) {
        return that(to == uint256(Phase.Kept)) | that(to == uint256(Phase.RevertedByDecision));
    }

    function sealedTo(Watch memory w, bytes23 seal) private pure returns (Claim) {
        return that(w.after_.isIn(Phase.Sealed)) & that(w.after_.seal() == seal);
    }

    function openedTo(Watch memory w, bytes memory decision, bytes32 salt) private view returns (Claim) {
        Record r = w.after_;
        Claim opening =
            that(w.record.isIn(Phase.Sealed)) & that(w.record.seal() == bytes23(sealHash(w.x, decision, salt)));
        Claim pending = that(r.isIn(Phase.Pending)).implies(that(r.seal() == bytes23(keccak256(decision))));
        return opening & pending & that(!r.isIn(Phase.Exposed)) & that(!r.isIn(Phase.Unrevealed));
    }

    function packed(Signature memory signature) private pure returns (bytes memory) {
        return abi.encodePacked(signature.r, signature.s, signature.v);
    }

    function signedBy(Watch memory w, bytes32 request, Signature memory signature) private view returns (Claim) {
        return that(ecrecover(digest(request), signature.v, signature.r, signature.s) == w.x.committer);
    }
}
