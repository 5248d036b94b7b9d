// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {CommitmentId} from "../types/CommitmentId.sol";
import {Stake} from "../types/Stake.sol";

/// @notice A committer whose code can seal nothing but "keep", for whoever asks it to: read it, and you know the outcome long
/// before the freeze. It need not seal before the last second, so that nobody can expose it.
contract AttackPromise is IERC1271 {
    IBoomerang private immutable REGISTRY;
    bytes32 private immutable CONTENT_HASH;
    CommitmentId private immutable ID;

    Stake private constant STAKE = Stake.wrap(0);
    bytes private constant KEEP = hex"01";
    bytes32 private constant SALT = 0;

    constructor(IBoomerang registry, bytes32 topic, bytes memory statement) {
        REGISTRY = registry;
        CONTENT_HASH = keccak256(abi.encode(topic, keccak256(statement)));
        ID = registry.publish(STAKE, topic, statement);
    }

    /// @notice The promise, kept by a call.
    function keep() external {
        REGISTRY.seal(STAKE, CONTENT_HASH, promised());
    }

    /// @notice The promise, kept by a signature: this contract signs one seal request, and no other.
    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        (, string memory name, string memory version, uint256 chainId, address registry,,) =
            IERC5267(address(REGISTRY)).eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                registry
            )
        );
        bytes32 request = keccak256(
            abi.encode(
                keccak256("SealRequest(bytes25 id,bytes23 seal,bytes extra,uint256 deadline)"),
                ID,
                promised(),
                keccak256(""),
                type(uint256).max
            )
        );
        bool one = hash == keccak256(abi.encodePacked(hex"1901", domain, request));
        return one ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    /// @notice The seal of "keep".
    function promised() public view returns (bytes23) {
        return bytes23(
            keccak256(
                abi.encode(
                    keccak256(
                        "Seal(uint256 chainId,address registry,bytes25 id,address committer,bytes32 decisionHash,bytes32 salt)"
                    ),
                    block.chainid,
                    address(REGISTRY),
                    ID,
                    address(this),
                    keccak256(KEEP),
                    SALT
                )
            )
        );
    }
}
