// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GuardKind, ISettlement} from "../interfaces/ISettlement.sol";
import {Route} from "../types/Moves.sol";
import {Branch, Guard, Order} from "./Batches.sol";
import {Pairs, Pools} from "./Pairs.sol";

/// @notice What a route owes to the one who moved out of its way.
/// @param mover who is paid; zero where nothing is owed
/// @param quoted what the payer's best path gave, before the batch, for `units`: the payer's and the mover's together
/// @param terms the share in basis points above 160 bits (as in the guard), and baseline and largest payment
struct Share {
    address mover;
    uint256 quoted;
    uint256 units;
    uint256 basisPoints;
    uint256 terms;
}

/// @notice A share for a change of route: partners find each other in the batch, and the gain is measured.
library Shares {
    uint256 private constant BASIS_POINTS = 10_000;

    /// @notice For each route what it owes, quoted from reserves as they stand; every partner must be there.
    /// @return shares empty where no branch that is routed speaks of shares
    function find(
        Pools memory pools,
        Order[] memory orders,
        Route[] memory routes
    ) internal view returns (Share[] memory shares) {
        for (uint256 i = 0; i < routes.length; ++i) {
            (uint256 k, uint256 b) = (routes[i].order(), routes[i].branch());
            // The route itself refuses what is not there.
            if (k >= orders.length || b >= orders[k].branches.length) continue;
            Guard[] memory guards = orders[k].branches[b].guards;
            for (uint256 g = 0; g < guards.length; ++g) {
                if (guards[g].kind < uint256(GuardKind.Pays)) continue;
                if (shares.length == 0) shares = new Share[](routes.length);
                _requireShare(routes, i, guards[g].subject);
                uint256 partner = _partner(orders, routes, i, g);
                if (guards[g].kind == uint256(GuardKind.Pays)) {
                    if (shares[i].units != 0) revert ISettlement.Settlement_OutOfRange(k);
                    shares[i] =
                        _share(pools, orders[k].branches[b], guards[g], routes[i].amount() + routes[partner].amount());
                }
            }
        }
    }

    /// @notice What of `received` goes to the mover.
    /// @param received at least the baseline
    /// @param sold the payer's units on this route
    function owed(
        Share memory share,
        uint256 received,
        uint256 sold
    ) internal pure returns (uint256 gain, uint256 paid) {
        uint256 baseline = share.terms >> 112;
        uint256 together = (share.quoted * sold) / share.units;
        if (together > baseline) baseline = together;
        if (received <= baseline) return (0, 0);
        gain = received - baseline;
        paid = (gain * share.basisPoints) / BASIS_POINTS;
        if (paid > uint112(share.terms)) paid = uint112(share.terms);
    }

    /// @dev The share of a guard that pays.
    function _share(
        Pools memory pools,
        Branch memory branch,
        Guard memory guard,
        uint256 units
    ) private view returns (Share memory) {
        uint256 subject = uint256(guard.subject);
        // Which path it is does not matter.
        // slither-disable-next-line unused-return
        (, uint256 quoted) = Pairs.best(pools, branch, units);
        return Share(address(uint160(subject)), quoted, units, subject >> 160, guard.limit);
    }

    /// @dev Both must say how much they route, for what is measured before the batch depends on it; and routed twice one would pay twice.
    function _requireShare(Route[] memory routes, uint256 i, bytes32 subject) private pure {
        (uint256 k, uint256 b) = (routes[i].order(), routes[i].branch());
        bool sound = routes[i].amount() != 0 && uint256(subject) >> 160 <= BASIS_POINTS;
        for (uint256 j = 0; j < i; ++j) {
            if (routes[j].order() == k && routes[j].branch() == b) sound = false;
        }
        if (!sound) revert ISettlement.Settlement_OutOfRange(k);
    }

    /// @dev The route whose branch mirrors a guard of route i.
    function _partner(
        Order[] memory orders,
        Route[] memory routes,
        uint256 i,
        uint256 g
    ) private pure returns (uint256) {
        Order memory order = orders[routes[i].order()];
        Guard memory guard = order.branches[routes[i].branch()].guards[g];
        for (uint256 j = 0; j < routes.length; ++j) {
            uint256 other = routes[j].order();
            if (other >= orders.length || routes[j].amount() == 0) continue;
            if (_mirrors(orders[other], routes[j].branch(), guard, order, order.branches[routes[i].branch()].buy)) {
                return j;
            }
        }
        revert ISettlement.Settlement_NoPartner(routes[i].order(), routes[i].branch(), g);
    }

    /// @dev Whether a branch of `other` has the other side of a guard of `order`, sells the same, and buys the same.
    function _mirrors(
        Order memory other,
        uint256 b,
        Guard memory guard,
        Order memory order,
        address buy
    ) private pure returns (bool) {
        uint256 subject = uint256(guard.subject);
        if (b >= other.branches.length || other.sell != order.sell || other.maker != address(uint160(subject))) {
            return false;
        }
        // The numbers that both signed are of one token, in which the share is paid.
        if (other.branches[b].buy != buy) return false;
        Guard[] memory guards = other.branches[b].guards;
        uint256 kind = uint256(guard.kind == uint256(GuardKind.Pays) ? GuardKind.Paid : GuardKind.Pays);
        subject = ((subject >> 160) << 160) | uint160(order.maker);
        for (uint256 i = 0; i < guards.length; ++i) {
            if (guards[i].kind != kind || guards[i].limit != guard.limit) continue;
            if (guards[i].subject == bytes32(subject)) return true;
        }
        return false;
    }
}
