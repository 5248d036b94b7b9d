// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice What is used of Uniswap V2's pairs (@uniswap/v2-core 1.0.1).
interface IUniswapV2Pair {
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);

    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}
