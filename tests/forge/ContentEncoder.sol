// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Asset, Call} from "contracts/interfaces/IBoomerang.sol";

struct Payment {
    address to;
    address token;
    uint256 amount;
}

/// @dev A content's clauses before they are packed, in the order of the encoding.
struct Clauses {
    Asset[] escrow;
    Payment[] payments;
    Call[] calls;
    Asset tip;
    uint256 deadline;
    bytes guard;
}

/// @notice Packs statements and clauses as docs/protocol.md says ("Identity"). Written for tests, from that page: what may not be
/// published has an encoding here too, where it can have one.
library ContentEncoder {
    /// @dev What a token becomes that is not in the escrow.
    uint8 internal constant NO_ASSET = 0xff;

    function encode(bytes memory statement, Clauses memory c) internal pure returns (bytes memory) {
        bytes memory head = abi.encodePacked(uint16(statement.length), statement, escrowOf(c));
        bytes memory middle = abi.encodePacked(paymentsOf(c), callsOf(c));
        bytes memory tail = abi.encodePacked(amountOf(c, c.tip.token, c.tip.amount), uint40(c.deadline), c.guard);
        return bytes.concat(head, middle, tail);
    }

    function escrowOf(Clauses memory c) internal pure returns (bytes memory packed) {
        packed = abi.encodePacked(uint8(c.escrow.length));
        for (uint256 i; i < c.escrow.length; ++i) {
            packed = abi.encodePacked(packed, c.escrow[i].token, uint128(c.escrow[i].amount));
        }
    }

    function paymentsOf(Clauses memory c) internal pure returns (bytes memory packed) {
        packed = abi.encodePacked(uint8(c.payments.length));
        for (uint256 i; i < c.payments.length; ++i) {
            Payment memory p = c.payments[i];
            packed = abi.encodePacked(packed, assetOf(c, p.token, p.amount), p.to, uint128(p.amount));
        }
    }

    function callsOf(Clauses memory c) internal pure returns (bytes memory packed) {
        packed = abi.encodePacked(uint8(c.calls.length));
        for (uint256 i; i < c.calls.length; ++i) {
            Call memory call = c.calls[i];
            bytes memory head = abi.encodePacked(packed, call.target, amountOf(c, call.token, call.amount));
            packed = abi.encodePacked(head, uint32(call.gas), call.remainderTo, uint16(call.data.length), call.data);
        }
    }

    function amountOf(Clauses memory c, address token, uint256 amount) internal pure returns (bytes memory) {
        return abi.encodePacked(assetOf(c, token, amount), uint128(amount));
    }

    function assetOf(Clauses memory c, address token, uint256 amount) internal pure returns (uint8) {
        if (amount == 0) return 0;
        for (uint256 i; i < c.escrow.length; ++i) {
            if (c.escrow[i].token == token) return uint8(i);
        }
        return NO_ASSET;
    }
}
