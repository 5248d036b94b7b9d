// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token of which half of what a chosen account sends is burned on the way: of Mallory's transfers, not of others'.
contract AttackFeeToken is ERC20 {
    address private immutable TAXED;

    constructor(address taxed) ERC20("Fee", "FEE") {
        TAXED = taxed;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from == TAXED && to != address(0)) super._update(to, address(0), amount / 2);
    }
}
