// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A token without value, for local chains and tests
/// @notice Anybody may mint any amount to anybody. 18 decimals; permits as in ERC-2612.
contract TestToken is ERC20, ERC20Permit {
    constructor() ERC20("Scrutineer Test Token", "SCT") ERC20Permit("Scrutineer Test Token") {}

    function mint(address to, uint256 amountUnits) external {
        _mint(to, amountUnits);
    }
}
