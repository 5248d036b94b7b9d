// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Arena, Entry, Stage, Terms} from "contracts/arenas/Arena.sol";
import {IBoomerang, Key} from "contracts/interfaces/IBoomerang.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Test} from "forge-std/Test.sol";

/// @notice As much of a registry as an arena reads, with outcomes to order.
contract PlainRegistry {
    mapping(CommitmentId id => Phase) private _phases;

    function set(CommitmentId id, Phase phase_) external {
        _phases[id] = phase_;
    }

    function commitmentId(Key calldata key) external view returns (CommitmentId) {
        return CommitmentId.wrap(bytes25(keccak256(abi.encode(address(this), key))));
    }

    function phase(CommitmentId id) external view returns (Phase current, uint256 nextDeadline) {
        return (_phases[id], 0);
    }

    function kept(CommitmentId id) external view returns (bool isFinal, bool isKept) {
        return (_phases[id] >= Phase.Kept, _phases[id] == Phase.Kept);
    }
}

/// @notice A registry to order, a token, and the actions on an arena in short.
abstract contract ArenaTest is Test {
    uint256 internal constant START = 1_800_000_000;
    uint40 internal constant STAKES_UNTIL = uint40(START + 100);
    uint40 internal constant ENTRIES_UNTIL = uint40(START + 200);
    uint256 internal constant PURSE = 1_000_000;
    Stake internal constant PLAIN = Stake.wrap(7);
    Stake internal constant WITH_CLAUSES = Stake.wrap(0x0100000000000007);

    PlainRegistry internal registry;
    TestToken internal token;
    Arena internal arena;

    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal dave = makeAddr("dave");
    address internal sponsor = makeAddr("sponsor");
    address internal losses = makeAddr("losses");
    address internal stranger = makeAddr("stranger");
    address[] internal everybody = [alice, bob, carol, dave, sponsor, losses, stranger];

    function setUp() public virtual {
        vm.warp(START);
        registry = new PlainRegistry();
        token = new TestToken("Test Token", "TEST");
        arena = newArena();
        equip();
    }

    function newArena() internal virtual returns (Arena);

    /// @dev A purse each, which the arena may take from.
    function equip() internal {
        for (uint256 i; i < everybody.length; ++i) {
            if (everybody[i] != losses) token.mint(everybody[i], PURSE);
            vm.prank(everybody[i]);
            token.approve(address(arena), type(uint256).max);
        }
    }

    function terms(uint256 players, uint128 stake, uint128 prize) internal view returns (Terms memory t) {
        t.players = new address[](players);
        for (uint256 i; i < players; ++i) {
            t.players[i] = everybody[i];
        }
        t.stake = stake;
        t.prize = prize;
        t.stakesUntil = STAKES_UNTIL;
        t.entriesUntil = ENTRIES_UNTIL;
        t.lossesTo = losses;
    }

    function create(Terms memory t) internal returns (bytes32) {
        vm.prank(sponsor);
        return arena.create(t);
    }

    function join(bytes32 id, address player) internal {
        vm.prank(player);
        arena.join(id);
    }

    /// @dev A match that everybody has joined.
    function start(Terms memory t) internal returns (bytes32 id) {
        id = create(t);
        for (uint256 i; i < t.players.length; ++i) {
            join(id, t.players[i]);
        }
    }

    function idOf(bytes32 topic, address player, Stake stake, bytes memory body) internal view returns (CommitmentId) {
        return registry.commitmentId(Key(player, stake, keccak256(abi.encode(topic, keccak256(body)))));
    }

    function publish(bytes32 topic, address player, bytes memory body) internal returns (CommitmentId id) {
        return publish(topic, player, PLAIN, body);
    }

    function publish(bytes32 topic, address player, Stake stake, bytes memory body) internal returns (CommitmentId id) {
        id = idOf(topic, player, stake, body);
        registry.set(id, Phase.Tentative);
    }

    /// @dev Published, entered, and final in this way.
    function enter(
        bytes32 id,
        address player,
        bytes memory statement,
        Phase outcome
    ) internal returns (CommitmentId c) {
        c = publish(id, player, statement);
        vm.prank(stranger);
        assertEq(CommitmentId.unwrap(arena.enter(id, player, PLAIN, statement)), CommitmentId.unwrap(c));
        registry.set(c, outcome);
    }

    function keep(bytes32 id, address player, bytes memory statement) internal {
        enter(id, player, statement, Phase.Kept);
    }

    function settle(bytes32 id) internal {
        vm.warp(ENTRIES_UNTIL + 1);
        vm.prank(stranger);
        arena.settle(id);
    }

    function assertStage(bytes32 id, Stage stage) internal view {
        assertEq(uint256(arena.matchOf(id).stage), uint256(stage), "stage");
    }

    /// @dev What the arena holds is what it owes: matches that are not over, and credits.
    function assertConserved(bytes32[] memory ids) internal view {
        uint256 sum;
        for (uint256 i; i < ids.length; ++i) {
            Arena.Match memory m = arena.matchOf(ids[i]);
            if (m.stage == Stage.Open || m.stage == Stage.Running) sum += m.prize + uint256(m.joined) * m.stake;
        }
        for (uint256 i; i < everybody.length; ++i) {
            sum += arena.owed(everybody[i]);
        }
        assertEq(token.balanceOf(address(arena)), sum, "conservation");
    }

    function assertConserved(bytes32 id) internal view {
        bytes32[] memory ids = new bytes32[](1);
        ids[0] = id;
        assertConserved(ids);
    }

    function expectStage(bytes32 id, Stage stage) internal {
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_WrongStage.selector, id, stage));
    }

    function expectBadTerms(string memory name) internal {
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_BadTerms.selector, name));
    }

    function expectTooEarly(bytes32 id, uint256 opensAt) internal {
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_TooEarly.selector, id, opensAt, block.timestamp));
    }

    function expectTooLate(bytes32 id, uint256 closedAt) internal {
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_TooLate.selector, id, closedAt, block.timestamp));
    }

    function registryAsInterface() internal view returns (IBoomerang) {
        return IBoomerang(address(registry));
    }
}
