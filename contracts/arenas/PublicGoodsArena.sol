// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {Arena} from "./Arena.sol";
import {Statements} from "./Statements.sol";

/// @title A public good, for many
/// @notice Whoever keeps a commitment whose first word is "Contribute" puts his stake into a pot; the others keep theirs. The pot grows by
/// a fixed factor, from the prize, and everybody gets an equal share of it, contributor or not.
/// @dev Shares are rounded down. What does not divide stays unwon: it is the sponsor's, as far as there is a prize.
contract PublicGoodsArena is Arena {
    error PublicGoodsArena_BadFactor(uint256 factor);

    uint32 public constant CONTRIBUTE = 1;
    uint256 private constant BASIS_POINTS = 10_000;

    /// @notice What a contributed token becomes, in basis points: above 10,000, and a dilemma while below 10,000 times the players.
    uint256 public immutable FACTOR;

    /// @param factor 10,000 to 160,000
    constructor(IBoomerang registry, IERC20 token, uint256 factor) Arena(registry, token) {
        if (factor < BASIS_POINTS || factor > BASIS_POINTS * MAX_PLAYERS) revert PublicGoodsArena_BadFactor(factor);
        FACTOR = factor;
    }

    function actionOf(bytes memory statement) public pure override returns (uint32) {
        return Statements.firstWord(statement) == "contribute" ? CONTRIBUTE : 0;
    }

    function prizeOf(uint256 players, uint256 stake) public view override returns (uint256) {
        return players * stake * (FACTOR - BASIS_POINTS) / BASIS_POINTS;
    }

    function payoutsOf(uint256 stake, uint256[] memory stated) public view override returns (uint256[] memory payouts) {
        uint256 contributors;
        for (uint256 i; i < stated.length; ++i) {
            if (stated[i] == CONTRIBUTE) ++contributors;
        }
        uint256 share = contributors * stake * FACTOR / BASIS_POINTS / stated.length;
        payouts = new uint256[](stated.length);
        for (uint256 i; i < stated.length; ++i) {
            payouts[i] = stated[i] == CONTRIBUTE ? share : stake + share;
        }
    }
}
