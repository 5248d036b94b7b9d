// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Asset, Call} from "../interfaces/IBoomerang.sol";
import {IEnforcer} from "../interfaces/IEnforcer.sol";

/// @notice Where the parts of a body with clauses are. All numbers are offsets in bytes from the body's beginning, or counts.
struct Layout {
    uint256 assetCount;
    uint256 assets;
    uint256 paymentCount;
    uint256 payments;
    uint256 callCount;
    uint256 calls;
    uint256 tip;
    uint256 deadline;
    uint256 guard;
}

/// @notice Bodies with clauses. Packed, because every byte is paid for in calldata and again in the log, and because each content has
/// one encoding only, so one hash:
///
///   length of the statement (2) | statement
///   count (1) | assets:   token (20) amount (16)                                   ascending by token; ether is 0
///   count (1) | payments: asset (1) to (20) amount (16)
///   count (1) | calls:    target (20) asset (1) amount (16) gas (4) remainderTo (20) length (2) data
///   tip:        asset (1) amount (16)
///   deadline (5) | guard: all that is left
///
/// Big-endian. `asset` is an index into the escrow's assets; 0 where the amount is 0.
library Contents {
    uint256 internal constant MAX_BYTES = 24_576;
    uint256 internal constant MAX_ASSETS = 8;
    uint256 internal constant MAX_PAYMENTS = 16;
    uint256 internal constant MAX_CALLS = 8;
    uint256 internal constant MAX_CALL_GAS = 5_000_000;

    uint256 private constant ASSET = 36;
    uint256 private constant PAYMENT = 37;
    /// @dev Without its data.
    uint256 private constant CALL = 63;
    uint256 private constant TIP = 17;
    uint256 private constant DEADLINE = 5;

    // Shifts that leave the first so many bytes of a word.
    uint256 private constant BYTES_1 = 248;
    uint256 private constant BYTES_2 = 240;
    uint256 private constant BYTES_4 = 224;
    uint256 private constant BYTES_5 = 216;
    uint256 private constant BYTES_16 = 128;
    uint256 private constant BYTES_20 = 96;

    /// @notice Find the parts; refused where the body is too short for them.
    /// @dev A byte read beyond the body's end is whatever the calldata hold there: the end is compared last.
    function layoutOf(bytes calldata body) internal pure returns (Layout memory parts) {
        // Safe: lengths have 16 bits, counts 8.
        unchecked {
            uint256 cursor = 2 + _read(body, 0, BYTES_2);
            parts.assetCount = _read(body, cursor, BYTES_1);
            parts.assets = cursor + 1;
            cursor = parts.assets + ASSET * parts.assetCount;
            parts.paymentCount = _read(body, cursor, BYTES_1);
            parts.payments = cursor + 1;
            cursor = parts.payments + PAYMENT * parts.paymentCount;
            parts.callCount = _read(body, cursor, BYTES_1);
            parts.calls = cursor + 1;
            cursor = parts.calls;
            for (uint256 i; i < parts.callCount; ++i) {
                cursor += CALL + _read(body, cursor + CALL - 2, BYTES_2);
            }
            parts.tip = cursor;
            parts.deadline = cursor + TIP;
            parts.guard = parts.deadline + DEADLINE;
        }
        if (parts.guard > body.length) _malformed();
    }

    /// @notice Refuse what may not be published: what is beyond the limits, names no asset, or pays nobody or `self`.
    /// @return assets the escrow
    /// @return left what payments, calls and tip leave of each
    function check(
        bytes calldata body,
        Layout memory parts,
        address self
    ) internal pure returns (Asset[] memory assets, uint256[] memory left) {
        if (body.length > MAX_BYTES || parts.assetCount > MAX_ASSETS) _malformed();
        if (parts.paymentCount > MAX_PAYMENTS || parts.callCount > MAX_CALLS) _malformed();
        assets = new Asset[](parts.assetCount);
        left = new uint256[](parts.assetCount);
        uint256 least;
        // Safe: counters; an address has 160 bits; gas has 32.
        unchecked {
            for (uint256 i; i < parts.assetCount; ++i) {
                (address token, uint256 amount) = assetOf(body, parts, i);
                if (uint160(token) < least || amount == 0) _malformed();
                least = uint256(uint160(token)) + 1;
                assets[i].token = token;
                assets[i].amount = amount;
                left[i] = amount;
            }
            for (uint256 i; i < parts.paymentCount; ++i) {
                (uint256 asset, address to, uint256 amount) = paymentOf(body, parts, i);
                if (to == address(0) || to == self || amount == 0) _malformed();
                _take(assets, left, asset, amount);
            }
            uint256 cursor = parts.calls;
            uint256 gas_;
            for (uint256 i; i < parts.callCount; ++i) {
                address remainderTo = address(uint160(_read(body, cursor + 41, BYTES_20)));
                if (remainderTo == address(0) || remainderTo == self) _malformed();
                _take(assets, left, _read(body, cursor + 20, BYTES_1), _read(body, cursor + 21, BYTES_16));
                gas_ += _read(body, cursor + 37, BYTES_4);
                cursor += CALL + _read(body, cursor + 61, BYTES_2);
            }
            if (gas_ > MAX_CALL_GAS) _malformed();
            (uint256 tipAsset, uint256 tip) = tipOf(body, parts);
            _take(assets, left, tipAsset, tip);
        }
    }

    /// @notice The i-th asset of the escrow.
    function assetOf(
        bytes calldata body,
        Layout memory parts,
        uint256 i
    ) internal pure returns (address token, uint256 amount) {
        uint256 start = parts.assets + ASSET * i;
        token = address(uint160(_read(body, start, BYTES_20)));
        amount = _read(body, start + 20, BYTES_16);
    }

    /// @notice The i-th payment.
    function paymentOf(
        bytes calldata body,
        Layout memory parts,
        uint256 i
    ) internal pure returns (uint256 asset, address to, uint256 amount) {
        uint256 start = parts.payments + PAYMENT * i;
        asset = _read(body, start, BYTES_1);
        to = address(uint160(_read(body, start + 1, BYTES_20)));
        amount = _read(body, start + 21, BYTES_16);
    }

    /// @notice The call at an offset, and the offset of the next; the first is at `parts.calls`.
    /// @dev A call without an amount spends no ether, whatever the escrow's first asset is.
    function callAt(
        bytes calldata body,
        Layout memory parts,
        uint256 start
    ) internal pure returns (Call memory call, uint256 next) {
        call.target = address(uint160(_read(body, start, BYTES_20)));
        call.amount = _read(body, start + 21, BYTES_16);
        if (call.amount != 0) {
            // slither-disable-next-line unused-return
            (call.token,) = assetOf(body, parts, _read(body, start + 20, BYTES_1));
        }
        call.gas = _read(body, start + 37, BYTES_4);
        call.remainderTo = address(uint160(_read(body, start + 41, BYTES_20)));
        next = start + CALL + _read(body, start + 61, BYTES_2);
        call.data = body[start + CALL:next];
    }

    /// @notice The executor's tip.
    function tipOf(bytes calldata body, Layout memory parts) internal pure returns (uint256 asset, uint256 amount) {
        return (_read(body, parts.tip, BYTES_1), _read(body, parts.tip + 1, BYTES_16));
    }

    /// @notice Until when a call that failed may be retried, Unix seconds.
    function deadlineOf(bytes calldata body, Layout memory parts) internal pure returns (uint256) {
        return _read(body, parts.deadline, BYTES_5);
    }

    function guardOf(bytes calldata body, Layout memory parts) internal pure returns (bytes calldata) {
        return body[parts.guard:];
    }

    function _take(Asset[] memory assets, uint256[] memory left, uint256 asset, uint256 amount) private pure {
        // One way only to write that nothing is taken.
        if (amount == 0 && asset == 0) return;
        if (amount == 0 || asset >= left.length) _malformed();
        if (left[asset] < amount) {
            revert IEnforcer.Boomerang_Overspent(assets[asset].token, amount, left[asset]);
        }
        // Safe: just compared.
        unchecked {
            left[asset] -= amount;
        }
    }

    /// @param shift which leaves so many bytes of the word that starts there
    function _read(bytes calldata body, uint256 start, uint256 shift) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(shift, calldataload(add(body.offset, start)))
        }
    }

    function _malformed() private pure {
        revert IEnforcer.Boomerang_MalformedClauses();
    }
}
