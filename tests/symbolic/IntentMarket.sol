// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Settlement} from "contracts/intents/Settlement.sol";
import {IBook} from "contracts/interfaces/IBook.sol";
import {Vm} from "forge-std/Vm.sol";
import {Svm} from "./SymbolicTest.sol";

/// @dev As small as a token can be: no total, no events.
contract Coin {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function put(address account, uint256 amount) external {
        balanceOf[account] = amount;
    }

    function permit(address owner, address spender, uint256 amount) external {
        allowance[owner][spender] = amount;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}

/// @notice Answers guards: a commitment with an outcome.
contract Outcome {
    bool public isFinal;
    bool public isKept;

    function put(bool isFinal_, bool isKept_) external {
        (isFinal, isKept) = (isFinal_, isKept_);
    }

    function kept(bytes25) external view returns (bool, bool) {
        return (isFinal, isKept);
    }
}

/// @notice What proofs about intents share: the bytecode of the settlement with its book, three coins, and batches of a given shape, in
/// which amounts, limits and balances are symbolic.
/// @dev Bounds: shapes (how many orders, branches, guards and moves) are those written in each check; makers are accounts without code
/// that have approved what they sign (signatures are tested elsewhere); coins move what they say; halmos takes keccak256 for injective
/// and knows no gas.
abstract contract IntentMarket {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    address internal constant ALICE = address(0xa11ce);
    address internal constant BOB = address(0xb0b);
    address internal constant CAROL = address(0xca501);
    address internal constant SOLVER = address(0x501e);
    uint40 internal constant DEADLINE = 1 << 35;

    Coin internal a = new Coin();
    Coin internal b = new Coin();
    Coin internal c = new Coin();
    Outcome internal registry = new Outcome();
    Settlement internal settlement;
    IBook internal book;

    constructor() {
        settlement = new Settlement(address(registry), address(registry), bytes32(uint256(1)));
        book = IBook(settlement.book());
        vm.warp(1 << 30);
    }

    /// @dev Anything up to 2^104, so that no coin overflows.
    function amountOf(string memory name) internal returns (uint112) {
        return uint112(svm.createUint(104, name));
    }

    /// @dev What an account holds and allows of a coin.
    function fund(Coin coin, address who, string memory name) internal returns (uint256 balance) {
        balance = amountOf(name);
        coin.put(who, balance);
        coin.permit(who, address(settlement), type(uint256).max);
    }

    // ------------------------------------------------------------------ batches as bytes

    function tokens() internal view returns (bytes memory) {
        return abi.encodePacked(uint8(3), address(a), address(b), address(c));
    }

    /// @param guards their count and themselves
    function branch(uint8 buy, uint112 least, bytes memory guards) internal pure returns (bytes memory) {
        return abi.encodePacked(buy, uint8(14), least, guards, uint8(0));
    }

    /// @param sell the place of the coin
    /// @param branches all of them, given in full
    function order(
        address maker,
        uint8 sell,
        uint112 amount,
        bool whole,
        uint8 nonce,
        uint8 count,
        bytes memory branches
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(
            maker,
            sell,
            uint8(14),
            amount,
            whole,
            uint8(1),
            nonce,
            uint8(5),
            DEADLINE,
            count,
            uint8(0),
            branches,
            uint8(0)
        );
    }

    function leg(uint8 order_, uint8 branch_, bool last, uint112 amount) internal pure returns (bytes memory) {
        return abi.encodePacked(order_, last ? branch_ | 128 : branch_, uint8(14), amount);
    }

    /// @dev An order alone, as `post` takes it.
    function single(bytes memory order_) internal view returns (bytes memory) {
        return abi.encodePacked(tokens(), uint8(1), order_, uint24(0));
    }

    /// @dev Its maker approves it.
    function approve(address maker, bytes memory order_) internal {
        bytes32 hash = settlement.hash(single(order_));
        vm.prank(maker);
        settlement.approve(hash, true);
    }

    function settle(bytes memory batch) internal returns (bool ok) {
        vm.prank(SOLVER);
        (ok,) = address(settlement).call(abi.encodeCall(settlement.settle, (batch)));
    }
}
