// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Taker} from "../interfaces/IBook.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {Book} from "./Book.sol";
import {EntryFill} from "./Prices.sol";
import {Transfers} from "./Transfers.sol";

/// @title The transfers of fills from the book: both, or it shows whose fault it is
abstract contract Fills is ISettlement {
    /// @dev Created here, so that no one else can change it, and it asks no one else for money.
    Book internal immutable BOOK = new Book();

    /// @dev What both transfers of an entry's part may need, and what is around them; a 64th is kept back by each call.
    uint256 private constant PART_GAS = 2 * Transfers.GAS + 150_000;
    uint256 private constant NEEDED_GAS = (PART_GAS * 64) / 63 + 10_000;

    /// @inheritdoc ISettlement
    function book() external view returns (address) {
        return address(BOOK);
    }

    /// @notice Exchange what an entry and a taker owe each other. Only the book calls it.
    /// @dev Directly if that goes; else through this contract, so that neither side can fail and blame the other.
    /// @param caller who pays missing units
    /// @return done false where it fails for the entry's fault; where it is the taker's or the caller's, everything is reverted
    function fill(
        Taker calldata t,
        address maker,
        EntryFill calldata what,
        address caller
    ) external returns (bool done) {
        if (msg.sender != address(BOOK)) revert Settlement_NotPart(msg.sender);
        try this.exchange(t, maker, what, caller) {
            return true;
        } catch {
            done = false;
        }

        if (what.paid != 0) Transfers.pull(t.sell, t.maker, address(this), what.paid);
        if (what.missing != 0) Transfers.pull(t.sell, caller, address(this), what.missing);
        // With less, the entry's part could fail because it was starved.
        if (gasleft() < NEEDED_GAS) revert Settlement_TooLittleGas(gasleft(), NEEDED_GAS);
        try this.deliver(t, maker, what) {
            Transfers.push(t.buy, t.maker, what.bought);
            return true;
        } catch {
            if (what.paid != 0) Transfers.push(t.sell, t.maker, what.paid);
            if (what.missing != 0) Transfers.push(t.sell, caller, what.missing);
        }
    }

    /// @notice All transfers of a fill, from account to account. Only this contract calls it, so that they are undone together.
    function exchange(Taker calldata t, address maker, EntryFill calldata what, address caller) external {
        _requireSelf();
        // Bounded, so that an account which is called on receipt cannot burn what the second attempt needs.
        if (what.paid != 0) Transfers.pull(t.sell, t.maker, maker, what.paid, Transfers.GAS);
        if (what.missing != 0) Transfers.pull(t.sell, caller, maker, what.missing, Transfers.GAS);
        Transfers.pull(t.buy, maker, t.maker, what.bought, Transfers.GAS);
    }

    /// @notice The entry's part of a fill through this contract: it is paid, and delivers. Only this contract calls it.
    function deliver(Taker calldata t, address maker, EntryFill calldata what) external {
        _requireSelf();
        uint256 payment = what.paid + what.missing;
        if (payment != 0) Transfers.push(t.sell, maker, payment, Transfers.GAS);
        Transfers.pull(t.buy, maker, address(this), what.bought, Transfers.GAS);
    }

    function _requireSelf() internal view {
        if (msg.sender != address(this)) revert Settlement_NotPart(msg.sender);
    }
}
