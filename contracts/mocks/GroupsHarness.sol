// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Outcomes} from "../libraries/Outcomes.sol";
import {Preferences} from "../libraries/Preferences.sol";
import {TruthTables} from "../libraries/TruthTables.sol";
import {CommitmentId} from "../types/CommitmentId.sol";

/// @param ids the members whose outcome is open, in the order of section 3
/// @param packages what each of them sealed
/// @param others all other commitments that a package names: outside of the group, or members that are final
/// @param keptOthers bit i: whether others[i] is kept
struct Case {
    CommitmentId[] ids;
    bytes[] packages;
    CommitmentId[] others;
    uint256 keptOthers;
}

/// @notice Shows what the libraries of Groups make of packages, without a registry, for the differential tests.
contract GroupsHarness {
    error Malformed(uint256 index);
    error Unknown(CommitmentId atom);

    function wellFormed(bytes calldata package) external pure returns (bool) {
        return Preferences.wellFormed(package);
    }

    /// @notice What a package holds: decision first, then preferences.
    /// @param package refused where it is malformed
    function parts(bytes calldata package)
        external
        pure
        returns (CommitmentId[] memory atoms, bytes[] memory programs, int64[] memory weights)
    {
        if (!Preferences.wellFormed(package)) revert Malformed(0);
        atoms = Preferences.atoms(package);
        programs = new bytes[](1 + Preferences.MAX_PREFERENCES);
        weights = new int64[](Preferences.MAX_PREFERENCES);
        uint256 next;
        (programs[0], next) = Preferences.decision(package);
        uint256 count;
        while (next < package.length) {
            (weights[count], programs[count + 1], next) = Preferences.preference(package, next);
            ++count;
        }
        assembly ("memory-safe") {
            mstore(weights, count)
            mstore(programs, add(count, 1))
        }
    }

    /// @notice The truth table of a well-formed program.
    /// @param tables those of its atoms, in order of appearance
    function evaluate(bytes calldata program, uint256[] calldata tables) external pure returns (uint256 table) {
        (table,) = TruthTables.evaluate(program, tables, 0);
    }

    function variable(uint256 i) external pure returns (uint256) {
        return TruthTables.variable(i);
    }

    /// @return kept bit i: whether ids[i] is kept
    function outcome(Case calldata group) external pure returns (uint256 kept) {
        return _outcome(group);
    }

    /// @return kept for each case, as {outcome}
    function outcomes(Case[] calldata groups) external pure returns (uint256[] memory kept) {
        kept = new uint256[](groups.length);
        for (uint256 i; i < groups.length; ++i) {
            kept[i] = _outcome(groups[i]);
        }
    }

    function _outcome(Case calldata group) private pure returns (uint256) {
        uint256 count = group.ids.length;
        uint256[][] memory atoms = new uint256[][](count);
        uint256[] memory ranks = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            if (!Preferences.wellFormed(group.packages[i])) revert Malformed(i);
            ranks[i] = i;
            atoms[i] = _tables(group, group.packages[i]);
        }
        return Outcomes.choose(group.packages, atoms, ranks, TruthTables.domain(count));
    }

    function _tables(Case calldata group, bytes calldata package) private pure returns (uint256[] memory tables) {
        CommitmentId[] memory atoms = Preferences.atoms(package);
        tables = new uint256[](atoms.length);
        for (uint256 i; i < atoms.length; ++i) {
            tables[i] = _table(group, atoms[i]);
        }
    }

    function _table(Case calldata group, CommitmentId atom) private pure returns (uint256) {
        for (uint256 i; i < group.ids.length; ++i) {
            if (group.ids[i] == atom) return TruthTables.variable(i);
        }
        for (uint256 i; i < group.others.length; ++i) {
            if (group.others[i] == atom) {
                return (group.keptOthers >> i) & 1 == 1 ? TruthTables.ALWAYS : TruthTables.NEVER;
            }
        }
        revert Unknown(atom);
    }
}
