// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that returns false where others revert, for tests
/// @notice It refuses what is not covered, and every transfer whose turn it is while it is `moody`.
contract FalseToken is ERC20 {
    uint256 public moody;
    uint256 public turns;

    constructor() ERC20("False Token", "FALSE") {}

    function mint(address to, uint256 amountUnits) external {
        _mint(to, amountUnits);
    }

    /// @param every how many transfers one is refused; 0: never
    function setMood(uint256 every) external {
        moody = every;
    }

    function transfer(address to, uint256 amountUnits) public override returns (bool) {
        if (_refuses() || balanceOf(msg.sender) < amountUnits) return false;
        return super.transfer(to, amountUnits);
    }

    function transferFrom(address from, address to, uint256 amountUnits) public override returns (bool) {
        if (_refuses() || balanceOf(from) < amountUnits || allowance(from, msg.sender) < amountUnits) return false;
        return super.transferFrom(from, to, amountUnits);
    }

    /// @dev What is refused must not revert, so the turn is counted.
    function _refuses() private returns (bool) {
        return moody != 0 && ++turns % moody == 0;
    }
}
