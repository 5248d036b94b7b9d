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
    /// @dev A member whose outcome is open.
    /// @param index where its package is among the packages
    /// @param atoms the truth table of each atom of its package, in order of appearance, over the members' outcomes
    /// @param first where in `atoms` those of its preferences begin; worked out by {choose}
    struct Member {
        uint256 index;
        uint256[] atoms;
        uint256 first;
    }

    /// @dev One preference.
    struct Term {
        int256 weight;
        uint256 table;
    }

    /// @param packages well formed
    /// @param members 1 to 8, in the order of section 3; variable i of the truth tables is the outcome of members[i]
    /// @return kept bit i: whether members[i] is kept
    function choose(bytes[] calldata packages, Member[] memory members) internal pure returns (uint256 kept) {
        uint256 count = members.length;
        // The set of outcomes that are still in question. It is never empty: at first all-reverted is in it, where no a_i is 1, so that
        // it is feasible whatever the h_i are; and every later step keeps a part of it that is not empty, or all of it.
        uint256 set = TruthTables.domain(count);
        uint256[] memory honest = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            Member memory member = members[i];
            // Where the package goes on does not matter yet.
            // slither-disable-next-line unused-return
            (bytes calldata program,) = Preferences.decision(packages[member.index]);
            uint256 says;
            (says, member.first) = TruthTables.evaluate(program, member.atoms, 0);
            uint256 does = TruthTables.variable(i);
            honest[i] = ~(does ^ says);
            // h_i = 1 or a_i = 0, which is: says or does not.
            set &= says | ~does;
        }
        for (uint256 i; i < count; ++i) {
            set = _narrow(set, honest[i]);
        }
        for (uint256 i; i < count && !_isSingle(set); ++i) {
            set = _prefer(packages[members[i].index], members[i], set);
        }
        for (uint256 i; i < count; ++i) {
            set = _narrow(set, TruthTables.variable(i));
            if (set & TruthTables.variable(i) != 0) kept |= 1 << i;
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
    function _prefer(bytes calldata package, Member memory member, uint256 set) private pure returns (uint256 best) {
        // slither-disable-next-line unused-return
        (, uint256 cursor) = Preferences.decision(package);
        if (cursor == package.length) return set;
        Term[] memory terms = new Term[](Preferences.MAX_PREFERENCES);
        uint256 count;
        uint256 first = member.first;
        while (cursor < package.length) {
            Term memory term = terms[count++];
            bytes calldata program;
            (term.weight, program, cursor) = Preferences.preference(package, cursor);
            (term.table, first) = TruthTables.evaluate(program, member.atoms, first);
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
