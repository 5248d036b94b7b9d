// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {GuardKind} from "contracts/interfaces/ISettlement.sol";

/// @dev What is signed, as docs/intents.md has it.
struct GuardText {
    GuardKind kind;
    bytes32 subject;
    uint256 limit;
}

struct BranchText {
    GuardText[] guards;
    address buy;
    uint256 least;
    address[][] paths;
}

/// @param given how many branches are handed in; the others are hashes
/// @param key whose signature is put in; 0: `signature` as it is
struct Program {
    address maker;
    address sell;
    uint256 amount;
    bool whole;
    uint256 nonce;
    uint256 deadline;
    BranchText[] branches;
    uint256 given;
    uint256 key;
    bytes signature;
}

/// @dev A leg, sweep or route.
/// @param extra of legs: 128 last, 64 skippable; of sweeps: pops
struct Move {
    uint256 order;
    uint256 branch;
    uint256 extra;
    uint256 amount;
}

/// @dev A batch as it is written.
struct Draft {
    Program[] orders;
    Move[] legs;
    Move[] sweeps;
    Move[] routes;
}

/// @notice Hashes and bytes of batches, from their definitions: written with `abi.encode` and nothing of contracts/intents, so that each
/// is a check of the other.
library IntentsEncoder {
    string private constant GUARD = "Guard(uint8 kind,bytes32 subject,uint256 limit)";
    string private constant PATH = "Path(address[] tokens)";
    string private constant BRANCH = "Branch(Guard[] guards,address buy,uint256 least,Path[] paths)";
    string private constant INTENT =
        "Intent(address maker,address sell,uint256 amount,bool whole,uint256 nonce,uint256 deadline,Branch[] branches)";
    string private constant DOMAIN =
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

    // ------------------------------------------------------------------ EIP-712

    function separator(uint256 chainId, address settlement) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(keccak256(bytes(DOMAIN)), keccak256("Boomerang Intents"), keccak256("1"), chainId, settlement)
        );
    }

    function digest(Program memory p, bytes32 separator_) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator_, structHash(p)));
    }

    function structHash(Program memory p) internal pure returns (bytes32) {
        bytes32[] memory branches = new bytes32[](p.branches.length);
        for (uint256 i; i < branches.length; ++i) {
            branches[i] = structHash(p.branches[i]);
        }
        bytes32 typehash = keccak256(abi.encodePacked(INTENT, BRANCH, GUARD, PATH));
        bytes32 list = keccak256(abi.encodePacked(branches));
        return keccak256(abi.encode(typehash, p.maker, p.sell, p.amount, p.whole, p.nonce, p.deadline, list));
    }

    function structHash(BranchText memory b) internal pure returns (bytes32) {
        bytes32[] memory guards = new bytes32[](b.guards.length);
        for (uint256 i; i < guards.length; ++i) {
            guards[i] = keccak256(
                abi.encode(keccak256(bytes(GUARD)), b.guards[i].kind, b.guards[i].subject, b.guards[i].limit)
            );
        }
        bytes32[] memory paths = new bytes32[](b.paths.length);
        for (uint256 i; i < paths.length; ++i) {
            // An array of addresses is hashed as words, each padded: as encodePacked writes arrays.
            paths[i] = keccak256(abi.encode(keccak256(bytes(PATH)), keccak256(abi.encodePacked(b.paths[i]))));
        }
        return keccak256(
            abi.encode(
                keccak256(abi.encodePacked(BRANCH, GUARD, PATH)),
                keccak256(abi.encodePacked(guards)),
                b.buy,
                b.least,
                keccak256(abi.encodePacked(paths))
            )
        );
    }

    // ------------------------------------------------------------------ bytes

    /// @dev Signatures must stand in the programs.
    function encode(Draft memory d) internal pure returns (bytes memory batch) {
        address[] memory tokens = tokensOf(d);
        batch = abi.encodePacked(uint8(tokens.length));
        for (uint256 i; i < tokens.length; ++i) {
            batch = abi.encodePacked(batch, tokens[i]);
        }
        batch = abi.encodePacked(batch, uint8(d.orders.length));
        for (uint256 i; i < d.orders.length; ++i) {
            batch = abi.encodePacked(batch, encode(d.orders[i], tokens));
        }
        batch = abi.encodePacked(batch, uint8(d.legs.length));
        for (uint256 i; i < d.legs.length; ++i) {
            Move memory m = d.legs[i];
            batch = abi.encodePacked(batch, uint8(m.order), uint8(m.branch | m.extra), number(m.amount));
        }
        batch = abi.encodePacked(batch, uint8(d.sweeps.length));
        for (uint256 i; i < d.sweeps.length; ++i) {
            Move memory m = d.sweeps[i];
            batch = abi.encodePacked(batch, uint8(m.order), uint8(m.branch), number(m.extra), number(m.amount));
        }
        batch = abi.encodePacked(batch, uint8(d.routes.length));
        for (uint256 i; i < d.routes.length; ++i) {
            Move memory m = d.routes[i];
            batch = abi.encodePacked(batch, uint8(m.order), uint8(m.branch), number(m.amount));
        }
    }

    function encode(Program memory p, address[] memory tokens) internal pure returns (bytes memory order) {
        order = abi.encodePacked(p.maker, place(tokens, p.sell), number(p.amount), p.whole, number(p.nonce));
        order = abi.encodePacked(order, number(p.deadline), uint8(p.given), uint8(p.branches.length - p.given));
        for (uint256 i; i < p.given; ++i) {
            order = abi.encodePacked(order, encode(p.branches[i], tokens));
        }
        for (uint256 i = p.given; i < p.branches.length; ++i) {
            order = abi.encodePacked(order, structHash(p.branches[i]));
        }
        order = abi.encodePacked(order, number(p.signature.length), p.signature);
    }

    function encode(BranchText memory b, address[] memory tokens) internal pure returns (bytes memory branch) {
        uint8 buy = b.buy == address(0) ? 255 : place(tokens, b.buy);
        branch = abi.encodePacked(buy, number(b.least), uint8(b.guards.length));
        for (uint256 i; i < b.guards.length; ++i) {
            GuardText memory g = b.guards[i];
            branch = abi.encodePacked(branch, uint8(g.kind), number(uint256(g.subject)), number(g.limit));
        }
        branch = abi.encodePacked(branch, uint8(b.paths.length));
        for (uint256 i; i < b.paths.length; ++i) {
            branch = abi.encodePacked(branch, uint8(b.paths[i].length));
            for (uint256 j; j < b.paths[i].length; ++j) {
                branch = abi.encodePacked(branch, place(tokens, b.paths[i][j]));
            }
        }
    }

    /// @dev How many bytes, then those.
    function number(uint256 value) internal pure returns (bytes memory) {
        uint256 size;
        while (size < 32 && value >> (8 * size) != 0) ++size;
        bytes memory digits = new bytes(size);
        for (uint256 i; i < size; ++i) {
            digits[i] = bytes1(uint8(value >> (8 * (size - 1 - i))));
        }
        return abi.encodePacked(uint8(size), digits);
    }

    // ------------------------------------------------------------------ tokens

    /// @dev Every token that is named, once.
    function tokensOf(Draft memory d) internal pure returns (address[] memory tokens) {
        for (uint256 i; i < d.orders.length; ++i) {
            Program memory p = d.orders[i];
            tokens = with(tokens, p.sell);
            for (uint256 j; j < p.given; ++j) {
                BranchText memory b = p.branches[j];
                if (b.buy != address(0)) tokens = with(tokens, b.buy);
                for (uint256 k; k < b.paths.length; ++k) {
                    for (uint256 l; l < b.paths[k].length; ++l) {
                        tokens = with(tokens, b.paths[k][l]);
                    }
                }
            }
        }
    }

    function with(address[] memory tokens, address token) internal pure returns (address[] memory longer) {
        longer = new address[](tokens.length + 1);
        for (uint256 i; i < tokens.length; ++i) {
            if (tokens[i] == token) return tokens;
            longer[i] = tokens[i];
        }
        longer[tokens.length] = token;
    }

    function place(address[] memory tokens, address token) internal pure returns (uint8) {
        for (uint8 i; i < tokens.length; ++i) {
            if (tokens[i] == token) return i;
        }
        revert("token not listed");
    }
}
