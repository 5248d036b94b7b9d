// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title TestToken: what demonstrations and tests play for
/// @notice An ERC-20 with permits (ERC-2612) that anybody may mint. It is worth nothing, by design.
contract TestToken is ERC20, ERC20Permit {
    constructor(string memory name, string memory symbol) ERC20(name, symbol) ERC20Permit(name) {}

    /// @notice Make `amount` (smallest units, 18 decimals) out of nothing, for anybody, by anybody.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
