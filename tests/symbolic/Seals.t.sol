// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Key} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {that} from "./Claim.sol";
import {SymbolicTest} from "./SymbolicTest.sol";

/// @notice A seal opens one way only, and only the commitment that it was made for; whatever does not open it is refused.
/// @dev Assumes that two hashes that occur here are equal where their first 23 bytes (25, for ids) are. Bounds: decisions of 1, 2 and 27 bytes.
/// @custom:halmos --loop 8
contract SealsTest is SymbolicTest {
    /// @notice Of two openings that are both accepted, decision and salt are the same.
    function check_oneWay(bytes1 first, bytes32 firstSalt, bytes1 second, bytes32 secondSalt) external {
        Key memory x = world(Phase.Sealed);
        oneWay(x, abi.encodePacked(first), firstSalt, abi.encodePacked(second), secondSalt);
    }

    /// @notice Decisions of different lengths never open the same.
    function check_oneWay_lengths(bytes1 first, bytes32 firstSalt, bytes2 second, bytes32 secondSalt) external {
        Key memory x = world(Phase.Sealed);
        oneWay(x, abi.encodePacked(first), firstSalt, abi.encodePacked(second), secondSalt);
    }

    /// @notice A seal copied from x opens nothing but x, for any two openings.
    function check_copied(Key memory y, bytes1 first, bytes32 firstSalt, bytes1 second, bytes32 secondSalt) external {
        Key memory x = world(Phase.Sealed);
        Record r = recordOf(x);
        vm.assume(same(x, y).implies(that(false)).proved());
        assumeNoCollision(x, y);
        Record copy = plant(idOf(y), Phase.Sealed, false);
        vm.assume(copy.seal() == r.seal());
        bytes memory decision = abi.encodePacked(first);
        bytes memory other = abi.encodePacked(second);
        assumeCutIsWhole(sealHash(x, decision, firstSalt), sealHash(y, other, secondSalt));
        bool opened = exposes(x, decision, firstSalt);
        bool copyOpened = exposes(y, other, secondSalt);
        assert(!(opened && copyOpened));
    }

    /// @notice {expose} and {openFor} accept an opening if and only if the seal is its hash. Decisions of 27 bytes.
    function check_opening(bytes32 salt, bool early) external {
        Key memory x = anyKey("committer");
        Record r = plant(idOf(x), Phase.Sealed, false);
        vm.deal(address(registry), type(uint128).max);
        vm.warp(early ? r.freezeTime() - 1 : r.freezeTime());
        bytes memory decision = abi.encodePacked(hex"06", svm.createBytes(25, "atom"), hex"ff");
        bool ok = early ? exposes(x, decision, salt) : opens(x, decision, salt);
        assert(ok == (r.seal() == bytes23(sealHash(x, decision, salt))));
    }

    // ------------------------------------------------------------------ helpers

    function world(Phase phase) private returns (Key memory x) {
        x = anyKey("committer");
        plant(idOf(x), phase, false);
        anytime();
        vm.deal(address(registry), type(uint128).max);
    }

    function oneWay(
        Key memory x,
        bytes memory first,
        bytes32 firstSalt,
        bytes memory second,
        bytes32 secondSalt
    ) private {
        assumeCutIsWhole(sealHash(x, first, firstSalt), sealHash(x, second, secondSalt));
        bool a = exposes(x, first, firstSalt);
        bool b = exposes(x, second, secondSalt);
        if (a && b) assert(keccak256(first) == keccak256(second) && firstSalt == secondSalt);
    }

    function assumeCutIsWhole(bytes32 a, bytes32 b) private pure {
        vm.assume((that(bytes23(a) != bytes23(b)) | that(a == b)).proved());
    }

    /// @dev Whether it would be accepted: the state stays as it was.
    function exposes(Key memory x, bytes memory decision, bytes32 salt) private returns (bool) {
        return attempt(abi.encodeCall(registry.expose, (x, decision, salt)));
    }

    function opens(Key memory x, bytes memory decision, bytes32 salt) private returns (bool) {
        return attempt(abi.encodeCall(registry.openFor, (x, decision, salt, new Key[](0))));
    }

    function attempt(bytes memory data) private returns (bool) {
        (, bytes memory answer) = address(this).call(abi.encodeCall(this.tryAndUndo, (data)));
        return answer[0] == 0x01;
    }

    function tryAndUndo(bytes memory data) external {
        bool ok = call(address(0xca11e4), data);
        bytes memory answer = abi.encodePacked(ok);
        assembly ("memory-safe") {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}
