// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @title Commitments that bind at once: what experiments compare the registry with
/// @notice Whatever an account commits to binds it from that block on: nothing can be sealed, conditioned, or taken back. There is one
/// commitment for each account and topic, or an account could bind itself to contradictions.
/// @dev The order is that of inclusion: by blocks, and inside a block as its builder likes.
contract Irrevocable {
    error Irrevocable_AlreadyCommitted(bytes32 topic, address committer);

    /// @param place how many had committed on this topic before
    /// @param statement what the committer is bound to
    event Committed(bytes32 indexed topic, address indexed committer, uint256 place, bytes statement);

    /// @notice How many have committed, by topic.
    mapping(bytes32 topic => uint256) public count;

    mapping(bytes32 topic => mapping(address account => bool)) private _bound;

    /// @notice Commit to `statement`, whoever committed before.
    function commit(bytes32 topic, bytes calldata statement) external {
        _commit(topic, count[topic], statement);
    }

    /// @notice Commit to `statement`, or, if anybody has committed on this topic before, to `otherwise`. The chain judges who is second,
    /// so two that have not seen each other are never both first.
    function commitUnlessSecond(bytes32 topic, bytes calldata statement, bytes calldata otherwise) external {
        uint256 place = count[topic];
        _commit(topic, place, place == 0 ? statement : otherwise);
    }

    function _commit(bytes32 topic, uint256 place, bytes calldata statement) private {
        if (_bound[topic][msg.sender]) revert Irrevocable_AlreadyCommitted(topic, msg.sender);
        _bound[topic][msg.sender] = true;
        count[topic] = place + 1;
        emit Committed(topic, msg.sender, place, statement);
    }
}
