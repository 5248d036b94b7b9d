// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Envoy} from "./Envoy.sol";
import {IBoomerang, Asset, Call, Key} from "./interfaces/IBoomerang.sol";
import {IEnforcer} from "./interfaces/IEnforcer.sol";
import {Contents, Layout} from "./libraries/Contents.sol";
import {Decisions} from "./libraries/Decisions.sol";
import {Fundings} from "./libraries/Fundings.sol";
import {Identity} from "./libraries/Identity.sol";
import {Payouts} from "./libraries/Payouts.sol";
import {Tokens} from "./libraries/Tokens.sol";
import {CommitmentId} from "./types/CommitmentId.sol";
import {Phase} from "./types/Phase.sol";

/// @title Enforcer
/// @notice What a kept commitment does: see {IEnforcer}.
contract Enforcer is IEnforcer, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev Between the check of the gas that is left and a transfer: access of a cold account, transfer of value, memory.
    uint256 private constant TRANSFER_COST = 15_000;
    /// @dev What a call may use beside the target's gas: making the envoy, and up to four dealings with the token.
    uint256 private constant CALL_OVERHEAD = 4 * Tokens.GAS + 100_000;

    IBoomerang private immutable REGISTRY = IBoomerang(msg.sender);
    address private immutable ENVOY = address(new Envoy());

    mapping(address account => mapping(address token => uint256)) public owed;
    mapping(CommitmentId id => uint256) public outstanding;

    // ------------------------------------------------------------------ publication

    /// @inheritdoc IEnforcer
    function collect(
        CommitmentId id,
        address committer,
        bytes calldata body,
        bytes calldata funding,
        uint256 earliestDeadline
    ) external payable nonReentrant {
        if (msg.sender != address(REGISTRY)) revert Boomerang_NotRegistry(msg.sender);
        Layout memory parts = Contents.layoutOf(body);
        // slither-disable-next-line unused-return
        (Asset[] memory escrow,) = Contents.check(body, parts, address(this));
        if (parts.callCount != 0) {
            uint256 deadline = Contents.deadlineOf(body, parts);
            if (deadline < earliestDeadline) revert Boomerang_DeadlineTooEarly(deadline, earliestDeadline);
        }
        if (parts.guard != body.length) _checkGuard(Contents.guardOf(body, parts));
        uint256 required = escrow.length != 0 && escrow[0].token == address(0) ? escrow[0].amount : 0;
        if (msg.value != required) revert Boomerang_WrongEscrow(msg.value, required);
        Fundings.pull(escrow, id, committer, funding);
    }

    /// @dev A guard on a commitment still to come would make that one credible before its freeze.
    function _checkGuard(bytes calldata guard) private view {
        if (!Decisions.wellFormed(guard)) revert Boomerang_MalformedGuard();
        (bool found, CommitmentId atom, uint256 next) = Decisions.nextAtom(guard, 0);
        while (found) {
            if (REGISTRY.record(atom).isIn(Phase.Unpublished)) revert IBoomerang.Boomerang_UnknownCommitment(atom);
            (found, atom, next) = Decisions.nextAtom(guard, next);
        }
    }

    // ------------------------------------------------------------------ execution

    /// @inheritdoc IEnforcer
    function execute(Key calldata key, bytes32 topic, bytes calldata body, address tipTo) external nonReentrant {
        _requireContent(key, topic, body);
        (CommitmentId id, bool isKept) = REGISTRY.begin(key);
        Layout memory parts = Contents.layoutOf(body);
        (Asset[] memory escrow, uint256[] memory left) = Contents.check(body, parts, address(this));
        if (!isKept || !_guardHolds(id, Contents.guardOf(body, parts))) {
            for (uint256 i; i < escrow.length; ++i) {
                _send(escrow[i].token, key.committer, escrow[i].amount);
            }
            emit Refunded(id, msg.sender);
            return;
        }
        for (uint256 i; i < parts.paymentCount; ++i) {
            (uint256 asset, address to, uint256 amount) = Contents.paymentOf(body, parts, i);
            _send(escrow[asset].token, to, amount);
        }
        // What payments, calls and tip leave of the escrow is the committer's.
        for (uint256 i; i < left.length; ++i) {
            _send(escrow[i].token, key.committer, left[i]);
        }
        uint256 failed = _makeCalls(id, body, parts);
        _sendTip(body, parts, escrow, tipTo == address(0) ? msg.sender : tipTo);
        emit Executed(id, msg.sender, failed);
    }

    /// @inheritdoc IEnforcer
    function retry(Key calldata key, bytes32 topic, bytes calldata body, uint256 index) external nonReentrant {
        (CommitmentId id, uint256 deadline, Call memory call) = _settleOutstanding(key, topic, body, index);
        if (block.timestamp > deadline) revert Boomerang_PastDeadline(id, deadline, block.timestamp);
        if (!_tryCall(id, call)) revert Boomerang_CallFailed(id, index);
        emit Retried(id, index);
    }

    /// @inheritdoc IEnforcer
    function release(Key calldata key, bytes32 topic, bytes calldata body, uint256 index) external nonReentrant {
        (CommitmentId id, uint256 deadline, Call memory call) = _settleOutstanding(key, topic, body, index);
        if (block.timestamp <= deadline) revert Boomerang_StillRetriable(id, deadline, block.timestamp);
        _send(call.token, call.remainderTo, call.amount);
        emit Released(id, index, call.remainderTo);
    }

    function _requireContent(Key calldata key, bytes32 topic, bytes calldata body) private view {
        if (!key.stake.hasClauses()) revert Boomerang_NoClauses(REGISTRY.commitmentId(key));
        if (Identity.contentHash(topic, body) != key.contentHash) {
            revert Boomerang_WrongContent(REGISTRY.commitmentId(key));
        }
    }

    function _settleOutstanding(
        Key calldata key,
        bytes32 topic,
        bytes calldata body,
        uint256 index
    ) private returns (CommitmentId id, uint256 deadline, Call memory call) {
        _requireContent(key, topic, body);
        id = REGISTRY.commitmentId(key);
        uint256 bits = outstanding[id];
        // A shift by more than a word gives zero.
        if (bits & (1 << index) == 0) revert Boomerang_NothingOutstanding(id, index);
        outstanding[id] = bits & ~(1 << index);
        Layout memory parts = Contents.layoutOf(body);
        deadline = Contents.deadlineOf(body, parts);
        uint256 next = parts.calls;
        for (uint256 i; i <= index; ++i) {
            (call, next) = Contents.callAt(body, parts, next);
        }
    }

    function _guardHolds(CommitmentId id, bytes calldata guard) private view returns (bool) {
        if (guard.length == 0) return true;
        (bool found, CommitmentId atom, uint256 next) = Decisions.nextAtom(guard, 0);
        uint256 answers;
        for (uint256 i; found; ++i) {
            (bool isFinal, bool isKept) = REGISTRY.kept(atom);
            if (!isFinal) revert Boomerang_GuardPending(id, atom);
            if (isKept) answers |= 1 << i;
            (found, atom, next) = Decisions.nextAtom(guard, next);
        }
        return Decisions.evaluate(guard, answers);
    }

    function _sendTip(bytes calldata body, Layout memory parts, Asset[] memory escrow, address to) private {
        (uint256 asset, uint256 amount) = Contents.tipOf(body, parts);
        if (amount == 0) return;
        // Sent to itself it would be nobody's.
        if (to == address(this)) revert Boomerang_TransferFailed(to);
        _send(escrow[asset].token, to, amount);
    }

    // ------------------------------------------------------------------ calls

    function _makeCalls(CommitmentId id, bytes calldata body, Layout memory parts) private returns (uint256 failed) {
        uint256 next = parts.calls;
        Call memory call;
        for (uint256 i; i < parts.callCount; ++i) {
            (call, next) = Contents.callAt(body, parts, next);
            if (!_tryCall(id, call)) failed |= 1 << i;
        }
        if (failed != 0) outstanding[id] = failed;
    }

    /// @dev Whether it fails cannot depend on the gas that the executor sends: all that it may use is there, or it does not start.
    function _tryCall(CommitmentId id, Call memory call) private returns (bool success) {
        bytes memory data = abi.encodeCall(this.perform, (id, call));
        uint256 required = call.gas + call.gas / 20 + CALL_OVERHEAD + data.length * 8;
        _requireGas(required);
        assembly ("memory-safe") {
            success := call(required, address(), 0, add(data, 0x20), mload(data), 0, 0)
        }
    }

    /// @notice For this contract alone: one call, in a frame of its own, so that it happens whole or not at all.
    function perform(CommitmentId id, Call calldata call) external {
        if (msg.sender != address(this)) revert Boomerang_NotPart(msg.sender);
        address payable envoy = payable(envoyOf(id));
        // It is where it was predicted to be.
        // slither-disable-next-line unused-return
        if (envoy.code.length == 0) Clones.cloneDeterministic(ENVOY, _salt(id));
        if (call.token == address(0)) {
            Envoy(envoy).run{value: call.amount}(call);
        } else {
            if (call.amount != 0) IERC20(call.token).safeTransfer(envoy, call.amount);
            Envoy(envoy).run(call);
        }
    }

    function _salt(CommitmentId id) private pure returns (bytes32) {
        return CommitmentId.unwrap(id);
    }

    // ------------------------------------------------------------------ money

    /// @inheritdoc IEnforcer
    function withdraw(address token, address to) external nonReentrant {
        _withdraw(msg.sender, token, to);
    }

    /// @inheritdoc IEnforcer
    function deliver(address account, address token) external nonReentrant {
        _withdraw(account, token, account);
    }

    function _withdraw(address account, address token, address to) private {
        uint256 amount = owed[account][token];
        if (amount == 0) revert Boomerang_NothingOwedOf(account, token);
        if (to == address(this)) revert Boomerang_TransferFailed(to);
        owed[account][token] = 0;
        emit Withdrawn(account, token, to, amount);
        if (token == address(0)) {
            (bool delivered,) = to.call{value: amount}("");
            if (!delivered) revert Boomerang_TransferFailed(to);
        } else {
            IERC20(token).safeTransfer(to, amount);
        }
    }

    /// @dev Nothing that a receiver or a token does stops the rest: what cannot be delivered is credited.
    function _send(address token, address to, uint256 amount) private {
        if (amount == 0) return;
        bool delivered;
        if (token == address(0)) {
            _requireGas(Payouts.GAS);
            delivered = Payouts.trySend(to, amount);
        } else {
            _requireGas(Tokens.GAS);
            delivered = Tokens.tryTransfer(token, to, amount);
        }
        if (delivered) return;
        owed[to][token] += amount;
        emit Credited(to, token, amount);
    }

    /// @dev Refuses to go on where a call could not be given this much: it gets at most 63/64 of what is left.
    function _requireGas(uint256 required) private view {
        required += TRANSFER_COST;
        uint256 available = gasleft();
        available -= available / 64;
        if (available < required) revert Boomerang_NotEnoughGas(available, required);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc IEnforcer
    function registry() external view returns (address) {
        return address(REGISTRY);
    }

    /// @inheritdoc IEnforcer
    function envoyOf(CommitmentId id) public view returns (address) {
        return Clones.predictDeterministicAddress(ENVOY, _salt(id));
    }
}
