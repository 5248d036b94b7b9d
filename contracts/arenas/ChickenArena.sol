// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {Arena} from "./Arena.sol";
import {Statements} from "./Statements.sol";

/// @title Chicken, for two
/// @notice A player does what kept commitments state ("Dare", "Stop", "Swerve", by their first word), and swerves if none states anything.
/// Where they disagree the most reckless counts, Dare before Stop before Swerve: nobody can be relied upon not to drive. A stake is 100.
///
///   mine \ theirs   Dare   Stop   Swerve
///   Dare            -100    +10      +10
///   Stop             -20      0        0     calls the race off and concedes; against one who drives on that is swerving
///   Swerve           -20    +10        0
contract ChickenArena is Arena {
    uint32 public constant DARE = 1;
    uint32 public constant STOP = 2;
    uint32 public constant SWERVE = 4;

    /// @dev The most that one can lose, and the least stake: payoffs are in hundredths of it.
    uint256 private constant WORST = 100;
    uint256 private constant BEST = 10;

    constructor(IBoomerang registry, IERC20 token) Arena(registry, token) {}

    function actionOf(bytes memory statement) public pure override returns (uint32) {
        bytes32 word = Statements.firstWord(statement);
        if (word == "dare") return DARE;
        if (word == "stop") return STOP;
        if (word == "swerve") return SWERVE;
        return 0;
    }

    function prizeOf(uint256 players, uint256 stake) public pure override returns (uint256) {
        if (players != 2) revert Arena_BadTerms("players");
        if (stake % WORST != 0) revert Arena_BadTerms("stake");
        return stake * BEST / WORST;
    }

    function payoutsOf(uint256 stake, uint256[] memory stated) public pure override returns (uint256[] memory payouts) {
        uint32 one = moveOf(stated[0]);
        uint32 other = moveOf(stated[1]);
        payouts = new uint256[](2);
        payouts[0] = _payout(stake, payoff(one, other));
        payouts[1] = _payout(stake, payoff(other, one));
    }

    /// @notice What a player does whose kept commitments state all of this.
    function moveOf(uint256 stated) public pure returns (uint32) {
        if (stated & DARE != 0) return DARE;
        if (stated & STOP != 0) return STOP;
        return SWERVE;
    }

    /// @notice In hundredths of a stake.
    function payoff(uint32 mine, uint32 theirs) public pure returns (int256) {
        if (mine == DARE) return theirs == DARE ? -int256(WORST) : int256(BEST);
        if (theirs == DARE) return -20;
        return mine == SWERVE && theirs == STOP ? int256(BEST) : int256(0);
    }

    function _payout(uint256 stake, int256 points) private pure returns (uint256) {
        return stake * uint256(int256(WORST) + points) / WORST;
    }
}
