// SPDX-License-Identifier: MIT
pragma solidity 0.8.36;

import {TestToken} from "contracts/tokens/TestToken.sol";
import {Test} from "forge-std/Test.sol";

contract TestTokenArenaTest is Test {
    TestToken private _token = new TestToken("Test Token", "TEST");

    function test_anybodyMintsForAnybody() public {
        vm.prank(makeAddr("stranger"));
        _token.mint(makeAddr("alice"), 5);
        assertEq(_token.balanceOf(makeAddr("alice")), 5);
        assertEq(_token.totalSupply(), 5);
        assertEq(_token.name(), "Test Token");
        assertEq(_token.symbol(), "TEST");
    }

    function test_permits() public {
        (address owner, uint256 key) = makeAddrAndKey("owner");
        address spender = makeAddr("spender");
        bytes32 struct_ = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner,
                spender,
                7,
                0,
                block.timestamp
            )
        );
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", _token.DOMAIN_SEPARATOR(), struct_));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        _token.permit(owner, spender, 7, block.timestamp, v, r, s);
        assertEq(_token.allowance(owner, spender), 7);
    }
}
