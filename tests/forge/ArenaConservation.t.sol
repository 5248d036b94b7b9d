// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Arena, Stage, Terms} from "contracts/arenas/Arena.sol";
import {ChickenArena} from "contracts/arenas/ChickenArena.sol";
import {MatrixArena} from "contracts/arenas/MatrixArena.sol";
import {PublicGoodsArena} from "contracts/arenas/PublicGoodsArena.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {ArenaTest} from "./ArenaTest.sol";
import {GameTables} from "./GameTables.sol";

/// @notice Anybody does anything, in any order; the arena always holds exactly what it owes, and in the end nothing.
contract ArenaConservationTest is ArenaTest {
    uint256 private constant STEPS = 100;

    bytes32[] private _ids;
    CommitmentId[] private _entered;
    uint256 private _words;
    uint256 private _seed;
    mapping(bytes4 action => uint256) private _done;

    function newArena() internal override returns (Arena) {
        return new ChickenArena(registryAsInterface(), token);
    }

    /// forge-config: unit.fuzz.runs = 64
    function testFuzz_chicken(uint256 seed) public {
        _play(seed);
    }

    /// forge-config: unit.fuzz.runs = 64
    function testFuzz_publicGoods(uint256 seed) public {
        arena = new PublicGoodsArena(registryAsInterface(), token, 17_777);
        equip();
        _play(seed);
    }

    /// forge-config: unit.fuzz.runs = 64
    function testFuzz_matrix(uint256 seed) public {
        arena = new MatrixArena(registryAsInterface(), token, GameTables.bargaining());
        equip();
        _play(seed);
    }

    /// @dev What is drawn at random must also come about: else the tests above say nothing.
    function test_everyActionComesAbout() public {
        for (uint256 seed; seed < 20; ++seed) {
            _play(seed);
        }
        assertGt(_done[arena.join.selector], 30);
        assertGt(_done[arena.enter.selector], 30);
        assertGt(_done[arena.settle.selector], 10);
        assertGt(_done[arena.callOff.selector], 10);
        assertGt(_done[arena.withdraw.selector], 10);
        assertGt(_done[arena.deliver.selector], 10);
    }

    function _play(uint256 seed) private {
        _seed = seed;
        delete _ids;
        delete _entered;
        uint256 supply = token.totalSupply();
        for (uint256 i; i < STEPS; ++i) {
            _step();
            assertConserved(_ids);
        }
        _end();
        assertEq(token.balanceOf(address(arena)), 0, "something is left behind");
        uint256 sum;
        for (uint256 i; i < everybody.length; ++i) {
            sum += token.balanceOf(everybody[i]);
        }
        assertEq(sum, supply);
    }

    function _step() private {
        uint256 kind = _pick(11);
        address who = everybody[_pick(everybody.length)];
        if (kind == 0) _create();
        if (_ids.length == 0) return;
        bytes32 id = _ids[_pick(_ids.length)];
        address[] memory players = arena.matchOf(id).players;
        address player = _pick(4) == 0 ? who : players[_pick(players.length)];
        if (kind == 1 || kind == 2 || kind == 3) _try(player, abi.encodeCall(arena.join, (id)));
        if (kind == 4) _enter(id, player);
        for (uint256 i; kind == 5 && i < _entered.length; ++i) {
            registry.set(_entered[i], Phase(_pick(8) == 0 ? 1 + _pick(4) : 5 + _pick(7)));
        }
        if (kind == 6) vm.warp(block.timestamp + _pick(30));
        for (uint256 i; kind == 7 && i < _ids.length; ++i) {
            _try(who, abi.encodeCall(arena.settle, (_ids[i])));
        }
        if (kind == 8) _try(who, abi.encodeCall(arena.callOff, (id)));
        if (kind == 9) _try(who, abi.encodeCall(arena.withdraw, (everybody[_pick(everybody.length)])));
        if (kind == 10) _try(stranger, abi.encodeCall(arena.deliver, (who)));
    }

    /// @dev Everything becomes final, times pass, everybody is paid.
    function _end() private {
        for (uint256 i; i < _entered.length; ++i) {
            registry.set(_entered[i], _pick(2) == 0 ? Phase.Kept : Phase.RevertedByDecision);
        }
        vm.warp(block.timestamp + 1000);
        for (uint256 i; i < _ids.length; ++i) {
            Stage stage = arena.matchOf(_ids[i]).stage;
            if (stage == Stage.Open) arena.callOff(_ids[i]);
            if (stage == Stage.Running) arena.settle(_ids[i]);
            assertConserved(_ids);
        }
        for (uint256 i; i < everybody.length; ++i) {
            if (arena.owed(everybody[i]) != 0) arena.deliver(everybody[i]);
        }
    }

    function _create() private {
        Terms memory t = terms(2, uint128(100 * (1 + _pick(5))), 0);
        t.prize = uint128(arena.prizeOf(2, t.stake) + _pick(3));
        t.stakesUntil = uint40(block.timestamp + _pick(60));
        t.entriesUntil = uint40(t.stakesUntil + _pick(60));
        t.salt = bytes32(++_words);
        t.players[_pick(2)] = [carol, dave, sponsor, losses][_pick(4)];
        _ids.push(create(t));
    }

    function _enter(bytes32 id, address who) private {
        bool isChicken = arena.actionOf("Dare") != 0;
        string[3] memory words = isChicken ? ["Dare ", "Stop ", "Swerve "] : ["Contribute ", "contribute ", "Nothing "];
        bytes memory statement = abi.encodePacked(words[_pick(3)], vm.toString(++_words));
        CommitmentId c = publish(id, who, statement);
        if (_try(stranger, abi.encodeCall(arena.enter, (id, who, PLAIN, statement)))) _entered.push(c);
    }

    function _try(address who, bytes memory data) private returns (bool done) {
        vm.prank(who);
        (done,) = address(arena).call(data);
        if (done) ++_done[bytes4(data)];
    }

    function _pick(uint256 count) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % count;
    }
}
