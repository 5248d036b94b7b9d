// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice What stands in an intent's way.
enum Clause {
    // Nothing: a direct swap waits for a counterparty, a route can be taken.
    None,
    // A number or a path that the settlement refuses for ever.
    Range,
    // The deadline has passed: `observed` the time, `required` the deadline.
    Expired,
    // Nobody's signature and no approval.
    Signature,
    // The nonce was used or cancelled, or another intent was filled in part under it.
    Nonce,
    // The maker has, or has allowed, too little: `observed` what could be moved, `required` what is left to sell (1 where parts will do).
    Funds,
    // A guard is false: `observed` what it sees, `required` its limit.
    Guard,
    // A guard is neither true nor false yet.
    Undecided,
    // An earlier branch takes the units: `observed` its index.
    Earlier,
    // The book holds a match for an earlier branch: `observed` that branch, `required` the entry's number.
    Match,
    // No path gives enough for what is left: `observed` the best quote, `required` the minimum.
    Quote,
    // The branch does nothing.
    Idle
}

/// @notice What stands in the way of one thing: an intent as a whole, or one of its branches.
/// @param guard which guard, where clause is Guard or Undecided
/// @param retryAt when to look again, in Unix seconds; 0 where time alone does not help
struct Obstacle {
    Clause clause;
    uint256 guard;
    uint256 observed;
    uint256 required;
    uint256 retryAt;
}

/// @notice What is known of one intent now.
/// @param obstacle in the way of all its branches
/// @param left what it may still sell
/// @param movable what its maker has and has allowed
/// @param branches one for each that was handed in: what is in its way beside that
/// @param standing for each of them: the number of the book's entry that it crosses (direct swaps), 0 for none
/// @param quotes for each of them: what its best path gives for what is left (routes)
struct Verdict {
    bytes32 intentHash;
    Obstacle obstacle;
    uint256 left;
    uint256 movable;
    Obstacle[] branches;
    uint32[] standing;
    uint256[] quotes;
}

/// @title What the settlement would say
/// @notice A view for makers and solvers: for each intent which clause fails, what it observed, and when to try again. Whether a whole
/// batch goes through is asked of `settle` itself, in a call that is not sent.
interface IDryRun {
    /// @param batch orders as for `settle`; moves are ignored
    function check(bytes calldata batch) external view returns (Verdict[] memory verdicts);

    function settlement() external view returns (address);
}
