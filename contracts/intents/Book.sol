// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Entry, IBook, Taker} from "../interfaces/IBook.sol";
import {Fills} from "./Fills.sol";
import {EntryFill, Prices} from "./Prices.sol";
import {Transfers} from "./Transfers.sol";

/// @title The book: posted intents, in one list for each ordered pair of tokens, best rate first, then the oldest
contract Book is IBook {
    /// @dev Two slots, and a third once it was filled in part.
    ///
    ///     slot 0   previous 32 | next 32 | deadline 32 | maker 160
    ///     slot 1   touched 8 | least 112 | amount 112
    ///     slot 2   left 112, counts where touched
    struct Listed {
        address maker;
        uint32 deadline;
        uint32 next;
        uint32 previous;
        uint112 amount;
        uint112 least;
        bool touched;
        uint112 left;
    }

    /// @dev Numbers count from 1. An entry that is not listed has no maker.
    struct List {
        uint32 head;
        uint32 count;
        mapping(uint32 number => Listed) entries;
    }

    mapping(address sell => mapping(address buy => List)) private _lists;

    /// @dev Its creator.
    Fills private immutable SETTLEMENT;

    modifier onlySettlement() {
        if (msg.sender != address(SETTLEMENT)) revert Book_NotSettlement(msg.sender);
        _;
    }

    constructor() {
        SETTLEMENT = Fills(msg.sender);
    }

    /// @inheritdoc IBook
    function announce(bytes32 intentHash, bytes calldata program) external {
        emit Announced(intentHash, msg.sender, program);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IBook
    function list(address sell, address buy) external view returns (uint32 head, uint32 count) {
        List storage queue = _lists[sell][buy];
        return (queue.head, queue.count);
    }

    /// @inheritdoc IBook
    function entry(address sell, address buy, uint32 number) external view returns (Entry memory) {
        Listed storage e = _lists[sell][buy].entries[number];
        if (e.maker == address(0)) revert Book_NoEntry(sell, buy, number);
        return Entry(e.maker, e.amount, e.least, _left(e), e.deadline, e.previous, e.next);
    }

    /// @inheritdoc IBook
    function alive(address sell, address buy, uint32 number) external view returns (uint256) {
        Listed storage e = _lists[sell][buy].entries[number];
        return e.maker == address(0) ? 0 : _alive(sell, e);
    }

    function _left(Listed storage e) private view returns (uint256) {
        return e.touched ? e.left : e.amount;
    }

    /// @dev What the entry could sell now.
    function _alive(address sell, Listed storage e) private view returns (uint256) {
        uint256 deadline = e.deadline;
        if (block.timestamp > deadline && deadline != type(uint32).max) return 0;
        uint256 left = _left(e);
        uint256 movable = Transfers.movable(sell, e.maker, address(SETTLEMENT));
        return left < movable ? left : movable;
    }

    // ------------------------------------------------------------------ the list

    /// @inheritdoc IBook
    function crossing(address sell, address buy, uint256 amount, uint256 least) public view returns (uint32 number) {
        List storage queue = _lists[buy][sell];
        number = queue.head;
        if (number == 0) return 0;
        Listed storage e = queue.entries[number];
        if (!Prices.within(amount, least, e.amount, e.least)) return 0;
    }

    /// @inheritdoc IBook
    function settlement() external view returns (address) {
        return address(SETTLEMENT);
    }

    /// @inheritdoc IBook
    function insert(
        Taker calldata t,
        uint256 deadline,
        uint256 left,
        uint32 hint
    ) external onlySettlement returns (uint32 number) {
        List storage queue = _lists[t.sell][t.buy];
        uint32 previous = queue.entries[hint].maker == address(0) ? 0 : hint;
        while (previous != 0 && !_behind(queue.entries[previous], t)) previous = queue.entries[previous].previous;
        uint32 next = previous == 0 ? queue.head : queue.entries[previous].next;
        while (next != 0 && _behind(queue.entries[next], t)) (previous, next) = (next, queue.entries[next].next);

        number = ++queue.count;
        Listed storage e = queue.entries[number];
        (address maker, uint256 amount, uint256 least) = (t.maker, t.amount, t.least);
        if (deadline > type(uint32).max) deadline = type(uint32).max;
        bool touched = left != amount;
        assembly ("memory-safe") {
            // Two words, each written once. Safe: amounts were checked to fit uint112, and nothing here has dirty bits.
            let slot := e.slot
            sstore(slot, or(or(maker, shl(160, deadline)), or(shl(192, next), shl(224, previous))))
            sstore(add(slot, 1), or(or(amount, shl(112, least)), shl(224, touched)))
        }
        // Safe: at most the amount.
        if (touched) e.left = uint112(left);
        if (previous == 0) queue.head = number;
        else queue.entries[previous].next = number;
        if (next != 0) queue.entries[next].previous = number;
        _emitPosted(t, number, deadline);
    }

    function _emitPosted(Taker calldata t, uint32 number, uint256 deadline) private {
        emit Posted(t.hash, t.maker, t.sell, t.buy, number, t.amount, t.least, deadline);
    }

    /// @dev Whether the newcomer belongs behind the entry: its rate is not better.
    function _behind(Listed storage e, Taker calldata t) private view returns (bool) {
        return uint256(e.least) * t.amount <= t.least * e.amount;
    }

    function _unlist(List storage queue, address sell, address buy, uint32 number, Unlisting reason) private {
        Listed storage e = queue.entries[number];
        (uint32 previous, uint32 next) = (e.previous, e.next);
        if (previous == 0) queue.head = next;
        else queue.entries[previous].next = next;
        if (next != 0) queue.entries[next].previous = previous;
        if (e.touched) delete e.left;
        (e.maker, e.deadline, e.next, e.previous) = (address(0), 0, 0, 0);
        (e.amount, e.least, e.touched) = (0, 0, false);
        emit Unlisted(sell, buy, number, reason);
    }

    /// @inheritdoc IBook
    function unpost(address sell, address buy, uint32 number, address maker) external onlySettlement {
        List storage queue = _lists[sell][buy];
        address owner = queue.entries[number].maker;
        if (owner == address(0)) revert Book_NoEntry(sell, buy, number);
        if (owner != maker) revert Book_NotMaker(maker, owner);
        _unlist(queue, sell, buy, number, Unlisting.Cancelled);
    }

    /// @inheritdoc IBook
    function sweepDead(address sell, address buy, uint256 pops) external onlySettlement {
        List storage queue = _lists[sell][buy];
        for (; pops != 0; --pops) {
            uint32 number = queue.head;
            if (number == 0 || _alive(sell, queue.entries[number]) != 0) return;
            _unlist(queue, sell, buy, number, Unlisting.Dead);
        }
    }

    // ------------------------------------------------------------------ the walk

    /// @inheritdoc IBook
    function walk(
        Taker calldata t,
        uint256 pops,
        address caller
    ) external onlySettlement returns (uint256 spent, uint256 bought, uint32 standing) {
        for (; spent != t.offered; --pops) {
            standing = crossing(t.sell, t.buy, t.amount, t.least);
            if (standing == 0 || pops == 0) return (spent, bought, standing);
            EntryFill memory fill = _pop(t, standing, t.offered - spent, caller);
            spent += fill.paid;
            bought += fill.bought;
        }
        standing = 0;
    }

    /// @dev Fill the head, or unlist it. Only the settlement comes here, under its lock, so that nobody finds the list between a fill and
    /// what it leaves.
    // slither-disable-next-line reentrancy-no-eth
    function _pop(
        Taker calldata t,
        uint32 number,
        uint256 offered,
        address caller
    ) private returns (EntryFill memory fill) {
        List storage queue = _lists[t.buy][t.sell];
        Listed storage e = queue.entries[number];
        address maker = e.maker;
        if (maker == t.maker) {
            _unlist(queue, t.buy, t.sell, number, Unlisting.Own);
            return fill;
        }
        uint256 living = _alive(t.buy, e);
        if (living != 0) {
            fill = Prices.fillEntry(offered, t.amount, t.least, living, e.amount, e.least);
            // What is missing was the caller's to pay to itself.
            if (maker == caller) fill.missing = 0;
            if (!SETTLEMENT.fill(t, maker, fill, caller)) (living, fill) = (0, EntryFill(0, 0, 0));
        }
        if (living == 0) {
            _unlist(queue, t.buy, t.sell, number, Unlisting.Dead);
            return fill;
        }
        emit EntryFilled(t.buy, t.sell, number, t.hash, fill.bought, fill.paid + fill.missing);
        if (fill.bought == living) {
            _unlist(queue, t.buy, t.sell, number, Unlisting.Filled);
        } else {
            // Safe: less than what was left, which fits.
            e.left = uint112(_left(e) - fill.bought);
            e.touched = true;
        }
    }
}
