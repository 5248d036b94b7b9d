// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Boomerang} from "contracts/Boomerang.sol";
import {Key, Parameters} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Vm} from "forge-std/Vm.sol";
import {Claim, that} from "./Claim.sol";

/// @dev What halmos adds to forge's cheatcodes.
interface Svm {
    function createUint(uint256 bits, string calldata name) external returns (uint256);
    function createAddress(string calldata name) external returns (address);
    function createBytes(uint256 size, string calldata name) external returns (bytes memory);
    function createBytes4(string calldata name) external returns (bytes4);
    function createBytes32(string calldata name) external returns (bytes32);
    function enableSymbolicStorage(address who) external;
}

/// @notice What all proofs share. They run on the bytecode of a registry with any parameters that its constructor accepts, in any
/// state that its storage can hold (not only in those that some calls lead to), at any time and in any block below 2^64. What is assumed
/// of the state is in {arises}; Transitions.t.sol proves that every action keeps it, so it holds in every state that arises.
/// @dev Halmos takes keccak256 for injective; where ids and seals are cut to 25 and 23 bytes, a proof that needs it says that it assumes
/// the same of them. It knows no gas. Callers, receivers and committers are accounts without code here, unless a check says otherwise.
/// Any word may be the hash of any block.
abstract contract SymbolicTest {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    /// @dev Where the registry keeps its state; tests/forge/Layout.t.sol holds these numbers to the compiler's.
    uint256 internal constant SLOTS_SLOT = 2;
    uint256 internal constant STANDINGS_SLOT = 3;
    uint256 internal constant OFFERS_SLOT = 4;
    uint256 internal constant OWED_SLOT = 5;

    /// @dev EIP-2935's.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    bytes32 private constant ID_TYPEHASH =
        keccak256("Commitment(uint256 chainId,address registry,address committer,uint256 stake,bytes32 contentHash)");
    bytes32 private constant SEAL_TYPEHASH = keccak256(
        "Seal(uint256 chainId,address registry,bytes25 id,address committer,bytes32 decisionHash,bytes32 salt)"
    );

    Boomerang internal registry;
    address internal enforcer;
    address internal groups;
    address internal envoy;
    Parameters internal p;

    function setUp() public {
        p = Parameters({
            period: uint32(svm.createUint(32, "period")),
            sealDelay: uint32(svm.createUint(32, "sealDelay")),
            revealWindow: uint32(svm.createUint(32, "revealWindow")),
            offerCutoff: uint32(svm.createUint(32, "offerCutoff")),
            declineDelay: uint32(svm.createUint(32, "declineDelay")),
            maxDepth: uint8(svm.createUint(8, "maxDepth")),
            drawDelay: uint8(svm.createUint(8, "drawDelay")),
            exposerShare: exposerShare(),
            minBond: uint96(svm.createUint(96, "minBond")),
            fee: uint96(svm.createUint(96, "fee"))
        });
        vm.assume(p.period <= 365 days);
        vm.assume(0 < p.sealDelay && p.sealDelay < p.period);
        vm.assume(0 < p.revealWindow);
        vm.assume(p.declineDelay < p.offerCutoff && p.offerCutoff < p.period);
        vm.assume(0 < p.drawDelay && p.drawDelay <= 200);
        vm.assume(p.exposerShare <= 9000);
        registry = new Boomerang(p);
        (enforcer, groups) = (registry.enforcer(), registry.groups());
        // Created by the enforcer, before the registry created the groups. Halmos numbers what is created.
        envoy = address(uint160(groups) - 1);
        require(envoy.code.length != 0);
        svm.enableSymbolicStorage(address(registry));
        svm.enableSymbolicStorage(enforcer);
        // Answers with whatever lies at keccak256(block number, 0).
        vm.etch(HISTORY, hex"5f355f5260405f20545f5260205ff3");
        svm.enableSymbolicStorage(HISTORY);
    }

    function exposerShare() internal virtual returns (uint16) {
        return uint16(svm.createUint(16, "exposerShare"));
    }

    // ------------------------------------------------------------------ the world

    /// @dev Any time and block.
    function anytime() internal returns (uint256 time) {
        time = svm.createUint(64, "time");
        vm.warp(time);
        vm.roll(svm.createUint(64, "number"));
    }

    /// @dev Any account without code.
    function anyone(string memory name) internal returns (address account) {
        account = svm.createAddress(name);
        assumePlain(account);
    }

    function assumePlain(address account) internal view {
        vm.assume(
            (that(account != address(registry)) & that(account != address(this)) & that(account != HISTORY)
                    & that(account != enforcer) & that(account != groups) & that(account != envoy))
            .proved()
        );
    }

    function anyKey(string memory committer) internal returns (Key memory) {
        return keyOf(anyone(committer));
    }

    function keyOf(address committer) internal returns (Key memory) {
        return Key(committer, Stake.wrap(svm.createUint(256, "stake")), svm.createBytes32("contentHash"));
    }

    function call(address caller, bytes memory data) internal returns (bool ok) {
        return callFrom(caller, caller, data);
    }

    function callFrom(address caller, address origin, bytes memory data) internal returns (bool ok) {
        vm.prank(caller, origin);
        (ok,) = address(registry).call(data);
    }

    // ------------------------------------------------------------------ the state

    function idOf(Key memory key) internal view returns (CommitmentId) {
        bytes memory words =
            abi.encode(ID_TYPEHASH, block.chainid, address(registry), key.committer, key.stake, key.contentHash);
        return CommitmentId.wrap(bytes25(keccak256(words)));
    }

    /// @dev All 32 bytes; a seal is the first 23 of them.
    function sealHash(Key memory key, bytes memory decision, bytes32 salt) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                SEAL_TYPEHASH, block.chainid, address(registry), idOf(key), key.committer, keccak256(decision), salt
            )
        );
    }

    function recordOf(Key memory key) internal view returns (Record) {
        return registry.record(idOf(key));
    }

    /// @dev The stored phase; no panic where the number is none.
    function phaseOf(Record record) internal pure returns (uint256) {
        return Record.unwrap(record) & 0x0f;
    }

    /// @dev The record of a commitment in this phase, in any state that arises.
    function given(Key memory key, Phase phase) internal view returns (Record record) {
        record = recordOf(key);
        vm.assume(record.isIn(phase));
        vm.assume(arises(record));
    }

    /// @dev The same, put there: with its phase and the O flag (it has made an offer) as constants, there are fewer paths to walk.
    function plant(CommitmentId id, Phase phase, bool hasOffered) internal returns (Record record) {
        uint256 word = uint256(phase) | (hasOffered ? 0x40 : 0);
        word |= svm.createUint(2, "drawn, declines all") << 4;
        word |= svm.createUint(32, "freeze") << 8;
        word |= svm.createUint(32, "block or draw") << 40;
        word |= svm.createUint(184, "seal") << 72;
        record = Record.wrap(word);
        vm.assume(arises(record));
        vm.store(address(registry), keccak256(abi.encode(id, SLOTS_SLOT)), bytes32(word));
    }

    /// @dev What every record is: zero, or in a phase that is stored, and frozen no earlier than a period after the beginning of time.
    function arises(Record record) internal view returns (bool) {
        uint256 phase = phaseOf(record);
        Claim published = that(phase != uint256(Phase.Unpublished));
        Claim stored = that(phase != uint256(Phase.Revealing)) & that(phase <= uint256(Phase.InvalidDecision));
        Claim drawn = that(!record.drawn()) | that(record.draw() != 0);
        return ((that(Record.unwrap(record) == 0) | published)
                & published.implies(stored & that(record.freezeTime() >= p.period) & drawn))
        .proved();
    }

    function standingSlot(CommitmentId id) internal pure returns (bytes32) {
        return keccak256(abi.encode(id, STANDINGS_SLOT));
    }

    function offerSlot(CommitmentId offering, CommitmentId target) internal pure returns (bytes32) {
        return keccak256(abi.encode(target, keccak256(abi.encode(offering, OFFERS_SLOT))));
    }

    function same(Key memory a, Key memory b) internal pure returns (Claim) {
        return that(a.committer == b.committer) & that(Stake.unwrap(a.stake) == Stake.unwrap(b.stake))
            & that(a.contentHash == b.contentHash);
    }

    /// @dev Different keys have different ids, though these are cut to 25 bytes.
    function assumeNoCollision(Key memory a, Key memory b) internal view {
        vm.assume((that(idOf(a) != idOf(b)) | same(a, b)).proved());
    }

    /// @dev What is signed for a request (EIP-712).
    function digest(bytes32 request) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Boomerang"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, request));
    }
}
