// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {IBoomerang, Obstacle} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

contract DeclinesTest is RegistryTest {
    CommitmentId private constant NOBODY = CommitmentId.wrap(0);

    Commitment private _x;
    Commitment private _y;
    uint256 private _offered;

    /// @dev y has offered to x, just now.
    function setUp() public override {
        super.setUp();
        _x = publish(alice);
        later();
        _y = publish(bob);
        offer(_y, _x);
        _offered = block.timestamp;
    }

    // ------------------------------------------------------------------ one offer

    function test_a_declined_offer_allows_nothing() public {
        skip(DECLINE_DELAY);
        vm.expectEmit(address(registry));
        emit IBoomerang.Declined(_y.id, _x.id);
        decline(_x, _y);

        (CommitmentId floor, uint8 depth, uint256 firstMade, bool declined) = registry.offerOf(_y.id, _x.id);
        assertTrue(declined);
        assertEq(floor, _x.id);
        assertEq(depth, 1);
        assertEq(firstMade, _offered);
        assertEq(mayCondition(_x, _y), Obstacle.Declined);
    }

    function test_from_the_decline_delay_on() public {
        vm.warp(_offered + DECLINE_DELAY - 1);
        expectTooEarly(_x, _offered + DECLINE_DELAY);
        decline(_x, _y);

        vm.warp(_offered + DECLINE_DELAY);
        decline(_x, _y);
        assertEq(mayCondition(_x, _y), Obstacle.Declined);
    }

    function test_repeating_the_offer_puts_off_no_decline() public {
        vm.warp(_offered + DECLINE_DELAY - 1);
        offer(_y, _x);
        skip(1);
        decline(_x, _y);
        assertEq(mayCondition(_x, _y), Obstacle.Declined);
    }

    function test_until_the_freeze() public {
        vm.warp(_x.freeze);
        expectTooLate(_x, _x.freeze);
        decline(_x, _y);
        vm.warp(_x.freeze - 1);
        decline(_x, _y);
        (,,, bool declined) = registry.offerOf(_y.id, _x.id);
        assertTrue(declined);
    }

    function test_once_and_no_new_offer_follows() public {
        skip(DECLINE_DELAY);
        decline(_x, _y);
        expectDeclined(_y.id, _x);
        decline(_x, _y);
        expectDeclined(_y.id, _x);
        offer(_y, _x);
    }

    function test_another_offer_stands() public {
        Commitment memory z = publish(carol);
        offer(z, _x);
        skip(DECLINE_DELAY);
        decline(_x, _y);
        assertEq(mayCondition(_x, z), Obstacle.None);
    }

    function test_what_was_not_offered_is_not_declined() public {
        Commitment memory z = publish(carol);
        skip(DECLINE_DELAY);
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NoOffer.selector, z.id, _x.id));
        decline(_x, z);
    }

    function test_before_the_own_seal_and_by_the_committer() public {
        vm.warp(_offered + DECLINE_DELAY);
        seal(_x, KEEP);
        expectWrongPhase(_x, Phase.Sealed);
        decline(_x, _y);

        Commitment memory foreign = stolen(_x);
        expectNotCommitter(foreign);
        decline(foreign, _y);
    }

    // ------------------------------------------------------------------ all offers

    function test_declining_all_refuses_present_and_future_offers() public {
        vm.expectEmit(address(registry));
        emit IBoomerang.DeclinedAll(_x.id);
        declineAll(_x);
        assertTrue(registry.record(_x.id).declinesAll());
        assertEq(phaseOf(_x), Phase.Tentative);
        assertEq(mayCondition(_x, _y), Obstacle.Declined);

        expectDeclined(_y.id, _x);
        offer(_y, _x);
        Commitment memory z = publish(carol);
        expectDeclined(z.id, _x);
        offer(z, _x);
        skip(DECLINE_DELAY);
        expectDeclined(_y.id, _x);
        decline(_x, _y);
    }

    function test_declining_all_outlasts_the_seal() public {
        declineAll(_x);
        skip(SEAL_DELAY);
        seal(_x, like(_y));
        vm.warp(_x.freeze);
        open(_x, like(_y));
        assertEq(phaseOf(_x), Phase.InvalidDecision);
        assertTrue(registry.record(_x.id).declinesAll());
    }

    function test_all_are_declined_once() public {
        declineAll(_x);
        expectDeclined(NOBODY, _x);
        declineAll(_x);
    }

    function test_all_are_declined_until_the_freeze() public {
        vm.warp(_x.freeze);
        expectTooLate(_x, _x.freeze);
        declineAll(_x);
        vm.warp(_x.freeze - 1);
        declineAll(_x);
        assertTrue(registry.record(_x.id).declinesAll());
    }

    function test_all_are_declined_before_the_own_seal_and_by_the_committer() public {
        skip(SEAL_DELAY);
        seal(_x, KEEP);
        expectWrongPhase(_x, Phase.Sealed);
        declineAll(_x);

        Commitment memory foreign = stolen(_x);
        expectNotCommitter(foreign);
        declineAll(foreign);
    }

    function stolen(Commitment memory c) private returns (Commitment memory foreign) {
        foreign = c;
        foreign.key.committer = makeAddr("stranger");
        foreign.id = idOf(foreign.key);
    }
}
