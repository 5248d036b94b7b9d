// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ISettlement} from "../interfaces/ISettlement.sol";

/// @notice Moves tokens, and believes balances only.
/// @dev All scratch is beyond the free memory pointer. At most one word of what a token answers is read: it could be endless.
library Transfers {
    /// @notice What a transfer is given at least before its failure counts against an entry of the book.
    uint256 internal constant GAS = 150_000;

    /// @dev Selectors, at the top of a word.
    bytes32 private constant TRANSFER_FROM = 0x23b872dd00000000000000000000000000000000000000000000000000000000;
    bytes32 private constant TRANSFER = 0xa9059cbb00000000000000000000000000000000000000000000000000000000;
    bytes32 private constant BALANCE_OF = 0x70a0823100000000000000000000000000000000000000000000000000000000;
    bytes32 private constant ALLOWANCE = 0xdd62ed3e00000000000000000000000000000000000000000000000000000000;

    /// @notice transferFrom with all gas; the receiver must have it then.
    function pull(address token, address from, address to, uint256 amount) internal {
        _move(token, from, to, amount, type(uint256).max);
    }

    /// @notice transferFrom with at most `limit` gas; the receiver must have it then.
    function pull(address token, address from, address to, uint256 amount, uint256 limit) internal {
        _move(token, from, to, amount, limit);
    }

    /// @notice transfer out of this contract with all gas; the receiver must have it then.
    function push(address token, address to, uint256 amount) internal {
        _move(token, address(0), to, amount, type(uint256).max);
    }

    /// @notice transfer out of this contract with at most `limit` gas; the receiver must have it then.
    function push(address token, address to, uint256 amount, uint256 limit) internal {
        _move(token, address(0), to, amount, limit);
    }

    /// @dev transferFrom, or transfer where `from` is zero; then what the receiver has more must be the amount.
    function _move(address token, address from, address to, uint256 amount, uint256 limit) private {
        bool answered;
        uint256 before;
        uint256 held;
        assembly ("memory-safe") {
            // Two calls, one behind the other; an address that was computed may have dirty bits.
            let ask := mload(0x40)
            let free := add(ask, 0x24)
            to := shr(96, shl(96, to))
            mstore(ask, BALANCE_OF)
            mstore(add(ask, 0x04), to)
            let size := 0x64
            switch from
            case 0 {
                mstore(free, TRANSFER)
                mstore(add(free, 0x04), to)
                mstore(add(free, 0x24), amount)
                size := 0x44
            }
            default {
                mstore(free, TRANSFER_FROM)
                mstore(add(free, 0x04), from)
                mstore(add(free, 0x24), to)
                mstore(add(free, 0x44), amount)
            }
            mstore(0x00, 0)
            // The size of the answer is only known after the call: two statements.
            before := staticcall(gas(), token, ask, 0x24, 0x00, 0x20)
            before := mul(mload(0x00), and(before, gt(returndatasize(), 0x1f)))
            if gt(limit, gas()) { limit := gas() }
            mstore(0x00, 0)
            answered := call(limit, token, 0, free, size, 0x00, 0x20)
            // Some return nothing: then there must be code, for a call to an address without code succeeds.
            switch returndatasize()
            case 0 { answered := and(answered, gt(extcodesize(token), 0)) }
            default { answered := and(answered, and(gt(returndatasize(), 0x1f), eq(mload(0x00), 1))) }
            mstore(0x00, 0)
            held := staticcall(gas(), token, ask, 0x24, 0x00, 0x20)
            held := mul(mload(0x00), and(held, gt(returndatasize(), 0x1f)))
        }
        if (!answered) revert ISettlement.Settlement_TransferFailed(token, from, to, amount);
        // Safe: a balance that fell wraps, and is not the amount.
        unchecked {
            if (held - before != amount) {
                revert ISettlement.Settlement_TokenTakesFee(token, amount, held > before ? held - before : 0);
            }
        }
    }

    /// @notice balanceOf, 0 where the token does not answer.
    function balance(address token, address account) internal view returns (uint256 amount) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, BALANCE_OF)
            mstore(add(free, 0x04), shr(96, shl(96, account)))
            mstore(0x00, 0)
            let answered := staticcall(gas(), token, free, 0x24, 0x00, 0x20)
            if and(answered, gt(returndatasize(), 0x1f)) { amount := mload(0x00) }
        }
    }

    /// @notice What a spender may move of an account's, as far as it has it: the lesser of allowance and balance.
    function movable(address token, address account, address spender) internal view returns (uint256 amount) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, ALLOWANCE)
            mstore(add(free, 0x04), account)
            mstore(add(free, 0x24), spender)
            mstore(0x00, 0)
            let answered := staticcall(gas(), token, free, 0x44, 0x00, 0x20)
            if and(answered, gt(returndatasize(), 0x1f)) { amount := mload(0x00) }
        }
        if (amount == 0) return 0;
        uint256 held = balance(token, account);
        if (held < amount) amount = held;
    }
}
