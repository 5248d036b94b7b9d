// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {CallsBack} from "./CallsBack.sol";

/// @notice A token with every odd manner that tokens have been seen with. The checklist is https://github.com/d-xo/weird-erc20;
/// tests/forge/HostileTokens.t.sol says which behaviour is which manner. Manners may change at any time, as upgradable tokens do.
contract HostileToken is CallsBack {
    enum Manner {
        /// @dev As OpenZeppelin's tokens.
        Plain,
        /// @dev Moves a hundredth less than it was told to.
        TakesFee,
        /// @dev Moves more.
        MovesMore,
        /// @dev Declares no return value.
        ReturnsNothing,
        /// @dev Moves, and returns false all the same.
        ReturnsFalse,
        /// @dev Returns false instead of a revert, and moves nothing.
        FailsQuietly,
        /// @dev Returns true, and moves nothing.
        Lies,
        /// @dev Returns two, which is no boolean.
        ReturnsTwo,
        /// @dev Returns 31 bytes.
        ReturnsLittle,
        /// @dev Returns a true, and a thousand words more.
        ReturnsMuch,
        /// @dev Is paused.
        Refuses,
        /// @dev Burns all gas that it is given.
        Burns,
        /// @dev Uses 80,000 gas and does what it should; without them it reverts.
        NeedsMuch,
        /// @dev Reverts with as much data as its gas allows.
        Floods,
        /// @dev Calls back before it moves anything, as ERC-777's tokensToSend.
        CallsBackBefore,
        /// @dev Calls back once it has moved, as ERC-777's tokensReceived.
        CallsBackAfter,
        /// @dev Refuses amounts of 2^96 and more.
        RefusesLarge,
        /// @dev Understands 2^128 - 1 as all that there is.
        MovesAllForMax
    }

    Manner public manner;
    uint8 public decimals = 18;
    uint256 public totalSupply;
    mapping(address account => uint256) public ledger;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    mapping(address account => bool) public blocked;
    bool public refusesZeroTransfer;
    bool public refusesZeroApproval;
    bool public refusesChangedApproval;
    /// @dev What each balance is told to be more than it is.
    uint256 public offset;
    /// @dev The other address of this token, if any: a SecondAddress.
    address public twin;

    error HostileToken_Refused();

    // ------------------------------------------------------------------ what it is told to be

    function become(Manner manner_) external {
        manner = manner_;
    }

    function setDecimals(uint8 decimals_) external {
        decimals = decimals_;
    }

    function block_(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function refuse(bool zeroTransfers, bool zeroApprovals, bool changedApprovals) external {
        refusesZeroTransfer = zeroTransfers;
        refusesZeroApproval = zeroApprovals;
        refusesChangedApproval = changedApprovals;
    }

    /// @dev As a rebase does, or a token's owner.
    function rebase(address account, uint256 balance) external {
        ledger[account] = balance;
    }

    function setOffset(uint256 offset_) external {
        offset = offset_;
    }

    function setTwin(address twin_) external {
        twin = twin_;
    }

    function mint(address to, uint256 amount) external {
        unchecked {
            totalSupply += amount;
            ledger[to] += amount;
        }
    }

    // ------------------------------------------------------------------ ERC-20

    function balanceOf(address account) external view returns (uint256) {
        unchecked {
            return ledger[account] + offset;
        }
    }

    function approve(address spender, uint256 amount) external {
        if (amount == 0 && refusesZeroApproval) revert HostileToken_Refused();
        address owner = _sender();
        if (amount != 0 && allowance[owner][spender] != 0 && refusesChangedApproval) revert HostileToken_Refused();
        allowance[owner][spender] = amount;
        _answer();
    }

    function transfer(address to, uint256 amount) external {
        _transfer(_sender(), to, amount);
        _answer();
    }

    function transferFrom(address from, address to, uint256 amount) external {
        address spender = _sender();
        uint256 allowed = allowance[from][spender];
        if (allowed < amount) revert HostileToken_Refused();
        allowance[from][spender] = allowed - amount;
        _transfer(from, to, amount);
        _answer();
    }

    function _transfer(address from, address to, uint256 amount) private {
        if (manner == Manner.Refuses || blocked[from] || blocked[to]) revert HostileToken_Refused();
        if (manner == Manner.RefusesLarge && amount > type(uint96).max) revert HostileToken_Refused();
        if (amount == 0 && refusesZeroTransfer) revert HostileToken_Refused();
        // solhint-disable-next-line no-empty-blocks
        while (manner == Manner.Burns) {}
        if (manner == Manner.Floods) _flood();
        if (manner == Manner.NeedsMuch) _use(80_000);
        if (manner == Manner.FailsQuietly || manner == Manner.Lies) return;
        if (manner == Manner.CallsBackBefore) _callBack();
        if (manner == Manner.MovesAllForMax && amount == type(uint128).max) amount = ledger[from];
        ledger[from] -= amount;
        unchecked {
            uint256 moved = amount;
            if (manner == Manner.TakesFee) moved -= amount / 100 + 1;
            if (manner == Manner.MovesMore) ++moved;
            ledger[to] += moved;
        }
        if (manner == Manner.CallsBackAfter) _callBack();
    }

    /// @dev The twin says for whom it calls, behind all else.
    function _sender() private view returns (address) {
        return msg.sender == twin ? address(bytes20(msg.data[msg.data.length - 20:])) : msg.sender;
    }

    function _answer() private view {
        uint256 value = 1;
        uint256 length = 0x20;
        if (manner == Manner.ReturnsNothing) length = 0;
        else if (manner == Manner.ReturnsLittle) length = 0x1f;
        else if (manner == Manner.ReturnsMuch) length = 0x20 * 1000;
        if (manner == Manner.ReturnsFalse || manner == Manner.FailsQuietly) value = 0;
        else if (manner == Manner.ReturnsTwo) value = 2;
        // Its 31 bytes read as a true, for whoever does not look at how many there are.
        else if (manner == Manner.ReturnsLittle) value = 1 << 8 | 1;
        assembly {
            mstore(0, value)
            return(0, length)
        }
    }

    function _use(uint256 gas) private view {
        uint256 end = gasleft() - gas;
        // solhint-disable-next-line no-empty-blocks
        while (gasleft() > end) {}
    }

    /// @dev Memory of n words costs 3 n + n * n / 512 gas: the size that leaves a few thousand.
    function _flood() private view {
        uint256 left = gasleft() * 9 / 10;
        uint256 words = 64;
        while (6 * words + words * words / 128 < left) words *= 2;
        assembly {
            revert(0, mul(words, 0x20))
        }
    }
}
