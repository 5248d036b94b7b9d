// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Arena} from "contracts/arenas/Arena.sol";
import {PublicGoodsArena} from "contracts/arenas/PublicGoodsArena.sol";
import {Phase} from "contracts/types/Phase.sol";
import {ArenaTest} from "./ArenaTest.sol";

contract PublicGoodsArenaTest is ArenaTest {
    function newArena() internal override returns (Arena) {
        return new PublicGoodsArena(registryAsInterface(), token, 16_000);
    }

    function test_everybodySharesWhatContributorsPutIn() public {
        bytes32 id = start(terms(4, 100, 240));
        keep(id, alice, "Contribute");
        keep(id, bob, "contribute everything");
        enter(id, carol, "Contribute", Phase.RevertedByDecision);
        settle(id);
        // 200 become 320, a share is 80
        assertEq(arena.owed(alice), 80);
        assertEq(arena.owed(bob), 80);
        assertEq(arena.owed(carol), 180);
        assertEq(arena.owed(dave), 180);
        assertEq(arena.owed(sponsor), 120);
        assertEq(arena.owed(losses), 0);
        assertConserved(id);
    }

    function test_allContributeAndThePrizeIsGone() public {
        bytes32 id = start(terms(4, 100, 240));
        for (uint256 i; i < 4; ++i) {
            keep(id, everybody[i], "Contribute");
        }
        settle(id);
        for (uint256 i; i < 4; ++i) {
            assertEq(arena.owed(everybody[i]), 160);
        }
        assertEq(arena.owed(sponsor), 0);
        assertConserved(id);
    }

    function test_nobodyContributesAndNothingMoves() public {
        bytes32 id = start(terms(4, 100, 240));
        settle(id);
        for (uint256 i; i < 4; ++i) {
            assertEq(arena.owed(everybody[i]), 100);
        }
        assertEq(arena.owed(sponsor), 240);
    }

    function test_whatDoesNotDivideIsTheSponsors() public {
        bytes32 id = start(terms(3, 101, 182));
        keep(id, alice, "Contribute");
        settle(id);
        // 101 become 161, a share is 53
        assertEq(arena.owed(alice), 53);
        assertEq(arena.owed(bob), 154);
        assertEq(arena.owed(carol), 154);
        assertEq(arena.owed(sponsor), 182 - (161 - 101) + 2);
        assertConserved(id);
    }

    function test_withoutAPrizeWhatDoesNotDivideIsLost() public {
        arena = new PublicGoodsArena(registryAsInterface(), token, 10_000);
        equip();
        bytes32 id = start(terms(3, 100, 0));
        keep(id, alice, "Contribute");
        settle(id);
        assertEq(arena.owed(alice), 33);
        assertEq(arena.owed(losses), 1);
        assertConserved(id);
    }

    function test_onlyContributingIsStated() public view {
        assertEq(arena.actionOf("Contribute!"), 1);
        assertEq(arena.actionOf("withhold"), 0);
    }

    function test_theFactorHasBounds() public {
        _badFactor(9_999);
        _badFactor(160_001);
        assertEq(new PublicGoodsArena(registryAsInterface(), token, 10_000).FACTOR(), 10_000);
        assertEq(new PublicGoodsArena(registryAsInterface(), token, 160_000).FACTOR(), 160_000);
    }

    function test_thePrizeIsWhatAllTogetherCouldGain() public {
        expectBadTerms("prize");
        create(terms(4, 100, 239));
        create(terms(4, 100, 240));
    }

    function testFuzz_neverMoreThanWasPutUp(
        uint256 factor,
        uint256 players,
        uint128 stake,
        uint256 contributes
    ) public {
        arena = new PublicGoodsArena(registryAsInterface(), token, bound(factor, 10_000, 160_000));
        uint256[] memory stated = new uint256[](bound(players, 2, 16));
        for (uint256 i; i < stated.length; ++i) {
            stated[i] = (contributes >> i) & 1;
        }
        uint256[] memory payouts = arena.payoutsOf(stake, stated);
        uint256 sum;
        for (uint256 i; i < payouts.length; ++i) {
            sum += payouts[i];
        }
        assertLe(sum, stated.length * stake + arena.prizeOf(stated.length, stake));
        assertEq(payouts.length, stated.length);
    }

    function _badFactor(uint256 factor) private {
        vm.expectRevert(abi.encodeWithSelector(PublicGoodsArena.PublicGoodsArena_BadFactor.selector, factor));
        new PublicGoodsArena(registryAsInterface(), token, factor);
    }
}
