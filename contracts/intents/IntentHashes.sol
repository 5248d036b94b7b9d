// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Branch, Guard, Order, Path} from "../interfaces/ISettlement.sol";

/// @notice The EIP-712 struct hash of an intent. Mirrored off chain by the package's `intents.message`.
/// @dev Word by word, beyond the free memory pointer: nothing that is written here is read again after its hash is taken.
library IntentHashes {
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant GUARD_TYPEHASH = keccak256("Guard(uint8 kind,bytes32 subject,uint256 limit)");
    bytes32 internal constant PATH_TYPEHASH = keccak256("Path(address[] tokens)");
    bytes32 internal constant BRANCH_TYPEHASH = keccak256(
        "Branch(Guard[] guards,address buy,uint256 least,Path[] paths)Guard(uint8 kind,bytes32 subject,uint256 limit)Path(address[] tokens)"
    );
    bytes32 internal constant INTENT_TYPEHASH = keccak256(
        "Intent(address maker,address sell,uint256 amount,bool whole,uint256 nonce,uint256 deadline,Branch[] branches)Branch(Guard[] guards,address buy,uint256 least,Path[] paths)Guard(uint8 kind,bytes32 subject,uint256 limit)Path(address[] tokens)"
    );
    /// @dev keccak256("")
    bytes32 private constant EMPTY = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470;

    /// @notice The EIP-712 domain of this contract on this chain.
    function domainSeparator() internal view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Boomerang Intents"), keccak256("1"), block.chainid, address(this))
        );
    }

    /// @notice hashStruct of an order: of the branches handed in, then of those given as hashes.
    function structHash(Order calldata order) internal pure returns (bytes32 result) {
        uint256 given = order.branches.length;
        bytes32[] calldata rest = order.rest;
        bytes32[] memory hashes = new bytes32[](given + rest.length);
        for (uint256 i = 0; i < given; ++i) {
            hashes[i] = _branchHash(order.branches[i]);
        }
        bytes32 typehash = INTENT_TYPEHASH;
        assembly ("memory-safe") {
            let data := add(hashes, 0x20)
            calldatacopy(add(data, shl(5, given)), rest.offset, shl(5, rest.length))
            let branches := keccak256(data, shl(5, add(given, rest.length)))
            let free := mload(0x40)
            mstore(free, typehash)
            // The first six members, as they are signed. A word with dirty bits gives another hash, and its reading reverts.
            calldatacopy(add(free, 0x20), order, 0xc0)
            mstore(add(free, 0xe0), branches)
            result := keccak256(free, 0x100)
        }
    }

    function _branchHash(Branch calldata branch) private pure returns (bytes32 result) {
        bytes32 guards = branch.guards.length == 0 ? EMPTY : _guardsHash(branch.guards);
        bytes32 paths = branch.paths.length == 0 ? EMPTY : _pathsHash(branch.paths);
        address buy = branch.buy;
        uint256 least = branch.least;
        bytes32 typehash = BRANCH_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), guards)
            mstore(add(free, 0x40), buy)
            mstore(add(free, 0x60), least)
            mstore(add(free, 0x80), paths)
            result := keccak256(free, 0xa0)
        }
    }

    function _guardsHash(Guard[] calldata guards) private pure returns (bytes32 result) {
        bytes32 typehash = GUARD_TYPEHASH;
        assembly ("memory-safe") {
            // The hashes first, then one guard after another: each is three words.
            let free := mload(0x40)
            let size := shl(5, guards.length)
            let scratch := add(free, size)
            mstore(scratch, typehash)
            for { let i := 0 } lt(i, guards.length) { i := add(i, 1) } {
                calldatacopy(add(scratch, 0x20), add(guards.offset, mul(i, 0x60)), 0x60)
                mstore(add(free, shl(5, i)), keccak256(scratch, 0x80))
            }
            result := keccak256(free, size)
        }
    }

    function _pathsHash(Path[] calldata paths) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](paths.length);
        bytes32 typehash = PATH_TYPEHASH;
        for (uint256 i = 0; i < hashes.length; ++i) {
            address[] calldata tokens = paths[i].tokens;
            bytes32 hash;
            assembly ("memory-safe") {
                let free := mload(0x40)
                calldatacopy(free, tokens.offset, shl(5, tokens.length))
                let list := keccak256(free, shl(5, tokens.length))
                mstore(0x00, typehash)
                mstore(0x20, list)
                hash := keccak256(0x00, 0x40)
            }
            hashes[i] = hash;
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
