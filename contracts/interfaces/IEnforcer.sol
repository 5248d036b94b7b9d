// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "../types/CommitmentId.sol";
import {Key} from "./IBoomerang.sol";

/// @title What a kept commitment does (section 9 of the protocol)
/// @notice Holds what commitments have put in escrow, and carries out their clauses: payments and calls once a commitment is kept
/// and its guard true, the way home otherwise. Anyone may trigger it, once.
/// @dev Created by its registry. Nothing is stored for an escrow: the commitment's record proves that it was collected, and its id
/// proves the content that says what it is. Holds, of every token, what unexecuted escrows, failed calls and {owed} add up to.
/// Calls are made by an address of the commitment's own ({envoyOf}), which holds only what that one call may spend.
///
/// Limits, so that an execution always fits into a transaction of 2^24 gas (EIP-7825): a body of 24,576 bytes, 8 assets, 16 payments,
/// 8 calls, 5,000,000 gas named by all calls together.
interface IEnforcer {
    // ------------------------------------------------------------------ errors

    error Boomerang_NotRegistry(address caller);
    /// @notice Only the enforcer itself does this.
    error Boomerang_NotPart(address caller);
    /// @notice The body is not the one canonical encoding of a statement and clauses, or beyond a limit; or its escrow does not list
    /// tokens in ascending order of address, each once, with amounts of 1 to 2^128 - 1; or it pays nobody (zero) or the enforcer.
    error Boomerang_MalformedClauses();
    error Boomerang_MalformedGuard();
    /// @notice A payment, call or tip names more of a token than those before it leave of the escrow.
    error Boomerang_Overspent(address token, uint256 amount, uint256 left);
    /// @notice The ether that came beside bond and fee is not the ether of the escrow.
    error Boomerang_WrongEscrow(uint256 sent, uint256 required);
    /// @notice Not what was named arrived: the token takes a fee, or does not do what an ERC-20 does.
    error Boomerang_TokenMismatch(address token, uint256 expected, uint256 received);
    /// @notice A content with calls must leave time to retry them once it is kept.
    error Boomerang_DeadlineTooEarly(uint256 deadline, uint256 earliest);
    /// @notice Not one of the ways to fund an escrow, or not one for this escrow.
    error Boomerang_MalformedFunding();
    /// @notice The stake says that there are no clauses.
    error Boomerang_NoClauses(CommitmentId id);
    /// @notice Topic and body are not those of this commitment.
    error Boomerang_WrongContent(CommitmentId id);
    error Boomerang_GuardPending(CommitmentId id, CommitmentId atom);
    /// @notice A transfer or call cannot be given the gas that it is owed.
    error Boomerang_NotEnoughGas(uint256 available, uint256 required);
    /// @notice This call is not one that failed and was not made up for.
    error Boomerang_NothingOutstanding(CommitmentId id, uint256 index);
    error Boomerang_CallFailed(CommitmentId id, uint256 index);
    error Boomerang_StillRetriable(CommitmentId id, uint256 deadline, uint256 time);
    error Boomerang_PastDeadline(CommitmentId id, uint256 deadline, uint256 time);
    error Boomerang_NothingOwedOf(address account, address token);
    error Boomerang_TransferFailed(address to);

    // ------------------------------------------------------------------ events

    /// @notice Kept, with its guard true: payments are made, calls were tried.
    /// @param failed bit i: the i-th call failed; it may be retried until the deadline
    event Executed(CommitmentId indexed id, address indexed executor, uint256 failed);
    /// @notice Reverted, or its guard false: the escrow went home.
    event Refunded(CommitmentId indexed id, address indexed executor);
    /// @notice A call that had failed was made.
    event Retried(CommitmentId indexed id, uint256 index);
    /// @notice What a call would have spent went to whom the content names.
    event Released(CommitmentId indexed id, uint256 index, address indexed to);
    /// @notice A transfer could not be delivered; its receiver may withdraw it.
    /// @param token zero for ether, here and below
    event Credited(address indexed account, address indexed token, uint256 amount);
    event Withdrawn(address indexed account, address indexed token, address indexed to, uint256 amount);

    // ------------------------------------------------------------------ actions

    /// @notice For the registry alone: take a new commitment's escrow, or refuse its clauses.
    /// @param funding how tokens come: empty for allowances given to this contract, else see docs/protocol.md
    function collect(
        CommitmentId id,
        address committer,
        bytes calldata body,
        bytes calldata funding,
        uint256 earliestDeadline
    ) external payable;

    /// @notice Carry out the clauses of a commitment whose outcome is final: payments in their order, what is left over to the
    /// committer, calls in their order, the tip. Where it is not kept, or its guard is false, all of the escrow goes to the committer.
    /// @param topic and body: the content, as in the publication's event
    /// @param tipTo who receives the tip
    function execute(Key calldata key, bytes32 topic, bytes calldata body, address tipTo) external;

    /// @notice Make a call that failed, until the content's deadline (included). Refused if it fails again.
    function retry(Key calldata key, bytes32 topic, bytes calldata body, uint256 index) external;

    /// @notice After the deadline: give what a call would have spent to whom the content names.
    function release(Key calldata key, bytes32 topic, bytes calldata body, uint256 index) external;

    /// @notice Send the caller what could not be delivered before, with all gas.
    function withdraw(address token, address to) external;

    /// @notice The same for anyone, to that account itself: for contracts that cannot call {withdraw}.
    function deliver(address account, address token) external;

    // ------------------------------------------------------------------ views

    function registry() external view returns (address);

    /// @notice How much of a token `account` may withdraw.
    function owed(address account, address token) external view returns (uint256);

    /// @notice Bit i: the i-th call failed and was not made up for.
    function outstanding(CommitmentId id) external view returns (uint256);

    /// @notice The address that makes this commitment's calls. Known before it exists.
    function envoyOf(CommitmentId id) external view returns (address);
}
