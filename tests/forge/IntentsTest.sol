// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Settlement} from "contracts/intents/Settlement.sol";
import {Entry, IBook} from "contracts/interfaces/IBook.sol";
import {GuardKind, ISettlement} from "contracts/interfaces/ISettlement.sol";
import {HostileToken} from "contracts/mocks/hostile/HostileToken.sol";
import {TestToken} from "contracts/tokens/TestToken.sol";
import {CommitmentId} from "contracts/types/CommitmentId.sol";
import {Fill} from "contracts/types/Moves.sol";
import {BranchText, Draft, GuardText, IntentsEncoder, Move, Program} from "./IntentsEncoder.sol";
import {Commitment, RegistryTest} from "./RegistryTest.sol";

interface IUniswapV2Factory {
    function createPair(address tokenA, address tokenB) external returns (address pair);
    function getPair(address tokenA, address tokenB) external view returns (address pair);
}

interface IPair {
    function mint(address to) external returns (uint256 liquidity);
    function sync() external;
    function token0() external view returns (address);
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast);
}

/// @notice A settlement with the real registry and the real Uniswap V2 factory, three honest tokens, and batches in short.
abstract contract IntentsTest is RegistryTest {
    uint256 internal constant RICH = 1e24;
    uint256 internal constant LAST = 128;
    uint256 internal constant SKIPPABLE = 64;
    address internal constant NOTHING = address(0);
    string private constant BUILD = "node_modules/@uniswap/v2-core/build/";

    Settlement internal settlement;
    IBook internal book;
    IUniswapV2Factory internal factory;
    bytes32 internal pairCodeHash;
    /// @dev In ascending order.
    TestToken internal gold;
    TestToken internal silver;
    TestToken internal copper;
    address internal solver = makeAddr("solver");
    uint256 private _nonce;

    function setUp() public virtual override {
        super.setUp();
        factory = IUniswapV2Factory(create(bytes.concat(creationCode("Factory"), abi.encode(address(this)))));
        pairCodeHash = keccak256(creationCode("Pair"));
        settlement = new Settlement(address(registry), address(factory), pairCodeHash);
        book = IBook(settlement.book());
        gold = new TestToken("Gold", "AU");
        silver = new TestToken("Silver", "AG");
        copper = new TestToken("Copper", "CU");
        if (address(silver) < address(gold)) (gold, silver) = (silver, gold);
        if (address(copper) < address(silver)) (silver, copper) = (copper, silver);
        if (address(silver) < address(gold)) (gold, silver) = (silver, gold);
        address[4] memory makers = [alice, bob, carol, dave];
        for (uint256 i; i < makers.length; ++i) {
            endow(makers[i], gold);
            endow(makers[i], silver);
            endow(makers[i], copper);
        }
    }

    // ------------------------------------------------------------------ the world

    function creationCode(string memory name) internal view returns (bytes memory) {
        string memory file = vm.readFile(string.concat(BUILD, "UniswapV2", name, ".json"));
        return vm.parseBytes(string.concat("0x", vm.parseJsonString(file, ".evm.bytecode.object")));
    }

    function create(bytes memory code) internal returns (address made) {
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        require(made != address(0), "not created");
    }

    /// @dev Has RICH of it, and allows the settlement to move it.
    function endow(address who, TestToken token) internal {
        token.mint(who, RICH);
        allow(who, address(token), type(uint256).max);
    }

    function allow(address who, address token, uint256 amount) internal {
        vm.prank(who);
        (bool ok,) = token.call(abi.encodeCall(gold.approve, (address(settlement), amount)));
        require(ok, "approval");
    }

    /// @dev A token that changes its manners, of which they all have.
    function hostile() internal returns (HostileToken token) {
        token = new HostileToken();
        address[4] memory makers = [alice, bob, carol, dave];
        for (uint256 i; i < makers.length; ++i) {
            token.mint(makers[i], RICH);
            allow(makers[i], address(token), type(uint256).max);
        }
    }

    /// @dev A pair with these reserves, touched a second ago.
    function pool(address a, uint256 amountA, address b, uint256 amountB) internal returns (address pair) {
        pair = factory.getPair(a, b);
        if (pair == address(0)) pair = factory.createPair(a, b);
        TestToken(a).mint(pair, amountA);
        TestToken(b).mint(pair, amountB);
        IPair(pair).mint(address(this));
        later();
    }

    /// @dev Uniswap V2's formula, as its periphery has it.
    function amountOut(uint256 amount, uint256 reserveIn, uint256 reserveOut) internal pure returns (uint256) {
        return (amount * 997 * reserveOut) / (reserveIn * 1000 + amount * 997);
    }

    /// @dev A commitment of alice's whose outcome is final a while from now.
    function outcome(bytes memory decision) internal returns (bytes32) {
        Commitment memory c = publish(alice);
        skip(SEAL_DELAY);
        seal(c, decision);
        vm.warp(c.freeze);
        open(c, decision);
        return bytes32(CommitmentId.unwrap(c.id));
    }

    /// @dev Keys of the accounts that makeAddr made.
    function keyOf(address who) internal view returns (uint256) {
        string memory label = vm.getLabel(who);
        (address found, uint256 key) = nameKey(label);
        return found == who ? key : 0;
    }

    function nameKey(string memory name) private pure returns (address, uint256) {
        uint256 key = uint256(keccak256(bytes(name)));
        return (vm.addr(key), key);
    }

    // ------------------------------------------------------------------ programs

    /// @dev Sells an amount in parts until an hour from now, with a nonce of its own; no branches yet.
    function sells(address maker, address token, uint256 amount) internal returns (Program memory p) {
        p.maker = maker;
        p.sell = token;
        p.amount = amount;
        p.nonce = ++_nonce;
        p.deadline = block.timestamp + 1 hours;
        p.key = keyOf(maker);
    }

    function sells(address maker, TestToken token, uint256 amount) internal returns (Program memory) {
        return sells(maker, address(token), amount);
    }

    /// @dev One branch more: a direct swap, or nothing.
    function buys(Program memory p, address token, uint256 least) internal pure returns (Program memory) {
        BranchText[] memory longer = new BranchText[](p.branches.length + 1);
        for (uint256 i; i < p.branches.length; ++i) {
            longer[i] = p.branches[i];
        }
        longer[p.branches.length].buy = token;
        longer[p.branches.length].least = least;
        p.branches = longer;
        p.given = longer.length;
        return p;
    }

    function buys(Program memory p, TestToken token, uint256 least) internal pure returns (Program memory) {
        return buys(p, address(token), least);
    }

    /// @dev One guard more in the last branch.
    function when(
        Program memory p,
        GuardKind kind,
        bytes32 subject,
        uint256 limit
    ) internal pure returns (Program memory) {
        BranchText memory b = p.branches[p.branches.length - 1];
        GuardText[] memory longer = new GuardText[](b.guards.length + 1);
        for (uint256 i; i < b.guards.length; ++i) {
            longer[i] = b.guards[i];
        }
        longer[b.guards.length] = GuardText(kind, subject, limit);
        b.guards = longer;
        return p;
    }

    function exists(Program memory p) internal pure returns (Program memory) {
        return when(p, GuardKind.Exists, 0, 0);
    }

    /// @dev One path more in the last branch.
    function via(Program memory p, address[] memory path) internal pure returns (Program memory) {
        BranchText memory b = p.branches[p.branches.length - 1];
        address[][] memory longer = new address[][](b.paths.length + 1);
        for (uint256 i; i < b.paths.length; ++i) {
            longer[i] = b.paths[i];
        }
        longer[b.paths.length] = path;
        b.paths = longer;
        return p;
    }

    function via(Program memory p, address a, address b) internal pure returns (Program memory) {
        return via(p, pathOf(a, b));
    }

    function via(Program memory p, address a, address b, address c) internal pure returns (Program memory) {
        return via(p, pathOf(a, b, c));
    }

    function pathOf(address a, address b) internal pure returns (address[] memory path) {
        path = new address[](2);
        (path[0], path[1]) = (a, b);
    }

    function pathOf(address a, address b, address c) internal pure returns (address[] memory path) {
        path = new address[](3);
        (path[0], path[1], path[2]) = (a, b, c);
    }

    /// @dev Only so many branches are handed in; the others as hashes.
    function hand(Program memory p, uint256 given) internal pure returns (Program memory) {
        p.given = given;
        return p;
    }

    function hashOf(Program memory p) internal view returns (bytes32) {
        return IntentsEncoder.digest(p, IntentsEncoder.separator(block.chainid, address(settlement)));
    }

    function sign(Program memory p, uint256 key) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, hashOf(p));
        return abi.encodePacked(r, s, v);
    }

    /// @dev With these bytes in place of a signature.
    function signed(Program memory p, bytes memory signature) internal pure returns (Program memory) {
        p.key = 0;
        p.signature = signature;
        return p;
    }

    // ------------------------------------------------------------------ batches

    function batchOf(Program memory a) internal pure returns (Draft memory d) {
        add(d, a);
    }

    function batchOf(Program memory a, Program memory b) internal pure returns (Draft memory d) {
        add(d, a);
        add(d, b);
    }

    function batchOf(Program memory a, Program memory b, Program memory c) internal pure returns (Draft memory d) {
        add(d, a);
        add(d, b);
        add(d, c);
    }

    function add(Draft memory d, Program memory p) internal pure {
        Program[] memory longer = new Program[](d.orders.length + 1);
        for (uint256 i; i < d.orders.length; ++i) {
            longer[i] = d.orders[i];
        }
        longer[d.orders.length] = p;
        d.orders = longer;
    }

    function leg(Draft memory d, uint256 order, uint256 branch, uint256 flags, uint256 amount) internal pure {
        d.legs = longer_(d.legs, Move(order, branch, flags, amount));
    }

    /// @dev A cycle of two, by their first branches.
    function swap(Draft memory d, uint256 a, uint256 amountA, uint256 b, uint256 amountB) internal pure {
        leg(d, a, 0, 0, amountA);
        leg(d, b, 0, LAST, amountB);
    }

    function sweep(Draft memory d, uint256 order, uint256 branch, uint256 pops, uint256 amount) internal pure {
        d.sweeps = longer_(d.sweeps, Move(order, branch, pops, amount));
    }

    function route(Draft memory d, uint256 order, uint256 branch, uint256 amount) internal pure {
        d.routes = longer_(d.routes, Move(order, branch, 0, amount));
    }

    function longer_(Move[] memory list, Move memory move) private pure returns (Move[] memory longer) {
        longer = new Move[](list.length + 1);
        for (uint256 i; i < list.length; ++i) {
            longer[i] = list[i];
        }
        longer[list.length] = move;
    }

    /// @dev Bytes, with signatures of those whose keys there are.
    function pack(Draft memory d) internal view returns (bytes memory) {
        for (uint256 i; i < d.orders.length; ++i) {
            Program memory p = d.orders[i];
            if (p.key != 0) p.signature = sign(p, p.key);
        }
        return IntentsEncoder.encode(d);
    }

    function pack(Program memory p) internal view returns (bytes memory) {
        return pack(batchOf(p));
    }

    // ------------------------------------------------------------------ actions

    function settle(Draft memory d) internal {
        settle(pack(d));
    }

    function settle(bytes memory batch) internal {
        vm.prank(solver);
        settlement.settle(batch);
    }

    /// @dev By its maker, to its place, with pops enough.
    function post(Program memory p) internal returns (uint32) {
        return post(p, p.maker, 0, 10);
    }

    function post(Program memory p, address caller, uint32 after_, uint256 pops) internal returns (uint32) {
        bytes memory batch = pack(p);
        vm.prank(caller);
        return settlement.post(batch, after_, pops);
    }

    /// @dev A direct swap with `exists`, in parts.
    function offers(
        address maker,
        TestToken sell,
        uint256 amount,
        TestToken buy,
        uint256 least
    ) internal returns (Program memory) {
        return exists(buys(sells(maker, sell, amount), buy, least));
    }

    /// @dev The same, and an else-branch: a direct swap for `copper` on other conditions.
    function orElse(Program memory p, TestToken buy, uint256 least) internal pure returns (Program memory) {
        return buys(p, buy, least);
    }

    // ------------------------------------------------------------------ what is expected

    function expect(bytes memory reason) internal {
        vm.expectRevert(reason);
    }

    function refused(Draft memory d, bytes memory reason) internal {
        bytes memory batch = pack(d);
        vm.expectRevert(reason);
        vm.prank(solver);
        settlement.settle(batch);
    }

    function notPosted(Program memory p, address caller, bytes memory reason) internal {
        notPosted(p, caller, 10, reason);
    }

    function notPosted(Program memory p, address caller, uint256 pops, bytes memory reason) internal {
        bytes memory batch = pack(p);
        vm.expectRevert(reason);
        vm.prank(caller);
        settlement.post(batch, 0, pops);
    }

    function expectFilled(Program memory p, uint256 branch, uint256 sold, uint256 bought) internal {
        vm.expectEmit(address(settlement));
        emit ISettlement.Filled(hashOf(p), Fill.wrap((branch << 240) | (sold << 128) | bought));
    }

    function assertMoved(address who, address token, int256 change) internal view {
        uint256 held = TestToken(token).balanceOf(who);
        // forge-lint: disable-next-line
        assertEq(int256(held) - int256(RICH), change, string.concat(vm.getLabel(who), "'s change"));
    }

    function assertMoved(address who, TestToken token, int256 change) internal view {
        assertMoved(who, address(token), change);
    }

    function assertHoldsNothing() internal view {
        assertEq(gold.balanceOf(address(settlement)), 0, "gold left");
        assertEq(silver.balanceOf(address(settlement)), 0, "silver left");
        assertEq(copper.balanceOf(address(settlement)), 0, "copper left");
    }

    /// @dev The list from its head, as numbers.
    function assertList(TestToken sell, TestToken buy, uint256[] memory wanted) internal view {
        (uint32 number,) = book.list(address(sell), address(buy));
        uint32 previous;
        for (uint256 i; i < wanted.length; ++i) {
            assertEq(number, wanted[i], "place in the list");
            Entry memory e = book.entry(address(sell), address(buy), number);
            assertEq(e.previous, previous, "previous");
            (previous, number) = (number, e.next);
        }
        assertEq(number, 0, "end of the list");
    }

    function numbers(uint256 a) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = a;
    }

    function numbers(uint256 a, uint256 b) internal pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (a, b);
    }

    function numbers(uint256 a, uint256 b, uint256 c) internal pure returns (uint256[] memory list) {
        list = new uint256[](3);
        (list[0], list[1], list[2]) = (a, b, c);
    }

    // Errors, in short.

    function outOfRange(uint256 order) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_OutOfRange.selector, order);
    }

    function wrongSignature(uint256 order, address maker) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_WrongSignature.selector, order, maker);
    }

    function guardFails(
        uint256 order,
        uint256 branch,
        uint256 guard,
        uint256 observed
    ) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_GuardFails.selector, order, branch, guard, observed);
    }

    function undecided(uint256 order, uint256 branch, uint256 guard) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_Undecided.selector, order, branch, guard);
    }

    function branchHolds(uint256 order, uint256 branch) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_BranchHolds.selector, order, branch);
    }

    function matchStands(uint256 order, uint256 branch, uint32 number) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_MatchStands.selector, order, branch, number);
    }

    function belowLimit(
        uint256 order,
        uint256 branch,
        uint256 received,
        uint256 required
    ) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_BelowLimit.selector, order, branch, received, required);
    }

    function overfilled(uint256 order, uint256 filled, uint256 amount) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_Overfilled.selector, order, filled, amount);
    }

    function unused(uint256 order) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_Unused.selector, order);
    }

    function nonceUsed(Program memory p, uint256 order) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_NonceUsed.selector, order, p.maker, p.nonce);
    }

    function nonceTaken(Program memory p, uint256 order) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_NonceTaken.selector, order, p.maker, p.nonce);
    }

    function notPostable(string memory why) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_NotPostable.selector, why);
    }

    function transferFailed(
        address token,
        address from,
        address to,
        uint256 amount
    ) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_TransferFailed.selector, token, from, to, amount);
    }

    function takesFee(address token, uint256 sent, uint256 received) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_TokenTakesFee.selector, token, sent, received);
    }

    function notPart(address caller) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.Settlement_NotPart.selector, caller);
    }
}
