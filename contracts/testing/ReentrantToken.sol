// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Somebody whom a token calls in the middle of a transfer
interface IIntruder {
    function intrude() external;
}

/// @title A token that hands over control before and after it moves anything, for tests
contract ReentrantToken is ERC20 {
    IIntruder public intruder;
    bool private _inside;

    constructor() ERC20("Reentrant Token", "AGAIN") {}

    function mint(address to, uint256 amountUnits) external {
        _mint(to, amountUnits);
    }

    function setIntruder(IIntruder intruder_) external {
        intruder = intruder_;
    }

    function _update(address from, address to, uint256 amountUnits) internal override {
        _call();
        super._update(from, to, amountUnits);
        _call();
    }

    /// @dev One level deep: what the intruder sets off moves without another call.
    function _call() private {
        if (address(intruder) == address(0) || _inside) return;
        _inside = true;
        intruder.intrude();
        _inside = false;
    }
}
