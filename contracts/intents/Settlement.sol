// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {Taker} from "../interfaces/IBook.sol";
import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {Branch, GuardKind, ISettlement, Order} from "../interfaces/ISettlement.sol";
import {Leg, Route, Sweep} from "../types/Moves.sol";
import {Conditions, Finding, Sources, Truth} from "./Conditions.sol";
import {Fills} from "./Fills.sol";
import {IntentHashes} from "./IntentHashes.sol";
import {Nonces} from "./Nonces.sol";
import {Pairs, Pools} from "./Pairs.sol";
import {Gains, Prices} from "./Prices.sol";
import {Share, Shares} from "./Shares.sol";
import {Transfers} from "./Transfers.sol";

/// @title Settlement of intents: cycles, sweeps of the book, routes
contract Settlement is Nonces, Fills, ReentrancyGuardTransient {
    /// @dev An order in the batch that is being settled.
    /// @param left what it could sell when the batch began
    /// @param filled what it sold in it
    /// @param holds bit i: branch i may be taken
    /// @param passes bit i: branch i lets units pass that the book has no match for
    /// @param last one more than the last branch that was taken
    struct Working {
        bytes32 hash;
        uint256 left;
        uint256 filled;
        uint256 holds;
        uint256 passes;
        uint256 last;
        bool skipped;
    }

    /// @inheritdoc ISettlement
    mapping(address maker => mapping(bytes32 intentHash => bool)) public approvals;

    IBoomerang private immutable REGISTRY;
    address private immutable FACTORY;
    bytes32 private immutable PAIR_CODE_HASH;
    /// @dev The domain of the chain that this was deployed on; after a fork it is computed anew. (OpenZeppelin's EIP712 does the same, and
    /// its reading of the domain back would be half a kilobyte that is not left here.)
    uint256 private immutable CHAIN_ID;
    bytes32 private immutable SEPARATOR;

    uint256 private constant ERC1271_GAS = 150_000;

    /// @param registry_ whose commitments guards name
    /// @param factory_ a Uniswap V2 factory
    /// @param pairCodeHash_ keccak256 of the creation code of its pairs
    constructor(address registry_, address factory_, bytes32 pairCodeHash_) {
        if (registry_.code.length == 0) revert Settlement_BadParameter("registry");
        if (factory_.code.length == 0) revert Settlement_BadParameter("factory");
        if (pairCodeHash_ == 0) revert Settlement_BadParameter("pairCodeHash");
        REGISTRY = IBoomerang(registry_);
        FACTORY = factory_;
        PAIR_CODE_HASH = pairCodeHash_;
        CHAIN_ID = block.chainid;
        SEPARATOR = IntentHashes.domainSeparator();
    }

    // ------------------------------------------------------------------ settling

    /// @inheritdoc ISettlement
    function settle(
        Order[] calldata orders,
        Leg[] calldata legs,
        Sweep[] calldata sweeps,
        Route[] calldata routes
    ) external nonReentrant {
        Working[] memory works = new Working[](orders.length);
        for (uint256 k = 0; k < orders.length; ++k) {
            _open(k, orders[k], works[k]);
        }
        Share[] memory shares = Shares.find(_pools(), orders, routes);

        for (uint256 start = 0; start < legs.length;) {
            start = _cycle(orders, legs, start, works);
        }
        for (uint256 i = 0; i < sweeps.length; ++i) {
            _sweep(orders, sweeps[i], works);
        }
        for (uint256 i = 0; i < routes.length; ++i) {
            _route(orders, routes, i, works, shares);
        }

        for (uint256 k = 0; k < orders.length; ++k) {
            _close(k, orders[k], works[k]);
        }
    }

    /// @dev Everything about an order that can be known before the first transfer.
    function _open(uint256 k, Order calldata order, Working memory work) private {
        _requireRanges(k, order);
        if (block.timestamp > order.deadline) revert Settlement_Expired(k, order.deadline, block.timestamp);
        bytes32 hash_ = hash(order);
        _requireSignature(k, order.maker, hash_, order.signature);
        work.hash = hash_;
        work.left = _takeNonce(k, order, hash_);

        Sources memory sources = _sources();
        uint256 last = order.branches.length - 1;
        for (uint256 i = 0; i <= last; ++i) {
            if (order.branches[i].guards.length == 0) {
                if (i < last) revert Settlement_BranchHolds(k, i);
                work.holds |= 1 << i;
                return;
            }
            Finding memory found = Conditions.examine(sources, order.branches[i]);
            if (found.truth == Truth.Undecided) revert Settlement_Undecided(k, i, found.guard);
            if (found.truth == Truth.True) {
                work.holds |= 1 << i;
                if (found.exists) work.passes |= 1 << i;
                else if (i < last && !found.shares) revert Settlement_BranchHolds(k, i);
            } else if (i == last) {
                revert Settlement_GuardFails(k, i, found.guard, found.observed);
            }
        }
    }

    /// @dev What holds once everything was moved; and the nonce.
    function _close(uint256 k, Order calldata order, Working memory work) private {
        (uint256 filled, uint256 left) = (work.filled, work.left);
        if (filled == 0) {
            if (!work.skipped) revert Settlement_Unused(k);
        } else if (order.whole && filled != left) {
            revert Settlement_NotWhole(k, filled, left);
        } else if (work.passes != 0) {
            for (uint256 i = 0; i + 1 < work.last; ++i) {
                if (work.passes & (1 << i) == 0) continue;
                Branch calldata branch = order.branches[i];
                uint32 number = BOOK.crossing(order.sell, branch.buy, order.amount, branch.least);
                if (number != 0) revert Settlement_MatchStands(k, i, number);
            }
        }
        if (filled != left || left != order.amount) _settleNonce(order, work.hash, left, filled);
    }

    function _requireRanges(uint256 k, Order calldata order) private pure {
        if (order.amount == 0 || order.amount > type(uint112).max || order.branches.length == 0) {
            revert Settlement_OutOfRange(k);
        }
        for (uint256 i = 0; i < order.branches.length; ++i) {
            Branch calldata branch = order.branches[i];
            uint256 least = branch.least;
            if (branch.buy == address(0)) {
                if (least != 0 || branch.paths.length != 0) revert Settlement_OutOfRange(k);
            } else if (least == 0 || least > type(uint112).max || branch.buy == order.sell) {
                revert Settlement_OutOfRange(k);
            }
            for (uint256 j = 0; j < branch.paths.length; ++j) {
                Pairs.requirePath(branch.paths[j].tokens, order.sell, branch.buy, k, i, j);
            }
            _requireKinds(k, branch);
        }
    }

    /// @dev Exists speaks of direct swaps, at most once; shares and freshness of routes.
    function _requireKinds(uint256 k, Branch calldata branch) private pure {
        uint256 exists;
        bool direct = branch.paths.length == 0;
        for (uint256 i = 0; i < branch.guards.length; ++i) {
            GuardKind kind = branch.guards[i].kind;
            if (kind == GuardKind.Exists) {
                if (!direct || branch.buy == address(0) || ++exists > 1) revert Settlement_OutOfRange(k);
            } else if (kind >= GuardKind.Fresh && direct) {
                revert Settlement_OutOfRange(k);
            }
        }
    }

    /// @dev The order and the branch that a move names, which must be one that may be taken.
    function _use(
        Order[] calldata orders,
        uint256 k,
        uint256 b,
        uint256 amount,
        Working[] memory works
    ) private view returns (Order calldata order, Branch calldata branch) {
        if (k >= orders.length) revert Settlement_UnknownOrder(k);
        order = orders[k];
        if (b >= order.branches.length) revert Settlement_UnknownBranch(k, b);
        branch = order.branches[b];
        Working memory work = works[k];
        if (work.holds & (1 << b) == 0) {
            Finding memory found = Conditions.examine(_sources(), branch);
            revert Settlement_GuardFails(k, b, found.guard, found.observed);
        }
        uint256 filled = work.filled + amount;
        if (filled > work.left) revert Settlement_Overfilled(k, filled, work.left);
        work.filled = filled;
        if (work.last <= b) work.last = b + 1;
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
    function _cycle(
        Order[] calldata orders,
        Leg[] calldata legs,
        uint256 start,
        Working[] memory works
    ) private returns (uint256 end) {
        end = start + 1;
        while (end < legs.length && !legs[end - 1].last()) ++end;

        Cycle memory cycle;
        cycle.start = start;
        uint256 previous = legs[end - 1].order();
        if (previous >= orders.length) revert Settlement_UnknownOrder(previous);
        cycle.token = orders[previous].sell;
        cycle.received = legs[end - 1].amount();
        for (uint256 i = start; i < end; ++i) {
            _checkLeg(orders, legs, i, works, cycle);
        }
        if (end == start + 1) revert Settlement_SameSigner(start, orders[previous].maker);
        if (!Prices.agree(cycle.gains)) revert Settlement_UnequalGains(start);

        if (legs[start].skippable()) _paySkippable(orders, legs, start, end, works);
        else _pay(orders, legs, start, end, works);
    }

    /// @dev Check one leg, given what the one before it pays.
    function _checkLeg(
        Order[] calldata orders,
        Leg[] calldata legs,
        uint256 i,
        Working[] memory works,
        Cycle memory cycle
    ) private view {
        Leg leg = legs[i];
        (Order calldata order, Branch calldata branch) = _use(orders, leg.order(), leg.branch(), leg.amount(), works);
        if (leg.amount() == 0) revert Settlement_OutOfRange(leg.order());
        if (branch.paths.length != 0 || branch.buy == address(0)) {
            revert Settlement_NotDirect(leg.order(), leg.branch());
        }
        if (branch.buy != cycle.token) revert Settlement_WrongToken(i, cycle.token, branch.buy);
        for (uint256 j = cycle.start; j < i; ++j) {
            if (orders[legs[j].order()].maker == order.maker) revert Settlement_SameSigner(i, order.maker);
        }
        _checkGain(leg, order, branch, cycle);
        cycle.token = order.sell;
        cycle.received = leg.amount();
    }

    /// @dev The limit of a leg, and the gain that it allows.
    function _checkGain(Leg leg, Order calldata order, Branch calldata branch, Cycle memory cycle) private pure {
        (uint256 sold, uint256 received) = (leg.amount(), cycle.received);
        (uint256 least, uint256 amount) = (branch.least, order.amount);
        // Safe: all of them fit uint112.
        unchecked {
            if (received * amount < sold * least) {
                uint256 minimum = Prices.required(sold, least, amount);
                revert Settlement_BelowLimit(leg.order(), leg.branch(), received, minimum);
            }
        }
        Prices.narrow(cycle.gains, sold, received, least, amount);
    }

    /// @dev Each order pays the next one.
    function _pay(
        Order[] calldata orders,
        Leg[] calldata legs,
        uint256 start,
        uint256 end,
        Working[] memory works
    ) private {
        uint256 received = legs[end - 1].amount();
        for (uint256 i = start; i < end; ++i) {
            Leg leg = legs[i];
            Order calldata order = orders[leg.order()];
            address to = orders[legs[i + 1 == end ? start : i + 1].order()].maker;
            uint256 sold = leg.amount();
            Transfers.pull(order.sell, order.maker, to, sold);
            emit Filled(works[leg.order()].hash, order.maker, leg.branch(), sold, received);
            received = sold;
        }
    }

    /// @dev The same in a call of its own, which may fail without the batch.
    function _paySkippable(
        Order[] calldata orders,
        Leg[] calldata legs,
        uint256 start,
        uint256 end,
        Working[] memory works
    ) private {
        Payment[] memory payments = new Payment[](end - start);
        for (uint256 i = start; i < end; ++i) {
            Order calldata order = orders[legs[i].order()];
            address to = orders[legs[i + 1 == end ? start : i + 1].order()].maker;
            payments[i - start] = Payment(order.sell, order.maker, to, legs[i].amount());
        }
        try this.pay(payments) {
            uint256 received = legs[end - 1].amount();
            for (uint256 i = start; i < end; ++i) {
                Leg leg = legs[i];
                emit Filled(works[leg.order()].hash, payments[i - start].from, leg.branch(), leg.amount(), received);
                received = leg.amount();
            }
        } catch (bytes memory reason) {
            emit Skipped(start, reason);
            for (uint256 i = start; i < end; ++i) {
                Working memory work = works[legs[i].order()];
                work.filled -= legs[i].amount();
                work.skipped = true;
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
    function _sweep(Order[] calldata orders, Sweep move, Working[] memory works) private {
        (uint256 k, uint256 b, uint256 offered) = (move.order(), move.branch(), move.amount());
        (Order calldata order, Branch calldata branch) = _use(orders, k, b, 0, works);
        Working memory work = works[k];
        if (work.passes & (1 << b) == 0) revert Settlement_NotSwept(k, b);
        if (offered == 0) offered = work.left - work.filled;
        if (work.filled + offered > work.left) revert Settlement_Overfilled(k, work.filled + offered, work.left);

        (uint256 spent, uint256 bought) = BOOK.walk(
            Taker(work.hash, order.maker, order.sell, branch.buy, order.amount, branch.least, offered),
            move.pops(),
            msg.sender
        );
        if (spent == 0 && bought == 0) return;
        work.filled += spent;
        emit Filled(work.hash, order.maker, b, spent, bought);
    }

    // ------------------------------------------------------------------ routes

    /// @dev Send units of an order along the best of a branch's paths.
    function _route(
        Order[] calldata orders,
        Route[] calldata routes,
        uint256 index,
        Working[] memory works,
        Share[] memory shares
    ) private {
        (uint256 k, uint256 b, uint256 sold) = (routes[index].order(), routes[index].branch(), routes[index].amount());
        if (sold == 0 && k < orders.length) sold = works[k].left - works[k].filled;
        (Order calldata order, Branch calldata branch) = _use(orders, k, b, sold, works);
        if (branch.paths.length == 0) revert Settlement_NotRouted(k, b);
        if (sold == 0) return;

        uint256 minimum = Prices.required(sold, branch.least, order.amount);
        Share memory share;
        if (shares.length != 0) share = shares[index];
        uint256 received = _swap(order, branch, sold, share.mover == address(0) ? order.maker : address(this));
        if (share.mover != address(0)) received = _payShare(order, branch.buy, share, received, sold);
        if (received < minimum) revert Settlement_BelowLimit(k, b, received, minimum);
        emit Filled(works[k].hash, order.maker, b, sold, received);
    }

    /// @dev Swap along the best path, as it is now.
    /// @return received what arrived at `to`: what was quoted, or the token is refused
    function _swap(
        Order calldata order,
        Branch calldata branch,
        uint256 sold,
        address to
    ) private returns (uint256 received) {
        Pools memory pools = _pools();
        (uint256 best, uint256 quoted) = Pairs.best(pools, branch, sold);
        if (quoted == 0) revert Settlement_NoPool(order.sell, branch.buy);
        address[] calldata tokens = branch.paths[best].tokens;
        uint256 before = Transfers.balance(branch.buy, to);
        Transfers.pull(order.sell, order.maker, Pairs.pairFor(pools, tokens[0], tokens[1]), sold);
        Pairs.swap(pools, tokens, sold, to);
        received = Transfers.balance(branch.buy, to) - before;
        if (received != quoted) revert Settlement_TokenTakesFee(branch.buy, quoted, received);
    }

    /// @dev Out of what a route brought here: the mover's share, and the rest to the payer.
    /// @return rest what the payer has of it
    function _payShare(
        Order calldata order,
        address token,
        Share memory share,
        uint256 received,
        uint256 sold
    ) private returns (uint256 rest) {
        (uint256 gain, uint256 paid) = Shares.owed(share, received, sold, order.amount);
        rest = received - paid;
        if (paid != 0) Transfers.push(token, share.mover, paid);
        Transfers.push(token, order.maker, rest);
        emit Shared(order.maker, share.mover, token, gain, paid);
    }

    // ------------------------------------------------------------------ the book

    /// @inheritdoc ISettlement
    function post(Order calldata order, uint32 after_, uint256 pops) external nonReentrant returns (uint32 number) {
        _requireRanges(0, order);
        if (block.timestamp > order.deadline) revert Settlement_Expired(0, order.deadline, block.timestamp);
        _requirePostable(order);
        bytes32 hash_ = hash(order);
        if (msg.sender != order.maker) _requireSignature(0, order.maker, hash_, order.signature);
        _consume(order);

        Branch calldata branch = order.branches[0];
        Taker memory taker = Taker(hash_, order.maker, order.sell, branch.buy, order.amount, branch.least, order.amount);
        (uint256 spent, uint256 bought) = BOOK.walk(taker, pops, msg.sender);
        if (spent != 0 || bought != 0) emit Filled(hash_, order.maker, 0, spent, bought);
        uint256 left = order.amount - spent;
        if (left == 0) return 0;

        uint32 standing = BOOK.crossing(order.sell, branch.buy, order.amount, branch.least);
        if (standing != 0) revert Settlement_MatchStands(0, 0, standing);
        if (Transfers.movable(order.sell, order.maker, address(this)) == 0) {
            revert Settlement_NotPostable("nothing behind it");
        }
        number = BOOK.insert(taker, order.deadline, left, after_);
    }

    /// @dev What counts in the book must be what anyone could fill at any time: direct, in parts, and nothing left that could change.
    function _requirePostable(Order calldata order) private view {
        Branch calldata branch = order.branches[0];
        if (order.whole) revert Settlement_NotPostable("whole");
        if (branch.paths.length != 0 || branch.buy == address(0)) revert Settlement_NotPostable("not a direct swap");
        if (order.branches.length + order.rest.length != 1 && msg.sender != order.maker) {
            revert Settlement_NotPostable("only its maker may post a program with later branches");
        }
        for (uint256 i = 0; i < branch.guards.length; ++i) {
            GuardKind kind = branch.guards[i].kind;
            if (kind > GuardKind.After) revert Settlement_NotPostable("a guard that may change");
        }
        Finding memory found = Conditions.examine(_sources(), branch);
        if (found.truth != Truth.True) revert Settlement_NotPostable("a guard does not hold");
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
    function _requireSignature(uint256 k, address maker, bytes32 hash_, bytes calldata signature) private view {
        if (signature.length == 0) {
            if (maker == msg.sender || approvals[maker][hash_]) return;
        } else {
            // Why a signature is bad does not matter: its signer is then zero.
            // slither-disable-next-line unused-return
            (address signer,,) = ECDSA.tryRecoverCalldata(hash_, signature);
            if (signer == maker && signer != address(0)) return;
            if (maker.code.length != 0 && _approves(maker, hash_, signature)) return;
        }
        revert Settlement_WrongSignature(k, maker);
    }

    /// @dev ERC-1271.
    function _approves(address wallet, bytes32 hash_, bytes calldata signature) private view returns (bool answered) {
        bytes memory data = abi.encodeCall(IERC1271.isValidSignature, (hash_, signature));
        bytes32 wanted = IERC1271.isValidSignature.selector;
        uint256 limit = ERC1271_GAS;
        assembly ("memory-safe") {
            mstore(0x00, 0)
            answered := staticcall(limit, wallet, add(data, 0x20), mload(data), 0x00, 0x20)
            answered := and(answered, and(gt(returndatasize(), 0x1f), eq(mload(0x00), wanted)))
        }
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ISettlement
    function hash(Order calldata order) public view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(DOMAIN_SEPARATOR(), IntentHashes.structHash(order));
    }

    /// @inheritdoc ISettlement
    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return block.chainid == CHAIN_ID ? SEPARATOR : IntentHashes.domainSeparator();
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

    function _pools() private view returns (Pools memory) {
        return Pools(FACTORY, PAIR_CODE_HASH);
    }

    function _sources() private view returns (Sources memory) {
        return Sources(REGISTRY, _pools());
    }

    function _requireUnlocked() internal view override {
        if (_reentrancyGuardEntered()) revert ReentrancyGuardReentrantCall();
    }
}
