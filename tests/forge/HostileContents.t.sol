// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {HostileToken} from "contracts/mocks/hostile/HostileToken.sol";
import {Asset, Call, IBoomerang} from "contracts/interfaces/IBoomerang.sol";
import {IEnforcer} from "contracts/interfaces/IEnforcer.sol";
import {Clauses, ContentEncoder} from "./ContentEncoder.sol";
import {Deal} from "./EnforcerTest.sol";
import {HostileTest} from "./HostileTest.sol";
import {Commitment} from "./RegistryTest.sol";

/// @notice Contents that ask too much: refused when they are published; and what may be published can be executed, whatever the
/// tokens and targets in it do.
contract HostileContentsTest is HostileTest {
    /// @dev EIP-7825.
    uint256 private constant TX_GAS_CAP = 1 << 24;
    uint256 private constant ATOMS = 32;

    bytes private _code;

    // ------------------------------------------------------------------ refused

    function test_thousands_of_calls_are_refused() public {
        bytes memory one = abi.encodePacked(bob, bytes17(0), uint32(1), carol, uint16(0));
        // The count has a byte: what comes after 255 calls is a tip, a deadline and a guard.
        bytes memory calls = abi.encodePacked(hex"00000000ff");
        for (uint256 i; i < 255; ++i) {
            calls = abi.encodePacked(calls, one);
        }
        expectMalformed(abi.encodePacked(calls, bytes17(0), uint40(type(uint40).max)));
        for (uint256 i; i < 100; ++i) {
            calls = abi.encodePacked(calls, one);
        }
        expectMalformed(calls);
    }

    function test_counts_at_their_limits_and_beyond() public {
        Clauses memory clauses;
        clauses.deadline = block.timestamp + PERIOD + SETTLEMENT;
        for (uint256 i; i < 20; ++i) {
            call_(clauses, Call(bob, ETHER, 0, 1, "", carol));
            if (i == 7) agree(mallory, clauses);
            else if (i > 7) expectMalformed(clauses);
        }
    }

    function test_value_without_an_escrow_cannot_be_written() public {
        Clauses memory clauses;
        clauses.deadline = block.timestamp + PERIOD + SETTLEMENT;
        pay(clauses, bob, ETHER, 1);
        expectMalformed(clauses);
        bytes memory body = ContentEncoder.encode("", clauses);
        // Statement 2 bytes, no assets 1, one payment 1: then the payment's asset, of which there is not even a first.
        body[4] = 0x00;
        expectMalformed(body);
        clauses = escrowing(address(gold), 5);
        pay(clauses, bob, address(silver), 5);
        expectMalformed(clauses);
    }

    function test_guards_on_what_is_still_to_come_are_refused() public {
        Deal memory first = dealOf(alice, paying(bob, ETHER, 1));
        Clauses memory clauses = paying(bob, ETHER, 1);
        clauses.guard = like(first.c);
        bytes memory unknown = abi.encodeWithSelector(IBoomerang.Boomerang_UnknownCommitment.selector, first.c.id);
        expectRefused(dealOf(mallory, clauses), unknown);
        // Behind many that are there.
        Commitment memory y = publish(bob);
        clauses.guard = like(y);
        for (uint256 i = 1; i < ATOMS - 1; ++i) {
            clauses.guard = both(clauses.guard, like(y));
        }
        agree(mallory, clauses);
        clauses.guard = both(clauses.guard, like(first.c));
        expectRefused(dealOf(mallory, clauses), unknown);
        fund(first);
        sendDeal(first);
        Deal memory d = agree(mallory, clauses);
        clauses.guard = both(clauses.guard, like(y));
        expectRefused(dealOf(mallory, clauses), abi.encodeWithSelector(IEnforcer.Boomerang_MalformedGuard.selector));
        assertEq(phaseUint(d), 1);
    }

    // ------------------------------------------------------------------ the worst that may be published

    /// @dev Every limit reached; every token burns all gas that it is given, in each of 25 transfers and 8 calls.
    function test_the_worst_content_is_executed_within_one_transaction() public {
        (Deal memory d, Clauses memory clauses) = worst();
        bytes memory data = abi.encodeCall(IEnforcer.execute, (d.c.key, TOPIC, d.body, ETHER));
        uint256 intrinsic = intrinsicGas(data);
        chill(clauses);
        uint256 before = gasleft();
        vm.prank(executor);
        (bool done, bytes memory answer) = address(enforcer).call{gas: TX_GAS_CAP - intrinsic}(data);
        uint256 used = before - gasleft() + intrinsic;
        assertTrue(done, vm.toString(answer));
        emit log_named_uint("gas of the worst content's execution", used);
        assertLt(used, TX_GAS_CAP);
        // It was as bad as it could be: nothing arrived.
        assertEq(enforcer.outstanding(d.c.id), 255);
        for (uint256 i; i < 8; ++i) {
            assertConserved(clauses.escrow[i].token, list(d));
            assertEq(held(clauses.escrow[i].token), 100);
        }
        assertGt(used, 14_000_000, "not the worst");
    }

    function test_the_worst_content_goes_home_within_one_transaction() public {
        (Deal memory d, Clauses memory clauses) = worst();
        // Another like it, which was never sealed.
        Deal memory e = dealOf(erin, clauses);
        plainly(clauses);
        clauses.deadline = block.timestamp + PERIOD + SETTLEMENT;
        e = agree(erin, clauses);
        burning(clauses);
        vm.warp(e.c.freeze);
        execute(e);
        for (uint256 i; i < 8; ++i) {
            assertEq(enforcer.owed(erin, clauses.escrow[i].token), 100);
            assertConserved(clauses.escrow[i].token, list(d, e));
        }
    }

    // ------------------------------------------------------------------ helpers

    function worst() private returns (Deal memory d, Clauses memory clauses) {
        clauses.escrow = new Asset[](8);
        _code = address(new HostileToken()).code;
        for (uint256 i; i < 8; ++i) {
            clauses.escrow[i] = Asset(address(uint160(0x1000000 + i)), 100);
            vm.etch(clauses.escrow[i].token, _code);
        }
        for (uint256 i; i < 16; ++i) {
            address to = address(uint160(uint256(keccak256(abi.encode("payee", i)))));
            pay(clauses, to, clauses.escrow[i % 8].token, 10);
        }
        clauses.tip = Asset(clauses.escrow[7].token, 1);
        for (uint256 i; i < ATOMS; ++i) {
            bytes memory atom = like(publish(bob));
            clauses.guard = i == 0 ? atom : abi.encodePacked(clauses.guard, atom, hex"04");
        }
        later();
        clauses.deadline = block.timestamp + PERIOD + SETTLEMENT;
        // One of them is kept, below; the rest are silent, and so reverted.
        for (uint256 i; i < 8; ++i) {
            call_(clauses, Call(address(enforcer), clauses.escrow[i].token, 10, 625_000, "", carol));
        }
        uint256 room = 24_576 - ContentEncoder.encode("I pay", clauses).length;
        for (uint256 i; i < 8; ++i) {
            clauses.calls[i].data = filled(i == 0 ? room - 7 * (room / 8) : room / 8);
        }
        Commitment memory y = publish(carol);
        clauses.guard = replaceLast(clauses.guard, y);
        d = agree(alice, clauses);
        assertEq(d.body.length, 24_576);
        vm.warp(d.c.freeze - PERIOD + SEAL_DELAY);
        seal(d.c, KEEP);
        seal(y, KEEP);
        vm.warp(d.c.freeze);
        open(d.c, KEEP);
        open(y, KEEP);
        burning(clauses);
    }

    /// @dev The last atom is followed by one `or`.
    function replaceLast(bytes memory guard, Commitment memory y) private pure returns (bytes memory) {
        bytes memory atom = like(y);
        for (uint256 i; i < atom.length; ++i) {
            guard[guard.length - 1 - atom.length + i] = atom[i];
        }
        return guard;
    }

    function burning(Clauses memory clauses) private {
        for (uint256 i; i < 8; ++i) {
            HostileToken(clauses.escrow[i].token).become(HostileToken.Manner.Burns);
        }
    }

    function plainly(Clauses memory clauses) private {
        for (uint256 i; i < 8; ++i) {
            HostileToken(clauses.escrow[i].token).become(HostileToken.Manner.Plain);
        }
    }

    function chill(Clauses memory clauses) private {
        vm.cool(address(enforcer));
        vm.cool(address(registry));
        for (uint256 i; i < 8; ++i) {
            vm.cool(clauses.escrow[i].token);
        }
    }

    /// @dev No zero bytes: they would cost less.
    function filled(uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i; i < length; ++i) {
            data[i] = 0xff;
        }
    }

    /// @dev What a transaction costs before it does anything (EIP-2028).
    function intrinsicGas(bytes memory data) private pure returns (uint256 gas_) {
        gas_ = 21_000;
        for (uint256 i; i < data.length; ++i) {
            gas_ += data[i] == 0 ? 4 : 16;
        }
    }

    function phaseUint(Deal memory d) private view returns (uint256) {
        return uint256(phaseOf(d.c));
    }
}
