// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Boomerang} from "contracts/Boomerang.sol";
import {IBoomerang, Parameters} from "contracts/interfaces/IBoomerang.sol";
import {RegistryTest} from "./RegistryTest.sol";

contract ParametersTest is RegistryTest {
    function test_the_registry_shows_what_it_was_deployed_with() public {
        Parameters memory p = Parameters({
            period: 1001,
            sealDelay: 1000,
            revealWindow: 1003,
            offerCutoff: 999,
            declineDelay: 998,
            maxDepth: 255,
            drawDelay: 200,
            exposerShare: 9000,
            minBond: type(uint96).max,
            fee: type(uint96).max - 1
        });
        assertEq(abi.encode(new Boomerang(p).parameters()), abi.encode(p));
    }

    function test_smallest_and_largest_values_are_accepted() public {
        Parameters memory p = defaults();
        p.period = 365 days;
        p.sealDelay = 365 days - 1;
        p.offerCutoff = 365 days - 1;
        p.declineDelay = 365 days - 2;
        assertEq(new Boomerang(p).parameters().period, 365 days);

        p = defaults();
        p.period = 2;
        p.sealDelay = 1;
        p.revealWindow = 1;
        p.offerCutoff = 1;
        p.declineDelay = 0;
        p.maxDepth = 0;
        p.exposerShare = 0;
        assertEq(new Boomerang(p).parameters().period, 2);
    }

    function test_period_is_at_most_a_year() public {
        Parameters memory p = defaults();
        p.period = 365 days + 1;
        expectBad("period", p);
    }

    function test_seal_delay_is_within_the_period() public {
        Parameters memory p = defaults();
        p.sealDelay = 0;
        expectBad("sealDelay", p);
        p.sealDelay = p.period;
        expectBad("sealDelay", p);
    }

    function test_there_is_time_to_reveal() public {
        Parameters memory p = defaults();
        p.revealWindow = 0;
        expectBad("revealWindow", p);
    }

    function test_the_last_offer_can_be_declined() public {
        Parameters memory p = defaults();
        p.offerCutoff = p.declineDelay;
        expectBad("offerCutoff", p);
        p.offerCutoff = p.period;
        expectBad("offerCutoff", p);
    }

    function test_draw_delay_leaves_time_to_draw() public {
        Parameters memory p = defaults();
        p.drawDelay = 0;
        expectBad("drawDelay", p);
        p.drawDelay = 201;
        expectBad("drawDelay", p);
    }

    function test_something_burns() public {
        Parameters memory p = defaults();
        p.exposerShare = 9001;
        expectBad("exposerShare", p);
    }

    function expectBad(string memory name, Parameters memory p) private {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_BadParameter.selector, name));
        new Boomerang(p);
    }
}
