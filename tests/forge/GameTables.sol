// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GameTable} from "contracts/arenas/MatrixArena.sol";

/// @notice Games as the tables that a MatrixArena takes.
library GameTables {
    /// @notice Chicken with Stop, as ChickenArena plays it: a stake is 100 points.
    function bargaining() internal pure returns (GameTable memory game) {
        int64[18] memory points = [int64(-100), -100, 10, -20, 10, -20, -20, 10, 0, 0, 0, 10, -20, 10, 10, 0, 0, 0];
        game.words = new bytes32[](3);
        game.words[0] = "dare";
        game.words[1] = "stop";
        game.words[2] = "swerve";
        game.actions = alike(2, hex"000102");
        game.defaults = hex"0202";
        game.points = 100;
        for (uint256 i; i < points.length; ++i) {
            game.payoffs = push(game.payoffs, points[i]);
        }
    }

    /// @notice The same as a short table: one's own action, times how many others (0 or 1) swerve, times how many stop.
    function shortBargaining() internal pure returns (GameTable memory game) {
        // others: none (dare), one stops, one swerves, both at once (nobody can)
        int64[12] memory points = [int64(-100), 10, 10, 0, -20, 0, 0, 0, -20, 10, 0, 0];
        game = bargaining();
        game.symmetric = true;
        game.payoffs = "";
        for (uint256 i; i < points.length; ++i) {
            game.payoffs = push(game.payoffs, points[i]);
        }
    }

    /// @notice The battle of the sexes: seats that differ. Each goes by default to what it likes better.
    function evening() internal pure returns (GameTable memory game) {
        int64[8] memory points = [int64(0), 0, 3, 2, 2, 3, 0, 0];
        game.words = new bytes32[](2);
        game.words[0] = "opera";
        game.words[1] = "football";
        game.actions = new bytes[](2);
        game.actions[0] = hex"0001";
        game.actions[1] = hex"0100";
        game.defaults = hex"0000";
        game.points = 1;
        for (uint256 i; i < points.length; ++i) {
            game.payoffs = push(game.payoffs, points[i]);
        }
    }

    /// @notice A public good of factor 1.6, as a short table: a stake is as many points as there are shares of 1.6 stakes.
    function publicGood(uint256 seats) internal pure returns (GameTable memory game) {
        game.words = new bytes32[](2);
        game.words[0] = "withhold";
        game.words[1] = "contribute";
        game.actions = alike(seats, hex"0001");
        game.defaults = new bytes(seats);
        game.points = uint64(5 * seats);
        game.symmetric = true;
        for (uint256 mine; mine < 2; ++mine) {
            for (uint256 others; others < seats; ++others) {
                game.payoffs = push(game.payoffs, int64(uint64(8 * (others + mine))) - int64(uint64(mine * 5 * seats)));
            }
        }
    }

    function alike(uint256 seats, bytes memory own) internal pure returns (bytes[] memory actions) {
        actions = new bytes[](seats);
        for (uint256 i; i < seats; ++i) {
            actions[i] = own;
        }
    }

    function push(bytes memory payoffs, int64 points) internal pure returns (bytes memory) {
        return bytes.concat(payoffs, bytes8(uint64(points)));
    }
}
