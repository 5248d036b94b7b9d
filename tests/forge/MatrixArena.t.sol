// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Arena} from "contracts/arenas/Arena.sol";
import {ChickenArena} from "contracts/arenas/ChickenArena.sol";
import {GameTable, MatrixArena} from "contracts/arenas/MatrixArena.sol";
import {PublicGoodsArena} from "contracts/arenas/PublicGoodsArena.sol";
import {Phase} from "contracts/types/Phase.sol";
import {ArenaTest} from "./ArenaTest.sol";
import {GameTables} from "./GameTables.sol";

contract MatrixArenaTest is ArenaTest {
    uint256 private constant OPERA = 1;
    uint256 private constant FOOTBALL = 2;

    function newArena() internal override returns (Arena) {
        return deployed(GameTables.evening());
    }

    function deployed(GameTable memory game) private returns (MatrixArena) {
        return new MatrixArena(registryAsInterface(), token, game);
    }

    function use(GameTable memory game) private {
        arena = deployed(game);
        equip();
    }

    // ------------------------------------------------------------------ what is paid

    function test_whoKeepsWhatDecides() public {
        bytes32 id = start(terms(2, 7, 35));
        keep(id, alice, "Opera, please");
        keep(id, bob, "opera!");
        settle(id);
        assertEq(arena.owed(alice), 7 + 7 * 3);
        assertEq(arena.owed(bob), 7 + 7 * 2);
        assertEq(arena.owed(sponsor), 0);
        assertConserved(id);
    }

    function test_eachSeatHasADefaultOfItsOwn() public {
        bytes32 id = start(terms(2, 7, 35));
        enter(id, alice, "Football", Phase.RevertedByDecision);
        enter(id, bob, "Opera", Phase.Unrevealed);
        settle(id);
        assertEq(arena.owed(alice), 7, "Opera");
        assertEq(arena.owed(bob), 7, "Football");
        assertEq(arena.owed(sponsor), 35);
        assertConserved(id);
    }

    function test_whoStatesTwoDoesTheMoreReckless() public {
        bytes32 id = start(terms(2, 1, 5));
        keep(id, alice, "Football");
        keep(id, alice, "Opera");
        keep(id, bob, "Opera");
        settle(id);
        assertEq(arena.owed(alice), 4);
        assertEq(arena.owed(bob), 3);
    }

    function test_whatIsMoreRecklessDependsOnTheSeat() public {
        bytes32 id = start(terms(2, 1, 5));
        keep(id, alice, "Football");
        keep(id, bob, "Opera");
        keep(id, bob, "Football");
        settle(id);
        assertEq(arena.owed(alice), 3);
        assertEq(arena.owed(bob), 4);
    }

    function test_whatIsNoActionOfOnesSeatCountsForNothing() public {
        GameTable memory game = GameTables.evening();
        game.actions[1] = hex"01"; // Bob can only watch football
        game.payoffs = "";
        int64[4] memory points = [int64(-1), 1, 2, 2];
        for (uint256 i; i < 4; ++i) {
            game.payoffs = GameTables.push(game.payoffs, points[i]);
        }
        use(game);
        bytes32 id = start(terms(2, 1, 4));
        keep(id, bob, "Opera");
        keep(id, alice, "Football");
        settle(id);
        assertEq(arena.owed(alice), 3);
        assertEq(arena.owed(bob), 3);
        assertConserved(id);
    }

    function test_aStakeCanBeLost() public {
        use(GameTables.bargaining());
        bytes32 id = start(terms(2, 500, 50));
        keep(id, alice, "Dare");
        keep(id, bob, "Dare");
        settle(id);
        assertEq(arena.owed(alice), 0);
        assertEq(arena.owed(losses), 1000);
        assertEq(arena.owed(sponsor), 50);
        assertConserved(id);
    }

    function test_sixteenPlay() public {
        MatrixArena sixteen = deployed(GameTables.publicGood(16));
        uint256[] memory stated = new uint256[](16);
        for (uint256 contributors; contributors <= 16; ++contributors) {
            if (contributors > 0) stated[contributors - 1] = 2;
            uint256[] memory payouts = sixteen.payoutsOf(80, stated);
            for (uint256 i; i < 16; ++i) {
                assertEq(payouts[i], 8 * contributors + (i < contributors ? 0 : 80));
            }
        }
        assertEq(sixteen.prizeOf(16, 80), 16 * 48);
    }

    // ------------------------------------------------------------------ the same as the other arenas

    function test_bargainingIsWhatChickenArenaPlays() public {
        ChickenArena chicken = new ChickenArena(registryAsInterface(), token);
        MatrixArena long = deployed(GameTables.bargaining());
        MatrixArena short = deployed(GameTables.shortBargaining());
        uint256[] memory stated = new uint256[](2);
        for (uint256 i; i < 64; ++i) {
            (stated[0], stated[1]) = (i / 8, i % 8);
            assertEq(long.payoutsOf(300, stated), chicken.payoutsOf(300, stated));
            assertEq(short.payoutsOf(300, stated), chicken.payoutsOf(300, stated));
        }
        assertEq(long.prizeOf(2, 300), chicken.prizeOf(2, 300));
        assertEq(short.prizeOf(2, 300), chicken.prizeOf(2, 300));
    }

    function testFuzz_aShortTableIsWhatPublicGoodsArenaPlays(
        uint256 players,
        uint256 contribute,
        uint128 stake
    ) public {
        players = bound(players, 2, 16);
        MatrixArena short = deployed(GameTables.publicGood(players));
        PublicGoodsArena pot = new PublicGoodsArena(registryAsInterface(), token, 16_000);
        uint256 whole = bound(stake, 1, type(uint128).max / 80) * short.POINTS();
        uint256[] memory ours = new uint256[](players);
        uint256[] memory theirs = new uint256[](players);
        for (uint256 i; i < players; ++i) {
            theirs[i] = (contribute >> i) & 1;
            ours[i] = theirs[i] == 1 ? 2 : (contribute >> (16 + i)) & 1;
        }
        assertEq(short.payoutsOf(whole, ours), pot.payoutsOf(whole, theirs));
        assertEq(short.prizeOf(players, whole), pot.prizeOf(players, whole));
    }

    // ------------------------------------------------------------------ any table

    /// forge-config: unit.fuzz.runs = 100
    function testFuzz_aTableIsPaidAsItStands(uint256 seed) public {
        (GameTable memory game, int64[] memory points) = _random(seed);
        MatrixArena any = deployed(game);
        uint256 seats = game.actions.length;
        int256 best;
        uint256 row;
        for (; row * seats < points.length; ++row) {
            uint256[] memory stated = _statedIn(game, row);
            uint256[] memory payouts = any.payoutsOf(uint256(game.points) * 3, stated);
            int256 sum;
            for (uint256 i; i < seats; ++i) {
                int64 point = points[row * seats + i];
                assertEq(int256(payouts[i]), 3 * (int256(uint256(game.points)) + point));
                sum += point;
            }
            if (sum > best) best = sum;
        }
        assertEq(any.PRIZE(), uint256(best), "the most that all can win");
        assertEq(any.prizeOf(seats, uint256(game.points) * 3), 3 * uint256(best));
    }

    /// @dev A game of two or three, of one to four actions each in any order of the words.
    function _random(uint256 seed) private pure returns (GameTable memory game, int64[] memory points) {
        uint256 seats = 2 + seed % 2;
        game.words = new bytes32[](4);
        (game.words[0], game.words[1], game.words[2], game.words[3]) = ("a", "b", "c", "d");
        bytes[4] memory orders = [bytes(hex"02"), hex"0301", hex"000201", hex"03010002"];
        game.actions = new bytes[](seats);
        game.defaults = new bytes(seats);
        uint256 cells = seats;
        for (uint256 i; i < seats; ++i) {
            game.actions[i] = orders[(seed >> (8 + 2 * i)) % 4];
            cells *= game.actions[i].length;
        }
        game.points = uint64(1 + (seed >> 32) % 1000);
        points = new int64[](cells);
        for (uint256 i; i < cells; ++i) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, i)));
            points[i] = int64(uint64(drawn % (4 * game.points))) - int64(game.points);
            game.payoffs = GameTables.push(game.payoffs, points[i]);
        }
    }

    /// @dev What is stated in a profile, the last seat's action changing fastest.
    function _statedIn(GameTable memory game, uint256 row) private pure returns (uint256[] memory stated) {
        stated = new uint256[](game.actions.length);
        for (uint256 i = stated.length; i > 0; --i) {
            bytes memory own = game.actions[i - 1];
            stated[i - 1] = 1 << uint8(own[row % own.length]);
            row /= own.length;
        }
    }

    function test_numbersAreAsLargeAsInt64() public {
        GameTable memory game = GameTables.evening();
        game.points = type(uint64).max;
        for (uint256 i; i < 8; ++i) {
            game.payoffs[i] = i == 0 ? bytes1(0x80) : bytes1(0); // the first profile: -2^63, and
            game.payoffs[8 + i] = i == 0 ? bytes1(0x7f) : bytes1(0xff); // 2^63 - 1
        }
        MatrixArena large = deployed(game);
        uint256[] memory stated = new uint256[](2);
        (stated[0], stated[1]) = (OPERA, FOOTBALL);
        uint256[] memory payouts = large.payoutsOf(type(uint64).max, stated);
        assertEq(payouts[0], uint256(type(uint64).max) - 2 ** 63);
        assertEq(payouts[1], uint256(type(uint64).max) + 2 ** 63 - 1);
    }

    // ------------------------------------------------------------------ reading it

    function test_everybodyCanReadWhichGameItIs() public view {
        MatrixArena matrix = MatrixArena(address(arena));
        bytes32[] memory known = matrix.words();
        assertEq(known.length, 2);
        assertEq(known[0], bytes32("opera"));
        assertEq(known[1], bytes32("football"));
        (uint256[] memory actions, uint256 idle) = matrix.actionsOf(1);
        assertEq(actions.length, 2);
        assertEq(actions[0], 1);
        assertEq(actions[1], 0);
        assertEq(idle, 0);
        assertEq(matrix.SEATS(), 2);
        assertEq(matrix.POINTS(), 1);
        assertFalse(matrix.SYMMETRIC());
    }

    function test_theLastActionCanBeTheDefault() public {
        (, uint256 idle) = deployed(GameTables.bargaining()).actionsOf(0);
        assertEq(idle, 2);
    }

    function test_statementsStateByTheirFirstWord() public view {
        assertEq(arena.actionOf("Opera"), OPERA);
        assertEq(arena.actionOf("  FOOTBALL, or else"), FOOTBALL);
        assertEq(arena.actionOf("operas"), 0);
        assertEq(arena.actionOf("the opera"), 0);
        assertEq(arena.actionOf(""), 0);
    }

    function test_thirtyTwoWords() public {
        MatrixArena many = deployed(_manyWords(32));
        assertEq(many.actionOf("w00"), 1);
        assertEq(many.actionOf("W31 and more"), 1 << 31);
        _refused(_manyWords(33), "words");
    }

    function test_theTableIsNoProgram() public {
        address table = MatrixArena(address(arena)).TABLE();
        assertEq(table.code.length, 1 + 2 * 32 + 2 * 34 + 8 * 8);
        assertEq(table.code[0], bytes1(0));
        (bool done, bytes memory answer) = table.call(hex"ffffffff");
        assertTrue(done);
        assertEq(answer.length, 0);
    }

    // ------------------------------------------------------------------ terms

    function test_matchesHaveAsManyPlayersAsTheGame() public {
        expectBadTerms("players");
        create(terms(3, 7, 1000));
    }

    function test_aStakeIsSoManyPoints() public {
        use(GameTables.bargaining());
        expectBadTerms("stake");
        create(terms(2, 150, 1000));
    }

    function test_thePrizeIsWhatAllTogetherCouldGain() public {
        expectBadTerms("prize");
        create(terms(2, 7, 34));
        create(terms(2, 7, 35));
    }

    // ------------------------------------------------------------------ no game

    function test_aTableOfAnotherLengthIsNoGame() public {
        GameTable memory game = GameTables.evening();
        game.payoffs = GameTables.push(game.payoffs, 0);
        _refused(game, "payoffs");
        game.payoffs = new bytes(7 * 8);
        _refused(game, "payoffs");
        game.payoffs = new bytes(8 * 8 - 1);
        _refused(game, "payoffs");
        game = GameTables.shortBargaining();
        game.payoffs = GameTables.bargaining().payoffs;
        _refused(game, "payoffs");
    }

    function test_nobodyLosesMoreThanHePutUp() public {
        GameTable memory game = GameTables.bargaining();
        game.points = 99;
        _refused(game, "payoffs");
        game = GameTables.shortBargaining();
        game.points = 99;
        _refused(game, "payoffs");
    }

    function test_aStakeIsAtLeastAPoint() public {
        GameTable memory game = GameTables.evening();
        game.points = 0;
        _refused(game, "points");
    }

    function test_wordsAreWhatStatementsCanState() public {
        bytes32[6] memory bad = [bytes32(""), "Opera", "two words", " opera", "opera!", "football"];
        for (uint256 i; i < bad.length; ++i) {
            GameTable memory game = GameTables.evening();
            game.words[0] = bad[i];
            _refused(game, "words");
        }
        GameTable memory none = GameTables.evening();
        none.words = new bytes32[](0);
        _refused(none, "words");
    }

    function test_aWordMayHaveThirtyTwoBytes() public {
        GameTable memory game = GameTables.evening();
        game.words[0] = "abcdefghijklmnopqrstuvwxyz_01234";
        assertEq(deployed(game).actionOf("ABCDEFGHIJKLMNOPQRSTUVWXYZ_01234!"), 1);
    }

    function test_twoToSixteenPlay() public {
        GameTable memory game = GameTables.publicGood(2);
        game.actions = GameTables.alike(1, hex"0001");
        _refused(game, "players");
        _refused(GameTables.publicGood(17), "players");
    }

    function test_eachSeatHasActionsAndADefault() public {
        GameTable memory game = GameTables.evening();
        game.defaults = hex"00";
        _refused(game, "defaults");
        game.defaults = hex"0002";
        _refused(game, "defaults");
        game = GameTables.evening();
        game.actions[0] = "";
        _refused(game, "defaults");
        game.actions[0] = hex"0002"; // no such word
        _refused(game, "actions");
        game.actions[0] = hex"00ff";
        _refused(game, "actions");
        game.actions[0] = hex"0000"; // twice
        _refused(game, "actions");
    }

    function test_aShortTableIsForSeatsThatAreAlike() public {
        GameTable memory game = GameTables.shortBargaining();
        game.actions[1] = hex"000201";
        _refused(game, "symmetric");
        game = GameTables.shortBargaining();
        game.defaults = hex"0201";
        _refused(game, "symmetric");
    }

    function test_aTableFitsIntoOneContract() public {
        MatrixArena full = deployed(_large(8));
        assertEq(full.TABLE().code.length, 1 + 2 * 32 + 8 * 34 + 8 * 8 * 256);
        assertEq(full.prizeOf(8, 1), 8);
        _refused(_large(9), "size");
    }

    /// @dev A long table of so many players with two actions; everybody wins a point.
    function _large(uint256 seats) private pure returns (GameTable memory game) {
        game = GameTables.publicGood(seats);
        game.symmetric = false;
        game.points = 1;
        game.payoffs = new bytes(8 * seats << seats);
        for (uint256 i = 7; i < game.payoffs.length; i += 8) {
            game.payoffs[i] = 0x01;
        }
    }

    function _manyWords(uint256 count) private pure returns (GameTable memory game) {
        game = GameTables.evening();
        game.words = new bytes32[](count);
        for (uint256 i; i < count; ++i) {
            game.words[i] = bytes32(bytes.concat("w", bytes1(uint8(48 + i / 10)), bytes1(uint8(48 + i % 10))));
        }
    }

    function _refused(GameTable memory game, string memory what) private {
        vm.expectRevert(abi.encodeWithSelector(MatrixArena.MatrixArena_BadGame.selector, what));
        deployed(game);
    }
}
