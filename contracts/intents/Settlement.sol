// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {Taker} from "../interfaces/IBook.sol";
import {GuardKind, ISettlement} from "../interfaces/ISettlement.sol";
import {Fill, Leg, Route, Sweep} from "../types/Moves.sol";
import {Batch, Batches, Branch, Order} from "./Batches.sol";
import {Conditions, EXISTS, SHARES, Truth, UNSOUND} from "./Conditions.sol";
import {Fills} from "./Fills.sol";
import {Nonces} from "./Nonces.sol";
import {Pairs, Pools} from "./Pairs.sol";
import {Gains, Prices} from "./Prices.sol";
import {Share, Shares} from "./Shares.sol";
import {Signatures} from "./Signatures.sol";
import {Transfers} from "./Transfers.sol";

/// @title Settlement of intents: cycles, sweeps of the book, routes
contract Settlement is Conditions, Nonces, Fills, ReentrancyGuardTransient {
    /// @inheritdoc ISettlement
    mapping(address maker => mapping(bytes32 intentHash => bool)) public approvals;

    /// @dev The domain of the chain that this was deployed on; after a fork it is computed anew. (OpenZeppelin's EIP712 does the same, and
    /// its reading of the domain back would be half a kilobyte that is not left here.)
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable SEPARATOR;

    /// @dev For each transfer of a skippable cycle, with the looks at the balance around it.
    uint256 private constant SKIPPABLE_GAS = Transfers.GAS + 100_000;

    /// @param registry_ whose commitments guards name
    /// @param factory_ a Uniswap V2 factory
    /// @param pairCodeHash_ keccak256 of the creation code of its pairs
    constructor(
        address registry_,
        address factory_,
        bytes32 pairCodeHash_
    ) Conditions(registry_, factory_, pairCodeHash_) {
        CHAIN_ID = block.chainid;
        SEPARATOR = Batches.domainSeparator();
    }

    // ------------------------------------------------------------------ settling

    /// @inheritdoc ISettlement
    /// @dev Nonces are marked used before the first transfer and written again after the last: the lock keeps everybody out between.
    // slither-disable-next-line reentrancy-no-eth
    function settle(bytes calldata batch) external nonReentrant {
        Batch memory b = Batches.decode(batch, DOMAIN_SEPARATOR());
        Order[] memory orders = b.orders;
        Leg[] memory legs = b.legs;
        for (uint256 k = 0; k < orders.length; ++k) {
            _open(k, orders[k], batch);
        }
        Share[] memory shares;
        if (b.routes.length != 0) shares = Shares.find(_pools(), orders, b.routes);

        for (uint256 start = 0; start < legs.length;) {
            start = _cycle(orders, legs, start);
        }
        for (uint256 i = 0; i < b.sweeps.length; ++i) {
            _sweep(orders, b.sweeps[i]);
        }
        for (uint256 i = 0; i < b.routes.length; ++i) {
            _route(orders, b.routes, i, shares);
        }

        for (uint256 k = 0; k < orders.length; ++k) {
            _close(k, orders[k]);
        }
    }

    /// @dev Everything about an order that can be known before the first transfer.
    function _open(uint256 k, Order memory order, bytes calldata batch) private {
        _requireRanges(k, order);
        if (block.timestamp > order.deadline) revert Settlement_Expired(k, order.deadline, block.timestamp);
        _requireSignature(k, order, batch);
        _takeNonce(k, order);

        uint256 last = order.branches.length - 1;
        for (uint256 i = 0; i <= last; ++i) {
            Branch memory branch = order.branches[i];
            if (branch.guards.length == 0) {
                order.holds |= 1 << i;
                if (i < last) revert Settlement_BranchHolds(k, i);
                return;
            }
            (Truth truth, uint256 guard, uint256 observed, uint256 traits) = _examine(branch);
            if (traits & UNSOUND != 0) revert Settlement_OutOfRange(k);
            if (truth == Truth.Undecided) revert Settlement_Undecided(k, i, guard);
            if (truth == Truth.True) {
                order.holds |= 1 << i;
                if (traits & EXISTS != 0) order.passes |= 1 << i;
                else if (i < last && traits & SHARES == 0) revert Settlement_BranchHolds(k, i);
            } else if (i == last) {
                revert Settlement_GuardFails(k, i, guard, observed);
            }
        }
    }

    /// @dev What holds once everything was moved; and the nonce, which is used already where all was filled at once.
    function _close(uint256 k, Order memory order) private {
        (uint256 filled, uint256 left) = (order.filled, order.left);
        if (filled != left) {
            if (filled == 0 && !order.skipped) revert Settlement_Unused(k);
            if (filled != 0 && order.whole != 0) revert Settlement_NotWhole(k, filled, left);
        }
        if (order.passes != 0 && filled != 0) _requireNoMatch(k, order);
        if (filled != order.amount) _settleNonce(order);
    }

    /// @dev The book holds nothing that an `exists` branch would take whose units were taken by a later one.
    function _requireNoMatch(uint256 k, Order memory order) private view {
        for (uint256 i = 0; i + 1 < order.last; ++i) {
            if (order.passes & (1 << i) == 0) continue;
            Branch memory branch = order.branches[i];
            uint32 number = BOOK.crossing(order.sell, branch.buy, order.amount, branch.least);
            if (number != 0) revert Settlement_MatchStands(k, i, number);
        }
    }

    function _requireRanges(uint256 k, Order memory order) private pure {
        Branch[] memory branches = order.branches;
        uint256 amount = order.amount;
        bool sound = branches.length != 0;
        assembly ("memory-safe") {
            sound := and(sound, and(gt(amount, 0), iszero(shr(112, amount))))
        }
        if (!sound) revert Settlement_OutOfRange(k);
        for (uint256 i = 0; i < branches.length; ++i) {
            Branch memory branch = branches[i];
            (uint256 least, address buy, address sell) = (branch.least, branch.buy, order.sell);
            assembly ("memory-safe") {
                // Something for something, and not the same; or nothing for nothing.
                let some := and(gt(least, 0), iszero(shr(112, least)))
                sound := or(and(some, and(gt(buy, 0), iszero(eq(buy, sell)))), iszero(or(least, buy)))
            }
            if (branch.paths.length != 0) sound = sound && _pathsLead(k, order, i);
            if (!sound) revert Settlement_OutOfRange(k);
        }
    }

    /// @dev Whether a branch with paths buys something; and each path must lead there.
    function _pathsLead(uint256 k, Order memory order, uint256 i) private pure returns (bool) {
        Branch memory branch = order.branches[i];
        if (branch.buy == address(0)) return false;
        for (uint256 j = 0; j < branch.paths.length; ++j) {
            if (!Pairs.leads(branch.paths[j], order.sell, branch.buy)) revert Settlement_BadPath(k, i, j);
        }
        return true;
    }

    /// @dev The order that a move names must be there, and its branch one that may be taken; the amount counts as filled.
    function _use(Order[] memory orders, uint256 k, uint256 b, uint256 amount) private view {
        if (k >= orders.length) revert Settlement_UnknownOrder(k);
        Order memory order = orders[k];
        if (order.holds & (1 << b) == 0) _refuse(k, order, b);
        // Safe: both fit uint112.
        unchecked {
            uint256 filled = order.filled + amount;
            if (filled > order.left) revert Settlement_Overfilled(k, filled, order.left);
            order.filled = filled;
        }
    }

    /// @dev Why a branch may not be taken.
    function _refuse(uint256 k, Order memory order, uint256 b) private view {
        if (b >= order.branches.length) revert Settlement_UnknownBranch(k, b);
        (, uint256 guard, uint256 observed,) = _examine(order.branches[b]);
        revert Settlement_GuardFails(k, b, guard, observed);
    }

    /// @dev Units of an order were moved by a branch.
    function _took(Order memory order, uint256 b, uint256 sold, uint256 bought) private {
        // Safe: a branch's index has 8 bits.
        unchecked {
            if (order.last <= b) order.last = b + 1;
        }
        emit Filled(order.hash, Fill.wrap((b << 240) | (sold << 128) | bought));
    }

    // ------------------------------------------------------------------ cycles

    /// @dev A cycle that is being checked: what the last leg pays, and in which token, is what the next one receives.
    struct Cycle {
        uint256 start;
        address token;
        uint256 received;
        Gains gains;
    }

    /// @dev The cycle that starts at a leg: checked, then paid from maker to maker.
    /// @return end the leg after it
    function _cycle(Order[] memory orders, Leg[] memory legs, uint256 start) private returns (uint256 end) {
        end = start;
        Leg leg;
        // Safe: no more than 255 legs.
        unchecked {
            do {
                leg = legs[end++];
            } while (end < legs.length && !leg.last());
        }
        uint256 previous = leg.order();
        if (previous >= orders.length) revert Settlement_UnknownOrder(previous);
        if (end == start + 1) revert Settlement_SameSigner(start, orders[previous].maker);

        Cycle memory cycle;
        cycle.start = start;
        cycle.token = orders[previous].sell;
        cycle.received = leg.amount();
        for (uint256 i = start; i < end; ++i) {
            _checkLeg(orders, legs, i, cycle);
        }
        if (!Prices.agree(cycle.gains)) revert Settlement_UnequalGains(start);

        if (legs[start].skippable()) _paySkippable(orders, legs, start, end);
        else _pay(orders, legs, start, end);
    }

    /// @dev Check one leg, given what the one before it pays.
    function _checkLeg(Order[] memory orders, Leg[] memory legs, uint256 i, Cycle memory cycle) private view {
        (uint256 k, uint256 b, uint256 sold) = legs[i].parts();
        _use(orders, k, b, sold);
        Order memory order = orders[k];
        Branch memory branch = order.branches[b];
        if (sold == 0 || branch.paths.length != 0 || branch.buy != cycle.token) _refuseLeg(legs[i], i, branch, cycle);
        address maker = order.maker;
        for (uint256 j = cycle.start; j < i; ++j) {
            if (orders[legs[j].order()].maker == maker) revert Settlement_SameSigner(i, maker);
        }
        (uint256 least, uint256 amount) = (branch.least, order.amount);
        uint256 received = cycle.received;
        if (Prices.short(sold, received, least, amount)) {
            revert Settlement_BelowLimit(k, b, received, Prices.required(sold, least, amount));
        }
        Prices.narrow(cycle.gains, sold, received, least, amount);
        cycle.token = order.sell;
        cycle.received = sold;
    }

    /// @dev Why a leg cannot stand in its cycle.
    function _refuseLeg(Leg leg, uint256 i, Branch memory branch, Cycle memory cycle) private pure {
        (uint256 k, uint256 b, uint256 sold) = leg.parts();
        if (sold == 0) revert Settlement_OutOfRange(k);
        if (branch.paths.length != 0 || branch.buy == address(0)) revert Settlement_NotDirect(k, b);
        revert Settlement_WrongToken(i, cycle.token, branch.buy);
    }

    /// @dev Each order pays the next one.
    function _pay(Order[] memory orders, Leg[] memory legs, uint256 start, uint256 end) private {
        Leg leg = legs[start];
        Order memory order = orders[leg.order()];
        Order memory first = order;
        uint256 received = legs[end - 1].amount();
        while (++start < end) {
            Leg after_ = legs[start];
            Order memory next = orders[after_.order()];
            uint256 sold = leg.amount();
            Transfers.pull(order.sell, order.maker, next.maker, sold);
            _took(order, leg.branch(), sold, received);
            (leg, order, received) = (after_, next, sold);
        }
        Transfers.pull(order.sell, order.maker, first.maker, leg.amount());
        _took(order, leg.branch(), leg.amount(), received);
    }

    /// @dev The same in a call of its own, which may fail without the batch.
    function _paySkippable(Order[] memory orders, Leg[] memory legs, uint256 start, uint256 end) private {
        Payment[] memory payments = new Payment[](end - start);
        for (uint256 i = start; i < end; ++i) {
            Order memory order = orders[legs[i].order()];
            address to = orders[legs[i + 1 == end ? start : i + 1].order()].maker;
            payments[i - start] = Payment(order.sell, order.maker, to, legs[i].amount());
        }
        // Bounded, so that a token which burns what it is given ends this cycle and not the batch.
        try this.pay{gas: payments.length * SKIPPABLE_GAS}(payments) {
            uint256 received = legs[end - 1].amount();
            for (uint256 i = start; i < end; ++i) {
                _took(orders[legs[i].order()], legs[i].branch(), legs[i].amount(), received);
                received = legs[i].amount();
            }
        } catch (bytes memory reason) {
            emit Skipped(start, reason);
            for (uint256 i = start; i < end; ++i) {
                Order memory order = orders[legs[i].order()];
                order.filled -= legs[i].amount();
                order.skipped = true;
            }
        }
    }

    /// @dev One transfer of a skippable cycle.
    struct Payment {
        address token;
        address from;
        address to;
        uint256 amount;
    }

    /// @notice The transfers of a skippable cycle. Only this contract calls it, so that they are undone together.
    function pay(Payment[] calldata payments) external {
        _requireSelf();
        for (uint256 i = 0; i < payments.length; ++i) {
            Transfers.pull(payments[i].token, payments[i].from, payments[i].to, payments[i].amount);
        }
    }

    // ------------------------------------------------------------------ sweeps

    /// @dev Walk the book for an order's `exists` branch.
    function _sweep(Order[] memory orders, Sweep move) private {
        (uint256 k, uint256 b, uint256 offered) = (move.order(), move.branch(), move.amount());
        _use(orders, k, b, 0);
        Order memory order = orders[k];
        Branch memory branch = order.branches[b];
        if (order.passes & (1 << b) == 0) revert Settlement_NotSwept(k, b);
        if (offered == 0) offered = order.left - order.filled;
        if (order.filled + offered > order.left) {
            revert Settlement_Overfilled(k, order.filled + offered, order.left);
        }
        // Whether a match still stands is looked at when all is done.
        // slither-disable-next-line unused-return
        (uint256 spent, uint256 bought,) = BOOK.walk(
            Taker(order.hash, order.maker, order.sell, branch.buy, order.amount, branch.least, offered),
            move.pops(),
            msg.sender
        );
        if (spent == 0 && bought == 0) return;
        order.filled += spent;
        _took(order, b, spent, bought);
    }

    // ------------------------------------------------------------------ routes

    /// @dev Send units of an order along the best of a branch's paths.
    function _route(Order[] memory orders, Route[] memory routes, uint256 index, Share[] memory shares) private {
        (uint256 k, uint256 b, uint256 sold) = (routes[index].order(), routes[index].branch(), routes[index].amount());
        if (sold == 0 && k < orders.length) sold = orders[k].left - orders[k].filled;
        _use(orders, k, b, sold);
        Order memory order = orders[k];
        Branch memory branch = order.branches[b];
        if (branch.paths.length == 0) revert Settlement_NotRouted(k, b);
        if (sold == 0) return;
        _requireStillFresh(k, b, branch);

        Share memory share;
        if (shares.length != 0) share = shares[index];
        uint256 received = _swap(order, branch, sold, share.mover == address(0) ? order.maker : address(this));
        if (share.mover != address(0)) received = _payShare(k, b, order, branch.buy, share, received, sold);
        uint256 minimum = Prices.required(sold, branch.least, order.amount);
        if (received < minimum) revert Settlement_BelowLimit(k, b, received, minimum);
        _took(order, b, sold, received);
    }

    /// @dev Swap along the best path, as it is now.
    /// @return received what arrived at `to`: what was quoted, or the token is refused
    function _swap(
        Order memory order,
        Branch memory branch,
        uint256 sold,
        address to
    ) private returns (uint256 received) {
        Pools memory pools = _pools();
        (uint256 best, uint256 quoted) = Pairs.best(pools, branch, sold);
        if (quoted == 0) revert Settlement_NoPool(order.sell, branch.buy);
        address[] memory tokens = branch.paths[best];
        uint256 before = Transfers.balance(branch.buy, to);
        Transfers.pull(order.sell, order.maker, Pairs.pairFor(pools, tokens[0], tokens[1]), sold);
        Pairs.swap(pools, tokens, sold, to);
        received = Transfers.balance(branch.buy, to) - before;
        if (received != quoted) revert Settlement_TokenTakesFee(branch.buy, quoted, received);
    }

    /// @dev What had to be fresh before the batch must be when it is used: an earlier move of this batch may have touched it.
    function _requireStillFresh(uint256 k, uint256 b, Branch memory branch) private view {
        for (uint256 i = 0; i < branch.guards.length; ++i) {
            if (branch.guards[i].kind < uint256(GuardKind.Fresh)) continue;
            if (!Pairs.fresh(_pools(), branch.paths)) revert Settlement_Undecided(k, b, i);
            return;
        }
    }

    /// @dev Out of what a route brought here: the mover's share, and the rest to the payer.
    /// @return rest what the payer has of it
    function _payShare(
        uint256 k,
        uint256 b,
        Order memory order,
        address token,
        Share memory share,
        uint256 received,
        uint256 sold
    ) private returns (uint256 rest) {
        // The mover moves for a trade of at least the baseline, not for a part of one.
        if (sold != order.amount) revert Settlement_OutOfRange(k);
        uint256 baseline = share.terms >> 112;
        if (received < baseline) revert Settlement_BelowLimit(k, b, received, baseline);
        (uint256 gain, uint256 paid) = Shares.owed(share, received, sold);
        rest = received - paid;
        if (paid != 0) Transfers.push(token, share.mover, paid);
        Transfers.push(token, order.maker, rest);
        emit Shared(order.maker, share.mover, token, gain, paid);
    }

    // ------------------------------------------------------------------ the book

    /// @inheritdoc ISettlement
    function post(bytes calldata batch, uint32 after_, uint256 pops) external nonReentrant returns (uint32 number) {
        Order memory order = _single(batch);
        _requireRanges(0, order);
        if (block.timestamp > order.deadline) revert Settlement_Expired(0, order.deadline, block.timestamp);
        _requirePostable(order);
        _consume(order);

        Branch memory branch = order.branches[0];
        Taker memory taker =
            Taker(order.hash, order.maker, order.sell, branch.buy, order.amount, branch.least, order.amount);
        (uint256 spent, uint256 bought, uint32 standing) = BOOK.walk(taker, pops, msg.sender);
        if (spent != 0 || bought != 0) _took(order, 0, spent, bought);
        uint256 left = order.amount - spent;
        if (left == 0) return 0;

        if (standing != 0) revert Settlement_MatchStands(0, 0, standing);
        if (Transfers.movable(order.sell, order.maker, address(this)) == 0) {
            revert Settlement_NotPostable("nothing behind it");
        }
        number = BOOK.insert(taker, order.deadline, left, after_);
    }

    /// @dev The one order of a batch without moves.
    function _single(bytes calldata batch) private view returns (Order memory) {
        Batch memory b = Batches.decode(batch, DOMAIN_SEPARATOR());
        if (b.orders.length != 1 || b.legs.length + b.sweeps.length + b.routes.length != 0) {
            revert Settlement_Malformed(0);
        }
        return b.orders[0];
    }

    /// @dev What counts in the book must be what anyone could fill at any time: direct, in parts, and nothing left that could change.
    function _requirePostable(Order memory order) private view {
        Branch memory branch = order.branches[0];
        if (order.whole != 0) revert Settlement_NotPostable("whole");
        if (branch.paths.length != 0 || branch.buy == address(0)) revert Settlement_NotPostable("not a direct swap");
        // From then on its later branches never run, and to cancel its nonce does nothing: only its maker decides that.
        if (msg.sender != order.maker) revert Settlement_NotPostable("not its maker");
        for (uint256 i = 0; i < branch.guards.length; ++i) {
            if (branch.guards[i].kind > uint256(GuardKind.After)) {
                revert Settlement_NotPostable("a guard that may change");
            }
        }
        (Truth truth,,, uint256 traits) = _examine(branch);
        if (traits & UNSOUND != 0) revert Settlement_OutOfRange(0);
        if (truth != Truth.True) revert Settlement_NotPostable("a guard does not hold");
    }

    /// @inheritdoc ISettlement
    function unpost(address sell, address buy, uint32 number) external nonReentrant {
        BOOK.unpost(sell, buy, number, msg.sender);
    }

    /// @inheritdoc ISettlement
    function sweepDead(address sell, address buy, uint256 pops) external nonReentrant {
        BOOK.sweepDead(sell, buy, pops);
    }

    // ------------------------------------------------------------------ signatures

    /// @inheritdoc ISettlement
    function approve(bytes32 intentHash, bool approved) external {
        approvals[msg.sender][intentHash] = approved;
        emit Approved(msg.sender, intentHash, approved);
    }

    /// @dev A key's signature counts even where the account has code (EIP-7702); else its code is asked, with bounded gas.
    /// @param batch in which the signature stands
    function _requireSignature(uint256 k, Order memory order, bytes calldata batch) private view {
        address maker = order.maker;
        bytes32 hash_ = order.hash;
        (uint256 offset, uint256 length) = (order.signatureOffset, order.signatureLength);
        if (length == 65 && Signatures.isSigner(maker, hash_, offset)) return;
        if (length == 0) {
            if (maker == msg.sender || approvals[maker][hash_]) return;
        } else if (maker.code.length != 0) {
            // Offset and length are two words of one slice.
            // slither-disable-next-line write-after-write
            bytes calldata signature = batch;
            assembly ("memory-safe") {
                signature.offset := offset
                signature.length := length
            }
            if (Signatures.approves(maker, hash_, signature)) return;
        }
        revert Settlement_WrongSignature(k, maker);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ISettlement
    function hash(bytes calldata batch) external view returns (bytes32) {
        return _single(batch).hash;
    }

    /// @inheritdoc ISettlement
    /// @dev The name that wallets and other contracts know.
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return block.chainid == CHAIN_ID ? SEPARATOR : Batches.domainSeparator();
    }

    /// @inheritdoc ISettlement
    function registry() external view returns (address) {
        return address(REGISTRY);
    }

    /// @inheritdoc ISettlement
    function factory() external view returns (address) {
        return FACTORY;
    }

    /// @inheritdoc ISettlement
    function pairCodeHash() external view returns (bytes32) {
        return PAIR_CODE_HASH;
    }

    function _requireUnlocked() internal view override {
        if (_reentrancyGuardEntered()) revert ReentrancyGuardReentrantCall();
    }
}
