// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IBoomerang, Key, Obstacle} from "./interfaces/IBoomerang.sol";
import {IGroups} from "./interfaces/IGroups.sol";
import {Identity} from "./libraries/Identity.sol";
import {Order} from "./libraries/Order.sol";
import {Outcomes} from "./libraries/Outcomes.sol";
import {Preferences} from "./libraries/Preferences.sol";
import {TruthTables} from "./libraries/TruthTables.sol";
import {CommitmentId} from "./types/CommitmentId.sol";
import {Phase} from "./types/Phase.sol";
import {Record} from "./types/Record.sol";
import {Stake} from "./types/Stake.sol";

/// @title Groups
/// @notice Entangled groups: see {IGroups}. Created by the registry, whose word on its commitments is trusted.
contract Groups is IGroups {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant JOIN_REQUEST_TYPEHASH =
        keccak256("JoinRequest(bytes25 id,bytes32 group,uint256 deadline)");
    uint256 private constant MIN_MEMBERS = 2;
    uint256 private constant MAX_MEMBERS = 8;

    /// @dev What is known of a group.
    /// @param floor zero until the group is complete
    /// @param joined how many have joined
    /// @param closesAt the first second in which one of those may no longer join
    /// @param cover the smallest of those who have joined
    /// @param promised the largest of those who had offered by then
    struct Node {
        CommitmentId floor;
        uint8 depth;
        uint8 joined;
        uint32 closesAt;
        uint96 cover;
        uint96 promised;
    }

    IBoomerang private immutable REGISTRY = IBoomerang(msg.sender);
    uint256 private immutable OFFER_CUTOFF;
    /// @dev EIP-712. The chain is that of deployment, for good, as it is in ids.
    bytes32 private immutable DOMAIN_SEPARATOR = keccak256(
        abi.encode(DOMAIN_TYPEHASH, keccak256("Boomerang Groups"), keccak256("1"), block.chainid, address(this))
    );

    mapping(bytes32 group => Node) private _nodes;
    /// @inheritdoc IGroups
    mapping(CommitmentId id => bytes32) public groupOf;

    /// @param offerCutoff the registry's
    constructor(uint256 offerCutoff) {
        OFFER_CUTOFF = offerCutoff;
    }

    // ------------------------------------------------------------------ joining

    /// @inheritdoc IGroups
    function join(Stake stake, bytes32 contentHash, CommitmentId[] memory ids) external {
        _requireWellFormed(ids);
        CommitmentId id = _idOf(msg.sender, stake, contentHash);
        Record record = _record(id);
        if (record.isIn(Phase.Unpublished)) revert IBoomerang.Boomerang_NotCommitter(msg.sender, id);
        _requireMember(id, record, ids);
        _join(id, record, stake, ids);
    }

    /// @inheritdoc IGroups
    function joinFor(Key calldata key, CommitmentId[] memory ids, uint256 deadline, bytes calldata signature) external {
        _requireWellFormed(ids);
        CommitmentId id = _idOf(key.committer, key.stake, key.contentHash);
        Record record = _record(id);
        if (record.isIn(Phase.Unpublished)) revert IBoomerang.Boomerang_UnknownCommitment(id);
        _requireMember(id, record, ids);
        bytes32 request = keccak256(abi.encode(JOIN_REQUEST_TYPEHASH, id, _hashOf(ids), deadline));
        _requireSignature(key.committer, request, deadline, signature);
        _join(id, record, key.stake, ids);
    }

    /// @dev Ascending, so that every set has one name, and no member is in it twice.
    function _requireWellFormed(CommitmentId[] memory ids) private pure {
        bool good = ids.length >= MIN_MEMBERS && ids.length <= MAX_MEMBERS;
        for (uint256 i = 1; good && i < ids.length; ++i) {
            good = CommitmentId.unwrap(ids[i - 1]) < CommitmentId.unwrap(ids[i]);
        }
        if (!good) revert Boomerang_MalformedGroup();
    }

    function _requireMember(CommitmentId id, Record record, CommitmentId[] memory ids) private view {
        if (_placeOf(id, ids) == ids.length) revert Boomerang_NotAMember(id);
        _requireTentative(id, record);
    }

    function _requireTentative(CommitmentId id, Record record) private view {
        if (!record.isIn(Phase.Tentative)) revert IBoomerang.Boomerang_WrongPhase(id, _phase(id));
    }

    /// @dev As offers, groups form at least offerCutoff before a freeze: after the last of them there is time to think and to seal. Nobody
    /// joins once another no longer could: that could make the other's opening invalid after its freeze.
    function _setClosing(Node storage n, CommitmentId id, Record record) private {
        // Safe: a freeze is more than offerCutoff after a publication, and has 32 bits.
        unchecked {
            uint32 closesAt = uint32(record.freezeTime() - OFFER_CUTOFF + 1);
            _requireBefore(id, closesAt);
            if (n.joined != 0) {
                _requireBefore(id, n.closesAt);
                if (n.closesAt < closesAt) return;
            }
            n.closesAt = closesAt;
        }
    }

    function _requireBefore(CommitmentId id, uint256 closedAt) private view {
        if (block.timestamp >= closedAt) revert IBoomerang.Boomerang_TooLate(id, closedAt, block.timestamp);
    }

    function _requireSignature(
        address committer,
        bytes32 request,
        uint256 deadline,
        bytes calldata signature
    ) private view {
        if (block.timestamp > deadline) {
            revert IBoomerang.Boomerang_SignatureExpired(deadline, block.timestamp);
        }
        bytes32 digest = MessageHashUtils.toTypedDataHash(DOMAIN_SEPARATOR, request);
        // Why a signature is bad does not matter: its signer is then zero. An account may have both a key and code (EIP-7702).
        // slither-disable-next-line unused-return
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer == committer && signer != address(0)) return;
        if (
            committer.code.length == 0
                || !SignatureChecker.isValidERC1271SignatureNowCalldata(committer, digest, signature)
        ) {
            revert IBoomerang.Boomerang_WrongSigner(committer, signer);
        }
    }

    function _join(CommitmentId id, Record record, Stake stake, CommitmentId[] memory ids) private {
        if (groupOf[id] != 0) revert Boomerang_InGroup(id);
        bytes32 group = _hashOf(ids);
        Node storage n = _nodes[group];
        _setClosing(n, id, record);

        groupOf[id] = group;
        emit Joined(group, id, ids);

        uint96 cover = uint96(stake.cover()); // Safe: it has 96 bits.
        if (n.joined == 0 || cover < n.cover) n.cover = cover;
        if (record.hasOffered() && cover > n.promised) n.promised = cover;
        // Safe: at most 8.
        unchecked {
            ++n.joined;
        }
        // Nobody joins twice, so these are all of them.
        if (n.joined == ids.length) {
            (n.floor, n.depth) = _merge(ids);
            // Whoever was offered something may be frozen, and leans on what was offered then.
            if (n.cover < n.promised) revert Boomerang_CoverPromised(group, n.cover, n.promised);
            emit Completed(group, n.floor, n.depth, n.cover);
        }
        REGISTRY.enterGroup(id);
    }

    /// @dev What a group that is about to be complete stands for. Refused unless every member may still decide, and everything that
    /// the order of section 3 is asked for is decided: later draws change nothing then.
    function _merge(CommitmentId[] memory ids) private view returns (CommitmentId floor, uint8 depth) {
        for (uint256 i; i < ids.length; ++i) {
            _requireTentative(ids[i], _record(ids[i]));
        }
        for (uint256 i; i < ids.length; ++i) {
            for (uint256 j = i + 1; j < ids.length; ++j) {
                _precedes(ids[i], ids[j]);
            }
        }
        for (uint256 i; i < ids.length; ++i) {
            (CommitmentId itsFloor, uint8 itsDepth) = _standing(ids[i]);
            if (itsDepth > depth) depth = itsDepth;
            if (i == 0 || (itsFloor != floor && _precedes(itsFloor, floor))) floor = itsFloor;
        }
    }

    /// @dev a < b, refused while that is undecided.
    function _precedes(CommitmentId a, CommitmentId b) private view returns (bool) {
        (bool decided, bool before) = Order.precedes(_record(a), _record(b));
        if (!decided) revert IBoomerang.Boomerang_Undrawn(a, b);
        return before;
    }

    // ------------------------------------------------------------------ opening

    /// @inheritdoc IGroups
    function judge(
        CommitmentId id,
        bytes calldata decision,
        Key[] calldata dependencies
    ) external view returns (Phase) {
        bytes32 group = groupOf[id];
        if (!_isComplete(group)) revert Boomerang_NotComplete(group);
        if (!Preferences.wellFormed(decision)) return Phase.InvalidDecision;
        CommitmentId[] memory atoms = Preferences.atoms(decision);
        uint256 cover = _nodes[group].cover;
        uint256 outside;
        for (uint256 i; i < atoms.length; ++i) {
            CommitmentId atom = atoms[i];
            // Members are published, and name each other and themselves as they like.
            if (groupOf[atom] == group) continue;
            if (_hasObstacle(id, atom)) return Phase.InvalidDecision;
            if (cover != 0 && _coverOf(atom, dependencies, outside++) < cover) return Phase.InvalidDecision;
        }
        return Phase.Pending;
    }

    /// @dev What a commitment stands for in money towards others: its own cover, or that of its group.
    function _coverOf(CommitmentId atom, Key[] calldata dependencies, uint256 index) private view returns (uint256) {
        if (index >= dependencies.length) revert IBoomerang.Boomerang_KeyMissing(atom);
        Key calldata key = dependencies[index];
        if (_idOf(key.committer, key.stake, key.contentHash) != atom) revert IBoomerang.Boomerang_KeyMissing(atom);
        bytes32 group = groupOf[atom];
        return _isComplete(group) ? _nodes[group].cover : key.stake.cover();
    }

    // ------------------------------------------------------------------ resolution

    /// @inheritdoc IGroups
    function resolve(CommitmentId[] memory ids, bytes[] calldata decisions) external {
        (bytes32 group, uint256 kept) = _settle(ids, decisions);
        emit GroupResolved(group, kept);
        REGISTRY.settleGroup(ids, kept);
    }

    /// @inheritdoc IGroups
    function outcome(CommitmentId[] memory ids, bytes[] calldata decisions) external view returns (uint256 kept) {
        // slither-disable-next-line unused-return
        (, kept) = _settle(ids, decisions);
    }

    /// @return group name of the set
    /// @return kept bit i: whether ids[i] is kept
    function _settle(
        CommitmentId[] memory ids,
        bytes[] calldata decisions
    ) private view returns (bytes32 group, uint256 kept) {
        if (decisions.length != ids.length) revert Boomerang_MalformedGroup();
        group = _hashOf(ids);
        if (!_isComplete(group)) {
            // A complete one was well formed when it was joined.
            _requireWellFormed(ids);
            revert Boomerang_NotComplete(group);
        }

        uint256[][] memory atoms = new uint256[][](ids.length);
        uint256[] memory ranks = new uint256[](ids.length);
        uint256 set = TruthTables.domain(ids.length);
        uint256 live;
        for (uint256 i; i < ids.length; ++i) {
            CommitmentId id = ids[i];
            Record record = _record(id);
            if (record.isIn(Phase.Pending)) {
                if (record.seal() != bytes23(Identity.hashOf(decisions[i]))) {
                    revert IBoomerang.Boomerang_WrongDecision(id);
                }
                atoms[i] = _tablesOf(ids, id, decisions[i]);
                _insert(ranks, live++, record, i);
            } else {
                if (!_phase(id).isFinal()) revert IBoomerang.Boomerang_DependencyPending(id, id);
                // It is reverted: pending members end together, and no other way to an end is one of being kept.
                set &= ~TruthTables.variable(i);
            }
        }
        if (live == 0) revert IBoomerang.Boomerang_WrongPhase(ids[0], _phase(ids[0]));
        // Safe: it becomes no longer than it was.
        assembly ("memory-safe") {
            mstore(ranks, live)
        }
        kept = Outcomes.choose(decisions, atoms, ranks, set);
    }

    /// @dev Put one more member among the ranks of `count` others that ascend. A rank is freeze time, draw and place, high bits first;
    /// freeze times that are equal in a complete group have draws, which differ.
    function _insert(uint256[] memory ranks, uint256 count, Record record, uint256 place) private pure {
        // Safe: `count` is not 0 where it is counted down.
        unchecked {
            uint256 rank = (record.freezeTime() << 64) | (uint256(record.draw()) << 32) | place;
            while (count != 0 && ranks[count - 1] > rank) {
                ranks[count] = ranks[count - 1];
                --count;
            }
            ranks[count] = rank;
        }
    }

    /// @dev The truth table of each atom of what a member sealed: variable i is the outcome of ids[i].
    function _tablesOf(
        CommitmentId[] memory ids,
        CommitmentId id,
        bytes calldata decision
    ) private view returns (uint256[] memory tables) {
        CommitmentId[] memory atoms = Preferences.atoms(decision);
        // Safe: each table takes the place of its atom, once that has been read.
        assembly ("memory-safe") {
            tables := atoms
        }
        for (uint256 i; i < atoms.length; ++i) {
            CommitmentId atom = atoms[i];
            uint256 place = _placeOf(atom, ids);
            if (place != ids.length) {
                tables[i] = TruthTables.variable(place);
            } else {
                (bool isFinal, bool isKept) = _kept(atom);
                if (!isFinal) revert IBoomerang.Boomerang_DependencyPending(id, atom);
                tables[i] = isKept ? TruthTables.ALWAYS : TruthTables.NEVER;
            }
        }
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IGroups
    function registry() external view returns (address) {
        return address(REGISTRY);
    }

    /// @inheritdoc IGroups
    function together(CommitmentId x, CommitmentId y) external view returns (bool same, bool complete) {
        bytes32 group = groupOf[x];
        same = group != 0 && groupOf[y] == group;
        complete = same && _isComplete(group);
    }

    /// @inheritdoc IGroups
    function node(CommitmentId id)
        external
        view
        returns (bool complete, CommitmentId floor, uint8 depth, uint96 cover)
    {
        bytes32 group = groupOf[id];
        if (_isComplete(group)) {
            Node storage n = _nodes[group];
            return (true, n.floor, n.depth, n.cover);
        }
    }

    // ------------------------------------------------------------------ helpers

    function _isComplete(bytes32 group) private view returns (bool) {
        return CommitmentId.unwrap(_nodes[group].floor) != 0;
    }

    /// @dev Where an id is among others, or how many they are.
    function _placeOf(CommitmentId id, CommitmentId[] memory ids) private pure returns (uint256 place) {
        // Safe: it reads what is below the array's length. Ids have nothing below their 25 bytes.
        assembly ("memory-safe") {
            let next := add(ids, 0x20)
            for { let count := mload(ids) } lt(place, count) { place := add(place, 1) } {
                if eq(mload(next), id) { break }
                next := add(next, 0x20)
            }
        }
    }

    /// @dev The name of a set of ids.
    function _hashOf(CommitmentId[] memory ids) private pure returns (bytes32) {
        return keccak256(abi.encode(ids));
    }

    // ------------------------------------------------------------------ what the registry says

    function _idOf(address committer, Stake stake, bytes32 contentHash) private view returns (CommitmentId) {
        (uint256 id,) =
            _ask(IBoomerang.commitmentId.selector, uint160(committer), Stake.unwrap(stake), uint256(contentHash));
        return _toId(id);
    }

    function _record(CommitmentId id) private view returns (Record) {
        (uint256 record,) = _ask(IBoomerang.record.selector, id, 0);
        return Record.wrap(record);
    }

    /// @dev The current phase.
    function _phase(CommitmentId id) private view returns (Phase) {
        (uint256 phase,) = _ask(IBoomerang.phase.selector, id, 0);
        return Phase(phase);
    }

    function _standing(CommitmentId id) private view returns (CommitmentId, uint8) {
        (uint256 floor, uint256 depth) = _ask(IBoomerang.standing.selector, id, 0);
        return (_toId(floor), uint8(depth));
    }

    function _kept(CommitmentId id) private view returns (bool, bool) {
        (uint256 isFinal, uint256 isKept) = _ask(IBoomerang.kept.selector, id, 0);
        return (isFinal != 0, isKept != 0);
    }

    function _hasObstacle(CommitmentId x, CommitmentId y) private view returns (bool) {
        (uint256 obstacle,) = _ask(IBoomerang.obstacle.selector, x, _toWord(y));
        return Obstacle(obstacle) != Obstacle.None;
    }

    function _ask(bytes4 question, CommitmentId a, uint256 b) private view returns (uint256, uint256) {
        return _ask(question, _toWord(a), b, 0);
    }

    /// @dev All questions take words and are answered with words, so that one piece of code asks them all: the registry's constructor
    /// carries this contract, and there is a limit to that (EIP-3860).
    /// @param question selector of a view; words that it has no use for are ignored
    /// @return first word of the answer
    /// @return second one, if it has one
    function _ask(
        bytes4 question,
        uint256 a,
        uint256 b,
        uint256 c
    ) private view returns (uint256 first, uint256 second) {
        address registry_ = address(REGISTRY);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, question)
            mstore(add(free, 0x04), a)
            mstore(add(free, 0x24), b)
            mstore(add(free, 0x44), c)
            if iszero(staticcall(gas(), registry_, free, 0x64, 0x00, 0x40)) {
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
            first := mload(0x00)
            second := mload(0x20)
        }
    }

    function _toWord(CommitmentId id) private pure returns (uint256) {
        return uint256(bytes32(CommitmentId.unwrap(id)));
    }

    function _toId(uint256 word) private pure returns (CommitmentId) {
        return CommitmentId.wrap(bytes25(bytes32(word)));
    }
}
