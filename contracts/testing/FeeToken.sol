// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that keeps one percent of every transfer, for tests
contract FeeToken is ERC20 {
    constructor() ERC20("Fee Token", "FEE") {}

    function mint(address to, uint256 amountUnits) external {
        _mint(to, amountUnits);
    }

    function _update(address from, address to, uint256 amountUnits) internal override {
        uint256 feeUnits = from == address(0) || to == address(0) ? 0 : amountUnits / 100;
        super._update(from, to, amountUnits - feeUnits);
        if (feeUnits != 0) super._update(from, address(0), feeUnits);
    }
}
