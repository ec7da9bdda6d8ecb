// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token whose issuer may switch a fee on transfers on at any time, for tests
contract FeeSwitchToken is ERC20 {
    uint256 public feePercent;

    constructor() ERC20("Fee Switch Token", "SWITCH") {}

    function mint(address to, uint256 amountUnits) external {
        _mint(to, amountUnits);
    }

    function setFee(uint256 percent) external {
        feePercent = percent;
    }

    function _update(address from, address to, uint256 amountUnits) internal override {
        uint256 feeUnits = from == address(0) || to == address(0) ? 0 : (amountUnits * feePercent) / 100;
        super._update(from, to, amountUnits - feeUnits);
        if (feeUnits != 0) super._update(from, address(0), feeUnits);
    }
}
