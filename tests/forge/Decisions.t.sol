// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {DecisionsHarness} from "contracts/mocks/DecisionsHarness.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Test} from "forge-std/Test.sol";

contract DecisionsTest is Test {
    DecisionsHarness private _harness = new DecisionsHarness();
    bytes private _atom = abi.encodePacked(hex"06", bytes25(uint200(7)));

    // ------------------------------------------------------------------ well-formedness

    function test_constants_and_operators() public view {
        assertGood(hex"00");
        assertGood(hex"01");
        assertGood(hex"0102");
        assertGood(hex"010003");
        assertGood(hex"010004");
        assertGood(hex"0100050102");
        assertGood(_atom);
    }

    function test_no_operand_is_missing_or_left_over() public view {
        assertBad("");
        assertBad(hex"02");
        assertBad(hex"0103");
        assertBad(hex"0104");
        assertBad(hex"01050102");
        assertBad(hex"0101");
    }

    function test_unknown_instructions() public view {
        assertBad(hex"07");
        assertBad(hex"01ff");
    }

    function test_at_least_one_and_at_most_all() public view {
        assertBad(hex"0101050002");
        assertBad(hex"0101050302");
        assertBad(hex"050000");
        assertGood(hex"0101050202");
        assertGood(hex"01050101");
    }

    function test_nothing_is_cut_short() public view {
        assertBad(hex"0505");
        assertBad(hex"010501");
        assertBad(hex"0105");
        assertBad(hex"06");
        assertBad(repeat(hex"06", 25));
        assertGood(abi.encodePacked(hex"06", bytes25(0)));
    }

    function test_at_most_1024_bytes() public view {
        assertGood(abi.encodePacked(hex"01", repeat(hex"02", 1023)));
        assertBad(abi.encodePacked(hex"01", repeat(hex"02", 1024)));
    }

    function test_at_most_32_atoms() public view {
        assertGood(abi.encodePacked(repeat(_atom, 32), repeat(hex"03", 31)));
        assertBad(abi.encodePacked(repeat(_atom, 33), repeat(hex"03", 32)));
    }

    function test_at_most_256_operands() public view {
        assertGood(abi.encodePacked(repeat(hex"01", 256), repeat(hex"03", 255)));
        assertBad(abi.encodePacked(repeat(hex"01", 257), repeat(hex"03", 256)));
    }

    // ------------------------------------------------------------------ keep, and atoms

    function test_only_keep_is_keep() public view {
        assertTrue(_harness.isKeep(hex"01"));
        assertFalse(_harness.isKeep(hex"00"));
        assertFalse(_harness.isKeep(hex"0102"));
        assertFalse(_harness.isKeep(""));
    }

    function test_atoms_come_in_the_programs_order() public view {
        bytes memory other = abi.encodePacked(hex"06", bytes25(uint200(6)));
        CommitmentId[] memory found =
            _harness.atoms(abi.encodePacked(hex"01", _atom, other, hex"050203", _atom, hex"0204"));
        assertEq(found.length, 3);
        assertEq(CommitmentId.unwrap(found[0]), bytes25(uint200(7)));
        assertEq(CommitmentId.unwrap(found[1]), bytes25(uint200(6)));
        assertEq(CommitmentId.unwrap(found[2]), bytes25(uint200(7)));
    }

    function test_what_looks_like_an_atom_inside_another_instruction_is_none() public view {
        // Six of six.
        bytes memory program = abi.encodePacked(repeat(hex"01", 6), hex"050606");
        assertEq(_harness.atoms(program).length, 0);
    }

    // ------------------------------------------------------------------ evaluation

    function test_constants() public view {
        assertFalse(value(hex"00", 0));
        assertTrue(value(hex"01", 0));
    }

    function test_operators() public view {
        bytes memory two = abi.encodePacked(_atom, _atom);
        for (uint256 answers; answers < 4; ++answers) {
            bool a = answers & 1 == 1;
            bool b = answers & 2 == 2;
            assertEq(value(abi.encodePacked(_atom, hex"02"), answers), !a, "not");
            assertEq(value(abi.encodePacked(two, hex"03"), answers), a && b, "and");
            assertEq(value(abi.encodePacked(two, hex"04"), answers), a || b, "or");
            assertEq(value(abi.encodePacked(two, hex"0203"), answers), a && !b, "and not");
        }
    }

    function test_at_least_k_of_n() public view {
        for (uint256 k = 1; k <= 3; ++k) {
            bytes memory program = abi.encodePacked(_atom, _atom, _atom, hex"05", uint8(k), hex"03");
            for (uint256 answers; answers < 8; ++answers) {
                uint256 kept = (answers & 1) + ((answers >> 1) & 1) + (answers >> 2);
                assertEq(value(program, answers), kept >= k);
            }
        }
    }

    function test_what_lies_below_the_operands_stays() public view {
        // (0 and (2 of 1, 1)) or 0; 1 and ((1 of 0, 0) not)
        assertFalse(value(hex"0001010502020300" hex"04", 0));
        assertTrue(value(hex"010000050102" hex"0203", 0));
    }

    function test_all_256_places_of_the_stack() public view {
        assertTrue(value(abi.encodePacked(repeat(hex"01", 256), repeat(hex"03", 255)), 0));
        assertFalse(value(abi.encodePacked(hex"00", repeat(hex"01", 255), repeat(hex"03", 255)), 0));
    }

    function assertGood(bytes memory program) private view {
        assertTrue(_harness.wellFormed(program), vm.toString(program));
    }

    function assertBad(bytes memory program) private view {
        assertFalse(_harness.wellFormed(program), vm.toString(program));
    }

    function value(bytes memory program, uint256 answers) private view returns (bool) {
        (bytes memory verdicts,) =
            _harness.judge(abi.encodePacked(uint16(program.length), uint32(answers), program), type(uint256).max);
        assertEq(uint8(verdicts[0]) & 1, 1, "malformed");
        return uint8(verdicts[0]) & 2 == 2;
    }

    function repeat(bytes memory part, uint256 times) private pure returns (bytes memory all) {
        for (uint256 i; i < times; ++i) {
            all = bytes.concat(all, part);
        }
    }
}
