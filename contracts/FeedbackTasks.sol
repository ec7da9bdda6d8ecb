// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IFeedbackTasks} from "./interfaces/IFeedbackTasks.sol";
import {IStakeRegistry} from "./interfaces/IStakeRegistry.sol";
import {Scoring} from "./libraries/Scoring.sol";

/// @title Tasks, escrow, ballots and pay
/// @notice All that callers need to know is in {IFeedbackTasks}.
contract FeedbackTasks is IFeedbackTasks {
    error NotBuiltYet();
    address public immutable registry;
    address public immutable token;
    address public immutable commons;
    uint256 public immutable SEED_DELAY;
    uint256 public immutable MIN_POOL;
    uint256 public immutable MIN_COMMIT;
    uint256 public immutable MIN_REVEAL;
    uint256 public immutable CLAIM_WINDOW;

    constructor(IStakeRegistry registry_, Deployment memory d) {
        registry = address(registry_);
        token = registry_.token();
        commons = registry_.commons();
        SEED_DELAY = d.seedDelay;
        MIN_POOL = d.minPool;
        MIN_COMMIT = d.minCommit;
        MIN_REVEAL = d.minReveal;
        CLAIM_WINDOW = d.claimWindow;
        Scoring.ping();
    }

    function createTask(Terms calldata terms, bytes calldata operatorAcceptance) external returns (bytes32 taskId) {
        revert NotBuiltYet();
    }

    function cancelTask(bytes32 taskId) external {
        revert NotBuiltYet();
    }

    function openTask(bytes32 taskId) external {
        revert NotBuiltYet();
    }

    function anchor(bytes32 taskId, bytes32 root, uint256 ballots) external {
        revert NotBuiltYet();
    }

    function commit(bytes32 taskId, SignedBallot[] calldata ballots) external returns (Refusal[] memory refusals) {
        revert NotBuiltYet();
    }

    function reveal(bytes32 taskId, Opening[] calldata openings) external returns (Refusal[] memory refusals) {
        revert NotBuiltYet();
    }

    function settle(
        bytes32 taskId,
        address[] calldata validators,
        bytes[] calldata entries
    ) external returns (Refusal[] memory refusals) {
        revert NotBuiltYet();
    }

    function releaseBond(bytes32 taskId) external {
        revert NotBuiltYet();
    }

    function withdraw() external {
        revert NotBuiltYet();
    }

    function withdrawFor(address account) external {
        revert NotBuiltYet();
    }

    function stateOf(bytes32 taskId) external view returns (State) {
        revert NotBuiltYet();
    }

    function factsOf(bytes32 taskId) external view returns (Facts memory) {
        revert NotBuiltYet();
    }

    function drawOf(bytes32 taskId) external view returns (Draw memory human, Draw memory ai) {
        revert NotBuiltYet();
    }

    function recordOf(bytes32 taskId, address validator) external view returns (Record memory) {
        revert NotBuiltYet();
    }

    function tallyOf(bytes32 taskId, uint256 itemIndex) external view returns (Tally memory) {
        revert NotBuiltYet();
    }

    function creditOf(address account) external view returns (uint256) {
        revert NotBuiltYet();
    }

    function nonceOf(address requester) external view returns (uint256) {
        revert NotBuiltYet();
    }

    function taskIdOf(address requester, uint256 nonce, Terms calldata terms) external view returns (bytes32) {
        revert NotBuiltYet();
    }

    function ballotDigest(
        bytes32 taskId,
        address validator,
        uint32 version,
        uint16 judgments,
        bytes32 commitment
    ) external view returns (bytes32) {
        revert NotBuiltYet();
    }
}
