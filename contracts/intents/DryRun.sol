// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBook} from "../interfaces/IBook.sol";
import {Clause, IDryRun, Obstacle, Verdict} from "../interfaces/IDryRun.sol";
import {GuardKind, ISettlement} from "../interfaces/ISettlement.sol";
import {CommitmentId} from "../types/CommitmentId.sol";
import {Batches, Branch, Guard, Order} from "./Batches.sol";
import {Conditions, EXISTS, SHARES, Truth, UNSOUND} from "./Conditions.sol";
import {Pairs} from "./Pairs.sol";
import {Prices} from "./Prices.sol";
import {Signatures} from "./Signatures.sol";
import {Transfers} from "./Transfers.sol";

/// @title What the settlement would say of intents, one by one
/// @notice It reads what the settlement reads, by the same code.
contract DryRun is IDryRun, Conditions {
    ISettlement private immutable SETTLEMENT;

    /// @param settlement_ of which it speaks
    constructor(ISettlement settlement_)
        Conditions(settlement_.registry(), settlement_.factory(), settlement_.pairCodeHash())
    {
        SETTLEMENT = settlement_;
    }

    /// @inheritdoc IDryRun
    function settlement() external view returns (address) {
        return address(SETTLEMENT);
    }

    /// @inheritdoc IDryRun
    function check(bytes calldata batch) external view returns (Verdict[] memory verdicts) {
        Order[] memory orders = Batches.decode(batch, SETTLEMENT.DOMAIN_SEPARATOR()).orders;
        verdicts = new Verdict[](orders.length);
        for (uint256 k = 0; k < orders.length; ++k) {
            _check(orders[k], batch, verdicts[k]);
        }
    }

    function _check(Order memory order, bytes calldata batch, Verdict memory verdict) private view {
        uint256 count = order.branches.length;
        verdict.intentHash = order.hash;
        verdict.branches = new Obstacle[](count);
        verdict.standing = new uint32[](count);
        verdict.quotes = new uint256[](count);
        if (!_inRange(order)) {
            verdict.obstacle.clause = Clause.Range;
            return;
        }
        (bool free, uint256 left) = _nonce(order);
        verdict.left = left;
        verdict.movable = Transfers.movable(order.sell, order.maker, address(SETTLEMENT));
        _checkOrder(order, batch, verdict, free);
        for (uint256 i = 0; i < count; ++i) {
            _checkBranch(order, verdict, i);
        }
    }

    /// @dev What is in the way of all branches; the first of what there is.
    function _checkOrder(Order memory order, bytes calldata batch, Verdict memory verdict, bool free) private view {
        Obstacle memory o = verdict.obstacle;
        uint256 wanted = order.whole != 0 ? verdict.left : 1;
        if (block.timestamp > order.deadline) {
            (o.clause, o.observed, o.required) = (Clause.Expired, block.timestamp, order.deadline);
        } else if (!_signed(order, batch)) {
            o.clause = Clause.Signature;
        } else if (!free) {
            o.clause = Clause.Nonce;
        } else if (verdict.movable < wanted) {
            (o.clause, o.observed, o.required) = (Clause.Funds, verdict.movable, wanted);
        }
    }

    /// @dev What is in the way of one branch, and what it would meet.
    function _checkBranch(Order memory order, Verdict memory verdict, uint256 i) private view {
        Branch memory branch = order.branches[i];
        Obstacle memory o = verdict.branches[i];
        if (branch.buy == address(0)) {
            o.clause = Clause.Idle;
            return;
        }
        if (branch.paths.length == 0) {
            verdict.standing[i] = IBook(SETTLEMENT.book()).crossing(order.sell, branch.buy, order.amount, branch.least);
        } else {
            // Which path it is does not matter.
            // slither-disable-next-line unused-return
            (, verdict.quotes[i]) = Pairs.best(_pools(), branch, verdict.left);
        }
        if (_passed(order, i, o)) return;
        if (_guarded(branch, o)) return;
        if (branch.paths.length == 0) return;
        uint256 minimum = Prices.required(verdict.left, branch.least, order.amount);
        if (verdict.quotes[i] < minimum || verdict.quotes[i] == 0) {
            (o.clause, o.observed, o.required) = (Clause.Quote, verdict.quotes[i], minimum);
        }
    }

    /// @dev Whether an earlier branch keeps units from branch i.
    function _passed(Order memory order, uint256 i, Obstacle memory o) private view returns (bool) {
        for (uint256 j = 0; j < i; ++j) {
            Branch memory earlier = order.branches[j];
            (Truth truth,,, uint256 traits) = _examine(earlier);
            if (truth == Truth.False) continue;
            if (truth == Truth.Undecided) {
                _guarded(earlier, o);
                return true;
            }
            if (traits & EXISTS != 0) {
                address book = SETTLEMENT.book();
                uint32 number = IBook(book).crossing(order.sell, earlier.buy, order.amount, earlier.least);
                if (number == 0) continue;
                (o.clause, o.observed, o.required) = (Clause.Match, j, number);
                return true;
            }
            if (traits & SHARES != 0) continue;
            (o.clause, o.observed) = (Clause.Earlier, j);
            return true;
        }
        return false;
    }

    /// @dev Whether a guard keeps a branch from being taken.
    function _guarded(Branch memory branch, Obstacle memory o) private view returns (bool) {
        (Truth truth, uint256 index, uint256 observed, uint256 traits) = _examine(branch);
        if (traits & UNSOUND != 0) {
            o.clause = Clause.Range;
            return true;
        }
        if (truth == Truth.True) return false;
        Guard memory guard = branch.guards[index];
        o.clause = truth == Truth.False ? Clause.Guard : Clause.Undecided;
        (o.guard, o.observed, o.required) = (index, observed, guard.limit);
        if (guard.kind == uint256(GuardKind.After)) {
            o.retryAt = guard.limit;
        } else if (truth == Truth.Undecided) {
            // A commitment resolves by then at the latest; a pool is fresh again in the next block, unless it is touched there too.
            o.retryAt = guard.kind <= uint256(GuardKind.Reverted)
                ? REGISTRY.latestResolution(CommitmentId.wrap(bytes25(guard.subject)))
                : block.timestamp + 1;
        }
        return true;
    }

    function _signed(Order memory order, bytes calldata batch) private view returns (bool) {
        (uint256 offset, uint256 length) = (order.signatureOffset, order.signatureLength);
        if (length == 0) return SETTLEMENT.approvals(order.maker, order.hash);
        if (length == 65 && Signatures.isSigner(order.maker, order.hash, offset)) return true;
        if (order.maker.code.length == 0) return false;
        // Offset and length are two words of one slice.
        // slither-disable-next-line write-after-write
        bytes calldata signature = batch;
        assembly ("memory-safe") {
            signature.offset := offset
            signature.length := length
        }
        return Signatures.approves(order.maker, order.hash, signature);
    }

    /// @dev Whether the nonce lets the order be filled, and what it has left.
    function _nonce(Order memory order) private view returns (bool free, uint256 left) {
        left = order.amount;
        uint256 word = SETTLEMENT.nonces(order.maker, order.nonce >> 7);
        uint256 used = 1 << (order.nonce & 127);
        if (word & used != 0) return (false, left);
        if (word & (used << 128) == 0) return (true, left);
        if (order.whole != 0) return (false, left);
        uint256 part = SETTLEMENT.parts(order.maker, order.nonce);
        if (part >> 112 != uint256(order.hash) >> 112) return (false, left);
        return (true, left - uint112(part));
    }

    /// @dev What the settlement answers with OutOfRange or BadPath, but for guards, which tools write.
    function _inRange(Order memory order) private pure returns (bool) {
        if (order.amount == 0 || order.amount > type(uint112).max || order.branches.length == 0) return false;
        for (uint256 i = 0; i < order.branches.length; ++i) {
            Branch memory branch = order.branches[i];
            bool idle = branch.buy == address(0);
            if (idle != (branch.least == 0) || branch.least > type(uint112).max || branch.buy == order.sell) {
                return false;
            }
            if (idle && branch.paths.length != 0) return false;
            for (uint256 j = 0; j < branch.paths.length; ++j) {
                if (!Pairs.leads(branch.paths[j], order.sell, branch.buy)) return false;
            }
        }
        return true;
    }
}
