// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice Many small choices out of one random word.
struct Dice {
    uint256 state;
}

using DiceLib for Dice global;

library DiceLib {
    /// @return a number from 0 to `sides` − 1
    function roll(Dice memory dice, uint256 sides) internal pure returns (uint256) {
        dice.state = uint256(keccak256(abi.encode(dice.state)));
        return (dice.state >> 8) % sides;
    }

    function oneIn(Dice memory dice, uint256 sides) internal pure returns (bool) {
        return roll(dice, sides) == 0;
    }

    function between(Dice memory dice, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + roll(dice, high - low + 1);
    }

    /// @notice A word of its own for choices elsewhere.
    function fork(Dice memory dice) internal pure returns (uint256) {
        roll(dice, 1);
        return uint256(keccak256(abi.encode("fork", dice.state)));
    }
}
