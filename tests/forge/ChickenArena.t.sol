// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Arena, Terms} from "contracts/arenas/Arena.sol";
import {ChickenArena} from "contracts/arenas/ChickenArena.sol";
import {Phase} from "contracts/types/Phase.sol";
import {ArenaTest} from "./ArenaTest.sol";

contract ChickenArenaTest is ArenaTest {
    uint128 private constant STAKE = 100;
    uint128 private constant PRIZE = 10;

    function newArena() internal override returns (Arena) {
        return new ChickenArena(registryAsInterface(), token);
    }

    // ------------------------------------------------------------------ the worked examples

    function test_exampleOne() public {
        bytes32 id = start(terms(2, STAKE, PRIZE));
        enter(id, alice, "Dare", Phase.Kept);
        enter(id, bob, "Dare", Phase.RevertedByDecision);
        _pays(id, 10, -20);
    }

    function test_exampleTwoMended() public {
        bytes32 id = start(terms(2, STAKE, PRIZE));
        enter(id, alice, "Dare", Phase.RevertedByDecision);
        enter(id, bob, "Dare", Phase.RevertedByDecision);
        enter(id, bob, "Stop, say Alice is the more badass, pay her 1", Phase.Kept);
        _pays(id, 10, 0);
    }

    function test_exampleTwoToTheLetter() public {
        bytes32 id = start(terms(2, STAKE, PRIZE));
        enter(id, alice, "Dare", Phase.RevertedByDecision);
        enter(id, bob, "Dare", Phase.Kept);
        enter(id, bob, "Stop, say Alice is the more badass, pay her 1", Phase.Kept);
        _pays(id, -20, 10);
    }

    function test_whoStaysSilentSwerves() public {
        bytes32 id = start(terms(2, STAKE, PRIZE));
        enter(id, alice, "Dare", Phase.Unrevealed);
        enter(id, bob, "Dare", Phase.Kept);
        _pays(id, -20, 10);
    }

    // ------------------------------------------------------------------ every meeting

    function test_everyMeeting() public {
        bytes[3] memory words = [bytes("Dare"), "Stop", "Swerve"];
        int256[9] memory table = [int256(-100), 10, 10, -20, 0, 0, -20, 10, 0];
        for (uint256 i; i < 9; ++i) {
            uint256 snapshot = vm.snapshotState();
            bytes32 id = start(terms(2, STAKE, PRIZE));
            keep(id, alice, words[i / 3]);
            keep(id, bob, words[i % 3]);
            _pays(id, table[i], table[(i % 3) * 3 + i / 3]);
            vm.revertToState(snapshot);
        }
    }

    function test_payoffsAreInHundredths() public view {
        ChickenArena chicken = ChickenArena(address(arena));
        assertEq(chicken.payoff(chicken.DARE(), chicken.DARE()), -100);
        assertEq(chicken.payoff(chicken.STOP(), chicken.DARE()), -20);
        assertEq(chicken.payoff(chicken.SWERVE(), chicken.STOP()), 10);
    }

    function test_theMostRecklessCounts() public view {
        ChickenArena chicken = ChickenArena(address(arena));
        assertEq(chicken.moveOf(0), chicken.SWERVE());
        assertEq(chicken.moveOf(4), chicken.SWERVE());
        assertEq(chicken.moveOf(4 | 2), chicken.STOP());
        assertEq(chicken.moveOf(2), chicken.STOP());
        assertEq(chicken.moveOf(4 | 1), chicken.DARE());
        assertEq(chicken.moveOf(4 | 2 | 1), chicken.DARE());
    }

    function test_aLargerStakeIsWorthMore() public {
        bytes32 id = start(terms(2, 300, 30));
        keep(id, alice, "Dare");
        settle(id);
        assertEq(arena.owed(alice), 330);
        assertEq(arena.owed(bob), 240);
        assertEq(arena.owed(sponsor), 30);
        assertEq(arena.owed(losses), 30);
    }

    // ------------------------------------------------------------------ where the money comes from

    function test_aCrashGoesToWhomTheTermsName() public {
        bytes32 id = start(terms(2, STAKE, PRIZE));
        keep(id, alice, "Dare");
        keep(id, bob, "Dare");
        settle(id);
        assertEq(arena.owed(losses), 200);
        assertEq(arena.owed(sponsor), PRIZE);
    }

    function test_aGainWithoutALossIsThePrize() public {
        bytes32 id = start(terms(2, STAKE, PRIZE));
        keep(id, bob, "Stop");
        settle(id);
        assertEq(arena.owed(alice), 110);
        assertEq(arena.owed(bob), 100);
        assertEq(arena.owed(sponsor), 0);
        assertEq(arena.owed(losses), 0);
    }

    function test_chickenIsForTwoWhoCanLoseAHundred() public {
        expectBadTerms("players");
        create(terms(3, STAKE, PRIZE));
        expectBadTerms("stake");
        create(terms(2, STAKE + 1, PRIZE));
        expectBadTerms("prize");
        create(terms(2, STAKE, PRIZE - 1));
        expectBadTerms("prize");
        create(terms(2, 2 * STAKE, 2 * PRIZE - 1));
        create(terms(2, 2 * STAKE, 2 * PRIZE));
    }

    function testFuzz_neverMoreThanWasPutUp(uint128 stake, uint256 one, uint256 other) public view {
        uint256 whole = uint256(stake) / 100 * 100;
        uint256[] memory stated = new uint256[](2);
        (stated[0], stated[1]) = (one, other);
        uint256[] memory payouts = arena.payoutsOf(whole, stated);
        assertLe(payouts[0] + payouts[1], 2 * whole + arena.prizeOf(2, whole));
    }

    // ------------------------------------------------------------------ words

    function test_whatAStatementStates() public view {
        assertEq(arena.actionOf("Dare"), 1);
        assertEq(arena.actionOf("DARE!"), 1);
        assertEq(arena.actionOf(" \"dare, or die\""), 1);
        assertEq(arena.actionOf("stop"), 2);
        assertEq(arena.actionOf("Swerve\n"), 4);
        assertEq(arena.actionOf("Dared"), 0);
        assertEq(arena.actionOf("dare_"), 0);
        assertEq(arena.actionOf("dare2"), 0);
        assertEq(arena.actionOf(unicode"dareé"), 0);
        assertEq(arena.actionOf("I dare"), 0);
        assertEq(arena.actionOf(""), 0);
        assertEq(arena.actionOf("..."), 0);
        assertEq(arena.actionOf("da\x00re"), 0);
    }

    function test_aWordOfThirtyTwoLettersIsAWordAndALongerOneIsNone() public view {
        assertEq(arena.actionOf("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0);
        assertEq(arena.actionOf("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0);
        assertEq(arena.actionOf("stopaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 0);
    }

    function _pays(bytes32 id, int256 toAlice, int256 toBob) private {
        settle(id);
        assertConserved(id);
        _deliver(alice);
        _deliver(bob);
        assertEq(int256(token.balanceOf(alice)) - int256(PURSE), toAlice, "alice");
        assertEq(int256(token.balanceOf(bob)) - int256(PURSE), toBob, "bob");
        assertConserved(id);
    }

    function _deliver(address account) private {
        if (arena.owed(account) != 0) arena.deliver(account);
    }
}
