// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang, Key, Resolution} from "../interfaces/IBoomerang.sol";
import {Stake} from "../types/Stake.sol";

/// @notice A committer that, in the moment in which it is paid, has the registry resolve something: a commitment of its own again,
/// or somebody else's. Lean, so that it can within the gas of a payment.
contract AttackResolver {
    IBoomerang private immutable REGISTRY;
    address private immutable COMMITTER;
    Stake private immutable STAKE;
    bytes32 private immutable CONTENT_HASH;

    uint256 private constant ENOUGH = 18_000;

    /// @param committer of what it resolves; zero for this contract
    constructor(IBoomerang registry, address committer, Stake stake, bytes32 contentHash) {
        REGISTRY = registry;
        COMMITTER = committer == address(0) ? address(this) : committer;
        STAKE = stake;
        CONTENT_HASH = contentHash;
    }

    // solhint-disable-next-line no-complex-fallback
    receive() external payable {
        if (gasleft() < ENOUGH) return;
        Resolution[] memory one = new Resolution[](1);
        one[0].key = Key(COMMITTER, STAKE, CONTENT_HASH);
        // It takes the money, whatever comes of this.
        // solhint-disable-next-line no-empty-blocks
        try REGISTRY.resolve(one) {} catch {}
    }

    function publish(Stake stake, bytes32 topic, bytes calldata body) external payable {
        REGISTRY.publish{value: msg.value}(stake, topic, body);
    }
}
