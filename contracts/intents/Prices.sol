// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What one entry of the book and one order exchange.
/// @param bought units that the entry sells
/// @param paid what the order pays
/// @param missing what the caller adds so that the entry's limit holds
struct EntryFill {
    uint256 bought;
    uint256 paid;
    uint256 missing;
}

/// @notice The gains that a cycle's legs so far allow, from low to high, as fractions; a high of 1/0 has no end.
struct Gains {
    uint256 lowNumerator;
    uint256 lowDenominator;
    uint256 highNumerator;
    uint256 highDenominator;
}

/// @notice Limits, and the price of direct matches. Mirrored off chain by the package's `intents.prices`.
/// @dev Every amount fits uint112, so a product of two of them fits a word with room to spare.
library Prices {
    /// @dev The most that an order's limit counts as: far above any amount.
    uint256 private constant MOST = 1 << 143;

    /// @notice What selling `sold` must bring at least where `amount` must bring `least`.
    function required(uint256 sold, uint256 least, uint256 amount) internal pure returns (uint256) {
        return Math.ceilDiv(sold * least, amount);
    }

    /// @notice Whether `received` is less than that, without the division.
    function short(uint256 sold, uint256 received, uint256 least, uint256 amount) internal pure returns (bool) {
        // Safe: all of them fit uint112.
        unchecked {
            return received * amount < sold * least;
        }
    }

    /// @notice Whether an order (at least `least` for `amount`) and an entry of the reverse list cross.
    function within(
        uint256 amount,
        uint256 least,
        uint256 entryAmount,
        uint256 entryLeast
    ) internal pure returns (bool) {
        return entryLeast * least <= amount * entryAmount;
    }

    /// @notice Narrow the gains to those that a leg allows: from (r - 1) / m(x + 1) to (r + 1) / m(x - 1), where m is its minimum.
    /// @dev An end that nobody set has denominator 0.
    /// @param sold x, at least 1
    /// @param received r, at least 1
    function narrow(Gains memory g, uint256 sold, uint256 received, uint256 least, uint256 amount) internal pure {
        // Safe: r and x are at least 1 and at most 2^112, as least and amount are.
        unchecked {
            uint256 numerator = (received - 1) * amount;
            uint256 denominator = (sold + 1) * least;
            uint256 other = g.lowDenominator;
            if (other == 0 || less(g.lowNumerator, other, numerator, denominator)) {
                (g.lowNumerator, g.lowDenominator) = (numerator, denominator);
            }
            if (sold == 1) return;
            numerator = (received + 1) * amount;
            denominator = (sold - 1) * least;
            other = g.highDenominator;
            if (other == 0 || less(numerator, denominator, g.highNumerator, other)) {
                (g.highNumerator, g.highDenominator) = (numerator, denominator);
            }
        }
    }

    /// @notice Whether one gain suits all legs.
    function agree(Gains memory g) internal pure returns (bool) {
        return g.highDenominator == 0 || !less(g.highNumerator, g.highDenominator, g.lowNumerator, g.lowDenominator);
    }

    /// @notice a / b < c / d, exactly: of two products in 512 bits. (Remco Bloemen's multiplication, as OpenZeppelin's mul512, in line:
    /// there are three of these for each leg.)
    function less(uint256 a, uint256 b, uint256 c, uint256 d) internal pure returns (bool result) {
        assembly ("memory-safe") {
            let low1 := mul(a, d)
            let high1 := mulmod(a, d, not(0))
            high1 := sub(sub(high1, low1), lt(high1, low1))
            let low2 := mul(c, b)
            let high2 := mulmod(c, b, not(0))
            high2 := sub(sub(high2, low2), lt(high2, low2))
            result := or(lt(high1, high2), and(eq(high1, high2), lt(low1, low2)))
        }
    }

    /// @notice The fill of an entry within the limit by an order that still offers `offered` units.
    /// @param alive what the entry can sell, more than 0
    function fillEntry(
        uint256 offered,
        uint256 amount,
        uint256 least,
        uint256 alive,
        uint256 entryAmount,
        uint256 entryLeast
    ) internal pure returns (EntryFill memory fill) {
        uint256 low = Math.ceilDiv(alive * entryLeast, entryAmount);
        // Floored on purpose: the order's limit, for all of it.
        // slither-disable-next-line divide-before-multiply
        uint256 high = (alive * amount) / least;
        // What nobody can pay anyway; so that the product below fits.
        if (high > MOST) high = MOST;
        uint256 paid = low > high ? high : Math.sqrt(low * high);
        if (paid <= offered) {
            fill.bought = alive;
            fill.paid = paid;
            fill.missing = low > paid ? low - paid : 0;
            return fill;
        }
        // All that is offered: for its share of what was alive, or what the order's limit demands if that is more.
        fill.bought = Math.max((alive * offered) / paid, Math.ceilDiv(offered * least, amount));
        fill.paid = offered;
        low = Math.ceilDiv(fill.bought * entryLeast, entryAmount);
        fill.missing = low > offered ? low - offered : 0;
    }
}
