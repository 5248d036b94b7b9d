// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Taker} from "contracts/interfaces/IBook.sol";
import {Book} from "contracts/intents/Book.sol";
import {Vm} from "forge-std/Vm.sol";
import {Claim, that} from "./Claim.sol";
import {Coin} from "./IntentMarket.sol";

/// @notice The book under a settlement that is this contract: what is swept was dead at that moment, and where nothing crosses the head is
/// strictly worse. For all amounts, limits, balances, allowances, deadlines and times.
/// @dev Bounds: lists of one entry. Fills through `walk` take a square root, beyond the solver: tests/forge and the model compare them.
contract IntentBookTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    address private constant BOB = address(0xb0b);
    Book private book = new Book();
    Coin private a = new Coin();
    Coin private b = new Coin();

    function list(uint112 amount, uint112 least, uint256 deadline, uint112 left) private {
        vm.assume((that(amount != 0) & that(least != 0) & that(left != 0) & that(left <= amount)).proved());
        Taker memory entry = Taker(bytes32(uint256(1)), BOB, address(b), address(a), amount, least, amount);
        book.insert(entry, deadline, left, 0);
    }

    /// @notice Swept exactly where its maker has or allows nothing, or its deadline has passed. (Deadlines from 2^32 - 1 on are none.)
    function check_swept_was_dead(
        uint112 amount,
        uint112 left,
        uint64 deadline,
        uint64 time,
        uint256 balance,
        uint256 allowed
    ) external {
        b.put(BOB, balance);
        b.permit(BOB, address(this), allowed);
        list(amount, 1, deadline, left);
        vm.warp(time);
        bool alive = book.alive(address(b), address(a), 1) != 0;
        book.sweepDead(address(b), address(a), 1);
        (uint32 head,) = book.list(address(b), address(a));
        Claim late = that(time > deadline) & that(deadline < type(uint32).max);
        bool dead = (that(balance == 0) | that(allowed == 0) | late).proved();
        assert((head == 0) == dead);
        assert(alive == !dead);
    }

    /// @notice Nothing crosses an order exactly where the head is strictly worse than its limit.
    function check_past_exists_the_head_is_worse(
        uint112 amount,
        uint112 least,
        uint112 orderAmount,
        uint112 orderLeast
    ) external {
        list(amount, least, 1, amount);
        uint32 number = book.crossing(address(a), address(b), orderAmount, orderLeast);
        bool worse = uint256(least) * orderLeast > uint256(orderAmount) * amount;
        assert((number == 0) == worse);
    }

    /// @notice False on purpose: that an entry at exactly the limit does not cross.
    function planted_equal_does_not_cross(
        uint112 amount,
        uint112 least,
        uint112 orderAmount,
        uint112 orderLeast
    ) external {
        list(amount, least, 1, amount);
        uint32 number = book.crossing(address(a), address(b), orderAmount, orderLeast);
        assert((number == 0) == (uint256(least) * orderLeast >= uint256(orderAmount) * amount));
    }
}
