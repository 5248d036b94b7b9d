// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Asset, Call, Clauses, Payment} from "../interfaces/IBoomerang.sol";
import {IEnforcer} from "../interfaces/IEnforcer.sol";

/// @notice Bodies with clauses: `abi.encode(bytes statement, Clauses clauses)`, in that one encoding and no other.
library Contents {
    uint256 internal constant MAX_BYTES = 24_576;
    uint256 internal constant MAX_ASSETS = 8;
    uint256 internal constant MAX_PAYMENTS = 16;
    uint256 internal constant MAX_CALLS = 8;
    uint256 internal constant MAX_CALL_GAS = 5_000_000;

    // Sizes of the heads of tuples.
    uint256 private constant BODY = 0x40;
    uint256 private constant CLAUSES = 0xe0;
    uint256 private constant ASSET = 0x40;
    uint256 private constant PAYMENT = 0x60;
    uint256 private constant CALL = 0xc0;

    /// @notice Refuses every body but those that the ABI's encoder gives, within the limits.
    /// @dev Walks along the encoding, where each part must begin where the one before it ends. Whatever passes can be read as calldata
    /// without a check failing.
    function validate(bytes calldata body) internal pure {
        if (body.length > MAX_BYTES) _malformed();
        // Safe: a length that is read stays below that of the body, and nothing else adds up to more than a few thousand words.
        unchecked {
            _expect(body, 0x00, BODY);
            uint256 clauses = _bytesEnd(body, BODY);
            _expect(body, 0x20, clauses);

            _address(body, clauses + 0x60);
            if (_word(body, clauses + 0xa0) > type(uint40).max) _malformed();

            uint256 cursor = clauses + CLAUSES;
            _expect(body, clauses, cursor - clauses);
            uint256 count = _count(body, cursor, MAX_ASSETS);
            cursor += 0x20;
            for (uint256 i; i < count; ++i) {
                _address(body, cursor);
                cursor += ASSET;
            }

            _expect(body, clauses + 0x20, cursor - clauses);
            count = _count(body, cursor, MAX_PAYMENTS);
            cursor += 0x20;
            for (uint256 i; i < count; ++i) {
                _address(body, cursor);
                _address(body, cursor + 0x20);
                cursor += PAYMENT;
            }

            _expect(body, clauses + 0x40, cursor - clauses);
            cursor = _callsEnd(body, cursor);

            _expect(body, clauses + 0xc0, cursor - clauses);
            if (_bytesEnd(body, cursor) != body.length) _malformed();
        }
    }

    /// @notice The clauses of a valid body.
    function clausesOf(bytes calldata body) internal pure returns (Clauses calldata clauses) {
        assembly ("memory-safe") {
            clauses := add(body.offset, calldataload(add(body.offset, 0x20)))
        }
    }

    /// @notice What payments, calls and tip leave of each asset of the escrow. Refuses what pays more, or nobody, or `self`.
    function surplus(Clauses calldata clauses, address self) internal pure returns (uint256[] memory left) {
        uint256 count = clauses.escrow.length;
        left = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            left[i] = clauses.escrow[i].amount;
        }
        for (uint256 i; i < clauses.payments.length; ++i) {
            Payment calldata payment = clauses.payments[i];
            if (payment.to == address(0) || payment.to == self) _malformed();
            _take(clauses.escrow, left, payment.token, payment.amount);
        }
        for (uint256 i; i < clauses.calls.length; ++i) {
            Call calldata call = clauses.calls[i];
            if (call.remainderTo == address(0) || call.remainderTo == self) _malformed();
            _take(clauses.escrow, left, call.token, call.amount);
        }
        _take(clauses.escrow, left, clauses.tip.token, clauses.tip.amount);
    }

    /// @notice Refuses an escrow whose tokens do not ascend, or whose amounts are out of range.
    function requireAscending(Asset[] calldata escrow) internal pure {
        for (uint256 i; i < escrow.length; ++i) {
            if (i != 0 && escrow[i].token <= escrow[i - 1].token) _malformed();
            uint256 amount = escrow[i].amount;
            if (amount == 0 || amount > type(uint128).max) _malformed();
        }
    }

    /// @notice Refuses calls that name more gas than an execution can give.
    function requireGasWithinLimit(Call[] calldata calls) internal pure {
        uint256 left = MAX_CALL_GAS;
        for (uint256 i; i < calls.length; ++i) {
            if (calls[i].gas > left) _malformed();
            left -= calls[i].gas;
        }
    }

    function _take(Asset[] calldata escrow, uint256[] memory left, address token, uint256 amount) private pure {
        if (amount == 0) return;
        for (uint256 i; i < left.length; ++i) {
            if (escrow[i].token != token) continue;
            if (left[i] < amount) revert IEnforcer.Boomerang_Overspent(token, amount, left[i]);
            // Safe: just compared.
            unchecked {
                left[i] -= amount;
            }
            return;
        }
        revert IEnforcer.Boomerang_Overspent(token, amount, 0);
    }

    /// @param cursor where the calls' count stands
    function _callsEnd(bytes calldata body, uint256 cursor) private pure returns (uint256) {
        // Safe: as in {validate}.
        unchecked {
            uint256 count = _count(body, cursor, MAX_CALLS);
            uint256 base = cursor + 0x20;
            cursor = base + 0x20 * count;
            for (uint256 i; i < count; ++i) {
                _expect(body, base + 0x20 * i, cursor - base);
                _address(body, cursor);
                _address(body, cursor + 0x20);
                _expect(body, cursor + 0x80, CALL);
                _address(body, cursor + 0xa0);
                cursor = _bytesEnd(body, cursor + CALL);
            }
        }
        return cursor;
    }

    /// @dev Where a byte string that begins at `start` with its length ends, with the zeros that fill its last word.
    function _bytesEnd(bytes calldata body, uint256 start) private pure returns (uint256 end) {
        // Safe: the length is compared first.
        unchecked {
            uint256 length = _word(body, start);
            if (length > body.length) _malformed();
            end = start + 0x20 + ((length + 0x1f) & ~uint256(0x1f));
            if (end > body.length) _malformed();
            uint256 rest = length & 0x1f;
            if (rest != 0 && _word(body, end - 0x20) << (8 * rest) != 0) _malformed();
        }
    }

    function _count(bytes calldata body, uint256 start, uint256 limit) private pure returns (uint256 count) {
        count = _word(body, start);
        if (count > limit) _malformed();
    }

    function _expect(bytes calldata body, uint256 start, uint256 value) private pure {
        if (_word(body, start) != value) _malformed();
    }

    function _address(bytes calldata body, uint256 start) private pure {
        if (_word(body, start) >> 160 != 0) _malformed();
    }

    function _word(bytes calldata body, uint256 start) private pure returns (uint256 word) {
        // Safe: `start` is at most a few thousand words.
        unchecked {
            if (start + 0x20 > body.length) _malformed();
        }
        assembly ("memory-safe") {
            word := calldataload(add(body.offset, start))
        }
    }

    function _malformed() private pure {
        revert IEnforcer.Boomerang_MalformedClauses();
    }
}
