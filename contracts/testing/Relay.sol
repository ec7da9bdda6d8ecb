// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

/// @title Sends calls on, for tests of transactions that reach a contract through another one
/// @notice `forward` has the call in its own call data; `sendKept` takes it from storage, so that the transaction
/// does not show it.
contract Relay {
    bytes public kept;

    function forward(address target, bytes calldata call_) external {
        Address.functionCall(target, call_);
    }

    function keep(bytes calldata call_) external {
        kept = call_;
    }

    function sendKept(address target) external {
        Address.functionCall(target, kept);
    }
}
