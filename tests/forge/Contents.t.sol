// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Asset, Call} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Clauses, ContentEncoder} from "./ContentEncoder.sol";
import {Deal, EnforcerTest} from "./EnforcerTest.sol";
import {Commitment} from "./RegistryTest.sol";

/// @notice The one encoding of a statement with clauses.
contract ContentsTest is EnforcerTest {
    /// @dev By hand, from the page.
    function test_an_encoding_written_by_hand() public {
        bytes memory body = abi.encodePacked(
            hex"0003", "abc", hex"01", address(0), uint128(9), hex"01", hex"00", bob, uint128(4), hex"00"
        );
        body = abi.encodePacked(body, hex"00", uint128(1), uint40(77));
        Clauses memory clauses = paying(bob, ETHER, 4);
        clauses.escrow[0].amount = 9;
        clauses.tip = Asset(ETHER, 1);
        clauses.deadline = 77;
        assertEq(ContentEncoder.encode("abc", clauses), body);

        Deal memory d;
        d.clauses = clauses;
        d.body = body;
        d.c = plan(alice, stakeOf(0, 0, 1, 0), body);
        vm.deal(alice, 9);
        sendDeal(d);
        keep(d);
        execute(d);
        assertEq(bob.balance, 4);
        assertEq(executor.balance, 1);
        assertEq(alice.balance, 4);
    }

    function test_a_body_that_ends_too_soon_is_refused_wherever_it_ends() public {
        bytes memory body = everything();
        uint256 length = body.length;
        for (uint256 i; i < length; ++i) {
            assembly {
                mstore(body, i)
            }
            expectMalformed(body);
        }
    }

    /// @dev What follows the body in the calldata is not the body's: the rest of it comes there as a funding.
    function test_what_follows_the_body_does_not_complete_it() public {
        bytes memory body = everything();
        Stake stake = stakeOf(0, 0, 1, 0);
        // At multiples of a word nothing but the length of the funding comes between; at others, zeros.
        for (uint256 i; i < body.length; i += 8) {
            (bytes memory head, bytes memory tail) = split(body, i);
            vm.expectRevert(IEnforcer.Boomerang_MalformedClauses.selector);
            registry.publishFunded(stake, TOPIC, head, tail);
        }
    }

    function test_counts_and_lengths_that_reach_beyond_the_end_are_refused() public {
        bytes memory body = ContentEncoder.encode("", noClauses());
        assertEq(body.length, 27);
        // The statement's length; the counts of assets, payments and calls.
        for (uint256 i; i < 5; ++i) {
            for (uint256 bit; bit < 8; ++bit) {
                bytes memory longer = bytes.concat(body);
                longer[i] = bytes1(uint8(1 << bit));
                expectMalformed(longer);
            }
        }
        body = abi.encodePacked(hex"0000", hex"00", hex"00", hex"01", bob, bytes17(0), uint32(0), carol, uint16(0xffff));
        expectMalformed(abi.encodePacked(body, bytes17(0), uint40(0)));
    }

    function test_bytes_at_the_end_are_the_guard() public {
        bytes memory body = abi.encodePacked(ContentEncoder.encode("", noClauses()), hex"ff");
        vm.prank(alice);
        vm.expectRevert(IEnforcer.Boomerang_MalformedGuard.selector);
        registry.publish(stakeOf(0, 0, 1, 0), TOPIC, body);
    }

    function test_a_statement_may_be_empty_or_long() public {
        Clauses memory clauses = noClauses();
        publish(alice, stakeOf(0, 0, 1, 0), ContentEncoder.encode("", clauses));
        bytes memory statement = new bytes(24_576 - 27);
        publish(alice, stakeOf(0, 0, 1, 0), ContentEncoder.encode(statement, clauses));
    }

    function test_no_body_at_all() public {
        expectMalformed("");
        expectMalformed("no clauses at all, and more than a word of text");
    }

    /// @dev It begins with zeros: a content of nothing at all, and a guard that is none.
    function test_the_abis_encoding_is_not_this_one() public {
        bytes memory body = abi.encode(bytes("I pay"), paying(bob, ETHER, 1));
        vm.prank(alice);
        vm.expectRevert(IEnforcer.Boomerang_MalformedGuard.selector);
        registry.publish(stakeOf(0, 0, 1, 0), TOPIC, body);
    }

    /// forge-config: default.fuzz.runs = 512
    function testFuzz_any_bytes_are_refused_or_published_whole(bytes calldata body) public {
        vm.prank(alice);
        try registry.publish(stakeOf(0, 0, 1, 0), TOPIC, body) {
            // Without money no asset is there; whatever was accepted can be carried out.
            Commitment memory c = plan(alice, stakeOf(0, 0, 1, 0), body);
            settle(c, KEEP);
            enforcer.execute(c.key, TOPIC, body, ETHER);
        } catch (bytes memory reason) {
            assertNotEq(bytes4(reason), bytes4(0x4e487b71), "a panic");
            assertNotEq(reason.length, 0, "no reason");
        }
    }

    /// @dev Everything that is stated arrives: token, amount, gas, data, and where the rest goes.
    function testFuzz_contents_are_carried_out_as_stated(
        uint128 total,
        uint128 paid,
        uint128 spent,
        uint128 tip,
        bytes calldata data
    ) public {
        total = uint128(bound(total, 3, type(uint128).max));
        paid = uint128(bound(paid, 1, total - 2));
        spent = uint128(bound(spent, 1, total - paid - 1));
        tip = uint128(bound(tip, 1, total - paid - spent));
        Clauses memory clauses = escrowing(address(gold), total, address(silver), 1);
        pay(clauses, bob, address(gold), paid);
        call_(clauses, Call(dave, address(gold), spent, 1000, data, carol));
        clauses.tip = Asset(address(gold), tip);
        vm.etch(dave, hex"00");
        Deal memory d = agree(alice, clauses);
        keep(d);
        vm.expectCall(dave, 0, data);
        execute(d);
        assertEq(gold.balanceOf(bob), paid);
        assertEq(gold.balanceOf(carol), spent);
        assertEq(gold.balanceOf(executor), tip);
        assertEq(gold.balanceOf(alice), total - paid - spent - tip);
        assertEq(silver.balanceOf(alice), 1);
        assertEq(gold.balanceOf(address(enforcer)), 0);
    }

    // ------------------------------------------------------------------ helpers

    function noClauses() private pure returns (Clauses memory clauses) {}

    /// @dev One of each, with data and a guard.
    function everything() private returns (bytes memory) {
        Clauses memory clauses = escrowing(ETHER, 10, address(gold), 10);
        pay(clauses, bob, ETHER, 1);
        call_(clauses, Call(dave, address(gold), 1, 1000, "data", carol));
        call_(clauses, Call(dave, ETHER, 0, 1000, "", carol));
        clauses.tip = Asset(ETHER, 1);
        bytes memory body = ContentEncoder.encode("I pay", clauses);
        assertEq(phaseOf(agree(alice, clauses).c), Phase.Tentative);
        return body;
    }

    function split(bytes memory whole, uint256 place) private pure returns (bytes memory head, bytes memory tail) {
        head = new bytes(place);
        tail = new bytes(whole.length - place);
        for (uint256 i; i < whole.length; ++i) {
            if (i < place) head[i] = whole[i];
            else tail[i - place] = whole[i];
        }
    }
}
