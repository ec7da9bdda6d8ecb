// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {vm} from "./Vm.sol";

/// @title Deploys a compiled contract by its name
/// @notice What a contract creates with `new` is compiled anew into it, and again into whoever creates that one. By
/// name the very artifact is taken that others deploy too, and a test file compiles fast.
library Make {
    error NotMade(string name);

    /// @param name as "File.sol:Contract"
    /// @param parameters of the constructor, encoded
    function make(string memory name, bytes memory parameters) internal returns (address made) {
        bytes memory code = bytes.concat(vm.getCode(name), parameters);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        if (made == address(0)) revert NotMade(name);
    }
}
