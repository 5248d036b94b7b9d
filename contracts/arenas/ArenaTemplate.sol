// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {Arena} from "./Arena.sol";
import {Statements} from "./Statements.sol";

/// @title A vow, and where to start from: copy this file, change its three functions (docs/arenas.md)
/// @notice Whoever keeps a commitment whose first word is "Yes" gets his stake back. The others lose theirs.
contract ArenaTemplate is Arena {
    /// @dev A flag for each action: 1, 2, 4, 8, ...
    uint32 public constant YES = 1;

    constructor(IBoomerang registry, IERC20 token) Arena(registry, token) {}

    /// @notice What a statement states. What gives 0 cannot be entered.
    function actionOf(bytes memory statement) public pure override returns (uint32) {
        return Statements.firstWord(statement) == "yes" ? YES : 0;
    }

    /// @notice The most that payouts can exceed stakes. Here nobody wins anything.
    function prizeOf(uint256, uint256) public pure override returns (uint256) {
        return 0;
    }

    /// @notice Who gets what. `stated[i] & YES` is whether player i is bound to it; say what counts where actions disagree.
    function payoutsOf(uint256 stake, uint256[] memory stated) public pure override returns (uint256[] memory payouts) {
        payouts = new uint256[](stated.length);
        for (uint256 i; i < stated.length; ++i) {
            if (stated[i] & YES != 0) payouts[i] = stake;
        }
    }
}
