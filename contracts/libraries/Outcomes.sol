// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Preferences} from "./Preferences.sol";
import {TruthTables} from "./TruthTables.sol";

/// @notice What becomes of a group (section 7): of all joint outcomes a of its k members, in the order of section 3, the one that is
/// largest in the order of
///
///   ( h1..hk ; u1(a)..uk(a) ; a1..ak )
///
/// where h_i = 1 where a_i is what i's decision says under a, and u_i is the sum of the weights of i's preferences that hold under a.
/// An outcome is feasible only if every member with h_i = 0 reverts.
library Outcomes {
    /// @dev One preference.
    struct Term {
        int256 weight;
        uint256 table;
    }

    /// @dev Variable i of all truth tables is whether the member with place i is kept.
    /// @param packages what each member sealed, by place; well formed
    /// @param atoms truth tables of the atoms of each package, by place, in order of appearance
    /// @param ranks one for each member whose outcome is open, in the order of section 3; its lowest byte is the member's place
    /// @param set the outcomes that are possible: all those in which all other members are reverted
    /// @return kept bit i: whether the member with place i is kept
    function choose(
        bytes[] calldata packages,
        uint256[][] memory atoms,
        uint256[] memory ranks,
        uint256 set
    ) internal pure returns (uint256 kept) {
        // The set is never empty. All-reverted is in it at first, and stays when what is not feasible goes: no a_i is 1 there, so that
        // it does not matter which h_i are. Every later step keeps a part that is not empty, or all.
        uint256[] memory honest = new uint256[](ranks.length);
        uint256[] memory first = new uint256[](ranks.length); // where in its atoms those of a member's preferences begin
        for (uint256 i; i < ranks.length; ++i) {
            uint256 place = uint8(ranks[i]);
            // slither-disable-next-line unused-return
            (bytes calldata program,) = Preferences.decision(packages[place]);
            uint256 says;
            (says, first[i]) = TruthTables.evaluate(program, atoms[place], 0);
            uint256 does = TruthTables.variable(place);
            honest[i] = ~(does ^ says);
            // h_i = 1 or a_i = 0, which is: says or does not.
            set &= says | ~does;
        }
        for (uint256 i; i < ranks.length; ++i) {
            set = _narrow(set, honest[i]);
        }
        for (uint256 i; i < ranks.length; ++i) {
            uint256 place = uint8(ranks[i]);
            if (!_isSingle(set)) set = _prefer(packages[place], atoms[place], first[i], set);
        }
        for (uint256 i; i < ranks.length; ++i) {
            uint256 place = uint8(ranks[i]);
            uint256 does = TruthTables.variable(place);
            set = _narrow(set, does);
            if (set & does != 0) kept |= 1 << place;
        }
    }

    /// @dev Those of `set` that are also in `wanted`, if there are any.
    function _narrow(uint256 set, uint256 wanted) private pure returns (uint256) {
        uint256 both = set & wanted;
        return both == 0 ? set : both;
    }

    /// @dev For sets that are not empty.
    function _isSingle(uint256 set) private pure returns (bool) {
        // Safe: it is at least 1.
        unchecked {
            return set & (set - 1) == 0;
        }
    }

    /// @dev Those of `set` that are best for the owner of a package.
    function _prefer(
        bytes calldata package,
        uint256[] memory atoms,
        uint256 first,
        uint256 set
    ) private pure returns (uint256 best) {
        // slither-disable-next-line unused-return
        (, uint256 cursor) = Preferences.decision(package);
        if (cursor == package.length) return set;
        Term[] memory terms = new Term[](Preferences.MAX_PREFERENCES);
        uint256 count;
        // Safe: there are at most 8.
        unchecked {
            while (cursor < package.length) {
                Term memory term = terms[count];
                bytes calldata program;
                (term.weight, program, cursor) = Preferences.preference(package, cursor);
                (term.table, first) = TruthTables.evaluate(program, atoms, first);
                // One that weighs nothing would only split the set.
                if (term.weight != 0) ++count;
            }
        }
        // slither-disable-next-line unused-return
        (, best) = _largest(terms, count, set);
    }

    /// @dev The largest sum of the first `count` terms over the outcomes in `set`, and the outcomes that have it. The terms split the
    /// set into parts on which all of them are constant: 8 of them in 256 at most, in 511 steps.
    function _largest(Term[] memory terms, uint256 count, uint256 set) private pure returns (int256 sum, uint256 best) {
        if (count == 0) return (0, set);
        // Safe: a sum of 8 weights of 64 bits.
        unchecked {
            Term memory term = terms[--count];
            uint256 with = set & term.table;
            if (with == 0) return _largest(terms, count, set);
            (sum, best) = _largest(terms, count, with);
            sum += term.weight;
            if (with == set) return (sum, best);
            (int256 otherSum, uint256 otherBest) = _largest(terms, count, set ^ with);
            if (otherSum > sum) return (otherSum, otherBest);
            if (otherSum == sum) best |= otherBest;
        }
    }
}
