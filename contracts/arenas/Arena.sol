// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IBoomerang, Key} from "../interfaces/IBoomerang.sol";
import {CommitmentId} from "../types/CommitmentId.sol";
import {Phase} from "../types/Phase.sol";
import {Stake} from "../types/Stake.sol";
import {Statements} from "./Statements.sol";

/// @notice What a match is, for good, from its creation on. Amounts are in the token's smallest unit, times Unix seconds.
/// @param players 2 to 16, each once
/// @param stake what each of them puts up
/// @param prize what the creator puts up; at least {Arena.prizeOf}
/// @param stakesUntil the last second in which a player may join; if one has not, the match is off
/// @param entriesUntil the last second in which a commitment may be entered
/// @param lossesTo who receives what players lose and nobody wins. Whoever that is gains from a crash: players see it before they join
/// @param salt tells matches apart that are alike in all else
struct Terms {
    address[] players;
    uint128 stake;
    uint128 prize;
    uint40 stakesUntil;
    uint40 entriesUntil;
    address lossesTo;
    bytes32 salt;
}

/// @notice A commitment that counts in a match.
/// @param action what it states: a flag, see {Arena.actionOf}
struct Entry {
    CommitmentId id;
    uint32 action;
}

/// @notice Open: players join. Running: all have. Over: settled or called off, everything is credited.
enum Stage {
    None,
    Open,
    Running,
    Over
}

/// @title Arena: a game that kept commitments are played for
/// @notice Stakes and a prize are put up beforehand; what players have committed to, and are bound by, decides who gets them.
///
///   create -> join (each player) -> enter (each commitment) -> settle -> withdraw
///
/// A commitment counts if a player of the match published it with the match's id as its topic and it was entered, by anybody, in
/// time; its statement says what it binds its owner to. Both are in its id, so nothing need be believed and no commitment counts twice.
/// The match is settled once all that was entered is final, by anybody. A game is three functions: {actionOf}, {prizeOf}, {payoutsOf}.
/// @dev Trusted: the registry, and the token by those who use it. There is no owner and no fee. Holds, of the token, what matches that are
/// not over have put up, and {owed}. A token that takes fees is refused; one that changes balances by itself, and tokens sent here by hand,
/// are beyond this bookkeeping.
abstract contract Arena is ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    // ------------------------------------------------------------------ errors

    /// @notice A term is out of range, or makes no game; `name` says which.
    error Arena_BadTerms(string name);
    error Arena_AlreadyCreated(bytes32 id);
    error Arena_WrongStage(bytes32 id, Stage stage);
    /// @param opensAt the first second in which it is accepted
    error Arena_TooEarly(bytes32 id, uint256 opensAt, uint256 time);
    /// @param closedAt the first second in which it is no longer accepted
    error Arena_TooLate(bytes32 id, uint256 closedAt, uint256 time);
    error Arena_NotAPlayer(bytes32 id, address account);
    error Arena_AlreadyJoined(bytes32 id, address player);
    /// @notice The player has published nothing with this topic, stake and body; if he had, this would be its id.
    error Arena_UnknownCommitment(CommitmentId id);
    error Arena_AlreadyEntered(CommitmentId id);
    /// @notice The statement is none that this game knows.
    error Arena_StatesNoAction(CommitmentId id);
    error Arena_TooManyEntries(address player);
    error Arena_NotFinal(CommitmentId id);
    error Arena_NothingOwed(address account);
    /// @notice Not what was named arrived: the token takes a fee.
    error Arena_TokenMismatch(uint256 expected, uint256 received);

    // ------------------------------------------------------------------ events

    event Created(bytes32 indexed id, address indexed sponsor, Terms terms);
    event Joined(bytes32 indexed id, address indexed player);
    event Entered(bytes32 indexed id, address indexed player, CommitmentId indexed commitment, uint32 action);
    /// @param stated for each player the flags of all actions that the kept commitments state
    /// @param payouts for each player what he is credited
    event Settled(bytes32 indexed id, uint256[] stated, uint256[] payouts);
    /// @notice Everybody is credited what he put up.
    event CalledOff(bytes32 indexed id);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    // ------------------------------------------------------------------ state

    uint256 public constant MAX_PLAYERS = 16;
    /// @notice How many commitments of one player may be entered: settling looks at all of them.
    uint256 public constant MAX_ENTRIES = 8;

    struct Match {
        Stage stage;
        uint8 joined;
        uint40 stakesUntil;
        uint40 entriesUntil;
        address sponsor;
        uint128 stake;
        uint128 prize;
        address lossesTo;
        address[] players;
    }

    struct Seat {
        bool plays;
        bool joined;
        Entry[] entries;
    }

    IBoomerang public immutable REGISTRY;
    IERC20 public immutable TOKEN;

    mapping(bytes32 id => Match) private _matches;
    mapping(bytes32 id => mapping(address player => Seat)) private _seats;
    mapping(CommitmentId id => bool) private _entered;
    /// @notice How much of the token `account` may withdraw.
    mapping(address account => uint256) public owed;

    constructor(IBoomerang registry, IERC20 token) {
        REGISTRY = registry;
        TOKEN = token;
    }

    // ------------------------------------------------------------------ the game

    /// @notice What a statement states: a flag of its own for each action of the game; 0 for a statement that states none.
    function actionOf(bytes memory statement) public view virtual returns (uint32);

    /// @notice The most that all payouts together can exceed all stakes. Reverts ({Arena_BadTerms}) where such a match makes no game.
    function prizeOf(uint256 players, uint256 stake) public view virtual returns (uint256);

    /// @notice What each player gets, stake included, when these are the actions that their kept commitments state. It must not revert:
    /// then nobody would get anything. If it gives more than was put up, everybody gets his own back.
    /// @param stated for each player, the flags of {actionOf} together; 0 for one who is bound to nothing
    function payoutsOf(uint256 stake, uint256[] memory stated) public view virtual returns (uint256[] memory);

    // ------------------------------------------------------------------ actions

    /// @notice Make a match. The prize is taken from the caller, who gets back what is not won.
    /// @return id {matchId} of it: the topic of the commitments that count
    function create(Terms calldata terms) external nonReentrant returns (bytes32 id) {
        id = matchId(msg.sender, terms);
        Match storage m = _matches[id];
        if (m.stage != Stage.None) revert Arena_AlreadyCreated(id);
        uint256 count = terms.players.length;
        if (count < 2 || count > MAX_PLAYERS) revert Arena_BadTerms("players");
        if (terms.stake == 0) revert Arena_BadTerms("stake");
        if (terms.prize < prizeOf(count, terms.stake)) revert Arena_BadTerms("prize");
        if (terms.stakesUntil < block.timestamp) revert Arena_BadTerms("stakesUntil");
        if (terms.entriesUntil < terms.stakesUntil) revert Arena_BadTerms("entriesUntil");
        if (terms.lossesTo == address(0)) revert Arena_BadTerms("lossesTo");
        for (uint256 i; i < count; ++i) {
            Seat storage seat = _seats[id][terms.players[i]];
            if (seat.plays || terms.players[i] == address(0)) revert Arena_BadTerms("players");
            seat.plays = true;
        }
        m.stage = Stage.Open;
        m.stakesUntil = terms.stakesUntil;
        m.entriesUntil = terms.entriesUntil;
        m.sponsor = msg.sender;
        m.stake = terms.stake;
        m.prize = terms.prize;
        m.lossesTo = terms.lossesTo;
        m.players = terms.players;
        emit Created(id, msg.sender, terms);
        _take(terms.prize);
    }

    /// @notice Put up the caller's stake. Read the terms first: times, prize, and who receives the losses.
    function join(bytes32 id) external nonReentrant {
        Match storage m = _matches[id];
        if (m.stage != Stage.Open) revert Arena_WrongStage(id, m.stage);
        if (block.timestamp > m.stakesUntil) revert Arena_TooLate(id, uint256(m.stakesUntil) + 1, block.timestamp);
        Seat storage seat = _seats[id][msg.sender];
        if (!seat.plays) revert Arena_NotAPlayer(id, msg.sender);
        if (seat.joined) revert Arena_AlreadyJoined(id, msg.sender);
        seat.joined = true;
        if (++m.joined == m.players.length) m.stage = Stage.Running;
        emit Joined(id, msg.sender);
        _take(m.stake);
    }

    /// @notice Let a player's published commitment count. Anybody may: nobody hides what he is bound to.
    /// @param stake the commitment's (types/Stake.sol)
    /// @param body the commitment's, as in the publication's event; its topic must be the match's id
    function enter(
        bytes32 id,
        address player,
        Stake stake,
        bytes calldata body
    ) external nonReentrant returns (CommitmentId commitment) {
        Match storage m = _matches[id];
        if (m.stage != Stage.Open && m.stage != Stage.Running) revert Arena_WrongStage(id, m.stage);
        if (block.timestamp > m.entriesUntil) revert Arena_TooLate(id, uint256(m.entriesUntil) + 1, block.timestamp);
        Seat storage seat = _seats[id][player];
        if (!seat.plays) revert Arena_NotAPlayer(id, player);
        commitment = REGISTRY.commitmentId(Key(player, stake, keccak256(abi.encode(id, keccak256(body)))));
        // Only what is published is sure to become final, and to be what its body says.
        // slither-disable-next-line unused-return
        (Phase phase,) = REGISTRY.phase(commitment);
        if (phase == Phase.Unpublished) revert Arena_UnknownCommitment(commitment);
        if (_entered[commitment]) revert Arena_AlreadyEntered(commitment);
        if (seat.entries.length == MAX_ENTRIES) revert Arena_TooManyEntries(player);
        uint32 action = actionOf(Statements.statementOf(stake, body));
        if (action == 0) revert Arena_StatesNoAction(commitment);
        _entered[commitment] = true;
        seat.entries.push(Entry(commitment, action));
        emit Entered(id, player, commitment, action);
    }

    /// @notice Credit everybody what the game gives, once nothing more can be entered and all that was entered is final.
    function settle(bytes32 id) external nonReentrant {
        Match storage m = _matches[id];
        if (m.stage != Stage.Running) revert Arena_WrongStage(id, m.stage);
        if (block.timestamp <= m.entriesUntil) {
            revert Arena_TooEarly(id, uint256(m.entriesUntil) + 1, block.timestamp);
        }
        uint256[] memory stated = new uint256[](m.players.length);
        for (uint256 i; i < stated.length; ++i) {
            stated[i] = _stated(_seats[id][m.players[i]].entries);
        }
        m.stage = Stage.Over;
        uint256[] memory payouts = payoutsOf(m.stake, stated);
        (bool enough, uint256 left) = _leftAfter(payouts, stated.length * m.stake + m.prize);
        if (payouts.length != stated.length || !enough) {
            _callOff(id, m);
            return;
        }
        for (uint256 i; i < payouts.length; ++i) {
            owed[m.players[i]] += payouts[i];
        }
        uint256 unwon = left < m.prize ? left : m.prize;
        owed[m.sponsor] += unwon;
        owed[m.lossesTo] += left - unwon;
        emit Settled(id, stated, payouts);
    }

    /// @notice Give back what was put up for a match that not everybody has joined in time.
    function callOff(bytes32 id) external nonReentrant {
        Match storage m = _matches[id];
        if (m.stage != Stage.Open) revert Arena_WrongStage(id, m.stage);
        if (block.timestamp <= m.stakesUntil) {
            revert Arena_TooEarly(id, uint256(m.stakesUntil) + 1, block.timestamp);
        }
        m.stage = Stage.Over;
        _callOff(id, m);
    }

    /// @notice Send the caller's credit to an address of his choice: one that the token accepts.
    function withdraw(address to) external nonReentrant {
        _pay(msg.sender, to);
    }

    /// @notice Send an account its credit. Anybody may.
    function deliver(address account) external nonReentrant {
        _pay(account, account);
    }

    // ------------------------------------------------------------------ views

    /// @notice The id of a match, created or not; commitments may be published before it is.
    /// @param sponsor who creates it
    function matchId(address sponsor, Terms calldata terms) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), sponsor, terms));
    }

    /// @notice All that is known of a match but what was entered.
    function matchOf(bytes32 id) external view returns (Match memory) {
        return _matches[id];
    }

    function hasJoined(bytes32 id, address player) external view returns (bool) {
        return _seats[id][player].joined;
    }

    /// @notice The commitments of a player that count.
    function entriesOf(bytes32 id, address player) external view returns (Entry[] memory) {
        return _seats[id][player].entries;
    }

    // ------------------------------------------------------------------ parts

    /// @dev What the kept ones of these commitments state. All must be final: what is not may still be either.
    function _stated(Entry[] storage entries) private view returns (uint256 stated) {
        for (uint256 i; i < entries.length; ++i) {
            Entry memory entry = entries[i];
            (bool isFinal, bool isKept) = REGISTRY.kept(entry.id);
            if (!isFinal) revert Arena_NotFinal(entry.id);
            if (isKept) stated |= entry.action;
        }
    }

    /// @dev Whether a pot pays all of these, and what it leaves. No payout can overflow this.
    function _leftAfter(uint256[] memory payouts, uint256 pot) private pure returns (bool enough, uint256 left) {
        left = pot;
        for (uint256 i; i < payouts.length; ++i) {
            if (payouts[i] > left) return (false, 0);
            left -= payouts[i];
        }
        enough = true;
    }

    function _callOff(bytes32 id, Match storage m) private {
        for (uint256 i; i < m.players.length; ++i) {
            address player = m.players[i];
            if (_seats[id][player].joined) owed[player] += m.stake;
        }
        owed[m.sponsor] += m.prize;
        emit CalledOff(id);
    }

    function _take(uint256 amount) private {
        if (amount == 0) return; // some tokens refuse to move nothing
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - before;
        if (received != amount) revert Arena_TokenMismatch(amount, received);
    }

    function _pay(address account, address to) private {
        uint256 amount = owed[account];
        if (amount == 0) revert Arena_NothingOwed(account);
        owed[account] = 0;
        emit Withdrawn(account, to, amount);
        TOKEN.safeTransfer(to, amount);
    }
}
