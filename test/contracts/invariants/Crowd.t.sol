// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Trouble} from "./handler/Actors.sol";
import {Handler} from "./handler/Handler.sol";

/// @title Everybody, on a token of the test's choice
/// @notice A contract of its own in a file of tests, so that campaigns make it by name and know it by its code.
contract Crowd is Handler {
    constructor(address token, Trouble trouble) Handler(token, trouble) {}
}
