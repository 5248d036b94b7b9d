// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {GuardKind, ISettlement} from "../interfaces/ISettlement.sol";
import {Branch, Guard} from "./Batches.sol";
import {Pairs, Pools} from "./Pairs.sol";

enum Truth {
    False,
    Undecided,
    True
}

/// @dev What a branch's guards are, beside what they say.
uint256 constant EXISTS = 1;
uint256 constant SHARES = 2;
uint256 constant UNSOUND = 4;

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
    /// @return truth of its plain guards: all but Exists, Pays and Paid
    /// @return guard the first that is false, or else the first undecided
    /// @return observed what that guard saw in place of its limit
    /// @return traits EXISTS and SHARES where it has such guards; UNSOUND where it has what such a branch cannot have: Exists speaks of
    /// direct swaps, once; shares and freshness of routes
    function _examine(Branch memory branch)
        internal
        view
        returns (Truth truth, uint256 guard, uint256 observed, uint256 traits)
    {
        truth = Truth.True;
        Guard[] memory guards = branch.guards;
        for (uint256 i = 0; i < guards.length; ++i) {
            Guard memory one = guards[i];
            uint256 kind = one.kind;
            if (kind == uint256(GuardKind.Exists)) {
                if (traits & EXISTS != 0 || branch.paths.length != 0 || branch.buy == address(0)) traits |= UNSOUND;
                traits |= EXISTS;
                continue;
            }
            Truth said;
            uint256 saw;
            if (kind <= uint256(GuardKind.Reverted)) {
                (said, saw) = _outcome(one.subject, kind == uint256(GuardKind.Kept));
            } else if (kind <= uint256(GuardKind.Before)) {
                // Both are about the same second: After from it on, Before until it comes.
                bool reached = block.timestamp >= one.limit;
                // slither-disable-next-line incorrect-equality
                (said, saw) = (_truth(reached == (kind == uint256(GuardKind.After))), block.timestamp);
            } else if (kind <= uint256(GuardKind.PoolAtMost)) {
                (said, saw) = _pool(one.subject, one.limit, kind == uint256(GuardKind.PoolAtLeast));
            } else {
                // What a share is measured by must be fresh too.
                if (branch.paths.length == 0) traits |= UNSOUND;
                if (kind != uint256(GuardKind.Fresh)) traits |= SHARES;
                (said, saw) = (Pairs.fresh(_pools(), branch.paths) ? Truth.True : Truth.Undecided, block.timestamp);
            }
            if (said < truth) (truth, guard, observed) = (said, i, saw);
        }
    }

    /// @dev Whether a commitment is kept, or is not.
    function _outcome(bytes32 id, bool wanted) private view returns (Truth truth, uint256 observed) {
        address registry_ = address(REGISTRY);
        bytes4 selector = IBoomerang.kept.selector;
        assembly ("memory-safe") {
            // registry.kept(id): whether it is final, and whether it is kept, of a contract that is trusted.
            let free := mload(0x40)
            mstore(free, selector)
            mstore(add(free, 0x04), and(id, not(0xffffffffffffff)))
            if iszero(staticcall(gas(), registry_, free, 0x24, free, 0x40)) { revert(0, 0) }
            // Not final: undecided, which is 1; else true, which is 2, or false.
            observed := mload(add(free, 0x20))
            truth := 1
            if mload(free) { truth := shl(1, eq(observed, wanted)) }
        }
    }

    /// @dev The price that the reserves stand at, unless they were touched in this block: such a price may last for that block only.
    function _pool(bytes32 pair, uint256 limit, bool atLeast) private view returns (Truth truth, uint256 observed) {
        (bool answers, uint256 reserve0, uint256 reserve1, uint256 touched) =
            Pairs.reserves(address(uint160(uint256(pair))));
        // slither-disable-next-line incorrect-equality
        if (!answers || touched == uint32(block.timestamp)) return (Truth.Undecided, touched);
        // An empty pair has no price.
        if (reserve0 == 0 || reserve1 == 0) return (Truth.Undecided, 0);
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
