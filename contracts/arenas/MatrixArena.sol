// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IBoomerang} from "../interfaces/IBoomerang.sol";
import {Arena} from "./Arena.sol";
import {Statements} from "./Statements.sol";

/// @notice A game in strategic form, as a table.
/// @param words what statements may state, in lower case, filled up with zeros: 1 to 32, all different
/// @param actions for each seat (2 to 16) the places of its actions in `words`, one byte each, the most reckless first
/// @param defaults for each seat the place in its `actions` of what it does that is bound to nothing, one byte each
/// @param points how many points a stake is: the most that can be lost
/// @param symmetric whether `payoffs` is the short table of a game in which only who does what matters, not in which seat
/// @param payoffs points won or lost, as int64 (8 bytes each, big-endian). The long table has, for each profile of actions (the last
/// seat's changing fastest), what each seat gets. The short one has, for each action of one's own, for all counts of the others who do
/// the last action, ..., who do the second (changing fastest; each from 0 to the number of seats less 1), what one gets
struct GameTable {
    bytes32[] words;
    bytes[] actions;
    bytes defaults;
    uint64 points;
    bool symmetric;
    bytes payoffs;
}

/// @title Any finite game of 2 to 16 players
/// @notice A player does what kept commitments state by their first word, in the order of the match's players; of several of his actions
/// the first in his list, the most reckless: nobody can be relied upon not to do it. What he states that is no action of his seat counts
/// for nothing. Payoffs are in parts of a stake: a stake is {POINTS} points, so stakes that this divides are paid exactly.
/// @dev The table is kept as the code of a contract of its own, {TABLE}: to write, a third of the gas of storage; to read, one cold account
/// instead of a cold slot for each four numbers. That bounds it: words, seats and payoffs are 24,575 bytes together. Its layout:
///
///   00 | words: 32 bytes each | seats: 34 bytes each | payoffs: 8 bytes each
///        a seat: default | number of actions | 32 places of words, the rest 0
///
/// The long table suits up to 8 players of two actions; the short one 16 players of up to three.
contract MatrixArena is Arena {
    /// @notice This is no game, or one that would not fit; `what` says which part of it.
    error MatrixArena_BadGame(string what);

    uint256 private constant MAX_WORDS = 32;
    uint256 private constant WORD_BYTES = 32;
    uint256 private constant SEAT_BYTES = 2 + MAX_WORDS;
    uint256 private constant PAYOFF_BYTES = 8;
    /// @dev EIP-170, less the first byte.
    uint256 private constant MAX_TABLE = 24_575;
    /// @dev Returns what follows it, as code; that begins with 00, STOP, so that nobody can run it.
    bytes private constant CREATION = hex"600b5981380380925939f300";

    uint256 public immutable SEATS;
    /// @notice How many points a stake is.
    uint256 public immutable POINTS;
    /// @notice The most that all together can win, in points.
    uint256 public immutable PRIZE;
    bool public immutable SYMMETRIC;
    address public immutable TABLE;
    uint256 private immutable WORDS;

    constructor(IBoomerang registry, IERC20 token, GameTable memory game) Arena(registry, token) {
        _checkWords(game.words);
        _checkSeats(game);
        if (game.points == 0) revert MatrixArena_BadGame("points");
        SEATS = game.actions.length;
        WORDS = game.words.length;
        POINTS = game.points;
        SYMMETRIC = game.symmetric;
        if (game.payoffs.length != PAYOFF_BYTES * _cells(game)) revert MatrixArena_BadGame("payoffs");
        bytes memory table = _packed(game);
        if (table.length > MAX_TABLE) revert MatrixArena_BadGame("size");
        TABLE = Create2.deploy(0, 0, bytes.concat(CREATION, table));
        PRIZE = _mostWon(bytes.concat(hex"00", table));
    }

    // ------------------------------------------------------------------ the game

    /// @notice The flag of a word: 1 for the first of {words}, 2 for the second, 4, 8, ...
    function actionOf(bytes memory statement) public view override returns (uint32) {
        bytes32 stated = Statements.firstWord(statement);
        bytes32[] memory known = words();
        for (uint256 i; i < known.length; ++i) {
            if (known[i] == stated) return uint32(1 << i);
        }
        return 0;
    }

    function prizeOf(uint256 players, uint256 stake) public view override returns (uint256) {
        if (players != SEATS) revert Arena_BadTerms("players");
        if (stake % POINTS != 0) revert Arena_BadTerms("stake");
        return stake * PRIZE / POINTS;
    }

    function payoutsOf(uint256 stake, uint256[] memory stated) public view override returns (uint256[] memory payouts) {
        bytes memory table = TABLE.code;
        uint256[] memory profile = new uint256[](SEATS);
        for (uint256 seat; seat < SEATS; ++seat) {
            profile[seat] = _move(table, seat, stated[seat]);
        }
        uint256 first = SYMMETRIC ? 0 : SEATS * _row(table, profile);
        uint256 done = SYMMETRIC ? _sum(profile) : 0;
        payouts = new uint256[](SEATS);
        for (uint256 seat; seat < SEATS; ++seat) {
            uint256 cell = SYMMETRIC ? _shortCell(table, profile[seat], done) : first + seat;
            payouts[seat] = stake * uint256(int256(POINTS) + _points(table, cell)) / POINTS;
        }
    }

    /// @notice What statements may state, in lower case, filled up with zeros.
    function words() public view returns (bytes32[] memory found) {
        bytes memory table = TABLE.code;
        found = new bytes32[](WORDS);
        for (uint256 i; i < WORDS; ++i) {
            found[i] = bytes32(Bytes.slice(table, 1 + WORD_BYTES * i, 1 + WORD_BYTES * (i + 1)));
        }
    }

    /// @notice A seat's actions, as places in {words}, the most reckless first; and which of these it does that is bound to nothing.
    function actionsOf(uint256 seat) external view returns (uint256[] memory actions, uint256 idle) {
        bytes memory table = TABLE.code;
        actions = new uint256[](_count(table, seat));
        for (uint256 i; i < actions.length; ++i) {
            actions[i] = uint8(table[_seat(seat) + 2 + i]);
        }
        idle = uint8(table[_seat(seat)]);
    }

    // ------------------------------------------------------------------ the table

    /// @dev Where a seat begins.
    function _seat(uint256 seat) private view returns (uint256) {
        return 1 + WORD_BYTES * WORDS + SEAT_BYTES * seat;
    }

    /// @dev How many actions a seat has.
    function _count(bytes memory table, uint256 seat) private view returns (uint256) {
        return uint8(table[_seat(seat) + 1]);
    }

    /// @dev What a seat does, as a place among its actions, that is bound to all of this.
    function _move(bytes memory table, uint256 seat, uint256 stated) private view returns (uint256) {
        uint256 count = _count(table, seat);
        for (uint256 i; i < count; ++i) {
            if ((stated >> uint8(table[_seat(seat) + 2 + i])) & 1 == 1) return i;
        }
        return uint8(table[_seat(seat)]);
    }

    function _points(bytes memory table, uint256 cell) private view returns (int256) {
        uint256 start = _seat(SEATS) + PAYOFF_BYTES * cell;
        return int64(uint64(bytes8(Bytes.slice(table, start, start + PAYOFF_BYTES))));
    }

    /// @dev The place of a profile in the long table.
    function _row(bytes memory table, uint256[] memory profile) private view returns (uint256 row) {
        for (uint256 seat; seat < SEATS; ++seat) {
            row = row * _count(table, seat) + profile[seat];
        }
    }

    /// @dev What one gets who does `mine`, in the short table.
    /// @param done {_sum} of the profile
    function _shortCell(bytes memory table, uint256 mine, uint256 done) private view returns (uint256) {
        return mine * SEATS ** (_count(table, 0) - 1) + done - _weight(mine);
    }

    /// @dev How many do each action but the first, as digits of a number to the base {SEATS}.
    function _sum(uint256[] memory profile) private view returns (uint256 done) {
        for (uint256 seat; seat < SEATS; ++seat) {
            done += _weight(profile[seat]);
        }
    }

    function _weight(uint256 action) private view returns (uint256) {
        return action == 0 ? 0 : SEATS ** (action - 1);
    }

    // ------------------------------------------------------------------ what makes a game

    function _checkWords(bytes32[] memory known) private pure {
        if (known.length == 0 || known.length > MAX_WORDS) revert MatrixArena_BadGame("words");
        for (uint256 i; i < known.length; ++i) {
            // as {actionOf} reads it, or no statement could state it
            bytes32 read = Statements.firstWord(bytes.concat(known[i]));
            if (read == 0 || read != known[i]) revert MatrixArena_BadGame("words");
            for (uint256 j; j < i; ++j) {
                if (known[j] == known[i]) revert MatrixArena_BadGame("words");
            }
        }
    }

    function _checkSeats(GameTable memory game) private pure {
        uint256 seats = game.actions.length;
        if (seats < 2 || seats > MAX_PLAYERS) revert MatrixArena_BadGame("players");
        if (game.defaults.length != seats) revert MatrixArena_BadGame("defaults");
        for (uint256 seat; seat < seats; ++seat) {
            bytes memory actions = game.actions[seat];
            uint256 seen;
            for (uint256 i; i < actions.length; ++i) {
                uint256 flag = 1 << uint8(actions[i]);
                if (uint8(actions[i]) >= game.words.length || seen & flag != 0) revert MatrixArena_BadGame("actions");
                seen |= flag;
            }
            if (uint8(game.defaults[seat]) >= actions.length) revert MatrixArena_BadGame("defaults");
            if (!game.symmetric) continue;
            if (game.defaults[seat] != game.defaults[0] || keccak256(actions) != keccak256(game.actions[0])) {
                revert MatrixArena_BadGame("symmetric");
            }
        }
    }

    /// @dev How many payoffs there must be. At most 32 actions and 16 seats: nothing overflows.
    function _cells(GameTable memory game) private pure returns (uint256 cells) {
        uint256 seats = game.actions.length;
        if (game.symmetric) return game.actions[0].length * seats ** (game.actions[0].length - 1);
        cells = seats;
        for (uint256 seat; seat < seats; ++seat) {
            cells *= game.actions[seat].length;
        }
    }

    function _packed(GameTable memory game) private pure returns (bytes memory packed) {
        for (uint256 i; i < game.words.length; ++i) {
            packed = bytes.concat(packed, game.words[i]);
        }
        for (uint256 seat; seat < game.actions.length; ++seat) {
            bytes memory actions = game.actions[seat];
            bytes memory rest = new bytes(MAX_WORDS - actions.length);
            packed = bytes.concat(packed, game.defaults[seat], bytes1(uint8(actions.length)), actions, rest);
        }
        packed = bytes.concat(packed, game.payoffs);
    }

    /// @dev The most that a profile pays to all together, or 0. Nobody may lose more than a stake: nobody put up more.
    function _mostWon(bytes memory table) private view returns (uint256) {
        int256 best;
        uint256[] memory profile = new uint256[](SEATS);
        uint256 cells = (table.length - _seat(SEATS)) / PAYOFF_BYTES;
        uint256 row;
        do {
            int256 sum;
            uint256 done = SYMMETRIC ? _sum(profile) : 0;
            for (uint256 seat; seat < SEATS; ++seat) {
                int256 payoff = _points(table, SYMMETRIC ? _shortCell(table, profile[seat], done) : row + seat);
                if (payoff < -int256(POINTS)) revert MatrixArena_BadGame("payoffs");
                sum += payoff;
            }
            if (sum > best) best = sum;
            row += SEATS;
        } while (SYMMETRIC ? _advance(table, profile) : row < cells);
        return uint256(best);
    }

    /// @dev The next profile in ascending order: of a symmetric game those stand for all others. False after the last.
    function _advance(bytes memory table, uint256[] memory profile) private view returns (bool) {
        uint256 last = _count(table, 0) - 1;
        for (uint256 seat = SEATS; seat > 0; --seat) {
            if (profile[seat - 1] == last) continue;
            uint256 action = profile[seat - 1] + 1;
            for (uint256 i = seat - 1; i < SEATS; ++i) {
                profile[i] = action;
            }
            return true;
        }
        return false;
    }
}
