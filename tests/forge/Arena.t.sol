// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Arena, Entry, Stage, Terms} from "contracts/arenas/Arena.sol";
import {ArenaTemplate} from "contracts/arenas/ArenaTemplate.sol";
import {IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ArenaTest} from "./ArenaTest.sol";

/// @notice A game that scores wrongly, as asked to.
contract BrokenArena is Arena {
    uint256 private immutable COUNT;
    uint256 private immutable EACH;

    constructor(IBoomerang registry, IERC20 token, uint256 count, uint256 each) Arena(registry, token) {
        COUNT = count;
        EACH = each;
    }

    function actionOf(bytes memory) public pure override returns (uint32) {
        return 0;
    }

    function prizeOf(uint256, uint256) public pure override returns (uint256) {
        return 0;
    }

    function payoutsOf(uint256, uint256[] memory) public view override returns (uint256[] memory payouts) {
        payouts = new uint256[](COUNT);
        for (uint256 i; i < COUNT; ++i) {
            payouts[i] = EACH;
        }
    }
}

/// @notice What all arenas share, with the template's game: whoever keeps "Yes" gets his stake back.
contract ArenaLifeTest is ArenaTest {
    function newArena() internal virtual override returns (Arena) {
        return new ArenaTemplate(registryAsInterface(), token);
    }

    // ------------------------------------------------------------------ a whole life

    function test_stakesGoToWhomTheGameGivesThem() public {
        Terms memory t = terms(3, 100, 50);
        bytes32 id = create(t);
        assertStage(id, Stage.Open);
        assertConserved(id);
        join(id, alice);
        join(id, bob);
        assertStage(id, Stage.Open);
        assertConserved(id);
        join(id, carol);
        assertStage(id, Stage.Running);
        assertTrue(arena.hasJoined(id, carol));
        assertFalse(arena.hasJoined(id, dave));
        assertEq(token.balanceOf(address(arena)), 350);
        keep(id, alice, "Yes.");
        enter(id, bob, "yes", Phase.RevertedByDecision);
        settle(id);
        assertStage(id, Stage.Over);
        assertConserved(id);
        assertEq(arena.owed(alice), 100);
        assertEq(arena.owed(bob), 0);
        assertEq(arena.owed(carol), 0, "silent");
        assertEq(arena.owed(sponsor), 50, "unwon");
        assertEq(arena.owed(losses), 200);

        vm.prank(alice);
        arena.withdraw(dave);
        arena.deliver(losses);
        arena.deliver(sponsor);
        assertEq(token.balanceOf(dave), PURSE + 100);
        assertEq(token.balanceOf(losses), 200);
        assertEq(token.balanceOf(sponsor), PURSE);
        assertEq(token.balanceOf(address(arena)), 0);
    }

    function test_everythingIsInTheEvents() public {
        Terms memory t = terms(2, 100, 0);
        bytes32 id = arena.matchId(sponsor, t);
        vm.expectEmit(address(arena));
        emit Arena.Created(id, sponsor, t);
        create(t);
        vm.expectEmit(address(arena));
        emit Arena.Joined(id, alice);
        join(id, alice);
        join(id, bob);
        CommitmentId c = publish(id, alice, "yes");
        vm.expectEmit(address(arena));
        emit Arena.Entered(id, alice, c, 1);
        arena.enter(id, alice, PLAIN, "yes");
        registry.set(c, Phase.Kept);
        vm.warp(ENTRIES_UNTIL + 1);
        uint256[] memory stated = new uint256[](2);
        uint256[] memory payouts = new uint256[](2);
        (stated[0], payouts[0]) = (1, 100);
        vm.expectEmit(address(arena));
        emit Arena.Settled(id, stated, payouts);
        arena.settle(id);
        vm.expectEmit(address(arena));
        emit Arena.Withdrawn(alice, alice, 100);
        arena.deliver(alice);
    }

    function test_whatIsKnownOfAMatchCanBeRead() public {
        Terms memory t = terms(2, 100, 3);
        bytes32 id = create(t);
        Arena.Match memory m = arena.matchOf(id);
        assertEq(abi.encode(m.players), abi.encode(t.players));
        assertEq(m.sponsor, sponsor);
        assertEq(m.lossesTo, losses);
        assertEq(m.stake, 100);
        assertEq(m.prize, 3);
        assertEq(m.stakesUntil, STAKES_UNTIL);
        assertEq(m.entriesUntil, ENTRIES_UNTIL);
        assertEq(address(arena.REGISTRY()), address(registry));
        assertEq(address(arena.TOKEN()), address(token));
    }

    function test_theGameCanBeAsked() public view {
        uint256[] memory stated = new uint256[](2);
        stated[1] = 1;
        assertEq(arena.actionOf("Yes"), 1);
        assertEq(arena.prizeOf(2, 100), 0);
        assertEq(arena.payoutsOf(100, stated)[0], 0);
        assertEq(arena.payoutsOf(100, stated)[1], 100);
    }

    // ------------------------------------------------------------------ creation

    function test_theIdIsThatOfChainArenaSponsorAndTerms() public {
        Terms memory t = terms(2, 100, 0);
        bytes32 id = keccak256(abi.encode(block.chainid, address(arena), sponsor, t));
        assertEq(arena.matchId(sponsor, t), id);
        assertEq(create(t), id);
        assertNotEq(arena.matchId(stranger, t), id);
        t.salt = "another";
        assertNotEq(create(t), id);
    }

    function test_aMatchIsMadeOnce() public {
        Terms memory t = terms(2, 100, 0);
        bytes32 id = create(t);
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_AlreadyCreated.selector, id));
        create(t);
    }

    function test_twoToSixteenPlay() public {
        Terms memory t = terms(1, 100, 0);
        expectBadTerms("players");
        create(t);
        t.players = new address[](17);
        for (uint160 i; i < 17; ++i) {
            t.players[i] = address(i + 1);
        }
        expectBadTerms("players");
        create(t);
        assembly {
            mstore(mload(t), 16)
        }
        create(t);
    }

    function test_aPlayerPlaysOnceAndIsSomebody() public {
        Terms memory t = terms(3, 100, 0);
        t.players[2] = alice;
        expectBadTerms("players");
        create(t);
        t.players[2] = address(0);
        expectBadTerms("players");
        create(t);
    }

    function test_nothingIsPlayedForNothing() public {
        Terms memory t = terms(2, 0, 0);
        expectBadTerms("stake");
        create(t);
    }

    function test_timesLieAheadInTheirOrder() public {
        Terms memory t = terms(2, 100, 0);
        t.stakesUntil = uint40(START - 1);
        expectBadTerms("stakesUntil");
        create(t);
        t.stakesUntil = uint40(START);
        t.entriesUntil = uint40(START - 1);
        expectBadTerms("entriesUntil");
        create(t);
        t.entriesUntil = uint40(START);
        create(t);
    }

    function test_lossesGoToSomebody() public {
        Terms memory t = terms(2, 100, 0);
        t.lossesTo = address(0);
        expectBadTerms("lossesTo");
        create(t);
    }

    // ------------------------------------------------------------------ joining

    function test_onlyPlayersJoinAndOnce() public {
        bytes32 id = create(terms(2, 100, 0));
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_NotAPlayer.selector, id, stranger));
        join(id, stranger);
        join(id, alice);
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_AlreadyJoined.selector, id, alice));
        join(id, alice);
        join(id, bob);
        expectStage(id, Stage.Running);
        join(id, alice);
    }

    function test_joiningEndsInItsLastSecond() public {
        bytes32 id = create(terms(2, 100, 0));
        vm.warp(STAKES_UNTIL);
        join(id, alice);
        vm.warp(STAKES_UNTIL + 1);
        expectTooLate(id, STAKES_UNTIL + 1);
        join(id, bob);
    }

    function test_noMatchNoJoining() public {
        expectStage("none", Stage.None);
        join("none", alice);
    }

    // ------------------------------------------------------------------ a match that never starts

    function test_whatIsNotJoinedInTimeGoesHome() public {
        bytes32 id = create(terms(3, 100, 40));
        join(id, alice);
        join(id, carol);
        vm.warp(STAKES_UNTIL);
        expectTooEarly(id, STAKES_UNTIL + 1);
        arena.callOff(id);
        vm.warp(STAKES_UNTIL + 1);
        expectStage(id, Stage.Open);
        arena.settle(id);
        vm.expectEmit(address(arena));
        emit Arena.CalledOff(id);
        vm.prank(stranger);
        arena.callOff(id);
        assertStage(id, Stage.Over);
        assertConserved(id);
        assertEq(arena.owed(alice), 100);
        assertEq(arena.owed(bob), 0);
        assertEq(arena.owed(carol), 100);
        assertEq(arena.owed(sponsor), 40);
        expectStage(id, Stage.Over);
        arena.callOff(id);
    }

    function test_whatHasStartedIsNotCalledOff() public {
        bytes32 id = start(terms(2, 100, 0));
        vm.warp(STAKES_UNTIL + 1);
        expectStage(id, Stage.Running);
        arena.callOff(id);
    }

    // ------------------------------------------------------------------ entering

    function test_anybodyEntersAPlayersCommitment() public {
        bytes32 id = create(terms(2, 100, 0));
        CommitmentId before = enter(id, bob, "yes", Phase.Tentative);
        join(id, alice);
        join(id, bob);
        CommitmentId during = enter(id, bob, "Yes!", Phase.Sealed);
        Entry[] memory entries = arena.entriesOf(id, bob);
        assertEq(entries.length, 2);
        assertEq(CommitmentId.unwrap(entries[0].id), CommitmentId.unwrap(before));
        assertEq(CommitmentId.unwrap(entries[1].id), CommitmentId.unwrap(during));
        assertEq(entries[1].action, 1);
    }

    function test_aStatementBesideClausesIsRead() public {
        bytes32 id = start(terms(2, 100, 0));
        bytes memory body = abi.encodePacked(uint16(3), "yesterday and whatever else is in the clauses");
        publish(id, alice, WITH_CLAUSES, body);
        arena.enter(id, alice, WITH_CLAUSES, body);
        assertEq(arena.entriesOf(id, alice)[0].action, 1);
    }

    function test_anothersCommitmentIsNotAPlayers() public {
        bytes32 id = start(terms(2, 100, 0));
        publish(id, stranger, "yes");
        CommitmentId asAlice = idOf(id, alice, PLAIN, "yes");
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_UnknownCommitment.selector, asAlice));
        arena.enter(id, alice, PLAIN, "yes");
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_NotAPlayer.selector, id, stranger));
        arena.enter(id, stranger, PLAIN, "yes");
    }

    function test_aCommitmentAboutSomethingElseDoesNotCount() public {
        bytes32 id = start(terms(2, 100, 0));
        publish("topic", alice, "yes");
        CommitmentId here = idOf(id, alice, PLAIN, "yes");
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_UnknownCommitment.selector, here));
        arena.enter(id, alice, PLAIN, "yes");
    }

    function test_oneCommitmentCountsInOneMatchAndOnce() public {
        Terms memory t = terms(2, 100, 0);
        bytes32 id = start(t);
        t.salt = "another";
        bytes32 other = start(t);
        CommitmentId c = enter(id, alice, "yes", Phase.Tentative);
        CommitmentId there = idOf(other, alice, PLAIN, "yes");
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_UnknownCommitment.selector, there));
        arena.enter(other, alice, PLAIN, "yes");
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_AlreadyEntered.selector, c));
        arena.enter(id, alice, PLAIN, "yes");
    }

    function test_anotherStatementThanThePublishedOneIsUnknown() public {
        bytes32 id = start(terms(2, 100, 0));
        publish(id, alice, "yes");
        CommitmentId otherwise = idOf(id, alice, PLAIN, "Yes");
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_UnknownCommitment.selector, otherwise));
        arena.enter(id, alice, PLAIN, "Yes");
    }

    function test_whatStatesNothingIsRefused() public {
        bytes32 id = start(terms(2, 100, 0));
        CommitmentId c = publish(id, alice, "maybe");
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_StatesNoAction.selector, c));
        arena.enter(id, alice, PLAIN, "maybe");
    }

    function test_eightEntriesOfAPlayer() public {
        bytes32 id = start(terms(2, 100, 0));
        bytes memory statement = "yes ";
        for (uint256 i; i < 8; ++i) {
            enter(id, alice, statement, Phase.Tentative);
            statement = abi.encodePacked(statement, "!");
        }
        publish(id, alice, statement);
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_TooManyEntries.selector, alice));
        arena.enter(id, alice, PLAIN, statement);
        keep(id, bob, "yes"); // his own are not counted among hers
    }

    function test_enteringEndsInItsLastSecond() public {
        bytes32 id = start(terms(2, 100, 0));
        vm.warp(ENTRIES_UNTIL);
        keep(id, alice, "yes");
        publish(id, bob, "yes");
        vm.warp(ENTRIES_UNTIL + 1);
        expectTooLate(id, ENTRIES_UNTIL + 1);
        arena.enter(id, bob, PLAIN, "yes");
        arena.settle(id);
        expectStage(id, Stage.Over);
        arena.enter(id, bob, PLAIN, "yes");
    }

    // ------------------------------------------------------------------ settling

    function test_nothingIsPaidBeforeEverythingIsFinal() public {
        bytes32 id = start(terms(2, 100, 0));
        CommitmentId a = enter(id, alice, "yes", Phase.Kept);
        CommitmentId b = enter(id, bob, "yes", Phase.Tentative);
        vm.warp(ENTRIES_UNTIL + 1);
        for (uint8 p = uint8(Phase.Tentative); p < uint8(Phase.Kept); ++p) {
            registry.set(b, Phase(p));
            vm.expectRevert(abi.encodeWithSelector(Arena.Arena_NotFinal.selector, b));
            arena.settle(id);
        }
        registry.set(a, Phase.Pending);
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_NotFinal.selector, a));
        arena.settle(id);
        registry.set(a, Phase.Kept);
        for (uint8 p = uint8(Phase.RevertedByDecision); p <= uint8(Phase.InvalidDecision); ++p) {
            uint256 snapshot = vm.snapshotState();
            registry.set(b, Phase(p));
            arena.settle(id);
            assertEq(arena.owed(alice), 100);
            assertEq(arena.owed(bob), 0);
            vm.revertToState(snapshot);
        }
    }

    function test_settlingWaitsForTheLastEntry() public {
        bytes32 id = start(terms(2, 100, 0));
        keep(id, alice, "yes");
        vm.warp(ENTRIES_UNTIL);
        expectTooEarly(id, ENTRIES_UNTIL + 1);
        arena.settle(id);
    }

    function test_aMatchIsSettledOnce() public {
        bytes32 id = start(terms(2, 100, 0));
        settle(id);
        expectStage(id, Stage.Over);
        arena.settle(id);
        expectStage("none", Stage.None);
        arena.settle("none");
    }

    function test_oneMatchDoesNotPayForAnother() public {
        Terms memory t = terms(2, 100, 7);
        bytes32[] memory ids = new bytes32[](2);
        ids[0] = start(t);
        t.salt = "another";
        ids[1] = start(t);
        keep(ids[0], alice, "yes");
        settle(ids[0]);
        assertConserved(ids);
        assertEq(token.balanceOf(address(arena)), 2 * 207);
        arena.deliver(losses);
        settle(ids[1]);
        assertConserved(ids);
        assertEq(token.balanceOf(losses), 100);
        assertEq(arena.owed(losses), 200);
    }

    // ------------------------------------------------------------------ games that score wrongly

    function test_aGameThatGivesTooMuchGivesNothing() public {
        _calledOff(2, 101 + 10);
        _calledOff(2, type(uint256).max);
    }

    function test_aGameThatForgetsSomebodyGivesNothing() public {
        _calledOff(1, 1);
        _calledOff(3, 1);
    }

    function test_aGameMayGiveEverything() public {
        arena = new BrokenArena(registryAsInterface(), token, 2, 110);
        equip();
        bytes32 id = start(terms(2, 100, 20));
        settle(id);
        assertEq(arena.owed(alice), 110);
        assertEq(arena.owed(bob), 110);
        assertEq(arena.owed(sponsor), 0);
        assertConserved(id);
    }

    function _calledOff(uint256 count, uint256 each) private {
        vm.warp(START);
        arena = new BrokenArena(registryAsInterface(), token, count, each);
        equip();
        bytes32 id = start(terms(2, 100, 21));
        vm.warp(ENTRIES_UNTIL + 1);
        vm.expectEmit(address(arena));
        emit Arena.CalledOff(id);
        arena.settle(id);
        assertStage(id, Stage.Over);
        assertEq(arena.owed(alice), 100);
        assertEq(arena.owed(bob), 100);
        assertEq(arena.owed(sponsor), 21);
        assertConserved(id);
    }

    // ------------------------------------------------------------------ credits

    function test_nobodyTakesWhatIsNotOwed() public {
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_NothingOwed.selector, alice));
        arena.deliver(alice);
        bytes32 id = start(terms(2, 100, 0));
        keep(id, alice, "yes");
        settle(id);
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_NothingOwed.selector, stranger));
        vm.prank(stranger);
        arena.withdraw(stranger);
        vm.prank(alice);
        arena.withdraw(alice);
        vm.expectRevert(abi.encodeWithSelector(Arena.Arena_NothingOwed.selector, alice));
        vm.prank(alice);
        arena.withdraw(alice);
    }
}
