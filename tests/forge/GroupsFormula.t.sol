// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Decisions} from "contracts/libraries/Decisions.sol";
import {Case, GroupsHarness} from "contracts/mocks/GroupsHarness.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The formula of section 7, against one that takes it word for word: every joint outcome by itself, every program run by
/// the machine that ordinary decisions are run by.
contract GroupsFormulaTest is Test {
    uint256 private constant OUTSIDE = 2;

    GroupsHarness private _harness = new GroupsHarness();
    uint256 private _seed;

    // ------------------------------------------------------------------ truth tables

    function test_variables() public view {
        for (uint256 i; i < 8; ++i) {
            uint256 table = _harness.variable(i);
            for (uint256 a; a < 256; ++a) {
                assertEq((table >> a) & 1, (a >> i) & 1);
            }
        }
    }

    function test_constants_and_operators() public view {
        uint256[] memory tables = new uint256[](2);
        (tables[0], tables[1]) = (_harness.variable(0), _harness.variable(1));
        assertEq(_harness.evaluate(hex"00", tables), 0);
        assertEq(_harness.evaluate(hex"01", tables), type(uint256).max);
        assertEq(_harness.evaluate(abi.encodePacked(atom(0), hex"02"), tables), ~tables[0]);
        assertEq(_harness.evaluate(abi.encodePacked(atom(0), atom(1), hex"03"), tables), tables[0] & tables[1]);
        assertEq(_harness.evaluate(abi.encodePacked(atom(0), atom(1), hex"04"), tables), tables[0] | tables[1]);
        // Left first: not(b) and a.
        assertEq(_harness.evaluate(abi.encodePacked(atom(0), atom(1), hex"0203"), tables), tables[0] & ~tables[1]);
    }

    /// @dev Up to 32 words that differ, then some that do not.
    function test_at_least_k_of_n() public view {
        uint256[] memory tables = new uint256[](32);
        for (uint256 i; i < 32; ++i) {
            tables[i] = uint256(keccak256(abi.encode(i)));
        }
        for (uint256 n = 1; n <= 9; ++n) {
            for (uint256 k = 1; k <= n; ++k) {
                assertAtLeast(tables, n, k);
            }
        }
        for (uint256 k = 1; k <= 32; k += 3) {
            assertAtLeast(tables, 32, k);
        }
        assertAtLeast(tables, 255, 1);
        assertAtLeast(tables, 255, 238);
        assertAtLeast(tables, 255, 239);
        assertAtLeast(tables, 255, 240);
        assertAtLeast(tables, 255, 255);
    }

    function assertAtLeast(uint256[] memory tables, uint256 n, uint256 k) private view {
        bytes memory program = hex"00"; // one more below, which must stay
        for (uint256 i; i < n; ++i) {
            program = abi.encodePacked(program, i < 32 ? atom(i) : bytes(hex"01"));
        }
        program = abi.encodePacked(program, uint8(5), uint8(k), uint8(n), hex"04");
        uint256 got = _harness.evaluate(program, tables);
        for (uint256 a; a < 256; ++a) {
            uint256 count = n < 32 ? 0 : n - 32;
            for (uint256 i; i < n && i < 32; ++i) {
                count += (tables[i] >> a) & 1;
            }
            assertEq((got >> a) & 1, count >= k ? 1 : 0);
        }
    }

    function test_a_stack_of_256() public view {
        bytes memory program = repeat(hex"01", 256);
        program = abi.encodePacked(program, repeat(hex"03", 255));
        assertEq(_harness.evaluate(program, new uint256[](0)), type(uint256).max);
        program[0] = 0;
        assertEq(_harness.evaluate(program, new uint256[](0)), 0);
    }

    // ------------------------------------------------------------------ packages

    function test_a_decision_alone_is_a_package() public view {
        assertGood(hex"01");
        assertBad("");
        assertBad(hex"0101");
        assertGood(abi.encodePacked(hex"01", repeat(hex"02", 1023)));
        assertBad(abi.encodePacked(hex"01", repeat(hex"02", 1024)));
    }

    function test_one_to_eight_preferences() public view {
        bytes memory one = prefer(-1, hex"00");
        assertBad(abi.encodePacked(hex"07000101", hex"00"));
        for (uint256 n = 1; n <= 8; ++n) {
            assertGood(abi.encodePacked(hex"07000101", uint8(n), repeat(one, n)));
            assertBad(abi.encodePacked(hex"07000101", uint8(n + 1), repeat(one, n)));
            assertBad(abi.encodePacked(hex"07000101", uint8(n - 1), repeat(one, n)));
        }
        assertBad(abi.encodePacked(hex"07000101", uint8(9), repeat(one, 9)));
    }

    function test_packages_are_not_cut_short() public view {
        bytes memory whole = abi.encodePacked(hex"07000101", uint8(2), prefer(5, hex"0102"), prefer(-3, atom(1)));
        assertGood(whole);
        for (uint256 size; size < whole.length; ++size) {
            assertBad(cut(whole, size));
        }
        assertBad(abi.encodePacked(whole, hex"00"));
    }

    function test_every_part_is_well_formed() public view {
        assertBad(abi.encodePacked(hex"07000102", uint8(1), prefer(5, hex"01")));
        assertBad(abi.encodePacked(hex"070000", uint8(1), prefer(5, hex"01")));
        assertBad(abi.encodePacked(hex"07000101", uint8(1), prefer(5, hex"0101")));
        assertBad(abi.encodePacked(hex"07000101", uint8(1), prefer(5, "")));
        // No package in a package.
        bytes memory inner = abi.encodePacked(hex"07000101", uint8(1), prefer(5, hex"01"));
        assertBad(abi.encodePacked(hex"07", uint16(inner.length), inner, uint8(1), prefer(5, hex"01")));
    }

    function test_at_most_2048_bytes() public view {
        // 3 + 1024 + 1 + 10 + 1010 = 2048
        bytes memory package = abi.encodePacked(
            hex"070400",
            hex"01",
            repeat(hex"02", 1023),
            uint8(1),
            prefer(1, abi.encodePacked(hex"01", repeat(hex"02", 1009)))
        );
        assertEq(package.length, 2048);
        assertGood(package);
        package = abi.encodePacked(
            hex"070400",
            hex"01",
            repeat(hex"02", 1023),
            uint8(1),
            prefer(1, abi.encodePacked(hex"01", repeat(hex"02", 1010)))
        );
        assertBad(package);
    }

    function test_at_most_32_atoms_in_all() public view {
        bytes memory half = abi.encodePacked(repeat(atom(1), 16), repeat(hex"03", 15));
        bytes memory more = abi.encodePacked(repeat(atom(1), 17), repeat(hex"03", 16));
        assertGood(package_(half, prefer(1, half)));
        assertBad(package_(half, prefer(1, more)));
        assertBad(package_(more, prefer(1, half)));
    }

    function test_what_a_package_holds() public {
        bytes memory given = abi.encodePacked(
            hex"07",
            uint16(27),
            atom(3),
            hex"02",
            uint8(3),
            prefer(type(int64).min, atom(1)),
            prefer(0, hex"01"),
            prefer(type(int64).max, abi.encodePacked(atom(2), atom(1), hex"04"))
        );
        (CommitmentId[] memory atoms, bytes[] memory programs, int64[] memory weights) = _harness.parts(given);
        assertEq(atoms.length, 4);
        assertEq(idBits(atoms[0]), 3);
        assertEq(idBits(atoms[1]), 1);
        assertEq(idBits(atoms[2]), 2);
        assertEq(idBits(atoms[3]), 1);
        assertEq(programs.length, 4);
        assertEq(programs[0], abi.encodePacked(atom(3), hex"02"));
        assertEq(programs[1], atom(1));
        assertEq(programs[2], hex"01");
        assertEq(programs[3], abi.encodePacked(atom(2), atom(1), hex"04"));
        assertEq(weights.length, 3);
        assertEq(weights[0], type(int64).min);
        assertEq(weights[1], 0);
        assertEq(weights[2], type(int64).max);

        (atoms, programs, weights) = _harness.parts(atom(5));
        assertEq(atoms.length, 1);
        assertEq(programs.length, 1);
        assertEq(programs[0], atom(5));
        assertEq(weights.length, 0);

        vm.expectRevert(abi.encodeWithSelector(GroupsHarness.Malformed.selector, 0));
        _harness.parts("");
    }

    // ------------------------------------------------------------------ outcomes, by example

    function test_a_circle_is_kept() public view {
        assertOutcome(two(atom(1), atom(0)), 3);
    }

    function test_a_contradiction_breaks_in_favour_of_the_earlier() public view {
        // a iff not b, b iff a: nothing is consistent. a follows its decision, b cannot.
        assertOutcome(two(abi.encodePacked(atom(1), hex"02"), atom(0)), 1);
    }

    function test_of_two_consistent_outcomes_the_earlier_chooses() public view {
        bytes memory notB = abi.encodePacked(atom(1), hex"02");
        bytes memory notA = abi.encodePacked(atom(0), hex"02");
        assertOutcome(two(notB, notA), 1);
        // Either one's preferences go before who is kept; the earlier's before the later's.
        assertOutcome(two(package_(notB, prefer(1, atom(1))), notA), 2);
        assertOutcome(two(package_(notB, prefer(-1, atom(0))), notA), 2);
        assertOutcome(two(notB, package_(notA, prefer(1, atom(1)))), 2);
        assertOutcome(two(package_(notB, prefer(1, atom(0))), package_(notA, prefer(9, atom(1)))), 1);
    }

    function test_preferences_that_tie() public view {
        bytes memory notB = abi.encodePacked(atom(1), hex"02");
        bytes memory notA = abi.encodePacked(atom(0), hex"02");
        bytes memory even = abi.encodePacked(uint8(2), prefer(7, atom(0)), prefer(7, atom(1)));
        bytes memory tied = abi.encodePacked(hex"07", uint16(notB.length), notB, even);
        assertOutcome(two(tied, notA), 1);
        assertOutcome(two(tied, package_(notA, prefer(1, atom(1)))), 2);
    }

    function test_the_sum_decides_and_does_not_overflow() public view {
        bytes memory free = atom(0); // keep if kept(a): a is free
        int64 most = type(int64).max;
        int64 least = type(int64).min;
        bytes memory up = abi.encodePacked(prefer(most, atom(0)), prefer(most, atom(0)), prefer(most, atom(0)));
        bytes memory down = abi.encodePacked(prefer(least, atom(0)), prefer(least, atom(0)), prefer(least, atom(0)));
        bytes memory both = abi.encodePacked(hex"07", uint16(26), free, uint8(6), up, down);
        // 3 * max + 3 * min = -3: better not.
        assertOutcome(two(both, hex"01"), 2);
        both = abi.encodePacked(hex"07", uint16(26), free, uint8(7), up, down, prefer(4, atom(0)));
        assertOutcome(two(both, hex"01"), 3);
    }

    function test_others_are_constants() public view {
        bytes[] memory packages = two(atom(2), abi.encodePacked(atom(3), hex"02"));
        Case memory group = case_(packages);
        for (uint256 bits; bits < 4; ++bits) {
            group.keptOthers = bits;
            uint256 expected = (bits & 1) | (bits & 2 == 0 ? 2 : 0);
            assertEq(_harness.outcome(group), expected);
        }
    }

    function test_the_harness_refuses_what_it_cannot_run() public {
        Case memory group = case_(two(hex"01", ""));
        vm.expectRevert(abi.encodeWithSelector(GroupsHarness.Malformed.selector, 1));
        _harness.outcome(group);
        group = case_(two(hex"01", atom(9)));
        vm.expectRevert(abi.encodeWithSelector(GroupsHarness.Unknown.selector, id(9)));
        _harness.outcome(group);
    }

    // ------------------------------------------------------------------ outcomes, by definition

    function testFuzz_outcome_is_the_formulas(uint256 seed) public {
        _seed = seed;
        uint256 count = 1 + pick(5);
        bytes[] memory packages = new bytes[](count);
        for (uint256 i; i < count; ++i) {
            packages[i] = randomPackage(count);
        }
        Case memory group = case_(packages);
        group.keptOthers = pick(1 << OUTSIDE);
        Case[] memory groups = new Case[](1);
        groups[0] = group;
        uint256 kept = _harness.outcomes(groups)[0];
        assertEq(kept, best(group));
        assertEq(kept, _harness.outcome(group));
    }

    /// @dev The best outcome by the definition: all are compared with the best so far.
    function best(Case memory group) private view returns (uint256 chosen) {
        uint256 count = group.ids.length;
        int256[] memory most;
        for (uint256 a; a < 1 << count; ++a) {
            int256[] memory value = valueOf(group, a);
            if (value.length != 0 && (most.length == 0 || exceeds(value, most))) (chosen, most) = (a, value);
        }
        require(most.length != 0, "nothing is feasible");
    }

    /// @return value (h1..hk; u1..uk; a1..ak); empty where a is not feasible
    function valueOf(Case memory group, uint256 a) private view returns (int256[] memory value) {
        uint256 count = group.ids.length;
        value = new int256[](3 * count);
        uint256 answers = a | (group.keptOthers << count);
        for (uint256 i; i < count; ++i) {
            (, bytes[] memory programs, int64[] memory weights) = _harness.parts(group.packages[i]);
            bool kept = (a >> i) & 1 == 1;
            bool honest = run(programs[0], answers) == kept;
            if (!honest && kept) return new int256[](0);
            if (honest) value[i] = 1;
            for (uint256 j; j < weights.length; ++j) {
                if (run(programs[j + 1], answers)) value[count + i] += weights[j];
            }
            if (kept) value[2 * count + i] = 1;
        }
    }

    function exceeds(int256[] memory x, int256[] memory y) private pure returns (bool) {
        for (uint256 i; i < x.length; ++i) {
            if (x[i] != y[i]) return x[i] > y[i];
        }
        return false;
    }

    /// @param outcomes bit n: whether the commitment whose id is n is kept
    function run(bytes memory program, uint256 outcomes) private view returns (bool) {
        return this.evaluate(program, outcomes);
    }

    function evaluate(bytes calldata program, uint256 outcomes) external pure returns (bool) {
        uint256 answers;
        uint256 count;
        (bool more, CommitmentId found, uint256 next) = Decisions.nextAtom(program, 0);
        while (more) {
            answers |= ((outcomes >> idBits(found)) & 1) << count++;
            (more, found, next) = Decisions.nextAtom(program, next);
        }
        return Decisions.evaluate(program, answers);
    }

    // ------------------------------------------------------------------ making things up

    function pick(uint256 below) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % below;
    }

    function randomPackage(uint256 count) private returns (bytes memory) {
        bytes memory decision = randomProgram(count);
        uint256 preferences = pick(4);
        if (preferences == 0) return decision;
        bytes memory rest;
        for (uint256 i; i < preferences; ++i) {
            // Small weights, so that there are ties.
            rest = abi.encodePacked(rest, prefer(int64(int256(pick(5))) - 2, randomProgram(count)));
        }
        return abi.encodePacked(hex"07", uint16(decision.length), decision, uint8(preferences), rest);
    }

    function randomProgram(uint256 count) private returns (bytes memory program) {
        uint256 height;
        uint256 steps = 1 + pick(7);
        for (uint256 i; i < steps || height != 1; ++i) {
            uint256 kind = pick(8);
            if (i < steps && (height < 2 || kind < 4)) {
                program = abi.encodePacked(program, kind == 0 ? bytes(hex"01") : atom(pick(count + OUTSIDE)));
                ++height;
            } else if (kind < 2 && height != 0) {
                program = abi.encodePacked(program, hex"02");
            } else if (kind < 4 && height > 1) {
                program = abi.encodePacked(program, uint8(3 + (kind & 1)));
                --height;
            } else if (height > 1) {
                uint256 n = 2 + pick(height - 1);
                program = abi.encodePacked(program, uint8(5), uint8(1 + pick(n)), uint8(n));
                height -= n - 1;
            }
        }
    }

    // ------------------------------------------------------------------ in short

    /// @dev Commitment number n.
    function id(uint256 n) private pure returns (CommitmentId) {
        return CommitmentId.wrap(bytes25(uint200(n)));
    }

    function idBits(CommitmentId x) private pure returns (uint256) {
        return uint200(CommitmentId.unwrap(x));
    }

    function atom(uint256 n) private pure returns (bytes memory) {
        return abi.encodePacked(hex"06", id(n));
    }

    function prefer(int64 weight, bytes memory program) private pure returns (bytes memory) {
        return abi.encodePacked(weight, uint16(program.length), program);
    }

    /// @dev With one preference.
    function package_(bytes memory decision, bytes memory preference) private pure returns (bytes memory) {
        return abi.encodePacked(hex"07", uint16(decision.length), decision, uint8(1), preference);
    }

    function two(bytes memory a, bytes memory b) private pure returns (bytes[] memory packages) {
        packages = new bytes[](2);
        (packages[0], packages[1]) = (a, b);
    }

    /// @dev The members are 0, 1, ...; those after them are outside.
    function case_(bytes[] memory packages) private pure returns (Case memory group) {
        group.packages = packages;
        group.ids = new CommitmentId[](packages.length);
        for (uint256 i; i < packages.length; ++i) {
            group.ids[i] = id(i);
        }
        group.others = new CommitmentId[](OUTSIDE);
        for (uint256 i; i < OUTSIDE; ++i) {
            group.others[i] = id(packages.length + i);
        }
    }

    function assertOutcome(bytes[] memory packages, uint256 kept) private view {
        assertEq(_harness.outcome(case_(packages)), kept);
    }

    function assertGood(bytes memory package) private view {
        assertTrue(_harness.wellFormed(package));
    }

    function assertBad(bytes memory package) private view {
        assertFalse(_harness.wellFormed(package));
    }

    function repeat(bytes memory part, uint256 times) private pure returns (bytes memory all) {
        for (uint256 i; i < times; ++i) {
            all = abi.encodePacked(all, part);
        }
    }

    function cut(bytes memory whole, uint256 size) private pure returns (bytes memory start) {
        start = new bytes(size);
        for (uint256 i; i < size; ++i) {
            start[i] = whole[i];
        }
    }
}
