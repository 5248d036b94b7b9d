// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "../types/CommitmentId.sol";
import {Phase} from "../types/Phase.sol";
import {Stake} from "../types/Stake.sol";
import {Key} from "./IBoomerang.sol";

/// @title Commitments that condition on one another (section 7 of the protocol, entangled groups)
/// @notice A group is a set of 2 to 8 commitments whose owners all agreed on exactly that set, before any of them was sealed and at
/// least offerCutoff before the first of them freezes. Inside it decisions may name each other and themselves; the outcome is the
/// one that the formula of section 7 picks from all joint outcomes.
/// @dev Created by its registry, which it alone may tell to mark and to settle members.
interface IGroups {
    // ------------------------------------------------------------------ errors

    /// @notice Not 2 to 8 ids in ascending order, or not one decision for each of them.
    error Boomerang_MalformedGroup();
    error Boomerang_NotAMember(CommitmentId id);
    /// @notice It has joined a group: it joins no other, offers no more, and is resolved with its group.
    error Boomerang_InGroup(CommitmentId id);
    /// @notice A member has offered with a cover of `promised`; others may lean on that, so the group's may not be less.
    error Boomerang_CoverPromised(bytes32 group, uint96 cover, uint96 promised);
    /// @notice Not all members have joined.
    error Boomerang_NotComplete(bytes32 group);

    // ------------------------------------------------------------------ events

    event Joined(bytes32 indexed group, CommitmentId indexed id, CommitmentId[] ids);
    /// @notice The last member has joined.
    /// @param floor the lowest floor of the members
    /// @param depth their largest depth
    /// @param cover their smallest cover, wei
    event Completed(bytes32 indexed group, CommitmentId floor, uint8 depth, uint96 cover);
    /// @param kept bit i: whether the i-th member (by id) is kept
    event GroupResolved(bytes32 indexed group, uint256 kept);

    // ------------------------------------------------------------------ actions

    /// @notice The caller's commitment agrees to the group of exactly these ids. It may not join another, nor offer, from then on.
    /// @param ids ascending; the caller's commitment is one of them. The others need not be published yet
    function join(Stake stake, bytes32 contentHash, CommitmentId[] calldata ids) external;

    /// @notice Join with the committer's signature (ERC-1271 too) of JoinRequest(bytes25 id,bytes32 group,uint256 deadline).
    function joinFor(Key calldata key, CommitmentId[] calldata ids, uint256 deadline, bytes calldata signature) external;

    /// @notice Settle a complete group: every member is opened, lapsed or final, and every commitment outside that a decision or
    /// preference names is final.
    /// @param ids ascending
    /// @param decisions for each member that was opened validly the bytes that were opened; ignored for the others
    function resolve(CommitmentId[] calldata ids, bytes[] calldata decisions) external;

    // ------------------------------------------------------------------ views

    function registry() external view returns (address);

    /// @notice The group that a commitment has joined: keccak256(abi.encode(ids)), ids ascending; zero if none.
    function groupOf(CommitmentId id) external view returns (bytes32);

    /// @notice Whether two commitments have joined the same group, and whether that one is complete.
    function together(CommitmentId x, CommitmentId y) external view returns (bool same, bool complete);

    /// @notice What a member stands for towards commitments outside: its group's, where that is complete.
    function node(CommitmentId id) external view returns (bool complete, CommitmentId floor, uint8 depth, uint96 cover);

    /// @notice What the opening of a member of a complete group comes to: Pending or InvalidDecision. For the registry.
    /// @param dependencies where the group's cover is above 0: the keys of the atoms outside the group, in order of appearance
    function judge(CommitmentId id, bytes calldata decision, Key[] calldata dependencies) external view returns (Phase);

    /// @notice What {resolve} would come to. The same errors.
    /// @return kept bit i: whether the i-th member (by id) is kept
    function outcome(CommitmentId[] calldata ids, bytes[] calldata decisions) external view returns (uint256 kept);
}
