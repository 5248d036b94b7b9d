// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Decisions} from "../libraries/Decisions.sol";
import {Identity} from "../libraries/Identity.sol";
import {CommitmentId} from "../types/CommitmentId.sol";
import {Stake} from "../types/Stake.sol";

/// @notice Shows what the libraries say about one program or one key, for the fuzz tests.
contract DecisionsHarness {
    error Malformed();
    error LeftOver(uint256 next);
    error TooMuchGas(uint256 used);

    function wellFormed(bytes calldata program) external pure returns (bool) {
        return Decisions.wellFormed(program);
    }

    /// @notice All atoms of a well-formed program, in its order, without gaps; refused where it is malformed.
    function atoms(bytes calldata program) external pure returns (CommitmentId[] memory found) {
        if (!Decisions.wellFormed(program)) revert Malformed();
        found = new CommitmentId[](Decisions.MAX_ATOMS);
        uint256 count;
        (bool more, CommitmentId atom, uint256 next) = Decisions.nextAtom(program, 0);
        while (more) {
            found[count++] = atom;
            (more, atom, next) = Decisions.nextAtom(program, next);
        }
        if (next != program.length) revert LeftOver(next);
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    function isKeep(bytes calldata program) external pure returns (bool) {
        return Decisions.isKeep(program);
    }

    /// @notice Judges programs. Before each of them stand its length (2 bytes) and its answers (4 bytes).
    /// @param limit the gas that one may use, or all is refused
    /// @return verdicts for each one byte: bit 0 whether it is well formed; then bit 1 what it comes to with its answers, and
    /// bits 2 to 7 how many atoms it has
    /// @return most the most gas that one of them used
    function judge(bytes calldata input, uint256 limit) external view returns (bytes memory verdicts, uint256 most) {
        verdicts = new bytes(input.length);
        uint256 count;
        uint256 cursor;
        while (cursor < input.length) {
            uint256 size = uint16(bytes2(input[cursor:cursor + 2]));
            uint256 answers = uint32(bytes4(input[cursor + 2:cursor + 6]));
            cursor += 6;
            bytes calldata program = input[cursor:cursor + size];
            cursor += size;
            uint256 before = gasleft();
            uint256 verdict = _judge(program, answers);
            uint256 used = before - gasleft();
            if (used > limit) revert TooMuchGas(used);
            if (used > most) most = used;
            verdicts[count++] = bytes1(uint8(verdict));
        }
        assembly ("memory-safe") {
            mstore(verdicts, count)
        }
    }

    function idOf(
        uint256 chainId,
        address committer,
        Stake stake,
        bytes32 content
    ) external view returns (CommitmentId) {
        return Identity.idOf(chainId, committer, stake, content);
    }

    function contentHash(bytes32 topic, bytes calldata body) external pure returns (bytes32) {
        return Identity.contentHash(topic, body);
    }

    function sealOf(
        uint256 chainId,
        CommitmentId id,
        address committer,
        bytes calldata decision,
        bytes32 salt
    ) external view returns (bytes23) {
        return Identity.sealOf(chainId, id, committer, Identity.hashOf(decision), salt);
    }

    function _judge(bytes calldata program, uint256 answers) private pure returns (uint256 verdict) {
        if (!Decisions.wellFormed(program)) return 0;
        uint256 count;
        (bool more,, uint256 next) = Decisions.nextAtom(program, 0);
        while (more) {
            ++count;
            (more,, next) = Decisions.nextAtom(program, next);
        }
        verdict = 1 | (Decisions.evaluate(program, answers) ? 2 : 0) | (count << 2);
    }
}
