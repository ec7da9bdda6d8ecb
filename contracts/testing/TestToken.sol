// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token without value, for local chains and tests
/// @notice Anybody may mint any amount to anybody. 18 decimals.
contract TestToken is ERC20 {
    constructor() ERC20("Scrutineer Test Token", "SCT") {}

    function mint(address to, uint256 amountUnits) external {
        _mint(to, amountUnits);
    }
}
