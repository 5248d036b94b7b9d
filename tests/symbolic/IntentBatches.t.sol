// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Claim, that} from "./Claim.sol";
import {Coin, IntentMarket} from "./IntentMarket.sol";

/// @notice Batches of two and three orders, through `settle` on the deployed bytecode: conservation of each token for all balances, single
/// use of nonces, and the order of branches for all outcomes and times.
/// @dev Limits are one for one, of 1000: products of two symbolic amounts are beyond the solver (Forge's tests and the model have others).
/// Balances and a pair's amounts have 104 bits, and a commitment's outcome is any.
contract IntentBatchesTest is IntentMarket {
    uint112 private constant AMOUNT = 1000;

    function swap(address maker, uint8 sell, uint8 buy) private returns (bytes memory order_) {
        order_ = order(maker, sell, AMOUNT, false, 1, 1, branch(buy, AMOUNT, hex"00"));
        approve(maker, order_);
    }

    function pair(uint112 x) private returns (bytes memory) {
        bytes memory orders = abi.encodePacked(uint8(2), swap(ALICE, 0, 1), swap(BOB, 1, 0));
        return abi.encodePacked(tokens(), orders, uint8(2), leg(0, 0, false, x), leg(1, 0, true, x), uint16(0));
    }

    function left(Coin coin, address who, uint256 held) private view returns (uint256) {
        return held - coin.balanceOf(who);
    }

    /// @notice A pair moves what its legs say, from one to the other, or nothing; nothing stays in the contract.
    function check_pair_conserves() external {
        bytes memory batch = pair(600);
        uint256 alices = fund(a, ALICE, "A of Alice");
        uint256 bobs = fund(b, BOB, "B of Bob");
        bool ok = settle(batch);
        uint256 sold = ok ? 600 : 0;
        assert((that(left(a, ALICE, alices) == sold) & that(left(b, BOB, bobs) == sold)).proved());
        assert((that(a.balanceOf(BOB) == sold) & that(b.balanceOf(ALICE) == sold)).proved());
        assert((that(a.balanceOf(address(settlement)) == 0) & that(b.balanceOf(address(settlement)) == 0)).proved());
        assert(ok == (that(alices >= 600) & that(bobs >= 600)).proved());
    }

    /// @notice Whatever the legs say: what one has less, the other has more, and nobody sells more than it signed, or below its limit (for
    /// two limits of one for one: not another amount than it gets).
    function check_pair_keeps_limits() external {
        bytes memory batch;
        {
            bytes memory orders = abi.encodePacked(uint8(2), swap(ALICE, 0, 1), swap(BOB, 1, 0));
            bytes memory legs =
                abi.encodePacked(uint8(2), leg(0, 0, false, amountOf("x")), leg(1, 0, true, amountOf("y")));
            batch = abi.encodePacked(tokens(), orders, legs, uint16(0));
        }
        uint256 alices = fund(a, ALICE, "A of Alice");
        uint256 bobs = fund(b, BOB, "B of Bob");
        bool ok = settle(batch);
        uint256 sold = left(a, ALICE, alices);
        uint256 paid = left(b, BOB, bobs);
        assert((that(a.balanceOf(BOB) == sold) & that(b.balanceOf(ALICE) == paid)).proved());
        assert((that(sold <= AMOUNT) & that(sold == paid) & (that(ok) | that(sold == 0))).proved());
    }

    /// @notice False on purpose: that a pair is settled whatever its makers hold.
    function planted_pair_always_settles() external {
        bytes memory batch = pair(600);
        fund(a, ALICE, "A of Alice");
        fund(b, BOB, "B of Bob");
        assert(settle(batch));
    }

    /// @notice The same for a ring of three.
    function check_ring_conserves() external {
        bytes memory orders = abi.encodePacked(uint8(3), swap(ALICE, 0, 2), swap(BOB, 1, 0), swap(CAROL, 2, 1));
        bytes memory legs =
            abi.encodePacked(uint8(3), leg(0, 0, false, 600), leg(1, 0, false, 600), leg(2, 0, true, 600));
        bytes memory batch = abi.encodePacked(tokens(), orders, legs, uint16(0));
        uint256 alices = fund(a, ALICE, "A of Alice");
        uint256 bobs = fund(b, BOB, "B of Bob");
        uint256 carols = fund(c, CAROL, "C of Carol");
        bool ok = settle(batch);
        uint256 sold = ok ? 600 : 0;
        assert(
            (that(left(a, ALICE, alices) == sold) & that(left(b, BOB, bobs) == sold)
                    & that(left(c, CAROL, carols) == sold))
            .proved()
        );
        assert(
            (that(a.balanceOf(BOB) == sold) & that(b.balanceOf(CAROL) == sold) & that(c.balanceOf(ALICE) == sold))
            .proved()
        );
        assert(ok == (that(alices >= 600) & that(bobs >= 600) & that(carols >= 600)).proved());
    }

    /// @notice Of two branches behind `kept(c)`: the first is taken only where c is kept, the second only where it is final and not kept;
    /// nothing while it is not final.
    function check_first_branch() external {
        bool taken = takes(0);
        assert(taken == (that(registry.isFinal()) & that(registry.isKept())).proved());
    }

    function check_else_branch() external {
        bool taken = takes(1);
        assert(taken == (that(registry.isFinal()) & that(!registry.isKept())).proved());
    }

    /// @dev Whether Alice's branch can be taken, against an order of Bob's, for any outcome.
    function takes(uint8 index) private returns (bool ok) {
        registry.put(svm.createUint(1, "final") == 1, svm.createUint(1, "kept") == 1);
        bytes memory kept = abi.encodePacked(uint8(1), uint8(1), uint8(32), bytes32(uint256(7) << 200), uint8(0));
        bytes memory branches = abi.encodePacked(branch(1, AMOUNT, kept), branch(1, AMOUNT, hex"00"));
        bytes memory hers = order(ALICE, 0, AMOUNT, false, 1, 2, branches);
        approve(ALICE, hers);
        a.put(ALICE, AMOUNT);
        a.permit(ALICE, address(settlement), AMOUNT);
        b.put(BOB, AMOUNT);
        b.permit(BOB, address(settlement), AMOUNT);
        // With its first branch only, where that is the one to be taken: the other as its hash.
        bytes memory orders = abi.encodePacked(uint8(2), index == 0 ? firstOnly(kept) : hers, swap(BOB, 1, 0));
        bytes memory legs = abi.encodePacked(uint8(2), leg(0, index, false, 600), leg(1, 0, true, 600));
        return settle(abi.encodePacked(tokens(), orders, legs, uint16(0)));
    }

    function firstOnly(bytes memory kept) private view returns (bytes memory) {
        bytes32 behind = keccak256(
            abi.encode(
                keccak256(
                    "Branch(Guard[] guards,address buy,uint256 least,Path[] paths)Guard(uint8 kind,bytes32 subject,uint256 limit)Path(address[] tokens)"
                ),
                keccak256(""),
                address(b),
                uint256(AMOUNT),
                keccak256("")
            )
        );
        bytes memory head = abi.encodePacked(ALICE, uint8(0), uint8(14), AMOUNT, false, uint8(1), uint8(1));
        return abi.encodePacked(head, uint8(5), DEADLINE, uint8(1), uint8(1), branch(1, AMOUNT, kept), behind, uint8(0));
    }
}
