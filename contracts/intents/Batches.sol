// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GuardKind, ISettlement} from "../interfaces/ISettlement.sol";
import {Leg, Route, Sweep} from "../types/Moves.sol";

/// @notice One condition of a branch. The members are, in this order, what its EIP-712 hash is taken of.
struct Guard {
    bytes32 typehash;
    GuardKind kind;
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
///     number  n 1 | n bytes, big-endian, n at most 32
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
    /// @dev What stands behind the end reads as it may; the end is checked at the end.
    function decode(bytes calldata data, bytes32 separator) internal pure returns (Batch memory batch) {
        uint256 cursor;
        uint256 count;
        assembly ("memory-safe") {
            cursor := data.offset
        }
        address[] memory tokens;
        (tokens, cursor) = _tokens(cursor);
        (count, cursor) = _byte(cursor);
        batch.orders = new Order[](count);
        for (uint256 k = 0; k < count; ++k) {
            cursor = _order(batch.orders[k], tokens, cursor, separator);
        }
        (batch.legs, cursor) = _legs(cursor);
        (batch.sweeps, cursor) = _sweeps(cursor);
        (batch.routes, cursor) = _routes(cursor);
        assembly ("memory-safe") {
            cursor := sub(cursor, data.offset)
        }
        if (cursor != data.length) revert ISettlement.Settlement_Malformed(cursor);
    }

    // ------------------------------------------------------------------ parts

    function _byte(uint256 cursor) private pure returns (uint256 value, uint256 next) {
        assembly ("memory-safe") {
            value := byte(0, calldataload(cursor))
            next := add(cursor, 1)
        }
    }

    function _number(uint256 cursor) private pure returns (uint256 value, uint256 next) {
        uint256 size;
        assembly ("memory-safe") {
            size := byte(0, calldataload(cursor))
            value := shr(shl(3, sub(32, size)), calldataload(add(cursor, 1)))
            next := add(add(cursor, 1), size)
        }
        if (size > 32) revert ISettlement.Settlement_Malformed(cursor);
    }

    function _tokens(uint256 cursor) private pure returns (address[] memory tokens, uint256 next) {
        (uint256 count, uint256 from) = _byte(cursor);
        tokens = new address[](count);
        assembly ("memory-safe") {
            next := add(from, mul(count, 20))
            for { let to := add(tokens, 0x20) } lt(from, next) { to := add(to, 0x20) } {
                mstore(to, shr(96, calldataload(from)))
                from := add(from, 20)
            }
        }
    }

    function _order(
        Order memory order,
        address[] memory tokens,
        uint256 cursor,
        bytes32 separator
    ) private pure returns (uint256) {
        order.typehash = INTENT_TYPEHASH;
        uint256 place;
        assembly ("memory-safe") {
            mstore(add(order, 0x20), shr(96, calldataload(cursor)))
            place := byte(20, calldataload(cursor))
            cursor := add(cursor, 21)
        }
        order.sell = tokens[place];
        (order.amount, cursor) = _number(cursor);
        (order.whole, cursor) = _byte(cursor);
        (order.nonce, cursor) = _number(cursor);
        (order.deadline, cursor) = _number(cursor);
        cursor = _branches(order, tokens, cursor);
        (order.signatureLength, cursor) = _number(cursor);
        order.signatureOffset = cursor;
        bytes32 hash;
        assembly ("memory-safe") {
            // "\x19\x01", the domain, the struct: 66 bytes, the last two of them where the free pointer begins.
            let free := mload(0x40)
            mstore(free, shl(240, 0x1901))
            mstore(add(free, 0x02), separator)
            mstore(add(free, 0x22), keccak256(order, 0x100))
            hash := keccak256(free, 0x42)
        }
        order.hash = hash;
        // Safe: a length that wraps cannot end where the data do.
        unchecked {
            return cursor + order.signatureLength;
        }
    }

    /// @dev The branches handed in, then the hashes of those behind them.
    function _branches(Order memory order, address[] memory tokens, uint256 cursor) private pure returns (uint256) {
        uint256 given;
        (given, cursor) = _byte(cursor);
        (order.further, cursor) = _byte(cursor);
        uint256 all = given + order.further;
        bytes32[] memory hashes = new bytes32[](all);
        Branch[] memory branches = new Branch[](given);
        order.branches = branches;
        for (uint256 i = 0; i < given; ++i) {
            Branch memory branch = branches[i];
            cursor = _branch(branch, tokens, cursor);
            assembly ("memory-safe") {
                mstore(add(hashes, shl(5, add(i, 1))), keccak256(branch, 0xa0))
            }
        }
        assembly ("memory-safe") {
            let size := shl(5, sub(all, given))
            calldatacopy(add(hashes, shl(5, add(given, 1))), cursor, size)
            mstore(add(order, 0xe0), keccak256(add(hashes, 0x20), shl(5, all)))
            cursor := add(cursor, size)
        }
        return cursor;
    }

    function _branch(Branch memory branch, address[] memory tokens, uint256 cursor) private pure returns (uint256) {
        branch.typehash = BRANCH_TYPEHASH;
        uint256 count;
        (count, cursor) = _byte(cursor);
        if (count != NOTHING) branch.buy = tokens[count];
        (branch.least, cursor) = _number(cursor);
        (count, cursor) = _byte(cursor);
        branch.guardsHash = EMPTY;
        if (count != 0) cursor = _guards(branch, count, cursor);
        (count, cursor) = _byte(cursor);
        branch.pathsHash = EMPTY;
        if (count != 0) cursor = _paths(branch, tokens, count, cursor);
        return cursor;
    }

    function _guards(Branch memory branch, uint256 count, uint256 cursor) private pure returns (uint256) {
        bytes32[] memory hashes = new bytes32[](count);
        Guard[] memory guards = new Guard[](count);
        branch.guards = guards;
        for (uint256 i = 0; i < count; ++i) {
            Guard memory guard = guards[i];
            guard.typehash = GUARD_TYPEHASH;
            uint256 word;
            (word, cursor) = _byte(cursor);
            if (word > uint256(type(GuardKind).max)) revert ISettlement.Settlement_Malformed(cursor);
            guard.kind = GuardKind(word);
            (word, cursor) = _number(cursor);
            guard.subject = bytes32(word);
            (guard.limit, cursor) = _number(cursor);
            assembly ("memory-safe") {
                mstore(add(hashes, shl(5, add(i, 1))), keccak256(guard, 0x80))
            }
        }
        branch.guardsHash = _listHash(hashes);
        return cursor;
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
                path[j] = tokens[place];
            }
            bytes32 list;
            assembly ("memory-safe") {
                list := keccak256(add(path, 0x20), shl(5, length))
            }
            hashes[i] = keccak256(abi.encode(PATH_TYPEHASH, list));
        }
        branch.pathsHash = _listHash(hashes);
        return cursor;
    }

    function _listHash(bytes32[] memory hashes) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(hashes, 0x20), shl(5, mload(hashes)))
        }
    }

    // ------------------------------------------------------------------ moves

    function _legs(uint256 cursor) private pure returns (Leg[] memory legs, uint256 next) {
        uint256 count;
        (count, next) = _byte(cursor);
        legs = new Leg[](count);
        for (uint256 i = 0; i < count; ++i) {
            (uint256 word, uint256 flags) = (0, 0);
            (word, flags, next) = _move(next);
            uint256 amount;
            (amount, next) = _number(next);
            legs[i] = Leg.wrap(_word(amount, word, flags & 63) | (flags & 128) << 129 | (flags & 64) << 131);
        }
    }

    function _sweeps(uint256 cursor) private pure returns (Sweep[] memory sweeps, uint256 next) {
        uint256 count;
        (count, next) = _byte(cursor);
        sweeps = new Sweep[](count);
        for (uint256 i = 0; i < count; ++i) {
            (uint256 order, uint256 branch) = (0, 0);
            (order, branch, next) = _move(next);
            uint256 pops;
            (pops, next) = _number(next);
            uint256 amount;
            (amount, next) = _number(next);
            if (pops > type(uint16).max) revert ISettlement.Settlement_Malformed(next);
            sweeps[i] = Sweep.wrap(_word(amount, order, branch) | pops << 136);
        }
    }

    function _routes(uint256 cursor) private pure returns (Route[] memory routes, uint256 next) {
        uint256 count;
        (count, next) = _byte(cursor);
        routes = new Route[](count);
        for (uint256 i = 0; i < count; ++i) {
            (uint256 order, uint256 branch) = (0, 0);
            (order, branch, next) = _move(next);
            uint256 amount;
            (amount, next) = _number(next);
            routes[i] = Route.wrap(_word(amount, order, branch));
        }
    }

    function _move(uint256 cursor) private pure returns (uint256 order, uint256 branch, uint256 next) {
        assembly ("memory-safe") {
            let word := calldataload(cursor)
            order := byte(0, word)
            branch := byte(1, word)
            next := add(cursor, 2)
        }
    }

    /// @dev The part that all moves have alike.
    function _word(uint256 amount, uint256 order, uint256 branch) private pure returns (uint256) {
        if (amount > type(uint112).max) revert ISettlement.Settlement_OutOfRange(order);
        return amount | order << 112 | branch << 128;
    }
}
