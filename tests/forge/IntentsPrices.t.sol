// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EntryFill, Gains, Prices} from "contracts/intents/Prices.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The arithmetic of limits and prices, over all that numbers can be.
contract IntentsPricesTest is Test {
    uint256 private constant MOST = type(uint112).max;

    function testFuzz_LessIsExact(uint256 a, uint256 b, uint256 c, uint256 d) public pure {
        (uint256 high1, uint256 low1) = Math.mul512(a, d);
        (uint256 high2, uint256 low2) = Math.mul512(c, b);
        assertEq(Prices.less(a, b, c, d), high1 < high2 || (high1 == high2 && low1 < low2));
    }

    function test_LessOfNeighbours() public pure {
        uint256 most = type(uint256).max;
        assertFalse(Prices.less(most, most, most, most));
        assertTrue(Prices.less(most - 1, most, most, most));
        assertFalse(Prices.less(most, most - 1, most, most));
        // The products differ in the lower half only.
        assertTrue(Prices.less(1, 2, 2, 3));
        assertFalse(Prices.less(2, 3, 1, 2));
        assertFalse(Prices.less(1, 2, 2, 4));
        assertFalse(Prices.less(0, 1, 0, 1));
    }

    function testFuzz_RequiredAndShortAgree(uint256 sold, uint256 received, uint256 least, uint256 amount) public pure {
        amount = bound(amount, 1, MOST);
        (sold, received, least) = (bound(sold, 0, amount), bound(received, 0, MOST), bound(least, 0, MOST));
        uint256 required = Prices.required(sold, least, amount);
        assertEq(Prices.short(sold, received, least, amount), received < required);
        assertGe(required * amount, sold * least);
        if (required != 0) assertLt((required - 1) * amount, sold * least);
    }

    /// @dev Two legs, in small numbers: one gain must lie in both ranges.
    function testFuzz_GainsOfTwo(
        uint8 x,
        uint8 y,
        uint8 least1,
        uint8 amount1,
        uint8 least2,
        uint8 amount2
    ) public pure {
        (uint256 a, uint256 b) = (uint256(x) + 1, uint256(y) + 1);
        uint256[4] memory n = [uint256(least1) + 1, uint256(amount1) + 1, uint256(least2) + 1, uint256(amount2) + 1];
        Gains memory g;
        Prices.narrow(g, a, b, n[0], n[1]);
        Prices.narrow(g, b, a, n[2], n[3]);
        assertEq(Prices.agree(g), meet(a, b, n[0], n[1], n[2], n[3]) && meet(b, a, n[2], n[3], n[0], n[1]));
    }

    /// @dev Whether the low end of who sells a for b is at most the high end of who sells b for a.
    function meet(
        uint256 a,
        uint256 b,
        uint256 least1,
        uint256 amount1,
        uint256 least2,
        uint256 amount2
    ) private pure returns (bool) {
        if (b == 1) return true;
        return (b - 1) * amount1 * (b - 1) * least2 <= (a + 1) * amount2 * (a + 1) * least1;
    }

    function testFuzz_WithinIsTheProductOfRates(uint256 amount, uint256 least, uint256 s, uint256 b) public pure {
        (amount, least) = (bound(amount, 1, MOST), bound(least, 1, MOST));
        (s, b) = (bound(s, 1, MOST), bound(b, 1, MOST));
        (uint256 high1, uint256 low1) = Math.mul512(b, least);
        (uint256 high2, uint256 low2) = Math.mul512(amount, s);
        assertEq(high1 | high2, 0);
        assertEq(Prices.within(amount, least, s, b), low1 <= low2);
    }

    /// @dev Whatever the numbers: nobody is worse than its limit, and nothing is sold that is not there.
    function testFuzz_FillOfAnEntry(
        uint256 offered,
        uint256 amount,
        uint256 least,
        uint256 alive,
        uint256 s,
        uint256 b,
        uint8 scale
    ) public pure {
        // Any size of number, not only the largest.
        uint256 size = MOST >> (uint256(scale) % 104);
        (amount, s) = (bound(amount, 1, size), bound(s, 1, size));
        (least, b) = (bound(least, 1, size), bound(b, 1, size));
        if (!Prices.within(amount, least, s, b)) (least, b, amount, s) = (amount, s, least, b);
        (offered, alive) = (bound(offered, 1, amount), bound(alive, 1, s));
        EntryFill memory fill = Prices.fillEntry(offered, amount, least, alive, s, b);
        assertLe(fill.paid, offered, "offered");
        assertLe(fill.bought, alive, "alive");
        assertGt(fill.bought, 0, "something");
        assertFalse(Prices.short(fill.paid, fill.bought, least, amount), "the order's limit");
        assertGe((fill.paid + fill.missing) * s, fill.bought * b, "the entry's limit");
        // It ends: all of the entry, or all that is offered.
        assertTrue(fill.bought == alive || fill.paid == offered, "it ends");
        // What is missing is worth less than one unit of what the entry sells, rounded up.
        if (fill.missing != 0) assertLe(fill.missing, Math.ceilDiv(b, s) + 1, "missing");
    }

    function test_FillsByHand() public pure {
        // lo = 100, hi = 200, isqrt(20000) = 141
        equal(Prices.fillEntry(300, 300, 300, 200, 200, 100), 200, 141, 0);
        equal(Prices.fillEntry(141, 300, 300, 200, 200, 100), 200, 141, 0);
        equal(Prices.fillEntry(140, 300, 300, 200, 200, 100), 198, 140, 0);
        // lo = 2 > hi = 1
        equal(Prices.fillEntry(2, 2, 3, 2, 3, 2), 2, 1, 1);
        equal(Prices.fillEntry(1, 200, 300, 300, 300, 200), 2, 1, 1);
        // hi = 2^143 instead of 2^112 - 1 squared: isqrt(2^143 (2^112 - 1)) is far above what is offered.
        EntryFill memory fill = Prices.fillEntry(MOST, MOST, 1, MOST, MOST, MOST);
        assertEq(fill.paid, MOST);
        assertEq(fill.bought, (MOST * MOST) / Math.sqrt(MOST << 143));
        assertEq(fill.missing, 0);
    }

    function equal(EntryFill memory fill, uint256 bought, uint256 paid, uint256 missing) private pure {
        assertEq(fill.bought, bought, "bought");
        assertEq(fill.paid, paid, "paid");
        assertEq(fill.missing, missing, "missing");
    }
}
