// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

/// @dev Instructions of decisions, as libraries/Decisions.sol describes them, and what follows two of them. One place for the machines
/// that check and run decisions, work out truth tables, and read packages.

/// @dev Below it there is only revert, 0x00.
uint256 constant KEEP = 0x01;
uint256 constant NOT = 0x02;
uint256 constant AND = 0x03;
uint256 constant OR = 0x04;
uint256 constant AT_LEAST = 0x05;
uint256 constant ATOM = 0x06;

/// @dev Behind AT_LEAST: how many, of how many.
uint256 constant OPERAND_BYTES = 2;
/// @dev Behind ATOM: a commitment.
uint256 constant ID_BYTES = 25;
