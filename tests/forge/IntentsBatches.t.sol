// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GuardKind, ISettlement} from "contracts/interfaces/ISettlement.sol";
import {Draft, IntentsEncoder, Program} from "./IntentsEncoder.sol";
import {IntentsTest} from "./IntentsTest.sol";

/// @notice Batches as bytes: what is read is what was written, and what is no batch is refused.
contract IntentsBatchesTest is IntentsTest {
    using IntentsEncoder for Program;

    function malformed(uint256 where) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_Malformed.selector, where);
    }

    // ------------------------------------------------------------------ what is read

    /// @dev Everything that an order can have.
    function rich() private returns (Program memory p) {
        p = when(offers(alice, gold, 1e6, silver, 2e6), GuardKind.After, 0, 1);
        p = via(buys(p, silver, 1), address(gold), address(silver));
        p = via(p, address(gold), address(copper), address(silver));
        p = when(when(p, GuardKind.Fresh, 0, 0), GuardKind.Before, 0, type(uint256).max);
        p = when(p, GuardKind.PoolAtLeast, bytes32(uint256(uint160(address(gold)))), (1 << 128) | 1);
        p = when(p, GuardKind.Kept, bytes32(bytes25("id")), 0);
        p = buys(p, copper, 3);
        p = when(p, GuardKind.Before, 0, 2);
        p = buys(p, NOTHING, 0);
    }

    function test_HashOfEverything() public {
        Program memory p = rich();
        for (uint256 given = 1; given <= 4; ++given) {
            assertEq(settlement.hash(pack(hand(p, given))), hashOf(p));
        }
    }

    function testFuzz_HashOfAnything(
        address maker,
        address sell,
        uint256 amount,
        bool whole,
        uint256 nonce,
        uint256 deadline,
        uint256 least,
        bytes32 subject,
        uint8 kinds,
        bytes memory signature
    ) public view {
        Program memory p;
        (p.maker, p.sell, p.amount, p.whole, p.nonce, p.deadline) = (maker, sell, amount, whole, nonce, deadline);
        p = buys(p, copper, least);
        for (uint256 i; i < kinds % 5; ++i) {
            p = when(p, GuardKind((kinds / 5 + i) % 10), subject, amount ^ least);
        }
        p = buys(p, maker, nonce);
        for (uint256 i; i < kinds % 4; ++i) {
            address[] memory path = new address[]((kinds + i) % 8);
            for (uint256 j; j < path.length; ++j) {
                path[j] = address(uint160(amount ^ (i << 8) ^ j));
            }
            p = via(p, path);
        }
        p = signed(p, signature);
        assertEq(settlement.hash(pack(hand(p, kinds % 3))), hashOf(p));
    }

    /// @dev With a move of each kind.
    function full() private returns (bytes memory batch) {
        pool(address(gold), 1e9, address(silver), 1e9);
        post(offers(carol, silver, 1000, gold, 10));
        Program memory p = buys(offers(alice, gold, 1e6, silver, 1e5), silver, 1);
        p = via(p, address(gold), address(silver));
        Draft memory d = batchOf(p, buys(sells(bob, silver, 316), gold, 316));
        leg(d, 0, 0, SKIPPABLE, 1000);
        leg(d, 1, 0, LAST, 316);
        sweep(d, 0, 0, 300, 5e5);
        route(d, 0, 1, 0);
        return pack(d);
    }

    function test_EveryKindOfMove() public {
        settle(full());
        assertMoved(alice, gold, -1e6);
        assertMoved(bob, gold, 1000);
    }

    // ------------------------------------------------------------------ what is refused

    function test_EveryTruncationIsRefused() public {
        bytes memory batch = full();
        for (uint256 length; length < batch.length; ++length) {
            bytes memory shorter = new bytes(length);
            for (uint256 i; i < length; ++i) {
                shorter[i] = batch[i];
            }
            (bool ok, bytes memory answer) = address(settlement).call(abi.encodeCall(ISettlement.settle, (shorter)));
            assertFalse(ok);
            assertEq(bytes4(answer), ISettlement.Settlement_Malformed.selector);
        }
        settle(batch);
    }

    function test_BytesBehindTheEndAreRefused() public {
        bytes memory batch = full();
        for (uint256 i; i < 3; ++i) {
            bytes memory longer = abi.encodePacked(batch, new bytes(i * 31 + 1));
            expect(malformed(batch.length));
            settle(longer);
        }
    }

    function test_NoBytes() public {
        expect(malformed(5));
        settle("");
        expect(malformed(5));
        settlement.hash("");
        settle(new bytes(5));
    }

    /// @dev The list of gold and silver, one order of Alice's with one guard, and moves as they are given.
    function raw(bytes memory moves) private returns (bytes memory) {
        return abi.encodePacked(hex"02", gold, silver, hex"01", order(), moves);
    }

    function order() private returns (bytes memory) {
        Program memory p = offers(alice, gold, 100, silver, 100);
        p.signature = sign(p, keyOf(alice));
        address[] memory tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(gold), address(silver));
        return p.encode(tokens);
    }

    function refusedMoves(bytes memory moves) private {
        bytes memory batch = raw(moves);
        expect(malformed(batch.length));
        settle(batch);
    }

    function test_AmountsOfMovesFit112Bits() public {
        // A leg's number has at most 14 bytes, even if they are zeros.
        expect(abi.encodeWithSelector(ISettlement.Settlement_SameSigner.selector, 0, alice));
        settle(raw(abi.encodePacked(hex"0100000e", uint112(1), hex"0000")));
        refusedMoves(abi.encodePacked(hex"0100000f", uint120(1), hex"0000"));
        bytes memory most = abi.encodePacked(uint8(14), type(uint112).max);
        bytes memory more = abi.encodePacked(uint8(15), uint120(1 << 112));
        // Sweeps: pops, then the amount.
        expect(overfilled(0, type(uint112).max, 100));
        settle(raw(abi.encodePacked(hex"000100000101", most, hex"00")));
        refusedMoves(abi.encodePacked(hex"000100000101", more, hex"00"));
        // Routes.
        expect(overfilled(0, type(uint112).max, 100));
        settle(raw(abi.encodePacked(hex"0000010000", most)));
        refusedMoves(abi.encodePacked(hex"0000010000", more));
    }

    function test_PopsFit16Bits() public {
        expect(unused(0));
        settle(raw(hex"0001000002ffff0000"));
        refusedMoves(hex"000100000301000000" hex"00");
    }

    function test_NumbersOfMovesHaveAtMost32Bytes() public {
        refusedMoves(abi.encodePacked(hex"0001000021", new bytes(33), hex"0000"));
        refusedMoves(abi.encodePacked(hex"000100000021", new bytes(33), hex"00"));
        refusedMoves(abi.encodePacked(hex"000001000021", new bytes(33)));
        expect(unused(0));
        settle(raw(abi.encodePacked(hex"0001000020", new bytes(32), hex"0000")));
    }

    /// @dev A number of more is nothing, in what is signed.
    function test_NumbersOfOrdersOfMoreThan32BytesAreZero() public {
        Program memory p = buys(sells(alice, gold, 0), silver, 0);
        (p.nonce, p.deadline) = (0, 0);
        bytes memory ones = abi.encodePacked(uint8(33), bytes32(type(uint256).max), hex"ff");
        bytes memory batch = abi.encodePacked(hex"02", gold, silver, hex"01", alice, hex"00", ones);
        batch = abi.encodePacked(batch, hex"00", ones, ones, hex"0100", hex"01", ones, hex"0000", hex"00", hex"000000");
        assertEq(settlement.hash(batch), hashOf(p));
    }

    function test_LeadingZerosAreTheSameNumber() public {
        Program memory p = buys(sells(alice, gold, 100), silver, 200);
        bytes memory batch = abi.encodePacked(hex"02", gold, silver, hex"01", alice, hex"00", uint8(32), p.amount);
        batch = abi.encodePacked(batch, hex"00", uint8(32), p.nonce, uint8(32), p.deadline, hex"0100");
        batch = abi.encodePacked(batch, hex"01", uint8(32), uint256(200), hex"0000", hex"0400000000", hex"000000");
        assertEq(settlement.hash(batch), hashOf(p));
    }

    function test_ASignaturesLengthHasAtMost4Bytes() public {
        Program memory p = signed(buys(sells(alice, gold, 100), silver, 200), "");
        bytes memory batch = pack(p);
        // Behind it: three counts of moves.
        uint256 start_ = batch.length - 4;
        assertEq(batch[start_], bytes1(0));
        bytes memory head = new bytes(start_);
        for (uint256 i; i < start_; ++i) {
            head[i] = batch[i];
        }
        bytes memory longer = abi.encodePacked(head, hex"0500000000", hex"00", hex"000000");
        expect(malformed(longer.length));
        settlement.hash(longer);
        longer = abi.encodePacked(head, hex"0400000000", hex"000000");
        assertEq(settlement.hash(longer), hashOf(p));
        // A length beyond the end.
        expect(malformed(start_ + 4 + 0xffffff + 3));
        settlement.hash(abi.encodePacked(head, hex"03ffffff", hex"000000"));
    }

    // ------------------------------------------------------------------ tokens and kinds

    /// @dev What is sold, bought, and passed on a path, by its place in a list of `count` tokens.
    function placed(uint8 count, uint8 sell, uint8 buy, bytes memory paths) private view returns (bytes memory batch) {
        batch = abi.encodePacked(count);
        for (uint256 i; i < count; ++i) {
            batch = abi.encodePacked(batch, token(i));
        }
        batch = abi.encodePacked(batch, hex"01", alice, sell, hex"0164", hex"00", hex"0101", hex"0102", hex"0100");
        return abi.encodePacked(batch, buy, hex"0103", hex"00", paths, hex"00", hex"000000");
    }

    function token(uint256 place) private pure returns (address) {
        return address(uint160(0x1000 + place));
    }

    function placedHash(address sell, address buy, address on) private view returns (bytes32) {
        Program memory p;
        (p.maker, p.sell, p.amount, p.nonce, p.deadline) = (alice, sell, 100, 1, 2);
        p = buys(p, buy, 3);
        address[] memory path = new address[](1);
        path[0] = on;
        return hashOf(on == NOTHING ? p : via(p, path));
    }

    function test_255Tokens() public view {
        assertEq(settlement.hash(placed(255, 254, 253, hex"0101fe")), placedHash(token(254), token(253), token(254)));
        assertEq(settlement.hash(placed(255, 0, 255, hex"00")), placedHash(token(0), NOTHING, NOTHING));
    }

    function test_PlacesBehindTheList() public {
        bytes memory batch = placed(3, 2, 2, hex"010102");
        assertEq(settlement.hash(batch), placedHash(token(2), token(2), token(2)));
        for (uint256 i; i < 2; ++i) {
            batch = placed(3, i == 0 ? 3 : 2, i == 1 ? 3 : 2, hex"010102");
            expect(malformed(batch.length));
            settlement.hash(batch);
        }
        // A path ends reading at once.
        batch = placed(3, 2, 2, hex"010103");
        vm.expectPartialRevert(ISettlement.Settlement_Malformed.selector);
        settlement.hash(batch);
        bytes memory none = placed(0, 0, 255, hex"00");
        expect(malformed(none.length));
        settlement.hash(none);
        bytes memory nothingSold = placed(255, 255, 0, hex"00");
        expect(malformed(nothingSold.length));
        settlement.hash(nothingSold);
    }

    function guarded(uint8 kind) private view returns (bytes memory) {
        return abi.encodePacked(
            hex"02",
            gold,
            silver,
            hex"01",
            alice,
            hex"000164",
            hex"00",
            hex"0101",
            hex"0102",
            hex"0100",
            hex"010103",
            hex"01",
            kind,
            hex"0105",
            hex"0106",
            hex"00",
            hex"00",
            hex"000000"
        );
    }

    function test_TenKindsOfGuards() public {
        for (uint8 kind; kind < 12; ++kind) {
            bytes memory batch = guarded(kind);
            if (kind > 9) {
                expect(malformed(batch.length));
                settlement.hash(batch);
                continue;
            }
            Program memory p;
            (p.maker, p.sell, p.amount, p.nonce, p.deadline) = (alice, address(gold), 100, 1, 2);
            p = when(buys(p, silver, 3), GuardKind(kind), bytes32(uint256(5)), 6);
            assertEq(settlement.hash(batch), hashOf(p));
        }
    }

    /// @dev Two is true, but not what a signer can have signed.
    function test_WholeIsOneBit() public {
        Program memory p = buys(sells(alice, gold, 100), silver, 100);
        p.signature = sign(p, keyOf(alice));
        Draft memory d = batchOf(p, buys(sells(bob, silver, 100), gold, 100));
        swap(d, 0, 100, 1, 100);
        bytes memory batch = pack(d);
        // The list, the count, the maker, the place, the amount: then whole.
        uint256 start_ = 1 + 40 + 1 + 20 + 1 + 2;
        assertEq(batch[start_], bytes1(0));
        for (uint8 value = 1; value < 4; ++value) {
            batch[start_] = bytes1(value);
            expect(wrongSignature(0, alice));
            settle(batch);
        }
        batch[start_] = 0;
        settle(batch);
    }

    // ------------------------------------------------------------------ any bytes

    /// @dev Nothing but orders that somebody signed moves anything.
    function testFuzz_AnyBytes(bytes memory batch) public {
        vm.prank(solver);
        (bool ok,) = address(settlement).call(abi.encodeCall(ISettlement.settle, (batch)));
        if (ok) assertEq(keccak256(batch), keccak256(abi.encodePacked(hex"00", hex"00", hex"000000")));
    }

    /// @dev One byte of a good batch changed: it is refused.
    function test_EveryByteCounts() public {
        Program memory p = buys(sells(alice, gold, 100), silver, 100);
        Draft memory d = batchOf(p, buys(sells(bob, silver, 100), gold, 100));
        swap(d, 0, 100, 1, 100);
        bytes memory batch = pack(d);
        uint256 state = vm.snapshotState();
        uint256 accepted;
        for (uint256 i; i < batch.length; ++i) {
            bytes memory other = bytes.concat(batch);
            other[i] = bytes1(uint8(other[i]) ^ 1);
            vm.prank(solver);
            (bool ok,) = address(settlement).call(abi.encodeCall(ISettlement.settle, (other)));
            if (ok) {
                ++accepted;
                vm.revertToState(state);
            }
        }
        // Not one byte is without a meaning.
        assertEq(accepted, 0);
    }
}
