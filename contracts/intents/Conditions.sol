// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {GuardKind} from "../interfaces/ISettlement.sol";
import {CommitmentId} from "../types/CommitmentId.sol";
import {Branch, Guard} from "./Batches.sol";
import {Pairs, Pools} from "./Pairs.sol";

/// @notice What guards read.
struct Sources {
    IBoomerang registry;
    Pools pools;
}

enum Truth {
    False,
    Undecided,
    True
}

/// @notice What a branch's guards say, but for the book and partners.
/// @param truth of its plain guards: all but Exists, Pays and Paid
/// @param guard the first that is false, or else the first undecided
/// @param observed what that guard saw in place of its limit
struct Finding {
    Truth truth;
    uint256 guard;
    uint256 observed;
    bool exists;
    bool shares;
}

/// @notice Whether guards hold. Views only: a kind that no enum value has does not decode.
library Conditions {
    /// @notice Look at all guards of a branch.
    function examine(Sources memory sources, Branch memory branch) internal view returns (Finding memory found) {
        found.truth = Truth.True;
        Guard[] memory guards = branch.guards;
        for (uint256 i = 0; i < guards.length; ++i) {
            GuardKind kind = guards[i].kind;
            if (kind == GuardKind.Exists) {
                found.exists = true;
                continue;
            }
            // What a share is measured by must be fresh too.
            if (kind == GuardKind.Pays || kind == GuardKind.Paid) found.shares = true;
            (Truth truth, uint256 observed) = look(sources, guards[i], branch.paths);
            if (truth < found.truth) {
                (found.truth, found.guard, found.observed) = (truth, i, observed);
                if (truth == Truth.False) continue;
            }
        }
    }

    /// @notice Look at one guard that is not Exists.
    function look(
        Sources memory sources,
        Guard memory guard,
        address[][] memory paths
    ) internal view returns (Truth truth, uint256 observed) {
        GuardKind kind = guard.kind;
        if (kind == GuardKind.Kept || kind == GuardKind.Reverted) {
            (bool isFinal, bool isKept) = sources.registry.kept(CommitmentId.wrap(bytes25(guard.subject)));
            if (!isFinal) return (Truth.Undecided, 0);
            return (_truth(isKept == (kind == GuardKind.Kept)), isKept ? 1 : 0);
        }
        if (kind == GuardKind.After) return (_truth(block.timestamp >= guard.limit), block.timestamp);
        if (kind == GuardKind.Before) return (_truth(block.timestamp < guard.limit), block.timestamp);
        if (kind == GuardKind.PoolAtLeast || kind == GuardKind.PoolAtMost) return _pool(guard, kind);
        return (Pairs.fresh(sources.pools, paths) ? Truth.True : Truth.Undecided, block.timestamp);
    }

    /// @dev The price that the reserves stand at, unless they were touched in this block: such a price may last for that block only.
    function _pool(Guard memory guard, GuardKind kind) private view returns (Truth truth, uint256 observed) {
        (bool answers, uint256 reserve0, uint256 reserve1, uint256 touched) =
            Pairs.reserves(address(uint160(uint256(guard.subject))));
        if (!answers || touched == uint32(block.timestamp)) return (Truth.Undecided, touched);
        uint256 limit = guard.limit;
        // Safe: reserves have 112 bits, each half of the limit 128.
        unchecked {
            uint256 price = reserve1 * uint128(limit);
            uint256 wanted = (limit >> 128) * reserve0;
            truth = _truth(kind == GuardKind.PoolAtLeast ? price >= wanted : price <= wanted);
            observed = (reserve1 << 128) | reserve0;
        }
    }

    function _truth(bool holds) private pure returns (Truth) {
        return holds ? Truth.True : Truth.False;
    }
}
