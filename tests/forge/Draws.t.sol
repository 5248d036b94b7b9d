// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {newRecord} from "contracts/types/Record.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract DrawsTest is RegistryTest {
    /// @dev EIP-2935's.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 private constant SEED_BLOCK = START_BLOCK + DRAW_DELAY;
    bytes32 private constant SEED = keccak256("the hash of the block that decides");

    function test_the_draw_comes_of_the_seed_and_the_id() public {
        Commitment memory c = publish(alice);
        seedIsKnown();
        uint32 expected = drawOf(c);
        vm.expectEmit(address(registry));
        emit IBoomerang.Drawn(c.id, expected);
        draw(c);
        assertEq(registry.record(c.id), newRecord(c.freeze, START_BLOCK).withDraw(expected));
        assertTrue(registry.record(c.id).drawn());
        assertEq(registry.record(c.id).draw(), expected);
    }

    function test_not_before_the_seed_is_known() public {
        Commitment memory c = publish(alice);
        vm.roll(SEED_BLOCK);
        expectNoSeed(c);
        draw(c);
        vm.roll(SEED_BLOCK + 1);
        draw(c);
        assertTrue(registry.record(c.id).drawn());
    }

    function test_while_the_chain_still_has_the_seed() public {
        Commitment memory c = publish(alice);
        Commitment memory late = publish(alice);
        vm.roll(SEED_BLOCK + 256);
        draw(c);
        assertTrue(registry.record(c.id).drawn());
        vm.roll(SEED_BLOCK + 257);
        expectNoSeed(late);
        draw(late);
    }

    function test_where_the_chain_keeps_a_history_it_is_asked() public {
        Commitment memory c = publish(alice);
        vm.roll(SEED_BLOCK + 257);
        vm.mockCall(HISTORY, abi.encode(SEED_BLOCK), abi.encode(SEED));
        draw(c);
        assertEq(registry.record(c.id).draw(), drawOf(c));
    }

    function test_until_the_freeze() public {
        Commitment memory c = publish(alice);
        seedIsKnown();
        vm.warp(c.freeze);
        expectTooLate(c, c.freeze);
        draw(c);
        vm.warp(c.freeze - 1);
        draw(c);
        assertTrue(registry.record(c.id).drawn());
    }

    function test_what_is_drawn_is_passed_over_at_any_time() public {
        Commitment memory c = publish(alice);
        seedIsKnown();
        draw(c);
        uint32 before = registry.record(c.id).draw();
        vm.setBlockhash(SEED_BLOCK, "another");
        draw(c);
        vm.warp(c.freeze);
        draw(c);
        assertEq(registry.record(c.id).draw(), before);
    }

    function test_several_at_once_or_none() public {
        Commitment memory a = publish(alice);
        Commitment memory b = publish(bob);
        Commitment memory nobody = plan(carol, stakeOf(BOND, 0, 0, 0), "not yet");
        seedIsKnown();
        CommitmentId[] memory ids = new CommitmentId[](3);
        (ids[0], ids[1], ids[2]) = (a.id, b.id, nobody.id);
        expectUnknown(nobody);
        registry.draw(ids);
        assertFalse(registry.record(a.id).drawn());

        ids[2] = a.id;
        registry.draw(ids);
        assertEq(registry.record(a.id).draw(), drawOf(a));
        assertEq(registry.record(b.id).draw(), drawOf(b));
    }

    function test_the_order_within_a_block_is_that_of_the_draws() public {
        Commitment memory a = publish(alice);
        Commitment memory b = publish(bob);
        seedIsKnown();
        assertOrder(a, b, false, false);
        draw(a);
        assertOrder(a, b, false, false);
        assertOrder(b, a, false, false);
        draw(b);
        assertOrder(a, b, true, drawOf(a) < drawOf(b));
        assertOrder(b, a, true, drawOf(b) < drawOf(a));
        assertOrder(a, a, false, false);
    }

    function test_the_order_of_freezes_needs_no_draw() public {
        Commitment memory a = publish(alice);
        skip(1);
        Commitment memory b = publish(bob);
        assertOrder(a, b, true, true);
        assertOrder(b, a, true, false);
    }

    function test_sealing_draws_where_it_can() public {
        Commitment memory c = publish(alice);
        Commitment memory early = publish(bob);
        skip(SEAL_DELAY);
        seal(early, KEEP);
        assertFalse(registry.record(early.id).drawn());
        assertEq(phaseOf(early), Phase.Sealed);

        seedIsKnown();
        seal(c, KEEP);
        assertEq(registry.record(c.id).draw(), drawOf(c));
        // What was sealed undrawn can still be drawn.
        draw(early);
        assertEq(registry.record(early.id).draw(), drawOf(early));
        assertEq(bytes32(registry.record(early.id).seal()), bytes32(sealOf(early, KEEP, SALT)));
    }

    function test_sealing_leaves_an_earlier_draw() public {
        Commitment memory c = publish(alice);
        seedIsKnown();
        draw(c);
        uint32 before = registry.record(c.id).draw();
        vm.setBlockhash(SEED_BLOCK, "another");
        skip(SEAL_DELAY);
        seal(c, KEEP);
        assertEq(registry.record(c.id).draw(), before);
    }

    function seedIsKnown() private {
        vm.roll(SEED_BLOCK + 1);
        vm.setBlockhash(SEED_BLOCK, SEED);
    }

    function drawOf(Commitment memory c) private pure returns (uint32) {
        return uint32(bytes4(keccak256(abi.encode(SEED, c.id))));
    }

    function expectNoSeed(Commitment memory c) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_SeedUnavailable.selector, c.id, SEED_BLOCK));
    }

    function assertOrder(Commitment memory x, Commitment memory y, bool decided, bool before) private view {
        (bool d, bool b) = registry.precedes(x.id, y.id);
        assertEq(d, decided, "decided");
        assertEq(b, before, "before");
    }
}
