// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {GuardKind, ISettlement} from "../interfaces/ISettlement.sol";
import {CommitmentId} from "../types/CommitmentId.sol";
import {Branch, Guard} from "./Batches.sol";
import {Pairs, Pools} from "./Pairs.sol";

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

/// @title Whether guards hold
abstract contract Conditions {
    IBoomerang internal immutable REGISTRY;
    address internal immutable FACTORY;
    bytes32 internal immutable PAIR_CODE_HASH;

    /// @param registry_ whose commitments guards name
    /// @param factory_ a Uniswap V2 factory
    /// @param pairCodeHash_ keccak256 of the creation code of its pairs
    constructor(address registry_, address factory_, bytes32 pairCodeHash_) {
        if (registry_.code.length == 0) revert ISettlement.Settlement_BadParameter("registry");
        if (factory_.code.length == 0) revert ISettlement.Settlement_BadParameter("factory");
        if (pairCodeHash_ == 0) revert ISettlement.Settlement_BadParameter("pairCodeHash");
        REGISTRY = IBoomerang(registry_);
        FACTORY = factory_;
        PAIR_CODE_HASH = pairCodeHash_;
    }

    function _pools() internal view returns (Pools memory) {
        return Pools(FACTORY, PAIR_CODE_HASH);
    }

    /// @dev Look at all guards of a branch.
    function _examine(Branch memory branch) internal view returns (Finding memory found) {
        found.truth = Truth.True;
        Guard[] memory guards = branch.guards;
        for (uint256 i = 0; i < guards.length; ++i) {
            Guard memory guard = guards[i];
            if (guard.kind == GuardKind.Exists) {
                found.exists = true;
                continue;
            }
            // What a share is measured by must be fresh too.
            if (guard.kind >= GuardKind.Pays) found.shares = true;
            (Truth truth, uint256 observed) = _look(guard, branch);
            if (truth < found.truth) {
                found.truth = truth;
                found.guard = i;
                found.observed = observed;
            }
        }
    }

    /// @dev Look at one guard that is not Exists.
    function _look(Guard memory guard, Branch memory branch) internal view returns (Truth truth, uint256 observed) {
        GuardKind kind = guard.kind;
        if (kind <= GuardKind.Reverted) return _outcome(guard.subject, kind == GuardKind.Kept);
        if (kind == GuardKind.After) return (_truth(block.timestamp >= guard.limit), block.timestamp);
        if (kind == GuardKind.Before) return (_truth(block.timestamp < guard.limit), block.timestamp);
        if (kind <= GuardKind.PoolAtMost) return _pool(guard.subject, guard.limit, kind == GuardKind.PoolAtLeast);
        return (Pairs.fresh(_pools(), branch.paths) ? Truth.True : Truth.Undecided, block.timestamp);
    }

    /// @dev Whether a commitment is kept, or is not.
    function _outcome(bytes32 id, bool wanted) private view returns (Truth truth, uint256 observed) {
        (bool isFinal, bool isKept) = REGISTRY.kept(CommitmentId.wrap(bytes25(id)));
        if (!isFinal) return (Truth.Undecided, 0);
        return (_truth(isKept == wanted), isKept ? 1 : 0);
    }

    /// @dev The price that the reserves stand at, unless they were touched in this block: such a price may last for that block only.
    function _pool(bytes32 pair, uint256 limit, bool atLeast) private view returns (Truth truth, uint256 observed) {
        (bool answers, uint256 reserve0, uint256 reserve1, uint256 touched) =
            Pairs.reserves(address(uint160(uint256(pair))));
        if (!answers || touched == uint32(block.timestamp)) return (Truth.Undecided, touched);
        // Safe: reserves have 112 bits, each half of the limit 128.
        unchecked {
            uint256 price = reserve1 * uint128(limit);
            uint256 wanted = (limit >> 128) * reserve0;
            truth = _truth(atLeast ? price >= wanted : price <= wanted);
            observed = (reserve1 << 128) | reserve0;
        }
    }

    function _truth(bool holds) private pure returns (Truth) {
        return holds ? Truth.True : Truth.False;
    }
}
