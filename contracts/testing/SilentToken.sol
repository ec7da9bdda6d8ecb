// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title A token that returns nothing, as some old ones do, for tests
contract SilentToken {
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amountUnits) external {
        balanceOf[to] += amountUnits;
    }

    function approve(address spender, uint256 amountUnits) external {
        allowance[msg.sender][spender] = amountUnits;
    }

    function transfer(address to, uint256 amountUnits) external {
        _move(msg.sender, to, amountUnits);
    }

    function transferFrom(address from, address to, uint256 amountUnits) external {
        allowance[from][msg.sender] -= amountUnits;
        _move(from, to, amountUnits);
    }

    function _move(address from, address to, uint256 amountUnits) private {
        balanceOf[from] -= amountUnits;
        balanceOf[to] += amountUnits;
    }
}
