// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {Order} from "./Batches.sol";

/// @title Nonces: what was filled, cancelled, or filled in part
abstract contract Nonces is ISettlement {
    /// @inheritdoc ISettlement
    mapping(address maker => mapping(uint256 word => uint256 bits)) public nonces;

    /// @inheritdoc ISettlement
    mapping(address maker => mapping(uint256 nonce => uint256 part)) public parts;

    /// @dev From the bit that says used to the one that says filled in part.
    uint256 private constant OPEN = 128;

    /// @inheritdoc ISettlement
    function cancel(uint256 word, uint128 bits) external {
        _requireUnlocked();
        nonces[msg.sender][word] |= bits;
        emit NoncesCancelled(msg.sender, word, bits);
    }

    /// @dev Mark the nonce used for the time of a batch, so that an order which stands twice in it is refused; say what it has left.
    function _takeNonce(uint256 k, Order memory order) internal {
        uint256 nonce = order.nonce;
        mapping(uint256 => uint256) storage words = nonces[order.maker];
        uint256 used = 1 << (nonce & 127);
        uint256 slot;
        uint256 word;
        assembly ("memory-safe") {
            // Where words[nonce >> 7] is kept: read and written, its place computed once.
            mstore(0x00, shr(7, nonce))
            mstore(0x20, words.slot)
            slot := keccak256(0x00, 0x40)
            word := sload(slot)
        }
        order.left = order.amount;
        if (word & (used | (used << OPEN)) != 0) _takeOpenNonce(k, order, word & used != 0);
        assembly ("memory-safe") {
            sstore(slot, or(word, used))
        }
    }

    /// @dev A nonce that is not fresh: it must be this order's, filled in part.
    function _takeOpenNonce(uint256 k, Order memory order, bool used) private view {
        (address maker, uint256 nonce) = (order.maker, order.nonce);
        if (used || order.whole != 0) revert Settlement_NonceUsed(k, maker, nonce);
        uint256 part = parts[maker][nonce];
        if (part >> 112 != uint256(order.hash) >> 112) revert Settlement_NonceTaken(k, maker, nonce);
        // Safe: no more than the amount was ever filled.
        unchecked {
            order.left -= uint112(part);
        }
    }

    /// @dev Consume a nonce that nothing was filled under yet.
    function _consume(Order memory order) internal {
        (address maker, uint256 nonce) = (order.maker, order.nonce);
        uint256 used = 1 << (nonce & 127);
        uint256 word = nonces[maker][nonce >> 7];
        if (word & (used | (used << OPEN)) != 0) revert Settlement_NonceUsed(0, maker, nonce);
        nonces[maker][nonce >> 7] = word | used;
    }

    /// @dev Write what became of a nonce that was taken: nothing, a part, or all.
    function _settleNonce(Order memory order) internal {
        (uint256 left, uint256 filled) = (order.left, order.filled);
        // Filled whole, or up: used it stays.
        if (filled == left) {
            if (left != order.amount) delete parts[order.maker][order.nonce];
            return;
        }
        (address maker, uint256 nonce) = (order.maker, order.nonce);
        uint256 used = 1 << (nonce & 127);
        uint256 word = nonces[maker][nonce >> 7] & ~used;
        if (filled != 0) {
            word |= used << OPEN;
            // Safe: filled is at most left, and left at most the amount.
            unchecked {
                parts[maker][nonce] = ((uint256(order.hash) >> 112) << 112) | (order.amount - left + filled);
            }
        }
        nonces[maker][nonce >> 7] = word;
    }

    /// @dev A cancellation in the middle of a batch would be undone by its end.
    function _requireUnlocked() internal view virtual;
}
