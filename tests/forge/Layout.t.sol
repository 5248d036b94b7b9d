// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Record} from "contracts/types/Record.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

/// @notice The slots where the proofs of tests/symbolic put state.
contract LayoutTest is RegistryTest {
    uint256 private constant SLOTS_SLOT = 2;
    uint256 private constant STANDINGS_SLOT = 3;
    uint256 private constant OFFERS_SLOT = 4;

    function test_state_is_where_the_proofs_put_it() public {
        Commitment memory x = publish(alice);
        later();
        Commitment memory y = publish(bob);
        offer(y, x);
        uint256 id = uint256(bytes32(CommitmentId.unwrap(x.id)));
        uint256 time = block.timestamp;
        assertEq(word(keccak256(abi.encode(x.id, SLOTS_SLOT))), Record.unwrap(registry.record(x.id)));
        assertEq(word(keccak256(abi.encode(y.id, SLOTS_SLOT))), Record.unwrap(registry.record(y.id)));
        assertEq(word(keccak256(abi.encode(y.id, STANDINGS_SLOT))), id | 1);
        assertEq(word(keccak256(abi.encode(x.id, keccak256(abi.encode(y.id, OFFERS_SLOT))))), id | (time << 24) | 1);
    }

    function word(bytes32 slot) private view returns (uint256) {
        return uint256(vm.load(address(registry), slot));
    }
}
