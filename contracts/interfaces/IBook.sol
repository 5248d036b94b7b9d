// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @notice An entry of the book: what is left of a posted intent.
/// @param amount what was posted, in units of what it sells
/// @param least what it wanted for that; the two are its rate for ever
/// @param left what is still to be sold
/// @param next the number of the entry behind it, 0 where it is the last
struct Entry {
    address maker;
    uint256 amount;
    uint256 least;
    uint256 left;
    uint256 deadline;
    uint32 previous;
    uint32 next;
}

/// @notice One who walks a list: an order with its limit.
/// @param hash its intent
/// @param offered units of `sell` that it offers
struct Taker {
    bytes32 hash;
    address maker;
    address sell;
    address buy;
    uint256 amount;
    uint256 least;
    uint256 offered;
}

/// @title The book: posted intents, in one list for each ordered pair of tokens, best rate first, then the oldest
/// @notice Anyone may read it; the settlement that created it changes it, under its own lock.
interface IBook {
    error Book_NotSettlement(address caller);
    error Book_NoEntry(address sell, address buy, uint32 number);
    error Book_NotMaker(address caller, address maker);

    enum Unlisting {
        Filled,
        Dead,
        Own,
        Cancelled
    }

    event Posted(
        bytes32 indexed intentHash,
        address indexed maker,
        address sell,
        address buy,
        uint32 number,
        uint256 amount,
        uint256 least,
        uint256 deadline
    );
    /// @notice An entry sold and bought.
    event EntryFilled(
        address indexed sell, address indexed buy, uint32 indexed number, bytes32 taker, uint256 sold, uint256 bought
    );
    /// @notice An entry left the book: dead, its signer's own program passed it, or cancelled.
    event Unlisted(address indexed sell, address indexed buy, uint32 indexed number, Unlisting reason);
    /// @notice A program that cannot be posted, said aloud. It forbids nothing.
    event Announced(bytes32 indexed intentHash, address indexed maker, bytes program);

    /// @notice Say a program aloud that cannot be posted.
    function announce(bytes32 intentHash, bytes calldata program) external;

    // ------------------------------------------------------------------ for the settlement

    /// @notice Fill or unlist entries within the taker's limit, from the head, while it offers units and pops are left.
    /// @param caller who called the settlement, and pays missing units
    /// @return spent units that the taker sold
    /// @return bought units that it bought
    /// @return standing the head afterwards if it is within the limit, else 0; 0 too where nothing is offered any more
    function walk(
        Taker calldata taker,
        uint256 pops,
        address caller
    ) external returns (uint256 spent, uint256 bought, uint32 standing);

    /// @notice List what is left of an intent behind all of the same or a better rate.
    /// @param left at most the amount
    /// @param hint the entry behind which it probably belongs; the walk from there ends at its place whatever the hint
    function insert(Taker calldata taker, uint256 deadline, uint256 left, uint32 hint) external returns (uint32 number);

    /// @notice Take an entry out.
    /// @param maker whose it must be
    function unpost(address sell, address buy, uint32 number, address maker) external;

    /// @notice Take dead entries off the head of a list, at most `pops`.
    function sweepDead(address sell, address buy, uint256 pops) external;

    // ------------------------------------------------------------------ views

    /// @notice The head of those who sell `buy` for `sell` if it is within the limit of at least `least` for `amount`, else 0.
    function crossing(address sell, address buy, uint256 amount, uint256 least) external view returns (uint32 number);

    /// @notice The first entry of the list of those who sell `sell` for `buy`, and how many there ever were.
    function list(address sell, address buy) external view returns (uint32 head, uint32 count);

    function entry(address sell, address buy, uint32 number) external view returns (Entry memory);

    /// @notice What an entry could sell now: the least of what is left, its maker's balance and allowance; 0 when expired.
    function alive(address sell, address buy, uint32 number) external view returns (uint256);

    function settlement() external view returns (address);
}
