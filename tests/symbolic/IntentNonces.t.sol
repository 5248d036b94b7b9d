// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Order} from "contracts/intents/Batches.sol";
import {Nonces} from "contracts/intents/Nonces.sol";
import {Vm} from "forge-std/Vm.sol";
import {Claim, that} from "./Claim.sol";
import {Svm} from "./SymbolicTest.sol";

/// @dev The part of the settlement that keeps nonces; the rest of its interface is not there.
abstract contract NoncesOnly is Nonces {
    function settle(bytes calldata) external {}
    function post(bytes calldata, uint32, uint256) external returns (uint32) {}
    function unpost(address, address, uint32) external {}
    function sweepDead(address, address, uint256) external {}
    function approve(bytes32, bool) external {}
    function hash(bytes calldata) external view returns (bytes32) {}
    function DOMAIN_SEPARATOR() external view returns (bytes32) {}
    function approvals(address, bytes32) external view returns (bool) {}
    function book() external view returns (address) {}
    function registry() external view returns (address) {}
    function factory() external view returns (address) {}
    function pairCodeHash() external view returns (bytes32) {}
    function _requireUnlocked() internal view override {}
}

contract NoncesHarness is NoncesOnly {
    /// @notice One order of a batch: opened, filled with so much of what is left, closed as {Settlement} does it.
    function fill(
        address maker,
        uint256 nonce,
        bytes32 hash_,
        uint256 amount,
        bool whole,
        uint256 filled
    ) external returns (uint256 left) {
        Order memory order;
        (order.maker, order.nonce, order.hash, order.amount) = (maker, nonce, hash_, amount);
        order.whole = whole ? 1 : 0;
        _takeNonce(0, order);
        left = order.left;
        if (filled > left) revert();
        if (whole && filled != 0 && filled != left) revert();
        order.filled = filled;
        if (filled != amount) _settleNonce(order);
    }

    function consume(address maker, uint256 nonce) external {
        Order memory order;
        (order.maker, order.nonce) = (maker, nonce);
        _consume(order);
    }

    function twice(address maker, uint256 nonce, bytes32 hash_, uint256 amount) external {
        Order memory order;
        (order.maker, order.nonce, order.hash, order.amount) = (maker, nonce, hash_, amount);
        _takeNonce(0, order);
        _takeNonce(1, order);
    }
}

/// @notice A nonce is used up by one intent, once: for all nonces, words, hashes and amounts (112 bits), from any state of the storage.
/// @dev Bounds: up to three batches one after another with one order of that nonce each. Halmos takes keccak256 for injective.
contract IntentNoncesTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Svm private constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));
    NoncesHarness private immutable HARNESS = new NoncesHarness();

    /// @notice However an intent is filled in three batches, no more than its amount is sold in all.
    function check_never_more_than_the_amount(
        address maker,
        uint256 nonce,
        bytes32 hash,
        uint112 amount,
        bool whole
    ) external {
        vm.assume(amount != 0);
        uint256 sold = filled(maker, nonce, hash, amount, whole);
        sold += filled(maker, nonce, hash, amount, whole);
        sold += filled(maker, nonce, hash, amount, whole);
        assert(sold <= amount);
    }

    /// @dev By one batch, with any part.
    function filled(
        address maker,
        uint256 nonce,
        bytes32 hash,
        uint112 amount,
        bool whole
    ) private returns (uint256 part) {
        part = svm.createUint(112, "part");
        (bool ok,) = address(HARNESS).call(abi.encodeCall(HARNESS.fill, (maker, nonce, hash, amount, whole, part)));
        if (!ok) part = 0;
    }

    /// @notice False on purpose: that it is less.
    function planted_less_than_the_amount(address maker, uint256 nonce, bytes32 hash, uint112 amount) external {
        vm.assume(amount != 0);
        (bool ok,) = address(HARNESS).call(abi.encodeCall(HARNESS.fill, (maker, nonce, hash, amount, true, amount)));
        assert(!ok);
    }

    /// @notice Once an intent was filled in part, another with that nonce is refused (other in the upper 144 bits of its hash), and
    /// nobody can post under it.
    function check_an_open_nonce_is_one_intents(
        address maker,
        uint256 nonce,
        bytes32[2] calldata hashes,
        uint112[2] calldata amounts,
        bool whole,
        uint112[2] calldata parts
    ) external {
        vm.assume(uint256(hashes[0]) >> 112 != uint256(hashes[1]) >> 112);
        vm.assume(parts[0] != 0 && parts[0] <= amounts[0]);
        HARNESS.fill(maker, nonce, hashes[0], amounts[0], false, parts[0]);
        (bool ok,) =
            address(HARNESS).call(abi.encodeCall(HARNESS.fill, (maker, nonce, hashes[1], amounts[1], whole, parts[1])));
        assert(!ok);
        (ok,) = address(HARNESS).call(abi.encodeCall(HARNESS.consume, (maker, nonce)));
        assert(!ok);
    }

    /// @notice From any word and part: what is used or cancelled refuses everything, and stays so.
    function check_used_refuses_all(
        address maker,
        uint256 nonce,
        bytes32 hash,
        uint112 amount,
        bool whole,
        uint112 part
    ) external {
        svm.enableSymbolicStorage(address(HARNESS));
        vm.assume((HARNESS.nonces(maker, nonce >> 7) >> (nonce & 127)) & 1 == 1);
        (bool ok,) = address(HARNESS).call(abi.encodeCall(HARNESS.fill, (maker, nonce, hash, amount, whole, part)));
        assert(!ok);
        (ok,) = address(HARNESS).call(abi.encodeCall(HARNESS.consume, (maker, nonce)));
        assert(!ok);
    }

    /// @notice One order twice in a batch is refused, from any state.
    function check_twice_is_refused(address maker, uint256 nonce, bytes32 hash, uint112 amount) external {
        svm.enableSymbolicStorage(address(HARNESS));
        (bool ok,) = address(HARNESS).call(abi.encodeCall(HARNESS.twice, (maker, nonce, hash, amount)));
        assert(!ok);
    }

    /// @notice A fill touches no other nonce, nor another maker's.
    function check_others_stay(
        address maker,
        uint256 nonce,
        bytes32 hash,
        uint112 amount,
        uint112 part,
        address otherMaker,
        uint256 otherNonce
    ) external {
        svm.enableSymbolicStorage(address(HARNESS));
        Claim other = that(maker != otherMaker) | that(nonce != otherNonce);
        vm.assume(other.proved());
        uint256 mask = (1 << (otherNonce & 127)) | (1 << (128 + (otherNonce & 127)));
        uint256 before = HARNESS.nonces(otherMaker, otherNonce >> 7) & mask;
        uint256 partBefore = HARNESS.parts(otherMaker, otherNonce);
        HARNESS.fill(maker, nonce, hash, amount, false, part);
        assert(HARNESS.nonces(otherMaker, otherNonce >> 7) & mask == before);
        assert(HARNESS.parts(otherMaker, otherNonce) == partBefore);
    }
}
