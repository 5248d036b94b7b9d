// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GuardKind, ISettlement} from "../interfaces/ISettlement.sol";
import {Leg, Route, Sweep} from "../types/Moves.sol";

/// @notice One condition of a branch. The members are, in this order, what its EIP-712 hash is taken of.
/// @param kind a GuardKind; as a number, for an enum's range would be checked at each use
struct Guard {
    bytes32 typehash;
    uint256 kind;
    bytes32 subject;
    uint256 limit;
}

/// @notice One branch; up to `pathsHash`, what its EIP-712 hash is taken of.
struct Branch {
    bytes32 typehash;
    bytes32 guardsHash;
    address buy;
    uint256 least;
    bytes32 pathsHash;
    Guard[] guards;
    address[][] paths;
}

/// @notice A signed program in a batch; up to `branchesHash`, what its EIP-712 hash is taken of. Below that, what is not signed: the
/// branches handed in, how many more there are, where the signature stands in calldata, and what is known of the order while it is settled.
/// @param left what it could sell when the batch began
/// @param filled what it sold in it
/// @param holds bit i: branch i may be taken
/// @param passes bit i: branch i lets units pass that the book has no match for
/// @param last one more than the last branch that was taken
/// @param skipped a cycle of its was skipped
struct Order {
    bytes32 typehash;
    address maker;
    address sell;
    uint256 amount;
    uint256 whole;
    uint256 nonce;
    uint256 deadline;
    bytes32 branchesHash;
    Branch[] branches;
    uint256 further;
    uint256 signatureOffset;
    uint256 signatureLength;
    bytes32 hash;
    uint256 left;
    uint256 filled;
    uint256 holds;
    uint256 passes;
    uint256 last;
    bool skipped;
}

/// @notice What is settled.
struct Batch {
    Order[] orders;
    Leg[] legs;
    Sweep[] sweeps;
    Route[] routes;
}

/// @notice A batch as bytes, mirrored off chain by the package's `intents.batch`. ABI-encoded structs cost twice the calldata, and three
/// times the gas to read.
///
///     batch   tokens n 1 | n times: address 20 | orders n 1 | orders | legs n 1 | legs | sweeps n 1 | sweeps | routes n 1 | routes
///     number  n 1 | n bytes, big-endian; with n more than 32 it is 0
///     order   maker 20 | sell 1 | amount number | whole 1 | nonce number | deadline number
///             | branches n 1 | further m 1 | n branches | m times: EIP-712 hash of a branch 32 | signature: length number, bytes
///     branch  buy 1 | least number | guards n 1 | n times: kind 1, subject number, limit number
///             | paths n 1 | n times: tokens n 1, n times: token 1
///     leg     order 1 | branch 1: 128 last of its cycle, 64 skippable, 63..0 index | amount number
///     sweep   order 1 | branch 1 | pops number | amount number
///     route   order 1 | branch 1 | amount number
///
/// Tokens are named by their place in the list; 255 in `buy` is the zero address. Branches are those up to the last one taken, `further`
/// the hashes of those behind it.
library Batches {
    bytes32 internal constant GUARD_TYPEHASH = keccak256("Guard(uint8 kind,bytes32 subject,uint256 limit)");
    bytes32 internal constant PATH_TYPEHASH = keccak256("Path(address[] tokens)");
    bytes32 internal constant BRANCH_TYPEHASH = keccak256(
        "Branch(Guard[] guards,address buy,uint256 least,Path[] paths)Guard(uint8 kind,bytes32 subject,uint256 limit)Path(address[] tokens)"
    );
    bytes32 internal constant INTENT_TYPEHASH = keccak256(
        "Intent(address maker,address sell,uint256 amount,bool whole,uint256 nonce,uint256 deadline,Branch[] branches)Branch(Guard[] guards,address buy,uint256 least,Path[] paths)Guard(uint8 kind,bytes32 subject,uint256 limit)Path(address[] tokens)"
    );
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    /// @dev keccak256("")
    bytes32 private constant EMPTY = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470;
    /// @dev In `buy`: nothing.
    uint256 private constant NOTHING = 255;

    /// @notice The EIP-712 domain of this contract on this chain.
    function domainSeparator() internal view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Boomerang Intents"), keccak256("1"), block.chainid, address(this))
        );
    }

    /// @notice The batch that these bytes are, each order with its EIP-712 hash in the domain `separator`.
    /// @dev What is wrong is noted in `bad` and refused at the end: until then a place behind the list of tokens, or bytes behind the end,
    /// read as they may. Memory of orders and branches is allocated by hand and handed on as a pointer: a function that returns a struct, or
    /// a struct that is declared, is written once with zeros for nothing.
    function decode(bytes calldata data, bytes32 separator) internal pure returns (Batch memory batch) {
        uint256 cursor;
        uint256 count;
        address[] memory tokens;
        assembly ("memory-safe") {
            // The list of tokens, and how many orders there are.
            count := byte(0, calldataload(data.offset))
            tokens := mload(0x40)
            mstore(tokens, count)
            let to := add(tokens, 0x20)
            cursor := add(data.offset, 1)
            for { let end := add(to, shl(5, count)) } lt(to, end) { to := add(to, 0x20) } {
                mstore(to, shr(96, calldataload(cursor)))
                cursor := add(cursor, 20)
            }
            mstore(0x40, to)
            count := byte(0, calldataload(cursor))
            cursor := add(cursor, 1)
        }
        uint256 bad;
        Order[] memory orders = _list(count);
        batch.orders = orders;
        for (uint256 k = 0; k < count; ++k) {
            uint256 order;
            (order, cursor, bad) = _order(tokens, cursor, separator, bad);
            assembly ("memory-safe") {
                mstore(add(orders, shl(5, add(k, 1))), order)
            }
        }
        (batch.legs, cursor, bad) = _legs(cursor, bad);
        (batch.sweeps, cursor, bad) = _sweeps(cursor, bad);
        (batch.routes, cursor, bad) = _routes(cursor, bad);
        assembly ("memory-safe") {
            cursor := sub(cursor, data.offset)
        }
        if (bad != 0 || cursor != data.length) revert ISettlement.Settlement_Malformed(cursor);
    }

    // ------------------------------------------------------------------ parts

    /// @dev Space for a list of pointers, which the caller fills.
    function _list(uint256 count) private pure returns (Order[] memory list) {
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(list, count)
            mstore(0x40, add(list, shl(5, add(count, 1))))
        }
    }

    function _byte(uint256 cursor) private pure returns (uint256 value, uint256 next) {
        assembly ("memory-safe") {
            value := byte(0, calldataload(cursor))
            next := add(cursor, 1)
        }
    }

    function _number(uint256 cursor, uint256 bad) private pure returns (uint256 value, uint256 next, uint256 bad_) {
        assembly ("memory-safe") {
            let size := byte(0, calldataload(cursor))
            next := add(cursor, 1)
            value := shr(sub(256, shl(3, size)), calldataload(next))
            next := add(next, size)
            bad_ := or(bad, gt(size, 32))
        }
    }

    /// @dev Maker, sell, amount, whole, nonce, deadline as they stand; then its branches, its signature, and the hash of all.
    function _order(
        address[] memory tokens,
        uint256 cursor,
        bytes32 separator,
        uint256 bad
    ) private pure returns (uint256 order, uint256 next, uint256 bad_) {
        bytes32 typehash = INTENT_TYPEHASH;
        assembly ("memory-safe") {
            order := mload(0x40)
            mstore(0x40, add(order, 0x260))
            mstore(order, typehash)
            let word := calldataload(cursor)
            mstore(add(order, 0x20), shr(96, word))
            word := byte(20, word)
            bad := or(bad, iszero(lt(word, mload(tokens))))
            mstore(add(order, 0x40), mload(add(tokens, shl(5, add(word, 1)))))
            cursor := add(cursor, 22)
            let size := byte(31, calldataload(sub(cursor, 32)))
            mstore(add(order, 0x60), shr(sub(256, shl(3, size)), calldataload(cursor)))
            cursor := add(cursor, size)
            mstore(add(order, 0x80), byte(0, calldataload(cursor)))
            cursor := add(cursor, 2)
            size := byte(31, calldataload(sub(cursor, 32)))
            mstore(add(order, 0xa0), shr(sub(256, shl(3, size)), calldataload(cursor)))
            cursor := add(add(cursor, size), 1)
            size := byte(31, calldataload(sub(cursor, 32)))
            mstore(add(order, 0xc0), shr(sub(256, shl(3, size)), calldataload(cursor)))
            next := add(cursor, size)
            // What is not known yet: left, filled, holds, passes, last, skipped.
            calldatacopy(add(order, 0x1a0), calldatasize(), 0xc0)
        }
        (next, bad_) = _branches(order, tokens, next, bad);
        assembly ("memory-safe") {
            let size := byte(0, calldataload(next))
            bad_ := or(bad_, gt(size, 4))
            next := add(next, 1)
            let length := shr(sub(256, shl(3, size)), calldataload(next))
            next := add(next, size)
            mstore(add(order, 0x140), next)
            mstore(add(order, 0x160), length)
            next := add(next, length)
            // "\x19\x01", the domain, the struct: 66 bytes, beyond the free memory pointer.
            let free := mload(0x40)
            mstore(free, shl(240, 0x1901))
            mstore(add(free, 0x02), separator)
            mstore(add(free, 0x22), keccak256(order, 0x100))
            mstore(add(order, 0x180), keccak256(free, 0x42))
        }
    }

    /// @dev The branches handed in, then the hashes of those behind them.
    function _branches(
        uint256 order,
        address[] memory tokens,
        uint256 cursor,
        uint256 bad
    ) private pure returns (uint256, uint256) {
        uint256 list;
        uint256 hashes;
        uint256 end;
        assembly ("memory-safe") {
            let counts := calldataload(cursor)
            cursor := add(cursor, 2)
            let given := byte(0, counts)
            let further := byte(1, counts)
            list := mload(0x40)
            mstore(list, given)
            mstore(add(order, 0x100), list)
            mstore(add(order, 0x120), further)
            list := add(list, 0x20)
            end := add(list, shl(5, given))
            hashes := end
            mstore(0x40, add(hashes, shl(5, add(given, further))))
        }
        while (list != end) {
            uint256 branch;
            (branch, cursor, bad) = _branch(tokens, cursor, bad);
            assembly ("memory-safe") {
                mstore(list, branch)
                mstore(hashes, keccak256(branch, 0xa0))
                list := add(list, 0x20)
                hashes := add(hashes, 0x20)
            }
        }
        assembly ("memory-safe") {
            let size := shl(5, mload(add(order, 0x120)))
            calldatacopy(hashes, cursor, size)
            mstore(add(order, 0xe0), keccak256(end, sub(add(hashes, size), end)))
            cursor := add(cursor, size)
        }
        return (cursor, bad);
    }

    function _branch(
        address[] memory tokens,
        uint256 cursor,
        uint256 bad
    ) private pure returns (uint256 branch, uint256 next, uint256 bad_) {
        bytes32 typehash = BRANCH_TYPEHASH;
        bytes32 empty = EMPTY;
        uint256 count;
        assembly ("memory-safe") {
            branch := mload(0x40)
            mstore(0x40, add(branch, 0xe0))
            mstore(branch, typehash)
            mstore(add(branch, 0x20), empty)
            mstore(add(branch, 0x80), empty)
            // Lists of nothing.
            mstore(add(branch, 0xa0), 0x60)
            mstore(add(branch, 0xc0), 0x60)
            let place := byte(0, calldataload(cursor))
            switch place
            case 255 { mstore(add(branch, 0x40), 0) }
            default {
                bad := or(bad, iszero(lt(place, mload(tokens))))
                mstore(add(branch, 0x40), mload(add(tokens, shl(5, add(place, 1)))))
            }
            // least
            next := add(cursor, 2)
            let size := byte(31, calldataload(sub(next, 32)))
            bad_ := bad
            mstore(add(branch, 0x60), shr(sub(256, shl(3, size)), calldataload(next)))
            next := add(next, size)
            count := byte(0, calldataload(next))
            next := add(next, 1)
        }
        if (count != 0) (next, bad_) = _guards(_asBranch(branch), count, next, bad_);
        (count, next) = _byte(next);
        if (count != 0) next = _paths(_asBranch(branch), tokens, count, next);
    }

    function _asBranch(uint256 pointer) private pure returns (Branch memory branch) {
        assembly ("memory-safe") {
            branch := pointer
        }
    }

    function _guards(
        Branch memory branch,
        uint256 count,
        uint256 cursor,
        uint256 bad
    ) private pure returns (uint256, uint256) {
        bytes32 typehash = GUARD_TYPEHASH;
        uint256 most = uint256(type(GuardKind).max);
        assembly ("memory-safe") {
            // The list of pointers, then the guards; their hashes beyond the free memory pointer.
            let list := mload(0x40)
            let guard := add(list, shl(5, add(count, 1)))
            let hashes := add(guard, shl(7, count))
            mstore(0x40, hashes)
            mstore(list, count)
            mstore(add(branch, 0xa0), list)
            let to := hashes
            for {} lt(guard, hashes) { guard := add(guard, 0x80) } {
                list := add(list, 0x20)
                mstore(list, guard)
                mstore(guard, typehash)
                let word := calldataload(cursor)
                let kind := byte(0, word)
                // A kind that there is not would break its reading before the end is reached.
                if gt(kind, most) {
                    kind := 0
                    bad := 1
                }
                mstore(add(guard, 0x20), kind)
                let size := byte(1, word)
                cursor := add(cursor, 2)
                mstore(add(guard, 0x40), shr(sub(256, shl(3, size)), calldataload(cursor)))
                cursor := add(add(cursor, size), 1)
                size := byte(31, calldataload(sub(cursor, 32)))
                mstore(add(guard, 0x60), shr(sub(256, shl(3, size)), calldataload(cursor)))
                cursor := add(cursor, size)
                mstore(to, keccak256(guard, 0x80))
                to := add(to, 0x20)
            }
            mstore(add(branch, 0x20), keccak256(hashes, shl(5, count)))
        }
        return (cursor, bad);
    }

    function _paths(
        Branch memory branch,
        address[] memory tokens,
        uint256 count,
        uint256 cursor
    ) private pure returns (uint256) {
        bytes32[] memory hashes = new bytes32[](count);
        branch.paths = new address[][](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 length;
            (length, cursor) = _byte(cursor);
            address[] memory path = new address[](length);
            branch.paths[i] = path;
            for (uint256 j = 0; j < length; ++j) {
                uint256 place;
                (place, cursor) = _byte(cursor);
                if (place >= tokens.length) revert ISettlement.Settlement_Malformed(cursor);
                path[j] = tokens[place];
            }
            bytes32 list;
            assembly ("memory-safe") {
                list := keccak256(add(path, 0x20), shl(5, length))
            }
            hashes[i] = keccak256(abi.encode(PATH_TYPEHASH, list));
        }
        bytes32 all;
        assembly ("memory-safe") {
            all := keccak256(add(hashes, 0x20), shl(5, count))
        }
        branch.pathsHash = all;
        return cursor;
    }

    // ------------------------------------------------------------------ moves

    function _legs(uint256 cursor, uint256 bad) private pure returns (Leg[] memory legs, uint256 next, uint256 bad_) {
        assembly ("memory-safe") {
            let count := byte(0, calldataload(cursor))
            next := add(cursor, 1)
            bad_ := bad
            legs := mload(0x40)
            mstore(legs, count)
            let to := add(legs, 0x20)
            for { let end := add(to, shl(5, count)) } lt(to, end) { to := add(to, 0x20) } {
                let word := calldataload(next)
                let flags := byte(1, word)
                let size := byte(2, word)
                next := add(next, 3)
                let amount := shr(sub(256, shl(3, size)), calldataload(next))
                next := add(next, size)
                bad_ := or(bad_, gt(size, 14))
                // last to bit 136, skippable to bit 137, the branch and the order below
                flags := or(shl(128, and(flags, 63)), or(shl(129, and(flags, 128)), shl(131, and(flags, 64))))
                mstore(to, or(amount, or(flags, shl(112, byte(0, word)))))
            }
            mstore(0x40, to)
        }
    }

    function _sweeps(
        uint256 cursor,
        uint256 bad
    ) private pure returns (Sweep[] memory sweeps, uint256 next, uint256 bad_) {
        uint256 count;
        (count, next) = _byte(cursor);
        bad_ = bad;
        sweeps = new Sweep[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 word;
            (word, next) = _move(next);
            uint256 value;
            (value, next, bad_) = _number(next, bad_);
            if (value > type(uint16).max) bad_ = 1;
            word |= value << 136;
            (value, next, bad_) = _number(next, bad_);
            if (value > type(uint112).max) bad_ = 1;
            sweeps[i] = Sweep.wrap(word | value);
        }
    }

    function _routes(
        uint256 cursor,
        uint256 bad
    ) private pure returns (Route[] memory routes, uint256 next, uint256 bad_) {
        uint256 count;
        (count, next) = _byte(cursor);
        bad_ = bad;
        routes = new Route[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 word;
            (word, next) = _move(next);
            uint256 value;
            (value, next, bad_) = _number(next, bad_);
            if (value > type(uint112).max) bad_ = 1;
            routes[i] = Route.wrap(word | value);
        }
    }

    /// @dev Order and branch, where a move has them.
    function _move(uint256 cursor) private pure returns (uint256 word, uint256 next) {
        assembly ("memory-safe") {
            word := calldataload(cursor)
            word := or(shl(112, byte(0, word)), shl(128, byte(1, word)))
            next := add(cursor, 2)
        }
    }
}
