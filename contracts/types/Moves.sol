// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

using MovesLib for Leg global;
using MovesLib for Sweep global;
using MovesLib for Route global;

/// @notice One payment of a cycle: the order `order`, by its branch `branch`, pays `amount` of what it sells to the order of the next
/// leg; the last leg of a cycle pays to the first.
///
///     bits 255..138   137        136    135..128   127..112   111..0
///          zero       skippable  last   branch     order      amount
///
/// `skippable` counts on a cycle's first leg: a failure then undoes this cycle only.
type Leg is uint256;

/// @notice A walk of the book for the `exists` branch `branch` of an order: with at most `amount` of what it sells (0: all that is
/// left of it), past at most `pops` entries.
///
///     bits 255..152   151..136   135..128   127..112   111..0
///          zero       pops       branch     order      amount
type Sweep is uint256;

/// @notice `amount` (0: all that is left) of an order by the best path of its branch `branch`.
///
///     bits 255..136   135..128   127..112   111..0
///          zero       branch     order      amount
type Route is uint256;

/// @notice What one order did by one branch, as it is logged.
///
///     bits 255..248   247..240   239..128   127..0
///          zero       branch     sold       bought
type Fill is uint256;

/// @notice Reads those words.
library MovesLib {
    uint256 private constant LAST = 1 << 136;
    uint256 private constant SKIPPABLE = 1 << 137;

    /// @notice Order, branch and amount at once.
    function parts(Leg move) internal pure returns (uint256 order_, uint256 branch_, uint256 amount_) {
        uint256 word = Leg.unwrap(move);
        return (uint16(word >> 112), uint8(word >> 128), uint112(word));
    }

    function amount(Leg move) internal pure returns (uint256) {
        return uint112(Leg.unwrap(move));
    }

    function order(Leg move) internal pure returns (uint256) {
        return uint16(Leg.unwrap(move) >> 112);
    }

    function branch(Leg move) internal pure returns (uint256) {
        return uint8(Leg.unwrap(move) >> 128);
    }

    function last(Leg move) internal pure returns (bool) {
        return Leg.unwrap(move) & LAST != 0;
    }

    function skippable(Leg move) internal pure returns (bool) {
        return Leg.unwrap(move) & SKIPPABLE != 0;
    }

    function amount(Sweep move) internal pure returns (uint256) {
        return uint112(Sweep.unwrap(move));
    }

    function order(Sweep move) internal pure returns (uint256) {
        return uint16(Sweep.unwrap(move) >> 112);
    }

    function branch(Sweep move) internal pure returns (uint256) {
        return uint8(Sweep.unwrap(move) >> 128);
    }

    function pops(Sweep move) internal pure returns (uint256) {
        return uint16(Sweep.unwrap(move) >> 136);
    }

    function amount(Route move) internal pure returns (uint256) {
        return uint112(Route.unwrap(move));
    }

    function order(Route move) internal pure returns (uint256) {
        return uint16(Route.unwrap(move) >> 112);
    }

    function branch(Route move) internal pure returns (uint256) {
        return uint8(Route.unwrap(move) >> 128);
    }
}
