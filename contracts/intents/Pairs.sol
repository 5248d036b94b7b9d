// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IUniswapV2Pair} from "../interfaces/IUniswapV2.sol";
import {Branch} from "./Batches.sol";

/// @notice Where pairs are: a Uniswap V2 factory, and keccak256 of the code that creates its pairs.
struct Pools {
    address factory;
    bytes32 codeHash;
}

/// @notice Uniswap V2's pairs: where they are, what they would give, and swapping through them.
library Pairs {
    uint256 internal constant MIN_TOKENS = 2;
    uint256 internal constant MAX_TOKENS = 6;

    /// @notice The pair's address (CREATE2), whether it exists or not.
    function pairFor(Pools memory pools, address tokenA, address tokenB) internal pure returns (address pair) {
        (address token0, address token1) = tokenA < tokenB ? (tokenA, tokenB) : (tokenB, tokenA);
        bytes32 salt = keccak256(abi.encodePacked(token0, token1));
        pair = address(uint160(uint256(keccak256(abi.encodePacked(hex"ff", pools.factory, salt, pools.codeHash)))));
    }

    /// @notice A pair's reserves and the second in which it was last touched; `answers` is false where there is no pair.
    function reserves(address pair)
        internal
        view
        returns (bool answers, uint256 reserve0, uint256 reserve1, uint256 touched)
    {
        bytes4 selector = IUniswapV2Pair.getReserves.selector;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, selector)
            // 30,000: a pair needs a tenth of it; what a signer names must not eat a batch.
            answers := staticcall(30000, pair, free, 0x04, free, 0x60)
            answers := and(answers, gt(returndatasize(), 0x5f))
            if answers {
                reserve0 := mload(free)
                reserve1 := mload(add(free, 0x20))
                touched := mload(add(free, 0x40))
            }
        }
        // What is no pair could answer anything.
        answers = answers && reserve0 <= type(uint112).max && reserve1 <= type(uint112).max;
    }

    /// @notice Whether no pair on any of these paths was touched in this block. A pair that does not exist was not.
    function fresh(Pools memory pools, address[][] memory paths) internal view returns (bool) {
        for (uint256 i = 0; i < paths.length; ++i) {
            address[] memory tokens = paths[i];
            for (uint256 j = 1; j < tokens.length; ++j) {
                (bool answers,,, uint256 touched) = reserves(pairFor(pools, tokens[j - 1], tokens[j]));
                // Equality is the question: touched in this very second.
                // slither-disable-next-line incorrect-equality
                if (answers && touched == uint32(block.timestamp)) return false;
            }
        }
        return true;
    }

    /// @notice What selling `amount` along a path gives now; 0 where a pair is missing or empty.
    function quote(Pools memory pools, address[] memory tokens, uint256 amount) internal view returns (uint256) {
        for (uint256 j = 1; j < tokens.length && amount != 0; ++j) {
            (bool answers, uint256 reserveIn, uint256 reserveOut,) = reserves(pairFor(pools, tokens[j - 1], tokens[j]));
            if (!answers) return 0;
            if (tokens[j - 1] > tokens[j]) (reserveIn, reserveOut) = (reserveOut, reserveIn);
            amount = amountOut(amount, reserveIn, reserveOut);
        }
        return amount;
    }

    /// @notice Uniswap V2's formula with its fee of 0.3%.
    /// @param amount fits uint112, as reserves do, so that nothing overflows
    function amountOut(uint256 amount, uint256 reserveIn, uint256 reserveOut) internal pure returns (uint256) {
        if (reserveIn == 0 || reserveOut == 0) return 0;
        // Safe: 112 + 10 + 112 bits.
        unchecked {
            uint256 taken = amount * 997;
            return (taken * reserveOut) / (reserveIn * 1000 + taken);
        }
    }

    /// @notice The path of a branch that gives most for `amount`, the first of equals.
    function best(
        Pools memory pools,
        Branch memory branch,
        uint256 amount
    ) internal view returns (uint256 index, uint256 quoted) {
        for (uint256 i = 0; i < branch.paths.length; ++i) {
            uint256 given = quote(pools, branch.paths[i], amount);
            if (given > quoted) (index, quoted) = (i, given);
        }
    }

    /// @notice Swap along a path what already lies in its first pair.
    /// @param to who receives the last token
    function swap(Pools memory pools, address[] memory tokens, uint256 amount, address to) internal {
        address pair = pairFor(pools, tokens[0], tokens[1]);
        for (uint256 j = 1; j < tokens.length; ++j) {
            (, uint256 reserveIn, uint256 reserveOut,) = reserves(pair);
            bool forward = tokens[j - 1] < tokens[j];
            if (!forward) (reserveIn, reserveOut) = (reserveOut, reserveIn);
            amount = amountOut(amount, reserveIn, reserveOut);
            address next = j + 1 < tokens.length ? pairFor(pools, tokens[j], tokens[j + 1]) : to;
            IUniswapV2Pair(pair).swap(forward ? 0 : amount, forward ? amount : 0, next, "");
            pair = next;
        }
    }

    /// @notice Whether a path leads from what is sold to what is bought, over few enough tokens.
    function leads(address[] memory tokens, address sell, address buy) internal pure returns (bool) {
        uint256 count = tokens.length;
        return count >= MIN_TOKENS && count <= MAX_TOKENS && tokens[0] == sell && tokens[count - 1] == buy;
    }
}
