// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Boomerang} from "contracts/Boomerang.sol";
import {IBoomerang, Key, Obstacle, Parameters, Resolution} from "contracts/interfaces/IBoomerang.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Phase} from "contracts/types/Phase.sol";
import {Record} from "contracts/types/Record.sol";
import {Stake} from "contracts/types/Stake.sol";
import {Test} from "forge-std/Test.sol";

/// @dev A commitment as its owner knows it.
struct Commitment {
    CommitmentId id;
    Key key;
    uint256 freeze;
}

/// @notice A registry with the default parameters, and the actions on it in short. Ids and seals are worked out here from their
/// definitions, not asked of the registry.
abstract contract RegistryTest is Test {
    bytes32 private constant ID_TYPEHASH =
        keccak256("Commitment(uint256 chainId,address registry,address committer,uint256 stake,bytes32 contentHash)");
    bytes32 private constant SEAL_TYPEHASH = keccak256(
        "Seal(uint256 chainId,address registry,bytes25 id,address committer,bytes32 decisionHash,bytes32 salt)"
    );

    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant START_BLOCK = 1000;

    uint256 internal constant PERIOD = 60;
    uint256 internal constant SEAL_DELAY = 5;
    uint256 internal constant REVEAL_WINDOW = 30;
    uint256 internal constant OFFER_CUTOFF = 20;
    uint256 internal constant DECLINE_DELAY = 10;
    uint256 internal constant MAX_DEPTH = 4;
    uint256 internal constant DRAW_DELAY = 1;

    uint256 internal constant BOND = 1 ether;
    bytes32 internal constant TOPIC = "topic";
    bytes32 internal constant SALT = "salt";
    bytes internal constant KEEP = hex"01";
    bytes internal constant REVERT = hex"00";

    Boomerang internal registry;
    uint256 internal fee;
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal dave = makeAddr("dave");
    uint256 private _published;

    function setUp() public virtual {
        vm.warp(START);
        vm.roll(START_BLOCK);
        registry = new Boomerang(defaults());
    }

    function defaults() internal pure returns (Parameters memory) {
        return Parameters({
            period: uint32(PERIOD),
            sealDelay: uint32(SEAL_DELAY),
            revealWindow: uint32(REVEAL_WINDOW),
            offerCutoff: uint32(OFFER_CUTOFF),
            declineDelay: uint32(DECLINE_DELAY),
            maxDepth: uint8(MAX_DEPTH),
            drawDelay: uint8(DRAW_DELAY),
            exposerShare: 5000,
            minBond: 0,
            fee: 0
        });
    }

    // ------------------------------------------------------------------ what is hashed

    function stakeOf(uint256 bond, uint256 cover, uint256 flags, uint256 nonce) internal pure returns (Stake) {
        return Stake.wrap((cover << 160) | (bond << 64) | (flags << 56) | nonce);
    }

    function idOf(Key memory key) internal view returns (CommitmentId) {
        return CommitmentId.wrap(
            bytes25(
                keccak256(
                    abi.encode(ID_TYPEHASH, block.chainid, address(registry), key.committer, key.stake, key.contentHash)
                )
            )
        );
    }

    function sealOf(Commitment memory c, bytes memory decision, bytes32 salt) internal view returns (bytes23) {
        return bytes23(
            keccak256(
                abi.encode(
                    SEAL_TYPEHASH, block.chainid, address(registry), c.id, c.key.committer, keccak256(decision), salt
                )
            )
        );
    }

    /// @dev Whoever this is, with this stake and body: not published yet.
    function plan(address who, Stake stake, bytes memory body) internal view returns (Commitment memory c) {
        c.key = Key(who, stake, keccak256(abi.encode(TOPIC, keccak256(body))));
        c.id = idOf(c.key);
        c.freeze = block.timestamp + PERIOD;
    }

    /// @dev The decision that does what y does.
    function like(Commitment memory y) internal pure returns (bytes memory) {
        return abi.encodePacked(hex"06", y.id);
    }

    function both(bytes memory a, bytes memory b) internal pure returns (bytes memory) {
        return abi.encodePacked(a, b, hex"03");
    }

    // ------------------------------------------------------------------ actions

    function publish(address who) internal returns (Commitment memory) {
        return publish(who, BOND, 0);
    }

    function publish(address who, uint256 bond, uint256 cover) internal returns (Commitment memory) {
        return publish(who, stakeOf(bond, cover, 0, ++_published), "statement");
    }

    function publish(address who, Stake stake, bytes memory body) internal returns (Commitment memory c) {
        c = plan(who, stake, body);
        send(who, stake, body);
    }

    /// @dev `publish`, with nothing else that could be what is expected to fail.
    function send(address who, Stake stake, bytes memory body) internal {
        uint256 value = stake.bond() + fee;
        vm.deal(who, who.balance + value);
        vm.prank(who, who);
        registry.publish{value: value}(stake, TOPIC, body);
    }

    function seal(Commitment memory c, bytes memory decision) internal {
        own(c);
        registry.seal(c.key.stake, c.key.contentHash, sealOf(c, decision, SALT));
    }

    function revoke(Commitment memory c) internal {
        own(c);
        registry.revoke(c.key.stake, c.key.contentHash);
    }

    function open(Commitment memory c, bytes memory decision) internal {
        own(c);
        registry.open(c.key.stake, c.key.contentHash, decision, SALT);
    }

    function openFor(Commitment memory c, bytes memory decision, Key[] memory dependencies) internal {
        registry.openFor(c.key, decision, SALT, dependencies);
    }

    function offer(Commitment memory y, Commitment memory x) internal {
        own(y);
        registry.offer(y.key.stake, y.key.contentHash, x.id);
    }

    function decline(Commitment memory x, Commitment memory y) internal {
        own(x);
        registry.decline(x.key.stake, x.key.contentHash, y.id);
    }

    function declineAll(Commitment memory x) internal {
        own(x);
        registry.declineAll(x.key.stake, x.key.contentHash);
    }

    function resolve(Commitment memory c, bytes memory decision) internal {
        registry.resolve(one(c, decision));
    }

    function draw(Commitment memory c) internal {
        CommitmentId[] memory ids = new CommitmentId[](1);
        ids[0] = c.id;
        registry.draw(ids);
    }

    /// @dev Published, sealed as early as may be.
    function publishSealed(address who, bytes memory decision) internal returns (Commitment memory c) {
        c = publish(who);
        skip(SEAL_DELAY);
        seal(c, decision);
    }

    /// @dev The next call is the committer's.
    function own(Commitment memory c) internal {
        vm.prank(c.key.committer, c.key.committer);
    }

    function one(Commitment memory c, bytes memory decision) internal pure returns (Resolution[] memory list) {
        list = new Resolution[](1);
        list[0] = Resolution(c.key, decision);
    }

    /// @dev A second and a block later.
    function later() internal {
        skip(1);
        vm.roll(block.number + 1);
    }

    // ------------------------------------------------------------------ what is expected

    function phaseOf(Commitment memory c) internal view returns (Phase current) {
        (current,) = registry.phase(c.id);
    }

    function storedPhase(Commitment memory c) internal view returns (Phase) {
        return registry.record(c.id).phase();
    }

    function mayCondition(Commitment memory x, Commitment memory y) internal view returns (Obstacle) {
        return registry.mayCondition(x.key, y.key);
    }

    function assertEq(Phase a, Phase b) internal pure {
        assertEq(uint256(a), uint256(b), "phase");
    }

    function assertEq(Obstacle a, Obstacle b) internal pure {
        assertEq(uint256(a), uint256(b), "obstacle");
    }

    function assertEq(CommitmentId a, CommitmentId b) internal pure {
        assertEq(bytes32(CommitmentId.unwrap(a)), bytes32(CommitmentId.unwrap(b)), "id");
    }

    function assertEq(Record a, Record b) internal pure {
        assertEq(Record.unwrap(a), Record.unwrap(b), "record");
    }

    function assertStanding(Commitment memory c, CommitmentId floor, uint256 depth) internal view {
        (CommitmentId f, uint8 d) = registry.standing(c.id);
        assertEq(f, floor);
        assertEq(d, depth, "depth");
    }

    function expectUnknown(Commitment memory c) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_UnknownCommitment.selector, c.id));
    }

    function expectNotCommitter(Commitment memory c) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NotCommitter.selector, c.key.committer, c.id));
    }

    function expectWrongPhase(Commitment memory c, Phase current) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_WrongPhase.selector, c.id, current));
    }

    function expectTooEarly(Commitment memory c, uint256 opensAt) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_TooEarly.selector, c.id, opensAt, block.timestamp));
    }

    function expectTooLate(Commitment memory c, uint256 closedAt) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_TooLate.selector, c.id, closedAt, block.timestamp));
    }

    function expectNotPlainKey(address caller) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_NotPlainKey.selector, caller));
    }

    function expectDeclined(CommitmentId offering, Commitment memory target) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_Declined.selector, offering, target.id));
    }

    function expectUndrawn(Commitment memory a, Commitment memory b) internal {
        vm.expectRevert(abi.encodeWithSelector(IBoomerang.Boomerang_Undrawn.selector, a.id, b.id));
    }
}
