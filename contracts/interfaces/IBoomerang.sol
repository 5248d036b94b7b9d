// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "../types/CommitmentId.sol";
import {Phase} from "../types/Phase.sol";
import {Record} from "../types/Record.sol";
import {Stake} from "../types/Stake.sol";

/// @notice The rules of a registry. Fixed when it is deployed; nobody can change them, pause it or upgrade it.
/// @param period T: seconds from publication to freeze, the same for all; at most 365 days
/// @param sealDelay seconds from publication until a seal is accepted; 0 < sealDelay < period
/// @param revealWindow seconds after the freeze in which an opening is accepted, the last one included; at least 1
/// @param offerCutoff an offer must be made at least so many seconds before its target freezes; declineDelay < offerCutoff < period
/// @param declineDelay seconds after a pair's first offer until it may be declined
/// @param maxDepth how long a chain of offers may grow; 0 to 255
/// @param drawDelay the block whose hash orders a block's commitments comes so many blocks later; 1 to 200
/// @param exposerShare basis points of the bond that an exposer receives, at most 9000; the rest is burned
/// @param minBond wei
/// @param fee wei, burned at publication
struct Parameters {
    uint32 period;
    uint32 sealDelay;
    uint32 revealWindow;
    uint32 offerCutoff;
    uint32 declineDelay;
    uint8 maxDepth;
    uint8 drawDelay;
    uint16 exposerShare;
    uint96 minBond;
    uint96 fee;
}

/// @param token an ERC-20, or zero for ether
struct Asset {
    address token;
    uint256 amount;
}

/// @param token what the call may spend: sent along if ether (zero), else approved to the target for this call
/// @param gas what the target gets, exactly
/// @param remainderTo who receives what the call does not spend, and all of it where the call failed for good
struct Call {
    address target;
    address token;
    uint256 amount;
    uint256 gas;
    bytes data;
    address remainderTo;
}

/// @notice What never changes about a commitment. Callers hand it in; the id proves it; nothing of it is stored.
/// @param stake bond, cover and nonce (types/Stake.sol)
/// @param contentHash keccak256(abi.encode(topic, keccak256(body)))
struct Key {
    address committer;
    Stake stake;
    bytes32 contentHash;
}

/// @param decision the bytes that were opened; ignored where the commitment lapses
struct Resolution {
    Key key;
    bytes decision;
}

/// @notice Why x may not condition on y.
enum Obstacle {
    None,
    Unknown,
    Self,
    Tied,
    NotOffered,
    Declined,
    OfferFell,
    TooShallow,
    CoverTooLow,
    GroupVoid
}

/// @title Boomerang: tentative commitments that become credible together
/// @notice A commitment is tentative for a fixed time. Before it freezes, its owner decides under seal to keep or revert it, on
/// conditions that may name other commitments. After the freeze the seals are opened, and the registry works out who is bound.
/// @dev Trusted: the chain's clock and block hashes, nothing else. There is no owner. Ether that is burned (fees, bonds of those who
/// fell silent, the larger part of exposed bonds) stays in the contract, which has no function that could move it.
interface IBoomerang {
    // ------------------------------------------------------------------ errors

    /// @notice A constructor argument is out of range.
    error Boomerang_BadParameter(string name);
    error Boomerang_BondTooLow(uint256 bond, uint256 minBond);
    error Boomerang_CoverExceedsBond(uint256 cover, uint256 bond);
    /// @notice The value sent is not bond + fee.
    error Boomerang_WrongValue(uint256 sent, uint256 required);
    /// @notice Time or block number is beyond 32 bits.
    error Boomerang_OutOfRange();
    error Boomerang_AlreadyPublished(CommitmentId id);
    error Boomerang_UnknownCommitment(CommitmentId id);
    /// @notice A flag that means nothing.
    error Boomerang_MalformedStake(Stake stake);
    /// @notice `account` has published no commitment with this stake and content; if it had, this would be its id.
    error Boomerang_NotCommitter(address account, CommitmentId id);
    /// @notice Only a plain key seals or revokes: the caller is a contract, or an account that has code.
    error Boomerang_NotPlainKey(address caller);
    error Boomerang_SignatureExpired(uint256 deadline, uint256 time);
    error Boomerang_WrongSigner(address committer, address recovered);
    /// @notice Not in this phase; `phase` is the current one.
    error Boomerang_WrongPhase(CommitmentId id, Phase phase);
    /// @param opensAt the first second in which it is accepted
    error Boomerang_TooEarly(CommitmentId id, uint256 opensAt, uint256 time);
    /// @param closedAt the first second in which it is no longer accepted
    error Boomerang_TooLate(CommitmentId id, uint256 closedAt, uint256 time);
    /// @notice Decision and salt are not what the seal was made of.
    error Boomerang_WrongOpening(CommitmentId id);
    /// @notice These bytes are not the decision that was opened.
    error Boomerang_WrongDecision(CommitmentId id);
    /// @notice A commitment with a cover is opened with the key of each atom, in the decision's order.
    error Boomerang_KeyMissing(CommitmentId atom);
    error Boomerang_DependencyPending(CommitmentId id, CommitmentId dependency);
    /// @notice The hash of the block that orders this commitment's block does not exist yet, or no longer.
    error Boomerang_SeedUnavailable(CommitmentId id, uint256 seedBlock);
    error Boomerang_SelfOffer(CommitmentId id);
    error Boomerang_NotLater(CommitmentId offering, CommitmentId target);
    /// @notice An order that is needed is undrawn or tied.
    error Boomerang_Undrawn(CommitmentId a, CommitmentId b);
    error Boomerang_Declined(CommitmentId offering, CommitmentId target);
    error Boomerang_NoOffer(CommitmentId offering, CommitmentId target);
    /// @notice What the offer would record is not what was signed.
    error Boomerang_OfferMoved(CommitmentId floor, uint256 depth);
    error Boomerang_TooDeep(CommitmentId target, uint256 depth, uint256 maxDepth);
    /// @notice It has joined a group: it offers no more, and is resolved with its group.
    error Boomerang_InGroup(CommitmentId id);
    /// @notice Only one of the contracts that the registry created may do this.
    error Boomerang_NotPart(address caller);
    error Boomerang_NotFinal(CommitmentId id);
    error Boomerang_AlreadyExecuted(CommitmentId id);
    error Boomerang_NothingOwed(address account);
    error Boomerang_TransferFailed(address to);

    // ------------------------------------------------------------------ events

    /// @notice A commitment was published. It freezes `period` after this block's time. Content and key can be rebuilt from here.
    event Published(CommitmentId indexed id, address indexed committer, bytes32 indexed topic, Stake stake, bytes body);
    /// @notice Its place among the commitments of its block is known.
    event Drawn(CommitmentId indexed id, uint32 draw);
    /// @param record as stored (types/Record.sol): the seal, and the draw where it is known
    event Sealed(CommitmentId indexed id, Record record);
    /// @notice Extra data of a seal, where there was any.
    event SealData(CommitmentId indexed id, bytes extra);
    event Revoked(CommitmentId indexed id);
    event Exposed(CommitmentId indexed id, address indexed exposer, uint256 reward, bytes decision);
    /// @notice Opened with the decision `keep`, and therefore kept: what most seals hold in the end, so it has the shortest log.
    event OpenedKeep(CommitmentId indexed id);
    /// @notice Opened with any other decision.
    /// @param phase Kept, RevertedByDecision or InvalidDecision; Pending while what it depends on is not final
    event Opened(CommitmentId indexed id, Phase phase, bytes decision);
    /// @param phase Kept or RevertedByDecision; Unsealed or Unrevealed where the commitment lapsed
    event Resolved(CommitmentId indexed id, Phase phase);
    /// @param floor the floor of `offering`, which the offer records
    event Offered(CommitmentId indexed offering, CommitmentId indexed target, CommitmentId floor, uint8 depth);
    /// @dev `offering` is data: that is cheaper than a topic.
    event Declined(CommitmentId offering, CommitmentId indexed target);
    event DeclinedAll(CommitmentId indexed target);
    /// @notice A payment could not be delivered; its receiver may withdraw it.
    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    // ------------------------------------------------------------------ actions

    /// @notice Publish a commitment. Send exactly bond + fee, and the escrow's ether where there are clauses; tokens of the escrow are
    /// taken from the caller, who has allowed that to {enforcer}.
    /// @return id under which it is known from now on
    function publish(Stake stake, bytes32 topic, bytes calldata body) external payable returns (CommitmentId id);

    /// @notice The same, with permits for the escrow's tokens.
    /// @param funding see docs/protocol.md
    function publishFunded(
        Stake stake,
        bytes32 topic,
        bytes calldata body,
        bytes calldata funding
    ) external payable returns (CommitmentId id);

    /// @notice Publish with the committer's signature (ERC-1271 too) of
    /// PublishRequest(uint256 stake,bytes32 topic,bytes body,uint256 deadline). The caller sends the ether, which goes back to the
    /// committer; tokens come from the committer.
    function publishFor(
        address committer,
        Stake stake,
        bytes32 topic,
        bytes calldata body,
        bytes calldata funding,
        uint256 deadline,
        bytes calldata signature
    ) external payable returns (CommitmentId id);

    /// @notice Record the draw of commitments whose block's seed is there, before their freeze. Drawn ones are passed over.
    function draw(CommitmentId[] calldata ids) external;

    /// @notice Seal the decision on the caller's commitment, once. publish + sealDelay <= t < freeze.
    /// @param stake and contentHash: the commitment's, here as in all actions on a commitment of the caller's own
    /// @param seal see libraries/Identity.sol
    function seal(Stake stake, bytes32 contentHash, bytes23 seal) external;

    /// @notice The same, with data that is carried into the log; meant for seals that open themselves.
    function sealWithData(Stake stake, bytes32 contentHash, bytes23 seal, bytes calldata extra) external;

    /// @notice Seal with the committer's signature of SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline).
    function sealFor(
        Key calldata key,
        bytes23 seal,
        bytes calldata extra,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Take the caller's commitment back openly, before it is sealed. The bond returns.
    function revoke(Stake stake, bytes32 contentHash) external;

    /// @notice Revoke with the committer's signature of RevokeRequest(bytes25 id,uint256 deadline).
    function revokeFor(Key calldata key, uint256 deadline, bytes calldata signature) external;

    /// @notice Show a sealed decision before its freeze. It is reverted at once; the caller receives a share of the bond.
    function expose(Key calldata key, bytes calldata decision, bytes32 salt) external;

    /// @notice Open the seal of the caller's commitment, freeze <= t <= freeze + revealWindow. Resolves at once where what it depends
    /// on is final. A decision that names others, on a commitment with a cover, needs {openFor}.
    function open(Stake stake, bytes32 contentHash, bytes calldata decision, bytes32 salt) external;

    /// @notice The same for any commitment; anyone may who knows the opening.
    /// @param dependencies where the cover is above 0: the keys of the decision's atoms, one for each, in its order
    function openFor(Key calldata key, bytes calldata decision, bytes32 salt, Key[] calldata dependencies) external;

    /// @notice The caller's commitment invites the earlier `target` to condition on it, and gives up looking at anything from the
    /// target's floor on. Cannot be taken back.
    function offer(Stake stake, bytes32 contentHash, CommitmentId target) external;

    /// @notice Offer with the committer's signature (ERC-1271 too) of
    /// OfferRequest(bytes25 id,bytes25 target,bytes25 floor,uint8 depth,uint256 deadline). Refused unless exactly this floor and depth
    /// are recorded, so that no target moves under an offer, and a replay changes nothing.
    function offerFor(
        Key calldata key,
        CommitmentId target,
        CommitmentId floor,
        uint8 depth,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice The caller's commitment refuses one offer, before its own seal.
    function decline(Stake stake, bytes32 contentHash, CommitmentId offering) external;

    /// @notice The caller's commitment refuses all offers, present and future, before its own seal.
    function declineAll(Stake stake, bytes32 contentHash) external;

    /// @notice Decline with the committer's signature (ERC-1271 too) of
    /// DeclineRequest(bytes25 id,bytes25 offering,uint256 deadline).
    /// @param offering zero declines all
    function declineFor(Key calldata key, CommitmentId offering, uint256 deadline, bytes calldata signature) external;

    /// @notice Settle commitments in the order given: opened ones whose dependencies are final, and lapsed ones. All or nothing.
    function resolve(Resolution[] calldata resolutions) external;

    /// @notice Send the caller what could not be delivered before.
    function withdraw(address payable to) external;

    /// @notice The same for anyone, to that account itself: for contracts that cannot call {withdraw}.
    function deliver(address payable account) external;

    // ------------------------------------------------------------------ for its parts

    /// @notice For the enforcer alone: an execution begins. Settles a commitment that lapsed.
    function begin(Key calldata key) external returns (CommitmentId id, bool isKept);

    /// @notice For groups alone: this commitment has joined a group.
    function enterGroup(CommitmentId id) external;

    /// @notice For groups alone: the outcome of a group's pending members.
    /// @param kept_ bit i: whether ids[i] is kept
    function settleGroup(CommitmentId[] calldata ids, uint256 kept_) external;

    // ------------------------------------------------------------------ views

    /// @notice Who holds escrows and executes (IEnforcer).
    function enforcer() external view returns (address);

    /// @notice Where groups are agreed and resolved (IGroups).
    function groups() external view returns (address);

    function parameters() external view returns (Parameters memory);

    /// @notice The id of a commitment, published or not.
    function commitmentId(Key calldata key) external view returns (CommitmentId);

    /// @notice The current phase, and the next time that matters: while tentative the second from which a seal is accepted, then the
    /// freeze; while sealed the freeze; while revealing the last second for an opening; while pending {latestResolution}; else 0.
    function phase(CommitmentId id) external view returns (Phase current, uint256 nextDeadline);

    /// @notice Whether the outcome is final, and whether it is kept. What arenas read.
    function kept(CommitmentId id) external view returns (bool isFinal, bool isKept);

    function record(CommitmentId id) external view returns (Record);

    /// @notice Whether the order of two commitments is decided, and if so whether x comes before y.
    function precedes(CommitmentId x, CommitmentId y) external view returns (bool decided, bool before);

    /// @notice The earliest commitment at which x no longer looks, and its depth in chains of offers.
    function standing(CommitmentId x) external view returns (CommitmentId floor, uint8 depth);

    /// @notice What the last offer of `offering` to `target` recorded; firstMade is 0 where there was none.
    function offerOf(
        CommitmentId offering,
        CommitmentId target
    ) external view returns (CommitmentId floor, uint8 depth, uint256 firstMade, bool declined);

    /// @notice Whether a decision on x may name y as things stand, and if not, why.
    function mayCondition(Key calldata x, Key calldata y) external view returns (Obstacle);

    /// @notice The same for ids, covers aside.
    function obstacle(CommitmentId x, CommitmentId y) external view returns (Obstacle);

    /// @notice Whether `resolve` would settle this commitment now.
    /// @param decision as opened; ignored unless it is pending
    /// @return now_ true if so
    /// @return waitsFor the first commitment it waits for, zero if none
    function resolvable(
        CommitmentId id,
        bytes calldata decision
    ) external view returns (bool now_, CommitmentId waitsFor);

    /// @notice From the second after this one on, the outcome can be determined, whatever anyone does; 0 when unpublished.
    function latestResolution(CommitmentId id) external view returns (uint256);

    /// @notice Wei that `account` may withdraw.
    function owed(address account) external view returns (uint256);
}
