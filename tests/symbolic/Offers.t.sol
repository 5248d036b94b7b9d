// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Key} from "contracts/interfaces/IBoomerang.sol";
import {Order} from "contracts/libraries/Order.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Offer} from "contracts/types/Offer.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Standing} from "contracts/types/Standing.sol";
import {Claim, that} from "./Claim.sol";
import {SymbolicTest} from "./SymbolicTest.sol";

/// @notice What an offer of y to x does: y's floor never rises, its depth never falls and stays within the limit; nothing but y's standing
/// and flag and the pair's offer changes; only y's committer makes it, and not too late for x.
/// @dev Bounds: x and y Tentative, or y Sealed; either has made offers before, or none.
contract OffersTest is SymbolicTest {
    struct Look {
        Key y;
        CommitmentId id;
        CommitmentId target;
        Record record;
        Record targetRecord;
        CommitmentId floor;
        uint256 depth;
        uint256 firstMade;
        uint256 time;
        Key other;
        bytes32 otherWord;
        bytes32 otherStanding;
    }

    function check_offer_first(CommitmentId target) external {
        offer(target, Phase.Tentative, false, false);
    }

    function long_offer_again(CommitmentId target) external {
        offer(target, Phase.Sealed, true, false);
    }

    function long_offer_chained(CommitmentId target) external {
        offer(target, Phase.Tentative, false, true);
    }

    /// @notice x < y is a strict order: never both ways, and it goes from x through y to z.
    function check_order(Record x, Record y, Record z) external pure {
        (bool xyDecided, bool xy) = Order.precedes(x, y);
        (bool yxDecided, bool yx) = Order.precedes(y, x);
        (, bool yz) = Order.precedes(y, z);
        (, bool xz) = Order.precedes(x, z);
        (, bool xx) = Order.precedes(x, x);
        Claim asymmetric = that(xyDecided == yxDecided) & that(!xy || !yx) & that(!xx);
        Claim total = that(xyDecided).implies(that(xy) | that(yx));
        assert((asymmetric & total & (that(xy) & that(yz)).implies(that(xz))).proved());
    }

    function offer(CommitmentId target, Phase phase, bool offered, bool chained) private {
        Look memory k;
        k.y = anyKey("caller");
        k.id = idOf(k.y);
        k.target = target;
        k.record = plant(k.id, phase, offered);
        k.targetRecord = plant(target, Phase.Tentative, chained);
        k.time = anytime();
        (k.floor, k.depth) = standingOf(k.id, offered);
        k.firstMade = Offer.wrap(uint256(vm.load(address(registry), offerSlot(k.id, target)))).firstMade();
        k.other = keyOf(svm.createAddress("other"));
        k.otherWord = bytes32(Record.unwrap(recordOf(k.other)));
        k.otherStanding = vm.load(address(registry), standingSlot(idOf(k.other)));

        bool ok = call(k.y.committer, abi.encodeCall(registry.offer, (k.y.stake, k.y.contentHash, target)));

        assumeNoCollision(k.y, k.other);
        assert((othersKept(k) & that(ok).implies(lowered(k) & recorded(k))).proved());
    }

    function standingOf(CommitmentId id, bool offered) private view returns (CommitmentId floor, uint256 depth) {
        if (!offered) return (id, 0);
        Standing standing = Standing.wrap(uint256(vm.load(address(registry), standingSlot(id))));
        return (standing.floor(), standing.depth());
    }

    function lowered(Look memory k) private view returns (Claim) {
        (CommitmentId floor, uint256 depth) = standingOf(k.id, true);
        (, bool lower) = registry.precedes(floor, k.floor);
        return (that(floor == k.floor) | that(lower)) & that(depth >= k.depth) & that(depth > 0)
            & (that(depth == k.depth) | that(depth <= p.maxDepth));
    }

    function recorded(Look memory k) private view returns (Claim) {
        Offer made = Offer.wrap(uint256(vm.load(address(registry), offerSlot(k.id, k.target))));
        (CommitmentId floor, uint256 depth) = standingOf(k.id, true);
        uint256 freeze = k.targetRecord.freezeTime();
        return that(made.floor() == floor) & that(made.depth() == depth) & that(!made.declined())
            & that(k.time + p.offerCutoff <= freeze) & that(freeze <= k.record.freezeTime());
    }

    function othersKept(Look memory k) private view returns (Claim) {
        CommitmentId id = idOf(k.other);
        bytes32 word = bytes32(Record.unwrap(registry.record(id)));
        Claim kept = that(word == k.otherWord) & that(vm.load(address(registry), standingSlot(id)) == k.otherStanding);
        bytes32 flagged = bytes32(Record.unwrap(k.record) | 0x40);
        return that(id == k.id).implies(that(word == k.otherWord) | that(word == flagged)) & (that(id == k.id) | kept);
    }
}
