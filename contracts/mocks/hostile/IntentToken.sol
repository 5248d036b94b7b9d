// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice Hooks as ERC-777 has them, for whoever has code.
interface IHooked {
    function tokensToSend() external;

    function tokensReceived() external;
}

/// @notice A token that is as bad as it is told to be, by anybody, or lets those bad who send and receive it.
contract IntentToken {
    enum Manner {
        Plain,
        /// @dev A hundredth, and one, of what is sent is lost on the way.
        TakesFee,
        ReturnsNothing,
        /// @dev Moves, and returns false all the same.
        ReturnsFalse,
        /// @dev Returns true, and moves nothing.
        Lies,
        /// @dev Returns two, which is no boolean.
        ReturnsTwo,
        /// @dev Returns 31 bytes.
        ReturnsLittle
    }

    Manner public manner;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    /// @notice Who may neither send nor receive it.
    mapping(address account => bool) public blocked;
    /// @notice Gas that a transfer uses; without it, it reverts.
    uint256 public needs;

    /// @notice What is called in the middle of each transfer, while there is something, and what was answered.
    address public target;
    bytes[] private _plans;
    bytes[] public answers;

    error IntentToken_Refused();

    function become(Manner manner_) external {
        manner = manner_;
    }

    function block_(address account, bool blocked_) external {
        blocked[account] = blocked_;
    }

    function setNeeds(uint256 gas_) external {
        needs = gas_;
    }

    /// @notice At the next transfer, call this too.
    function plan(address target_, bytes calldata data) external {
        target = target_;
        _plans.push(data);
    }

    function answered() external view returns (uint256) {
        return answers.length;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external {
        _transfer(msg.sender, to, amount);
        _answer();
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _transfer(from, to, amount);
        _answer();
    }

    function _transfer(address from, address to, uint256 amount) private {
        if (blocked[from] || blocked[to]) revert IntentToken_Refused();
        if (needs != 0) _use();
        if (manner == Manner.Lies) return;
        if (from.code.length != 0) _hook(from, IHooked.tokensToSend.selector);
        balanceOf[from] -= amount;
        balanceOf[to] += manner == Manner.TakesFee ? amount - amount / 100 - 1 : amount;
        if (to.code.length != 0) _hook(to, IHooked.tokensReceived.selector);
        while (_plans.length != 0) {
            bytes memory data = _plans[_plans.length - 1];
            _plans.pop();
            // solhint-disable-next-line avoid-low-level-calls
            (bool done, bytes memory answer) = target.call(data);
            answers.push(done ? bytes("done") : answer);
        }
    }

    /// @dev Only those are called back that say what they are: not pairs, nor the settlement.
    function _hook(address account, bytes4 selector) private {
        // solhint-disable-next-line avoid-low-level-calls
        (bool known,) = account.staticcall(abi.encodeWithSignature("isHooked()"));
        if (!known) return;
        // solhint-disable-next-line avoid-low-level-calls
        (bool done,) = account.call(abi.encodeWithSelector(selector));
        if (!done) revert IntentToken_Refused();
    }

    function _use() private view {
        uint256 start = gasleft();
        if (start < needs) revert IntentToken_Refused();
        // solhint-disable-next-line no-empty-blocks
        while (start - gasleft() < needs - 20_000) {}
    }

    function _answer() private view {
        uint256 value = manner == Manner.ReturnsFalse ? 0 : manner == Manner.ReturnsTwo ? 2 : 1;
        uint256 length = 0x20;
        if (manner == Manner.ReturnsNothing) length = 0;
        // Its 31 bytes read as a true, for whoever does not look at how many there are.
        if (manner == Manner.ReturnsLittle) (length, value) = (0x1f, 1 << 8 | 1);
        assembly {
            mstore(0, value)
            return(0, length)
        }
    }
}
