// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Fill} from "../types/Moves.sol";

/// @notice What a guard says. The numbers are signed.
enum GuardKind {
    // Another signer's intent fills this branch, at its limit or better. Subject and limit are zero.
    Exists,
    // The commitment `subject` (its id, left-aligned) is kept; undecided until that is final. Limit zero.
    Kept,
    // It is not kept; undecided until that is final. Limit zero.
    Reverted,
    // The time is at or after `limit`, in Unix seconds. Subject zero.
    After,
    // The time is before `limit`. Subject zero.
    Before,
    // reserve1 / reserve0 of the pair `subject` (an address, right-aligned) is at least `limit`: numerator in the upper 128 bits,
    // denominator in the lower. Undecided while the pair was touched in this block.
    PoolAtLeast,
    // The same, at most.
    PoolAtMost,
    // No pair on this branch's paths was touched in this block; undecided if one was. Subject and limit zero.
    Fresh,
    // This branch pays a share of what it gains to `subject`: the account that moves in the lower 160 bits, the share in basis points
    // above it; `limit`: the baseline (of what the whole amount buys) above 112 bits of the largest payment. Holds where that account's
    // program takes a branch with the mirror of it in this batch.
    Pays,
    // The mirror: `subject` is the payer and the same share, `limit` the same numbers.
    Paid
}

/// @title Settlement of intents
/// @notice docs/intents.md says what must hold. It has no owner, takes no fee, and holds nothing between calls: makers allow it to
/// move what they sell, and it moves only what a signed intent allows.
/// @dev Trusted: the registry, and the factory's pairs. Not trusted: everybody who calls, makers, their wallets, tokens.
interface ISettlement {
    // ------------------------------------------------------------------ errors
    // `order` is an index into the orders handed in; `branch` and `guard` are indices into what was signed.

    /// @notice Bytes that are no batch, or not one order where one is wanted. `where` is near the place where that shows.
    error Settlement_Malformed(uint256 where);
    error Settlement_OutOfRange(uint256 order);
    error Settlement_UnknownOrder(uint256 order);
    error Settlement_UnknownBranch(uint256 order, uint256 branch);
    /// @notice The deadline has passed.
    error Settlement_Expired(uint256 order, uint256 deadline, uint256 time);
    error Settlement_WrongSignature(uint256 order, address maker);
    /// @notice The nonce was used, cancelled, or stands twice in this batch.
    error Settlement_NonceUsed(uint256 order, address maker, uint256 nonce);
    /// @notice Another intent was already filled in part under this nonce.
    error Settlement_NonceTaken(uint256 order, address maker, uint256 nonce);
    /// @notice A guard of the branch that should be taken is false. `observed` is what was seen in place of the limit.
    error Settlement_GuardFails(uint256 order, uint256 branch, uint256 guard, uint256 observed);
    /// @notice A guard is neither true nor false yet: neither its branch nor a later one can be taken.
    error Settlement_Undecided(uint256 order, uint256 branch, uint256 guard);
    /// @notice An earlier branch takes the units that a later one was to take.
    error Settlement_BranchHolds(uint256 order, uint256 branch);
    /// @notice The book still holds an entry that the earlier branch `branch` would take.
    error Settlement_MatchStands(uint256 order, uint256 branch, uint32 number);
    error Settlement_NotDirect(uint256 order, uint256 branch);
    error Settlement_NotRouted(uint256 order, uint256 branch);
    /// @notice A swept branch must have an `exists` guard.
    error Settlement_NotSwept(uint256 order, uint256 branch);
    /// @notice A cycle in which an order pays a token that the next one does not buy.
    error Settlement_WrongToken(uint256 leg, address paid, address wanted);
    /// @notice One signer twice in a cycle, or a cycle of one.
    error Settlement_SameSigner(uint256 leg, address maker);
    error Settlement_BelowLimit(uint256 order, uint256 branch, uint256 received, uint256 required);
    /// @notice Received over minimum is not the same, within one unit, around the cycle that starts at this leg.
    error Settlement_UnequalGains(uint256 leg);
    /// @dev `amount`, here and in NotWhole: what was left of the order when the batch began.
    error Settlement_Overfilled(uint256 order, uint256 filled, uint256 amount);
    error Settlement_NotWhole(uint256 order, uint256 filled, uint256 amount);
    /// @notice An order of which nothing was filled.
    error Settlement_Unused(uint256 order);
    /// @notice The token answered no, or nothing, or has no code. `from` is zero where the settlement itself sends.
    error Settlement_TransferFailed(address token, address from, address to, uint256 amount);
    /// @notice The token did not deliver what was sent: it takes a fee, or changes balances by itself.
    error Settlement_TokenTakesFee(address token, uint256 sent, uint256 received);
    error Settlement_NoPool(address tokenA, address tokenB);
    /// @notice A path that does not lead from what is sold to what is bought, or has fewer than two or more than six tokens.
    error Settlement_BadPath(uint256 order, uint256 branch, uint256 path);
    /// @notice No order of this batch mirrors this guard.
    error Settlement_NoPartner(uint256 order, uint256 branch, uint256 guard);
    /// @notice Too little gas to tell a failing transfer from a starved one.
    error Settlement_TooLittleGas(uint256 left, uint256 required);
    error Settlement_NotPostable(string why);
    /// @notice Functions that the contract calls on itself, or its book on it.
    error Settlement_NotPart(address caller);
    error Settlement_BadParameter(string name);

    // ------------------------------------------------------------------ events

    /// @notice An order sold and bought in one leg, sweep or route. Whose it is, the intent says.
    event Filled(bytes32 indexed intentHash, Fill fill);
    /// @notice A cycle that was marked skippable failed and changed nothing.
    event Skipped(uint256 leg, bytes reason);
    /// @notice A share of a gain went to the one who moved.
    event Shared(address indexed payer, address indexed mover, address token, uint256 gain, uint256 paid);
    event NoncesCancelled(address indexed maker, uint256 indexed word, uint256 bits);
    event Approved(address indexed maker, bytes32 indexed intentHash, bool approved);
    // ------------------------------------------------------------------ settling

    /// @notice Settle a batch: all of it, or nothing. Cycles first, then sweeps of the book, then routes.
    /// @param batch orders and moves, laid out as `Batches` says
    function settle(bytes calldata batch) external;

    // ------------------------------------------------------------------ the book

    /// @notice Post an intent whose first branch is a direct swap, in parts. First it fills what it crosses; what is left is listed.
    /// @param batch one order of the caller's and no moves; its first branch in full, the others may be hashes; no signature is needed
    /// @param after_ the entry behind which it belongs, 0 for the head; a stale hint costs gas, never the place
    /// @param pops how many crossing entries the caller pays for at most
    /// @return number the entry, 0 where everything was filled at once
    function post(bytes calldata batch, uint32 after_, uint256 pops) external returns (uint32 number);

    /// @notice Take the caller's entry out of the book.
    function unpost(address sell, address buy, uint32 number) external;

    /// @notice Take dead entries off the head of a list, at most `pops`.
    function sweepDead(address sell, address buy, uint256 pops) external;

    // ------------------------------------------------------------------ nonces and approvals

    /// @notice Cancel nonces of the caller: of the word `word`, those whose bit is set in `bits` (128 of them; nonce = 128 * word + bit).
    function cancel(uint256 word, uint128 bits) external;

    /// @notice Approve an intent of the caller without a signature, or take that back.
    function approve(bytes32 intentHash, bool approved) external;

    // ------------------------------------------------------------------ views

    /// @notice The EIP-712 hash that is signed.
    /// @param batch one order and no moves
    function hash(bytes calldata batch) external view returns (bytes32);

    function DOMAIN_SEPARATOR() external view returns (bytes32);

    /// @notice 128 nonces: bit n says used or cancelled, bit 128 + n filled in part.
    function nonces(address maker, uint256 word) external view returns (uint256);

    /// @notice What was filled in part under a nonce: the upper 144 bits of the intent's hash over 112 bits of what was sold.
    function parts(address maker, uint256 nonce) external view returns (uint256);

    function approvals(address maker, bytes32 intentHash) external view returns (bool);

    /// @notice Where posted intents are listed (IBook).
    function book() external view returns (address);

    function registry() external view returns (address);

    function factory() external view returns (address);

    /// @notice keccak256 of the creation code of the factory's pairs.
    function pairCodeHash() external view returns (bytes32);
}
