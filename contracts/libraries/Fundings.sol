// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Asset} from "../interfaces/IBoomerang.sol";
import {IEnforcer} from "../interfaces/IEnforcer.sol";
import {IPermit2} from "../interfaces/IPermit2.sol";
import {CommitmentId} from "../types/CommitmentId.sol";

/// @notice How the tokens of an escrow come from the committer to this contract.
///
///   (empty)   by allowances to this contract
///   0x01 …    by ERC-2612 permits: abi.encode((uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)[])
///   0x02 …    by one Permit2 signature: abi.encode(uint256 nonce, uint256 deadline, bytes signature)
library Fundings {
    using SafeERC20 for IERC20;

    IPermit2 internal constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    bytes32 internal constant WITNESS_TYPEHASH = keccak256("BoomerangCommitment(bytes25 id)");
    string internal constant WITNESS_TYPE = "BoomerangCommitment witness)BoomerangCommitment(bytes25 id)"
        "TokenPermissions(address token,uint256 amount)";

    bytes1 private constant PERMITS = 0x01;
    bytes1 private constant ONE_PERMIT2 = 0x02;

    /// @dev A permit as the ABI encodes it.
    struct Permit {
        uint256 value;
        uint256 deadline;
        uint256 v;
        bytes32 r;
        bytes32 s;
    }

    uint256 private constant PERMIT_BYTES = 0xa0;

    /// @notice Take every token of an escrow, ether aside; refused where not exactly what was named arrives.
    function pull(Asset[] memory escrow, CommitmentId id, address from, bytes calldata funding) internal {
        uint256 first = escrow.length != 0 && escrow[0].token == address(0) ? 1 : 0;
        uint256[] memory held = new uint256[](escrow.length);
        for (uint256 i = first; i < escrow.length; ++i) {
            held[i] = IERC20(escrow[i].token).balanceOf(address(this));
        }
        bool transferred;
        if (funding.length != 0) {
            if (funding[0] == PERMITS) {
                _usePermits(escrow, first, from, funding);
            } else {
                _usePermit2(escrow, first, id, from, funding);
                transferred = true;
            }
        }
        for (uint256 i = first; i < escrow.length; ++i) {
            IERC20 token = IERC20(escrow[i].token);
            uint256 amount = escrow[i].amount;
            // The registry says who the committer is: the caller of the publication, or who signed it.
            // slither-disable-next-line arbitrary-send-erc20
            if (!transferred) token.safeTransferFrom(from, address(this), amount);
            uint256 holds = token.balanceOf(address(this));
            uint256 received = holds < held[i] ? 0 : holds - held[i];
            if (received != amount) revert IEnforcer.Boomerang_TokenMismatch(address(token), amount, received);
        }
    }

    function _usePermits(Asset[] memory escrow, uint256 first, address from, bytes calldata funding) private {
        uint256 count = escrow.length - first;
        if (count == 0 || funding.length != 0x41 + PERMIT_BYTES * count) _malformed();
        if (_word(funding, 0x01) != 0x20 || _word(funding, 0x21) != count) _malformed();
        Permit[] calldata permits;
        assembly ("memory-safe") {
            permits.offset := add(funding.offset, 0x41)
            permits.length := count
        }
        for (uint256 i; i < count; ++i) {
            Permit calldata permit = permits[i];
            // A permit that fails may have been sent by another already: then the allowance is there. The transfer decides.
            // solhint-disable no-empty-blocks
            try IERC20Permit(escrow[first + i].token)
                .permit(from, address(this), permit.value, permit.deadline, uint8(permit.v), permit.r, permit.s) {}
                catch {}
            // solhint-enable no-empty-blocks
        }
    }

    /// @dev The witness binds the signature to this one commitment.
    function _usePermit2(
        Asset[] memory escrow,
        uint256 first,
        CommitmentId id,
        address from,
        bytes calldata funding
    ) private {
        uint256 count = escrow.length - first;
        if (funding[0] != ONE_PERMIT2 || count == 0 || funding.length < 0x81) _malformed();
        uint256 length = _word(funding, 0x61);
        if (_word(funding, 0x41) != 0x60 || length > 0xffff) _malformed();
        if (funding.length != 0x81 + ((length + 0x1f) & ~uint256(0x1f))) _malformed();
        if (address(PERMIT2).code.length == 0) _malformed();
        IPermit2.PermitBatchTransferFrom memory permit = IPermit2.PermitBatchTransferFrom({
            permitted: new IPermit2.TokenPermissions[](count),
            nonce: _word(funding, 0x01),
            deadline: _word(funding, 0x21)
        });
        IPermit2.SignatureTransferDetails[] memory details = new IPermit2.SignatureTransferDetails[](count);
        for (uint256 i; i < count; ++i) {
            Asset memory asset = escrow[first + i];
            permit.permitted[i] = IPermit2.TokenPermissions(asset.token, asset.amount);
            details[i] = IPermit2.SignatureTransferDetails(address(this), asset.amount);
        }
        bytes32 witness = keccak256(abi.encode(WITNESS_TYPEHASH, id));
        PERMIT2.permitWitnessTransferFrom(permit, details, from, witness, WITNESS_TYPE, funding[0x81:0x81 + length]);
    }

    function _word(bytes calldata data, uint256 start) private pure returns (uint256) {
        return uint256(bytes32(data[start:start + 0x20]));
    }

    function _malformed() private pure {
        revert IEnforcer.Boomerang_MalformedFunding();
    }
}
