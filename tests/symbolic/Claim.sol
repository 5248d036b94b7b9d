// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice A statement to be proved. Its connectives evaluate both sides: `&&` and `||` would have the prover walk a path for each.
type Claim is bool;

using {and as &, or as |, implies, proved} for Claim global;

function that(bool condition) pure returns (Claim) {
    return Claim.wrap(condition);
}

function and(Claim a, Claim b) pure returns (Claim c) {
    assembly ("memory-safe") {
        c := and(a, b)
    }
}

function or(Claim a, Claim b) pure returns (Claim c) {
    assembly ("memory-safe") {
        c := or(a, b)
    }
}

function implies(Claim a, Claim b) pure returns (Claim c) {
    assembly ("memory-safe") {
        c := or(iszero(a), b)
    }
}

/// @dev Unwraps it, for `assert` and `assume`.
function proved(Claim claim) pure returns (bool) {
    return Claim.unwrap(claim);
}
