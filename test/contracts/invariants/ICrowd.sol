// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IGuest} from "./handler/Handler.sol";

/// @title What tests ask of a crowd, that they need not compile it
interface ICrowd {
    function calls() external view returns (bytes4[] memory selectors);
    function letIn(IGuest guest) external;
    function times(string calldata thing) external view returns (uint256);
    function taskCount() external view returns (uint256);
    function taskAt(uint256 i) external view returns (bytes32);
    function personAt(uint256 i) external view returns (address);
    function finish() external;
    function prepare(uint256 seed) external;
    function play(uint256 order) external returns (uint256[] memory figures);
    function places() external view returns (bool inLedger, bool inSlots);
    function checkSolvency() external view;
    function checkAccounts() external view;
    function checkSeats() external view;
    function checkEscrows() external view;
    function checkBallots() external view;
    function checkTallies() external view;
    function checkClaims() external view;
    function checkNothingIsLeft() external view;
    function REGISTRY() external view returns (address);
    function TASKS() external view returns (address);
}
