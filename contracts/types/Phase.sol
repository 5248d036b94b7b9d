// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice Where a commitment stands. From `Kept` on it is final, and the phase is the reason.
/// `Revealing` is never stored: it is what `Sealed` is called while its opening is accepted. `Unsealed` and `Unrevealed` are
/// facts of time, true before anybody stores them.
enum Phase {
    Unpublished,
    Tentative,
    Sealed,
    Revealing,
    Pending,
    Kept,
    RevertedByDecision,
    Revoked,
    Exposed,
    Unsealed,
    Unrevealed,
    InvalidDecision
}

using {isFinal} for Phase global;

function isFinal(Phase phase) pure returns (bool) {
    return phase >= Phase.Kept;
}
