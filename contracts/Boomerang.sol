// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Enforcer} from "./Enforcer.sol";
import {Groups} from "./Groups.sol";
import {IBoomerang, Key, Obstacle, Parameters, Resolution} from "./interfaces/IBoomerang.sol";
import {IEnforcer} from "./interfaces/IEnforcer.sol";
import {IGroups} from "./interfaces/IGroups.sol";
import {Decisions} from "./libraries/Decisions.sol";
import {Identity} from "./libraries/Identity.sol";
import {Logs} from "./libraries/Logs.sol";
import {Order} from "./libraries/Order.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {CommitmentId} from "./types/CommitmentId.sol";
import {DECLINED, Offer, newOffer} from "./types/Offer.sol";
import {Phase} from "./types/Phase.sol";
import {DECLINES_ALL, EXECUTED, Record, newRecord} from "./types/Record.sol";
import {Stake} from "./types/Stake.sol";
import {Standing, newStanding} from "./types/Standing.sol";

/// @title Boomerang
/// @notice The registry: see {IBoomerang}. Section numbers refer to the protocol in docs/protocol.md.
contract Boomerang is IBoomerang, EIP712 {
    bytes32 private constant SEAL_REQUEST_TYPEHASH =
        keccak256("SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)");
    bytes32 private constant REVOKE_REQUEST_TYPEHASH = keccak256("RevokeRequest(bytes25 id,uint256 deadline)");
    bytes32 private constant PUBLISH_REQUEST_TYPEHASH =
        keccak256("PublishRequest(uint256 stake,bytes32 topic,bytes body,uint256 deadline)");
    bytes32 private constant OFFER_REQUEST_TYPEHASH =
        keccak256("OfferRequest(bytes25 id,bytes25 target,bytes25 floor,uint8 depth,uint256 deadline)");
    bytes32 private constant DECLINE_REQUEST_TYPEHASH =
        keccak256("DeclineRequest(bytes25 id,bytes25 offering,uint256 deadline)");
    uint256 private constant BASIS_POINTS = 10_000;

    /// @dev Whoever looks: a commitment whose decision names others, with its floor and depth (section 6).
    struct Viewer {
        CommitmentId id;
        Record record;
        CommitmentId floor;
        Record floorRecord;
        uint256 depth;
    }

    /// @dev The chain of deployment, for good: if the chain forks and renumbers, commitments and their bonds keep their names.
    uint256 private immutable CHAIN_ID = block.chainid;

    uint256 private immutable PERIOD;
    uint256 private immutable SEAL_DELAY;
    /// @dev PERIOD - SEAL_DELAY: seals are accepted from so long before the freeze.
    uint256 private immutable SEAL_LEAD;
    uint256 private immutable REVEAL_WINDOW;
    uint256 private immutable OFFER_CUTOFF;
    uint256 private immutable DECLINE_DELAY;
    uint256 private immutable MAX_DEPTH;
    uint256 private immutable DRAW_DELAY;
    uint256 private immutable EXPOSER_SHARE;
    uint256 private immutable MIN_BOND;
    uint256 private immutable FEE;

    IEnforcer private immutable ENFORCER;
    IGroups private immutable GROUPS;

    /// @dev Structs of one word, so that code can hold on to where they are.
    struct Slot {
        Record record;
    }

    struct OfferSlot {
        Offer made;
    }

    mapping(CommitmentId id => Slot) private _slots;
    mapping(CommitmentId id => Standing) private _standings;
    mapping(CommitmentId offering => mapping(CommitmentId target => OfferSlot)) private _offers;
    mapping(address account => uint256) public owed;

    constructor(Parameters memory p) EIP712("Boomerang", "1") {
        _require(p.period <= 365 days, "period");
        _require(p.sealDelay != 0 && p.sealDelay < p.period, "sealDelay");
        _require(p.revealWindow != 0, "revealWindow");
        // Later than declineDelay, so that the last offer too can be declined before the freeze.
        _require(p.offerCutoff > p.declineDelay && p.offerCutoff < p.period, "offerCutoff");
        _require(p.drawDelay != 0 && p.drawDelay <= 200, "drawDelay");
        // Something must burn, or exposing oneself through a friend would be free.
        _require(p.exposerShare <= 9000, "exposerShare");
        PERIOD = p.period;
        SEAL_DELAY = p.sealDelay;
        SEAL_LEAD = p.period - p.sealDelay;
        REVEAL_WINDOW = p.revealWindow;
        OFFER_CUTOFF = p.offerCutoff;
        DECLINE_DELAY = p.declineDelay;
        MAX_DEPTH = p.maxDepth;
        DRAW_DELAY = p.drawDelay;
        EXPOSER_SHARE = p.exposerShare;
        MIN_BOND = p.minBond;
        FEE = p.fee;
        ENFORCER = new Enforcer();
        GROUPS = new Groups(p.offerCutoff);
    }

    function _require(bool good, string memory parameter) private pure {
        if (!good) revert Boomerang_BadParameter(parameter);
    }

    // ------------------------------------------------------------------ publication

    /// @inheritdoc IBoomerang
    function publish(Stake stake, bytes32 topic, bytes calldata body) external payable returns (CommitmentId id) {
        id = _publish(msg.sender, stake, topic, body);
        if (stake.flags() != 0) _collect(id, msg.sender, stake, body, body[:0]);
    }

    /// @inheritdoc IBoomerang
    function publishFunded(
        Stake stake,
        bytes32 topic,
        bytes calldata body,
        bytes calldata funding
    ) external payable returns (CommitmentId id) {
        id = _publish(msg.sender, stake, topic, body);
        if (stake.flags() != 0) _collect(id, msg.sender, stake, body, funding);
    }

    /// @inheritdoc IBoomerang
    function publishFor(
        address committer,
        Stake stake,
        bytes32 topic,
        bytes calldata body,
        bytes calldata funding,
        uint256 deadline,
        bytes calldata signature
    ) external payable returns (CommitmentId id) {
        bytes32 request = keccak256(abi.encode(PUBLISH_REQUEST_TYPEHASH, stake, topic, Identity.hashOf(body), deadline));
        _requireAccount(committer, request, deadline, signature);
        id = _publish(committer, stake, topic, body);
        if (stake.flags() != 0) _collect(id, committer, stake, body, funding);
    }

    function _publish(
        address committer,
        Stake stake,
        bytes32 topic,
        bytes calldata body
    ) private returns (CommitmentId id) {
        uint256 required = stake.bond();
        if (required < MIN_BOND) revert Boomerang_BondTooLow(required, MIN_BOND);
        if (stake.cover() > required) revert Boomerang_CoverExceedsBond(stake.cover(), required);
        // Safe: both have 96 bits.
        unchecked {
            required += FEE;
        }
        // With clauses, what comes beyond it is ether for the escrow.
        if (msg.value != required && (stake.flags() == 0 || msg.value < required)) {
            revert Boomerang_WrongValue(msg.value, required);
        }
        id = Identity.idOf(CHAIN_ID, committer, stake, Identity.contentHash(topic, body));
        Slot storage slot = _slots[id];
        if (!slot.record.isIn(Phase.Unpublished)) revert Boomerang_AlreadyPublished(id);
        // Safe: PERIOD is at most a year.
        unchecked {
            uint256 freezeTime = block.timestamp + PERIOD;
            if ((freezeTime | block.number) > type(uint32).max) revert Boomerang_OutOfRange();
            slot.record = newRecord(freezeTime, block.number);
        }
        // emit Published(id, committer, topic, stake, body)
        Logs.emit3(Published.selector, id, committer, topic, Stake.unwrap(stake), body);
    }

    /// @dev Section 9. The enforcer refuses clauses that may not be published.
    function _collect(
        CommitmentId id,
        address committer,
        Stake stake,
        bytes calldata body,
        bytes calldata funding
    ) private {
        if (!stake.hasClauses()) revert Boomerang_MalformedStake(stake);
        uint256 escrowed = msg.value - stake.bond() - FEE;
        ENFORCER.collect{value: escrowed}(id, committer, body, funding, _latestResolution(block.timestamp + PERIOD));
    }

    // ------------------------------------------------------------------ order

    /// @inheritdoc IBoomerang
    function draw(CommitmentId[] calldata ids) external {
        for (uint256 i; i < ids.length; ++i) {
            CommitmentId id = ids[i];
            (Slot storage slot, Record r) = _known(id);
            if (r.drawn()) continue;
            // A draw recorded after the freeze would change what is allowed after decisions were sealed.
            _requireBefore(id, r.freezeTime());
            bool known;
            (known, r) = Order.tryDraw(r, id, DRAW_DELAY);
            if (!known) revert Boomerang_SeedUnavailable(id, r.publishBlock() + DRAW_DELAY);
            slot.record = r;
            emit Drawn(id, r.draw());
        }
    }

    // ------------------------------------------------------------------ before the freeze

    /// @inheritdoc IBoomerang
    function seal(Stake stake, bytes32 contentHash, bytes23 seal_) external {
        _requirePlainKey();
        (CommitmentId id, Slot storage slot, Record r) = _ownIn(Phase.Tentative, stake, contentHash);
        _seal(id, slot, r, seal_);
    }

    /// @inheritdoc IBoomerang
    function sealWithData(Stake stake, bytes32 contentHash, bytes23 seal_, bytes calldata extra) external {
        _requirePlainKey();
        (CommitmentId id, Slot storage slot, Record r) = _ownIn(Phase.Tentative, stake, contentHash);
        _seal(id, slot, r, seal_);
        emit SealData(id, extra);
    }

    /// @inheritdoc IBoomerang
    function sealFor(
        Key calldata key,
        bytes23 seal_,
        bytes calldata extra,
        uint256 deadline,
        bytes calldata signature
    ) external {
        (CommitmentId id, Slot storage slot, Record r) = _knownIn(Phase.Tentative, key);
        bytes32 request = keccak256(abi.encode(SEAL_REQUEST_TYPEHASH, id, seal_, keccak256(extra), deadline));
        _requireSignature(key.committer, request, deadline, signature);
        _seal(id, slot, r, seal_);
        if (extra.length != 0) emit SealData(id, extra);
    }

    /// @inheritdoc IBoomerang
    function revoke(Stake stake, bytes32 contentHash) external {
        _requirePlainKey();
        (CommitmentId id, Slot storage slot, Record r) = _ownIn(Phase.Tentative, stake, contentHash);
        _revoke(id, slot, r, msg.sender, stake.bond());
    }

    /// @inheritdoc IBoomerang
    function revokeFor(Key calldata key, uint256 deadline, bytes calldata signature) external {
        (CommitmentId id, Slot storage slot, Record r) = _knownIn(Phase.Tentative, key);
        bytes32 request = keccak256(abi.encode(REVOKE_REQUEST_TYPEHASH, id, deadline));
        _requireSignature(key.committer, request, deadline, signature);
        _revoke(id, slot, r, key.committer, key.stake.bond());
    }

    /// @inheritdoc IBoomerang
    function expose(Key calldata key, bytes calldata decision, bytes32 salt) external {
        (CommitmentId id, Slot storage slot, Record r) = _knownIn(Phase.Sealed, key);
        uint256 freezeTime = r.freezeTime();
        if (block.timestamp >= freezeTime) revert Boomerang_TooLate(id, freezeTime, block.timestamp);
        _requireOpening(id, r, key.committer, decision, salt);

        // The rest of the bond burns: it stays here, owed to nobody.
        uint256 reward;
        // Safe: a bond has 96 bits, the share 16.
        unchecked {
            reward = (key.stake.bond() * EXPOSER_SHARE) / BASIS_POINTS;
        }
        slot.record = r.entering(Phase.Exposed, bytes23(0));
        // emit Exposed(id, msg.sender, reward, decision)
        Logs.emit2(Exposed.selector, id, msg.sender, reward, decision);
        _pay(msg.sender, reward);
    }

    function _seal(CommitmentId id, Slot storage slot, Record r, bytes23 seal_) private {
        // Safe: the freeze is PERIOD after the publication, and SEAL_LEAD is less than that.
        unchecked {
            uint256 freezeTime = r.freezeTime();
            _requireFrom(id, freezeTime - SEAL_LEAD);
            _requireBefore(id, freezeTime);
        }

        // Whether it could be drawn does not matter here: the record comes back as it was where it could not.
        // slither-disable-next-line unused-return
        if (!r.drawn()) (, r) = Order.tryDraw(r, id, DRAW_DELAY);
        r = r.entering(Phase.Sealed, seal_);
        slot.record = r;
        emit Sealed(id, r);
    }

    function _revoke(CommitmentId id, Slot storage slot, Record r, address committer, uint256 bond) private {
        _requireBefore(id, r.freezeTime());
        // The caller has seen that it is not sealed: revoking then would dodge an exposure that the owner sees coming.
        slot.record = r.entering(Phase.Revoked, bytes23(0));
        emit Revoked(id);
        _pay(committer, bond);
    }

    // ------------------------------------------------------------------ offers (section 6)

    /// @inheritdoc IBoomerang
    function offer(Stake stake, bytes32 contentHash, CommitmentId target) external {
        (CommitmentId y, Slot storage slot, Record r) = _own(stake, contentHash);
        _offer(y, slot, r, target);
    }

    /// @inheritdoc IBoomerang
    function offerFor(
        Key calldata key,
        CommitmentId target,
        CommitmentId floor,
        uint8 depth,
        uint256 deadline,
        bytes calldata signature
    ) external {
        (CommitmentId y, Slot storage slot, Record r) = _known(key);
        bytes32 request = keccak256(abi.encode(OFFER_REQUEST_TYPEHASH, y, target, floor, depth, deadline));
        _requireAccount(key.committer, request, deadline, signature);
        (CommitmentId recordedFloor, uint256 recordedDepth) = _offer(y, slot, r, target);
        if (recordedFloor != floor || recordedDepth != depth) {
            revert Boomerang_OfferMoved(recordedFloor, recordedDepth);
        }
    }

    /// @return floor and depth: what the offer records
    function _offer(
        CommitmentId y,
        Slot storage slot,
        Record yRecord,
        CommitmentId target
    ) private returns (CommitmentId floor, uint256 depth) {
        if (target == y) revert Boomerang_SelfOffer(y);
        _requireNotFinal(y, yRecord);
        // Its floor and depth are its group's, whose other members have agreed to what they are.
        if (yRecord.inGroup()) revert Boomerang_InGroup(y);
        (, Record xRecord) = _known(target);
        _requireNotFinal(target, xRecord);
        if (!_before(target, xRecord, y, yRecord)) revert Boomerang_NotLater(y, target);
        _requireBefore(target, xRecord.freezeTime() - OFFER_CUTOFF + 1);

        OfferSlot storage offerSlot = _offers[y][target];
        Offer made = offerSlot.made;
        if (_declined(made, xRecord)) revert Boomerang_Declined(y, target);

        (floor, depth) = _standing(target, xRecord);
        // Safe: a depth has 8 bits.
        unchecked {
            ++depth;
        }
        if (depth > MAX_DEPTH) revert Boomerang_TooDeep(target, depth, MAX_DEPTH);
        (CommitmentId ownFloor, uint256 ownDepth) = _standing(y, yRecord);
        if (floor != ownFloor) {
            // Each record is read where it is not at hand already.
            Record floorRecord = floor == target ? xRecord : _slots[floor].record;
            Record ownFloorRecord = ownFloor == y ? yRecord : _slots[ownFloor].record;
            if (!_before(floor, floorRecord, ownFloor, ownFloorRecord)) floor = ownFloor;
        }
        if (ownDepth > depth) depth = ownDepth;

        if (!yRecord.hasOffered()) slot.record = yRecord.offering();
        _standings[y] = newStanding(floor, depth);
        // The time of the first offer stays, so that repeating it puts off no decline.
        offerSlot.made = newOffer(floor, depth, made.exists() ? made.firstMade() : block.timestamp);
        emit Offered(y, target, floor, uint8(depth));
    }

    /// @inheritdoc IBoomerang
    function decline(Stake stake, bytes32 contentHash, CommitmentId offering) external {
        (CommitmentId id,, Record r) = _ownIn(Phase.Tentative, stake, contentHash);
        _decline(id, r, offering);
    }

    /// @inheritdoc IBoomerang
    function declineFor(Key calldata key, CommitmentId offering, uint256 deadline, bytes calldata signature) external {
        (CommitmentId id, Slot storage slot, Record r) = _knownIn(Phase.Tentative, key);
        bytes32 request = keccak256(abi.encode(DECLINE_REQUEST_TYPEHASH, id, offering, deadline));
        _requireAccount(key.committer, request, deadline, signature);
        if (CommitmentId.unwrap(offering) == 0) _declineAll(id, slot, r);
        else _decline(id, r, offering);
    }

    function _decline(CommitmentId id, Record r, CommitmentId offering) private {
        uint256 freezeTime = r.freezeTime();
        if (block.timestamp >= freezeTime) revert Boomerang_TooLate(id, freezeTime, block.timestamp);
        OfferSlot storage offerSlot = _offers[offering][id];
        Offer made = offerSlot.made;
        if (_declined(made, r)) revert Boomerang_Declined(offering, id);
        if (!made.exists()) revert Boomerang_NoOffer(offering, id);
        // Safe: both have 32 bits.
        unchecked {
            _requireFrom(id, made.firstMade() + DECLINE_DELAY);
        }
        offerSlot.made = made.declining();
        emit Declined(offering, id);
    }

    /// @inheritdoc IBoomerang
    function declineAll(Stake stake, bytes32 contentHash) external {
        (CommitmentId id, Slot storage slot, Record r) = _ownIn(Phase.Tentative, stake, contentHash);
        _declineAll(id, slot, r);
    }

    function _declineAll(CommitmentId id, Slot storage slot, Record r) private {
        _requireBefore(id, r.freezeTime());
        if (r.declinesAll()) revert Boomerang_Declined(CommitmentId.wrap(0), id);
        slot.record = r.decliningAll();
        emit DeclinedAll(id);
    }

    // ------------------------------------------------------------------ after the freeze (section 7)

    /// @inheritdoc IBoomerang
    function open(Stake stake, bytes32 contentHash, bytes calldata decision, bytes32 salt) external {
        (CommitmentId id, Slot storage slot, Record r) = _ownIn(Phase.Sealed, stake, contentHash);
        Key[] calldata none;
        // Safe: an array without elements, wherever it starts.
        assembly ("memory-safe") {
            none.offset := 0
            none.length := 0
        }
        _open(id, slot, r, msg.sender, stake, decision, salt, none);
    }

    /// @inheritdoc IBoomerang
    function openFor(Key calldata key, bytes calldata decision, bytes32 salt, Key[] calldata dependencies) external {
        (CommitmentId id, Slot storage slot, Record r) = _knownIn(Phase.Sealed, key);
        _open(id, slot, r, key.committer, key.stake, decision, salt, dependencies);
    }

    function _open(
        CommitmentId id,
        Slot storage slot,
        Record r,
        address committer,
        Stake stake,
        bytes calldata decision,
        bytes32 salt,
        Key[] calldata dependencies
    ) private {
        // Safe: times have 32 bits.
        unchecked {
            uint256 freezeTime = r.freezeTime();
            _requireFrom(id, freezeTime);
            _requireBefore(id, freezeTime + REVEAL_WINDOW + 1);
        }
        bytes32 decisionHash = _requireOpening(id, r, committer, decision, salt);

        bool together = r.inGroup() && _isGroupComplete(id);
        if (!together && Decisions.isKeep(decision)) {
            slot.record = r.entering(Phase.Kept, bytes23(0));
            emit OpenedKeep(id);
        } else {
            Phase result = together
                ? GROUPS.judge(id, decision, dependencies)
                : _judge(_viewer(id, r), stake.cover(), decision, dependencies);
            // While it is pending, the seal's place keeps the decision's hash, for whoever resolves it.
            slot.record = r.entering(result, result == Phase.Pending ? bytes23(decisionHash) : bytes23(0));
            // emit Opened(id, result, decision)
            Logs.emit1(Opened.selector, id, uint256(result), decision);
        }
        _pay(committer, stake.bond());
    }

    /// @inheritdoc IBoomerang
    function resolve(Resolution[] calldata resolutions) external {
        uint256[] memory refunds = new uint256[](resolutions.length);
        for (uint256 i; i < resolutions.length; ++i) {
            refunds[i] = _resolve(resolutions[i]);
        }
        // Not before all is settled: a receiver could resolve what comes later in the list, which would have all of it refused.
        for (uint256 i; i < resolutions.length; ++i) {
            _pay(resolutions[i].key.committer, refunds[i]);
        }
    }

    /// @return refund what its committer is to be paid
    function _resolve(Resolution calldata resolution) private returns (uint256 refund) {
        Key calldata key = resolution.key;
        (CommitmentId id, Slot storage slot, Record r) = _known(key);
        Phase result = _lapsed(id, r);
        if (result == Phase.Unpublished) {
            _requirePhase(id, r, Phase.Pending);
            if (r.inGroup() && _isGroupComplete(id)) revert Boomerang_InGroup(id);
            _requireDecision(id, r, resolution.decision);
            (bool all, uint256 answers, CommitmentId waitsFor) = _outcomes(resolution.decision);
            if (!all) revert Boomerang_DependencyPending(id, waitsFor);
            result = _verdict(resolution.decision, answers);
        } else if (result == Phase.Unsealed) {
            refund = key.stake.bond();
        }
        slot.record = r.entering(result, bytes23(0));
        emit Resolved(id, result);
    }

    /// @dev What became of a commitment that was never sealed, or never opened; refused while there is time.
    /// @return Unpublished where it was opened, or is final
    function _lapsed(CommitmentId id, Record r) private view returns (Phase) {
        Phase stored = r.phase();
        if (stored == Phase.Tentative) {
            _requireFrom(id, r.freezeTime());
            return Phase.Unsealed;
        }
        if (stored == Phase.Sealed) {
            // The bond burns: paid to opponents, it would be a reward for censorship.
            _requireFrom(id, r.freezeTime() + REVEAL_WINDOW + 1);
            return Phase.Unrevealed;
        }
        return Phase.Unpublished;
    }

    /// @inheritdoc IBoomerang
    function begin(Key calldata key) external returns (CommitmentId id, bool isKept) {
        _requirePart(address(ENFORCER));
        Slot storage slot;
        Record r;
        (id, slot, r) = _known(key);
        Phase current = _current(r);
        if (!current.isFinal()) revert Boomerang_NotFinal(id);
        isKept = current == Phase.Kept;
        bool lapsed = !r.phase().isFinal();
        if (!lapsed && r.executed()) revert Boomerang_AlreadyExecuted(id);
        slot.record = r.entering(current, EXECUTED);
        if (lapsed) {
            emit Resolved(id, current);
            if (current == Phase.Unsealed) _pay(key.committer, key.stake.bond());
        }
    }

    // ------------------------------------------------------------------ groups (section 7)

    /// @inheritdoc IBoomerang
    function enterGroup(CommitmentId id) external {
        _requirePart(address(GROUPS));
        Slot storage slot = _slots[id];
        slot.record = slot.record.joining();
    }

    /// @inheritdoc IBoomerang
    function settleGroup(CommitmentId[] calldata ids, uint256 kept_) external {
        _requirePart(address(GROUPS));
        for (uint256 i; i < ids.length; ++i) {
            Slot storage slot = _slots[ids[i]];
            Record r = slot.record;
            if (!r.isIn(Phase.Pending)) continue;
            Phase result = (kept_ >> i) & 1 == 1 ? Phase.Kept : Phase.RevertedByDecision;
            slot.record = r.entering(result, bytes23(0));
            emit Resolved(ids[i], result);
        }
    }

    /// @dev For a commitment that has joined one.
    function _isGroupComplete(CommitmentId id) private view returns (bool complete) {
        // slither-disable-next-line unused-return
        (complete,,,) = GROUPS.node(id);
    }

    function _requirePart(address part) private view {
        if (msg.sender != part) revert Boomerang_NotPart(msg.sender);
    }

    /// @dev What an opening comes to. Every input to the question whether it is valid is fixed by the freeze, so the answer is the
    /// same whenever it is opened. Every atom counts, whatever its value could matter.
    function _judge(
        Viewer memory x,
        uint256 cover,
        bytes calldata decision,
        Key[] calldata dependencies
    ) private view returns (Phase) {
        if (!Decisions.wellFormed(decision)) return Phase.InvalidDecision;
        (bool found, CommitmentId atom, uint256 next) = Decisions.nextAtom(decision, 0);
        uint256 answers;
        bool pending;
        for (uint256 i; found; ++i) {
            Record atomRecord = _slots[atom].record;
            if (_obstacle(x, atom, atomRecord) != Obstacle.None) return Phase.InvalidDecision;
            // Else the decision could lean on a commitment with a small bond, which falls silent instead.
            if (cover != 0 && _coverOf(atom, atomRecord, i, dependencies) < cover) return Phase.InvalidDecision;
            Phase phase_ = _current(atomRecord);
            if (!phase_.isFinal()) pending = true;
            else if (phase_ == Phase.Kept) answers |= 1 << i;
            (found, atom, next) = Decisions.nextAtom(decision, next);
        }
        return pending ? Phase.Pending : _verdict(decision, answers);
    }

    /// @dev Section 6: why a decision on x may not name y. Backward when y < F(x); forward by an offer of y that x did not decline,
    /// whose recorded floor is at most F(x) and whose recorded depth exceeds x's. Along any step the floor never rises; backward it
    /// falls, forward the depth rises: so nothing can loop.
    function _obstacle(Viewer memory x, CommitmentId y, Record yRecord) private view returns (Obstacle) {
        if (yRecord.isIn(Phase.Unpublished)) return Obstacle.Unknown;
        if (x.record.inGroup() && yRecord.inGroup()) {
            (bool same, bool complete) = GROUPS.together(x.id, y);
            if (same) return complete ? Obstacle.None : Obstacle.GroupVoid;
        }
        if (x.id == y) return Obstacle.Self;
        (bool decided, bool before) = Order.precedes(yRecord, x.floorRecord);
        if (before) return Obstacle.None;

        Offer made = _offers[y][x.id].made;
        if (!made.exists()) return decided || y == x.floor ? Obstacle.NotOffered : Obstacle.Tied;
        if (_declined(made, x.record)) return Obstacle.Declined;
        CommitmentId recorded = made.floor();
        if (recorded != x.floor) {
            // An undecided order is never lower.
            // slither-disable-next-line unused-return
            (, bool lower) = Order.precedes(_slots[recorded].record, x.floorRecord);
            if (!lower) return Obstacle.OfferFell;
        }
        return x.depth < made.depth() ? Obstacle.None : Obstacle.TooShallow;
    }

    function _viewer(CommitmentId id, Record r) private view returns (Viewer memory x) {
        x.id = id;
        x.record = r;
        (x.floor, x.depth) = _standing(id, r);
        x.floorRecord = x.floor == id ? r : _slots[x.floor].record;
    }

    /// @dev The cover of a decision's i-th atom, which its key proves.
    function _coverOf(
        CommitmentId atom,
        Record atomRecord,
        uint256 i,
        Key[] calldata keys
    ) private view returns (uint256) {
        if (i >= keys.length || _idOf(keys[i]) != atom) revert Boomerang_KeyMissing(atom);
        return _nodeCover(atom, atomRecord, keys[i].stake);
    }

    /// @dev A commitment's cover; in a complete group the smallest of its members'.
    function _nodeCover(CommitmentId id, Record r, Stake stake) private view returns (uint256) {
        if (r.inGroup()) {
            // slither-disable-next-line unused-return
            (bool complete,,, uint96 cover) = GROUPS.node(id);
            if (complete) return cover;
        }
        return stake.cover();
    }

    /// @return all whether every atom is final
    /// @return answers bit i: whether the i-th atom is kept
    /// @return waitsFor the first atom that is not final
    function _outcomes(bytes calldata decision)
        private
        view
        returns (bool all, uint256 answers, CommitmentId waitsFor)
    {
        (bool found, CommitmentId atom, uint256 next) = Decisions.nextAtom(decision, 0);
        for (uint256 i; found; ++i) {
            Phase phase_ = _phase(atom);
            if (!phase_.isFinal()) return (false, 0, atom);
            if (phase_ == Phase.Kept) answers |= 1 << i;
            (found, atom, next) = Decisions.nextAtom(decision, next);
        }
        all = true;
    }

    function _verdict(bytes calldata decision, uint256 answers) private pure returns (Phase) {
        return Decisions.evaluate(decision, answers) ? Phase.Kept : Phase.RevertedByDecision;
    }

    // ------------------------------------------------------------------ money

    /// @inheritdoc IBoomerang
    function withdraw(address payable to) external {
        _withdraw(msg.sender, to);
    }

    /// @inheritdoc IBoomerang
    function deliver(address payable account) external {
        _withdraw(account, account);
    }

    function _withdraw(address account, address payable to) private {
        uint256 amount = owed[account];
        if (amount == 0) revert Boomerang_NothingOwed(account);
        owed[account] = 0;
        emit Withdrawn(account, to, amount);
        (bool delivered,) = to.call{value: amount}("");
        if (!delivered) revert Boomerang_TransferFailed(to);
    }

    /// @dev The last thing that an action does: all state is settled when the receiver's code runs.
    function _pay(address to, uint256 amount) private {
        if (amount == 0 || Payouts.trySend(to, amount)) return;
        owed[to] += amount;
        emit Credited(to, amount);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IBoomerang
    function enforcer() external view returns (address) {
        return address(ENFORCER);
    }

    /// @inheritdoc IBoomerang
    function groups() external view returns (address) {
        return address(GROUPS);
    }

    /// @inheritdoc IBoomerang
    function parameters() external view returns (Parameters memory) {
        // Safe: each came from the field of that size.
        return Parameters({
            period: uint32(PERIOD),
            sealDelay: uint32(SEAL_DELAY),
            revealWindow: uint32(REVEAL_WINDOW),
            offerCutoff: uint32(OFFER_CUTOFF),
            declineDelay: uint32(DECLINE_DELAY),
            maxDepth: uint8(MAX_DEPTH),
            drawDelay: uint8(DRAW_DELAY),
            exposerShare: uint16(EXPOSER_SHARE),
            minBond: uint96(MIN_BOND),
            fee: uint96(FEE)
        });
    }

    /// @inheritdoc IBoomerang
    function commitmentId(Key calldata key) external view returns (CommitmentId) {
        return _idOf(key);
    }

    /// @inheritdoc IBoomerang
    function phase(CommitmentId id) external view returns (Phase current, uint256 nextDeadline) {
        Record r = _slots[id].record;
        current = _current(r);
        uint256 freezeTime = r.freezeTime();
        if (current == Phase.Tentative) {
            uint256 opensAt = freezeTime - SEAL_LEAD;
            nextDeadline = block.timestamp < opensAt ? opensAt : freezeTime;
        } else if (current == Phase.Sealed) {
            nextDeadline = freezeTime;
        } else if (current == Phase.Revealing) {
            nextDeadline = freezeTime + REVEAL_WINDOW;
        } else if (current == Phase.Pending) {
            nextDeadline = _latestResolution(freezeTime);
        }
    }

    /// @inheritdoc IBoomerang
    function kept(CommitmentId id) external view returns (bool isFinal, bool isKept) {
        Phase current = _phase(id);
        return (current.isFinal(), current == Phase.Kept);
    }

    /// @inheritdoc IBoomerang
    function record(CommitmentId id) external view returns (Record) {
        return _slots[id].record;
    }

    /// @inheritdoc IBoomerang
    function precedes(CommitmentId x, CommitmentId y) external view returns (bool decided, bool before) {
        (, Record xRecord) = _known(x);
        (, Record yRecord) = _known(y);
        return Order.precedes(xRecord, yRecord);
    }

    /// @inheritdoc IBoomerang
    function standing(CommitmentId x) external view returns (CommitmentId floor, uint8 depth) {
        (, Record r) = _known(x);
        uint256 d;
        (floor, d) = _standing(x, r);
        depth = uint8(d);
    }

    /// @inheritdoc IBoomerang
    function offerOf(
        CommitmentId offering,
        CommitmentId target
    ) external view returns (CommitmentId floor, uint8 depth, uint256 firstMade, bool declined) {
        Offer made = _offers[offering][target].made;
        return (made.floor(), uint8(made.depth()), made.firstMade(), made.declined());
    }

    /// @inheritdoc IBoomerang
    function mayCondition(Key calldata x, Key calldata y) external view returns (Obstacle found) {
        CommitmentId id = _idOf(x);
        CommitmentId atom = _idOf(y);
        found = obstacle(id, atom);
        if (found != Obstacle.None) return found;
        uint256 cover = _nodeCover(id, _slots[id].record, x.stake);
        if (_nodeCover(atom, _slots[atom].record, y.stake) < cover) return Obstacle.CoverTooLow;
    }

    /// @inheritdoc IBoomerang
    function obstacle(CommitmentId x, CommitmentId y) public view returns (Obstacle) {
        Record r = _slots[x].record;
        if (r.isIn(Phase.Unpublished)) return Obstacle.Unknown;
        return _obstacle(_viewer(x, r), y, _slots[y].record);
    }

    /// @inheritdoc IBoomerang
    function resolvable(
        CommitmentId id,
        bytes calldata decision
    ) external view returns (bool now_, CommitmentId waitsFor) {
        (, Record r) = _known(id);
        Phase stored = r.phase();
        if (stored == Phase.Pending) {
            _requireDecision(id, r, decision);
            // Its group resolves it.
            if (!r.inGroup() || !_isGroupComplete(id)) (now_,, waitsFor) = _outcomes(decision);
        } else {
            // Lapsed, and nobody has said so yet.
            now_ = !stored.isFinal() && _current(r).isFinal();
        }
    }

    /// @inheritdoc IBoomerang
    function latestResolution(CommitmentId id) external view returns (uint256) {
        Record r = _slots[id].record;
        return r.isIn(Phase.Unpublished) ? 0 : _latestResolution(r.freezeTime());
    }

    function _latestResolution(uint256 freezeTime) private view returns (uint256) {
        // Each commitment of a chain of conditions may stand for a group, whose last member freezes so much later than its first.
        return freezeTime + (2 * MAX_DEPTH + 1) * (PERIOD - OFFER_CUTOFF) + REVEAL_WINDOW;
    }

    // ------------------------------------------------------------------ what the rules are made of

    function _standing(CommitmentId x, Record r) private view returns (CommitmentId floor, uint256 depth) {
        if (r.inGroup()) {
            bool complete;
            // slither-disable-next-line unused-return
            (complete, floor, depth,) = GROUPS.node(x);
            if (complete) return (floor, depth);
        }
        // The record's flag spares most commitments the reading of a slot.
        if (!r.hasOffered()) return (x, 0);
        Standing s = _standings[x];
        return (s.floor(), s.depth());
    }

    function _phase(CommitmentId id) private view returns (Phase) {
        return _current(_slots[id].record);
    }

    /// @dev The stored phase, and what time alone has made of it.
    function _current(Record r) private view returns (Phase stored) {
        stored = r.phase();
        if (stored == Phase.Tentative) {
            if (block.timestamp >= r.freezeTime()) return Phase.Unsealed;
        } else if (stored == Phase.Sealed) {
            uint256 freezeTime = r.freezeTime();
            if (block.timestamp > freezeTime + REVEAL_WINDOW) return Phase.Unrevealed;
            if (block.timestamp >= freezeTime) return Phase.Revealing;
        }
    }

    function _known(CommitmentId id) private view returns (Slot storage slot, Record r) {
        slot = _slots[id];
        r = slot.record;
        if (r.isIn(Phase.Unpublished)) revert Boomerang_UnknownCommitment(id);
    }

    function _known(Key calldata key) private view returns (CommitmentId id, Slot storage slot, Record r) {
        id = _idOf(key);
        (slot, r) = _known(id);
    }

    function _knownIn(
        Phase required,
        Key calldata key
    ) private view returns (CommitmentId id, Slot storage slot, Record r) {
        (id, slot, r) = _known(key);
        _requirePhase(id, r, required);
    }

    function _idOf(Key calldata key) private view returns (CommitmentId) {
        return Identity.idOf(CHAIN_ID, key.committer, key.stake, key.contentHash);
    }

    /// @dev The caller's commitment with this stake and content.
    function _own(
        Stake stake,
        bytes32 contentHash
    ) private view returns (CommitmentId id, Slot storage slot, Record r) {
        id = Identity.idOf(CHAIN_ID, msg.sender, stake, contentHash);
        slot = _slots[id];
        r = slot.record;
        if (r.isIn(Phase.Unpublished)) revert Boomerang_NotCommitter(msg.sender, id);
    }

    /// @dev The same, refused in any other stored phase. One comparison on the way that succeeds.
    function _ownIn(
        Phase required,
        Stake stake,
        bytes32 contentHash
    ) private view returns (CommitmentId id, Slot storage slot, Record r) {
        id = Identity.idOf(CHAIN_ID, msg.sender, stake, contentHash);
        slot = _slots[id];
        r = slot.record;
        if (!r.isIn(required)) {
            if (r.isIn(Phase.Unpublished)) revert Boomerang_NotCommitter(msg.sender, id);
            revert Boomerang_WrongPhase(id, _current(r));
        }
    }

    /// @dev Whether a target has declined this offer, or all. One comparison.
    function _declined(Offer made, Record target) private pure returns (bool) {
        return (Offer.unwrap(made) & DECLINED) | (Record.unwrap(target) & DECLINES_ALL) != 0;
    }

    /// @dev x < y, refused while that is undecided.
    function _before(CommitmentId x, Record xRecord, CommitmentId y, Record yRecord) private pure returns (bool) {
        (bool decided, bool before) = Order.precedes(xRecord, yRecord);
        if (!decided) revert Boomerang_Undrawn(x, y);
        return before;
    }

    function _requirePhase(CommitmentId id, Record r, Phase required) private view {
        if (!r.isIn(required)) revert Boomerang_WrongPhase(id, _current(r));
    }

    function _requireNotFinal(CommitmentId id, Record r) private view {
        Phase current = _current(r);
        if (current.isFinal()) revert Boomerang_WrongPhase(id, current);
    }

    function _requireFrom(CommitmentId id, uint256 opensAt) private view {
        if (block.timestamp < opensAt) revert Boomerang_TooEarly(id, opensAt, block.timestamp);
    }

    function _requireBefore(CommitmentId id, uint256 closedAt) private view {
        if (block.timestamp >= closedAt) revert Boomerang_TooLate(id, closedAt, block.timestamp);
    }

    /// @dev A contract's code is readable, so one that can only keep would be credible before the freeze. A contract under construction
    /// has no code yet, hence the origin; an account with delegated code (EIP-7702) says nothing about its key, hence the code.
    function _requirePlainKey() private view {
        // solhint-disable-next-line avoid-tx-origin
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert Boomerang_NotPlainKey(msg.sender);
    }

    function _requireSignature(
        address committer,
        bytes32 request,
        uint256 deadline,
        bytes calldata signature
    ) private view {
        if (block.timestamp > deadline) {
            revert Boomerang_SignatureExpired(deadline, block.timestamp);
        }
        // Why a signature is bad does not matter: its signer is then zero.
        // slither-disable-next-line unused-return
        (address signer,,) = ECDSA.tryRecoverCalldata(_hashTypedDataV4(request), signature);
        if (signer != committer || signer == address(0)) revert Boomerang_WrongSigner(committer, signer);
    }

    /// @dev Where a smart account may sign too (ERC-1271). A key's signature counts even where the account has code (EIP-7702).
    function _requireAccount(
        address committer,
        bytes32 request,
        uint256 deadline,
        bytes calldata signature
    ) private view {
        if (block.timestamp <= deadline && committer.code.length != 0) {
            bytes32 digest = _hashTypedDataV4(request);
            if (SignatureChecker.isValidERC1271SignatureNowCalldata(committer, digest, signature)) return;
        }
        _requireSignature(committer, request, deadline, signature);
    }

    function _requireOpening(
        CommitmentId id,
        Record r,
        address committer,
        bytes calldata decision,
        bytes32 salt
    ) private view returns (bytes32 decisionHash) {
        decisionHash = Identity.hashOf(decision);
        if (r.seal() != Identity.sealOf(CHAIN_ID, id, committer, decisionHash, salt)) {
            revert Boomerang_WrongOpening(id);
        }
    }

    function _requireDecision(CommitmentId id, Record r, bytes calldata decision) private pure {
        if (r.seal() != bytes23(keccak256(decision))) revert Boomerang_WrongDecision(id);
    }
}
